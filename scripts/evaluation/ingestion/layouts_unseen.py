"""Imitations of public formats kept unseen while the reader is made: tables and workbooks. Every public function is a layout."""

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import ANY, Case, lines, series
from scripts.evaluation.ingestion.synthetic import counts, grouped, holes, months, printed, season, walk, workbook

Random = np.random.Generator


def fred_csv(random: Random) -> Case:
    """A day and a value, "." where there is none."""
    times = pd.date_range("2016-03-01", periods=240, freq="B")
    values = holes(random, walk(random, 240, 1.8, 0.03, 2), 9)
    rows = ["DATE,DGS10", *(f"{t:%Y-%m-%d},{printed(v, 2, '.')}" for t, v in zip(times, values, strict=True))]
    return Case("DGS10.csv", lines(rows), ((series("DGS10", times, values, "B"),),))


def gistemp(random: Random) -> Case:
    """A title line, months and means of years and seasons across, *** for missing."""
    times = months("1960-01", 12 * 40)
    values = walk(random, len(times), 0.2, 0.05, 2)
    values[-2:] = np.nan
    rows = ["Land-Ocean: Global Means", "Year,Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec,J-D,D-N,DJF,MAM,JJA,SON"]
    for start in range(0, len(times), 12):
        year = values[start : start + 12]
        means = [year.mean(), year.mean() + 0.01, year[:3].mean(), year[2:5].mean(), year[5:8].mean(), year[8:11].mean()]
        means = [np.nan, np.nan, np.nan, *means[3:]] if start == 0 else means
        rows.append(",".join([str(times[start].year), *(printed(v, 2, "***") for v in (*year, *means))]))
    return Case("GLB.Ts+dSST.csv", lines(rows), ((series((), times, values, "MS", trim=True),),))


def beijing_pm25(random: Random) -> Case:
    """A row number, the time over four columns, NA, a text column of winds."""
    times = pd.date_range("2010-01-01", periods=300, freq="h")
    dust, dew, wind = counts(random, 300, 90.0), season(random, 300, 24, -15, 5, 0), walk(random, 300, 9.0, 0.6, 2)
    dust[:24] = np.nan
    rows = ["No,year,month,day,hour,pm2.5,DEWP,cbwd,Iws"]
    for row, t in enumerate(times):
        direction = random.choice(["NW", "cv", "SE", "NE"])
        cells = f"{printed(dust[row], 0, 'NA')},{dew[row]:.0f},{direction},{wind[row]:.2f}"
        rows.append(f"{row + 1},{t.year},{t.month},{t.day},{t.hour},{cells}")
    columns = (("pm2.5", dust), ("DEWP", dew), ("Iws", wind))
    return Case("PRSA_data.csv", lines(rows), (tuple(series(name, times, v, "h") for name, v in columns),))


def google_trends(random: Random) -> Case:
    """A category line, an empty line, terms with their place, "<1" for little."""
    times = pd.date_range("2018-01-07", periods=200, freq="W-SUN")
    first, second = counts(random, 200, 60.0), counts(random, 200, 5.0)
    written = [f"{v:.0f}" for v in second]
    for row in (3, 90, 150):
        written[row], second[row] = "<1", ANY
    rows = ["Category: All categories", "", "Week,heat pump: (Worldwide),gas boiler: (Worldwide)"]
    rows += [f"{t:%Y-%m-%d},{a:.0f},{b}" for t, a, b in zip(times, first, written, strict=True)]
    reading = (series("heat pump", times, first, "W-SUN"), series("gas boiler", times, second, "W-SUN"))
    return Case("multiTimeline.csv", lines(rows), (reading,))


def oecd_long(random: Random) -> Case:
    """Every dimension twice, as code and as words, the time twice too, quarters as Q1-2005, flags."""
    times = pd.date_range("2005-01-01", periods=50, freq="QS")
    rows = [
        '"LOCATION","Country","SUBJECT","Subject","MEASURE","Measure","FREQUENCY","Frequency","TIME","Time","Unit Code",'
        '"Unit","PowerCode Code","PowerCode","Value","Flag Codes","Flags"'
    ]
    reading = []
    for code, country in (("AUS", "Australia"), ("CHL", "Chile"), ("EST", "Estonia")):
        values = walk(random, 50, 100.0, 0.8, 4)
        for t, v in zip(times, values, strict=True):
            span = f'"{t.year}-Q{t.quarter}","Q{t.quarter}-{t.year}"'
            middle = '"B1_GE","Gross domestic product","GYSA","Growth","Q","Quarterly"'
            rows.append(f'"{code}","{country}",{middle},{span},"PC","Percentage","0","Units",{v:.4f},,')
        reading.append(series((country, code), times, values, "QS"))
    return Case("QNA_data.csv", lines(rows), (tuple(reading),))


