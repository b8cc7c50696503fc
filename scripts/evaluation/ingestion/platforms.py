"""Fresh imitations: clouds, shops, sport, markets and spreadsheets. Every public function is a layout."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import Case, lines, series
from scripts.evaluation.ingestion.synthetic import counts, grouped, months, season, walk

Random = np.random.Generator


def stripe_balance(random: Random) -> Case:
    """Payments, newest first: identifiers, amounts, a currency, when made and when available, both without a zone."""
    times = pd.Timestamp("2023-01-02 09:00") + pd.to_timedelta(np.cumsum(random.integers(20, 900, 80)), unit="min")
    gross = random.gamma(4, 20, 80).round(2)
    fee = (gross * 0.029 + 0.3).round(2)
    net = (gross - fee).round(2)
    rows = ["id,Type,Source,Amount,Fee,Net,Currency,Created (UTC),Available On (UTC),Description"]
    for r in range(79, -1, -1):
        paid = f"{times[r]:%Y-%m-%d %H:%M},{times[r].normalize() + pd.Timedelta(days=2):%Y-%m-%d %H:%M}"
        rows.append(f'txn_{r:05d}x,charge,ch_{r:05d}x,{gross[r]:.2f},{fee[r]:.2f},{net[r]:.2f},usd,{paid},"Order {r + 100}, web"')
    reading = tuple(series(n, times, v, "irregular") for n, v in (("Amount", gross), ("Fee", fee), ("Net", net)))
    return Case("balance_history.csv", lines(rows), (reading,))


def paypal_activity(random: Random) -> Case:
    """A mark, quoted, day first with a decisive row, clock and zone in columns of their own, grouped amounts, a balance."""
    times = pd.Timestamp("2022-05-13 08:11:09") + pd.to_timedelta(np.cumsum(random.integers(900, 200_000, 60)), unit="s")
    gross = random.normal(300, 900, 60).round(2)
    balance = (5000 + np.cumsum(gross)).round(2)
    rows = ['"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Balance"']
    for t, a, b in zip(times, gross, balance, strict=True):
        rows.append(f'"{t:%d/%m/%Y}","{t:%H:%M:%S}","BST","Made Ltd","Payment","Completed","GBP","{a:,.2f}","{b:,.2f}"')
    reading = series("Gross", times, gross, "irregular"), series("Balance", times, balance, "irregular")
    return Case("Download.CSV", lines(rows, encoding="utf-8-sig"), (reading,))


def aws_cost_explorer(random: Random) -> Case:
    """Services across with "($)", a row of totals first under the names, then days; a total column last; empty for nothing."""
    times = pd.date_range("2023-04-01", periods=60, freq="D")
    columns = {"EC2-Instances": random.gamma(9, 3, 60).round(7), "S3": random.gamma(3, 1, 60).round(7)}
    total = (columns["EC2-Instances"] + columns["S3"]).round(7)
    rows = [",".join(['"Service"', *(f'"{name}($)"' for name in columns), '"Total costs($)"'])]
    rows.append(",".join(['"Service total"', *(f'"{v.sum():.7f}"' for v in columns.values()), f'"{total.sum():.7f}"']))
    rows += [
        ",".join([f'"{t:%Y-%m-%d}"', *(f'"{v[r]:.7f}"' for v in columns.values()), f'"{total[r]:.7f}"'])
        for r, t in enumerate(times)
    ]
    parts = tuple(series(name, times, values, "D") for name, values in columns.items())
    return Case("costs.csv", lines(rows), ((*parts, series("Total costs", times, total, "D")), parts))


def cloudwatch_statistics(random: Random) -> Case:
    """A metric's answer: a label and points in no order, each with a time, two statistics and a unit."""
    times = pd.date_range("2023-06-01", periods=72, freq="5min", tz="UTC")
    mean, peak = walk(random, 72, 41.0, 1.0, 3), walk(random, 72, 70.0, 1.0, 3)
    points = [
        {"Timestamp": f"{times[r]:%Y-%m-%dT%H:%M:%S}+00:00", "Average": mean[r], "Maximum": peak[r], "Unit": "Percent"}
        for r in random.permutation(72)
    ]
    document = {"Label": "CPUUtilization", "Datapoints": points}
    reading = series("Average", times, mean, "5min"), series("Maximum", times, peak, "5min")
    return Case("metric.json", json.dumps(document).encode(), (reading,))


