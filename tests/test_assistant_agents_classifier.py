"""The classifier on made cases: what is said, what is kept, which model is used, and what is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assistant import results
from assistant.agents import run_agent
from assistant.agents.base import AgentContext, AgentReport, Tools
from assistant.agents.classifier_evidence import LISTED, TOLD, is_unsure
from assistant.agents.wording import against_plain
from assistant.data.series import Limits, ReadOptions, Series
from assistant.data.workspace import Workspace
from assistant.errors import BadRequest
from assistant.plan import ClassifierArgs, TrainerArgs
from assistant.uploads import UploadReport, read_upload
from models.checkpoint import MANIFEST, read_summary
from models.plain.strangeness import TraitsTogether
from tests.agent_text import checked_text

STEPS, PLACE = 60, 30


def bumps(count: int, seed: int = 0, channels: int = 1, steps: int = STEPS) -> tuple[np.ndarray, list[str]]:
    """Waves with noise, half of them with a bump of ten steps at `PLACE` in the first channel."""
    generator = np.random.default_rng(seed)
    wave = 0.5 * np.sin(np.arange(steps) / 4)
    cases = wave + generator.normal(0, 0.25, (count, channels, steps))
    cases[1::2, 0, PLACE : PLACE + 10] += 3 * np.hanning(10)
    return cases, ["sharp tap" if row % 2 else "at rest" for row in range(count)]


def write(path: Path, cases: np.ndarray, labels: list[str] | None = None) -> Path:
    """A table of cases, their values in columns a_0, a_1, …, b_0, …"""
    names = [f"{'abc'[channel]}_{step}" for channel in range(cases.shape[1]) for step in range(cases.shape[2])]
    frame = pd.DataFrame(cases.reshape(len(cases), -1), columns=names)
    if labels is not None:
        frame["label"] = labels
    frame.to_csv(path, index=False)
    return path


@dataclass
class Desk:
    """A workspace with what was uploaded and trained in it."""

    folder: Path
    uploads: tuple[UploadReport, ...] = ()
    series: tuple[Any, ...] = ()
    shipped: dict[str, Path] = field(default_factory=dict)
    stopped: Callable[[], bool] = lambda: False
    warnings: list[str] = field(default_factory=list)

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.folder / "session")

    def trained(self) -> dict[str, Path]:
        return {path.parent.name: path.parent for path in sorted((self.folder / "models").glob(f"*/{MANIFEST}"))}

    def add(self, cases: np.ndarray, labels: list[str] | None = None, name: str = "taps.csv") -> UploadReport:
        path = write(self.folder / name, cases, labels)
        upload = read_upload(self.workspace, self.uploads, path, name, ReadOptions(), Limits())
        self.uploads = (*self.uploads, upload)
        self.series = tuple(ref for one in self.uploads for ref in one.series)
        return upload

    def run(self, args: Any) -> tuple[AgentReport, list[Any], str]:
        tools = Tools(
            episodes=lambda: None,  # type: ignore[arg-type, return-value]
            trained=self.trained,
            shipped=lambda: self.shipped,
            model_folder=lambda name: self.folder / "models" / name,
            training_seconds=30.0,
        )
        context = AgentContext("ann", "s", self.series, self.uploads, self.workspace, tools, cancelled=self.stopped)
        report = run_agent(0, args, context)
        text = checked_text(report)
        return report, [results.load_result(self.workspace.document(ref)) for ref in report.results], text

    def train(self, cases: np.ndarray, labels: list[str], name: str = "taps.csv", model: str = "minirocket") -> tuple[Any, str]:
        self.add(cases, labels, name)
        _, (found,), text = self.run(TrainerArgs(model=model))
        return found, text


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk with a MiniRocket trained on forty cases; `taps` hands out copies."""
    desk = Desk(tmp_path_factory.mktemp("trained"))
    desk.train(*bumps(40))
    return desk


