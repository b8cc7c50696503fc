"""A known frame, written in a random layout, is read back equal, or the ambiguity is said."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assistant.data.reader import read_dataset
from assistant.data.series import Dataset

CASES = 40
NAMES = ("demand", "Température", "price level", "sales_eu")
DATE_FORMATS = {
    "D": (
        "%Y-%m-%d",
        "%Y/%m/%d",
        "%d/%m/%Y",
        "%m/%d/%Y",
        "%d.%m.%Y",
        "%d %b %Y",
        "%b %d, %Y",
        "%Y%m%d",
        "%d-%m-%y",
        "epoch",
        "split",
    ),
    "h": (
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M",
        "%d/%m/%Y %H:%M",
        "%m/%d/%Y %I:%M %p",
        "epoch",
        "milliseconds",
        "offset",
        "split",
    ),
    "30min": ("%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "two columns"),
    "W-SUN": ("%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y"),
    "B": ("%Y-%m-%d", "%m/%d/%Y"),
    "MS": ("%Y-%m-%d", "%Y-%m", "%YM%m", "%b %Y", "%B-%Y", "%d/%m/%Y", "%m/%Y", "split"),
    "QS": ("%Y-%m-%d", "quarter"),
    "YS": ("%Y",),
}
MISSING = ("", "NA", "--", ":", "n/a", "-9999")


@dataclass(frozen=True)
class Layout:
    frequency: str
    date_format: str
    delimiter: str
    decimal: str
    thousands: str
    missing: str
    shape: str
    preamble: int
    footer: bool
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

    frequency = pick(tuple(DATE_FORMATS))
    count = int(random.integers(24, 120))
    start = pd.Timestamp("1987-01-01") + pd.Timedelta(days=int(random.integers(0, 9000)))
    times = pd.date_range(start, periods=count, freq=frequency)
    names = NAMES[: int(random.integers(1, 5))]
    scale = float(random.choice([1.0, 40.0, 25_000.0]))
    values = np.round(scale * (3 + np.sin(np.arange(count) / 5)[:, None] + 0.3 * random.normal(size=(count, len(names)))), 2)
    values[random.random(values.shape) < 0.05] = np.nan
    values[0], values[-1] = 1.25 * scale, 2.75 * scale
    delimiter = pick((",", ";", "\t", "|"))
    decimal = "." if delimiter == "," else pick((".", ","))
    shape = pick(("wide", "long", "across")) if frequency in ("MS", "QS", "YS", "D") else pick(("wide", "long"))
    date_format = pick(DATE_FORMATS[frequency])
    if shape == "across" and date_format in ("split", "epoch"):
        date_format = "%Y-%m-%d"
    layout = Layout(
        frequency, date_format, delimiter, decimal, pick(("", "", "group")), pick(MISSING), shape, int(random.integers(0, 5)),
        bool(random.random() < 0.3), pick(("utf-8", "utf-8-sig", "cp1252", "utf-16")), pick(("\n", "\r\n")),
        pick(("sorted", "sorted", "reversed", "shuffled")), pick(("", "", "rows", "words")), pick(("", "", "€", "%")),
        bool(random.random() < 0.2),
    )  # fmt: skip
    return pd.DataFrame(values, index=times, columns=list(names)), layout


def time_cells(times: pd.DatetimeIndex, layout: Layout) -> dict[str, list[str]]:
    seconds = (times - pd.Timestamp("1970-01-01")) // pd.Timedelta(seconds=1)
    if layout.date_format == "epoch":
        return {"timestamp": [str(second) for second in seconds]}
    if layout.date_format == "milliseconds":
        return {"timestamp": [str(second * 1000) for second in seconds]}
    if layout.date_format == "offset":
        return {"time": [f"{moment:%Y-%m-%dT%H:%M:%S}+02:00" for moment in times]}
    if layout.date_format == "quarter":
        return {"quarter": [f"{moment.year}-Q{moment.quarter}" for moment in times]}
    if layout.date_format == "two columns":
        return {"Date": [f"{moment:%Y-%m-%d}" for moment in times], "Time": [f"{moment:%H:%M}" for moment in times]}
    if layout.date_format == "split":
        parts = {"Year": times.year, "Month": times.month, "Day": times.day, "Hour": times.hour}
        wanted = {"MS": 2, "D": 3, "h": 4}[layout.frequency]
        return {name: [str(part) for part in parts[name]] for name in list(parts)[:wanted]}
    return {"date": list(times.strftime(layout.date_format))}


def number_cell(value: float, layout: Layout) -> str:
    if np.isnan(value):
        return layout.missing
    group = {".": ",", ",": "."}[layout.decimal]
    text = f"{value:,.2f}" if layout.thousands else f"{value:.2f}"
    text = text.replace(",", "#").replace(".", layout.decimal).replace("#", group)
    return f"{text} {layout.unit}".strip() if layout.unit != "€" else f"€{text}"


def table_cells(frame: pd.DataFrame, layout: Layout) -> list[list[str]]:
    cells = [[number_cell(value, layout) for value in row] for row in frame.to_numpy()]
    times = time_cells(pd.DatetimeIndex(frame.index), layout)
    stamps = [list(row) for row in zip(*times.values(), strict=True)]
    if layout.shape == "across":
        return [
            ["item", *times[next(iter(times))]],
            *([name, *column] for name, column in zip(frame.columns, zip(*cells, strict=True), strict=True)),
        ]
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
    if layout.extra == "rows":
        return [["", *header], *([str(k), *row] for k, row in enumerate(rows))]
    if layout.extra == "words" and layout.shape == "wide":
        return [[*header, "weather"], *([*row, ("rain", "sun", "fog")[k % 3]] for k, row in enumerate(rows))]
    return [header, *rows]


def write(frame: pd.DataFrame, layout: Layout, folder: Path) -> Path:
    def quoted(cell: str) -> str:
        return f'"{cell}"' if layout.delimiter in cell else cell

    lines = ["Monthly bulletin, office of figures", "Last updated 2019-03-21", "", "https://example.org/data"][: layout.preamble]
    lines += [layout.delimiter.join(map(quoted, row)) for row in table_cells(frame, layout)]
    lines += ["Source: office of figures"] if layout.footer else []
    encoding = "utf-8" if layout.encoding == "cp1252" and layout.unit == "€" else layout.encoding
    content = (layout.ending.join(lines) + layout.ending).encode(encoding)
    path = folder / ("case.csv.gz" if layout.packed else "case.csv")
    path.write_bytes(gzip.compress(content) if layout.packed else content)
    return path


def differences(frame: pd.DataFrame, layout: Layout, dataset: Dataset) -> list[str]:
    found = {series.name: series for series in dataset.series}
    if len(frame.columns) == 1 and len(found) == 1:
        found = {str(frame.columns[0]): dataset.series[0]}
    if set(found) != set(frame.columns):
        return [f"series {sorted(found)}"]
    wrong = []
    for name, series in found.items():
        times = series.times.tz_localize(None) if isinstance(series.times, pd.DatetimeIndex) else series.times
        if not times.equals(pd.DatetimeIndex(frame.index).as_unit("us")):
            wrong.append(f"times {times[:2]} … {len(times)}")
        elif not np.allclose(series.values, frame[name].to_numpy(), equal_nan=True, rtol=1e-12):
            wrong.append(f"values {series.values[:4]} for {frame[name].to_numpy()[:4]}")
        elif series.frequency != layout.frequency:
            wrong.append(f"frequency {series.frequency}")
    return wrong


@pytest.mark.parametrize("seed", range(CASES))
def test_a_known_frame_in_a_random_layout_is_read_back_equal(seed: int, tmp_path: Path) -> None:
    frame, layout = draw(seed)
    dataset = read_dataset(write(frame, layout, tmp_path))
    wrong = differences(frame, layout, dataset)
    assert not wrong or dataset.questions, f"silently wrong: {wrong[:2]} in {layout}; {dataset.guesses}"
    assert not dataset.questions or any("ambiguous" in warning for warning in dataset.warnings)
