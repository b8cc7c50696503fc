"""Fresh imitations in which nothing can be read, or that only the user can read. Every public function is one."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import Case, lines, series

Random = np.random.Generator


def bad_hdf5(random: Random) -> Case:
    """A scientific container called .csv, cut off."""
    return Case("sst.csv", b"\x89HDF\r\n\x1a\n\x00\x00\x00\x00\x00\x08\x08\x00" + random.bytes(3000), wanted="refuse")


def bad_drawing(random: Random) -> Case:
    """A vector drawing of a chart called .txt."""
    points = " ".join(f"{x},{y:.1f}" for x, y in enumerate(random.uniform(0, 90, 60)))
    rows = ['<svg xmlns="http://www.w3.org/2000/svg" width="60" height="90">', f'  <polyline points="{points}"/>', "</svg>"]
    return Case("chart.txt", lines(rows), wanted="refuse")


def bad_survey_words(random: Random) -> Case:
    """Answers of a survey in words, commas in quotes, no number but in the text."""
    words = ["Agree", "Disagree", "Neither agree, nor disagree", "Prefer not to say"]
    rows = ['"Respondent","How do you like it?","Would you come again?"']
    rows += [f'"R-{chr(65 + r % 26)}{chr(65 + r // 26)}","{random.choice(words)}","{random.choice(words)}"' for r in range(60)]
    return Case("survey.csv", lines(rows), wanted="refuse")


def bad_letter(random: Random) -> Case:
    """An electronic letter: header lines with one date, then prose."""
    rows = [
        "From: ada@example.org",
        "To: bob@example.org",
        "Date: Mon, 06 Jan 2020 10:00:00 +0100",
        "Subject: the figures, at last",
        "",
    ]
    rows += [
        " ".join(random.choice(["we met", "on Monday,", "and 3 of us", "agreed:", "the rest", "will follow."], 8))
        for _ in range(25)
    ]
    return Case("letter.eml", lines(rows, end="\r\n"), wanted="refuse")


def bad_manifest(random: Random) -> Case:
    """A program's manifest as JSON: names, versions, nested settings."""
    needs = {f"package-{k}": f"^{a}.{b}.0" for k, (a, b) in enumerate(random.integers(0, 9, (25, 2)))}
    document = {"name": "made", "version": "1.4.2", "private": True, "scripts": {"build": "make"}, "dependencies": needs}
    return Case("package.json", json.dumps(document, indent=2).encode(), wanted="refuse")


def ask_three_part_days(random: Random) -> Case:
    """Days as 04/05/03 whose every part is below 13, on irregular days: nothing tells year, month and day apart but the user."""
    parts = random.integers(1, 13, (40, 2))
    days = sorted({(3 + r // 6, int(m), int(d)) for r, (m, d) in enumerate(parts)})
    times = pd.DatetimeIndex([pd.Timestamp(2000 + y, m, d) for y, m, d in days])
    values = random.normal(20, 3, len(days)).round(1)
    rows = ["day,weight", *(f"{t:%d/%m/%y},{v:.1f}" for t, v in zip(times, values, strict=True))]
    return Case("weights.csv", lines(rows), ((series("weight", times, values, "irregular"),),), wanted="ask")


def ask_point_or_thousands(random: Random) -> Case:
    """Every value as 1.234 to 9.876 between semicolons: tonnes with decimals or thousands, only the user knows."""
    times = pd.date_range("2019-01-01", periods=48, freq="MS")
    values = (random.integers(1000, 9999, 48) / 1000).round(3)
    rows = ["month;tonnes", *(f"{t:%Y-%m};{v:.3f}" for t, v in zip(times, values, strict=True))]
    readings = tuple((series("tonnes", times, v, "MS"),) for v in (values, (values * 1000).round()))
    return Case("tonnes.csv", lines(rows), readings, wanted="ask")