@pytest.fixture
def taps(trained_once: Desk, tmp_path: Path) -> Desk:
    """A desk with a MiniRocket trained on forty cases."""
    shutil.copytree(trained_once.folder, tmp_path / "desk")
    return Desk(tmp_path / "desk", trained_once.uploads, trained_once.series)


def test_a_case_is_told_with_probability_what_decided_and_an_example(taps: Desk) -> None:
    cases, labels = bumps(4, seed=1)
    taps.add(cases, labels, "new.csv")
    report, found, text = taps.run(ClassifierArgs())
    assert [one.label for one in found] == labels
    bump = found[1]
    assert bump.stretch.start <= PLACE + 5 <= bump.stretch.end
    assert bump.stretch.drop > 0.2
    assert (bump.unsure, bump.strange, bump.unlike, bump.second) == (False, False, "", "at rest")
    assert 0 < bump.strangeness <= 1
    drop = f"{round(100 * bump.stretch.drop, 1):g} percentage points less without"
    shown = f"time steps {bump.stretch.start + 1} to {bump.stretch.end + 1} ({drop})"
    assert f"`case 2`: sharp tap ({round(100 * bump.probabilities['sharp tap'], 1):g}%); decided by time steps" in text
    assert shown in text
    assert f"; nearest is training case {bump.neighbours[0]['index'] + 1} " in f"{text} "
    assert "The table carries its own classes, and 4 of 4 agree" in text
    assert {fact.value for fact in report.facts} >= {bump.stretch.start + 1, round(100 * bump.stretch.drop, 1)}


def test_the_accuracies_stand_beside_the_label(taps: Desk) -> None:
    taps.add(bumps(2, seed=1)[0], None, "new.csv")
    _, found, text = taps.run(ClassifierArgs(model="taps"))
    figures = read_summary(taps.trained()["taps"]).training.figures
    assert (found[0].accuracy, found[0].plain_accuracy) == (figures["accuracy"], figures["plain_accuracy"])
    relation = against_plain(figures["accuracy"], figures["plain_accuracy"])
    assert f"its accuracy on 10 held-out cases was {100 * figures['accuracy']:g}% (between" in text
    assert f"with 95% confidence), {relation} the" in text
    assert "the plain nearest neighbour on the same split" in text


def test_an_accuracy_is_set_against_the_plain_one() -> None:
    assert [against_plain(accuracy, 0.9) for accuracy in (0.95, 0.9, 0.85)] == ["better than", "as good as", "worse than"]


def test_a_table_that_was_trained_on_is_told_from_another(taps: Desk) -> None:
    _, _, text = taps.run(ClassifierArgs())
    assert "agree; but the classifier was trained on this very table, so that this says little." in text
    taps.add(*bumps(30, seed=1), "new.csv")
    _, _, text = taps.run(ClassifierArgs())
    assert "agree; where the classifier has learnt from the same cases, that says little." in text


def test_rows_without_a_class_of_their_own_are_classified_in_their_place(taps: Desk) -> None:
    cases, labels = bumps(6, seed=1)
    taps.add(cases, ["", *labels[1:3], "", *labels[4:]], "half.csv")
    _, found, text = taps.run(ClassifierArgs())
    assert [one.series for one in found] == [f"case {row}" for row in range(1, 7)]
    assert [one.label for one in found] == labels
    assert "The table carries its own classes, and 4 of 4 agree" in text


def test_a_nearest_example_of_another_class_is_told_with_it(desk: Desk) -> None:
    """Shapes are alike there, and level decides: the nearest in shape is of either class."""
    generator = np.random.default_rng(0)
    cases = generator.normal(size=(40, 1, 30))
    desk.train(cases, [f"coin {row % 2}" for row in range(40)])
    desk.add(generator.normal(size=(12, 1, 30)), None, "new.csv")
    _, found, text = desk.run(ClassifierArgs())
    apart = [one for one in found if not one.strange and one.neighbours[0]["label"] != one.label]
    assert apart
    for one in apart:
        near = one.neighbours[0]
        assert f"nearest is training case {near['index'] + 1}, of the class {near['label']}" in text


