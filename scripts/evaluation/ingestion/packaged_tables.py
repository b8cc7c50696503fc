"""Imitations of the tables that courses and packages ship. Every public function is a layout."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import Case, lines, series
from scripts.evaluation.ingestion.synthetic import counts, months, season, walk

Random = np.random.Generator


def industries_json(random: Random) -> Case:
    """A JSON list of records: a series' name, year and month as numbers, a count, a rate and the same time with a zone."""
    times = months("2000-01", 60)
    records, reading = [], []
    for name in ("Government", "Mining and Extraction"):
        count, rate = counts(random, 60, 430.0), walk(random, 60, 2.1, 0.1, 1)
        for t, a, b in zip(times, count, rate, strict=True):
            stamp = f"{t:%Y-%m-%d}T08:00:00.000Z"
            records.append({"series": name, "year": t.year, "month": t.month, "count": int(a), "rate": float(b), "date": stamp})
        reading.append((name, count, rate))
    shifted = times + pd.Timedelta(hours=8)
    readings = tuple(
        tuple(series(f"{n} {what}", t, v, "MS") for n, a, b in reading for what, v in (("count", a), ("rate", b)))
        for t in (times, shifted, shifted.tz_localize("UTC"))
    )
    return Case("unemployment-across-industries.json", json.dumps(records).encode(), readings)


def iowa_electricity(random: Random) -> Case:
    """Years as their first day, a source in words, an amount."""
    times = pd.date_range("2001-01-01", periods=17, freq="YS")
    rows = ["year,source,net_generation"]
    reading = []
    for source in ("Fossil Fuels", "Nuclear Energy", "Renewables"):
        values = counts(random, 17, 35_000.0)
        rows += [f"{t:%Y-%m-%d},{source},{v:.0f}" for t, v in zip(times, values, strict=True)]
        reading.append(series(source, times, values, "YS"))
    return Case("iowa-electricity.csv", lines(rows), (tuple(reading),))


def two_city_weather(random: Random) -> Case:
    """Two cities under each other, four readings and a word each."""
    times = pd.date_range("2012-01-01", periods=120, freq="D")
    rows = ["location,date,precipitation,temp_max,wind,weather"]
    reading = []
    for city in ("Seattle", "New York"):
        rain, heat, wind = counts(random, 120, 3.0), season(random, 120, 365, 12, 8), walk(random, 120, 4.0, 0.3, 1)
        words = random.choice(["rain", "sun", "fog"], 120)
        rows += [f"{city},{times[r]:%Y-%m-%d},{rain[r]:.1f},{heat[r]:.1f},{wind[r]:.1f},{words[r]}" for r in range(120)]
        columns = (("precipitation", rain), ("temp_max", heat), ("wind", wind))
        reading += [series(f"{city} {name}", times, v, "D") for name, v in columns]
    return Case("weather.csv", lines(rows), (tuple(reading),))


def energy_offset_columns(random: Random) -> Case:
    """Local hours with offsets that change in spring, a column without a single value, one of noughts."""
    times = pd.date_range("2015-03-28", periods=72, freq="h", tz="Europe/Madrid")
    load, price = season(random, 72, 24, 27_000, 4000, 0), walk(random, 72, 50.0, 1.0, 2)
    load[[20, 21]] = np.nan
    rows = ["time,generation hydro aggregated,generation marine,total load actual,price actual"]
    for t, a, b in zip(times, load, price, strict=True):
        offset = f"{t:%z}"
        rows.append(f"{t:%Y-%m-%d %H:%M:%S}{offset[:3]}:{offset[3:]},,0.0,{'' if np.isnan(a) else f'{a:.1f}'},{b:.2f}")
    reading = (series("total load actual", times, load, "h"), series("price actual", times, price, "h"))
    whole = (*reading, series("generation marine", times, np.zeros(72), "h"))
    return Case("energy_dataset.csv", lines(rows), (whole,), optional=("generation hydro aggregated",))


def gasoline_weeks(random: Random) -> Case:
    """A preamble of two lines, weeks as "Feb 08, 1991", newest first, grouped thousands in quotes."""
    times = pd.date_range("1991-02-08", periods=130, freq="W-FRI")
    values = counts(random, 130, 6900.0)
    rows = ["Weekly U.S. Product Supplied of Finished Motor Gasoline", "https://example.org/dnav/hist.csv,10:00:00 AM"]
    rows += ["Week of,Thousand Barrels per Day"]
    rows += [f'"{times[r]:%b %d, %Y}","{values[r]:,.0f}"' for r in range(129, -1, -1)]
    return Case("gasoline.csv", lines(rows), ((series((), times, values, "W-FRI"),),))


def blockchain_no_header(random: Random) -> Case:
    """Quoted times and quoted numbers, no header, every second day."""
    times = pd.date_range("2016-01-02", periods=110, freq="2D")
    values = walk(random, 110, 420.0, 9.0, 4)
    rows = [f'"{t:%Y-%m-%d %H:%M:%S}","{v:.4f}"' for t, v in zip(times, values, strict=True)]
    return Case("market-price.csv", lines(rows), ((series((), times, values, "2D"),),))


def jena_weather(random: Random) -> Case:
    """Names with units and slashes in quotes, 01.01.2009 00:10:00, a -9999.0 in the wind."""
    times = pd.date_range("2009-01-25 00:10", periods=300, freq="10min")
    pressure, heat, wind = walk(random, 300, 996.0, 0.1, 2), walk(random, 300, -8.0, 0.2, 2), walk(random, 300, 2.0, 0.1, 2)
    wind[[70, 71, 72]] = np.nan
    rows = ['"Date Time","p (mbar)","T (degC)","wv (m/s)"']
    for t, a, b, c in zip(times, pressure, heat, wind, strict=True):
        rows.append(f"{t:%d.%m.%Y %H:%M:%S},{a:.2f},{b:.2f},{'-9999.00' if np.isnan(c) else f'{c:.2f}'}")
    columns = (("p (mbar)", pressure), ("T (degC)", heat), ("wv (m/s)", wind))
    return Case("mpi_roof.csv", lines(rows), (tuple(series(name, times, v, "10min") for name, v in columns),))


