"""Imitations of public formats kept unseen while the reader is made: devices, programs, and files to refuse or ask about."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import Case, lines, series
from scripts.evaluation.ingestion.synthetic import counts, holes, printed, season, walk

Random = np.random.Generator


def entsoe(random: Random) -> Case:
    """A span of local time as the time ("01.03.2022 00:00 - 01.03.2022 01:00"), "n/e" and "-" for missing."""
    times = pd.date_range("2022-03-01", periods=168, freq="h")
    load, wind = season(random, 168, 24, 8800, 1400, 0), counts(random, 168, 900.0)
    wind[100:103] = np.nan
    load[-3:] = np.nan
    rows = ['"Time (CET/CEST)","Actual Total Load [MW] - BZN|XX","Wind Onshore [MW]"']
    for row, t in enumerate(times):
        span = f"{t:%d.%m.%Y %H:%M} - {t + pd.Timedelta(hours=1):%d.%m.%Y %H:%M}"
        rows.append(f'"{span}","{printed(load[row], 0, "-")}","{printed(wind[row], 0, "n/e")}"')
    reading = (series("Actual Total Load", times, load, "h", trim=True), series("Wind Onshore", times, wind, "h"))
    return Case("Total Load.csv", lines(rows), (reading,))


def grafana(random: Random) -> Case:
    """Semicolons, three columns: the series' name with braces, the time, the value; "null" for missing."""
    times = pd.date_range("2021-11-02 06:00", periods=60, freq="30s", tz="UTC")
    rows = ['"Series";"Time";"Value"']
    reading = []
    for host in ("a1", "b2"):
        values = holes(random, walk(random, 60, 41.0, 1.0, 3), 2)
        name = f"cpu {{host: {host}}}"
        rows += [f'"{name}";"{t:%Y-%m-%dT%H:%M:%S}+00:00";{printed(v, 3, "null")}' for t, v in zip(times, values, strict=True)]
        reading.append(series((name, host), times, values, "30s"))
    return Case("grafana_data_export.csv", lines(rows), (tuple(reading),))


def influx_annotated(random: Random) -> Case:
    """Three lines of annotations, empty first column, _start and _stop beside _time, _value, _field and tags."""
    times = pd.date_range("2022-05-01", periods=50, freq="10min", tz="UTC")
    rows = ["#group,false,false,true,true,false,false,true,true,true"]
    rows += ["#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,double,string,string,string"]
    rows += ["#default,_result,,,,,,,,", ",result,table,_start,_stop,_time,_value,_field,_measurement,host"]
    reading = []
    for number, field in enumerate(("usage_system", "usage_user")):
        values = walk(random, 50, 7.0 + 10 * number, 0.5, 4)
        for t, v in zip(times, values, strict=True):
            rows.append(f",,{number},2022-05-01T00:00:00Z,2022-05-01T09:00:00Z,{t:%Y-%m-%dT%H:%M:%SZ},{v:.4f},{field},cpu,h1")
        reading.append(series(field, times, values, "10min"))
    return Case("influx.csv", lines(rows, end="\r\n"), (tuple(reading),))


def prometheus_json(random: Random) -> Case:
    """A range query's answer: status, data, result, metric, pairs of epoch seconds and text."""
    times = pd.date_range("2022-01-05 12:00", periods=60, freq="15s", tz="UTC")
    result, reading = [], []
    for job in ("api", "db"):
        values = walk(random, 60, 0.5, 0.02, 4)
        pairs = [[int(t.timestamp()), f"{v:.4f}"] for t, v in zip(times, values, strict=True)]
        result.append({"metric": {"__name__": "up_ratio", "job": job, "instance": "h:9090"}, "values": pairs})
        reading.append(series(job, times.tz_localize(None), values, "15s"))
    document = {"status": "success", "data": {"resultType": "matrix", "result": result}}
    return Case("query_range.json", json.dumps(document).encode(), (tuple(reading),))


def arduino_serial(random: Random) -> Case:
    """A serial log: no header, milliseconds since the start, two readings; no date to be had."""
    millis = 1200 + 500 * np.arange(160)
    light, heat = counts(random, 160, 512.0), walk(random, 160, 23.0, 0.1, 2)
    rows = [f"{m},{a:.0f},{b:.2f}" for m, a, b in zip(millis, light, heat, strict=True)]
    counted = pd.RangeIndex(160)
    since = pd.Timestamp("1970-01-01") + pd.to_timedelta(millis, unit="ms")
    by_row = (series((), counted, light, None), series((), counted, heat, None))
    by_time = (series((), since, light, "500ms"), series((), since, heat, "500ms"))
    return Case("log.txt", lines(rows, end="\r\n"), (by_row, by_time), optional=("column 1",))


