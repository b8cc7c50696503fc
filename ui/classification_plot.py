"""Classification → figure: the case with the stretch that decided, the nearest example behind it, and the probabilities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from assistant.data.series import Series
from assistant.events import Answer
from assistant.facts import clean_name, number_text, time_text
from ui.drawing import ALERT, FORECAST, GRID, HISTORY, INK, blank_figure, standardised

Document = dict[str, Any]

CLASSES = 8
MOST_CLASSES = 30
NO_CLASS = "unlike any"
# Characters of a class's name: beside a bar or in the legend, and in the title.
SHORT, LONG = 32, 60
# Colours of what hiding a place costs, from nothing to most: they differ in lightness too.
HEAT = ((0.0, "#9db7cf"), (0.5, "#e0922f"), (1.0, "#b3243f"))
_PANEL, _BAR, _GAP = 150, 24, 64
# How far the axis of the bars goes beyond the longest possible one, so that its number has room.
_ROOM = 1.12
# An example whose level or spread is farther off than this is drawn on the case's own scale.
_SAME_SCALE = 3.0


def classification_figure(document: Document, series: Mapping[str, Series]) -> go.Figure | None:
    """The classified case above its class probabilities; these alone where the document holds no values; None without any.

    document: a stored result of the kind "classification". series: name → series, for the unit and the rhythm of its times.
    """
    ranked = sorted(document["probabilities"].items(), key=lambda item: item[1])[-CLASSES:]
    if not ranked:
        return None
    panels = document.get("values") or ()
    height = 110 + _BAR * len(ranked) + (_PANEL * len(panels) + _GAP if panels else 0)
    drawing = blank_figure(_title(document), height=height)
    inner = height - 60
    bars = (_BAR * len(ranked) + 24) / inner if panels else 1.0
    _draw_bars(drawing, document, ranked, (0.0, bars))
    if panels:
        _draw_case(drawing, document, series.get(document["series"]), (bars + _GAP / inner, 1.0))
    drawing.update_layout(showlegend=bool(panels), margin={"t": 44})
    if panels:
        drawing.update_layout(legend={"y": bars + _GAP / inner - 34 / inner, "yanchor": "top"})
    return drawing


def class_counts(answer: Answer, few: int) -> Document | None:
    """How many cases were given each class, as a document of the kind "class_counts"; None where the answer is not about the
    classes of more than a few.

    counts: the known cases of each class; strange: those unlike anything known, which count to none; unsure: as they are counted.
    """
    subjects = {step["args"].get("about") for step in answer.plan if step["agent"] == "classifier"}
    cases = [document for document in answer.results if document.get("kind") == "classification"]
    known = [document for document in cases if not document.get("strange")]
    if len(cases) <= few or not known or not subjects & {"classes", "counts"}:
        return None
    return {
        "kind": "class_counts",
        "counts": Counter(str(document["label"]) for document in known),
        "unsure": sum(bool(document.get("unsure")) for document in known),
        "strange": len(cases) - len(known),
    }


def class_counts_figure(document: Document, _: Mapping[str, Series]) -> go.Figure:
    """How many cases of each class, as bars, the commonest on top, and at the bottom those that were counted to none.

    document: of `class_counts`. Of very many classes the commonest are drawn.
    """
    ranked = ranked_classes(document)[:MOST_CLASSES]
    names = _bar_names([label for label, _ in ranked])
    bars = [(name, clean_name(label), count, FORECAST) for name, (label, count) in zip(names, ranked, strict=True)]
    if document["strange"]:
        bars.append((NO_CLASS, NO_CLASS, document["strange"], HISTORY))
    bars.reverse()
    drawing = blank_figure("Cases of each class", height=110 + _BAR * len(bars))
    drawing.add_trace(
        go.Bar(
            x=[count for _, _, count, _ in bars],
            y=[name for name, _, _, _ in bars],
            orientation="h",
            marker_color=[colour for _, _, _, colour in bars],
            text=[f"{count:,}" for _, _, count, _ in bars],
            textposition="outside",
            cliponaxis=False,
            customdata=[label for _, label, _, _ in bars],
            hovertemplate="%{customdata}: %{text}<extra></extra>",
            showlegend=False,
            name="cases",
        )
    )
    drawing.update_xaxes(range=[0, _ROOM * max(count for _, _, count, _ in bars)])
    drawing.update_yaxes(type="category")
    drawing.update_layout(showlegend=False, margin={"t": 44})
    return drawing


def ranked_classes(document: Document) -> list[tuple[str, int]]:
    """The classes of `class_counts`, the commonest first."""
    return sorted(document["counts"].items(), key=lambda item: -item[1])


def places(document: Document) -> list[Any]:
    """The steps of a case as places on an axis: timestamps where they are times, else numbers from 1 on, as they are told."""
    return [pd.Timestamp(step) if isinstance(step, str) else int(step) + 1 for step in document.get("steps") or ()]


def place_text(step: str | int, series: Series | None) -> str:
    """A step in words."""
    if isinstance(step, str):
        return time_text(pd.Timestamp(step), series.frequency if series is not None else None)
    return f"time step {step + 1}"


def _shortened(label: object, longest: int = SHORT) -> str:
    """A class's name; of a long one the beginning and the end, since long names often differ in either alone."""
    name = clean_name(str(label), 10 * LONG)
    half = longest // 2
    return name if len(name) <= longest else f"{name[:half].rstrip()}…{name[half + 1 - longest :].lstrip()}"


