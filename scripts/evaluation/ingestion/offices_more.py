"""More imitations of what offices, banks and services publish. Every public function is a layout."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import Case, lines, series
from scripts.evaluation.ingestion.synthetic import GERMAN_MONTHS, counts, grouped, holes, months, printed, season, walk

Random = np.random.Generator
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def destatis(random: Random) -> Case:
    """Title lines, year and month's name in two columns, decimal commas, "..." for coming months, a ruled footer, latin-1."""
    times = months("2018-01", 60)
    index, change = walk(random, 60, 101.0, 0.3, 1), random.normal(1.5, 0.4, 60).round(1)
    index[-2:], change[-2:] = np.nan, np.nan
    rows = ["GENESIS-Tabelle: 61111-0002", "Verbraucherpreisindex: Deutschland, Monate", ";;2015=100;Veränderung in %"]
    rows += ["Jahr;Monat;Verbraucherpreisindex;Veränderung"]
    for t, a, b in zip(times, index, change, strict=True):
        rows.append(
            f"{t.year};{GERMAN_MONTHS[t.month - 1]};"
            + ";".join(printed(v, 1, "...").replace(".", ",") if v == v else "..." for v in (a, b))
        )
    rows += ["__________", "© Statistisches Amt, 2022", "Stand: 10.11.2022 / 09:12:44"]
    reading = (
        series("Verbraucherpreisindex", times, index, "MS", trim=True),
        series("Veränderung", times, change, "MS", trim=True),
    )
    return Case("61111-0002.csv", lines(rows, end="\r\n", encoding="latin-1"), (reading,))


def insee_across(random: Random) -> Case:
    """One series a row with its identifier and day of update, months as 2015-01 across, a row of status codes under each."""
    times = months("2015-01", 48)
    rows = [";".join(['"Libellé"', '"idBank"', '"Dernière mise à jour"', '"Période"', *(f'"{t:%Y-%m}"' for t in times)])]
    reading = []
    for name, key in (("Climat des affaires", "001565530"), ("Créations d'entreprises", "010755540")):
        values = walk(random, 48, 104.0, 0.8, 1)
        rows.append(";".join([f'"{name}"', f'"{key}"', '"22/11/2019 12:00"', '""', *(f'"{v:.1f}"' for v in values)]))
        rows.append(";".join(['"Codes"', '""', '""', '""', *(['"A"'] * 48)]))
        reading.append(series((name, key), times, values, "MS"))
    return Case("valeurs_mensuelles.csv", lines(rows), (tuple(reading),))


def faostat(random: Random) -> Case:
    """Codes beside names of area, element, item and year, one unit, a flag behind."""
    times = pd.date_range("1990-01-01", periods=30, freq="YS")
    names = ["Domain Code", "Domain", "Area Code", "Area", "Element Code", "Element", "Item Code", "Item", "Year Code", "Year"]
    rows = [",".join(f'"{name}"' for name in [*names, "Unit", "Value", "Flag"])]
    reading = []
    for code, area in ((203, "Lumeria"), (79, "Norvik")):
        for item_code, item in ((15, "Wheat"), (56, "Maize")):
            values = counts(random, 30, 410_000.0)
            for t, v in zip(times, values, strict=True):
                key = f'"QC","Crops","{code}","{area}","5510","Production","{item_code}","{item}"'
                rows.append(f'{key},"{t.year}","{t.year}","tonnes","{v:.0f}",""')
            reading.append(series((f"{area} {item}", f"{code} {item_code}"), times, values, "YS"))
    return Case("FAOSTAT_data.csv", lines(rows), (tuple(reading),))


def rba_preamble(random: Random) -> Case:
    """Ten lines that describe the columns (title, frequency, type, units, source, identifier), then 31/01/2010 a row."""
    times = pd.date_range("2010-01-31", periods=100, freq="ME")
    cash, bill = walk(random, 100, 3.75, 0.06, 2), walk(random, 100, 4.1, 0.06, 2)
    rows = [
        "F1.1 INTEREST RATES – MONEY MARKET,,",
        "Title,Cash Rate Target,Bank Bills 90 days",
        "Description,Target; monthly average,Yield; monthly average",
    ]
    rows += ["Frequency,Monthly,Monthly", "Type,Original,Original", "Units,Per cent,Per cent", ",,", ",,", "Source,RBA,AFMA"]
    rows += ["Publication date,02-Jun-2018,02-Jun-2018", "Series ID,FIRMMCRT,FIRMMBAB90"]
    rows += [f"{t:%d/%m/%Y},{a:.2f},{b:.2f}" for t, a, b in zip(times, cash, bill, strict=True)]
    by_title = (series("Cash Rate Target", times, cash, "ME"), series("Bank Bills 90 days", times, bill, "ME"))
    by_key = (series("FIRMMCRT", times, cash, "ME"), series("FIRMMBAB90", times, bill, "ME"))
    return Case("f1.1-data.csv", lines(rows), (by_title, by_key))


