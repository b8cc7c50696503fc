"""What stands around a moment in a cell: the end of a time span, “Uhr”, 年月日, a zone's abbreviation, a provisional mark."""

from __future__ import annotations

import re
from functools import lru_cache

import pandas as pd

from assistant.data.eastern_dates import plain_eastern
from assistant.data.month_names import MONTH_NAMES, WEEKDAY_NAMES
from assistant.data.units import RAISED

_LONGEST = 80  # characters of a cell that may be a moment
_DASHED = re.compile(
    r"^(?P<start>.*\d.*?)\s*(?:\s[-–—~]\s|\s(?:to|bis|until|till)\s|(?<=[\d:Z])/(?=\d{4}-\d))\s*(?P<end>.*\d.*)$"
)
_CLOCKS = re.compile(r"^(?P<start>\d{1,2}:\d{2}(?::\d{2})?)\s*[-–—]\s*\d{1,2}:\d{2}(?::\d{2})?$")
_END = re.compile(r"(?:[^\W\d_]{3,10}[.,]? )?\d[\w :./,+-]{1,28}")  # another moment, whole or its time of day alone
_FULL = r"\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})"
_DAYS = re.compile(rf"^(?P<start>{_FULL})\s*[-–—]\s*{_FULL}$")  # 01.01.2018-07.01.2018
_DAYS_OF_ONE_YEAR = re.compile(r"^(\d{1,2})([./])(\d{1,2})\2?\s*[-–—]\s*\d{1,2}\2(\d{1,2})\2(\d{4})$")  # 01.01.-07.01.2018
_NAMED_DAYS = re.compile(
    r"^(\d{1,2}\.? ([^\W\d_]{3,10})\.?)\s*[-–—]\s*\d{1,2}\.? ([^\W\d_]{3,10})\.? (\d{4})$"
)  # 1 Jan - 7 Jan 2018
_BEHIND = re.compile(r"\s+(?:Uhr|uur|hrs?|o'clock)\.?$", re.IGNORECASE)
_WEEKDAY = re.compile(r"^([^\W\d_]{2,10})[.,]*\s+(?=\d+[./-]\d)")
_SHORT_WEEKDAYS = frozenset(
    (
        *("mo", "di", "mi", "do", "fr", "sa", "so", "ma", "ti", "ke", "to", "pe", "la", "su", "po", "út", "st", "čt", "pá", "ne"),
        *(
            "lu",
            "me",
            "je",
            "ve",
            "seg",
            "ter",
            "qua",
            "qui",
            "sex",
            "wo",
            "vr",
            "za",
            "zo",
            "h",
            "k",
            "sze",
            "cs",
            "p",
            "szo",
            "v",
        ),
    )
)
ROMAN_MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_ROMAN = {name: number for number, name in enumerate(ROMAN_MONTHS, start=1)}
_ROMAN_DAY = re.compile(rf"^(\d{{1,2}})[. /-]+({'|'.join(_ROMAN)})[. /-]+(\d{{4}})\.?(?=$| )")
_DATED = r"^(?P<day>[^:]*\d[./ -]\d{1,4}\.?),?"
_CLOCK_WORDS = r"(?:à|às|a las|alle(?: ore)?|ore|klo|kl\.?|um|ob|godz\.?|saat|jam|lúc|στις|в|om|at)"
_CLOCK_WORD = re.compile(rf"\d,?\s+{_CLOCK_WORDS}\s+\d", re.IGNORECASE)
_HOURS = re.compile(
    rf"{_DATED}\s+(?P<word>{_CLOCK_WORDS}\s+)?(?P<hour>\d{{1,2}})(?:\s?(?P<mark>[hH:.])\s?(?P<minute>\d{{2}})?(?:[:.](?P<second>\d{{2}}))?)"
)
_FORENOON = re.compile(r"(?<=\d)\s*(?:a\. m\.?|π\.?μ\.?|ص|de\.|öö)$", re.IGNORECASE)
_AFTERNOON = re.compile(r"(?<=\d)\s*(?:p\. m\.?|μ\.?μ\.?|م|du\.|ös)$", re.IGNORECASE)
_DASHES = dict.fromkeys(map(ord, "‐‑‒–−"), "-")
_ZONE_NAME = re.compile(r"(?<=\d)\s+([A-Z]{3,5})$")
_ZONES = {
    "UTC": 0, "GMT": 0, "WET": 0, "WEST": 60, "CET": 60, "MEZ": 60, "CEST": 120, "MESZ": 120, "EET": 120, "EEST": 180, "BST": 60,
    "EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "AKST": -540,
    "AKDT": -480, "HST": -600, "JST": 540, "KST": 540, "AEST": 600, "AEDT": 660, "ACST": 570, "ACDT": 630, "AWST": 480,
    "NZST": 720, "NZDT": 780,
}  # fmt: skip
_MARK = re.compile(
    r"(?<=[\w.])(?:\s*(?:\(\s*[a-zA-Z]{1,4}\.?\s*\)|\[\w{1,3}\]|[*†‡#°]+)|\s*(?<=\d)[perbs]|\s+(?:prov|est|rev)\.?"
    rf"|(?<=\d)(?:\s+[a-zA-Z0-9]{{1,2}}[/)]|\s*[{RAISED}]+))$"
)
_MIDNIGHT = re.compile(r"\b24[:.]00(?:[:.]00)?$")


