"""Imitations of downloads from climate services, observatories and health agencies. Every public function is a layout."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import ANY, Case, lines, series
from scripts.evaluation.ingestion.fresh_parts import cells, columns, slashed
from scripts.evaluation.ingestion.synthetic import counts, holes, months, printed, season, table, walk

Random = np.random.Generator


def gistemp_table(random: Random) -> Case:
    """NASA's GISTEMP: a title, a year a row with months, annual and seasonal means, *** for missing, no zero before the point."""
    times = months("1960-01", 768)
    values = walk(random, 768, 0.0, 0.05, 2)
    values[-7:] = np.nan
    rows = ["Land-Ocean: Global Means", "Year,Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec,J-D,D-N,DJF,MAM,JJA,SON"]

    def shown(value: float) -> str:
        return "***" if np.isnan(value) else f"{value:.2f}".replace("0.", ".", 1)

    for start in range(0, 768, 12):
        year = values[start : start + 12]
        before = values[start - 1] if start else np.nan
        means = [year.mean(), np.mean([before, *year[:11]]), np.mean([before, *year[:2]])]
        means += [year[2:5].mean(), year[5:8].mean(), year[8:11].mean()]
        rows.append(f"{times[start].year}," + ",".join(shown(value) for value in [*year, *means]))
    reading = (series((), times, values, "MS", trim=True),)
    return Case("GLB.Ts+dSST.csv", lines(rows), (reading,), optional=("J-D", "D-N", "DJF", "MAM", "JJA", "SON"))


def berkeley_earth(random: Random) -> Case:
    """Berkeley Earth: per cent signs before the notes and the header, two header rows, spaces, NaN at both ends of means."""
    times = months("1900-01", 300)
    parts = [walk(random, 300, -0.3, 0.05, 3), walk(random, 300, 0.3, 0.01, 3)]
    parts += [walk(random, 300, -0.3, 0.02, 3), walk(random, 300, 0.15, 0.005, 3)]
    for values in parts[2:]:
        values[:5], values[-6:] = np.nan, np.nan
    rows = [
        "% This file contains a summary of land-surface average results.",
        "%",
        "% Temperatures are in Celsius and reported as",
    ]
    rows += [
        "% anomalies relative to the Jan 1951-Dec 1980 average.",
        "% Estimated Jan 1951-Dec 1980 absolute temperature (C): 8.58 +/- 0.05",
    ]
    rows += ["%", "%                  Monthly          Annual", "% Year, Month,  Anomaly, Unc.,   Anomaly, Unc.", " "]
    for row, time in enumerate(times):
        texts = [printed(values[row], 3, "NaN").rjust(8) for values in parts]
        rows.append(f"  {time.year} {time.month:5d}  " + " ".join(texts))
    return Case("Complete_TAVG_complete.txt", lines(rows), (columns([((), v) for v in parts], times, "MS", trim=True),))


def knmi_daily(random: Random) -> Case:
    """KNMI's daily file: Dutch notes and the header after #, days as YYYYMMDD, tenths, blanks for missing, -1 for a trace."""
    times = pd.date_range("2019-01-01", periods=260, freq="D")
    wind, heat = counts(random, 260, 38.0), season(random, 260, 365, 105, 80, 0)
    rain = counts(random, 260, 14.0)
    rain[::9] = -1
    wind[[30, 31, 140]] = np.nan
    rows = [
        "# BRON: KONINKLIJK NEDERLANDS METEOROLOGISCH INSTITUUT (KNMI)",
        "# Opmerking: door stationsverplaatsingen kunnen reeksen",
    ]
    rows += ["# inhomogeen zijn.", "#", "# STN      LON(east)   LAT(north)  ALT(m)      NAME"]
    rows += ["# 260      5.180       52.100      1.90        De Bilt     ", "#"]
    rows += [
        "# FG        : Etmaalgemiddelde windsnelheid (in 0.1 m/s)",
        "# TG        : Etmaalgemiddelde temperatuur (in 0.1 graden Celsius)",
    ]
    rows += [
        "# RH        : Etmaalsom van de neerslag (in 0.1 mm) (-1 voor <0.05 mm)",
        "#",
        "# STN,YYYYMMDD,   FG,   TG,   RH",
        "#",
    ]
    for row, time in enumerate(times):
        texts = [printed(values[row], 0).rjust(5) for values in (wind, heat, rain)]
        rows.append(f"  260,{time:%Y%m%d}," + ",".join(texts))
    named = [("FG", wind), ("TG", heat), ("RH", np.where(rain < 0, ANY, rain))]
    return Case("etmgeg_260.txt", lines(rows, end="\r\n"), (columns(named, times, "D"),), optional=("STN",))


