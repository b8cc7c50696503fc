"""The shipped head belongs to the shipped examples, and its numbers hold."""

from __future__ import annotations

import json
import string
from importlib.resources import files

import numpy as np
import pytest

from assistant.planning.head import Head, examples, examples_digest, load_head
from assistant.planning.intents import INTENTS

CARD = json.loads(files("assistant.planning").joinpath("head.json").read_text("utf-8"))


def test_the_head_was_trained_on_these_examples() -> None:
    assert CARD["examples_sha256"] == examples_digest(), "run python -m scripts.train_planner"
    assert CARD["examples"] == sum(len(questions) for questions in examples().values())


def test_every_intent_has_thirty_different_examples() -> None:
    assert set(examples()) == set(INTENTS)
    for intent, questions in examples().items():
        assert len(set(questions)) == len(questions) >= 30, intent
        for question in questions:
            assert {field for _, field, _, _ in string.Formatter().parse(question) if field is not None} <= {"a", "b"}


def test_the_head_is_good_enough_on_questions_it_has_not_seen() -> None:
    assert CARD["cross_validated_accuracy"] >= 0.85


def test_the_shipped_head_loads_whole() -> None:
    head = load_head()
    assert head.weight.shape == (len(INTENTS), 384)
    assert head.bias.shape == (len(INTENTS),)
    assert np.isfinite(head.weight).all()


def test_probabilities_are_a_softmax() -> None:
    head = Head(np.array([[1.0, 0.0], [0.0, 1.0]], np.float32), np.array([0.0, np.log(3.0)], np.float32), ("trend", "compare"))
    found = head.probabilities(np.array([[0.0, 0.0], [1000.0, 0.0]], np.float32))
    assert found[0] == pytest.approx([0.25, 0.75])
    assert found[1] == pytest.approx([1.0, 0.0])
