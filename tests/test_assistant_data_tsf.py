"""The .tsf format: header, attributes, values, times, and what is refused."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from assistant.data.tsf import TsfSeries, is_tsf, parse_tsf, step_of, times_of
from assistant.errors import FileRejected

FILE = """# Dataset Information
# two small series
@relation Tourism
@attribute series_name string
@attribute start_timestamp date
@frequency quarterly
@horizon 2
@missing true
@equallength false
@data
T1:1979-03-01 00-00-00:3592.55,6409.3403,?,4136.8453
T2:1985-01-01 12-30-00:-1e3,2,3
"""


def changed(old: str, new: str) -> str:
    assert old in FILE
    return FILE.replace(old, new)


def test_header_and_values() -> None:
    file = parse_tsf(FILE)
    assert (file.relation, file.frequency, file.horizon, file.missing, file.equal_length) == (
        "Tourism",
        "quarterly",
        2,
        True,
        False,
    )
    assert dict(file.attributes) == {"series_name": "string", "start_timestamp": "date"}
    first, second = file.series
    assert (first.name, first.start) == ("T1", datetime(1979, 3, 1))
    np.testing.assert_array_equal(first.values, [3592.55, 6409.3403, np.nan, 4136.8453])
    assert (second.name, second.start) == ("T2", datetime(1985, 1, 1, 12, 30))
    np.testing.assert_array_equal(second.values, [-1000, 2, 3])
    assert file.notes == ()


def test_optional_lines_may_be_absent() -> None:
    file = parse_tsf("\ufeff@RELATION\n@attribute series_name string\n@DATA\nA:1,2\n")
    assert (file.relation, file.frequency, file.horizon, file.missing, file.equal_length) == ("", None, None, None, None)
    assert file.series[0].start is None and times_of(file.series[0], "daily") is None
    np.testing.assert_array_equal(file.series[0].values, [1, 2])


def test_other_attributes_are_kept() -> None:
    header = "@attribute station string\n@attribute lat numeric\n@attribute opened date\n@frequency daily\n@data\n"
    text = header + "X:52.1:2001-02-03:1,2\n"
    series = parse_tsf(text).series[0]
    assert (series.name, series.start) == ("X", datetime(2001, 2, 3))
    assert dict(series.attributes) == {"station": "X", "lat": "52.1", "opened": "2001-02-03"}


def test_a_start_with_colons_is_read() -> None:
    series = parse_tsf(changed("1985-01-01 12-30-00", "1985-01-01 12:30:00")).series[1]
    assert series.start == datetime(1985, 1, 1, 12, 30) and len(series.values) == 3


def test_header_that_contradicts_the_values_is_noted() -> None:
    text = changed("@missing true", "@missing false").replace("@equallength false", "@equallength true")
    assert parse_tsf(text).notes == (
        "The header says that nothing is missing; 1 values are.",
        "The header says that all series have one length; they have from 3 to 4 values.",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (changed("@horizon 2", "@horizon two"), "a whole number of steps above zero after @horizon, found “two” in line 7"),
        (changed("@horizon 2", "@horizon 0"), "found “0” in line 7"),
        (changed("@missing true", "@missing maybe"), "true or false after @missing, found “maybe”"),
        (changed("@horizon 2", "@colour red"), "one of @relation.*found “@colour red”"),
        (changed("start_timestamp date", "start_timestamp time"), "string|numeric|date"),
        (changed("@attribute start_timestamp date", "@attribute series_name string"), "“series_name” twice in line 5"),
        (changed("@data\n", ""), "one of @relation"),
        (FILE[: FILE.index("@data")], "the line @data before the values"),
        (FILE[: FILE.index("T1")], "at least one series after @data"),
        (changed(":3592.55", ":3592,55:1"), "a start such as .* found “1979-03-01 00-00-00:3592,55” in line 11"),
        (changed("T1:1979-03-01 00-00-00:", "T1:"), "2 attributes .*, found 1 colons in line 11"),
        (changed("1979-03-01 00-00-00", "March 1979"), "a start such as .* found “March 1979” in line 11"),
        (changed("6409.3403", "6 409"), "numbers, and .* found “6 409” in line 11"),
        (changed("6409.3403", "1_000"), "found “1_000” in line 11"),
        (changed("6409.3403", ""), "found “” in line 11"),
        (changed("6409.3403", "inf"), "an infinite one in line 11"),
        (changed("T2:", "T1:"), "“T1” twice"),
        ("@attribute n numeric\n@data\nx:1,2\n", "a number for “n”, found “x” in line 3"),
        ("@data\n1,2\n", "at least one @attribute"),
        ("", "the line @data"),
    ],
)
def test_refused_with_the_line(text: str, message: str) -> None:
    with pytest.raises(FileRejected, match=message):
        parse_tsf(text)


def test_is_tsf() -> None:
    assert is_tsf(FILE) and is_tsf("\ufeff\n@relation x")
    assert not is_tsf("a,b\n1,2") and not is_tsf("") and not is_tsf("@user wrote: hello")


@pytest.mark.parametrize(
    ("word", "step"),
    [
        ("yearly", (1, "year")),
        ("half_hourly", (30, "minute")),
        ("10_minutes", (10, "minute")),
        ("4_seconds", (4, "second")),
        ("Weekly", (1, "week")),
        ("0_days", None),
        ("often", None),
    ],
)
def test_step_of(word: str, step: tuple[int, str] | None) -> None:
    assert step_of(word) == step


@pytest.mark.parametrize(
    ("start", "frequency", "expected"),
    [
        (datetime(2020, 1, 31), "monthly", ["2020-01-31", "2020-02-29", "2020-03-31"]),
        (datetime(1979, 3, 1), "quarterly", ["1979-03-01", "1979-06-01", "1979-09-01"]),
        (datetime(2020, 2, 29), "yearly", ["2020-02-29", "2021-02-28", "2022-02-28"]),
        (datetime(2012, 1, 1), "weekly", ["2012-01-01", "2012-01-08", "2012-01-15"]),
        (datetime(2012, 1, 1, 23, 50), "10_minutes", ["2012-01-01 23:50", "2012-01-02 00:00", "2012-01-02 00:10"]),
        (datetime(2012, 1, 1, 6), "monthly", ["2012-01-01 06:00", "2012-02-01 06:00", "2012-03-01 06:00"]),
    ],
)
def test_times(start: datetime, frequency: str, expected: list[str]) -> None:
    times = times_of(TsfSeries("T1", start, np.arange(3.0), {}), frequency)
    assert times is not None
    assert list(times) == [pd.Timestamp(moment) for moment in expected]
