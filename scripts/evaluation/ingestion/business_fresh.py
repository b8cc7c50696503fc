"""Imitations of what markets, shops, offices and competitions hand out. Every public function is a layout."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import ANY, Case, lines, series
from scripts.evaluation.ingestion.fresh_parts import cells, columns, month_dates, quoted, slashed
from scripts.evaluation.ingestion.synthetic import counts, grouped, months, printed, season, table, walk

Random = np.random.Generator
_CLOSED = pd.DatetimeIndex(["2024-01-01", "2024-01-15", "2024-02-19", "2024-03-29"])


def _sessions(n: int) -> pd.DatetimeIndex:
    """`n` trading days of New York from the start of 2024."""
    return pd.bdate_range("2024-01-01", periods=n + len(_CLOSED)).difference(_CLOSED)[:n]


def yfinance_tickers(random: Random) -> Case:
    """yfinance saved with its two header rows: the measure, the ticker, and a third row that only names the dates."""
    times = _sessions(80)
    keys = [(measure, ticker) for measure in ("Close", "High", "Volume") for ticker in ("AAPL", "MSFT")]
    parts = [counts(random, 80, 5e6) if m == "Volume" else walk(random, 80, 190.0, 2.0, 6) for m, _ in keys]
    rows = ["Price," + ",".join(m for m, _ in keys), "Ticker," + ",".join(t for _, t in keys), "Date" + "," * len(keys)]
    rows += table([f"{t:%Y-%m-%d}" for t in times], [cells(v, 0 if v[0] > 1e5 else 6) for v in parts])
    named = [(f"{measure} {ticker}", values) for (measure, ticker), values in zip(keys, parts, strict=True)]
    return Case("prices.csv", lines(rows), (columns(named, times, ("B", "D")),))


def stooq_bars(random: Random) -> Case:
    """Stooq's bulk file of five-minute bars: names in angle brackets, day and time as bare digits, the exchange's hours only."""
    days = pd.to_datetime(["2024-01-23", "2024-01-24", "2024-01-25"])
    times = pd.DatetimeIndex(np.concatenate([pd.date_range(d + pd.Timedelta(hours=15.5), periods=78, freq="5min") for d in days]))
    close = walk(random, 234, 195.0, 0.3, 3)
    named = [("OPEN", (close - 0.11).round(3)), ("HIGH", (close + 0.4).round(3)), ("LOW", (close - 0.4).round(3))]
    named += [("CLOSE", close), ("VOL", counts(random, 234, 90000.0))]
    rows = ["<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>"]
    rows += table([f"AAPL.US,5,{t:%Y%m%d,%H%M%S}" for t in times], [*(cells(v, 3) for _, v in named), ["0"] * 234])
    reading = columns(named, times, ("5min", "irregular"))
    return Case("aapl.us.txt", lines(rows, end="\r\n"), (reading,), optional=("PER", "OPENINT"))


def binance_candles(random: Random) -> Case:
    """Binance's archive of hourly candles: no header, opening and closing times in microseconds, a last column of zeros."""
    times = pd.date_range("2025-01-01", periods=144, freq="h")
    close = walk(random, 144, 94000.0, 300.0, 2)
    parts = [close - 12.5, close + 210.0, close - 180.0, close, walk(random, 144, 620.0, 40.0, 5)]
    parts += [(parts[4] * close).round(5), counts(random, 144, 90000.0), (parts[4] / 2).round(5), (parts[4] * close / 2).round(5)]
    texts = [cells(values, digits) for values, digits in zip(parts, (2, 2, 2, 2, 5, 5, 0, 5, 5), strict=True)]
    opened = [str(int(time.timestamp()) * 1_000_000) for time in times]
    closed = [str(int(stamp) + 3_599_999_999) for stamp in opened]
    rows = table(opened, [*texts[:5], closed, *texts[5:], ["0"] * 144])
    known = columns([((), values) for values in parts], times, "h")
    return Case("BTCUSDT-1h-2025-01.csv", lines(rows), (known, (*known, series((), times, np.zeros(144), "h"))))


