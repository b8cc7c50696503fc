"""python -m scripts.evaluate_resilience

python -m scripts.evaluate_resilience --rounds 2 --chats 4 --out /dev/null

Kills a process in the middle of a question (SIGKILL, at a random moment), opens its home again and resumes: the question has to
end answered, with the forecasts of an undisturbed run, and earlier answers have to stay as they were. Then many conversations at
once in one process, each with a series of its own: each answer's numbers have to be those of its own series.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from assistant.events import Answer, AnswerReady, Event
from assistant.plan import AnomalyArgs, ForecastArgs, Plan
from assistant.services import Parts, Services, open_services
from assistant.settings import Settings
from scripts.evaluate_durability import DigestTextEmbedder
from scripts.measurements import Measurement, commit, write_rows

OWNER = "resilience"
HORIZON = 6
ROWS = 96
SERIES = 6
RESULTS = Path(__file__).parent / "results" / "resilience.csv"
QUESTION = "Forecast all series for 6 months"


@dataclass(frozen=True)
class Kills:
    """What came of the kills. answered, same, intact: rounds in which the question ended answered, with the undisturbed numbers,
    and in which all earlier answers were as before. resumed: rounds in which the kill came before the answer.
    """

    rounds: int
    resumed: int
    answered: int
    same: int
    intact: int
    seconds: float


@dataclass(frozen=True)
class Chats:
    """Conversations at once. own: those whose numbers are all near their own series; seconds: until the last answer."""

    chats: int
    answered: int
    own: int
    seconds: float
    slowest: float


def table(path: Path, levels: list[float], seed: int) -> Path:
    """A monthly table with a column for each level: a trend, a season and noise of a few per cent of the level."""
    rng = np.random.default_rng(seed)
    step = np.arange(ROWS)
    season = np.sin(step * np.pi / 6)
    columns = {
        f"series {number}": np.round(level * (1 + 0.001 * step + 0.05 * season + rng.normal(0, 0.005, ROWS)), 4)
        for number, level in enumerate(levels)
    }
    times = pd.date_range("2015-01-01", periods=ROWS, freq="MS").strftime("%Y-%m-%d")
    pd.DataFrame({"month": times, **columns}).to_csv(path, index=False)
    return path


async def finished(events: AsyncIterator[Event]) -> Answer:
    """The answer at the end of a turn."""
    answer = None
    async for event in events:
        if isinstance(event, AnswerReady):
            answer = event.answer
    if answer is None:
        raise RuntimeError("Expected a turn to end with an answer, found none.")
    return answer


def services(home: Path) -> Any:
    """The services under test; words need no embedding model here."""
    return open_services(Settings(home=home, max_concurrency=4), Parts(embedder=DigestTextEmbedder()))


def forecasts(answer: Answer) -> dict[str, list[float]]:
    """The forecast means of an answer by series."""
    return {
        result["series"]: [point["mean"] for point in result["points"]]
        for result in answer.results
        if result["kind"] == "forecast"
    }


async def _undisturbed(home: Path, data: Path) -> tuple[str, dict[str, list[float]], float]:
    """A new home with one answered question: its session, its forecasts, and the seconds the question took."""
    async with services(home) as opened:
        conversation = await opened.create_session(OWNER)
        await conversation.add_file(data, data.name)
        begin = time.perf_counter()
        answer = await finished(conversation.ask(QUESTION, approve=True))
        return conversation.id, forecasts(answer), time.perf_counter() - begin


async def _work(home: Path, session: str) -> None:
    """Ask the question; a line on stdout says when work on it began."""
    async with services(home) as opened:
        conversation = await opened.open_session(session, OWNER)
        begun = False
        async for _ in conversation.ask(QUESTION, approve=True):
            if not begun:
                os.write(1, b"begun\n")
                begun = True


async def _after(home: Path, session: str, expected: dict[str, list[float]], before: list[Answer | None]) -> tuple[bool, ...]:
    """(answered, same, intact, resumed) after a kill."""
    async with services(home) as opened:
        resumed = await opened.finish_pending() == 1
        turns = (await opened.open_session(session, OWNER)).turns()
    last = turns[-1]
    answered = len(turns) == len(before) + 1 and last.state == "answered" and last.answer is not None
    same = answered and last.answer is not None and forecasts(last.answer) == expected
    intact = [turn.answer for turn in turns[: len(before)]] == before
    return answered, same, intact, resumed


async def _answers(home: Path, session: str) -> list[Answer | None]:
    async with services(home) as opened:
        return [turn.answer for turn in (await opened.open_session(session, OWNER)).turns()]


def kill(rounds: int, folder: Path, seed: int = 0, series: int = SERIES) -> Kills:
    """Kill and resume in one home, again and again, each time at another moment of the question."""
    begin = time.perf_counter()
    chance = random.Random(seed)
    home = folder / "home"
    data = table(folder / "data.csv", [100.0 * (number + 1) for number in range(series)], seed)
    session, expected, usual = asyncio.run(_undisturbed(home, data))
    counts = np.zeros(4, dtype=int)
    for _ in range(rounds):
        before = asyncio.run(_answers(home, session))
        command = [sys.executable, "-m", "scripts.evaluate_resilience", "--work", str(home), "--session", session]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            if process.stdout is None or "begun" not in process.stdout.readline():
                raise RuntimeError("Expected the process to begin the question, found that it ended. Run it by hand with --work.")
            time.sleep(chance.uniform(0.0, usual))
            process.send_signal(signal.SIGKILL)
        counts += np.array(asyncio.run(_after(home, session, expected, before)), dtype=int)
    answered, same, intact, resumed = (int(count) for count in counts)
    return Kills(rounds, resumed, answered, same, intact, round(time.perf_counter() - begin, 1))


async def _chat(opened: Services, folder: Path, number: int) -> tuple[bool, bool, float]:
    """One conversation about a series around 1000 · 2^number: whether it was answered, by its own numbers, and in how long."""
    level = 1_000.0 * 2**number
    begin = time.perf_counter()
    conversation = await opened.create_session(f"{OWNER} {number}")
    data = table(folder / f"data {number}.csv", [level], seed=number)
    await conversation.add_file(data, data.name)
    await finished(conversation.run(Plan(steps=(AnomalyArgs(),)), approve=True))
    answer = await finished(conversation.run(Plan(steps=(ForecastArgs(horizon=HORIZON),)), approve=True))
    seconds = time.perf_counter() - begin
    means = [mean for means in forecasts(answer).values() for mean in means]
    values = [fact.value for fact in answer.facts if fact.statement.startswith(("Forecast for", "The mean"))]
    told = [float(value) for value in values if isinstance(value, int | float)]
    states = [turn.state for turn in conversation.turns()]
    # Neighbouring levels lie a factor of two apart, and no series leaves a fifth around its own.
    own = len(told) >= HORIZON // 2 and all(0.8 < number / level < 1.3 for number in [*means, *told])
    return states == ["answered", "answered"] and len(means) == HORIZON, own and answer.session == conversation.id, seconds


async def _chats(chats: int, folder: Path) -> Chats:
    begin = time.perf_counter()
    async with services(folder / "home") as opened:
        outcomes = await asyncio.gather(*(_chat(opened, folder, number) for number in range(chats)))
    answered, own, seconds = zip(*outcomes, strict=True)
    return Chats(chats, sum(answered), sum(own), round(time.perf_counter() - begin, 1), round(max(seconds), 1))


def chat(chats: int, folder: Path) -> Chats:
    """Hold so many conversations at once in one process."""
    return asyncio.run(_chats(chats, folder))


def rows(kills: Kills, chats: Chats) -> list[Measurement]:
    """The outcomes as measurements."""
    counted = {"rounds": kills.rounds, "resumed": kills.resumed, "answered": kills.answered, "same_numbers": kills.same}
    counted["earlier_answers_intact"] = kills.intact
    talked = {"conversations": chats.chats, "answered": chats.answered, "own_numbers": chats.own, "slowest_s": chats.slowest}
    return [
        *(Measurement("kill -9", "tidings", name, value, seconds=kills.seconds) for name, value in counted.items()),
        *(Measurement("conversations at once", "tidings", name, value, seconds=chats.seconds) for name, value in talked.items()),
    ]


def main() -> None:
    """Parse the command line, run, write the CSV."""
    parser = argparse.ArgumentParser(description="Kill questions in the middle, and hold many conversations at once.")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--chats", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--session", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work is not None:
        asyncio.run(_work(options.work, options.session))
        return
    with tempfile.TemporaryDirectory() as kills_folder, tempfile.TemporaryDirectory() as chats_folder:
        kills = kill(options.rounds, Path(kills_folder), options.seed)
        chats = chat(options.chats, Path(chats_folder))
    print(write_rows(options.out, rows(kills, chats), device="cpu", commit=commit())[["dataset", "metric", "value", "seconds"]])


if __name__ == "__main__":
    main()
