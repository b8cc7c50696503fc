"""Runs an exported conversation again and compares its numbers."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.data.series import ReadOptions
from assistant.errors import FileRejected, TidingsError
from assistant.events import Answer, AnswerReady
from assistant.plan import Plan
from assistant.script import expected_numbers

_LOG = logging.getLogger(__name__)
_OWNER = "replay"
# Sums over many rows may differ in the last digits from one processor to another.
_RELATIVE, _ABSOLUTE = 1e-6, 1e-9
# A slower machine must not leave out models that took part at the time.
_FORECAST_SECONDS = 600.0


class Replay:
    """Collects a conversation's files and plans; `report` runs them in a fresh state, prints, and returns the exit code."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._work: list[tuple[str, Any]] = []

    def read(self, name: str, *, sha256: str, called: str | None = None, **options: Any) -> None:
        """Load a file that lies beside the script; `report` refuses one that is missing or not the same file.

        called: the name it had in the conversation, where that is another: names of series may hold it.
        """
        self._work.append(("read", (self._folder / name, sha256, called or name, ReadOptions(**options))))

    def run(
        self,
        question: str,
        steps: Sequence[Mapping[str, Any]],
        *,
        expect: Mapping[str, float],
        not_compared: Sequence[str] = (),
    ) -> None:
        """Run a plan and compare its numbers with those expected, by fact id.

        not_compared: agents whose part rested on other conversations' episodes or models, which a replay does not have.
        """
        plan = Plan.model_validate({"steps": list(steps)})
        self._work.append(("run", (question, plan, dict(expect), tuple(not_compared))))

    def report(self) -> int:
        """Do it all; 0 when every number came out the same, 1 when some did not, 2 when it could not be done."""
        try:
            return asyncio.run(self._report())
        except TidingsError as error:
            sys.stderr.write(f"{error}\n")
            return 2

    async def _report(self) -> int:
        from assistant.services import Parts, open_services
        from assistant.settings import load_settings

        total = different = 0
        with tempfile.TemporaryDirectory(prefix="tidings-replay-") as home:
            quiet = load_settings(home=Path(home), language_model="none")
            async with open_services(quiet, Parts(forecast_seconds=_FORECAST_SECONDS)) as services:
                conversation = await services.create_session(_OWNER)
                for kind, content in self._work:
                    if kind == "read":
                        path, sha256, called, options = content
                        check_same(path, sha256)
                        await conversation.add_file(path, called, options)
                        continue
                    question, plan, expect, not_compared = content
                    answer = None
                    async for event in conversation.run(plan, question=question, approve=True):
                        if isinstance(event, AnswerReady):
                            answer = event.answer
                    assert answer is not None, "a turn ends with an answer"
                    wrong = differences(answer, expect)
                    total, different = total + len(expect), different + len(wrong)
                    _write(f"\n> {question}\n\n{answer.answer}\n")
                    for agent in dict.fromkeys(not_compared):
                        _write(f"{agent}: not compared: rests on another conversation.")
                    for line in wrong:
                        _write(f"DIFFERENT: {line}")
        _write(f"\n{total} numbers, {different} different from the conversation.")
        return 1 if different else 0


def check_same(path: Path, sha256: str) -> None:
    """Raise FileRejected where the file is missing or its content another."""
    if not path.is_file():
        raise FileRejected(f"Expected {path.name} beside the script, found none in {path.parent}. Put it there.")
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != sha256:
        raise FileRejected(f"{path.name} is not the file of the conversation (its checksum differs). Use the original.")


def differences(answer: Answer, expect: Mapping[str, float]) -> list[str]:
    """A line for each expected number that the answer does not repeat."""
    found = expected_numbers(answer)
    statements = {fact.id: fact.statement for fact in answer.facts}
    lines = []
    for identity, value in expect.items():
        if identity not in found:
            lines.append(f"{identity}: {value} expected, nothing computed")
        elif not math.isclose(found[identity], value, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE):
            lines.append(f"{identity}: {value} expected, {found[identity]} computed ({statements[identity]})")
    return lines


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
