"""Lines that hold a whole month or year in groups of one width, each a number and its flags, without anything between them."""

from __future__ import annotations

import re

from assistant.data.notes import Notes, counted

_GLANCE = 200  # lines that show the widths
_FITTING = 0.95  # of the lines that must have groups at the same places
_GROUPS = (31, 12)  # days of a month, months of a year
_WIDTHS = range(4, 12)
_GROUP = re.compile(r"^ *(-?\d+(?:\.\d*)?)([A-Za-z0-9 *+]{0,3})$")
_KEY = re.compile(
    r"^(?P<station>[A-Z]{1,2}[A-Z0-9_-]{4,12}?) *(?P<year>1[6-9]\d\d|20\d\d)(?P<month>0[1-9]|1[0-2])?"
    r"(?P<item>[A-Z][A-Z0-9]{0,3})?$"
)
_MISSING = frozenset({"-9999", "-99999", "-999", "-9999.0", "-99.9"})


def unpacked_rows(text: str, notes: Notes) -> str:
    """The text as a table with the days or months as columns, or the text itself where its lines are no such groups."""
    glance = [line for line in text[:100_000].split("\n")[:-1] if line.strip()][:_GLANCE]
    if len(glance) < 2 or len(glance[0]) < 48 or not _KEY.match(glance[0][:11].rstrip() + "2000"):
        return text
    lines = [line for line in text.split("\n") if line.strip()]
    for count in _GROUPS:
        for width in _WIDTHS:
            shape = _shape(glance, count, width)
            if shape is None:
                continue
            start, value = shape
            notes.guess(
                "columns",
                f"{count} groups of {width} characters",
                "Every line holds a key and groups of one width: a number and its flags.",
            )
            names = ["station", "year", "month", "item"]
            body = [row for line in lines if (row := _row(line, start, count, width, value)) is not None]
            if len(body) < len(lines):
                notes.warn(f"Left out because they have another form: {counted(len(lines) - len(body), 'line')}.")
            used = [k for k, name in enumerate(names) if any(row[k] for row in body)]
            kept = [*used, *range(len(names), len(names) + count)]
            header = [*(names[k] for k in used), *(str(k) for k in range(1, count + 1))]
            return "\n".join(",".join(cells) for cells in (header, *([row[k] for k in kept] for row in body)))
    return text


def _shape(lines: list[str], count: int, width: int) -> tuple[int, int] | None:
    """Where the first group begins and how many of its characters are the number; None where lines have no such groups."""
    longest = max(map(len, lines))
    for flags in (3, 2, 1, 0):
        value = width - flags
        # Blanks at the end of the last flags may be gone.
        for start in {longest - count * width, longest + flags - count * width} if flags else {longest - count * width}:
            if start < 8 or value < 4:
                continue
            fitting = sum(_row(line, start, count, width, value) is not None for line in lines)
            if fitting >= _FITTING * len(lines):
                return start, value
    return None


def _row(line: str, start: int, count: int, width: int, value: int) -> list[str] | None:
    """Station, year, month, item, then the numbers of a line; None where it has another form."""
    key = _KEY.match(line[:start].rstrip())
    if key is None or (key["month"] is None) != (count == 12):
        return None
    cells = []
    for place in range(count):
        low = start + place * width
        number, flags = line[low : low + value].strip(), line[low + value : low + width]
        if number and not _GROUP.match(number):
            return None
        if any(character.isdigit() and number == "" for character in flags) or "." in flags:
            return None
        cells.append("" if number in _MISSING else number)
    return [key["station"].strip(), key["year"], key["month"] or "", key["item"] or "", *cells]
