"""Numbers in any notation; times in any notation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from assistant.data.calendar import read_times
from assistant.data.counted_times import read_integer_times
from assistant.data.declared_marks import declared_marks
from assistant.data.numbers import mark_evidence, read_numbers, sentinel_of


def text(cells: list[str]) -> pd.Series:
    return pd.Series(cells, dtype="str")


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1,234", "12,345", "7"], [1234, 12345, 7]),
        (["1,5", "2"], [1.5, 2]),
        (["1.234,5", "3"], [1234.5, 3]),
        (["€ 1,200.50", "(€3.00)", "--"], [1200.5, -3, np.nan]),
        (["5%", "6.5 %", "n/a"], [5, 6.5, np.nan]),
        (["1 234", "2 345,5"], [1234, 2345.5]),
        (["1'234.5", "-7"], [1234.5, -7]),
        (["12345", "1,234"], [12345, 1.234]),
        (["1e5", "2.5E-3"], [1e5, 0.0025]),
        (["\u22125", "+6"], [-5, 6]),
        (["0.125", "1.250"], [0.125, 1.25]),
        (["inf", "1", "2"], [np.nan, 1, 2]),
        (["1,234,567", "1,000"], [1234567, 1000]),
        (["1.234.567", "12"], [1234567, 12]),
        (["\u20115,5", "1\u2007000,0"], [-5.5, 1000]),
        (["1.234,56 €", "EUR 12,00", "3,50 €"], [1234.56, 12, 3.5]),
        (["12.3p", "12.4", "r12.5", "12.6"], [12.3, 12.4, 12.5, 12.6]),
        (["12.3±0.5", "12.4 ± 0.4", "13 [11-14]"], [12.3, 12.4, 13]),
        (["1.2×10³", "1.5x10^-2", "2·10⁻¹"], [1200, 0.015, 0.2]),
        (["▲1,234", "2,345.5", "▲12"], [-1234, 2345.5, -12]),
        (["▲12", "▼3", "4"], [12, -3, 4]),
        (["1.2万", "3亿", "5万"], [12_000, 3e8, 50_000]),
        (["1,2 млн", "850 тыс.", "3 млн"], [1.2e6, 850e3, 3e6]),
        (["3 lakh", "2 crore", "1.5 lakh"], [3e5, 2e7, 1.5e5]),
        (["1.2 GWh", "850 MWh", "1.5 GWh"], [1.2, 0.85, 1.5]),
        (["12.3℃", "11.0℃"], [12.3, 11]),
        (["12,3 руб.", "1,5 руб."], [12.3, 1.5]),
        (['"1,200"', "'14'", "15.5"], [1200, 14, 15.5]),
        (["s"] * 12 + [f"{k}.5" for k in range(9)], [np.nan] * 12 + [k + 0.5 for k in range(9)]),
    ],
)
def test_notations(cells: list[str], values: list[float]) -> None:
    reading = read_numbers(text(cells), None)
    assert reading is not None
    assert np.array_equal(reading.values, values, equal_nan=True)


def test_words_are_no_numbers_and_strays_are_reported() -> None:
    assert read_numbers(text(["red", "blue", "7"]), None) is None
    assert read_numbers(text(["NA", "--"]), None) is None
    reading = read_numbers(text(["1", "2", "3", "late", "late", "NM"]), None)
    assert reading is not None
    assert (reading.unread, reading.missing) == ({"late": 2}, {"NM": 1})


def test_evidence_counts_proofs_and_open_cases() -> None:
    assert mark_evidence(text(["1.5", "2.25", "1.234"])).verdict() == "."
    assert mark_evidence(text(["1,5", "2,25", "1.234,5"])).verdict() == ","
    open_case = mark_evidence(text(["1,234", "2,345"]))
    assert (open_case.verdict(), open_case.open_comma) == (None, 2)


@pytest.mark.parametrize(
    ("values", "sentinel"),
    [
        ([12.0, 14.0, -9999.0, 13.0, 15.0], -9999.0),
        ([31250.0, 105000.0, -9999.0, 80000.0], -9999.0),
        ([-20_000.0, 15_000.0, -9999.0, 3.0], None),
        ([-99.0, -97.0, -101.0, -95.0], None),
        ([5.0, 6.0, 999.9, 7.0, 999.9], 999.9),
        ([1.0, 2.0, 3.0], None),
        ([1600.0, -32767.0, 1500.0, -32767.0, 1400.0], -32767.0),
        ([12.0, 14.0, -9999.0, -8888.0, 13.0], -9999.0),
        ([280.1, 9.96921e36, 281.0, 279.5], 9.96921e36),
        ([0.5, 1e20, 0.7, -0.3], 1e20),
        ([1e20, 2e20, 3e20, 4e20], None),
        ([100.0, 200.0, 999.0, 300.0, 1200.0], None),
    ],
)
def test_sentinels(values: list[float], sentinel: float | None) -> None:
    assert sentinel_of(np.array(values)) == sentinel


@pytest.mark.parametrize(
    ("remark", "number"),
    [
        ("# bad_flag = -9.990e-29", -9.99e-29),
        ("NODATA_value  -9999", -9999.0),
        ("Missing values are coded as 99.99", 99.99),
        ("-99.9 = missing", -99.9),
        ("Fehlwert: -999", -999.0),
        ("valeurs manquantes = -99,9", -99.9),
        ("9.969e+36 indicates missing data", 9.969e36),
    ],
)
def test_declared_marks(remark: str, number: float) -> None:
    assert declared_marks(f"{remark}\ndate,v\n2020-01-01,missing,3\n") == {number}


def test_a_declared_mark_must_not_be_an_ordinary_value() -> None:
    months = np.array([*range(1, 13), *range(1, 13)], dtype=np.float64)
    assert sentinel_of(months, frozenset({12.0})) is None  # "missing values: 12" counts them
    assert sentinel_of(np.array([-1.5, 11.9, -9.99e-29, 12.1]), frozenset({-9.99e-29})) == -9.99e-29
    assert sentinel_of(np.array([0.5, 0.7, 50.0, 0.6]), frozenset({50.0})) == 50.0


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2020-02-03", "2020-02-03"),
        ("2012/1/2", "2012-01-02"),
        ("2020-02-03T04:05:06.500", "2020-02-03 04:05:06.5"),
        ("2020-02-03 4:05", "2020-02-03 04:05"),
        ("2020-02-03 03:00 PM", "2020-02-03 15:00"),
        ("20200203", "2020-02-03"),
        ("202002030405", "2020-02-03 04:05"),
        ("1995M02", "1995-02-01"),
        ("2020-02", "2020-02-01"),
        ("02/2020", "2020-02-01"),
        ("1987-Q3", "1987-07-01"),
        ("Q3 1987", "1987-07-01"),
        ("1995-IV", "1995-10-01"),
        ("2020-W05", "2020-01-27"),
        ("31/12/1999", "1999-12-31"),
        ("12/31/99 11:30 PM", "1999-12-31 23:30"),
        ("31.12.1999 23:30", "1999-12-31 23:30"),
        ("3 Feb 2020", "2020-02-03"),
        ("Feb 3, 2020", "2020-02-03"),
        ("03-Feb-20", "2020-02-03"),
        ("Mon, 03 Feb 2020", "2020-02-03"),
        ("März 2020", "2020-03-01"),
        ("2020 Feb", "2020-02-01"),
        ("Feb-95", "1995-02-01"),
        ("23:59", "1970-01-01 23:59"),
    ],
)
def test_moments(cell: str, moment: str) -> None:
    reading = read_times(text([cell, cell]))
    assert reading is not None
    assert reading.times.tolist() == [pd.Timestamp(moment)] * 2


@pytest.mark.parametrize("cell", ["rain", "A1 2020", "1015.6", "12.5", "-3", "Total"])
def test_no_moments(cell: str) -> None:
    assert read_times(text([cell, cell])) is None


def test_offsets_are_kept_and_clocks_pass_midnight() -> None:
    zoned = read_times(text(["2020-01-01T00:00:00+02:00", "2020-01-01T01:00:00+02:00"]))
    assert zoned is not None
    assert [moment.isoformat() for moment in zoned.times] == ["2020-01-01T00:00:00+02:00", "2020-01-01T01:00:00+02:00"]
    clock = read_times(text(["22:00", "23:59", "00:10"]))
    assert clock is not None
    assert clock.times[2] == pd.Timestamp("1970-01-02 00:10")


@pytest.mark.parametrize(
    ("numbers", "hinted", "first"),
    [
        ([1961, 1962, 1963], False, "1961-01-01"),
        ([20200131, 20200201, 20200202], False, "2020-01-31"),
        ([202001, 202002, 202003], True, "2020-01-01"),
        ([1577836800, 1577840400], True, "2020-01-01"),
        ([1577836800000, 1577840400000], False, "2020-01-01"),
    ],
)
def test_whole_numbers_as_times(numbers: list[float], hinted: bool, first: str) -> None:
    reading = read_integer_times(np.array(numbers, dtype=np.float64), hinted)
    assert reading is not None
    assert reading.times[0] == pd.Timestamp(first)


def test_measurements_are_no_times() -> None:
    assert read_integer_times(np.array([1013.0, 1019.0, 1011.0]), hinted=False) is None
    assert read_integer_times(np.arange(100.0), hinted=True) is None
    assert read_integer_times(np.array([1.5, 2.5]), hinted=True) is None
