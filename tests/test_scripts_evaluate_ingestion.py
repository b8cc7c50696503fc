"""The ingestion evaluation: excerpts of real files read as they must be, and a judge that tells right from wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assistant.data.series import Dataset, Guess, ReadOptions, Series
from assistant.errors import FileRejected
from scripts import evaluate_ingestion
from scripts.evaluation.ingestion import sets, statistics_offices, unreadable
from scripts.evaluation.ingestion.expectation import ANY, Case, series
from scripts.evaluation.ingestion.folder import EXPECTED, load_expected
from scripts.evaluation.ingestion.judge import CHECKS, judge_case, judge_file, option_for, same_frequency
from scripts.evaluation.ingestion.synthetic import generator

MESSY = Path(__file__).parent / "data" / "messy"
TIMES = pd.date_range("2020-01-01", periods=4, freq="D")
VALUES = np.array([1.0, 2.0, np.nan, 4.0])
CASE = Case("a.csv", b"", ((series("price", TIMES, VALUES, "D"),),))


def dataset(**changes: object) -> Dataset:
    found = {"name": "price", "times": TIMES, "values": VALUES, "frequency": "D", **changes}
    return Dataset("a", (Series(**found),))


@pytest.mark.parametrize("name", sorted(load_expected(MESSY / "expected.json")))
def test_excerpt_is_read_as_described(name: str) -> None:
    judgement = judge_file(MESSY / name, load_expected(MESSY / "expected.json")[name])
    assert judgement.outcome == "right", judgement.detail


def test_every_excerpt_is_described() -> None:
    files = {path.name for path in MESSY.iterdir()} - {"README.md", "expected.json"}
    assert files == set(load_expected(MESSY / "expected.json"))
    assert files <= set(load_expected(EXPECTED))


def test_folder_truth_holds_what_was_seen() -> None:
    truth = load_expected()
    assert len(truth) == 17
    brent = truth["brent_spot_eia_preamble.csv"].readings[0][0][0]
    assert (brent.n, str(brent.first), str(brent.last)) == ((8195,), "1987-05-20 00:00:00", "2019-08-26 00:00:00")
    assert brent.values[0] == 18.63
    assert truth["us_electricity_dashdash_missing.csv"].counts == (310, 305)


def test_right_reading_passes_every_check() -> None:
    judgement = judge_case(CASE, lambda path, options: dataset())
    assert (judgement.outcome, judgement.ok, judgement.passed) == ("right", True, frozenset(CHECKS))


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"name": "volume"}, set(CHECKS)),
        ({"frequency": "h"}, {"frequency"}),
        ({"values": np.array([1.0, 2.0, -9999.0, 4.0])}, {"values"}),
        ({"values": np.array([1.0, 2.0, np.nan, 4.1])}, {"values"}),
        ({"times": TIMES + pd.Timedelta(days=1)}, {"first", "last", "values"}),
        ({"times": TIMES[:3], "values": VALUES[:3]}, {"n", "last", "values"}),
        ({"times": pd.RangeIndex(4), "frequency": None}, {"frequency", "first", "last", "values"}),
    ],
)
def test_wrong_reading_fails_the_checks_it_breaks(changes: dict[str, object], failed: set[str]) -> None:
    judgement = judge_case(CASE, lambda path, options: dataset(**changes))
    assert (judgement.outcome, judgement.ok) == ("wrong", False)
    assert set(CHECKS) - judgement.passed == failed


def test_column_taken_for_a_series_is_wrong_unless_optional() -> None:
    two = replace(dataset(), series=(*dataset().series, Series("month", TIMES, np.arange(4.0), "D")))
    assert judge_case(CASE, lambda path, options: two).passed == frozenset(CHECKS) - {"names"}
    assert judge_case(replace(CASE, optional=("month",)), lambda path, options: two).outcome == "right"


def test_value_of_taste_is_not_compared() -> None:
    case = replace(CASE, readings=((series("price", TIMES, [1.0, ANY, np.nan, 4.0], "D"),),))
    judgement = judge_case(case, lambda path, options: dataset(values=np.array([1.0, 0.5, np.nan, 4.0])))
    assert judgement.outcome == "right"


def test_empty_rows_at_the_ends_may_be_left_out_where_allowed() -> None:
    values = [np.nan, 2.0, 3.0, np.nan]
    shorter = dataset(times=TIMES[1:3], values=np.array([2.0, 3.0]))
    strict = replace(CASE, readings=((series("price", TIMES, values, "D"),),))
    lenient = replace(CASE, readings=((series("price", TIMES, values, "D", trim=True),),))
    assert judge_case(strict, lambda path, options: shorter).outcome == "wrong"
    assert judge_case(lenient, lambda path, options: shorter).outcome == "right"


def test_question_counts_only_when_its_alternative_reads_right() -> None:
    question = Guess("day or month first", "month first", ("day first",), "No row decides.")

    def read(path: Path, options: ReadOptions) -> Dataset:
        right = options.day_first is helps
        return replace(dataset() if right else dataset(times=TIMES + pd.Timedelta(days=9)), questions=(question,))

    helps = True
    assert judge_case(CASE, read).outcome == "asked"
    helps = False
    assert judge_case(replace(CASE, wanted="ask"), lambda path, options: dataset()).outcome == "wrong"
    silent = judge_case(CASE, lambda path, options: replace(read(path, ReadOptions()), questions=()))
    assert silent.outcome == "wrong"


def test_refusal_and_crash_are_told_apart() -> None:
    def refuse(path: Path, options: ReadOptions) -> Dataset:
        raise FileRejected("Expected a table, found none. Export it.")

    def crash(path: Path, options: ReadOptions) -> Dataset:
        raise KeyError("x")

    assert (judge_case(CASE, refuse).outcome, judge_case(CASE, refuse).ok) == ("refused", False)
    assert judge_case(replace(CASE, wanted="refuse"), refuse).ok
    assert judge_case(replace(CASE, wanted="refuse"), lambda path, options: dataset()).outcome == "wrong"
    assert (judge_case(CASE, crash).outcome, judge_case(CASE, crash).ok) == ("crashed", False)


def test_frequencies_are_compared_by_rhythm() -> None:
    assert same_frequency("QS-OCT", "QS")
    assert same_frequency("QS-MAR", "QS") and same_frequency("YE-JUN", "YS")
    assert not same_frequency("QS-MAR", "YS")
    assert same_frequency("ME", "MS")
    assert same_frequency(None, None)
    assert not same_frequency("D", "B")
    assert not same_frequency(None, "D")


def test_answers_become_options() -> None:
    assert option_for("day or month first", "day first") == ReadOptions(day_first=True)
    assert option_for("decimal mark", "comma (points group thousands)") == ReadOptions(decimal=",")
    assert option_for("sheet", "Data") == ReadOptions(sheet="Data")
    assert option_for("header", "none") is None


def test_sets_are_split_by_name_and_repeat() -> None:
    main, unseen = sets.layouts("main"), sets.layouts("unseen")
    assert not any(map(sets.is_unseen, main))
    assert all(map(sets.is_unseen, unseen))
    assert len(main) + len(unseen) > 90
    fresh, earlier = sets.layouts("fresh"), sets.layouts("earlier")
    assert len({*main, *unseen, *earlier, *fresh}) == len(main) + len(unseen) + len(earlier) + len(fresh)
    assert (len(earlier), len(fresh)) == (75, 93)
    first = statistics_offices.bls_wide(generator("bls_wide"))
    assert first.content == statistics_offices.bls_wide(generator("bls_wide")).content
    assert first.readings[0][0][0].n == (180,)
    assert first.content != statistics_offices.bls_wide(generator("bls_wide", seed=1)).content


def test_fresh_set_is_the_same_on_every_call_and_mostly_readable() -> None:
    cases = sets.build("fresh")
    texts = {layout: case.content for layout, case in cases.items() if not case.file.endswith((".xlsx", ".parquet"))}
    assert texts == {layout: case.content for layout, case in sets.build("fresh").items() if layout in texts}
    wanted = [case.wanted for case in cases.values()]
    assert (wanted.count("read"), wanted.count("refuse"), wanted.count("ask")) == (87, 5, 1)
    assert all(bool(case.readings) == (case.wanted != "refuse") for case in cases.values())
    rates = sets.build("earlier")["thai_years"].readings[0][0][0]
    assert (rates.n, str(rates.first), str(rates.last)) == ((48,), "2017-01-01 00:00:00", "2020-12-01 00:00:00")


@pytest.mark.parametrize("layout", sorted(name for name in sets.layouts("main") if name.startswith("bad_")))
def test_what_cannot_be_read_is_refused_with_words(layout: str) -> None:
    judgement = judge_case(getattr(unreadable, layout)(generator(layout)))
    assert judgement.outcome == "refused"
    assert "Expected" in judgement.detail


def test_command_reads_a_folder_and_a_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    described = {"brent.csv": json.loads((MESSY / "expected.json").read_text(encoding="utf-8"))["brent_spot_eia_preamble.csv"]}
    (tmp_path / "brent.csv").write_bytes((MESSY / "brent_spot_eia_preamble.csv").read_bytes())
    (tmp_path / "expected.json").write_text(json.dumps(described), encoding="utf-8")
    out = tmp_path / "rows.csv"
    arguments = ["--data", str(tmp_path), "--set", "main", "--only", "boe", "bad_pdf", "--out", str(out)]
    monkeypatch.setattr("sys.argv", ["evaluate_ingestion", *arguments])
    evaluate_ingestion.main()
    table = pd.read_csv(out)
    assert table["outcome"].tolist() == ["right", "right", "refused"]
    assert table["ok"].all()
    summary = evaluate_ingestion.summary(table)
    assert summary["files"].tolist() == [1, 2, 3]
    assert summary["ok"].tolist() == [1.0, 1.0, 1.0]
    assert summary["refused_rightly"].tolist() == [0.0, 0.5, 0.3333]
    assert "wrong_silently" in capsys.readouterr().out
