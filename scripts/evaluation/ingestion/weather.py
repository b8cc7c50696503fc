"""Imitations of the files that weather and climate services publish. Every public function is a layout."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import Case, lines, series
from scripts.evaluation.ingestion.synthetic import counts, holes, months, printed, season, walk

Random = np.random.Generator


def mauna_loa(random: Random) -> Case:
    """Comment lines, then year, month, decimal year, mean, interpolated, days; -99.99 and -1 for missing; aligned by spaces."""
    times = months("1978-03", 300)
    average = walk(random, 300, 335.0, 0.3, 2)
    interpolated = average.copy()
    average[[40, 41, 120]] = np.nan
    days = counts(random, 300, 25.0)
    days[:30] = np.nan
    rows = ["# --------------------------------------------------------------------", "# USE OF DATA", "#"]
    rows += ["# These data are made freely available: see the web page for terms.", "#"]
    rows += ["#            decimal     average   interpolated    #days", "#             date"]
    for row, time in enumerate(times):
        decimal = time.year + (time.month - 0.5) / 12
        mean = -99.99 if np.isnan(average[row]) else average[row]
        count = -1 if np.isnan(days[row]) else int(days[row])
        rows.append(f"{time.year} {time.month:3d} {decimal:12.4f} {mean:10.2f} {interpolated[row]:10.2f} {count:6d}")
    whole = (series((), times, average, "MS"), series((), times, interpolated, "MS"), series((), times, days, "MS"))
    days_as_printed = np.where(np.isnan(days), -1, days)
    return Case("co2_mm_mlo.txt", lines(rows), (whole, (*whole[:2], series((), times, days_as_printed, "MS"))))


def sunspots_silso(random: Random) -> Case:
    """No header: year; month; decimal year; number; deviation; observations; a definitive flag; -1 for missing."""
    times = months("1900-01", 360)
    number, deviation, seen = walk(random, 360, 80.0, 4.0, 1), walk(random, 360, 8.0, 0.3, 1), counts(random, 360, 300.0)
    deviation[:60], seen[:60] = np.nan, np.nan
    rows = []
    for row, time in enumerate(times):
        cells = [f"{time.year};{time.month:02d};{time.year + (time.month - 0.5) / 12:.3f}", f"{number[row]:6.1f}"]
        cells += [printed(deviation[row], 1, " -1.0"), printed(seen[row], 0, "   -1"), "1"]
        rows.append(";".join(cells))
    parts = [number, deviation, seen]
    asprinted = [number, np.where(np.isnan(deviation), -1, deviation), np.where(np.isnan(seen), -1, seen)]
    readings = tuple(tuple(series((), times, v, "MS") for v in chosen) for chosen in (parts, asprinted))
    return Case("SN_m_tot_V2.0.csv", lines(rows), readings, optional=("column 7",))


def hadcrut_text(random: Random) -> Case:
    """No header, a year and its twelve months aligned by spaces, then a row of the months' coverage below every year's."""
    times = months("1950-01", 480)
    values = walk(random, 480, 0.1, 0.05, 3)
    rows = []
    for start in range(0, 480, 12):
        rows.append(
            f" {times[start].year} "
            + " ".join(f"{v:6.3f}" for v in values[start : start + 12])
            + f" {values[start : start + 12].mean():6.3f}"
        )
        rows.append(f" {times[start].year} " + " ".join(f"{int(v):6d}" for v in random.integers(60, 90, 12)))
    return Case("HadCRUT-gl.dat", lines(rows), ((series((), times, values, "MS"),),), wanted="read")


def ghcn_daily_csv(random: Random) -> Case:
    """A station's days with name, place, attributes with commas inside, temperatures in tenths, some days absent."""
    times = pd.date_range("2018-01-01", periods=200, freq="D")
    rows = ['"STATION","DATE","LATITUDE","LONGITUDE","ELEVATION","NAME","PRCP","PRCP_ATTRIBUTES","TMAX","TMAX_ATTRIBUTES","TMIN"']
    rain = counts(random, 200, 12.0)
    high, low = season(random, 200, 365, 150, 80, 0), season(random, 200, 365, 60, 80, 0)
    high = holes(random, high, 4)
    keep = np.ones(200, dtype=bool)
    keep[[50, 51, 120]] = False
    for row in np.flatnonzero(keep):
        place = '"40.77898","-73.96925","42.7","FAR FIELD, NY US"'
        measured = f'"{rain[row]:.0f}",",,W,2400","{printed(high[row], 0)}",",,S","{low[row]:.0f}"'
        rows.append(f'"USW00000001","{times[row]:%Y-%m-%d}",{place},{measured}')
    kept = times[keep]
    columns = (("PRCP", rain), ("TMAX", high), ("TMIN", low))
    return Case("USW00000001.csv", lines(rows), (tuple(series(name, kept, v[keep], "D") for name, v in columns),))


