"""The .ts format of the time series classification archives: a header of `@` lines, then one case a line.

A case is its dimensions, each a list of numbers between commas, and its class behind the last colon: `1,2,3:4,5,6:class`.

Source: Bagnall et al. (2018), The UEA multivariate time series classification archive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import pandas as pd

from assistant.errors import FileRejected

LABEL = "class"
_MISSING = frozenset({"?", "nan", "na", ""})
_TAGS = ("@problemname", "@timestamps", "@univariate", "@dimensions", "@classlabel", "@serieslength", "@equallength")


@dataclass(frozen=True)
class LabelledCases:
    """A whole file. cases: (case, dimension, time) float64, NaN where missing and behind the end of shorter cases.

    labels: one class a case, or None where the file has none. lengths: (case,) values of each case.
    """

    problem: str
    cases: np.ndarray
    labels: tuple[str, ...] | None
    lengths: np.ndarray

    def table(self) -> pd.DataFrame:
        """One row a case: columns `t_0, t_1, …`, for several dimensions `d1_0, …, d2_0, …`, and `class`."""
        count, dimensions, length = self.cases.shape
        prefixes = ["t"] if dimensions == 1 else [f"d{number}" for number in range(1, dimensions + 1)]
        names = [f"{prefix}_{position}" for prefix in prefixes for position in range(length)]
        frame = pd.DataFrame(self.cases.reshape(count, -1), columns=pd.Index(names, dtype="str"))
        if self.labels is not None:
            frame[LABEL] = pd.Series(self.labels, dtype="str")
        return frame


def is_ts(text: str) -> bool:
    """Whether a text begins as a .ts file does: comments and blank lines, then an `@` line of its header."""
    first = next((line.strip().lower() for line in text.lstrip("\ufeff").splitlines() if line.strip() and line[0] != "#"), "")
    return first.startswith(_TAGS)


def parse_ts(text: str, *, source: str = "the file") -> LabelledCases:
    """Read a .ts text strictly.

    text: the content, decoded. source: what messages call it.
    Errors: FileRejected names the line for a case with another number of dimensions, dimensions of different lengths or a value
    that is no number; also for time stamps inside the cases and for numbers to be predicted instead of classes.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1)]
    filled = [(number, line) for number, line in lines if line and not line.startswith(("#", "%"))]
    start = next((position for position, (_, line) in enumerate(filled) if line.lower() == "@data"), None)
    if start is None:
        raise FileRejected(f"Expected the line @data before the cases, found none in {source}. Export the file again.")
    header = _header([line for _, line in filled[:start]])
    _check_header(header, source)
    labelled = header.get("@classlabel", "false").split(" ")[0].lower() == "true"
    rows = [_case(number, line, labelled, source) for number, line in filled[start + 1 :]]
    if not rows:
        raise FileRejected(f"Expected at least one case after @data, found none in {source}. Export the file again.")
    dimensions = len(rows[0][0])
    for (number, _), (case, _) in zip(filled[start + 1 :], rows, strict=True):
        if len(case) != dimensions:
            refuse_line(number, source, f"{dimensions} dimensions a case", str(len(case)))
    longest = max(len(case[0]) for case, _ in rows)
    cases = np.full((len(rows), dimensions, longest), np.nan)
    for position, (case, _) in enumerate(rows):
        cases[position, :, : len(case[0])] = case
    labels = tuple(label for _, label in rows) if labelled else None
    return LabelledCases(header.get("@problemname", ""), cases, labels, np.array([len(case[0]) for case, _ in rows]))


def _header(lines: list[str]) -> dict[str, str]:
    parts = [line.replace("\t", " ").partition(" ") for line in lines]
    return {tag.lower(): rest.strip() for tag, _, rest in parts}


def _check_header(header: dict[str, str], source: str) -> None:
    if header.get("@timestamps", "false").lower() == "true":
        raise FileRejected(
            f"Expected cases of plain values, found time stamps inside them (@timeStamps true) in {source}. "
            "Export the cases without time stamps."
        )
    if header.get("@targetlabel", "false").lower() == "true":
        raise FileRejected(
            f"Expected a class for each case (@classLabel true), found a number to predict (@targetLabel true) in {source}. "
            "Use a file of classes."
        )


def _case(number: int, line: str, labelled: bool, source: str) -> tuple[list[list[float]], str]:
    parts = line.split(":")
    label = parts.pop().strip() if labelled else ""
    if not parts or (labelled and not label):
        refuse_line(number, source, "the values and behind the last colon the class", line)
    dimensions = [[_value(cell.strip(), number, source) for cell in part.split(",")] for part in parts]
    if len({len(dimension) for dimension in dimensions}) > 1:
        refuse_line(number, source, "dimensions of one length within a case", ", ".join(str(len(d)) for d in dimensions))
    return dimensions, label


def _value(cell: str, number: int, source: str) -> float:
    if cell.lower() in _MISSING:
        return np.nan
    try:
        return float(cell)
    except ValueError:
        refuse_line(number, source, "numbers between commas, and ? where one is missing", f"“{cell}”")


def refuse_line(number: int, source: str, expected: str, found: str) -> NoReturn:
    """Raise FileRejected for a line of a file."""
    shown = "".join(c for c in found[:80] if c.isprintable())
    raise FileRejected(f"Expected {expected}, found {shown} in line {number} of {source}. Mend that line.")