def dwd_daily(random: Random) -> Case:
    """German weather service's daily file: semicolons and padding, a quality column before each group, -999, "eor" at the end."""
    times = pd.date_range("2021-03-01", periods=240, freq="D")
    named = [("FX", walk(random, 240, 9.0, 0.5, 1)), ("FM", walk(random, 240, 3.5, 0.2, 1))]
    named += [("RSK", walk(random, 240, 2.0, 0.4, 1)), ("TMK", season(random, 240, 365, 9.0, 9.0))]
    for _, values in named[:2]:
        values[60:68] = np.nan
    fx, fm, rsk, tmk = (cells(values, 1, "-999") for _, values in named)
    rows = ["STATIONS_ID;MESS_DATUM;QN_3;  FX;  FM;QN_4; RSK;RSKF; TMK;eor"]
    for row, time in enumerate(times):
        quality = "-999" if fx[row] == "-999" else "10"
        wind = f"{quality:>5};{fx[row]:>7};{fm[row]:>7}"
        rows.append(f"       1048;{time:%Y%m%d};{wind};    3;{rsk[row]:>7};{6 * (row % 2):>4};{tmk[row]:>7};eor")
    optional = ("STATIONS_ID", "QN_3", "QN_4", "RSKF")
    name = "produkt_klima_tag_20210301_20211026_01048.txt"
    return Case(name, lines(rows, end="\r\n"), (columns(named, times, "D"),), optional=optional)


def psmsl_tide_gauge(random: Random) -> Case:
    """Mean sea level service: no header, semicolons, decimal years of mid-month, -99999 for missing, missing days and a flag."""
    times = months("1955-01", 360)
    level, days = walk(random, 360, 6950.0, 12.0, 0), np.zeros(360)
    level[[20, 21, 22, 200]] = np.nan
    days[::25] = 4
    rows = [
        f" {time.year + (time.month - 0.5) / 12:9.4f};{printed(value, 0, '-99999'):>6};{gone:2.0f};000"
        for time, value, gone in zip(times, level, days, strict=True)
    ]
    middle = times + pd.Timedelta(days=14)
    # A decimal year says the middle of the month; the first day is what a monthly index would say.
    forms = [
        series((), middle, values, "MS", tolerance="5D") + series((), times, values, "MS")
        for values in (level, days, np.zeros(360))
    ]
    return Case("1.rlrdata", lines(rows), tuple(tuple(forms[:number]) for number in (1, 2, 3)))


def climate_at_a_glance(random: Random) -> Case:
    """NOAA's Climate at a Glance: comment lines that name the missing mark, then months as YYYYMM without a separator."""
    times = months("1985-01", 420)
    heat, change = season(random, 420, 12, 53, 20, 2), walk(random, 420, 0.5, 0.2, 2)
    heat[[100, 101]], change[[100, 101]] = np.nan, np.nan
    rows = [
        "# Title: Contiguous U.S. Average Temperature",
        "# Units: Degrees Fahrenheit",
        "# Base Period: 1901-2000",
        "# Missing: -99",
    ]
    rows += ["Date,Value,Anomaly", *table([f"{t:%Y%m}" for t in times], [cells(heat, 2, "-99"), cells(change, 2, "-99")])]
    return Case("110-tavg-all-1-1985-2019.csv", lines(rows), (columns([("Value", heat), ("Anomaly", change)], times, "MS"),))


