"""A language model in the conversation: it may lie, and it may sit on another machine. Neither harms."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from assistant.events import Answer
from assistant.plan import AnalystArgs, AnomalyArgs, ClassifierArgs, ForecastArgs, HistorianArgs, Plan, Refusal, TrainerArgs
from assistant.script import conversation_script
from assistant.services import open_services
from assistant.verification import unsupported_numbers
from tests.session_fakes import Writer, final, gestures, monthly, parts, settings

PLAN = Plan(steps=(ForecastArgs(horizon=3),))
LIES = {
    "The best model has a MASE of 0.001.": "0.001",
    "The forecast comes from ChronosUltra-9000.": "ChronosUltra-9000",
    "The first month is 17 May 1999.": "17 May 1999",
    "It rises by 57.3 %.": "57.3",
    "It was made by Prophet.": "Prophet",
    "It rises because of a promotion.": "because",
    "`profit` behaves alike.": "profit",
    "Sales will have doubled by then.": "doubled",
}


def draft_of(prompt: str) -> list[str]:
    """The sentences of the draft that a prompt carries."""
    return [json.loads(line) for line in prompt.split("Draft:\n")[1].splitlines() if line.startswith('"')]


def truthful(prompt: str) -> str:
    """The draft again, sentence for sentence, in another order."""
    return "\n".join(sentence for sentence in reversed(draft_of(prompt)) if sentence)


async def asked(home: Path, table: Path, writer: Writer | None, **changes: object) -> Answer:
    async with open_services(settings(home, **changes), parts(writer=writer)) as services:
        conversation = await services.create_session("ann")
        await conversation.add_file(table, table.name)
        return await final(conversation.run(PLAN, question="What will the sales be?"))


async def test_lies_never_reach_the_answer_and_are_counted(home: Path, tmp_path: Path) -> None:
    told = {lie: LIES[lie] for lie in list(LIES)[:4]}
    writer = Writer(lambda prompt: truthful(prompt) + "\n" + "\n".join(told))
    answer = await asked(home, monthly(tmp_path / "sales.csv"), writer)
    assert [item.text for item in answer.removed] == list(told)
    for item, named in zip(answer.removed, told.values(), strict=True):
        assert named in item.reason
        assert item.text not in answer.answer
    assert unsupported_numbers(answer.answer, answer.facts) == []
    assert answer.warnings == []
    assert "MASE" in answer.answer


async def test_a_truthful_writer_is_left_unharmed(home: Path, tmp_path: Path) -> None:
    writer = Writer(truthful)
    answer = await asked(home, monthly(tmp_path / "sales.csv"), writer)
    plain = await asked(home, monthly(tmp_path / "sales.csv"), None)
    assert (answer.removed, answer.warnings) == ([], [])
    assert answer.answer != plain.answer
    assert sorted(s.text for s in answer.sentences if s.text) == sorted(s.text for s in plain.sentences if s.text)


@pytest.mark.parametrize("number", range(len(LIES)))
async def test_a_model_that_only_lies_is_replaced_by_templates(home: Path, tmp_path: Path, number: int) -> None:
    lie = list(LIES)[number]
    answer = await asked(home, monthly(tmp_path / "sales.csv", rows=24), Writer(lambda prompt: lie))
    assert answer.warnings == [
        "scripted writer wrote mostly what no fact supports; the answer was written from templates instead."
    ]
    assert answer.answer.startswith("Forecast of `sales` for the next 3 months")
    assert [item.text for item in answer.removed] == [lie]
    assert unsupported_numbers(answer.answer, answer.facts) == []


async def test_a_reference_to_no_fact_is_removed(home: Path, tmp_path: Path) -> None:
    answer = await asked(home, monthly(tmp_path / "sales.csv"), Writer(lambda p: truthful(p) + "\nThe truth is {s9.99}."))
    assert [item.reason for item in answer.removed] == ["it refers to {s9.99}, which is not a fact"]


async def test_a_remote_model_sees_no_name_and_the_answer_has_them_back(home: Path, tmp_path: Path) -> None:
    writer = Writer(truthful, leaves_machine=True)
    table = monthly(tmp_path / "secrets.csv", "Project Falcon")
    async with open_services(settings(home, redact=True), parts(writer=writer)) as services:
        conversation = await services.create_session("ann")
        await conversation.add_file(table, table.name)
        answer = await final(conversation.run(PLAN, question="What about project falcon?"))
        sent = conversation.sent
    assert len(writer.prompts) == 1
    for word in ("falcon", "project"):
        assert word not in writer.prompts[0].casefold()
    assert "s1" in writer.prompts[0]
    assert "\n".join(message["content"] for message in sent[0]) == writer.prompts[0]
    assert "`Project Falcon`" in answer.answer
    assert answer.removed == []


async def test_a_remote_model_sees_no_name_of_a_recording(home: Path, tmp_path: Path) -> None:
    writer = Writer(truthful, leaves_machine=True)
    table = tmp_path / "moves.csv"
    rows = [f"walrus_{row // 20},{np.sin(row):.3f},{np.cos(row):.3f}" for row in range(120)]
    table.write_text("recording,x,y\n" + "\n".join(rows) + "\n")
    async with open_services(settings(home, redact=True), parts(writer=writer)) as services:
        conversation = await services.create_session("ann")
        report = await conversation.add_file(table, table.name)
        await final(conversation.run(Plan(steps=(AnalystArgs(),)), question="How do walrus_3 and Walrus_5 differ?"))
    assert report.recordings[3] == "walrus_3"
    assert len(writer.prompts) == 1
    assert "walrus" not in writer.prompts[0].casefold()


async def test_a_remote_model_sees_no_name_of_files_classes_models_or_other_conversations(home: Path, tmp_path: Path) -> None:
    writer = Writer(truthful, leaves_machine=True)
    table = gestures(tmp_path / "walrus.csv")
    table.write_text(table.read_text().replace("cosine", "harpoon").replace("sine", "blubber"))
    async with open_services(settings(home, redact=True), parts(writer=writer)) as services:
        other = await services.create_session("ann")
        await other.add_file(monthly(tmp_path / "narwhal.csv", "tusk length"), "narwhal.csv")
        index = Plan(steps=(HistorianArgs(index_only=True),))
        await final(other.run(index))
        conversation = await services.create_session("ann")
        await conversation.add_file(monthly(tmp_path / "sales.csv", "falcon", level=300), "sales.csv")
        similar = await final(conversation.run(Plan(steps=(HistorianArgs(k=8, any_time=True),)), question="Seen before?"))
        await conversation.add_file(table, "walrus.csv")
        trained = await final(conversation.run(Plan(steps=(TrainerArgs(),)), question="Train on walrus.csv", approve=True))
        steps = (ClassifierArgs(), ForecastArgs(series=("orca",)))
        classified = await final(conversation.run(Plan(steps=steps), question="Which class?"))
        turns = conversation.turns()
    assert len(writer.prompts) == 4
    for prompt in writer.prompts:
        for word in ("narwhal", "tusk", "walrus", "harpoon", "blubber", "falcon", "orca"):
            assert word not in prompt.casefold()
    assert "`tusk length`" in similar.answer
    assert "walrus.csv" in trained.answer
    assert "harpoon" in classified.answer
    assert "There is no series called 'orca' here." in classified.answer
    # A replay has neither the other conversation's episodes nor its models, and does not compare what rests on them.
    script = conversation_script("", [], turns, "0.1.0")
    assert script.count("not_compared=['historian']") == 1
    assert "not_compared=['classifier']" not in script
    assert "not_compared=['classifier']" in conversation_script("", [], turns[2:], "0.1.0")


async def test_the_refused_half_of_a_question_is_told_beside_the_models_words(home: Path, tmp_path: Path) -> None:
    writer = Writer(truthful)
    plan = Plan(steps=(AnomalyArgs(),), refusal=Refusal(reason="The data say nothing about the weather."))
    async with open_services(settings(home), parts(writer=writer)) as services:
        conversation = await services.create_session("ann")
        await conversation.add_file(monthly(tmp_path / "sales.csv", spike=30), "sales.csv")
        answer = await final(conversation.run(plan, question="Anything odd, and why?"))
    assert "weather" not in writer.prompts[0]
    assert "July 2020" in answer.answer
    assert answer.answer.endswith("The data say nothing about the weather.")


async def test_without_redaction_names_go_out_and_rows_never_do(home: Path, tmp_path: Path) -> None:
    writer = Writer(truthful, leaves_machine=True)
    table = monthly(tmp_path / "sales.csv", "sales")
    await asked(home, table, writer)
    rows = [line.split(",")[1] for line in table.read_text().splitlines()[1:]]
    assert "sales" in writer.prompts[0]
    assert [row for row in rows if row in writer.prompts[0]] == []


async def test_a_prompt_is_as_long_for_a_hundred_thousand_points_as_for_a_hundred(home: Path, tmp_path: Path) -> None:
    lengths = []
    for rows in (100, 100_000):
        writer = Writer(truthful)
        path = tmp_path / "flat.csv"
        noise = np.random.default_rng(5).uniform(5, 6, rows)
        path.write_text("row,level\n" + "".join(f"{row},{value:.2f}\n" for row, value in enumerate(noise)))
        async with open_services(settings(home), parts(writer=writer)) as services:
            conversation = await services.create_session("ann")
            await conversation.add_file(path, "flat.csv")
            answer = await final(conversation.run(Plan(steps=(AnomalyArgs(),)), question="Anything odd?"))
            assert answer.results[0]["kind"] == "anomalies"
        lengths.append(len(writer.prompts[0]))
    assert lengths[0] == lengths[1]
