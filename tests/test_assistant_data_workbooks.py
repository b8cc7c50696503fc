"""Workbooks: sheets with the same columns, a summary before the data, tables below and beside each other in one sheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pandas as pd

from assistant.data.reader import read_dataset
from assistant.data.series import Dataset, ReadOptions

MONTHS = [moment.to_pydatetime() for moment in pd.date_range("2020-01-01", periods=12, freq="MS")]
Rows = Sequence[Sequence[object]]


def book(path: Path, **sheets: Rows) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    made.save(path)
    return path


def table(base: float, year: int = 2020) -> list[list[object]]:
    return [[month.replace(year=year), base + k] for k, month in enumerate(MONTHS)]


def summary(dataset: Dataset) -> list[tuple[str, int, str | None, str, float]]:
    return [(s.name, len(s), s.frequency, s.time_text(0), float(s.values[1])) for s in dataset.series]


def test_sheets_with_the_same_columns_are_put_together(tmp_path: Path) -> None:
    head: Rows = [["Month", "Sales"]]
    regions = book(tmp_path / "a.xlsx", North=[*head, *table(0.5)], South=[*head, *table(100.5)], About=[["nothing"]])
    expected = [("North", 12, "MS", "2020-01-01T00:00:00", 1.5), ("South", 12, "MS", "2020-01-01T00:00:00", 101.5)]
    assert summary(read_dataset(regions)) == expected
    assert summary(read_dataset(regions, ReadOptions(sheet="South"))) == [("Sales", *expected[1][1:])]
    years: dict[str, Rows] = {str(year): [*head, *table(year, year)] for year in (2019, 2020)}
    assert summary(read_dataset(book(tmp_path / "b.xlsx", **years))) == [("Sales", 24, "MS", "2019-01-01T00:00:00", 2020.0)]
    names: dict[str, Rows] = {
        str(year): [*head, *([f"{month:%B}", year + k] for k, month in enumerate(MONTHS))] for year in (2019, 2020)
    }
    assert summary(read_dataset(book(tmp_path / "c.xlsx", **names))) == [("Sales", 24, "MS", "2019-01-01T00:00:00", 2020.0)]


def test_a_small_first_sheet_gives_way_to_the_data(tmp_path: Path) -> None:
    data: Rows = [["Month", "Sales"], *(row for year in range(2010, 2020) for row in table(0.5, year))]
    dataset = read_dataset(book(tmp_path / "a.xlsx", Summary=[["KPI", "Value"], ["Total", 123], ["Mean", 4.5]], Data=data))
    assert summary(dataset) == [("Sales", 120, "MS", "2010-01-01T00:00:00", 1.5)]
    assert next(guess.alternatives for guess in dataset.guesses if guess.what == "sheet") == ("Summary",)


def test_tables_below_and_beside_each_other_in_a_sheet(tmp_path: Path) -> None:
    head: list[object] = ["Month", "Sales"]
    below: Rows = [["Report"], [], ["North"], head, *table(0.5), [], ["South"], head, *table(100.5)]
    assert [row[:2] for row in summary(read_dataset(book(tmp_path / "a.xlsx", S=below)))] == [("North", 12), ("South", 12)]
    sections: Rows = [head, ["North"], *table(0.5), ["South"], *table(100.5)]
    assert [row[0] for row in summary(read_dataset(book(tmp_path / "b.xlsx", S=sections)))] == ["North", "South"]
    quarters = [moment.to_pydatetime() for moment in pd.date_range("2018-01-01", periods=12, freq="QS")]
    titles: list[object] = ["North", None, None, "South", None]
    beside: Rows = [[*row, None, quarter, 9.5] for row, quarter in zip(table(0.5), quarters, strict=True)]
    dataset = read_dataset(book(tmp_path / "c.xlsx", S=[titles, [*head, None, *head], *beside]))
    assert [row[:3] for row in summary(dataset)] == [("North Sales", 12, "MS"), ("South Sales", 12, "QS")]
