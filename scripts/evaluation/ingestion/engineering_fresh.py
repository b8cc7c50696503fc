"""Imitations of what monitoring systems, loggers, plants and grid operators write. Every public function is a layout."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import Case, lines, series
from scripts.evaluation.ingestion.fresh_parts import cells, clock, columns, quoted, slashed
from scripts.evaluation.ingestion.synthetic import counts, holes, printed, season, table, walk

Random = np.random.Generator


def influx_four_tables(random: Random) -> Case:
    """InfluxDB's annotated CSV: three rows of annotations, an empty first column, a table per field and host."""
    times = pd.date_range("2024-01-23 00:05", periods=72, freq="5min")
    rows = ["#group,false,false,true,true,false,false,true,true,true"]
    rows += ["#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,double,string,string,string"]
    rows += ["#default,mean,,,,,,,,", ",result,table,_start,_stop,_time,_value,_field,_measurement,host"]
    named = []
    for number, (field, host) in enumerate([(f, h) for f in ("usage_system", "usage_user") for h in ("web-1", "web-2")]):
        values = walk(random, 72, 12.0, 0.8, 6)
        named.append((f"{field} {host}", values))
        span = "2024-01-23T00:00:00Z,2024-01-23T06:00:00Z"
        rows += [f",,{number},{span},{t:%Y-%m-%dT%H:%M:%SZ},{v},{field},cpu,{host}" for t, v in zip(times, values, strict=True)]
    rows.append("")
    return Case("2024-01-23_influxdb_data.csv", lines(rows, end="\r\n"), (columns(named, times, "5min"),), optional=("table",))


def prometheus_matrix(random: Random) -> Case:
    """Prometheus' query_range answer: pairs of epoch seconds and numbers as text under the labels of each series, NaN once."""
    times = pd.date_range("2024-01-23 08:00", periods=90, freq="min")
    named, results = [], []
    for instance in ("10.0.0.11:9100", "10.0.0.12:9100"):
        values = walk(random, 90, 1.4, 0.1, 3)
        values[40] = np.nan
        named.append((instance, values))
        pairs = [[int(t.timestamp()), "NaN" if np.isnan(v) else f"{v}"] for t, v in zip(times, values, strict=True)]
        results.append({"metric": {"__name__": "node_load1", "instance": instance, "job": "node"}, "values": pairs})
    answer = {"status": "success", "data": {"resultType": "matrix", "result": results}}
    return Case("query_range.json", json.dumps(answer).encode(), (columns(named, times, "min"),))


def elasticsearch_histogram(random: Random) -> Case:
    """Elasticsearch's date histogram: buckets deep inside the answer, the time as text and as milliseconds, null where empty."""
    times = pd.date_range("2024-01-20", periods=96, freq="h")
    hits, latency = counts(random, 96, 340.0), walk(random, 96, 120.0, 4.0, 3)
    hits[17], latency[17] = 0, np.nan
    buckets = [
        {
            "key_as_string": f"{time:%Y-%m-%dT%H:%M:%S.000Z}",
            "key": int(time.timestamp() * 1000),
            "doc_count": int(hits[row]),
            "avg_latency": {"value": None if np.isnan(latency[row]) else float(latency[row])},
        }
        for row, time in enumerate(times)
    ]
    shards = {"total": 5, "successful": 5, "skipped": 0, "failed": 0}
    found: dict[str, object] = {"total": {"value": 10000, "relation": "gte"}, "max_score": None, "hits": []}
    answer = {
        "took": 12,
        "timed_out": False,
        "_shards": shards,
        "hits": found,
        "aggregations": {"per_hour": {"buckets": buckets}},
    }
    reading = columns([("doc_count", hits), ("latency", latency)], times, "h")
    return Case("response.json", json.dumps(answer, indent=2).encode(), (reading,), optional=("key",))


