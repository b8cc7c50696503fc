"""The archives' files of series and of labelled cases, read as uploads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.data.labels import channel_names, labelled_cases, unlabelled_cases
from assistant.data.reader import read_dataset
from assistant.data.series import ReadOptions
from assistant.data.ts_cases import is_ts, parse_ts
from assistant.errors import BadRequest, FileRejected

HEADER = "#made here\n@problemName Made\n@timeStamps false\n@univariate {}\n@equalLength {}\n@classLabel true up down\n@data\n"


def case(length: int, label: str, dimensions: int, start: float) -> str:
    parts = [",".join(f"{start + d + k / 10:.1f}" for k in range(length)) for d in range(dimensions)]
    return ":".join([*parts, label])


def test_cases_of_one_dimension_train_a_classifier(tmp_path: Path) -> None:
    path = tmp_path / "made.ts"
    path.write_text(HEADER.format("true", "true") + "\n".join(case(6, ("up", "down")[k % 2], 1, k) for k in range(8)))
    dataset = read_dataset(path)
    assert (dataset.label_column, dataset.series) == ("class", ())
    cases, labels = labelled_cases(dataset)
    assert cases.shape == (8, 1, 6)
    assert (cases[3, 0, 5], labels[:2]) == (3.5, ["up", "down"])


def test_such_a_file_names_its_classes_itself(tmp_path: Path) -> None:
    path = tmp_path / "made.ts"
    path.write_text(HEADER.format("false", "true") + "\n".join(case(6, ("up", "down")[k % 2], 2, k) for k in range(8)))
    dataset = read_dataset(path, ReadOptions(label="class"))
    assert (dataset.label_column, channel_names(dataset)) == ("class", ("d1", "d2"))
    with pytest.raises(BadRequest, match="says itself what its classes are; found “t_0”"):
        read_dataset(path, ReadOptions(label="t_0"))


def test_several_dimensions_of_unequal_length_are_filled_and_said(tmp_path: Path) -> None:
    path = tmp_path / "made.ts"
    path.write_text(HEADER.format("false", "false") + "\n".join(case(6 - k % 2, ("up", "down")[k % 2], 2, k) for k in range(8)))
    dataset = read_dataset(path)
    cases, _ = labelled_cases(dataset)
    assert cases.shape == (8, 2, 6)
    assert np.isnan(cases[1, :, 5]).all()
    assert cases[1, 1, 4] == 2.4
    assert any("4 shorter ones were filled" in warning for warning in dataset.warnings)


def test_cases_without_classes_and_missing_values(tmp_path: Path) -> None:
    path = tmp_path / "made.ts"
    path.write_text("@problemName Made\n@classLabel false\n@data\n1,?,3\n4,5,6\n")
    dataset = read_dataset(path)
    assert dataset.label_column is None
    assert np.array_equal(unlabelled_cases(dataset), [[[1, np.nan, 3]], [[4, 5, 6]]], equal_nan=True)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@problemName X\n@classLabel true a b\n1,2:a\n", "@data"),
        ("@problemName X\n@classLabel true a b\n@data\n", "at least one case"),
        ("@problemName X\n@timeStamps true\n@classLabel true a\n@data\n(0,1),(1,2):a\n", "time stamps"),
        ("@problemName X\n@targetLabel true\n@data\n1,2:3.5\n", "a number to predict"),
        ("@problemName X\n@classLabel true a b\n@data\n1,2:a\n1,x:b\n", "“x” in line 5"),
        ("@problemName X\n@classLabel true a b\n@data\n1,2:3,4:a\n1,2:b\n", "2 dimensions a case, found 1 in line 5"),
        ("@problemName X\n@classLabel true a b\n@data\n1,2:3,4,5:a\n", "of one length within a case, found 2, 3"),
    ],
)
def test_damaged_files_are_refused_by_line(text: str, found: str) -> None:
    assert is_ts(text)
    with pytest.raises(FileRejected, match=found):
        parse_ts(text)


def test_a_file_of_many_series_becomes_series_with_names_and_times(tmp_path: Path) -> None:
    path = tmp_path / "made.tsf"
    path.write_text(
        "# made here\n@relation demo\n@attribute series_name string\n@attribute start_timestamp date\n@frequency monthly\n"
        "@horizon 12\n@missing true\n@equallength false\n@data\nT1:1979-01-01 00-00-00:1,2,?,5\nT2:1980-02-01 00-00-00:4.5,5.5\n"
    )
    dataset = read_dataset(path)
    found = [(s.name, len(s), s.frequency, s.time_text(0), s.missing) for s in dataset.series]
    assert found == [("T1", 4, "MS", "1979-01-01T00:00:00", 1), ("T2", 2, "MS", "1980-02-01T00:00:00", 0)]
    assert list(dataset.table.columns) == ["series", "time", "value"]