def coingecko_chart(random: Random) -> Case:
    """CoinGecko's market chart: three lists of pairs in milliseconds, days at midnight and the moment of the call at the end."""
    days = pd.date_range("2024-01-01", periods=90, freq="D")
    times = days.append(pd.DatetimeIndex(["2024-03-30 10:37:12"]))
    named = [("prices", walk(random, 91, 43000.0, 500.0, 4)), ("market_caps", walk(random, 91, 8.4e11, 9e9, 2))]
    named += [("total_volumes", walk(random, 91, 2.5e10, 9e8, 2))]
    answer = {name: [[int(t.timestamp() * 1000), float(v)] for t, v in zip(times, values, strict=True)] for name, values in named}
    return Case("market_chart.json", json.dumps(answer).encode(), (columns(named, times, ("D", "irregular")),))


def nasdaq_history(random: Random) -> Case:
    """Nasdaq's historical prices: month first, newest first, a dollar sign on every price."""
    times = _sessions(60)
    close = walk(random, 60, 182.0, 2.0, 2)
    named = [("Close/Last", close), ("Volume", counts(random, 60, 5e6)), ("Open", (close + 0.6).round(2))]
    named += [("High", (close + 1.9).round(2)), ("Low", (close - 1.4).round(2))]
    rows = ["Date," + ",".join(name for name, _ in named)]
    for row in range(59, -1, -1):
        texts = [f"{v[row]:.0f}" if name == "Volume" else f"${v[row]:.2f}" for name, v in named]
        rows.append(f"{times[row]:%m/%d/%Y}," + ",".join(texts))
    return Case("HistoricalData_1706012345678.csv", lines(rows), (columns(named, times, ("B", "D")),))


def investing_history(random: Random) -> Case:
    """Investing.com: byte order mark, all in quotes, newest first, thousands, volumes as 62.30M, changes in per cent."""
    times = _sessions(75)
    price = walk(random, 75, 4800.0, 25.0, 2)
    named = [("Price", price), ("Open", (price - 3.1).round(2)), ("High", (price + 14).round(2)), ("Low", (price - 17).round(2))]
    volume, change = walk(random, 75, 62.0, 4.0, 2), walk(random, 75, 0.0, 0.3, 2)
    volume[20] = np.nan
    rows = [quoted(["Date", "Price", "Open", "High", "Low", "Vol.", "Change %"])]
    for row in range(74, -1, -1):
        texts = [grouped(values[row], 2, ",") for _, values in named]
        traded = "" if np.isnan(volume[row]) else f"{volume[row]:.2f}M"
        rows.append(quoted([f"{times[row]:%m/%d/%Y}", *texts, traded, f"{change[row]:.2f}%"]))
    share = series("Change %", times, change, ("B", "D")) + series("Change %", times, change / 100, ("B", "D"))
    reading = (*columns([*named, ("Vol.", volume * 1e6)], times, ("B", "D")), share)
    return Case("US 500 Historical Data.csv", lines(rows, encoding="utf-8-sig"), (reading,))


def trends_weekly(random: Random) -> Case:
    """Google Trends: the category and an empty line, weeks from Sunday, places in the names, "<1" for next to nothing."""
    times = pd.date_range("2019-01-06", periods=240, freq="7D")
    named = [("solar panels", counts(random, 240, 60.0)), ("heat pump", counts(random, 240, 2.0))]
    small = named[1][1] == 0
    named[1][1][small] = ANY
    rows = ["Category: All categories", "", "Week,solar panels: (United States),heat pump: (United States)"]
    texts = ["<1" if gone else f"{value:.0f}" for gone, value in zip(small, named[1][1], strict=True)]
    rows += table([f"{time:%Y-%m-%d}" for time in times], [cells(named[0][1], 0), texts])
    return Case("multiTimeline.csv", lines(rows), (columns(named, times, "W"),))


def analytics_overview(random: Random) -> Case:
    """Google Analytics' overview: ruled comment lines with the span, days as 3/20/22, thousands in quotes, the total last."""
    times = pd.date_range("2022-03-20", periods=92, freq="D")
    visits = counts(random, 92, 1400.0)
    rows = ["# ----------------------------------------", "# All Web Site Data", "# Audience Overview", "# 20220320-20220619"]
    rows += ["# ----------------------------------------", "", "Day Index,Sessions"]
    for time, value in zip(times, visits, strict=True):
        text = f"{value:,.0f}"
        rows.append(f"{slashed(time, short=True)}," + (f'"{text}"' if "," in text else text))
    rows.append(f',"{visits.sum():,.0f}"')
    name = "Analytics All Web Site Data Audience Overview 20220320-20220619.csv"
    return Case(name, lines(rows), ((series("Sessions", times, visits, "D"),),))