def ghcn_fixed_width(random: Random) -> Case:
    """Fixed width: station, year, month, element, then 31 values of five characters each followed by three flags; -9999."""
    times = pd.date_range("2001-01-01", "2003-12-31", freq="D")
    elements = {"TMAX": season(random, len(times), 365, 150, 80, 0), "TMIN": season(random, len(times), 365, 50, 80, 0)}
    elements["TMAX"][[5, 77]] = np.nan
    rows = []
    for month in pd.date_range("2001-01-01", periods=36, freq="MS"):
        for name, values in elements.items():
            inside = values[(times.year == month.year) & (times.month == month.month)]
            cells = [printed(v, 0, "-9999").rjust(5) + ("   " if np.isnan(v) else "  S") for v in inside]
            cells += ["-9999   "] * (31 - len(inside))
            rows.append(f"USC00000001{month.year}{month.month:02d}{name}" + "".join(cells))
    return Case("USC00000001.dly", lines(rows), (tuple(series(name, times, v, "D") for name, v in elements.items()),))


def metro_traffic(random: Random) -> Case:
    """Text columns first ("None" for no holiday), the time last, some hours twice as weather descriptions repeat."""
    times = pd.date_range("2016-10-02 09:00", periods=220, freq="h")
    temp, volume = season(random, 220, 24, 285, 6, 2), counts(random, 220, 3200.0)
    clouds = random.integers(0, 100, 220).astype(float)
    rows = ["holiday,temp,rain_1h,snow_1h,clouds_all,weather_main,weather_description,date_time,traffic_volume"]
    for row, time in enumerate(times):
        holiday = "Columbus Day" if row == 15 else "None"
        for sky in ("Clouds,scattered clouds", "Rain,light rain")[: 2 if row in (30, 90, 91) else 1]:
            rows.append(f"{holiday},{temp[row]},0.0,0.0,{clouds[row]:.0f},{sky},{time:%Y-%m-%d %H:%M:%S},{volume[row]:.0f}")
    columns = (
        ("temp", temp),
        ("rain_1h", np.zeros(220)),
        ("snow_1h", np.zeros(220)),
        ("clouds_all", clouds),
        ("traffic_volume", volume),
    )
    return Case("Metro_Traffic.csv", lines(rows), (tuple(series(name, times, v, "h") for name, v in columns),))


def usgs_rdb(random: Random) -> Case:
    """Comment lines, a header, a row of column widths and types (5s, 15s, 20d), tabs, quality codes, an ice mark as a value."""
    times = pd.date_range("2019-10-01", periods=180, freq="D")
    flow = walk(random, 180, 320.0, 12.0, 0)
    rows = ["# ---------------------------------- WARNING ----------------------------------------"]
    rows += [
        "# Some of the data may be provisional.",
        "#",
        "#  Data for the following site:",
        "#    USGS 01234567 A RIVER NEAR A TOWN",
        "#",
    ]
    rows += ["agency_cd\tsite_no\tdatetime\t70000_00060_00003\t70000_00060_00003_cd", "5s\t15s\t20d\t14n\t10s"]
    for row, time in enumerate(times):
        cell = "Ice" if row in (70, 71) else f"{flow[row]:.0f}"
        rows.append(f"USGS\t01234567\t{time:%Y-%m-%d}\t{cell}\t{'A' if row < 150 else 'P'}")
    flow[[70, 71]] = np.nan
    return Case("nwis.waterservices.rdb", lines(rows), ((series("70000_00060_00003", times, flow, "D"),),))


def buoy_two_headers(random: Random) -> Case:
    """The date over five columns, a second header row of units, both with #, 99.0 and 999 and MM for missing; newest first."""
    times = pd.date_range("2021-06-01", periods=150, freq="h")
    direction, speed = random.integers(0, 360, 150).astype(float), walk(random, 150, 6.0, 0.4, 1)
    height, pressure = walk(random, 150, 1.4, 0.1, 1), walk(random, 150, 1014.0, 0.3, 1)
    height[[10, 11, 60]] = np.nan
    rows = ["#YY  MM DD hh mm WDIR WSPD  WVHT   PRES", "#yr  mo dy hr mn degT m/s     m     hPa"]
    for row in range(149, -1, -1):
        wave = printed(height[row], 1, "MM").rjust(5)
        rows.append(f"{times[row]:%Y %m %d %H %M} {direction[row]:4.0f} {speed[row]:4.1f} {wave} {pressure[row]:7.1f}")
    columns = (("WDIR", direction), ("WSPD", speed), ("WVHT", height), ("PRES", pressure))
    return Case("44000.txt", lines(rows), (tuple(series(name, times, v, "h") for name, v in columns),))


