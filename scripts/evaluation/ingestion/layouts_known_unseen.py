"""Imitations of the tables that courses and packages ship, kept unseen. Every public function is a layout."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import Case, lines, series
from scripts.evaluation.ingestion.synthetic import counts, months, season, walk

Random = np.random.Generator


def stock_long_day_words(random: Random) -> Case:
    """Symbols under each other, days as "Jan 1 2000"."""
    times = months("2000-01", 90)
    rows = ["symbol,date,price"]
    reading = []
    for symbol in ("MSFT", "AMZN", "IBM"):
        values = walk(random, 90, 60.0, 2.0, 2)
        rows += [f"{symbol},{t:%b} {t.day} {t.year},{v}" for t, v in zip(times, values, strict=True)]
        reading.append(series(symbol, times, values, "MS"))
    return Case("stocks.csv", lines(rows), (tuple(reading),))


def occupancy_short_header(random: Random) -> Case:
    """The header is one name short: R's row numbers in quotes have none."""
    times = pd.date_range("2015-02-04 17:51", periods=120, freq="min")
    heat, light = walk(random, 120, 23.0, 0.05, 3), counts(random, 120, 430.0)
    rows = ['"date","Temperature","Light","Occupancy"']
    rows += [
        f'"{r + 1}","{t:%Y-%m-%d %H:%M:%S}",{a},{b:.0f},{r % 2}'
        for r, (t, a, b) in enumerate(zip(times, heat, light, strict=True))
    ]
    reading = (series("Temperature", times, heat, "min"), series("Light", times, light, "min"))
    return Case("datatraining.txt", lines(rows), (reading,), optional=("Occupancy",))


def iceland_tourism(random: Random) -> Case:
    """A quoted title, semicolons, months as 2002M03 across, two rows of visitors, latin-1."""
    times = months("2002-03", 48)
    reading = []
    rows = ['"Visitors through the airport by month"', "", ";".join(['"Citizenship"', *(f'"{t:%Y}M{t:%m}"' for t in times)])]
    for name in ("Total", "Ísland"):
        values = counts(random, 48, 24_000.0)
        rows.append(";".join([f'"{name}"', *(f"{v:.0f}" for v in values)]))
        reading.append(series(name, times, values, "MS"))
    return Case("SAM02001.csv", lines(rows, encoding="latin-1"), (tuple(reading), tuple(reading[1:])))


def gas_rate_no_time(random: Random) -> Case:
    """Two columns of numbers and no time."""
    rate, share = random.normal(0, 1, 120).round(3), walk(random, 120, 53.0, 0.5, 1)
    rows = ["CH4,CO2%", *(f"{a:.3f},{b:.1f}" for a, b in zip(rate, share, strict=True))]
    counted = pd.RangeIndex(120)
    return Case("gasrate_co2.csv", lines(rows), ((series("CH4", counted, rate, None), series("CO2%", counted, share, None)),))


def disasters_entity(random: Random) -> Case:
    """Kinds of events under each other, each with the years in which it happened, some years absent."""
    rows = ["Entity,Year,Deaths"]
    reading = []
    for entity, share in (("All natural disasters", 1.0), ("Drought", 0.8), ("Flood", 0.9)):
        years = [y for y in range(1900, 2018) if share == 1.0 or random.random() < share]
        times = pd.DatetimeIndex([f"{year}-01-01" for year in years])
        values = counts(random, len(years), 31_000.0 * share)
        rows += [f"{entity},{year},{v:.0f}" for year, v in zip(years, values, strict=True)]
        reading.append(series(entity, times, values, "YS"))
    return Case("disasters.csv", lines(rows), (tuple(reading),))


def uber_pickups(random: Random) -> Case:
    """Events, not samples: quoted times as 4/1/2014 0:11:00 with coordinates and a base; irregular."""
    steps = np.cumsum(random.integers(30, 900, 150))
    times = pd.Timestamp("2014-04-13 00:11:00") + pd.to_timedelta(steps, unit="s")
    lat, lon = walk(random, 150, 40.7, 0.01, 4), (-73.9 + random.normal(0, 0.05, 150)).round(4)
    rows = ['"Date/Time","Lat","Lon","Base"']
    rows += [
        f'"{t.month}/{t.day}/{t.year} {t.hour}:{t:%M:%S}",{a:.4f},{b:.4f},"B02512"'
        for t, a, b in zip(times, lat, lon, strict=True)
    ]
    reading = (series("Lat", pd.DatetimeIndex(times), lat, "irregular"), series("Lon", pd.DatetimeIndex(times), lon, "irregular"))
    return Case("pickups-apr14.csv", lines(rows), (reading,))


def store_open_flags(random: Random) -> Case:
    """Shops numbered, newest first, a weekday number, flags as 0 and 1, one of them also as a letter."""
    times = pd.date_range("2015-05-01", periods=60, freq="D")
    columns = {shop: (counts(random, 60, 5200.0), counts(random, 60, 560.0)) for shop in (1, 2, 3)}
    rows = ['"Store","DayOfWeek","Date","Sales","Customers","Open","StateHoliday"']
    for row in range(59, -1, -1):
        for shop, (sales, customers) in columns.items():
            day = f"{times[row].weekday() + 1},{times[row]:%Y-%m-%d}"
            rows.append(f'{shop},{day},{sales[row]:.0f},{customers[row]:.0f},1,"{"a" if row == 30 else "0"}"')
    reading = [series(f"{shop} Sales", times, sales, "D") for shop, (sales, _) in columns.items()]
    reading += [series(f"{shop} Customers", times, people, "D") for shop, (_, people) in columns.items()]
    return Case("train.csv", lines(rows), (tuple(reading),), optional=("Open", "DayOfWeek", "StateHoliday"))


def seatbelts_row_numbers(random: Random) -> Case:
    """A package's data: row numbers without a name, a decimal "time" (1969.083), counts and rates."""
    times = months("1969-01", 96)
    drivers, price = counts(random, 96, 1600.0), walk(random, 96, 0.1, 0.001, 6)
    rows = ['"","time","drivers","PetrolPrice"']
    for row, (a, b) in enumerate(zip(drivers, price, strict=True)):
        rows.append(f'"{row + 1}",{1969 + row / 12:.12g},{a:.0f},{b:.6f}')
    reading = (
        series("drivers", times, drivers, ("MS", "ME"), tolerance="2D"),
        series("PetrolPrice", times, price, "MS", tolerance="2D"),
    )
    return Case("Seatbelts.csv", lines(rows), (reading,))


def unemployment_region_rows(random: Random) -> Case:
    """Leading blanks in names and cells, 31-01-2020 after a region, a word for the rhythm in each row, empty rows at the end."""
    times = pd.date_range("2019-05-31", periods=24, freq="ME")
    rows = ["Region, Date, Frequency, Estimated Unemployment Rate (%), Estimated Employed"]
    reading = []
    for region in ("Andhra", "Bihar"):
        rate, employed = season(random, 24, 12, 7.0, 2.0, 2), counts(random, 24, 11_900_000.0)
        rows += [f"{region}, {t:%d-%m-%Y}, Monthly, {a:.2f}, {b:.0f}" for t, a, b in zip(times, rate, employed, strict=True)]
        reading += [series(f"{region} Estimated Unemployment Rate", times, rate, "ME")]
        reading += [series(f"{region} Estimated Employed", times, employed, "ME")]
    rows += [",,,,"] * 4
    return Case("unemployment.csv", lines(rows), (tuple(reading),))