def indian_lakh(random: Random) -> Case:
    """Numbers grouped as 12,34,567.00, days as 05-04-2021 with a decisive row."""
    times = pd.date_range("2021-04-05", periods=80, freq="D")
    values = walk(random, 80, 2_345_678.0, 30_000.0, 2)

    def lakhs(value: float) -> str:
        whole, _, rest = f"{value:.2f}".partition(".")
        head, tail = whole[:-3], whole[-3:]
        parts: list[str] = []
        while head:
            parts.insert(0, head[-2:])
            head = head[:-2]
        return ",".join([*parts, tail]) + "." + rest

    rows = ["Date,Collection (Rs.)", *(f'{t:%d-%m-%Y},"{lakhs(v)}"' for t, v in zip(times, values, strict=True))]
    return Case("collection.csv", lines(rows), ((series("Collection", times, values, "D"),),))


def french_spaces(random: Random) -> Case:
    """Semicolons, decimal commas, narrow spaces for thousands, days as 01/02/2021 with a decisive row, "nd" for missing."""
    times = pd.date_range("2021-02-01", periods=100, freq="D")
    use, sun = holes(random, walk(random, 100, 52_300.0, 700.0, 1), 3), walk(random, 100, 3.2, 0.2, 1)
    rows = ["Date;Consommation (MW);Température (°C)"]
    for row, t in enumerate(times):
        mark = "nd" if np.isnan(use[row]) else grouped(use[row], 1, "\u202f" if row % 2 else "\u00a0", ",")
        rows.append(f"{t:%d/%m/%Y};{mark};{sun[row]:.1f}".replace(f"{sun[row]:.1f}", grouped(sun[row], 1, " ", ",")))
    reading = (series("Consommation", times, use, "D"), series("Température", times, sun, "D"))
    return Case("conso.csv", lines(rows), (reading,))


def iso_week(random: Random) -> Case:
    """Weeks as 2019-W05."""
    times = pd.date_range("2018-01-01", periods=150, freq="W-MON")
    values = counts(random, 150, 18_000.0)
    rows = ["week,deaths"]
    rows += [f"{t.isocalendar().year}-W{t.isocalendar().week:02d},{v:.0f}" for t, v in zip(times, values, strict=True)]
    ending = times + pd.Timedelta(days=6)
    return Case(
        "stmf.csv", lines(rows), ((series("deaths", times, values, "W-MON"),), (series("deaths", ending, values, "W-SUN"),))
    )


def stacked_blocks(random: Random) -> Case:
    """Two tables under each other, each with a title and a header of its own."""
    times = months("2014-01", 48)
    north, south = walk(random, 48, 310.0, 5.0, 1), walk(random, 48, 270.0, 5.0, 1)
    rows = []
    for title, values in (("Region North", north), ("Region South", south)):
        rows += [title, "Month,Output"] + [f"{t:%Y-%m},{v:.1f}" for t, v in zip(times, values, strict=True)] + [""]
    readings = (
        (series("North", times, north, "MS"), series("South", times, south, "MS")),
        (series((), times, north, "MS"), series((), times, south, "MS")),
    )
    return Case("regions.csv", lines(rows), readings)


def gzip_csv(random: Random) -> Case:
    """A compressed table with months first and a decisive row."""
    times = pd.date_range("2021-01-01", periods=90, freq="D")
    values = counts(random, 90, 70.0)
    text = lines(["day,rides", *(f"{t:%m/%d/%Y},{v:.0f}" for t, v in zip(times, values, strict=True))])
    return Case("rides.csv.gz", gzip.compress(text, mtime=0), ((series("rides", times, values, "D"),),))


def quarters_across(random: Random) -> Case:
    """Industries down with a code, quarters like "2011 Q1" across, a row of all industries first."""
    times = pd.date_range("2011-01-01", periods=44, freq="QS")
    rows = [";".join(["Code", "Industry", *(f"{t.year} Q{t.quarter}" for t in times)])]
    reading = []
    for code, name in (("A-S", "All industries"), ("C", "Manufacturing"), ("F", "Construction")):
        values = walk(random, 44, 101.0, 0.7, 1)
        rows.append(";".join([code, name, *(f"{v:.1f}" for v in values)]))
        reading.append(series((name, code), times, values, "QS"))
    return Case("gva.csv", lines(rows), (tuple(reading),))


def census_period(random: Random) -> Case:
    """Title lines with commas in quotes, "Jan-1992", NA in coming months."""
    times = months("1992-01", 372)
    values = walk(random, 372, 164_000.0, 1500.0, 0)
    values[-5:] = np.nan
    rows = ['"U.S. Census Bureau"', '"Source: Advance Monthly Sales, Retail and Food"', '"44X72: Retail Trade: U.S. Total"']
    rows += ['"Seasonally Adjusted Sales - Monthly [Millions of Dollars]"', '"Period: 1992 to 2022"', "", "", '"Period","Value"']
    rows += [f'"{t:%b-%Y}","{printed(v, 0, "NA")}"' for t, v in zip(times, values, strict=True)]
    return Case("SeriesReport.csv", lines(rows, end="\r\n"), ((series((), times, values, "MS", trim=True),),))


