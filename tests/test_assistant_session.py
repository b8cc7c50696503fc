"""One conversation from file to answer, on real services: answers, refusals, confirmations, stops, interruptions, owners."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from assistant import session
from assistant.agents.trainer_stages import FOLDER
from assistant.data.series import ReadOptions
from assistant.errors import AccessDenied, BadRequest, FileRejected, NotFound, QuotaExceeded, TidingsError
from assistant.events import AnswerReady, StepProgress
from assistant.facts import Fact
from assistant.plan import AnomalyArgs, ClassifierArgs, ForecastArgs, HistorianArgs, Plan, Refusal, TrainerArgs
from assistant.records_rows import TurnRecord
from assistant.services import WARM_CONVERSATIONS, Services, open_services
from assistant.session import Conversation
from assistant.verification import unsupported_numbers
from tests.session_fakes import Script, final, gestures, monthly, parts, settings

FORECAST = Plan(steps=(ForecastArgs(horizon=3),))
ANOMALIES = Plan(steps=(AnomalyArgs(),))
TRAIN = Plan(steps=(TrainerArgs(),))


@pytest.fixture
async def services(home: Path) -> AsyncIterator[Services]:
    """Real services with a planner that knows a few words."""
    planner = Script(
        forecast=FORECAST,
        odd=ANOMALIES,
        both=Plan(steps=(ForecastArgs(horizon=3), AnomalyArgs())),
        train=TRAIN,
        classify=Plan(steps=(ClassifierArgs(),)),
        weather=Plan(refusal=Refusal(reason="Only the loaded data can be asked about.", instead=("Describe sales",))),
        unclear=Plan(ask="Which series do you mean?", suggestions=("sales", "costs")),
    )
    async with open_services(settings(home), parts(planner)) as opened:
        yield opened


@pytest.fixture
async def conversation(services: Services, tmp_path: Path) -> Conversation:
    """A conversation of Ann's with one table."""
    opened = await services.create_session("ann")
    await opened.add_file(monthly(tmp_path / "sales.csv", spike=30), "sales.csv")
    return opened


async def test_a_plan_becomes_an_answer_whose_every_number_is_a_fact(conversation: Conversation) -> None:
    answer = await final(conversation.run(Plan(steps=(ForecastArgs(horizon=6), AnomalyArgs()))))
    assert [step["agent"] for step in answer.plan] == ["forecaster", "anomaly"]
    assert [result["kind"] for result in answer.results] == ["forecast", "anomalies"]
    assert answer.results[0]["points"][0]["time"].startswith("2022-01-01")
    assert answer.results[0]["horizon"] == len(answer.results[0]["points"]) == 6
    assert answer.results[1]["points"][0]["time"].startswith("2020-07-01")
    assert unsupported_numbers(answer.answer, answer.facts) == []
    mean = answer.results[0]["points"][0]["mean"]
    assert any(fact.value == pytest.approx(mean) and fact.text in answer.answer for fact in answer.facts)
    assert (answer.removed, answer.warnings, answer.confirmation, answer.session) == ([], [], None, conversation.id)


async def test_the_yardstick_notices_an_unsupported_number(conversation: Conversation) -> None:
    answer = await final(conversation.run(FORECAST))
    assert unsupported_numbers(answer.answer + " It will be 123.456 then.", answer.facts) == ["123.456"]


async def test_refusals_and_questions_back_are_answers(conversation: Conversation) -> None:
    refused = await final(conversation.ask("weather"))
    assert refused.answer == "Only the loaded data can be asked about.\n\nWhat I can answer instead:\n- Describe sales"
    assert refused.results == [
        {"kind": "refusal", "reason": "Only the loaded data can be asked about.", "instead": ["Describe sales"]}
    ]
    unclear = await final(conversation.ask("unclear"))
    assert (unclear.answer, unclear.suggestions) == ("Which series do you mean?", ["sales", "costs"])
    assert [turn.state for turn in conversation.turns()] == ["answered", "answered"]