def cloudwatch_results(random: Random) -> Case:
    """Several metrics' answers: each a label, a list of times newest first, a list of values of the same length."""
    times = pd.date_range("2023-06-01", periods=48, freq="h", tz="UTC")
    results, reading = [], []
    for number, label in enumerate(("Invocations", "Errors")):
        values = counts(random, 48, 300.0 / (1 + 20 * number))
        stamps = [f"{t:%Y-%m-%dT%H:%M:%SZ}" for t in times[::-1]]
        results.append(
            {"Id": f"m{number}", "Label": label, "Timestamps": stamps, "Values": values[::-1].tolist(), "StatusCode": "Complete"}
        )
        reading.append(series(label, times, values, "h"))
    return Case("data.json", json.dumps({"MetricDataResults": results, "Messages": []}).encode(), (tuple(reading),))


def opentsdb_query(random: Random) -> Case:
    """Series with a metric, tags and an object whose keys are epoch seconds."""
    times = pd.date_range("2013-01-01", periods=60, freq="min", tz="UTC")
    answer, reading = [], []
    for host in ("web01", "web02"):
        values = walk(random, 60, 41.0, 0.6, 3)
        points = {str(int(t.timestamp())): float(v) for t, v in zip(times, values, strict=True)}
        answer.append({"metric": "sys.cpu.nice", "tags": {"host": host, "dc": "lga"}, "aggregateTags": [], "dps": points})
        reading.append(series(host, times, values, "min"))
    return Case("query.json", json.dumps(answer).encode(), (tuple(reading),))


def search_aggregation(random: Random) -> Case:
    """A search engine's histogram: buckets with a time as text and in milliseconds, a count and nested values."""
    times = pd.date_range("2023-01-01", periods=70, freq="D", tz="UTC")
    number, load = counts(random, 70, 812.0), walk(random, 70, 1.4, 0.05, 4)
    buckets = [
        {
            "key_as_string": f"{t:%Y-%m-%d}T00:00:00.000Z",
            "key": int(t.timestamp() * 1000),
            "doc_count": int(a),
            "avg_load": {"value": float(b)},
        }
        for t, a, b in zip(times, number, load, strict=True)
    ]
    document = {
        "took": 11,
        "timed_out": False,
        "hits": {"total": {"value": 10000, "relation": "gte"}, "hits": []},
        "aggregations": {"per_day": {"buckets": buckets}},
    }
    reading = series("doc_count", times, number, "D"), series("avg_load", times, load, "D")
    return Case("response.json", json.dumps(document).encode(), (reading,))


def jira_issues(random: Random) -> Case:
    """Tickets: words with commas and semicolons in quotes, 12/Jan/21 9:14 AM, a second time often empty, points now and then."""
    times = pd.Timestamp("2021-01-04 09:14") + pd.to_timedelta(np.cumsum(random.integers(30, 4000, 70)), unit="min")
    points = random.choice([1.0, 2.0, 3.0, 5.0, 8.0], 70)
    points[random.choice(np.arange(3, 67), 9, replace=False)] = np.nan
    rows = ["Summary,Issue key,Issue Type,Status,Created,Resolved,Custom field (Story Points)"]
    for r, t in enumerate(times):
        closed = "" if r % 4 == 1 else f"{t + pd.Timedelta(hours=30):%d/%b/%y} 4:05 PM"
        hour = f"{t.hour % 12 or 12}:{t:%M %p}"
        rows.append(
            f'"Fix the ""reader"", again; part {r}",TID-{r + 1},Bug,Done,'
            f"{t:%d/%b/%y} {hour},{closed},{'' if np.isnan(points[r]) else points[r]}"
        )
    return Case("Jira.csv", lines(rows), ((series("Story Points", times, points, "irregular"),),))