def nasa_power_days(random: Random) -> Case:
    """NASA POWER: a header between two marks, the year and the day of the year in two columns, -999 for missing."""
    times = pd.date_range("2021-01-01", periods=400, freq="D")
    named = [("T2M", season(random, 400, 365, 9, 10, 2)), ("PRECTOTCORR", walk(random, 400, 2.5, 0.2, 2))]
    named[1][1][-4:] = np.nan
    rows = [
        "-BEGIN HEADER-",
        "NASA/POWER CERES/MERRA2 Native Resolution Daily Data ",
        "Dates (month/day/year): 01/01/2021 through 02/04/2022 ",
    ]
    rows += [
        "Location: Latitude  48.1371   Longitude 11.5754 ",
        "Elevation from MERRA-2: Average for 0.5 x 0.625 degree = 563.94 meters",
    ]
    rows += ["The value for missing source data that cannot be computed or is outside of the sources availability range: -999 "]
    rows += ["Parameter(s): ", "T2M             MERRA-2 Temperature at 2 Meters (C) "]
    rows += ["PRECTOTCORR     MERRA-2 Precipitation Corrected (mm/day) ", "-END HEADER-", "YEAR,DOY,T2M,PRECTOTCORR"]
    rows += table([f"{t.year},{t.dayofyear}" for t in times], [cells(values, 2, "-999.0") for _, values in named])
    return Case("POWER_Point_Daily_20210101_20220204.csv", lines(rows), (columns(named, times, "D", trim=True),))


def open_meteo(random: Random) -> Case:
    """Open-Meteo: a one-row table of the place and its time zone, an empty line, then the hours without seconds."""
    times = pd.date_range("2024-01-01", periods=168, freq="h")
    named = [("temperature_2m", season(random, 168, 24, 3, 4)), ("rain", walk(random, 168, 0.4, 0.05, 2))]
    rows = [
        "latitude,longitude,elevation,utc_offset_seconds,timezone,timezone_abbreviation",
        "52.52,13.419998,38.0,3600,Europe/Berlin,CET",
    ]
    rows += ["", "time,temperature_2m (°C),rain (mm)"]
    rows += table([f"{time:%Y-%m-%dT%H:%M}" for time in times], [cells(named[0][1], 1), cells(named[1][1], 2)])
    return Case("open-meteo-52.52N13.42E38m.csv", lines(rows), (columns(named, times, "h"),))


def pvgis_hourly(random: Random) -> Case:
    """PVGIS: tabbed lines on the place, hours as 20200101:0010 ten minutes past, legends and the owner below."""
    times = pd.date_range("2020-01-01 00:10", periods=240, freq="h")
    sun = np.maximum(season(random, 240, 24, 100, 400, 2), 0)
    named = [
        ("P", (sun * 0.8).round(1)),
        ("G(i)", sun),
        ("H_sun", (sun / 12).round(2)),
        ("T2m", season(random, 240, 24, 4, 5, 2)),
    ]
    named += [("WS10m", walk(random, 240, 3.0, 0.2, 2))]
    rows = [
        "Latitude (decimal degrees):\t45.000",
        "Longitude (decimal degrees):\t8.000",
        "Elevation (m):\t250",
        "Radiation database:\tPVGIS-SARAH3",
    ]
    rows += ["", "", "Slope: 35 deg. (optimum)", "Azimuth: 0 deg. (optimum)", "Nominal power of the PV system (c-Si) (kWp):\t1.0"]
    rows += ["System losses (%):\t14.0", "", "time,P,G(i),H_sun,T2m,WS10m,Int"]
    rows += table([f"{t:%Y%m%d:%H%M}" for t in times], [*(cells(values, 2) for _, values in named), ["0.0"] * 240])
    rows += ["", "P: PV system power (W)", "G(i): Global irradiance on the inclined plane (W/m2)", "H_sun: Sun height (degree)"]
    rows += [
        "T2m: 2-m air temperature (degree Celsius)",
        "Int: 1 means solar radiation values are reconstructed",
        "",
        "PVGIS (c) European Union, 2001-2024",
    ]
    reading = columns(named, times, "h", tolerance="10min")
    return Case("Timeseries_45.000_8.000_SA3.csv", lines(rows, end="\r\n"), (reading,), optional=("Int",))


