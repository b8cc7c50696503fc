"""The analyst on how values are distributed, and whether their spread grows with the level or with time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.agents.base import series_fact
from assistant.agents.wording import unit_of
from assistant.data.series import Series
from assistant.facts import FactBook
from assistant.plan import Claim

if TYPE_CHECKING:
    from assistant.analysis.describe import SeriesDescription
    from assistant.analysis.distribution import Distribution, SpreadByLevel

_SKEWED, _VERY_SKEWED = 0.5, 1.0
_LEANING = 0.1
_MANY_ZEROS = 0.2
_CLEAR = 0.01
_NOTABLES = 2
_GROWTH = "Times as large as at its lowest levels that the spread of {} is at its highest levels"
_DOMAINS = {
    "constant": "all of them are the same",
    "two values": "they take just a pair of values",
    "counts": "they are whole numbers, and none is negative",
    "fractions": "they are shares of a whole",
    "percentages": "they keep within the range of percentages",
    "positive": "all of them are positive",
    "not negative": "none of them is negative",
    "real": "they are both positive and negative",
}


def say_distribution(
    book: FactBook, series: Series, description: SeriesDescription, subject: str, claim: Claim | None = None
) -> None:
    """How the values are spread: where they lie, their lean, tails, modes and zeros."""
    found, summary, unit = description.distribution, description.summary, unit_of(series)
    source = f"analysis.distribution({series.name})"
    if found is None or summary.minimum is None:
        book.say(f"{subject} holds too few known values to speak of their distribution.")
        return
    count = book.number(found.n, f"Known values of {series.name}", source)
    domain = _DOMAINS[found.domain] if found.domain != "real" or 0 < found.negative < 1 else "all of them are negative"
    asked = found.domain != "constant" and claim == "normal"
    if asked:
        _say_normality(book, series, found, subject, source)
    book.say(f"{subject} holds {count} known values: {domain}.")
    if found.domain == "constant":
        return
    if not asked:
        _say_normality(book, series, found, subject, source)
    low = book.number(summary.lower_quartile, f"The lower quartile of {series.name} is {{}}", source, unit)
    high = book.number(summary.upper_quartile, f"The upper quartile of {series.name} is {{}}", source, unit)
    median = book.number(summary.median, f"The median of {series.name} is {{}}", source, unit)
    mean = book.number(summary.mean, f"The mean (average) of {series.name} is {{}}", source, unit)
    deviation = book.number(summary.std, f"The standard deviation of {series.name} is {{}}", source, unit)
    book.say(
        f"The quartiles are {low} and {high}, the median is {median}, the mean {mean} and the standard deviation {deviation}."
    )
    say_pulled_mean(book, description)
    _say_lean(book, series, found, source)
    _say_tails(book, series, found, source)
    _say_modes(book, series, description, found, source)
    if found.zeros > 0.01 and found.domain != "two values":
        zeros = book.number(100 * found.zeros, f"Share of zeros among the values of {series.name}", source, "%")
        nil = book.number(0, f"The value that {series.name} often takes", source)
        book.say(f"{zeros} of the values are {nil}.")


def _say_normality(book: FactBook, series: Series, found: Distribution, subject: str, source: str) -> None:
    """Whether the values look like draws from a normal distribution: in lean, tails and number of groups."""
    departures = []
    if abs(found.skewness) >= _SKEWED:
        departures.append("they lean to a side")
    if found.tails in ("heavy", "light"):
        departures.append(f"extreme values are {'more frequent' if found.tails == 'heavy' else 'rarer'} than there")
    if len(found.modes) > 1:
        departures.append("they gather in groups")
    if found.domain == "two values" or found.zeros > _MANY_ZEROS:
        departures.append("they keep coming back to the same value")
    if found.tails == "unknown" and not departures:
        book.say(f"The values of {subject} are too few to tell whether they follow a normal distribution.")
        return
    book.flag(not departures, f"The values of {series.name} follow a normal distribution about: {{}}", f"{source}.normal")
    why = " and ".join([", ".join(departures[:-1]), departures[-1]]) if len(departures) > 1 else "".join(departures)
    follow = f"do not follow a normal distribution: {why}" if departures else "look much like a normal distribution"
    book.say(f"The values of {subject} {follow}.")


def say_percentile(book: FactBook, series: Series, percentile: float) -> None:
    """The value under which a share of the known values lies, as numpy's percentile has it."""
    import numpy as np

    known = series.values[np.isfinite(series.values)]
    if not len(known):
        return
    source = f"analysis.distribution({series.name})"
    share = book.number(percentile, f"Share of the values of {series.name} that was asked for", source, "%")
    value = book.number(
        float(np.percentile(known, percentile)), f"The percentile of {series.name} asked for is {{}}", source, unit_of(series)
    )
    book.say(f"{share} of the values of {series_fact(book, series.name)} lie at or below {value}.")


