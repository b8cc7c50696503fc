"""The last imitations kept unseen while the reader is made, and files to refuse. Every public function is a layout."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import Case, lines, series
from scripts.evaluation.ingestion.synthetic import counts, months, printed, season, walk

Random = np.random.Generator
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def hour_one_to_24(random: Random) -> Case:
    """A day and an hour counted 1 to 24 in two columns, a price with decimal comma."""
    times = pd.date_range("2022-01-13", periods=24 * 9, freq="h")
    prices = season(random, len(times), 24, 180, 60, 2)
    rows = ["Fecha;Hora;Precio"]
    rows += [f"{t:%d/%m/%Y};{t.hour + 1};{v:.2f}".replace(".", ",") for t, v in zip(times, prices, strict=True)]
    ending = times + pd.Timedelta(hours=1)
    readings = tuple((series("Precio", t, prices, "h"),) for t in (times, ending))
    return Case("marginal.csv", lines(rows), readings)


def iso_basic(random: Random) -> Case:
    """Times as 20200301T001500Z."""
    times = pd.date_range("2020-03-01", periods=120, freq="15min", tz="UTC")
    values = walk(random, 120, 44.0, 0.7, 2)
    rows = ["utc;level", *(f"{t:%Y%m%dT%H%M%SZ};{v:.2f}" for t, v in zip(times, values, strict=True))]
    return Case("tide.csv", lines(rows), ((series("level", times, values, "15min"),),))


def sap_periods(random: Random) -> Case:
    """Months as 003.2018, amounts with points for thousands and a currency column."""
    times = months("2018-01", 48)
    cost = counts(random, 48, 1_430_000.0)
    rows = ["Periode;Kosten;Waehrung"]
    rows += [f"{t.month:03d}.{t.year};{v:,.0f};EUR".replace(",", ".") for t, v in zip(times, cost, strict=True)]
    return Case("kosten.csv", lines(rows), ((series("Kosten", times, cost, "MS"),),))


def years_above_months(random: Random) -> Case:
    """Products down; across a row of years, each only over its January, and a row of months below."""
    times = months("2018-01", 36)
    rows = [",".join(["", *(str(t.year) if t.month == 1 else "" for t in times)])]
    rows += [",".join(["Product", *(_MONTHS[t.month - 1] for t in times)])]
    reading = []
    for name in ("Milk", "Butter", "Cheese"):
        values = counts(random, 36, 2300.0)
        rows.append(",".join([name, *(f"{v:.0f}" for v in values)]))
        reading.append(series(name, times, values, "MS"))
    return Case("dairy.csv", lines(rows), (tuple(reading),))


def bloomberg_preamble(random: Random) -> Case:
    """Start, end, currency and period lines, names over fields, then days; #N/A N/A for missing."""
    times = pd.date_range("2019-01-01", periods=150, freq="B")
    first, second = walk(random, 150, 2500.0, 20.0, 2), walk(random, 150, 7000.0, 50.0, 2)
    second[[0, 77]] = np.nan
    rows = [
        "Start Date,1/1/2019,",
        "End Date,7/29/2019,",
        "Currency,USD,",
        "Period,D,",
        ",ABC Index,XYZ Index",
        "Dates,PX_LAST,PX_LAST",
    ]
    rows += [
        f"{t.month}/{t.day}/{t.year},{a:.2f},{printed(b, 2, '#N/A N/A')}" for t, a, b in zip(times, first, second, strict=True)
    ]
    return Case(
        "prices.csv", lines(rows), ((series("ABC Index", times, first, "B"), series("XYZ Index", times, second, "B", trim=True)),)
    )


def gapminder_suffixes(random: Random) -> Case:
    """Countries down, years across, people as 3.28M and 955k."""
    times = pd.date_range("1800-01-01", periods=60, freq="YS")
    rows = [",".join(["country", *(str(t.year) for t in times)])]
    reading = []
    for country, level in (("Lumeria", 3.1e6), ("Norvik", 9.1e5)):
        written = [f"{v / 1e6:.2f}M" if v >= 1e6 else f"{v / 1e3:.0f}k" for v in walk(random, 60, level, level / 300, 0)]
        values = [float(w[:-1]) * (1e6 if w.endswith("M") else 1e3) for w in written]
        rows.append(",".join([country, *written]))
        reading.append(series(country, times, values, "YS"))
    return Case("population_total.csv", lines(rows), (tuple(reading),))


