"""Series cut into windows, and the words computed for them."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest

from retrieval.describe import describe_window
from retrieval.errors import InvalidEpisode
from retrieval.gaps import fill_gaps
from retrieval.windows import windows_of

TIME = np.linspace(0.0, 1.0, 48)
NOISE = np.random.default_rng(1).normal(size=48)


def cut(values: np.ndarray, **options: object) -> list:
    times = [(datetime(2020, 1, 1) + timedelta(hours=step)).isoformat() for step in range(len(values))]
    settings = {"series": "load", "source": "a.csv", "collection": "a", "length": 24, **options}
    return windows_of(values, times, **settings)  # type: ignore[arg-type]


def test_windows_carry_values_times_and_what_follows() -> None:
    values = np.arange(100.0)
    windows = cut(values, length=24, stride=10, frequency="h")
    assert [window.position for window in windows] == [0, 10, 20, 30, 40, 50, 60, 70]
    third = windows[2]
    np.testing.assert_array_equal(third.values, values[20:44])
    np.testing.assert_array_equal(third.following, values[44:68])
    assert (third.start, third.end, third.frequency) == ("2020-01-01T20:00:00", "2020-01-02T19:00:00", "h")
    assert third.following_ticks[0] - third.span[1].ticks == 3_600_000_000
    np.testing.assert_array_equal(windows[-1].following, values[94:])
    assert third.text.startswith("rises steadily")


def test_the_number_of_windows_is_bounded_by_a_wider_stride() -> None:
    values = np.random.default_rng(1).normal(size=5_000)
    windows = cut(values, length=20, stride=1, max_windows=100)
    assert 90 <= len(windows) <= 100
    assert windows[-1].position > 4_900
    assert len(cut(values[:50], length=20)) == 7
    assert len(cut(values[:50], length=20, max_windows=1)) == 1
    assert cut(values[:19], length=20) == []
    assert len(cut(values[:20], length=20)) == 1


def test_windows_with_too_many_gaps_are_skipped() -> None:
    values = np.arange(60.0)
    values[10:14] = np.nan  # 4 of 20 are the most that is let through
    values[40:45] = np.inf  # 5 of 20 are too many
    windows = cut(values, length=20, stride=20)
    assert [window.position for window in windows] == [0, 20]
    assert np.isnan(windows[0].values[10:14]).all()
    assert windows[0].text.startswith("rises steadily")


def test_gaps_are_interpolated_and_held_at_the_ends() -> None:
    values = np.array([np.nan, 1.0, 2.0, np.nan, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0])
    filled = fill_gaps(values)
    assert filled is not None
    np.testing.assert_allclose(filled, [1, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    assert fill_gaps(np.array([1.0, np.nan, np.nan, 4.0])) is None
    assert fill_gaps(np.full(5, np.nan)) is None


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (["2020-01-02", "2020-01-01", "2020-01-03", "2020-01-04"], "ascending"),
        (["2020-01-01", "2020-01-01", "2020-01-03", "2020-01-04"], "ascending"),
        (["2020-01-01", "1", "2", "3"], "one kind"),
        (["soon", "later", "last", "end"], "ISO 8601"),
        (["1", "2"], "one time for each value"),
    ],
)
def test_refuses_times_that_are_no_order(times: list[str], words: str) -> None:
    with pytest.raises(InvalidEpisode, match=words):
        windows_of(np.arange(4.0), times, series="s", source="f", collection="c", length=4)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (TIME, "rises steadily; calm and smooth"),
        (-TIME, "falls steadily; calm and smooth"),
        (np.sin(np.pi * TIME), "rises, then falls back; peak in the middle; calm and smooth"),
        (-np.sin(np.pi * TIME), "falls, then recovers; low in the middle; calm and smooth"),
        (np.sin(8 * np.pi * TIME), "repeats in a few regular waves"),
        (np.sin(24 * np.pi * TIME), "repeats in many regular waves"),
        (3 * TIME + np.sin(8 * np.pi * TIME), "repeats in a few regular waves, rising overall"),
        ((TIME > 0.5) + 0.02 * NOISE, "jumps to a higher level in the middle; calm and smooth"),
        ((TIME < 0.25) + 0.02 * NOISE, "jumps to a lower level early; calm and smooth"),
        (np.full(48, 3.0), "stays flat and constant, no change"),
        (NOISE, "no clear direction; jagged"),
        (0.1 * NOISE + 5.0 * (np.arange(48) == 40), "no clear direction; a sharp spike late; jagged"),
        (0.1 * NOISE - 5.0 * (np.arange(48) == 0), "no clear direction; a sharp dip at the start; jagged"),
        (TIME - 2.0 * (np.arange(48) == 24), "rises steadily; a sharp dip in the middle; calm and smooth"),
        (np.array([1.0, 2.0, 3.0, 4.0]), "rises steadily"),
    ],
)
def test_words_follow_from_the_values(values: np.ndarray, words: str) -> None:
    assert describe_window(values) == words
    assert describe_window(1e6 * values + 5e6 if "flat" not in words else values + 1.0) == words


def test_noise_is_seldom_taken_for_a_movement() -> None:
    random = np.random.default_rng(7)
    texts = [describe_window(random.normal(size=48)) for _ in range(400)]
    assert sum(not text.startswith("no clear direction") for text in texts) <= 12


def test_level_and_swing_are_put_beside_the_series_so_far() -> None:
    history = np.random.default_rng(2).normal(size=400)
    assert "high for the series so far" in describe_window(TIME * 0.5 + 10, history)
    assert "low for the series so far" in describe_window(TIME * 0.5 - 10, history)
    assert "unusually large swings" in describe_window(NOISE * 9, history)
    assert "unusually small swings" in describe_window(NOISE * 0.01, history)
    assert "series so far" not in describe_window(TIME + 10, history[:90])


def test_words_do_not_know_the_future() -> None:
    random = np.random.default_rng(3)
    past = random.normal(size=300).cumsum()
    calm, wild = np.concatenate([past, np.zeros(100)]), np.concatenate([past, 1e3 * random.normal(size=100)])
    texts = [[window.text for window in cut(values) if window.position + 24 <= 300] for values in (calm, wild)]
    assert texts[0] == texts[1]
    assert len(set(texts[0])) > 10


def test_words_hold_no_digits_and_come_out_for_any_window() -> None:
    random = np.random.default_rng(4)
    for size in (2, 3, 5, 8, 13, 50, 333):
        for values in (random.normal(size=size), random.normal(size=size).cumsum() * 1e-9, np.round(random.random(size))):
            text = describe_window(values, random.normal(size=1_000))
            assert text
            assert not any(letter.isdigit() for letter in text)
