"""What stands around and below a table: notes beside it, a second table of another period, marks on the periods of a header."""

from __future__ import annotations

import pandas as pd
import pytest

from assistant.data.series import Dataset

MONTHS = pd.date_range("1926-07-01", periods=12, freq="MS")


def summary(dataset: Dataset) -> list[tuple[str, int, str | None, str]]:
    return [(s.name, len(s), s.frequency, s.time_text(0)) for s in dataset.series]


@pytest.mark.parametrize("quote", ["", '"'])
def test_notes_beside_a_table_are_left_out_and_no_row_is_lost(read, quote) -> None:  # type: ignore[no-untyped-def]
    rows = [f"{day:%Y-%m-%d};{quote}{k}.5{quote};G" for k, day in enumerate(pd.date_range("2020-05-01", periods=12))]
    rows[0] += ";;Checked values"
    rows[3] += ";;Codes: G = good"
    dataset = read("Station;Number;Height\nUppsala;97510;2.0\n\nDate;Air;Quality;;Period:\n" + "\n".join(rows))
    assert summary(dataset) == [("Air", 12, "D", "2020-05-01T00:00:00")]
    assert dataset.series[0].values[:4].tolist() == [0.5, 1.5, 2.5, 3.5]
    assert any(guess.what == "side notes" for guess in dataset.guesses)


def test_a_yearly_table_below_a_monthly_one_under_the_same_names(read) -> None:  # type: ignore[no-untyped-def]
    monthly = [f"{month:%Y%m},  {k}.25,  -{k}.50" for k, month in enumerate(MONTHS)]
    yearly = [f"  {1927 + k},  {50 + k}.25,  -{50 + k}.50" for k in range(5)]
    text = [
        "Made from the returns.",
        "",
        ",Mkt-RF,SMB",
        *monthly,
        "",
        " Annual Factors: January-December ",
        ",Mkt-RF,SMB",
        *yearly,
    ]
    text[text.index(monthly[4])] = "192611, -99.99, 4.00"
    dataset = read("\n".join([*text, "", "Copyright 2023"]))
    assert summary(dataset) == [
        ("monthly · Mkt-RF", 12, "MS", "1926-07-01T00:00:00"),
        ("monthly · SMB", 12, "MS", "1926-07-01T00:00:00"),
        ("yearly · Mkt-RF", 5, "YS", "1927-01-01T00:00:00"),
        ("yearly · SMB", 5, "YS", "1927-01-01T00:00:00"),
    ]
    assert [series.missing for series in dataset.series] == [1, 0, 0, 0]
    assert dataset.series[2].values.tolist() == [50.25, 51.25, 52.25, 53.25, 54.25]


def test_three_titled_tables_of_two_kinds_keep_their_titles(read) -> None:  # type: ignore[no-untyped-def]
    parts = []
    for weight in ("Value", "Equal"):
        parts += ["", f"{weight} weighted -- Monthly", ",Small,Large"]
        parts += [f"{month:%Y%m},{k}.25,{len(weight) * 10 + k}.5" for k, month in enumerate(MONTHS)]
    parts += ["", "Value weighted -- Annual", ",Small,Large", *(f"{1927 + k},{k}.75,{k}.5" for k in range(5))]
    dataset = read("Made from prices.\n\n" + "\n".join(parts))
    assert [name for name, *_ in summary(dataset)][::2] == [
        "Value weighted -- Monthly · Small",
        "Equal weighted -- Monthly · Small",
        "Value weighted -- Annual · Small",
    ]
    assert [length for _, length, *_ in summary(dataset)] == [12, 12, 12, 12, 5, 5]


def test_kinds_of_periods_beside_regions_are_not_mixed(read) -> None:  # type: ignore[no-untyped-def]
    rows = [
        f"{region},{period},{base + k}"
        for base, region in ((0, "North"), (100, "South"))
        for k, period in enumerate(
            [*(f"{y}" for y in range(2015, 2021)), *(f"{y}-Q{q}" for y in range(2015, 2021) for q in (1, 2, 3, 4))]
        )
    ]
    dataset = read("region,when,v\n" + "\n".join(rows))
    assert {(name, length) for name, length, *_ in summary(dataset)} == {
        ("North · yearly", 6),
        ("North · quarterly", 24),
        ("South · yearly", 6),
        ("South · quarterly", 24),
    }


@pytest.mark.parametrize(
    ("header", "frequency"),
    [("1Q16A;2Q16A;3Q16A;4Q16E", "QS"), ("2016A;2017A;2018E;2019E", "YS"), ("Jan-16A;Feb-16A;Mar-16A;Apr-16E", "MS")],
)
def test_marks_of_estimates_on_the_periods_of_a_header(read, header, frequency) -> None:  # type: ignore[no-untyped-def]
    dataset = read(f"EUR m;{header}\nRevenue;1,230;1,235;1,271;1,266\nProfit;28;55;(22);49\n")
    assert summary(dataset) == [("Revenue", 4, frequency, "2016-01-01T00:00:00"), ("Profit", 4, frequency, "2016-01-01T00:00:00")]
    assert dataset.series[1].values.tolist() == [28.0, 55.0, -22.0, 49.0]


@pytest.mark.parametrize(
    ("name", "cell", "frequency"),
    [("Week", "{0}/2021", "W-MON"), ("week", "2021-{0:02d}", "W-MON"), ("Quarter", "{0}/2021", "QS")],
)
def test_the_name_says_what_the_number_beside_a_year_counts(read, name, cell, frequency) -> None:  # type: ignore[no-untyped-def]
    count = 4 if name == "Quarter" else 12
    dataset = read(f"{name};Beds\n" + "\n".join(f"{cell.format(k)};{k * 10}" for k in range(1, count + 1)) + "\n† provisional")
    assert [(length, found) for _, length, found, _ in summary(dataset)] == [(count, frequency)]