def shampoo_labels(random: Random) -> Case:
    """Months as "1-01" to "3-12": the first, second and third year, no calendar year at all."""
    values = walk(random, 36, 270.0, 15.0, 1)
    rows = ['"Month","Sales"', *(f'"{r // 12 + 1}-{r % 12 + 1:02d}",{v:.1f}' for r, v in enumerate(values))]
    counted = (series("Sales", pd.RangeIndex(36), values, None),)
    dated = tuple((series("Sales", months(f"{year}-01", 36), values, "MS"),) for year in (1901, 1970, 2000, 2001))
    return Case("shampoo.csv", lines(rows), (counted, *dated))


def web_traffic_across(random: Random) -> Case:
    """Pages down with commas, slashes and underscores in their quoted names, days across, empty before a page's first day."""
    times = pd.date_range("2015-07-01", periods=150, freq="D")
    rows = ["Page," + ",".join(f"{t:%Y-%m-%d}" for t in times)]
    reading = []
    for number, page in enumerate(("2NE1_zh.example.org_all-access_spider", "Foo,_the_bar_en.example.org_desktop_all-agents")):
        values = counts(random, 150, 21.0)
        values[: 10 * number] = np.nan
        rows.append(f'"{page}",' + ",".join("" if np.isnan(v) else f"{v:.1f}" for v in values))
        reading.append(series(page, times, values, "D", trim=True))
    return Case("train_1.csv", lines(rows), (tuple(reading),))


def m5_days_numbered(random: Random) -> Case:
    """Articles down with five keys, days numbered d_1, d_2, … across: there is an order and no date."""
    rows = [",".join(["id", "item_id", "dept_id", "store_id", "state_id", *(f"d_{k}" for k in range(1, 91))])]
    reading = []
    for number in (1, 2, 3):
        values = counts(random, 90, 2.0)
        item = f"HOBBIES_1_00{number}"
        rows.append(",".join([f"{item}_CA_1", item, "HOBBIES_1", "CA_1", "CA", *(f"{v:.0f}" for v in values)]))
        reading.append(series(item, pd.RangeIndex(90), values, None))
    return Case("sales_train.csv", lines(rows), (tuple(reading),))


def kaggle_unsorted_hours(random: Random) -> Case:
    """Hours sorted within a year, the years not in order, one hour twice, one absent."""
    times = pd.date_range("2004-12-20", periods=600, freq="h")
    values = season(random, 600, 24, 13_000, 2500, 1)
    keep = np.ones(600, dtype=bool)
    keep[300] = False
    order = [*np.flatnonzero(keep & (times.year == 2005)), *np.flatnonzero(keep & (times.year == 2004))]
    rows = ["Datetime,AEP_MW", *(f"{times[r]:%Y-%m-%d %H:%M:%S},{values[r]:.1f}" for r in order)]
    rows.append(rows[40])
    return Case("AEP_hourly.csv", lines(rows), ((series("AEP_MW", times[keep], values[keep], "h"),),))


def beer_spaced_quarters(random: Random) -> Case:
    """Quarters as "1956 Q1" in quotes beside another measure of a shorter life."""
    times = pd.date_range("1956-01-01", periods=90, freq="QS")
    beer, bricks = counts(random, 90, 284.0), counts(random, 90, 189.0)
    bricks[80:] = np.nan
    rows = ['"Quarter","Beer","Bricks"']
    rows += [
        f'"{t.year} Q{t.quarter}",{a:.0f},{"NA" if np.isnan(b) else f"{b:.0f}"}'
        for t, a, b in zip(times, beer, bricks, strict=True)
    ]
    return Case(
        "aus_production.csv",
        lines(rows),
        ((series("Beer", times, beer, "QS"), series("Bricks", times, bricks, "QS", trim=True)),),
    )


def plate_auctions(random: Random) -> Case:
    """Months as "Jan-02", four measures, one month absent."""
    times = pd.date_range("2002-01-01", periods=120, freq="MS").delete(73)
    issued, price = counts(random, 119, 6200.0), counts(random, 119, 31_000.0)
    rows = ["Date,Total number of license issued,lowest price "]
    rows += [f"{t:%b-%y},{a:.0f},{b:.0f}" for t, a, b in zip(times, issued, price, strict=True)]
    reading = (series("Total number of license issued", times, issued, "MS"), series("lowest price", times, price, "MS"))
    return Case("plates.csv", lines(rows), (reading,))


def temperature_kelvin_cities(random: Random) -> Case:
    """Cities across, hours down, the first row empty but for its time."""
    times = pd.date_range("2012-10-01 12:00", periods=150, freq="h")
    columns = {name: season(random, 150, 24, 288, 5, 4) for name in ("Vancouver", "Portland", "San Francisco")}
    for values in columns.values():
        values[0] = np.nan
    rows = ["datetime," + ",".join(columns)]
    for row, t in enumerate(times):
        rows.append(f"{t:%Y-%m-%d %H:%M:%S}," + ",".join("" if np.isnan(v[row]) else f"{v[row]:.4f}" for v in columns.values()))
    return Case("temperature.csv", lines(rows), (tuple(series(name, times, v, "h", trim=True) for name, v in columns.items()),))
