"""Fresh imitations: statistics offices, central banks and markets. Every public function is a layout."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import ANY, Case, lines, series
from scripts.evaluation.ingestion.synthetic import counts, grouped, holes, months, printed, walk

Random = np.random.Generator


def _comma(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace(".", ",")


def ine_spain(random: Random) -> Case:
    """Groups in words, months as 2023M12, newest first, decimal commas, ".." for missing."""
    times = months("2017-01", 84)
    rows, reading = ["Comunidades y Ciudades Autónomas;Índices;Periodo;Total"], []
    for name in ("01 Andalucía", "02 Aragón", "16 País Vasco"):
        values = walk(random, 84, 96.0, 0.5, 3)
        values[5] = np.nan
        for t, v in zip(times[::-1], values[::-1], strict=True):
            rows.append(f"{name};Índice general;{t:%Y}M{t:%m};{'..' if np.isnan(v) else _comma(v, 3)}")
        reading.append(series((name, name[3:]), times, values, "MS"))
    return Case("50913.csv", lines(rows), (tuple(reading),))


def cbs_kwartaal(random: Random) -> Case:
    """Quarters as "2015 1e kwartaal", the last ones with a star for provisional; quoted, semicolons, decimal commas."""
    times = pd.date_range("2012-01-01", periods=48, freq="QS")
    turnover, volume = walk(random, 48, 104.0, 1.0, 1), walk(random, 48, 99.0, 1.0, 1)
    rows = ['"Perioden";"Omzet (2015=100)";"Volume (2015=100)"']
    for row, t in enumerate(times):
        label = f"{t.year} {t.quarter}e kwartaal{'*' if row > 43 else ''}"
        rows.append(f'"{label}";"{_comma(turnover[row], 1)}";"{_comma(volume[row], 1)}"')
    rows.append('"Bron: CBS"')
    return Case(
        "Detailhandel.csv", lines(rows), ((series("Omzet", times, turnover, "QS"), series("Volume", times, volume, "QS")),)
    )


def px_file(random: Random) -> Case:
    """The PC-Axis format of many offices: keywords, names of months, a block of numbers by region; ".." for missing."""
    times = months("2015-01", 60)
    labels = ",".join(f'"{t:%Y}M{t:%m}"' for t in times)
    head = ['CHARSET="ANSI";', 'AXIS-VERSION="2013";', 'TITLE="Overnight stays by region and month";', 'UNITS="number";']
    head += ['STUB="region";', 'HEADING="month";', 'VALUES("region")="North","South";', f'VALUES("month")={labels};']
    rows, reading = [*head, "DECIMALS=0;", "DATA="], []
    for name in ("North", "South"):
        values = holes(random, counts(random, 60, 3400.0), 1)
        rows.append(" ".join(printed(v, 0, '".."') for v in values) + " ")
        reading.append(series(name, times, values, "MS"))
    return Case("stays.px", lines([*rows, ";"], end="\r\n", encoding="latin-1"), (tuple(reading),))


def stats_nz(random: Random) -> Case:
    """A reference, months as 2003.10, a value, empty cells where suppressed, a status letter, units and five titles."""
    times = months("2006-01", 72)
    rows = ["Series_reference,Period,Data_value,Suppressed,STATUS,UNITS,Magnitude,Subject,Group,Series_title_1,Series_title_2"]
    reading = []
    for code, name in (("ECTM.S1GA1", "Consumables"), ("ECTM.S1GA2", "Durables")):
        values = holes(random, walk(random, 72, 1210.0, 20.0, 1), 2)
        for t, v in zip(times, values, strict=True):
            rows.append(
                f"{code},{t:%Y.%m},{printed(v, 1)},{'Y' if np.isnan(v) else ''},F,Dollars,6,Cards,RTS total,{name},Actual"
            )
        reading.append(series((name, code), times, values, "MS"))
    return Case("electronic-card-transactions.csv", lines(rows), (tuple(reading),), optional=("Magnitude",))


def kosis_across(random: Random) -> Case:
    """Provinces in Korean down, months as "2019.01 월" across, cp949, quoted, "-" for nothing."""
    times = months("2019-01", 36)
    rows, reading = [",".join(['"시도별"', '"항목"', '"단위"', *(f'"{t:%Y.%m} 월"' for t in times)])], []
    for name in ("서울특별시", "부산광역시", "제주도"):
        values = counts(random, 36, 5200.0)
        values[10] = np.nan
        rows.append(",".join([f'"{name}"', '"출생아수"', '"명"', *(f'"{printed(v, 0, "-")}"' for v in values)]))
        reading.append(series(name, times, values, "MS"))
    return Case("101_DT_1B8.csv", lines(rows, encoding="cp949"), (tuple(reading),))


def nbs_china(random: Random) -> Case:
    """Two title lines, indicators down, months as 2020年12月 newest first across, a note and a source below, gb18030."""
    times = months("2019-01", 24)
    rows = ["数据库：月度数据", "时间：最近24个月", ",".join(["指标", *(f"{t.year}年{t.month}月" for t in times[::-1])])]
    reading = []
    for name, level in (("居民消费价格指数(上年同月=100)", 102.0), ("食品烟酒类居民消费价格指数(上年同月=100)", 104.0)):
        values = walk(random, 24, level, 0.3, 1)
        rows.append(",".join([name, *(f"{v:.1f}" for v in values[::-1])]))
        reading.append(series(name.partition("(")[0], times, values, "MS"))
    rows += ["注：部分指标从2016年1月起按新方法计算。", "数据来源：国家统计局"]
    return Case("月度数据.csv", lines(rows, end="\r\n", encoding="gb18030"), (tuple(reading),))


def twse_minguo(random: Random) -> Case:
    """An exchange's month of days in the years of the Republic (109/01/02 is 2 January 2020), quoted, Big5, remarks below."""
    times = pd.bdate_range("2020-01-02", periods=45)
    volume, close = counts(random, 45, 33_282_120.0), walk(random, 45, 332.0, 3.0, 2)
    rows = ['"109年01月 2330 台積電 各日成交資訊"', '"日期","成交股數","收盤價","漲跌價差",']
    change = np.diff(close, prepend=close[0]).round(2)
    for t, a, b, c in zip(times, volume, close, change, strict=True):
        rows.append(f'"{t.year - 1911}/{t:%m/%d}","{a:,.0f}","{b:.2f}","{c:+.2f}",')
    rows += ['"說明:"', '"符號說明:+/-/X表示漲/跌/不比價"']
    reading = (
        series("成交股數", times, volume, "B"),
        series("收盤價", times, close, "B"),
        series("漲跌價差", times, change, "B"),
    )
    return Case("STOCK_DAY_2330.csv", lines(rows, end="\r\n", encoding="big5"), (reading,))


