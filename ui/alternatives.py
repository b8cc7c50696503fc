"""What a figure shows, for those who do not see it: a sentence or two, and the drawn numbers as a table. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd

from assistant.data.series import Series
from assistant.facts import clean_name, number_text, time_text
from ui.classification_plot import NO_CLASS, place_text, ranked_classes
from ui.forecast_plot import levels

Document = dict[str, Any]
TABLE_ROWS = 60
_MARKDOWN = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]()#+-.!|<>~$&:"})


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it is: every character with a meaning escaped, control characters dropped."""
    return "".join(c for c in text if c.isprintable() or c == "\n").translate(_MARKDOWN)


def summary(document: Document, series: Mapping[str, Series]) -> str:
    """What the figure of a result shows, in plain words; empty for a kind without a figure."""
    describe = _SUMMARIES.get(str(document.get("kind")))
    return describe(document, series) if describe else ""


def table(document: Document, series: Mapping[str, Series]) -> str:
    """The numbers a figure draws beside the series itself, as a Markdown table of at most `TABLE_ROWS` rows; empty for none."""
    tabulate = _TABLES.get(str(document.get("kind")))
    if tabulate is None:
        return ""
    headers, rows = tabulate(document, series)
    if not rows:
        return ""
    lines = [_row(headers), _row(["---"] * len(headers)), *(_row(row) for row in rows[:TABLE_ROWS])]
    if len(rows) > TABLE_ROWS:
        lines.append(f"\nThe first {TABLE_ROWS} of {len(rows):,} rows.")
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _when(text: Any, series: Series | None) -> str:
    if text is None:
        return ""
    if series is not None and not series.dated:
        return f"row {text}"
    try:
        return time_text(pd.Timestamp(text), series.frequency if series is not None else None)
    except ValueError:
        return clean_name(str(text))


def _number(value: Any, unit: str | None = None) -> str:
    return "" if value is None else number_text(float(value), unit)


def _extent(series: Series | None) -> str:
    if series is None or len(series) == 0:
        return ""
    return (
        f"{len(series):,} values from {_when(series.time_text(0), series)} to {_when(series.time_text(len(series) - 1), series)}"
    )


def _description_words(document: Document, series: Mapping[str, Series]) -> str:
    name = clean_name(document["series"])
    words = f"Line plot of {name}: {_extent(series.get(document['series']))}."
    trend = document.get("trend")
    if trend and trend["direction"] != "none":
        words += (
            f" A dashed straight line shows the trend, {trend['direction']} by {_number(abs(trend['slope']))} per {trend['per']}."
        )
    changes = document.get("change_points") or ()
    if changes:
        words += f" Dotted lines mark {len(changes)} change point{'s' if len(changes) > 1 else ''}."
    return words


def _anomalies_words(document: Document, series: Mapping[str, Series]) -> str:
    count = len(document["points"])
    name = clean_name(document["series"])
    marked = (
        f"{count} unusual {'stretch or value is' if count == 1 else 'stretches or values are'} marked"
        if count
        else "nothing is marked"
    )
    return f"Line plot of {name}: {_extent(series.get(document['series']))}; {marked}."


def _forecast_words(document: Document, series: Mapping[str, Series]) -> str:
    points = document["points"]
    one = series.get(document["series"])
    name = clean_name(document["series"])
    if not points:
        return ""
    unit = one.unit if one is not None else None
    words = (
        f"Line plot of the recent past of {name} and its forecast for {len(points)} steps, from "
        f"{_number(points[0]['mean'], unit)} ({_when(points[0]['time'], one)}) to "
        f"{_number(points[-1]['mean'], unit)} ({_when(points[-1]['time'], one)})"
    )
    bands = levels(points[-1])
    if bands and points[-1][f"lo{bands[-1]:g}"] is not None:
        low, high = points[-1][f"lo{bands[-1]:g}"], points[-1][f"hi{bands[-1]:g}"]
        words += f", the last within {_number(low)} to {_number(high, unit)} at {bands[-1]:g} %"
    scenario = document.get("scenario")
    if scenario:
        words += (
            f"; a dashed line shows your assumption, with a total of {_number(scenario['sum'], unit)} instead of "
            f"{_number(scenario['plain_sum'], unit)}"
        )
    if document.get("excluded"):
        words += "; what was left out is shaded"
    return words + "."


def _episodes_words(document: Document, _: Mapping[str, Series]) -> str:
    matches = document["matches"]
    if not matches:
        return ""
    best = clean_name(matches[0]["series"])
    return (
        f"Overlaid curves: the stretch asked about and {len(matches)} similar episodes with what followed each; "
        f"the nearest is in {best} (similarity {matches[0]['similarity']:.2f}). "
        "Every curve is in standard deviations from its own mean."
    )


def _comparison_words(document: Document, _: Mapping[str, Series]) -> str:
    names = ", ".join(clean_name(name) for name in document["series"])
    words = f"Line plot of {names} together"
    if document.get("correlation") is not None:
        words += f"; their correlation is {document['correlation']:.2f}"
    lag = document.get("lag")
    if lag and len(document["series"]) == 2:
        first, second = (clean_name(name) for name in document["series"])
        leader, follower = (first, second) if lag > 0 else (second, first)
        words += f"; {leader} leads {follower} by {abs(lag):,} step{'s' if abs(lag) > 1 else ''}"
    return words + "."


def _value_words(document: Document, series: Mapping[str, Series]) -> str:
    one = series.get(document["series"])
    detail = document.get("detail") or {}
    if detail.get("groups"):
        picked = f"; marked is {detail['group']}" if detail.get("group") else ""
        told = "" if document.get("value") is None else f", {_number(document['value'], document.get('unit'))}"
        count = len(detail["groups"])
        return f"Bars of {clean_name(document['series'])}, {clean_name(document['what'])}: {count} bars{picked}{told}."
    words = f"Plot of {clean_name(document['series'])} with {clean_name(document['what'])} marked"
    if document.get("value") is not None:
        words += f": {_number(document['value'], document.get('unit'))}"
    return words + (f", {_when(document['time'], one)}." if document.get("time") else ".")


