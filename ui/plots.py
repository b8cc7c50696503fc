"""Result → figure: pure functions that draw a result document over the series it speaks of.

Figures have transparent grounds and colours that keep their contrast on light and on dark pages (the hues are told apart by
people with any common colour blindness, and every mark differs in shape or dash too). They load nothing from the network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from assistant.data.series import Series
from assistant.facts import number_text
from ui.classification_plot import class_counts_figure, classification_figure
from ui.drawing import (
    ALERT,
    DASHES,
    FORECAST,
    HISTORY,
    INK,
    LINES,
    axis_moment,
    blank_figure,
    draw_upright,
    line_trace,
    place_words,
    row_of,
    series_label,
    standardised,
)
from ui.forecast_plot import forecast_figure
from ui.thinning import DRAWN_POINTS, thin

Document = dict[str, Any]

SYMBOLS = {"spike": "triangle-up", "dip": "triangle-down", "level shift": "diamond", "variance change": "square"}
COMPARED = 8
_SECONDS = {
    "second": 1.0,
    "minute": 60.0,
    "hour": 3_600.0,
    "day": 86_400.0,
    "week": 604_800.0,
    "month": 365.25 / 12 * 86_400.0,
    "quarter": 365.25 / 4 * 86_400.0,
    "year": 365.25 * 86_400.0,
}


def figure(document: Document, series: Mapping[str, Series]) -> go.Figure | None:
    """The figure of a result, or None for a kind that has none or whose series is not at hand.

    document: a stored result ({"kind": …}, see assistant.results). series: name → series, in their own units.
    """
    draw = _DRAWINGS.get(str(document.get("kind")))
    return draw(document, series) if draw else None


def trend_line(series: Series, slope: float, per: str) -> np.ndarray | None:
    """The fitted straight line, (time,) in the series' unit, through the median residual; None for an unknown time unit."""
    if per == "row" or not series.dated:
        steps = np.arange(len(series), dtype=np.float64)
    elif per in _SECONDS:
        seconds = (pd.DatetimeIndex(series.times) - pd.Timestamp(series.times[0])) / pd.Timedelta(seconds=1)
        steps = np.asarray(seconds, dtype=np.float64) / _SECONDS[per]
    else:
        return None
    present = ~np.isnan(series.values)
    if not present.any():
        return None
    return np.asarray(slope * steps + np.median((series.values - slope * steps)[present]))


def _description(document: Document, series: Mapping[str, Series]) -> go.Figure | None:
    one = series.get(document["series"])
    if one is None:
        return None
    drawing = blank_figure(series_label(one))
    drawing.add_trace(line_trace(one))
    trend = document.get("trend")
    if trend and trend["direction"] != "none":
        line = trend_line(one, trend["slope"], trend["per"])
        if line is not None:
            ends = [0, len(one) - 1]
            words = f"trend: {number_text(trend['slope'], one.unit)} per {trend['per']}"
            style = {"color": FORECAST, "width": 2, "dash": "dash"}
            drawing.add_trace(
                go.Scatter(
                    x=one.times[ends], y=line[ends], mode="lines", name=words, line=style, hovertemplate=f"{words}<extra></extra>"
                )
            )
    _mark_changes(drawing, document.get("change_points") or (), one)
    return drawing


def _mark_changes(drawing: go.Figure, changes: Any, series: Series) -> None:
    shown = [(change, row_of(change["time"], series)) for change in changes]
    placed = [(change, at) for change, at in shown if at is not None]
    for _, at in placed:
        draw_upright(drawing, series.times[at], ALERT)
    if placed:
        drawing.add_trace(
            go.Scatter(
                x=series.times[[at for _, at in placed]],
                y=[series.values[at] for _, at in placed],
                mode="markers",
                name="change point",
                marker={"symbol": "diamond", "size": 9, "color": ALERT},
                text=[
                    f"{place_words(series, at)}<br>{change['kind']}: {number_text(change['size'], series.unit)}"
                    for change, at in placed
                ],
                hovertemplate="%{text}<extra></extra>",
            )
        )