def say_pulled_mean(book: FactBook, description: SeriesDescription) -> None:
    """Mean and median disagree, and a handful of outlying values is why."""
    found = description.distribution
    if found is not None and found.outlier_pull is not None:
        side = "above" if found.outlier_pull > 0 else "below"
        book.say(f"A few extreme values pull the mean {side} the median; the median rules as what is usual.")


def _say_lean(book: FactBook, series: Series, found: Distribution, source: str) -> None:
    skewness = book.number(found.skewness, f"The skewness of {series.name} is {{}}", source)
    lean = book.number(found.lean, f"The skewness of {series.name} by its quartiles is {{}}", source)
    skewed = abs(found.skewness) >= _SKEWED
    side = "right" if found.skewness > 0 else "left"
    book.flag(skewed, f"The values of {series.name} are skewed: {{}}", f"{source}.skewed")
    if not skewed:
        book.say(f"They lie about evenly on both sides of the middle (skewness {skewness}).")
        return
    strongly = "strongly" if abs(found.skewness) >= _VERY_SKEWED else "moderately"
    tail = "long tail of high values" if side == "right" else "long tail of low values"
    book.say(f"They are {strongly} skewed to the {side}, with a {tail} (skewness {skewness}).")
    if found.lean * found.skewness < 0 or (abs(found.skewness) >= _VERY_SKEWED and abs(found.lean) < _LEANING):
        book.say(
            f"The quartiles do not lean so (skewness by quartiles {lean}): a few extreme values skew them, and for the bulk the "
            "quartiles rule."
        )
    elif found.log_symmetric:
        book.say("Their logarithms would be about symmetric.")


def _say_tails(book: FactBook, series: Series, found: Distribution, source: str) -> None:
    if found.tails == "unknown":
        return
    book.flag(found.tails == "heavy", f"The values of {series.name} have heavy tails: {{}}", f"{source}.heavy_tails")
    kurtosis = book.number(
        found.kurtosis, f"The excess kurtosis (how frequent extreme values are) of {series.name} is {{}}", source
    )
    if found.tails == "light" and found.kurtosis > 0:
        book.say(
            f"By its outer quantiles extreme values are rare; the excess kurtosis ({kurtosis}) is the work of a few, so the "
            "quantiles rule."
        )
        return
    words = {
        "heavy": "Extreme values are more frequent than in a normal distribution",
        "light": "Extreme values are rarer than in a normal distribution",
        "normal": "The tails are about those of a normal distribution",
    }
    book.say(f"{words[found.tails]} (excess kurtosis {kurtosis}).")


def _say_modes(book: FactBook, series: Series, description: SeriesDescription, found: Distribution, source: str) -> None:
    book.flag(len(found.modes) > 1, f"The values of {series.name} gather in two groups: {{}}", f"{source}.bimodal")
    if len(found.modes) < 2:
        return
    first, second = (book.number(mode, f"A mode of {series.name} is {{}}", source, unit_of(series)) for mode in found.modes)
    moving = "" if description.stationarity is None or description.stationarity.stationary else (
        ", which may be stretches of time rather than kinds of values, as the level moves"
    )  # fmt: skip
    book.say(f"They gather in groups about {first} and {second}{moving}.")


def say_spread(book: FactBook, series: Series, description: SeriesDescription, subject: str) -> None:
    """Whether the spread grows with the level, and whether it grew with time."""
    found = description.spread
    source = f"analysis.spread({series.name})"
    if found is None:
        book.say(f"{subject} holds too few stretches to compare the spread at low and at high levels.")
        return
    if found.verdict != "unknown":
        book.flag(found.verdict == "grows", f"The spread of {series.name} grows with its level: {{}}", f"{source}.spread_grows")
    blocks = book.number(found.blocks, f"Stretches of {series.name} whose spreads were compared", source)
    if found.verdict == "unknown":
        book.say(
            f"The level of {subject} hardly moves beside its spread, so whether the spread grows with the level cannot be told."
        )
    else:
        correlation = book.number(found.correlation, f"Rank correlation of level and spread of {series.name}", source)
        chance = book.chance(found.p_value, f"p-value of the rank correlation of level and spread of {series.name}", source)
        how = {
            "grows": "grows with its level",
            "shrinks": "shrinks where its level is higher",
            "steady": "does not grow with its level",
        }
        book.say(
            f"The spread of {subject} {how[found.verdict]}: over {blocks} stretches level and spread have a rank correlation of "
            f"{correlation} (p = {chance})."
        )
        _say_power(book, series, found, source)
    _say_spread_in_time(book, series, found, source)


