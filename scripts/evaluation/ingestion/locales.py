"""Imitations of what spreadsheets in several languages save. Every public function is a layout."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import Case, lines, series
from scripts.evaluation.ingestion.synthetic import counts, grouped, months, walk, workbook

Random = np.random.Generator


def german_excel(random: Random) -> Case:
    """Semicolons, decimal commas, points for thousands, 31.12.2020, umlauts in latin-1, a unit row in brackets in the names."""
    times = pd.date_range("2020-01-01", periods=150, freq="D")
    use, cost = walk(random, 150, 12400.0, 150.0, 2), walk(random, 150, 88.0, 2.0, 2)
    rows = ["Datum;Wärmeverbrauch [kWh];Kosten [€]".replace("€", "EUR")]
    rows += [
        f"{t:%d.%m.%Y};{grouped(a, 2, '.', ',')};{grouped(b, 2, '.', ',')}" for t, a, b in zip(times, use, cost, strict=True)
    ]
    return Case(
        "verbrauch.csv",
        lines(rows, end="\r\n", encoding="latin-1"),
        ((series("Wärmeverbrauch", times, use, "D"), series("Kosten", times, cost, "D")),),
    )


def swiss_apostrophes(random: Random) -> Case:
    """Apostrophes for thousands, decimal points, semicolons, 31.12.2020."""
    times = pd.date_range("2016-03-31", periods=20, freq="QE")
    assets, gain = walk(random, 20, 812_400.0, 9000.0, 2), walk(random, 20, 14_200.0, 300.0, 2)
    rows = ["Stichtag;Bilanzsumme;Reingewinn"]
    rows += [
        f"{t:%d.%m.%Y};{grouped(a, 2, chr(39))};{grouped(b, 2, chr(39))}" for t, a, b in zip(times, assets, gain, strict=True)
    ]
    return Case(
        "bilanz.csv",
        lines(rows),
        ((series("Bilanzsumme", times, assets, ("QE", "QS")), series("Reingewinn", times, gain, "QE")),),
    )


def brazil_reais(random: Random) -> Case:
    """R$ 1.234,56 and jan/2015."""
    times = months("2015-01", 84)
    values = walk(random, 84, 18_400.0, 400.0, 2)
    short = ["jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez"]
    rows = ["Mês;Faturamento"]
    rows += [f"{short[t.month - 1]}/{t.year};R$ {grouped(v, 2, '.', ',')}" for t, v in zip(times, values, strict=True)]
    return Case("faturamento.csv", lines(rows), ((series("Faturamento", times, values, "MS"),),))


def japanese_months(random: Random) -> Case:
    """2018年4月, names in Japanese, Shift-JIS."""
    times = months("2018-04", 48)
    values = counts(random, 48, 1250.0)
    rows = ["年月,来館者数", *(f"{t.year}年{t.month}月,{v:.0f}" for t, v in zip(times, values, strict=True))]
    return Case("raikan.csv", lines(rows, end="\r\n", encoding="shift_jis"), ((series((), times, values, "MS"),),))


def sep_line(random: Random) -> Case:
    """A first line that names the delimiter, as spreadsheets read it."""
    times = pd.date_range("2022-01-03", periods=100, freq="B")
    a, b = walk(random, 100, 31.0, 0.4, 2), counts(random, 100, 45.0)
    rows = ["sep=;", "day;price;orders", *(f"{t:%Y-%m-%d};{x:.2f};{y:.0f}" for t, x, y in zip(times, a, b, strict=True))]
    return Case("orders.csv", lines(rows, end="\r\n"), ((series("price", times, a, "B"), series("orders", times, b, "B")),))


def xlsx_two_level_header(random: Random) -> Case:
    """Merged cells above pairs of columns: the region above, the measure below."""
    times = months("2019-01", 40)
    columns = {(place, what): counts(random, 40, 300.0) for place in ("North", "South") for what in ("Arrivals", "Nights")}
    rows: list[list[object]] = [["Month", "North", None, "South", None], [None, "Arrivals", "Nights", "Arrivals", "Nights"]]
    rows += [[t.to_pydatetime(), *(float(v[r]) for v in columns.values())] for r, t in enumerate(times)]
    content = workbook({"Tourism": rows}, {"Tourism": ["A1:A2", "B1:C1", "D1:E1"]})
    return Case("tourism.xlsx", content, (tuple(series(f"{a} {b}", times, v, "MS") for (a, b), v in columns.items()),))


def xlsx_title_totals(random: Random) -> Case:
    """A title, an empty row, a header, text months, a bold total below and a source line."""
    times = months("2020-01", 36)
    beds, visits = counts(random, 36, 220.0), counts(random, 36, 4100.0)
    rows: list[list[object]] = [["Hospital activity 2020-2022"], [], ["Month", "Beds occupied", "Visits"]]
    rows += [[f"{t:%B %Y}", float(a), float(b)] for t, a, b in zip(times, beds, visits, strict=True)]
    rows += [["Total", float(beds.sum()), float(visits.sum())], [], ["Source: trust returns"]]
    reading = (series("Beds occupied", times, beds, "MS"), series("Visits", times, visits, "MS"))
    return Case("activity.xlsx", workbook({"Data": rows}), (reading,))


def xlsx_several_sheets(random: Random) -> Case:
    """A sheet of remarks first, the data in the second, a lookup in the third."""
    times = pd.date_range("2021-01-01", periods=120, freq="D")
    values = walk(random, 120, 55.0, 0.9, 2)
    about: list[list[object]] = [["About this workbook"], ["Prepared for the meeting"], ["Data are on the next sheet"]]
    data: list[list[object]] = [["date", "index"], *([t.to_pydatetime(), float(v)] for t, v in zip(times, values, strict=True))]
    codes: list[list[object]] = [["code", "meaning"], ["A", "final"], ["P", "provisional"]]
    content = workbook({"Read me": about, "Data": data, "Codes": codes})
    return Case("index.xlsx", content, ((series("index", times, values, "D"),),))