def test_what_a_figure_needs_is_kept(taps: Desk) -> None:
    case = bumps(2, seed=1)[0]
    case[1, 0, 3] = np.nan
    taps.add(case, ["at rest", "sharp tap"], "new.csv")
    _, found, _ = taps.run(ClassifierArgs())
    bump = found[1]
    assert (bump.steps, bump.channels) == (tuple(range(STEPS)), (0,))
    assert bump.values[0][3] is None
    assert bump.values[0][PLACE] == pytest.approx(case[1, 0, PLACE], rel=1e-5)
    assert int(np.argmax(bump.saliency)) in range(bump.stretch.start, bump.stretch.end + 1)
    drawn = [near for near in bump.neighbours if near["values"]]
    assert [near["label"] for near in drawn] == ["sharp tap"]
    assert len(drawn[0]["values"][0]) == STEPS


def test_a_strange_case_gets_no_label(taps: Desk) -> None:
    cases, labels = bumps(4, seed=1)
    cases[0] *= 1000
    cases[1] = 0.3
    taps.add(cases, labels, "new.csv")
    _, found, text = taps.run(ClassifierArgs())
    assert [one.strange for one in found] == [True, True, False, False]
    assert found[0].stretch is None
    assert found[0].saliency == ()
    far = found[1].strangeness > 10
    ratio = "more than 10" if far else f"{round(found[1].strangeness, 1):g}"
    assert found[0].strangeness > 10
    assert "lies at more than 10 times the distance" in text
    assert "`case 2`: unlike anything taps was trained on, above all in" in text
    assert f"lies at {ratio} times the distance that is still usual" in text
    assert "`case 1`: sharp tap" not in text
    assert "`case 1`: at rest" not in text
    assert "2 of 2 agree" in text


