"""The calendar as covariates: holidays of a country for days, length and working days for months and quarters.

Public holidays come from the `holidays` library; nothing here guesses a country.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.errors import BadInput

# A holiday that the history holds once cannot be told from chance.
FEWEST_OCCURRENCES = 2
_WEEKEND = 5


@dataclass(frozen=True)
class CalendarFeatures:
    """features: (time, feature), no NaN. names: what each column stands for, in words."""

    features: np.ndarray
    names: tuple[str, ...]


def holidays_of(country: str, years: Sequence[int]) -> dict[datetime.date, str]:
    """Public holidays of a country (ISO 3166-1 alpha-2, such as "DE") in some years, by date.

    Errors: BadInput for a country that is not known.
    """
    import holidays

    try:
        found = holidays.country_holidays(country, years=list(years), language="en_US")
    except NotImplementedError as error:
        raise BadInput(f"No public holidays are known for the country {country!r}; name another one.") from error
    return {day: found[day] for day in sorted(found)}


def holiday_features(days: Sequence[datetime.date], country: str, fitted: int) -> CalendarFeatures:
    """Covariates of the days of samples: a holiday that falls on a weekday, the days beside it, and each holiday of its own.

    days: of every sample, the history's first; several samples may share one. fitted: how many are the history; a holiday needs
    two occurrences there to get a column of its own.
    Errors: BadInput for an unknown country, or where the history holds fewer than two holidays.
    """
    if not days:
        raise BadInput("There are no days to look up holidays for.")
    calendar = holidays_of(country, range(days[0].year - 1, days[-1].year + 2))
    free = {day for day in calendar if day.weekday() < _WEEKEND}
    one = datetime.timedelta(days=1)
    columns: dict[str, list[bool]] = {
        "holiday": [day in free for day in days],
        "day before a holiday": [day + one in free and day not in calendar for day in days],
        "day after a holiday": [day - one in free and day not in calendar for day in days],
    }
    history = set(days[:fitted])
    if len(history & free) < FEWEST_OCCURRENCES:
        raise BadInput("The history holds fewer than two of the country's holidays, so their effect cannot be seen.")
    seen = Counter(calendar[day] for day in history if day in calendar)
    for name, count in sorted(seen.items()):
        if count >= FEWEST_OCCURRENCES:
            columns[name] = [calendar.get(day) == name for day in days]
    return CalendarFeatures(np.column_stack([np.array(column, dtype=np.float64) for column in columns.values()]), tuple(columns))


def month_features(starts: Sequence[datetime.date], ends: Sequence[datetime.date]) -> CalendarFeatures:
    """Covariates of months or quarters: how many days each has, and how many of them are Monday to Friday.

    starts, ends: first and last day of each period, both inclusive.
    """
    length = np.array([(end - start).days + 1 for start, end in zip(starts, ends, strict=True)], dtype=np.float64)
    one = datetime.timedelta(days=1)
    working = np.busday_count([np.datetime64(day) for day in starts], [np.datetime64(day + one) for day in ends])
    return CalendarFeatures(np.column_stack([length, working.astype(np.float64)]), ("days", "working days"))
