"""Many series: the answers of one by one, failures that stop nothing, progress, stopping, and when workers pay."""

from __future__ import annotations

import sys
from concurrent.futures.process import BrokenProcessPool
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from models.errors import Stopped, UnknownModel
from models.many import Failed, Job, forecast_many, worker_count
from models.tournament import run_tournament
from models.types import Tournament

RANDOM = np.random.default_rng(3)
MEMBERS = ("seasonal-naive", "drift")


def job(count: int = 60) -> Job:
    steps = np.arange(count)
    return Job(50 + 5 * np.sin(2 * np.pi * steps / 12) + np.cumsum(RANDOM.normal(size=count)), 12, 6)


JOBS = [job() for _ in range(7)]
BROKEN = Job(np.array([np.nan, 1.0, np.nan, 2.0]), 1, 3)


def assert_same(found: Tournament | Failed, expected: Tournament | Failed) -> None:
    assert isinstance(found, Tournament)
    assert isinstance(expected, Tournament)
    assert found.forecast.model == expected.forecast.model
    assert found.forecast.mean.tolist() == expected.forecast.mean.tolist()
    assert [row.mase for row in found.rows] == [row.mase for row in expected.rows]


def test_many_are_forecast_as_one_by_one() -> None:
    found = forecast_many(JOBS, models=MEMBERS, workers=1)
    for one, outcome in zip(JOBS, found, strict=True):
        assert_same(outcome, run_tournament(one.values, period=12, horizon=6, models=MEMBERS))


def test_workers_give_the_same_answers_in_the_same_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.many.WORKER_START_SECONDS", -1.0)
    jobs = [*JOBS[:3], BROKEN, *JOBS[3:]]
    assert worker_count(jobs, 2) == 2
    shares: list[float] = []
    found = forecast_many(jobs, models=MEMBERS, workers=2, progress=lambda share, words: shares.append(share))
    alone = forecast_many(jobs, models=MEMBERS, workers=1)
    assert isinstance(found[3], Failed)
    assert "3 observed values; found 2" in found[3].reason
    for position in (0, 1, 2, 4, 5, 6, 7):
        assert_same(found[position], alone[position])
    assert shares[-1] == 1.0
    assert all(before <= after for before, after in pairwise(shares))


def test_a_series_that_fails_stops_no_other() -> None:
    found = forecast_many([BROKEN, JOBS[0]], models=MEMBERS)
    assert isinstance(found[0], Failed)
    assert isinstance(found[1], Tournament)


def test_stopping_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Stopped):
        forecast_many(JOBS, models=MEMBERS, workers=1, cancelled=lambda: True)
    monkeypatch.setattr("models.many.WORKER_START_SECONDS", -1.0)
    with pytest.raises(Stopped):
        forecast_many(JOBS, models=MEMBERS, workers=2, cancelled=lambda: True)


def test_an_unknown_model_is_no_failure_of_a_series() -> None:
    with pytest.raises(UnknownModel):
        forecast_many(JOBS[:2], models=("oracle",))


def test_workers_start_only_where_they_pay() -> None:
    assert worker_count(JOBS[:2], 2) == 1
    assert worker_count([JOBS[0]] * 1_000, 2) == 2
    assert worker_count([JOBS[0]] * 1_000, 1) == 1
    assert worker_count([], 4) == 1


def test_a_program_without_a_guard_is_not_imported_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "script.py"
    script.write_text("print('a plain script')\n")
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(script), raising=False)
    assert worker_count([JOBS[0]] * 1_000, 2) == 1
    script.write_text("if __name__ == '__main__':\n    print('guarded')\n")
    assert worker_count([JOBS[0]] * 1_000, 2) == 2


def test_what_a_dead_worker_left_is_forecast_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def died(*args: object) -> None:
        raise BrokenProcessPool("a worker was killed")

    monkeypatch.setattr("models.many.WORKER_START_SECONDS", -1.0)
    monkeypatch.setattr("models.many.ProcessPoolExecutor.submit", died)
    found = forecast_many(JOBS[:3], models=MEMBERS, workers=2)
    for outcome, expected in zip(found, forecast_many(JOBS[:3], models=MEMBERS, workers=1), strict=True):
        assert_same(outcome, expected)


def test_no_jobs_give_no_answers() -> None:
    assert forecast_many([]) == []
