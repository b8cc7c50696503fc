"""Lines of measurements as programs log them: key=value pairs, and the text formats of Prometheus and InfluxDB → a CSV text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

from assistant.data.calendar import looks_like_time
from assistant.data.notes import Notes, counted

_GLANCE = 50
_ENOUGH = 0.9  # of the lines that must have the form
_PAIR = re.compile(r'([A-Za-z_][\w.\-/]*)\s?=\s?("(?:[^"\\]|\\.)*"|[^\s,;]+)')
_EXPOSED = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? +([-+]?(?:\d[\d.eE+-]*|NaN|Inf))(?: +(-?\d+))?$")
_LINE = re.compile(r"^([A-Za-z_][\w.\-]*)((?:,[^\s,=]+=(?:\\.|[^\s,])+)*) ((?:[^\s,=]+=(?:\"[^\"]*\"|[^\s,]+),?)+) (\d{10,19})$")
_LOOSE = re.compile(r"(?:^|[\s,;|])[-+]?\d+(?:[.,]\d+)?(?=$|[\s,;|])")

Row = dict[str, str]


def logged_table(text: str, notes: Notes) -> str:
    """The text as CSV with a column for each key, or the text itself where most lines are no such measurements."""
    head = [line for line in text[:100_000].split("\n")[: 4 * _GLANCE] if line.strip() and not line.startswith("#")][:_GLANCE]
    if not any("=" in line or "{" in line for line in head):
        return text
    forms: tuple[tuple[str, Callable[[str], Row | None]], ...] = (
        ("samples of a metric with labels", _exposed),
        ("points with tags and fields", _point),
        ("keys and values", _pairs),
    )
    for what, read in forms:
        if len(head) < 3 or sum(read(line) is not None for line in head) < _ENOUGH * len(head):
            continue
        lines = [line for line in text.split("\n") if line.strip() and not line.startswith("#")]
        rows = [row for line in lines if (row := read(line)) is not None]
        columns = list(dict.fromkeys(key for row in rows for key in row))
        notes.guess("lines", what, f"{counted(len(rows), 'line')} of {len(lines):,} have that form.")
        if len(rows) < len(lines):
            notes.warn(f"Left out because they have another form: {counted(len(lines) - len(rows), 'line')}.")
        target = io.StringIO()
        writer = csv.DictWriter(target, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return target.getvalue()
    return text


def _bare(value: str) -> str:
    return value[1:-1].replace('\\"', '"') if value.startswith('"') else value.rstrip(",;")


def _pairs(line: str) -> Row | None:
    """key=value pairs, perhaps behind a time and a level: at least two where no time stands before them."""
    found = list(_PAIR.finditer(line))
    if not found or re.search(r"[,;\t]\s*[\d\"]", line[: found[0].start()]):
        return None
    row = {match[1]: _bare(match[2]) for match in found}
    before = re.sub(r"[\[\]|]", " ", line[: found[0].start()]).split()
    moment = next(
        (" ".join(before[:k]).rstrip(":-") for k in (3, 2, 1) if looks_like_time(" ".join(before[:k]).rstrip(":-"))), ""
    )
    if _LOOSE.search(_PAIR.sub(" ", line).replace(moment, " ", 1)):
        return None  # a table in which some cells hold an equals sign
    numbers = sum(bool(re.match(r"^[-+]?\d", cell)) for cell in row.values())
    if not numbers or not (moment or (len(found) > 1 and any(map(looks_like_time, row.values())))):
        return None
    return {**({"time": moment} if moment else {}), **row}


def _exposed(line: str) -> Row | None:
    """name{label="value",...} number time"""
    match = _EXPOSED.match(line.strip())
    if match is None or (match[2] is None and match[4] is None):
        return None
    labels = {pair[1]: _bare(pair[2]) for pair in re.finditer(r'(\w+)=("(?:[^"\\]|\\.)*")', match[2] or "")}
    return {"metric": match[1], **labels, "value": match[3], **({"time": match[4]} if match[4] else {})}


def _point(line: str) -> Row | None:
    """measurement,tag=value field=number,field=number time"""
    match = _LINE.match(line.strip())
    if match is None:
        return None
    tags = dict(pair.split("=", 1) for pair in match[2].split(",") if pair)
    fields = {key: _bare(value).removesuffix("i") for key, value in (pair.split("=", 1) for pair in match[3].split(",") if pair)}
    return {"time": match[4], "measurement": match[1], **tags, **fields}
