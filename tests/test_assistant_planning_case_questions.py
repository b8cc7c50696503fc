"""Questions about cases that were classified and about the model that did, and questions that only sound alike."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.errors import BadRequest
from assistant.plan import ClassifierArgs, ForecastArgs, Plan, PlanningContext, SeriesContext, TrainerArgs
from assistant.planning.case_choice import read_choice
from assistant.planning.planner import Planner
from assistant.planning.recording_names import with_recordings_told

CLASSES = ("walking", "running", "sitting", "0")
STEPS = tuple(SeriesContext(name=f"t{step}", n=15, start="0", end="14", frequency=None, source="new.csv") for step in range(60))
SALES = PlanningContext(
    series=(SeriesContext(name="sales", n=200, start="2015-01", end="2031-08", frequency="MS", source="sales.csv"),),
    files=("sales.csv",),
    models=("demo",),
    classes=CLASSES,
)
WIDE = PlanningContext(series=STEPS, files=("new.csv",), models=("first", "demo"), classes=CLASSES)
ANSWERED = WIDE.model_copy(update={"previous": Plan(steps=(ClassifierArgs(model="demo"),)), "previous_question": "classify"})
LABELLED = PlanningContext(files=("first.csv",), labelled_files=("first.csv",), classes=CLASSES)
TRAINED = LABELLED.model_copy(update={"models": ("first",), "previous": Plan(steps=(TrainerArgs(file="first.csv"),))})


def told(question: str, context: PlanningContext) -> dict[str, Any]:
    """What the only step of a question's plan says beyond the defaults."""
    (step,) = Planner(None).plan(question, context).steps
    return step.model_dump(exclude_defaults=True) | {"agent": step.agent}


def classifies(**update: Any) -> dict[str, Any]:
    return {"agent": "classifier", **update}


@pytest.mark.parametrize(
    ("words", "choice"),
    [
        ("row 2", ((2,), None, None)),
        ("cases 3 to 5 and 9", ((3, 4, 5, 9), None, None)),
        ("between rows 3 and 5", ((3, 4, 5), None, None)),
        ("rows 2, 4 and seven", ((2, 4, 7), None, None)),
        ("case no. 3", ((3,), None, None)),
        ("row #12", ((12,), None, None)),
        ("the 3rd case", ((3,), None, None)),
        ("the second row", ((2,), None, None)),
        ("only the first five", ((), 5, None)),
        ("the last two rows", ((), None, 2)),
        ("the last one", ((), None, 1)),
        ("the first case and row 7", ((7,), 1, None)),
        ("rows 5-3", ((3, 4, 5), None, None)),
    ],
)
def test_which_cases_are_named(words: str, choice: tuple[tuple[int, ...], int | None, int | None]) -> None:
    found = read_choice(words)
    assert found is not None
    assert (found.cases, found.first, found.last) == choice


@pytest.mark.parametrize(
    "words", ["the first five days", "the last 10 %", "first.csv", "the first of may", "the last months", "in case of rain"]
)
def test_what_names_no_cases(words: str) -> None:
    assert read_choice(words) is None


