"""What the columns of a table are: spans of time beside times of day, parts of a date by letters, codes that name series."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from assistant.data.series import Dataset

DAYS = pd.date_range("2022-02-01", periods=12)


def values(dataset: Dataset, name: str) -> list[float]:
    found: list[float] = next(series for series in dataset.series if series.name == name).values.tolist()
    return found


@pytest.mark.parametrize(
    ("name", "cell", "unit", "first"),
    [
        ("avg_handle_time", "00:05:15", "s", 315.0),
        ("Duration", "PT1H02M03S", "s", 3723.0),
        ("on air", "26:00:10", "s", 93_610.0),
        ("uptime", "1 day, 02:00:00", "s", 93_600.0),
        ("hours worked total", "07:45", "min", 465.0),
        ("pace", "05:30", None, 330.0),
        ("wait", "47:30", "s", 2850.0),
    ],
)
def test_spans_of_time_are_numbers_and_no_clock(read, name, cell, unit, first) -> None:  # type: ignore[no-untyped-def]
    dataset = read(f"date,calls,{name}\n" + "\n".join(f'{day:%Y-%m-%d},{k},"{cell}"' for k, day in enumerate(DAYS)))
    assert [series.frequency for series in dataset.series] == ["D", "D"]
    spans = dataset.series[1]
    assert (spans.name, spans.unit, spans.values[0]) == (name, unit, first)
    assert any("Spans of time" in warning for warning in dataset.warnings)


def test_a_clock_is_joined_to_its_days_by_name_or_where_days_repeat(read) -> None:  # type: ignore[no-untyped-def]
    once = read("date,hour of minimum,t\n" + "\n".join(f"{day:%Y-%m-%d},06:{k:02d},{k}" for k, day in enumerate(DAYS)))
    assert (once.series[0].frequency, once.series[0].time_text(0)) == ("D", "2022-02-01T00:00:00")
    named = read("date,Time (UTC),t\n" + "\n".join(f"{day:%Y-%m-%d},06:{k:02d},{k}" for k, day in enumerate(DAYS)))
    assert named.series[0].time_text(1) == "2022-02-02T06:01:00"
    rows = [f"{DAYS[k // 6]:%Y-%m-%d},{k % 6 * 4:02d}:00,{k}" for k in range(24)]
    often = read("date,read at,t\n" + "\n".join(rows))
    assert (often.series[0].frequency, often.series[0].time_text(1)) == ("4h", "2022-02-01T04:00:00")


@pytest.mark.parametrize("header", ["Year,m,d,Time,v", "AAAA,MM,JJ,Heure,v", "y,m,d,time,v", "1,2,3,4,v"])
def test_parts_of_a_date_by_their_letters_with_a_clock(read, header) -> None:  # type: ignore[no-untyped-def]
    rows = [f"2020,1,{1 + k // 8},{k % 8 * 3:02d}:00,{k}.5" for k in range(48)]
    dataset = read("\n".join(rows if header.startswith("1") else [header, *rows]))
    (series,) = dataset.series
    assert (series.frequency, series.time_text(0), series.time_text(-1)) == ("3h", "2020-01-01T00:00:00", "2020-01-06T21:00:00")


def test_codes_without_a_telling_name_part_the_series(read) -> None:  # type: ignore[no-untyped-def]
    rows = [
        f"05BB001,{code},{day:%Y/%m/%d},{code * 10 + k}.25,{'B' if k % 3 else ''}"
        for code in (1, 2)
        for k, day in enumerate(DAYS)
    ]
    dataset = read("ID,PARAM,Date,Value,SYM\n" + "\n".join(rows))
    assert [series.name for series in dataset.series] == ["PARAM 1", "PARAM 2"]
    assert values(dataset, "PARAM 2")[:2] == [20.25, 21.25]


def test_two_codes_part_the_series_together(read) -> None:  # type: ignore[no-untyped-def]
    rows = [
        f"{day:%Y-%m-%d},{area},{sex},{area * 100 + sex * 10 + k}.5"
        for k, day in enumerate(DAYS)
        for area in (3, 7)
        for sex in (1, 2)
    ]
    dataset = read("day,area,sex,rate\n" + "\n".join(rows))
    assert len(dataset.series) == 4
    assert values(dataset, "area 7 · sex 2")[0] == 720.5


def test_codes_written_like_dates_part_the_series(read) -> None:  # type: ignore[no-untyped-def]
    rows = [f"A002,02-00-{unit:02d},{day:%m/%d/%Y},{unit * 10 + k}" for unit in (0, 3) for k, day in enumerate(DAYS)]
    dataset = read("area,unit,date,entries\n" + "\n".join(rows))
    assert [series.name for series in dataset.series] == ["02-00-00", "02-00-03"]


def test_measured_whole_numbers_are_no_codes_and_the_names_are_asked_for(read) -> None:  # type: ignore[no-untyped-def]
    random = np.random.default_rng(0)
    rows = [f"{day:%Y-%m-%d},{random.integers(0, 40)},{random.normal():.2f}" for day in DAYS for _ in range(4)]
    dataset = read("day,guests,mood\n" + "\n".join(rows))
    assert [series.name for series in dataset.series] == ["guests", "mood"]
    assert [question.what for question in dataset.questions] == ["series names"]


def test_a_row_of_sums_below_the_names_is_no_header(read) -> None:  # type: ignore[no-untyped-def]
    rows = [f'"{day:%Y-%m-%d}","{k}.25","{k}.50"' for k, day in enumerate(DAYS)]
    dataset = read('"Service","Disk($)","Net($)"\n"Service total","66.0","69.0"\n' + "\n".join(rows))
    assert [(series.name, len(series)) for series in dataset.series] == [("Disk($)", 12), ("Net($)", 12)]
    assert any("Service total" in warning for warning in dataset.warnings)


def test_a_row_of_types_that_could_be_amounts_is_no_row(read) -> None:  # type: ignore[no-untyped-def]
    rows = [f"USGS\t01234567\t{day:%Y-%m-%d}\t{300 + k}\tA" for k, day in enumerate(DAYS)]
    dataset = read(
        "# warning\nagency_cd\tsite_no\tdatetime\t0060\t0060_cd\n5s\t15s\t20d\t14n\t10s\n" + "\n".join(rows), name="q.rdb"
    )
    ((name, length),) = [(series.name, len(series)) for series in dataset.series]
    assert (name, length) == ("0060", 12)


def test_the_time_of_a_run_is_no_time_of_day(read) -> None:  # type: ignore[no-untyped-def]
    rows = [f"{day:%Y-%m-%d},{5 + k}.5,00:{25 + k}:10" for k, day in enumerate(DAYS)]
    dataset = read("Date,Distance (km),Time\n" + "\n".join(rows))
    assert [(series.name, series.frequency) for series in dataset.series] == [("Distance (km)", "D"), ("Time", "D")]
    assert dataset.series[1].values[0] == 25 * 60 + 10


def test_three_codes_part_the_series_together(read) -> None:  # type: ignore[no-untyped-def]
    rows = [
        f"{d:%Y-%m-%d},{a},{s},{g},{a}{s}{g}.{k}" for k, d in enumerate(DAYS[:9]) for a in (1, 2) for s in (1, 2) for g in (1, 2)
    ]
    dataset = read("day,area,sex,age,rate\n" + "\n".join(rows))
    assert len(dataset.series) == 8
    assert values(dataset, "area 2 · sex 1 · age 2")[1] == 212.1
