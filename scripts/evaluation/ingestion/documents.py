"""Imitations of JSON answers, workbooks and typed tables. Every public function is a layout."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import Case, Reading, lines, series
from scripts.evaluation.ingestion.synthetic import counts, months, printed, season, walk, workbook

Random = np.random.Generator


def fred_json(random: Random) -> Case:
    """Observations in a JSON answer, values as text, "." for missing, a span of real time in every record."""
    times = months("2010-01", 60)
    values = walk(random, 60, 8.8, 0.1, 1)
    values[[7, 30]] = np.nan
    span = {"realtime_start": "2020-01-01", "realtime_end": "2020-01-01"}
    records = [{**span, "date": f"{t:%Y-%m-%d}", "value": printed(v, 1, ".")} for t, v in zip(times, values, strict=True)]
    document = {"realtime_start": "2020-01-01", "units": "lin", "count": 60, "observations": records}
    return Case("observations.json", json.dumps(document).encode(), ((series((), times, values, "MS"),),))


def json_stat(random: Random) -> Case:
    """A cube as JSON: dimensions with their categories in order, one flat list of values."""
    times = months("2019-01", 24)
    columns = {"Milk": walk(random, 24, 101.0, 0.4, 1), "Bread": walk(random, 24, 99.0, 0.4, 1)}
    index = {f"{t:%Y}M{t:%m}": k for k, t in enumerate(times)}
    goods = {"01": "Milk", "02": "Bread"}
    document = {
        "class": "dataset",
        "label": "Prices",
        "id": ["Goods", "Tid"],
        "size": [2, 24],
        "dimension": {
            "Goods": {"label": "goods", "category": {"index": {"01": 0, "02": 1}, "label": goods}},
            "Tid": {"label": "month", "category": {"index": index, "label": {key: key for key in index}}},
        },
        "value": [float(v) for values in columns.values() for v in values],
    }
    reading: Reading = tuple(series((name, key), times, columns[name], "MS") for key, name in goods.items())
    return Case("table.json", json.dumps(document).encode(), (reading,))


def markdown_table(random: Random) -> Case:
    """A table as it is typed in a readme: pipes and dashes."""
    times = pd.date_range("2015-01-01", periods=30, freq="QS")
    values = counts(random, 30, 4200.0)
    rows = ["| quarter | stars |", "|:--------|------:|"]
    rows += [f"| {t.year} Q{t.quarter} | {v:,.0f} |" for t, v in zip(times, values, strict=True)]
    return Case("table.md", lines(rows), ((series("stars", times, values, "QS"),),))


def sheets_side_note_xlsx(random: Random) -> Case:
    """A remark two columns to the right of the table and an author's line above."""
    times = months("2020-01", 30)
    values = counts(random, 30, 310.0)
    rows: list[list[object]] = [["Prepared by A. Person"], [], ["Month", "Permits", None, "Note"]]
    rows += [
        [t.to_pydatetime(), float(v), None, "strike" if r == 4 else None]
        for r, (t, v) in enumerate(zip(times, values, strict=True))
    ]
    return Case("permits.xlsx", workbook({"Sheet1": rows}), ((series("Permits", times, values, "MS"),),))


def xlsx_text_dates(random: Random) -> Case:
    """Days and numbers typed as text in a workbook, day first with a decisive row, decimal commas."""
    times = pd.date_range("2022-01-03", periods=60, freq="D")
    values = walk(random, 60, 19.4, 0.3, 1)
    rows: list[list[object]] = [["Datum", "Temperatuur"]]
    rows += [[f"{t:%d-%m-%Y}", f"{v:.1f}".replace(".", ",")] for t, v in zip(times, values, strict=True)]
    return Case("metingen.xlsx", workbook({"Blad1": rows}), ((series("Temperatuur", times, values, "D"),),))


def xlsx_year_blocks(random: Random) -> Case:
    """A workbook with the year only in the first row of its block, months' names, a total row after each year."""
    times = months("2018-01", 48)
    values = counts(random, 48, 77.0)
    rows: list[list[object]] = [["Year", "Month", "Accidents"]]
    for start in range(0, 48, 12):
        for t, v in zip(times[start : start + 12], values[start : start + 12], strict=True):
            rows.append([t.year if t.month == 1 else None, f"{t:%B}", float(v)])
        rows.append([None, "Total", float(values[start : start + 12].sum())])
    return Case("accidents.xlsx", workbook({"Data": rows}), ((series("Accidents", times, values, "MS"),),))


def matlab_comments(random: Random) -> Case:
    """Lines of % before, year month day hour as numbers aligned by spaces, NaN for missing, no header but in the remarks."""
    times = pd.date_range("2003-01-01", periods=200, freq="h")
    level = season(random, 200, 12.4, 1.2, 0.7, 3)
    level[[9, 10]] = np.nan
    rows = ["% Sea level at a far station", "% columns: year month day hour level(m)"]
    rows += [f"{t.year:5d}{t.month:4d}{t.day:4d}{t.hour:4d}{printed(v, 3, 'NaN'):>10}" for t, v in zip(times, level, strict=True)]
    return Case("h123.dat", lines(rows), ((series((), times, level, "h"),),))


def fortran_exponents(random: Random) -> Case:
    """Values as 0.12345D+03 under a header aligned by spaces, days as 2004-001 (day of the year)."""
    times = pd.date_range("2004-01-01", periods=120, freq="D")
    values = walk(random, 120, 123.0, 1.0, 2)
    rows = ["  DATE         FLUX"]
    rows += [f"  {t.year}-{t.dayofyear:03d}  {v / 1000:.5f}D+03" for t, v in zip(times, values, strict=True)]
    return Case("flux.txt", lines(rows), ((series("FLUX", times, values, "D"),),))
