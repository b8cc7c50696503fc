"""The command line's contract, key by key: what stands on stdout, what on stderr, and which status a command ends with."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ui import cli

ROOT = Path(__file__).resolve().parents[1]
ENVELOPE = {
    "answer", "plan", "facts", "removed", "results", "warnings", "confirmation", "session", "seconds", "sentences", "suggestions",
}  # fmt: skip
DESCRIPTION = {
    "kind", "series", "n", "start", "end", "frequency", "missing", "trend", "seasonality", "stationary",
    "change_points", "outliers",
}  # fmt: skip
AMBIGUOUS = "d,v\n01/02/2020,1\n02/03/2020,2\n03/04/2020,5\n04/05/2020,4\n05/06/2020,3\n06/07/2020,2\n"


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """stdout as the one JSON document that it must be: anything before or after it fails here."""
        assert self.code == 0, self.err
        return json.loads(self.out)


Run = Callable[..., Outcome]


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One TIDINGS_HOME for the module."""
    return tmp_path_factory.mktemp("state") / "home"


@pytest.fixture
def run(state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process."""
    monkeypatch.setenv("TIDINGS_HOME", str(state))

    def command(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["tidings", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        code = ended.value.code
        return Outcome(code if isinstance(code, int) else int(code is not None), captured.out, captured.err)

    return command


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the tests ask about."""
    folder = tmp_path_factory.mktemp("tables")
    rng = np.random.default_rng(5)
    rows = 72
    season = 10 * np.sin(2 * np.pi * np.arange(rows) / 12)
    north = 100 + 0.5 * np.arange(rows) + season + rng.normal(0, 0.5, rows)
    north[40] += 60
    south = np.roll(north, 2) + rng.normal(0, 0.5, rows)
    months = pd.date_range("2018-01-01", periods=rows, freq="MS").strftime("%Y-%m-%d")
    table = pd.DataFrame({"month": months, "north": north.round(2), "south": south.round(2)})
    table.loc[7, "south"] = np.nan
    table.to_csv(folder / "sales.csv", index=False)
    table[["month", "north"]].to_csv(folder / "north.csv", index=False)
    phase = np.linspace(0, 2 * np.pi, 16)
    cases = [[*np.round((np.sin if i % 2 else np.cos)(phase) + rng.normal(0, 0.1, 16), 3), "sine" if i % 2 else "cosine"]
             for i in range(24)]  # fmt: skip
    pd.DataFrame(cases, columns=[*(f"t{i}" for i in range(16)), "label"]).to_csv(folder / "cases.csv", index=False)
    (folder / "ambiguous.csv").write_text(AMBIGUOUS)
    hours = pd.date_range("2024-01-01", periods=48, freq="h", tz="+02:00")
    pd.DataFrame({"time": [hour.isoformat() for hour in hours], "load": np.arange(48.0)}).to_csv(
        folder / "zoned.csv", index=False
    )
    return folder


def is_iso(text: str) -> bool:
    datetime.fromisoformat(text)
    return True


def only(outcome: Outcome, kind: str) -> dict[str, Any]:
    """The one result of an envelope, of that kind."""
    document = outcome.document
    assert set(document) == ENVELOPE
    assert [result["kind"] for result in document["results"]] == [kind], document["answer"]
    result: dict[str, Any] = document["results"][0]
    return result


def assert_readable_error(outcome: Outcome, *parts: str) -> None:
    assert outcome.code != 0
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    assert "something inside went wrong" not in outcome.err.lower()
    for part in parts:
        assert part in outcome.err


def tidings(*arguments: object, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "ui.cli", *map(str, arguments)],
        cwd=ROOT, env={**os.environ, "TIDINGS_HOME": str(home), **environment}, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip


# The envelope


def test_the_envelope_has_its_keys_and_every_fact_is_whole(run: Run, tables: Path) -> None:
    document = run("ask", tables / "north.csv", "describe north", "--json").document
    assert set(document) == ENVELOPE
    assert document["plan"][0]["agent"] == "analyst"
    assert set(document["plan"][0]) == {"agent", "args"}
    assert document["confirmation"] is None
    assert document["removed"] == []
    assert isinstance(document["seconds"], float)
    assert all({"id", "value", "unit", "statement", "source"} <= set(fact) for fact in document["facts"])
    rows = [fact["value"] for fact in document["facts"] if fact["value"] == 72]
    assert rows and not isinstance(rows[0], str)


def test_description(run: Run, tables: Path) -> None:
    result = only(run("ask", tables / "north.csv", "is there a trend?", "--json"), "description")
    assert set(result) == DESCRIPTION
    assert (result["series"], result["n"], result["frequency"], result["missing"]) == ("north", 72, "MS", 0)
    assert (result["start"], result["end"]) == ("2018-01-01T00:00:00", "2023-12-01T00:00:00")
    assert set(result["trend"]) == {"direction", "slope", "per", "low", "high"}
    assert result["trend"]["direction"] == "up"
    assert result["trend"]["low"] < 6 < result["trend"]["high"]  # 0.5 a month is 6 a year
    assert result["trend"]["per"] == "year"
    assert [set(item) for item in result["seasonality"]] == [{"period", "strength"}]
    assert result["seasonality"][0]["period"] == 12
    assert all(set(point) == {"time", "kind", "size"} and is_iso(point["time"]) for point in result["change_points"])


def test_anomalies(run: Run, tables: Path) -> None:
    result = only(run("ask", tables / "north.csv", "anything unusual?", "--json"), "anomalies")
    assert set(result) == {"kind", "series", "points"}
    strongest = max(result["points"], key=lambda point: point["score"])
    assert set(strongest) == {"time", "end", "value", "expected", "score", "kind"}
    assert strongest["time"] == "2021-05-01T00:00:00"
    assert strongest["end"] is None
    assert strongest["value"] - strongest["expected"] == pytest.approx(60, abs=6)


def test_forecast_has_the_standard_levels_and_a_leaderboard(run: Run, tables: Path) -> None:
    result = only(run("forecast", tables / "north.csv", "--horizon", 4, "--json"), "forecast")
    keys = {"kind", "series", "model", "horizon", "points", "leaderboard", "beats_seasonal_naive"}
    assert set(result) - {"combination"} == keys, "what was not asked for is not there"
    assert (result["series"], result["horizon"], len(result["points"])) == ("north", 4, 4)
    assert [point["time"] for point in result["points"]] == [f"2024-0{month}-01T00:00:00" for month in range(1, 5)]
    for point in result["points"]:
        assert set(point) == {"time", "mean", "lo80", "hi80", "lo95", "hi95"}
        assert point["lo95"] <= point["lo80"] <= point["mean"] <= point["hi80"] <= point["hi95"]
    assert all(set(row) == {"model", "mase", "smape", "wql", "cov80", "seconds"} for row in result["leaderboard"])
    assert "seasonal-naive" in {row["model"] for row in result["leaderboard"]}
    assert isinstance(result["beats_seasonal_naive"], bool)


def test_forecast_levels_and_model_are_as_asked_and_there_is_one_object_a_series(run: Run, tables: Path) -> None:
    arguments = "--horizon", 2, "--level", 90, "--model", "seasonal-naive", "--json"
    document = run("forecast", tables / "sales.csv", *arguments).document
    assert [(r["kind"], r["series"], r["model"]) for r in document["results"]] == [
        ("forecast", "north", "seasonal-naive"), ("forecast", "south", "seasonal-naive"),
    ]  # fmt: skip
    north = pd.read_csv(tables / "sales.csv")["north"]
    points = document["results"][0]["points"]
    assert [set(point) for point in points] == [{"time", "mean", "lo90", "hi90"}] * 2
    assert [point["mean"] for point in points] == pytest.approx(north.iloc[60:62].tolist())


def test_forecast_takes_the_combination_by_its_name_and_an_unknown_model_names_it(run: Run, tables: Path) -> None:
    arguments = "--horizon", 3, "--series", "north", "--json"
    result = only(run("forecast", tables / "sales.csv", *arguments, "--model", "combination"), "forecast")
    assert result["model"] == "combination"
    assert sum(result["combination"].values()) == pytest.approx(1)
    failed = run("forecast", tables / "sales.csv", *arguments, "--model", "oracle")
    assert failed.code != 0
    assert "no forecaster called 'oracle'" in failed.err
    assert "combination" in failed.err


def test_forecast_leaves_out_and_takes_drivers_as_asked(run: Run, tables: Path) -> None:
    arguments = "--horizon", 3, "--exclude", "2020", "--exclude", "2022-03..2022-05", "--driver", "south", "--json"
    result = only(run("forecast", tables / "sales.csv", *arguments), "forecast")
    assert result["series"] == "north"
    assert [(part["start"], part["end"], part["values"]) for part in result["excluded"]] == [
        ("2020", "2020", 12), ("2022-03", "2022-05", 3),
    ]  # fmt: skip
    assert (result["drivers"]["names"], result["drivers"]["forecast"]) == (["south"], ["south"])
    assert isinstance(result["drivers"]["used"], bool)


def test_similar_finds_episodes_before_the_stretch(run: Run, tables: Path) -> None:
    span = "--start", "2022-01", "--end", "2022-12"
    result = only(run("similar", tables / "north.csv", *span, "--k", 3, "--json"), "episodes")
    assert set(result) == {"kind", "query", "matches"}
    assert result["query"] == {"series": "north", "start": "2022-01-01T00:00:00", "end": "2022-12-01T00:00:00", "text": None}
    assert len(result["matches"]) == 3
    similarities = [match["similarity"] for match in result["matches"]]
    assert similarities == sorted(similarities, reverse=True)
    assert similarities[0] > 0.9
    for match in result["matches"]:
        assert set(match) == {"series", "start", "end", "similarity", "text", "followed_by"}
        assert match["end"] < "2022-01"
        assert 0 < len(match["followed_by"]) <= 12
    later = only(
        run("similar", tables / "north.csv", "--start", "2018-01", "--end", "2018-12", "--any-time", "--json"), "episodes"
    )
    assert later["matches"][0]["start"] > "2018-12"


def test_train_asks_then_classify_names_every_case(run: Run, tables: Path) -> None:
    asked = run("train", "classifier", tables / "cases.csv", "--json").document
    assert set(asked["confirmation"]) >= {"question", "action"}
    assert asked["results"] == []
    trained = run("ask", "yes", "--session", asked["session"], "--json").document
    (training,) = trained["results"]
    assert (training["kind"], training["cases"], training["classes"]) == ("training", 24, ["cosine", "sine"])
    document = run("classify", tables / "cases.csv", "--model", training["model"], "--json").document
    assert len(document["results"]) == 24
    keys = {"kind", "series", "label", "probabilities", "model", "accuracy", "plain_accuracy", "neighbours"}
    keys |= {
        "shipped",
        "second",
        "unsure",
        "strange",
        "strangeness",
        "unlike",
        "stretch",
        "file",
        "shown",
        "saliency",
        "channels",
        "channel_names",
        "steps",
        "values",
    }
    assert all(set(result) == keys for result in document["results"])
    assert not any(result["strange"] for result in document["results"])
    assert [result["label"] for result in document["results"]] == ["cosine", "sine"] * 12
    assert document["results"][0]["accuracy"] == training["accuracy"] == 1.0
    assert sum(document["results"][0]["probabilities"].values()) == pytest.approx(1)
    rows = {row["name"]: row for row in run("models", "--json").document["models"]}
    row = rows[training["model"]]
    assert (row["kind"], row["origin"], row["licence"]) == ("classifier", "trained here", "the user's own data")
    assert "accuracy 100.0% on 24 held-out cases" in row["summary"]


def test_yes_confirms_beforehand(run: Run, tables: Path) -> None:
    document = run("train", "classifier", tables / "cases.csv", "--model", "nearest-neighbour", "--yes", "--json").document
    assert document["confirmation"] is None
    (training,) = document["results"]
    assert (training["kind"], training["method"]) == ("training", "nearest-neighbour")


def test_comparison(run: Run, tables: Path) -> None:
    result = only(run("ask", tables / "sales.csv", "does north lead south?", "--json"), "comparison")
    assert {"series", "correlation", "lag"} <= set(result)
    assert result["series"] == ["north", "south"]
    assert result["lag"] == 2
    table = pd.read_csv(tables / "sales.csv")
    assert result["correlation"] == pytest.approx(table["north"].corr(table["south"]), abs=0.02)


def test_value(run: Run, tables: Path) -> None:
    result = only(run("ask", tables / "sales.csv", "when was the highest value of north?", "--json"), "value")
    assert {"series", "what", "value", "unit", "time"} <= set(result)
    north = pd.read_csv(tables / "sales.csv", index_col="month")["north"]
    assert (result["series"], result["value"]) == ("north", north.max())
    assert result["time"] == f"{north.idxmax()}T00:00:00"


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("forecast the next 0 months", "at least one step"),
        ("forecast the next -3 months", "at least one step"),
        ("forecast the next 1000000000 months", "1,000,000,000"),
        ("why did it rise?", ""),
    ],
)
def test_refusals_are_answers(run: Run, tables: Path, question: str, part: str) -> None:
    result = only(run("ask", tables / "north.csv", question, "--json"), "refusal")
    assert set(result) == {"kind", "reason", "instead"}
    assert part in result["reason"]
    assert result["instead"]


