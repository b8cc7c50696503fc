"""Fresh imitations: observatories, weather services, loggers and wearables. Every public function is a layout."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import ANY, Case, lines, series
from scripts.evaluation.ingestion.synthetic import counts, printed, season, walk

Random = np.random.Generator


def aavso_julian(random: Random) -> Case:
    """A variable star: Julian days with fractions, magnitudes (some "<14.2" only), one band, an observer's code."""
    days = 2_458_849.5 + np.cumsum(random.uniform(0.3, 6.0, 90)).round(4)
    times = pd.DatetimeIndex(pd.to_datetime((days - 2_440_587.5) * 86_400, unit="s")).round("ms")
    magnitude = season(random, 90, 40, 9.5, 2.0, 2)
    shown = [f"{v:.2f}" for v in magnitude]
    for row in (12, 47):
        shown[row], magnitude[row] = "<14.2", ANY
    rows = ["JD,Magnitude,Uncertainty,Band,Observer Code,Comment Code(s)"]
    rows += [
        f"{day:.4f},{cell},0.02,V,ABC,{'U' if r % 9 == 0 else ''}" for r, (day, cell) in enumerate(zip(days, shown, strict=True))
    ]
    star = series("Magnitude", times, magnitude, "irregular", tolerance="1min")
    error = series("Uncertainty", times, np.full(90, 0.02), "irregular", tolerance="1min")
    return Case("aavsodata.csv", lines(rows), ((star, error), (star,)))


def metar_archive(random: Random) -> Case:
    """Comment lines with #, a station, times at :53, "M" for missing and "T" for a trace, a sky word, a raw report."""
    times = pd.date_range("2022-01-05 00:53", periods=120, freq="h")
    heat, wind = season(random, 120, 24, 34.0, 8.0, 2), counts(random, 120, 8.0)
    rain = np.where(random.random(120) < 0.1, 0.03, 0.0)
    shown = [f"{v:.2f}" for v in rain]
    shown[40], rain[40] = "T", ANY
    heat[17] = np.nan
    rows = [
        "#DEBUG: Format Typ    -> comma",
        "#DEBUG: Time Period   -> 2022-01-05 2022-01-10",
        "station,valid,tmpf,sknt,p01i,skyc1,metar",
    ]
    for r, t in enumerate(times):
        rows.append(
            f"DSM,{t:%Y-%m-%d %H:%M},{printed(heat[r], 2, 'M')},{wind[r]:.2f},{shown[r]},{'OVC' if r % 3 else 'M'},KDSM AUTO"
        )
    reading = tuple(series(n, times, v, "h") for n, v in (("tmpf", heat), ("sknt", wind), ("p01i", rain)))
    return Case("DSM.csv", lines(rows), (reading,))


def earthquake_catalogue(random: Random) -> Case:
    """Events newest first: times with Z, place, depth, size, kinds in words, a quoted place with a comma, an update time."""
    gaps = random.integers(200_000, 90_000_000, 70)
    times = pd.Timestamp("2023-02-01 03:04:05.120", tz="UTC") + pd.to_timedelta(np.cumsum(gaps), unit="ms")
    size, depth = random.gamma(9, 0.5, 70).round(1), random.uniform(2, 90, 70).round(2)
    rows = ["time,latitude,longitude,depth,mag,magType,nst,id,updated,place,type"]
    for r in range(69, -1, -1):
        stamp = times[r].strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        place, late = f'"{r + 3} km NW of Nowhere, CA"', "2023-06-01T00:00:00.040Z"
        rows.append(
            f"{stamp},{random.uniform(33, 41):.4f},{random.uniform(-121, -115):.4f},"
            f"{depth[r]:.2f},{size[r]:.1f},ml,{r % 30 + 4},ci{r:08d},{late},{place},earthquake"
        )
    reading = series("mag", times, size, "irregular"), series("depth", times, depth, "irregular")
    return Case("query.csv", lines(rows), (reading,), optional=("latitude", "longitude", "nst", "id"))


