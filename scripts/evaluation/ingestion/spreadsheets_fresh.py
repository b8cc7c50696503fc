"""Imitations of workbooks and of what passes for them. Every public function is a layout."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import Case, lines, series
from scripts.evaluation.ingestion.fresh_parts import columns
from scripts.evaluation.ingestion.synthetic import counts, grouped, holes, months, season, walk, workbook

Random = np.random.Generator
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def _cell(value: float) -> float | None:
    """A number as a workbook's cell, empty where it is missing."""
    return None if np.isnan(value) else float(value)


def _dated(times: pd.DatetimeIndex, parts: list[np.ndarray]) -> list[list[object]]:
    """Rows of a date cell and its numbers."""
    return [[time.to_pydatetime(), *(_cell(values[row]) for values in parts)] for row, time in enumerate(times)]


def abs_time_series(random: Random) -> Case:
    """Australian Bureau of Statistics: an index sheet, then nine rows of attributes (two of them dates) above dated quarters."""
    times = pd.date_range("2005-03-01", periods=76, freq="3MS")
    keys = [("All groups CPI ;  Australia ;", "A2325846C"), ("All groups CPI ;  Sydney ;", "A2325806K")]
    parts = [walk(random, 76, 90.0, 0.7, 1) for _ in keys]
    first, last = times[0].to_pydatetime(), times[-1].to_pydatetime()
    index: list[list[object]] = [["Time Series Workbook"], ["6401.0 Consumer Price Index, Australia"], []]
    index += [["Data Item Description", "Series Type", "Series ID", "Series Start", "Series End", "No. Obs.", "Unit", "Freq."]]
    index += [[f"Index Numbers ;  {name}", "Original", code, first, last, 76, "Index Numbers", "Quarter"] for name, code in keys]
    data: list[list[object]] = [[None, *(f"Index Numbers ;  {name}" for name, _ in keys)]]
    pairs: list[tuple[str, object]] = [
        ("Unit", "Index Numbers"),
        ("Series Type", "Original"),
        ("Data Type", "INDEX"),
        ("Frequency", "Quarter"),
    ]
    pairs += [("Collection Month", 3), ("Series Start", first), ("Series End", last), ("No. Obs", 76)]
    data += [[label, *[value] * 2] for label, value in pairs]
    data += [["Series ID", *(code for _, code in keys)], *_dated(times, parts)]
    quarters = times - pd.DateOffset(months=2)
    reading = tuple(
        series(names, times, values, "QS") + series(names, quarters, values, "QS")
        for names, values in zip(keys, parts, strict=True)
    )
    return Case("640101.xlsx", workbook({"Index": index, "Data1": data}), (reading,))


def bls_series_report(random: Random) -> Case:
    """Bureau of Labor Statistics' workbook: a dozen labelled lines, a year a row with its months and two half-year means."""
    times = months("2004-01", 240)
    values = walk(random, 240, 185.0, 0.7, 3)
    values[-3:] = np.nan
    rows: list[list[object]] = [["Consumer Price Index for All Urban Consumers (CPI-U)"], ["Original Data Value"], []]
    rows += [["Series Id:", "CUUR0000SA0"], ["Not Seasonally Adjusted"], ["Series Title:", "All items in U.S. city average"]]
    rows += [
        ["Area:", "U.S. city average"],
        ["Item:", "All items"],
        ["Base Period:", "1982-84=100"],
        ["Years:", "2004 to 2023"],
        [],
    ]
    rows.append(["Year", *_MONTHS, "HALF1", "HALF2"])
    for start in range(0, 240, 12):
        year = values[start : start + 12]
        halves = [year[:6].mean().round(3), year[6:].mean().round(3)]
        rows.append([times[start].year, *(_cell(value) for value in [*year, *halves])])
    reading = (series((), times, values, "MS", trim=True),)
    return Case("SeriesReport-20240123.xlsx", workbook({"BLS Data Series": rows}), (reading,), optional=("HALF1", "HALF2"))


