"""Cells → typed columns: which are numbers, times, words or empty, under one decimal mark."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd

from assistant.data.calendar import TimeReading, read_times
from assistant.data.counted_times import read_integer_times
from assistant.data.eras import AHEAD, BUDDHIST, are_late_years, explained, is_late, read_era
from assistant.data.frequency import find_rhythm
from assistant.data.hints import is_time_name, part_of
from assistant.data.mixed_times import read_mixed
from assistant.data.named_periods import spelled_out
from assistant.data.notes import Notes, SourceTable, counted, listing
from assistant.data.number_cells import Mark, MarkEvidence
from assistant.data.numbers import NumberReading, mark_evidence, missing_mask, mixed_units, read_numbers, sentinel_of
from assistant.data.series import ReadOptions

ColumnKind = Literal["number", "time", "text", "empty"]
_MOMENTS = 0.25  # of the filled cells that must be moments
_MARK_NAMES: dict[Mark, str] = {".": "point", ",": "comma"}


@dataclass(frozen=True)
class Column:
    """One typed column.

    numbers: (rows,) float64, NaN where missing (kind "number"). times: its reading (kind "time", or whole numbers that can be
    read as times). text: (rows,) str (kind "text"). whole: all numbers are whole.
    """

    name: str
    kind: ColumnKind
    text: pd.Series
    numbers: np.ndarray | None = None
    times: TimeReading | None = None
    unit: str | None = None

    @property
    def whole(self) -> bool:
        """Whether the column holds whole numbers only."""
        if self.numbers is None:
            return False
        present = self.numbers[~np.isnan(self.numbers)]
        return bool(len(present)) and bool((present == np.floor(present)).all())

    @property
    def distinct(self) -> int:
        """How many different values there are, missing ones not counted."""
        if self.numbers is not None:
            return len(np.unique(self.numbers[~np.isnan(self.numbers)]))
        return int(self.text[self.text != ""].nunique())


@dataclass
class _Repairs:
    """What was replaced by "missing", over all columns."""

    marks: dict[str, int]
    sentinels: dict[str, int]
    unread: dict[str, int]
    infinite: int = 0
    keep: bool = False
    declared: frozenset[float] = frozenset()
    flagged: int = 0
    mixed: dict[str, list[str]] = field(default_factory=dict)
    scaled: set[str] = field(default_factory=set)
    triangles: dict[str, str] = field(default_factory=dict)
    eras: dict[str, str] = field(default_factory=dict)


def read_columns(table: SourceTable, options: ReadOptions, notes: Notes) -> list[Column]:
    """Type every column of a table, and note the decimal mark, the missing marks and what could not be read."""
    frame = table.frame
    texts = {str(name): _without_marks(frame[name], options) for name in frame.columns if not _typed(frame[name])}
    timed = {
        name: reading
        for name, text in texts.items()
        if (reading := _text_times(name, text, options)) is not None and _reads(reading, text)
    }
    marks = _decimal_marks({name: text for name, text in texts.items() if name not in timed}, table, options, notes)
    repairs = _Repairs({}, {}, {}, keep=options.keep_sentinels, declared=table.missing)
    columns = []
    for name in map(str, frame.columns):
        if name in timed:
            if timed[name].era:
                repairs.eras[name] = timed[name].era
            columns.append(Column(name, "time", texts[name], times=timed[name]))
        elif name in texts:
            columns.append(_text_column(name, texts[name], marks.get(name), repairs))
        else:
            columns.append(_typed_column(name, _without_marks(frame[name], options), repairs))
    _report(repairs, notes)
    if options.missing_marks:
        notes.guess("missing marks", ", ".join(options.missing_marks), "You said so.", flag="--missing")
    return [replace(c, unit=c.unit or table.units.get(c.name)) for c in columns]


def _reads(reading: TimeReading, text: pd.Series) -> bool:
    """Whether a reading finds enough moments: codes such as 02-00-03 have the shape of one and are none."""
    return int(np.count_nonzero(reading.times.notna())) >= _MOMENTS * int(text.ne("").sum())


def _without_marks(column: pd.Series, options: ReadOptions) -> pd.Series:
    """A column without the cells that the user named as missing; numbers are found in every way to write them."""
    if not options.missing_marks or pd.api.types.is_datetime64_any_dtype(column):
        return column
    marked = column.astype("str").isin(options.missing_marks)
    amounts = pd.to_numeric(pd.Series(options.missing_marks), errors="coerce").dropna()
    if len(amounts):
        marked |= pd.to_numeric(column, errors="coerce").isin(amounts)
    if _typed(column):
        return column.astype("float64").mask(marked) if marked.any() else column
    return column.mask(marked, "")


def _typed(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column)


def _text_times(name: str, text: pd.Series, options: ReadOptions) -> TimeReading | None:
    periods = spelled_out(name, text)
    reading = read_times(text if periods is None else periods, options.day_first)
    if reading is None or is_late(reading):
        reading = read_era(text, options.day_first) or reading
    if reading is None:
        return read_mixed(text, options.day_first, asked=name == options.time_column)
    if reading is not None and reading.how == "year-month" and not is_time_name(name) and name != options.time_column:
        decimal = text.str.fullmatch(r"\d{4}\.\d{2}|") & ~find_rhythm(reading.times.dropna()).regular
        return None if decimal.all() else reading
    if reading is None or reading.how != "YYYYMMDD" or is_time_name(name) or name == options.time_column:
        return reading
    numbers = pd.to_numeric(text.where(text != "", "nan"), errors="coerce").to_numpy(np.float64)
    return read_integer_times(numbers, hinted=False)


def _decimal_marks(texts: dict[str, pd.Series], table: SourceTable, options: ReadOptions, notes: Notes) -> dict[str, Mark]:
    """The decimal mark of each column: its own evidence, then the file's, then the usual one."""
    if options.decimal is not None:
        notes.guess("decimal mark", _MARK_NAMES[options.decimal], "You said so.", flag="--decimal")
        return dict.fromkeys(texts, options.decimal)
    commas = any(text.str.contains(",", regex=False).any() for text in texts.values())
    if not commas and table.delimiter in (",", None):
        return {}
    evidence = {name: mark_evidence(text) for name, text in texts.items()}
    numeric = {name: found for name, found in evidence.items() if found != MarkEvidence()}
    if not numeric:
        return {}
    whole = sum(numeric.values(), MarkEvidence())
    verdict = whole.verdict()
    if verdict is None:
        verdict = _open_mark(whole, table, notes)
    else:
        other = "comma" if verdict == "." else "point"
        notes.guess(
            "decimal mark", _MARK_NAMES[verdict], "The numbers' own shapes prove it.", alternatives=(other,), flag="--decimal"
        )
    usual: Mark = "." if table.exact else verdict  # typed numbers keep their point whatever text columns prove
    return {name: evidence[name].verdict() or usual for name in texts}


