"""Tables as files to download: CSV and Excel in which no cell can act as a formula."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from assistant.errors import BadRequest
from assistant.results import Forecast, load_result

# OWASP, CSV injection: what a spreadsheet takes for the start of a formula, the full-width forms included.
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
_BAD_SHEET_CHARACTERS = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_SHEET_ROWS = 1_048_576
_SHEET_COLUMNS = 16_384
_CELL_CHARACTERS = 32_767


def escape_cell(text: str) -> str:
    """Text that a spreadsheet shows and never computes: a leading ' before = + - @, tab, CR and LF. Numbers are no text."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def table_csv(frame: pd.DataFrame) -> bytes:
    """The frame as UTF-8 CSV (RFC 4180) without its index.

    Text cells and headers are escaped, numbers keep every digit, missing values are empty.
    """
    escaped = pd.DataFrame(
        {position: _escaped_column(frame.iloc[:, position]) for position in range(frame.shape[1])}, index=frame.index
    )
    header = [escape_cell(str(column)) for column in frame.columns]
    # With CR LF as the line's end, Python's writer quotes cells that hold either; a bare CR would begin a new, unescaped cell.
    return escaped.to_csv(index=False, header=header, lineterminator="\r\n").encode("utf-8", "replace")


def table_xlsx(frame: pd.DataFrame, sheet: str = "table") -> bytes:
    """The frame as an Excel workbook with one sheet, without its index.

    Text and headers are escaped, numbers stay numbers (openpyxl writes 16 digits, CSV all), times without a zone become Excel
    times, times with one ISO text, missing values empty cells, infinities text. Errors: BadRequest for more than a sheet holds.
    """
    if len(frame) + 1 > _SHEET_ROWS or frame.shape[1] > _SHEET_COLUMNS:
        raise BadRequest(
            f"An Excel sheet holds {_SHEET_ROWS - 1:,} rows and {_SHEET_COLUMNS:,} columns, the table has {len(frame):,} and "
            f"{frame.shape[1]:,}. Download it as CSV."
        )
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    page = workbook.create_sheet(_sheet_title(sheet))
    page.append([_xlsx_text(str(column)) for column in frame.columns])
    for row in frame.itertuples(index=False, name=None):
        page.append([_xlsx_value(value) for value in row])
    sink = io.BytesIO()
    workbook.save(sink)
    return sink.getvalue()


def forecast_table(document: dict[str, Any]) -> pd.DataFrame:
    """A forecast document as a table, one row a step: series, model, time (as in the document), mean, lo80, hi80 …

    A scenario adds its own scenario_mean, scenario_lo80 ….

    Errors: BadRequest for a document of another kind.
    """
    try:
        forecast = load_result(document)
    except ValidationError as error:
        raise BadRequest(f"Expected a forecast document, found one that is not valid ({error.error_count()} errors).") from error
    if not isinstance(forecast, Forecast):
        raise BadRequest(f"Expected a forecast document, found one of kind {forecast.kind!r}. Download a forecast's result.")
    table = pd.DataFrame(list(forecast.points))
    for column in table.columns.drop("time", errors="ignore"):
        table[column] = table[column].astype(float)
    table.insert(0, "series", forecast.series)
    table.insert(1, "model", forecast.model)
    if forecast.scenario is not None:
        for column in table.columns.drop(["series", "model", "time"]):
            table[f"scenario_{column}"] = pd.Series([point[column] for point in forecast.scenario.points], dtype=float)
    return table


def class_table(results: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """The classes among the results as a table, one row a case: case, label, probability (0 to 1), unsure, unlike.

    unlike: in what a case is unlike anything known, "examples of its class" where only the class that the model would say does
    not fit, "" for others; such a case has no label and no probability.
    """
    found = [result for result in results if result.get("kind") == "classification"]
    return pd.DataFrame(
        {
            "case": [result["series"] for result in found],
            "label": ["" if result.get("strange") else result["label"] for result in found],
            "probability": [None if result.get("strange") else result["probabilities"][result["label"]] for result in found],
            "unsure": ["yes" if result.get("unsure") and not result.get("strange") else "no" for result in found],
            "unlike": [
                "examples of its class" if result.get("unlike") == "class" else result.get("unlike", "") for result in found
            ],
        }
    )


def _escaped_column(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column
    return column.astype(object).map(lambda value: escape_cell(value) if isinstance(value, str) else value)


def _xlsx_text(text: str) -> str:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    # Control characters go first: what follows one could be a formula's start.
    return escape_cell(ILLEGAL_CHARACTERS_RE.sub("", text))[:_CELL_CHARACTERS]


def _xlsx_value(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str):
        return _xlsx_text(value)
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime(warn=False) if value.tzinfo is None and value.year >= 1900 else value.isoformat()
    return value if isinstance(value, (bool, int, float)) else _xlsx_text(str(value))


def _sheet_title(title: str) -> str:
    return _BAD_SHEET_CHARACTERS.sub(" ", title).strip().strip("'")[:31] or "table"
