"""Imitations of the files of exchanges, banks and electricity systems. Every public function is a layout."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import ANY, Case, lines, series
from scripts.evaluation.ingestion.synthetic import counts, grouped, season, walk

Random = np.random.Generator


def _prices(random: Random, n: int) -> dict[str, np.ndarray]:
    close = walk(random, n, 140.0, 1.5, 2)
    opening, spread = (close + random.normal(0, 1, n)).round(2), np.abs(random.normal(1, 0.3, n)).round(2)
    high, low = (np.maximum(opening, close) + spread).round(2), (np.minimum(opening, close) - spread).round(2)
    return {"Open": opening, "High": high, "Low": low, "Close": close, "Volume": counts(random, n, 2_400_000.0)}


def yahoo_newest_first(random: Random) -> Case:
    """Newest first, an adjusted close, volume with commas in quotes, "null" on a holiday."""
    times = pd.date_range("2021-01-04", periods=180, freq="B")
    columns = _prices(random, 180)
    columns["Adj Close"] = (columns["Close"] * 0.98).round(6)
    for values in columns.values():
        values[40] = np.nan
    order = ["Open", "High", "Low", "Close", "Adj Close", "Volume"]
    rows = [",".join(["Date", *order])]
    for row in range(179, -1, -1):
        cells = [f"{columns[name][row]:.6f}" for name in order[:-1]] + [f'"{columns["Volume"][row]:,.0f}"']
        rows.append(f"{times[row]:%Y-%m-%d}," + ("null," * 5 + "null" if row == 40 else ",".join(cells)))
    return Case("XYZ.csv", lines(rows), (tuple(series(name, times, columns[name], "B") for name in order),))


def stooq(random: Random) -> Case:
    """Names in angle brackets, the ticker in every row, days as 20210104 and times as 093000 in two columns."""
    times = pd.date_range("2021-01-04 09:30", periods=78, freq="5min")
    columns = _prices(random, 78)
    rows = ["<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>"]
    for row, time in enumerate(times):
        cells = ",".join(f"{v[row]:.2f}" for name, v in columns.items() if name != "Volume")
        rows.append(f"XYZ.US,5,{time:%Y%m%d},{time:%H%M%S},{cells},{columns['Volume'][row]:.0f},0")
    reading = tuple(series("VOL" if name == "Volume" else name, times, v, "5min") for name, v in columns.items())
    return Case("xyz.us.txt", lines(rows, end="\r\n"), (reading,), optional=("OPENINT",))


def nasdaq_dollars(random: Random) -> Case:
    """Month first with a decisive row, newest first, dollar signs before prices."""
    times = pd.date_range("2022-03-01", periods=126, freq="B")
    columns = _prices(random, 126)
    rows = ["Date,Close/Last,Volume,Open,High,Low"]
    for row in range(125, -1, -1):
        prices = ",".join(f"${columns[name][row]:.2f}" for name in ("Open", "High", "Low"))
        rows.append(f"{times[row]:%m/%d/%Y},${columns['Close'][row]:.2f},{columns['Volume'][row]:.0f},{prices}")
    names = {"Close": "Close/Last", "Volume": "Volume", "Open": "Open", "High": "High", "Low": "Low"}
    return Case("HistoricalData.csv", lines(rows), (tuple(series(n, times, columns[k], "B") for k, n in names.items()),))


def accounting_csv(random: Random) -> Case:
    """A bookkeeping export: title lines, amounts with currency, grouped, negative ones in parentheses, "-" for nothing."""
    times = pd.date_range("2018-01-31", periods=48, freq="ME")
    revenue, net = walk(random, 48, 48000.0, 900.0, 2), random.normal(0, 4000, 48).round(2)
    costs = (revenue - net).round(2)
    rows = ["Farfield Ltd.", "Profit and loss by month", "Currency: USD", "", "Month ending,Revenue,Costs,Net income"]
    for row, time in enumerate(times):
        amounts = [f"${abs(v):,.2f}" if v >= 0 else f"(${abs(v):,.2f})" for v in (revenue[row], costs[row], net[row])]
        rows.append(f"{time:%m/%d/%Y}," + ",".join(f'"{amount}"' for amount in amounts))
    columns = (("Revenue", revenue), ("Costs", costs), ("Net income", net))
    return Case("pnl.csv", lines(rows), (tuple(series(name, times, v, ("ME", "MS")) for name, v in columns),))


def percent_signs(random: Random) -> Case:
    """Rates with a percent sign, steps with a plus sign, days as 03-Jan-2020."""
    times = pd.date_range("2020-01-03", periods=110, freq="W-FRI")
    rate = walk(random, 110, 3.4, 0.06, 2)
    change = np.append(np.nan, np.diff(rate)).round(2)
    rows = ["Week ending,30-yr rate,Change"]
    for row, time in enumerate(times):
        rows.append(f"{time:%d-%b-%Y},{rate[row]:.2f}%,{'' if row == 0 else f'{change[row]:+.2f}%'}")
    readings = tuple(
        (series("30-yr rate", times, rate * scale, "W-FRI"), series("Change", times, change * scale, "W-FRI"))
        for scale in (1.0, 0.01)
    )
    return Case("mortgage.csv", lines(rows), readings)


def month_year_two_digit(random: Random) -> Case:
    """Months as Jan-95 and Feb-04, two measures, one ending earlier."""
    times = pd.date_range("1995-01", periods=200, freq="MS")
    sales, stock = walk(random, 200, 520.0, 8.0, 1), walk(random, 200, 310.0, 4.0, 1)
    stock[-3:] = np.nan
    rows = ["Month,Sales,Stock"]
    rows += [f"{t:%b-%y},{a:.1f},{'' if np.isnan(b) else f'{b:.1f}'}" for t, a, b in zip(times, sales, stock, strict=True)]
    return Case(
        "retail.csv", lines(rows), ((series("Sales", times, sales, "MS"), series("Stock", times, stock, "MS", trim=True)),)
    )


def caiso(random: Random) -> Case:
    """A long report: interval start and end in GMT, then local day and hour, many codes, one measure."""
    times = pd.date_range("2021-05-01 07:00", periods=72, freq="h", tz="UTC")
    nodes = {"TH_NP15_GEN-APND": walk(random, 72, 32.0, 1.5, 5), "TH_SP15_GEN-APND": walk(random, 72, 28.0, 1.5, 5)}
    header = "INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,OPR_DT,OPR_HR,OPR_INTERVAL,NODE_ID_XML,NODE_ID,NODE,MARKET_RUN_ID"
    rows = [header + ",LMP_TYPE,XML_DATA_ITEM,PNODE_RESMRID,GRP_TYPE,POS,MW,GROUP"]
    for number, (node, values) in enumerate(nodes.items(), start=1):
        for time, value in zip(times, values, strict=True):
            local = time.tz_convert("Etc/GMT+7")
            span = f"{time:%Y-%m-%dT%H:%M:%S}-00:00,{time + pd.Timedelta(hours=1):%Y-%m-%dT%H:%M:%S}-00:00"
            codes = f"{node},{node},{node},DAM,LMP,LMP_PRC,{node},ALL_APNODES,0"
            rows.append(f"{span},{local:%Y-%m-%d},{local.hour + 1},0,{codes},{value:.5f},{number}")
    reading = tuple(series(node, times, values, "h") for node, values in nodes.items())
    return Case("PRC_LMP_DAM.csv", lines(rows), (reading,))


def pjm(random: Random) -> Case:
    """US twelve-hour times in UTC and in local time, the local ones jumping at daylight saving; areas under each other."""
    utc = pd.date_range("2021-03-13 05:00", periods=72, freq="h")
    local = utc.tz_localize("UTC").tz_convert("America/New_York").tz_localize(None)
    areas = {"AE": walk(random, 72, 900.0, 12.0, 3), "DOM": walk(random, 72, 9000.0, 90.0, 3)}
    rows = ["datetime_beginning_utc,datetime_beginning_ept,nerc_region,mkt_region,zone,load_area,mw,is_verified"]
    for row, (first, second) in enumerate(zip(utc, local, strict=True)):
        for area, values in areas.items():
            moments = ",".join(f"{t.month}/{t.day}/{t.year} {t:%I:%M:%S %p}".replace(" 0", " ") for t in (first, second))
            rows.append(f"{moments},RFC,MIDATL,{area},{area},{values[row]:.3f},True")
    by_utc = tuple(series(area, utc, v, "h") for area, v in areas.items())
    by_wall = tuple(series(area, local, v, ("h", "irregular")) for area, v in areas.items())
    return Case("hrl_load_metered.csv", lines(rows), (by_utc, by_wall))


def nyiso(random: Random) -> Case:
    """Quoted times in five-minute steps with the zone's abbreviation beside, zones under each other by name and number."""
    times = pd.date_range("2020-01-14", periods=60, freq="5min")
    zones = {"CAPITL": (61757, walk(random, 60, 1200.0, 6.0, 4)), "N.Y.C.": (61761, walk(random, 60, 4700.0, 20.0, 4))}
    rows = ['"Time Stamp","Time Zone","Name","PTID","Load"']
    for row, time in enumerate(times):
        rows += [f'"{time:%m/%d/%Y %H:%M:%S}","EST","{name}",{number},{v[row]:.4f}' for name, (number, v) in zones.items()]
    aware = times.tz_localize("Etc/GMT+5")
    readings = tuple(tuple(series(name, t, v, "5min") for name, (_, v) in zones.items()) for t in (times, aware))
    return Case("20200114pal.csv", lines(rows, end="\r\n"), readings)


