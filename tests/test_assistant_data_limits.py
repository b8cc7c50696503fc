"""Files that must be refused, clearly and early; and reading in a process of its own."""

from __future__ import annotations

import gzip
import os
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assistant.data.reader import read_dataset
from assistant.data.series import Limits, ReadOptions
from assistant.data.worker import read_dataset_safely
from assistant.errors import BadRequest, FileRejected

REFUSED = {
    "empty": (b"", "0 bytes"),
    "blank": (b"\n \n", "only blanks"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(50), "a PNG image"),
    "binary": (bytes(range(256)) * 10, "binary content"),
    "page": (b"<html><body>1</body></html>", "a web page"),
    "header only": (b"date,value\n", "a header only"),
    "one row": (b"date,value\n2020-01-01,5\n", "found 1 row"),
    "all missing": (b"date,value\n2020-01-01,NA\n2020-01-02,--\n", "everything is missing"),
    "words": (b"a,b\nx,y\nz,w\n", "at least one column of numbers"),
    "prose": (b"Hello, this is a letter.\nIt has lines.\nAnd ends.\n", "at least one column of numbers"),
    "broken workbook": (b"PK\x03\x04 nothing", "a damaged zip file"),
    "broken parquet": (b"PAR1 nothing", "a damaged one"),
    "broken gzip": (b"\x1f\x8b\x08 nothing", "a damaged one"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_say_what_was_found_and_what_to_do(case: str, tmp_path: Path) -> None:
    content, found = REFUSED[case]
    path = tmp_path / "upload.csv"
    path.write_bytes(content)
    with pytest.raises(FileRejected) as refusal:
        read_dataset(path)
    text = str(refusal.value)
    assert text.startswith("Expected ")
    assert found in text
    assert text.count(". ") >= 1


def test_a_file_beyond_the_bound_is_refused_from_its_size_alone(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as stream:
        stream.truncate(500_000_000)
    with pytest.raises(FileRejected, match=r"at most 200\.0 MB \(file_bytes = 200,000,000\).*500\.0 MB"):
        read_dataset(path)


def test_unpacked_bytes_are_bounded_while_streaming(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"1,2\n" * 500_000))
    with pytest.raises(FileRejected, match="unpacked_bytes"):
        read_dataset(path, limits=Limits(unpacked_bytes=1_000_000))


def write_zip(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ({"xl/worksheets/sheet1.xml": b"0" * 20_000_000}, "compression ratio"),
        ({"xl/workbook.xml": b"<a/>", "xl/vbaProject.bin": b"x"}, "macros"),
        ({"guide.md": b"hello"}, "guide.md"),
        ({f"xl/{k}.xml": b"" for k in range(2_001)}, "2,001"),
    ],
)
def test_workbooks_are_checked_by_their_directory(parts: dict[str, bytes], found: str, tmp_path: Path) -> None:
    with pytest.raises(FileRejected, match=found):
        read_dataset(write_zip(tmp_path / "book.xlsx", parts))


@pytest.mark.parametrize(
    ("bound", "named"), [({"rows": 5}, "5 rows"), ({"columns": 2}, "2 columns"), ({"cells": 20}, "20 cells")]
)
def test_rows_columns_and_cells_are_bounded(bound: dict[str, int], named: str, tmp_path: Path) -> None:
    frame = pd.DataFrame({"when": pd.date_range("2020", periods=10), "a": np.arange(10.0), "b": np.arange(10.0)})
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    for name in ("t.csv", "t.parquet"):
        with pytest.raises(FileRejected, match=f"at most {named}"):
            read_dataset(tmp_path / name, limits=Limits(**bound))


def test_too_many_series_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("date,who,v\n" + "\n".join(f"2020-01-{day:02d},p{who},{day}" for who in range(20) for day in (1, 2, 3)))
    with pytest.raises(FileRejected, match="at most 10 series, found 20"):
        read_dataset(path, limits=Limits(series=10))


def test_a_process_of_its_own_gives_the_same_data_set(tmp_path: Path) -> None:
    moments = pd.date_range("2020-03-28", periods=48, freq="h", tz="UTC").tz_convert("+02:00")
    rows = [f"{moment.isoformat()},{who},{k if k else 'NA'}" for who in ("a", "b") for k, moment in enumerate(moments)]
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(("time,who,v\n" + "\n".join(rows)).encode()))
    inside, outside = read_dataset(path, name="n"), read_dataset_safely(path, name="n")
    assert [s.name for s in outside.series] == ["a", "b"]
    for left, right in zip(inside.series, outside.series, strict=True):
        assert np.array_equal(left.values, right.values, equal_nan=True)
        assert left.times.equals(right.times)
        assert left.time_text(0) == right.time_text(0) == "2020-03-28T02:00:00+02:00"
        assert (left.frequency, left.unit) == (right.frequency, right.unit)
    assert (inside.guesses, inside.warnings, inside.questions) == (outside.guesses, outside.warnings, outside.questions)
    pd.testing.assert_frame_equal(inside.table, outside.table)


def test_errors_cross_the_process_border(tmp_path: Path) -> None:
    frame = pd.DataFrame({"when": pd.date_range("2020", periods=10), "a": np.arange(10.0)})
    frame.to_parquet(tmp_path / "t.parquet")
    with pytest.raises(BadRequest, match="“nothing”"):
        read_dataset_safely(tmp_path / "t.parquet", ReadOptions(time_column="nothing"))
    with pytest.raises(FileRejected, match=r"parse_memory_bytes|was stopped"):
        read_dataset_safely(tmp_path / "t.parquet", limits=Limits(parse_memory_bytes=300_000_000))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_unreadable_file(tmp_path: Path) -> None:
    path = tmp_path / "secret.csv"
    path.write_text("date,v\n2020-01-01,1\n")
    path.chmod(0)
    with pytest.raises(FileRejected):
        read_dataset(path)
