"""More imitations of what services, meters and programs export. Every public function is a layout."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import Case, lines, series
from scripts.evaluation.ingestion.synthetic import counts, grouped, months, printed, season, walk

Random = np.random.Generator


def metatrader(random: Random) -> Case:
    """Tabs, names in angle brackets, 2020.01.02 and 09:00:00 in two columns."""
    times = pd.date_range("2020-01-02 09:00", periods=96, freq="15min")
    close, volume = walk(random, 96, 1.12, 0.0005, 5), counts(random, 96, 310.0)
    rows = ["<DATE>\t<TIME>\t<CLOSE>\t<TICKVOL>"]
    rows += [f"{t:%Y.%m.%d}\t{t:%H:%M:%S}\t{a:.5f}\t{b:.0f}" for t, a, b in zip(times, close, volume, strict=True)]
    return Case(
        "EURUSD_M15.csv",
        lines(rows, end="\r\n"),
        ((series("CLOSE", times, close, "15min"), series("TICKVOL", times, volume, "15min")),),
    )


def clock_24_00(random: Random) -> Case:
    """The last hour of a day as 24:00 of that day, day first with a decisive row."""
    times = pd.date_range("2021-04-20 01:00", periods=24 * 10, freq="h")
    values = walk(random, len(times), 33.0, 0.5, 1)
    rows = ["Date,Time,PM10"]
    for t, v in zip(times, values, strict=True):
        day = t - pd.Timedelta(hours=1)
        rows.append(f"{day:%d/%m/%Y},{day.hour + 1:02d}:00,{v:.1f}")
    return Case("air.csv", lines(rows), ((series("PM10", times, values, "h"),),))


def float_epoch(random: Random) -> Case:
    """Seconds since 1970 with fractions, four per second."""
    times = pd.date_range("2020-05-05 05:05:05", periods=200, freq="250ms")
    values = walk(random, 200, 0.2, 0.01, 4)
    rows = ["time,ecg", *(f"{t.value / 1e9:.3f},{v:.4f}" for t, v in zip(times, values, strict=True))]
    return Case("ecg.csv", lines(rows), ((series("ecg", times, values, "250ms", tolerance="1ms"),),))


def rfc_dates(random: Random) -> Case:
    """Times as "Mon, 06 Jan 2020 10:00:00 GMT"."""
    times = pd.date_range("2020-01-06 10:00", periods=90, freq="h", tz="UTC")
    values = counts(random, 90, 512.0)
    rows = ["sampled,bytes", *(f'"{t:%a, %d %b %Y %H:%M:%S} GMT",{v:.0f}' for t, v in zip(times, values, strict=True))]
    return Case("headers.csv", lines(rows), ((series("bytes", times, values, "h"),),))


def javascript_dates(random: Random) -> Case:
    """Times as "Wed Jan 01 2020 00:00:00 GMT+0100 (CET)"."""
    times = pd.date_range("2020-01-01", periods=60, freq="D", tz="Etc/GMT-1")
    values = counts(random, 60, 88.0)
    rows = ["when;clicks", *(f"{t:%a %b %d %Y %H:%M:%S} GMT+0100 (CET);{v:.0f}" for t, v in zip(times, values, strict=True))]
    return Case("clicks.csv", lines(rows), ((series("clicks", times, values, "D"),),))


def java_dates(random: Random) -> Case:
    """Times as "Jan 1, 2020 12:00:00 AM"."""
    times = pd.date_range("2020-01-01", periods=100, freq="6h")
    values = walk(random, 100, 5.5, 0.1, 2)
    rows = ['"Date","Glucose"']
    rows += [f'"{t:%b} {t.day}, {t.year} {t.hour % 12 or 12}:{t:%M:%S %p}","{v:.2f}"' for t, v in zip(times, values, strict=True)]
    return Case("diary.csv", lines(rows), ((series("Glucose", times, values, "6h"),),))


def paired_columns(random: Random) -> Case:
    """A day beside each price, pair by pair, the pairs of different lengths."""
    pairs = {"Gold": pd.date_range("2020-01-01", periods=90, freq="B"), "Oil": pd.date_range("2020-02-03", periods=60, freq="B")}
    values = {name: walk(random, len(t), 1500.0 if name == "Gold" else 60.0, 1.0, 2) for name, t in pairs.items()}
    rows = ["Date,Gold,Date,Oil"]
    for row in range(90):
        cells = [f"{t[row]:%Y-%m-%d},{values[name][row]:.2f}" if row < len(t) else "," for name, t in pairs.items()]
        rows.append(",".join(cells))
    return Case("pairs.csv", lines(rows), (tuple(series(name, t, values[name], "B") for name, t in pairs.items()),))


def fed_board_metadata(random: Random) -> Case:
    """Five rows that describe the columns in quotes, then "Time Period" and identifiers, ND for missing."""
    times = pd.date_range("2018-01-01", periods=130, freq="B")
    one, ten = walk(random, 130, 1.9, 0.02, 2), walk(random, 130, 2.6, 0.02, 2)
    one[[0, 10]], ten[[0, 10]] = np.nan, np.nan
    rows = ['"Series Description","Yield, 1-year","Yield, 10-year"', '"Unit:","Percent:_Per_Year","Percent:_Per_Year"']
    rows += ['"Multiplier:","1","1"', '"Currency:","NA","NA"', '"Unique Identifier: ","H15/RIFLGFCY01_N.B","H15/RIFLGFCY10_N.B"']
    rows += ['"Time Period","RIFLGFCY01_N.B","RIFLGFCY10_N.B"']
    rows += [f"{t:%Y-%m-%d},{printed(a, 2, 'ND')},{printed(b, 2, 'ND')}" for t, a, b in zip(times, one, ten, strict=True)]
    by_key = (series("RIFLGFCY01_N.B", times, one, "B", trim=True), series("RIFLGFCY10_N.B", times, ten, "B", trim=True))
    by_name = (series("Yield, 1-year", times, one, "B", trim=True), series("Yield, 10-year", times, ten, "B", trim=True))
    return Case("FRB_H15.csv", lines(rows), (by_key, by_name))


def bea_two_level(random: Random) -> Case:
    """A table's title and units, then years and below them quarters across, numbered lines with indented names, footers."""
    times = pd.date_range("2015-01-01", periods=24, freq="QS")
    rows = ['"Table 1.1.5. Gross Domestic Product"', '"[Billions of dollars]"', '"Some Bureau"']
    rows += [",".join(["Line", "", *(f'"{t.year}"' for t in times)]), ",".join(["", "", *(f'"Q{t.quarter}"' for t in times)])]
    reading = []
    for number, name in enumerate(("Gross domestic product", "  Consumption", "  Investment"), start=1):
        values = walk(random, 24, 18_000.0, 90.0, 1)
        rows.append(",".join([f'"{number}"', f'"{name}"', *(f'"{v:.1f}"' for v in values)]))
        reading.append(series(name.strip(), times, values, "QS"))
    rows += ['"Legend / Footnotes:"', '"Note. Estimates are rounded."']
    return Case("download.csv", lines(rows), (tuple(reading),))


