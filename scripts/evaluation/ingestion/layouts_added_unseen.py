"""More imitations kept unseen while the reader is made: awkward tables. Every public function is a layout."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import Case, Reading, lines, series
from scripts.evaluation.ingestion.synthetic import counts, holes, months, printed, season, walk

Random = np.random.Generator
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def m4_wide(random: Random) -> Case:
    """A competition's table: one series a row under V1, V2, …, of different lengths, no time at all."""
    cases = {f"W{row + 1}": walk(random, 40 + 10 * row, 900.0, 20.0, 2) for row in range(6)}
    width = max(map(len, cases.values()))
    rows = [",".join(f'"V{k + 1}"' for k in range(width + 1))]
    for name, values in cases.items():
        rows.append(",".join([f'"{name}"', *(f"{v:.2f}" for v in values), *[""] * (width - len(values))]))
    padded = {name: np.concatenate([v, np.full(width - len(v), np.nan)]) for name, v in cases.items()}
    reading = tuple(series(name, pd.RangeIndex(width), v, None, trim=True) for name, v in padded.items())
    return Case("Weekly-train.csv", lines(rows), (reading,))


def r_ts_print(random: Random) -> Case:
    """What R prints of a monthly series: months above, a year before each row, aligned by spaces, the first year incomplete."""
    times = months("1998-04", 105)
    values = walk(random, 105, 112.0, 2.0, 1)
    by_time = dict(zip(times, values, strict=True))
    rows = ["       " + " ".join(name.rjust(6) for name in _MONTHS)]
    for year in range(1998, 2007):
        cells = [f"{by_time[t]:.1f}" if (t := pd.Timestamp(year, month, 1)) in by_time else "" for month in range(1, 13)]
        rows.append(f"{year}   " + " ".join(cell.rjust(6) for cell in cells).rstrip())
    return Case("print.txt", lines(rows), ((series((), times, values, "MS"),),))


def named_zone_times(random: Random) -> Case:
    """Times followed by a zone's name: 2021-05-01 00:00:00 UTC."""
    times = pd.date_range("2021-05-01", periods=96, freq="15min", tz="UTC")
    power = walk(random, 96, 410.0, 9.0, 1)
    rows = ["time,power_kw", *(f"{t:%Y-%m-%d %H:%M:%S} UTC,{v:.1f}" for t, v in zip(times, power, strict=True))]
    return Case("plant.csv", lines(rows), ((series("power_kw", times, power, "15min"),),))


def page_headers_repeated(random: Random) -> Case:
    """The header comes back every 50 rows, as from a printed report."""
    times = pd.date_range("2019-03-01", periods=180, freq="D")
    level, flow = walk(random, 180, 3.4, 0.05, 2), walk(random, 180, 51.0, 1.0, 1)
    rows = []
    for row, (t, a, b) in enumerate(zip(times, level, flow, strict=True)):
        if row % 50 == 0:
            rows.append("Date;Level;Flow")
        rows.append(f"{t:%d.%m.%Y};{a:.2f};{b:.1f}")
    return Case("gauge.csv", lines(rows), ((series("Level", times, level, "D"), series("Flow", times, flow, "D")),))


def blank_rows_between(random: Random) -> Case:
    """A blank line after every year, months as 2015-01."""
    times = months("2013-01", 72)
    values = counts(random, 72, 140.0)
    rows = ["month,births"]
    for start in range(0, 72, 12):
        rows += [f"{t:%Y-%m},{v:.0f}" for t, v in zip(times[start : start + 12], values[start : start + 12], strict=True)] + [""]
    return Case("births.csv", lines(rows), ((series("births", times, values, "MS"),),))


def scientific_notation(random: Random) -> Case:
    """1.2345E+03 and -4.56E-02, times with fractions of seconds."""
    times = pd.date_range("2022-01-01 12:00:00.250", periods=120, freq="500ms")
    force, strain = walk(random, 120, 1500.0, 30.0, 1), random.normal(0, 0.02, 120).round(6)
    rows = ["Timestamp,Force (N),Strain (-)"]
    for t, a, b in zip(times, force, strain, strict=True):
        rows.append(f"{t:%Y-%m-%d %H:%M:%S}.{t.microsecond // 1000:03d},{a:.4E},{b:.6E}")
    exact = (series("Force", times, force, "500ms"), series("Strain", times, strain, "500ms"))
    return Case("rig.csv", lines(rows), (exact,))


