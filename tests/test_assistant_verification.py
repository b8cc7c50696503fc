"""The verifier against true and false sentences: nothing unsupported passes, and the truth passes unharmed."""

from __future__ import annotations

import pandas as pd
import pytest

from assistant.facts import FactBook, number_text, render, time_text
from assistant.verification import split_sentences, unsupported_numbers, verify


@pytest.fixture
def book() -> FactBook:
    """The facts of a forecast of sales."""
    book = FactBook("s0")
    source = "models.tournament(sales)"
    book.name("sales", "series", "A series is called {}", "data.workspace")  # s0.1
    book.name("theta", "model", "{} was chosen", source)  # s0.2
    book.name("seasonal-naive", "model", "The yardstick is {}", source)  # s0.3
    book.number(17.61, "MASE of theta on sales", source)  # s0.4
    book.number(1.006, "MASE of seasonal-naive on sales", source)  # s0.5
    book.number(12, "Horizon of the forecast of sales", source, "months")  # s0.6
    book.time(pd.Timestamp("2019-03-03"), "D", "sales was highest (peak) on {}", "analysis.summary(sales)")  # s0.7
    book.number(42.0, "Change of sales in the last year", "analysis.lookup(sales)", "%")  # s0.8
    book.flag(False, "theta beats the seasonal naive on sales: {}", f"{source}.beats_seasonal_naive")  # s0.9
    book.flag(True, "sales has a trend upward: {}", "analysis.trend(sales).trend_up")  # s0.10
    return book


TRUE = [
    "The best model is {s0.2}, with a MASE of {s0.4}.",
    "theta has a MASE of 17.61.",
    "The peak came on 3 March 2019.",
    "The peak came on {s0.7}.",
    "It was in March 2019.",
    "theta does not beat the seasonal naive.",
    "The forecast covers twelve months.",
    "The 12-month forecast of `sales` follows.",
    "It grew by 42%.",
    "`sales` is rising.",
    "This is one of the better-behaved series.",
]

FALSE = [
    ("The MASE is 0.01.", "0.01"),
    ("theta has a MASE of 17.9.", "17.9"),
    ("ChronosUltra-9000 was chosen.", "ChronosUltra-9000"),
    ("Prophet was chosen.", "Prophet"),
    ("An LSTM would do.", "LSTM"),
    ("The peak came on 5 March 2019.", "5 March 2019"),
    ("The peak came on 2019-03-04.", "2019-03-04"),
    ("The peak came in April.", "April"),
    ("The peak came on a Monday.", "Monday"),
    ("Sales will rise 57.3%.", "57.3"),
    ("It grew by 43 percent.", "43"),
    ("It rose because of promotions.", "because"),
    ("The rise was driven by the campaign.", "driven by"),
    ("Sales doubled.", "doubled"),
    ("The forecast covers six months.", "six"),
    ("`profit` is rising.", "profit"),
    ("sales_total is rising.", "sales_total"),
    ("theta beats the seasonal naive.", "contradicts"),
    ("theta is better than the seasonal naive.", "contradicts"),
    ("`sales` is falling.", "contradicts"),
    ("The MASE is {s0.6}.", "mase"),
    ("seasonal-naive has a MASE of 17.61.", "seasonal-naive"),
    ("The mean is {s0.4}.", "mean"),
    ("The truth is {s0.99}.", "s0.99"),
    ("It followed Christmas, like Amazon.", "Christmas"),
    ("The accuracy is 42%.", "accuracy"),
]


@pytest.mark.parametrize("sentence", TRUE)
def test_a_true_sentence_passes_unharmed(book: FactBook, sentence: str) -> None:
    outcome = verify([sentence], book.facts, strict=True)
    assert [kept.text for kept in outcome.sentences] == [render(sentence, {f.id: f for f in book.facts})]
    assert outcome.removed == ()


@pytest.mark.parametrize(("sentence", "named"), FALSE)
def test_a_false_sentence_is_removed_with_its_reason(book: FactBook, sentence: str, named: str) -> None:
    outcome = verify([sentence], book.facts, strict=True)
    assert outcome.sentences == ()
    assert len(outcome.removed) == 1
    assert named in outcome.removed[0].reason


def test_only_the_false_sentences_of_a_text_are_removed_and_counted(book: FactBook) -> None:
    text = "The peak came on 3 March 2019. The MASE is 0.01.\n\n- It grew by 42%.\n- Sales doubled."
    outcome = verify(split_sentences(text), book.facts, strict=True)
    assert [s.text for s in outcome.sentences] == ["The peak came on 3 March 2019.", "", "- It grew by 42%."]
    assert [r.text for r in outcome.removed] == ["The MASE is 0.01.", "- Sales doubled."]


def test_a_kept_sentence_names_the_facts_behind_it(book: FactBook) -> None:
    outcome = verify(["{s0.2} has a MASE of {s0.4}.", "It grew by 42%."], book.facts, strict=True)
    assert [s.facts for s in outcome.sentences] == [("s0.2", "s0.4"), ("s0.8",)]


def test_a_rounded_number_is_supported_and_a_misrounded_one_is_not(book: FactBook) -> None:
    assert unsupported_numbers("MASE 17.6, then 1.01", book.facts) == []
    assert unsupported_numbers("MASE 17.7, then 1.02", book.facts) == ["17.7", "1.02"]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1234567.0, None, "1,234,567"),
        (0.0, None, "0"),
        (0.123456, None, "0.1235"),
        (1234.56, "kWh", "1,234.6 kWh"),
        (54321.9, None, "54,322"),
        (42.0, "%", "42%"),
        (-3.14159, None, "-3.142"),
        (0.00001234, None, "1.23e-05"),
        (float("nan"), None, "not defined"),
    ],
)
def test_numbers_read_with_sensible_digits(value: float, unit: str | None, text: str) -> None:
    assert number_text(value, unit) == text


@pytest.mark.parametrize(
    ("frequency", "text"),
    [
        ("YS", "2019"),
        ("QS", "Q1 2019"),
        ("MS", "March 2019"),
        ("D", "3 March 2019"),
        ("h", "3 March 2019, 14:00"),
        ("30min", "3 March 2019, 14:00"),
    ],
)
def test_times_read_no_finer_than_the_frequency(frequency: str, text: str) -> None:
    assert time_text(pd.Timestamp("2019-03-03 14:00"), frequency) == text


def test_a_name_cannot_carry_markup_or_placeholders(book: FactBook) -> None:
    reference = book.name("evil` <b>{s0.4}</b>\u202e", "series", "A series is called {}", "data")
    outcome = verify([f"{reference} is loaded."], book.facts)
    assert outcome.sentences[0].text == "`evil bs0.4/b` is loaded."