def nsrdb_solar(random: Random) -> Case:
    """NREL's solar database: names and values of the place in two rows, then half hours over five columns."""
    times = pd.date_range("2019-06-01", periods=288, freq="30min")
    sun = np.maximum(season(random, 288, 48, 250, 600, 0), 0)
    named = [
        ("GHI", sun),
        ("DHI", (sun / 4).round()),
        ("Temperature", season(random, 288, 48, 19, 6)),
        ("Wind Speed", walk(random, 288, 2.4, 0.2, 1)),
    ]
    rows = ["Source,Location ID,City,State,Country,Latitude,Longitude,Time Zone,Elevation,Local Time Zone,Temperature Units"]
    rows += [
        "NSRDB,146017,-,-,-,39.73,-105.18,-7,1829,-7,c",
        "Year,Month,Day,Hour,Minute,GHI,DHI,Temperature,Wind Speed,Cloud Type",
    ]
    texts = [cells(values, digits) for (_, values), digits in zip(named, (0, 0, 1, 1), strict=True)]
    rows += table(
        [f"{t.year},{t.month},{t.day},{t.hour},{t.minute}" for t in times], [*texts, cells(random.integers(0, 9, 288), 0)]
    )
    return Case("146017_39.73_-105.18_2019.csv", lines(rows), (columns(named, times, "30min"),), optional=("Cloud Type",))