def _bar_names(labels: Sequence[str]) -> list[str]:
    """A name for each class, no two alike: bars of one name would lie on each other."""
    names: list[str] = []
    for label in labels:
        short = _shortened(label)
        candidates = (short, *(f"{short} ({number})" for number in range(2, len(labels) + 1)))
        names.append(next(candidate for candidate in candidates if candidate not in names))
    return names


def _title(document: Document) -> str:
    name = clean_name(document["series"])
    if document.get("strange"):
        return f"{name}: unlike the training examples"
    label = _shortened(document["label"], LONG)
    return f"{name}: {label}, unsure" if document.get("unsure") else f"{name}: {label}"


def _draw_bars(drawing: go.Figure, document: Document, ranked: Sequence[tuple[str, float]], domain: tuple[float, float]) -> None:
    """The probabilities, the class's own marked, faint where they mean nothing; the first axes hold them."""
    chosen = HISTORY if document.get("strange") else FORECAST
    drawing.add_trace(
        go.Bar(
            x=[share for _, share in ranked],
            y=_bar_names([label for label, _ in ranked]),
            orientation="h",
            marker_color=[chosen if label == document["label"] else HISTORY for label, _ in ranked],
            text=[f"{100 * share:.1f} %" for _, share in ranked],
            # Beside the bar: on its colours no ink is legible.
            textposition="outside",
            cliponaxis=False,
            customdata=[clean_name(str(label)) for label, _ in ranked],
            hovertemplate="%{customdata}: %{text}<extra></extra>",
            opacity=0.45 if document.get("strange") else 1.0,
            showlegend=False,
            name="probability",
        )
    )
    drawing.update_xaxes(range=[0, _ROOM], tickformat=".0%")
    drawing.update_yaxes(type="category", domain=list(domain))


def _draw_case(drawing: go.Figure, document: Document, series: Series | None, domain: tuple[float, float]) -> None:
    """A panel a channel, from the top down, all on one axis of time."""
    panels, along = document["values"], places(document)
    example = next((near for near in document["neighbours"] if near.get("values")), None)
    depth = (domain[1] - domain[0]) / len(panels)
    axis = {"gridcolor": GRID, "linecolor": GRID, "zeroline": False, "tickfont": {"size": 11}, "automargin": True}
    for order, values in enumerate(panels):
        top = domain[1] - order * depth
        name = f"yaxis{order + 2}"
        title = _channel(document, order) if len(panels) > 1 or document["channels"][order] else ""
        bounds = [top - depth * (0.9 if len(panels) > 1 else 1.0), top]
        drawing.update_layout(
            {name: {**axis, "domain": bounds, "anchor": "x2", "title": {"text": title, "font": {"size": 11}}, "showgrid": False}}
        )
        mine = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
        if example is not None:
            drawing.add_trace(_example_trace(example, order, along, mine))
        drawing.add_traces(_case_traces(document, series, order, along, mine))
    lowest = f"y{len(panels) + 1}"
    drawing.update_layout(xaxis2={**axis, "anchor": lowest, "showgrid": False, "showline": True})
    _shade(drawing, document, len(panels))


