"""Which column of a table names the classes: by its name, among several, when asked for, and never in an ordinary series."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from assistant.data.labels import labelled_cases
from assistant.data.reader import read_dataset
from assistant.data.series import CLASS_COLUMN, Dataset, Guess, ReadOptions
from assistant.data.worker import read_dataset_safely
from assistant.errors import BadRequest
from assistant.uploads import report_upload

STEPS = 20
CASES = 30


def waves() -> np.ndarray:
    """Sines of random phase (case, time): from step to step they change less than from case to case."""
    phase = np.random.default_rng(0).uniform(0, 6.28, (CASES, 1))
    return np.sin(np.arange(STEPS) / 3 + phase)


def running_down() -> np.ndarray:
    """As many sines (time, series), each a column."""
    return np.sin(np.arange(CASES)[:, None] / 3 + np.random.default_rng(0).uniform(0, 6.28, STEPS))


def read(
    tmp_path: Path,
    before: Mapping[str, Callable[[int], object]],
    after: Mapping[str, Callable[[int], object]] | None = None,
    *,
    values: np.ndarray | None = None,
    steps: str = "t{}",
    options: ReadOptions = ReadOptions(),
) -> Dataset:
    """A table of waves with further columns, each by what it holds in a row."""
    values, after = waves() if values is None else values, after or {}
    names = [*before, *(steps.format(step) for step in range(values.shape[1])), *after]
    rows: list[Sequence[object]] = [
        [*(cell(k) for cell in before.values()), *(f"{value:.4f}" for value in row), *(cell(k) for cell in after.values())]
        for k, row in enumerate(values)
    ]
    path = tmp_path / "cases.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in [names, *rows]))
    return read_dataset(path, options)


def guessed(dataset: Dataset) -> Guess:
    (guess,) = [guess for guess in dataset.guesses if guess.what == CLASS_COLUMN]
    return guess


def word(k: int) -> str:
    return ("walking", "running", "sitting")[k % 3]


def code(k: int) -> int:
    return k % 3 + 1


def sex(k: int) -> str:
    return "mf"[(k // 2) % 2]


def person(k: int) -> str:
    return f"P{k // 4:02d}"


def day(k: int) -> str:
    return f"2024-01-{k + 1:02d}"


def test_a_named_column_of_numbers_goes_before_words_of_another_name(tmp_path: Path) -> None:
    dataset = read(tmp_path, {"sex": sex}, {"grade": code})
    assert dataset.label_column == "grade" and not dataset.questions
    assert labelled_cases(dataset)[1][:4] == ["1", "2", "3", "1"]
    guess = guessed(dataset)
    assert (guess.chosen, guess.alternatives, guess.flag) == ("grade", ("sex",), "--label")


def test_words_that_nothing_tells_apart_are_asked_about(tmp_path: Path) -> None:
    dataset = read(tmp_path, {"sex": sex}, {"finding": word})
    assert dataset.label_column == "finding"
    (question,) = dataset.questions
    assert (question.what, question.chosen, question.alternatives) == (CLASS_COLUMN, "finding", ("sex",))
    assert "“sex”, “finding” each name one of a few classes" in question.why
    assert any(warning.startswith("Class column is ambiguous: read as finding; it could be sex") for warning in dataset.warnings)


def test_people_are_no_classes_beside_others(tmp_path: Path) -> None:
    dataset = read(tmp_path, {"patient_id": person, "sex": sex}, {"Diagnosis": word})
    assert (dataset.label_column, dataset.series) == ("Diagnosis", ())
    assert guessed(dataset).alternatives == ("sex",)
    alone = read(tmp_path, {"person": person})
    assert alone.label_column == "person"


@pytest.mark.parametrize("name", ["grade", "activity_id", "Fault", "person", "digit", "true class", "event"])
def test_whole_numbers_are_classes_under_such_names(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, {}, {name: code}).label_column == name


@pytest.mark.parametrize("name", ["age", "height", "t_id"])
def test_whole_numbers_are_no_classes_under_other_names(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, {}, {name: code}).label_column is None


def test_a_date_of_each_case_makes_it_no_series(tmp_path: Path) -> None:
    dataset = read(tmp_path, {"date": day}, {"Diagnosis": word})
    assert (dataset.label_column, dataset.series) == ("Diagnosis", ())
    assert labelled_cases(dataset)[0].shape == (CASES, 1, STEPS)
    layout = next(guess for guess in dataset.guesses if guess.what == "layout")
    assert layout.why.startswith("“date” only says when each row was taken")
    asked = read(tmp_path, {"date": day}, {"Diagnosis": word}, options=ReadOptions(time_column="date"))
    assert asked.label_column is None and len(asked.series) == STEPS


@pytest.mark.parametrize(("steps", "turned"), [("sensor_{}", False), ("t{}", True)])
def test_dated_sensors_beside_a_word_stay_series(tmp_path: Path, steps: str, turned: bool) -> None:
    # Of the second table the columns are what runs on evenly, down the rows: series, whatever they are called.
    dataset = read(tmp_path, {"date": day}, {"status": word}, steps=steps, values=running_down() if turned else None)
    assert dataset.label_column is None and len(dataset.series) == STEPS


def test_whole_numbers_behind_a_class_number_without_a_header(tmp_path: Path) -> None:
    values = np.round(100 * waves()).astype(int)
    path = tmp_path / "cases_TRAIN.tsv"
    path.write_text("\n".join("\t".join(map(str, [code(k), *row])) for k, row in enumerate(values)))
    dataset = read_dataset(path)
    assert dataset.label_column == "column 1"
    cases, labels = labelled_cases(dataset)
    assert cases.shape == (CASES, 1, STEPS) and labels[:3] == ["1", "2", "3"]
    # Series of whole numbers, which run on down the rows, with a state beside them are no cases.
    series = np.round(100 * running_down()).astype(int)
    path.write_text("\n".join("\t".join(map(str, [code(k), *row])) for k, row in enumerate(series)))
    assert read_dataset(path).label_column is None


@pytest.mark.parametrize(
    ("header", "label", "coded"),
    [
        ("rec,time_s,x,y,move", "move", False),
        ("rec,time_s,x,y,move", "move", True),
        ("recording,time_s,x,y,activity", "activity", True),
        ("trial,time_s,x,y,stance", "stance", False),
    ],
)
def test_what_is_said_of_each_recording_is_its_class(tmp_path: Path, header: str, label: str, coded: bool) -> None:
    path = tmp_path / "long.csv"
    kind = code if coded else word
    rows = [
        f"{k if coded else f'r{k:02d}'},{step * 0.02:.2f},{np.sin(k + step):.3f},{np.cos(k * step):.3f},{kind(k)}"
        for k in range(12)
        for step in range(10)
    ]
    path.write_text("\n".join([header, *rows]))
    dataset = read_dataset(path)
    assert (dataset.label_column, dataset.recording_column) == (label, header.split(",")[0])
    cases, labels = labelled_cases(dataset)
    assert cases.shape == (12, 2, 10) and labels[:3] == [str(kind(k)) for k in range(3)]


def test_a_column_asked_for_may_hold_anything_under_any_name(tmp_path: Path) -> None:
    columns = {"date": day, "sex": sex, "age": lambda k: 20 + k % 5}
    dataset = read(tmp_path, columns, {"Diagnosis": word}, steps="sensor_{}", options=ReadOptions(label="AGE"))
    assert dataset.label_column == "age" and not dataset.questions
    assert guessed(dataset).why == "You said so."
    cases, labels = labelled_cases(dataset)
    assert cases.shape == (CASES, 1, STEPS) and set(labels) == {"20", "21", "22", "23", "24"}


def test_a_column_asked_for_labels_recordings_with_times(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    rows = [
        f"r{k},2024-01-01 10:{k:02d}:{step:02d},{np.sin(k + step):.3f},{np.cos(k * step):.3f},{word(k)}"
        for k in range(6)
        for step in range(10)
    ]
    path.write_text("\n".join(["run,when,x,y,activity", *rows]))
    assert read_dataset(path).label_column is None
    dataset = read_dataset(path, ReadOptions(label="activity"))
    assert (dataset.label_column, dataset.recording_column) == ("activity", "run")
    assert labelled_cases(dataset)[0].shape == (6, 2, 10)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("colour", "Expected the name of the column of classes, found “colour”. The file has “site”, “id”, “t0”"),
        ("site", "Expected at least two classes in “site”, found one: “here”"),
        ("id", "Expected a few classes in “id”, found another value in each of its 30 rows"),
    ],
)
def test_a_column_asked_for_must_be_there_and_tell_classes_apart(tmp_path: Path, asked: str, message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        read(tmp_path, {"site": lambda _: "here", "id": lambda k: 7 * k}, {"class": word}, options=ReadOptions(label=asked))


def test_classes_need_numbers_beside_them(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text("\n".join(["value,note", *(f"{k % 3},a" for k in range(12))]))
    with pytest.raises(BadRequest, match="Expected columns of numbers beside the classes of “value”, found none"):
        read_dataset(path, ReadOptions(label="value"))


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "cases.csv"
    path.write_text(text)
    return read_dataset(path).unlabelled


def test_what_is_missing_for_classes_is_said(tmp_path: Path) -> None:
    assert read(tmp_path, {}, {"class": word}).unlabelled == ""
    one = read(tmp_path, {}, {"class": lambda _: "ok"}).unlabelled
    assert one == "“class” names one class only: ok. A classifier needs cases of at least two."
    dated = read(tmp_path, {"date": day}, {"status": word}, steps="sensor_{}").unlabelled
    assert dated.startswith(
        "It has times in “date”, and so was read as series. Of its columns “status” (3 values) could name classes"
    )
    assert '--label "status"' in dated and "“use status as the class column”" in dated
    both = read(tmp_path, {"date": day, "state": lambda _: "on"}, {"weather": word}, steps="sensor_{}").unlabelled
    assert "“weather” (3 values) could name classes" in both
    each = read(tmp_path, {"file": lambda k: f"rec_{k}.wav"}).unlabelled
    assert each.startswith("“file” differs in each row and so names no classes. No column names classes")
    few = read(tmp_path, {"dose": code}).unlabelled
    assert few == "“dose” holds few whole numbers: if these are classes, say so with --label."
    many = read(tmp_path, {"note": lambda k: f"note {2 * k // 3}"}).unlabelled
    assert many.startswith("“note” has 20 values in 30 rows, more than classes of several cases each. No column names classes")


def test_recordings_of_which_nothing_is_said_are_named(tmp_path: Path) -> None:
    rows = [f"r{k},{np.sin(k + step):.3f},{np.cos(k * step):.3f}" for k in range(3) for step in range(10)]
    said = written(tmp_path, "\n".join(["recording,x,y", *rows]))
    assert said == "“recording” names its recordings, and no column says what each of them is: add one that names the class."


def test_cases_in_columns_are_to_be_transposed(tmp_path: Path) -> None:
    steps = [",".join(f"{value:.3f}" for value in row) for row in waves()[:12].T]
    words = [word(k) for k in range(12)]
    named_rows = [f"t{k},{row}" for k, row in enumerate(steps)]
    tables = (
        [",".join(words), *steps],
        [",".join(f"{name}_{k}" for k, name in enumerate(words)), *steps],
        [",".join(["", *(f"case {k}" for k in range(12))]), *named_rows, ",".join(["class", *words])],
    )
    for table in tables:
        assert written(tmp_path, "\n".join(table)).startswith("Its cases seem to stand in columns")
    channels = [",".join([*(f"x_{k}" for k in range(6)), *(f"y_{k}" for k in range(6))]), *steps]
    assert "columns" not in written(tmp_path, "\n".join(channels))


def test_the_reason_travels_with_the_upload(tmp_path: Path) -> None:
    dataset = read(tmp_path, {}, {"class": lambda _: "ok"})
    report = report_upload("a" * 64, "cases.csv", dataset, ())
    assert report.unlabelled == dataset.unlabelled and report.notes()["unlabelled"] == dataset.unlabelled
    packed = tmp_path / "cases.csv.gz"
    packed.write_bytes(gzip.compress((tmp_path / "cases.csv").read_bytes()))
    assert read_dataset_safely(packed).unlabelled == dataset.unlabelled
