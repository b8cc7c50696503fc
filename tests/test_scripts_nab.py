"""Windowed F1: what counts as found, missed and false, and how settings are chosen on other groups."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assistant.data.series import Series
from scripts.diagnostics import nab, nab_methods
from scripts.diagnostics.nab import Counts, Labelled

TIMES = pd.date_range("2024-01-01", periods=1_000, freq="5min")


def labelled(*windows: tuple[int, int]) -> Labelled:
    return Labelled("made", Series("x", TIMES, np.zeros(1_000), "5min"), tuple((TIMES[a], TIMES[b]) for a, b in windows))


def folder(path: Path) -> Path:
    """Two groups of noise with one labelled burst each, in the benchmark's layout."""
    windows = {}
    for number, group in enumerate(("first", "second")):
        values = np.random.default_rng(number).normal(size=1_000)
        values[500:505] += 40
        (path / "data" / group).mkdir(parents=True)
        pd.DataFrame({"timestamp": TIMES, "value": values}).to_csv(path / "data" / group / "a.csv.gz", index=False)
        windows[f"{group}/a.csv"] = [[f"{TIMES[480]}.000000", f"{TIMES[530]}.000000"]]
    windows["third/absent.csv"] = []
    (path / "labels").mkdir()
    (path / "labels" / "combined_windows.json").write_text(json.dumps(windows))
    return path


def test_windows_are_found_once_and_events_outside_them_are_false() -> None:
    counts = nab.count([(105, 105), (120, 130), (300, 302), (304, 304), (700, 700)], labelled((100, 150), (500, 600)))
    assert counts == Counts(found=1, missed=1, false_events=2, false_rows=5)
    assert counts.f1 == pytest.approx(2 * 1 / (2 * 1 + 2 + 1))
    assert counts.f1_points == pytest.approx(2 * 1 / (2 * 1 + 5 + 1))
    assert (counts.precision, counts.recall) == (pytest.approx(1 / 3), 0.5)


def test_an_event_that_reaches_into_a_window_is_not_false_and_both_ends_of_a_window_count() -> None:
    assert nab.count([(90, 100)], labelled((100, 150))) == Counts(1, 0, 0, 10)
    assert nab.count([(150, 150)], labelled((100, 150))) == Counts(1, 0, 0, 0)
    assert nab.count([(151, 151)], labelled((100, 150))) == Counts(0, 1, 1, 1)


def test_close_detections_are_one_event_and_a_long_event_keeps_its_reach() -> None:
    assert nab.merged([(20, 20), (10, 12), (26, 26)], 1_000) == [[(10, 12)], [(20, 20)], [(26, 26)]]
    assert nab.merged([(10, 12), (17, 17), (11, 40), (45, 46)], 1_000) == [[(10, 12), (11, 40), (17, 17), (45, 46)]]


def test_no_windows_have_no_f1_but_their_events_count_in_the_pool() -> None:
    quiet = nab.count([(5, 5)], labelled())
    assert np.isnan(quiet.f1)
    assert (quiet + Counts(found=1)).f1 == pytest.approx(2 / 3)


def test_the_setting_of_a_group_is_chosen_on_the_others() -> None:
    groups = np.array(["a", "b"])
    first = {0: Counts(1, 0), 1: Counts(0, 1)}
    second = {0: Counts(0, 1), 1: Counts(1, 0)}
    counts, choice = nab.held_out([first, second], groups)
    assert choice == {"a": 1, "b": 0}
    assert counts == {0: Counts(0, 1), 1: Counts(0, 1)}


def test_baselines_find_a_burst_and_have_as_many_settings_as_each_other() -> None:
    values = np.random.default_rng(0).normal(size=1_000) + 5 * np.sin(2 * np.pi * np.arange(1_000) / 288)
    values[500:505] += 40
    series = Series("x", TIMES, values, "5min")
    assert nab_methods.rolling_z(series, [(48, 12.0)]) == [[(500, 500)]]
    for season in ("day", "found"):
        assert nab_methods.seasonal_residual(series, [(season, "mad", 12.0)]) == [[(500, 504)]]
    assert len({len(nab_methods.SETTINGS[name]) for name in (*nab_methods.BASELINES, "tidings, tuned")}) == 1


def test_a_folder_is_measured_from_file_to_rows(tmp_path: Path) -> None:
    assert nab.find_folder(tmp_path) is None
    with pytest.raises(ValueError, match="found none"):
        nab.measure(tmp_path)
    made = folder(tmp_path / "anomaly_nab")
    assert nab.find_folder(tmp_path) == nab.find_folder(made) == made
    rows = nab.measure(made)
    values = {(r.dataset.removeprefix(nab.PREFIX), r.model, r.metric): r.value for r in rows if not r.ablation}
    assert values["all", "tidings", "f1"] == values["all", "rolling-z", "f1"] == 1.0
    assert values["all", "tidings, tuned", "f1"] == 1.0
    assert values["all", "tidings", "windows"] == 2
    assert values["first", "tidings", "false_events"] == 0
    assert "tidings" in nab.table(rows)
    assert len(nab.load(made, 1)) == 1


def test_a_folder_without_the_labelled_series_is_named(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "combined_windows.json").write_text("{}")
    with pytest.raises(ValueError, match="found none"):
        nab.load(tmp_path)