def bis_wide(random: Random) -> Case:
    """Codes joined to words ("Q:Quarterly"), many columns of keys, quarters across."""
    times = pd.date_range("2001-01-01", periods=70, freq="QS")
    rows = [
        '"Frequency","Reference area","Value","Unit of measure","Series",' + ",".join(f'"{t.year}-Q{t.quarter}"' for t in times)
    ]
    reading = []
    for code, country in (("LU", "Lumeria"), ("NO", "Norvik")):
        for kind, title in (("N", "Nominal"), ("R", "Real")):
            values = walk(random, 70, 95.0, 1.0, 4)
            key = f'"Q:Quarterly","{code}:{country}","{kind}:{title}","628:Index, 2010 = 100","Q:{code}:{kind}:628"'
            rows.append(key + "," + ",".join(f'"{v:.4f}"' for v in values))
            reading.append(series((f"{country} {title}", f"Q {code} {kind} 628"), times, values, "QS"))
    return Case("full_spp.csv", lines(rows), (tuple(reading),))


def nordpool_hours(random: Random) -> Case:
    """Days as 30-12-2020 and spans of hours "00 - 01" in two columns, areas across, decimal commas."""
    times = pd.date_range("2020-12-25", periods=24 * 7, freq="h")
    columns = {name: walk(random, len(times), 24.0, 0.8, 2) for name in ("SYS", "SE1", "DK1")}
    rows = ["Elspot prices hourly;;;;", ";Hours;" + ";".join(columns)]
    for row, t in enumerate(times):
        span = f"{t.hour:02d} - {(t.hour + 1) % 24:02d}"
        rows.append(f"{t:%d-%m-%Y};{span};" + ";".join(f"{v[row]:.2f}".replace(".", ",") for v in columns.values()))
    return Case("elspot-prices_hourly.csv", lines(rows), (tuple(series(name, times, v, "h") for name, v in columns.items()),))


