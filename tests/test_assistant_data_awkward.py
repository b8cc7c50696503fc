"""Awkward exports: headers of loggers and terminals, numbered members, labels of JSON services, settings refused."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from assistant.data.series import Dataset, ReadOptions
from assistant.errors import FileRejected


def names(dataset: Dataset) -> list[str]:
    return [series.name for series in dataset.series]


@pytest.mark.parametrize(("stem", "count"), [("store_", 40), ("name_", 31), ("branch ", 28)])
def test_numbered_members_of_a_monthly_table_are_no_days(read, stem: str, count: int) -> None:  # type: ignore[no-untyped-def]
    header = ",".join(["month", *(f"{stem}{k:02d}" for k in range(1, count + 1))])
    months = pd.date_range("2014-01-01", periods=24, freq="MS")
    rows = [",".join([f"{m:%Y-%m}", *(str(row + k) for k in range(count))]) for row, m in enumerate(months)]
    dataset = read("\n".join([header, *rows]))
    assert len(dataset.series) == count
    assert {series.frequency for series in dataset.series} == {"MS"}
    assert dataset.series[count - 1].values.tolist() == [row + count - 1 for row in range(24)]


def test_numbered_days_of_months_stay_days(read) -> None:  # type: ignore[no-untyped-def]
    months = pd.date_range("2019-01-01", periods=12, freq="MS")
    rows = [
        ",".join([f"{m:%Y-%m}", *(str(m.month * 100 + d) if d <= m.days_in_month else "" for d in range(1, 32))]) for m in months
    ]
    dataset = read("\n".join([",".join(["month", *(f"VALUE{d}" for d in range(1, 32))]), *rows]))
    (series,) = dataset.series
    assert (series.frequency, len(series)) == ("D", 365)
    assert series.values[58] == 228


def test_rows_of_units_and_aggregates_name_no_columns_and_record_numbers_no_series(read) -> None:  # type: ignore[no-untyped-def]
    header = '"TOA5","S","CR1000","1","Std","met","44","Ten"\n"TIMESTAMP","RECORD","Batt_Min","Air_Avg","RH"\n'
    header += '"TS","RN","Volts","Deg C","%"\n"","","Min","Avg","Smp"\n'
    times = pd.date_range("2020-08-01", periods=30, freq="10min")
    rows = "\n".join(
        f'"{t:%Y-%m-%d %H:%M:%S}",{5100 + k},{12 + k / 100:.2f},{18 + k / 10:.1f},{70 - k}' for k, t in enumerate(times)
    )
    dataset = read(header + rows)
    assert names(dataset) == ["Batt_Min", "Air_Avg", "RH"]
    assert [series.unit for series in dataset.series] == ["Volts", "Deg C", "%"]
    assert dataset.series[2].values[3] == 67


def test_hours_with_a_or_p_alone_are_times_of_day(read) -> None:  # type: ignore[no-untyped-def]
    times = pd.date_range("2020-01-25", periods=60, freq="30min")
    rows = [
        f"{t.month}/{t.day}/{t:%y}\t{t.hour % 12 or 12}:{t:%M}{'a' if t.hour < 12 else 'p'}\t{k}" for k, t in enumerate(times)
    ]
    (series,) = read("\n".join(["Date\tTime\tOut", *rows]), name="log.txt").series
    assert series.frequency == "30min"
    assert series.times[-1] == times[-1]


def test_months_of_three_digits(read) -> None:  # type: ignore[no-untyped-def]
    rows = [f"{m:03d}.{y};{(y - 2018) * 12 + m + 0.5}" for y in (2018, 2019) for m in range(1, 13)]
    (series,) = read("\n".join(["Periode;Kosten", *rows])).series
    assert series.frequency == "MS"
    assert series.values[14] == 15.5


def test_missing_marks_of_a_terminal_do_not_hide_the_names(read) -> None:  # type: ignore[no-untyped-def]
    days = pd.date_range("2019-01-14", periods=20, freq="B")
    preamble = "Start Date,1/14/2019,\nEnd Date,2/8/2019,\nCurrency,USD,\n,ABC Index,XYZ Index\nDates,PX,PX\n"
    rows = [f"{d.month}/{d.day}/{d.year},{k},{'#N/A N/A' if k in (0, 5) else 2 * k}" for k, d in enumerate(days)]
    dataset = read(preamble + "\n".join(rows))
    assert [name.split(" PX")[0] for name in names(dataset)] == ["ABC Index", "XYZ Index"]
    assert np.isnan(dataset.series[1].values[[0, 5]]).all()


def test_the_table_begins_below_the_last_end_of_a_header(read) -> None:  # type: ignore[no-untyped-def]
    head = "Program\t\nVersion\t2\n***End_of_Header***\t\n\t\nChannels\t2\t\nSamples\t30\t30\t\n***End_of_Header***\t\t\t\n"
    rows = "\n".join(f"{k / 100:.6f}\t{k * 1.5:.2f}\t{k * 2.5:.2f}" for k in range(30))
    dataset = read(head + "X_Value\tU0\tU1\tComment\n" + rows, name="run.lvm")
    assert names(dataset)[-2:] == ["U0", "U1"]
    assert dataset.series[-1].values[2] == 5.0


def test_series_of_a_service_are_named_by_the_label_that_differs(read) -> None:  # type: ignore[no-untyped-def]
    result = [
        {
            "metric": {"__name__": "up", "job": job, "instance": "h"},
            "values": [[1641384000 + 15 * k, str(k * scale)] for k in range(20)],
        }
        for job, scale in (("api", 1.5), ("db", 2.5))
    ]
    dataset = read(json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}), name="answer.json")
    assert names(dataset) == ["api", "db"]
    assert dataset.series[1].values[4] == 10.0


def test_an_index_beside_the_times_is_not_the_series(read) -> None:  # type: ignore[no-untyped-def]
    months = [f"{t:%Y-%m}" for t in pd.date_range("2001-01-01", periods=24, freq="MS")]
    document = {
        "name": "made",
        "time": {"index": list(range(24)), "raw": months},
        "series": [{"label": "level", "type": "float", "raw": [k * 1.5 for k in range(24)]}],
    }
    (series,) = read(json.dumps(document), name="made.json").series
    assert (series.name, series.frequency, series.values[3]) == ("level", "MS", 4.5)


def test_a_file_of_settings_is_refused(read) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(FileRejected, match="file of settings"):
        read("[server]\nport = 8080\nhost = localhost\n\n[limits]\nrows = 100\nname = far\n", name="settings.ini")


def test_each_cell_of_a_column_of_many_hands_is_read_by_its_own_notation(read) -> None:  # type: ignore[no-untyped-def]
    days = pd.date_range("2021-03-01", periods=40, freq="D")
    forms = ("{:%Y-%m-%d}", "{:%d/%m/%Y}", "{:%d %b %Y}", "{:%d.%m.%Y}")
    rows = [f"{forms[k % 4].format(day)},{k}" for k, day in enumerate(days)]
    dataset = read("\n".join(["day,count", *rows]))
    (series,) = dataset.series
    assert (series.frequency, series.times[0], series.times[-1]) == ("D", days[0], days[-1])
    assert series.values.tolist() == list(range(40))
    assert any("written in 4 ways" in text for text in dataset.warnings)


def test_mixed_notations_without_proof_of_the_order_are_asked_about(read) -> None:  # type: ignore[no-untyped-def]
    rows = [(f"{k % 5 + 1}/{k % 7 + 1}/2021" if k % 2 else f"{k + 6} Feb 2021") + f",{k}" for k in range(12)]
    (question,) = read("\n".join(["d,v", *rows])).questions
    assert question.what == "day or month first"


def test_a_column_that_is_times_in_part_is_asked_about_and_read_when_named(read) -> None:  # type: ignore[no-untyped-def]
    rows = [(f"2020-01-{k + 1:02d}" if k % 2 else f"about {k}") + f",{k}" for k in range(28)]
    text = "\n".join(["when,v", *rows])
    (question,) = read(text).questions
    assert (question.what, question.alternatives) == ("time column", ("when",))
    (series,) = read(text, options=ReadOptions(time_column="when")).series
    assert (len(series), series.frequency) == (14, "2D")


@pytest.mark.parametrize(
    ("header", "cells", "first", "frequency"),
    [
        ("year", [f"{2550 + k}" for k in range(14)], "2007-01-01", "YS"),
        ("date", [f"{k + 1:02d}/02/2563" for k in range(29)], "2020-02-01", "D"),
        ("month", [f"2563-{k + 1:02d}" for k in range(12)], "2020-01-01", "MS"),
    ],
)
def test_years_of_the_buddhist_era_are_brought_to_the_common_one_and_said(  # type: ignore[no-untyped-def]
    read, header: str, cells: list[str], first: str, frequency: str
) -> None:
    dataset = read("\n".join([f"{header},v", *(f"{cell},{k * 1.5}" for k, cell in enumerate(cells))]))
    (series,) = dataset.series
    assert (series.times[0], series.frequency, len(series)) == (pd.Timestamp(first), frequency, len(cells))
    assert any("Buddhist era" in text for text in dataset.warnings)


@pytest.mark.parametrize(
    ("titles", "headers", "expected"),
    [
        (("Region North", "Region South"), ("Output", "Output"), ["Region North", "Region South"]),
        (("", ""), ("Output", "Output"), ["table 1", "table 2"]),
        (("North", "South"), ("Output", "Staff"), ["North · Output", "South · Staff"]),
    ],
)
def test_tables_under_each_other_are_all_read(  # type: ignore[no-untyped-def]
    read, titles: tuple[str, str], headers: tuple[str, str], expected: list[str]
) -> None:
    months = [f"2020-{k:02d}" for k in range(1, 13)]
    parts = []
    for scale, (title, header) in enumerate(zip(titles, headers, strict=True), start=1):
        parts += [
            *([title] if title else []),
            f"Month,{header}",
            *(f"{month},{k * scale}.5" for k, month in enumerate(months)),
            "",
        ]
    dataset = read("\n".join(parts))
    assert names(dataset) == expected
    assert [series.values[3] for series in dataset.series] == [3.5, 6.5]
    assert any("2 tables under each other" in text for text in dataset.warnings)


def test_a_header_repeated_on_each_page_starts_no_other_table(read) -> None:  # type: ignore[no-untyped-def]
    days = pd.date_range("2020-01-01", periods=40, freq="D")
    rows = [("day,level\n" if k and k % 20 == 0 else "") + f"{day:%Y-%m-%d},{k}.5" for k, day in enumerate(days)]
    (series,) = read("\n".join(["day,level", *rows])).series
    assert len(series) == 40


@pytest.mark.parametrize("name", ["Total", "All regions"])
def test_a_column_that_adds_the_others_up_is_left_out_and_said(read, name: str) -> None:  # type: ignore[no-untyped-def]
    days = pd.date_range("2020-01-01", periods=20, freq="D")
    text = "\n".join(
        [f"day,a,b,c,{name}", *(f"{day:%Y-%m-%d},{k}.4,{2 * k}.3,{k}.1,{4 * k + 0.8:.1f}" for k, day in enumerate(days))]
    )
    dataset = read(text)
    assert names(dataset) == ["a", "b", "c"]
    assert any(guess.what == "totals" for guess in dataset.guesses)
    assert names(read(text, options=ReadOptions(keep_totals=True))) == ["a", "b", "c", name]


def test_an_item_that_adds_the_others_up_is_left_out(read) -> None:  # type: ignore[no-untyped-def]
    days = pd.date_range("2020-01-01", periods=12, freq="D")
    rows = [
        f"{day:%Y-%m-%d},{item},{v}"
        for k, day in enumerate(days)
        for item, v in (("north", k), ("south", 5 * k), ("west", 2), ("Total", 6 * k + 2))
    ]
    assert names(read("\n".join(["day,item,v", *rows]))) == ["north", "south", "west"]


def test_a_total_of_more_than_the_file_holds_stays(read) -> None:  # type: ignore[no-untyped-def]
    days = pd.date_range("2020-01-01", periods=12, freq="D")
    rows = [f"{day:%Y-%m-%d},{k},{5 * k},{k},{7 * k + 9}" for k, day in enumerate(days)]
    assert names(read("\n".join(["day,a,b,c,Total", *rows]))) == ["a", "b", "c", "Total"]


def test_marks_that_the_user_names_are_missing_values(read) -> None:  # type: ignore[no-untyped-def]
    rows = [f"2020-01-{k:02d},{cell}" for k, cell in enumerate(["5", "-1", "7", "offline", "-1.0", "9"], start=1)]
    (series,) = read("\n".join(["day,v", *rows]), options=ReadOptions(missing_marks=("-1", "offline"))).series
    assert np.flatnonzero(np.isnan(series.values)).tolist() == [1, 3, 4]
    assert series.values[5] == 9.0
