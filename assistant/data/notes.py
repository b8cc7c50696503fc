"""What reading a file collects on the way: guesses, warnings, questions; and clean names."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from assistant.data.series import Guess

NAME_LENGTH = 120
_SHOWN = 5


@dataclass
class Notes:
    """Collects guesses, warnings and questions while one file is read."""

    guesses: list[Guess] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    questions: list[Guess] = field(default_factory=list)

    def guess(self, what: str, chosen: str, why: str, *, alternatives: Iterable[str] = (), flag: str = "") -> None:
        """Record something inferred."""
        self.guesses.append(Guess(what, chosen, tuple(alternatives), why, flag))

    def warn(self, text: str) -> None:
        """Record a warning once."""
        if text not in self.warnings:
            self.warnings.append(text)

    def ask(self, what: str, chosen: str, why: str, *, alternatives: Iterable[str], flag: str = "") -> None:
        """Record an ambiguity that matters: a guess, a question and a warning."""
        guess = Guess(what, chosen, tuple(alternatives), why, flag)
        self.guesses.append(guess)
        self.questions.append(guess)
        self.warn(f"{what.capitalize()} is ambiguous: read as {chosen}; it could be {' or '.join(guess.alternatives)}. {why}")


def rows_between(kept: np.ndarray) -> tuple[int, ...]:
    """The numbers from 1 to the last of `kept` (rows,), which ascend, that are not among these."""
    if not len(kept) or kept[-1] == len(kept):
        return ()
    return tuple(np.setdiff1d(np.arange(1, kept[-1]), kept).tolist())


@dataclass(frozen=True)
class SourceTable:
    """A file's rectangle of cells, before anything is known about its columns.

    frame: a column is either text (pandas `str`, missing cells are "") or already typed (numbers, times, flags).
    exact: numbers were typed in the file (Excel, Parquet, JSON), so that a point in their text is a decimal point.
    headed: the column names come from the file. delimiter: of a text file, else None. units: by column, as a row under the
    names gives them. missing: numbers that the file's remarks declare to be signs for missing values.
    title: the lines above the names. label: the column that the format declares to name classes. empty_rows: as of a `Dataset`;
    none where the rows were put together from several places.
    """

    frame: pd.DataFrame
    exact: bool
    headed: bool
    delimiter: str | None = None
    units: dict[str, str] = field(default_factory=dict)
    missing: frozenset[float] = frozenset()
    title: str = ""
    label: str | None = None
    empty_rows: tuple[int, ...] = ()


def clean_name(raw: object, *, limit: int = NAME_LENGTH) -> str:
    """A name fit to be shown: no control or direction-changing characters, single spaces, at most `limit` characters."""
    kept = (" " if character.isspace() else character for character in str(raw))
    text = "".join(c for c in kept if unicodedata.category(c) not in {"Cc", "Cf", "Co", "Cs", "Cn"})
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def unique_names(names: Iterable[str], fallback: str = "column") -> list[str]:
    """The names made unique ("a", "a (2)"); an empty one becomes "<fallback> <position>"."""
    taken: set[str] = set()
    result = []
    for position, name in enumerate(names, start=1):
        base = name or f"{fallback} {position}"
        candidate, copy = base, 1
        while candidate in taken:
            copy += 1
            candidate = f"{base} ({copy})"
        taken.add(candidate)
        result.append(candidate)
    return result


def listing(names: Sequence[str], shown: int = _SHOWN) -> str:
    """`a, b, c and 7 more`."""
    quoted = ", ".join(f"“{clean_name(name, limit=60)}”" for name in names[:shown])
    return quoted if len(names) <= shown else f"{quoted} and {len(names) - shown} more"


def counted(number: int, noun: str) -> str:
    """`1 row`, `1,204 rows`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