def nhs_emergency(random: Random) -> Case:
    """NHS England's monthly totals: an empty first column, labelled lines, merged headers over the columns, notes below."""
    times = months("2011-04", 140)
    parts = [counts(random, 140, level) for level in (1.2e6, 52000.0, 6.1e5)]
    parts += [parts[0] + parts[1] + parts[2], counts(random, 140, 3.2e5)]
    names = ["Type 1 Departments - Major A&E", "Type 2 Departments - Single Specialty", "Type 3 Departments - Minor Injury Unit"]
    names += ["Total Attendances", "Emergency Admissions via Type 1 A&E"]
    rows: list[list[object]] = [[], [None, "Title:", "A&E Attendances and Emergency Admissions: monthly totals"]]
    rows += [
        [None, "Summary:", "Attendances at accident and emergency departments"],
        [None, "Period:", "April 2011 to November 2022"],
    ]
    rows += [[None, "Source:", "Monthly A&E return"], [None, "Published:", pd.Timestamp("2022-12-08").to_pydatetime()], []]
    rows += [[None, None, "A&E attendances", None, None, None, "Emergency Admissions"], [None, "Period", *names]]
    rows += [[None, *row] for row in _dated(times, parts)]
    rows += [
        [],
        [None, "Notes:"],
        [None, "1. Figures for the latest month are provisional."],
        [None, "2. Type 3 includes walk-in centres."],
    ]
    content = workbook({"Activity": rows}, {"Activity": ["C8:F8"]})
    return Case("Monthly-AE-Time-Series.xlsx", content, (columns(list(zip(names, parts, strict=True)), times, "MS"),))


def eia_spot_prices(random: Random) -> Case:
    """EIA's workbook: a contents sheet, a link back and a row of source keys over the header, months dated on the 15th."""
    times = months("1996-01", 300)
    parts = [walk(random, 300, 24.0, 1.1, 2), walk(random, 300, 23.0, 1.1, 2)]
    parts[1][:16] = np.nan
    names = ["Cushing, OK WTI Spot Price FOB (Dollars per Barrel)", "Europe Brent Spot Price FOB (Dollars per Barrel)"]
    contents: list[list[object]] = [["Spot Prices"], ["Click worksheet name or tab at bottom for data"], []]
    contents += [["Worksheet Name", "Description", "# Of Series", "Frequency", "Latest Data for"]]
    contents += [["Data 1", "Crude Oil", 2, "Monthly", "12/2020"], [], ["Release Date:", "1/18/2021"]]
    middle = times + pd.Timedelta(days=14)
    data: list[list[object]] = [
        ["Back to Contents", "Data 1: Crude Oil"],
        ["Sourcekey", "RWTC", "RBRTE"],
        ["Date", *names],
        *_dated(middle, parts),
    ]
    reading = tuple(
        series(name, middle, values, "MS", trim=True) + series(name, times, values, "MS", trim=True)
        for name, values in zip(names, parts, strict=True)
    )
    return Case("PET_PRI_SPT_S1_M.xlsx", workbook({"Contents": contents, "Data 1": data}), (reading,))


def quickbooks_profit(random: Random) -> Case:
    """QuickBooks' profit and loss by month: three title rows, months across with a total, headings, sums, a signature."""
    times = months("2022-01", 18)
    names = ["Sales of Product Income", "Services", "Advertising", "Rent or Lease"]
    parts = [walk(random, 18, level, level / 15, 2) for level in (42000.0, 9000.0, 1500.0, 3200.0)]

    def line(label: str, values: np.ndarray) -> list[object]:
        return [label, *(float(value) for value in values.round(2)), float(values.sum().round(2))]

    income, expenses = parts[0] + parts[1], parts[2] + parts[3]
    rows: list[list[object]] = [["Craig's Design"], ["Profit and Loss"], ["January 2022 - June 2023"], []]
    rows += [[None, *(f"{time:%b %Y}" for time in times), "Total"], ["Income"]]
    rows += [line(f"   {name}", values) for name, values in zip(names[:2], parts[:2], strict=True)]
    rows += [line("Total Income", income), line("Gross Profit", income), ["Expenses"]]
    rows += [line(f"   {name}", values) for name, values in zip(names[2:], parts[2:], strict=True)]
    rows += [line("Total Expenses", expenses), line("Net Income", income - expenses), [], []]
    rows.append(["Tuesday, Jan 23, 2024 10:12:33 AM GMT+0 - Accrual Basis"])
    content = workbook({"Profit and Loss": rows}, {"Profit and Loss": ["A1:T1", "A2:T2", "A3:T3"]})
    optional = ("Total Income", "Gross Profit", "Total Expenses", "Net Income")
    return Case("Profit and Loss.xlsx", content, (columns(list(zip(names, parts, strict=True)), times, "MS"),), optional=optional)


