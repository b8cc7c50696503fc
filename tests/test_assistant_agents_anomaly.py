"""What the anomaly watcher says: each kind by its name, and of what the scores are; every sentence verified."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from assistant import results
from assistant.agents import run_agent
from assistant.agents.base import AgentContext, Tools
from assistant.data.series import Series
from assistant.data.workspace import Workspace
from assistant.plan import AnomalyArgs
from retrieval import EpisodeStore, ShapeEmbedder
from scripts.evaluate_durability import DigestTextEmbedder
from tests.agent_text import checked_text

DISTANCE = "The score is the distance from the expected value in robust standard deviations"


def told(folder: Path, values: np.ndarray, frequency: str = "h") -> tuple[str, results.Anomalies]:
    """The verified text about a series, and the result beside it."""
    workspace = Workspace(folder / "session")
    times = pd.date_range("2024-01-01", periods=len(values), freq=frequency)
    ref = workspace.put_series(Series("load", times, values, frequency), "load.csv")
    store = EpisodeStore(folder / "episodes", ShapeEmbedder(), DigestTextEmbedder())
    tools = Tools(episodes=lambda: store, trained=dict, model_folder=lambda name: folder / name)
    context = AgentContext(owner="ann", session="s", series=(ref,), uploads=(), workspace=workspace, tools=tools)
    report = run_agent(0, AnomalyArgs(), context)
    text = checked_text(report)
    (result,) = (results.load_result(workspace.document(ref)) for ref in report.results)
    assert isinstance(result, results.Anomalies)
    return text, result


def noise(n: int) -> np.ndarray:
    return np.random.default_rng(5).normal(size=n)


def test_a_lost_day_is_told_as_an_unusual_cycle(tmp_path: Path) -> None:
    hours = np.arange(40 * 24)
    values = 50 + 30.0 * ((hours % 24 >= 8) & (hours % 24 < 18)) + noise(len(hours))
    values[20 * 24 + 8 : 20 * 24 + 18] -= 30
    text, result = told(tmp_path, values)
    assert "an unusual cycle from 21 January 2024, 08:00 to 21 January 2024, 17:00" in text
    assert DISTANCE in text
    (point,) = result.points
    assert point.kind == "unusual cycle"
    assert point.value is not None
    assert abs(point.value - 50) < 5
    assert point.expected is not None
    assert abs(point.expected - 80) < 5


def test_a_spike_is_told_with_what_was_expected(tmp_path: Path) -> None:
    values = noise(300)
    values[100] += 40
    text, _ = told(tmp_path, values)
    assert "a spike on 5 January 2024, 04:00" in text
    assert text.endswith(f"{DISTANCE}.")


def test_a_gap_alone_has_no_score_to_explain(tmp_path: Path) -> None:
    values = noise(300)
    values[100:130] = np.nan
    text, _ = told(tmp_path, values)
    assert "a missing stretch from 5 January 2024, 04:00 to 6 January 2024, 09:00" in text
    assert "score" not in text


def test_a_stretch_of_a_long_series_says_that_its_mean_is_scored(tmp_path: Path) -> None:
    hours = np.arange(60 * 24)
    values = 50 + 30.0 * ((hours % 24 >= 8) & (hours % 24 < 18)) + noise(len(hours))
    values[40 * 24 + 8 : 40 * 24 + 17] -= 30
    text, result = told(tmp_path, values)
    assert [point.kind for point in result.points] == ["unusual cycle"]
    assert text.endswith(f"{DISTANCE}, of the means of whole stretches where a stretch stands out.")


def test_nothing_is_told_of_a_series_that_always_does_the_same(tmp_path: Path) -> None:
    values = noise(2_000)
    values[::25] += 30
    text, result = told(tmp_path, values, "min")
    assert result.points == ()
    assert text == "Nothing unusual stands out in `load`."
