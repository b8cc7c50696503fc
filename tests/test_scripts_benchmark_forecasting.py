"""The forecasting benchmark: sets as they lie on disk, splits, scores, rows, resuming and the summary."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts import benchmark_forecasting
from scripts.forecasting import contestants, windows
from scripts.forecasting.scoring import Prediction, Score, Shelf, score
from scripts.forecasting.sets import Case, find_sets, read_set, season_of
from scripts.forecasting.summary import best_single, bootstrap_relative, markdown_table, standings

RANDOM = np.random.default_rng(7)


def tsf_text(lengths: list[int], frequency: str, horizon: int | None, season: float = 10) -> str:
    lines = ["# made for a test", "@relation Test", "@attribute series_name string", "@attribute start_timestamp date"]
    lines += [f"@frequency {frequency}", *([f"@horizon {horizon}"] if horizon else []), "@data"]
    for index, length in enumerate(lengths):
        values = 100 + np.arange(length) + season * (np.arange(length) % 4) + RANDOM.normal(0, 1, length).round(2)
        lines.append(f"T{index + 1}:1990-01-01 00-00-00:" + ",".join(f"{value:.2f}" for value in values))
    return "\n".join(lines) + "\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "monash").mkdir(parents=True)
    (folder / "m4").mkdir()
    with gzip.open(folder / "monash" / "tiny_quarterly_dataset.tsf.gz", "wt") as stream:
        stream.write(tsf_text([24, 30, 11, 10], "quarterly", 8))
    (folder / "monash" / "years_dataset_without_missing_values.tsf").write_text(tsf_text([40, 41], "yearly", None, 0))
    (folder / "m4" / "Weekly-train.csv").write_text(
        '"V1","V2","V3","V4","V5","V6"\n"W1","1","2","3","4",""\n"W2","5","","7","8","9"\n'
    )
    (folder / "m4" / "Weekly-test.csv").write_text('"V1","V2","V3"\n"W1","5","6"\n"W2","10","11"\n')
    (folder / "m4" / "README.md").write_text("not a set")
    return folder


def test_sets_are_found_and_split(data: Path) -> None:
    found = find_sets(data)
    assert list(found) == ["m4_weekly", "tiny_quarterly", "years"]
    quarterly = read_set("tiny_quarterly", found["tiny_quarterly"])
    assert (quarterly.frequency, quarterly.horizon, quarterly.left_out) == ((1, "quarter"), 8, 1)
    assert [(case.name, len(case.history), len(case.future), case.season) for case in quarterly.cases] == [
        ("T1", 16, 8, 4),
        ("T2", 22, 8, 4),
        ("T3", 3, 8, 4),
    ]
    assert read_set("years", found["years"]).horizon == 6
    weekly = read_set("m4_weekly", found["m4_weekly"])
    assert (weekly.horizon, [case.season for case in weekly.cases]) == (2, [1, 1])
    np.testing.assert_array_equal(weekly.cases[0].history, [1, 2, 3, 4])
    np.testing.assert_array_equal(weekly.cases[1].history, [5, np.nan, 7, 8, 9])
    np.testing.assert_array_equal(weekly.cases[1].future, [10, 11])


def test_development_never_sees_the_test_part(data: Path) -> None:
    whole = read_set("tiny_quarterly", find_sets(data)["tiny_quarterly"])
    shorter = whole.without_test()
    assert shorter.left_out == 2
    for case, before in zip(shorter.cases, whole.cases, strict=False):
        np.testing.assert_array_equal(np.concatenate((case.history, case.future)), before.history)
    assert [case.name for case in whole.sample(2).cases] == ["T1", "T3"]
    latest = whole.latest(5).cases[1]
    np.testing.assert_array_equal(latest.history, whole.cases[1].history[-5:])
    np.testing.assert_array_equal(latest.future, whole.cases[1].future)


@pytest.mark.parametrize(
    ("frequency", "count", "season"),
    [
        ((1, "year"), 30, 1),
        ((1, "quarter"), 30, 4),
        ((1, "month"), 30, 12),
        ((1, "week"), 103, 1),
        ((1, "week"), 104, 52),
        ((1, "day"), 9, 7),
        ((1, "hour"), 9, 24),
        ((30, "minute"), 9, 48),
        ((10, "minute"), 9, 144),
        ((3, "day"), 9, 1),
    ],
)
def test_season_of(frequency: tuple[int, str], count: int, season: int) -> None:
    assert season_of(frequency, count) == season


def test_a_set_without_its_test_part_is_refused(data: Path) -> None:
    (data / "m4" / "Weekly-test.csv").rename(data / "m4" / "test.csv")
    with pytest.raises(ValueError, match=r"Weekly-test\.csv beside Weekly-train\.csv"):
        read_set("m4_weekly", data / "m4" / "Weekly-train.csv")
    with pytest.raises(FileNotFoundError, match="--data"):
        find_sets(data / "nowhere")


def prediction(mean: list[float], half: float) -> Prediction:
    centre = np.array(mean)
    widths = {20: 0.25 * half, 40: 0.5 * half, 60: 0.75 * half, 80: half}
    low = {level: centre - width for level, width in widths.items()}
    high = {level: centre + width for level, width in widths.items()}
    return Prediction(centre, low, high, 0.5, peak_mb=100.0)


def test_scores_by_hand() -> None:
    case = Case("A", np.array([1.0, 5, 3, 7]), np.array([10.0, 20]), 2)
    found = score(case, prediction([12, 16], 3))
    assert found.mase == pytest.approx((2 + 4) / 2 / 2)
    assert found.smape == pytest.approx((200 * 2 / 22 + 200 * 4 / 36) / 2)
    assert (found.mse, found.mae, found.cov80) == (10, 3, 0.5)
    quantiles = {0.1: -3, 0.2: -2.25, 0.3: -1.5, 0.4: -0.75, 0.5: 0, 0.6: 0.75, 0.7: 1.5, 0.8: 2.25, 0.9: 3}
    losses = []
    for probability, shift in quantiles.items():
        errors = np.array([10.0, 20]) - (np.array([12, 16]) + shift)
        losses.append(2 * np.maximum(probability * errors, (probability - 1) * errors).sum() / 30)
    assert found.wql == pytest.approx(np.mean(losses))


def test_scores_wait_on_the_shelf(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    first = score(Case("A, the first", np.array([1.0, 1, 1]), np.array([1.0, 2]), 1), prediction([1, 1], 1))
    assert np.isnan(first.mase)
    shelf.add("set", "model", [first])
    with (tmp_path / "set" / "model.csv").open("a") as stream:
        stream.write("B,0.1,0.")
    assert list(shelf.read("set", "model")) == ["A, the first"]
    second = score(Case("B", np.array([1.0, 2, 4]), np.array([1.0, 2]), 1), prediction([1, 1], 1))
    shelf.add("set", "model", [second])
    assert shelf.read("set", "model")["B"] == second
    assert shelf.read("set", "other") == {}


def run(data: Path, tmp_path: Path, *arguments: str) -> pd.DataFrame:
    out = tmp_path / "rows.csv"
    common = ["--data", str(data), "--out", str(out), "--parts", str(tmp_path / "parts"), "--workers", "1"]
    benchmark_forecasting.main([*common, *arguments])
    return pd.read_csv(out)


def test_a_run_writes_rows_and_is_taken_up_again(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = run(data, tmp_path, "--datasets", "Tiny_quarterly", "--models", "seasonal-naive", "drift")
    assert set(rows["metric"]) == {"mase", "smape", "wql", "cov80", "mse", "mae", "fallbacks", "series"}
    assert set(rows["horizon"]) == {8} and rows["ablation"].isna().all()
    case = read_set("tiny_quarterly", find_sets(data)["tiny_quarterly"]).cases[0]
    repeated = np.resize(case.history[-4:], 8)
    expected = np.abs(case.future - repeated).mean() / np.abs(case.history[4:] - case.history[:-4]).mean()
    parts = pd.read_csv(tmp_path / "parts" / "test" / "tiny_quarterly" / "seasonal-naive.csv").set_index("series")
    assert parts.loc["T1", "mase"] == pytest.approx(expected)
    mase = rows[(rows["metric"] == "mase") & (rows["model"] == "seasonal-naive")]["value"].item()
    assert mase == pytest.approx(parts["mase"].mean(), rel=1e-5)
    assert "tidings / best" not in capsys.readouterr().out
    again = run(data, tmp_path, "--datasets", "tiny_quarterly", "--models", "seasonal-naive", "drift")
    pd.testing.assert_frame_equal(rows, again)
    assert "geometric mean of mase" in capsys.readouterr().out
    longer = run(data, tmp_path, "--datasets", "years", "--models", "drift", "--holdout", "train", "--max-series", "1")
    assert list(longer["ablation"].dropna().unique()) == ["1 series, holdout train"]
    assert len(longer) == len(rows) + 8


def test_the_tournament_takes_part(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = run(data, tmp_path, "--datasets", "years", "--models", "tidings", "seasonal-naive", "theta", "--max-series", "1")
    table = rows.pivot_table(index="model", columns="metric", values="value")
    # A line with little noise: whoever is chosen beats the last value repeated.
    assert table.loc["tidings", "mase"] < 0.5 * table.loc["seasonal-naive", "mase"]
    assert "tidings / best single method" in capsys.readouterr().out


def test_a_missing_library_is_reported_and_the_rest_runs(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--datasets", "years", "--models", "drift", "statsforecast-autoets", "--python", str(tmp_path / "none")]
    rows = run(data, tmp_path, *asked)
    assert set(rows["model"]) == {"drift"}
    assert "skipped, since statsforecast is not installed" in capsys.readouterr().out


def test_a_damaged_set_is_reported_and_the_rest_runs(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "monash" / "bad.tsf").write_text("@relation x\n@attribute series_name string\n@frequency daily\n@data\nA:1,x\n")
    rows = run(data, tmp_path, "--datasets", "bad", "years", "--models", "drift")
    assert set(rows["dataset"]) == {"years"}
    assert "bad: skipped. Expected numbers" in capsys.readouterr().out


def test_quick_keeps_nothing(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(benchmark_forecasting, "OUT", tmp_path / "results.csv")
    benchmark_forecasting.main(["--data", str(data), "--quick", "--models", "seasonal-naive", "--workers", "1"])
    assert not (tmp_path / "results.csv").exists()
    assert "tiny_quarterly" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("option", "message"), [("--datasets", "No data set is called 'x'"), ("--models", "No model is called 'x'")]
)
def test_unknown_names_are_refused(data: Path, tmp_path: Path, option: str, message: str) -> None:
    with pytest.raises(SystemExit, match=message):
        run(data, tmp_path, option, "x")


WORKER = """
import json, sys
import numpy as np
with np.load(sys.argv[1]) as archive:
    ends = np.cumsum(archive["lengths"])
    for index, values in enumerate(np.split(archive["values"], ends[:-1])):
        assert not np.isnan(values).any()
        side = {str(level): [float(values[-1])] * int(archive["horizon"]) for level in archive["levels"]}
        answer = {"index": index, "mean": side["80"], "low": side, "high": side, "seconds": 0.25, "fallback": None}
        print(json.dumps(answer), flush=True)
    if sys.argv[2] == "statsforecast-mstl":
        sys.exit("out of luck")