# Files and guesses


def test_describe_has_its_keys(run: Run, tables: Path) -> None:
    document = run("describe", tables / "sales.csv", "--json").document
    assert set(document) == {"series", "guesses", "warnings"}
    assert document["series"] == [
        {
            "name": name,
            "n": 72,
            "start": "2018-01-01T00:00:00",
            "end": "2023-12-01T00:00:00",
            "frequency": "MS",
            "missing": missing,
        }
        for name, missing in (("north", 0), ("south", 1))
    ]
    assert all(set(guess) == {"what", "chosen", "alternatives", "why"} for guess in document["guesses"])
    assert {"time column", "frequency", "value columns"} <= {guess["what"] for guess in document["guesses"]}


def test_times_carry_the_offset_of_the_file(run: Run, tables: Path) -> None:
    (series,) = run("describe", tables / "zoned.csv", "--json").document["series"]
    assert (series["start"], series["end"]) == ("2024-01-01T00:00:00+02:00", "2024-01-02T23:00:00+02:00")


def test_day_and_month_are_never_picked_silently(run: Run, tables: Path) -> None:
    path = tables / "ambiguous.csv"
    document = run("describe", path, "--json").document
    (guess,) = [guess for guess in document["guesses"] if guess["what"] == "day or month first"]
    assert {guess["chosen"], *guess["alternatives"]} == {"day first", "month first"}
    assert any("ambiguous" in warning for warning in document["warnings"])
    asked = run("ask", path, "when was the maximum?", "--json").document
    assert set(asked["confirmation"]["choices"]) == {"day first", "month first"}
    assert asked["results"] == []
    answered = only(run("ask", "day first", "--session", asked["session"], "--json"), "value")
    assert (answered["value"], answered["time"]) == (5, "2020-04-03T00:00:00")


