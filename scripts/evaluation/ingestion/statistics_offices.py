"""Imitations of the files that statistical offices and economic databases publish. Every public function is a layout."""

from __future__ import annotations

import io
from itertools import product

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import Case, lines, series
from scripts.evaluation.ingestion.synthetic import counts, grouped, holes, months, printed, walk

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
Random = np.random.Generator


def bls_wide(random: Random) -> Case:
    """A labour series: key and value lines, then a year a row, the months and an annual mean across."""
    times = months("2008-01-01", 12 * 15)
    values = walk(random, len(times), 62.0, 0.2, 1)
    values[-2:] = np.nan
    rows = [
        "Series Id:,LNS00000000",
        "Seasonally Adjusted",
        "Series title:,(Seas) Participation Rate,,",
        "Age:,16 years and over",
        "",
    ]
    rows.append("Year,Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec,Annual")
    for start in range(0, len(times), 12):
        year = values[start : start + 12]
        annual = "" if np.isnan(year).any() else f"{year.mean():.1f}"
        rows.append(",".join([str(times[start].year), *(printed(v, 1) for v in year), annual]))
    return Case("bls_participation.csv", lines(rows), ((series((), times, values, "MS", trim=True),),))


def ecb_sdmx(random: Random) -> Case:
    """One quarterly series with a column for every dimension of its key."""
    times = pd.date_range("1999-01-01", periods=92, freq="QS")
    values = walk(random, 92, 2.0, 0.3, 4)
    rows = ["KEY,FREQ,REF_AREA,ADJUSTMENT,ICP_ITEM,TIME_PERIOD,OBS_VALUE,OBS_STATUS,CONF_STATUS,DECIMALS,UNIT_MULT"]
    for time, value in zip(times, values, strict=True):
        rows.append(f"ABC.Q.U2.N.000000,Q,U2,N,000000,{time.year}-Q{time.quarter},{value:.4f},A,F,4,0")
    return Case("ecb_data.csv", lines(rows), ((series((), times, values, "QS"),),))


def eurostat_tsv(random: Random) -> Case:
    """Tab separated, the dimensions joined by commas in the first cell, flags behind the values, ": " for missing."""
    times = pd.date_range("2000-01-01", periods=22, freq="YS")
    reading = []
    rows = ["\t".join(["freq,unit,geo\\TIME_PERIOD", *(f"{t.year} " for t in times)])]
    for geo in ("AT", "BE", "DE", "EU27_2020", "FR", "NL"):
        values = holes(random, walk(random, 22, 60.0, 2.0, 1), 3)
        flags = random.choice(["", "", "", " b", " p", " e", " bp"], 22)
        cells = [": " if np.isnan(v) else f"{v:.1f}{flag}" for v, flag in zip(values, flags, strict=True)]
        rows.append("\t".join([f"A,PC,{geo}", *cells]))
        reading.append(series((geo, geo.replace("_", " ")), times, values, "YS"))
    return Case("estat_tepsr.tsv", lines(rows), (tuple(reading),))


def worldbank_wide(random: Random) -> Case:
    """Two indicators a country, years across, two lines of preamble with their blank lines, a trailing comma."""
    times = pd.date_range("1975-01-01", periods=45, freq="YS")
    rows = ["\ufeff" + '"Data Source","World Development Indicators",', "", '"Last Updated Date","2020-07-01",', ""]
    rows.append(",".join(f'"{c}"' for c in ("Country Name", "Country Code", "Indicator Name", "Indicator Code")))
    rows[-1] += "," + ",".join(f'"{t.year}"' for t in times) + ","
    reading = []
    for (country, code), (title, key) in product(
        (("Lumeria", "LUM"), ("Norvik, Rep.", "NVK"), ("Tessaly", "TES")),
        (("Population, total", "SP.POP.TOTL"), ("GDP growth (annual %)", "NY.GDP.MKTP.KD.ZG")),
    ):
        values = walk(random, 45, 5e6, 4e4, 0) if key.startswith("SP") else walk(random, 45, 3.0, 1.0, 6)
        if country == "Tessaly":
            values[:9] = np.nan
        cells = [f'"{printed(v, 0 if key.startswith("SP") else 6)}"' for v in values]
        rows.append(",".join([f'"{country}","{code}","{title}","{key}"', *cells]) + ",")
        words = (f"{country} {title}", f"{code} {key}", f"{country} {key}", f"{code} {title}")
        reading.append(series(words, times, values, "YS", trim=True))
    return Case("API_download.csv", lines(rows, end="\r\n"), (tuple(reading),))