def smard(random: Random) -> Case:
    """Day, start and end of the quarter hour in three columns, points for thousands, decimal commas, "-" for missing."""
    times = pd.date_range("2022-01-01", periods=200, freq="15min")
    bio, sea = walk(random, 200, 1105.0, 4.0, 2), walk(random, 200, 801.0, 12.0, 2)
    sea[150:154] = np.nan
    rows = ["Datum;Anfang;Ende;Biomasse [MWh];Wind Offshore [MWh]"]
    for t, a, b in zip(times, bio, sea, strict=True):
        cells = ";".join("-" if np.isnan(v) else grouped(v, 2, ".", ",") for v in (a, b))
        rows.append(f"{t:%d.%m.%Y;%H:%M};{t + pd.Timedelta(minutes=15):%H:%M};{cells}")
    reading = (series("Biomasse", times, bio, "15min"), series("Wind Offshore", times, sea, "15min"))
    return Case("Realisierte_Erzeugung.csv", lines(rows), (reading,))


def rte_tabs(random: Random) -> Case:
    """Tabs, words first, day and half hour, "ND" for missing, a licence line last, latin-1."""
    times = pd.date_range("2021-01-01", periods=96, freq="30min")
    use, gas = season(random, 96, 48, 61_000, 6000, 0), counts(random, 96, 5200.0)
    gas[[40, 41]] = np.nan
    rows = ["Périmètre\tNature\tDate\tHeures\tConsommation\tGaz"]
    rows += [
        f"France\tDonnées définitives\t{t:%Y-%m-%d}\t{t:%H:%M}\t{a:.0f}\t{printed(b, 0, 'ND')}"
        for t, a, b in zip(times, use, gas, strict=True)
    ]
    rows += ["RTE ne pourra être tenu responsable de l'usage qui pourrait être fait des données mises à disposition."]
    reading = (series("Consommation", times, use, "30min"), series("Gaz", times, gas, "30min"))
    return Case("eCO2mix.xls", lines(rows, encoding="latin-1"), (reading,))


def elia_offsets(random: Random) -> Case:
    """Semicolons, newest first, times with +02:00, a resolution code and one region in every row."""
    times = pd.date_range("2022-07-01", periods=120, freq="15min", tz="Etc/GMT-2")
    load, forecast = walk(random, 120, 9100.0, 40.0, 3), walk(random, 120, 9100.0, 40.0, 2)
    rows = ["Datetime;Resolution code;Region;Total Load;Most recent forecast"]
    rows += [f"{times[r].isoformat()};PT15M;Belgium;{load[r]:.3f};{forecast[r]:.2f}" for r in range(119, -1, -1)]
    return Case(
        "ods001.csv",
        lines(rows),
        ((series("Total Load", times, load, "15min"), series("Most recent forecast", times, forecast, "15min")),),
    )


def smart_meter(random: Random) -> Case:
    """Households under each other by a code, a tariff word, times with seven decimals, "Null" now and then."""
    times = pd.date_range("2012-10-12 00:30", periods=100, freq="30min")
    rows = ["LCLid,stdorToU,DateTime,KWH/hh (per half hour) "]
    reading = []
    for house in ("MAC000002", "MAC000003"):
        values = walk(random, 100, 0.4, 0.03, 3)
        values[60] = np.nan
        rows += [
            f"{house},Std,{t:%Y-%m-%d %H:%M:%S}.0000000, {printed(v, 3, 'Null')} " for t, v in zip(times, values, strict=True)
        ]
        reading.append(series(house, times, values, "30min"))
    return Case("LCL.csv", lines(rows), (tuple(reading),))


