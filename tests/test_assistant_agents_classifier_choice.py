"""Which of several classifiers is used: the shipped, the user's own, a named, a damaged one."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.errors import BadRequest
from assistant.plan import ClassifierArgs
from models.checkpoint import TrainingRecord
from models.errors import CheckpointError
from tests.test_assistant_agents_classifier import STEPS, Desk, bumps, desk

__all__ = ["desk"]  # a fixture


def save(desk: Desk, name: str, channels: int, steps: int = STEPS, *, shipped: bool = True) -> None:
    from models import create_classifier

    figures = {"accuracy": 0.9, "plain_accuracy": 0.95, "time_steps": float(steps)}
    record = TrainingRecord(data=f"the set {name}", licence="CC0-1.0", figures=figures, commit="abc1234")
    model = create_classifier("nearest-neighbour").fit(*bumps(10, channels=channels, steps=steps))
    place = desk.folder / ("shipped" if shipped else "models") / name
    model.save(place, training=record)
    if shipped:
        desk.shipped[name] = place


def test_a_shipped_one_is_used_where_it_alone_fits_and_says_where_it_comes_from(desk: Desk) -> None:
    save(desk, "wrist", channels=3)
    save(desk, "bench", channels=1)
    desk.add(bumps(12, seed=1)[0], ["up", "down"] * 6, "new.csv")
    _, found, text = desk.run(ClassifierArgs())
    assert {one.model for one in found} == {"bench"}
    assert "bench comes with the product; it is a nearest neighbour classifier trained on the set bench." in text
    assert "The table carries classes of its own, none of which the classifier knows." in text


def test_which_shipped_one_is_asked_where_several_fit_unless_the_length_tells(desk: Desk) -> None:
    save(desk, "wrist", channels=1)
    save(desk, "bench", channels=1)
    desk.add(bumps(2, seed=1)[0], ["x", "y"], "new.csv")
    with pytest.raises(BadRequest, match=r"wrist \(1 channel, about 60 time steps\), bench .*Name the one to use"):
        desk.run(ClassifierArgs())
    save(desk, "short", channels=1, steps=45)
    desk.add(bumps(2, seed=1, steps=44)[0], None, "short.csv")
    assert desk.run(ClassifierArgs())[1][0].model == "short"


def test_the_users_own_come_first_and_those_of_the_length_before_the_others(desk: Desk) -> None:
    save(desk, "bench", channels=1)
    save(desk, "a-long", channels=1, steps=200, shipped=False)
    save(desk, "mine", channels=1, shipped=False)
    desk.add(bumps(2, seed=1)[0], ["x", "y"], "new.csv")
    assert desk.run(ClassifierArgs())[1][0].model == "mine"
    assert desk.run(ClassifierArgs(model="bench"))[1][0].model == "bench"


def test_names_that_nobody_carries_and_forecasters_are_refused(desk: Desk) -> None:
    from models import create_forecaster

    desk.add(bumps(2)[0], ["x", "y"], "new.csv")
    with pytest.raises(BadRequest, match="There is no trained classifier yet"):
        desk.run(ClassifierArgs())
    save(desk, "bench", channels=1)
    with pytest.raises(BadRequest, match="no classifier called 'magic'"):
        desk.run(ClassifierArgs(model="magic"))
    create_forecaster("drift").fit(np.arange(9.0)).save(desk.folder / "models" / "drift")
    with pytest.raises(BadRequest, match="drift is a forecaster, not a classifier"):
        desk.run(ClassifierArgs(model="drift"))
    assert desk.run(ClassifierArgs())[1][0].model == "bench"


def test_a_damaged_one_is_passed_over_unless_it_was_named(desk: Desk) -> None:
    save(desk, "mine", channels=1, shipped=False)
    save(desk, "bench", channels=1)
    arrays = desk.folder / "models" / "mine" / "arrays.safetensors"
    whole = bytearray(arrays.read_bytes())
    whole[-1] ^= 1
    arrays.write_bytes(whole)
    desk.add(bumps(2, seed=1)[0], ["x", "y"], "new.csv")
    report, found, _ = desk.run(ClassifierArgs())
    assert found[0].model == "bench"
    assert "The model mine was left out" in " ".join(report.warnings)
    with pytest.raises(CheckpointError, match="was changed"):
        desk.run(ClassifierArgs(model="mine"))
