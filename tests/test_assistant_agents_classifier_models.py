"""Which classifier takes which cases: by channels and their names, by length, the user's own beside those that ship."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assistant.agents import classifier_cases, classifier_evidence
from assistant.data.series import Limits, ReadOptions
from assistant.plan import ClassifierArgs, TrainerArgs
from assistant.uploads import read_upload
from models import create_classifier
from models.checkpoint import TrainingRecord, read_summary
from tests.test_assistant_agents_classifier import Desk, bumps, desk

__all__ = ["desk"]  # a fixture

ROWS = 24


def shaken(count: int, seed: int = 0) -> pd.DataFrame:
    """Recordings in rows: along x or y, a wave; along the other, noise."""
    generator = np.random.default_rng(seed)
    parts = []
    for number in range(count):
        wave, rest = np.sin(np.arange(ROWS) / 2 + generator.uniform(0, 6)), generator.normal(0, 0.1, ROWS)
        x, y = (rest, wave) if number % 2 else (wave, rest)
        parts.append(pd.DataFrame({"recording": f"r{number}", "acc_x": x, "acc_y": y, "activity": f"shake {'xy'[number % 2]}"}))
    return pd.concat(parts).round(4)


def upload(desk: Desk, table: pd.DataFrame, name: str, options: ReadOptions = ReadOptions()) -> None:
    path = desk.folder / name
    table.to_csv(path, index=False)
    desk.uploads = (*desk.uploads, read_upload(desk.workspace, desk.uploads, path, name, options, Limits()))
    desk.series = tuple(ref for one in desk.uploads for ref in one.series)


@pytest.fixture
def trained(desk: Desk) -> Desk:
    """A desk with a nearest neighbour trained on shaken recordings."""
    upload(desk, shaken(20), "shakes.csv")
    desk.run(TrainerArgs(model="nearest-neighbour"))
    assert read_summary(desk.trained()["shakes"]).training.channels == ("acc_x", "acc_y")
    return desk


@pytest.mark.parametrize("columns", [["acc_x", "acc_y"], ["acc_y", "acc_x"], ["ACC_Y", "Acc_X"]])
def test_channels_are_matched_by_name(trained: Desk, columns: list[str]) -> None:
    table = shaken(6, seed=4)
    changed = table.rename(columns={name.lower(): name for name in columns})[["recording", *columns, "activity"]]
    upload(trained, changed, "new.csv")
    report, found, _ = trained.run(ClassifierArgs())
    assert [one.label for one in found] == ["shake x", "shake y"] * 3
    assert report.warnings == ()


def test_channels_of_other_names_are_taken_in_their_order_which_is_said(trained: Desk) -> None:
    upload(trained, shaken(6, seed=4).rename(columns={"acc_x": "left", "acc_y": "right"}), "new.csv")
    report, found, _ = trained.run(ClassifierArgs())
    assert [one.label for one in found] == ["shake x", "shake y"] * 3
    assert report.warnings == ("The channels were taken in the order left, right; shakes was trained on acc_x, acc_y.",)


def test_recordings_without_classes_are_classified_by_their_names(trained: Desk) -> None:
    upload(trained, shaken(6, seed=4).drop(columns="activity"), "new.csv")
    _, found, _ = trained.run(ClassifierArgs())
    assert [(one.series, one.label) for one in found] == [(f"r{row}", f"shake {'xy'[row % 2]}") for row in range(6)]


def test_several_that_fit_are_told(trained: Desk) -> None:
    table = shaken(20, seed=2)
    table["activity"] = table["activity"].str.upper()
    upload(trained, table, "louder.csv")
    trained.run(TrainerArgs(model="nearest-neighbour"))
    upload(trained, shaken(2, seed=4), "new.csv")
    report, found, _ = trained.run(ClassifierArgs())
    used = found[0].model
    (other,) = {"shakes", "louder"} - {used}
    assert report.warnings == (f"{used} was used, your latest; such cases fit {other} too. Name a model to use it.",)
    report, _, _ = trained.run(ClassifierArgs(model=other))
    assert report.warnings == ()


@pytest.mark.parametrize("steps", [30, 90])
def test_longer_and_shorter_cases_in_numbered_columns_stay_cases(desk: Desk, steps: int) -> None:
    desk.train(*bumps(20), model="nearest-neighbour")
    desk.add(bumps(15, seed=1, steps=90)[0][:, :, :steps], None, "new.csv")
    _, found, _ = desk.run(ClassifierArgs())
    assert [one.series for one in found] == [f"case {row}" for row in range(1, 16)]


def test_numbered_sensors_that_are_as_long_as_the_cases_stay_series(desk: Desk) -> None:
    desk.train(*bumps(20), model="nearest-neighbour")
    generator = np.random.default_rng(0)
    upload(desk, pd.DataFrame(generator.normal(size=(60, 20)).round(3), columns=[f"s{row}" for row in range(20)]), "sensors.csv")
    _, found, _ = desk.run(ClassifierArgs())
    assert found[0].series == "s0"


def test_a_model_of_single_series_does_not_hide_one_of_several_channels(desk: Desk, tmp_path: Path) -> None:
    desk.train(*bumps(20), model="nearest-neighbour")
    cases, labels = bumps(20, channels=3, steps=200)
    record = TrainingRecord(figures={"time_steps": 200.0})
    desk.shipped = {
        "motion": create_classifier("nearest-neighbour").fit(cases, labels).save(tmp_path / "motion", training=record)
    }
    new, truth = bumps(2, seed=3, channels=3, steps=200)
    upload(desk, pd.DataFrame(new[1].T, columns=["ax", "ay", "az"]), "walk.csv")
    _, found, text = desk.run(ClassifierArgs())
    assert [(one.model, one.label) for one in found] == [("motion", truth[1])]
    assert "`ax to az`" in text or "ax to az" in text


def test_the_column_of_classes_that_was_named_is_on_record(desk: Desk) -> None:
    cases, labels = bumps(20)
    table = pd.DataFrame(cases[:, 0].round(3), columns=[f"t{step}" for step in range(cases.shape[2])])
    table["sex"], table["the grade"] = ["f", "m"] * 10, labels
    upload(desk, table, "marks.csv", ReadOptions(label="the grade"))
    _, _, text = desk.run(TrainerArgs(model="nearest-neighbour"))
    assert "The class is what the column the grade says: at rest, sharp tap." in text
    command = read_summary(desk.trained()["marks"]).training.command
    assert command == "tidings train classifier marks.csv --model nearest-neighbour --label 'the grade'"


@pytest.mark.parametrize(("whose", "shared"), [("patient_id", True), ("Subject", True), ("weather", False)])
def test_cases_of_one_person_on_both_sides_of_a_split_are_said(desk: Desk, whose: str, *, shared: bool) -> None:
    cases, labels = bumps(20)
    table = pd.DataFrame(cases[:, 0].round(3), columns=[f"t{step}" for step in range(cases.shape[2])])
    table.insert(0, whose, [row // 2 % 5 for row in range(20)])
    table["label"] = labels
    upload(desk, table, "people.csv")
    report, _, _ = desk.run(TrainerArgs(model="nearest-neighbour"))
    assert any(f"have the same {whose}, and stand on both sides" in warning for warning in report.warnings) == shared


def test_recordings_of_one_person_are_said_once_a_recording(desk: Desk) -> None:
    table = shaken(20)
    table["person"] = [f"p{name}" for name in table["recording"]]
    upload(desk, table, "own.csv")
    report, _, _ = desk.run(TrainerArgs(model="nearest-neighbour"))
    assert not any("both sides" in warning for warning in report.warnings)
    table["person"] = [f"p{int(name[1:]) // 4}" for name in table["recording"]]
    upload(desk, table, "theirs.csv")
    report, _, _ = desk.run(TrainerArgs(model="nearest-neighbour"))
    assert any("same person" in warning for warning in report.warnings)


def test_an_empty_row_keeps_its_number(desk: Desk) -> None:
    desk.train(*bumps(20), model="nearest-neighbour")
    cases, _ = bumps(4, seed=1)
    cases[1] = np.nan
    desk.add(cases, None, "gap.csv")
    report, found, _ = desk.run(ClassifierArgs())
    assert [one.series for one in found] == ["case 1", "case 3", "case 4"]
    assert any("gap.csv" in warning for warning in report.warnings)


def test_of_very_many_cases_the_first_are_classified_unless_others_are_asked_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classifier_cases, "MAX_CASES", 50)
    desk.train(*bumps(20), model="nearest-neighbour")
    desk.add(bumps(60, seed=1)[0], None, "many.csv")
    report, found, _ = desk.run(ClassifierArgs(last=2))
    assert [one.series for one in found] == ["case 59", "case 60"]
    assert not any("the first 50" in warning for warning in report.warnings)
    report, found, _ = desk.run(ClassifierArgs())
    assert (len(found), found[-1].series) == (50, "case 50")
    assert "many.csv holds 60 cases; the first 50 were classified." in report.warnings
    report, found, _ = desk.run(ClassifierArgs(last=55))
    assert (found[0].series, found[-1].series) == ("case 6", "case 55")
    assert "You asked for 55 cases of many.csv; the first 50 of these were classified." in report.warnings


def test_many_cases_are_classified_in_parts_each_as_it_would_be_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.train(*bumps(20), model="nearest-neighbour")
    desk.add(bumps(14, seed=1)[0], None, "many.csv")
    _, at_once, _ = desk.run(ClassifierArgs())
    monkeypatch.setattr(classifier_evidence, "TOGETHER", 5)
    _, in_parts, _ = desk.run(ClassifierArgs())
    assert len(at_once) == 14
    assert in_parts == at_once
