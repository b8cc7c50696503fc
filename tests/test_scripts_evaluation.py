"""The evaluation questions are well formed, their expected numbers are right, and the judge tells right from wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from scripts import make_samples
from scripts.evaluate_questions import evaluate, summary
from scripts.evaluation.expected import READ_OPTIONS, SAMPLES, compute, table
from scripts.evaluation.judge import expected_value, judge
from scripts.evaluation.questions import SETS, Conversation, Turn, load_set, readings

EMPLOYMENT = "us_employment_monthly.csv"
BRENT = "brent_oil_daily.csv"
CO2 = "co2_monthly.csv"
SERVER = "server_load.csv"


def turns(name: str) -> list[tuple[Conversation, Turn]]:
    return [(conversation, turn) for conversation in load_set(name) for turn in conversation.turns]


def truthful(turn: Turn, files: list[str]) -> dict[str, Any]:
    """The envelope of a product that does exactly what the turn expects."""
    steps = [readings(step)[0].model_dump(mode="json") for step in turn.steps]
    results: list[dict[str, Any]] = [{"kind": "refusal", "reason": "", "instead": []}] if turn.refusal else []
    facts, told = [], []
    for number in turn.numbers:
        chosen = number["any"][0] if "any" in number else number
        value = expected_value(chosen, files)
        plain = value.isoformat() if isinstance(value, pd.Timestamp) else value
        if "field" in chosen:
            results.append({"kind": "value", chosen["field"]: plain})
        else:
            facts.append({"id": f"s0.{len(facts)}", "value": plain, "unit": None, "statement": "", "source": ""})
            told.append(
                f"{value:%Y-%m-%d}"
                if isinstance(value, pd.Timestamp)
                else f"{value:.6g}"
                if isinstance(value, float)
                else f"{value}"
            )
    return {
        "answer": "; ".join(told),
        "plan": [{"agent": step.pop("agent"), "args": step} for step in steps],
        "facts": facts,
        "results": results,
        "confirmation": {"question": "Shall I?", "action": "train"} if turn.confirmation else None,
        "session": "one",
    }


@pytest.mark.parametrize(("name", "least"), [("main", 60), ("unseen", 40)])
def test_the_sets_are_large_and_every_question_is_in_one_of_them_only_once(name: str, least: int) -> None:
    conversations = load_set(name)
    assert sum(len(conversation.turns) for conversation in conversations) >= least
    identities = [conversation.id for conversation in conversations]
    assert len(identities) == len(set(identities))
    opening = [c.turns[0].question for other in SETS for c in load_set(other)]
    assert len(opening) == len(set(opening))


@pytest.mark.parametrize("name", sorted(SETS))
def test_every_expected_step_is_in_the_vocabulary_of_the_plan(name: str) -> None:
    for conversation, turn in turns(name):
        columns = {str(column) for file in conversation.files for column in table(file).columns}
        for step in [step for plan in [turn.steps, *turn.or_steps] for step in plan]:
            assert readings(step), conversation.id
            assert {s for s in step.get("series", []) if s != "*"} <= columns, conversation.id


@pytest.mark.parametrize("name", sorted(SETS))
def test_a_truthful_product_gets_every_question_right(name: str) -> None:
    for conversation, turn in turns(name):
        verdict = judge(turn, conversation.files, truthful(turn, conversation.files))
        assert verdict.agent_ok, (conversation.id, verdict.detail)
        assert verdict.slots_ok, (conversation.id, verdict.detail)
        assert verdict.numbers_ok, (conversation.id, verdict.detail)


@pytest.mark.parametrize(
    ("kind", "file", "arguments", "by_hand"),
    [
        # Each computed from the file with awk, by hand.
        ("minimum", EMPLOYMENT, {"series": "Manufacturing"}, 11453.0),
        ("mean", EMPLOYMENT, {"series": "Retail trade", "start": "2012", "end": "2012"}, 14837.591667),
        ("count", EMPLOYMENT, {"series": "Construction", "op": "<", "threshold": 5600}, 23.0),
        ("growth", EMPLOYMENT, {"series": "Manufacturing", "start": "2008-01", "end": "2010-02"}, -16.55373406),
        ("year_over_year", EMPLOYMENT, {"series": "Leisure and hospitality", "time": "2015-12"}, 3.47884486),
        ("largest", EMPLOYMENT, {"series": "Government", "rank": 3}, 22677.0),
        ("correlation", EMPLOYMENT, {"first_series": "Construction", "second_series": "Manufacturing"}, 0.98193660),
        ("count", BRENT, {"op": ">", "threshold": 100}, 721.0),
        ("count", BRENT, {"op": "between", "threshold": 50, "upper": 60}, 312.0),
        ("mean", BRENT, {"months": [3]}, 76.85058140),
        ("deviation", BRENT, {"start": "2015", "end": "2015"}, 7.99732779),
        ("smallest", BRENT, {"rank": 10}, 29.64),
        ("missing", CO2, {}, 5.0),
        ("group_value", CO2, {"group": "month", "pick": "min"}, 336.75113636),
        ("total", SERVER, {"series": "requests", "months": [7]}, 576949.0),
        ("group_value", SERVER, {"series": "requests", "group": "hour", "pick": "max"}, 1347.63736264),
        ("lead", SERVER, {"leading": "requests", "following": "cpu_load", "longest": 24}, make_samples.LEAD_HOURS),
    ],
)
def test_expected_numbers_agree_with_those_computed_by_hand(
    kind: str, file: str, arguments: dict[str, Any], by_hand: float
) -> None:
    assert compute(kind, file, **arguments) == pytest.approx(by_hand, rel=1e-8)


@pytest.mark.parametrize(
    ("kind", "file", "arguments", "by_hand"),
    [
        ("time_of_minimum", EMPLOYMENT, {"series": "Manufacturing"}, "2010-02-01"),
        ("time_of_minimum", BRENT, {}, "2016-01-20"),
        ("first_time", CO2, {"op": ">", "threshold": 350}, "1986-05-01"),
        ("last_forecast_time", CO2, {"horizon": 24}, "2003-12-01"),
    ],
)
def test_expected_times_agree_with_those_found_by_hand(kind: str, file: str, arguments: dict[str, Any], by_hand: str) -> None:
    assert compute(kind, file, **arguments) == pd.Timestamp(by_hand)


def lookup_turn() -> Turn:
    step = {
        "agent": "analyst",
        "task": "lookup",
        "series": ["Government"],
        "statistic": "mean",
        "span": {"start": "2013", "end": "2013"},
    }
    number = {"compute": "mean", "series": "Government", "start": "2013", "end": "2013"}
    return Turn(question="average of government in 2013", steps=[step], numbers=[number])


@pytest.mark.parametrize(
    ("change", "right"),
    [
        ({"span": {"start": "2013-01-01", "end": "2013-12-31"}}, True),
        ({"span": {"start": "2013-01", "end": "2013-12"}}, True),
        ({"span": {"start": "2013", "end": "2014"}}, False),
        ({"span": None}, False),
        ({"span": {"start": "soon", "end": None}}, False),
        ({"series": ["us_employment_monthly: Government"]}, True),
        ({"series": ["Construction"]}, False),
        ({"series": []}, False),
        ({"lookup": {"statistic": "median"}}, False),
        ({"lookup": {"statistic": "mean", "months": [1]}}, False),
        ({"lookup": {"statistic": "mean", "top": 2}}, False),
        ({"task": "describe"}, False),
    ],
)
def test_slots_are_judged_by_what_they_select(change: dict[str, Any], right: bool) -> None:
    envelope = truthful(lookup_turn(), [EMPLOYMENT])
    envelope["plan"][0]["args"] |= change
    assert judge(lookup_turn(), [EMPLOYMENT], envelope).slots_ok is right


def test_wrong_agents_extra_steps_and_answers_to_refusals_are_wrong() -> None:
    envelope = truthful(lookup_turn(), [EMPLOYMENT])
    envelope["plan"].append({"agent": "forecaster", "args": {"series": ["Government"]}})
    verdict = judge(lookup_turn(), [EMPLOYMENT], envelope)
    assert (verdict.agent_ok, verdict.slots_ok, verdict.numbers_ok) == (False, False, True)
    refusing = Turn(question="why?", steps=[], numbers=[], refusal=True)
    assert not judge(refusing, [EMPLOYMENT], truthful(lookup_turn(), [EMPLOYMENT])).agent_ok


def test_a_number_must_be_a_fact_and_in_the_answer() -> None:
    turn = lookup_turn()
    value = compute("mean", EMPLOYMENT, series="Government", start="2013", end="2013")
    assert isinstance(value, float)
    hidden = truthful(turn, [EMPLOYMENT]) | {"answer": "It was high in 2013."}
    assert judge(turn, [EMPLOYMENT], hidden).detail == f"{value} not in the answer"
    invented = truthful(turn, [EMPLOYMENT])
    invented["facts"][0]["value"] = value + 1
    assert judge(turn, [EMPLOYMENT], invented).detail == f"no fact of {value}"
    rounded = truthful(turn, [EMPLOYMENT]) | {"answer": f"The mean was {value:,.0f}."}
    assert judge(turn, [EMPLOYMENT], rounded).numbers_ok


def test_evaluation_keeps_a_session_for_follow_ups_and_survives_a_failure() -> None:
    conversation = next(c for c in load_set("main") if c.id == "brent-chain")
    calls: list[tuple[list[str], str | None]] = []

    def ask(files: Sequence[Path], question: str, session: str | None, yes: bool) -> dict[str, Any]:
        calls.append(([path.name for path in files], session))
        if len(calls) == 2:
            raise RuntimeError("broken")
        return truthful(next(t for t in conversation.turns if t.question == question), conversation.files)

    table_of_rows = evaluate([conversation], ask)
    assert calls == [([BRENT], None), ([BRENT], "one"), ([BRENT], "one")]
    assert list(table_of_rows["id"]) == ["brent-chain.1", "brent-chain.2", "brent-chain.3"]
    assert list(table_of_rows["agent_ok"]) == [True, False, True]
    assert table_of_rows["detail"][1] == "RuntimeError: broken"
    assert summary(table_of_rows)["numbers_ok"][0] == pytest.approx(2 / 3, abs=1e-4)


def test_the_generated_samples_are_those_that_ship(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["make_samples", "--out", str(tmp_path)])
    make_samples.main()
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == ["co2_monthly.csv", "gestures_labelled.csv", "server_load.csv"]
    for name in made:
        assert (tmp_path / name).read_bytes() == (SAMPLES / name).read_bytes()


def test_samples_are_small_and_listed_in_their_readme() -> None:
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    shipped = sorted(path.name for path in SAMPLES.glob("*.csv"))
    assert shipped == sorted(READ_OPTIONS)
    for name in shipped:
        assert (SAMPLES / name).stat().st_size < 150_000
        assert f"`{name}`" in readme


def test_planted_anomalies_stand_out_where_the_readme_says() -> None:
    server = table(SERVER)
    assert server["cpu_load"].idxmax() == make_samples.CPU_SPIKE
    assert server["requests"].idxmax() == make_samples.REQUEST_SPIKE
    stuck = server.loc[make_samples.REQUEST_STUCK[0] : make_samples.REQUEST_STUCK[1], "requests"]
    assert (len(stuck), stuck.nunique()) == (12, 1)
    before = server.loc[make_samples.CPU_SHIFT - pd.Timedelta("28D") : make_samples.CPU_SHIFT - pd.Timedelta("1h"), "cpu_load"]
    after = server.loc[make_samples.CPU_SHIFT : make_samples.CPU_SHIFT + pd.Timedelta("671h"), "cpu_load"]
    assert after.median() - before.median() == pytest.approx(make_samples.CPU_SHIFT_SIZE, abs=1.0)
