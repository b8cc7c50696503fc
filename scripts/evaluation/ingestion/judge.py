"""Whether a file was read right, asked about, refused clearly, or read wrong without a word.

A reading that disagrees is still "asked" when a question of the reader offers an alternative under which the file reads right:
the file is then read again with that alternative, as a user's click would.
"""

from __future__ import annotations

import re
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from assistant.data.series import Dataset, Guess, ReadOptions, Series
from assistant.data.worker import read_dataset_safely
from assistant.errors import InputError
from scripts.evaluation.ingestion.expectation import Case, Expected, Reading, Times

CHECKS = ["names", "frequency", "n", "first", "last", "values"]

Outcome = Literal["right", "asked", "refused", "wrong", "crashed"]
Read = Callable[[Path, ReadOptions], Dataset]


@dataclass(frozen=True)
class Judgement:
    """How one file was read: the outcome, whether that is what the file deserves, the checks passed, and what differed."""

    outcome: Outcome
    ok: bool
    passed: frozenset[str]
    detail: str
    seconds: float = 0.0


def judge_case(case: Case, read: Read = read_dataset_safely) -> Judgement:
    """Read a case as a fresh upload without a hint and compare."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, case.file)
        path.write_bytes(case.content)
        return judge_file(path, case, read)


def judge_file(path: Path, case: Case, read: Read = read_dataset_safely) -> Judgement:
    """Read a file that lies on disk and compare it with `case` (whose content is not looked at)."""
    started = time.perf_counter()
    judgement = _judge(path, case, read)
    return replace(judgement, seconds=round(time.perf_counter() - started, 2))


def _judge(path: Path, case: Case, read: Read) -> Judgement:
    try:
        dataset = read(path, ReadOptions())
    except InputError as error:
        return Judgement("refused", case.wanted == "refuse", frozenset(), str(error))
    except Exception as error:
        # Whatever goes wrong with one file is that file's result; the evaluation goes on.
        return Judgement("crashed", False, frozenset(), f"{type(error).__name__}: {error}")
    if case.wanted == "refuse":
        return _judge_unreadable(dataset)
    passed, detail = compare(dataset, case)
    asked = bool(dataset.questions)
    if case.wanted == "ask":
        right = _answer_that_helps(path, dataset, case, read) is not None or (asked and len(passed) == len(CHECKS))
        return Judgement("asked" if right else "wrong", right, passed, detail or ("" if asked else "nothing was asked"))
    if len(passed) == len(CHECKS):
        return Judgement("right", True, passed, "")
    if not dataset.series:
        return Judgement("refused", False, passed, f"a table without a series; {detail}")
    answer = _answer_that_helps(path, dataset, case, read)
    if answer is not None:
        return Judgement("asked", True, passed, f"{detail}; right when answered {answer}")
    return Judgement("wrong", False, passed, detail)


def _judge_unreadable(dataset: Dataset) -> Judgement:
    if not dataset.series:
        return Judgement("refused", True, frozenset(), "a table without a series")
    if dataset.questions:
        return Judgement("asked", True, frozenset(), listing(dataset.questions))
    found = ", ".join(item.name for item in dataset.series[:4])
    return Judgement("wrong", False, frozenset(), f"read {len(dataset.series)} series ({found}) where nothing can be read")


def listing(questions: Sequence[Guess]) -> str:
    """The questions in short."""
    return "; ".join(f"{item.what}: {item.chosen} or {' / '.join(item.alternatives)}" for item in questions)


def _answer_that_helps(path: Path, dataset: Dataset, case: Case, read: Read) -> str | None:
    for question in dataset.questions:
        for alternative in question.alternatives:
            options = option_for(question.what, alternative)
            if options is None:
                continue
            try:
                passed, _ = compare(read(path, options), case)
            except InputError:
                continue
            if len(passed) == len(CHECKS):
                return f"{question.what}: {alternative}"
    return None


def option_for(what: str, alternative: str) -> ReadOptions | None:
    """What the user's choice of an alternative fixes, None where it cannot be given as an option."""
    marks = {"comma": ",", "semicolon": ";", "tab": "\t", "point": ".", "spaces": " ", "pipe": "|"}
    if what == "day or month first":
        return ReadOptions(day_first=alternative.startswith("day"))
    if what == "decimal mark":
        return ReadOptions(decimal="," if alternative.startswith("comma") else ".")
    if what == "delimiter":
        return ReadOptions(delimiter=marks.get(alternative, alternative))
    if what == "value columns":
        return ReadOptions(value_columns=tuple(alternative.split(", ")))
    by_name = {
        "sheet": ReadOptions(sheet=alternative),
        "time column": ReadOptions(time_column=alternative),
        "frequency": ReadOptions(frequency=alternative),
        "series names": ReadOptions(series_column=alternative),
    }
    return by_name.get(what)


