"""Conventions of publishers: footnotes at years, lone scales, thirteenth months, boxes beside a table, dates in a title."""

from __future__ import annotations

import numpy as np
import openpyxl
import pandas as pd
import pytest

from assistant.data.hints import is_narrower_name, part_of
from assistant.data.period_words import parse_period
from assistant.data.reader import read_dataset
from assistant.data.units import is_unit, lone_scale
from assistant.data.wrapped_times import without_mark

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS = pd.date_range("2024-01-01", periods=12)


@pytest.mark.parametrize("mark", ["¹", "²", "ᵖ"])
def test_raised_digits_are_marks_of_footnotes_and_no_digits(read, mark: str) -> None:  # type: ignore[no-untyped-def]
    rows = [f"{year}{mark * (year % 4 == 0)},{year - 1990}{mark * (year % 5 == 0)}" for year in range(2000, 2015)]
    (only,) = read("Year,Output\n" + "\n".join(rows)).series
    assert (only.name, len(only), only.values.tolist()) == ("Output", 15, [float(k) for k in range(10, 25)])
    names = read(f"2000{mark},2001,2002{mark}\n" + "\n".join(f"{k},{k + 1},{k + 2}" for k in range(5))).series
    assert len(names) == 3


@pytest.mark.parametrize("mark", [" a/", " 1)", "¹", " ²", " (p)", "*"])
def test_a_footnote_at_a_year_does_not_lose_its_row(read, mark: str) -> None:  # type: ignore[no-untyped-def]
    rows = [f"{year}{mark if year == 2004 else ''};{year - 1990}" for year in range(2000, 2012)]
    (only,) = read("Year;Output\n" + "\n".join(rows)).series
    assert (len(only), only.frequency, only.values.tolist()) == (12, "YS", [float(k) for k in range(10, 22)])
    assert without_mark(f"2004{mark}") == "2004"


@pytest.mark.parametrize(
    ("name", "cell", "expected"),
    [("Vol.", "57.4K", 57_400.0), ("Vol.", "1.2M", 1.2e6), ("Reading", "12.5k", 12_500.0), ("Heat", "293.1K", 293.1)],
)
def test_a_scale_behind_every_number_is_multiplied_out(read, name: str, cell: str, expected: float) -> None:  # type: ignore[no-untyped-def]
    dataset = read(f"Date,{name}\n" + "\n".join(f"{day:%Y-%m-%d},{cell}" for day in DAYS))
    assert dataset.series[0].values.tolist() == [pytest.approx(expected)] * 12
    assert dataset.series[0].unit == ("K" if name == "Heat" else None)
    assert lone_scale("K", name) == (None if name in ("Heat", "Reading") else 1_000.0)


def test_a_thirteenth_month_is_the_sum_of_its_year(read) -> None:  # type: ignore[no-untyped-def]
    rows = [
        f"{code},{year}{month:02d},{month if month < 13 else 78}"
        for code in "AB"
        for year in (2001, 2002)
        for month in range(1, 14)
    ]
    dataset = read("Code,YYYYMM,Value\n" + "\n".join(rows))
    assert [(s.name, len(s), s.frequency) for s in dataset.series] == [("A", 24, "MS"), ("B", 24, "MS")]
    assert dataset.series[0].values.tolist() == [float(month) for month in range(1, 13)] * 2
    assert any("totals" in warning and "200113" in warning for warning in dataset.warnings)


def test_years_without_a_name_beside_months_and_units_under_the_names(read) -> None:  # type: ignore[no-untyped-def]
    rows = [f"{year};{month};{year - 1990},5;+1,{k % 10}" for year in (2010, 2011) for k, month in enumerate(MONTHS)]
    dataset = read(";;Price index;Change on the year\n;;2020=100;in (%)\n" + "\n".join(rows))
    found = [(s.name, len(s), s.frequency, s.unit, s.time_text(-1)) for s in dataset.series]
    assert found == [
        ("Price index", 24, "MS", "2020=100", "2011-12-01T00:00:00"),
        ("Change on the year", 24, "MS", "%", "2011-12-01T00:00:00"),
    ]
    assert is_unit("in EUR") and not is_unit("in stock") and is_unit("meters/second")


def test_of_two_keys_that_part_the_same_rows_the_narrower_one_names_them(read) -> None:  # type: ignore[no-untyped-def]
    rows = [
        f"{zone},{place},{day:%Y-%m-%d},{k}"
        for zone, place in (("Europe", "Oslo"), ("Asia", "Hanoi"))
        for k, day in enumerate(DAYS)
    ]
    assert [s.name for s in read("continent,location,date,cases\n" + "\n".join(rows)).series] == ["Oslo", "Hanoi"]
    assert [s.name for s in read("region,manager,date,cases\n" + "\n".join(rows)).series] == ["Europe", "Asia"]
    assert is_narrower_name("load_area", "zone") and not is_narrower_name("item", "zone")


def test_the_sums_of_years_beside_their_months_across_are_left_out(tmp_path) -> None:  # type: ignore[no-untyped-def]
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    sheet.append([None, 2022, *[None] * 12, 2023])
    sheet.append(["Item", *MONTHS, "Total", *MONTHS, "Total"])
    for name, low in (("Rent", 10), ("Power", 40)):
        sheet.append([name, *range(low, low + 12), 999, *range(low + 12, low + 24), 999])
    made.save(tmp_path / "budget.xlsx")
    dataset = read_dataset(tmp_path / "budget.xlsx")
    assert [(s.name, s.frequency, s.values.tolist()) for s in dataset.series] == [
        ("Rent", "MS", [float(k) for k in range(10, 34)]),
        ("Power", "MS", [float(k) for k in range(40, 64)]),
    ]
    assert any("2022 Total" in warning for warning in dataset.warnings)


