"""More awkward tables of people, programs and spreadsheets. Every public function is a layout."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import Case, lines, series
from scripts.evaluation.ingestion.synthetic import counts, grouped, holes, months, season, walk

Random = np.random.Generator


def load_diagrams(random: Random) -> Case:
    """An empty quoted name over the times, quarter hours, semicolons, decimal commas, many clients."""
    times = pd.date_range("2011-01-01 00:15", periods=192, freq="15min")
    columns = {f"MT_{k:03d}": season(random, 192, 96, 40 + 10 * k, 8, 4) for k in range(1, 6)}
    rows = [";".join(['""', *(f'"{name}"' for name in columns)])]
    for row, t in enumerate(times):
        rows.append(f'"{t:%Y-%m-%d %H:%M:%S}";' + ";".join(f"{v[row]:.4f}".replace(".", ",") for v in columns.values()))
    return Case("LD2011.txt", lines(rows), (tuple(series(name, times, v, "15min") for name, v in columns.items()),))


def trailing_minus(random: Random) -> Case:
    """A ledger's export: 1.234,50- for negative amounts, days as 31.12.2019, ruled by pipes."""
    times = pd.date_range("2019-01-31", periods=36, freq="ME")
    balance = random.normal(0, 4000, 36).round(2)
    rows = ["|Posting date|Balance|"]
    rows += [f"|{t:%d.%m.%Y}|{grouped(abs(v), 2, '.', ',')}{'-' if v < 0 else ''}|" for t, v in zip(times, balance, strict=True)]
    return Case("FAGLL03.txt", lines(rows), ((series("Balance", times, balance, "ME"),),))


def old_mac_line_ends(random: Random) -> Case:
    """Lines ended by a carriage return alone."""
    times = pd.date_range("2004-01-04", periods=90, freq="W-SUN")
    values = walk(random, 90, 22.0, 0.4, 1)
    rows = ["Week,Catch", *(f"{t:%m/%d/%Y},{v:.1f}" for t, v in zip(times, values, strict=True))]
    return Case("catch.csv", lines(rows, end="\r"), ((series("Catch", times, values, "W-SUN"),),))


def _named_months(times: pd.DatetimeIndex, names: list[str], form: str) -> list[str]:
    return [form.format(month=names[t.month - 1], year=t.year) for t in times]


def spanish_months(random: Random) -> Case:
    """Months as "ene 2014", decimal commas."""
    times = months("2014-01", 66)
    values = walk(random, 66, 104.0, 0.5, 3)
    names = ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"]
    labels = _named_months(times, names, "{month} {year}")
    rows = ["Periodo;IPC", *(f"{label};{v:.3f}".replace(".", ",") for label, v in zip(labels, values, strict=True))]
    return Case("ipc.csv", lines(rows), ((series("IPC", times, values, "MS"),),))


def german_months(random: Random) -> Case:
    """Months as "Mrz 15" and "Dez 15"."""
    times = months("2015-01", 60)
    values = counts(random, 60, 870.0)
    names = ["Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"]
    rows = ["Monat;Anmeldungen"]
    rows += [f"{names[t.month - 1]} {t:%y};{v:.0f}" for t, v in zip(times, values, strict=True)]
    return Case("anmeldungen.csv", lines(rows), ((series("Anmeldungen", times, values, "MS"),),))


def french_months(random: Random) -> Case:
    """Months as "janvier 2012" and "août 2012", in latin-1."""
    times = months("2012-01", 60)
    values = walk(random, 60, 9.7, 0.1, 1)
    names = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ]
    labels = _named_months(times, names, "{month} {year}")
    rows = ["Mois;Taux de chômage", *(f"{label};{v:.1f}".replace(".", ",") for label, v in zip(labels, values, strict=True))]
    return Case("chomage.csv", lines(rows, encoding="latin-1"), ((series("Taux de chômage", times, values, "MS"),),))


def cyrillic_decimal_comma(random: Random) -> Case:
    """Names in Cyrillic, cp1251, decimal commas, 31.12.2020."""
    times = pd.date_range("2020-01-09", periods=100, freq="D")
    rate = walk(random, 100, 61.9, 0.4, 4)
    rows = [
        "Дата;Курс",
        *(f"{t:%d.%m.%Y};{v:.4f}".replace(f"{v:.4f}", f"{v:.4f}".replace(".", ",")) for t, v in zip(times, rate, strict=True)),
    ]
    return Case("kurs.csv", lines(rows, end="\r\n", encoding="cp1251"), ((series((), times, rate, "D"),),))