def campbell_toa5(random: Random) -> Case:
    """A logger's four header lines: station, names, units, kind of aggregation; quoted times, a record number, "NAN"."""
    times = pd.date_range("2020-08-01 00:10", periods=200, freq="10min")
    battery, heat, damp = walk(random, 200, 12.6, 0.01, 2), season(random, 200, 144, 18, 5, 3), walk(random, 200, 71.0, 0.6, 2)
    damp[[20, 21]] = np.nan
    rows = ['"TOA5","CR1000_Far","CR1000","12345","CR1000.Std.31","CPU:met.CR1","4411","TenMin"']
    rows += ['"TIMESTAMP","RECORD","BattV_Min","AirTC_Avg","RH"', '"TS","RN","Volts","Deg C","%"', '"","","Min","Avg","Smp"']
    for row, t in enumerate(times):
        damp_text = '"NAN"' if np.isnan(damp[row]) else f"{damp[row]:.2f}"
        rows.append(f'"{t:%Y-%m-%d %H:%M:%S}",{5100 + row},{battery[row]:.2f},{heat[row]:.3f},{damp_text}')
    columns = (("BattV_Min", battery), ("AirTC_Avg", heat), ("RH", damp))
    return Case("CR1000_TenMin.dat", lines(rows, end="\r\n"), (tuple(series(name, times, v, "10min") for name, v in columns),))


def epoch_seconds(random: Random) -> Case:
    """Seconds since 1970 under the name "ts", last column."""
    times = pd.date_range("2019-07-01", periods=200, freq="5min")
    latency, load = walk(random, 200, 120.0, 3.0, 1), walk(random, 200, 0.7, 0.02, 3)
    rows = ["latency_ms,load,ts", *(f"{a:.1f},{b:.3f},{t.value // 10**9}" for t, a, b in zip(times, latency, load, strict=True))]
    return Case(
        "metrics.csv", lines(rows), ((series("latency_ms", times, latency, "5min"), series("load", times, load, "5min")),)
    )


def epoch_micros(random: Random) -> Case:
    """Microseconds since 1970."""
    times = pd.date_range("2022-02-02 02:02:02", periods=150, freq="s")
    values = walk(random, 150, 0.01, 0.001, 6)
    rows = ["local_timestamp,funding", *(f"{t.value // 1000},{v:.6f}" for t, v in zip(times, values, strict=True))]
    return Case("feed.csv", lines(rows), ((series("funding", times, values, "s"),),))


def json_api(random: Random) -> Case:
    """A nested answer: metadata, units, and under "hourly" one list a variable."""
    times = pd.date_range("2022-06-01", periods=96, freq="h")
    heat, rain = season(random, 96, 24, 17, 6), walk(random, 96, 0.4, 0.1, 1)
    hourly = {
        "time": [f"{t:%Y-%m-%dT%H:%M}" for t in times],
        "temperature_2m": heat.tolist(),
        "rain": [*rain[:-1].tolist(), None],
    }
    rain[-1] = np.nan
    units = {"time": "iso8601", "temperature_2m": "°C", "rain": "mm"}
    document = {"latitude": 52.5, "longitude": 13.4, "utc_offset_seconds": 0, "hourly_units": units, "hourly": hourly}
    reading = (series("temperature_2m", times, heat, "h"), series("rain", times, rain, "h", trim=True))
    return Case("forecast.json", json.dumps(document).encode(), (reading,))


def jsonl_logs(random: Random) -> Case:
    """Log lines as JSON with nested fields, irregular times with fractions."""
    steps = np.cumsum(random.integers(200, 4000, 120))
    times = pd.Timestamp("2023-01-09 08:00:00", tz="UTC") + pd.to_timedelta(steps, unit="ms")
    duration = walk(random, 120, 85.0, 3.0, 2)
    rows = []
    for t, v in zip(times, duration, strict=True):
        entry = {
            "ts": t.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": "info",
            "http": {"path": "/x"},
            "duration_ms": v,
        }
        rows.append(json.dumps(entry))
    return Case("app.jsonl", lines(rows), ((series("duration_ms", pd.DatetimeIndex(times), duration, "irregular"),),))