def evds_json(random: Random) -> Case:
    """A central bank's answer: items with months as "2020-1", values as text or null, a nested epoch beside."""
    times = months("2018-01", 50)
    values = holes(random, walk(random, 50, 330.0, 4.0, 2), 2)
    items = [
        {"Tarih": f"{t.year}-{t.month}", "TP_FG_J0": text or None, "UNIXTIME": {"$numberLong": str(int(t.timestamp()))}}
        for t, text in zip(times, (printed(v, 2) for v in values), strict=True)
    ]
    text = json.dumps({"totalCount": 50, "items": items})
    return Case("evds.json", text.encode(), ((series("TP_FG_J0", times, values, "MS"),),), optional=("UNIXTIME", "numberLong"))


def nbp_archive(random: Random) -> Case:
    """Days as 20200102, codes with their unit (100HUF), a second row of words, table numbers last, remarks below, cp1250."""
    times = pd.bdate_range("2020-01-02", periods=120)
    money = {
        "1USD": walk(random, 120, 3.8, 0.02, 4),
        "1EUR": walk(random, 120, 4.3, 0.02, 4),
        "100HUF": walk(random, 120, 1.29, 0.01, 4),
    }
    rows = [";".join(["data", *money, "nr tabeli", "pełny numer tabeli", ""]), ";dolar amerykański;euro;forint (Węgry);;;"]
    for row, t in enumerate(times):
        cells = [_comma(v[row], 4) for v in money.values()]
        rows.append(";".join([f"{t:%Y%m%d}", *cells, str(row + 1), f"{row + 1:03d}/A/NBP/2020", ""]))
    rows += [
        ";;;;;;",
        "kod ISO;USD;EUR;HUF;;;",
        "nazwa waluty;dolar amerykański;euro;forint (Węgry);;;",
        "liczba jednostek;1;1;100;;;",
    ]
    reading = tuple(series(name, times, values, "B") for name, values in money.items())
    return Case("archiwum_tab_a_2020.csv", lines(rows, encoding="cp1250"), (reading,), optional=("nr tabeli",))