def ordinal_days(random: Random) -> Case:
    """Days as "3rd March 2021" and weekdays before them."""
    times = pd.date_range("2021-03-01", periods=75, freq="D")
    values = counts(random, 75, 36.0)
    rows = ["Date,Visitors"]
    for t, v in zip(times, values, strict=True):
        ending = "th" if 11 <= t.day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(t.day % 10, "th")
        rows.append(f"{t:%A} {t.day}{ending} {t:%B %Y},{v:.0f}")
    return Case("visitors.csv", lines(rows), ((series("Visitors", times, values, "D"),),))


def weekday_prefix_dates(random: Random) -> Case:
    """Days as "Mon 04/01/2021" with a decisive row, two shifts a day in columns."""
    times = pd.date_range("2021-01-04", periods=70, freq="D")
    early, late = counts(random, 70, 120.0), counts(random, 70, 95.0)
    rows = ["Day,Early,Late", *(f"{t:%a %d/%m/%Y},{a:.0f},{b:.0f}" for t, a, b in zip(times, early, late, strict=True))]
    return Case("shifts.csv", lines(rows), ((series("Early", times, early, "D"), series("Late", times, late, "D")),))


def melted_variables(random: Random) -> Case:
    """One row a time and variable, as tidied tables are."""
    times = pd.date_range("2020-10-01", periods=72, freq="h")
    columns = {
        "temperature": season(random, 72, 24, 12, 4),
        "humidity": season(random, 72, 24, 70, 9),
        "rain": counts(random, 72, 1.0),
    }
    rows = ["datetime,variable,value"]
    for name, v in columns.items():
        rows += [f"{t:%Y-%m-%d %H:%M:%S},{name},{x:.1f}" for t, x in zip(times, v, strict=True)]
    return Case("tidy.csv", lines(rows), (tuple(series(name, times, v, "h") for name, v in columns.items()),))


def long_with_units(random: Random) -> Case:
    """A tidied table with the unit beside each value, the value before its name."""
    times = pd.date_range("2018-01-01", periods=40, freq="D")
    columns = {"Turbidity": ("NTU", walk(random, 40, 4.0, 0.2, 2)), "Conductivity": ("uS/cm", walk(random, 40, 410.0, 4.0, 0))}
    rows = ["Sample Date,Result,Unit,Characteristic"]
    for row, t in enumerate(times):
        rows += [f"{t:%d/%m/%Y},{v[row]},{unit},{name}" for name, (unit, v) in columns.items()]
    return Case("results.csv", lines(rows), (tuple(series((name, unit), times, v, "D") for name, (unit, v) in columns.items()),))


def hierarchy_long(random: Random) -> Case:
    """Region, then town in it, monthly; the same town's name in two regions."""
    times = months("2017-01", 36)
    rows = ["Month,Region,Town,Sales"]
    columns = {key: counts(random, 36, 330.0) for key in (("North", "Newtown"), ("North", "Hill"), ("South", "Newtown"))}
    for row, t in enumerate(times):
        rows += [f"{t:%b %Y},{region},{town},{v[row]:.0f}" for (region, town), v in columns.items()]
    return Case("towns.csv", lines(rows), (tuple(series(f"{a} {b}", times, v, "MS") for (a, b), v in columns.items()),))


def seconds_since_start(random: Random) -> Case:
    """Elapsed seconds as the first column, with its unit; a steady rate."""
    seconds = np.arange(250) * 0.2
    left, right = walk(random, 250, 0.0, 0.1, 4), walk(random, 250, 1.0, 0.1, 4)
    rows = ["Time [s],Left [V],Right [V]", *(f"{s:.1f},{a:.4f},{b:.4f}" for s, a, b in zip(seconds, left, right, strict=True))]
    stood_in = pd.Timestamp("1970-01-01") + pd.to_timedelta(seconds.round(1), unit="s")
    by_row = (series("Left", pd.RangeIndex(250), left, None), series("Right", pd.RangeIndex(250), right, None))
    by_time = tuple(series(name, stood_in, v, "200ms", tolerance="1ms") for name, v in (("Left", left), ("Right", right)))
    return Case("scope.csv", lines(rows), (by_row, by_time))