async def test_an_ambiguous_file_is_asked_about_and_read_as_the_reply_says(services: Services, tmp_path: Path) -> None:
    path = tmp_path / "days.csv"
    path.write_text("date,sold\n" + "".join(f"{day:02d}/03/2020,{day}\n" for day in range(1, 11)))
    conversation = await services.create_session("ann")
    report = await conversation.add_file(path, "days.csv")
    assert [guess.what for guess in report.questions] == ["day or month first"]
    asked = await final(conversation.ask("odd"))
    assert asked.confirmation is not None
    assert asked.confirmation.action == f"read:{report.upload_id}:day or month first"
    assert conversation.turns()[0].state == "awaiting"
    month_first = next(choice for choice in asked.confirmation.choices if choice.startswith("month"))
    answered = await final(conversation.ask(month_first.upper()))
    assert answered.confirmation is None
    assert [result["kind"] for result in answered.results] == ["anomalies"]
    assert conversation.uploads()[0].options.day_first is False
    assert [(turn.question, turn.state) for turn in conversation.turns()] == [("odd", "answered")]


async def test_training_waits_for_a_yes_and_the_model_classifies(services: Services, tmp_path: Path) -> None:
    conversation = await services.create_session("ann")
    await conversation.add_file(gestures(tmp_path / "gestures.csv"), "gestures.csv")
    assert (await final(conversation.ask("train"))).confirmation is not None
    assert services.trained("ann") == {}
    declined = await final(conversation.ask("no thanks"))
    assert declined.answer == "All right, I left it: train classifier on gestures.csv."
    await final(conversation.ask("train"))
    with pytest.raises(BadRequest, match="yes, no"):
        await final(conversation.answer_confirmation("perhaps"))
    trained = await final(conversation.answer_confirmation("yes"))
    assert trained.results[0]["accuracy"] == 1.0
    assert list(services.trained("ann")) == ["gestures"]
    classified = await final(conversation.ask("classify"))
    assert {result["label"] for result in classified.results} == {"sine", "cosine"}
    assert unsupported_numbers(classified.answer, classified.facts) == []
    with pytest.raises(NotFound, match="Nothing is waiting"):
        await final(conversation.answer_confirmation("yes"))


async def test_another_question_instead_of_a_reply_is_answered(services: Services, tmp_path: Path) -> None:
    conversation = await services.create_session("ann")
    await conversation.add_file(gestures(tmp_path / "gestures.csv"), "gestures.csv")
    await conversation.add_file(monthly(tmp_path / "sales.csv"), "sales.csv")
    await final(conversation.ask("train"))
    answer = await final(conversation.ask("weather"))
    assert answer.results[0]["kind"] == "refusal"
    assert [(turn.question, turn.state) for turn in conversation.turns()] == [("train", "failed"), ("weather", "answered")]
    assert services.trained("ann") == {}


async def test_a_stopped_tournament_says_so_and_the_next_question_works(conversation: Conversation) -> None:
    answer = None
    async for event in conversation.ask("forecast"):
        if isinstance(event, StepProgress):
            await conversation.cancel()
        if isinstance(event, AnswerReady):
            answer = event.answer
    assert answer is not None
    assert answer.answer.startswith("Stopped")
    assert answer.facts == []
    assert (await final(conversation.ask("forecast"))).results[0]["kind"] == "forecast"


async def test_a_stop_before_a_question_does_not_stop_it(conversation: Conversation) -> None:
    await conversation.cancel()
    assert (await final(conversation.ask("odd"))).results[0]["kind"] == "anomalies"


async def interrupt(conversation: Conversation, question: str) -> TurnRecord:
    """Ask, and vanish in the middle of the work, as a killed process does."""
    async with contextlib.aclosing(conversation.ask(question)) as events:
        async for event in events:
            if isinstance(event, StepProgress):
                break
    turn = conversation.turns()[-1]
    assert turn.state == "pending"
    return turn