@pytest.mark.parametrize(("flag", "start"), [("--dayfirst", "2020-02-01"), ("--monthfirst", "2020-01-02")])
def test_a_flag_settles_day_and_month(run: Run, tables: Path, flag: str, start: str) -> None:
    document = run("describe", tables / "ambiguous.csv", flag, "--json").document
    assert document["series"][0]["start"] == f"{start}T00:00:00"
    assert not any("ambiguous" in warning for warning in document["warnings"])
    assert run("ask", tables / "ambiguous.csv", "when was the maximum?", flag, "--json").document["confirmation"] is None


def test_both_flags_contradict_each_other(run: Run, tables: Path) -> None:
    for command in (("describe", tables / "ambiguous.csv"), ("ask", tables / "ambiguous.csv", "describe")):
        assert_readable_error(run(*command, "--dayfirst", "--monthfirst"), "both")


# Sessions and what people read


def test_a_session_goes_on_with_its_files_and_its_last_question(run: Run, tables: Path) -> None:
    first = run("ask", tables / "sales.csv", "highest value of north?", "--json").document
    second = run("ask", "and of south?", "--session", first["session"], "--json").document
    assert second["session"] == first["session"]
    assert second["results"][0]["series"] == "south"
    assert second["results"][0]["value"] == pd.read_csv(tables / "sales.csv")["south"].max()
    (row,) = [row for row in run("sessions", "--json").document["sessions"] if row["id"] == first["session"]]
    assert (row["title"], row["turns"]) == ("sales.csv", 2)
    assert is_iso(row["created"]) and is_iso(row["updated"])
    assert re.search(rf"^{re.escape(first['session'])}  \S+ \S+ +2 questions  sales\.csv$", run("sessions").out, re.MULTILINE)