def bank_statement(random: Random) -> Case:
    """Irregular days newest first, words with commas, amounts with sign, a running balance."""
    days = pd.Timestamp("2022-12-30") - pd.to_timedelta(np.cumsum(random.integers(1, 5, 60)), unit="D")
    amounts = random.normal(-20, 90, 60).round(2)
    balance = (2500 - np.cumsum(amounts)).round(2)
    rows = ["Date,Description,Amount,Balance"]
    rows += [f'{t:%d/%m/%Y},"CARD PAYMENT, SHOP {r % 7}",{amounts[r]:+.2f},"{balance[r]:,.2f}"' for r, t in enumerate(days)]
    reading = (
        series("Amount", pd.DatetimeIndex(days), amounts, ("irregular", "D")),
        series("Balance", pd.DatetimeIndex(days), balance, ("irregular", "D")),
    )
    return Case("statement.csv", lines(rows), (reading,))


def analytics_export(random: Random) -> Case:
    """Lines of # and dashes, a table by channel, then days as 3/14/22 with quoted counts and a total."""
    times = pd.date_range("2022-03-01", periods=60, freq="D")
    users = counts(random, 60, 1840.0)
    rows = [
        "# ----------------------------------------",
        "# All Web Site Data",
        "# Channels",
        "# 20220301-20220429",
        "# ----------------------------------------",
        "",
    ]
    rows += ["Day Index,Users", *(f'{t.month}/{t.day}/{t:%y},"{v:,.0f}"' for t, v in zip(times, users, strict=True))]
    rows += [f',"{users.sum():,.0f}"']
    return Case("Analytics.csv", lines(rows), ((series("Users", times, users, "D"),),))


def airline_footer(random: Random) -> Case:
    """Two quoted names, months, then an empty line and the title as a footer."""
    times = months("1949-01", 96)
    values = counts(random, 96, 240.0)
    rows = ['"Month","Thousands of passengers"', *(f'"{t:%Y-%m}",{v:.0f}' for t, v in zip(times, values, strict=True))]
    rows += ["", "International passengers: monthly totals in thousands. Jan 49 ? Dec 56"]
    return Case("passengers.csv", lines(rows), ((series("Thousands of passengers", times, values, "MS"),),))


def currency_behind(random: Random) -> Case:
    """Amounts as "1 234,50 €" and "12 %", no-break spaces, day first with a decisive row."""
    times = pd.date_range("2022-01-01", periods=60, freq="D")
    sales, share = walk(random, 60, 4210.0, 70.0, 2), walk(random, 60, 12.0, 0.3, 1)
    rows = ["Jour;Ventes;Part"]
    for t, a, b in zip(times, sales, share, strict=True):
        rows.append(f"{t:%d/%m/%Y};{grouped(a, 2, chr(160), ',')} €;{grouped(b, 1, ' ', ',')} %")
    readings = tuple((series("Ventes", times, sales, "D"), series("Part", times, share * scale, "D")) for scale in (1.0, 0.01))
    return Case("ventes.csv", lines(rows), readings)


def thousand_points_integers(random: Random) -> Case:
    """Whole numbers as 12.345 with points for thousands and nothing else to tell them from decimals but 987.654.321."""
    times = pd.date_range("2021-02-01", periods=60, freq="D")
    cases, total = counts(random, 60, 14_500.0), np.cumsum(counts(random, 60, 14_500.0)) + 4_200_000
    rows = ["Datum;Fälle;Gesamt"]
    rows += [f"{t:%d.%m.%Y};{grouped(a, 0, '.')};{grouped(b, 0, '.')}" for t, a, b in zip(times, cases, total, strict=True)]
    return Case("faelle.csv", lines(rows), ((series("Fälle", times, cases, "D"), series("Gesamt", times, total, "D")),))


