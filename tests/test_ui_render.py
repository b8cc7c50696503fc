"""Events and answers as chat messages."""

from __future__ import annotations

import gradio as gr
import numpy as np
import pandas as pd

from assistant.data.series import Guess, Series, SeriesRef
from assistant.events import AnswerReady, Confirmation, StepFinished, StepProgress, StepStarted
from assistant.uploads import UploadReport
from tests.ui_fakes import class_document, forecast_document, make_answer
from ui.privacy import leaves_text, messages_text
from ui.reading import choices, guess_of, guesses_text, series_table
from ui.render import (
    Links,
    Steps,
    answer_messages,
    closing_messages,
    facts_text,
    reread_message,
    steps_messages,
    upload_messages,
    user_message,
)

SALES = Series("sales", pd.date_range("2020", periods=8, freq="D"), np.arange(8.0), "D")
REFERENCE = SeriesRef(id="s1", name="<b>sales</b>", n=1_234, missing=2, start="2020-01-01", end="2020-12-01", frequency="MS")


def _upload(**changes: object) -> UploadReport:
    base = {"upload_id": "u1", "dataset_name": "a_b.csv", "file_name": "a_b.csv", "series": (REFERENCE,)}
    return UploadReport(**{**base, **changes})


def test_steps_nest_under_one_accordion_and_close_at_the_end() -> None:
    steps = Steps().after(StepStarted("plan", "Planning")).after(StepFinished("plan", 0.25, "one step"))
    steps = steps.after(StepStarted("f", "Forecaster")).after(StepProgress("f", 0.5, "3 of 6 models"))
    parent, plan, forecaster = steps_messages(steps, finished=False)
    assert parent.metadata["status"] == "pending"
    assert plan.metadata == {"title": "Planning", "id": "step-plan", "parent_id": "steps", "status": "done", "duration": 0.25}
    assert forecaster.metadata["log"] == "50 %"
    assert forecaster.metadata["status"] == "pending"
    assert forecaster.content == "3 of 6 models"
    closed = steps_messages(steps, finished=True, seconds=1.26)
    assert {message.metadata["status"] for message in closed} == {"done"}
    assert closed[0].metadata["duration"] == 1.3


def test_one_download_holds_the_classes_of_all_cases() -> None:
    results = [class_document(f"case {number}", "tap", 0.7) for number in (1, 2)]
    line = Links("/download/s/turns/0").line(make_answer("s", results=results))
    assert "[classes, CSV](/download/s/turns/0/classes.csv) · [classes, Excel](/download/s/turns/0/classes.xlsx)" in line
    assert line.count("classes.csv") == 1
    assert "classes" not in Links("/download/s/turns/0").line(make_answer("s", results=[forecast_document(SALES)]))


def test_failed_step_says_so_in_words() -> None:
    steps = Steps().after(StepStarted("f", "Forecaster")).after(StepFinished("f", 0.1, "too short", failed=True))
    assert steps_messages(steps, finished=True)[1].metadata["title"] == "Forecaster: could not do its part"


def test_events_of_other_kinds_leave_the_steps_alone() -> None:
    steps = Steps().after(StepStarted("a", "A"))
    assert steps.after(StepFinished("unknown", 1.0, "")).steps == steps.steps
    assert steps.after(AnswerReady(make_answer("s"))) == steps


def test_answer_shows_text_plot_words_downloads_and_evidence() -> None:
    answer = make_answer("s", results=[forecast_document(SALES)], warnings=["Two values are missing."])
    messages = answer_messages(answer, lambda names: {"sales": SALES}, Links("/download/s/turns/0"))
    text, plot, numbers, downloads, facts, removed = messages
    assert "> **Note:** Two values are missing\\." in text.content
    assert isinstance(plot.content[0], gr.Plot)
    assert "forecast for 4 steps" in plot.content[1]
    assert "| 9 January 2020 | 7 |" in numbers.content
    assert "(/download/s/turns/0/results/0.csv)" in downloads.content
    assert "(/download/s/turns/0/results/0.xlsx)" in downloads.content
    assert facts.metadata == {"title": "The facts behind this (1)", "status": "done"}
    assert "last value of sales\\: 3 — *analysis\\.last\\(sales\\)*" in facts.content
    assert removed.metadata["title"] == "Checking removed 1 sentence that no fact supports"
    assert "It will be 99\\. *(99 is no fact)*" in removed.content


def test_only_the_first_results_are_drawn() -> None:
    answer = make_answer("s", results=[forecast_document(SALES)] * 11)
    messages = answer_messages(answer, lambda names: {"sales": SALES})
    assert sum(isinstance(message.content, list) for message in messages) == 8
    assert any("3 more results are not drawn" in str(message.content) for message in messages)