def strava_activities(random: Random) -> Case:
    """Rides: "Jan 5, 2021, 6:12:33 AM" in quotes, seconds and kilometres, the names of two columns twice."""
    times = pd.Timestamp("2021-01-05 06:12:33") + pd.to_timedelta(np.cumsum(random.integers(20_000, 400_000, 60)), unit="s")
    elapsed, distance, climb = counts(random, 60, 3600.0), random.gamma(9, 3, 60).round(2), counts(random, 60, 240.0)
    rows = [
        "Activity ID,Activity Date,Activity Name,Activity Type,Elapsed Time,Distance,Commute,Elapsed Time,Distance,Elevation Gain"
    ]
    for r, t in enumerate(times):
        when = f"{t:%b} {t.day}, {t.year}, {t.hour % 12 or 12}:{t:%M:%S %p}"
        rows.append(
            f'{4_500_000_000 + r * 7919},"{when}",Morning Ride,Ride,'
            f"{elapsed[r]:.0f},{distance[r]:.2f},false,{elapsed[r]:.1f},{distance[r] * 1000:.1f},{climb[r]:.1f}"
        )
    metres = (distance * 1000).round(1)
    named = (("Elapsed Time", elapsed), ("Distance", distance), ("Distance", metres), ("Elevation Gain", climb))
    once = tuple(series(name, times, values, "irregular") for name, values in named)
    twice = (*once, series("Elapsed Time", times, elapsed, "irregular"))
    return Case("activities.csv", lines(rows), (twice, once), optional=("Activity ID", "Commute"))


def call_centre_durations(random: Random) -> Case:
    """Days with counts and mean durations as 00:05:23."""
    times = pd.date_range("2022-02-01", periods=60, freq="D")
    calls, seconds = counts(random, 60, 230.0), counts(random, 60, 330.0)
    rows = ["date,calls,avg_handle_time"]
    rows += [
        f"{t:%Y-%m-%d},{a:.0f},{int(b) // 3600:02d}:{int(b) // 60 % 60:02d}:{int(b) % 60:02d}"
        for t, a, b in zip(times, calls, seconds, strict=True)
    ]
    first = series("calls", times, calls, "D")
    readings = tuple((first, series("avg_handle_time", times, seconds / unit, "D")) for unit in (1.0, 60.0, 3600.0, 86_400.0))
    return Case("queue.csv", lines(rows), readings)


def octopus_energy(random: Random) -> Case:
    """Names with blanks after the commas, use first, then start and end with their offset, half hours."""
    times = pd.date_range("2021-01-10", periods=144, freq="30min", tz="UTC")
    values = random.gamma(2, 0.1, 144).round(3)
    rows = ["Consumption (kWh), Start, End"]
    rows += [
        f"{v:.3f}, {t:%Y-%m-%dT%H:%M:%S}+00:00, {t + pd.Timedelta(minutes=30):%Y-%m-%dT%H:%M:%S}+00:00"
        for t, v in zip(times, values, strict=True)
    ]
    at_end = series("Consumption", times + pd.Timedelta(minutes=30), values, "30min")
    return Case("consumption.csv", lines(rows), ((series("Consumption", times, values, "30min"),), (at_end,)))


def ercot_hour_ending(random: Random) -> Case:
    """Month first with a decisive row, hours ending "01:00" to "24:00" beside, places under each other, a flag."""
    times = pd.date_range("2021-01-10", periods=120, freq="h")
    rows, names = (
        ['"Delivery Date","Hour Ending","Settlement Point","Settlement Point Price","Repeated Hour Flag"'],
        ("HB_NORTH", "LZ_WEST"),
    )
    prices = {name: random.normal(28, 14, 120).round(2) for name in names}
    for r, t in enumerate(times):
        rows += [f'"{t:%m/%d/%Y}","{t.hour + 1:02d}:00","{name}",{prices[name][r]:.2f},N' for name in names]
    early = tuple(series(name, times, prices[name], "h") for name in names)
    late = tuple(series(name, times + pd.Timedelta(hours=1), prices[name], "h") for name in names)
    return Case("DAM.csv", lines(rows), (late, early))


