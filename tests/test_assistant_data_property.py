"""A known frame, written in one of many random layouts, is read back equal; or the ambiguity is said, or the file is refused."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assistant.data.reader import read_dataset
from assistant.data.series import Dataset
from assistant.errors import FileRejected

CASES = 500
BLOCKS = 10
UNSURE = 0.05  # at most this share may be asked or refused

NAMES = ("demand", "Température", "price level", "sales_eu")
GROUPED = ("North min", "North max", "South min", "South max")
MISSING = ("", "NA", "--", ":", "n/a", "-9999")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FOOTERS = (
    ("Source: office of figures",),
    ("", "Source: office of figures", "Notes: provisional figures, see the site"),
    ("(24 rows affected)",),
    ("* seasonally adjusted", "© the office"),
)
COMMENTS = ("# made by a logger", "# version 3, units as given")
SHAPES = {
    "D": ("wide", "long", "across", "fixed", "json", "levels", "headless", "units row"),
    "h": ("wide", "long", "fixed", "json", "levels", "headless"),
    "30min": ("wide", "long", "json"),
    "W-SUN": ("wide", "long", "json", "fixed"),
    "B": ("wide", "long", "json"),
    "MS": ("wide", "long", "across", "calendar", "months down", "json", "levels", "headless", "units row", "fixed"),
    "QS": ("wide", "long", "across", "quarters across", "json", "levels"),
    "YS": ("wide", "long", "across", "json", "fixed"),
}
DATES = {
    "D": (
        *("%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d %b %Y", "%b %d, %Y", "%A, %B %d, %Y", "%Y%m%d", "%Y%j"),
        *("%d-%m-%y", "%d%b%Y", "%a %d/%m/%Y", "epoch", "split", "year and day"),
    ),
    "h": (
        *("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%Y%m%d %H:%M", "%d-%b-%Y %H:%M"),
        *("epoch", "milliseconds", "offset", "split", "span", "two columns", "%d.%m.%Y, %H:%M Uhr", "%a %b %d %H:%M:%S %Y"),
    ),
    "30min": ("%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "two columns", "span", "settlement"),
    "W-SUN": ("%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "week span"),
    "B": ("%Y-%m-%d", "%m/%d/%Y", "%d %B %Y"),
    "MS": (
        *("%Y-%m-%d", "%Y-%m", "%YM%m", "%b %Y", "%B-%Y", "%d/%m/%Y", "%m/%Y", "%Y%m", "%Y %b", "%b-%y"),
        *("split", "decimal", "middle"),
    ),
    "QS": ("%Y-%m-%d", "quarter", "Q year", "quarter span", "decimal"),
    "YS": ("%Y", "financial"),
}


@dataclass(frozen=True)
class Layout:
    frequency: str
    date: str
    shape: str
    delimiter: str
    decimal: str
    thousands: bool
    missing: str
    preamble: int
    comments: bool
    footer: int
    totals: bool
    encoding: str
    ending: str
    order: str
    extra: str
    unit: str
    packed: bool


def draw(seed: int) -> tuple[pd.DataFrame, Layout]:
    """A frame (time × series, some values missing) and the layout to write it in."""
    random = np.random.default_rng(seed)

    def pick(options: tuple[str, ...]) -> str:
        return str(options[int(random.integers(len(options)))])

    frequency = pick(tuple(DATES))
    shape = pick(SHAPES[frequency])
    count = int(random.integers(24, 40 if shape == "across" else 70))
    start = pd.Timestamp("1987-01-01") + pd.Timedelta(days=int(random.integers(0, 9000)))
    times = pd.date_range(start, periods=count, freq=frequency)
    names = NAMES[:1] if shape in ("calendar", "months down", "quarters across") else NAMES[: int(random.integers(1, 5))]
    names = GROUPED if shape == "levels" else names
    scale = float(random.choice([1.0, 40.0, 25_000.0]))
    values = np.round(scale * (3 + np.sin(np.arange(count) / 5)[:, None] + 0.3 * random.normal(size=(count, len(names)))), 2)
    values[random.random(values.shape) < 0.05] = np.nan
    values[0], values[-1] = 1.25 * scale, 2.75 * scale
    delimiter = pick((",", ";", "\t", "|"))
    layout = Layout(
        frequency, pick(DATES[frequency]), shape, delimiter, "." if delimiter == "," else pick((".", ",")),
        bool(random.random() < 0.3), pick(MISSING), int(random.integers(0, 5)), bool(random.random() < 0.15),
        int(random.integers(-8, len(FOOTERS))), bool(random.random() < 0.15), pick(("utf-8", "utf-8-sig", "cp1252", "utf-16")),
        pick(("\n", "\r\n")), pick(("sorted", "sorted", "reversed", "shuffled")), pick(("", "", "rows", "words")),
        pick(("", "", "€", "%", "kg", "°C", "USD")), bool(random.random() < 0.1),
    )  # fmt: skip
    return pd.DataFrame(values, index=times, columns=list(names)), fitted(layout)


def fitted(layout: Layout) -> Layout:
    """The layout without what its shape cannot hold."""
    several = {"split", "two columns", "settlement", "year and day"}
    plain = {"D": "%Y-%m-%d", "h": "%Y-%m-%d %H:%M:%S", "30min": "%Y-%m-%d %H:%M", "MS": "%Y-%m", "QS": "quarter", "YS": "%Y"}
    if layout.shape in ("across", "fixed", "json") and layout.date in several | {"epoch", "span", "week span"}:
        layout = replace(layout, date=plain.get(layout.frequency, "%Y-%m-%d"))
    if layout.shape == "across" and layout.date in ("decimal", "middle", "%Y%m", "%Y%j", "%Y%m%d"):
        layout = replace(layout, date=plain[layout.frequency])
    if layout.shape == "fixed":
        missing = layout.missing or "---"
        layout = replace(layout, delimiter=" ", decimal=".", unit="", thousands=False, missing=missing, extra="", comments=False)
        whole = {**plain, "h": "%Y-%m-%dT%H:%M"}.get(layout.frequency, "%Y-%m-%d")
        layout = replace(layout, date=layout.date if " " not in layout.date and layout.date != "quarter span" else whole)
    if layout.shape == "headless":
        layout = replace(layout, preamble=0, comments=False, extra="", totals=False, order="sorted")
        if layout.date in ("epoch", "milliseconds", "settlement"):
            layout = replace(layout, date=plain[layout.frequency])
    if layout.shape in ("units row", "levels", "headless") and layout.extra == "rows":
        layout = replace(layout, extra="")
    if layout.totals:  # a row of sums has a word where the others have one whole date
        layout = replace(layout, totals=layout.shape == "wide" and layout.date not in several, order="sorted", extra="")
    return layout


def time_cells(times: pd.DatetimeIndex, layout: Layout) -> dict[str, list[str]]:
    seconds = (times - pd.Timestamp("1970-01-01")) // pd.Timedelta(seconds=1)
    step = pd.Timedelta(hours=1) if layout.frequency == "h" else pd.Timedelta(minutes=30)
    fraction = {"MS": (times.month - 1) / 12, "QS": (times.quarter - 1) / 4}.get(layout.frequency)
    special: dict[str, Callable[[], dict[str, list[str]]]] = {
        "epoch": lambda: {"timestamp": [str(second) for second in seconds]},
        "milliseconds": lambda: {"timestamp": [str(second * 1000) for second in seconds]},
        "offset": lambda: {"time": [f"{t:%Y-%m-%dT%H:%M:%S}+02:00" for t in times]},
        "quarter": lambda: {"quarter": [f"{t.year}-Q{t.quarter}" for t in times]},
        "Q year": lambda: {"period": [f"Q{t.quarter} {t.year}" for t in times]},
        "quarter span": lambda: {"period": [f"{t.year} {MONTHS[t.month - 1]}-{MONTHS[t.month + 1]}" for t in times]},
        "financial": lambda: {"season": [f"{t.year}/{(t.year + 1) % 100:02d}" for t in times]},
        "decimal": lambda: {"decimal_year": [f"{t.year + part:.4f}" for t, part in zip(times, fraction, strict=True)]},
        "middle": lambda: {"decimal date": [f"{t.year + part + 1 / 24:.3f}" for t, part in zip(times, fraction, strict=True)]},
        "span": lambda: {"MTU": [f"{t:%d.%m.%Y %H:%M} - {t + step:%d.%m.%Y %H:%M}" for t in times]},
        "week span": lambda: {"week": [f"{t:%Y-%m-%d} to {t + pd.Timedelta(days=6):%Y-%m-%d}" for t in times]},
        "two columns": lambda: {"Date": [f"{t:%Y-%m-%d}" for t in times], "Time": [f"{t:%H:%M}" for t in times]},
        "year and day": lambda: {"Year": [str(t.year) for t in times], "DOY": [str(t.dayofyear) for t in times]},
        "settlement": lambda: {
            "Date": [f"{t:%Y-%m-%d}" for t in times],
            "Settlement Period": [str(2 * t.hour + t.minute // 30 + 1) for t in times],
        },
    }
    if layout.date in special:
        return special[layout.date]()
    if layout.date == "split":
        parts = {"Year": times.year, "Month": times.month, "Day": times.day, "Hour": times.hour}
        return {name: [str(part) for part in parts[name]] for name in list(parts)[: {"MS": 2, "D": 3, "h": 4}[layout.frequency]]}
    return {"date": list(times.strftime(layout.date))}


def number_cell(value: float, layout: Layout) -> str:
    if np.isnan(value):
        return layout.missing
    group = {".": ",", ",": "."}[layout.decimal]
    text = f"{value:,.2f}" if layout.thousands else f"{value:.2f}"
    text = text.replace(",", "#").replace(".", layout.decimal).replace("#", group)
    if layout.unit in ("€", "USD"):
        return f"{layout.unit} {text}"
    return f"{text}{layout.unit}" if layout.unit == "°C" else f"{text} {layout.unit}".strip()


def blocks(frame: pd.DataFrame, layout: Layout) -> list[list[str]]:
    """Tables of one series with parts of the year across or down."""
    cells = {(t.year, t.quarter if layout.frequency == "QS" else t.month): v for t, v in frame.iloc[:, 0].items()}
    years = range(frame.index[0].year, frame.index[-1].year + 1)
    names = ("Q1", "Q2", "Q3", "Q4") if layout.frequency == "QS" else MONTHS

    def cell(year: int, part: int) -> str:
        return number_cell(cells[year, part], layout) if (year, part) in cells else ""

    if layout.shape == "months down":
        return [["Month", *map(str, years)], *([name, *(cell(y, k) for y in years)] for k, name in enumerate(names, start=1))]
    total = ["Annual"] if layout.extra else []
    rows = [[str(y), *(cell(y, k) for k in range(1, len(names) + 1)), *(["1.00"] if total else [])] for y in years]
    return [["Year", *names, *total], *rows]


def table_cells(frame: pd.DataFrame, layout: Layout) -> list[list[str]]:
    if layout.shape in ("calendar", "months down", "quarters across"):
        return blocks(frame, layout)
    cells = [[number_cell(value, layout) for value in row] for row in frame.to_numpy()]
    times = time_cells(pd.DatetimeIndex(frame.index), layout)
    stamps = [list(row) for row in zip(*times.values(), strict=True)]
    if layout.shape == "across":
        columns = zip(frame.columns, zip(*cells, strict=True), strict=True)
        return [["item", *times[next(iter(times))]], *([name, *column] for name, column in columns)]
    if layout.shape == "long":
        rows = [[*stamp, name, row[k]] for k, name in enumerate(frame.columns) for stamp, row in zip(stamps, cells, strict=True)]
        header = [*times, "item", "value"]
    else:
        rows = [[*stamp, *row] for stamp, row in zip(stamps, cells, strict=True)]
        header = [*times, *frame.columns]
    if layout.order == "reversed":
        rows = rows[::-1]
    if layout.order == "shuffled":
        rows = [rows[k] for k in np.random.default_rng(0).permutation(len(rows))]
    if layout.totals:
        rows.append(["Total", *(number_cell(value, layout) for value in np.round(frame.sum(), 2))])
    if layout.extra == "rows":
        return [["", *header], *([str(k), *row] for k, row in enumerate(rows))]
    if layout.extra == "words" and layout.shape == "wide":
        return [[*header, "weather"], *([*row, ("rain", "sun", "fog")[k % 3]] for k, row in enumerate(rows))]
    if layout.shape == "levels":
        blank = [""] * len(times)
        return [[*times, "North", "", "South", ""], [*blank, "min", "max", "min", "max"], *rows]
    if layout.shape == "units row":
        return [header, [*([""] * len(times)), *(["m/s", "°C", "mm", "hPa"][: len(frame.columns)])], *rows]
    return rows if layout.shape == "headless" else [header, *rows]


def document(frame: pd.DataFrame, layout: Layout) -> str:
    """The frame as JSON: records, columns, points of named series, or pairs keyed by time; at the top or nested."""
    (name, stamps), *_ = time_cells(pd.DatetimeIndex(frame.index), replace(layout, thousands=False)).items()
    columns = {column: [None if np.isnan(value) else value for value in frame[column]] for column in frame.columns}
    records = [
        {name: stamp, **dict(zip(columns, row, strict=True))} for stamp, *row in zip(stamps, *columns.values(), strict=True)
    ]
    points = [{"name": c, "points": [list(p) for p in zip(stamps, v, strict=True)]} for c, v in columns.items()]
    forms: tuple[object, ...] = (
        records, {"status": "ok", "data": records}, {"meta": {"page": 1}, "result": {"rows": records}}, {name: stamps, **columns},
        {"series": points}, {"hourly_units": {name: "iso"}, "hourly": {name: stamps, **columns}},
    )  # fmt: skip
    chosen = layout.preamble + (1 if layout.totals else 0)
    return json.dumps(forms[chosen % len(forms)]) if not layout.packed else "\n".join(map(json.dumps, records))


def write(frame: pd.DataFrame, layout: Layout, folder: Path) -> Path:
    if layout.shape == "json":
        path = folder / "case.json"
        path.write_text(document(frame, layout), encoding="utf-8")
        return path

    def quoted(cell: str) -> str:
        return f'"{cell}"' if layout.delimiter in cell else cell

    rows = table_cells(frame, layout)
    if layout.shape == "fixed":
        widths = [max(map(len, column)) + 2 for column in zip(*([c.replace(" ", "_") for c in row] for row in rows), strict=True)]
        body = ["".join(c.replace(" ", "_").rjust(w) for c, w in zip(row, widths, strict=True)) for row in rows]
    else:
        body = [layout.delimiter.join(map(quoted, row)) for row in rows]
    lines = ["Monthly bulletin, office of figures", "Last updated 2019-03-21", "", "https://example.org/data"][: layout.preamble]
    lines = [*(COMMENTS if layout.comments else ()), *lines, *body, *(FOOTERS[layout.footer] if layout.footer >= 0 else ())]
    encoding = "utf-8" if layout.encoding == "cp1252" and layout.unit == "€" else layout.encoding
    content = (layout.ending.join(lines) + layout.ending).encode(encoding, errors="replace")
    path = folder / ("case.csv.gz" if layout.packed else "case.csv")
    path.write_bytes(gzip.compress(content) if layout.packed else content)
    return path


def differences(frame: pd.DataFrame, layout: Layout, dataset: Dataset) -> list[str]:
    found = {series.name.replace("_", " "): series for series in dataset.series}
    expected = {str(column).replace("_", " "): frame[column].to_numpy() for column in frame.columns}
    nameless = len(expected) == 1 or layout.shape == "headless"
    if nameless and len(found) == len(expected):
        found = dict(zip(expected, dataset.series, strict=True))
    if set(found) != set(expected):
        return [f"series {sorted(found)}"]
    wrong = []
    for name, series in found.items():
        times = series.times.tz_localize(None) if isinstance(series.times, pd.DatetimeIndex) else series.times
        if not times.equals(pd.DatetimeIndex(frame.index).as_unit("us")):
            wrong.append(f"times {times[:2]} … {len(times)}")
        elif not np.allclose(series.values, expected[name], equal_nan=True, rtol=1e-12):
            wrong.append(f"values {series.values[:4]} for {expected[name][:4]}")
        elif series.frequency != layout.frequency:
            wrong.append(f"frequency {series.frequency}")
    return wrong


@pytest.mark.parametrize("block", range(BLOCKS))
def test_a_known_frame_in_a_random_layout_is_read_back_equal(block: int, tmp_path: Path) -> None:
    silent, unsure = [], []
    seeds = range(block, CASES, BLOCKS)
    for seed in seeds:
        frame, layout = draw(seed)
        try:
            dataset = read_dataset(write(frame, layout, tmp_path))
        except FileRejected as refusal:
            unsure.append(f"{seed}: refused ({refusal}) in {layout}")
            continue
        wrong = differences(frame, layout, dataset)
        if wrong and dataset.questions:
            assert any("ambiguous" in warning for warning in dataset.warnings)
            unsure.append(f"{seed}: asked in {layout}")
        elif wrong:
            silent.append(f"{seed}: {wrong[:2]} in {layout}; {dataset.guesses}")
    assert not silent, "\n".join(silent)
    assert len(unsure) <= max(UNSURE * CASES / BLOCKS, 4), "\n".join(unsure)