"""


def test_another_environment_is_given_series_through_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "worker.py"
    script.write_text(WORKER)
    monkeypatch.setattr(contestants, "WORKER", script)
    cases = [Case("A", np.array([1.0, np.nan, 4]), np.zeros(2), 1), Case("B", np.array([5.0, 6]), np.zeros(2), 1)]
    python = Path(sys.executable)
    found = dict(contestants.predict_elsewhere(cases, "statsforecast-autoets", 2, python))
    assert found[0]["statsforecast-autoets"].mean.tolist() == [4, 4]
    assert found[1]["statsforecast-autoets"].quantiles()[0.3].tolist() == [6, 6]
    with pytest.raises(RuntimeError, match="out of luck"):
        list(contestants.predict_elsewhere(cases, "statsforecast-mstl", 2, python))


def test_processes_say_the_same_as_one() -> None:
    cases = [Case(str(index), np.arange(12.0) * index, np.zeros(2), 1) for index in (1, 2)]
    work = [(case, ("drift",)) for case in cases]
    here, there = dict(contestants.predict_here(work, 2, 1)), dict(contestants.predict_here(work, 2, 2))
    assert here[1]["drift"].mean.tolist() == there[1]["drift"].mean.tolist() == [24, 26]
    assert here[0]["drift"].mean.tolist() == there[0]["drift"].mean.tolist() == [12, 13]


def test_a_member_that_cannot_forecast_says_who_stood_in() -> None:
    case = Case("A", np.array([1.0, 2, 3, 4, 5, 6]), np.zeros(2), 1)
    found = contestants.predict_case(case, ("stl-ets", "seasonal-naive"), 2)
    assert found["stl-ets"].fallback.startswith("BadInput: stl-ets needs a season")
    assert found["seasonal-naive"].fallback == ""
    np.testing.assert_array_equal(found["stl-ets"].mean, found["seasonal-naive"].mean)


def test_a_model_without_any_forecast_has_no_measures(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = run(data, tmp_path, "--datasets", "years", "--models", "stl-ets")
    assert dict(zip(rows["metric"], rows["value"], strict=True)) == {"series": 2, "fallbacks": 2}
    assert "stl-ets                    cannot forecast any of the series" in capsys.readouterr().out


def test_throughput(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "rows.csv"
    benchmark_forecasting.main(["--throughput", "2", "--workers", "1", "--out", str(out)])
    row = pd.read_csv(out).iloc[0]
    assert (row["dataset"], row["model"], row["metric"]) == ("2 made series of 120", "tidings", "seconds") and row["value"] > 0
    assert "0 failed" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        benchmark_forecasting.main(["--quick"])


def scores_of(values: list[float]) -> dict[str, Score]:
    nothing = dict.fromkeys(("smape", "wql", "cov80", "mse", "mae", "seconds", "peak_mb"), 0.0)
    return {f"T{index}": Score(series=f"T{index}", mase=value, fallback="", **nothing) for index, value in enumerate(values)}


def test_standings_by_hand() -> None:
    mase = pd.DataFrame(
        {"a": [2.0, 1.0, 1.6, np.nan], "b": [1.0, 0.5, 0.4, 0.1]}, index=["seasonal-naive", "tidings", "theta", "stl-ets"]
    )
    found = standings(mase)
    assert [(standing.model, standing.rank) for standing in found] == [("tidings", 1.5), ("theta", 1.5), ("seasonal-naive", 3.0)]
    assert [standing.relative for standing in found] == pytest.approx([0.5, np.sqrt(0.8 * 0.4), 1.0])
    best = best_single(found)
    assert best is not None and best.model == "theta"
    rows = mase.drop(index="stl-ets").stack().rename_axis(["model", "dataset"]).rename("value").reset_index()
    both = pd.concat([rows.assign(metric="mase"), rows.assign(metric="cov80", value=0.75)]).assign(ablation="")
    assert markdown_table(both).splitlines()[2] == "| tidings | 1.000 | 0.500 | 1.50 | 0.500 | 0.750 to 0.750 |"


def test_bootstrap_of_a_constant_ratio_has_no_width() -> None:
    scores = {"a": {"tidings": scores_of([1.0, 2, 3]), "theta": scores_of([2.0, 4, 6])}}
    assert bootstrap_relative(scores, "tidings", "theta") == pytest.approx((0.5, 0.5))
    assert bootstrap_relative(scores, "tidings", "drift") is None


def test_tables_of_channels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steps = np.arange(2_000)
    channels = {"a": np.sin(2 * np.pi * steps / 24), "b": 5 + 2 * np.cos(2 * np.pi * steps / 24)}
    frame = pd.DataFrame({"date": pd.date_range("2020-01-01", periods=2_000, freq="h"), **channels})
    frame.to_csv(tmp_path / "waves.csv", index=False)
    table = windows.read_table("waves", windows.find_tables(tmp_path)["waves"])
    assert (table.period, table.train, table.validation, table.test) == (24, 1_400, 200, 2_000)
    np.testing.assert_allclose(table.values[:1_400].std(axis=0), 1.0)
    assert windows.seasonal_naive(table, 96).mse == pytest.approx(0, abs=1e-12)
    assert windows.cycle_linear(table, windows.Task(96, 96)).mse == pytest.approx(0, abs=1e-6)
    rows = run(tmp_path, tmp_path, "--quick", "--models", "seasonal-naive", "cycle-linear")
    assert sorted(rows["context"].dropna().unique()) == [96, 336] and set(rows["horizon"].astype(str)) == {"96"}
    assert "waves" in capsys.readouterr().out
    assert len(run(tmp_path, tmp_path, "--quick", "--models", "seasonal-naive", "cycle-linear")) == len(rows) == 10


def test_errors_of_windows_by_hand() -> None:
    values = np.concatenate((np.zeros(70), np.ones(10), [1.0, 2, 1, 3, 1] * 4))[:, None]
    table = windows.Table("hand", values, 1, 70, 10, 100)
    naive = windows.seasonal_naive(table, 1)
    differences = np.diff(np.concatenate(([1.0], values[80:, 0])))
    assert naive.mae == pytest.approx(np.abs(differences).mean())
    assert naive.mse == pytest.approx((differences**2).mean())