def test_a_box_beside_a_table_is_no_series(tmp_path) -> None:  # type: ignore[no-untyped-def]
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    sheet.append(["Day", "Heat", None, None, None])
    for k, day in enumerate(DAYS):
        sheet.append([day.to_pydatetime(), 20.5 + k, None, *([f"limit {k}", 30 + k] if k < 3 else [None, None])])
    made.save(tmp_path / "samples.xlsx")
    dataset = read_dataset(tmp_path / "samples.xlsx")
    assert [(s.name, len(s)) for s in dataset.series] == [("Heat", 12)]
    assert next(guess for guess in dataset.guesses if guess.what == "side notes").chosen == "6 cells left out"


def test_attributes_above_the_rows_leave_the_names_to_the_first_line(tmp_path) -> None:  # type: ignore[no-untyped-def]
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    sheet.append([None, "Prices ; Oslo ;", "Prices ; Bergen ;"])
    for tag, one, other in (
        ("Unit", "NOK", "NOK"),
        ("Data Type", "INDEX", "INDEX"),
        ("No. Obs", 12, 12),
        ("Series ID", "A1", "A2"),
    ):
        sheet.append([tag, one, other])
    for k, quarter in enumerate(pd.date_range("2020-03-01", periods=12, freq="QS-MAR")):
        sheet.append([quarter.to_pydatetime(), 100.5 + k, 200.5 + k])
    made.save(tmp_path / "prices.xlsx")
    dataset = read_dataset(tmp_path / "prices.xlsx")
    assert [(s.name, s.unit, s.frequency) for s in dataset.series] == [
        ("Prices ; Oslo ;", "NOK", "QS-MAR"),
        ("Prices ; Bergen ;", "NOK", "QS-MAR"),
    ]


@pytest.mark.parametrize(
    ("title", "first"),
    [
        ("Linux 5.15 (web01)   01/23/2024   (4 CPU)", "2024-01-23T00:10:01"),
        ("Shift log of 23 January 2024", "2024-01-23T00:10:01"),
        ("Created 2024-01-23", "1970-01-01T00:10:01"),
        ("From 2024-01-22 to 2024-01-23", "1970-01-01T00:10:01"),
    ],
)
def test_clock_times_take_their_day_from_the_title(read, title: str, first: str) -> None:  # type: ignore[no-untyped-def]
    times = pd.date_range("2024-01-23 00:10:01", periods=30, freq="40min")
    rows = [f"{time:%I:%M:%S %p}     all {k + 10.5:9.2f} {90.5 - k:9.2f}" for k, time in enumerate(times)]
    dataset = read(f"{title}\n\n12:00:01 AM     CPU     %user     %idle\n" + "\n".join(rows), name="day.txt")
    assert [(s.name, len(s), s.time_text(0), s.frequency) for s in dataset.series] == [
        ("%user", 30, first, "40min"),
        ("%idle", 30, first, "40min"),
    ]
    assert np.array_equal(dataset.series[0].values, 10.5 + np.arange(30))


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("ปี", "year"),
        ("เดือน", "month"),
        ("年份", "year"),
        ("월", "month"),
        ("분기", "quarter"),
        ("kvartal", "quarter"),
        ("miesiąc", "month"),
        ("квартал", "quarter"),
        ("έτος", "year"),
        ("Mês", "month"),
        ("viikko", "week"),
        ("gün", "day"),
        ("godzina", "hour"),
        ("date", None),
    ],
)
def test_parts_of_dates_in_other_languages(name: str, part: str | None) -> None:
    assert part_of(name) == part


def test_attributes_declared_line_by_line_are_the_names(read) -> None:  # type: ignore[no-untyped-def]
    rows = [f"{day:%Y-%m-%d},{k}.5,{'?' if k == 3 else k}" for k, day in enumerate(DAYS)]
    head = "% a remark\n@RELATION demo\n@attribute date DATE 'yyyy-MM-dd'\n"
    head += "@attribute 'air heat' NUMERIC\n@attribute rain real\n\n@data\n"
    dataset = read(head + "\n".join(rows), name="demo.arff")
    assert [(s.name, len(s), s.frequency) for s in dataset.series] == [("air heat", 12, "D"), ("rain", 12, "D")]
    assert np.flatnonzero(np.isnan(dataset.series[1].values)).tolist() == [3]


@pytest.mark.parametrize("cell", ["57.4K", "12,3 t", "99.1kv"])
def test_an_amount_with_a_letter_is_no_quarter(cell: str) -> None:
    assert parse_period(cell) is None
    assert parse_period("2015.4K") is not None and parse_period("4K 57") is not None


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("Year,Sales,Sales\n,Number,Percent\n", [("Sales Number", None), ("Sales Percent", None)]),
        ("Year,Sales,\n,Number,Percent\n", [("Sales Number", None), ("Sales Percent", None)]),
        ("Year,Sales,Rate\n,Number,Percent\n", [("Sales", "Number"), ("Rate", "Percent")]),
        ("Year,Sales,Cost\n,EUR,EUR\n", [("Sales", "EUR"), ("Cost", "EUR")]),
    ],
)
def test_units_that_tell_columns_apart_are_part_of_their_names(read, header: str, found: list[tuple[str, str | None]]) -> None:  # type: ignore[no-untyped-def]
    rows = "\n".join(f"{year},{year - 1990},{year / 1000}" for year in range(2000, 2012))
    assert [(s.name, s.unit) for s in read(header + rows).series] == found