def seismic_tspair(random: Random) -> Case:
    """One header line that describes the record, then a time with microseconds and a count, two blanks between."""
    times = pd.date_range("2010-02-27T06:30:00.069500", periods=200, freq="50ms")
    values = random.normal(-300, 800, 200).round(0)
    rows = ["TIMESERIES IU_ANMO_00_BHZ_M, 200 samples, 20 sps, 2010-02-27T06:30:00.069500, TSPAIR, INTEGER, Counts"]
    rows += [f"{t:%Y-%m-%dT%H:%M:%S.%f}  {v:.0f}" for t, v in zip(times, values, strict=True)]
    return Case("IU.ANMO.ascii", lines(rows), ((series((), times, values, "50ms"),),))


def geomagnetic_iaga(random: Random) -> Case:
    """Header lines closed by a bar, day, clock with milliseconds and day of the year, four components, 99999.00 for missing."""
    times = pd.date_range("2021-03-20", periods=240, freq="min")
    columns = {
        name: walk(random, 240, level, 0.4, 2) for name, level in (("BDTX", 20_800.0), ("BDTY", 3_100.0), ("BDTZ", 47_300.0))
    }
    columns["BDTY"][60:64] = np.nan
    head = {"Format": "IAGA-2002", "Source of Data": "Invented Survey", "Station Name": "Boulder", "Reported": "XYZ"}
    rows = [f" {key:<23}{value:<45}|" for key, value in head.items()] + [f" # {'Vector values are averages of one minute.':<66}|"]
    rows.append(f"{'DATE       TIME         DOY     BDTX      BDTY      BDTZ':<69}|")
    for r, t in enumerate(times):
        cells = "".join(f"{printed(v[r], 2, '99999.00'):>10}" for v in columns.values())
        rows.append(f"{t:%Y-%m-%d %H:%M}:00.000 {t:%j}  {cells}")
    reading = tuple(series(name, times, values, "min") for name, values in columns.items())
    return Case("bdt20210320vmin.min", lines(rows), (reading,), optional=("DOY",))


def space_weather_json(random: Random) -> Case:
    """Rows as lists, the first one the names, every value as text, three-hourly."""
    times = pd.date_range("2024-01-01", periods=56, freq="3h")
    index, running = random.uniform(0, 6, 56).round(2), counts(random, 56, 9.0)
    rows = [["time_tag", "Kp", "a_running", "station_count"]]
    rows += [[f"{t:%Y-%m-%d %H:%M:%S}.000", f"{a:.2f}", f"{b:.0f}", "8"] for t, a, b in zip(times, index, running, strict=True)]
    reading = series("Kp", times, index, "3h"), series("a_running", times, running, "3h")
    return Case("noaa-planetary-k-index.json", json.dumps(rows).encode(), (reading,), optional=("station_count",))


def solar_flux(random: Random) -> Case:
    """Names and a line of dashes, days as 20041028, noon as 200000, a Julian day, padded values; one reading a day."""
    times = pd.date_range("2004-10-28 20:00", periods=100, freq="D")
    observed = walk(random, 100, 128.0, 3.0, 1)
    adjusted = (observed * 0.98).round(1)
    rows = [
        "fluxdate    fluxtime    fluxjulian    fluxobsflux  fluxadjflux",
        "----------  ----------  ------------  -----------  -----------",
    ]
    for r, t in enumerate(times):
        julian = t.to_julian_date()
        rows.append(f"{t:%Y%m%d}    {t:%H%M%S}      {julian:.3f}   {observed[r]:09.1f}    {adjusted[r]:09.1f}")
    readings = tuple(
        (series("fluxobsflux", moments, observed, "D"), series("fluxadjflux", moments, adjusted, "D"))
        for moments in (times, times.normalize())
    )
    return Case("fluxtable.txt", lines(rows), readings, optional=("fluxjulian", "fluxtime"))


