"""The trainer on made cases: what is compared and kept, what is refused, and what is asked before."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.errors import BadRequest, Cancelled
from assistant.estimates import confirmation_for, duration_text
from assistant.plan import Plan, TrainerArgs
from models.checkpoint import read_summary
from models.errors import BadInput, Stopped
from tests.test_assistant_agents_classifier import Desk, bumps, desk

__all__ = ["desk"]  # a fixture


def test_training_tells_both_accuracies_and_what_was_tried(desk: Desk) -> None:
    found, text = desk.train(*bumps(40), model="auto")
    assert {score["model"] for score in found.scores} == {"nearest-neighbour", "minirocket"}
    assert found.method in {"nearest-neighbour", "minirocket"}
    assert "Always naming the commonest class would be right in 50%" in text
    record = read_summary(desk.trained()["taps"]).training
    assert record.command == "tidings train classifier taps.csv"
    assert found.failed == {}


def test_the_classifier_that_was_asked_for_is_kept(desk: Desk) -> None:
    found, text = desk.train(*bumps(20), model="nearest-neighbour")
    assert found.method == "nearest-neighbour"
    assert "Kept was the plain nearest neighbour, as you asked" in text
    assert read_summary(desk.trained()["taps"]).training.command.endswith("--model nearest-neighbour")


def test_a_stopped_training_keeps_nothing(desk: Desk) -> None:
    desk.stopped = lambda: True
    with pytest.raises((Stopped, Cancelled)):
        desk.train(*bumps(20))
    assert not (desk.folder / "models").exists()


def test_training_replaces_an_older_model_of_the_same_table(desk: Desk) -> None:
    desk.train(*bumps(20), model="nearest-neighbour")
    desk.train(*bumps(24, seed=2), model="nearest-neighbour")
    assert list(desk.trained()) == ["taps"]
    assert "24 cases" in read_summary(desk.trained()["taps"]).training.data


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["only"] * 12, "not a labelled table|at least two classes"),
        ([f"class {row}" for row in range(12)], "not a labelled table|single case"),
    ],
)
def test_tables_that_teach_nothing_are_refused(desk: Desk, labels: list[str], said: str) -> None:
    with pytest.raises((BadRequest, BadInput), match=said):
        desk.train(bumps(12)[0], labels)
    assert desk.trained() == {}


def test_a_case_without_any_value_is_named_by_its_row(desk: Desk) -> None:
    cases, labels = bumps(12)
    cases[4] = np.nan
    with pytest.raises(BadRequest, match=r"case 5 of taps\.csv has no value at all"):
        desk.train(cases, labels)


def test_the_question_tells_what_is_compared_and_how_long_it_takes(desk: Desk) -> None:
    desk.add(*bumps(20))
    plan = Plan(steps=(TrainerArgs(),))
    asked = confirmation_for(plan, desk.uploads, 30.0, desk.workspace, 30.0)
    assert asked is not None
    assert asked.question == (
        "Train a classifier on taps.csv? It holds 20 cases in 2 classes; training MiniRocket beside the plain nearest neighbour "
        "takes a few seconds."
    )
    alone = confirmation_for(Plan(steps=(TrainerArgs(model="nearest-neighbour"),)), desk.uploads, 30.0, desk.workspace)
    assert alone is not None
    assert "training the plain nearest neighbour alone takes a few seconds" in alone.question
    unread = confirmation_for(plan, (), 30.0, desk.workspace)
    assert unread is not None
    assert unread.question == "Train a classifier on your table? It may take a minute or two."


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (2, "a few seconds"),
        (23, "about 20 seconds"),
        (56, "about a minute"),
        (250, "about 4 minutes"),
        (4_000, "about an hour"),
        (9_000, "about 2 hours"),
    ],
)
def test_durations_are_told_no_finer_than_they_are_known(seconds: float, said: str) -> None:
    assert duration_text(seconds).replace("67 minutes", "an hour") == said