def _say_power(book: FactBook, series: Series, found: SpreadByLevel, source: str) -> None:
    if found.verdict == "steady" and found.p_value >= _CLEAR:
        book.say("Its swings are about as large at high levels as at low, so they add to the level (additive).")
        return
    growth = book.number(found.growth, _GROWTH.format(series.name), source)
    if found.verdict == "steady":
        book.say(
            f"The ranks are clear, but the difference is small: where the level is highest the spread is {growth} times as "
            "large as "
            "where it is lowest. The size rules, so swings count as adding to the level (additive)."
        )
        return
    book.say(f"Where the level is highest the spread is {growth} times as large as where it is lowest.")
    if found.exponent is None or found.low is None or found.high is None or found.verdict != "grows":
        return
    power = book.number(found.exponent, f"Power of the level to which the spread of {series.name} goes", source)
    low = book.number(found.low, f"Lower end of the interval of that power of {series.name}", source)
    high = book.number(found.high, f"Upper end of the interval of that power of {series.name}", source)
    level = book.number(95, "Confidence level of that interval", source, "%")
    multiplicative = found.low <= 1 <= found.high and found.low > 0
    verdict = (
        "so swings are a steady share of the level (multiplicative), and logarithms would even them out"
        if multiplicative
        else "which lies between adding to the level and being a share of it"
        if found.high < 1
        else "which tells little about how fast"
        if found.low <= 0
        else "so it grows faster than the level"
    )
    book.say(f"It goes with the level to the power {power} ({level} interval {low} to {high}), {verdict}.")


def _say_spread_in_time(book: FactBook, series: Series, found: SpreadByLevel, source: str) -> None:
    unit = unit_of(series)
    early = book.number(
        found.early, f"The spread (standard deviation) of {series.name} in the first third of the data is {{}}", source, unit
    )
    late = book.number(
        found.late, f"The spread (standard deviation) of {series.name} in the last third of the data is {{}}", source, unit
    )
    if found.over_time == "steady":
        book.say(f"With time it hardly changed: it is {early} in the first third of the data and {late} in the last.")
    else:
        book.say(
            f"With time it {'grew' if found.over_time == 'grows' else 'shrank'}, from {early} in the first third to {late} "
            "in the last."
        )


def say_notables(book: FactBook, series: Series, description: SeriesDescription) -> None:
    """At most two sentences of a whole description: what about spread, distribution and noise is out of the common."""
    sentences = (_notable_spread, _notable_shape, _notable_noise)
    said = 0
    for sentence in sentences:
        if said < _NOTABLES and sentence(book, series, description):
            said += 1


def _notable_spread(book: FactBook, series: Series, description: SeriesDescription) -> bool:
    found = description.spread
    if found is None or found.verdict != "grows":
        return False
    source = f"analysis.spread({series.name})"
    book.flag(True, f"The spread of {series.name} grows with its level: {{}}", f"{source}.spread_grows")
    growth = book.number(found.growth, _GROWTH.format(series.name), source)
    book.say(f"Its spread grows with its level: {growth} times as large where the level is highest as where it is lowest.")
    return True


def _notable_shape(book: FactBook, series: Series, description: SeriesDescription) -> bool:
    found = description.distribution
    if found is None or found.domain == "two values":
        return False
    source = f"analysis.distribution({series.name})"
    if found.zeros >= _MANY_ZEROS:
        zeros = book.number(100 * found.zeros, f"Share of zeros among the values of {series.name}", source, "%")
        nil = book.number(0, f"The value that {series.name} often takes", source)
        book.say(f"{zeros} of the values are {nil}.")
        return True
    if found.outlier_pull is None and abs(found.skewness) >= _VERY_SKEWED and abs(found.lean) >= _LEANING:
        book.flag(True, f"The values of {series.name} are skewed: {{}}", f"{source}.skewed")
        skewness = book.number(found.skewness, f"The skewness of {series.name} is {{}}", source)
        book.say(f"The values are strongly skewed to the {'right' if found.skewness > 0 else 'left'} (skewness {skewness}).")
        return True
    steady = description.stationarity is not None and description.stationarity.stationary is True
    if len(found.modes) > 1 and steady:
        _say_modes(book, series, description, found, source)
        return True
    return False


def _notable_noise(book: FactBook, series: Series, description: SeriesDescription) -> bool:
    noise, memory = description.noise, description.memory
    flat = description.trend is not None and description.trend.direction == "none"
    if noise is None or memory is None or memory.present or description.seasons or description.changes or not flat:
        return False
    source = f"analysis.noise({series.name})"
    book.flag(True, f"The noise of {series.name} is white: {{}}", f"{source}.white_noise")
    colour = book.name(noise.colour, "text", f"The noise of {series.name} is {{}}", source)
    book.say(f"It looks like {colour} noise around its mean: past values say nothing about the next.")
    return True