def tide_hourly(random: Random) -> Case:
    """No header: year, month, day, hour, level in millimetres, -32767 for missing, padded."""
    times = pd.date_range("2015-01-01", periods=240, freq="h")
    values = season(random, 240, 12.4, 1600, 500, 0)
    values[100:104] = np.nan
    rows = [
        f"{t.year},{t.month:3d},{t.day:3d},{t.hour:3d},{printed(v, 0, '-32767'):>7}" for t, v in zip(times, values, strict=True)
    ]
    return Case("h007.csv", lines(rows), ((series((), times, values, "h"),),))


def soil_moisture_network(random: Random) -> Case:
    """A line of station words and coordinates, then day, clock, value and two flags parted by blanks, no header."""
    times = pd.date_range("2019-05-01", periods=200, freq="h")
    values = walk(random, 200, 0.25, 0.003, 4)
    rows = ["SCAN SCAN Abrams 37.12700 -97.08700 415.00 0.0500 0.0500 Hydraprobe-Analog-(2.5-Volt)"]
    rows += [
        f"{t:%Y/%m/%d %H:%M} {v:.4f} {'C01' if r % 40 == 3 else 'G'} M"
        for r, (t, v) in enumerate(zip(times, values, strict=True))
    ]
    return Case("SCAN_SCAN_Abrams_sm_0.05.stm", lines(rows), ((series((), times, values, "h"),),))


def hydat_daily(random: Random) -> Case:
    """A water survey: a blank before the first name, kinds of measure numbered, days as 1990/01/01, ice letters, a note below."""
    times = pd.date_range("1990-01-01", periods=120, freq="D")
    flow, level = walk(random, 120, 7.5, 0.1, 2), walk(random, 120, 1.32, 0.01, 3)
    rows = [" ID,PARAM,Date,Value,SYM"]
    for number, values, digits in ((1, flow, 2), (2, level, 3)):
        rows += [
            f"05BB001,{number},{t:%Y/%m/%d},{v:.{digits}f},{'B' if t.month < 4 else ''}"
            for t, v in zip(times, values, strict=True)
        ]
    rows += ["", " DISCLAIMER: see the web site"]
    return Case("Daily__05BB001.csv", lines(rows, end="\r\n"), ((series("1", times, flow, "D"), series("2", times, level, "D")),))


def cimis_quality(random: Random) -> Case:
    """Irrigation weather: a quality column "qc" behind each measure, 1/1/2019, blanks where a reading failed."""
    times = pd.date_range("2019-01-01", periods=90, freq="D")
    columns = {
        "ETo (in)": random.uniform(0.02, 0.2, 90).round(2),
        "Precip (in)": random.gamma(0.4, 0.2, 90).round(2),
        "Avg Air Temp (F)": walk(random, 90, 48.0, 1.0, 1),
    }
    columns["Precip (in)"][33] = np.nan
    rows = ["Stn Id,Stn Name,CIMIS Region,Date,Jul," + ",".join(f"{name},qc" for name in columns)]
    for r, t in enumerate(times):
        cells = ",".join(f"{printed(v[r], 2)},{'M' if np.isnan(v[r]) else 'Y' if r % 20 == 4 else ' '}" for v in columns.values())
        rows.append(f"2,FivePoints,San Joaquin Valley,{t.month}/{t.day}/{t.year},{t.dayofyear},{cells}")
    reading = tuple(series(name.partition(" (")[0], times, values, "D") for name, values in columns.items())
    return Case("daily.csv", lines(rows), (reading,), optional=("Stn Id", "Jul"))