def test_the_answer_is_on_stdout_and_notes_are_on_stderr(run: Run, tables: Path) -> None:
    outcome = run("ask", tables / "ambiguous.csv", "when was the maximum?")
    assert "Which one is right?" in outcome.out
    assert "Note:" not in outcome.out
    assert "Note: Day or month first is ambiguous" in outcome.err
    assert re.search(r'Reply with: tidings ask "(day|month) first" --session \S+', outcome.err)
    assert "--dayfirst or --monthfirst" in outcome.err


def test_describe_reads_well(run: Run, tables: Path) -> None:
    assert (
        "south: 72 rows, 1 missing, 2018-01-01 to 2023-12-01, every month (frequency MS)"
        in run("describe", tables / "sales.csv").out
    )
    assert "A table of 24 rows without a series." in run("describe", tables / "cases.csv").out


def test_models_lists_names_in_columns(run: Run) -> None:
    lines = run("models").out.splitlines()
    assert {"seasonal-naive", "theta", "cycle-linear", "minirocket"} <= {line.split()[0] for line in lines}
    assert len({line.index("built in") for line in lines if "built in" in line}) == 1


def test_index_stores_once_even_as_the_first_command_of_an_installation(tables: Path, tmp_path: Path) -> None:
    first = tidings("index", tables / "north.csv", "--json", home=tmp_path / "new")
    assert first.returncode == 0, first.stderr
    assert first.stderr == ""
    document = json.loads(first.stdout)
    assert set(document) == ENVELOPE
    assert next(fact["value"] for fact in document["facts"] if "Episodes stored" in fact["statement"]) > 10