def beijing_particles(random: Random) -> Case:
    """UCI's Beijing PM2.5: a row number, year, month, day and hour in columns, NA for the first day, wind direction as text."""
    times = pd.date_range("2010-01-01", periods=300, freq="h")
    dust = counts(random, 300, 90.0)
    dust[:24] = np.nan
    named = [("pm2.5", dust), ("DEWP", season(random, 300, 24, -15, 4, 0)), ("TEMP", season(random, 300, 24, -4, 5, 0))]
    named += [("PRES", walk(random, 300, 1020.0, 0.5, 0)), ("Iws", walk(random, 300, 12.0, 2.0, 2))]
    named += [("Is", counts(random, 300, 0.4)), ("Ir", counts(random, 300, 0.3))]
    rows = ["No,year,month,day,hour,pm2.5,DEWP,TEMP,PRES,cbwd,Iws,Is,Ir"]
    texts = [cells(values, 2 if name == "Iws" else 0, "NA") for name, values in named]
    texts.insert(4, [("NW", "cv", "SE")[row // 7 % 3] for row in range(300)])
    rows += table([f"{row},{t.year},{t.month},{t.day},{t.hour}" for row, t in enumerate(times, 1)], texts)
    reading = columns(named, times, "h", trim=True)
    return Case("PRSA_data_2010.1.1-2014.12.31.csv", lines(rows, end="\r\n"), (reading,), optional=("No",))


def noaa_tides(random: Random) -> Case:
    """NOAA tides: names with spaces around them, six minutes apart, whole-number quality flags, gaps left blank."""
    times = pd.date_range("2023-01-01", periods=240, freq="6min")
    named = [
        ("Water Level", holes(random, season(random, 240, 124, 1.1, 0.7, 3), 5)),
        ("Sigma", walk(random, 240, 0.004, 0.0004, 3)),
    ]
    named[1][1][np.isnan(named[0][1])] = np.nan
    rows = ["Date Time, Water Level, Sigma, O or I (for verified), F, R, L, Quality "]
    rows += table([f"{t:%Y-%m-%d %H:%M}" for t in times], [*(cells(v, 3) for _, v in named), *([flag] * 240 for flag in "0000v")])
    return Case("CO-OPS_8454000_wl.csv", lines(rows), (columns(named, times, "6min"),), optional=("O or I", "F", "R", "L"))


def johns_hopkins_wide(random: Random) -> Case:
    """Johns Hopkins' global cases: province, country, latitude and longitude, then a column for every day as 1/22/20."""
    times = pd.date_range("2020-01-22", periods=250, freq="D")
    places = [(",Germany,51.165691,10.451526", "Germany"), ("Alberta,Canada,53.9333,-116.5765", "Alberta Canada")]
    places += [("Ontario,Canada,51.2538,-85.3232", "Ontario Canada"), (',"Korea, South",35.907757,127.766922', "Korea, South")]
    rows = ["Province/State,Country/Region,Lat,Long," + ",".join(slashed(time, short=True) for time in times)]
    named = []
    for head, name in places:
        values = np.cumsum(counts(random, 250, 40.0))
        rows.append(f"{head}," + ",".join(cells(values, 0)))
        named.append((name, values))
    return Case("time_series_covid19_confirmed_global.csv", lines(rows), (columns(named, times, "D"),))


def owid_covid_places(random: Random) -> Case:
    """Our World in Data's COVID table: several measures for places below one another, blank at first, a constant column."""
    times = pd.date_range("2020-03-01", periods=150, freq="D")
    rows = ["iso_code,continent,location,date,total_cases,new_cases,new_deaths_smoothed,hosp_patients,population"]
    named = []
    for code, continent, place, people in (("DNK", "Europe", "Denmark", 5882259), ("CHL", "South America", "Chile", 19603736)):
        new = counts(random, 150, 300.0)
        deaths, beds = season(random, 150, 90, 12, 4, 3), counts(random, 150, 90.0)
        deaths[:6], beds[:30], beds[-8:] = np.nan, np.nan, np.nan
        parts = [("total_cases", np.cumsum(new)), ("new_cases", new), ("new_deaths_smoothed", deaths), ("hosp_patients", beds)]
        named += [(f"{place} {name}", values) for name, values in parts]
        texts = [cells(values, digits) for (_, values), digits in zip(parts, (1, 1, 3, 1), strict=True)]
        rows += table([f"{code},{continent},{place},{time:%Y-%m-%d}" for time in times], [*texts, [f"{people}.0"] * 150])
    return Case("owid-covid-data.csv", lines(rows), (columns(named, times, "D", trim=True),), optional=("population",))


def cdc_ilinet(random: Random) -> Case:
    """CDC's ILINet: a sentence above the header, year and week of the season in two columns, X where nothing is published."""
    sundays = pd.date_range("2016-10-02", periods=156, freq="7D")
    middle = sundays + pd.Timedelta(days=3)
    first = pd.to_datetime(middle.year.astype(str) + "-01-04")
    start = first - pd.to_timedelta((first.dayofweek + 1) % 7, unit="D")
    weeks = (sundays - start).days // 7 + 1
    names = ["% WEIGHTED ILI", "%UNWEIGHTED ILI", "AGE 0-4", "AGE 25-49", "ILITOTAL", "NUM. OF PROVIDERS", "TOTAL PATIENTS"]
    values = [season(random, 156, 52, 2.5, 1.2, 5), season(random, 156, 52, 2.4, 1.2, 5)]
    values += [counts(random, 156, level) for level in (5200.0, 3300.0, 18000.0, 2100.0, 8e5)]
    rows = ["PERCENTAGE OF VISITS FOR INFLUENZA-LIKE-ILLNESS REPORTED BY SENTINEL PROVIDERS"]
    rows += ["REGION TYPE,REGION,YEAR,WEEK," + ",".join([*names[:4], "AGE 25-64", *names[4:]])]
    for row, time in enumerate(middle):
        texts = [f"{column[row]:g}" if number > 1 else f"{column[row]:.5f}" for number, column in enumerate(values)]
        rows.append(f"National,X,{time.year},{weeks[row]}," + ",".join([*texts[:4], "X", *texts[4:]]))
    reading = tuple(
        series(name, sundays, column, "W", tolerance="1D")
        + series(name, sundays + pd.Timedelta(days=6), column, "W", tolerance="1D")
        for name, column in zip(names, values, strict=True)
    )
    return Case("ILINet.csv", lines(rows), (reading,), optional=("AGE 25-64",))