def compare(dataset: Dataset, case: Case) -> tuple[frozenset[str], str]:
    """The checks that the best fitting reading passes, and what differs from it ("" when nothing does)."""
    counts = case.counts or tuple(len(reading) for reading in case.readings)
    results = [
        _compare_reading(dataset.series, reading, case.optional, count)
        for reading, count in zip(case.readings, counts, strict=True)
    ]
    return max(results, key=lambda result: len(result[0]))


def _compare_reading(
    found: Sequence[Series], reading: Reading, optional: Sequence[str], count: int
) -> tuple[frozenset[str], str]:
    if not reading and not found:
        return frozenset(CHECKS), ""
    pairs, missing, extra = _pair(found, reading, optional)
    failed: dict[str, str] = {}
    if missing or len(extra) != count - len(reading):
        parts = [f"missing {', '.join(missing[:4])}"] * bool(missing) + [f"not a series: {', '.join(extra[:4])}"] * bool(extra)
        failed["names"] = f"{'; '.join(parts)} (found {len(found)}, expected {count})"
    for item, accepted in pairs:
        differences = min((differences_of(item, expected) for expected in accepted), key=len)
        for check, text in differences.items():
            failed.setdefault(check, f"{item.name}: {text}")
    if not pairs:
        failed |= {check: "nothing to compare" for check in CHECKS if check not in failed}
    detail = "; ".join(f"{check}: {failed[check]}" for check in CHECKS if check in failed)
    return frozenset(CHECKS) - frozenset(failed), detail


def _pair(
    found: Sequence[Series], reading: Reading, optional: Sequence[str]
) -> tuple[list[tuple[Series, tuple[Expected, ...]]], list[str], list[str]]:
    """Each expected series with the found one whose name says it in the fewest words; what is missing; what is too much.

    A series of any name is paired with the one whose times and values are nearest.
    """
    left = list(found)
    pairs, missing = [], []
    nameless = [accepted for accepted in reading if not accepted[0].names]
    for accepted in sorted(reading, key=lambda accepted: -max(map(len, map(_words, accepted[0].names)), default=0)):
        if not accepted[0].names:
            continue
        fitting = [item for item in left if any(_says(item.name, name) for name in accepted[0].names)]
        if not fitting:
            missing.append(accepted[0].names[0])
            continue
        exact = {_plain(name) for name in accepted[0].names}
        best = min(fitting, key=lambda item: (_plain(item.name) not in exact, len(_words(item.name)), _distance(item, accepted)))
        left.remove(best)
        pairs.append((best, accepted))
    for accepted in nameless:
        kept = [item for item in left if not any(_says(item.name, name) for name in optional)] or left
        if not kept:
            missing.append("a series")
            continue
        nearest = min(kept, key=lambda item: _distance(item, accepted))
        left.remove(nearest)
        pairs.append((nearest, accepted))
    extra = [item.name for item in left if not any(_says(item.name, name) for name in optional)]
    return pairs, missing, extra


def _distance(found: Series, accepted: tuple[Expected, ...]) -> int:
    """How many checks a found series fails against the form of the expected one that is nearest."""
    return min(len(differences_of(found, expected)) for expected in accepted)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().strip()


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W_]+", _plain(name)) or [_plain(name)]


def _says(found: str, expected: str) -> bool:
    """Whether every word of the expected name is in the found one, as often."""
    return Counter(_words(expected)) <= Counter(_words(found))