async def test_an_interrupted_turn_goes_on_from_its_checkpoint(services: Services, conversation: Conversation) -> None:
    before = await final(conversation.ask("forecast"))
    turn = await interrupt(conversation, "forecast")
    planned = len(services.planner().seen)  # type: ignore[attr-defined]
    await final(conversation.resume())
    assert len(services.planner().seen) == planned, "the plan came from the checkpoint"  # type: ignore[attr-defined]
    answer = services.records.turn(turn.id).answer
    assert answer is not None
    assert answer.results[0]["points"] == before.results[0]["points"]
    assert [event async for event in conversation.resume()] == []


async def test_the_next_question_finishes_an_interrupted_one_first(conversation: Conversation) -> None:
    await interrupt(conversation, "forecast")
    await final(conversation.ask("odd"))
    assert [(turn.question, turn.state) for turn in conversation.turns()] == [("forecast", "answered"), ("odd", "answered")]


async def test_a_turn_that_is_at_work_is_not_taken_for_an_interrupted_one(conversation: Conversation) -> None:
    first, second, third = await asyncio.gather(*(final(conversation.ask(q)) for q in ("forecast", "odd", "forecast")))
    assert [answer.results[0]["kind"] for answer in (first, second, third)] == ["forecast", "anomalies", "forecast"]
    assert [turn.state for turn in conversation.turns()] == ["answered"] * 3