def snb_cube(random: Random) -> Case:
    """Two lines of key and value, then the day, two codes and the value; empty values."""
    times = months("2012-01", 72)
    rows = ['"CubeId";"devkum"', '"PublishingDate";"2018-01-03 09:00"', "", '"Date";"D0";"D1";"Value"']
    columns = {("M0", "EUR1"): walk(random, 72, 1.2, 0.01, 5), ("M0", "USD1"): walk(random, 72, 0.95, 0.01, 5)}
    columns["M0", "USD1"][:4] = np.nan
    for row, t in enumerate(times):
        rows += [f'"{t:%Y-%m}";"{a}";"{b}";"{printed(v[row], 5)}"' for (a, b), v in columns.items()]
    reading = tuple(series(b, times, v, "MS", trim=True) for (_, b), v in columns.items())
    return Case("snb-data-devkum.csv", lines(rows, end="\r\n"), (reading,))


def stata_months(random: Random) -> Case:
    """Months as 1994m3."""
    times = months("1994-03", 130)
    values = walk(random, 130, 5.5, 0.1, 1)
    rows = ["month\tunrate", *(f"{t.year}m{t.month}\t{v:.1f}" for t, v in zip(times, values, strict=True))]
    return Case("unrate.txt", lines(rows), ((series("unrate", times, values, "MS"),),))


def colon_quarters(random: Random) -> Case:
    """Quarters as 1987:3."""
    times = pd.date_range("1987-07-01", periods=90, freq="QS")
    values = walk(random, 90, 4300.0, 25.0, 1)
    rows = ["obs,RGDP", *(f"{t.year}:{t.quarter},{v:.1f}" for t, v in zip(times, values, strict=True))]
    return Case("macro.csv", lines(rows), ((series("RGDP", times, values, "QS"),),))


def quarter_year_words(random: Random) -> Case:
    """Quarters as "Q3 2009", newest first, grouped thousands."""
    times = pd.date_range("2009-07-01", periods=52, freq="QS")
    values = counts(random, 52, 24_500.0)
    rows = ["Quarter,Applications"]
    rows += [f'Q{t.quarter} {t.year},"{grouped(v, 0, ",")}"' for t, v in reversed(list(zip(times, values, strict=True)))]
    return Case("asylum.csv", lines(rows), ((series("Applications", times, values, "QS"),),))


def integer_months(random: Random) -> Case:
    """Months as 201503, a second column that looks alike but is a count."""
    times = months("2015-03", 70)
    riders, trips = counts(random, 70, 203_000.0), counts(random, 70, 88_000.0)
    rows = ["yearmonth,riders,trips", *(f"{t:%Y%m},{a:.0f},{b:.0f}" for t, a, b in zip(times, riders, trips, strict=True))]
    return Case("riders.csv", lines(rows), ((series("riders", times, riders, "MS"), series("trips", times, trips, "MS")),))


def semester_labels(random: Random) -> Case:
    """Half years as 2004-S1."""
    times = pd.date_range("2004-01-01", periods=30, freq="6MS")
    values = walk(random, 30, 0.19, 0.004, 4)
    rows = ["TIME,price_eur_kwh"]
    rows += [f"{t.year}-S{1 if t.month == 1 else 2},{v:.4f}" for t, v in zip(times, values, strict=True)]
    return Case(
        "nrg_pc_204.csv", lines(rows), ((series("price_eur_kwh", times, values, ("6MS", "2QS", "2QS-OCT", "irregular")),),)
    )


def year_week_columns(random: Random) -> Case:
    """Year and week of the year in two columns, a place in a third."""
    times = pd.date_range("2018-01-01", periods=110, freq="W-MON")
    rows = ["year,week,region,cases"]
    reading = []
    for region in ("North", "South"):
        values = counts(random, 110, 61.0)
        rows += [f"{t.isocalendar().year},{t.isocalendar().week},{region},{v:.0f}" for t, v in zip(times, values, strict=True)]
        reading.append((region, values))
    readings = tuple(
        tuple(series(region, times + pd.Timedelta(days=shift), v, alias) for region, v in reading)
        for shift, alias in ((0, "W-MON"), (6, "W-SUN"), (-1, "W-SUN"))
    )
    return Case("flu.csv", lines(rows), readings)


def owid_covid(random: Random) -> Case:
    """Code, continent, place, day, several counts, starting on different days, empty cells, constants of the place."""
    rows = ["iso_code,continent,location,date,new_cases,new_deaths,population"]
    reading = []
    for code, place, start in (("LUM", "Lumeria", "2020-02-24"), ("NVK", "Norvik", "2020-03-03")):
        times = pd.date_range(start, periods=120, freq="D")
        cases, deaths = counts(random, 120, 210.0), counts(random, 120, 4.0)
        deaths[:10] = np.nan
        rows += [
            f"{code},Europe,{place},{t:%Y-%m-%d},{a:.1f},{printed(b, 1)},5106622.0"
            for t, a, b in zip(times, cases, deaths, strict=True)
        ]
        reading += [
            series((f"{place} new_cases", f"{code} new_cases"), times, cases, "D"),
            series((f"{place} new_deaths", f"{code} new_deaths"), times, deaths, "D", trim=True),
        ]
    return Case("owid-covid-data.csv", lines(rows), (tuple(reading),), optional=("population",))


