"""Quarters, halves and weeks with their year in the words of many languages: “2015 1e kwartaal”, “1Q16E”, “KW 5 2015”."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import pandas as pd

Part = Literal["quarter", "half", "week"]

_LONGEST = 40
_PIVOT = 69  # two-digit years from here on belong to the last century, as strptime has it
_WORDS: dict[Part, str] = {
    "quarter": "q qtr qrtr quarter quarters quartal quartals quartale kwartaal kwartalen kw kwartał"
    " kwartal kwartału kwartalu trimestre trimestri trim trimester tri t k kv kvartal"
    " kvartalet kvt kvartál neljännes vuosineljännes čtvrtletí ctvrtleti čtvrt štvrťrok"
    " negyedév négyedév çeyrek ceyrek квартал квартала кв тримесечие trimestrul trimestru"
    " τρίμηνο 분기 四半期 季度 季 tromjesečje kvartali četrtletje tromesečje тромесечје ketvirtis ketv"
    " ceturksnis ársfjórðungur רבעון الربع ไตรมาส quý triwulan kuartal suku trimestres"
    " quartile trm",
    "half": "h hy half halbjahr hj hbj semestre sem s semester halvår halvårlig halfjaar półrocze"
    " polrocze pololetí polrok félév полугодие півріччя puolivuosi semestrul semestru"
    " poolaasta 반기 半期 halvaar yarıyıl εξάμηνο semestralny",
    "week": "w wk wks week weeks woche wochen kw kalenderwoche semaine sem semana settimana sett uge"
    " uke vecka v viikko vk vko tydzień tydz týden týd týždeň hét неделя нед тиждень hafta"
    " săptămâna εβδομάδα 주 週 周 tuần minggu nädal nedēļa savaitė teden tjedan viikolla isoweek"
    " epiweek weeknr",
}
_MEANINGS: dict[str, tuple[Part, ...]] = {
    word: tuple(part for part, words in _WORDS.items() if word in words.split())
    for words in _WORDS.values()
    for word in words.split()
}
_MOST: dict[Part, int] = {"quarter": 4, "half": 2, "week": 53}
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_FISCAL = frozenset("fy fiscal ej gj financial fin exercice".split())  # noqa: SIM905
_BETWEEN = frozenset(
    (
        *(
            "of",
            "de",
            "del",
            "do",
            "di",
            "du",
            "the",
            "van",
            "w",
            "r",
            "rok",
            "roku",
            "г",
            "год",
            "года",
            "y",
            "año",
            "ano",
            "jahr",
        ),
        *(
            "er",
            "re",
            "e",
            "ste",
            "de",
            "ème",
            "eme",
            "ère",
            "nd",
            "st",
            "rd",
            "th",
            "ter",
            "tes",
            "º",
            "ª",
            "o",
            "a",
            "й",
            "я",
            "ий",
        ),
        *("year", "année", "anno", "jaar", "év", "nr", "no", "제", "년", "η", "ο", "the", "iso", "calendar", "cy", "год"),
    )
)
_GUESSED = frozenset("a e f p b est act prov pre bud".split())  # noqa: SIM905
_TOKEN = re.compile(r"\d+|[^\W\d_]+|[^\s\w]")
_SILENT = frozenset(".-–/,'’():ºª°*_")
_POSSIBLE = re.compile(r"(?i)^(?=.*\d{2})[\w\s.\-–/,'’():ºª°*]*[^\W\d_][\w\s.\-–/,'’():ºª°*]*$")
_SPLIT_YEAR = re.compile(r"(?<!\d)(\d{4})\s?[-–/]\s?(\d{4}|\d{2})(?!\d)")
_HAN = {
    **{"四半期": " q ", "季度": " q ", "季": " q ", "上半年": " h1 ", "下半年": " h2 ", "上期": " h1 ", "下期": " h2 "},
    **{"年度": " ", "年": " ", "第": " ", "一": "1", "二": "2", "三": "3", "四": "4"},
}


_AMOUNT = re.compile(r"^\d{2}[.,]\d\s?[A-Za-z]{1,2}$")  # 57.4K and 12.5 t are no quarters of 2057 and 2012


@dataclass(frozen=True)
class NamedPeriod:
    """year: the (first) year named. numbers: which one, by what it may be; a word such as “sem.” is a half or a week. fiscal:
    the cell speaks of a financial year. mark: a letter behind it that says actual, estimated or provisional."""

    year: int
    number: int
    parts: tuple[Part, ...]
    fiscal: bool = False
    mark: str = ""


@lru_cache(maxsize=50_000)
def parse_period(cell: str) -> NamedPeriod | None:
    """A cell that names a quarter, a half or a week and its year and nothing else, or None."""
    if len(cell) > _LONGEST or not _POSSIBLE.match(cell) or _AMOUNT.match(cell):
        return None
    text = cell.casefold()
    if not cell.isascii():
        for han, plain in _HAN.items():
            text = text.replace(han, plain)
    found = _Found()
    tokens = [token for token in _TOKEN.findall(text) if token not in _SILENT]
    for place, token in enumerate(tokens):
        if not found.take(token, last=place == len(tokens) - 1):
            return None
    return found.period(text)


class _Found:
    """What the words of a cell have named so far."""

    def __init__(self) -> None:
        self.numbers: list[str] = []
        self.parts: tuple[Part, ...] = ()
        self.roman = 0
        self.fiscal = False
        self.mark = ""

    def take(self, token: str, *, last: bool) -> bool:
        """Whether a word has a place in the name of a period."""
        if token.isdecimal():
            self.numbers.append(token)
        elif token in _MEANINGS and not self.parts:
            self.parts = _MEANINGS[token]
        elif token in _ROMAN and not self.roman:
            self.roman = _ROMAN[token]
        elif token in _FISCAL and not self.fiscal:
            self.fiscal = True
        elif last and token in _GUESSED and self.parts and self.numbers:
            self.mark = token
        elif token in ("qfy", "hfy") and not self.parts:  # 1QFY16
            self.parts, self.fiscal = _MEANINGS[token[0]], True
        else:
            return token in _BETWEEN
        return True

    def period(self, text: str) -> NamedPeriod | None:
        """The period named, or None where something is missing or there are too many numbers."""
        numbers = self.numbers
        if split := _SPLIT_YEAR.search(text):  # 2015/16
            if int(split[2]) % 100 != (int(split[1]) + 1) % 100:
                return None
            self.fiscal = True
            numbers = [number for place, number in enumerate(numbers) if place != numbers.index(split[1]) + 1]
        if self.roman:
            numbers = [*numbers, str(self.roman)]
        if not self.parts or len(numbers) != 2:
            return None
        year, which = numbers if self._year_first(*numbers) else reversed(numbers)
        if len(year) not in (2, 4) or len(which) > 2:
            return None
        whole = int(year) if len(year) == 4 else int(year) + (1900 if int(year) >= _PIVOT else 2000)
        parts = tuple(part for part in self.parts if 1 <= int(which) <= _MOST[part])
        if not 1500 <= whole < 2200 or not parts or (len(year) == 2 and (len(which) > 1 or parts == ("week",))):
            return None
        return NamedPeriod(whole, int(which), parts, self.fiscal, self.mark)

    @staticmethod
    def _year_first(first: str, second: str) -> bool:
        return len(first) == 4 or (len(first) == 2 and len(second) == 1)


def names_part(cell: str, part: Part, *, fiscal: bool = False) -> bool:
    """Whether a cell names a quarter (half, week) with its year."""
    found = parse_period(cell)
    return found is not None and part in found.parts and (fiscal or not found.fiscal)


def read_periods(text: pd.Series, part: Part) -> pd.DatetimeIndex:
    """The first day of each period named, NaT where unread. text: (rows,) str."""
    codes, distinct = pd.factorize(text)
    labels = []
    for found in map(parse_period, map(str, distinct)):
        if found is None or part not in found.parts:
            labels.append("")
        elif part == "week":
            labels.append(f"{found.year:04d}-{found.number:02d}-1")
        else:
            labels.append(f"{found.year:04d}-{(found.number - 1) * (3 if part == 'quarter' else 6) + 1:02d}-01")
    pattern = "%G-%V-%u" if part == "week" else "%Y-%m-%d"
    times = pd.DatetimeIndex(pd.to_datetime(pd.Series(labels, dtype="str"), format=pattern, errors="coerce")).as_unit("us")
    return times[codes]


def marks_behind(text: pd.Series) -> int:
    """How many cells carry a letter behind their period that says actual, estimated or provisional."""
    counts = text.value_counts()
    return sum(int(count) for cell, count in counts.items() if (found := parse_period(str(cell))) is not None and found.mark)


def part_named(name: str) -> Part | None:
    """Whether a column's name says that it holds quarters, halves or weeks: “Quarter”, “YearWeek”, “Kalenderwoche”, “季度”."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").casefold()
    tokens = _TOKEN.findall(words)
    parts = [_MEANINGS[token] for token in tokens if token in _MEANINGS and (len(token) > 1 or len(tokens) == 1)]
    return parts[0][0] if len(parts) == 1 and len(parts[0]) == 1 else None