def canada_climate(random: Random) -> Case:
    """A mark, quoted cells, coordinates and place in every row, the day and its parts, flags between, empty coming days."""
    times = pd.date_range("2021-01-01", periods=120, freq="D")
    high, rain = season(random, 120, 365, 2.0, 12.0, 1), random.gamma(0.3, 4.0, 120).round(1)
    high[[8, 60]] = np.nan
    high[-5:] = rain[-5:] = np.nan
    names = ["Longitude (x)", "Latitude (y)", "Station Name", "Climate ID", "Date/Time", "Year", "Month", "Day", "Data Quality"]
    names += ["Max Temp (°C)", "Max Temp Flag", "Total Precip (mm)", "Total Precip Flag"]
    rows = [",".join(f'"{name}"' for name in names)]
    for r, t in enumerate(times):
        cells = [
            "-75.67",
            "45.32",
            "OTTAWA CDA",
            "6105976",
            f"{t:%Y-%m-%d}",
            f"{t.year}",
            f"{t:%m}",
            f"{t:%d}",
            "",
            printed(high[r], 1),
        ]
        cells += ["M" if r in (8, 60) else "", printed(rain[r], 1), ""]
        rows.append(",".join(f'"{cell}"' for cell in cells))
    reading = series("Max Temp", times, high, "D", trim=True), series("Total Precip", times, rain, "D", trim=True)
    optional = ("Year", "Month", "Day", "Climate ID", "Longitude", "Latitude")
    return Case("en_climate_daily_ON.csv", lines(rows, encoding="utf-8-sig"), (reading,), optional=optional)


def bom_rainfall(random: Random) -> Case:
    """A product and station code, the day over three padded columns, rain, over how many days it fell, a quality letter."""
    times = pd.date_range("2019-01-01", periods=150, freq="D")
    rain = random.gamma(0.3, 6.0, 150).round(1)
    rain[:2] = rain[70:73] = np.nan
    name, period = "Rainfall amount (millimetres)", "Period over which rainfall was measured (days)"
    rows = [f"Product code,Bureau of Meteorology station number,Year,Month,Day,{name},{period},Quality"]
    for t, v in zip(times, rain, strict=True):
        rows.append(f"IDCJAC0009,066062,{t:%Y,%m,%d},{printed(v, 1)},{'' if np.isnan(v) else 1},{'' if np.isnan(v) else 'Y'}")
    reading = (series("Rainfall amount", times, rain, "D", trim=True),)
    optional = ("Period over which rainfall was measured", "station number")
    return Case("IDCJAC0009_066062.csv", lines(rows), (reading,), optional=optional)


def aemet_json(random: Random) -> Case:
    """Records with decimal commas in text, "Ip" for a trace of rain, hours of the extremes beside, absent fields."""
    times = pd.date_range("2022-04-01", periods=60, freq="D")
    mean, rain = walk(random, 60, 14.0, 1.0, 1), random.gamma(0.3, 4.0, 60).round(1)
    records = []
    for r, t in enumerate(times):
        record = {"fecha": f"{t:%Y-%m-%d}", "indicativo": "3195", "nombre": "MADRID, RETIRO", "altitud": "667"}
        record |= {"tmed": f"{mean[r]:.1f}".replace(".", ","), "prec": f"{rain[r]:.1f}".replace(".", ","), "horatmin": "06:50"}
        if r == 20:
            record["prec"], rain[r] = "Ip", ANY
        if r == 31:
            del record["tmed"]
            mean[r] = np.nan
        records.append(record)
    reading = series("tmed", times, mean, "D"), series("prec", times, rain, "D")
    optional = ("altitud", "indicativo", "horatmin")
    return Case("3195.json", json.dumps(records, ensure_ascii=False, indent=2).encode("latin-1"), (reading,), optional=optional)


def smhi_side_notes(random: Random) -> Case:
    """Small tables of the station before, then day, clock, value and quality, and remarks to the right of the first rows."""
    times = pd.date_range("2020-05-01", periods=150, freq="h")
    values = season(random, 150, 24, 9.0, 5.0, 1)
    rows = [
        "Stationsnamn;Stationsnummer;Mäthöjd (meter över marken)",
        "Uppsala Aut;97510;2.0",
        "",
        "Parameternamn;Beskrivning;Enhet",
    ]
    rows += ["Lufttemperatur;momentanvärde, 1 gång/tim;celsius", "", "Datum;Tid (UTC);Lufttemperatur;Kvalitet;;Tidsutsnitt:"]
    notes = {
        0: ";;Kvalitetskontrollerade data",
        1: ";;Tidsperiod (fr.o.m.) = 2020-05-01",
        3: ";;Kvalitetskoderna:",
        4: ";;Grön (G) = godkända",
    }
    rows += [f"{t:%Y-%m-%d;%H:%M:%S};{v:.1f};G{notes.get(r, '')}" for r, (t, v) in enumerate(zip(times, values, strict=True))]
    return Case("smhi-opendata_1_97510.csv", lines(rows), ((series("Lufttemperatur", times, values, "h"),),))