def transposed_months(random: Random) -> Case:
    """Lines of a budget down, units beside, months as Jan-20 across, a total column and a total row."""
    times = months("2020-01", 24)
    items = {"Rent": walk(random, 24, 5200.0, 40.0, 0), "Wages": walk(random, 24, 31_000.0, 300.0, 0)}
    rows = [",".join(["Item", "Unit", *(f"{t:%b-%y}" for t in times), "Total"])]
    for name, values in items.items():
        rows.append(",".join([name, "EUR", *(f"{v:.0f}" for v in values), f"{values.sum():.0f}"]))
    both = items["Rent"] + items["Wages"]
    rows.append(",".join(["Total", "EUR", *(f"{v:.0f}" for v in both), f"{both.sum():.0f}"]))
    reading = tuple(series(name, times, v, "MS") for name, v in items.items())
    return Case("budget.csv", lines(rows), (reading, (*reading, series("Total", times, both, "MS"))))


def csv_two_header_rows(random: Random) -> Case:
    """Two rows of names, the upper one only over the first of its columns."""
    times = pd.date_range("2022-07-01", periods=100, freq="h")
    columns = {
        (place, what): walk(random, 100, level, 0.4, 1)
        for place in ("Hall A", "Hall B")
        for what, level in (("Temp", 21.0), ("RH", 48.0))
    }
    rows = [",Hall A,,Hall B,", "Date,Temp,RH,Temp,RH"]
    rows += [f"{t:%Y-%m-%d %H:%M}," + ",".join(f"{v[r]:.1f}" for v in columns.values()) for r, t in enumerate(times)]
    return Case("halls.csv", lines(rows), (tuple(series(f"{a} {b}", times, v, "h") for (a, b), v in columns.items()),))


def glucose_reader(random: Random) -> Case:
    """Two title lines, 31-12-2021 03:14 PM, one column for readings taken alone and one for those scanned, each half empty."""
    times = pd.date_range("2021-12-20 00:05", periods=200, freq="15min")
    glucose = season(random, 200, 96, 110, 30, 0)
    scanned = np.where(random.random(200) < 0.1, glucose + 3, np.nan)
    rows = ["Glucose Data,Generated on,31-12-2021 06:10 PM UTC,Generated by,A. Person"]
    rows += ["Device,Serial Number,Device Timestamp,Record Type,Historic Glucose mg/dL,Scan Glucose mg/dL,Notes"]
    for row, t in enumerate(times):
        kind = 0 if np.isnan(scanned[row]) else 1
        cells = f"{glucose[row]:.0f}," if kind == 0 else f",{scanned[row]:.0f}"
        rows.append(f"FreeReader,A-B-C,{t:%d-%m-%Y %I:%M %p},{kind},{cells},")
    historic = np.where(np.isnan(scanned), glucose, np.nan)
    reading = (series("Historic Glucose", times, historic, "15min"), series("Scan Glucose", times, scanned, "15min"))
    return Case("glucose.csv", lines(rows), (reading,), optional=("Record Type",))


def nasa_power(random: Random) -> Case:
    """A header between -BEGIN HEADER- and -END HEADER-, YEAR,MO,DY, -999 for missing."""
    times = pd.date_range("2019-01-01", periods=150, freq="D")
    heat, rain = season(random, 150, 365, 14, 8, 2), walk(random, 150, 2.2, 0.2, 2)
    heat[-3:] = np.nan
    rows = ["-BEGIN HEADER-", "Daily Averages", "Dates (month/day/year): 01/01/2019 through 05/30/2019"]
    rows += ["Location: Latitude  40.0   Longitude -100.0", "The value for missing data is: -999 ", "Parameter(s): "]
    rows += ["T2M Temperature at 2 Meters (C) ", "PRECTOT Precipitation (mm day-1) ", "-END HEADER-", "YEAR,MO,DY,T2M,PRECTOT"]
    rows += [f"{t.year},{t.month},{t.day},{printed(a, 2, '-999')},{b:.2f}" for t, a, b in zip(times, heat, rain, strict=True)]
    reading = (series("T2M", times, heat, "D", trim=True), series("PRECTOT", times, rain, "D"))
    return Case("POWER_Point_Daily.csv", lines(rows), (reading,))


