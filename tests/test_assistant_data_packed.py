"""Values that lie packed: months in a line without gaps, numbers with codes in a cell, logs, sections, merged cells."""

from __future__ import annotations

import pandas as pd
import pytest

from assistant.data.series import Dataset

HOURS = pd.date_range("2020-03-13", periods=48, freq="h")
MONTHS = pd.date_range("2015-01-01", periods=12, freq="MS")


def summary(dataset: Dataset) -> list[tuple[str, int, str | None, str]]:
    return [(s.name, len(s), s.frequency, s.time_text(0)) for s in dataset.series]


def test_days_of_a_month_in_groups_of_numbers_and_flags(read) -> None:  # type: ignore[no-untyped-def]
    def line(month: int, item: str, base: int) -> str:
        days = pd.Period(f"2001-{month:02d}").days_in_month
        groups = [f"{base + day:5d}{' ' if day % 2 else 'B'} S" if day <= days else "-9999   " for day in range(1, 32)]
        return f"USC000000012001{month:02d}{item}" + "".join(groups)

    dataset = read(
        "\n".join(line(m, item, base).rstrip() for m in (1, 2, 3) for item, base in (("TMAX", 100), ("TMIN", -50))), name="a.dly"
    )
    assert summary(dataset) == [("TMAX", 90, "D", "2001-01-01T00:00:00"), ("TMIN", 90, "D", "2001-01-01T00:00:00")]
    assert dataset.series[0].values[[0, 30, 31, 89]].tolist() == [101.0, 131.0, 101.0, 131.0]
    assert dataset.series[1].values[0] == -49.0


def test_months_of_a_year_in_groups(read) -> None:  # type: ignore[no-untyped-def]
    lines = [f"USW00094728{year}TAVG" + "".join(f"{year - 1990 + k * 10:5d}  G" for k in range(12)) for year in range(1990, 1996)]
    lines[2] = lines[2][:19] + "-9999   " + lines[2][27:]
    dataset = read("\n".join(lines), name="ghcnm.dat")
    ((_, length, frequency, first),) = summary(dataset)
    assert (length, frequency, first, dataset.series[0].missing) == (72, "MS", "1990-01-01T00:00:00", 1)
    assert dataset.series[0].values[13] == 11.0


def test_numbers_with_codes_in_one_cell(read) -> None:  # type: ignore[no-untyped-def]
    rows = [f'"{t:%Y-%m-%dT%H:%M}","{k - 20:+05d},1","{k * 5:03d},1,N,{k:04d},1","{10_100 + k},5"' for k, t in enumerate(HOURS)]
    rows[3] = rows[3].replace("-0017,1", "+9999,9")
    dataset = read('"DATE","TMP","WND","SLP"\n' + "\n".join(rows))
    assert [series.name for series in dataset.series] == ["TMP", "WND 1", "WND 4", "SLP"]
    assert [series.values[1] for series in dataset.series] == [-19.0, 5.0, 1.0, 10_101.0]
    assert [series.missing for series in dataset.series] == [1, 0, 0, 0]
    comma = read("day;price;rate\n" + "\n".join(f"{t:%d.%m.%Y};{k + 100},5;{k:02d},25" for k, t in enumerate(MONTHS)))
    assert comma.series[0].values[0] == 100.5


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("ts={t:%Y-%m-%dT%H:%M:%S} level=info load={k}.5", ["load"]),
        ("[{t:%Y-%m-%d %H:%M:%S}] INFO worker done, load={k}.5", ["load"]),
        ('load{{host="a"}} {k}.5 {ms}\nload{{host="b"}} 2{k:02d}.5 {ms}', ["a", "b"]),
        ("cpu,host=a load={k}.5 {ms}000000\ncpu,host=b load=2{k:02d}.5 {ms}000000", ["a", "b"]),
    ],
)
def test_logs_of_measurements(read, line, names) -> None:  # type: ignore[no-untyped-def]
    text = "\n".join(line.format(t=t, k=k, ms=int(t.timestamp() * 1000)) for k, t in enumerate(HOURS))
    dataset = read("# TYPE load gauge\n" + text if "{{" in line else text, name="out.log")
    assert summary(dataset) == [(name, 48, "h", "2020-03-13T00:00:00") for name in names]
    assert dataset.series[0].values[:2].tolist() == [0.5, 1.5]


@pytest.mark.parametrize("first", ["North,\n", ""])
def test_names_alone_above_times_that_begin_anew(read, first) -> None:  # type: ignore[no-untyped-def]
    block = "\n".join(f"{month:%Y-%m},{k}.5" for k, month in enumerate(MONTHS))
    text = f"Month,Value\n{first}{block}\nSouth,\n{block.replace('.5', '.25')}\n"
    dataset = read(text if first else text.replace("Month,Value", "North\nMonth,Value"))
    assert summary(dataset) == [("North", 12, "MS", "2015-01-01T00:00:00"), ("South", 12, "MS", "2015-01-01T00:00:00")]
    assert [series.values[1] for series in dataset.series] == [1.5, 1.25]


def test_times_that_begin_anew_without_a_name_are_asked_about(read) -> None:  # type: ignore[no-untyped-def]
    block = "\n".join(f"{month:%Y-%m},{k}.5" for k, month in enumerate(MONTHS))
    dataset = read(f"Month,Value\n{block}\n{block.replace('.5', '.25')}\n")
    assert [(name, length) for name, length, *_ in summary(dataset)] == [("block 1", 12), ("block 2", 12)]
    assert [question.what for question in dataset.questions] == ["series names"]
    copies = read(f"Month,Value\n{block}\n{block}\n")
    assert ([len(series) for series in copies.series], copies.questions) == ([12], ())


def test_a_date_above_its_hours_and_a_name_above_its_months(read) -> None:  # type: ignore[no-untyped-def]
    hours = read("Date,Time,Load\n" + "\n".join(f"{t:%d/%m/%Y}" * (t.hour == 0) + f",{t:%H:%M},{k}" for k, t in enumerate(HOURS)))
    assert summary(hours) == [("Load", 48, "h", "2020-03-13T00:00:00")]
    names = [f"{name if k == 0 else ''},{month:%Y-%m},{k}.5" for name in ("North", "South") for k, month in enumerate(MONTHS)]
    dataset = read("Region,Month,Sales\n" + "\n".join(names))
    assert summary(dataset) == [("North", 12, "MS", "2015-01-01T00:00:00"), ("South", 12, "MS", "2015-01-01T00:00:00")]
    assert any("filled from above" in warning for warning in dataset.warnings)


def test_tables_that_only_look_packed_stay_as_they_are(read) -> None:  # type: ignore[no-untyped-def]
    urls = read(
        "time,request,status\n" + "\n".join(f"{t:%Y-%m-%d %H:%M:%S},GET /a?x={k}&y=2,20{k % 2}" for k, t in enumerate(HOURS))
    )
    assert [series.name for series in urls.series] == ["status"]
    notes = read(
        "day,event,load\n"
        + "\n".join(f"{t:%Y-%m-%d %H:%M},{'start' if k == 0 else 'stop' if k == 20 else ''},{k}" for k, t in enumerate(HOURS))
    )
    assert summary(notes) == [("load", 48, "h", "2020-03-13T00:00:00")]
    assert not any("filled from above" in warning for warning in notes.warnings)