@pytest.mark.parametrize(("words", "why"), [("row 0", "counted from 1"), ("rows 1 to 9000", "at most 5,000 cases at once")])
def test_cases_that_cannot_be_told(words: str, why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        read_choice(words)


@pytest.mark.parametrize(
    ("question", "model"),
    [
        ("classify only the first five", None),
        ("classify first.csv", None),
        ("classify with first five rows", None),
        ("classify with the first model", "first"),
        ("classify using first", "first"),
        ('classify with "first"', "first"),
        ("classify with demo", "demo"),
        ('classify row 2 with the model "demo"', "demo"),
        ("classify these with the demo classifier", "demo"),
        ("classify by demo", "demo"),
    ],
)
def test_a_model_is_named_as_a_model(question: str, model: str | None) -> None:
    context = WIDE.model_copy(update={"files": ("first.csv", "new.csv")})
    assert told(question, context).get("model") == model


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("and row 9?", {"cases": (9,)}),
        ("case 3", {"cases": (3,)}),
        ("the last two", {"last": 2}),
        ("what about the first one", {"first": 1}),
        ("rows 3 to 5", {"cases": (3, 4, 5)}),
        ("what is case 3?", {"cases": (3,)}),
        ("is row 3 strange?", {"cases": (3,)}),
        ("how sure are you about row 7?", {"cases": (7,)}),
        ("now classify row 4", {"cases": (4,)}),
        ("how sure are you?", {"about": "doubts"}),
        ("which rows are you unsure of?", {"about": "doubts"}),
        ("which cases are unsure?", {"about": "doubts"}),
        ("why did you say walking?", {"about": "reasons", "label": "walking"}),
        ("why?", {"about": "reasons"}),
        ("how good is this model?", {"about": "model"}),
        ("is it better than guessing?", {"about": "model"}),
        ("can I trust this?", {"about": "model"}),
        ("what did you train on?", {"about": "model"}),
        ("what was it trained on?", {"about": "model"}),
        ("what is the most common class?", {"about": "counts"}),
        ("how many of each class?", {"about": "counts"}),
        ("how many are running?", {"about": "counts"}),
        ("which is the most unusual case?", {"about": "strange"}),
        ("which case is the strangest?", {"about": "strange"}),
        ("show me the nearest examples (of row 3)", {"about": "neighbours", "cases": (3,)}),
        ("confusion matrix?", {"about": "agreement"}),
        ("how many did you get right", {"about": "agreement"}),
        ("which cases are walking?", {"label": "walking"}),
    ],
)
def test_an_answer_can_be_asked_about_and_the_model_stays(question: str, expected: dict[str, Any]) -> None:
    assert told(question, ANSWERED) == classifies(model="demo", **expected)


def test_why_keeps_the_cases_that_were_asked_about() -> None:
    one = ANSWERED.model_copy(update={"previous": Plan(steps=(ClassifierArgs(model="demo", cases=(4,)),))})
    assert told("why?", one) == classifies(model="demo", cases=(4,), about="reasons")
    assert told("how many of each class?", one) == classifies(model="demo", about="counts")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("how many classes and how many rows of each?", classifies(about="counts")),
        ("what classes are there?", classifies(about="counts")),
        ("what is the most common class?", classifies(about="counts")),
        ("what is case 3?", classifies(cases=(3,))),
        ("learn to tell walking from running", {"agent": "trainer", "file": "first.csv"}),
        ("train the nearest neighbour on this", {"agent": "trainer", "file": "first.csv", "model": "nearest-neighbour"}),
    ],
)
def test_a_labelled_table_can_be_asked_about_before_any_training(question: str, expected: dict[str, Any]) -> None:
    assert told(question, LABELLED) == expected


def test_recordings_without_classes_are_cases_too() -> None:
    recordings = SALES.model_copy(update={"files": ("sales.csv", "walks.csv"), "case_files": ("walks.csv",)})
    assert told("which cases are you unsure of?", recordings) == classifies(about="doubts")


@pytest.mark.parametrize(
    "question", ["how good is this model?", "what was it trained on?", "is it better than guessing?", "why?"]
)
def test_a_model_can_be_asked_about_once_it_is_trained(question: str) -> None:
    assert told(question, TRAINED) == classifies(about="model")


@pytest.mark.parametrize(
    "question",
    [
        "how sure are you?",
        "can I trust this forecast?",
        "what is the most common value?",
        "which is the most unusual row?",
        "is it better than guessing?",
        "how good is this model?",
        "what is row 7?",
        "the last two",
        "why?",
    ],
)
@pytest.mark.parametrize("previous", [None, Plan(steps=(ForecastArgs(series=("sales",)),))])
def test_questions_about_series_keep_their_meaning(question: str, previous: Plan | None) -> None:
    plan = Planner(None).plan(question, SALES.model_copy(update={"previous": previous}))
    assert all(step.agent not in {"classifier", "trainer"} for step in plan.steps)


@pytest.mark.parametrize(
    ("question", "agent"),
    [
        ("forecast t0", "forecaster"),
        ("what is the highest value of t3", "analyst"),
        ("what is the trend", "analyst"),
        ("train a classifier", "trainer"),
    ],
)
def test_other_questions_after_an_answer_of_classes_keep_their_meaning(question: str, agent: str) -> None:
    assert told(question, ANSWERED)["agent"] == agent


