"""The trainer on made cases: what is compared and kept, what is refused, and what is asked before."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assistant.agents.trainer_stages import FOLDER, finished_stages, kept_stages, stages_folder
from assistant.agents.trainer_words import interval, may_be_luck
from assistant.data.series import Limits, ReadOptions
from assistant.errors import BadRequest, Cancelled
from assistant.estimates import confirmation_for, duration_text
from assistant.plan import ClassifierArgs, Plan, TrainerArgs
from assistant.uploads import read_upload
from models import create_classifier
from models.checkpoint import read_summary
from models.errors import BadInput, Stopped
from models.plain.neighbour import NearestNeighbour
from tests.labelled_cases import SMALL
from tests.test_assistant_agents_classifier import Desk, bumps, desk

__all__ = ["desk"]  # a fixture


def test_training_tells_both_accuracies_and_what_was_tried(desk: Desk) -> None:
    found, text = desk.train(*bumps(40), model="auto")
    assert ("It was picked by these cases, so on new ones it may do a little worse." in text) == (
        found.method != "nearest-neighbour"
    )
    assert "held out once" not in text
    assert {score["model"] for score in found.scores} == {"nearest-neighbour", "minirocket"}
    assert found.method in {"nearest-neighbour", "minirocket"}
    assert "Always naming the commonest class would be right in 50% of these cases." in text
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


def test_a_table_of_other_classes_keeps_the_older_model(desk: Desk) -> None:
    _, text = desk.train(*bumps(20), model="nearest-neighbour")
    assert "takes its place" not in text
    cases, labels = bumps(20)
    _, text = desk.train(cases, [label.upper() for label in labels], model="nearest-neighbour")
    assert set(desk.trained()) == {"taps", "taps-2"}
    assert "I trained taps-2 on taps.csv" in text
    desk.add(cases, labels)
    report, _, _ = desk.run(TrainerArgs(model="nearest-neighbour"))
    assert set(desk.trained()) == {"taps", "taps-2"}
    assert report.warnings == ("There was a classifier called taps with the same classes; this one takes its place.",)


def test_the_column_of_the_classes_is_named(desk: Desk) -> None:
    _, text = desk.train(*bumps(20), model="nearest-neighbour")
    assert "The class is what the column label says: at rest, sharp tap." in text


def test_what_may_be_luck_is_called_so(desk: Desk) -> None:
    generator = np.random.default_rng(3)
    cases = generator.normal(size=(60, 1, 30))
    _, text = desk.train(cases, ["a"] * 40 + ["b"] * 20, model="nearest-neighbour")
    record = read_summary(desk.trained()["taps"]).training
    accuracy, majority = record.figures["accuracy"], record.figures["majority"]
    assert majority == pytest.approx(10 / 15)
    assert record.figures["accuracy_low"] < accuracy < record.figures["accuracy_high"]
    assert ("this classifier is no better than guessing. It is not to be relied on." in text) == (accuracy <= majority)
    assert ("the difference may be luck" in text) == (accuracy > majority)
    assert "Now ask me" not in text or accuracy > majority


def test_a_classifier_that_is_no_better_than_guessing_is_not_recommended(desk: Desk) -> None:
    generator = np.random.default_rng(0)
    # Of each pair of twins one is of the other class, so that the nearest case always misleads.
    cases = np.repeat(generator.normal(size=(30, 1, 30)), 2, axis=0)
    _, text = desk.train(cases, ["a", "b"] * 30, model="nearest-neighbour")
    figures = read_summary(desk.trained()["taps"]).training.figures
    assert figures["accuracy"] <= figures["majority"] == 0.5
    assert text.endswith("this classifier is no better than guessing. It is not to be relied on.")
    assert "Now ask me" not in text


@pytest.mark.parametrize(
    ("accuracy", "tested", "guess", "luck"), [(10 / 14, 14, 8 / 14, True), (0.9, 60, 0.5, False), (1.0, 3, 0.5, True)]
)
def test_luck_is_a_binomial_test(accuracy: float, tested: int, guess: float, luck: bool) -> None:
    assert may_be_luck(accuracy, tested, guess) is luck


def test_the_interval_of_an_accuracy() -> None:
    # Wilson (1927) by hand: centre (p + z²/2n) / (1 + z²/n), z = 1.96.
    assert interval(10 / 14, 14) == pytest.approx((0.4535, 0.8828), abs=2e-4)
    assert interval(1.0, 25)[1] == 1.0


def test_a_rare_class_is_told_by_itself(desk: Desk) -> None:
    cases, _ = bumps(80)
    labels = ["fault" if row in (3, 25, 47) else "fine" for row in range(80)]
    _, text = desk.train(cases, labels, model="nearest-neighbour")
    assert re.search(r"By class it named rightly [01] of 1 of fault\.", text)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["only"] * 12, "is a labelled table. “label” names one class only: only. A classifier needs"),
        ([f"class {row}" for row in range(12)], "is a labelled table. “label” differs in each row and so names no classes"),
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


def test_cases_that_only_measured_the_model_are_not_counted_as_learnt(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A classifier that keeps its trial model has not seen what it was measured on, and nobody is told otherwise."""
    monkeypatch.setattr(NearestNeighbour, "_unseen", 5)
    found, text = desk.train(*bumps(20), model="nearest-neighbour")
    assert (found.cases, found.trained_on) == (20, 15)
    assert "20 cases in 2 classes" in text
    assert "It has learnt from 15 of them; the others were held out to measure it." in text
    record = read_summary(desk.trained()["taps"]).training
    assert record.data.endswith(", 15 of 20 cases")
    monkeypatch.undo()
    found, text = desk.train(*bumps(20), model="nearest-neighbour")
    assert found.trained_on == 20
    assert "learnt from" not in text
    assert "The cases are few, so each of a class with several was held out once, in 3 folds." in text


