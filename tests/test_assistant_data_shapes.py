"""Layouts of tables: parts of dates over columns and across, headers of several rows, fixed widths, comments, footers, units."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from assistant.data.series import Dataset, ReadOptions

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SEASONS = ("DJF", "JFM", "FMA", "MAM", "AMJ", "MJJ", "JJA", "JAS", "ASO", "SON", "OND", "NDJ")
DAYS = pd.date_range("2020-01-01", periods=20)


def summary(dataset: Dataset) -> list[tuple[str, int, str | None, str]]:
    return [(s.name, len(s), s.frequency, s.time_text(0)) for s in dataset.series]


def daily(cells) -> str:  # type: ignore[no-untyped-def]
    return "\n".join(f"{day:%Y-%m-%d},{cells(k)}" for k, day in enumerate(DAYS))


@pytest.mark.parametrize(
    ("row", "start", "frequency"),
    [
        (lambda k: f"{1958 + k // 12},{k % 12 + 1},{310 + k}.5", "1958-01-01T00:00:00", "MS"),
        (lambda k: f"{1958 + k // 12};{k % 12 + 1:02d};{1958 + (k + 0.5) / 12:.3f};{310 + k}.5", "1958-01-01T00:00:00", "MS"),
        (lambda k: f" 2001  {1 + k // 28}  {1 + k % 28}   {310 + k}.5", "2001-01-01T00:00:00", "D"),
        (lambda k: f"110,2016,{122 + k // 48},{k % 48 // 2 * 100 + k % 2 * 30},{310 + k}.5", "2016-05-01T00:00:00", "30min"),
    ],
)
def test_parts_of_a_date_without_names(read, row, start, frequency) -> None:  # type: ignore[no-untyped-def]
    count = 96 if frequency == "30min" else 56
    dataset = read("\n".join(row(k) for k in range(count)), name="table.txt")
    ((_, length, found, first),) = summary(dataset)
    assert (length, found, first) == (count, frequency, start)
    assert dataset.series[0].values[:2].tolist() == [310.5, 311.5]


@pytest.mark.parametrize(
    ("header", "row", "frequency"),
    [
        ("year,doy,v", lambda k: f"2015,{300 + k},{k}", "D"),
        ("Date,HE,v", lambda k: f"2020-01-{13 + k // 24},{k % 24 + 1},{k}", "h"),
        ("YEAR,MO,DY,HHMM,v", lambda k: f"2015,1,{1 + k // 48},{k % 48 // 2 * 100 + k % 2 * 30:04d},{k}", "30min"),
        ("DAY,SETTLEMENT_PERIOD,v", lambda k: f"{1 + k // 48:02d}-JAN-2020,{k % 48 + 1},{k}", "30min"),
        ("Date,Time,v", lambda k: f"13/01/2020,{k % 12 or 12:02d}:00:00 {'AM' if k < 12 else 'PM'},{k}", "h"),
        ("Date,Hours,v", lambda k: f"2020-01-01,{k:02d} - {k + 1:02d},{k}", "h"),
        ("series_id,year,period,v", lambda k: f"X,{2000 + k // 13},M{k % 13 + 1:02d},{k}", "MS"),
        (
            " SEAS,YR,v",
            lambda k: f"{SEASONS[k % 12]},{1950 + k // 12},{k}",
            "MS",
        ),
    ],
)
def test_parts_of_a_date_by_name(read, header, row, frequency) -> None:  # type: ignore[no-untyped-def]
    count = 24 if ("Hours" in header or "Time" in header) else 52 if "period" in header else 48
    dataset = read(header + "\n" + "\n".join(row(k) for k in range(count)))
    ((name, length, found, _),) = summary(dataset)
    assert (name, length, found) == ("v", 48 if "period" in header else count, frequency)


def calendar(columns, cell, rows, total: str) -> str:  # type: ignore[no-untyped-def]
    lines = [f"Year,{','.join(columns)},{total}"]
    lines += [f"{year},{','.join(str(cell(year, k)) for k in range(len(columns)))},9" for year in rows]
    return "\n".join(lines)


def test_months_and_quarters_across_without_their_totals(read) -> None:  # type: ignore[no-untyped-def]
    months = read(calendar(MONTHS, lambda y, k: y - 2000 + k / 100, range(2000, 2004), "J-D"))
    assert summary(months) == [("value", 48, "MS", "2000-01-01T00:00:00")]
    assert months.series[0].values[-1] == 3.11
    assert "Left out beside the months, as no part of the series: “J-D”." in months.warnings
    quarters = read(calendar(("Q1", "Q2", "Q3", "Q4"), lambda y, k: y - 2000 + k / 10, range(2000, 2010), "Total"))
    assert summary(quarters) == [("value", 40, "QS", "2000-01-01T00:00:00")]
    unnamed = read(
        "\n".join(f"{y} " + " ".join(f"{(y - 1948) / 10 + k / 100:.2f}" for k in range(12)) for y in range(1948, 1960))
    )
    assert summary(unnamed) == [("value", 144, "MS", "1948-01-01T00:00:00")]
    assert any("were read as January to December" in warning for warning in unnamed.warnings)


def test_days_weekdays_and_hours_across(read) -> None:  # type: ignore[no-untyped-def]
    sizes = [31, 29, 31, 30]
    rows = [
        f"2020,{m}," + ",".join(str(m * 100 + d) if d <= size else "" for d in range(1, 32)) for m, size in enumerate(sizes, 1)
    ]
    days = read("Year,Month," + ",".join(map(str, range(1, 32))) + "\n" + "\n".join(rows))
    assert summary(days) == [("value", 121, "D", "2020-01-01T00:00:00")]
    assert days.series[0].values[59] == 229
    hours = read(
        "Date,"
        + ",".join(f"HE{h:02d}" for h in range(1, 25))
        + "\n"
        + daily(lambda k: ",".join(str(24 * k + h) for h in range(24)))
    )
    assert summary(hours) == [("value", 480, "h", "2020-01-01T00:00:00")]
    weeks = [f"2020-01-{6 + 7 * k:02d}," + ",".join(str(7 * k + d) for d in range(7)) for k in range(3)]
    assert summary(read("Week of,Mon,Tue,Wed,Thu,Fri,Sat,Sun\n" + "\n".join(weeks))) == [
        ("value", 21, "D", "2020-01-06T00:00:00")
    ]


def test_a_header_of_two_rows_names_group_and_column(read) -> None:  # type: ignore[no-untyped-def]
    body = daily(lambda k: f"{k},{k + 5},{k + 10},{k + 20}")
    expected = ["Temperature min", "Temperature max", "Humidity min", "Humidity max"]
    for groups in ("Date,Temperature,,Humidity,", "Date,Temperature,Temperature,Humidity,Humidity"):
        dataset = read(f"{groups}\n,min,max,min,max\n{body}")
        assert [s.name for s in dataset.series] == expected
        assert dataset.series[3].values[0] == 20
    columns = pd.MultiIndex.from_product([["AAPL", "MSFT"], ["Close", "Open"]], names=["Ticker", "Price"])
    frame = pd.DataFrame(np.arange(80).reshape(20, 4), index=DAYS.rename("Date"), columns=columns)
    assert [s.name for s in read(frame.to_csv()).series] == ["AAPL Close", "AAPL Open", "MSFT Close", "MSFT Open"]
    years = read("item,2019,,2020,\n,H1,H2,H1,H2\na,1,2,3,4\nb,2,3,4,5\n")
    assert summary(years) == [("a", 4, "6MS", "2019-01-01T00:00:00"), ("b", 4, "6MS", "2019-01-01T00:00:00")]


def test_a_row_of_units_is_taken_off_and_kept(read) -> None:  # type: ignore[no-untyped-def]
    dataset = read("time,temp,wind\n,°C,m/s\n" + daily(lambda k: f"{k},{k + 5}"))
    assert [(s.name, s.unit, len(s)) for s in dataset.series] == [("temp", "°C", 20), ("wind", "m/s", 20)]
    typed = read("site\tdatetime\tflow\n5s\t20d\t14n\n" + "\n".join(f"USGS\t{day:%Y-%m-%d}\t{k}" for k, day in enumerate(DAYS)))
    assert summary(typed) == [("flow", 20, "D", "2020-01-01T00:00:00")]


def test_units_scales_and_marks_in_cells(read) -> None:  # type: ignore[no-untyped-def]
    cells = daily(lambda k: f'{k + 0.5} kg,{k / 2}°C,"USD 1,{200 + k}.00",{k + 1}.5{"MK"[k % 2]},{k}{" p" if k > 15 else ""}')
    dataset = read("date,weight,temp,price,volume,rate\n" + cells)
    assert [(s.name, s.unit) for s in dataset.series[:3]] == [("weight", "kg"), ("temp", "°C"), ("price", "USD")]
    assert [s.values[1] for s in dataset.series] == [1.5, 0.5, 1201, 2500, 1]
    assert dataset.series[4].values[-1] == 19
    assert dataset.series[3].values[0] == 1_500_000
    assert any("multiplied out" in warning for warning in dataset.warnings)
    assert any("Marks behind numbers" in warning and "4 cells" in warning for warning in dataset.warnings)


def test_amounts_in_different_currencies_are_no_series(read) -> None:  # type: ignore[no-untyped-def]
    dataset = read("date,price,volume\n" + daily(lambda k: f"{'€$'[k % 2]}{k + 1}.50,{k}"))
    assert [s.name for s in dataset.series] == ["volume"]
    assert any("different units" in warning for warning in dataset.warnings)


def test_fixed_widths_with_blank_cells(read) -> None:  # type: ignore[no-untyped-def]
    rows = [
        f"{d:%Y-%m-%d}  {k * 1.5:5.1f}  {'' if k % 7 == 3 else k:>5}{'  calm wind' if k % 5 == 0 else ''}"
        for k, d in enumerate(DAYS)
    ]
    dataset = read("DATE        TEMP   WIND  NOTE\n" + "\n".join(rows), name="table.txt")
    assert [(s.name, s.missing, s.values[1]) for s in dataset.series] == [("TEMP", 0, 1.5), ("WIND", 3, 1)]


def test_comments_rulers_and_pipes(read) -> None:  # type: ignore[no-untyped-def]
    expected = [("v", 20, "D", "2020-01-01T00:00:00")]
    plain = daily(str)
    spaced = plain.replace(",", " | ")
    for text in (
        f"# made by a logger\n# in two lines\ndate,v\n{plain}",
        f"# date,v\n{plain}",
        f"date,v\n{plain[:129]}\n# sensor swapped\n{plain[130:]}",
        f" date       | v\n------------+----\n {spaced}\n(20 rows)\n",
        "| date | v |\n|------|--:|\n" + "\n".join(f"| {line} |" for line in spaced.split("\n")),
        f"sep=,\ndate,v\n{plain}",
        f"date,v,,\n{plain.replace(chr(10), ',,' + chr(10))},,\n,,,\n",
    ):
        assert summary(read(text)) == expected, text[:60]


def test_footers_of_any_shape(read) -> None:  # type: ignore[no-untyped-def]
    for footer in (
        "Rows: 20",
        "\nSource: Office\nNotes:\n1. provisional, see site",
        "(20 rows affected)",
        "Total,190\nAverage,9.5",
    ):
        assert summary(read(f"date,v\n{daily(str)}\n{footer}\n")) == [("v", 20, "D", "2020-01-01T00:00:00")], footer


def test_numbers_in_other_hands(read) -> None:  # type: ignore[no-untyped-def]
    cells = daily(lambda k: f'{k + 0.5}-,"12,34,{500 + k}.00",{k + 1}.50D+02')
    dataset = read("date,behind,lakh,fortran\n" + cells)
    assert [s.values[0] for s in dataset.series] == [-0.5, 1_234_500, 150]


def test_sentinels_only_where_implausible(read) -> None:  # type: ignore[no-untyped-def]
    cells = daily(lambda k: f"{-200 if k in (3, 9) else 2 + k % 5 / 10},{-99.99 if k in (3, 9) else k - 8},{-200 + 20 * k}")
    dataset = read("date,gas,temp,level\n" + cells)
    assert [(s.name, s.missing) for s in dataset.series] == [("gas", 2), ("temp", 2), ("level", 0)]
    assert any("-99.99 stands far outside" in warning for warning in dataset.warnings)
    kept = read("date,gas,temp,level\n" + cells, ReadOptions(keep_sentinels=True))
    assert [(s.missing, s.values[3]) for s in kept.series] == [(0, -200), (0, -99.99), (0, -140)]


def test_long_tables_are_named_by_two_identifiers_or_by_words_rather_than_codes(read) -> None:  # type: ignore[no-untyped-def]
    rows = [f"{d:%Y-%m-%d},{s},{i},{k + s * i}" for s in (1, 2) for i in (1, 2) for k, d in enumerate(DAYS)]
    stores = read("date,store,item,sales\n" + "\n".join(rows))
    assert [s.name for s in stores.series] == [f"store {s} · item {i}" for s in (1, 2) for i in (1, 2)]
    rows = [f"{d:%Y-%m-%d},{n},v{c},{c},{k},4" for n, c in (("Food", 416901), ("Fuel", 416902)) for k, d in enumerate(DAYS)]
    coded = read("date,Products,VECTOR,COORDINATE,VALUE,DECIMALS\n" + "\n".join(rows))
    assert [s.name for s in coded.series] == ["Food", "Fuel"]


def test_blocks_of_places_that_hardly_overlap_are_told_apart(read) -> None:  # type: ignore[no-untyped-def]
    rows = [f"ACY,{2015 - k // 12},{MONTHS[k % 12]},{k}" for k in range(24)] + [
        f"SWF,{2006 - k // 12},{MONTHS[k % 12]},{k}" for k in range(15)
    ]
    dataset = read("Airport Code,Year,Month,v\n" + "\n".join(rows))
    assert summary(dataset) == [("ACY", 24, "MS", "2014-01-01T00:00:00"), ("SWF", 15, "MS", "2005-01-01T00:00:00")]


def test_rows_of_one_time_that_nothing_names_are_asked(read) -> None:  # type: ignore[no-untyped-def]
    rows = [f"{d:%Y-%m-%d},{('red', 'blue')[k % 2]},{k + j}" for k, d in enumerate(DAYS) for j in range(3)]
    dataset = read("date,colour,v\n" + "\n".join(rows))
    assert [question.what for question in dataset.questions] == ["series names"]
    settled = read("date,colour,v\n" + "\n".join(rows), ReadOptions(series_column="none"))
    assert not settled.questions
    assert settled.series[0].values[:2].tolist() == [1, 2]


def test_a_series_a_row_with_its_start(read) -> None:  # type: ignore[no-untyped-def]
    header = "Series,N,Category,Starting Year,Starting Month," + ",".join(map(str, range(1, 13)))
    dataset = read(
        f"{header}\nN1,12,MICRO,1990,3," + ",".join(map(str, range(12))) + "\nN2,9,MICRO,1982,7," + ",".join("5" * 9) + ",,,\n"
    )
    assert summary(dataset) == [("N1", 12, "MS", "1990-03-01T00:00:00"), ("N2", 9, "MS", "1982-07-01T00:00:00")]


def test_years_quarters_and_months_below_each_other_are_series_of_their_own(read) -> None:  # type: ignore[no-untyped-def]
    years = [f'"{y}","{y - 1990}.5"' for y in range(1990, 2000)]
    quarters = [f'"{y} Q{q}","{y - 1990}.{q}"' for y in range(1990, 2000) for q in (1, 2, 3, 4)]
    months = [f'"{y} {m.upper()}","{y - 1990}.{k}"' for y in range(1990, 2000) for k, m in enumerate(MONTHS)]
    dataset = read('"Title","CPI"\n"Unit","%"\n' + "\n".join(years + quarters + months))
    assert sorted((s.frequency, len(s)) for s in dataset.series) == [("MS", 120), ("QS", 40), ("YS", 10)]


def test_pairs_of_times_and_values(read) -> None:  # type: ignore[no-untyped-def]
    rows = [f"{d:%Y-%m-%d},{k},{d + pd.Timedelta(days=40):%Y-%m-%d},{2 * k}" for k, d in enumerate(DAYS)]
    dataset = read("Date,Gold,Date,Oil\n" + "\n".join(rows))
    assert summary(dataset) == [("Gold", 20, "D", "2020-01-01T00:00:00"), ("Oil", 20, "D", "2020-02-10T00:00:00")]


@pytest.mark.parametrize(
    ("encoding", "text", "name"),
    [
        ("cp932", "年月,来館者数\n", "来館者数"),
        ("cp1251", "Дата,Выручка по месяцам\n", "Выручка по месяцам"),
        ("cp1252", "Date,Température\n", "Température"),
    ],
)
def test_older_code_pages(read, encoding: str, text: str, name: str) -> None:  # type: ignore[no-untyped-def]
    months = pd.date_range("2018-04-01", periods=24, freq="MS")
    written = "{0:%Y}年{0.month}月" if encoding == "cp932" else "{0:%Y-%m}"
    dataset = read(text + "\n".join(f"{written.format(t)},{k}" for k, t in enumerate(months)), encoding=encoding)
    assert summary(dataset) == [(name, 24, "MS", "2018-04-01T00:00:00")]


def test_a_frequency_that_the_times_do_not_follow_is_explained(read) -> None:  # type: ignore[no-untyped-def]
    text = "month,v\n" + "\n".join(f"{2000 + k // 12}-{k % 12 + 1:02d},{k}" for k in range(48))
    quarterly = read(text, ReadOptions(frequency="QS"))
    assert (len(quarterly.series[0]), quarterly.series[0].frequency) == (48, "QS")
    assert any("follow MS" in warning and "nothing was added up or averaged" in warning for warning in quarterly.warnings)
    assert not any("You said" in warning for warning in read(text, ReadOptions(frequency="MS")).warnings)