def un_data_footnotes(random: Random) -> Case:
    """Quoted cells, years newest first, numbers of footnotes beside the values, a second table of footnotes below."""
    times = pd.date_range("1995-01-01", periods=24, freq="YS")
    rows = ['"Country or Area","Year","Value","Value Footnotes"']
    reading = []
    for country in ("Lumeria", "Norvik"):
        values = walk(random, 24, 71.0, 0.3, 2)
        for row in range(23, -1, -1):
            rows.append(f'"{country}","{times[row].year}","{values[row]:.2f}","{1 if row == 23 else ""}"')
        reading.append(series(country, times, values, "YS"))
    rows += ['"footnoteSeqID","Footnote"', '"1","Provisional; see the technical notes"']
    return Case("UNdata_Export.csv", lines(rows), (tuple(reading),), optional=("Value Footnotes",))


def bcb_day_first(random: Random) -> Case:
    """First days of months as 01/02/2015, semicolons, decimal commas: only the rhythm tells day from month."""
    times = months("2014-01", 84)
    values = random.normal(0.45, 0.2, 84).round(2)
    rows = ['"data";"valor"', *(f'"{t:%d/%m/%Y}";"{v:.2f}"'.replace(".", ",") for t, v in zip(times, values, strict=True))]
    return Case("bcdata.sgs.433.csv", lines(rows), ((series("valor", times, values, "MS"),),))


def constant_and_boolean(random: Random) -> Case:
    """A constant column, a switch as true and false, a version like 1.2.3, numbers in between."""
    times = pd.date_range("2023-05-01", periods=144, freq="10min")
    load = walk(random, 144, 3.1, 0.1, 2)
    switch = random.random(144) < 0.4
    rows = ["ts,firmware,setpoint,heater_on,load_kw"]
    rows += [f"{t:%Y-%m-%dT%H:%M:%S},1.2.3,21.5,{str(s).lower()},{v:.2f}" for t, s, v in zip(times, switch, load, strict=True)]
    reading = (series("setpoint", times, np.full(144, 21.5), "10min"), series("load_kw", times, load, "10min"))
    return Case("boiler.csv", lines(rows), (reading,), optional=("heater_on",))


def tcpd_json(random: Random) -> Case:
    """A data set as one JSON document: counts, an index of raw times with their format, series with raw values."""
    times = months("2001-01", 60)
    values = holes(random, walk(random, 60, 34.0, 1.0, 2), 2)
    raw = [None if np.isnan(v) else float(v) for v in values]
    document: dict[str, object] = {"name": "made", "longname": "Made up", "n_obs": 60, "n_dim": 1}
    document["time"] = {"type": "string", "format": "%Y-%m", "index": list(range(60)), "raw": [f"{t:%Y-%m}" for t in times]}
    document["series"] = [{"label": "level", "type": "float", "raw": raw}]
    reading: Reading = (series((), times, values, "MS"),)
    return Case("made.json", json.dumps(document, indent=1).encode(), (reading,))


def column_of_dates_and_periods(random: Random) -> Case:
    """Weeks given as their first and last day in two columns, a week number beside, ill and tested people."""
    starts = pd.date_range("2021-01-04", periods=60, freq="W-MON")
    ill, tested = counts(random, 60, 310.0), counts(random, 60, 5200.0)
    rows = ["week_start,week_end,week,ill,tested"]
    for t, a, b in zip(starts, ill, tested, strict=True):
        rows.append(f"{t:%Y-%m-%d},{t + pd.Timedelta(days=6):%Y-%m-%d},{t.isocalendar().week},{a:.0f},{b:.0f}")
    ends = starts + pd.Timedelta(days=6)
    readings = tuple((series("ill", t, ill, f), series("tested", t, tested, f)) for t, f in ((starts, "W-MON"), (ends, "W-SUN")))
    return Case("surveillance.csv", lines(rows), readings)
