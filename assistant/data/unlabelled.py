"""Why a table was not taken for one of labelled cases, and what would make it one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from assistant.data.class_columns import MOST_CLASSES, words_of_few
from assistant.data.columns import Column
from assistant.data.hints import is_class_name, is_label_name
from assistant.data.notes import clean_name, listing
from assistant.data.numbers import is_missing

_FEWEST_CASES = 6  # columns from which on a table may hold a case in each
_COPY = re.compile(r"(?: \(\d+\)|[ _.-]?\d+)$")
_NAMED = 3


def why_unlabelled(columns: Sequence[Column], times: Sequence[str], recording: str | None) -> str:
    """What was found instead of a column of classes, and what to do; one to three sentences.

    columns: of the whole table. times: the columns that its times were read from. recording: as of a `Dataset`.
    """
    if recording is not None:
        return f"“{recording}” names its recordings, and no column says what each of them is: add one that names the class."
    candidates = _candidates(columns, times)
    if single := _single(columns, only_named=bool(times or candidates), only_labels=bool(candidates)):
        shown = next((clean_name(cell) for cell in single.text if cell), "")
        return f"“{single.name}” names one class only: {shown}. A classifier needs cases of at least two."
    if _cases_in_columns(columns):
        return "Its cases seem to stand in columns, with their classes above or below them: transpose it, so that each is a row."
    found = [f"It has times in {listing(list(times))}, and so was read as series."] if times else []
    if candidates:
        first = candidates[0].name
        counted = ", ".join(f"“{c.name}” ({c.distinct} values)" for c in candidates[:_NAMED])
        found.append(f"Of its columns {counted} could name classes: where the rows are cases, name the one, as in --label")
        found[-1] += f' "{first}", or write “use {first} as the class column”.'
    else:
        found += [*_many(columns), _nothing(columns, timed=bool(times))]
    return " ".join(found)


def _candidates(columns: Sequence[Column], times: Sequence[str]) -> list[Column]:
    """What could name classes: a few words, or a few whole numbers under a name for classes."""
    coded = [c for c in columns if c.kind == "number" and is_class_name(c.name) and c.whole and 2 <= c.distinct <= MOST_CLASSES]
    return [c for c in (*words_of_few(columns), *coded) if c.name not in times]


def _single(columns: Sequence[Column], *, only_named: bool, only_labels: bool) -> Column | None:
    """A column that would name classes if it held more than one."""
    called = is_label_name if only_labels else is_class_name
    named = [c for c in columns if c.kind in ("text", "number") and called(c.name) and len(c.name) > 1]
    words = [] if only_named else [c for c in columns if c.kind == "text"]
    return next((c for c in (*named, *words) if c.distinct == 1), None)


def _many(columns: Sequence[Column]) -> list[str]:
    """A sentence on columns of words that say something else of nearly each row."""
    rows = len(columns[0].text)
    each = [c.name for c in columns if c.kind == "text" and c.distinct == rows]
    many = [c for c in columns if c.kind == "text" and 1 < c.distinct < rows]
    found = [f"{listing(each)} {'differs' if len(each) == 1 else 'differ'} in each row and so names no classes."] if each else []
    if many:
        found.append(f"“{many[0].name}” has {many[0].distinct} values in {rows} rows, more than classes of several cases each.")
    return found


def _nothing(columns: Sequence[Column], *, timed: bool) -> str:
    whole = [] if timed else [c for c in columns if c.kind == "number" and c.whole]
    few = [c.name for c in whole if 2 <= c.distinct <= min(MOST_CLASSES, len(c.text) // 2)]
    if 0 < len(few) <= _NAMED:
        return f"{listing(few)} holds few whole numbers: if these are classes, say so with --label."
    return "No column names classes: none holds a few different words or, under a name for classes, a few whole numbers."


def _cases_in_columns(columns: Sequence[Column]) -> bool:
    """Whether the columns are called by a few words over and over, or their first or last cells are a few words."""
    numbers = [c for c in columns if c.kind == "number"]
    if len(numbers) < _FEWEST_CASES:
        return False
    stems = Counter(_COPY.sub("", c.name) for c in numbers)
    places = [match[0] for c in numbers if (match := _COPY.search(c.name))]
    # Channels (x_0, x_1, …, y_0, y_1, …) count their steps anew; copies of a class's name are no steps either.
    counted_on = len(set(places)) == len(places) or any("(" in place for place in places)
    if _few(stems, len(numbers)) and counted_on:
        return True
    return any(_few(Counter(_word(c.text.iloc[row]) for c in numbers), len(numbers)) for row in (0, -1))


def _word(cell: object) -> str:
    text = str(cell).strip()
    return text if re.search(r"[^\W\d_]{2}", text) and not is_missing(text) else ""


def _few(values: Counter[str], count: int) -> bool:
    return 2 <= len(values) <= count // 2 and "" not in values and min(values.values()) > 1