def pivot_by_year(random: Random) -> Case:
    """A pivot table in its compact form: a year's sum over its months in one column, totals at the right and below."""
    times = months("2021-01", 36)
    north, south = counts(random, 36, 900.0), counts(random, 36, 600.0)
    rows: list[list[object]] = [["Sum of Amount", "Column Labels"], ["Row Labels", "North", "South", "Grand Total"]]

    def line(label: object, one: float, two: float) -> list[object]:
        return [label, one, two, one + two]

    for start in range(0, 36, 12):
        year = slice(start, start + 12)
        rows.append(line(times[start].year, north[year].sum(), south[year].sum()))
        rows += [line(_MONTHS[row % 12], north[row], south[row]) for row in range(start, start + 12)]
    rows.append(line("Grand Total", north.sum(), south.sum()))
    reading = columns([("North", north), ("South", south)], times, "MS")
    return Case("sales_pivot.xlsx", workbook({"Sheet4": [[], [], *rows]}), (reading,), optional=("Grand Total",))


def quarters_with_sums(random: Random) -> Case:
    """A management table: the year once in a merged cell beside its quarters, a bold sum under every year."""
    times = pd.date_range("2018-01-01", periods=24, freq="QS")
    named = [
        (name, walk(random, 24, level, level / 10, 1))
        for name, level in (("Retail", 120.0), ("Wholesale", 310.0), ("Online", 45.0))
    ]
    rows: list[list[object]] = [["Revenue by channel (EUR million)"], [], ["Year", "Quarter", *(name for name, _ in named)]]
    merges = []
    for row, time in enumerate(times):
        if row % 4 == 0:
            merges.append(f"A{len(rows) + 1}:A{len(rows) + 4}")
        rows.append([time.year if row % 4 == 0 else None, f"Q{time.quarter}", *(float(values[row]) for _, values in named)])
        if row % 4 == 3:
            rows.append([f"Total {time.year}", None, *(float(values[row - 3 : row + 1].sum().round(1)) for _, values in named)])
    return Case("Revenue_by_channel.xlsx", workbook({"Revenue": rows}, {"Revenue": merges}), (columns(named, times, "QS"),))


def government_tables(random: Random) -> Case:
    """A British department's accessible workbook: cover, notes, one table, months in words, "[x]" for missing, a lookup."""
    times = months("2017-04", 66)
    names = ["Applications received", "Decisions made", "Median days to decision"]
    parts = [counts(random, 66, 8200.0), counts(random, 66, 7900.0), holes(random, walk(random, 66, 34.0, 1.5, 1), 4)]
    cover: list[list[object]] = [
        ["Applications for licences: monthly tables"],
        ["Published 23 January 2024"],
        ["Next update: 23 April 2024"],
    ]
    notes: list[list[object]] = [
        ["Notes"],
        ["Note number", "Note text"],
        ["note 1", "Includes late applications."],
        ["note 2", "Revised in 2021."],
    ]
    data: list[list[object]] = [["Table 1: Applications, decisions and time taken, England, April 2017 to September 2022"]]
    data += [["This worksheet contains one table. Some cells are [x], which means not available."], ["Source: Case system"]]
    data.append(["Month", f"{names[0]} [note 1]", names[1], f"{names[2]} [note 2]"])
    for row, time in enumerate(times):
        data.append([f"{time:%B %Y}", *("[x]" if np.isnan(values[row]) else float(values[row]) for values in parts)])
    lookup: list[list[object]] = [["Code", "Region"], ["E12000001", "North East"], ["E12000002", "North West"]]
    content = workbook({"Cover": cover, "Notes": notes, "Table_1": data, "Lookup": lookup})
    return Case("applications_monthly.xlsx", content, (columns(list(zip(names, parts, strict=True)), times, "MS"),))


def sheet_a_year(random: Random) -> Case:
    """An office's running log: one sheet for every year, all with the same two columns, weeks dated on Mondays."""
    times = pd.date_range("2021-01-04", periods=150, freq="7D")
    visits, calls = counts(random, 150, 410.0), counts(random, 150, 95.0)
    sheets: dict[str, list[list[object]]] = {}
    for year in (2021, 2022, 2023):
        inside = times.year == year
        sheets[str(year)] = [["Week starting", "Visits", "Calls"], *_dated(times[inside], [visits[inside], calls[inside]])]
    return Case("Reception log.xlsx", workbook(sheets), (columns([("Visits", visits), ("Calls", calls)], times, "W"),))