def sap_result_rows(random: Random) -> Case:
    """A query's result: plants with their months 01.2019, a unit behind each quantity, "Result" after each, "Overall Result"."""
    times = months("2019-01", 36)
    rows, reading, total = ["Plant;Cal. year/month;Quantity;Amount"], [], 0.0
    for name in ("1000 Hamburg", "2000 Wien"):
        quantity, amount = counts(random, 36, 4200.0), walk(random, 36, 81_000.0, 900.0, 2)
        for r, t in enumerate(times):
            rows.append(f"{name};{t:%m.%Y};{grouped(quantity[r], 3, '.', ',')} ST;{grouped(amount[r], 2, '.', ',')} EUR")
        rows.append(f"{name};Result;{grouped(quantity.sum(), 3, '.', ',')} ST;{grouped(amount.sum(), 2, '.', ',')} EUR")
        total += amount.sum()
        reading += [series(f"{name} Quantity", times, quantity, "MS"), series(f"{name} Amount", times, amount, "MS")]
    rows.append(f"Overall Result;;;{grouped(total, 2, '.', ',')} EUR")
    return Case("query.csv", lines(rows, end="\r\n", encoding="utf-8-sig"), (tuple(reading),))


def mta_turnstiles(random: Random) -> Case:
    """Two gates of one station: many keys, 12/26/2020 and 03:00:00 in two columns, counters, a last name padded by blanks."""
    times = pd.date_range("2020-12-26 03:00", periods=60, freq="4h")
    rows, reading = ["C/A,UNIT,SCP,STATION,LINENAME,DIVISION,DATE,TIME,DESC,ENTRIES,EXITS               "], []
    for gate in ("02-00-00", "02-00-03"):
        entries, exits = 7_511_653 + np.cumsum(counts(random, 60, 90.0)), 2_558_000 + np.cumsum(counts(random, 60, 40.0))
        rows += [
            f"A002,R051,{gate},59 ST,NQR456W,BMT,{t:%m/%d/%Y,%H:%M:%S},REGULAR,{a:010.0f},{b:010.0f}   "
            for t, a, b in zip(times, entries, exits, strict=True)
        ]
        reading += [series(f"{gate} ENTRIES", times, entries, "4h"), series(f"{gate} EXITS", times, exits, "4h")]
    return Case("turnstile_210102.txt", lines(rows), (tuple(reading),))


def bts_airlines(random: Random) -> Case:
    """Year and month last, measures first, quoted carriers under each other, a comma at the end of every row."""
    times = months("2016-01", 48)
    rows, reading = ['"PASSENGERS","FREIGHT","UNIQUE_CARRIER","YEAR","MONTH",'], []
    people = {name: counts(random, 48, 61_000.0) for name in ("DL", "WN")}
    freight = {name: counts(random, 48, 8_100.0) for name in ("DL", "WN")}
    for r, t in enumerate(times):
        rows += [f'{people[name][r]:.2f},{freight[name][r]:.2f},"{name}",{t.year},{t.month},' for name in people]
    for name in people:
        reading += [
            series(f"{name} PASSENGERS", times, people[name], "MS"),
            series(f"{name} FREIGHT", times, freight[name], "MS"),
        ]
    return Case("T_T100D_MARKET.csv", lines(rows), (tuple(reading),))


def coin_history(random: Random) -> Case:
    """Semicolons, quoted: the day's opening, closing, highest and lowest moment, newest first, one page's last row twice."""
    times = pd.date_range("2021-01-01", periods=100, freq="D", tz="UTC")
    columns = {
        "open": walk(random, 100, 730.0, 20.0, 8),
        "close": walk(random, 100, 735.0, 20.0, 8),
        "volume": walk(random, 100, 2.1e10, 1e9, 2),
    }
    rows = ['"timeOpen";"timeClose";"timeHigh";"timeLow";"name";' + ";".join(f'"{name}"' for name in columns)]
    for r in range(99, -1, -1):
        spread = [times[r] + pd.Timedelta(minutes=int(m)) for m in random.integers(1, 1430, 2)]
        marks = [
            f'"{times[r]:%Y-%m-%d}T00:00:00.000Z"',
            f'"{times[r]:%Y-%m-%d}T23:59:59.999Z"',
            *(f'"{t:%Y-%m-%dT%H:%M:%S}.000Z"' for t in spread),
        ]
        row = ";".join([*marks, '"2781"', *(f"{v[r]:.8f}" for v in columns.values())])
        rows += [row] * (2 if r == 50 else 1)
    closing = times + pd.Timedelta("23:59:59.999")
    readings = tuple(tuple(series(n, t, v, "D") for n, v in columns.items()) for t in (times, closing))
    return Case("Ethereum.csv", lines(rows), readings, optional=("name",))