async def test_a_turn_of_another_process_is_left_to_it(services: Services, conversation: Conversation) -> None:
    turn = await interrupt(conversation, "forecast")
    holder = (
        "import sys, pathlib; from assistant.claims import Claims; "
        "print(Claims(pathlib.Path(sys.argv[1])).take(int(sys.argv[2])), flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", holder, str(services.settings.home / "turns.lock"), str(turn.id)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        assert [event async for event in conversation.resume()] == []
        assert services.records.turn(turn.id).state == "pending"
        process.kill()
    assert (await final(conversation.resume())).results[0]["kind"] == "forecast"


async def test_a_turn_interrupted_again_and_again_is_left(services: Services, conversation: Conversation) -> None:
    turn = await interrupt(conversation, "forecast")
    for _ in range(3):
        async with contextlib.aclosing(conversation.resume()) as events:
            await anext(events)
    assert [event async for event in conversation.resume()] == []
    left = services.records.turn(turn.id)
    assert left.state == "failed"
    assert left.answer is not None
    assert left.answer.answer.startswith("This question was interrupted 4 times")


async def test_an_approved_training_that_was_interrupted_is_not_asked_again(services: Services, tmp_path: Path) -> None:
    conversation = await services.create_session("ann")
    await conversation.add_file(gestures(tmp_path / "gestures.csv"), "gestures.csv")
    await final(conversation.ask("train"))
    await interrupt(conversation, "yes")
    assert conversation.waiting() is None
    answer = await final(conversation.resume())
    assert answer.results[0]["kind"] == "training"


async def test_a_follow_up_sees_the_previous_plan(services: Services, conversation: Conversation) -> None:
    await final(conversation.ask("both"))
    await final(conversation.ask("weather"))
    await final(conversation.ask("odd"))
    first, _, third = services.planner().seen  # type: ignore[attr-defined]
    assert first.previous is None
    assert third.previous is not None
    assert third.previous.steps == (ForecastArgs(horizon=3), AnomalyArgs())
    assert third.previous_question == "both"


async def test_a_question_does_not_read_the_whole_conversation(
    services: Services, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await final(conversation.ask("both"))
    monkeypatch.setattr(services.records, "turns", lambda session: pytest.fail("all turns were read"))
    assert (await final(conversation.ask("odd"))).results[0]["kind"] == "anomalies"


async def test_series_of_conversations_left_alone_do_not_stay_in_memory(services: Services, conversation: Conversation) -> None:
    conversation.series("sales")
    assert conversation.workspace.remembered() == 48
    for _ in range(WARM_CONVERSATIONS - 1):
        await services.create_session("bob")
    assert conversation.workspace.remembered() == 48
    await services.create_session("bob")
    assert conversation.workspace.remembered() == 0
    assert len(conversation.series("sales")) == 48


async def test_owners_see_nothing_of_each_other(services: Services, conversation: Conversation, tmp_path: Path) -> None:
    await conversation.add_file(gestures(tmp_path / "gestures.csv"), "gestures.csv")
    await final(conversation.run(TRAIN, approve=True))
    similar = Plan(steps=(HistorianArgs(series=("sales",), k=20, any_time=True),))
    mine = await final(conversation.run(similar))
    assert mine.results[0]["matches"]

    other = await services.create_session("bob")
    await other.add_file(monthly(tmp_path / "costs.csv", "costs", level=500), "costs.csv")
    with pytest.raises(AccessDenied):
        await services.open_session(conversation.id, "bob")
    with pytest.raises(AccessDenied):
        await services.delete_session(conversation.id, "bob")
    with pytest.raises(NotFound):
        other.series("sales")
    with pytest.raises(NotFound):
        other.upload_path(conversation.uploads()[0].upload_id)
    theirs = await final(other.run(Plan(steps=(HistorianArgs(series=("costs",), k=20, any_time=True),))))
    assert {match["series"] for match in theirs.results[0]["matches"]} == {"costs"}
    assert [record.id for record in services.sessions("bob")] == [other.id]
    assert (list(services.trained("ann")), list(services.trained("bob"))) == (["gestures"], [])
    refused = await final(other.run(Plan(steps=(ClassifierArgs(model="gestures"),))))
    assert "There is no classifier called 'gestures'" in refused.answer


async def test_a_deleted_session_leaves_nothing(
    services: Services, conversation: Conversation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDINGS_CACHE", str(tmp_path / "cache"))
    stopped = tmp_path / "cache" / FOLDER / "of some table" / "task-1.safetensors"
    stopped.parent.mkdir(parents=True)
    stopped.touch()
    await conversation.add_file(gestures(tmp_path / "gestures.csv"), "gestures.csv")
    await final(conversation.run(TRAIN, approve=True))
    await final(conversation.run(Plan(steps=(HistorianArgs(series=("sales",)),))))
    await final(conversation.ask("train"))
    folder = services.settings.session_folder(conversation.id)
    assert folder.is_dir()
    assert services.episodes().count("ann") > 0
    await services.delete_session(conversation.id, "ann")
    assert not folder.exists()
    assert not stopped.parent.parent.exists()
    assert list(services.settings.sessions_folder.iterdir()) == []
    assert services.episodes().count("ann") == 0
    assert services.trained("ann") == {}
    assert services.sessions("ann") == []
    assert services.records.usage("ann") == 0
    for table in ("checkpoints", "writes"):
        async with services.checkpointer.conn.execute(f"SELECT count(*) FROM {table}") as rows:
            assert (await rows.fetchone())[0] == 0
    with pytest.raises(NotFound):
        await services.open_session(conversation.id, "ann")


async def test_deleting_a_session_at_work_waits_and_leaves_nothing(services: Services, conversation: Conversation) -> None:
    started = asyncio.Event()

    async def work() -> None:
        async for event in conversation.ask("forecast"):
            if isinstance(event, StepProgress):
                started.set()

    running = asyncio.create_task(work())
    await started.wait()
    await services.delete_session(conversation.id, "ann")
    await running
    assert list(services.settings.sessions_folder.iterdir()) == []
    with pytest.raises(NotFound):
        await final(conversation.ask("odd"))


async def test_a_turn_that_does_not_stop_keeps_its_session(
    services: Services, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "CLOSE_SECONDS", 0.05)
    async with contextlib.aclosing(conversation.ask("forecast")) as events:
        await anext(events)
        with pytest.raises(TidingsError, match="did not stop in time"):
            await services.delete_session(conversation.id, "ann")
    assert (await final(conversation.ask("odd"))).results[0]["kind"] == "anomalies"


async def test_a_conversation_opens_no_connection(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: socket.socket, address: object) -> None:
        pytest.fail(f"a connection to {address}")

    for way in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, way, refused)
    conversation = await services.create_session("ann")
    await conversation.add_file(monthly(tmp_path / "sales.csv"), "sales.csv")
    await conversation.add_file(gestures(tmp_path / "gestures.csv"), "gestures.csv")
    await final(conversation.ask("both"))
    await final(conversation.run(Plan(steps=(HistorianArgs(series=("sales",)),))))
    await final(conversation.run(TRAIN, approve=True))
    assert [turn.state for turn in conversation.turns()] == ["answered"] * 3


async def test_answered_turns_leave_no_checkpoint(services: Services, conversation: Conversation) -> None:
    await final(conversation.ask("forecast"))
    async with services.checkpointer.conn.execute("SELECT count(*) FROM checkpoints") as rows:
        assert (await rows.fetchone())[0] == 0


async def test_sessions_survive_closing_and_opening(home: Path, tmp_path: Path) -> None:
    planner = Script(train=TRAIN, forecast=FORECAST)
    async with open_services(settings(home), parts(planner)) as services:
        conversation = await services.create_session("ann")
        await conversation.add_file(monthly(tmp_path / "sales.csv"), "sales.csv")
        await conversation.add_file(gestures(tmp_path / "gestures.csv"), "gestures.csv")
        answer = await final(conversation.ask("forecast"))
        await final(conversation.ask("train"))
        values = conversation.series("sales").values
    async with open_services(settings(home), parts(planner)) as services:
        again = await services.open_session(conversation.id, "ann")
        assert again.title == "sales.csv"
        assert again.turns()[0].answer == answer
        assert again.series("sales").values.tobytes() == values.tobytes()
        waiting = again.waiting()
        assert waiting is not None
        assert waiting.question == "train"
        assert (await final(again.ask("yes"))).results[0]["kind"] == "training"


async def test_files_that_share_names_keep_their_series_apart(services: Services, tmp_path: Path) -> None:
    conversation = await services.create_session("ann")
    for level in (100, 200, 300):
        await conversation.add_file(monthly(tmp_path / "sales.csv", level=level), "sales.csv")
    names = [ref.name for upload in conversation.uploads() for ref in upload.series]
    assert names == ["sales", "sales (sales.csv)", "sales (sales.csv 2)"]
    means = [round(conversation.series(name).values.mean(), -2) for name in names]
    assert means == [100, 200, 300]


async def test_limits_are_refused_in_words_and_keep_nothing(home: Path, tmp_path: Path) -> None:
    small = settings(home, upload_bytes_per_user=2_000, question_characters=20)
    async with open_services(small, parts(Script())) as services:
        conversation = await services.create_session("ann")
        await conversation.add_file(monthly(tmp_path / "sales.csv"), "sales.csv")
        with pytest.raises(QuotaExceeded, match="2,000 bytes"):
            await conversation.add_file(monthly(tmp_path / "more.csv", rows=100), "more.csv")
        with pytest.raises(FileRejected, match="none that can be read"):
            await conversation.add_file(tmp_path / "absent.csv", "absent.csv")
        with pytest.raises(BadRequest, match="at most 20"):
            await final(conversation.ask("x" * 21))
        with pytest.raises(BadRequest, match="empty"):
            await final(conversation.ask("  "))
        assert (len(conversation.uploads()), conversation.turns()) == (1, [])
        assert len(list((services.settings.session_folder(conversation.id) / "uploads").iterdir())) == 1


async def test_files_added_at_once_keep_the_quota_together(home: Path, tmp_path: Path) -> None:
    paths = [monthly(tmp_path / f"{number}.csv", level=100 * (number + 1)) for number in range(4)]
    room = 2 * max(path.stat().st_size for path in paths)
    async with open_services(settings(home, upload_bytes_per_user=room), parts(Script())) as services:
        sessions = [await services.create_session("ann") for _ in paths]
        added = (session.add_file(path, path.name) for session, path in zip(sessions, paths, strict=True))
        outcomes = await asyncio.gather(*added, return_exceptions=True)
        assert [isinstance(outcome, QuotaExceeded) for outcome in outcomes].count(True) == 2
        assert services.records.usage("ann") <= room
        assert len(list(services.settings.sessions_folder.glob("*/uploads/*"))) == 2


async def test_a_failing_step_is_named_and_the_others_answer(conversation: Conversation) -> None:
    answer = await final(conversation.run(Plan(steps=(ForecastArgs(series=("profit",)), AnomalyArgs()))))
    assert "There is no series called 'profit' here." in answer.answer
    assert [result["kind"] for result in answer.results] == ["refusal", "anomalies"]
    assert all(isinstance(fact, Fact) for fact in answer.facts)


def ambiguous(path: Path, rows: int = 60) -> Path:
    """A daily table whose dates read well both ways round for a while, and in the end day first alone."""
    days = [f"{day:02d}/{month:02d}/2020" for month in range(1, 13) for day in range(1, 13)][:rows]
    path.write_text("date,visits\n" + "\n".join(f"{day},{(n * 7) % 11 + 5}" for n, day in enumerate(days)))
    return path


async def test_what_was_indexed_under_old_dates_is_found_no_more(services: Services, tmp_path: Path) -> None:
    conversation = await services.create_session("ann")
    report = await conversation.add_file(ambiguous(tmp_path / "visits.csv"), "visits.csv", ReadOptions(day_first=True))
    similar = Plan(steps=(HistorianArgs(series=("visits",), k=20, any_time=True),))
    await final(conversation.run(similar))
    old = {name.split(":")[2] for name in services.episodes().collections("ann")}
    assert old == {report.series[0].id[:16]}
    again = await conversation.reread(report.upload_id, ReadOptions(day_first=False))
    assert again.series[0].id != report.series[0].id
    assert services.episodes().count("ann") == 0
    found = (await final(conversation.run(similar))).results[0]
    assert (found["query"]["start"], found["query"]["end"]) not in {(m["start"], m["end"]) for m in found["matches"]}


async def test_a_reading_that_fails_is_answered_and_leaves_the_old_one(conversation: Conversation) -> None:
    before = conversation.uploads()
    answer = await final(conversation.ask("use nonsense as the time column"))
    assert answer.answer.startswith("sales.csv stays as it was read before, for it could not be read so (time column nonsense).")
    assert [(turn.question, turn.state) for turn in conversation.turns()] == [("use nonsense as the time column", "failed")]
    assert conversation.uploads() == before


async def test_a_stop_during_a_re_reading_stops_the_turn(conversation: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Conversation.reread

    async def stopped(self: Conversation, upload_id: str, options: ReadOptions) -> object:
        await self.cancel()
        return await read(self, upload_id, options)

    monkeypatch.setattr(Conversation, "reread", stopped)
    assert (await final(conversation.ask("it is monthly data"))).answer == "Stopped, as you asked."


async def test_a_file_of_a_deleted_session_is_not_read_again(services: Services, conversation: Conversation) -> None:
    upload = conversation.uploads()[0]
    async with services.adding("ann"):
        deletion = asyncio.create_task(services.delete_session(conversation.id, "ann"))
        await asyncio.sleep(0.05)
        reading = asyncio.create_task(conversation.reread(upload.upload_id, ReadOptions()))
        await asyncio.sleep(0.05)
    await deletion
    with pytest.raises(NotFound, match="was deleted"):
        await reading
    assert list(services.settings.sessions_folder.iterdir()) == []


async def test_deletion_waits_for_threads_that_a_turn_left_behind(services: Services, conversation: Conversation) -> None:
    late: list[bool] = []

    def work() -> None:
        time.sleep(0.3)
        late.append(services.settings.session_folder(conversation.id).exists())

    conversation._threads.submit(work)
    await services.delete_session(conversation.id, "ann")
    assert late == [True]


async def test_making_one_thing_holds_up_no_conversation(services: Services) -> None:
    started, done = threading.Event(), threading.Event()

    def slow() -> str:
        started.set()
        return "made" if done.wait(5) else "held up"

    making = asyncio.create_task(asyncio.to_thread(services._once, "_slow", slow))
    await asyncio.to_thread(started.wait)
    assert services._once("_other", lambda: 1) == 1
    await services.create_session("ann")
    done.set()
    assert await making == "made"