def imf_weo(random: Random) -> Case:
    """Countries by subject with units and notes, years across, "n/a" and "--", grouped thousands, when estimates start."""
    times = pd.date_range("1990-01-01", periods=35, freq="YS")
    header = ["WEO Country Code", "ISO", "WEO Subject Code", "Country", "Subject Descriptor", "Units", "Scale"]
    rows = ["\t".join([*header, *(str(t.year) for t in times), "Estimates Start After"])]
    reading = []
    for number, (country, code) in enumerate((("Aland", "ALD"), ("Borduria", "BRD"), ("Corvania", "CRV"))):
        for subject, title in (
            ("NGDP", "Gross domestic product, current prices"),
            ("PCPIPCH", "Inflation, average consumer prices"),
        ):
            values = walk(random, 35, 1800.0, 90.0, 3) if subject == "NGDP" else walk(random, 35, 4.0, 1.0, 3)
            values[: 2 + number] = np.nan
            mark = "n/a" if subject == "NGDP" else "--"
            cells = [mark if np.isnan(v) else grouped(v, 3, ",") for v in values]
            row = [str(500 + number), code, subject, country, title, "National currency", "Billions", *cells, "2021"]
            rows.append("\t".join(row))
            words = (f"{country} {title}", f"{code} {subject}", f"{country} {subject}", f"{code} {title}")
            reading.append(series(words, times, values, "YS", trim=True))
    rows += ["", "International Monetary Fund, World Economic Outlook Database, April 2022"]
    return Case("WEOApr2022all.xls.tsv", lines(rows), (tuple(reading),))


def owid_long(random: Random) -> Case:
    """Entities under each other, each with its code and years of its own; two measures."""
    rows = ["Entity,Code,Year,Life expectancy (years),Child mortality (%)"]
    reading = []
    for entity, code, start, n in (("Africa", "", 1950, 70), ("Norway", "NOR", 1900, 120), ("World", "OWID_WRL", 1950, 70)):
        times = pd.date_range(f"{start}-01-01", periods=n, freq="YS")
        life, deaths = walk(random, n, 60.0, 0.3, 3), walk(random, n, 8.0, 0.1, 4)
        rows += [f"{entity},{code},{t.year},{a:.3f},{b:.4f}" for t, a, b in zip(times, life, deaths, strict=True)]
        reading += [series((f"{entity} Life expectancy",), times, life, "YS")]
        reading += [series((f"{entity} Child mortality",), times, deaths, "YS")]
    return Case("life-expectancy.csv", lines(rows), (tuple(reading),))


def ons_mixed(random: Random) -> Case:
    """A preamble of key and value lines, then years, quarters and months below each other in one column."""
    monthly = walk(random, 240, 100.0, 0.4, 1)
    times = months("2000-01-01", 240)
    years, quarters = times[::12], times[::3]
    yearly, quarterly = monthly.reshape(-1, 12).mean(axis=1).round(1), monthly.reshape(-1, 3).mean(axis=1).round(1)
    rows = ['"Title","CPI INDEX 00: ALL ITEMS 2015=100"', '"CDID","D7BT"', '"Source dataset ID","MM23"', '"PreUnit",""']
    rows += [
        '"Unit","Index, base year = 100"',
        '"Release date","18-11-2020"',
        '"Next release","16 December 2020"',
        '"Important notes",',
    ]
    rows += [f'"{t.year}","{v:.1f}"' for t, v in zip(years, yearly, strict=True)]
    rows += [f'"{t.year} Q{t.quarter}","{v:.1f}"' for t, v in zip(quarters, quarterly, strict=True)]
    rows += [f'"{t.year} {_MONTHS[t.month - 1].upper()}","{v:.1f}"' for t, v in zip(times, monthly, strict=True)]
    parts = [series((), times, monthly, "MS"), series((), quarters, quarterly, "QS"), series((), years, yearly, "YS")]
    whole, alone = tuple(parts), tuple((part,) for part in parts)
    return Case("series-181120.csv", lines(rows), (whole, *alone))


