"""Times in a question → spans, moments, months, weekdays and hours.

Rules where English leaves a choice: now is the first moment after the last sample, so "last year" (month, week, quarter, day) is
the last calendar year that is over by then; "this year" is the one that holds the last sample; beside "this year", "last year" is
the one before it; "the last year", "the past year" and "the last 12 months" are the stretch that ends with the last sample.
Seasons are the northern ones, and a winter belongs to the year in which it begins. A month without a year means that month of
every year in a look-up, and the latest such month elsewhere; a day without a year is the latest such day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from assistant.errors import BadRequest
from assistant.plan import Span
from assistant.planning.dates import DATE, DAY, MONTH_NAMES, Period, parse_date, period_around
from assistant.planning.recurring import CLOCK, MONTH, clock_time, read_hours, read_months, read_weekdays
from assistant.planning.rhythm import UNIT, Rhythm, unit_of
from assistant.planning.wording import NUMBER, blank, number

DAY_OF_YEAR = rf"(?:{DAY}(?: of)? {MONTH}|{MONTH} {DAY})"


@dataclass(frozen=True)
class Times:
    """What a question says about time.

    periods: the stretches it names, in order (at most four). span: the one it restricts the data to. months, weekdays, hours
    recur. versus: a second stretch to compare with. text: the question with all of this blanked.
    """

    span: Span | None
    periods: tuple[Period, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    hours: tuple[int, ...]
    open_ended: bool
    text: str

    @property
    def any(self) -> bool:
        """Whether the question says anything about time."""
        return bool(self.span or self.months or self.weekdays or self.hours)


def read_times(text: str, rhythm: Rhythm) -> Times:
    """Every time that a normalised question (series names already blanked) names. Raises BadRequest for a span that cannot be."""
    span: Span | None = None
    periods: list[Period] = []
    open_ended = beyond = False
    for reader in (_rows, _ranges, _half_of_data, _relative, _first_last):
        found, text = reader(text, rhythm)
        if found is not None and span is None:
            beyond = beyond or (reader is _ranges and _years_without_dates(found, rhythm))
            span, open_ended = found, found.start is None or found.end is None
            if found.start is not None and found.end is not None and reader is not _rows:
                periods.append(Period(found.start, found.end))
    text, dated = _dates(text)
    periods += dated
    days, text = _days_of_the_year(text, rhythm)
    periods += days
    dated += days
    hours, text = read_hours(text)
    weekdays, text = read_weekdays(text)
    months, text = read_months(text)
    if span is None and dated:
        span = dated[0].span()
    beyond = beyond or any(_years_without_dates(period.span(), rhythm) for period in dated)
    if not rhythm.dated and (beyond or months or weekdays or hours):
        raise BadRequest(
            "This series has no dates, so it cannot be looked at by years, months, weekdays or hours; please ask by row numbers, "
            "for example rows 10 to 20 or the last 20 rows."
        )
    if span is not None:
        _check(span, rhythm)
    return Times(span, tuple(periods[:4]), months, weekdays, hours, open_ended, text)


def _years_without_dates(span: Span, rhythm: Rhythm) -> bool:
    """Whether bounds that look like years lie beyond the rows of a series without times."""
    bounds = [bound for bound in (span.start, span.end) if bound is not None]
    return not rhythm.dated and all(len(bound) == 4 and int(bound) >= rhythm.n for bound in bounds)


def _check(span: Span, rhythm: Rhythm) -> None:
    """Raises BadRequest for a span whose end precedes its start, or dates where the series has none."""
    if span.start is not None and span.end is not None and rhythm.dated and span.end < span.start[: len(span.end)]:
        raise BadRequest(
            f"That stretch would end before it starts ({span.start} to {span.end}); please ask again with the two swapped."
        )
    rows = all(bound is None or (re.fullmatch(r"\d{1,9}", bound) and not (len(bound) == 4 and rhythm.dated))
               for bound in (span.start, span.end))  # fmt: skip
    if not rhythm.dated and not rows:
        raise BadRequest(
            f"This series has no time column, so a date ({span.start or span.end}) cannot be found in it; please ask by row "
            "numbers, for example rows 10 to 20 or the last 20 rows."
        )


def _rows(text: str, rhythm: Rhythm) -> tuple[Span | None, str]:
    """ "rows 10 to 20" of a series without times."""
    match = re.search(r"\brows? (?:number )?(\d{1,9})(?: ?(?:to|-|until|through|and) ?(\d{1,9}))?\b", text)
    if match is None or rhythm.dated:
        return None, text
    first, last = int(match.group(1)), int(match.group(2) or match.group(1))
    if last < first:
        raise BadRequest(f"Row {first} comes after row {last}; please ask again with the two swapped.")
    return Span(start=str(first), end=str(last)), blank(text, *match.span())


def _period(text: str, rhythm: Rhythm) -> Period | None:
    """A date expression, or a relative one ("last year", "today"), as a period."""
    return parse_date(text) or _latest_day(text, rhythm) or calendar_unit(text, rhythm)


_END = rf"(?:{DATE}|{DAY_OF_YEAR}(?!\w)|(?:last|this|current) (?:year|month|week|quarter)|{MONTH})"


def _ranges(text: str, rhythm: Rhythm) -> tuple[Span | None, str]:
    """ "from A to B", "between A and B", "A - B", "since A", "before A", "after A", "until A"."""
    pairs = (
        rf"\b(?:from|between|starting(?: in| from)?|over|during|in|for)? ?\b({_END})(?: ?(?:to|through|"
        rf"until|till|up to|-|and) ?)({_END})(?!\w)"
    )
    for match in re.finditer(pairs, text):
        words = match.group()
        if " and " in words and not words.lstrip().startswith("between"):
            continue
        first, last = match.group(1), match.group(2)
        end = _period(last, rhythm)
        start = _period(first, rhythm)
        if end is not None and (first in MONTH_NAMES or re.fullmatch(DAY_OF_YEAR, first)):
            start = parse_date(f"{first} {end.first[:4]}")
        elif start is not None and end is None and last in MONTH_NAMES:
            end = parse_date(f"{last} {start.first[:4]}")
        if start is not None and end is not None:
            return Span(start=start.first, end=end.last), blank(text, *match.span())
    sides = (
        (rf"\b(?:since|from|starting(?: in| from| on)?|as of) ({_END})(?: on(?:wards?)?| onwards?)?(?!\w)", "since"),
        (rf"\b({_END}) (?:onwards?|and later|and after)\b", "since"),
        (rf"\b(?:after|later than|following) ({_END})(?!\w)", "after"),
        (rf"\b(?:before|prior to|earlier than|up to but not including) ({_END})(?!\w)", "before"),
        (rf"\b(?:until|till|up to|up until|through|to the end of|by the end of) (?:the )?(?:end of )?({_END})(?!\w)", "until"),
    )
    start_label = end_label = None
    for pattern, side in sides:
        match_side = re.search(pattern, text)
        period = _period(match_side.group(1), rhythm) if match_side else None
        if match_side is None or period is None:
            continue
        text = blank(text, *match_side.span())
        if side in {"since", "after"}:
            start_label = start_label or (period.first if side == "since" else period.after())
        else:
            end_label = end_label or (period.before() if side == "before" else period.last)
    if start_label is None and end_label is None:
        return None, text
    return Span(start=start_label, end=end_label), text


def _half_of_data(text: str, rhythm: Rhythm) -> tuple[Span | None, str]:
    """ "the first half" of the whole series."""
    match = re.search(
        r"\b(first|second|last) half(?! of (?:the )?(?:\d|year|last|this))(?: of the (?:data|series|record))?", text
    )
    if match is None or rhythm.n < 2:
        return None, text
    rest = blank(text, *match.span())
    if rhythm.start is None or rhythm.end is None:
        middle = rhythm.n // 2
        bounds = (0, middle - 1) if match.group(1) == "first" else (middle, rhythm.n - 1)
        return Span(start=str(bounds[0]), end=str(bounds[1])), rest
    second = rhythm.shift(rhythm.start, rhythm.n // 2, "step")
    if match.group(1) == "first":
        return Span(start=label(rhythm.start), end=label(rhythm.shift(rhythm.start, rhythm.n // 2 - 1, "step"))), rest
    return Span(start=label(second), end=label(rhythm.end)), rest


def _relative(text: str, rhythm: Rhythm) -> tuple[Span | None, str]:
    """ "last year", "this month", "yesterday", "the summer of last year"."""
    match = re.search(
        (
            r"\bthe (?:year|quarter|month|week|day) before last\b|(?<!the )(?<!the very )\b(?:(last|previous|"
            r"this|current) (year|quarter|month|week|day|decade)|"
            r"yesterday|today)\b(?! ?(?:s\b|of ))"
        ),
        text,
    )
    period = calendar_unit(match.group(), rhythm) if match else None
    if match is None or period is None:
        return None, text
    text = blank(text, *match.span())
    month = re.search(
        rf"\b(?:in |of |during |on )?(?:the )?((?:{DAY}(?: of)? )?{MONTH}|spring|summer|autumn|fall|winter|q[1-4]|h[12]) "
        rf"(?:of )?(?= *$| *[?.!,]| )",
        text,
    )
    if month is not None and re.search(r"year", match.group()) and text[month.end() : match.start()].strip() in {"", "of"}:
        inner = parse_date(f"{month.group(1)} {period.first[:4]}")
        if inner is not None:
            return inner.span(), blank(text, *month.span())
    return period.span(), text


def calendar_unit(text: str, rhythm: Rhythm, *, beside_this: bool = False) -> Period | None:
    """The calendar unit that holds the last sample ("this year"), or the last that is over ("last year", "yesterday").

    beside_this: the question names this unit too, so that the last one is the one before it.
    """
    words = text.split()
    if text.endswith(" before last"):
        last = calendar_unit(f"last {words[1]}", rhythm)
        return None if last is None else last.preceding(words[1])
    if text in {"yesterday", "today"}:
        words = ["last" if text == "yesterday" else "this", "day"]
    if len(words) != 2 or words[0] not in {"last", "previous", "this", "current"} or rhythm.end is None or rhythm.now is None:
        return None
    anchor = rhythm.end
    if words[0] in {"last", "previous"}:
        start = datetime.fromisoformat(period_around(anchor if beside_this else rhythm.now, words[1]).start_day())
        if start.year <= 1:
            return None
        anchor = start - timedelta(days=1)
    return period_around(anchor, words[1])


_OF_THE_DATA = re.compile(r" of (?:the |my |this )?(?:data|series|record|file|history)\b")


def _first_last(text: str, rhythm: Rhythm) -> tuple[Span | None, str]:
    """ "the last 12 months", "the past year", "the first 3 weeks", "the last 50 values"."""
    match = re.search(
        (
            rf"\b(?:(?:in |over |during |for |of )?the |in |over |during )?(?:very )?(last|past|latest|"
            rf"previous|recent|final|most recent|first|initial) ({NUMBER}|couple of|few)?[ -]?({UNIT})\b(?! of "
            rf"(?:the )?(?:year )?(?:\d|last|this))"
        ),
        text,
    )
    if match is None:
        return None, text
    which, amount_text, unit_text = match.groups()
    unit = unit_of(unit_text)
    if (
        which == "first"
        and amount_text is None
        and unit == "quarter"
        and rhythm.dated
        and not _OF_THE_DATA.match(text[match.end() :])
    ):
        return None, text  # the year's first quarter, as the second and the third are
    if amount_text is None and (
        unit == "step"
        or which in {"previous", "recent"}
        or not re.search(r"\b(?:the|past|latest|final|most|first|initial)\b", match.group())
    ):
        return None, text
    amount = {"couple of": 2.0, "few": 3.0}.get(amount_text or "", 0.0) or (number(amount_text) if amount_text else 1.0)
    if amount <= 0 or amount > 1e7:
        raise BadRequest(f"A stretch of {amount:g} {unit_text} cannot be cut out; ask for example for the last 12 {unit_text}.")
    rest = blank(text, *match.span())
    at_start = which in {"first", "initial"}
    if rhythm.start is None or rhythm.end is None:
        if unit != "step":
            raise BadRequest(
                f"This series has no time column, so “{match.group().strip()}” cannot be counted out; please give a number of "
                "rows, for example the last 20 rows."
            )
        count = min(max(round(amount), 1), max(rhythm.n, 1))
        return (
            Span(start="0", end=str(count - 1)) if at_start else Span(start=str(rhythm.n - count), end=str(rhythm.n - 1))
        ), rest
    if unit == "step":
        count = max(round(amount) - 1, 0)
        edge = rhythm.shift(rhythm.start, count, "step") if at_start else rhythm.shift(rhythm.end, -count, "step")
    elif at_start:
        edge = (
            rhythm.shift(rhythm.shift(rhythm.start, amount, unit), -1, "step")
            if rhythm.unit
            else rhythm.shift(rhythm.start, amount, unit)
        )
    else:
        edge = rhythm.shift(rhythm.shift(rhythm.end, -amount, unit), 1 if rhythm.unit else 0, "step")
    if at_start:
        return Span(start=label(rhythm.start), end=label(max(edge, rhythm.start))), rest
    return Span(start=label(min(edge, rhythm.end)), end=label(rhythm.end)), rest


def _dates(text: str) -> tuple[str, list[Period]]:
    """Every remaining date, with the clock time beside it."""
    found: list[Period] = []
    pattern = rf"\b(?:on |in |during |at |of |for |over |around |near )?(?:the )?({DATE})(?!\w|-\d)"
    for match in list(re.finditer(pattern, text)):
        period = parse_date(match.group(1))
        if period is None:
            continue
        text = blank(text, *match.span())
        period, text = _with_clock(period, text)
        found.append(period)
    return text, found


def _with_clock(period: Period, text: str) -> tuple[Period, str]:
    """A day with the clock time that the question puts beside it, which is blanked."""
    clock = re.search(rf"(?:\bat |, ?|t)?{CLOCK}", text) if period.resolution == "day" else None
    hour = clock_time(clock) if clock else None
    if clock is None or hour is None:
        return period, text
    moment = f"{period.first}T{hour[0]:02d}:{hour[1]:02d}"
    return Period(moment, moment), blank(text, *clock.span())


def _days_of_the_year(text: str, rhythm: Rhythm) -> tuple[list[Period], str]:
    """ "12 August", "August 12th", "5 March at 14:00": the latest such day that the data reach."""
    found: list[Period] = []
    for match in list(re.finditer(rf"\b(?:on |at )?(?:the )?({DAY_OF_YEAR})(?![\w-])", text)):
        if not rhythm.dated:
            raise BadRequest(
                f"This series has no dates, so {match.group(1)} cannot be found in it; please ask by row numbers, for example "
                "rows 10 to 20."
            )
        period = _latest_day(match.group(1), rhythm)
        if period is not None:
            period, text = _with_clock(period, blank(text, *match.span()))
            found.append(period)
    return found, text


def _latest_day(text: str, rhythm: Rhythm) -> Period | None:
    """The latest "5 march" up to the last sample; 29 February looks back to the last leap year."""
    if rhythm.end is None or not re.fullmatch(DAY_OF_YEAR, text):
        return None
    day = " ".join(sorted(text.replace(" of ", " ").split(), key=lambda word: not word[0].isdigit()))
    for year in range(rhythm.end.year, max(rhythm.end.year - 9, 0), -1):
        period = parse_date(f"{day} {year:04d}")
        if period is not None and period.first <= rhythm.end.date().isoformat():
            return period
    return None


def latest_month(months: tuple[int, ...], rhythm: Rhythm) -> Period | None:
    """The latest stretch of these months that begins within the data."""
    if not months or rhythm.end is None:
        return None
    year = rhythm.end.year - (1 if months[0] > rhythm.end.month else 0)
    last_year = year + (1 if months[-1] < months[0] else 0)
    return Period(f"{year:04d}-{months[0]:02d}", f"{last_year:04d}-{months[-1]:02d}")


def label(moment: datetime) -> str:
    """ISO text: a date where the time is midnight, with the clock otherwise."""
    if moment.hour == moment.minute == moment.second == moment.microsecond == 0:
        return moment.date().isoformat()
    return moment.isoformat()


_FINENESS = {"year": 4, "month": 7, "day": 10, "instant": 19}


def is_coarser(period: Period, rhythm: Rhythm) -> bool:
    """Whether a stretch holds more than one sample."""
    if period.first != period.last:
        return True
    step = {"year": "year", "quarter": "month", "month": "month", "week": "day", "day": "day", "business": "day"}.get(
        rhythm.unit or "", "instant"
    )
    return _FINENESS[period.resolution] < _FINENESS[step]