# Processes


def test_stdout_is_one_document_and_logs_go_to_stderr(tables: Path, state: Path) -> None:
    done = tidings("ask", tables / "north.csv", "describe", "--json", home=state, TIDINGS_LOG_LEVEL="DEBUG")
    assert done.returncode == 0
    assert set(json.loads(done.stdout)) == ENVELOPE
    assert "DEBUG" in done.stderr


def test_an_unknown_command_and_a_missing_argument_are_errors(run: Run, tables: Path) -> None:
    assert_readable_error(run("forecats"), "forecats")
    assert_readable_error(run("forecast", tables / "north.csv"), "--horizon")
    assert_readable_error(run("ask"), "FILE")


@pytest.mark.parametrize(
    "program", ["import assistant", "import sys; from ui.cli import build; from typer.testing import CliRunner; "
                "assert CliRunner().invoke(build(), ['--help']).exit_code == 0"]
)  # fmt: skip
def test_light_imports(program: str) -> None:
    heavy = "{'torch', 'transformers', 'langgraph', 'gradio', 'faiss', 'pandas', 'statsmodels', 'sklearn', 'scipy', 'numpy'}"
    code = f"{program}\nimport sys; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"


def test_answering_needs_no_web_and_no_network_models(tables: Path, state: Path) -> None:
    heavy = "{'torch', 'gradio', 'faiss', 'sentence_transformers', 'transformers', 'plotly'}"
    code = (
        f"import sys; sys.argv = ['tidings', 'forecast', {str(tables / 'north.csv')!r}, '--horizon', '2', '--json']\n"
        f"from ui.cli import main\ntry:\n    main()\nfinally:\n    print(sorted({heavy} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "TIDINGS_HOME": str(state)}, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "[]\n")
    assert set(json.loads(done.stdout)) == ENVELOPE
