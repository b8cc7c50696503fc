"""Forecast → figure: the history, the fan of intervals, the forecast and a scenario beside it. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from assistant.data.series import Series
from assistant.facts import clean_name, number_text, time_text
from ui.drawing import FORECAST, blank_figure, draw_scenario, line_trace, shade_stretch, tail, translucent

Document = dict[str, Any]

FAN = {0: 0.34, 1: 0.20, 2: 0.12}
_INTERVAL = re.compile(r"lo(\d+(?:\.\d+)?)$")


def levels(point: Mapping[str, Any]) -> list[float]:
    """The interval levels in percent that a forecast point carries, narrowest first."""
    found = (_INTERVAL.match(key) for key in point)
    return sorted(float(match.group(1)) for match in found if match)


def forecast_figure(document: Document, series: Mapping[str, Series]) -> go.Figure | None:
    """The forecast behind the latest of its history, with its intervals and a scenario's forecast beside it; None without points.

    document: a stored result of the kind "forecast". series: name → series, in their own units.
    """
    points = document["points"]
    if not points:
        return None
    one = series.get(document["series"])
    drawing = blank_figure(f"{clean_name(document['series'])}: forecast by {clean_name(document['model'])}", height=360)
    if one is not None:
        recent = tail(one, max(120, 5 * len(points)))
        drawing.add_trace(line_trace(recent, name="history"))
        for part in document.get("excluded") or ():
            shade_stretch(drawing, part, recent)
    dated = one.dated if one is not None else not str(points[0]["time"]).isdigit()
    times = [pd.Timestamp(point["time"]) if dated else int(point["time"]) for point in points]
    words = [time_text(moment, one.frequency if one is not None else None) for moment in times]
    unit = one.unit if one is not None else None
    bands = levels(points[0])
    for order, level in reversed(list(enumerate(bands))):
        name = f"{level:g}"
        low, high = [point[f"lo{name}"] for point in points], [point[f"hi{name}"] for point in points]
        drawing.add_trace(
            go.Scatter(
                x=[*times, *times[::-1]],
                y=[*high, *low[::-1]],
                mode="lines",
                fill="toself",
                fillcolor=translucent(FORECAST, FAN.get(order, 0.1)),
                line={"width": 0},
                name=f"{name} % interval",
                hoverinfo="skip",
            )
        )
    if document.get("scenario"):
        draw_scenario(drawing, times, words, document["scenario"]["points"], unit)
    hover = [f"{word}<br>{_point_words(point, bands, unit)}" for word, point in zip(words, points, strict=True)]
    drawing.add_trace(
        go.Scatter(
            x=times,
            y=[point["mean"] for point in points],
            mode="lines+markers" if len(points) <= 48 else "lines",
            name="forecast",
            line={"color": FORECAST, "width": 2.2},
            marker={"size": 5},
            text=hover,
            hovertemplate="%{text}<extra></extra>",
        )
    )
    return drawing


def _point_words(point: Mapping[str, Any], bands: list[float], unit: str | None) -> str:
    lines = [f"forecast {number_text(point['mean'], unit)}"]
    for level in bands:
        low, high = point[f"lo{level:g}"], point[f"hi{level:g}"]
        if low is not None and high is not None:
            lines.append(f"{level:g} %: {number_text(low)} to {number_text(high, unit)}")
    return "<br>".join(lines)