def fmi_parts(random: Random) -> Case:
    """Year, "m", "d", clock and zone in five columns, quoted names, three-hourly, "-" for missing."""
    times = pd.date_range("2020-01-01", periods=96, freq="3h")
    heat, snow = walk(random, 96, -4.0, 0.7, 1), counts(random, 96, 22.0)
    snow[30] = np.nan
    rows = ['"Year","m","d","Time","Time zone","Air temperature (degC)","Snow depth (cm)"']
    rows += [
        f'{t.year},{t.month},{t.day},"{t:%H:%M}","UTC",{a:.1f},{printed(b, 0, chr(34) + "-" + chr(34))}'
        for t, a, b in zip(times, heat, snow, strict=True)
    ]
    return Case(
        "kaisaniemi.csv", lines(rows), ((series("Air temperature", times, heat, "3h"), series("Snow depth", times, snow, "3h")),)
    )


def hobo_logger(random: Random) -> Case:
    """A mark, a title, names with serial numbers and commas, month first with AM and PM, "Logged" in the columns of events."""
    times = pd.date_range("2019-06-10 12:00", periods=160, freq="15min")
    heat, light = season(random, 160, 96, 21.0, 4.0, 3), season(random, 160, 96, 4000, 3000, 1)
    rows = [
        '"Plot Title: 10347366"',
        '"#","Date Time, GMT-05:00","Temp, °C (LGR S/N: 10347366, SEN S/N: 10347366)",'
        '"Intensity, Lux (LGR S/N: 10347366)","Stopped","End Of File"',
    ]
    rows += [f"{r + 1},{t:%m/%d/%y %I:%M:%S %p},{heat[r]:.3f},{light[r]:.1f},," for r, t in enumerate(times)]
    rows.append("161,06/12/19 03:47:10 AM,,,Logged,Logged")
    reading = series("Temp", times, heat, "15min"), series("Intensity", times, light, "15min")
    moment = pd.DatetimeIndex([*times, pd.Timestamp("2019-06-12 03:47:10")])
    with_end = tuple(series(n, moment, [*v, np.nan], ("irregular", "15min")) for n, v in (("Temp", heat), ("Intensity", light)))
    return Case("10347366.csv", lines(rows, encoding="utf-8-sig"), (reading, with_end))


def thingspeak_feed(random: Random) -> Case:
    """A cloud's feed: times with a zone's name about every fifteen seconds, a counter, two fields, four empty columns."""
    times = pd.DatetimeIndex(
        pd.Timestamp("2021-03-01 00:00:12") + pd.to_timedelta(np.cumsum(random.integers(14, 19, 140)), unit="s")
    )
    heat, damp = walk(random, 140, 22.0, 0.1, 2), walk(random, 140, 48.0, 0.3, 1)
    rows = ["created_at,entry_id,field1,field2,latitude,longitude,elevation,status"]
    rows += [f"{t:%Y-%m-%d %H:%M:%S} UTC,{50_000 + r},{heat[r]:.2f},{damp[r]:.1f},,,," for r, t in enumerate(times)]
    zoned = times.tz_localize("UTC")
    reading = series("field1", zoned, heat, "irregular"), series("field2", zoned, damp, "irregular")
    return Case("feeds.csv", lines(rows), (reading,), optional=("entry_id",))