def _channel(document: Document, order: int) -> str:
    """A channel by its name in the file, else by its number."""
    names = document.get("channel_names") or ()
    return _shortened(names[order]) if names and names[order] else f"channel {document['channels'][order] + 1}"


def _case_traces(document: Document, series: Series | None, order: int, along: list[Any], values: np.ndarray) -> list[go.Scatter]:
    """The case as a line, and over it a point at each step in the colour of what hiding it costs."""
    unit = series.unit if series is not None else None
    # Where no stretch decided, shades of next to nothing would only look like something.
    shown = (document.get("saliency") or ()) if document.get("stretch") else ()
    costs = [0.0 if cost is None else max(0.0, float(cost)) for cost in shown]
    words = [
        f"{place_text(step, series)}<br>{number_text(value, unit)}"
        + (f"<br>hidden: −{100 * costs[at]:.1f} points" if costs else "")
        for at, (step, value) in enumerate(zip(document["steps"], values, strict=True))
    ]
    shared = {"x": along, "y": values, "xaxis": "x2", "yaxis": f"y{order + 2}", "text": words}
    shared["hovertemplate"] = "%{text}<extra></extra>"
    line = go.Scatter(
        **shared,
        mode="lines",
        name=clean_name(document["series"]),
        line={"color": HEAT[0][1] if costs else HISTORY, "width": 1.8},
        showlegend=order == 0,
    )
    if not costs:
        return [line]
    marker: dict[str, Any] = {"size": 4, "color": costs, "colorscale": HEAT, "cmin": 0.0, "cmax": max(0.05, *costs)}
    if order == 0:
        title = {"text": "cost of<br>hiding it", "font": {"size": 10}}
        bar = {"thickness": 8, "title": title, "tickformat": ".0%", "tickfont": {"size": 10}, "outlinewidth": 0}
        marker["colorbar"] = {**bar, "yanchor": "top", "y": 1.0, "len": _PANEL, "lenmode": "pixels", "nticks": 4}
    return [line, go.Scatter(**shared, mode="markers", name="cost of hiding it", marker=marker, showlegend=False)]


def _example_trace(example: Mapping[str, Any], order: int, along: list[Any], values: np.ndarray) -> go.Scatter:
    """The nearest training example, faint and dotted, over the same stretch of the axis."""
    theirs = np.array([np.nan if value is None else value for value in example["values"][order]], dtype=np.float64)
    name = f"nearest training example ({_shortened(example['label'])})"
    shape, centre, spread = standardised(theirs)
    _, mine, own = standardised(values)
    if max(spread / own, own / spread) > _SAME_SCALE or abs(centre - mine) > _SAME_SCALE * max(own, spread):
        theirs, name = mine + own * shape, f"{name}, rescaled"
    if isinstance(along[0], pd.Timestamp):
        stretch: Any = pd.date_range(along[0], along[-1], periods=len(theirs))
    else:
        stretch = np.linspace(along[0], along[-1], len(theirs))
    return go.Scatter(
        x=stretch,
        y=theirs,
        xaxis="x2",
        yaxis=f"y{order + 2}",
        mode="lines",
        name=name,
        line={"color": INK, "width": 1.3, "dash": "dot"},
        opacity=0.6,
        hoverinfo="skip",
        showlegend=order == 0,
    )


def _shade(drawing: go.Figure, document: Document, panels: int) -> None:
    """The stretch that decided, across every channel's panel."""
    stretch = document.get("stretch")
    if not stretch:
        return
    start, end = places({"steps": [stretch["start"], stretch["end"]]})
    for order in range(panels):
        words = {"text": "decided", "textposition": "top center", "font": {"size": 10, "color": ALERT}} if order == 0 else None
        drawing.add_shape(
            type="rect", xref="x2", yref=f"y{order + 2} domain", x0=start, x1=end, y0=0, y1=1, fillcolor=ALERT, opacity=0.13,
            line_width=0, layer="below", label=words,
        )  # fmt: skip