def cnb_year(random: Random) -> Case:
    """Pipes, amounts before the codes, 02.01.2020, decimal commas; the header comes again in summer."""
    times = pd.bdate_range("2020-01-02", periods=200)
    money = {
        "1 AUD": walk(random, 200, 15.8, 0.05, 3),
        "1 EUR": walk(random, 200, 25.4, 0.05, 3),
        "100 JPY": walk(random, 200, 20.8, 0.1, 3),
    }
    header = "|".join(["Datum", *money])
    rows = [header]
    for row, t in enumerate(times):
        if row == 128:
            rows.append(header)
        rows.append("|".join([f"{t:%d.%m.%Y}", *(_comma(v[row], 3) for v in money.values())]))
    return Case("rok.txt", lines(rows), (tuple(series(name, times, values, "B") for name, values in money.items()),))


def fama_french(random: Random) -> Case:
    """Prose, an empty name over months as 192607, padded percents, -99.99, then the annual factors as a second table, prose."""
    times = months("1926-07", 150)
    names = ("Mkt-RF", "SMB", "HML", "RF")
    monthly = {name: random.normal(0.5, 3.0, 150).round(2) for name in names}
    monthly["HML"][4] = np.nan
    years = pd.date_range("1927-01-01", periods=11, freq="YS")
    annual = {name: random.normal(6.0, 15.0, 11).round(2) for name in names}
    rows = ["This file was created using the 202312 returns database.", "The 1-month rate data are from a vendor.", ""]
    rows.append(",Mkt-RF,SMB,HML,RF")
    rows += [f"{t:%Y%m}," + ",".join(f"{printed(monthly[k][r], 2, '-99.99'):>8}" for k in names) for r, t in enumerate(times)]
    rows += ["", " Annual Factors: January-December ", ",Mkt-RF,SMB,HML,RF"]
    rows += [f"  {t:%Y}," + ",".join(f"{annual[k][r]:8.2f}" for k in names) for r, t in enumerate(years)]
    rows += ["", "Copyright 2023"]
    by_month = tuple(series(name, times, monthly[name], "MS") for name in names)
    by_year = tuple(series(name, years, annual[name], "YS") for name in names)
    return Case("F-F_Research_Data_Factors.CSV", lines(rows, end="\r\n"), (by_month, (*by_month, *by_year)))


def cftc_positions(random: Random) -> Case:
    """Two forms of one day (200107 and 2020-01-07), padded whole numbers, a market in quotes, weekly, newest first."""
    times = pd.date_range("2020-01-07", periods=52, freq="W-TUE")
    columns = {"Open Interest (All)": counts(random, 52, 401_000.0), "Noncommercial Long": counts(random, 52, 121_000.0)}
    rows = [
        '"Market and Exchange Names","As of Date in Form YYMMDD","As of Date in Form YYYY-MM-DD","CFTC Code",'
        + ",".join(f'"{k}"' for k in columns)
    ]
    for row in range(51, -1, -1):
        t = times[row]
        cells = ",".join(f"{v[row]:12.0f}" for v in columns.values())
        rows.append(f'"WHEAT - BOARD OF TRADE",{t:%y%m%d},{t:%Y-%m-%d},001602 ,{cells}')
    reading = tuple(series(name.partition(" (")[0], times, values, "W-TUE") for name, values in columns.items())
    return Case("annual.txt", lines(rows), (reading,), optional=("CFTC Code", "As of Date in Form YYMMDD"))