def _open_mark(evidence: MarkEvidence, table: SourceTable, notes: Notes) -> Mark:
    """No number proves its mark: 1,234 or 1.234 could be about one or about one thousand."""
    european = table.delimiter == ";"
    if evidence.open_comma:
        chosen: Mark = "," if european else "."
        why = "Every number with a comma has exactly three digits behind it."
        chosen_words = "comma" if chosen == "," else "point (commas group thousands)"
        other = "comma" if chosen == "." else "point (commas group thousands)"
        notes.ask("decimal mark", chosen_words, why, alternatives=(other,), flag="--decimal")
        return chosen
    if evidence.open_point and european and not table.exact:
        why = "Every number with a point has exactly three digits behind it, and cells are separated by semicolons."
        notes.ask("decimal mark", "point", why, alternatives=("comma (points group thousands)",), flag="--decimal")
    return "."


def _text_column(name: str, text: pd.Series, mark: Mark | None, repairs: _Repairs) -> Column:
    reading = read_numbers(text, mark, name)
    if reading is None:
        gone = missing_mask(text)
        if units := mixed_units(text):
            repairs.mixed[name] = units
        return Column(name, "empty" if gone.all() else "text", text.mask(gone, ""))
    return _number_column(name, text, reading, repairs)


def _typed_column(name: str, column: pd.Series, repairs: _Repairs) -> Column:
    if pd.api.types.is_datetime64_any_dtype(column):
        times = pd.DatetimeIndex(column)
        midnight = bool((times.dropna() == times.dropna().normalize()).all())
        reading = TimeReading(times.as_unit("us"), "day" if midnight else "moment", "typed in the file")
        return Column(name, "empty" if times.isna().all() else "time", column.astype("str"), times=reading)
    values = column.to_numpy(np.float64, na_value=np.nan)
    endless = np.isinf(values)
    reading_numbers = NumberReading(np.where(endless, np.nan, values), infinite=int(endless.sum()))
    return _number_column(name, column.astype("str"), reading_numbers, repairs)


