"""The kills and the crowd, small: a killed question ends answered, and conversations at once do not mix."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.evaluate_resilience import Chats, Kills, chat, kill, rows
from scripts.measurements import COLUMNS, write_rows


def test_two_kills_in_the_middle_of_a_question_lose_nothing(tmp_path: Path) -> None:
    outcome = kill(2, tmp_path, seed=1, series=2)
    assert (outcome.rounds, outcome.answered, outcome.same, outcome.intact) == (2, 2, 2, 2)


def test_six_conversations_at_once_do_not_mix(tmp_path: Path) -> None:
    outcome = chat(6, tmp_path)
    assert (outcome.chats, outcome.answered, outcome.own) == (6, 6, 6)
    assert 0 < outcome.slowest <= outcome.seconds


def test_outcomes_become_measurements(tmp_path: Path) -> None:
    table = write_rows(
        tmp_path / "resilience.csv", rows(Kills(10, 9, 10, 10, 10, 60.0), Chats(20, 20, 20, 30.0, 29.0)), device="cpu", commit="x"
    )
    assert list(table.columns) == COLUMNS
    found = table.set_index(["dataset", "metric"])["value"]
    assert found["kill -9", "resumed"] == 9
    assert found["conversations at once", "slowest_s"] == pytest.approx(29.0)