def boe(random: Random) -> Case:
    """Days as "02 Jan 2019", newest last, business days."""
    times = pd.date_range("2019-01-02", periods=260, freq="B")
    values = walk(random, 260, 0.75, 0.005, 4)
    rows = ["DATE,IUDBEDR", *(f"{t:%d %b %Y},{v:.4f}" for t, v in zip(times, values, strict=True))]
    return Case("results.csv", lines(rows, end="\r\n"), ((series("IUDBEDR", times, values, "B"),),))


def statcan(random: Random) -> Case:
    """A long table with identifiers, coordinates, status letters and empty columns around the value."""
    times = months("2010-01", 120)
    header = ["REF_DATE", "GEO", "DGUID", "Products", "UOM", "UOM_ID", "SCALAR_FACTOR", "SCALAR_ID", "VECTOR", "COORDINATE"]
    rows = [",".join(f'"{c}"' for c in [*header, "VALUE", "STATUS", "SYMBOL", "TERMINATED", "DECIMALS"])]
    columns = {}
    for place, geo in enumerate(("Canada", "Ontario")):
        for item, product_name in enumerate(("All-items", "Food")):
            columns[geo, product_name, place, item] = holes(random, walk(random, 120, 120.0, 0.5, 1), 2)
    for row, time in enumerate(times):
        for (geo, product_name, place, item), values in columns.items():
            value, status = printed(values[row], 1), ".." if np.isnan(values[row]) else ""
            key = f'"{time:%Y-%m}","{geo}","2016A0000{place}1124","{product_name}","2002=100","17","units","0"'
            rows.append(f'{key},"v4169{place}{item}","{place + 1}.{item + 1}","{value}","{status}","","","1"')
    reading = tuple(
        series((f"{geo} {name}", f"v4169{place}{item}"), times, values, "MS")
        for (geo, name, place, item), values in columns.items()
    )
    return Case("18100004.csv", lines(rows), (reading,))


def scb_across(random: Random) -> Case:
    """Regions down, months like 2000M01 across, latin-1."""
    times = months("2000-01", 60)
    regions = {"Göteborg": walk(random, 60, 900.0, 9.0, 0), "Malmö": walk(random, 60, 500.0, 9.0, 0)}
    rows = ['"Nyföretagande efter region och månad"', "", ",".join(['"region"', *(f'"{t:%Y}M{t:%m}"' for t in times)])]
    rows += [",".join([f'"{name}"', *(f"{v:.0f}" for v in values)]) for name, values in regions.items()]
    reading = tuple(series(name, times, values, "MS") for name, values in regions.items())
    return Case("000001AB_20210101.csv", lines(rows, end="\r\n", encoding="latin-1"), (reading,))


def fiscal_years(random: Random) -> Case:
    """Years labelled by the two they lie in: 2003/04."""
    n = 18
    values = walk(random, n, 410.0, 15.0, 1)
    rows = ["Financial year,Receipts (£ billion)"]
    rows += [f"{year}/{(year + 1) % 100:02d},{v:.1f}" for year, v in zip(range(2003, 2003 + n), values, strict=True)]
    starts = ("2003-01-01", "2003-04-01", "2003-07-01", "2003-10-01", "2004-01-01")
    readings = tuple(
        (series("Receipts", pd.DatetimeIndex([pd.Timestamp(s) + pd.DateOffset(years=k) for k in range(n)]), values, aliases),)
        for s in starts
        for aliases in [("YS", f"YS-{pd.Timestamp(s):%b}".upper(), "YE-MAR")]
    )
    return Case("receipts.csv", lines(rows), readings)


