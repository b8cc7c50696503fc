"""Downloads: read back, every number is the same number and no text is a formula."""

from __future__ import annotations

import io

import numpy as np
import openpyxl
import pandas as pd
import pytest

from assistant.errors import BadRequest
from assistant.exports import escape_cell, forecast_table, table_csv, table_xlsx

_DANGEROUS = ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", '=HYPERLINK("http://x","y")', "-5"]
_HARMLESS = ["plain", "a=b", "3-2", "", " 'quoted'", "é €", "1,5", 'say "x"']


def _frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "=cmd|' /C calc'!A0": [*_DANGEROUS, *_HARMLESS],
            "number": np.concatenate([[-1.5, 0.1 + 0.2, 1e300, -5e-324, np.nan, np.inf, -0.0], np.arange(11.0)]),
            "whole": np.arange(-9, 9),
        }
    )


def test_escaping_touches_only_formula_starts() -> None:
    assert [escape_cell(text) for text in _DANGEROUS] == ["'" + text for text in _DANGEROUS]
    assert [escape_cell(text) for text in _HARMLESS] == _HARMLESS


def test_csv_reads_back() -> None:
    frame = _frame()
    content = table_csv(frame)
    back = pd.read_csv(io.BytesIO(content), keep_default_na=False, na_values={"number": [""]}, float_precision="round_trip")
    assert back.columns.tolist() == ["'=cmd|' /C calc'!A0", "number", "whole"]
    assert back.iloc[:, 0].tolist() == ["'" + text for text in _DANGEROUS] + _HARMLESS
    assert back["number"].to_numpy().tobytes() == frame["number"].to_numpy().tobytes()
    assert back["whole"].tolist() == list(range(-9, 9))
    assert b"-1.5,-9\r\n" in content


def test_mixed_and_duplicate_columns() -> None:
    frame = pd.DataFrame([["=a", -1, pd.Timestamp("2020-01-01", tz="UTC")], [-2, None, None]], columns=["x", "x", "@y"])
    assert table_csv(frame) == b"x,x,'@y\r\n'=a,-1.0,2020-01-01 00:00:00+00:00\r\n-2,,\r\n"
    sheet = openpyxl.load_workbook(io.BytesIO(table_xlsx(frame)))["table"]
    assert [[cell.value for cell in row] for row in sheet] == [
        ["x", "x", "'@y"],
        ["'=a", -1, "2020-01-01T00:00:00+00:00"],
        [-2, None, None],
    ]


def test_categories_and_strings_are_text_too() -> None:
    frame = pd.DataFrame({"a": pd.Categorical(["=1", "b"]), "b": pd.array(["=2", None], dtype="string")})
    assert table_csv(frame) == b"a,b\r\n'=1,'=2\r\nb,\r\n"


def test_xlsx_reads_back() -> None:
    frame = _frame().assign(day=pd.date_range("2020-02-28", periods=18, freq="D"), zoned=pd.Timestamp("2020-01-01T12:00+02:00"))
    book = openpyxl.load_workbook(io.BytesIO(table_xlsx(frame, "fore[cast]: a/b" + "x" * 40)))
    (sheet,) = book.worksheets
    assert sheet.title == "fore cast   a b" + "x" * 16
    rows = list(sheet.iter_rows())
    assert {cell.data_type for row in rows for cell in row} <= {"s", "inlineStr", "n", "d"}
    assert rows[0][0].value == "'=cmd|' /C calc'!A0"
    texts = [row[0].value or "" for row in rows[1:]]
    # A carriage return reads back as a line feed: XML's rule, not the table's.
    expected = ["'" + text for text in _DANGEROUS] + _HARMLESS
    assert [text.replace("\r", "\n") for text in texts] == [text.replace("\r", "\n") for text in expected]
    assert [row[1].value for row in rows[1:6]] == [-1.5, 0.3, 1e300, -5e-324, None]
    assert rows[6][1].value == "inf"
    assert [row[2].value for row in rows[1:]] == list(range(-9, 9))
    assert rows[2][3].value == pd.Timestamp("2020-02-29").to_pydatetime()
    assert rows[1][4].value == "2020-01-01T12:00:00+02:00"


def test_xlsx_drops_control_characters_before_it_escapes() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(table_xlsx(pd.DataFrame({"a": ["\x00=1", "b\x0bc"], "b": [True, pd.NA]}))))["table"]
    assert [[cell.value for cell in row] for row in sheet] == [["a", "b"], ["'=1", True], ["bc", None]]


def test_a_table_too_large_for_a_sheet_is_refused() -> None:
    with pytest.raises(BadRequest, match="CSV"):
        table_xlsx(pd.DataFrame({"a": np.zeros(1_048_576)}))


def test_forecast_table() -> None:
    document = {
        "kind": "forecast",
        "series": "=sales",
        "model": "theta",
        "horizon": 2,
        "points": [
            {"time": "2026-01-01T00:00:00", "mean": -1.25, "lo90": -3, "hi90": 2.5},
            {"time": "2026-02-01T00:00:00", "mean": 4.0, "lo90": None, "hi90": None},
        ],
        "leaderboard": [],
        "beats_seasonal_naive": None,
    }
    table = forecast_table(document)
    assert table.columns.tolist() == ["series", "model", "time", "mean", "lo90", "hi90"]
    assert table["mean"].tolist() == [-1.25, 4.0]
    assert table["lo90"].iloc[0] == -3.0
    assert np.isnan(table["hi90"].iloc[1])
    scenario = {"assumptions": [], "points": [{**point, "mean": 9.0, "lo90": 1.0, "hi90": 10.0} for point in document["points"]]}
    both = forecast_table(document | {"scenario": scenario | {"sum": 18.0, "plain_sum": 2.75, "difference": 15.25}})
    assert both.columns.tolist() == [*table.columns, "scenario_mean", "scenario_lo90", "scenario_hi90"]
    assert both["scenario_mean"].tolist() == [9.0, 9.0]
    assert table_csv(table).decode().splitlines() == [
        "series,model,time,mean,lo90,hi90",
        "'=sales,theta,2026-01-01T00:00:00,-1.25,-3.0,2.5",
        "'=sales,theta,2026-02-01T00:00:00,4.0,,",
    ]


@pytest.mark.parametrize("document", [{}, {"kind": "refusal", "reason": "no", "instead": []}, {"kind": "forecast"}])
def test_other_documents_are_refused(document: dict[str, object]) -> None:
    with pytest.raises(BadRequest, match="forecast document"):
        forecast_table(document)