def differences_of(found: Series, expected: Expected) -> dict[str, str]:
    """Check → what differs, for one series."""
    differences: dict[str, str] = {}
    if not any(same_frequency(found.frequency, accepted) for accepted in expected.frequency):
        differences["frequency"] = f"{found.frequency}, expected {' or '.join(map(str, expected.frequency))}"
    if len(found) not in expected.n:
        differences["n"] = f"{len(found)}, expected {' or '.join(map(str, expected.n))}"
    if not len(found):
        return differences | {check: "no rows" for check in ("first", "last", "values")}
    if not isinstance(expected.times, pd.DatetimeIndex) or not isinstance(found.times, pd.DatetimeIndex):
        return differences | _differences_by_row(found, expected)
    by_clock = [_differences_by_time(times, found, expected) for times in _clocks(found.times, expected.times)]
    return differences | min(by_clock, key=len)


def _differences_by_row(found: Series, expected: Expected) -> dict[str, str]:
    if isinstance(found.times, pd.DatetimeIndex) or isinstance(expected.times, pd.DatetimeIndex):
        wanted = "times" if isinstance(expected.times, pd.DatetimeIndex) else "row numbers"
        return {check: f"{found.time_text(0)}, expected {wanted}" for check in ("first", "last", "values")}
    rows = np.asarray(expected.times) - int(expected.first)
    inside = rows < len(found)
    actual = np.where(inside, found.values[np.minimum(rows, len(found) - 1)], np.nan)
    return _value_differences(actual, expected)


def _clocks(found: pd.DatetimeIndex, expected: Times) -> list[pd.DatetimeIndex]:
    """The found times on the expected ones' clock; by wall and by UTC where only one of the two names a zone."""
    if found.tz is None:
        return (
            [found]
            if _zone(expected) is None
            else [found.tz_localize("UTC"), found.tz_localize(_zone(expected), ambiguous="NaT")]
        )
    if _zone(expected) is None:
        return [found.tz_localize(None), found.tz_convert("UTC").tz_localize(None)]
    return [found.tz_convert("UTC")]


def _zone(times: Times) -> tzinfo | None:
    return times.tz if isinstance(times, pd.DatetimeIndex) else None


def _differences_by_time(times: pd.DatetimeIndex, found: Series, expected: Expected) -> dict[str, str]:
    differences = {}
    for check, moment, wanted in (("first", times[0], expected.first), ("last", times[-1], expected.last)):
        if not abs(moment - wanted) <= expected.tolerance:
            differences[check] = f"{moment}, expected {wanted}"
    if not times.is_unique or not times.is_monotonic_increasing:
        return differences | {"values": "times repeat or go back"}
    positions = times.get_indexer(expected.times, method="nearest", tolerance=expected.tolerance)
    actual = np.where(positions < 0, np.nan, found.values[positions])
    absent = (positions < 0) & ~np.isnan(expected.values)
    if absent.any():
        return differences | {"values": f"no row at {expected.times[int(absent.argmax())]}"}
    return differences | _value_differences(actual, expected)


def _value_differences(actual: np.ndarray, expected: Expected) -> dict[str, str]:
    wanted = expected.values
    same = np.isclose(actual, wanted, rtol=1e-6, atol=1e-9, equal_nan=True) | np.isposinf(wanted)
    if same.all():
        return {}
    place = int((~same).argmax())
    number = int((~same).sum())
    return {"values": f"{actual[place]} at {expected.times[place]}, expected {wanted[place]} ({number} of {len(wanted)} differ)"}


_ANCHOR = re.compile(r"(?<=^[QY][SE])-[A-Z]{3}$")  # the month in which quarters or years begin: when, and not how often
_FAMILIES = {"H": "h", "T": "min", "60min": "h", "24h": "D", "7D": "W", "YE": "YS", "A": "YS", "Y": "YS"}
_FAMILIES |= {"ME": "MS", "M": "MS", "QE": "QS", "Q": "QS", "3MS": "QS", "12MS": "YS"}
_FAMILIES |= {"60s": "min", "1min": "min", "1s": "s", "1h": "h"}


def same_frequency(found: str | None, expected: str | None) -> bool:
    """Whether two aliases name one rhythm: quarters and years whatever month they start in, months by start or end."""
    if found is None or expected is None:
        return found is expected
    bare = [_ANCHOR.sub("", alias) for alias in (found, expected)]
    first, second = (_FAMILIES.get(alias, alias) for alias in bare)
    return first == second or (second == "W" and first.startswith("W-"))