def who_intervals(random: Random) -> Case:
    """Countries under each other, years newest first, a number with its bounds in columns and as "12.3 [10.1-14.5]"."""
    years = pd.date_range("2000-01-01", periods=20, freq="YS")
    rows, reading = (
        [
            "IndicatorCode,Indicator,ParentLocation,Location,Period,FactValueNumeric,FactValueNumericLow,FactValueNumericHigh,Value"
        ],
        [],
    )
    for name, level in (("Kenya", 42.0), ("Peru", 15.0)):
        middle = walk(random, 20, level, 0.6, 1)
        low, high = (middle - 2.1).round(1), (middle + 2.4).round(1)
        for r in range(19, -1, -1):
            cells = f"{middle[r]:.1f},{low[r]:.1f},{high[r]:.1f},{middle[r]:.1f} [{low[r]:.1f}-{high[r]:.1f}]"
            rows.append(f'MDG_07,"Deaths, per 1000 births",World,{name},{years[r].year},{cells}')
        for column, values in (("FactValueNumeric", middle), ("FactValueNumericLow", low), ("FactValueNumericHigh", high)):
            reading.append(series(f"{name} {column}", years, values, "YS"))
    return Case("data.csv", lines(rows), (tuple(reading),), optional=("Value",))


def mixed_quarter_labels(random: Random) -> Case:
    """Quarters typed by several people: Q1 2016, 2016Q2, 3Q16, 2016-Q4."""
    times = pd.date_range("2014-01-01", periods=40, freq="QS")
    forms = ("Q{q} {y}", "{y}Q{q}", "{q}Q{s}", "{y}-Q{q}")
    values = walk(random, 40, 610.0, 9.0, 1)
    labels = [forms[r % 4].format(q=t.quarter, y=t.year, s=f"{t.year % 100:02d}") for r, t in enumerate(times)]
    rows = ["Quarter,Bookings", *(f"{label},{v:.1f}" for label, v in zip(labels, values, strict=True))]
    return Case("bookings.csv", lines(rows), ((series("Bookings", times, values, "QS"),),))


def eastern_arabic_digits(random: Random) -> Case:
    """Days and values in Eastern Arabic digits with their own decimal mark, names in Arabic, semicolons."""
    times = pd.date_range("2021-01-01", periods=60, freq="D")
    values = walk(random, 60, 31.0, 0.6, 1)
    digits = str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫")
    rows = ["التاريخ;درجة الحرارة", *(f"{t:%Y-%m-%d};{v:.1f}".translate(digits) for t, v in zip(times, values, strict=True))]
    return Case("readings.csv", lines(rows), ((series("درجة الحرارة", times, values, "D"),),))


def yfinance_levels(random: Random) -> Case:
    """Three header rows: the price's kind, the ticker, and "Date" alone; then days."""
    times = pd.bdate_range("2023-03-01", periods=90)
    columns = {(kind, name): walk(random, 90, 150.0, 2.0, 6) for kind in ("Close", "Open") for name in ("AAPL", "MSFT")}
    rows = [
        ",".join(["Price", *(k for k, _ in columns)]),
        ",".join(["Ticker", *(n for _, n in columns)]),
        "Date" + "," * len(columns),
    ]
    rows += [f"{t:%Y-%m-%d}," + ",".join(f"{v[r]:.6f}" for v in columns.values()) for r, t in enumerate(times)]
    return Case("prices.csv", lines(rows), (tuple(series(f"{k} {n}", times, v, "B") for (k, n), v in columns.items()),))