def is_span(cell: str) -> bool:
    """Whether a cell holds the start and the end of a span of time."""
    return _start_of(cell) != cell


def _start_of(cell: str) -> str:
    if (short := _DAYS_OF_ONE_YEAR.match(cell)) is not None:
        year = int(short[5]) - (int(short[3]) > int(short[4]))  # 29.12.-04.01.2019 begins in 2018
        return f"{short[1]}{short[2]}{short[3]}{short[2]}{year}"
    if (named := _NAMED_DAYS.match(cell)) is not None:
        first, last = (MONTH_NAMES.get(named[group].casefold(), 0) for group in (2, 3))
        return f"{named[1]} {int(named[4]) - (first > last)}"
    found = _CLOCKS.match(cell) or _DAYS.match(cell) or _DASHED.match(cell)
    if found is None or ("end" in found.groupdict() and not _END.fullmatch(found["end"].strip())):
        return cell
    return found["start"].strip()


@lru_cache(maxsize=50_000)
def bare_moment(cell: str) -> str:
    """One cell without the end of its time span and without words that say nothing of the moment itself."""
    if len(cell) > _LONGEST:
        return cell
    if len(cell) > 10 or "-" in cell:
        cell = _start_of(cell)
    if not cell.isascii() or cell[:1] in "MTSHR":
        cell = plain_eastern(cell).translate(_DASHES)
    if "I" in cell or "V" in cell or "X" in cell:
        cell = _ROMAN_DAY.sub(lambda found: f"{found[1]}.{_ROMAN[found[2]]}.{found[3]}", cell)
    if " " not in cell:
        return cell
    found = _WEEKDAY.match(cell)
    if found is not None and (found[1].casefold() in WEEKDAY_NAMES or found[1].casefold() in _SHORT_WEEKDAYS):
        cell = cell[found.end() :]
    return _plain_clock(_BEHIND.sub("", cell))


def _plain_clock(cell: str) -> str:
    """A date and its time of day with colons and AM or PM: “1.2.2020 klo 9.30”, “01/02/2020 às 09h30”, “1/2/2020 9:30 p. m.”."""
    if cell[-1:].isdigit() and cell[-3:-2] == ":" and not _CLOCK_WORD.search(cell):
        return cell
    cell = _AFTERNOON.sub(" PM", _FORENOON.sub(" AM", cell))
    found = _HOURS.match(cell)
    if found is None or (found["mark"] not in "hH" and found["minute"] is None) or (found["mark"] == ":" and not found["word"]):
        return cell
    clock = f"{found['hour']}:{found['minute'] or '00'}" + (f":{found['second']}" if found["second"] else "")
    return f"{found['day']} {clock}{cell[found.end() :]}"


def has_zone_name(cell: str) -> bool:
    """Whether a cell ends in the abbreviation of a time zone, such as CEST."""
    found = _ZONE_NAME.search(cell)
    return found is not None and found[1] in _ZONES


def without_zone_name(cell: str) -> str:
    """The cell without the abbreviation of its zone."""
    return _ZONE_NAME.sub("", cell) if has_zone_name(cell) else cell


def offsets_for_names(text: pd.Series) -> tuple[pd.Series, str | None]:
    """Cells with their zones' abbreviations as offsets from UTC, or without them where all cells have the same one.

    text: (rows,) str. Returns the cells and that one abbreviation (None where there are several).
    """
    names = text.str.extract(_ZONE_NAME.pattern, expand=False)
    distinct = names.dropna().unique()
    bare = text.str.replace(_ZONE_NAME.pattern, "", regex=True)
    if len(distinct) == 1:
        return bare, str(distinct[0])
    offsets = {
        name: f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}" for name, minutes in _ZONES.items()
    }
    return bare + names.map(offsets).fillna(""), None


def without_mark(cell: str) -> str:
    """A moment without the mark behind it that says provisional, estimated or revised."""
    return _MARK.sub("", cell)


def midnight_at_end(cell: str) -> str | None:
    """The cell with 00:00 for 24:00, which then lies a day earlier than it should; None for other cells."""
    return _MIDNIGHT.sub("00:00", cell) if _MIDNIGHT.search(cell) else None