def metoffice_station(random: Random) -> Case:
    """Prose, a header and a row of units aligned by spaces, --- for missing, * for estimates, "Provisional" last."""
    times = months("1990-01", 240)
    high, low = season(random, 240, 12, 13, 6), season(random, 240, 12, 6, 5)
    frost, rain, sun = counts(random, 240, 3.0), walk(random, 240, 60.0, 2.0, 1), walk(random, 240, 120.0, 2.0, 1)
    sun[:36] = np.nan
    low[5] = np.nan
    rows = ["Farfield", "Location: 4000E 2000N, Lat 51.9 Lon -0.3, 33 metres amsl"]
    rows += [
        "Estimated data is marked with a * after the value.",
        "Missing data (more than 2 days missing in month) is marked by  ---.",
    ]
    rows += ["   yyyy  mm   tmax    tmin      af    rain     sun", "              degC    degC    days      mm   hours"]
    for row, time in enumerate(times):
        cells = [f"{high[row]:.1f}" + ("*" if row % 40 == 7 else ""), printed(low[row], 1, "---"), f"{frost[row]:.0f}"]
        cells += [f"{rain[row]:.1f}", printed(sun[row], 1, "---")]
        rows.append(
            f"   {time.year}  {time.month:2d}" + "".join(cell.rjust(8) for cell in cells) + ("  Provisional" if row > 230 else "")
        )
    columns = (("tmax", high), ("tmin", low), ("af", frost), ("rain", rain), ("sun", sun))
    return Case("farfielddata.txt", lines(rows), (tuple(series(name, times, v, "MS") for name, v in columns),))


def nino_block(random: Random) -> Case:
    """A first line with the span, a year and twelve months a row without header, the mark of missing values, then prose."""
    times = months("1960-01", 504)
    values = walk(random, 504, 0.0, 0.2, 2)
    values[-4:] = np.nan
    rows = [" 1960 2001"]
    for start in range(0, 504, 12):
        rows.append(f" {times[start].year}" + "".join(printed(v, 2, "-99.99").rjust(9) for v in values[start : start + 12]))
    rows += ["  -99.99", "  Nino Anom 3.4 Index  using ersst ", "  https://example.org/data/correlation/"]
    return Case("nina34.anom.data", lines(rows), ((series((), times, values, "MS", trim=True),),))


def sea_ice(random: Random) -> Case:
    """Padded cells, the date over three columns, a row of units below the header, a list in the last column."""
    times = pd.date_range("1998-11-05", periods=210, freq="D")
    extent, missing = walk(random, 210, 10.2, 0.05, 3), np.zeros(210)
    rows = [
        "Year, Month, Day,     Extent,    Missing, Source Data",
        "YYYY,    MM,  DD, 10^6 sq km, 10^6 sq km, Source data product web sites",
    ]
    for row, time in enumerate(times):
        source = f"\"['/ftp/nsidc0051_seaice/nt_{time:%Y%m%d}_f13.bin']\""
        rows.append(
            f"{time.year},    {time.month:02d},  {time.day:02d},     {extent[row]:6.3f},      {missing[row]:.3f}, {source}"
        )
    reading = (series("Extent", times, extent, "D"), series("Missing", times, missing, "D"))
    return Case("N_seaice_extent_daily.csv", lines(rows), (reading, reading[:1]))


def days_across(random: Random) -> Case:
    """A month a row with its 31 days across, blank where a month is shorter, a monthly sum at the end."""
    times = pd.date_range("2015-01-01", "2016-12-31", freq="D")
    values = counts(random, len(times), 9.0)
    rows = [",".join(["Year", "Month", *(str(day) for day in range(1, 32)), "Sum"])]
    for month in pd.date_range("2015-01-01", periods=24, freq="MS"):
        inside = values[(times.year == month.year) & (times.month == month.month)]
        rows.append(
            ",".join(
                [
                    str(month.year),
                    str(month.month),
                    *(f"{v:.0f}" for v in inside),
                    *[""] * (31 - len(inside)),
                    f"{inside.sum():.0f}",
                ]
            )
        )
    return Case("rain_days.csv", lines(rows), ((series((), times, values, "D"),),))


def decimal_year(random: Random) -> Case:
    """Monthly values whose only time is a decimal year."""
    times = months("1985-01", 180)
    values = walk(random, 180, 370.0, 0.4, 2)
    rows = ["decimal_year,co2_ppm"]
    rows += [f"{t.year + (t.month - 0.5) / 12:.4f},{v:.2f}" for t, v in zip(times, values, strict=True)]
    middle = times + pd.Timedelta(days=15)
    reading = (series("co2_ppm", times, values, ("MS", "ME"), tolerance="0s"),)
    # The middle of the month is what the number says; its first day is what a monthly index would say.
    near = (series("co2_ppm", middle, values, ("MS", "ME", "irregular"), tolerance="3D"),)
    return Case("insitu_co2.csv", lines(rows), (reading, near))