def green_button(random: Random) -> Case:
    """Name, address and account, an empty line, then day, start and end of quarter hours, use, unit, cost in dollars."""
    times = pd.date_range("2019-10-20", periods=96 * 3, freq="15min")
    use, cost = walk(random, len(times), 0.21, 0.02, 2), walk(random, len(times), 0.05, 0.005, 2)
    rows = ["Name,A PERSON", 'Address,"1 FAR RD, FIELD CA 90000"', "Account Number,123", "Service,Service 1", ""]
    rows += ["TYPE,DATE,START TIME,END TIME,USAGE,UNITS,COST,NOTES"]
    for t, a, b in zip(times, use, cost, strict=True):
        rows.append(f"Electric usage,{t:%Y-%m-%d},{t:%H:%M},{t + pd.Timedelta(minutes=14):%H:%M},{a:.2f},kWh,${b:.2f},")
    return Case("interval_data.csv", lines(rows), ((series("USAGE", times, use, "15min"), series("COST", times, cost, "15min")),))


def netatmo(random: Random) -> Case:
    """A line of place names, one of the station, then epoch seconds beside local time, quoted, two readings, gaps."""
    times = pd.date_range("2021-02-01 00:03", periods=160, freq="5min", tz="UTC").delete([50, 51])
    heat, damp = walk(random, 158, 19.0, 0.1, 1), counts(random, 158, 44.0)
    rows = [
        "Name;Long;Lat;ModuleName;ModuleType",
        '"Home";5.18;52.1;"Living";"NAMain"',
        'Timestamp;"Timezone : Europe/Paris";Temperature;Humidity',
    ]
    for t, a, b in zip(times, heat, damp, strict=True):
        rows.append(f'{int(t.timestamp())};"{t.tz_convert("Europe/Paris"):%Y/%m/%d %H:%M:%S}";{a:.1f};{b:.0f}')
    wall = times.tz_convert("Europe/Paris").tz_localize(None)
    naive = times.tz_localize(None)
    readings = tuple((series("Temperature", t, heat, "5min"), series("Humidity", t, damp, "5min")) for t in (naive, wall))
    return Case("Living.csv", lines(rows), readings)


def crypto_url_line(random: Random) -> Case:
    """A link as the first line, epoch and text times, a pair's name in every row, newest first."""
    times = pd.date_range("2022-05-01", periods=120, freq="h")
    close, volume = walk(random, 120, 38_000.0, 90.0, 2), walk(random, 120, 70.0, 2.0, 5)
    rows = ["https://www.example.com", "unix,date,symbol,close,Volume BTC"]
    rows += [
        f"{times[r].value // 10**9},{times[r]:%Y-%m-%d %H:%M:%S},BTC/USD,{close[r]:.2f},{volume[r]:.5f}"
        for r in range(119, -1, -1)
    ]
    return Case("BTCUSD_1h.csv", lines(rows), ((series("close", times, close, "h"), series("Volume BTC", times, volume, "h")),))


def pipe_delimited(random: Random) -> Case:
    """Pipes between cells, commas inside words, times with T and no seconds."""
    times = pd.date_range("2022-03-03", periods=60, freq="12h")
    values = walk(random, 60, 412.0, 3.0, 1)
    rows = ["site|sampled_at|co2_ppm|remark"]
    rows += [f"Hall, north|{t:%Y-%m-%dT%H:%M}|{v:.1f}|ok, dry" for t, v in zip(times, values, strict=True)]
    return Case("hall.psv", lines(rows), ((series("co2_ppm", times, values, "12h"),),))


def wall_clock_autumn(random: Random) -> Case:
    """Local times without offset over the night the clocks go back: one hour stands twice with different values."""
    aware = pd.date_range("2021-10-30", periods=72, freq="h", tz="Europe/Berlin")
    wall = aware.tz_localize(None)
    values = walk(random, 72, 51.0, 0.8, 2)
    rows = ["Zeit;Last", *(f"{t:%d.%m.%Y %H:%M};" + f"{v:.2f}".replace(".", ",") for t, v in zip(wall, values, strict=True))]
    once = ~wall.duplicated()
    merged = values.copy()
    merged[wall.duplicated(keep=False)] = np.inf
    return Case(
        "last.csv", lines(rows), ((series("Last", wall[once], merged[once], "h"),), (series("Last", aware, values, "h"),))
    )