def store_items(random: Random) -> Case:
    """A contest's training rows: day, shop and article as numbers, sales."""
    times = pd.date_range("2016-01-01", periods=60, freq="D")
    rows, reading = ["date,store,item,sales"], []
    for item in (1, 7):
        for store in (2, 5):
            values = counts(random, 60, 20.0 + 5 * item)
            rows += [f"{t:%Y-%m-%d},{store},{item},{v:.0f}" for t, v in zip(times, values, strict=True)]
            reading.append(series(f"{store} {item}", times, values, "D"))
    return Case("train.csv", lines(rows), (tuple(reading),))


def board_currencies(random: Random) -> Case:
    """A unit and currency in every name, thousands grouped by apostrophes, minus as a typographic one, semicolons in quotes."""
    times = pd.date_range("2015-03-31", periods=32, freq="QE")
    revenue, cash = walk(random, 32, 12_400.0, 200.0, 1), random.normal(0, 2400, 32).round(1)
    rows = ['Period end;"Revenue (EUR k; net)";Cash flow (CHF k);Comment']
    for r, t in enumerate(times):
        signed = grouped(abs(cash[r]), 1, "'")
        rows.append(
            f"{t:%d.%m.%Y};{grouped(revenue[r], 1, chr(39))};{'−' if cash[r] < 0 else ''}{signed};"
            f'"{"late; see note" if r == 5 else ""}"'
        )
    return Case("board.csv", lines(rows), ((series("Revenue", times, revenue, "QE"), series("Cash flow", times, cash, "QE")),))


def apostrophe_text(random: Random) -> Case:
    """Days and values kept as text by a leading apostrophe."""
    times = pd.date_range("2021-01-01", periods=70, freq="D")
    values = walk(random, 70, 55.0, 1.0, 2)
    rows = ["day,meter", *(f"'{t:%Y-%m-%d},'{v:.2f}" for t, v in zip(times, values, strict=True))]
    return Case("meter.csv", lines(rows, end="\r\n"), ((series("meter", times, values, "D"),),))


def exponent_comma(random: Random) -> Case:
    """1,2345E-05 with decimal commas, tabs, UTF-16, Windows line ends, 05.03.2021 14:00."""
    times = pd.date_range("2021-03-05 14:00", periods=240, freq="h")
    values = season(random, 240, 24, 3e-5, 8e-6, 9)
    rows = [
        "Zeit\tDruck [mbar]",
        *(f"{t:%d.%m.%Y %H:%M}\t{v:.4E}".replace(".", ",").replace(",", ".", 2) for t, v in zip(times, values, strict=True)),
    ]
    kept = np.array([float(f"{v:.4E}") for v in values])
    return Case("vakuum.txt", lines(rows, end="\r\n", encoding="utf-16"), ((series("Druck", times, kept, "h"),),))


def latex_table(random: Random) -> Case:
    """A table as it is typeset: rules, ampersands, double backslashes."""
    years = pd.date_range("1995-01-01", periods=26, freq="YS")
    exports, share = walk(random, 26, 410.0, 9.0, 1), walk(random, 26, 21.0, 0.5, 1)
    rows = ["\\begin{table}", "\\begin{tabular}{lrr}", "\\toprule", "Year & Exports & Share (\\%) \\\\", "\\midrule"]
    rows += [f"{t.year} & {a:.1f} & {b:.1f} \\\\" for t, a, b in zip(years, exports, share, strict=True)]
    rows += ["\\bottomrule", "\\end{tabular}", "\\end{table}"]
    return Case("table.tex", lines(rows), ((series("Exports", years, exports, "YS"), series("Share", years, share, "YS")),))