def settlement_periods(random: Random) -> Case:
    """Days as 01-JAN-2020 and half hours counted 1 to 48."""
    times = pd.date_range("2020-01-01", periods=48 * 7, freq="30min")
    demand, wind = season(random, len(times), 48, 30000, 6000, 0), counts(random, len(times), 1700.0)
    rows = ["SETTLEMENT_DATE,SETTLEMENT_PERIOD,ND,EMBEDDED_WIND_GENERATION"]
    rows += [f"{t:%d-%b-%Y},".upper() + f"{r % 48 + 1},{demand[r]:.0f},{wind[r]:.0f}" for r, t in enumerate(times)]
    reading = (series("ND", times, demand, "30min"), series("EMBEDDED_WIND_GENERATION", times, wind, "30min"))
    return Case("demanddata_2020.csv", lines(rows), (reading,))


def hours_across(random: Random) -> Case:
    """A day a row, hours ending HE01 to HE24 across."""
    times = pd.date_range("2019-01-01", periods=24 * 60, freq="h")
    values = season(random, len(times), 24, 5200, 900, 0)
    rows = [",".join(["Date", *(f"HE{h:02d}" for h in range(1, 25))])]
    for start in range(0, len(times), 24):
        rows.append(",".join([f"{times[start]:%Y-%m-%d}", *(f"{v:.0f}" for v in values[start : start + 24])]))
    ending = times + pd.Timedelta(hours=1)
    return Case("load_he.csv", lines(rows), ((series((), times, values, "h"),), (series((), ending, values, "h"),)))