def stripe_payouts(random: Random) -> Case:
    """Stripe's balance history: newest first, the charge and the day it is paid out both dated, empty columns of fees."""
    created = pd.Timestamp("2023-03-01 07:00") + pd.to_timedelta(random.integers(9, 900, 150).cumsum(), unit="min")
    amount = walk(random, 150, 80.0, 3.0, 2)
    fee = (amount * 0.029 + 0.3).round(2)
    named = [("Amount", amount), ("Fee", fee), ("Net", (amount - fee).round(2))]
    rows = ["id,Type,Source,Amount,Fee,Destination Platform Fee,Net,Currency,Created (UTC),Available On (UTC),Description"]
    for row in range(149, -1, -1):
        time = created[row]
        paid = (time + pd.Timedelta(days=3)).normalize()
        numbers = f"{amount[row]:.2f},{fee[row]:.2f},,{named[2][1][row]:.2f}"
        rows.append(
            f"txn_3Mx{row:05d},charge,ch_3Mx{row:05d},{numbers},usd,{time:%Y-%m-%d %H:%M},{paid:%Y-%m-%d %H:%M},Order {row}"
        )
    return Case("balance_history.csv", lines(rows), (columns(named, created, "irregular"),))


def lloyds_statement(random: Random) -> Case:
    """A British bank's statement: newest first, day first, debits and credits in two columns, an apostrophe, a last comma."""
    times = pd.Timestamp("2023-01-03") + pd.to_timedelta(random.integers(1, 5, 90).cumsum(), unit="D")
    paid = random.random(90) < 0.3
    amount = walk(random, 90, 60.0, 15.0, 2)
    balance = (2500 + np.cumsum(np.where(paid, amount, -amount / 3))).round(2)
    debit, credit = np.where(paid, np.nan, (amount / 3).round(2)), np.where(paid, amount, np.nan)
    rows = [
        "Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,Debit Amount,Credit Amount,Balance,"
    ]
    for row in range(89, -1, -1):
        numbers = f"{printed(debit[row], 2)},{printed(credit[row], 2)},{balance[row]:.2f}"
        kind = "FPI" if paid[row] else "DEB"
        rows.append(f"{times[row]:%d/%m/%Y},{kind},'30-00-01,12345678,SHOP {row},{numbers},")
    reading = tuple(
        series(name, times, values, ("irregular", "D"))
        + series(name, times[~np.isnan(values)], values[~np.isnan(values)], "irregular")
        for name, values in (("Debit Amount", debit), ("Credit Amount", credit), ("Balance", balance))
    )
    return Case("12345678_20230901_0930.csv", lines(rows, end="\r\n"), (reading,), optional=("Account Number",))


def rossmann_stores(random: Random) -> Case:
    """Kaggle's Rossmann sales: newest first, stores by number, day of the week and flags as numbers, holidays in quotes."""
    times = pd.date_range("2015-03-01", periods=150, freq="D")
    opened = times.dayofweek.to_numpy() < 6
    rows = ['"Store","DayOfWeek","Date","Sales","Customers","Open","Promo","StateHoliday","SchoolHoliday"']
    stores = {store: [counts(random, 150, level) * opened for level in (5200.0, 560.0)] for store in (1, 2, 3)}
    for row in range(149, -1, -1):
        time, open_now = times[row], int(opened[row])
        for store, (sales, people) in stores.items():
            text = f"{time.dayofweek + 1},{time:%Y-%m-%d},{sales[row]:.0f},{people[row]:.0f},{open_now}"
            rows.append(f'{store},{text},{int(time.day < 15)},"0","{int(time.month == 4)}"')
    named = [
        (f"{name} {store}", values[number])
        for store, values in stores.items()
        for number, name in enumerate(("Sales", "Customers"))
    ]
    optional = ("DayOfWeek", "Open", "Promo", "StateHoliday", "SchoolHoliday")
    return Case("train.csv", lines(rows), (columns(named, times, "D"),), optional=optional)