def html_table(random: Random) -> Case:
    """A page with one table: headings, cells, a class, marks of footnotes, thousands."""
    years = pd.date_range("1990-01-01", periods=30, freq="YS")
    people = counts(random, 30, 812_000.0)
    body = "\n".join(f'<tr><td>{t.year}</td><td align="right">{v:,.0f}</td></tr>' for t, v in zip(years, people, strict=True))
    head = '<!DOCTYPE html>\n<html><head><title>Town</title></head><body><h1>Town</h1>\n<table class="wikitable">'
    text = f"{head}\n<tr><th>Year</th><th>Population</th></tr>\n{body}\n</table></body></html>\n"
    return Case("town.html", text.encode(), ((series("Population", years, people, "YS"),),))


def parquet_index(random: Random) -> Case:
    """A frame whose times are its index, with a zone, two columns."""
    times = pd.date_range("2022-10-01", periods=200, freq="15min", tz="UTC", name="ts")
    columns = {"power": walk(random, 200, 12.0, 0.3, 3), "voltage": walk(random, 200, 231.0, 0.4, 1)}
    buffer = io.BytesIO()
    pd.DataFrame(columns, index=times).to_parquet(buffer)
    return Case("plant.parquet", buffer.getvalue(), (tuple(series(n, times, v, "15min") for n, v in columns.items()),))


def pivot_xlsx(random: Random) -> Case:
    """A pivot table: years with their sums, indented months below them, "Grand Total" last, a filter above."""
    times = months("2019-01", 36)
    orders, sales = counts(random, 36, 320.0), walk(random, 36, 9100.0, 150.0, 2)
    rows: list[list[object]] = [["Region", "(All)"], [], ["Row Labels", "Count of Order", "Sum of Sales"]]
    for year in (2019, 2020, 2021):
        inside = times.year == year
        rows.append([str(year), orders[inside].sum(), sales[inside].sum().round(2)])
        rows += [[f"{t:%b}", a, b] for t, a, b in zip(times[inside], orders[inside], sales[inside], strict=True)]
    rows.append(["Grand Total", orders.sum(), sales.sum().round(2)])
    reading = series("Count of Order", times, orders, "MS"), series("Sum of Sales", times, sales, "MS")
    return Case("pivot.xlsx", _workbook(rows), (reading,))


def xlsx_serials(random: Random) -> Case:
    """A workbook whose days lost their format and stand as whole numbers (44197 is 2021-01-01)."""
    times = pd.date_range("2021-01-01", periods=100, freq="D")
    values = walk(random, 100, 77.0, 1.0, 1)
    rows: list[list[object]] = [["Datum", "Stock"]]
    rows += [[44197 + r, float(v)] for r, v in enumerate(values)]
    return Case("stock.xlsx", _workbook(rows), ((series("Stock", times, values, "D"),),))


def spss_dates(random: Random) -> Case:
    """YEAR_, QUARTER_ and a label "Q1 1995" behind the measures, decimal commas without a leading nought, semicolons."""
    times = pd.date_range("1995-01-01", periods=60, freq="QS")
    rate, ratio = walk(random, 60, 7.5, 0.1, 2), random.uniform(0.1, 0.9, 60).round(3)
    rows = ["rate;ratio;YEAR_;QUARTER_;DATE_"]
    for t, a, b in zip(times, rate, ratio, strict=True):
        rows.append(f"{a:.2f};{f'{b:.3f}'.lstrip('0')};".replace(".", ",") + f"{t.year};{t.quarter};Q{t.quarter} {t.year}")
    return Case(
        "series.csv",
        lines(rows),
        ((series("rate", times, rate, "QS"), series("ratio", times, ratio, "QS")),),
        optional=("YEAR_", "QUARTER_"),
    )


def _workbook(rows: list[list[object]]) -> bytes:
    buffer = io.BytesIO()
    pd.DataFrame(rows, dtype=object).to_excel(buffer, header=False, index=False)
    return buffer.getvalue()
