"""The classification benchmark's sets: as they lie on disk, drawn from, disturbed, and told in words."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import FileRejected
from scripts.classification import texts
from scripts.classification.sets import find_sets, read_set, stratified, usual_sets, with_noise
from tests.classification_runs import CASES, data, fake, write_npz, write_ts

__all__ = ["data", "fake"]  # fixtures


def test_sets_are_found_and_read(data: Path) -> None:
    found = find_sets(data)
    assert list(found) == ["Tiny", "NATOPS"]
    assert usual_sets(found) == ["NATOPS"]
    assert usual_sets(find_sets(data / "archive")) == ["Tiny"]
    tiny = read_set("Tiny", found["Tiny"])
    assert (tiny.labels, tiny.test_labels, tiny.classes) == (("up", "up", "down", "down"), ("up", "down"), ("down", "up"))
    assert (tiny.cases.shape, tiny.test_cases.shape) == ((4, 2, 4), (2, 2, 5))
    np.testing.assert_array_equal(tiny.cases[2], [[9, 8, 7, 6], [5, np.nan, 3, 2]])
    np.testing.assert_array_equal(tiny.cases[1], [[1, 2, np.nan, np.nan], [3, 4, np.nan, np.nan]])
    gestures = read_set("NATOPS", found["NATOPS"])
    assert (gestures.cases.shape, gestures.cases.dtype, gestures.classes) == ((12, 2, 12), np.float64, ("1.0", "2.0", "3.0"))


def test_sets_of_one_channel_and_whole_number_labels(tmp_path: Path) -> None:
    np.savez(tmp_path / "Flat.npz", X_train=np.eye(4), y_train=[0, 0, 1, 1], X_test=np.eye(4)[:2], y_test=[0, 1])
    flat = read_set("Flat", tmp_path / "Flat.npz")
    assert flat.cases.shape == (4, 1, 4) and flat.labels == ("0", "0", "1", "1") and flat.test_labels == ("0", "1")


def test_damaged_sets_are_refused(tmp_path: Path) -> None:
    write_ts(tmp_path, "Alone", TRAIN=CASES["TRAIN"])
    with pytest.raises(ValueError, match=r"Alone_TEST\.ts beside Alone_TRAIN\.ts"):
        read_set("Alone", tmp_path / "Alone_TRAIN.ts")
    write_ts(tmp_path, "Words", TRAIN="1,two:3,4:up", TEST=CASES["TEST"])
    with pytest.raises(FileRejected, match="two"):
        read_set("Words", tmp_path / "Words_TRAIN.ts")
    (tmp_path / "Cut.npz").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(ValueError, match=r"Cut\.npz"):
        read_set("Cut", tmp_path / "Cut.npz")
    objects = {key: np.array([{}, {}], dtype=object) for key in ("X_train", "y_train", "X_test", "y_test")}
    np.savez(tmp_path / "Pickled.npz", **objects)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        read_set("Pickled", tmp_path / "Pickled.npz")
    np.savez(tmp_path / "Short.npz", X_train=np.eye(4), y_train=["a", "b"], X_test=np.eye(4), y_test=["a"] * 4)
    with pytest.raises(ValueError, match="found 4 and 2 to train"):
        read_set("Short", tmp_path / "Short.npz")
    with pytest.raises(FileNotFoundError, match="--data"):
        find_sets(tmp_path / "nowhere")


def test_stratified_samples_keep_the_shares() -> None:
    labels = ["a"] * 60 + ["b"] * 30 + ["c"] * 10
    chosen = stratified(labels, 20)
    assert Counter(labels[index] for index in chosen) == {"a": 12, "b": 6, "c": 2}
    assert chosen[0] == 0 and chosen[11] == 59 and list(chosen) == sorted(set(chosen))
    few = stratified(labels, 2, np.random.default_rng(0))
    assert Counter(labels[index] for index in few) == {"a": 1, "b": 1, "c": 1}
    assert len(stratified(["a"] * 7 + ["b"] * 6, 10)) == 10


def test_few_shots_differ_by_seed_and_development_never_sees_the_test_part(data: Path) -> None:
    write_npz(data, "Larger", train=120)
    larger = read_set("Larger", data / "Larger.npz")
    few = [larger.few(0.05, seed) for seed in (0, 0, 1)]
    assert [Counter(one.labels) for one in few] == [{"1.0": 2, "2.0": 2, "3.0": 2}] * 3
    np.testing.assert_array_equal(few[0].cases, few[1].cases)
    assert not np.array_equal(few[0].cases, few[2].cases)
    held = larger.without_test()
    assert (len(held.labels), Counter(held.test_labels)) == (90, {"1.0": 10, "2.0": 10, "3.0": 10})
    everything = np.concatenate((held.cases, held.test_cases))
    np.testing.assert_array_equal(np.sort(everything[:, 0, 3]), np.sort(larger.cases[:, 0, 3]))


@pytest.mark.parametrize("decibels", [10, 0])
def test_noise_has_the_power_that_was_asked_for(decibels: float) -> None:
    steps = np.arange(4_000)
    cases = np.stack([np.stack((100 + 3 * np.sin(steps / 7), 0.1 * np.cos(steps / 5))), np.stack((5 + 0 * steps, steps / 4e3))])
    cases[0, 0, :50] = np.nan
    noisy = with_noise(cases, decibels, seed=1)
    noise = noisy - cases
    assert np.isnan(noisy[0, 0, :50]).all() and np.isfinite(noisy[0, 0, 50:]).all()
    for case, channel in ((0, 0), (0, 1), (1, 1)):
        ratio = np.nanvar(cases[case, channel]) / np.nanvar(noise[case, channel])
        assert 10 * np.log10(ratio) == pytest.approx(decibels, abs=0.25)
    np.testing.assert_array_equal(noise[1, 0], 0)
    np.testing.assert_array_equal(with_noise(cases, decibels, seed=1), noisy)


def test_texts_know_both_ways_of_writing_a_number() -> None:
    assert set(texts.CLASS_TEXTS) == set(texts.DOMAINS) and len(texts.DOMAINS) == 18
    assert texts.class_texts("Handwriting", ["1", "26.0", "27.0"]) == {
        "1": "The hand writes the letter a.",
        "26.0": "The hand writes the letter z.",
    }
    assert texts.class_texts("CharacterTrajectories", ["20"]) == {"20": "The pen writes the letter z."}
    assert texts.class_texts("PenDigits", ["0"]) == {"0": "The pen writes the digit zero."}
    assert texts.class_texts("NATOPS", ["2", "All clear"]) == dict.fromkeys(["2", "All clear"], "The signal means: All clear.")
    assert [texts.class_name("NATOPS", label) for label in ("2.0", "All clear")] == ["All clear", "All clear"]
    assert (texts.class_texts("Nobody", ["a"]), texts.domain("Nobody")) == ({}, texts.GENERAL_DOMAIN)
