"""Years that are counted in another way than the common one: of the Buddhist era, of Minguo, of the Persian calendar."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from assistant.data.calendar import TimeReading, read_times, sample_cells
from assistant.data.eastern_dates import REPUBLIC

AHEAD = 543  # years by which the Buddhist era runs ahead of the common one
_FIRST, _LAST = 2443, 2700  # 1900 to 2157 of the common era
_YEAR = re.compile(r"(?<!\d)(2[4-6]\d\d)(?!\d)")
_ANY_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_THAI_SHORT = re.compile(r"(?<=[\u0e00-\u0e7f. ])([4-9]\d)$")  # “ม.ค. 60”
# A month alone has two digits and no point before it, since 103.6 and 120-8 are no months of the years 103 and 120.
_MONTH_AND_DAY = r"(?:([/.-])(0?[1-9]|1[0-2])\2(0?[1-9]|[12]\d|3[01])|(/|-)(0[1-9]|1[0-2]))(?![\d./-])"
_REPUBLIC = re.compile(rf"^(\d{{2,3}}){_MONTH_AND_DAY}")
_REPUBLIC_FIRST = 60  # 1971: earlier years of two digits are rather years of the common era
_PERSIAN = re.compile(rf"^(13\d\d|14[0-2]\d){_MONTH_AND_DAY}")
_PACKED = re.compile(r"^(\d{3}|1[34]\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$")
_PERSIAN_FIRST = 226_894  # days from 1 January of the year 1 to the first day of the Persian count
BUDDHIST = "Buddhist era"
MINGUO = "Minguo era (Republic of China)"
PERSIAN = "Persian calendar"


@dataclass(frozen=True)
class _Era:
    """name: for the user. fits: whether one cell can be of it. common: the cell in the common count."""

    name: str
    fits: Callable[[str], bool]
    common: Callable[[str], str]


def is_late(reading: TimeReading) -> bool:
    """Whether all times lie in years that only another count than the common one explains: centuries ahead or behind."""
    years = reading.times.dropna().year
    if not len(years):
        return False
    low, high = int(years.min()), int(years.max())
    return (low >= _FIRST and high < _LAST) or (low >= 1300 and high < 1430 and reading.kind != "year")


def are_late_years(numbers: np.ndarray) -> bool:
    """Whether numbers, (rows,) float64 with NaN where missing, are years that only another era explains."""
    present = numbers[~np.isnan(numbers)]
    whole = bool(len(present)) and bool((present == np.floor(present)).all())
    return whole and float(present.min()) >= _FIRST and float(present.max()) < _LAST


def read_era(text: pd.Series, day_first: bool | None = None) -> TimeReading | None:
    """Times whose years are all of one other count, brought to the common one; None for any other column.

    A month of the Persian calendar is dated by the month in which it begins.
    """
    cells = sample_cells(text)
    if len(cells) < 2:
        return None
    for era in _ERAS:
        if not all(era.fits(_PACKED.sub(r"\1/\2/\3", cell)) for cell in cells):
            continue
        if era.name == MINGUO and not any(re.match(r"\d{3}", cell) for cell in cells):
            continue
        codes, distinct = pd.factorize(text)
        common = np.array([era.common(_PACKED.sub(r"\1/\2/\3", str(cell))) for cell in distinct], dtype=object)
        reading = read_times(pd.Series(common[codes], index=text.index, dtype="str"), day_first)
        return reading and replace(reading, era=era.name)
    return None


def explained(era: str) -> str:
    """What was done to the years of an era."""
    if era == BUDDHIST:
        return f"{AHEAD} taken off each"
    return f"{REPUBLIC} added to each" if era == MINGUO else "each day converted, a month dated by the month in which it begins"


def _is_buddhist(cell: str) -> bool:
    return len(_ANY_YEAR.findall(cell)) == 1 and _YEAR.search(cell) is not None


def _common_from_buddhist(cell: str) -> str:
    return _YEAR.sub(lambda found: str(int(found[1]) - AHEAD), cell)


def _is_short_buddhist(cell: str) -> bool:
    return re.search("[\u0e00-\u0e7f]", cell) is not None and _THAI_SHORT.search(cell) is not None


def _common_from_short_buddhist(cell: str) -> str:
    return _THAI_SHORT.sub(lambda found: str(2500 + int(found[1]) - AHEAD), cell)


def _is_minguo(cell: str) -> bool:
    found = _REPUBLIC.match(cell)
    return found is not None and _REPUBLIC_FIRST <= int(found[1]) < 200


def _common_from_minguo(cell: str) -> str:
    return _REPUBLIC.sub(
        lambda found: (
            f"{REPUBLIC + int(found[1])}-{int(found[3] or found[6]):02d}" + (f"-{int(found[4]):02d}" if found[4] else "")
        ),
        cell,
    )


def _is_persian(cell: str) -> bool:
    return _PERSIAN.match(cell) is not None


def _common_from_persian(cell: str) -> str:
    def converted(found: re.Match[str]) -> str:
        day = persian_day(int(found[1]), int(found[3] or found[6]), int(found[4] or 1))
        return str(day) if found[4] else str(day)[:7]

    return _PERSIAN.sub(converted, cell)


def persian_day(year: int, month: int, day: int) -> np.datetime64:
    """A day of the Persian (solar Hijri) calendar, years 1178 to 1633, as a day of the common one.

    Source: the 33-year cycle of leap years (Birashk, A Comparative Calendar of the Iranian, Muslim Lunar, and Christian Eras,
    1993), which gives the observed new years of these years.
    """
    leaps = (8 * year + 21) // 33  # among the years before
    days = 365 * (year - 1) + leaps + (31 * (month - 1) if month <= 7 else 30 * (month - 1) + 6) + day - 1
    return np.datetime64("0001-01-01", "D") + np.timedelta64(_PERSIAN_FIRST + days, "D")


_ERAS = (
    _Era(BUDDHIST, _is_buddhist, _common_from_buddhist),
    _Era(BUDDHIST, _is_short_buddhist, _common_from_short_buddhist),
    _Era(MINGUO, _is_minguo, _common_from_minguo),
    _Era(PERSIAN, _is_persian, _common_from_persian),
)