def weatherlink(random: Random) -> Case:
    """Names split over two rows, tabs, 1/05/20 and 12:30a in two columns, --- for missing, month first with a decisive row."""
    times = pd.date_range("2020-01-05", periods=480, freq="30min")
    heat, rain = season(random, 480, 48, 4, 5), walk(random, 480, 0.4, 0.05, 2)
    heat[[100, 101]] = np.nan
    rows = ["\t\tTemp\t", "Date\tTime\tOut\tRain"]
    for t, a, b in zip(times, heat, rain, strict=True):
        clock = f"{t.hour % 12 or 12}:{t:%M}{'a' if t.hour < 12 else 'p'}"
        rows.append(f"{t.month}/{t.day:02d}/{t:%y}\t{clock}\t{printed(a, 1, '---')}\t{b:.2f}")
    return Case(
        "download.txt", lines(rows, end="\r\n"), ((series("Out", times, heat, "30min"), series("Rain", times, rain, "30min")),)
    )


def alphavantage_json(random: Random) -> Case:
    """A JSON object whose keys are days, newest first, with numbered fields as text."""
    times = pd.date_range("2020-01-06", periods=80, freq="B")
    close, volume = walk(random, 80, 130.0, 1.2, 4), counts(random, 80, 51_000.0)
    daily = {
        f"{t:%Y-%m-%d}": {"4. close": f"{a:.4f}", "5. volume": f"{b:.0f}"}
        for t, a, b in reversed(list(zip(times, close, volume, strict=True)))
    }
    document = {"Meta Data": {"1. Information": "Daily Prices", "2. Symbol": "ABC"}, "Time Series (Daily)": daily}
    reading = (series("close", times, close, "B"), series("volume", times, volume, "B"))
    return Case("query.json", json.dumps(document, indent=1).encode(), (reading,))