def month_names_across(random: Random) -> Case:
    """Full month names across, a year a row, a title, a total column and a row of means at the end."""
    times = months("2011-01", 120)
    values = counts(random, 120, 400.0)
    names = pd.DatetimeIndex(times[:12]).strftime("%B")
    rows = ["Visitors to the museum by month", "", ";".join(["Year", *names, "Total"])]
    for start in range(0, 120, 12):
        year = values[start : start + 12]
        rows.append(";".join([str(times[start].year), *(f"{v:.0f}" for v in year), f"{year.sum():.0f}"]))
    by_month = values.reshape(10, 12).mean(axis=0)
    rows.append(";".join(["Average", *(f"{v:.0f}" for v in by_month), f"{values.sum() / 10:.0f}"]))
    return Case("visitors.csv", lines(rows), ((series((), times, values, "MS"),),))


def blank_repeated_year(random: Random) -> Case:
    """The year stands only in the first row of its block, as merged cells are exported."""
    times = pd.date_range("2005-01-01", periods=64, freq="QS")
    exports, imports = walk(random, 64, 210.0, 4.0, 1), walk(random, 64, 190.0, 4.0, 1)
    rows = ["Year,Quarter,Exports,Imports"]
    for time, a, b in zip(times, exports, imports, strict=True):
        rows.append(f"{time.year if time.quarter == 1 else ''},Q{time.quarter},{a:.1f},{b:.1f}")
    return Case("trade.csv", lines(rows), ((series("Exports", times, exports, "QS"), series("Imports", times, imports, "QS")),))


def yearly_totals_inside(random: Random) -> Case:
    """A line of totals after the months of every year and one for all at the end."""
    times = months("2012-01", 84)
    values = counts(random, 84, 900.0)
    rows = ["Month,Tonnes handled"]
    for start in range(0, 84, 12):
        rows += [f"{t:%b %Y},{v:.0f}" for t, v in zip(times[start : start + 12], values[start : start + 12], strict=True)]
        rows.append(f"Total {times[start].year},{values[start : start + 12].sum():.0f}")
    rows.append(f"Grand total,{values.sum():.0f}")
    return Case("port.csv", lines(rows), ((series("Tonnes handled", times, values, "MS"),),))


def jhu_covid_wide(random: Random) -> Case:
    """Places down with coordinates, days as 1/22/20 across."""
    times = pd.date_range("2020-01-22", periods=120, freq="D")
    rows = [",".join(["Province/State", "Country/Region", "Lat", "Long", *(f"{t.month}/{t.day}/{t:%y}" for t in times)])]
    reading = []
    for province, country, place in (
        ("", "Lumeria", "12.5,41.2"),
        ("North", "Norvik", "61.1,9.0"),
        ("South", "Norvik", "58.9,8.1"),
    ):
        values = np.cumsum(counts(random, 120, 30.0))
        rows.append(",".join([province, country, place, *(f"{v:.0f}" for v in values)]))
        reading.append(series(f"{province} {country}".strip(), times, values, "D"))
    return Case("time_series_confirmed_global.csv", lines(rows), (tuple(reading),))


def parquet(random: Random) -> Case:
    """A long Parquet table: a timestamp, a region, a value."""
    times = pd.date_range("2021-03-01", periods=48, freq="h")
    regions = {name: walk(random, 48, 30.0, 1.0, 3) for name in ("east", "west")}
    frame = pd.concat([pd.DataFrame({"timestamp": times, "region": name, "demand": v}) for name, v in regions.items()])
    buffer = io.BytesIO()
    frame.sort_values(["timestamp", "region"]).to_parquet(buffer, index=False)
    return Case("demand.parquet", buffer.getvalue(), (tuple(series(name, times, v, "h") for name, v in regions.items()),))