def _classification_words(document: Document, series: Mapping[str, Series]) -> str:
    ranked = sorted(document["probabilities"].items(), key=lambda item: -item[1])
    best = "; ".join(f"{clean_name(str(label))} {100 * share:.1f} %" for label, share in ranked[:3])
    name, one = clean_name(document["series"]), series.get(document["series"])
    words = f"Bar chart of class probabilities: {best}."
    if document.get("values"):
        channels = len(document["values"])
        drawn = f"{channels} channels" if channels > 1 else "a line"
        words = f"{name} as {drawn} over a bar chart of class probabilities: {best}."
    example = next((near for near in document.get("neighbours") or () if near.get("values")), None)
    if example is not None:
        label = clean_name(str(example["label"]))
        words += f" Dotted behind it is the nearest training example, number {example['index'] + 1} ({label})."
    if document.get("strange"):
        of_class = document.get("unlike") == "class"
        words += f" It is unlike {'the training examples of its class' if of_class else 'anything the model was trained on'}."
    elif document.get("unsure"):
        words += " The class is unsure."
    stretch = document.get("stretch")
    if stretch:
        where = f"{place_text(stretch['start'], one)} to {place_text(stretch['end'], one)}"
        words += f" Shaded is what decided, {where}: hidden, the probability falls by {100 * stretch['drop']:.1f} points."
    return words


def _class_counts_words(document: Document, _: Mapping[str, Series]) -> str:
    cases = sum(document["counts"].values()) + document["strange"]
    most = "; ".join(f"{clean_name(label)} {count:,}" for label, count in ranked_classes(document)[:3])
    words = f"Bar chart of the classes of {cases:,} cases" + (f": {most}." if most else ".")
    if document["unsure"]:
        words += f" Of these, {document['unsure']:,} {'is' if document['unsure'] == 1 else 'are'} unsure."
    if document["strange"]:
        verb = "is" if document["strange"] == 1 else "are"
        words += f" {document['strange']:,} {verb} unlike what the model was trained on, and counted to no class."
    return words


def _anomalies_table(document: Document, series: Mapping[str, Series]) -> tuple[list[str], list[list[str]]]:
    one = series.get(document["series"])
    rows = [
        [_when(point["time"], one), _when(point["end"], one), point["kind"], _number(point["value"]), _number(point["expected"])]
        for point in document["points"]
    ]
    return ["from", "to", "kind", "value", "expected"], rows


def _forecast_table(document: Document, series: Mapping[str, Series]) -> tuple[list[str], list[list[str]]]:
    one = series.get(document["series"])
    points = document["points"]
    if not points:
        return [], []
    bands = levels(points[0])
    headers = ["time", "forecast", *(f"{level:g} % {end}" for level in bands for end in ("low", "high"))]
    rows = [
        [_when(point["time"], one), _number(point["mean"])]
        + [_number(point[f"{end}{level:g}"]) for level in bands for end in ("lo", "hi")]
        for point in points
    ]
    scenario = document.get("scenario")
    if scenario:
        headers.append("under your assumption")
        rows = [[*row, _number(point["mean"])] for row, point in zip(rows, scenario["points"], strict=True)]
    return headers, rows


def _episodes_table(document: Document, series: Mapping[str, Series]) -> tuple[list[str], list[list[str]]]:
    rows = []
    for match in document["matches"]:
        one = series.get(match["series"])
        name = escape_markdown(clean_name(match["series"]))
        text = escape_markdown(clean_name(match["text"]))
        rows.append([name, _when(match["start"], one), _when(match["end"], one), f"{match['similarity']:.3f}", text])
    return ["series", "from", "to", "similarity", "in words"], rows


def _changes_table(document: Document, series: Mapping[str, Series]) -> tuple[list[str], list[list[str]]]:
    one = series.get(document["series"])
    changes = document.get("change_points") or ()
    return ["change point", "kind", "size"], [[_when(c["time"], one), c["kind"], _number(c["size"])] for c in changes]


def _classification_table(document: Document, _: Mapping[str, Series]) -> tuple[list[str], list[list[str]]]:
    ranked = sorted(document["probabilities"].items(), key=lambda item: -item[1])
    return ["class", "probability"], [
        [escape_markdown(clean_name(str(label))), f"{100 * share:.1f} %"] for label, share in ranked
    ]


def _class_counts_table(document: Document, _: Mapping[str, Series]) -> tuple[list[str], list[list[str]]]:
    rows = [[escape_markdown(clean_name(label)), f"{count:,}"] for label, count in ranked_classes(document)]
    return ["class", "cases"], rows + ([[NO_CLASS, f"{document['strange']:,}"]] if document["strange"] else [])


_SUMMARIES: dict[str, Callable[[Document, Mapping[str, Series]], str]] = {
    "description": _description_words,
    "anomalies": _anomalies_words,
    "forecast": _forecast_words,
    "episodes": _episodes_words,
    "comparison": _comparison_words,
    "value": _value_words,
    "classification": _classification_words,
    "class_counts": _class_counts_words,
}
_TABLES: dict[str, Callable[[Document, Mapping[str, Series]], tuple[list[str], list[list[str]]]]] = {
    "description": _changes_table,
    "anomalies": _anomalies_table,
    "forecast": _forecast_table,
    "episodes": _episodes_table,
    "classification": _classification_table,
    "class_counts": _class_counts_table,
}
