"""Every way to write a moment: each notation gives the same times and the same frequency."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assistant.data.decimal_years import read_decimal_years
from assistant.data.named_dates import NamedDate, parse_named
from assistant.data.reader import read_dataset
from assistant.data.wrapped_times import bare_moment

HOUR, WEEK = pd.Timedelta(hours=1), pd.Timedelta(days=6)
GERMAN = ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember")
FRENCH = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
QUARTERS = ("Jan-Mar", "Apr-Jun", "Jul-Sep", "Oct-Dec")
Writer = Callable[[pd.Timestamp], str]

HOURLY: dict[str, Writer] = {
    "span": lambda t: f"{t:%d.%m.%Y %H:%M} - {t + HOUR:%d.%m.%Y %H:%M}",
    "iso span": lambda t: f"{t:%Y-%m-%d %H:%M}/{t + HOUR:%Y-%m-%d %H:%M}",
    "clock span": lambda t: f"{t:%d/%m/%Y %H:%M} - {t + HOUR:%H:%M}",
    "long with clock": lambda t: f"{t:%A, %B} {t.day}, {t.year} {t:%I:%M %p}",
    "ctime": lambda t: f"{t:%a %b %d %H:%M:%S %Y}",
    "mail": lambda t: f"{t:%a, %d %b %Y %H:%M:%S} GMT",
    "am pm": lambda t: f"{t:%m/%d/%y %I:%M%p}".lower(),
    "basic": lambda t: f"{t:%Y%m%dT%H%M%S}Z",
    "day and clock": lambda t: f"{t:%Y%m%d %H:%M}",
    "YYYYMMDDhh": lambda t: f"{t:%Y%m%d%H}",
    "day and hour": lambda t: f"{t:%Y-%m-%d %H}",
    "sas": lambda t: f"{t:%d%b%y:%H:%M:%S}".upper(),
    "log": lambda t: f"{t:%d/%b/%Y:%H:%M:%S} +0000",
    "uhr": lambda t: f"{t:%d.%m.%Y, %H:%M} Uhr",
    "seconds": lambda t: f"{t.timestamp():.1f}",
    "24:00": lambda t: f"{t - HOUR:%Y-%m-%d} {t.hour or 24:02d}:00",
    "zone name": lambda t: f"{t:%Y-%m-%d %H:%M:%S} CET",
    "javascript": lambda t: f"{t:%a %b %d %Y %H:%M:%S} GMT+0000 (Coordinated Universal Time)",
}
DAILY: dict[str, Writer] = {
    "YYYYDDD": lambda t: f"{t:%Y%j}",
    "day of the year": lambda t: f"{t:%Y-%j}",
    "long": lambda t: f"{t:%A, %B} {t.day}, {t.year}",
    "weekday": lambda t: f"{t:%a} {t:%d/%m/%Y}",
    "DDMONYYYY": lambda t: f"{t:%d%b%Y}".upper(),
    "german": lambda t: f"{t.day}. {GERMAN[t.month - 1]} {t.year}",
    "french": lambda t: f"{t.day} {FRENCH[t.month - 1]} {t.year}",
    "han": lambda t: f"{t.year}年{t.month}月{t.day}日",
}
OTHERS: dict[str, tuple[str, Writer]] = {
    "week span": ("W-SUN", lambda t: f"{t:%Y-%m-%d} - {t + WEEK:%Y-%m-%d}"),
    "iso week": ("W-MON", lambda t: f"{t.isocalendar()[0]}-W{t.isocalendar()[1]:02d}"),
    "week first": ("W-MON", lambda t: f"W{t.isocalendar()[1]:02d} {t.isocalendar()[0]}"),
    "week ending": ("W-FRI", lambda t: f"Week ending {t.day} {t:%B %Y}"),
    "YYYYMM": ("MS", lambda t: f"{t:%Y%m}"),
    "Jan-95": ("MS", lambda t: f"{t:%b-%y}"),
    "95-Jan": ("MS", lambda t: f"{t:%y-%b}"),
    "han month": ("MS", lambda t: f"{t.year}年{t.month:02d}月"),
    "provisional month": ("MS", lambda t: f"{t:%b %Y}" + (" (p)" if t.year > 1998 else "")),
    "decimal start": ("MS", lambda t: f"{t.year + (t.month - 1) / 12:.4f}"),
    "decimal middle": ("MS", lambda t: f"{t.year + (t.month - 0.5) / 12:.3f}"),
    "1Q95": ("QS", lambda t: f"{t.quarter}Q{t:%y}"),
    "1995:1": ("QS", lambda t: f"{t.year}:{t.quarter}"),
    "quarter by months": ("QS", lambda t: f"{t.year} {QUARTERS[t.quarter - 1]}"),
    "decimal quarter": ("QS", lambda t: f"{t.year + (t.quarter - 1) / 4}"),
    "H1 1995": ("6MS", lambda t: f"H{1 if t.month < 7 else 2} {t.year}"),
    "1995S1": ("6MS", lambda t: f"{t.year}S{1 if t.month < 7 else 2}"),
    "FY1995": ("YS", lambda t: f"FY{t.year}"),
    "1995/1996": ("YS", lambda t: f"{t.year}/{t.year + 1}"),
    "provisional year": ("YS", lambda t: f"{t.year}p" if t.year > 2005 else str(t.year)),
}
CASES = [
    *((name, "h", "2020-01-13 01:00", writer) for name, writer in HOURLY.items()),
    *((name, "D", "2019-11-15", writer) for name, writer in DAILY.items()),
    *((name, frequency, "1995-01-01", writer) for name, (frequency, writer) in OTHERS.items()),
]


@pytest.mark.parametrize(("frequency", "start", "writer"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_notation_is_read(frequency: str, start: str, writer: Writer, tmp_path: Path) -> None:
    times = pd.date_range(start, periods=60, freq=frequency)
    path = tmp_path / "moments.csv"
    path.write_text("when,v\n" + "\n".join(f'"{writer(t)}",{k}' for k, t in enumerate(times)), encoding="utf-8")
    dataset = read_dataset(path)
    (series,) = dataset.series
    stamps = series.times.tz_localize(None) if series.times.tz is not None else series.times
    assert stamps.equals(times.as_unit("us"))
    assert (series.frequency, series.values.tolist()) == (frequency, list(range(60)))
    assert not dataset.questions


def test_zone_names_that_change_become_offsets(tmp_path: Path) -> None:
    moments = pd.date_range("2020-10-24", periods=60, freq="h", tz="Europe/Berlin")
    path = tmp_path / "zones.csv"
    path.write_text("time,v\n" + "\n".join(f"{t:%d.%m.%Y %H:%M %Z},{k}" for k, t in enumerate(moments)))
    (series,) = read_dataset(path).series
    assert series.times.equals(moments.tz_convert("UTC").as_unit("us"))
    assert series.frequency == "h"


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("Monday, January 5, 2015", NamedDate(2015, 1, 5)),
        ("1 de mayo de 2020", NamedDate(2020, 5, 1)),
        ("Jan-95", NamedDate(1995, 1, None)),
        ("15JAN15:10:30:00", NamedDate(2015, 1, 15, 37_800_000_000)),
        ("15 Jan 2015 12:00 am", NamedDate(2015, 1, 15, 0)),
        ("15-Jan", None),
        ("2000 units in January 7 and 8", None),
        ("janvier 2012;9", None),
        ("32 January 2020", None),
    ],
)
def test_cells_with_month_names(cell: str, found: NamedDate | None) -> None:
    assert parse_named(cell) == found


@pytest.mark.parametrize(
    ("cell", "bare"),
    [
        ("01.01.2020 00:00 - 01.01.2020 01:00", "01.01.2020 00:00"),
        ("2020-01-01T00:00-05:00", "2020-01-01T00:00-05:00"),
        ("00:00-00:15", "00:00"),
        ("Mon 04/01/2021", "04/01/2021"),
        ("05.01.2020, 13:00 Uhr", "05.01.2020, 13:00"),
        ("a - b", "a - b"),
        ("01.01.2020 00:00 - 01.01.2020 01:00\tdemand\t1", "01.01.2020 00:00 - 01.01.2020 01:00\tdemand\t1"),
    ],
)
def test_what_stands_around_a_moment_is_taken_off(cell: str, bare: str) -> None:
    assert bare_moment(cell) == bare


def test_decimal_years_by_days_and_by_moments() -> None:
    by_days = np.array([1958.2027, 1958.2877, 1958.3699, 1958.4548, 1958.5370])  # days of March to July over 365, as published
    times, kind = read_decimal_years(by_days, hinted=True) or (None, "")
    assert (kind, str(times[0].date()), str(times[-1].date())) == ("month", "1958-03-01", "1958-07-01")
    uneven = np.array([1958.20, 1958.91, 1959.02, 1961.5])
    times, kind = read_decimal_years(uneven, hinted=True) or (None, "")
    assert (kind, str(times[-1])) == ("moment", "1961-07-02 12:00:00")
    assert read_decimal_years(uneven, hinted=False) is None
    assert read_decimal_years(np.array([1.5, 2.5, 3.5]), hinted=True) is None
