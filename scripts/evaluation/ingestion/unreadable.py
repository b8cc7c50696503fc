"""Files in which nothing can be read, and that must be refused with words. Every public function is one."""

from __future__ import annotations

import json

import numpy as np

from scripts.evaluation.ingestion.expectation import Case, lines

Random = np.random.Generator


def bad_pdf(random: Random) -> Case:
    """A PDF called .csv."""
    body = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n" + random.bytes(3000)
    return Case("report.csv", body + b"\nxref\n0 3\ntrailer\n<< /Size 3 >>\nstartxref\n9\n%%EOF\n", wanted="refuse")


def bad_free_text(random: Random) -> Case:
    """Prose with a few years and commas in it."""
    words = [
        "the river",
        "rose",
        "in 1953,",
        "again",
        "in 1995,",
        "after rain;",
        "nobody",
        "measured it",
        "for 12 days,",
        "they say.",
    ]
    rows = [" ".join(random.choice(words, 9)) for _ in range(40)]
    return Case("notes.txt", lines(rows), wanted="refuse")


def bad_image(random: Random) -> Case:
    """A picture called .csv."""
    return Case("chart.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + random.bytes(4000), wanted="refuse")


def bad_empty(random: Random) -> Case:
    """Nothing but line ends."""
    return Case("empty.csv", b"\r\n" * int(random.integers(1, 4)), wanted="refuse")


def bad_one_row(random: Random) -> Case:
    """A header and one row."""
    return Case("one.csv", lines(["date,price,volume", f"2021-01-04,{random.uniform(10, 20):.2f},1200"]), wanted="refuse")


def bad_all_text(random: Random) -> Case:
    """A table of words."""
    rows = ["name,city,role", *(f"{a},{b},{c}" for a, b, c in random.choice(["Ada", "Bonn", "clerk", "Cork", "Dora"], (40, 3)))]
    return Case("people.csv", lines(rows), wanted="refuse")


def bad_header_only(random: Random) -> Case:
    """Names without rows, as an empty query is exported."""
    return Case(
        "export.csv",
        lines([",".join(["date", "station", *(f"v{k}" for k in range(int(random.integers(3, 6))))])]),
        wanted="refuse",
    )


def bad_xml(random: Random) -> Case:
    """An XML answer called .csv."""
    rows = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<error>",
        f"  <code>{random.integers(400, 500)}</code>",
        "  <text>No data</text>",
    ]
    return Case("answer.csv", lines([*rows, "</error>"]), wanted="refuse")


def bad_sqlite(random: Random) -> Case:
    """A database called .csv."""
    return Case("store.csv", b"SQLite format 3\x00\x10\x00\x01\x01\x00@  " + random.bytes(4096), wanted="refuse")


def bad_geojson(random: Random) -> Case:
    """A map: shapes and names without a measured value over time."""
    points = [{"type": "Point", "coordinates": [float(x), float(y)]} for x, y in random.uniform(0, 50, (5, 2)).round(3)]
    shapes = [{"type": "Feature", "properties": {"name": f"place {k}"}, "geometry": point} for k, point in enumerate(points)]
    document = {"type": "FeatureCollection", "features": shapes}
    return Case("map.json", json.dumps(document).encode(), wanted="refuse")