def _anomalies(document: Document, series: Mapping[str, Series]) -> go.Figure | None:
    one = series.get(document["series"])
    if one is None:
        return None
    drawing = blank_figure(series_label(one))
    drawing.add_trace(line_trace(one))
    groups: dict[str, list[tuple[int, str]]] = {}
    for point in document["points"]:
        start, end = row_of(point["time"], one), row_of(point.get("end"), one)
        if end is not None:
            x0, x1 = axis_moment(point["time"], one), axis_moment(point["end"], one)
            drawing.add_shape(
                type="rect",
                xref="x",
                yref="paper",
                x0=x0,
                x1=x1,
                y0=0,
                y1=1,
                fillcolor=ALERT,
                opacity=0.14,
                line_width=0,
                layer="below",
            )
        if start is None:
            continue
        hover = f"{place_words(one, start)}: {point['kind']}"
        if point.get("value") is not None:
            hover += f"<br>value {number_text(point['value'], one.unit)}"
        if point.get("expected") is not None:
            hover += f"<br>expected {number_text(point['expected'], one.unit)}"
        groups.setdefault(point["kind"], []).append((start, hover))
    for kind, marks in groups.items():
        places = [place for place, _ in marks]
        drawing.add_trace(
            go.Scatter(
                x=one.times[places],
                y=one.values[places],
                mode="markers",
                name=kind,
                marker={
                    "symbol": SYMBOLS.get(kind, "circle-open"),
                    "size": 11,
                    "color": ALERT,
                    "line": {"width": 1, "color": ALERT},
                },
                text=[hover for _, hover in marks],
                hovertemplate="%{text}<extra></extra>",
            )
        )
    return drawing


def _episodes(document: Document, series: Mapping[str, Series]) -> go.Figure | None:
    query = document["query"]
    drawing = blank_figure("The stretch asked about, and what is most like it", height=360)
    own = series.get(str(query.get("series")))
    drawn = 0
    if own is not None and query.get("start") is not None:
        part = own.between(query["start"], query["end"])
        if len(part):
            shape, _, _ = standardised(part.values)
            drawing.add_trace(_shape(shape, f"asked: {series_label(own)}", INK, "solid", 3.0))
            drawn += 1
    for order, match in enumerate(document["matches"][: COMPARED - 1]):
        other = series.get(match["series"])
        if other is None:
            continue
        part = other.between(match["start"], match["end"])
        if len(part) == 0:
            continue
        shape, centre, spread = standardised(part.values)
        after = np.array([np.nan if value is None else value for value in match["followed_by"]], dtype=np.float64)
        whole = np.concatenate([shape, (after - centre) / spread])
        start = place_words(part, 0)
        name = f"{series_label(other)}, from {start} (similarity {match['similarity']:.2f})"
        drawing.add_trace(_shape(whole, name, LINES[order % len(LINES)], DASHES[order % len(DASHES)], 1.6, length=len(shape)))
        drawn += 1
    if not drawn:
        return None
    draw_upright(drawing, 0, INK)
    drawing.update_xaxes(title_text="steps after the end of the episode", title_font={"size": 11})
    drawing.update_yaxes(title_text="standard deviations from the episode's mean")
    drawing.update_layout(
        legend={"orientation": "v", "x": 0, "y": -0.25, "yanchor": "top"}, margin={"t": 40}, height=300 + 60 + 20 * drawn
    )
    return drawing


def _shape(values: np.ndarray, name: str, colour: str, dash: str, width: float, length: int | None = None) -> go.Scatter:
    """A curve over steps, its episode ending at step 0 (`length` values) and what followed after it."""
    steps = np.arange(len(values)) - (length or len(values)) + 1
    kept = thin(values, DRAWN_POINTS)
    style = {"color": colour, "dash": dash, "width": width}
    return go.Scatter(
        x=steps[kept], y=values[kept], mode="lines", name=name, line=style, hovertemplate="step %{x}: %{y:.2f}<extra></extra>"
    )


