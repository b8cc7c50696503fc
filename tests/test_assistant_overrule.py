"""Guesses overruled in words, and questions that overrule nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.data.series import CLASS_COLUMN, Guess, ReadOptions, SeriesRef
from assistant.events import AnswerReady
from assistant.overrule import overruled
from assistant.plan import Plan, TrainerArgs
from assistant.services import open_services
from assistant.settings import Settings
from assistant.uploads import UploadReport


def upload(name: str = "sales.csv", **changes: object) -> UploadReport:
    ref = SeriesRef(id="a" * 64, name="Net sales", n=3, missing=0, start="2020", end="2022", frequency="D")
    columns = Guess("time column", "Datum", ("Gebucht am",), "It holds dates.")
    values: dict[str, object] = {
        "upload_id": name,
        "dataset_name": name,
        "file_name": name,
        "series": (ref,),
        "guesses": (columns, Guess(CLASS_COLUMN, "sex", ("grade",), "It names one of 2 classes.")),
    }
    return UploadReport(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("the dates are day first", ReadOptions(day_first=True)),
        ("No, it's dd/mm/yyyy", ReadOptions(day_first=True)),
        ("these are American dates", ReadOptions(day_first=False)),
        ("month comes before the day", ReadOptions(day_first=False)),
        ("use gebucht am as the time column", ReadOptions(time_column="Gebucht am")),
        ("the time column is Datum.", ReadOptions(time_column="Datum")),
        ("use Grade as the class", ReadOptions(label="grade")),
        ("No, the class column is grade.", ReadOptions(label="grade")),
        ("the labels are in column Grade, not in sex", ReadOptions(label="grade")),
        ("the class is in the grade column", ReadOptions(label="grade")),
        ("take sex as the label column", ReadOptions(label="sex")),
        ("it is monthly data", ReadOptions(frequency="MS")),
        ("read it as weekly", ReadOptions(frequency="W")),
        ("decimal comma please", ReadOptions(decimal=",")),
        ("separated by semicolons", ReadOptions(delimiter=";")),
        ("use sheet Q3 figures", ReadOptions(sheet="Q3 figures")),
        ("only use the column net sales", ReadOptions(value_columns=("Net sales",))),
        ("day first and decimal comma", ReadOptions(day_first=True, decimal=",")),
        ("No, sorry, the dates in sales.csv are month first, thanks", ReadOptions(day_first=False)),
        ("it is monthly, not daily", ReadOptions(frequency="MS")),
        ("day first then month", ReadOptions(day_first=True)),
        ("use Datum as the time column and decimal comma", ReadOptions(time_column="Datum", decimal=",")),
    ],
)
def test_a_statement_overrules_what_it_names(words: str, expected: ReadOptions) -> None:
    found = overruled(words, [upload()])
    assert found is not None
    assert found.options == expected


@pytest.mark.parametrize(
    "words",
    [
        "which day was first above 30?",
        "forecast the next 12 months",
        "describe this",
        "is it monthly data",
        "which class is in most rows?",
        "use the third case as the target and classify it",
        "the class is in doubt, classify it again",
        "show the first day of the month with the lowest sales",
        "compare weekly and monthly means",
        "This is monthly revenue, forecast the next 12 months",
        "Show the month first above 30",
        "Find the day first exceeding 30",
        "Take the last value as the date",
        "Only use the column temperature to forecast 12 months",
        "Take the columns a and b and compare them",
        "use sheet Q3 and forecast it",
        "the dates are not day first",
    ],
)
def test_a_question_overrules_nothing(words: str) -> None:
    assert overruled(words, [upload()]) is None


@pytest.mark.parametrize(
    ("words", "said", "rest"),
    [
        ("The data is hourly; forecast the next day", "hourly data", "forecast the next day"),
        ("The data is hourly. What is the mean?", "hourly data", "What is the mean?"),
        ("Day first, then forecast it", "day first", "forecast it"),
        ("Take the columns a and b, then compare them", "value columns a, b", "compare them"),
    ],
)
def test_a_correction_that_stands_apart_leaves_the_question(words: str, said: str, rest: str) -> None:
    found = overruled(words, [upload()])
    assert found is not None
    assert (found.said, found.rest) == (said, rest)


def test_the_named_file_is_meant_else_the_one_with_an_open_question() -> None:
    unsure = upload("b.csv", questions=(Guess("day or month first", "day first", ("month first",), "Both fit."),))
    files = [upload("a.csv"), unsure, upload("c.csv")]
    for words, name in (("day first", "b.csv"), ("in a.csv the dates are day first", "a.csv")):
        found = overruled(words, files)
        assert found is not None
        assert found.upload_id == name


async def test_an_ambiguous_file_is_read_as_the_user_says_and_the_waiting_question_answered(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    days = ["01/02/2020", "03/02/2020", "04/02/2020", "07/02/2020", "09/02/2020", "10/02/2020", "11/02/2020", "12/02/2020"]
    path.write_text("date,visits\n" + "\n".join(f"{day},{n + 5}" for n, day in enumerate(days)))
    async with open_services(Settings(home=tmp_path / "home")) as services:
        conversation = await services.create_session("ann")
        report = await conversation.add_file(path, path.name)
        assert [guess.what for guess in report.questions] == ["day or month first"]
        answers = []
        for words in ("when was visits highest?", "the dates are dd/mm"):
            events = [event async for event in conversation.ask(words)]
            assert isinstance(events[-1], AnswerReady)
            answers.append(events[-1].answer)
    assert answers[0].confirmation is not None
    assert answers[1].confirmation is None
    assert answers[1].warnings[0] == "visits.csv was read again: day first."
    assert "12 February 2020" in answers[1].answer
    assert "12" in answers[1].answer


def cases_of_two_findings() -> str:
    """A table in which two columns of words may be the classes: one that tells the cases apart, and one that does not."""
    header = ",".join([*(f"t{step}" for step in range(12)), "ward", "finding"])
    rows = [
        ",".join(
            [
                *(f"{(k % 2) * step + k / 100:.2f}" for step in range(12)),
                "north" if k % 4 < 2 else "south",
                "up" if k % 2 else "flat",
            ]
        )
        for k in range(16)
    ]
    return "\n".join([header, *rows])


async def test_a_training_asks_which_column_names_the_classes(tmp_path: Path) -> None:
    path = tmp_path / "findings.csv"
    path.write_text(cases_of_two_findings())
    plan = Plan(steps=(TrainerArgs(file="findings.csv", model="nearest-neighbour"),))
    async with open_services(Settings(home=tmp_path / "home")) as services:
        conversation = await services.create_session("ann")
        report = await conversation.add_file(path, path.name)
        assert [guess.what for guess in report.questions] == [CLASS_COLUMN]
        asked = [event async for event in conversation.run(plan)][-1]
        assert isinstance(asked, AnswerReady) and asked.answer.confirmation is not None
        assert asked.answer.confirmation.choices == ("finding", "ward")
        assert [event async for event in conversation.ask("ward")]
        read = conversation.uploads()[-1]
        assert (read.label_column, read.options.label, read.questions) == ("ward", "ward", ())


async def test_the_class_column_is_overruled_in_words(tmp_path: Path) -> None:
    path = tmp_path / "findings.csv"
    path.write_text(cases_of_two_findings())
    async with open_services(Settings(home=tmp_path / "home")) as services:
        conversation = await services.create_session("ann")
        await conversation.add_file(path, path.name)
        events = [event async for event in conversation.ask("use ward as the class column")]
        assert isinstance(events[-1], AnswerReady)
        assert conversation.uploads()[-1].label_column == "ward"
        assert "findings.csv was read again: class column ward." in events[-1].answer.warnings