def newest_first_months(random: Random) -> Case:
    """Months' full names and years, newest first, a percent change beside."""
    times = months("2012-01", 100)
    index = walk(random, 100, 1510.0, 9.0, 1)
    change = np.append(np.nan, np.diff(index) / index[:-1] * 100).round(2)
    rows = ["Month,Price Index,Change"]
    for r in range(99, -1, -1):
        mark = "-" if r == 0 else f"{change[r]:.2f}%"
        rows.append(f'{times[r]:%B} {times[r].year},"{index[r]:,.1f}",{mark}')
    readings = tuple(
        (series("Price Index", times, index, "MS"), series("Change", times, change * s, "MS", trim=True)) for s in (1, 0.01)
    )
    return Case("commodity.csv", lines(rows), readings)


def quoted_decimal_comma(random: Random) -> Case:
    """Commas between cells and, inside quotes, as the decimal mark."""
    times = pd.date_range("2019-02-01", periods=80, freq="D")
    a, b = walk(random, 80, 13.2, 0.2, 2), walk(random, 80, 1.08, 0.01, 3)
    rows = ["data,temperatura,cambio"]
    rows += [f'{t:%d/%m/%Y},"{x:.2f}","{y:.3f}"'.replace(".", ",") for t, x, y in zip(times, a, b, strict=True)]
    return Case("dati.csv", lines(rows), ((series("temperatura", times, a, "D"), series("cambio", times, b, "D")),))


def week_ending_text(random: Random) -> Case:
    """Weeks as "Week ending 10 January 2020", grouped thousands, two measures."""
    times = pd.date_range("2020-01-10", periods=70, freq="W-FRI")
    deaths, mean = counts(random, 70, 11_200.0), counts(random, 70, 10_300.0)
    rows = ["Period,Deaths,Five-year average"]
    rows += [f'Week ending {t.day} {t:%B %Y},"{a:,.0f}","{b:,.0f}"' for t, a, b in zip(times, deaths, mean, strict=True)]
    return Case(
        "weekly.csv",
        lines(rows),
        ((series("Deaths", times, deaths, "W-FRI"), series("Five-year average", times, mean, "W-FRI")),),
    )


def day_month_no_year(random: Random) -> Case:
    """Days as 01-Jan with the year only in a title: they must not be silently put in another year."""
    times = pd.date_range("2018-01-01", periods=120, freq="D")
    values = counts(random, 120, 640.0)
    rows = ["Daily use 2018", "Day,Use", *(f"{t:%d-%b},{v:.0f}" for t, v in zip(times, values, strict=True))]
    counted = (series("Use", pd.RangeIndex(120), values, None),)
    return Case("use.csv", lines(rows), ((series("Use", times, values, "D"),), counted))


def latin_units_row(random: Random) -> Case:
    """A row of units below the names, both in latin-1, decimal commas, clock and day in one cell."""
    times = pd.date_range("2021-08-01", periods=144, freq="10min")
    heat, wind = walk(random, 144, 22.0, 0.2, 1), walk(random, 144, 3.0, 0.2, 1)
    rows = ["Zeitpunkt;Lufttemperatur;Windstärke", ";°C;m/s"]
    rows += [f"{t:%d.%m.%Y %H:%M};" + f"{a:.1f};{b:.1f}".replace(".", ",") for t, a, b in zip(times, heat, wind, strict=True)]
    reading = (series("Lufttemperatur", times, heat, "10min"), series("Windstärke", times, wind, "10min"))
    return Case("wetter.csv", lines(rows, end="\r\n", encoding="latin-1"), (reading,))


def hydrology_station_blocks(random: Random) -> Case:
    """Hash lines of metadata in many languages' style, then YYYY-MM-DD;hh:mm; value with a clock that never changes."""
    times = pd.date_range("1990-01-01", periods=220, freq="D")
    flow = walk(random, 220, 410.0, 9.0, 3)
    flow[[30, 31, 32]] = np.nan
    rows = [
        "# Title:                 A RUNOFF DATA FILE",
        "# Format:                DOS-ASCII",
        "#",
        "# Station:               FAR BRIDGE",
    ]
    rows += [
        "# Catchment area (km²):  1234.0",
        "#",
        "#************************************************************",
        "# DATA",
        "YYYY-MM-DD;hh:mm; Value",
    ]
    rows += [f"{t:%Y-%m-%d};--:--;{printed(v, 3, '-999.000').rjust(12)}" for t, v in zip(times, flow, strict=True)]
    return Case("1234567_Q_Day.Cmd.txt", lines(rows, end="\r\n", encoding="latin-1"), ((series("Value", times, flow, "D"),),))
