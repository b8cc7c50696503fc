"""What the classifier answers about some of the cases, about its classes and about itself."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.agents.classifier_evidence import TOLD
from assistant.agents.classifier_subjects import say_own_counts
from assistant.data.labels import case_numbers
from assistant.errors import BadRequest
from assistant.facts import FactBook
from assistant.plan import ClassifierArgs, TrainerArgs
from models import create_classifier
from models.checkpoint import TrainingRecord
from tests.test_assistant_agents_classifier import Desk, bumps, desk, taps, trained_once
from tests.test_assistant_agents_classifier_models import shaken, upload

__all__ = ["desk", "taps", "trained_once"]  # fixtures


@pytest.fixture
def new(taps: Desk) -> Desk:
    """A desk with a trained MiniRocket and ten new cases without classes, the fifth unlike any."""
    cases, _ = bumps(10, seed=1)
    cases[4] *= 1000
    taps.add(cases, None, "new.csv")
    return taps


@pytest.mark.parametrize(
    ("args", "titles"),
    [
        (ClassifierArgs(cases=(2, 9)), ["case 2", "case 9"]),
        (ClassifierArgs(first=2), ["case 1", "case 2"]),
        (ClassifierArgs(last=2), ["case 9", "case 10"]),
        (ClassifierArgs(first=1, cases=(3,), last=1), ["case 1", "case 3", "case 10"]),
    ],
)
def test_only_the_cases_that_are_asked_for_are_told(new: Desk, args: ClassifierArgs, titles: list[str]) -> None:
    _, found, text = new.run(args)
    assert [one.series for one in found] == titles
    assert f"taps classified {len(titles)} cases of new.csv:" in text
    assert "Always naming the commonest class" not in text


def test_cases_beyond_the_end_are_refused_with_how_many_there_are(new: Desk) -> None:
    with pytest.raises(BadRequest, match=r"no case 30: new\.csv holds 10 cases, from case 1 to case 10\. Ask about one of these"):
        new.run(ClassifierArgs(cases=(2, 30)))
    with pytest.raises(BadRequest, match=r"asked for 11 cases, and new\.csv holds 10 cases\. Ask for fewer"):
        new.run(ClassifierArgs(last=11))


def test_the_cases_of_a_class_are_told_alone(new: Desk) -> None:
    _, found, text = new.run(ClassifierArgs(label="Sharp Tap"))
    assert "taps gave 5 of 10 cases of new.csv the class sharp tap: - `case 2`" in text
    assert [one.series for one in found] == ["case 2", "case 4", "case 6", "case 8", "case 10"]
    with pytest.raises(BadRequest, match=r"knows no class 'cough'\. It knows at rest, sharp tap"):
        new.run(ClassifierArgs(label="cough"))
    with pytest.raises(BadRequest, match="None of the 1 cases was given the class 'sharp tap'"):
        new.run(ClassifierArgs(label="sharp tap", cases=(1,)))


def test_reasons_are_given_for_the_surest_of_a_class(new: Desk) -> None:
    _, every, _ = new.run(ClassifierArgs(about="counts"))
    _, found, text = new.run(ClassifierArgs(label="sharp tap", about="reasons"))
    named = [one for one in every if one.label == "sharp tap" and not one.strange]
    surest = sorted(named, key=lambda one: -one.probabilities["sharp tap"])
    assert [one.series for one in found] == [one.series for one in surest[:3]]
    assert text.count("decided by time steps") == 3
    assert "accuracy" not in text


def test_a_class_that_is_supposed_is_confirmed_or_denied_first(new: Desk) -> None:
    _, every, _ = new.run(ClassifierArgs(about="counts"))
    sharp = next(row for row, one in enumerate(every, 1) if one.label == "sharp tap" and not one.strange)
    other = next(row for row, one in enumerate(every, 1) if one.label != "sharp tap" and not one.strange)
    _, _, text = new.run(ClassifierArgs(cases=(sharp,), supposed="sharp tap", about="reasons"))
    assert text.startswith(f"`case {sharp}` was given the class sharp tap")
    _, _, text = new.run(ClassifierArgs(cases=(other,), supposed="Sharp Tap"))
    assert text.startswith(f"`case {other}` was not given the class Sharp Tap, but {every[other - 1].label}.")
    _, _, text = new.run(ClassifierArgs(cases=(sharp, other), supposed="sharp tap"))
    assert text.startswith("Of these 2 cases, 1 was given the class sharp tap.")
    _, _, text = new.run(ClassifierArgs(first=10, supposed="sharp tap", about="reasons"))
    assert text.startswith("Of these 10 cases, 5 were given the class sharp tap.")
    _, _, text = new.run(ClassifierArgs(cases=(sharp,), supposed="cough"))
    assert text.startswith("taps knows no class cough.")


def test_nothing_is_confirmed_of_a_case_unlike_any(desk: Desk) -> None:
    desk.train(*bumps(20), model="nearest-neighbour")
    desk.add(1000 + 50 * bumps(4, seed=1)[0], None, "odd.csv")
    _, _, text = desk.run(ClassifierArgs(cases=(1,), supposed="sharp tap"))
    assert text.startswith("I cannot tell whether `case 1` is sharp tap.")


def test_doubtful_cases_are_all_named_with_both_classes(desk: Desk) -> None:
    generator = np.random.default_rng(0)
    desk.train(generator.normal(size=(60, 1, 30)), [f"coin {row % 2}" for row in range(60)], model="nearest-neighbour")
    desk.add(generator.normal(size=(20, 1, 30)), None, "new.csv")
    _, found, text = desk.run(ClassifierArgs(about="doubts"))
    unsure = [one for one in found if one.unsure and not one.strange]
    assert f"Of 20 cases of new.csv, {len(unsure)} are unsure:" in text
    assert [one for one in found if one.shown] == [*unsure, *(one for one in found if one.strange)][:TOLD]
    for one in unsure:
        first, second = (round(100 * one.probabilities[label], 1) for label in (one.label, one.second))
        assert f"`{one.series}`: {one.label} ({first:g}%) or {one.second} ({second:g}%), unsure" in text


def test_where_none_is_doubtful_the_least_sure_is_named(new: Desk) -> None:
    _, found, text = new.run(ClassifierArgs(about="doubts"))
    known = [one for one in found if not one.strange]
    least = min(known, key=lambda one: one.probabilities[one.label])
    assert f"none is unsure; the least sure is `{least.series}`, {least.label} (" in text
    assert "1 is unlike anything taps was trained on: `case 5`" in text
    assert {one.series for one in found if one.shown} == {least.series, "case 5"}


def test_the_cases_that_an_answer_speaks_of_are_those_that_can_be_drawn(new: Desk) -> None:
    _, found, _ = new.run(ClassifierArgs(about="strange"))
    assert [one.series for one in found if one.shown] == ["case 5"]
    assert [bool(one.values) for one in found] == [row == 4 for row in range(10)]
    cases, labels = bumps(6, seed=2)
    new.add(cases, ["sharp tap", *labels[1:5], ""], "own.csv")
    _, found, _ = new.run(ClassifierArgs(about="agreement"))
    assert [one.series for one in found if one.shown] == ["case 1"]


def test_named_classes_are_counted(new: Desk) -> None:
    _, _, text = new.run(ClassifierArgs(about="counts"))
    assert "Of 10 cases of new.csv, taps names: - at rest: 4 - sharp tap: 5 The commonest class is sharp tap." in text


def test_a_tables_own_classes_are_counted_without_any_model(desk: Desk) -> None:
    cases, labels = bumps(9)
    desk.add(cases, [*labels[:8], ""], "taps.csv")
    _, found, text = desk.run(ClassifierArgs(about="counts"))
    assert found == []
    assert "taps.csv holds 9 cases in 2 classes, by its own column: - at rest: 4 - sharp tap: 4 Without a class: 1." in text
    assert "equally common" in text


def test_the_commonest_class_of_a_table_is_named() -> None:
    book = FactBook("s0")
    say_own_counts(book, "t.csv", ["a", "b", "a", "c"])
    assert {fact.text for fact in book.facts} >= {"4", "3", "2", "1", "a", "b", "c"}
    assert book.sentences[-1].startswith("The commonest class is")
    assert next(fact for fact in book.facts if fact.statement.startswith("The commonest")).value == "a"


def test_the_most_unusual_case_is_told_with_its_distance(new: Desk) -> None:
    _, _, text = new.run(ClassifierArgs(about="strange"))
    assert "the most unusual is `case 5`: unlike anything taps was trained on" in text
    assert "more than 10 times the distance that is still usual" in text
    _, found, text = new.run(ClassifierArgs(about="strange", cases=(1, 2, 3)))
    most = max(found, key=lambda one: one.strangeness)
    assert f"`{most.series}`: the nearest training example lies at {round(most.strangeness, 2):g} times the distance" in text
    assert "nothing here is unlike what taps was trained on" in text


def test_how_classes_agree_with_the_tables_own_is_told_by_class(taps: Desk) -> None:
    cases, labels = bumps(20, seed=1)
    labels[0] = "sharp tap"
    taps.add(cases, labels, "new.csv")
    _, found, text = taps.run(ClassifierArgs(about="agreement"))
    assert not any(one.strange for one in found)
    assert "taps names 19 of 20 cases of new.csv as the table does:" in text
    assert "- at rest: 9 as at rest - sharp tap: 10 as sharp tap, 1 as at rest Named otherwise: `case 1`." in text
    assert "this very table" not in text
    assert "held-out" in text


def test_agreement_with_the_table_trained_on_says_little_and_without_classes_nothing(taps: Desk, new: Desk) -> None:
    with pytest.raises(BadRequest, match=r"new\.csv carries none\. Add a table"):
        new.run(ClassifierArgs(about="agreement"))
    new.uploads = new.uploads[:1]
    assert (
        "It was trained on this very table, so that this says little about new cases."
        in new.run(ClassifierArgs(about="agreement"))[2]
    )


def test_the_nearest_training_examples_are_named(new: Desk) -> None:
    _, (found,), text = new.run(ClassifierArgs(about="neighbours", cases=(3,)))
    listed = ", ".join(f"training case {near['index'] + 1} ({near['label']})" for near in found.neighbours[:3])
    assert listed in text


def test_when_nothing_is_known_nothing_is_named_or_counted(taps: Desk) -> None:
    cases, _ = bumps(8, seed=1)
    taps.add(cases * 1000, None, "alien.csv")
    _, found, text = taps.run(ClassifierArgs())
    assert all(one.strange for one in found)
    assert "None of the 8 cases of alien.csv is like what taps was trained on, so I name the class of none." in text
    assert "more than 10 times as far from any training example as is still usual: `case 1`, `case 2`" in text
    assert "accuracy" not in text
    assert "at rest" not in text
    for about in ("doubts", "counts", "reasons"):
        assert "so I name the class of none" in taps.run(ClassifierArgs(about=about))[2]


# The model


def save(desk: Desk, method: str = "minirocket", **figures: float) -> None:
    record = TrainingRecord(data="taps.csv (sha256 abc123…), 12 cases", figures={"time_steps": 60.0, **figures})
    create_classifier(method).fit(*bumps(12)).save(desk.folder / "models" / "taps", training=record)


GOOD = {"accuracy": 0.9, "plain_accuracy": 0.95, "held_out": 40.0}


def about_model(desk: Desk) -> str:
    return desk.run(ClassifierArgs(about="model"))[2]


def test_what_a_model_was_trained_on_and_how_good_it_is(desk: Desk) -> None:
    save(desk, **GOOD, majority=0.6, accuracy_low=0.77, accuracy_high=0.96)
    assert about_model(desk) == (
        "taps is a MiniRocket classifier trained on taps.csv, 12 cases, in 2 classes: at rest, sharp tap. "
        "Its accuracy on 40 held-out cases was 90% (between 77% and 96% with 95% confidence), worse than the 95% of the plain "
        "nearest neighbour on the same split. Always naming the commonest class would have been right in 60%, so it is better "
        "than guessing."
    )


def test_a_model_without_a_guess_on_record_is_set_against_a_blind_one(desk: Desk) -> None:
    save(desk, **GOOD)
    assert "A blind guess among its classes would be right in 50%, so it is better than guessing." in about_model(desk)


@pytest.mark.parametrize(
    ("figures", "verdict"),
    [
        ({"accuracy": 0.6, "majority": 0.6}, "right in 60%, so it is no better than guessing"),
        ({"accuracy": 0.7, "majority": 0.6, "held_out": 10.0}, "right in 60%; it did better, but on so few held-out cases that"),
    ],
)
def test_no_better_than_guessing_is_said(desk: Desk, figures: dict[str, float], verdict: str) -> None:
    save(desk, **GOOD | figures)
    assert verdict in about_model(desk)


def test_a_model_without_an_accuracy_is_not_praised(desk: Desk) -> None:
    save(desk)
    assert "No held-out accuracy is on record" in about_model(desk)


def test_no_model_at_all_is_said(desk: Desk) -> None:
    desk.add(*bumps(9), "taps.csv")
    with pytest.raises(BadRequest, match="There is no trained classifier yet"):
        about_model(desk)


def test_a_guess_by_the_commonest_class_stands_beside_the_classes(desk: Desk) -> None:
    save(desk, **GOOD, majority=0.9)
    desk.add(bumps(2, seed=1)[0], None, "new.csv")
    assert (
        "Always naming the commonest class would have been right in 90%: it is no better than guessing."
        in desk.run(ClassifierArgs())[2]
    )


def test_the_plain_method_is_not_set_against_itself(desk: Desk) -> None:
    save(desk, "nearest-neighbour", **GOOD)
    assert "Its accuracy on 40 held-out cases was 90%. A blind guess" in about_model(desk)


def test_recordings_go_by_the_numbers_of_their_rows(desk: Desk) -> None:
    upload(desk, shaken(20), "shakes.csv")
    desk.run(TrainerArgs(model="nearest-neighbour"))
    upload(desk, shaken(5, seed=4), "new.csv")
    assert desk.uploads[-1].recordings == ("r0", "r1", "r2", "r3", "r4")
    _, found, _ = desk.run(ClassifierArgs(cases=(4, 2)))
    assert [(one.series, one.label, one.file) for one in found] == [("r1", "shake y", "new.csv"), ("r3", "shake y", "new.csv")]


@pytest.mark.parametrize(
    ("titles", "numbers"),
    [
        (("case 2", "case 5"), (2, 5)),
        (("rec 7", "rec 3"), (7, 3)),
        (("anna_04", "ben_07"), (1, 2)),
        (("rec 1", "other"), (1, 2)),
        (("rec 1", "run 1"), (1, 2)),
        ((), ()),
    ],
)
def test_cases_go_by_the_number_in_their_title_where_all_have_one(titles: tuple[str, ...], numbers: tuple[int, ...]) -> None:
    assert case_numbers(titles) == numbers