def m5_sales(random: Random) -> Case:
    """Kaggle's M5 sales: an item of a shop a row under six names, the days across only numbered d_1, d_2, ..."""
    keys = [("HOBBIES_1_001", "HOBBIES"), ("HOUSEHOLD_2_017", "HOUSEHOLD"), ("FOODS_3_090", "FOODS")]
    rows = ["id,item_id,dept_id,cat_id,store_id,state_id," + ",".join(f"d_{day}" for day in range(1, 151))]
    named = []
    for item, category in keys:
        values = counts(random, 150, 2.2)
        named.append((item, values))
        rows.append(f"{item}_CA_1_validation,{item},{item[:-4]},{category},CA_1,CA," + ",".join(cells(values, 0)))
    return Case("sales_train_validation.csv", lines(rows), (columns(named, pd.RangeIndex(150), (None, "D")),))


def wikipedia_traffic(random: Random) -> Case:
    """Kaggle's web traffic: a page a row, its name with commas and underscores, days across, blanks before it began."""
    times = pd.date_range("2015-07-01", periods=200, freq="D")
    pages = ["2NE1_zh.wikipedia.org_all-access_spider", "Paris,_Texas_en.wikipedia.org_desktop_all-agents"]
    pages += ["Hauptseite_de.wikipedia.org_mobile-web_all-agents", "Tour_de_France_2015_fr.wikipedia.org_all-access_spider"]
    named = [(page, counts(random, 200, 25.0 * (number + 1))) for number, page in enumerate(pages)]
    named[1][1][:70] = np.nan
    rows = ["Page," + ",".join(f"{time:%Y-%m-%d}" for time in times)]
    rows += [(f'"{page}",' if "," in page else f"{page},") + ",".join(cells(values, 1)) for page, values in named]
    return Case("train_1.csv", lines(rows), (columns(named, times, "D", trim=True),))


def airline_passengers(random: Random) -> Case:
    """Bureau of Transportation Statistics: year and month as numbers, the word TOTAL as the month of every year's sum."""
    times = months("2002-10", 207)
    home, abroad = season(random, 207, 12, 5e7, 7e6, 0), season(random, 207, 12, 1e7, 2e6, 0)
    named = [("DOMESTIC", home), ("INTERNATIONAL", abroad), ("TOTAL", home + abroad)]
    rows = ["Year,Month,DOMESTIC,INTERNATIONAL,TOTAL"]
    for year in range(2002, 2020):
        inside = times.year == year
        for row in np.flatnonzero(inside):
            rows.append(f"{year},{times[row].month}," + ",".join(f"{values[row]:.0f}" for _, values in named))
        rows.append(f"{year},TOTAL," + ",".join(f"{values[inside].sum():.0f}" for _, values in named))
    return Case("Passengers_All_Carriers_All_Airports.csv", lines(rows), (columns(named, times, "MS"),))


def zillow_homes(random: Random) -> Case:
    """Zillow's home values: a region a row with numbers of its own, month ends across, blanks before the first value."""
    times = months("2010-01", 160)
    rows = [
        "RegionID,SizeRank,RegionName,RegionType,StateName," + ",".join(f"{t + pd.offsets.MonthEnd(0):%Y-%m-%d}" for t in times)
    ]
    named = []
    regions = [("102001,0,United States,country,", "United States"), ('394913,1,"New York, NY",msa,NY', "New York, NY")]
    for rank, (head, name) in enumerate([*regions, ('394514,8,"Washington, DC",msa,VA', "Washington, DC")]):
        values = walk(random, 160, 250000.0, 1500.0, 6)
        values[: 25 * rank] = np.nan
        named.append((name, values))
        rows.append(f"{head}," + ",".join(cells(values, 6)))
    return Case("Metro_zhvi_uc_sfrcondo_tier_0.33_0.67_sm_sa_month.csv", lines(rows), (month_dates(times, named, trim=True),))


