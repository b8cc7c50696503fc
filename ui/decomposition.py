"""Description → a second figure: the series taken apart into trend, seasons and remainder, one panel each. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from assistant.data.series import Series
from assistant.facts import clean_name
from ui.drawing import FORECAST, GREEN, GRID, HISTORY, INK, LINES, blank_figure, line_trace, series_label

Document = dict[str, Any]

# Taking a series apart costs about a second for 50,000 rows; a plot of 2,000 points shows no more of the older ones.
LARGEST = 20_000
SHORTEST = 8
PANEL_HEIGHT = 112


def decomposition(document: Document, series: Mapping[str, Series]) -> go.Figure | None:
    """The parts of a described series as stacked panels over one axis of time, in the series' own unit.

    document: a stored result; None comes back for any other kind than a description, for a series that is not at hand, is
    irregular, has fewer than `SHORTEST` values or does not vary. The last `LARGEST` rows of a longer series are taken apart.
    """
    from assistant.data.frequency import regularize

    one = series.get(str(document.get("series"))) if document.get("kind") == "description" else None
    if one is None or one.frequency == "irregular":
        return None
    full = regularize(one)
    full = full.rows(max(0, len(full) - LARGEST))
    known = full.values[~np.isnan(full.values)]
    if len(known) < SHORTEST or known.min() == known.max():
        return None
    parts = list(_parts(full, document))
    drawing = _panels(f"{series_label(one)}, taken apart", [name for name, _, _ in parts])
    for row, (name, values, colour) in enumerate(parts, start=1):
        drawing.add_trace(line_trace(_like(full, values), colour, name=name), row=row, col=1)
    return drawing


def decomposition_words(document: Document, drawing: go.Figure) -> str:
    """What the figure of `decomposition` shows, in plain words."""
    names = [trace.name for trace in drawing.data]
    listed = ", ".join(names[:-1]) + " and " + names[-1]
    return (
        f"Line plots of the parts of {clean_name(document['series'])}, one above the other: {listed}. They add up to the series."
    )


def _parts(full: Series, document: Document) -> Iterator[tuple[str, np.ndarray, str]]:
    """Each panel's name, values (time,) and colour, from the top."""
    from assistant.analysis.decompose import decompose

    apart = decompose(full, tuple(season["period"] for season in document.get("seasonality") or ()))
    yield "trend", apart.trend, FORECAST
    colours = (GREEN, LINES[3], LINES[6], LINES[7])
    for order, period in enumerate(apart.periods):
        yield f"season of {period:,} values", apart.seasonal[order], colours[order % len(colours)]
    yield "remainder", apart.remainder, HISTORY


def _like(series: Series, values: np.ndarray) -> Series:
    return Series(series.name, series.times, values, series.frequency, series.unit)


def _panels(title: str, names: list[str]) -> go.Figure:
    """Empty panels under one title, each with its name above it, sharing their axis of time."""
    house = blank_figure(title).layout
    drawing = make_subplots(rows=len(names), cols=1, shared_xaxes=True, vertical_spacing=0.22 / len(names), subplot_titles=names)
    drawing.update_layout(house, height=70 + PANEL_HEIGHT * len(names), showlegend=False)
    drawing.update_annotations(x=0, xref="paper", xanchor="left", font={"size": 11, "color": INK})
    drawing.update_xaxes(showgrid=False, showline=True, linecolor=GRID, zeroline=False, tickfont={"size": 11})
    drawing.update_yaxes(gridcolor=GRID, linecolor=GRID, zeroline=False, automargin=True, tickfont={"size": 11}, nticks=4)
    return drawing
