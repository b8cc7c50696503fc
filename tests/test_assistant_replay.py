"""A conversation exported as a script runs again with the same numbers, and nothing in it can break out of the script."""

from __future__ import annotations

import ast
import asyncio
import os
import runpy
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from assistant.data.series import ReadOptions
from assistant.errors import FileRejected
from assistant.events import Answer
from assistant.facts import Fact
from assistant.plan import AnomalyArgs, ClassifierArgs, ForecastArgs, Plan, TrainerArgs
from assistant.records_rows import TurnRecord, UploadRecord
from assistant.replay import Replay, check_same, differences
from assistant.script import conversation_script, expected_numbers, file_names
from assistant.services import open_services
from assistant.session import Conversation
from models import create_classifier
from models.checkpoint import TrainingRecord
from tests.session_fakes import Script, final, gestures, monthly, parts, settings

HOSTILE = [
    '"""\nimport os; os.system("touch owned")\n"""',
    "'); __import__('os').system('touch owned') #",
    '\\""" \\N{BULLET} \\x41 {version} {0}',
    "line one\rimport os\u2028import os\x85import os\x0cimport os",
    '""""""""',
    "😀 caf\u00e9 \u202eevil",
]


def unpack(conversation: Conversation, folder: Path) -> Path:
    archive = folder.with_suffix(".zip")
    conversation.script(archive)
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            assert "/" not in name
            assert "\\" not in name
        opened.extractall(folder)
    return folder


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8", "TIDINGS_HOME": str(folder / "unused")}
    return subprocess.run(
        [sys.executable, "conversation.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )


async def exported(home: Path, tmp_path: Path) -> Path:
    """The folder of a conversation with two tables that share a name, a labelled one, a refusal and three computed answers."""
    planner = Script(why=Plan(ask="Which series do you mean?"))
    async with open_services(settings(home), parts(planner)) as services:
        conversation = await services.create_session("ann", "About sales")
        await conversation.add_file(monthly(tmp_path / "a.csv", spike=30), "sales.csv")
        await final(conversation.run(Plan(steps=(ForecastArgs(horizon=3),)), question="Forecast it"))
        await conversation.add_file(monthly(tmp_path / "b.csv", level=900), "sales.csv")
        await conversation.add_file(gestures(tmp_path / "gestures.csv"), "gestures.csv")
        await final(conversation.ask("why"))
        await final(conversation.run(Plan(steps=(AnomalyArgs(series=("sales", "sales (sales.csv)")),)), question="Anything odd?"))
        await final(conversation.run(Plan(steps=(TrainerArgs(),)), question="Train", approve=True))
        return unpack(conversation, tmp_path / "unpacked")


async def test_a_conversation_runs_again_with_the_same_numbers(home: Path, tmp_path: Path) -> None:
    folder = await exported(home, tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == ["1_sales.csv", "conversation.py", "gestures.csv", "sales.csv"]
    outcome = run(folder)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    last = outcome.stdout.strip().splitlines()[-1]
    assert last.endswith(" numbers, 0 different from the conversation.")
    assert int(last.split()[0]) > 20
    assert not (folder / "unused").exists()

    changed = (folder / "sales.csv").read_text().replace("2018-01-01,", "2018-01-01,1")
    (folder / "sales.csv").write_text(changed)
    refused = run(folder)
    assert refused.returncode == 2
    assert refused.stderr.strip().splitlines()[-1] == (
        "sales.csv is not the file of the conversation (its checksum differs). Use the original."
    )
    assert "Traceback" not in refused.stderr
    with pytest.raises(FileRejected, match=r"Expected absent\.csv beside the script"):
        check_same(folder / "absent.csv", "0" * 64)


async def test_a_shipped_classifier_is_named_and_compared_and_one_of_another_conversation_is_not(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = pd.read_csv(gestures(tmp_path / "gestures.csv"))
    shipped = create_classifier("nearest-neighbour").fit(table.drop(columns="label").to_numpy()[:, None], table["label"])
    record = TrainingRecord(data="sines", figures={"time_steps": 20.0})
    shipped.save(tmp_path / "shipped" / "waves", training=record)
    monkeypatch.setattr("models.registry.SHIPPED", tmp_path / "shipped")
    unlabelled = tmp_path / "new.csv"
    table.drop(columns="label").head(3).to_csv(unlabelled, index=False)
    async with open_services(settings(home), parts()) as services:
        conversation = await services.create_session("ann")
        await conversation.add_file(unlabelled, "new.csv")
        answer = await final(conversation.run(Plan(steps=(ClassifierArgs(),)), question="Which class?"))
        assert [(one["model"], one["shipped"]) for one in answer.results] == [("waves", True)] * 3
        folder = unpack(conversation, tmp_path / "unpacked")

        other = await services.create_session("ann")
        await other.add_file(tmp_path / "gestures.csv", "gestures.csv")
        await final(other.run(Plan(steps=(TrainerArgs(model="nearest-neighbour"),)), question="Train", approve=True))
        await final(conversation.run(Plan(steps=(ClassifierArgs(),)), question="And now?"))
        both = conversation_script("", [], conversation.turns(), "0.1.0")

    script = (folder / "conversation.py").read_text()
    assert "'model': 'waves'" in script
    assert "not_compared" not in script
    # As on another machine: nothing is there but the files, and what comes with the product beside a second model like it.
    shipped.save(tmp_path / "shipped" / "waves-again", training=record)
    with pytest.raises(SystemExit) as ended:
        await asyncio.to_thread(runpy.run_path, str(folder / "conversation.py"))
    printed = capsys.readouterr().out
    assert (ended.value.code, "waves classified 3 cases of new.csv" in printed) == (0, True), printed
    assert int(printed.strip().splitlines()[-1].split()[0]) == len(expected_numbers(answer)) > 5

    assert both.count("'model': 'waves'") == 1
    assert both.count("'model': None") == 1
    assert both.count("not_compared=['classifier']") == 1


async def test_a_wrong_number_is_named_and_fails(home: Path, tmp_path: Path) -> None:
    async with open_services(settings(home), parts()) as services:
        conversation = await services.create_session("ann")
        await conversation.add_file(monthly(tmp_path / "sales.csv", spike=30), "sales.csv")
        answer = await final(conversation.run(Plan(steps=(AnomalyArgs(),))))
    number = next(fact for fact in answer.facts if isinstance(fact.value, float))
    assert isinstance(number.value, float)
    assert differences(answer, {number.id: number.value * (1 + 1e-8)}) == []
    assert differences(answer, {number.id: number.value + 1, "s9.9": 1.0}) == [
        f"{number.id}: {number.value + 1} expected, {number.value} computed ({number.statement})",
        "s9.9: 1.0 expected, nothing computed",
    ]


def upload(name: str) -> UploadRecord:
    return UploadRecord("s", "0" * 64 + ".csv", name, 1, "0" * 64, ReadOptions(time_column=name), (), {}, "2024-01-01")


def turn(question: str) -> TurnRecord:
    fact = Fact(id="s0.1", value=1.5, unit=question, statement=question, source=question, text=question)
    plan = [{"agent": "anomaly", "args": AnomalyArgs(series=(question,)).model_dump(mode="json", exclude={"agent"})}]
    answer = Answer(
        answer=question, plan=plan, facts=[fact], removed=[], results=[], warnings=[], confirmation=None, session="s", seconds=1.0
    )
    return TurnRecord(1, "s", "ann", 0, question, answer, None, "answered", "2024-01-02", None)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_words(text: str) -> None:
    """The script's tree holds two imports, one assignment and the calls of `replay`: whatever the words, they stay literals."""
    failed = TurnRecord(2, "s", "ann", 1, text, None, None, "failed", "2024-01-03", None)
    script = conversation_script(text, [upload(text)], [turn(text), failed], "0.1.0")
    body = ast.parse(script).body
    assert [type(node).__name__ for node in body] == ["Expr", "ImportFrom", "ImportFrom", "Assign", "Expr", "Expr", "Raise"]
    read, ran = (node.value for node in body[4:6] if isinstance(node, ast.Expr))
    assert isinstance(read, ast.Call)
    assert isinstance(ran, ast.Call)
    assert (ast.unparse(read.func), ast.unparse(ran.func)) == ("replay.read", "replay.run")
    for argument in (*read.args, *ran.args, *(keyword.value for keyword in (*read.keywords, *ran.keywords))):
        ast.literal_eval(argument)
    assert ast.literal_eval(ran.args[0]) == text
    assert ast.literal_eval(ran.args[1])[0]["series"] == [text]


def test_file_names_lead_nowhere_and_shadow_nothing() -> None:
    names = ["../../x.csv", "conversation.py", "pathlib.PY", "a.csv", "A.csv", "1_a.csv", "a.csv", "...", "C:\\x.csv", "a\nb.csv"]
    safe = file_names([upload(name) for name in names])
    assert safe[:3] == ["_.._x.csv", "conversation.py.txt", "pathlib.PY.txt"]
    assert len({name.casefold() for name in safe}) == len(names)
    assert safe[7] == "file"
    for name in safe:
        assert Path(name).name == name
        assert not name.casefold().endswith((".py", ".so", ".pyc"))
        assert name.isprintable()


async def test_a_hostile_conversation_runs_and_touches_nothing(home: Path, tmp_path: Path) -> None:
    table = monthly(tmp_path / "x.csv", '""" + quit() + """')
    async with open_services(settings(home), parts()) as services:
        conversation = await services.create_session("ann", HOSTILE[0])
        for name in ("../../x.csv", "assistant.py"):
            table.write_text(table.read_text() + "\n")
            await conversation.add_file(table, name)
        for text in (HOSTILE[0], HOSTILE[5]):
            await final(conversation.run(Plan(steps=(AnomalyArgs(),)), question=text))
        folder = unpack(conversation, tmp_path / "unpacked")
    outcome = run(folder)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "0 different" in outcome.stdout
    assert not list(tmp_path.rglob("owned"))


def test_an_unknown_step_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="agent"):
        Replay(tmp_path).run("x", [{"agent": "shell", "command": "rm"}], expect={})
