"""python -m scripts.evaluate_questions [--set main|unseen] [--out CSV]: ask the evaluation questions and judge the answers.

python -m scripts.evaluate_questions --only brent-chain (seconds on one CPU core)

Writes one row a question (id, question, agent_ok, slots_ok, numbers_ok, seconds, detail), also of a question that failed, and
prints the share of right agents, slots and numbers. `scripts.evaluation.questions` describes the sets, `scripts.evaluation.judge`
what counts as right.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from scripts.evaluation.expected import SAMPLES
from scripts.evaluation.judge import Verdict, judge
from scripts.evaluation.questions import SETS, Conversation, Turn, load_set

RESULTS = Path(__file__).parent / "results"
TIMEOUT_SECONDS = 300
CHECKS = ["agent_ok", "slots_ok", "numbers_ok"]

Ask = Callable[[Sequence[Path], str, str | None, bool], dict[str, Any]]
"""(files, question, session to go on with or None, whether to act without asking back) → the envelope of `tidings ask --json`."""

log = logging.getLogger(__name__)


def ask_product(files: Sequence[Path], question: str, session: str | None, yes: bool) -> dict[str, Any]:
    """Ask through the command line. Raises RuntimeError where the command fails or prints no JSON document."""
    command = [sys.executable, "-m", "ui.cli", "ask", *map(str, files), question, "--json"]
    command += ["--session", session] if session else []
    command += ["--yes"] if yes else []
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"expected exit 0, found {done.returncode}: {done.stderr.strip()[-400:]}")
    try:
        envelope: dict[str, Any] = json.loads(done.stdout)
    except json.JSONDecodeError as error:
        raise RuntimeError(f"expected one JSON document on stdout, found {done.stdout[:200]!r}") from error
    return envelope


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
    with tempfile.TemporaryDirectory() as home:
        os.environ["TIDINGS_HOME"] = home
        table = evaluate(conversations, ask_product)
    name = "questions.csv" if arguments.chosen == "main" else f"questions-{arguments.chosen}.csv"
    out = arguments.out or (None if arguments.only else RESULTS / name)
    if out is not None:
        table.to_csv(out, index=False, lineterminator="\n")
    print(summary(table).to_string(index=False))


if __name__ == "__main__":
    main()