def sap_list(random: Random) -> Case:
    """SAP's list saved as text: rules and bars, the date and page above, points for thousands, the minus sign behind, a total."""
    times = pd.bdate_range("2023-01-02", periods=130)
    amount, number = walk(random, 130, 0.0, 900.0, 2), counts(random, 130, 1200.0)
    rule = "-" * 58
    rows = ["23.01.2024" + "Dynamic List Display".center(40) + "       1", rule]
    rows += ["|Pstng Date|Type|  Amount in local cur.|      Quantity|Un.|", rule]
    for time, value, pieces in zip(times, amount, number, strict=True):
        text = grouped(abs(value), 2, ".", ",") + ("-" if value < 0 else " ")
        rows.append(f"|{time:%d.%m.%Y}|RV  |{text:>22}|{grouped(pieces, 0, '.'):>13} |PC |")
    total = grouped(abs(amount.sum()), 2, ".", ",") + ("-" if amount.sum() < 0 else " ")
    rows += [rule, f"|*         |    |{total:>22}|{grouped(number.sum(), 0, '.'):>13} |PC |", rule]
    named = [("Amount in local cur.", amount), ("Quantity", number)]
    return Case("FBL5N.txt", lines(rows, end="\r\n", encoding="cp1252"), (columns(named, times, ("B", "D")),))


def tableau_data(random: Random) -> Case:
    """Tableau's download of a view: UTF-16 and tabs in a .csv, categories below one another, months in words, dollars."""
    times = months("2019-01", 48)
    named = [(name, walk(random, 48, level, level / 12, 0)) for name, level in (("Furniture", 9000.0), ("Technology", 15000.0))]
    rows = ["Category\tMonth of Order Date\tSales"]
    for name, values in named:
        rows += [f"{name}\t{time:%B %Y}\t${value:,.0f}" for time, value in zip(times, values, strict=True)]
    return Case("Sheet 1_data.csv", b"\xff\xfe" + lines(rows, end="\r\n", encoding="utf-16-le"), (columns(named, times, "MS"),))


def salesforce_report(random: Random) -> Case:
    """A Salesforce report: everything in quotes, months in words, grand totals, then who made it and whose secret it is."""
    times = months("2020-01", 45)
    amount, number = walk(random, 45, 120000.0, 9000.0, 2), counts(random, 45, 14.0)
    rows = [quoted(["Close Month", "Sum of Amount", "Record Count"])]
    rows += table([f'"{t:%B %Y}"' for t in times], [[f'"{v:,.2f}"' for v in amount], [f'"{v:.0f}"' for v in number]])
    rows += [quoted(["Grand Totals", f"{amount.sum():,.2f}", f"{number.sum():.0f}"]), "", "", '"Closed Won by Month"']
    rows += [
        '"Copyright (c) 2000-2024 salesforce.com, inc. All rights reserved."',
        '"Confidential Information - Do Not Distribute"',
    ]
    rows += ['"Generated By:  Jane Roe  1/23/2024 10:12 AM"', '"Acme Limited"']
    named = [("Sum of Amount", amount), ("Record Count", number)]
    return Case("report1706004720123.csv", lines(rows, encoding="latin-1"), (columns(named, times, "MS"),))


def meter_readings(random: Random) -> Case:
    """A household's meter readings about once a month: every date is sound, and in order, with either part first."""
    pairs = [(month + 1, month, year) for year in (2022, 2023) for month in range(1, 12)]
    reading = np.cumsum(counts(random, 22, 110.0)) + 4000
    rows = ["Date,Gas meter (m3)", *(f"{a:02d}/{b:02d}/{y},{v:.0f}" for (a, b, y), v in zip(pairs, reading, strict=True))]
    rhythm = ("irregular", "MS", "ME")
    day_first = pd.DatetimeIndex([pd.Timestamp(y, b, a) for a, b, y in pairs])
    month_first = pd.DatetimeIndex([pd.Timestamp(y, a, b) for a, b, y in pairs])
    readings = tuple((series("Gas meter", times, reading, rhythm),) for times in (day_first, month_first))
    return Case("meter.csv", lines(rows), readings, wanted="ask")


def rate_limit_answer(random: Random) -> Case:
    """Alpha Vantage's note on the limit of requests, saved by a script under the name of the prices it asked for."""
    limit = int(random.integers(20, 30))
    note = f"Thank you for using Alpha Vantage! Our standard API rate limit is {limit} requests per day."
    content = json.dumps({"Information": f"{note} Please subscribe to any of the premium plans."}, indent=4).encode()
    return Case("daily_IBM.csv", content, wanted="refuse")


def lfs_pointer(random: Random) -> Case:
    """The pointer that Git LFS leaves in a clone where the data were never fetched."""
    rows = ["version https://git-lfs.github.com/spec/v1", f"oid sha256:{random.bytes(32).hex()}", "size 38057383"]
    return Case("sales_2015_2023.csv", lines(rows), wanted="refuse")