def abbreviated_marks(random: Random) -> Case:
    """Suppressed cells marked "x", "c" and "..", provisional ones with (p), a note below."""
    times = pd.date_range("2001-01-01", periods=22, freq="YS")
    births, deaths = counts(random, 22, 880.0), counts(random, 22, 610.0)
    births[4], deaths[9], deaths[10] = np.nan, np.nan, np.nan
    marks = {4: "x", 9: "c", 10: ".."}
    rows = ["Year;Births;Deaths"]
    for row, time in enumerate(times):
        cells = [marks[row] if np.isnan(v[row]) else f"{v[row]:.0f}" + (" (p)" if row == 21 else "") for v in (births, deaths)]
        rows.append(";".join([str(time.year), *cells]))
    rows += ["x = suppressed, c = confidential, .. = not available, (p) = provisional"]
    return Case("vital.csv", lines(rows), ((series("Births", times, births, "YS"), series("Deaths", times, deaths, "YS")),))


def store_sales(random: Random) -> Case:
    """Shops and departments numbered, weeks below each other, a flag of holidays."""
    times = pd.date_range("2010-02-05", periods=60, freq="W-FRI")
    rows = ["Store,Dept,Date,Weekly_Sales,IsHoliday"]
    reading = []
    for store in (1, 2):
        for department in (1, 7):
            values = walk(random, 60, 21_000.0, 900.0, 2)
            rows += [
                f"{store},{department},{t:%Y-%m-%d},{v:.2f},{'TRUE' if t.month == 12 else 'FALSE'}"
                for t, v in zip(times, values, strict=True)
            ]
            reading.append(series(f"{store} {department}", times, values, "W-FRI"))
    return Case("train.csv", lines(rows), (tuple(reading),), optional=("IsHoliday",))


def utf16_tab(random: Random) -> Case:
    """A spreadsheet's "Unicode text": UTF-16 with a mark, tabs."""
    times = months("2017-05", 60)
    values = walk(random, 60, 88.0, 1.2, 1)
    rows = ["Měsíc\tCena", *(f"{t:%Y-%m-%d}\t{v:.1f}" for t, v in zip(times, values, strict=True))]
    return Case("cena.txt", lines(rows, end="\r\n", encoding="utf-16"), ((series("Cena", times, values, "MS"),),))


def xlsx_accounting(random: Random) -> Case:
    """A ledger in a workbook: amounts as text with currency, negatives in parentheses, a balance row last."""
    times = pd.date_range("2019-01-31", periods=36, freq="ME")
    net = random.normal(0, 3000, 36).round(2)
    cash = walk(random, 36, 91_000.0, 1500.0, 2)
    rows: list[list[object]] = [["Farfield Ltd."], ["Monthly ledger"], [], ["Period end", "Net", "Cash"]]
    for t, a, b in zip(times, net, cash, strict=True):
        rows.append([t.to_pydatetime(), f"€{a:,.2f}" if a >= 0 else f"(€{-a:,.2f})", f"€{b:,.2f}"])
    rows.append(["Total", f"€{net.sum():,.2f}" if net.sum() >= 0 else f"(€{-net.sum():,.2f})", ""])
    reading = (series("Net", times, net, ("ME", "MS")), series("Cash", times, cash, ("ME", "MS")))
    return Case("ledger.xlsx", workbook({"Ledger": rows}), (reading,))


def abs_workbook(random: Random) -> Case:
    """A workbook with names first, then rows of unit, type, frequency, span and identifiers, then the months."""
    times = months("2005-02", 90)
    employed, rate = walk(random, 90, 9800.0, 20.0, 1), walk(random, 90, 5.1, 0.08, 2)
    names = ["Employed total ;  Persons ;", "Unemployment rate ;  Persons ;"]
    stamp = times[0].to_pydatetime()
    rows: list[list[object]] = [[None, *names], ["Unit", "000", "Percent"], ["Series Type", "Trend", "Trend"]]
    rows += [["Data Type", "STOCK", "PERCENT"], ["Frequency", "Month", "Month"], ["Collection Month", 1, 1]]
    rows += [["Series Start", stamp, stamp], ["Series End", times[-1].to_pydatetime(), times[-1].to_pydatetime()]]
    rows += [["No. Obs", 90, 90], ["Series ID", "A84423085A", "A84423092X"]]
    rows += [[t.to_pydatetime(), float(a), float(b)] for t, a, b in zip(times, employed, rate, strict=True)]
    by_name = (series("Employed total", times, employed, "MS"), series("Unemployment rate", times, rate, "MS"))
    by_key = (series("A84423085A", times, employed, "MS"), series("A84423092X", times, rate, "MS"))
    return Case("62020001.xlsx", workbook({"Data1": rows}), (by_name, by_key))