def pandas_split_json(random: Random) -> Case:
    """A frame as columns, index and data, the index in epoch milliseconds."""
    times = pd.date_range("2021-06-01", periods=72, freq="h")
    frame = pd.DataFrame({"load": walk(random, 72, 70.0, 1.0, 2), "wind": walk(random, 72, 22.0, 1.0, 2)}, index=times)
    document = {
        "columns": list(frame.columns),
        "index": [t.value // 1_000_000 for t in times],
        "data": frame.to_numpy().tolist(),
    }
    reading = tuple(series(name, times, frame[name].to_numpy(), "h") for name in ("load", "wind"))
    return Case("frame.json", json.dumps(document).encode(), (reading,))


def xlsx_percent_cells(random: Random) -> Case:
    """A workbook with percent-formatted cells, real dates, an empty first column and row."""
    import openpyxl

    times = months("2019-04", 40)
    share = walk(random, 40, 0.31, 0.01, 4)
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet("Shares")
    sheet.append([])
    sheet.append([None, "Month", "Share renewable"])
    for row, (t, v) in enumerate(zip(times, share, strict=True), start=3):
        sheet.append([None, t.to_pydatetime(), float(v)])
        sheet.cell(row=row, column=3).number_format = "0.0%"
    buffer = io.BytesIO()
    book.save(buffer)
    readings = tuple((series("Share renewable", times, share * scale, "MS"),) for scale in (1.0, 100.0))
    return Case("shares.xlsx", buffer.getvalue(), readings)


def mixed_date_forms(random: Random) -> Case:
    """Typed by several people: 2021-03-04, 05/03/2021, 6 Mar 2021, 7.3.2021 below each other; decisive rows."""
    times = pd.date_range("2021-03-01", periods=80, freq="D")
    values = counts(random, 80, 31.0)
    forms = ("{:%Y-%m-%d}", "{:%d/%m/%Y}", "{:%d %b %Y}", "{:%d.%m.%Y}")
    rows = ["day,count", *(f"{forms[r % 4].format(t)},{v:.0f}" for r, (t, v) in enumerate(zip(times, values, strict=True)))]
    return Case("tally.csv", lines(rows), ((series("count", times, values, "D"),),))


def duplicate_header_names(random: Random) -> Case:
    """Two columns of one name, times with a zone in the header."""
    times = pd.date_range("2022-10-01", periods=96, freq="h")
    first, second = walk(random, 96, 50.0, 0.5, 1), walk(random, 96, 60.0, 0.5, 1)
    rows = [
        "Time (UTC),Flow,Flow",
        *(f"{t:%Y-%m-%d %H:%M},{a:.1f},{b:.1f}" for t, a, b in zip(times, first, second, strict=True)),
    ]
    aware = times.tz_localize("UTC")
    readings = tuple((series("Flow", t, first, "h"), series("Flow", t, second, "h")) for t in (times, aware))
    return Case("flows.csv", lines(rows), readings)


def ragged_tail_commas(random: Random) -> Case:
    """Every row ends in commas, a few in fewer, from a table edited by hand."""
    times = pd.date_range("2020-06-01", periods=70, freq="D")
    values = walk(random, 70, 8.2, 0.2, 2)
    rows = ["Date,pH,,,"]
    rows += [
        f"{t:%d-%b-%Y},{v:.2f}" + "," * (0 if r in (20, 41) else 3) for r, (t, v) in enumerate(zip(times, values, strict=True))
    ]
    rows += [",,,,", ",,,,"]
    return Case("ph.csv", lines(rows), ((series("pH", times, values, "D"),),))


def cumulative_by_country(random: Random) -> Case:
    """Days down, countries across with commas in their names, empty until the first case, a world column."""
    times = pd.date_range("2020-02-01", periods=90, freq="D")
    columns = {name: np.cumsum(counts(random, 90, 40.0)) for name in ("Korea, South", "Lumeria", "Saint Far & Near")}
    for place, values in enumerate(columns.values()):
        values[: 4 * place] = np.nan
    world = np.nansum(np.vstack(list(columns.values())), axis=0)
    rows = ["date," + ",".join(f'"{name}"' for name in columns) + ",World"]
    for row, t in enumerate(times):
        rows.append(f"{t:%Y-%m-%d}," + ",".join(printed(v[row], 0) for v in columns.values()) + f",{world[row]:.0f}")
    reading = [series(name, times, v, "D", trim=True) for name, v in columns.items()]
    return Case("total_cases.csv", lines(rows), ((*reading, series("World", times, world, "D")),))


def employment_flash(random: Random) -> Case:
    """Months as 2019/04, revised figures marked "r", breaks in the series "|", a note below."""
    times = months("2017-01", 50)
    rate, women = walk(random, 50, 75.0, 0.1, 1), walk(random, 50, 70.0, 0.1, 1)
    rows = ["Month\tEmployment rate\tof which women"]
    for row, (t, a, b) in enumerate(zip(times, rate, women, strict=True)):
        rows.append(f"{t:%Y/%m}\t{a:.1f}{' r' if row > 44 else ''}\t{'|' if row == 24 else ''}{b:.1f}")
    rows += ["r: revised, |: break in the series"]
    women[24] = np.inf
    return Case("flash.tsv", lines(rows), ((series("Employment rate", times, rate, "MS"), series("women", times, women, "MS")),))


def lake_levels_wide(random: Random) -> Case:
    """Prose, a header of lower-case months aligned by spaces, a year and its means a row."""
    times = months("1980-01", 240)
    values = walk(random, 240, 183.4, 0.04, 2)
    rows = ["Lake Far: Monthly mean water levels", "Units: metres, IGLD 1985", "Source: a survey", ""]
    rows += ["year   " + "".join(name.lower().rjust(8) for name in _MONTHS)]
    rows += [f"{times[s].year}   " + "".join(f"{v:8.2f}" for v in values[s : s + 12]) for s in range(0, 240, 12)]
    return Case("levels.txt", lines(rows), ((series((), times, values, "MS"),),))


def bad_zip(random: Random) -> Case:
    """A ZIP archive of pictures."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.png"), b"\x89PNG\r\n\x1a\n" + random.bytes(500))
    return Case("files.zip", buffer.getvalue(), wanted="refuse")


def bad_word(random: Random) -> Case:
    """A text processor's document called .xlsx."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("word/document.xml"), f"<w:document>{random.integers(10)}</w:document>")
        archive.writestr(zipfile.ZipInfo("[Content_Types].xml"), "<Types></Types>")
    return Case("letter.xlsx", buffer.getvalue(), wanted="refuse")


def bad_log_words(random: Random) -> Case:
    """A program's log: times and sentences, no measured value."""
    times = pd.date_range("2022-01-01", periods=60, freq="37s")
    words = ["started worker", "connection closed", "retrying", "cache miss", "shutting down"]
    rows = [f"{t:%Y-%m-%d %H:%M:%S} INFO app.main - {random.choice(words)}" for t in times]
    return Case("app.log", lines(rows), wanted="refuse")


def bad_config(random: Random) -> Case:
    """A settings file."""
    rows = ["[server]", f"port = {random.integers(1000, 9000)}", "host = localhost", "", "[limits]", "rows = 100", "name = far"]
    return Case("settings.ini", lines(rows), wanted="refuse")


def bad_source_code(random: Random) -> Case:
    """A program called .txt."""
    rows = ["import csv", "", f"LIMIT = {random.integers(10, 99)}", "", "def main(path):", "    with open(path) as stream:"]
    rows += ["        for row in csv.reader(stream):", "            print(row[0], len(row))", "", "main('a.csv')"]
    return Case("script.txt", lines(rows), wanted="refuse")