def _comparison(document: Document, series: Mapping[str, Series]) -> go.Figure | None:
    chosen = [series[name] for name in document["series"][:COMPARED] if name in series]
    if len(chosen) < 2:
        return None
    drawing = blank_figure(" and ".join(series_label(one) for one in chosen[:3]) + (" …" if len(chosen) > 3 else ""))
    measures = [standardised(one.values)[1:] for one in chosen]
    centres, spreads = [centre for centre, _ in measures], [spread for _, spread in measures]
    alike = max(spreads) < 8 * min(spreads) and max(centres) - min(centres) < 8 * max(spreads)
    for order, one in enumerate(chosen):
        trace = line_trace(one, LINES[order % len(LINES)], dash=DASHES[order % len(DASHES)])
        if not alike and len(chosen) == 2:
            trace.yaxis = "y2" if order else "y"
        elif not alike:
            trace.y = (np.asarray(trace.y, dtype=np.float64) - centres[order]) / spreads[order]
        drawing.add_trace(trace)
    if not alike and len(chosen) == 2:
        _second_axis(drawing, chosen)
    elif not alike:
        drawing.update_yaxes(title_text="standard deviations from the series' own mean")
    return drawing


def _second_axis(drawing: go.Figure, chosen: list[Series]) -> None:
    """An axis for each of two series, in the colour of its line."""
    left, right = (
        {"title": {"text": series_label(one), "font": {"size": 11, "color": colour}}, "tickfont": {"size": 11, "color": colour}}
        for one, colour in zip(chosen, LINES, strict=False)
    )
    shared = {"showgrid": False, "zeroline": False, "automargin": True}
    drawing.update_layout(yaxis=left, yaxis2={**right, **shared, "overlaying": "y", "side": "right"})


def _value(document: Document, series: Mapping[str, Series]) -> go.Figure | None:
    one = series.get(document["series"])
    if one is None:
        return None
    detail = document.get("detail") or {}
    if detail.get("groups"):
        return _groups(document, dict(detail["groups"]), one)
    at = row_of(document.get("time"), one)
    value = document.get("value")
    level = value is not None and str(document["what"]).split()[0] in {"mean", "median"}
    if at is None and not level:
        return None
    drawing = blank_figure(series_label(one))
    drawing.add_trace(line_trace(one))
    words = (
        f"{document['what']}: {number_text(value, document.get('unit') or one.unit)}"
        if value is not None
        else str(document["what"])
    )
    if at is not None:
        marker = {"size": 12, "symbol": "circle-open", "color": ALERT, "line": {"width": 3, "color": ALERT}}
        hover = f"{place_words(one, at)}<br>{words}<extra></extra>"
        drawing.add_trace(
            go.Scatter(x=[one.times[at]], y=[one.values[at]], mode="markers", name=words, marker=marker, hovertemplate=hover)
        )
    else:
        style = {"color": FORECAST, "width": 2, "dash": "dash"}
        hover = f"{words}<extra></extra>"
        drawing.add_trace(
            go.Scatter(x=one.times[[0, -1]], y=[value, value], mode="lines", name=words, line=style, hovertemplate=hover)
        )
    return drawing


def _groups(document: Document, groups: Mapping[str, float | None], series: Series) -> go.Figure:
    drawing = blank_figure(f"{series_label(series)}: {document['what']}")
    names = [str(name) for name in groups]
    picked = (document.get("detail") or {}).get("group")
    unit = document.get("unit") or series.unit
    hover = [f"{name}<br>{number_text(value, unit) if value is not None else 'none'}" for name, value in groups.items()]
    bars = go.Bar(
        x=names,
        y=list(groups.values()),
        marker_color=[ALERT if name == picked else HISTORY for name in names],
        text=hover,
        textposition="none",
        hovertemplate="%{text}<extra></extra>",
    )
    drawing.add_trace(bars)
    drawing.update_xaxes(type="category")
    drawing.update_layout(showlegend=False, margin={"t": 44})
    return drawing


_DRAWINGS: dict[str, Callable[[Document, Mapping[str, Series]], go.Figure | None]] = {
    "description": _description,
    "anomalies": _anomalies,
    "forecast": forecast_figure,
    "episodes": _episodes,
    "comparison": _comparison,
    "value": _value,
    "classification": classification_figure,
    "class_counts": class_counts_figure,
}