def aemo(random: Random) -> Case:
    """Half hours ending 2021/01/01 00:30:00, negative prices, text columns on both sides."""
    times = pd.date_range("2021-01-01 00:30", periods=336, freq="30min")
    demand, price = season(random, 336, 48, 7000, 900, 2), random.normal(40, 45, 336).round(2)
    rows = ["REGION,SETTLEMENTDATE,TOTALDEMAND,RRP,PERIODTYPE"]
    rows += [f"NSW1,{t:%Y/%m/%d %H:%M:%S},{a:.2f},{b:.2f},TRADE" for t, a, b in zip(times, demand, price, strict=True)]
    return Case(
        "PRICE_AND_DEMAND.csv",
        lines(rows),
        ((series("TOTALDEMAND", times, demand, "30min"), series("RRP", times, price, "30min")),),
    )


def esios_offsets(random: Random) -> Case:
    """Semicolons, identifiers and a place, local times with their offset over the night the clocks go back."""
    times = pd.date_range("2021-10-30 00:00", periods=73, freq="h", tz="Europe/Madrid")
    values = walk(random, 73, 27000.0, 300.0, 1)
    rows = ["id;name;geoid;geoname;value;datetime"]
    rows += [f"1293;Demanda real;8741;Península;{v:.1f};{t.isoformat()}" for t, v in zip(times, values, strict=True)]
    return Case("export_DemandaReal.csv", lines(rows), ((series((), times, values, "h"),),))