def mixed_missing_marks(random: Random) -> Case:
    """Every mark at once: NA, n.a., -, –, NULL, #N/A, nan, missing, blank."""
    times = pd.date_range("2010-01-01", periods=60, freq="MS")
    values = holes(random, walk(random, 60, 51.0, 1.0, 1), 9)
    marks = iter(["NA", "n.a.", "-", "–", "NULL", "#N/A", "nan", "missing", ""])
    rows = [
        "month,index",
        *(f"{t:%Y-%m},{next(marks) if np.isnan(v) else f'{v:.1f}'}" for t, v in zip(times, values, strict=True)),
    ]
    return Case("index.csv", lines(rows), ((series("index", times, values, "MS"),),))


def header_with_newline(random: Random) -> Case:
    """Quoted names that run over two lines."""
    times = months("2016-01", 48)
    values, other = walk(random, 48, 7.2, 0.1, 1), walk(random, 48, 3.3, 0.1, 1)
    rows = ['"Month","Unemployment\n(percent)","Vacancies\n(percent)"']
    rows += [f"{t:%Y-%m},{a:.1f},{b:.1f}" for t, a, b in zip(times, values, other, strict=True)]
    return Case(
        "labour.csv", lines(rows), ((series("Unemployment", times, values, "MS"), series("Vacancies", times, other, "MS")),)
    )


def nested_records(random: Random) -> Case:
    """A JSON list of records under "data", pages of an interface around it."""
    times = pd.date_range("2022-09-01", periods=60, freq="D")
    values = walk(random, 60, 18.0, 0.3, 2)
    records = [{"date": f"{t:%Y-%m-%d}", "value": float(v), "station": "A1"} for t, v in zip(times, values, strict=True)]
    document = {"meta": {"page": 1, "pages": 1, "count": 60}, "data": records}
    return Case("api.json", json.dumps(document).encode(), ((series((), times, values, "D"),),))


def quarters_down_years_across(random: Random) -> Case:
    """Quarters down (I, II, III, IV), years across."""
    times = pd.date_range("2006-01-01", periods=48, freq="QS")
    values = walk(random, 48, 96.0, 1.0, 1)
    rows = [",".join(["Quarter", *(str(y) for y in range(2006, 2018))])]
    for place, label in enumerate(("I", "II", "III", "IV")):
        rows.append(",".join([label, *(f"{v:.1f}" for v in values[place::4])]))
    return Case("index_by_quarter.csv", lines(rows), ((series((), times, values, "QS"),),))


def two_time_columns(random: Random) -> Case:
    """The time it was measured, irregular seconds late, after the time it was received; a steady minute rhythm."""
    times = pd.date_range("2023-01-10 10:00", periods=120, freq="min")
    values = walk(random, 120, 231.0, 0.5, 1)
    received = times + pd.to_timedelta(random.integers(1, 50, 120), unit="s")
    rows = ["measured_at,received_at,voltage"]
    rows += [f"{t:%Y-%m-%d %H:%M:%S},{u:%Y-%m-%d %H:%M:%S},{v:.1f}" for t, u, v in zip(times, received, values, strict=True)]
    return Case("meter.csv", lines(rows), ((series("voltage", times, values, "min"),),))


def unbalanced_groups(random: Random) -> Case:
    """Two places under each other that share only a few months, one with yearly rows (as December) before its months."""
    first, later = months("2014-01", 24), months("2014-01", 12)
    early = pd.DatetimeIndex(["2011-12-01", "2012-12-01", "2013-12-01"])
    here, there, before = counts(random, 24, 98_000.0), counts(random, 12, 26_000.0), counts(random, 3, 400_000.0)
    rows = ["Code,Year,Month,Arrivals"]
    rows += [f"ABC,{t.year},{t:%b},{v:.0f}" for t, v in zip(first, here, strict=True)]
    rows += [f"XYZ,{t.year},{t:%b},{v:.0f}" for t, v in zip(later, there, strict=True)]
    rows += [f"XYZ,{t.year},{t:%b},{v:.0f}" for t, v in reversed(list(zip(early, before, strict=True)))]
    whole = early.append(later)
    reading = (series("ABC", first, here, "MS"), series("XYZ", whole, np.concatenate([before, there]), ("MS", "irregular")))
    return Case("arrivals.csv", lines(rows, end="\r\n"), (reading,))