def test_a_case_unlike_its_own_class_alone_is_told_so(taps: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The class that it comes nearest to is named as that, and as nothing more."""
    cases, labels = bumps(4, seed=1)
    monkeypatch.setattr(TraitsTogether, "ratios", lambda self, asked, named: np.full(len(asked), 1.5))
    taps.add(cases, labels, "new.csv")
    _, (one,), text = taps.run(ClassifierArgs(cases=(1,)))
    assert (one.strange, one.unlike) == (True, "class")
    assert "What taps would say does not fit its examples, so I name no class" in text
    assert (
        "taps would say at rest, but it is unlike all training examples of that class, the nearest of which lies at 1.5 times "
        "the distance that is still usual"
    ) in text
    _, _, text = taps.run(ClassifierArgs())
    assert "None of the 4 cases of new.csv fits what taps knows of its classes" in text
    assert "At least 1.5 times as far from all training examples of the class that taps would say as is still usual" in text
    monkeypatch.setattr(TraitsTogether, "ratios", lambda self, asked, named: np.linspace(1.6, 0.4, len(asked)))
    _, _, text = taps.run(ClassifierArgs(about="doubts"))
    assert "unlike anything taps was trained on, or unlike the class it would say" in text


def test_an_unsure_case_names_the_second_class(desk: Desk) -> None:
    generator = np.random.default_rng(0)
    noise = generator.normal(size=(60, 1, 30))
    desk.train(noise, [f"coin {row % 2}" for row in range(60)], model="nearest-neighbour")
    desk.add(generator.normal(size=(3, 1, 30)), None, "new.csv")
    _, found, text = desk.run(ClassifierArgs())
    assert all(one.unsure for one in found if not one.strange)
    first = found[0]
    shares = first.probabilities
    assert f"{first.label} ({round(100 * shares[first.label], 1):g}%) or {first.second}" in text
    assert f"{first.second} ({round(100 * shares[first.second], 1):g}%), unsure" in text
    assert "the plain" not in text  # it is that itself


@pytest.mark.parametrize(
    ("first", "second", "unsure"),
    [(0.9, 0.1, False), (0.68, 0.32, False), (0.66, 0.34, True), (0.45, 0.05, True), (0.55, 0.3, True), (0.55, 0.2, False)],
)
def test_unsure_is_less_likely_than_not_or_not_twice_as_likely_as_the_next(first: float, second: float, unsure: bool) -> None:
    assert is_unsure(first, second) is unsure


def test_the_classes_of_a_few_dozen_cases_are_all_told(taps: Desk) -> None:
    cases, _ = bumps(30, seed=1)
    cases[4] = 9.0
    taps.add(cases, None, "new.csv")
    _, found, text = taps.run(ClassifierArgs())
    assert TOLD < len(found) == 30 <= LISTED
    for label in ("at rest", "sharp tap"):
        group = [one for one in found if one.label == label and not one.strange]
        listed = ", ".join(
            f"`{one.series}` ({round(100 * one.probabilities[label], 1):g}%{', unsure' if one.unsure else ''})" for one in group
        )
        assert f"- {label} ({len(group)}): {listed}" in text
    assert "- at rest (14): `case 1`" in text
    assert "`case 5` (" not in text
    assert "unlike anything taps was trained on: `case 5`" in text


def test_many_cases_are_counted_and_the_doubtful_ones_named(taps: Desk) -> None:
    cases, labels = bumps(46, seed=1)
    cases[4] = 9.0
    taps.add(cases, labels, "new.csv")
    _, found, text = taps.run(ClassifierArgs())
    assert len(found) == 46 > LISTED
    assert "The class of each classified case is in a table" in text
    named = [one for one in found if not one.strange]
    assert f"- sharp tap: {sum(one.label == 'sharp tap' for one in named)}" in text
    strange = [one.series for one in found if one.strange]
    assert "case 5" in strange
    verb = "is" if len(strange) == 1 else "are"
    assert f"Counted to no class, {len(strange)} {verb} unlike anything taps was trained on: `{strange[0]}`" in text
    assert all(one.stretch is None for one in found)
    doubtful = [one.series for one in found if one.unsure or one.strange]
    assert [one.series for one in found if one.shown] == doubtful
    assert all(bool(one.values) == one.shown for one in found)


def test_a_dated_series_is_told_by_its_times(taps: Desk) -> None:
    times = pd.date_range("2024-03-01", periods=STEPS, freq="h")
    taps.series = (taps.workspace.put_series(Series("bench", times, bumps(2, seed=1)[0][1, 0], "h"), "bench.csv"),)
    _, (found,), text = taps.run(ClassifierArgs(series=("bench",)))
    start, end = pd.Timestamp(found.stretch.start), pd.Timestamp(found.stretch.end)
    assert start <= times[PLACE + 5] <= end
    assert f"the stretch from {start.day} March 2024, {start:%H:%M} to {end.day} March 2024, {end:%H:%M}" in text
    assert found.steps[0] == "2024-03-01T00:00:00"


def test_series_of_the_same_times_are_the_channels_of_one_case(desk: Desk) -> None:
    desk.train(*bumps(30, channels=2))
    times = pd.date_range("2024-03-01", periods=STEPS, freq="h")
    case = bumps(2, seed=1, channels=2)[0][1]

    def load(**channels: np.ndarray) -> None:
        kept = [Series(name, times[: len(values)], values, "h") for name, values in channels.items()]
        desk.series = tuple(desk.workspace.put_series(one, "bench.csv") for one in kept)
        desk.uploads = ()

    load(left=case[0], right=case[1])
    for args in (ClassifierArgs(), ClassifierArgs(model="taps"), ClassifierArgs(series=("left", "right"))):
        _, found, text = desk.run(args)
        assert [(one.series, one.label) for one in found] == [("left and right", "sharp tap")]
        assert "`left and right`: sharp tap" in text
    load(left=case[0], right=case[1], third=case[1])
    assert len(desk.run(ClassifierArgs(series=("left", "third")))[1]) == 1
    with pytest.raises(BadRequest, match="where exactly 2 are named"):
        desk.run(ClassifierArgs(model="taps"))
    load(left=case[0], right=case[1, 5:])
    with pytest.raises(BadRequest, match="these have 1 channel"):
        desk.run(ClassifierArgs(model="taps"))


def test_an_unlabelled_table_as_wide_as_the_cases_is_read_row_by_row(taps: Desk) -> None:
    cases, labels = bumps(4, seed=1)
    upload = taps.add(cases, None, "new.csv")
    assert len(upload.series) == STEPS
    report, found, _ = taps.run(ClassifierArgs(model="taps"))
    assert [one.label for one in found] == labels
    assert "Each row of new.csv was taken for a case" in " ".join(report.warnings)


def test_several_channels_and_missing_stretches(desk: Desk) -> None:
    cases, labels = bumps(30, channels=2)
    cases[4, :, 10:14] = np.nan
    desk.train(cases, labels)
    new, truth = bumps(12, seed=1, channels=2)
    new[0, 1, 50:] = np.nan
    desk.add(new, truth, "new.csv")
    _, found, _ = desk.run(ClassifierArgs())
    assert [one.label for one in found] == truth
    assert found[1].channels == (0, 1)
    desk.add(bumps(4, seed=1)[0], labels[:4], "narrow.csv")
    with pytest.raises(BadRequest, match=r"taps was trained on cases of 2 channels, and these have 1 channel\. .*Name another"):
        desk.run(ClassifierArgs(model="taps"))
    with pytest.raises(BadRequest, match=r"No classifier takes cases of 1 channel; there is taps \(2 channels, about 60"):
        desk.run(ClassifierArgs())


def test_labels_keep_spaces_and_letters_of_all_kinds(desk: Desk) -> None:
    cases, labels = bumps(24)
    told = {"sharp tap": "kräftiger Schlag 拍", "at rest": "in Ruhe (still)"}
    found, _ = desk.train(cases, [told[label] for label in labels])
    assert found.classes == ("in Ruhe (still)", "kräftiger Schlag 拍")
    desk.add(cases[:2], None, "new.csv")
    _, documents, text = desk.run(ClassifierArgs())
    assert [one.label for one in documents] == ["in Ruhe (still)", "kräftiger Schlag 拍"]
    assert "`case 2`: kräftiger Schlag 拍 (" in text


def test_ten_thousand_time_steps_are_classified(desk: Desk) -> None:
    cases, labels = bumps(8, steps=2_000)
    from models import create_classifier

    long = np.repeat(cases, 5, axis=2)
    create_classifier("nearest-neighbour").fit(long, labels).save(desk.folder / "models" / "long")
    times = pd.RangeIndex(10_000)
    desk.series = (desk.workspace.put_series(Series("long", times, long[1, 0], None), "long.csv"),)
    _, (found,), text = desk.run(ClassifierArgs(series=("long",)))
    assert found.label == "sharp tap"
    assert len(found.steps) == 240
    assert "No held-out accuracy of long is on record" in text


def test_the_newest_file_is_what_is_classified(taps: Desk) -> None:
    """A series that came after the training table is asked about; a table that fits no classifier is a set of series."""
    (taps.folder / "bench.csv").write_text(
        "time,bench\n"
        + "".join(
            f"2024-03-{1 + row // 24:02d} {row % 24:02d}:00,{value:.4f}\n" for row, value in enumerate(bumps(2, seed=1)[0][1, 0])
        )
    )
    upload = read_upload(taps.workspace, taps.uploads, taps.folder / "bench.csv", "bench.csv", ReadOptions(), Limits())
    taps.uploads, taps.series = (*taps.uploads, upload), (*taps.series, *upload.series)
    _, found, text = taps.run(ClassifierArgs())
    assert [one.series for one in found] == ["bench"]
    assert "taps classified 1 case:" in text
    taps.add(bumps(3, seed=2)[0], None, "new.csv")
    assert "taps classified 3 cases of new.csv:" in taps.run(ClassifierArgs())[2]


# Which model is used