def household_power(random: Random) -> Case:
    """Day and clock in two columns, day first with a decisive row, semicolons, "?" in all values of some minutes."""
    times = pd.date_range("2006-12-16 17:24", periods=390, freq="min")
    power, voltage = walk(random, 390, 3.2, 0.1, 3), walk(random, 390, 236.0, 0.3, 3)
    metering = random.integers(0, 18, 390).astype(float)
    rows = ["Date;Time;Global_active_power;Voltage;Sub_metering_3"]
    for row, time in enumerate(times):
        cells = f"{power[row]:.3f};{voltage[row]:.3f};{metering[row]:.3f}"
        rows.append(f"{time.day}/{time.month}/{time.year};{time:%H:%M:%S};" + ("?;?;" if 200 <= row < 205 else cells))
    for values in (power, voltage, metering):
        values[200:205] = np.nan
    columns = (("Global_active_power", power), ("Voltage", voltage), ("Sub_metering_3", metering))
    return Case("household_power_consumption.txt", lines(rows), (tuple(series(name, times, v, "min") for name, v in columns),))


def air_quality(random: Random) -> Case:
    """Day and clock as 18.00.00 in two columns, decimal commas, -200 for missing, two empty columns and empty rows at the end."""
    times = pd.date_range("2004-03-10 18:00", periods=330, freq="h")
    carbon, benzene, heat = walk(random, 330, 2.4, 0.2, 1), walk(random, 330, 9.4, 0.5, 1), season(random, 330, 24, 15, 5)
    rows = ["Date;Time;CO(GT);PT08.S1(CO);C6H6(GT);T;;"]
    sensor = counts(random, 330, 1100.0)
    gone = random.choice(np.arange(5, 320), 25, replace=False)
    carbon[gone] = np.nan
    sensor[100:106], benzene[100:106], heat[100:106] = np.nan, np.nan, np.nan
    for row, time in enumerate(times):
        cells = [
            "-200" if np.isnan(v) else f"{v:.{digits}f}".replace(".", ",")
            for v, digits in ((carbon[row], 1), (sensor[row], 0), (benzene[row], 1), (heat[row], 1))
        ]
        rows.append(f"{time:%d/%m/%Y;%H.%M.%S};" + ";".join(cells) + ";;")
    rows += [";;;;;;;"] * 6
    columns = (("CO(GT)", carbon), ("PT08.S1(CO)", sensor), ("C6H6(GT)", benzene), ("T", heat))
    return Case("AirQualityUCI.csv", lines(rows, end="\r\n"), (tuple(series(name, times, v, "h") for name, v in columns),))


def bike_sharing(random: Random) -> Case:
    """A row number, the day, codes of season, month and weather as whole numbers, scaled weather, three counts."""
    times = pd.date_range("2011-01-01", periods=365, freq="D")
    casual, registered = counts(random, 365, 330.0), counts(random, 365, 2700.0)
    temp = np.clip(season(random, 365, 365, 0.5, 0.25, 6), 0.05, 1)
    rows = ["instant,dteday,season,yr,mnth,holiday,weekday,workingday,weathersit,temp,casual,registered,cnt"]
    for row, t in enumerate(times):
        kind = f"{(t.weekday() + 1) % 7},{int(t.weekday() < 5)},{random.integers(1, 4)}"
        people = f"{casual[row]:.0f},{registered[row]:.0f},{casual[row] + registered[row]:.0f}"
        rows.append(f"{row + 1},{t:%Y-%m-%d},{(t.month % 12) // 3 + 1},0,{t.month},0,{kind},{temp[row]:.6f},{people}")
    columns = (("temp", temp), ("casual", casual), ("registered", registered), ("cnt", casual + registered))
    optional = ("season", "holiday", "workingday", "weathersit", "weekday", "yr")
    return Case("day.csv", lines(rows), (tuple(series(name, times, v, "D") for name, v in columns),), optional=optional)


def large_numbers_with_suffix(random: Random) -> Case:
    """Volumes written 1.24M and 980.5K, "-" where nothing was traded, month first with a decisive row, newest first."""
    times = pd.date_range("2022-05-02", periods=90, freq="B")
    price, volume = walk(random, 90, 1640.0, 9.0, 2), np.full(90, ANY)
    written = [f"{v:.2f}M" if v >= 1 else f"{v * 1000:.2f}K" for v in random.uniform(0.4, 3.0, 90)]
    for row, mark in enumerate(written):
        volume[row] = float(mark[:-1]) * (1e6 if mark.endswith("M") else 1e3)
    volume[12], written[12] = np.nan, "-"
    rows = ['"Date","Price","Vol."']
    rows += [f'"{times[r]:%m/%d/%Y}","{grouped(price[r], 2, ",")}","{written[r]}"' for r in range(89, -1, -1)]
    return Case("Historical Prices.csv", lines(rows), ((series("Price", times, price, "B"), series("Vol.", times, volume, "B")),))