def test_cases_that_the_answer_does_not_speak_of_are_not_drawn() -> None:
    results = [class_document(f"case {row}", "tap", 0.7) | {"shown": row == 3} for row in range(14)]
    plan = [{"agent": "classifier", "args": {"about": "classes"}}]
    messages = answer_messages(make_answer("s", plan=plan, results=results), lambda names: {})
    captions = [message.content[1] for message in messages if isinstance(message.content, list)]
    assert len(captions) == 2
    assert captions[0].startswith("*Bar chart of the classes of 14 cases")
    assert any("13 more results are not drawn" in str(message.content) for message in messages)


def test_description_is_shown_with_its_parts() -> None:
    document = {"kind": "description", "series": "sales", "trend": None, "seasonality": [], "change_points": []}
    messages = answer_messages(make_answer("s", results=[document]), lambda names: {"sales": SALES})
    captions = [message.content[1] for message in messages if isinstance(message.content, list)]
    assert len(captions) == 2
    assert captions[1].endswith("one above the other\\: trend and remainder\\. They add up to the series\\.*")


def test_a_file_read_again_says_what_changed() -> None:
    message = reread_message(_upload(warnings=("Sorted.",)), "day or month first", "day first")
    assert message.content == "Read **a\\_b\\.csv** again: day or month first is now day first.\n\n> **Note:** Sorted\\."


def test_plots_of_old_turns_can_be_left_out() -> None:
    answer = make_answer("s", results=[forecast_document(SALES)])
    kinds = [type(message.content) for message in answer_messages(answer, lambda names: {"sales": SALES}, plots=False)]
    assert list not in kinds


def test_facts_without_sentences_are_still_listed() -> None:
    assert facts_text(make_answer("s", sentences=[])).startswith("- last value of sales")


def test_confirmation_and_suggestions_are_buttons() -> None:
    wanted = Confirmation(question="Train it?", action="train", choices=("yes", "no"))
    (message,) = closing_messages(make_answer("s", confirmation=wanted))
    assert [option["value"] for option in message.options] == ["yes", "no"]
    assert "Please choose" in message.content
    (message,) = closing_messages(make_answer("s"))
    assert message.options == [{"value": "Describe sales", "label": "Describe sales"}]
    assert closing_messages(make_answer("s", suggestions=[])) == []


def test_words_of_the_user_are_shown_as_typed() -> None:
    assert user_message("**what** <script>alert(1)</script>").content == "\\*\\*what\\*\\* \\<script\\>alert\\(1\\)\\</script\\>"


def test_upload_with_an_open_question_asks_with_buttons() -> None:
    asked = Guess("day or month first", "day first", ("month first",), "No day is above 12.")
    read, question = upload_messages(_upload(questions=(asked,), warnings=("odd",)))
    assert "**a\\_b\\.csv**: 1 series (\\<b\\>sales\\</b\\>)" in read.content
    assert "> **Note:** odd" in read.content
    assert [option["value"] for option in question.options] == [
        "read:u1:day or month first:day first",
        "read:u1:day or month first:month first",
    ]


def test_series_table_escapes_names_and_counts() -> None:
    table = series_table([_upload()])
    assert "<b>sales" not in table
    assert "January 2020 –<br>December 2020" in table
    assert "every month" in table
    assert '<td class="number">1,234</td><td class="number">2</td>' in table
    assert "No data yet" in series_table([])


def test_guesses_are_listed_with_their_reasons() -> None:
    guess = Guess("delimiter", ";", (",",), "It gives <the> same columns in every row.")
    report = _upload(guesses=(guess,))
    assert "&lt;the&gt;" in guesses_text(report)
    assert guess_of(report, "delimiter") == guess
    assert guess_of(report, "sheet") is None
    assert choices(guess) == [";", ","]
    assert choices(Guess("value columns", "a, b", ("c",), ""), several=True) == ["a", "b", "c"]


def test_what_leaves_the_machine_is_said_for_each_language_model() -> None:
    class Settings:
        language_model = "none"
        openai_base_url = "https://llm.example.org:8080/v1"
        openai_model = "small"
        redact = False

    settings = Settings()
    assert "Nothing leaves" in leaves_text(settings)
    settings.language_model = "openai"
    assert "go to `llm.example.org`" in leaves_text(settings)
    assert "Redaction is **off**" in leaves_text(settings)
    settings.redact = True
    assert "Redaction is **on**" in leaves_text(settings)
    assert messages_text([]) == "Nothing has been sent."
    assert '"content": "s1 rises"' in messages_text([{"role": "user", "content": "s1 rises"}])