def sheet_a_plant(random: Random) -> Case:
    """A producer's report: one sheet for every plant with the same columns, days as dates."""
    times = pd.date_range("2023-05-01", periods=120, freq="D")
    sheets: dict[str, list[list[object]]] = {}
    named: list[tuple[str, np.ndarray]] = []
    for plant in ("Plant Lyon", "Plant Gent"):
        parts = [walk(random, 120, 240.0, 6.0, 1), walk(random, 120, 2.0, 0.3, 2)]
        sheets[plant] = [["Date", "Output (t)", "Downtime (h)"], *_dated(times, parts)]
        named += [(f"{plant} Output", parts[0]), (f"{plant} Downtime", parts[1])]
    # Read whole, or asked about: the second reading is what the answer "Plant Gent" gives.
    second = columns([("Output", named[2][1]), ("Downtime", named[3][1])], times, "D")
    return Case("Daily production.xlsx", workbook(sheets), (columns(named, times, "D"), second))


def notes_beside(random: Random) -> Case:
    """A laboratory's sheet: a title, the table away from the corner, remarks on some rows, a box of limits at its right."""
    times = pd.date_range("2023-09-01 08:00", periods=96, freq="2h")
    parts = [season(random, 96, 12, 37.0, 0.6, 2), walk(random, 96, 7.1, 0.03, 2)]
    rows: list[list[object]] = [[None, "Fermenter 3, batch 118"], [], [None, "Sampled at", "Temperature (°C)", "pH", "Remarks"]]
    remarks = {9: "feed started", 37: "probe cleaned", 74: "antifoam added"}
    box: list[list[object]] = [["Limits"], ["Temperature max", 38.5], ["Temperature min", 35.5], ["pH max", 7.4]]
    for place, row in enumerate(_dated(times, parts)):
        beside = [None, *box[place]] if place < len(box) else []
        rows.append([None, *row, remarks.get(place), *beside])
    reading = columns([("Temperature", parts[0]), ("pH", parts[1])], times, "2h")
    return Case("Batch118.xlsx", workbook({"Samples": rows}), (reading,))


def page_as_workbook(random: Random) -> Case:
    """A reporting server's .xls that is a web page: a title table, a table of figures with grouped thousands, a total row."""
    times = months("2020-01", 36)
    named = [("Tickets", counts(random, 36, 5200.0)), ("Revenue", walk(random, 36, 81000.0, 3000.0, 2))]
    rows = ['<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="utf-8"></head><body>']
    rows += ["<table><tr><td colspan=3><b>Monthly sales</b></td></tr></table>", '<table border="1">']
    rows.append("<tr><th>Month</th><th>Tickets</th><th>Revenue</th></tr>")
    cells = [[f"{values[row]:,.{digits}f}" for row in range(36)] for (_, values), digits in zip(named, (0, 2), strict=True)]
    for time, tickets, revenue in zip(times, *cells, strict=True):
        rows.append(f"<tr><td>{time:%Y-%m}</td><td>{tickets}</td><td>{revenue}</td></tr>")
    total = f"<td>{named[0][1].sum():,.0f}</td><td>{named[1][1].sum():,.2f}</td>"
    rows += [f"<tr><td>Total</td>{total}</tr>", "</table></body></html>"]
    return Case("report.xls", lines(rows, end="\r\n"), (columns(named, times, "MS"),))


def serial_days(random: Random) -> Case:
    """A sheet whose dates lost their format: whole serial numbers under "Date", newest last, a blank cell now and then."""
    times = pd.date_range("2023-01-01", periods=180, freq="D")
    named = [("Orders", counts(random, 180, 42.0)), ("Returns", holes(random, counts(random, 180, 4.0), 5))]
    serial = (times - pd.Timestamp("1899-12-30")).days
    rows: list[list[object]] = [["Date", "Orders", "Returns"]]
    rows += [[int(day), *(_cell(values[row]) for _, values in named)] for row, day in enumerate(serial)]
    return Case("orders_values_only.xlsx", workbook({"Sheet1": rows}), (columns(named, times, "D"),))