def broker_quarters(random: Random) -> Case:
    """An analyst's table: lines down, "1Q18A" to "4Q20E" across, negative ones in parentheses, percent lines, x for multiples."""
    times = pd.date_range("2016-01-01", periods=20, freq="QS")
    revenue, profit, margin = walk(random, 20, 1240.0, 30.0, 0), random.normal(0, 90, 20).round(0), walk(random, 20, 31.0, 0.5, 1)
    labels = [f"{t.quarter}Q{t.year % 100:02d}{'A' if r < 16 else 'E'}" for r, t in enumerate(times)]
    signed = [f"({abs(v):.0f})" if v < 0 else f"{v:.0f}" for v in profit]
    rows = ["EUR m;" + ";".join(labels), "Revenue;" + ";".join(grouped(v, 0, ",") for v in revenue)]
    rows += ["Net profit;" + ";".join(signed), "Gross margin;" + ";".join(f"{v:.1f}%" for v in margin)]
    fixed = series("Revenue", times, revenue, "QS"), series("Net profit", times, profit, "QS")
    share, points = series("Gross margin", times, margin / 100, "QS"), series("Gross margin", times, margin, "QS")
    return Case("model.csv", lines(rows), ((*fixed, points), (*fixed, share)))


def uk_air_24(random: Random) -> Case:
    """Four lines before the names, "24:00" in its own column, a status and unit after each value, "No data"."""
    times = pd.date_range("2021-06-01 01:00", periods=192, freq="h")
    ozone, dioxide = walk(random, 192, 60.0, 2.0, 3), holes(random, walk(random, 192, 22.0, 1.0, 3), 4)
    rows = ["Data supplied by UK-AIR on 1/3/2022", "All Data GMT hour ending", "Status: V = Verified; U = Unverified", ""]
    rows += [",,Marylebone,,,", "Date,time,Ozone,status,Nitrogen dioxide,status"]
    for t, a, b in zip(times, ozone, dioxide, strict=True):
        day, clock = (t - pd.Timedelta(days=1), "24:00") if t.hour == 0 else (t, f"{t:%H:%M}")
        second = "No data," if np.isnan(b) else f"{b:.3f},V ugm-3"
        rows.append(f"{day:%d-%m-%Y},{clock},{a:.3f},V ugm-3,{second}")
    reading = series("Ozone", times, ozone, "h"), series("Nitrogen dioxide", times, dioxide, "h")
    return Case("MY1_2021.csv", lines(rows), (reading,))


def thai_years(random: Random) -> Case:
    """Months in Thai with years of the Buddhist era: "ม.ค. 2560" is January 2017."""
    times = months("2017-01", 48)
    names = ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."]
    values = counts(random, 48, 3_100_000.0)
    rows = ["เดือน,นักท่องเที่ยว"]
    rows += [f'{names[t.month - 1]} {t.year + 543},"{v:,.0f}"' for t, v in zip(times, values, strict=True)]
    return Case("tourists.csv", lines(rows, encoding="utf-8-sig"), ((series("นักท่องเที่ยว", times, values, "MS"),),))


def weeks_with_daggers(random: Random) -> Case:
    """A health office: weeks as "1/2021", counts of few people as "<5", small print behind daggers."""
    times = pd.date_range("2021-01-04", periods=52, freq="W-MON")
    cases, beds = counts(random, 52, 40.0), counts(random, 52, 310.0)
    shown = [f"{v:.0f}" for v in cases]
    for row in (9, 30):
        shown[row], cases[row] = "<5", ANY
    rows = ["Week;Cases;Occupied beds"]
    rows += [f"{r + 1}/2021;{shown[r]};{beds[r]:.0f}{'†' if r > 48 else ''}" for r in range(52)]
    rows.append("† provisional")
    reading = tuple(series(n, times, v, "W", tolerance="6D") for n, v in (("Cases", cases), ("Occupied beds", beds)))
    return Case("weekly.csv", lines(rows), (reading,))
