"""Judges an answer's envelope: right agents, right slots, right numbers.

Spans are judged by the rows they select, so "2015", "2015-01 … 2015-12" and a date range of the same rows are equal; months,
weekdays, hours and a single moment count as part of the selection.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from assistant.plan import AnalystArgs, AnomalyArgs, ForecastArgs, HistorianArgs, Lookup, Span, StepArgs
from scripts.evaluation import expected
from scripts.evaluation.questions import ALL_SERIES, MATCHING_KEYS, Turn, parse_step, readings

NUMBER = re.compile(r"[-−]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?")
FACT_TOLERANCE = 1e-6
SHOWN_TOLERANCE = 6e-4  # answers show four significant digits


@dataclass(frozen=True)
class Verdict:
    """Whether agents, slots and numbers are right; `detail` names what is not."""

    agent_ok: bool
    slots_ok: bool
    numbers_ok: bool
    detail: str


@dataclass(frozen=True)
class _Atom:
    """A step for one series (for all its series, where it relates several)."""

    args: StepArgs
    series: frozenset[str] | None


def judge(turn: Turn, files: list[str], envelope: dict[str, Any]) -> Verdict:
    """Compare an envelope (`tidings ask --json`) with what the turn expects."""
    shown = [(step["agent"], step["args"]) for step in envelope["plan"]]
    wrong_numbers = [problem for number in turn.numbers if (problem := _number_problem(number, files, envelope))]
    if turn.confirmation and not envelope.get("confirmation"):
        wrong_numbers.append("no confirmation asked")
    if turn.refusal:
        refused = not shown and any(result["kind"] == "refusal" for result in envelope["results"])
        return Verdict(refused, refused, not wrong_numbers, "" if refused else f"not refused: {shown}")
    plans = [turn.steps, *turn.or_steps]
    agents = {agent for agent, _ in shown}
    agent_ok = any({step["agent"] for step in plan} == agents for plan in plans)
    actual = [parse_step(agent, arguments) for agent, arguments in shown]
    slots_ok = any(_plans_agree(plan, actual, files) for plan in plans)
    problems = [] if agent_ok and slots_ok else [f"plan {shown}"]
    return Verdict(agent_ok, slots_ok, not wrong_numbers, "; ".join(problems + wrong_numbers))


def _plans_agree(plan: list[dict[str, Any]], actual: list[StepArgs], files: list[str]) -> bool:
    open_atoms = [atom for step in actual for atom in _atoms(step, _named(step, files))]
    for step in plan:
        alternatives = readings(step)
        wanted = _expected_series(step, files)
        for atom in _atoms(alternatives[0], wanted):
            found = next((a for a in open_atoms if any(_agree(step, r, atom.series, a, files) for r in alternatives)), None)
            if found is None:
                return False
            open_atoms.remove(found)
    return not open_atoms


def _has_series(step: StepArgs) -> bool:
    return isinstance(step, AnalystArgs | AnomalyArgs | ForecastArgs | HistorianArgs)


def _atoms(step: StepArgs, series: list[str] | None) -> list[_Atom]:
    if series is None:
        return [_Atom(step, None)]
    if isinstance(step, AnalystArgs) and step.task == "compare":
        return [_Atom(step, frozenset(series))]
    return [_Atom(step, frozenset({name})) for name in series]


def _all_series(files: list[str]) -> list[str]:
    return [str(column) for file in files if file in expected.STEPS for column in expected.table(file).columns]


def _expected_series(step: dict[str, Any], files: list[str]) -> list[str] | None:
    """Series that a step must name: None where it does not matter."""
    known = _all_series(files)
    if step.get("series") == ALL_SERIES:
        return known
    if "series" in step:
        return list(step["series"])
    return known if len(known) == 1 and _has_series(readings(step)[0]) else None


def _named(step: StepArgs, files: list[str]) -> list[str] | None:
    """Column names of the files for the names in a step; a name may hold more than the column's (the file's, say) or less.

    None for agents whose series are not judged.
    """
    if not isinstance(step, AnalystArgs | AnomalyArgs | ForecastArgs | HistorianArgs):
        return None
    known, series = _all_series(files), step.series
    if not series:
        return known
    if len(known) == 1:
        return known * len(series)
    return [next((k for k in known if k == name), _near(name, known)) for name in series]


def _near(name: str, known: list[str]) -> str:
    found = [k for k in known if k.casefold() in name.casefold() or name.casefold() in k.casefold()]
    return found[0] if len(found) == 1 else name


def _agree(step: dict[str, Any], wanted: StepArgs, series: frozenset[str] | None, found: _Atom, files: list[str]) -> bool:
    actual = found.args
    if type(actual) is not type(wanted) or (series is not None and series != found.series):
        return False
    plain = [name for name in step if name in ("task", "horizon", "k", "limit", "any_time", "model")]
    if any(getattr(actual, name) != getattr(wanted, name) for name in plain):
        return False
    if isinstance(wanted, ForecastArgs) and "levels" in step and set(wanted.levels) != set(getattr(actual, "levels", ())):
        return False
    if isinstance(wanted, HistorianArgs) and "text" in step and not _text_agrees(wanted.text, getattr(actual, "text", None)):
        return False
    if isinstance(wanted, AnalystArgs) and wanted.task == "lookup":
        return isinstance(actual, AnalystArgs) and _lookups_agree(wanted, actual, files)
    if isinstance(wanted, HistorianArgs) and "span" not in step:
        return True
    return not _has_series(wanted) or _same_rows(_span_of(wanted), _span_of(actual), files)


def _text_agrees(wanted: str | None, actual: str | None) -> bool:
    return bool(wanted and actual and wanted.casefold() in actual.casefold())


def _span_of(step: StepArgs) -> dict[str, Any]:
    return _span_arguments(getattr(step, "span", None))


def _span_arguments(span: Span | None) -> dict[str, Any]:
    return {} if span is None else {"start": span.start, "end": span.end}


def _lookups_agree(wanted: AnalystArgs, actual: AnalystArgs, files: list[str]) -> bool:
    if wanted.lookup is None or actual.lookup is None:
        return False
    one, other = wanted.lookup, actual.lookup
    if any(getattr(one, name) != getattr(other, name) for name in ("statistic", "condition", "top", "group", "pick")):
        return False
    if (one.versus is None) != (other.versus is None):
        return False
    if not _same_rows(_span_arguments(one.versus), _span_arguments(other.versus), files):
        return False
    return _same_rows(_lookup_selection(wanted, one), _lookup_selection(actual, other), files)


def _lookup_selection(step: AnalystArgs, lookup: Lookup) -> dict[str, Any]:
    moment = {} if lookup.time is None else {"start": lookup.time, "end": lookup.time}
    return {**_span_of(step), **moment, "months": lookup.months, "weekdays": lookup.weekdays, "hours": lookup.hours}


def _same_rows(wanted: dict[str, Any], actual: dict[str, Any], files: list[str]) -> bool:
    timed = [file for file in files if file in expected.STEPS]
    try:
        return all(expected.selection(f, **wanted).index.equals(expected.selection(f, **actual).index) for f in timed)
    except (ValueError, TypeError, KeyError):
        return False  # a bound that is no time


def _number_problem(number: dict[str, Any], files: list[str], envelope: dict[str, Any]) -> str:
    """Empty where the envelope says the number, else what is missing."""
    if "any" in number:
        problems = [_number_problem(option, files, envelope) for option in number["any"]]
        return "" if "" in problems else " / ".join(problems)
    value = expected_value(number, files)
    if "field" in number:
        found = [item for result in envelope["results"] for item in _under_key(result, number["field"])]
        return "" if any(_equal(value, item, number, FACT_TOLERANCE) for item in found) else f"no {number['field']} of {value}"
    if not any(_states(fact, value, number) for fact in envelope["facts"]):
        return f"no fact of {value}"
    return "" if _is_shown(value, number, envelope["answer"]) else f"{value} not in the answer"


def expected_value(number: dict[str, Any], files: list[str]) -> expected.Answer:
    """The value an expectation refers to, computed independently."""
    arguments = {name: value for name, value in number.items() if name not in MATCHING_KEYS}
    value = expected.compute(number["compute"], number.get("file", files[0]), **arguments)
    return pd.Timestamp(value) if number.get("as") == "time" else value


def _states(fact: dict[str, Any], value: expected.Answer, number: dict[str, Any]) -> bool:
    if isinstance(value, str) and value.casefold() in str(fact["statement"]).casefold():
        return True
    return _equal(value, fact["value"], number, FACT_TOLERANCE)


def _under_key(node: Any, key: str) -> Iterator[Any]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key:
                yield value
            yield from _under_key(value, key)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from _under_key(item, key)


def _equal(value: expected.Answer, found: Any, number: dict[str, Any], tolerance: float) -> bool:
    if isinstance(value, pd.Timestamp):
        allowed = pd.Timedelta(number.get("within", "0s"))
        moment = _as_time(found)
        return moment is not None and abs(moment - value) <= allowed
    if isinstance(value, bool) or isinstance(found, bool):
        return value is found
    if isinstance(value, str):
        return str(found).casefold() == value.casefold()
    if not isinstance(found, int | float):
        return False
    pair = (abs(value), abs(found)) if number.get("unsigned") else (value, found)
    return math.isclose(*pair, rel_tol=tolerance, abs_tol=1e-9)


def _as_time(found: Any) -> pd.Timestamp | None:
    if not isinstance(found, str):
        return None
    try:
        moment = pd.Timestamp(found)
    except ValueError:
        return None
    return moment.tz_localize(None) if isinstance(moment, pd.Timestamp) else None


def _is_shown(value: expected.Answer, number: dict[str, Any], answer: str) -> bool:
    if isinstance(value, pd.Timestamp):
        forms = (f"{value.day} {value:%B} {value.year}", f"{value:%Y-%m-%d}", *([f"{value:%B} {value.year}"] * (value.day == 1)))
        return any(form in answer for form in forms)
    if isinstance(value, str):
        return value.casefold() in answer.casefold()
    told = [float(text.replace(",", "").replace("−", "-")) for text in NUMBER.findall(answer)]
    return any(_equal(value, item, number, SHOWN_TOLERANCE) for item in told)