def test_a_follow_up_about_a_series_asks_about_no_rows() -> None:
    chosen = ANSWERED.model_copy(update={"previous": Plan(steps=(ClassifierArgs(model="demo", cases=(4,)),))})
    assert told("and t3?", chosen) == classifies(model="demo", series=("t3",))


@pytest.mark.parametrize(
    ("question", "update"),
    [
        ("why is case 3 running?", {"cases": (3,), "supposed": "running", "about": "reasons"}),
        ("is row 4 walking?", {"cases": (4,), "supposed": "walking"}),
        ("are you sure case 2 is sitting?", {"cases": (2,), "supposed": "sitting"}),
        ("is case 2 of the class 0?", {"cases": (2,), "supposed": "0"}),
        ("is case 8 a 0?", {"cases": (8,), "supposed": "0"}),
        ("is case 8 labelled 0?", {"cases": (8,), "supposed": "0"}),
        ("show case 8 as 0 channels", {"cases": (8,)}),
        ("is case 8 really 0 seconds long?", {"cases": (8,)}),
        ("is case 3 not walking?", {"cases": (3,), "supposed": "walking"}),
        ("is case 3 walking or running?", {"cases": (3,)}),
        ("why is case 3 so?", {"cases": (3,), "about": "reasons"}),
    ],
)
def test_the_class_that_a_question_supposes(question: str, update: dict[str, Any]) -> None:
    assert told(question, ANSWERED) == classifies(model="demo", **update)
    again = ANSWERED.model_copy(update={"previous": Planner(None).plan(question, ANSWERED)})
    assert "supposed" not in told("and row 5?", again)


@pytest.mark.parametrize(
    ("question", "update"),
    [
        ("is it walking?", {"cases": (4,), "supposed": "walking"}),
        ("is this a 0?", {"cases": (4,), "supposed": "0"}),
        ("is it walking or running?", {"cases": (4,)}),
        ("are any running?", {"supposed": "running"}),
        ("is there a walking case?", {"supposed": "walking"}),
        ("can you tell me if any cases are walking?", {"supposed": "walking"}),
        ("which of them is walking?", {"cases": (4,), "label": "walking"}),
        ("and which are running?", {"label": "running"}),
        ("which rows of this table are running?", {"label": "running"}),
        ("how many of them are walking?", {"cases": (4,), "about": "counts"}),
        ("how many are walking?", {"about": "counts"}),
    ],
)
def test_a_class_may_be_supposed_of_what_was_asked_about_or_of_all(question: str, update: dict[str, Any]) -> None:
    one = ANSWERED.model_copy(update={"previous": Plan(steps=(ClassifierArgs(model="demo", cases=(4,)),))})
    assert told(question, one) == classifies(model="demo", **update)


@pytest.mark.parametrize(
    "question",
    [
        *("is the distribution normal?", "is the data normal or skewed?", "is it going up?"),
        *("is there a mistake?", "is it a good fit?", "is there no change?", "is it on the list?", "should i go on?"),
        *("did it rise by a 1,000?", "was there a 5 or more?", "is this a 2 or more sigma event?", "is it above a 5?"),
        *("was it trained on normal?", "would it be faster without low?", "are low cases longer than up cases?"),
        *("is low the commonest?", "which is low for this time of the year?", "is low ever confused with up?"),
    ],
)
@pytest.mark.parametrize("previous", [ClassifierArgs(model="demo"), None])
def test_a_question_with_a_class_in_it_may_ask_something_else(question: str, previous: ClassifierArgs | None) -> None:
    classes = ("normal", "up", "low", "a", "i", "no", "on", "1", "2", "5")
    plans = None if previous is None else Plan(steps=(previous,))
    for context in (ANSWERED, LABELLED.model_copy(update={"models": ("first",)})):
        plan = Planner(None).plan(question, context.model_copy(update={"classes": classes, "previous": plans}))
        assert not any(step.model_dump().get("supposed") or step.model_dump().get("label") for step in plan.steps)