def glucose_sensor(random: Random) -> Case:
    """Rows of the person and device without a time before the readings, many empty columns, "Low" and "High" among numbers."""
    times = pd.date_range("2022-09-01 00:02:11", periods=150, freq="5min")
    values = season(random, 150, 70, 130, 40, 0)
    shown = [f"{v:.0f}" for v in values]
    for row, word in ((20, "Low"), (81, "High")):
        shown[row], values[row] = word, ANY
    rows = [
        "Index,Timestamp (YYYY-MM-DDThh:mm:ss),Event Type,Event Subtype,Patient Info,Device Info,"
        "Glucose Value (mg/dL),Insulin Value (u)"
    ]
    rows += ["1,,FirstName,,Ada,,,", "2,,LastName,,Test,,,", "3,,Device,,,G6 Mobile,,", "4,,Alert,Low,,,70,"]
    rows += [f"{r + 5},{t:%Y-%m-%dT%H:%M:%S},EGV,,,,{shown[r]}," for r, t in enumerate(times)]
    return Case("Clarity_Export.csv", lines(rows), ((series("Glucose Value", times, values, "5min"),),), optional=("Index",))


def octave_text(random: Random) -> Case:
    """A saved variable: lines of # with name, type and size, then one column of numbers with a blank before."""
    values = walk(random, 120, 3.4, 0.1, 4)
    rows = [
        "# Created by Octave 6.4.0, Tue Mar 01 10:00:00 2022 UTC <ada@host>",
        "# name: level",
        "# type: matrix",
        "# rows: 120",
        "# columns: 1",
    ]
    rows += [f" {v:.4f}" for v in values] + ["", ""]
    return Case("level.txt", lines(rows), ((series((), pd.RangeIndex(120), values, None),),))


def seabird_cast(random: Random) -> Case:
    """An oceanographic cast: lines of * and #, names of columns only there, *END*, fixed width; elapsed seconds, a bad flag."""
    seconds = 0.25 * np.arange(200)
    heat, salt = walk(random, 200, 12.0, 0.02, 4), walk(random, 200, 35.1, 0.005, 4)
    salt[50] = np.nan
    rows = [
        "* Sea-Bird SBE 19plus Data File:",
        "* FileName = C:\\cast.hex",
        "# nquan = 3",
        "# nvalues = 200",
        "# name 0 = timeS: Time, Elapsed [seconds]",
    ]
    rows += [
        "# name 1 = tv290C: Temperature [ITS-90, deg C]",
        "# name 2 = sal00: Salinity, Practical [PSU]",
        "# bad_flag = -9.990e-29",
        "*END*",
    ]
    rows += [f"{s:11.3f}{a:11.4f}{printed(b, 4, '-9.990e-29'):>11}" for s, a, b in zip(seconds, heat, salt, strict=True)]
    since = pd.Timestamp("1970-01-01") + pd.to_timedelta(seconds, unit="s")
    by_time = series((), since, heat, "250ms"), series((), since, salt, "250ms")
    by_row = series((), pd.RangeIndex(200), heat, None), series((), pd.RangeIndex(200), salt, None)
    return Case("cast.cnv", lines(rows), (by_time, by_row), optional=("timeS", "column 1"))


def odd_value_marks(random: Random) -> Case:
    """A plant's history: values with "Bad" and "I/O Timeout" among them, tags across, times as 01-Jan-22 00:00:00."""
    times = pd.date_range("2022-01-01", periods=120, freq="10min")
    flow, level = walk(random, 120, 80.0, 1.0, 2), walk(random, 120, 4.0, 0.05, 3)
    rows = ["Timestamp,FIC101.PV,LI202.PV"]
    for r, t in enumerate(times):
        word = {15: "Bad", 40: "I/O Timeout", 41: "I/O Timeout", 90: "[-11059] No Good Data"}.get(r)
        rows.append(f"{t:%d-%b-%y %H:%M:%S},{word or format(flow[r], '.2f')},{level[r]:.3f}")
        if word:
            flow[r] = np.nan
    return Case(
        "pi_datalink.csv", lines(rows), ((series("FIC101.PV", times, flow, "10min"), series("LI202.PV", times, level, "10min")),)
    )