def openaq_long(random: Random) -> Case:
    """Place, sensor and unit in words, times in UTC and in local time with offset, newest first, two substances."""
    times = pd.date_range("2022-02-01", periods=90, freq="h", tz="UTC")
    rows = ['"locationId","location","city","country","utc","local","parameter","value","unit","latitude","longitude"']
    columns = {"pm25": walk(random, 90, 14.0, 0.6, 1), "no2": walk(random, 90, 31.0, 1.0, 1)}
    for row in range(89, -1, -1):
        local = times[row].tz_convert("Etc/GMT-1")
        for name, v in columns.items():
            moments = f'"{times[row]:%Y-%m-%dT%H:%M:%S}+00:00","{local:%Y-%m-%dT%H:%M:%S}+01:00"'
            rows.append(f'"2162","Farfield Road","Farfield","XX",{moments},"{name}","{v[row]:.1f}","µg/m³","52.1","5.3"')
    return Case("openaq.csv", lines(rows), (tuple(series(name, times, v, "h") for name, v in columns.items()),))


def knmi_header(random: Random) -> Case:
    """Comment lines that also hold the header, padded cells, days as 20200101, blanks for missing."""
    times = pd.date_range("2020-01-01", periods=160, freq="D")
    heat, sun = season(random, 160, 365, 90, 60, 0), counts(random, 160, 40.0)
    heat = holes(random, heat, 4)
    rows = [
        "# SOURCE: AN INSTITUTE",
        "# STN         LON(east)   LAT(north)  ALT(m)  NAME",
        "# 260         5.180       52.100      1.90    Farfield",
    ]
    rows += [
        "# YYYYMMDD = Date (YYYY=year MM=month DD=day)",
        "# TG       = Daily mean temperature (in 0.1 degrees)",
        "# SQ       = Sunshine",
        "#",
    ]
    rows += ["# STN,YYYYMMDD,   TG,   SQ", "#"]
    rows += [f"  260,{t:%Y%m%d},{printed(a, 0).rjust(5)},{b:5.0f}" for t, a, b in zip(times, heat, sun, strict=True)]
    return Case("etmgeg_260.txt", lines(rows, end="\r\n"), ((series("TG", times, heat, "D"), series("SQ", times, sun, "D")),))


def meteoswiss(random: Random) -> Case:
    """Copyright lines, a station and times as 202001010000 (UTC), "-" for missing, semicolons."""
    times = pd.date_range("2020-01-01", periods=200, freq="h")
    heat, wind = season(random, 200, 24, 2, 4), walk(random, 200, 3.0, 0.3, 1)
    wind[[17, 18, 120]] = np.nan
    rows = ["MeteoService / data of station FAR", "", "stn;time;tre200h0;fkl010h0"]
    rows += [f"FAR;{t:%Y%m%d%H%M};{a:.1f};{printed(b, 1, '-')}" for t, a, b in zip(times, heat, wind, strict=True)]
    return Case("order_1_data.txt", lines(rows), ((series("tre200h0", times, heat, "h"), series("fkl010h0", times, wind, "h")),))


def day_of_year_hhmm(random: Random) -> Case:
    """A logger without header: table number, year, day of the year, hour and minute as 30, 100, …, 2400, two readings."""
    times = pd.date_range("2016-05-01 00:30", periods=240, freq="30min")
    heat, flux = season(random, 240, 48, 15, 6, 3), season(random, 240, 48, 210, 190, 2)
    rows = []
    for t, a, b in zip(times, heat, flux, strict=True):
        day, clock = (t - pd.Timedelta(minutes=1)).dayofyear, t.hour * 100 + t.minute or 2400
        rows.append(f"110,{t.year},{day},{clock},{a:.3f},{b:.2f}")
    reading = (series((), times, heat, "30min"), series((), times, flux, "30min"))
    return Case("final_storage_1.dat", lines(rows, end="\r\n"), (reading,))


def m3_wide(random: Random) -> Case:
    """A competition's sheet: one series a row, its length, horizon, category and first year and month, then 1, 2, 3, … across."""
    rows = ["Series,N,NF,Category,Starting Year,Starting Month," + ",".join(map(str, range(1, 73)))]
    reading, plain = [], []
    for number, (year, month, n) in enumerate(((1990, 1, 72), (1982, 7, 60), (1985, 3, 68)), start=1402):
        values = walk(random, n, 2600.0, 60.0, 0)
        cells = [f"{v:.0f}" for v in values] + [""] * (72 - n)
        rows.append(f"N{number},{n},18,MICRO,{year},{month}," + ",".join(cells))
        reading.append(series(f"N{number}", pd.date_range(f"{year}-{month:02d}-01", periods=n, freq="MS"), values, "MS"))
        padded = np.concatenate([values, np.full(72 - n, np.nan)])
        plain.append(series(f"N{number}", pd.RangeIndex(72), padded, None, trim=True))
    return Case("M3Month.csv", lines(rows), (tuple(reading), tuple(plain)))
