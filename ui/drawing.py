"""What every figure is made of: colours, an empty figure, a series as a line, places on its axis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from assistant.data.series import Series
from assistant.facts import clean_name, number_text, time_text
from ui.thinning import DRAWN_POINTS, thin

INK = "#737a87"
GRID = "rgba(128,134,145,0.20)"
HISTORY = "#3987c9"
FORECAST = "#d97706"
ALERT = "#d1495b"
GREEN = "#0f9d76"
LINES = (HISTORY, FORECAST, GREEN, "#a46ad6", ALERT, "#7d8794", "#b08900", "#2aa5b8")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid", "dash")


def blank_figure(title: str, height: int = 330) -> go.Figure:
    """An empty figure in the house style, transparent, with its title above and its legend below.

    Below, a legend of several rows pushes the plot up; above, it would run into the title.
    """
    drawing = go.Figure()
    drawing.update_layout(
        title={"text": title, "font": {"size": 14}, "x": 0, "xref": "paper", "xanchor": "left", "y": 0.97, "yanchor": "top"},
        height=height,
        margin={"l": 8, "r": 12, "t": 44, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, sans-serif", "size": 12, "color": INK},
        hovermode="closest",
        hoverlabel={"font": {"family": "system-ui, sans-serif", "size": 12}},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": -0.14, "yanchor": "top", "font": {"size": 11}},
        showlegend=True,
        modebar={
            "bgcolor": "rgba(0,0,0,0)",
            "color": INK,
            "activecolor": HISTORY,
            "remove": ["lasso2d", "select2d", "autoScale2d"],
        },
        dragmode="pan",
    )
    axis = {"gridcolor": GRID, "linecolor": GRID, "zeroline": False, "automargin": True, "tickfont": {"size": 11}}
    drawing.update_xaxes(**axis, showgrid=False, showline=True)
    drawing.update_yaxes(**axis, title_font={"size": 11})
    return drawing


def series_label(series: Series) -> str:
    """The series' name, fit to be shown."""
    return clean_name(series.name)


def place_words(series: Series, position: int) -> str:
    """A row's time in words, or its row number."""
    moment = series.times[position]
    return time_text(moment, series.frequency) if series.dated else f"row {moment}"


def line_trace(series: Series, colour: str = HISTORY, *, name: str | None = None, dash: str = "solid") -> go.Scatter:
    """A series as a line of at most `DRAWN_POINTS` points, gaps left open, with its values in the hover text."""
    kept = thin(series.values, DRAWN_POINTS)
    values = series.values[kept]
    hover = [f"{place_words(series, at)}<br>{number_text(float(series.values[at]), series.unit)}" for at in kept]
    return go.Scatter(
        x=series.times[kept],
        y=values,
        mode="lines+markers" if len(series) <= 3 else "lines",
        name=name or series_label(series),
        line={"color": colour, "width": 1.6, "dash": dash},
        text=hover,
        hovertemplate="%{text}<extra></extra>",
        connectgaps=False,
    )


def axis_moment(text: str | int | None, series: Series) -> Any:
    """A document's time as a value of the series' axis; None where it has no place on it."""
    if text is None:
        return None
    if not series.dated:
        return int(text)
    moment = pd.Timestamp(text)
    zone = series.times.tz if isinstance(series.times, pd.DatetimeIndex) else None
    if zone is not None and moment.tzinfo is None:
        return moment.tz_localize(zone)
    if zone is None and moment.tzinfo is not None:
        return moment.tz_localize(None)
    return moment if zone is None else moment.tz_convert(zone)


def row_of(text: str | int | None, series: Series) -> int | None:
    """The row at a time, or None where there is none."""
    moment = axis_moment(text, series)
    if moment is None or len(series) == 0:
        return None
    found = int(series.times.get_indexer(pd.Index([moment]))[0])
    return found if found >= 0 else None


def draw_upright(drawing: go.Figure, at: Any, colour: str) -> None:
    """A dotted vertical line across the plot."""
    line = {"color": colour, "width": 1.4, "dash": "dot"}
    drawing.add_shape(type="line", x0=at, x1=at, xref="x", yref="paper", y0=0, y1=1, line=line)


def draw_scenario(drawing: go.Figure, times: list[Any], words: list[str], points: list[dict[str, Any]], unit: str | None) -> None:
    """The forecast under the user's assumption: a second, dashed line."""
    drawing.add_trace(
        go.Scatter(
            x=times,
            y=[point["mean"] for point in points],
            mode="lines",
            name="under your assumption",
            line={"color": GREEN, "width": 2.2, "dash": "dash"},
            text=[
                f"{word}<br>under your assumption {number_text(point['mean'], unit)}"
                for word, point in zip(words, points, strict=True)
            ],
            hovertemplate="%{text}<extra></extra>",
        )
    )


def shade_stretch(drawing: go.Figure, part: dict[str, Any], series: Series) -> None:
    """The stretch that was left out of a forecast, as far as it lies within the part of the series that is drawn."""
    rows = series.between(part["start"], part["end"]).times
    if not len(rows):
        return
    drawing.add_shape(
        type="rect",
        xref="x",
        yref="paper",
        x0=rows[0],
        x1=rows[-1],
        y0=0,
        y1=1,
        fillcolor=INK,
        opacity=0.14,
        line_width=0,
        layer="below",
        label={"text": "left out", "textposition": "top center", "font": {"size": 10, "color": INK}},
    )


def tail(series: Series, count: int) -> Series:
    """The last `count` rows."""
    start = max(0, len(series) - count)
    times = (
        series.times[start:]
        if isinstance(series.times, pd.DatetimeIndex)
        else pd.RangeIndex(series.times[start], series.times[-1] + 1)
    )
    return Series(series.name, times, series.values[start:], series.frequency, series.unit)


def translucent(colour: str, opacity: float) -> str:
    """A hexadecimal colour with an opacity."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def standardised(values: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Values in standard deviations from their own mean, and that mean and deviation (1 where the values do not vary)."""
    present = values[~np.isnan(values)]
    if len(present) == 0:
        return values, 0.0, 1.0
    centre, spread = float(present.mean()), float(present.std())
    spread = spread if spread > 0 else 1.0
    return (values - centre) / spread, centre, spread
