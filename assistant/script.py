"""A conversation as a Python script: the files, the plans that ran, and the numbers to expect when it runs again."""

from __future__ import annotations

import pprint
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assistant.data.series import ReadOptions
from assistant.events import Answer
from assistant.facts import ELSEWHERE
from assistant.records_rows import TurnRecord, UploadRecord

_HEAD = '''"""{title}

A conversation with Tidings {version}, as a script. Keep the files it names beside it and run it where Tidings is installed:

    python {name}

It reads the files, runs the same plans, prints the answers, and compares every number with the one given at the time.
"""

from pathlib import Path

from assistant.replay import Replay

replay = Replay(Path(__file__).parent)
'''


_IMPORTABLE = (".py", ".pyw", ".pyc", ".pyd", ".so")


def conversation_script(title: str, uploads: Sequence[UploadRecord], turns: Sequence[TurnRecord], version: str) -> str:
    """The script's text. Files and questions come in the order in which they came in the conversation.

    Questions that ran no agent (refusals, questions back, failures) stand as comments.
    """
    parts = [_HEAD.format(title=_comment(title or "A conversation"), version=version, name="conversation.py")]
    moments: list[tuple[str, str]] = [
        (u.added, _read_call(u, name)) for u, name in zip(uploads, file_names(uploads), strict=True)
    ]
    trained: set[str] = set()
    for turn in turns:
        moments.append((turn.created, _turn_call(turn, trained)))
        trained |= _models_trained(turn)
    parts += [text for _, text in sorted(moments, key=lambda item: item[0])]
    parts.append("raise SystemExit(replay.report())\n")
    return "\n".join(parts)


def conversation_archive(target: Path, script: str, uploads: Sequence[UploadRecord], paths: Sequence[Path]) -> None:
    """Write a zip file with the script and the files beside it, piece by piece: the files may be larger than the memory."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversation.py", script)
        for name, path in zip(file_names(uploads), paths, strict=True):
            archive.write(path, name)


def file_names(uploads: Sequence[UploadRecord]) -> list[str]:
    """Names for the files beside the script: their own, made safe, unique whatever their case, and nothing to import."""
    names: list[str] = []
    for upload in uploads:
        safe = "".join(c if c.isalnum() or c in "._- " else "_" for c in upload.name).strip(". ") or "file"
        # Python looks beside the script first: a table called pathlib.py would be taken for a module.
        safe += ".txt" if safe.casefold().endswith(_IMPORTABLE) else ""
        taken = {name.casefold() for name in names}
        candidates = (safe, *(f"{number}_{safe}" for number in range(1, len(names) + 2)))
        names.append(next(candidate for candidate in candidates if candidate.casefold() not in taken))
    return names


def expected_numbers(answer: Answer) -> dict[str, float]:
    """The numbers of an answer by fact id; measured durations are left out, since no run repeats them."""
    return {
        fact.id: float(fact.value)
        for fact in answer.facts
        if isinstance(fact.value, int | float) and not isinstance(fact.value, bool) and not fact.statement.startswith("Seconds ")
    }


def _read_call(upload: UploadRecord, name: str) -> str:
    chosen = {key: value for key, value in asdict(upload.options).items() if value != getattr(ReadOptions(), key)}
    options = "".join(f", {key}={value!r}" for key, value in chosen.items())
    called = f", called={upload.name!r}" if upload.name != name else ""
    return f"replay.read({name!r}, sha256={upload.sha256!r}{called}{options})\n"


def _turn_call(turn: TurnRecord, trained: Collection[str]) -> str:
    question = _comment(turn.question or "(a command)")
    if turn.answer is None or not turn.answer.plan or turn.state != "answered":
        return f"# {question}\n# (nothing was computed for this one)\n"
    steps = [{"agent": step["agent"], **step["args"], **_shipped_model(step, turn.answer)} for step in turn.answer.plan]
    plan = pprint.pformat(steps, width=110, sort_dicts=False)
    foreign = _foreign_steps(turn.answer, trained)
    own = {key: number for key, number in expected_numbers(turn.answer).items() if key.split(".")[0] not in foreign}
    expected = pprint.pformat(own, width=110, sort_dicts=False)
    agents = [steps[int(key[1:])]["agent"] for key in foreign]
    left = f"    not_compared={agents!r},\n" if agents else ""
    return f"# {question}\nreplay.run(\n    {turn.question!r},\n    {plan},\n    expect={expected},\n{left})\n"


def _models_trained(turn: TurnRecord) -> set[str]:
    documents = turn.answer.results if turn.answer is not None else []
    return {str(document["model"]) for document in documents if document.get("kind") == "training"}


def _shipped_model(step: Mapping[str, Any], answer: Answer) -> dict[str, str]:
    """The argument that names the shipped classifier which a step used without having been told which.

    Another machine has it too, but perhaps others beside it, among which it could not choose.
    """
    used = {(str(document["model"]), bool(document.get("shipped"))) for document in _classifications(answer)}
    if step["agent"] != "classifier" or step["args"].get("model") or len(used) != 1:
        return {}
    ((name, shipped),) = used
    return {"model": name} if shipped else {}


def _classifications(answer: Answer) -> list[dict[str, Any]]:
    return [document for document in answer.results if document.get("kind") == "classification"]


def _foreign_steps(answer: Answer, trained: Collection[str]) -> list[str]:
    """Prefixes of the facts ("s0") that rest on other conversations: on their episodes, or on models trained there.

    A replay has this conversation's files, and the models that come with the product. trained: the models that the conversation
    had trained by then.
    """
    foreign = {fact.id.split(".")[0] for fact in answer.facts if fact.source.endswith(ELSEWHERE)}
    if any(not document.get("shipped") and document["model"] not in trained for document in _classifications(answer)):
        foreign |= {f"s{position}" for position, step in enumerate(answer.plan) if step["agent"] == "classifier"}
    return sorted(foreign)


def _comment(text: str) -> str:
    """A user's words on one line, without what could end a comment or a docstring."""
    return "".join(c for c in text.replace("\n", " ") if c.isprintable()).replace('"""', "'''").replace("\\", "/")[:300]