def _number_column(name: str, text: pd.Series, reading: NumberReading, repairs: _Repairs) -> Column:
    values = reading.values
    for found, into in ((reading.missing, repairs.marks), (reading.unread, repairs.unread)):
        for cell, count in found.items():
            into[cell] = into.get(cell, 0) + count
    repairs.infinite += reading.infinite
    repairs.flagged += reading.flagged
    if reading.triangles:
        repairs.triangles[name] = reading.triangles
    repairs.scaled.update(reading.scaled)
    while not repairs.keep and (sentinel := sentinel_of(values, repairs.declared)) is not None:
        hits = values == sentinel
        label = f"{sentinel:g}"
        repairs.sentinels[label] = repairs.sentinels.get(label, 0) + int(hits.sum())
        values = np.where(hits, np.nan, values)
    if np.isnan(values).all():
        return Column(name, "empty", text)
    late = part_of(name) == "year" and are_late_years(values)
    values = values - AHEAD if late else values
    times = read_integer_times(values, hinted=is_time_name(name) or part_of(name) == "year")
    if late:
        repairs.eras[name] = BUDDHIST
    return Column(name, "number", text, numbers=values, times=times, unit=reading.unit)


def _report(repairs: _Repairs, notes: Notes) -> None:
    marks = {**repairs.marks, **repairs.sentinels}
    if marks:
        shown = ", ".join(sorted(marks, key=lambda mark: -marks[mark])[:6])
        why = f"Cells that hold a sign for a missing number: {sum(marks.values())}."
        notes.guess("missing marks", shown, why, alternatives=("values",) if repairs.sentinels else ())
    for label, count in repairs.sentinels.items():
        declared = any(f"{number:g}" == label for number in repairs.declared)
        why = "is declared as a sign for missing values" if declared else "stands far outside of all other values"
        notes.warn(f"{label} {why} and was read as missing ({counted(count, 'cell')}).")
    if repairs.unread:
        count = sum(repairs.unread.values())
        notes.warn(
            f"In columns of numbers, {counted(count, 'cell')} could not be read (now missing): {listing(list(repairs.unread))}."
        )
    if repairs.infinite:
        notes.warn(f"Infinite values were read as missing ({counted(repairs.infinite, 'cell')}).")
    for name, units in repairs.mixed.items():
        notes.warn(f"“{name}” holds amounts in different units ({listing(units)}); they were left as words and are no series.")
    if repairs.flagged:
        notes.warn(f"Marks behind numbers (such as p, e or *) were left out ({counted(repairs.flagged, 'cell')}).")
    for name, meaning in repairs.triangles.items():
        if meaning == "minus":
            why = f"“{name}” has ▲ before numbers and never ▼; Japanese accounts write a minus so, boards of prices a rise."
            notes.ask("sign of ▲", "minus", why, alternatives=("plus",))
        else:
            notes.guess("sign of ▲", "plus, and minus for ▼", f"“{name}” has both before its numbers.")
    for name, era in repairs.eras.items():
        notes.guess("era", era, f"“{name}” holds years that the common count does not explain ({explained(era)}).")
        notes.warn(f"The years of “{name}” were read as years of the {era} ({explained(era)}).")
    if repairs.scaled:
        letters = " and ".join(sorted(repairs.scaled))
        notes.guess(
            "scale",
            f"{letters} multiplied out",
            "What stands behind the numbers is their size, as for thousands and millions or kWh and MWh.",
        )
        notes.warn(f"Numbers with {letters} behind them were multiplied out to one scale (K: thousand, M: million, B: billion).")
