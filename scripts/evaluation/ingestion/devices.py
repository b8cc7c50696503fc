"""Imitations of what instruments, loggers, wearables and programs write. Every public function is a layout."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import ANY, Case, Reading, lines, series
from scripts.evaluation.ingestion.synthetic import counts, holes, printed, season, walk

Random = np.random.Generator


def home_assistant(random: Random) -> Case:
    """States of two entities under each other, irregular UTC times, "unavailable" and "unknown" among the numbers."""
    rows = ["entity_id,state,last_changed"]
    reading = []
    for entity, level in (("sensor.living_room_temperature", 21.0), ("sensor.power_meter", 430.0)):
        steps = np.cumsum(random.integers(40, 900, 80)).astype("timedelta64[s]")
        times = pd.DatetimeIndex(np.datetime64("2023-02-01T00:00:03") + steps).tz_localize("UTC")
        values = walk(random, 80, level, level / 60, 1)
        values[[20, 21]] = np.nan
        marks = {20: "unavailable", 21: "unknown"}
        for row, time in enumerate(times):
            rows.append(f"{entity},{marks.get(row, f'{values[row]:.1f}')},{time:%Y-%m-%dT%H:%M:%S}.000Z")
        reading.append(series(entity, times, values, "irregular"))
    return Case("history.csv", lines(rows), (tuple(reading),))


def fitbit_export(random: Random) -> Case:
    """A title line, quoted cells, grouped thousands, month first with a decisive row."""
    times = pd.date_range("2022-10-05", periods=92, freq="D")
    steps, distance, sitting = counts(random, 92, 9100.0), walk(random, 92, 6.6, 0.3, 2), counts(random, 92, 720.0)
    rows = ["Activities", "Date,Steps,Distance,Minutes Sedentary"]
    for row, time in enumerate(times):
        rows.append(f'"{time:%m-%d-%Y}","{steps[row]:,.0f}","{distance[row]:.2f}","{sitting[row]:,.0f}"')
    columns = (("Steps", steps), ("Distance", distance), ("Minutes Sedentary", sitting))
    return Case("fitbit_export.csv", lines(rows), (tuple(series(name, times, v, "D") for name, v in columns),))


def apple_health(random: Random) -> Case:
    """Records with a type, a source, a unit and three times with offset; two kinds of record under each other."""
    rows = ["type,sourceName,sourceVersion,unit,creationDate,startDate,endDate,value"]
    by_start, by_creation = [], []
    for kind, unit, level in (("HeartRate", "count/min", 71.0), ("BodyMass", "kg", 74.0)):
        times = pd.date_range("2021-03-01 08:00", periods=60, freq="D", tz="Etc/GMT-1")
        values = walk(random, 60, level, 0.6, 1)
        for time, value in zip(times, values, strict=True):
            started = f"{time:%Y-%m-%d %H:%M:%S} +0100"
            moments = f"{time + pd.Timedelta(minutes=3):%Y-%m-%d %H:%M:%S} +0100,{started},{started}"
            rows.append(f"{kind},Watch,7.1,{unit},{moments},{value:.1f}")
        by_start.append(series(kind, times, values, "D"))
        by_creation.append(series(kind, times + pd.Timedelta(minutes=3), values, "D"))
    return Case("health.csv", lines(rows), (tuple(by_start), tuple(by_creation)))


def labview_lvm(random: Random) -> Case:
    """A preamble of keys, ***End_of_Header***, another block, then seconds since the start, two channels, a comment."""
    seconds = np.arange(300) * 0.01
    first, second = walk(random, 300, 1.0, 0.05, 6), walk(random, 300, 2.0, 0.05, 6)
    rows = ["LabVIEW Measurement\t", "Writer_Version\t2", "Reader_Version\t2", "Separator\tTab", "Decimal_Separator\t."]
    rows += [
        "Multi_Headings\tNo",
        "X_Columns\tOne",
        "Time_Pref\tRelative",
        "Date\t2020/05/13",
        "Time\t10:21:33.1",
        "***End_of_Header***\t",
        "\t",
    ]
    rows += ["Channels\t2\t\t", "Samples\t300\t300\t", "Date\t2020/05/13\t2020/05/13\t", "Time\t10:21:33.1\t10:21:33.1\t"]
    rows += [
        "X_Dimension\tTime\tTime\t",
        "X0\t0\t0\t",
        "Delta_X\t0.010000\t0.010000\t",
        "***End_of_Header***\t\t\t",
        "X_Value\tVoltage_0\tVoltage_1\tComment",
    ]
    rows += [f"{s:.6f}\t{a:.6f}\t{b:.6f}" for s, a, b in zip(seconds, first, second, strict=True)]
    counted = pd.RangeIndex(300)
    stood_in = pd.Timestamp("1970-01-01") + pd.to_timedelta(seconds, unit="s")
    dated = pd.Timestamp("2020-05-13 10:21:33.1") + pd.to_timedelta(seconds, unit="s")
    readings: list[Reading] = [(series("Voltage_0", counted, first, None), series("Voltage_1", counted, second, None))]
    for times in (stood_in, dated):
        channels = (("Voltage_0", first), ("Voltage_1", second))
        readings.append(tuple(series(name, times, v, "10ms", tolerance="1ms") for name, v in channels))
    return Case("test_001.lvm", lines(rows, end="\r\n"), tuple(readings), optional=("X_Value",))


def epoch_millis(random: Random) -> Case:
    """Milliseconds since 1970 first, three channels, one with "NaN"."""
    times = pd.date_range("2022-08-01 10:00", periods=200, freq="10s", tz="UTC")
    columns = {"acc_x": walk(random, 200, 0.1, 0.02, 4), "acc_y": walk(random, 200, 9.8, 0.02, 4)}
    columns["acc_z"] = holes(random, walk(random, 200, 0.3, 0.02, 4), 5)
    rows = ["timestamp,acc_x,acc_y,acc_z"]
    for row, time in enumerate(times):
        rows.append(f"{time.value // 1_000_000}," + ",".join(printed(v[row], 4, "NaN") for v in columns.values()))
    naive = times.tz_localize(None)
    return Case("phone.csv", lines(rows), (tuple(series(name, naive, v, "10s") for name, v in columns.items()),))


def excel_serial(random: Random) -> Case:
    """Days as the numbers a spreadsheet keeps them in (43831 is 2020-01-01)."""
    times = pd.date_range("2020-01-01", periods=150, freq="D")
    level, flow = walk(random, 150, 2.1, 0.04, 3), walk(random, 150, 33.0, 0.8, 2)
    rows = ["Date,Level (m),Flow (m3/s)"]
    rows += [f"{43831 + r},{level[r]:.3f},{flow[r]:.2f}" for r in range(150)]
    return Case("river.csv", lines(rows), ((series("Level", times, level, "D"), series("Flow", times, flow, "D")),))


def matlab_datenum(random: Random) -> Case:
    """Days since the year 0 with a fraction (737791.5 is 2020-01-01 12:00), aligned columns."""
    times = pd.date_range("2020-01-01", periods=240, freq="h")
    values = season(random, 240, 24, 18, 4, 3)
    days = 737791 + np.arange(240) / 24
    rows = ["datenum,temperature", *(f"{d:.6f},{v:.3f}" for d, v in zip(days, values, strict=True))]
    return Case("mooring.csv", lines(rows), ((series("temperature", times, values, ("h", "irregular"), tolerance="2s"),),))


def us_twelve_hour(random: Random) -> Case:
    """Month first with a decisive row, no leading zeros, AM and PM, a half-hour rhythm through midnight and noon."""
    times = pd.date_range("2020-06-12 09:00", periods=200, freq="30min")
    heat, damp = season(random, 200, 48, 74, 9), season(random, 200, 48, 55, 12)
    rows = ["#,Date Time (GMT-05:00),Temp (°F),RH (%)"]
    for row, time in enumerate(times):
        clock = f"{time.hour % 12 or 12}:{time:%M:%S %p}"
        rows.append(f"{row + 1},{time.month}/{time.day}/{time.year} {clock},{heat[row]:.1f},{damp[row]:.1f}")
    aware = times.tz_localize("Etc/GMT+5")
    readings = tuple((series("Temp", t, heat, "30min"), series("RH", t, damp, "30min")) for t in (times, aware))
    return Case("hobo.csv", lines(rows), readings)


def tsf(random: Random) -> Case:
    """The text format of the forecasting archive: attributes, a frequency, series with starts of their own, "?" for missing."""
    rows = [
        "# Dataset Information",
        "# invented",
        "@relation made",
        "@attribute series_name string",
        "@attribute start_timestamp date",
    ]
    rows += ["@frequency monthly", "@horizon 12", "@missing true", "@equallength false", "@data"]
    reading = []
    for number, start in enumerate(("1979-01", "1985-06", "1990-10"), start=1):
        n = 90 + 10 * number
        values = holes(random, walk(random, n, 800.0, 20.0, 1), 2)
        rows.append(f"T{number}:{start}-01 00-00-00:" + ",".join(printed(v, 1, "?") for v in values))
        reading.append(series(f"T{number}", pd.date_range(start, periods=n, freq="MS"), values, "MS"))
    return Case("made_monthly_dataset.tsf", lines(rows), (tuple(reading),))


def ts_labelled(random: Random) -> Case:
    """The text format of the classification archive: one labelled case a line, equal length, no times."""
    rows = [
        "#invented cases",
        "@problemName Made",
        "@timestamps false",
        "@missing false",
        "@univariate true",
        "@equalLength true",
    ]
    rows += ["@seriesLength 40", "@classLabel true up down", "@data"]
    cases = [season(random, 40, 20 if row % 2 else 10, 0, 1, 4) for row in range(24)]
    rows += [",".join(f"{v:.4f}" for v in values) + f":{'up' if row % 2 else 'down'}" for row, values in enumerate(cases)]
    reading = tuple(series((), pd.RangeIndex(40), values, None) for values in cases)
    return Case("Made_TRAIN.ts", lines(rows), (reading, ()))


def psql_output(random: Random) -> Case:
    """What a database prints: a ruled table with a row count below."""
    times = pd.date_range("2023-04-01", periods=60, freq="D")
    orders, revenue = counts(random, 60, 210.0), walk(random, 60, 8200.0, 90.0, 2)
    rows = ["    day     | orders | revenue ", "------------+--------+---------"]
    rows += [f" {t:%Y-%m-%d} | {a:6.0f} | {b:7.2f}" for t, a, b in zip(times, orders, revenue, strict=True)]
    rows += ["(60 rows)", ""]
    return Case("query.txt", lines(rows), ((series("orders", times, orders, "D"), series("revenue", times, revenue, "D")),))


def r_row_names(random: Random) -> Case:
    """Quoted row numbers under an empty name, dates in quotes, NA, TRUE and FALSE."""
    times = pd.date_range("2017-01-02", periods=130, freq="W-MON")
    values = holes(random, walk(random, 130, 75.0, 1.0, 3), 6)
    rows = ['"","week","price","holiday"']
    rows += [
        f'"{r + 1}","{t:%Y-%m-%d}",{printed(values[r], 3, "NA")},{"TRUE" if r % 26 == 0 else "FALSE"}'
        for r, t in enumerate(times)
    ]
    return Case("prices.csv", lines(rows), ((series("price", times, values, "W-MON"),),), optional=("holiday",))


def log_below_limit(random: Random) -> Case:
    """Laboratory results: "<0.5" below the limit of detection, "ND", irregular sampling days, a remark column."""
    days = pd.Timestamp("2015-02-03") + pd.to_timedelta(np.cumsum(random.integers(5, 50, 70)), unit="D")
    nitrate, lead = walk(random, 70, 6.0, 0.4, 2), walk(random, 70, 1.5, 0.1, 2)
    rows = ["sample_date,nitrate_mg_l,lead_ug_l,remark"]
    for row, day in enumerate(days):
        cell = "<0.5" if row % 9 == 4 else "ND" if row == 20 else f"{lead[row]:.2f}"
        rows.append(f"{day:%Y-%m-%d},{nitrate[row]:.2f},{cell},{'resampled' if row == 11 else ''}")
    lead[[r for r in range(70) if r % 9 == 4]] = ANY
    lead[20] = np.nan
    return Case(
        "well.csv",
        lines(rows),
        ((series("nitrate_mg_l", days, nitrate, "irregular"), series("lead_ug_l", days, lead, "irregular")),),
    )
