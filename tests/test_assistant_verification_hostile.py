"""Free text written to fool the verifier: touching text, disguised numbers, foreign words, turned-round claims, markup."""

from __future__ import annotations

import pandas as pd
import pytest

from assistant.facts import FactBook
from assistant.verification import verify


@pytest.fixture
def book() -> FactBook:
    """A forecast and a look-up of sales: the plain model wins, the trend rises, there is no season."""
    book = FactBook("s0")
    source = "models.tournament(sales)"
    book.name("sales", "series", "A series is called {}", "data.workspace")  # s0.1
    book.name("theta", "model", "{} was chosen", source)  # s0.2
    book.name("seasonal-naive", "model", "The yardstick is {}", source, text="seasonal naive")  # s0.3
    book.number(17.61, "MASE of theta on sales", source)  # s0.4
    book.number(12, "Horizon of the forecast of sales", source, "months")  # s0.5
    book.time(pd.Timestamp("2019-03-03"), "D", "sales was highest (peak) on {}", "analysis.summary(sales)")  # s0.6
    book.number(42.0, "Change of sales in the last year", "analysis.lookup(sales)", "%")  # s0.7
    book.number(-37.0, "Change of sales in the last week", "analysis.lookup(sales)", "%")  # s0.8
    book.number(1234.5, "Value of sales at the start", "analysis.lookup(sales)")  # s0.9
    book.number(18.2, "Value of sales at the end", "analysis.lookup(sales)", "kWh")  # s0.10
    book.flag(False, "theta beats the seasonal naive on sales: {}", f"{source}.beats_seasonal_naive")
    book.flag(True, "sales has a trend upward: {}", "analysis.trend(sales).trend_up")
    book.flag(False, "sales is seasonal: {}", "analysis.seasonality(sales).seasonal")
    return book


TOUCHING = [
    "-{s0.4}", "minus {s0.4}", "{s0.4}{s0.9}", "{s0.4}.{s0.4}", "{s0.4}%", "{s0.4} percent", "{s0.4}k", "{s0.4}M",
    "{s0.4} trillion", "{s0.4} times", "{s0.4}½", "{s0.4}²", "{s0.4}0", "{s0.5} days", "1{s0.4}",
]  # fmt: skip
FALSE = [
    "On 3 March 57 units were sold.", "The peak came on 2019-03-03 23:59.", "Sales reached 2019.", "Sales reached 2,019 units.",
    "Sales reached 2019 kWh.", "The peak came in april.", "The peak came on a monday.", "May saw the peak.",
    "The peak came on the fourth of March.", "The peak came at noon.", "The peak came in summer.", "It was the peak of Easter.",
    "The horizon is 12 percent.", "The horizon is 12k.", "The horizon is 12M.", "The horizon is 12x.", "The horizon is 12 days.",
    "The horizon is 12-42.", "The horizon is 12/42.", "The change was 42 dollars.", "The value at the start was 1.2e3.",
    "The value at the start was 1234.", "The value at the start was 1235.", "The value is ½.", "The value is ⅔ of it.",
    "The value is 12².", "The value is ①.", "The value is Ⅳ.", "The value is iv.", "It has a couple of values.",
    "It has several values.", "It is a fifth of the value.", "It is a tenth of the value.", "It has a handful of values.",
    "It rose thrice.", "It has fivehundred values.", "It has a lakh of values.", "It has a trillion values.",
    "It was in the nineties.", "The value is 1\u20602.5.", "The value is 9\u00ad9.", "The value is 9**9**.", "The value is _99_.",
    "El valor es cincuenta porque llovió en enero.", "値は五十です", "Der Wert war hoch.", "Cincuenta.",
    "`sales` is not rising.", "`sales` never increased.", "`sales` plunged.", "`sales` slumped.", "`sales` dipped.",
    "`sales` is trending lower.", "The values do not rise.", "`sales` is strongly seasonal.", "`sales` has seasonality.",
    "theta wins against the benchmark.", "theta outperformed the benchmark.", "The seasonal naive was beaten by theta.",
    "The seasonal naive is worse than theta.", "theta is no worse than the naive.", "`sales` was lowest on 3 March 2019.",
    "There are no missing values.", "The series move together.", "It lags the other series.", "Holidays explain the peak.",
    "They made sales rise.", "It grew by 42%, since people came.", "It grew by 42% on account of it.",
    "It grew by 42% thanks  to it.", "It grew by 42% owing to it.", "It grew by 42% be\u00adcause of it.", "Amazon stock rose.",
    "Profit is rising.", "It was made by arima-x.", "The model is auto-arima.", "The model is gradient boosting.",
    "See [this](x).", "See http://x.y for it.", "See www.x.y for it.", "It is <b>so</b>.", "It is &#49;.", "It is ![so](x).",
    "It is <!-- so --> it.", "It is \\[so it is.", "It fell by 42%.", "It rose by 37%.",
]  # fmt: skip
TRUE = [
    "It fell by 37%.", "Sales fell from {s0.9} to {s0.10}.", "Sales declined by {s0.8}.", "Over the whole period it grew by 42%.",
    "The value at the end is about 18 kWh.", "It grew, on one hand, by 42%.", "theta is beaten by the seasonal naive.",
    "The seasonal naive beats theta.", "{s0.2} does not beat the {s0.3}.", "`sales` is rising.", "`sales` is not seasonal.",
    "The peak came in 2019.", "It was in March 2019.", "The horizon is twelve months.", "The value at the end is 18.2 kWh.",
]  # fmt: skip


@pytest.mark.parametrize("value", TOUCHING)
def test_nothing_may_touch_a_reference(book: FactBook, value: str) -> None:
    sentence = f"theta has a MASE of {value} on it."
    assert [len(verify([sentence], book.facts, strict=True).removed)] == [1]


@pytest.mark.parametrize("sentence", FALSE)
def test_a_disguised_falsehood_is_removed(book: FactBook, sentence: str) -> None:
    outcome = verify([sentence], book.facts, strict=True)
    assert outcome.sentences == ()
    assert len(outcome.removed) == 1


@pytest.mark.parametrize("sentence", TRUE)
def test_what_is_true_is_not_taken_for_false(book: FactBook, sentence: str) -> None:
    outcome = verify([sentence], book.facts, strict=True)
    assert outcome.removed == ()
    assert len(outcome.sentences) == 1


def test_a_hostile_name_of_any_length_is_read_in_one_pass(book: FactBook) -> None:
    hostile = "Aa" + "A" * 100_000 + "_ x"
    assert len(verify([hostile], book.facts, strict=True).removed) == 1
    assert len(verify([hostile], book.facts).sentences) == 1
