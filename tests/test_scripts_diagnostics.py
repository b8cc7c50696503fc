"""The synthetic cases are what they say, and right and wrong claims are counted as stated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assistant.data.series import Series
from scripts import benchmark_diagnostics
from scripts.diagnostics.cases import Case, TrueChange, draw
from scripts.diagnostics.scoring import Claims, Outcome, false_alarms, rates, score, tolerance


def case(**truth: object) -> Case:
    values = np.zeros(200)
    parts: dict[str, object] = {
        "seed": 0,
        "series": Series("x", pd.RangeIndex(200), values, None),
        "factors": {"effects": "some", "noise": "white"},
        "seasons": {},
        "changes": (),
        "outliers": {},
        "deviations": np.zeros(200),
        "slope": None,
        "direction": None,
    }
    return Case(**(parts | truth))  # type: ignore[arg-type]


def test_a_seed_is_a_case() -> None:
    first, again, other = draw(7), draw(7), draw(8)
    np.testing.assert_array_equal(first.series.values, again.series.values)
    assert first.factors == again.factors
    assert first.changes == again.changes
    assert len(first.series) != len(other.series) or not np.array_equal(first.series.values, other.series.values, equal_nan=True)


def test_every_third_case_is_noise_alone_and_the_rest_cover_every_level() -> None:
    cases = [draw(seed) for seed in range(600)]
    assert all(drawn.clean == (drawn.seed % 3 == 0) for drawn in cases)
    for drawn in cases:
        if drawn.clean:
            assert not drawn.seasons and not drawn.changes and not drawn.outliers and drawn.direction == "none"
        assert all(4 * period <= len(drawn.series) for period in drawn.seasons)
        assert all(12 <= change.position <= len(drawn.series) - 12 for change in drawn.changes)
        assert np.isfinite(drawn.series.values[list(drawn.outliers)]).all()
    levels = {(name, level) for drawn in cases if not drawn.clean for name, level in drawn.factors.items()}
    assert len([level for name, level in levels if name == "season"]) == 6
    assert len([level for name, level in levels if name == "level"]) == 6
    assert len([level for name, level in levels if name == "noise"]) == 6


def test_effects_have_the_size_they_say() -> None:
    """The noise has the standard deviation that sizes are told in, and a step of 20 sigma is one."""
    spreads = [float(np.std(draw(seed).deviations)) for seed in range(0, 300, 3) if len(draw(seed).series) >= 500]
    assert np.mean(spreads) == pytest.approx(1, abs=0.05)
    for seed in range(1, 400):
        drawn = draw(seed)
        if drawn.factors["level"] == "up by 20" and all(
            drawn.factors[name] == "none" for name in ("season", "trend", "variance", "slope")
        ):
            (change,) = drawn.changes
            unit = np.nanstd(np.diff(drawn.series.values[: change.position])) / np.std(
                np.diff(drawn.deviations[: change.position])
            )
            size = np.nanmedian(drawn.series.values[change.position :]) - np.nanmedian(drawn.series.values[: change.position])
            assert size / unit == pytest.approx(20, rel=0.2)
            return
    raise AssertionError("no such case was drawn")


def test_seasons_are_matched_once() -> None:
    counts, misses = score(case(seasons={12: 8.0, 365: 6.0, 7: 2.0}), Claims(seasons=(12, 24, 364, 366)))
    assert (counts["season.right"], counts["season.wrong"], counts["season.found"], counts["season.true"]) == (2, 2, 2, 2)
    assert misses == ["season 24 false", "season 366 false"]


def test_changes_need_place_and_kind() -> None:
    truth = (TrueChange(50, "level", 9.0), TrueChange(120, "slope", 20.0), TrueChange(160, "level", 3.0))
    claims = Claims(changes=((53, "level"), (54, "level"), (118, "level"), (161, "level")))
    counts, _ = score(case(changes=truth), claims)
    assert tolerance(200, "level") == 4
    assert tolerance(200, "slope") == 10
    assert (counts["change.right"], counts["change.wrong"], counts["change.found"], counts["change.true"]) == (2, 2, 1, 2)
    assert (counts["place.right"], counts["place.wrong"], counts["place.found"], counts["place.true"]) == (3, 1, 2, 2)


def test_anomalies_between_four_and_five_sigma_do_not_count() -> None:
    deviations = np.zeros(200)
    deviations[[20, 40, 60, 80]] = (9, -4.5, 2, 6)
    claims = Claims(events=((19, 20), (40, 40), (60, 60)))
    counts, misses = score(case(outliers={20: 9.0}, deviations=deviations), claims)
    assert (counts["anomaly.right"], counts["anomaly.wrong"], counts["anomaly.found"], counts["anomaly.true"]) == (1, 1, 1, 2)
    assert misses == ["anomaly 60-60 false (2.0)", "anomaly 80 (6.0) missed"]


def test_rates_pool_the_cases_and_false_alarms_count_series() -> None:
    def outcome(seed: int, **counts: int) -> Outcome:
        return Outcome(seed, "m", {}, {key.replace("_", "."): value for key, value in counts.items()}, 0.0)

    pooled = rates(
        [outcome(0, season_right=1, season_wrong=1, season_true=1, season_found=1), outcome(1, season_true=3, season_found=1)]
    )
    assert pooled["season_precision"] == 0.5
    assert pooled["season_recall"] == 0.5
    shares = false_alarms([outcome(0, season_wrong=2, change_wrong=0), outcome(1, season_wrong=0, change_wrong=1), outcome(2)])
    assert shares["season_false_alarms"] == pytest.approx(1 / 3)
    assert shares["any_false_alarm"] == pytest.approx(2 / 3)


def test_the_command_writes_rows_and_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "d.csv"
    arguments = ["--seeds", "6", "--first-seed", "0", "--models", "acf_periodogram", "rolling_z", "--out", str(out)]
    benchmark_diagnostics.main(arguments)
    whole = pd.read_csv(out)
    assert {"season_recall", "anomaly_recall", "cases"} <= set(whole["metric"])
    assert not out.with_suffix(".partial.jsonl").exists()

    calls = _interrupt(monkeypatch, after=5)
    with pytest.raises(KeyboardInterrupt):
        benchmark_diagnostics.main(arguments)
    assert len(calls) == 5
    monkeypatch.undo()
    benchmark_diagnostics.main(arguments)
    pd.testing.assert_series_equal(pd.read_csv(out)["value"], whole["value"])


def _interrupt(monkeypatch: pytest.MonkeyPatch, after: int) -> list[int]:
    calls: list[int] = []
    measure: Callable[[int, str], Outcome] = benchmark_diagnostics.measure

    def stopping(seed: int, model: str) -> Outcome:
        if len(calls) == after:
            raise KeyboardInterrupt
        calls.append(seed)
        return measure(seed, model)

    monkeypatch.setattr(benchmark_diagnostics, "measure", stopping)
    return calls


def test_the_reported_cases_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        benchmark_diagnostics.main(["--show", "--seeds", "1"])
    assert "--show expects seeds below 10000" in capsys.readouterr().err