def pvgis(random: Random) -> Case:
    """Key and value lines, a header, times as 20160101:0010, prose about the columns below."""
    times = pd.date_range("2016-01-01 00:10", periods=240, freq="h")
    power, heat = counts(random, 240, 420.0), season(random, 240, 24, 8, 5, 2)
    rows = [
        "Latitude (decimal degrees):\t45.000",
        "Longitude (decimal degrees):\t8.000",
        "Elevation (m):\t250",
        "Radiation database:\tPVGIS-SARAH",
        "",
        "",
    ]
    rows += ["time,P,T2m", *(f"{t:%Y%m%d:%H%M},{a:.1f},{b:.2f}" for t, a, b in zip(times, power, heat, strict=True))]
    rows += ["", "P: PV system power (W)", "T2m: 2-m air temperature (degree Celsius)", "", "PVGIS (c) European Union, 2001-2021"]
    return Case(
        "Timeseries_45.000_8.000.csv",
        lines(rows, end="\r\n"),
        ((series("P", times, power, "h"), series("T2m", times, heat, "h")),),
    )


def dwd(random: Random) -> Case:
    """A station's hours as 2020010100, padded cells, -999, a quality column, "eor" at the end of each row."""
    times = pd.date_range("2020-01-01", periods=240, freq="h")
    heat, damp = season(random, 240, 24, 3, 4), walk(random, 240, 81.0, 0.7, 1)
    heat[[30, 31, 90]] = np.nan
    rows = ["STATIONS_ID;MESS_DATUM;QN_9;TT_TU;RF_TU;eor"]
    for row, t in enumerate(times):
        rows.append(
            f"{1048:11d};{t:%Y%m%d%H};{3 if row < 100 else 1:5d};{printed(heat[row], 1, '-999').rjust(6)};{damp[row]:6.1f};eor"
        )
    reading = (series("TT_TU", times, heat, "h"), series("RF_TU", times, damp, "h"))
    return Case("produkt_tu_stunde.txt", lines(rows, end="\r\n"), (reading,), optional=("QN_9",))


def binance_klines(random: Random) -> Case:
    """No header, opening and closing time as epoch milliseconds, prices and volumes, a last column of noughts."""
    times = pd.date_range("2022-03-01", periods=120, freq="h")
    close, volume = walk(random, 120, 43_000.0, 120.0, 2), walk(random, 120, 810.0, 20.0, 5)
    trades = counts(random, 120, 21_000.0)
    rows = []
    for row, t in enumerate(times):
        start = t.value // 1_000_000
        rows.append(f"{start},{close[row]:.2f},{volume[row]:.5f},{start + 3_599_999},{trades[row]:.0f},0")
    reading = (series((), times, close, "h"), series((), times, volume, "h"), series((), times, trades, "h"))
    return Case("BTCUSDT-1h.csv", lines(rows), (reading,), optional=("column 6", "column 4"))


def numbers_with_units(random: Random) -> Case:
    """Every value carries its unit ("21.4 °C", "1013 hPa"), offline spells written "offline"."""
    times = pd.date_range("2022-11-05 00:10", periods=160, freq="10min")
    heat, pressure = walk(random, 160, 21.0, 0.2, 1), walk(random, 160, 1013.0, 0.4, 0)
    rows = ["Time;Temperature;Pressure"]
    for row, time in enumerate(times):
        off = row in (60, 61)
        rows.append(f"{time:%Y-%m-%d %H:%M};" + ("offline;offline" if off else f"{heat[row]:.1f} °C;{pressure[row]:.0f} hPa"))
    heat[60:62], pressure[60:62] = np.nan, np.nan
    reading = (series("Temperature", times, heat, "10min"), series("Pressure", times, pressure, "10min"))
    return Case("station.csv", lines(rows), (reading,))


def bad_html(random: Random) -> Case:
    """An error page saved as a table."""
    rows = ["<!DOCTYPE html>", "<html><head><title>503 Service Unavailable</title></head>", "<body><h1>Service Unavailable</h1>"]
    rows += [f"<p>Request {number}, retry in 30 seconds.</p>" for number in random.integers(1000, 9999, 12)]
    return Case("export.csv", lines([*rows, "</body></html>"]), wanted="refuse")


def bad_ambiguous_dates(random: Random) -> Case:
    """Days that read both ways: never a number above 12 in either place."""
    days = pd.DatetimeIndex([pd.Timestamp(2020, month, day) for month in range(1, 13) for day in (2, 5, 9)])
    values = walk(random, 36, 20.0, 0.5, 2)
    rows = ["date,price", *(f"{t:%d/%m/%Y},{v:.2f}" for t, v in zip(days, values, strict=True))]
    return Case("ambiguous.csv", lines(rows), ((series("price", days, values, "irregular"),),), wanted="ask")


def bad_binary(random: Random) -> Case:
    """Bytes of no known kind."""
    return Case("dump.dat", random.bytes(6000), wanted="refuse")