def power_bi_export(random: Random) -> Case:
    """Power BI's export of a chart: the year and the month's name in two columns, the filters in one cell below the rows."""
    times = months("2021-01", 36)
    named = [("Sum of Revenue", walk(random, 36, 51000.0, 2500.0, 2)), ("Count of OrderID", counts(random, 36, 640.0))]
    rows: list[list[object]] = [["Year", "Month", *(name for name, _ in named)]]
    rows += [[t.year, f"{t:%B}", *(float(values[row]) for _, values in named)] for row, t in enumerate(times)]
    rows += [[], ["Applied filters:\nYear is 2021, 2022, or 2023\nCountry is Norway"]]
    return Case("data.xlsx", workbook({"Export": rows}), (columns(named, times, "MS"),))


def budget_across(random: Random) -> Case:
    """A budget laid across: the years in merged cells over their months, a total column after each year, items down."""
    times = months("2022-01", 24)
    named = [
        (name, walk(random, 24, level, level / 12, 0))
        for name, level in (("Salaries", 52000.0), ("Energy", 4100.0), ("Travel", 900.0))
    ]
    rows: list[list[object]] = [["Budget, EUR"], [None, 2022, *[None] * 12, 2023], ["Item", *_MONTHS, "Total", *_MONTHS, "Total"]]
    for name, values in named:
        years = [[*(float(value) for value in part), float(part.sum())] for part in (values[:12], values[12:])]
        rows.append([name, *years[0], *years[1]])
    content = workbook({"Budget": rows}, {"Budget": ["B2:N2", "O2:AA2"]})
    return Case("Budget_2022_2023.xlsx", content, (columns(named, times, "MS"),))


def yearbook_table(random: Random) -> Case:
    """A statistical yearbook's table: numbers as text with spaces, stars and "…", years with letters of footnotes."""
    times = pd.date_range("1992-01-01", periods=30, freq="YS")
    named = [("Crude steel", walk(random, 30, 4200.0, 120.0, 1)), ("Cement", walk(random, 30, 9100.0, 260.0, 1))]
    named[1][1][:3] = np.nan
    rows: list[list[object]] = [
        ["Table 14. Output of selected industrial products"],
        ["(thousand tons)"],
        [],
        ["Year", "Crude steel", "Cement"],
    ]
    for row, time in enumerate(times):
        label = f"{time.year}" + {20: " a/", 28: " (p)", 29: " (p)"}.get(row, "")
        texts = [
            "…" if np.isnan(values[row]) else grouped(values[row], 1, " ") + ("*" if row == 25 else "") for _, values in named
        ]
        rows.append([label, *texts])
    rows += [[], ["a/ Break in series."], ["(p) Provisional. * Estimate."], ["Source: Central Statistical Office."]]
    return Case("14-industry.xlsx", workbook({"T14": rows}), (columns(named, times, "YS", trim=True),))


def codebook(random: Random) -> Case:
    """The description of a data set uploaded in its place: variables, labels, types and units, no measurement."""
    units = ["°C", "%", "hPa", "m/s", "mm"]
    rows: list[list[object]] = [["Variable", "Label", "Type", "Unit", "Missing code"]]
    rows += [
        [f"v{number:02d}", f"Channel {number} of the station", "numeric", units[int(random.integers(5))], "-999"]
        for number in range(1, 15)
    ]
    return Case("Codebook.xlsx", workbook({"Variables": rows}), wanted="refuse")


def locked_workbook(random: Random) -> Case:
    """A workbook saved with a password: a compound file that holds only the encrypted package."""
    names = "EncryptionInfo".encode("utf-16-le").ljust(128, b"\0") + "EncryptedPackage".encode("utf-16-le").ljust(128, b"\0")
    content = bytes.fromhex("d0cf11e0a1b11ae1").ljust(512, b"\0") + names.ljust(1024, b"\0") + random.bytes(6144)
    return Case("Salaries_2023.xlsx", content, wanted="refuse")


def empty_extract(random: Random) -> Case:
    """Eurostat's answer to a selection without observations: the header alone, the update named in the file's name."""
    head = "DATAFLOW,LAST UPDATE,freq,unit,coicop,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG,CONF_STATUS"
    return Case(f"prc_hicp_midx_{int(random.integers(100, 999))}.csv", lines([head], end="\r\n"), wanted="refuse")
