"""The episode store: what is found, what must not be, who may see it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from retrieval import PUBLIC_OWNER, Episode, EpisodeStore, ExcludeRule, ShapeEmbedder, windows_of
from retrieval.errors import InvalidEpisode, ReadOnly
from scripts.evaluate_durability import DigestTextEmbedder

START = datetime(2021, 1, 1)


def open_store(folder: Path, **options: object) -> EpisodeStore:
    return EpisodeStore(folder, ShapeEmbedder(), DigestTextEmbedder(), **options)  # type: ignore[arg-type]


def hour(step: int, zone: str = "") -> str:
    return (START + timedelta(hours=step)).isoformat() + zone


def windows(values: np.ndarray, *, dated: bool = True, zone: str = "", **options: object) -> list[Episode]:
    times = [hour(step, zone) if dated else str(step) for step in range(len(values))]
    settings = {"series": "load", "source": "a.csv", "collection": "a", "length": 24, "stride": 6, **options}
    return windows_of(values, times, **settings)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EpisodeStore]:
    with open_store(tmp_path / "store", curator=True) as opened:
        yield opened


WALK = np.random.default_rng(0).normal(size=600).cumsum()


def test_a_stored_episode_is_its_own_best_match(store: EpisodeStore) -> None:
    episodes = windows(WALK, frequency="h")
    ids = store.add(episodes, "ann")
    assert len(set(ids)) == len(episodes) == store.count("ann") == 97
    for number in (0, 40, 96):
        best = store.search_shape(episodes[number].values, owner="ann", k=1)[0]
        assert best.similarity == pytest.approx(1.0, abs=1e-6)
        found = best.episode
        assert (found.id, found.owner, found.position) == (ids[number], "ann", episodes[number].position)
        assert (found.start, found.end, found.frequency) == (episodes[number].start, episodes[number].end, "h")
        assert found.text == episodes[number].text
        np.testing.assert_array_equal(found.values, episodes[number].values)
        np.testing.assert_array_equal(best.followed_by, WALK[found.position + 24 : found.position + 48])


def test_search_agrees_with_correlations_computed_by_numpy(store: EpisodeStore) -> None:
    episodes = windows(WALK, length=64, stride=64)
    ids = store.add(episodes, "ann")
    query = np.random.default_rng(1).normal(size=64).cumsum()
    expected = np.array([np.corrcoef(query, episode.values)[0, 1] for episode in episodes])
    matches = store.search_shape(query, owner="ann", k=len(ids))
    assert [match.episode.id for match in matches] == [ids[number] for number in np.argsort(-expected)]
    np.testing.assert_allclose([match.similarity for match in matches], np.sort(expected)[::-1], atol=1e-5)


def test_matches_of_one_series_do_not_overlap(store: EpisodeStore) -> None:
    store.add(windows(WALK, stride=1), "ann")
    matches = store.search_shape(WALK[100:124], owner="ann", k=10)
    places = sorted(match.episode.position for match in matches)
    assert len(places) == 10
    assert min(np.diff(places)) >= 24
    similarities = [match.similarity for match in matches]
    assert similarities == sorted(similarities, reverse=True)
    assert matches[0].episode.position == 100


def test_one_shared_value_is_an_overlap(store: EpisodeStore) -> None:
    store.add(windows(WALK, stride=23), "ann")
    places = sorted(match.episode.position for match in store.search_shape(WALK[:24], owner="ann", k=200))
    assert len(places) > 5
    assert min(np.diff(places)) == 46


def test_words_find_the_episode_they_describe(store: EpisodeStore) -> None:
    up, down = windows(np.arange(24.0)), windows(-np.arange(24.0), series="other")
    store.add([*up, *down], "ann")
    match = store.search_text(down[0].text, owner="ann", k=1)[0]
    assert match.episode.series == "other"
    assert match.similarity == pytest.approx(1.0, abs=1e-6)


def test_nobody_sees_what_belongs_to_somebody_else(store: EpisodeStore) -> None:
    mine = store.add(windows(WALK), "ann")
    theirs = store.add(windows(WALK), "bob")
    shared = store.add(windows(WALK, collection="library", source="library"), PUBLIC_OWNER)
    found = {match.episode.id for match in store.search_shape(WALK[:24], owner="ann", k=200)}
    assert found
    assert found <= {*mine, *shared}
    by_words = {match.episode.owner for match in store.search_text("rises", owner="bob", k=200)}
    assert by_words == {"bob", PUBLIC_OWNER}
    assert {match.episode.owner for match in store.search_shape(WALK[:24], owner="eve", k=200)} == {PUBLIC_OWNER}
    assert store.get([mine[0], theirs[0], shared[0]], owner="ann")[-1].id == shared[0]
    assert len(store.get([mine[0], theirs[0], shared[0]], owner="ann")) == 2
    assert store.delete(mine, owner="bob") == 0
    assert (store.count("ann"), store.count("bob"), store.count()) == (97, 97, 291)


def test_collections_narrow_the_search_and_are_deleted_whole(store: EpisodeStore) -> None:
    store.add(windows(WALK, collection="a"), "ann")
    store.add(windows(WALK, collection="b", source="b.csv"), "ann")
    store.add(windows(WALK, collection="a"), "bob")
    only = store.search_shape(WALK[:24], owner="ann", k=50, collections=["b"])
    assert {match.episode.collection for match in only} == {"b"}
    assert store.search_shape(WALK[:24], owner="ann", collections=[]) == []
    assert store.delete_collection("ann", "a") == 97
    assert store.delete_collection("ann", "a") == 0
    assert (store.count("ann"), store.count("bob")) == (97, 97)
    assert store.delete_owner("ann") == 97
    assert store.search_shape(WALK[:24], owner="ann") == []
    assert store.integrity() == []


@pytest.mark.parametrize("purpose", ["explore", "forecast"])
@pytest.mark.parametrize("dated", [True, False])
def test_the_query_and_its_future_are_never_found(store: EpisodeStore, purpose: str, dated: bool) -> None:
    store.add(windows(WALK, stride=1, dated=dated), "ann")
    start, end = (hour(300), hour(323)) if dated else ("300", "323")
    rule = ExcludeRule("load", "a.csv", start, end, purpose=purpose)  # type: ignore[arg-type]
    matches = store.search_shape(WALK[300:324], owner="ann", k=200, exclude=rule)
    ends = [match.episode.position + 23 for match in matches]
    assert 6 <= len(matches) <= 12  # at most 300 / 24 distinct ones
    assert max(ends) < 300
    for match in matches:
        after = match.episode.position + 24
        np.testing.assert_array_equal(match.followed_by, WALK[after : min(after + 24, 300)])
    last_allowed = store.search_shape(WALK[276:300], owner="ann", k=1, exclude=rule)[0]
    assert (last_allowed.episode.position, len(last_allowed.followed_by)) == (276, 0)
    assert last_allowed.similarity == pytest.approx(1.0, abs=1e-6)
    first_refused = store.search_shape(WALK[277:301], owner="ann", k=1, exclude=rule)[0]
    assert first_refused.episode.position <= 276


def test_any_time_looks_at_the_future_but_not_at_the_query(store: EpisodeStore) -> None:
    store.add(windows(WALK, stride=1), "ann")
    store.add(windows(WALK, stride=1, series="twin"), "ann")
    rule = ExcludeRule("load", "a.csv", hour(300), hour(323), any_time=True)
    matches = store.search_shape(WALK[300:324], owner="ann", k=200, exclude=rule)
    own = [match.episode.position for match in matches if match.episode.series == "load"]
    assert all(place + 23 < 300 or place > 323 for place in own)
    assert max(own) > 323
    assert matches[0].episode.series == "twin"
    assert matches[0].episode.position == 300
    np.testing.assert_array_equal(matches[0].followed_by, WALK[324:348])


def test_the_future_of_other_series_is_excluded_too(store: EpisodeStore) -> None:
    store.add(windows(WALK, stride=1, series="twin", source="b.csv"), "ann")
    rule = ExcludeRule("load", "a.csv", hour(300), purpose="forecast")
    matches = store.search_shape(WALK[270:294], owner="ann", k=200, exclude=rule)
    assert matches[0].episode.position == 270
    np.testing.assert_array_equal(matches[0].followed_by, WALK[294:300])
    assert max(match.episode.position for match in matches) <= 300 - 24
    assert store.search_shape(WALK[277:301], owner="ann", k=1, exclude=rule)[0].similarity < 0.9999


def test_times_with_and_without_an_offset_are_compared_with_a_margin(store: EpisodeStore) -> None:
    store.add(windows(WALK, stride=1, series="twin"), "ann")
    rule = ExcludeRule("load", "z.csv", hour(300, "+00:00"), purpose="forecast")
    matches = store.search_shape(WALK[250:274], owner="ann", k=200, exclude=rule)
    # A local time may be up to 14 hours off: the last hour that is surely before 300 is 285.
    assert max(match.episode.position + 23 for match in matches) <= 285
    assert max(match.episode.position + 24 + len(match.followed_by) for match in matches) <= 286


def test_an_offset_counts(store: EpisodeStore) -> None:
    store.add(windows(WALK, stride=1, zone="+02:00"), "ann")
    rule = ExcludeRule("load", "a.csv", hour(300, "+00:00"), purpose="forecast")
    matches = store.search_shape(WALK[278:302], owner="ann", k=200, exclude=rule)
    assert max(match.episode.position + 23 for match in matches) == 301


def test_row_numbers_of_another_file_are_no_clock(store: EpisodeStore) -> None:
    store.add(windows(WALK, dated=False, source="b.csv"), "ann")
    rule = ExcludeRule("load", "a.csv", "0", purpose="forecast")
    assert store.search_shape(WALK[300:324], owner="ann", k=1, exclude=rule)[0].similarity == pytest.approx(1.0, abs=1e-6)
    assert store.search_shape(WALK[300:324], owner="ann", exclude=ExcludeRule("load", None, "0", purpose="forecast")) == []


def test_rules_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(InvalidEpisode, match="only the past"):
        ExcludeRule("load", start="0", purpose="forecast", any_time=True)
    with pytest.raises(InvalidEpisode, match="Pass start"):
        ExcludeRule("load", purpose="forecast")
    with pytest.raises(InvalidEpisode, match="start before the end"):
        ExcludeRule("load", start="5", end="3")


def test_gaps_are_kept_in_the_episode_and_bridged_in_the_search(store: EpisodeStore) -> None:
    values = np.sin(np.linspace(0, np.pi, 24))
    holed = values.copy()
    holed[[5, 11]] = np.nan
    store.add(windows(holed), "ann")
    match = store.search_shape(holed, owner="ann", k=1)[0]
    assert match.similarity == pytest.approx(1.0, abs=1e-6)
    assert np.isnan(match.episode.values[[5, 11]]).all()
    assert store.search_shape(values, owner="ann", k=1)[0].similarity > 0.999
    holed[:8] = np.nan
    with pytest.raises(InvalidEpisode, match="20% missing"):
        store.search_shape(holed, owner="ann")


def test_constant_windows_find_each_other(store: EpisodeStore) -> None:
    store.add(windows(np.full(24, 5.0)), "ann")
    store.add(windows(WALK[:24], series="walk"), "ann")
    flat, walk = store.search_shape(np.zeros(10), owner="ann")
    assert (flat.similarity, flat.episode.series) == (1.0, "load")
    assert (walk.similarity, walk.episode.series) == (0.0, "walk")


def test_requests_that_make_no_sense_are_refused_and_leave_nothing(store: EpisodeStore) -> None:
    good = windows(WALK)[0]
    holes = np.full(24, np.nan)
    bad = Episode("s", "f", "c", "0", "23", 0, holes, "empty")
    with pytest.raises(InvalidEpisode, match="100%"):
        store.add([good, bad], "ann")
    with pytest.raises(InvalidEpisode, match="an owner"):
        store.add([good], " ")
    for k in (0, -3, 10**9):
        with pytest.raises(InvalidEpisode, match="k from 1"):
            store.search_shape(WALK[:24], owner="ann", k=k)
    with pytest.raises(InvalidEpisode, match=r"\(time,\)"):
        store.search_shape(WALK[:24, None], owner="ann")
    with pytest.raises(InvalidEpisode, match="empty text"):
        store.search_text("  ", owner="ann")
    assert store.add([], "ann") == []
    assert store.count() == 0
    assert store.delete([1, 2, 3]) == 0


def test_the_public_library_is_read_only(tmp_path: Path) -> None:
    with open_store(tmp_path, curator=True) as store:
        ids = store.add(windows(WALK), PUBLIC_OWNER)
    with open_store(tmp_path) as store:
        for change in (
            lambda: store.add(windows(WALK), PUBLIC_OWNER),
            lambda: store.delete(ids[:1]),
            lambda: store.delete_owner(PUBLIC_OWNER),
            lambda: store.delete_collection(PUBLIC_OWNER, "a"),
        ):
            with pytest.raises(ReadOnly, match="public library"):
                change()
        assert store.count(PUBLIC_OWNER) == len(ids)


def test_threads_add_delete_and_search_at_once(store: EpisodeStore) -> None:
    failures: list[BaseException] = []

    def work(owner: str, seed: int) -> None:
        try:
            values = np.random.default_rng(seed).normal(size=150).cumsum()
            for turn in range(5):
                ids = store.add(windows(values, collection=str(turn)), owner)
                matches = store.search_shape(values[:24], owner=owner, k=3)
                assert {match.episode.owner for match in matches} == {owner}
                assert matches[0].similarity == pytest.approx(1.0, abs=1e-6)
                store.delete(ids[:10], owner=owner)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(f"user {seed}", seed)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert store.count() == 6 * 5 * (22 - 10)
    assert store.integrity() == []


def test_an_owners_collections_are_counted_and_no_others(store: EpisodeStore) -> None:
    store.add(windows(WALK[:100], collection="b", stride=24), "ann")
    store.add(windows(WALK[:100], collection="a", stride=24), "ann")
    store.add(windows(WALK[:100], collection="c", stride=24), "bob")
    assert store.collections("ann") == {"a": 4, "b": 4}