def grafana_series(random: Random) -> Case:
    """Grafana's CSV with "sep=;" first: series, time with offset and value below one another, null where nothing was stored."""
    times = pd.date_range("2024-01-23 10:00", periods=120, freq="30s", tz="Europe/Berlin")
    rows = ["sep=;", '"Series";"Time";"Value"']
    named = []
    for name in ("cpu.idle", "mem.used_percent"):
        values = holes(random, walk(random, 120, 55.0, 1.0, 3), 4)
        named.append((name, values))
        rows += [f'"{name}";"{t:%Y-%m-%dT%H:%M:%S}+01:00";{printed(v, 3, "null")}' for t, v in zip(times, values, strict=True)]
    return Case("grafana_data_export.csv", lines(rows), (columns(named, times, "30s"),))


def home_assistant_states(random: Random) -> Case:
    """Home Assistant's history: one row a change of state, entity after entity, "unavailable" between the numbers."""
    reading = []
    rows = ["entity_id,state,last_changed"]
    for entity, level in (("sensor.kitchen_temperature", 21.0), ("sensor.kitchen_humidity", 48.0)):
        steps = random.integers(20, 900, 110).cumsum() * 1000 + random.integers(0, 999, 110)
        times = pd.Timestamp("2024-01-23", tz="UTC") + pd.to_timedelta(steps, unit="ms")
        values = walk(random, 110, level, 0.2, 1)
        values[[25, 70]] = np.nan
        shown = [f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z" for time in times]
        rows += [f"{entity},{text},{time}" for text, time in zip(cells(values, 1, "unavailable"), shown, strict=True)]
        known = ~np.isnan(values)
        names = (entity, entity.removeprefix("sensor."))
        reading.append(series(names, times, values, "irregular") + series(names, times[known], values[known], "irregular"))
    return Case("history.csv", lines(rows), (tuple(reading),))


def labview_measurement(random: Random) -> Case:
    """LabVIEW's .lvm: two blocks of settings, each with its end mark, seconds since the start, an empty comment column."""
    start, step = pd.Timestamp("2023-06-14 10:15:30"), pd.Timedelta("100ms")
    named = [("Voltage", season(random, 200, 40, 1.2, 0.4, 6)), ("Temperature", walk(random, 200, 25.0, 0.05, 6))]
    rows = [
        "LabVIEW Measurement\t",
        "Writer_Version\t2",
        "Reader_Version\t2",
        "Separator\tTab",
        "Decimal_Separator\t.",
        "Multi_Headings\tNo",
    ]
    rows += [
        "X_Columns\tOne",
        "Time_Pref\tAbsolute",
        "Operator\tlab",
        "Date\t2023/06/14",
        "Time\t10:15:30.0",
        "***End_of_Header***\t",
        "\t",
    ]
    rows += ["Channels\t2\t\t", "Samples\t200\t200\t", "Date\t2023/06/14\t2023/06/14\t", "Time\t10:15:30.0\t10:15:30.0\t"]
    rows += ["X_Dimension\tTime\tTime\t", "X0\t0.0000000000000000E+0\t0.0000000000000000E+0\t", "Delta_X\t0.100000\t0.100000\t"]
    rows += ["***End_of_Header***\t\t\t", "X_Value\tVoltage\tTemperature\tComment"]
    rows += table([f"{0.1 * row:.6f}" for row in range(200)], [cells(values, 6) for _, values in named], "\t")
    # Dated by the header, counted from nothing, or kept as the order of the samples.
    dated, bare = (pd.date_range(first, periods=200, freq=step) for first in (start, pd.Timestamp(0)))
    readings = [columns(named, axis, ("100ms", None), tolerance="1ms") for axis in (dated, bare)]
    readings.append(columns(named, pd.RangeIndex(200), (None, "100ms")))
    return Case("test_001.lvm", lines(rows, end="\r\n"), tuple(readings), optional=("X_Value",))


def open_hardware_monitor(random: Random) -> Case:
    """Open Hardware Monitor's log: a row of sensor paths over the row of names, two sensors of one name, a second apart."""
    times = pd.date_range("2024-01-23 21:58:30", periods=240, freq="s")
    named = [(("CPU Core #1", "/intelcpu/0/load/1"), walk(random, 240, 30.0, 2.0, 3))]
    named += [(("CPU Core #1", "/intelcpu/0/temperature/0"), walk(random, 240, 52.0, 0.5, 0))]
    named += [(("Memory", "/ram/load/0"), walk(random, 240, 44.0, 0.1, 4))]
    rows = [",/intelcpu/0/load/1,/intelcpu/0/temperature/0,/ram/load/0", 'Time,"CPU Core #1","CPU Core #1","Memory"']
    texts = [cells(values, digits) for (_, values), digits in zip(named, (3, 0, 4), strict=True)]
    rows += table([f"{time:%m/%d/%Y %H:%M:%S}" for time in times], texts)
    return Case("OpenHardwareMonitorLog-2024-01-23.csv", lines(rows, end="\r\n"), (columns(named, times, "s"),))


def perfmon_counters(random: Random) -> Case:
    """Windows Performance Monitor: the zone in the time column's name, counter paths, all in quotes, a first row of blanks."""
    jitter = pd.to_timedelta(random.integers(-4, 5, 160), unit="ms")
    times = pd.date_range("2024-01-23 10:00:15.123", periods=160, freq="15s") + jitter
    paths = ["Processor(_Total)\\% Processor Time", "Memory\\Available MBytes", "PhysicalDisk(_Total)\\Disk Transfers/sec"]
    values = [walk(random, 160, level, level / 30, 6) for level in (20.0, 8000.0, 45.0)]
    for column in (values[0], values[2]):
        column[0] = np.nan
    rows = [quoted(["(PDH-CSV 4.0) (W. Europe Standard Time)(-60)", *(f"\\\\WEB01\\{path}" for path in paths)])]
    for row, time in enumerate(times):
        stamp = f"{time:%m/%d/%Y %H:%M:%S}.{time.microsecond // 1000:03d}"
        rows.append(quoted([stamp, *(printed(column[row], 6, " ") for column in values)]))
    reading = columns(list(zip(paths, values, strict=True)), times, ("15s", "irregular"), trim=True, tolerance="1s")
    return Case("DataCollector01.csv", lines(rows, end="\r\n"), (reading,))


def sar_processor(random: Random) -> Case:
    """The sysstat report of a day: host and date in the first line, clock times of twelve hours, spaces, averages last."""
    times = pd.date_range("2024-01-23 00:10:01", periods=143, freq="10min")
    names = ["%user", "%nice", "%system", "%iowait", "%steal", "%idle"]
    parts = [walk(random, 143, level, level / 15, 2) for level in (12.0, 0.4, 3.5, 0.9, 0.1)]
    parts.append((100 - np.sum(parts, axis=0)).round(2))
    rows = ["Linux 5.15.0-91-generic (web01) \t01/23/2024 \t_x86_64_\t(4 CPU)", ""]
    rows += ["12:00:01 AM     CPU" + "".join(name.rjust(10) for name in names)]
    rows += [
        f"{clock(time, pad=True)}     all" + "".join(f"{column[row]:10.2f}" for column in parts) for row, time in enumerate(times)
    ]
    rows += ["Average:        all" + "".join(f"{column.mean():10.2f}" for column in parts)]
    return Case("sar_20240123.txt", lines(rows), (columns(list(zip(names, parts, strict=True)), times, "10min"),))


def hoboware_events(random: Random) -> Case:
    """Onset HOBOware: a title line, a counted first column, offset and serial numbers in the names, events at both ends."""
    times = pd.date_range("2023-06-14 10:00", periods=220, freq="15min")
    events = pd.DatetimeIndex(["2023-06-14 09:57:12"]), pd.DatetimeIndex(["2023-06-16 16:51:40"])
    heat, damp = season(random, 220, 96, 71, 12, 3), season(random, 220, 96, 55, 20, 3)
    serial = "(LGR S/N: 10345678, SEN S/N: 10345678"
    rows = ['"Plot Title: Greenhouse 2"', f'"#","Date Time, GMT-05:00","Temp, °F {serial}, LBL: Air)","RH, % {serial})",']
    rows[1] += '"Coupler Attached (LGR S/N: 10345678)","Host Connected (LGR S/N: 10345678)","End Of File (LGR S/N: 10345678)"'
    rows.append("1,06/14/23 09:57:12 AM,,,Logged,,")
    for row, time in enumerate(times):
        rows.append(f"{row + 2},{time:%m/%d/%y} {clock(time, pad=True)},{heat[row]:.3f},{damp[row]:.3f},,,")
    rows.append("222,06/16/23 04:51:40 PM,,,,Logged,Logged")
    whole = events[0].append([times, events[1]])
    empty = [np.nan]
    reading = columns(
        [(name, np.concatenate([empty, v, empty])) for name, v in (("Temp", heat), ("RH", damp))],
        whole,
        ("15min", "irregular"),
        trim=True,
    )
    return Case("Greenhouse_2.csv", lines(rows, encoding="utf-8-sig"), (reading,), optional=("#",))


def toa5_ten_minutes(random: Random) -> Case:
    """Campbell Scientific TOA5: a row about the logger, then names, units and processing, times in quotes, "NAN"."""
    times = pd.date_range("2023-06-01", periods=230, freq="10min")
    named = [("AirTC_Avg", season(random, 230, 144, 14, 6, 2)), ("RH", season(random, 230, 144, 60, 20, 1))]
    named += [("WS_ms_Avg", walk(random, 230, 2.8, 0.2, 3)), ("Rain_mm_Tot", counts(random, 230, 0.2) * 0.254)]
    named[1][1][80:86] = np.nan
    rows = [quoted(["TOA5", "CR1000_Met", "CR1000", "12345", "CR1000.Std.32.05", "CPU:met_v3.CR1", "4071", "TenMin"])]
    rows += [
        quoted(["TIMESTAMP", "RECORD", *(name for name, _ in named)]),
        quoted(["TS", "RN", "Deg C", "%", "meters/second", "mm"]),
    ]
    rows += [quoted(["", "", "Avg", "Smp", "Avg", "Tot"])]
    heads = [f'"{time:%Y-%m-%d %H:%M:%S}",{row + 4120}' for row, time in enumerate(times)]
    rows += table(heads, [cells(values, 3, '"NAN"') for _, values in named])
    return Case("CR1000_Met_TenMin.dat", lines(rows, end="\r\n"), (columns(named, times, "10min"),), optional=("RECORD",))


def openaq_archive(random: Random) -> Case:
    """OpenAQ's archive: pollutant after pollutant, hours with the place's offset, numbers of site and sensor, coordinates."""
    times = pd.date_range("2023-06-01 01:00", periods=100, freq="h", tz="Etc/GMT+6")
    rows = [quoted(["location_id", "sensors_id", "location", "datetime", "lat", "lon", "parameter", "units", "value"])]
    reading = []
    for sensor, (name, unit, level) in enumerate((("no2", "ppm", 0.02), ("o3", "ppm", 0.04), ("pm25", "µg/m³", 11.0))):
        values = walk(random, 100, level, level / 12, 4)
        kept = np.ones(100, dtype=bool)
        kept[random.choice(np.arange(5, 95), 3, replace=False)] = False
        for row in np.flatnonzero(kept):
            stamp = f"{times[row]:%Y-%m-%dT%H:%M:%S}-06:00"
            rows.append(
                quoted([2178, 3916 + sensor, "Del Norte-2178", stamp, "35.1353", "-106.5847", name, unit, f"{values[row]}"])
            )
        reading.append(series(name, times[kept], values[kept], "h"))
    optional = ("location_id", "sensors_id", "lat", "lon")
    return Case("location-2178-20230601.csv", lines(rows), (tuple(reading),), optional=optional)


def sensor_community(random: Random) -> Case:
    """Sensor.Community's archive of a dust sensor: semicolons, place and number in every row, empty columns, uneven times."""
    times = pd.Timestamp("2024-01-23") + pd.to_timedelta(random.integers(145, 160, 180).cumsum(), unit="s")
    named = [("P1", walk(random, 180, 14.0, 0.8, 2)), ("P2", walk(random, 180, 8.0, 0.5, 2))]
    rows = ["sensor_id;sensor_type;location;lat;lon;timestamp;P1;durP1;ratioP1;P2;durP2;ratioP2"]
    rows += [
        f"47511;SDS011;34012;48.132;11.544;{time:%Y-%m-%dT%H:%M:%S};{coarse};;;{fine};;"
        for time, coarse, fine in zip(times, named[0][1], named[1][1], strict=True)
    ]
    reading = columns(named, times, "irregular")
    optional = ("sensor_id", "location", "lat", "lon")
    return Case("2024-01-23_sds011_sensor_47511.csv", lines(rows), (reading,), optional=optional)


def uci_household_power(random: Random) -> Case:
    """UCI's household power: date and time in two columns, semicolons, "?" in missing rows whose last cell is empty."""
    times = pd.date_range("2006-12-16 17:24", periods=300, freq="min")
    names = ["Global_active_power", "Global_reactive_power", "Voltage", "Global_intensity"]
    names += [f"Sub_metering_{number}" for number in (1, 2, 3)]
    values = [walk(random, 300, level, level / 200, 3) for level in (3.2, 0.3, 236.0, 14.0)]
    values += [counts(random, 300, level) for level in (0.5, 1.5, 15.0)]
    for column in values:
        column[[90, 91, 200]] = np.nan
    rows = [";".join(["Date", "Time", *names])]
    for row, time in enumerate(times):
        texts = [printed(column[row], 3, "?") for column in values]
        rows.append(f"{time.day}/{time.month}/{time.year};{time:%H:%M:%S};" + ";".join(texts).removesuffix("?"))
    return Case("household_power_consumption.txt", lines(rows), (columns(list(zip(names, values, strict=True)), times, "min"),))


def italian_air_quality(random: Random) -> Case:
    """UCI's air quality: decimal commas, hours with points, -200 for missing, two columns and many rows of nothing at the end."""
    times = pd.date_range("2004-03-10 18:00", periods=320, freq="h")
    named = [("CO(GT)", walk(random, 320, 2.2, 0.2, 1)), ("PT08.S1(CO)", walk(random, 320, 1100.0, 40.0, 0))]
    named += [
        ("C6H6(GT)", walk(random, 320, 10.0, 0.8, 1)),
        ("T", season(random, 320, 24, 14, 5)),
        ("RH", season(random, 320, 24, 50, 15)),
    ]
    named[0][1][random.choice(np.arange(4, 316), 30, replace=False)] = np.nan
    for _, values in named[1:]:
        values[150:158] = np.nan
    rows = ["Date;Time;" + ";".join(name for name, _ in named) + ";;"]
    texts = [[text.replace(".", ",") for text in cells(v, 0 if v[0] > 500 else 1, "-200")] for _, v in named]
    rows += [row + ";;" for row in table([f"{time:%d/%m/%Y;%H.%M.%S}" for time in times], texts, ";")]
    rows += [";" * 8] * 40
    return Case("AirQualityUCI.csv", lines(rows, end="\r\n"), (columns(named, times, "h"),))


def entsoe_prices(random: Random) -> Case:
    """ENTSO-E Transparency: hours as ranges with the day first, the zone of prices in each row, two columns always empty."""
    times = pd.date_range("2024-01-01", periods=480, freq="h")
    values = walk(random, 480, 70.0, 5.0, 2)
    values[30:34] = [-0.01, -5.2, -11.36, -0.5]
    head = ["MTU (UTC)", "Area", "Sequence", "Day-ahead Price (EUR/MWh)", "Intraday Period (UTC)", "Intraday Price (EUR/MWh)"]
    rows = [quoted(head)]
    for time, value in zip(times, values, strict=True):
        span = f"{time:%d/%m/%Y %H:%M:%S} - {time + pd.Timedelta(hours=1):%d/%m/%Y %H:%M:%S}"
        rows.append(quoted([span, "BZN|FR", "Without Sequence", f"{value:.2f}", "", ""]))
    reading = (series((), times, values, "h"),)
    return Case("GUI_ENERGY_PRICES_202401010000-202501010000.csv", lines(rows), (reading,))


def pjm_metered_load(random: Random) -> Case:
    """PJM's metered load: the hour in UTC and in eastern time, 12-hour clock, areas interleaved, a flag of verification."""
    times = pd.date_range("2023-01-01 05:00", periods=180, freq="h")
    named = [("AECO", season(random, 180, 24, 1000, 200, 3)), ("PLCO", season(random, 180, 24, 4500, 700, 3))]
    rows = ["datetime_beginning_utc,datetime_beginning_ept,nerc_region,mkt_region,zone,load_area,mw,is_verified"]
    for row, time in enumerate(times):
        local = time - pd.Timedelta(hours=5)
        stamps = f"{slashed(time)} {clock(time)},{slashed(local)} {clock(local)}"
        rows += [f"{stamps},RFC,MIDATL,{name[:2]},{name},{values[row]:.3f},True" for name, values in named]
    readings = tuple(columns(named, axis, "h") for axis in (times, times - pd.Timedelta(hours=5)))
    return Case("hrl_load_metered.csv", lines(rows, end="\r\n"), readings, optional=("is_verified",))


def demand_half_hours(random: Random) -> Case:
    """National Grid's demand data: the day as 01-JAN-2019 and the half hour by its settlement period, 1 to 48."""
    times = pd.date_range("2019-01-01", periods=336, freq="30min")
    named = [("ND", season(random, 336, 48, 31000, 7000, 0)), ("TSD", season(random, 336, 48, 33000, 7000, 0))]
    named += [
        ("ENGLAND_WALES_DEMAND", season(random, 336, 48, 28000, 6000, 0)),
        ("EMBEDDED_WIND_GENERATION", counts(random, 336, 2400.0)),
    ]
    rows = ["SETTLEMENT_DATE,SETTLEMENT_PERIOD," + ",".join(name for name, _ in named)]
    heads = [f"{time:%d-%b-%Y}".upper() + f",{row % 48 + 1}" for row, time in enumerate(times)]
    rows += table(heads, [cells(values, 0) for _, values in named])
    return Case("DemandData_2019.csv", lines(rows), (columns(named, times, "30min"),))


def wincc_tags(random: Random) -> Case:
    """Siemens WinCC's archive: tags below one another, decimal commas, the serial day in millionths, a mark where it stopped."""
    times = pd.date_range("2024-01-23 10:00", periods=120, freq="min")
    named = [("Tank1_Temp", walk(random, 120, 61.0, 0.3, 4)), ("Tank1_Level", walk(random, 120, 3.4, 0.05, 4))]
    rows = [quoted(["VarName", "TimeString", "VarValue", "Validity", "Time_ms"], ";")]

    def stamp(time: pd.Timestamp) -> str:
        return f"{(time - pd.Timestamp('1899-12-30')) / pd.Timedelta(days=1) * 1e6:.4f}".replace(".", ",")

    for row, time in enumerate(times):
        for name, values in named:
            rows.append(f'"{name}";"{time:%d.%m.%Y %H:%M:%S}";' + f"{values[row]:.4f};1;".replace(".", ",") + stamp(time))
    end = times[-1] + pd.Timedelta(seconds=41)
    rows.append(f'"$RT_OFF$";"{end:%d.%m.%Y %H:%M:%S}";0;2;{stamp(end)}')
    optional = ("Validity", "Time_ms", "RT_OFF")
    return Case("Data_log_10.csv", lines(rows, end="\r\n"), (columns(named, times, "min"),), optional=optional)


def wind_turbine(random: Random) -> Case:
    """A wind farm's public SCADA export: notes and the header after #, names with commas in quotes, NaN, ten minutes."""
    times = pd.date_range("2016-01-03", periods=240, freq="10min")
    wind = walk(random, 240, 7.0, 0.4, 4)
    named = [
        ("Wind speed (m/s)", wind),
        ("Wind speed, Minimum (m/s)", (wind * 0.6).round(4)),
        ("Power (kW)", (wind * 90).round(3)),
    ]
    for _, values in named:
        values[100:109] = np.nan
    rows = [
        "# This file was exported by Greenbyte at 2022-01-31 12:57:36.",
        "#",
        "# Turbine: Kelmarsh 1",
        "# Turbine type: Senvion MM92",
    ]
    rows += [
        "# Time zone: UTC",
        "# Time interval: 10 minutes",
        "#",
        "#",
        '# Date and time,Wind speed (m/s),"Wind speed, Minimum (m/s)",Power (kW)',
    ]
    rows += table([f"{time:%Y-%m-%d %H:%M:%S}" for time in times], [cells(values, 4, "NaN") for _, values in named])
    return Case("Turbine_Data_Kelmarsh_1_2016-01-03_-_2016-01-04_228.csv", lines(rows), (columns(named, times, "10min"),))
