"""python -m scripts.evaluate_questions [--set main|unseen] [--out CSV]: ask the evaluation questions and judge the answers.

python -m scripts.evaluate_questions --only brent-chain (seconds on one CPU core)

Writes one row a question (id, question, agent_ok, slots_ok, numbers_ok, seconds, detail), also of a question that failed, and
prints the share of right agents, slots and numbers. `scripts.evaluation.questions` describes the sets, `scripts.evaluation.judge`
what counts as right.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from assistant.events import AnswerReady
from scripts.evaluation.expected import SAMPLES
from scripts.evaluation.judge import Verdict, judge
from scripts.evaluation.questions import SETS, Conversation, Turn, load_set

RESULTS = Path(__file__).parent / "results"
OWNER = "evaluation"
CHECKS = ["agent_ok", "slots_ok", "numbers_ok"]

Ask = Callable[[Sequence[Path], str, str | None, bool], dict[str, Any]]
"""(files, question, session to go on with or None, whether to act without asking back) → the envelope of `tidings ask --json`."""

log = logging.getLogger(__name__)


@contextmanager
def open_product(home: Path) -> Iterator[Ask]:
    """The product with its state in `home`, opened once for all questions, as a function to ask.

    The one place that knows how to reach the product: a conversation is what `tidings ask --json` opens for a command.
    """
    # Judging alone, as the tests do, needs neither the graph nor the stores.
    from assistant.services import open_services
    from assistant.settings import Settings

    with asyncio.Runner() as runner:
        manager = open_services(Settings(home=home))
        services = runner.run(manager.__aenter__())
        try:

            async def answer(files: Sequence[Path], question: str, session: str | None, yes: bool) -> dict[str, Any]:
                if session is None:
                    conversation = await services.create_session(OWNER)
                    for path in files:
                        await conversation.add_file(path, path.name)
                else:
                    conversation = await services.open_session(session, OWNER)
                events = [event async for event in conversation.ask(question, approve=yes)]
                final = events[-1]
                if not isinstance(final, AnswerReady):
                    raise RuntimeError(f"expected an answer as the last event, found {final!r}")
                return final.answer.model_dump(mode="json")

            yield lambda files, question, session, yes: runner.run(answer(files, question, session, yes))
        finally:
            runner.run(manager.__aexit__(None, None, None))


def evaluate(conversations: Sequence[Conversation], ask: Ask) -> pd.DataFrame:
    """Ask every question of every conversation, each conversation in a session of its own; one row a question."""
    rows = []
    for conversation in conversations:
        session: str | None = None
        for number, turn in enumerate(conversation.turns, start=1):
            identity = f"{conversation.id}.{number}" if len(conversation.turns) > 1 else conversation.id
            started = time.perf_counter()
            verdict, session = _ask_and_judge(conversation, turn, session, ask)
            seconds = round(time.perf_counter() - started, 2)
            checks = {name: getattr(verdict, name) for name in CHECKS}
            rows.append({"id": identity, "question": turn.question, **checks, "seconds": seconds, "detail": verdict.detail})
            log.info("%s %s", identity, "right" if all(checks.values()) else verdict.detail)
    return pd.DataFrame(rows)


def _ask_and_judge(conversation: Conversation, turn: Turn, session: str | None, ask: Ask) -> tuple[Verdict, str | None]:
    try:
        envelope = ask([SAMPLES / file for file in conversation.files], turn.question, session, turn.yes)
        return judge(turn, conversation.files, envelope), envelope["session"]
    except Exception as error:
        # Whatever goes wrong with one question is that question's result; the evaluation goes on.
        log.exception("no verdict on %r", turn.question)
        return Verdict(False, False, False, f"{type(error).__name__}: {error}"), session


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Number of questions, share right a check and median seconds, as one row."""
    shares = table[CHECKS].astype(float).mean()
    return pd.DataFrame([{"questions": len(table), **shares.round(4), "median_seconds": table["seconds"].median()}])


def main() -> None:
    """Run a set and write its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=sorted(SETS), default="main", dest="chosen")
    parser.add_argument(
        "--only", nargs="*", default=[], metavar="ID", help="only these conversations; nothing is written without --out"
    )
    parser.add_argument(
        "--out", type=Path, help="CSV to write; the default is questions.csv or questions-unseen.csv in scripts/results"
    )
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    conversations = [c for c in load_set(arguments.chosen) if not arguments.only or c.id in arguments.only]
    with tempfile.TemporaryDirectory() as home, open_product(Path(home)) as ask:
        table = evaluate(conversations, ask)
    name = "questions.csv" if arguments.chosen == "main" else f"questions-{arguments.chosen}.csv"
    out = arguments.out or (None if arguments.only else RESULTS / name)
    if out is not None:
        table.to_csv(out, index=False, lineterminator="\n")
    print(summary(table).to_string(index=False))


if __name__ == "__main__":
    main()