def test_what_numbers_the_cases_is_left_out_with_a_word(desk: Desk) -> None:
    cases, labels = bumps(20)
    desk.add(cases, labels)
    path = desk.workspace.upload_path(desk.uploads[0].upload_id)
    table = pd.read_csv(path)
    table.insert(0, "subject", np.random.default_rng(0).permutation(20) + 101)
    table.to_csv(desk.folder / "numbered.csv", index=False)
    numbered = read_upload(desk.workspace, desk.uploads, desk.folder / "numbered.csv", "numbered.csv", ReadOptions(), Limits())
    desk.uploads = (numbered,)
    report, _, _ = desk.run(TrainerArgs(model="nearest-neighbour"))
    said = "The column “subject” of numbered.csv was left out of the cases: it numbers them, or is no step of a series."
    assert report.warnings == (said,)
    report, _, _ = desk.run(ClassifierArgs())
    assert said in report.warnings


def test_rows_without_a_class_are_left_out_and_told(desk: Desk) -> None:
    cases, labels = bumps(20)
    desk.add(cases, ["", *labels[1:19], ""])
    report, (found,), _ = desk.run(TrainerArgs(model="nearest-neighbour"))
    assert found.cases == 18
    assert report.warnings == ("2 cases have no class in taps.csv, and nothing was learnt from there.",)


# Trainings that stop and go on


@pytest.fixture
def quick_hitime(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A HiTime that trains in a second; returns the folder in which trainings keep their stages."""
    monkeypatch.setenv("TIDINGS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(
        "models.selection.create_classifier", lambda name, **config: create_classifier(name, **config, **SMALL.get(name, {}))
    )
    return tmp_path / "cache" / FOLDER


def stages(place: Path) -> set[str]:
    return {path.name for path in place.rglob("*.safetensors")}


def test_a_stopped_training_goes_on_where_it_was_and_leaves_nothing_behind(
    desk: Desk, quick_hitime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from models.hitime import stage_cache

    desk.add(*bumps(40))
    # Stopped as soon as the first stage is finished.
    desk.stopped = lambda: len(stages(quick_hitime)) > 0
    with pytest.raises(Cancelled) as stopped:
        desk.run(TrainerArgs(model="hitime"))
    assert str(stopped.value) == (
        "Stopped, as you asked. No model was saved; what was finished is kept for a week, and asking for this training again "
        "goes on from there."
    )
    assert desk.trained() == {}
    kept = stages(quick_hitime)
    assert len(kept) == 1
    asked = confirmation_for(Plan(steps=(TrainerArgs(model="hitime"),)), desk.uploads, 30.0, desk.workspace)
    assert asked is not None
    assert asked.question.endswith(" It goes on from what a stopped training had finished, and may take less.")

    trained: list[str] = []
    get = stage_cache.StageCache.get

    def noted(self, stage, inputs, train):  # type: ignore[no-untyped-def]
        def noting():  # type: ignore[no-untyped-def]
            trained.append(stage)
            return train()

        return get(self, stage, inputs, noting)

    monkeypatch.setattr(stage_cache.StageCache, "get", noted)
    desk.stopped = lambda: False
    _, (found,), text = desk.run(TrainerArgs(model="hitime"))
    # The trial's first of two stages was there, and both of the final training were not.
    assert trained == ["task", "data", "task"]
    assert found.resumed
    assert re.search(r"in 2 classes, in [\d.]+ s, going on from what a stopped training had finished\.", text)
    assert stages(quick_hitime) == set()
    asked = confirmation_for(Plan(steps=(TrainerArgs(model="hitime"),)), desk.uploads, 30.0, desk.workspace)
    assert asked is not None
    assert asked.question.endswith(" If you stop it, asking again goes on where it was.")
    trained.clear()
    _, (found,), text = desk.run(TrainerArgs(model="hitime"))
    assert (len(trained), found.resumed, "going on" in text) == (4, False, False)


def test_plain_classifiers_need_no_stages(desk: Desk, quick_hitime: Path) -> None:
    desk.stopped = lambda: True
    with pytest.raises(Cancelled, match=r"No model was saved\.$"):
        desk.train(*bumps(20))
    assert not quick_hitime.exists()


def test_stages_are_kept_for_a_week_by_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDINGS_CACHE", str(tmp_path))
    cases, labels = bumps(4)
    mine, others = stages_folder(cases, labels), stages_folder(cases, labels[::-1])
    assert mine != others
    for folder, age in ((mine, 8), (others, 6)):
        folder.mkdir(parents=True)
        (folder / "task-1.safetensors").touch()
        for path in (folder / "task-1.safetensors", folder):
            os.utime(path, (time.time() - age * 86_400,) * 2)
    with kept_stages(cases + 1, labels) as folder:
        assert folder is not None
        assert folder not in (mine, others)
        assert [path.name for path in (tmp_path / FOLDER).iterdir()] == [others.name]
    with pytest.raises(KeyError), kept_stages(cases, labels[::-1]):
        raise KeyError
    assert len(finished_stages(others)) == 1
    (others / "task-2.1.part").touch()
    with kept_stages(cases, labels[::-1]):
        pass
    # A stage that another process is writing is left alone.
    assert [path.name for path in others.iterdir()] == ["task-2.1.part"]


def test_a_cache_folder_that_cannot_be_used_stops_no_training(
    desk: Desk, quick_hitime: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a file").touch()
    monkeypatch.setenv("TIDINGS_CACHE", str(tmp_path / "a file"))
    found, _ = desk.train(*bumps(24), model="hitime")
    assert (found.method, found.resumed) == ("hitime", False)
    assert not quick_hitime.exists()