@pytest.mark.parametrize(
    ("question", "update"),
    [
        ("is it walking?", {"supposed": "walking"}),
        ("are they all walking?", {"supposed": "walking"}),
        ("is it walking or running?", {}),
        ("how many are walking?", {"about": "counts"}),
    ],
)
def test_an_unlabelled_table_can_be_asked_about_a_class(question: str, update: dict[str, Any]) -> None:
    assert told(question, WIDE) == classifies(**update)


RECORDED = LABELLED.model_copy(
    update={
        "models": ("demo",),
        "recordings": ("anna_07", "bob", "walking", "trent-01", "é 5a"),
        "case_numbers": (1, 2, 3, 4, 5),
        "series": tuple(SeriesContext(name=name, n=99, start="0", end="98", frequency=None, source="first.csv") for name in "xy"),
    }
)
NUMBERED = RECORDED.model_copy(update={"recordings": ("rec 11", "rec 12", "rec 13"), "case_numbers": (11, 12, 13)})


@pytest.mark.parametrize("before", [None, ClassifierArgs(model="demo")])
@pytest.mark.parametrize(
    ("context", "question", "update"),
    [
        (RECORDED, "classify anna_07 and trent-01", {"cases": (1, 4)}),
        (RECORDED, "classify recording bob", {"cases": (2,)}),
        (RECORDED, "classify 'bob'", {"cases": (2,)}),
        (RECORDED, "is anna_07 running?", {"cases": (1,), "supposed": "running"}),
        (RECORDED, "is Anna_07 of the class 0?", {"cases": (1,), "supposed": "0"}),
        (RECORDED, "is recording bob walking or running?", {"cases": (2,)}),
        (RECORDED, "what class is trent-01?", {"cases": (4,)}),
        (RECORDED, "classify recording walking", {"cases": (3,)}),
        (RECORDED, "which cases are walking?", {"label": "walking"}),
        (NUMBERED, "classify rec 11 to rec 13", {"cases": (11, 12, 13)}),
        (NUMBERED, "is rec 12 walking?", {"cases": (12,), "supposed": "walking"}),
        (NUMBERED, "classify recording 12", {"cases": (12,)}),
    ],
)
def test_recordings_are_called_by_their_names(
    context: PlanningContext, question: str, update: dict[str, Any], before: ClassifierArgs | None
) -> None:
    previous = None if before is None else Plan(steps=(before,))
    found = told(question, context.model_copy(update={"previous": previous}))
    found.pop("model", None)
    assert found == classifies(**update)


@pytest.mark.parametrize(
    ("question", "update"),
    [("and anna_07?", {"cases": (1,)}), ("why is anna_07 running?", {"cases": (1,), "supposed": "running", "about": "reasons"})],
)
def test_recordings_are_followed_up_by_their_names(question: str, update: dict[str, Any]) -> None:
    context = RECORDED.model_copy(update={"previous": Plan(steps=(ClassifierArgs(model="demo"),))})
    assert told(question, context) == classifies(model="demo", **update)


@pytest.mark.parametrize("question", ["classify rec 11 to 13", "classify rec 11 and 13", "what about rec 12, 13?"])
def test_a_list_of_recordings_that_goes_on_in_numbers_is_not_half_read(question: str) -> None:
    with pytest.raises(BadRequest, match="Name each recording whole"):
        told(question, NUMBERED)


@pytest.mark.parametrize(
    "text", ["classify bob.csv", "show the bob", "anna_07.csv", "anna_07b", "x/anna_07", "is it walking?", "mean of x"]
)
def test_what_calls_no_recording(text: str) -> None:
    assert with_recordings_told(text, RECORDED) == text


@pytest.mark.parametrize(
    "question", ["classify all but row 3", "classify everything except for rows 2 and 3", "why, except row 2?"]
)
def test_cases_cannot_be_left_out(question: str) -> None:
    with pytest.raises(BadRequest, match="cannot leave some out"):
        told(question, TRAINED.model_copy(update={"previous": Plan(steps=(ClassifierArgs(),))}))


def test_rows_may_be_named_again_in_a_range() -> None:
    choice = read_choice("rows 2 to row 4 and case 9")
    assert choice is not None
    assert choice.cases == (2, 3, 4, 9)
