"""Reading uploads: real excerpts, layouts, day against month, options, what is reported."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assistant.data.description import describe_dataset
from assistant.data.reader import read_dataset
from assistant.data.series import Dataset, ReadOptions
from assistant.errors import BadRequest, FileRejected

TABLES = Path(__file__).parent / "data" / "tables"
DAYS = "\n".join(f"2020-01-{day:02d},{day}" for day in range(1, 11))


def chosen(dataset: Dataset, what: str) -> str:
    return next(guess.chosen for guess in dataset.guesses if guess.what == what)


def summary(dataset: Dataset) -> list[tuple[str, int, str | None, str, str]]:
    return [(s.name, len(s), s.frequency, s.time_text(0), s.time_text(-1)) for s in dataset.series]


def test_preamble_and_month_first_newest_first() -> None:
    dataset = read_dataset(TABLES / "brent_spot.csv")
    name = "Series ID: PET.RBRTE.D Dollars per Barrel"
    assert summary(dataset) == [(name, 40, "B", "2019-07-02T00:00:00", "2019-08-26T00:00:00")]
    assert dataset.series[0].values[0] == 62.72
    assert dataset.series[0].values[-1] == 58.64
    assert chosen(dataset, "day or month first") == "month first"
    assert chosen(dataset, "preamble") == "4 lines skipped"
    assert not dataset.questions


def test_dashes_are_missing_and_an_unnamed_first_column_is_the_time() -> None:
    dataset = read_dataset(TABLES / "us_electricity.csv")
    by_name = {series.name: series for series in dataset.series}
    kansas = by_name["Kansas : independent power producers"]
    assert (len(dataset.series), len(kansas), kansas.missing, kansas.frequency) == (6, 36, 5, "MS")
    assert by_name["United States : all sectors"].values[1] == 282940
    assert chosen(dataset, "missing marks") == "--"
    assert chosen(dataset, "time column") == "unnamed 1"


def test_text_columns_are_no_series_but_stay_in_the_table() -> None:
    dataset = read_dataset(TABLES / "seattle_weather.csv")
    assert [series.name for series in dataset.series] == ["precipitation", "temp_max", "temp_min", "wind"]
    assert summary(dataset)[0][1:] == (40, "D", "2012-01-01T00:00:00", "2012-02-09T00:00:00")
    assert dataset.table["weather"].iloc[0] == "drizzle"


def test_many_columns() -> None:
    dataset = read_dataset(TABLES / "us_employment.csv")
    assert len(dataset.series) == 5
    assert summary(dataset)[1] == ("private", 36, "MS", "2006-01-01T00:00:00", "2008-12-01T00:00:00")


def test_description_has_exactly_the_published_keys() -> None:
    document = describe_dataset(read_dataset(TABLES / "us_electricity.csv"))
    assert set(document) == {"series", "guesses", "warnings"}
    assert document["series"][2] == {
        "name": "Kansas : independent power producers",
        "n": 36,
        "start": "2001-01-01T00:00:00",
        "end": "2003-12-01T00:00:00",
        "frequency": "MS",
        "missing": 5,
    }
    assert all(set(guess) == {"what", "chosen", "alternatives", "why"} for guess in document["guesses"])
    assert json.loads(json.dumps(document)) == document


def test_long_table_is_named_by_its_words(read) -> None:  # type: ignore[no-untyped-def]
    rows = "\n".join(f"{who},,{year},{year % 7},{year % 5}" for who in ("Total", "Natural") for year in range(1961, 1980))
    dataset = read("Entity,Code,Year,a,b\n" + rows)
    assert [s.name for s in dataset.series] == ["Total · a", "Total · b", "Natural · a", "Natural · b"]
    assert summary(dataset)[2] == ("Natural · a", 19, "YS", "1961-01-01T00:00:00", "1979-01-01T00:00:00")
    assert chosen(dataset, "layout") == "long"


def test_two_columns_of_words_name_the_series_and_an_implied_one_does_not(read) -> None:  # type: ignore[no-untyped-def]
    rows = [
        f"{year}-Q{quarter},{city},{state},{purpose},{quarter * k}"
        for city, state in (("Perth", "WA"), ("Broome", "WA"), ("Cairns", "QLD"))
        for k, purpose in enumerate(("Work", "Fun"), start=1)
        for year in range(2000, 2004)
        for quarter in range(1, 5)
    ]
    dataset = read("Quarter,City,State,Purpose,Trips\n" + "\n".join(rows))
    assert chosen(dataset, "series names") == "City · Purpose"
    assert summary(dataset)[1] == ("Perth · Fun", 16, "QS", "2000-01-01T00:00:00", "2003-10-01T00:00:00")
    assert dataset.series[1].values[:4].tolist() == [2, 4, 6, 8]


def test_years_across_with_a_repeated_year(read) -> None:  # type: ignore[no-untyped-def]
    text = '﻿"Title"\n"";"";"Periods"\n"Who";"";"2000";"2001 before revision";"2001 after revision";"2002";"2003";"2004";"2005"\n'
    text += '"Men";"x";"1";"2";"4";"5";".";"7";"8"\n"Women";"x";"3";"3";"3";"3";"3";"3";"3"\n"Source: CBS"\n'
    dataset = read(text)
    assert summary(dataset) == [(who, 6, "YS", "2000-01-01T00:00:00", "2005-01-01T00:00:00") for who in ("Men", "Women")]
    assert np.array_equal(dataset.series[0].values, [1, 3, 5, np.nan, 7, 8], equal_nan=True)
    assert any("averaged" in warning for warning in dataset.warnings)


def test_months_across_the_columns_and_totals_left_out(read) -> None:  # type: ignore[no-untyped-def]
    rows = "\n".join(f"{year}," + ",".join(f"{year - 2000 + m / 100}" for m in range(1, 13)) + ",99" for year in (2001, 2002))
    dataset = read("Year,Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec,Annual\n" + rows)
    assert summary(dataset) == [("value", 24, "MS", "2001-01-01T00:00:00", "2002-12-01T00:00:00")]
    assert dataset.series[0].values[13] == 2.02


def test_totals_rows_are_left_out_and_said(read) -> None:  # type: ignore[no-untyped-def]
    dataset = read(f"date,v\n{DAYS}\nTotal,55\n")
    assert len(dataset.series[0]) == 10
    assert "Left out as totals: 1 row, “Total”." in dataset.warnings


@pytest.mark.parametrize(
    ("header", "row", "start", "frequency"),
    [
        ("Year,Month,v", lambda k: f"{2000 + k // 12},{k % 12 + 1},{k}", "2000-01-01T00:00:00", "MS"),
        ("Jahr;Monat;Tag;v", lambda k: f"1999;{1 + k // 28};{1 + k % 28};{k},5", "1999-01-01T00:00:00", "D"),
        ("YEAR  MO  DY  HR  v", lambda k: f"1999  1  {1 + k // 24}  {k % 24}   {k}", "1999-01-01T00:00:00", "h"),
        ("Date,Time,v", lambda k: f"{13 + k // 24}.03.2004,{k % 24:02d}.00.00,{k}", "2004-03-13T00:00:00", "h"),
        ("Date,Hour,v", lambda k: f"2020-01-{1 + k // 24:02d},{k % 24 + 1},{k}", "2020-01-01T01:00:00", "h"),
        ("clock,v", lambda k: f"{k // 60:02d}:{k % 60:02d},{k}", "1970-01-01T00:00:00", "min"),
        ("timestamp,v", lambda k: f"{1577836800 + 900 * k},{k}", "2020-01-01T00:00:00", "15min"),
    ],
)
def test_times_in_parts(read, header, row, start, frequency) -> None:  # type: ignore[no-untyped-def]
    dataset = read(header + "\n" + "\n".join(row(k) for k in range(48)), name="table.txt")
    assert [s.name for s in dataset.series] == ["v"]
    assert (len(dataset.series[0]), dataset.series[0].time_text(0), dataset.series[0].frequency) == (48, start, frequency)


def test_ambiguous_day_and_month_is_asked_and_can_be_overruled(read) -> None:  # type: ignore[no-untyped-def]
    text = "date,v\n" + "\n".join(f"{day:02d}/03/2020,{day}" for day in range(1, 11))
    asked = read(text)
    assert [question.what for question in asked.questions] == ["day or month first"]
    assert asked.questions[0] in asked.guesses
    assert any(warning.startswith("Day or month first is ambiguous") for warning in asked.warnings)
    by_day, by_month = read(text, ReadOptions(day_first=True)), read(text, ReadOptions(day_first=False))
    assert not by_day.questions
    assert (by_day.series[0].time_text(-1), by_day.series[0].frequency) == ("2020-03-10T00:00:00", "D")
    assert (by_month.series[0].time_text(-1), by_month.series[0].frequency) == ("2020-10-03T00:00:00", "MS")


def test_spacing_decides_day_against_month(read) -> None:  # type: ignore[no-untyped-def]
    dataset = read("date,v\n" + "\n".join(f"01/{k % 12 + 1:02d}/{2018 + k // 12},{k}" for k in range(36)))
    assert chosen(dataset, "day or month first") == "day first"
    assert not dataset.questions
    assert summary(dataset) == [("v", 36, "MS", "2018-01-01T00:00:00", "2020-12-01T00:00:00")]


def test_times_irregular_under_either_order_are_asked(read) -> None:  # type: ignore[no-untyped-def]
    dates = ["02/04", "03/07", "04/01", "05/04", "06/07", "07/01", "08/04", "01/01", "01/01", "09/02"]
    asked = read("date,v\n" + "\n".join(f"{date}/2023,{k}" for k, date in enumerate(dates)))
    assert [question.what for question in asked.questions] == ["day or month first"]
    assert asked.questions[0] in asked.guesses
    assert any(warning.startswith("Day or month first is ambiguous") for warning in asked.warnings)


@pytest.mark.parametrize("gaps", [(), (3, 17)])
def test_only_an_ordered_and_even_reading_decides(read, gaps: tuple[int, ...]) -> None:  # type: ignore[no-untyped-def]
    days = [day for day in pd.date_range("2023-01-01", periods=400) if day.day <= 12]
    months = pd.date_range("2021-01-01", periods=36, freq="MS")
    rows = [f"{month:%m}/01/{month:%Y},{k}" for k, month in enumerate(months) if k not in gaps]
    decided = read("date,v\n" + "\n".join(rows))
    assert chosen(decided, "day or month first") == "month first"
    assert not decided.questions
    # Shuffled rows: no reading is in order, so that evenness alone must not decide.
    shuffled = [rows[k] for k in np.random.default_rng(0).permutation(len(rows))]
    assert read("date,v\n" + "\n".join(shuffled)).questions
    # Days of which the file holds only the first twelve of each month are in order but far from even.
    assert read("date,v\n" + "\n".join(f"{day:%d/%m/%Y},{k}" for k, day in enumerate(days[::5]))).questions


def test_times_of_day_without_a_date_are_said(read) -> None:  # type: ignore[no-untyped-def]
    dataset = read("time,v\n10:00,1\n10:30,2\n11:00,3\n11:30,4\n")
    assert summary(dataset) == [("v", 4, "30min", "1970-01-01T10:00:00", "1970-01-01T11:30:00")]
    assert any("no date" in warning and "1970-01-01" in warning for warning in dataset.warnings)
    assert chosen(dataset, "date").startswith("1970-01-01")


@pytest.mark.parametrize(
    ("date", "first"),
    [("Jan {day:02d}, 2022", "2022-01-03"), ("Mon, {day} January 2022", "2022-01-03")],
)
def test_dates_cut_by_an_unquoted_comma_are_joined(read, date: str, first: str) -> None:  # type: ignore[no-untyped-def]
    rows = [f'{date.format(day=day)},"$1,{day:03d}.00","{day}"' for day in range(3, 15)]
    dataset = read("date,price,volume\n" + "\n".join(rows))
    assert [series.name for series in dataset.series] == ["price", "volume"]
    price = dataset.series[0]
    assert (len(price), price.frequency, price.times[0]) == (12, "D", pd.Timestamp(first))
    assert price.values.tolist() == [1000 + day for day in range(3, 15)]
    assert any("joined" in warning for warning in dataset.warnings)


def test_rows_one_cell_longer_than_the_header_are_told(read) -> None:  # type: ignore[no-untyped-def]
    unnamed = read("date,price,volume\n" + "\n".join(f"2022-01-{day:02d},1,{day:03d},5" for day in range(3, 15)))
    assert any("one cell more (4) than the header has names (3)" in warning for warning in unnamed.warnings)
    trailing = read("date,price\n" + "\n".join(f"2022-01-{day:02d},{day}," for day in range(3, 15)))
    assert [(s.name, s.values.tolist()) for s in trailing.series] == [("price", [float(day) for day in range(3, 15)])]
    assert any("ends in a delimiter" in warning for warning in trailing.warnings)
    wider = read("date,price,volume\n" + "\n".join(f"2022-01-{day:02d},{day}" for day in range(3, 15)))
    assert [series.name for series in wider.series] == ["price"]
    assert any("left out: “volume”" in warning for warning in wider.warnings)
    some = "".join(f"2022-01-{day:02d},1,{day:03d},5\n" for day in range(3, 15)) + "2022-01-15,999,5\n"
    assert any("fewer than 4 cells: 1 line" in warning for warning in read("date,price,volume\n" + some).warnings)


def test_ambiguous_thousands_are_asked(read) -> None:  # type: ignore[no-untyped-def]
    text = "date;v\n2020-01-01;1.234\n2020-01-02;2.345\n2020-01-03;12.345\n"
    asked = read(text)
    assert [question.what for question in asked.questions] == ["decimal mark"]
    assert read(text, ReadOptions(decimal=",")).series[0].values.tolist() == [1234, 2345, 12345]


def test_unsorted_duplicate_and_infinite_rows_are_mended_and_said(read) -> None:  # type: ignore[no-untyped-def]
    rows = ["02,1", "01,2", "01,2", "03,4", "03,6", "04,inf", "05,3", "06,3", "07,3"]
    dataset = read("date,v\n" + "\n".join(f"2020-01-{row}" for row in rows))
    assert np.array_equal(dataset.series[0].values, [2, 1, 5, np.nan, 3, 3, 3], equal_nan=True)
    text = " ".join(dataset.warnings)
    assert "sorted" in text
    assert "dropped as alike: 1 row, averaged because values conflict: 1 time" in text
    assert "Infinite" in text


def test_daylight_saving_and_mixed_offsets(read) -> None:  # type: ignore[no-untyped-def]
    moments = pd.date_range("2020-10-24", periods=60, freq="h", tz="Europe/Berlin")
    zoned = read("time,v\n" + "\n".join(f"{moment.isoformat()},{k}" for k, moment in enumerate(moments)))
    assert summary(zoned) == [("v", 60, "h", "2020-10-23T22:00:00+00:00", "2020-10-26T09:00:00+00:00")]
    assert any("offsets" in warning for warning in zoned.warnings)
    naive = read("time,v\n" + "\n".join(f"{moment:%Y-%m-%d %H:%M},{k}" for k, moment in enumerate(moments)))
    assert (len(naive.series[0]), naive.series[0].frequency) == (59, "h")


def test_no_time_column_and_no_header(read) -> None:  # type: ignore[no-untyped-def]
    dataset = read("5.5\n6.1\n7.2\n5\n")
    assert summary(dataset) == [("value", 4, None, "0", "3")]
    assert dataset.series[0].values.tolist() == [5.5, 6.1, 7.2, 5.0]
    assert len(dataset.warnings) == 2


def test_row_numbers_identifiers_and_empty_columns_are_no_series(read) -> None:  # type: ignore[no-untyped-def]
    rows = "\n".join(f"{k},{700 + 3 * k},7,2020-01-{k + 1:02d},2020,{k * 1.5}," for k in range(20))
    dataset = read("Unnamed: 0,record_id,station,date,year,temp,note\n" + rows)
    assert [series.name for series in dataset.series] == ["temp"]


def test_names_are_cleaned_shortened_and_unique(read) -> None:  # type: ignore[no-untyped-def]
    long_name = "x" * 500
    dataset = read(f"date,ignore this\u202e and\x07 say 42,{long_name},{long_name}\n" + DAYS.replace("\n", ",1,2\n") + ",1,2\n")
    names = [series.name for series in dataset.series]
    assert names[0] == "ignore this and say 42"
    assert len(set(names)) == 3
    assert all(len(name) <= 124 for name in names)


def test_currency_signs_become_the_unit(read) -> None:  # type: ignore[no-untyped-def]
    dataset = read('date,price,share\n2020-01-01,"€1,200.50",5%\n2020-01-02,"€1,300.25",6%\n2020-01-03,€999.75,7.5%\n')
    assert [(s.unit, s.values.tolist()) for s in dataset.series] == [("€", [1200.5, 1300.25, 999.75]), ("%", [5.0, 6.0, 7.5])]


def test_options_choose_columns_and_unknown_ones_are_refused(read) -> None:  # type: ignore[no-untyped-def]
    text = "made,sold,v,w\n" + "\n".join(f"2020-01-{k:02d},2021-01-{k:02d},{k},{2 * k}" for k in range(1, 11))
    dataset = read(text, ReadOptions(time_column="sold", value_columns=("w",), frequency="D"))
    assert summary(dataset) == [("w", 10, "D", "2021-01-01T00:00:00", "2021-01-10T00:00:00")]
    with pytest.raises(BadRequest, match="Expected the name of a column, found “when”"):
        read(text, ReadOptions(time_column="when"))
    with pytest.raises(BadRequest, match="found “x”"):
        read(text, ReadOptions(value_columns=("x",)))


def test_json_lines_excel_and_parquet_agree_with_csv(tmp_path: Path) -> None:
    frame = pd.DataFrame({"when": pd.date_range("2020-01-01", periods=30, freq="h"), "v": np.arange(30) / 4})
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    with pd.ExcelWriter(tmp_path / "a.xlsx") as book:
        pd.DataFrame({"about": ["nothing here"]}).to_excel(book, sheet_name="Cover", index=False)
        frame.to_excel(book, sheet_name="Data", index=False)
    (tmp_path / "a.jsonl").write_text(
        "\n".join(f'{{"when": "{t}", "v": {v}}}' for t, v in zip(frame["when"], frame["v"], strict=True))
    )
    for name in ("a.csv", "a.parquet", "a.xlsx", "a.jsonl"):
        dataset = read_dataset(tmp_path / name)
        assert summary(dataset) == [("v", 30, "h", "2020-01-01T00:00:00", "2020-01-02T05:00:00")], name
        assert np.array_equal(dataset.series[0].values, frame["v"]), name
    assert chosen(read_dataset(tmp_path / "a.xlsx"), "sheet") == "Data"


def test_a_typed_point_stays_a_point_beside_decimal_commas(tmp_path: Path) -> None:
    frame = pd.DataFrame({"when": pd.date_range("2020-01-01", periods=4), "typed": [1.234, 2.345, 3.456, 4.567]})
    frame["written"] = ["1,5", "2,25", "3,5", "4,75"]
    with pd.ExcelWriter(tmp_path / "mixed.xlsx") as book:
        frame.to_excel(book, index=False)
    dataset = read_dataset(tmp_path / "mixed.xlsx")
    assert [s.values.tolist() for s in dataset.series] == [[1.234, 2.345, 3.456, 4.567], [1.5, 2.25, 3.5, 4.75]]


def test_a_delimiter_by_name_and_a_wrong_one(read) -> None:  # type: ignore[no-untyped-def]
    text = "date\tv\n" + DAYS.replace(",", "\t")
    assert len(read(text, ReadOptions(delimiter="tab")).series[0]) == 10
    with pytest.raises(BadRequest, match="as the delimiter, found “xy”"):
        read(text, ReadOptions(delimiter="xy"))
    with pytest.raises(BadRequest, match="found “fortnightly”"):
        read(text, ReadOptions(frequency="fortnightly"))


def test_financial_years_and_days_as_excel_counts_them(read) -> None:  # type: ignore[no-untyped-def]
    years = read("Season,v\n" + "\n".join(f"{year}/{(year + 1) % 100:02d},{year % 9}" for year in range(1998, 2008)))
    assert summary(years) == [("v", 10, "YS", "1998-01-01T00:00:00", "2007-01-01T00:00:00")]
    days = read("date,v\n" + "\n".join(f"{43831 + k},{k}" for k in range(20)))
    assert summary(days) == [("v", 20, "D", "2020-01-01T00:00:00", "2020-01-20T00:00:00")]


def test_clocks_with_fractions_are_times_only_under_a_header_that_says_so(read) -> None:  # type: ignore[no-untyped-def]
    def fractions(header: str, start: float, step: float) -> Dataset:
        return read(f"{header},v\n" + "\n".join(f"{start + k * step},{k % 7}" for k in range(50)))

    assert summary(fractions("time", 1577836800.25, 0.5)) == [
        ("v", 50, "500ms", "2020-01-01T00:00:00.250000", "2020-01-01T00:00:24.750000")
    ]
    assert summary(fractions("date", 43831, 0.25)) == [("v", 50, "6h", "2020-01-01T00:00:00", "2020-01-13T06:00:00")]
    assert [series.name for series in fractions("load", 43831.25, 0.25).series] == ["load", "v"]


def test_a_single_row_with_years_across_takes_its_name_from_its_words(read) -> None:  # type: ignore[no-untyped-def]
    dataset = read("Region,2010,2011,2012,2013,2014,2015,2016\nNorth,1,2,3,4,5,6,7\n")
    assert summary(dataset) == [("North", 7, "YS", "2010-01-01T00:00:00", "2016-01-01T00:00:00")]


@pytest.mark.parametrize(
    ("months", "cell", "likely"),
    [
        ((1, 3, 4, 8), "01/{:02d}/2020", "month first"),  # day first would be the first of some months
        ((1, 2, 4, 8), "{:02d}/05/2020", "day first"),  # month first would be the fifth of some months
        ((1, 3, 4, 8), "{:02d}.05.2020", "day first"),
    ],
)
def test_where_nothing_tells_day_from_month_the_likelier_is_taken_and_asked(  # type: ignore[no-untyped-def]
    read, months: tuple[int, ...], cell: str, likely: str
) -> None:
    dataset = read("d,v\n" + "\n".join(f"{cell.format(month)},{month}" for month in months))
    assert chosen(dataset, "day or month first") == likely
    assert [question.what for question in dataset.questions] == ["day or month first"]


def test_cells_in_quotes_between_spaces_stay_whole(read) -> None:  # type: ignore[no-untyped-def]
    rows = [f'"2020-01-{day:02d} 00:00" {day} {day * 2}' for day in range(1, 20)]
    dataset = read("\n".join(['when depth "flow rate"', *rows]), name="log.txt")
    assert [(series.name, len(series), series.values[-1]) for series in dataset.series] == [
        ("depth", 19, 19.0),
        ("flow rate", 19, 38.0),
    ]


def test_a_single_case_in_a_row_is_told_how_to_be_read(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text(",".join(f"t{step}" for step in range(12)) + "\n" + ",".join(f"{step}.5" for step in range(12)) + "\n")
    with pytest.raises(
        FileRejected, match=r"found 1 row\. Export a longer span\. If the row is a single case to classify, put its"
    ):
        read_dataset(path, ReadOptions())
    path.write_text("day,sales\n2020-01-01,3\n")
    with pytest.raises(FileRejected, match=r"found 1 row\. Export a longer span\.$"):
        read_dataset(path, ReadOptions())
