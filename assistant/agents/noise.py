"""The analyst on noise and memory: how much of a series is noise, of which colour, and what values remember."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from assistant.agents.wording import step_words, unit_of
from assistant.data.series import Series
from assistant.facts import FactBook, Reference

if TYPE_CHECKING:
    from assistant.analysis.autocorrelation import Memory, Noise
    from assistant.analysis.describe import SeriesDescription

_LAGS_TOLD = 6
_DRIFTING = 0.1  # of the variance: below it a wandering remainder is not worth more than its name


def say_noise(book: FactBook, series: Series, description: SeriesDescription, subject: str) -> None:
    """How much of the movement is noise, and of which colour."""
    noise, memory = description.noise, description.memory
    if noise is None or memory is None:
        book.say(f"{subject} holds too few evenly spaced values to measure its noise.")
        return
    source = f"analysis.noise({series.name})"
    share = book.number(100 * noise.share, f"Share of the variance of {series.name} that is noise", source, "%")
    scale = book.number(
        noise.scale, f"Size (robust standard deviation) of the noise of {series.name} is {{}}", source, unit_of(series)
    )
    if noise.colour == "red" and noise.share >= _DRIFTING:
        _say_wandering(book, series, description, subject, share)
        say_colour(book, series, noise, memory)
        return
    weight = "hardly noisy" if noise.share < 0.1 else "moderately noisy" if noise.share < 0.4 else "noisy"
    book.say(
        f"{subject} is {weight}: beside {_structure(description)}, {share} of its variance remains as noise, usually about "
        f"{scale} to either side."
    )
    say_colour(book, series, noise, memory)


def _say_wandering(book: FactBook, series: Series, description: SeriesDescription, subject: str, share: Reference) -> None:
    """Noise that is a drifting level: what scatters is the change from value to value."""
    import numpy as np

    from assistant.analysis.noise import robust_scale

    change = robust_scale(np.diff(description.series.values))
    source = f"analysis.noise({series.name})"
    size = book.number(change, f"Usual size of the change of {series.name} from a value to the next", source, unit_of(series))
    book.say(
        f"{subject} wanders more than it scatters: beside {_structure(description)}, {share} of its variance is drift that "
        "lasts, "
        f"while from each value to the next it usually moves by about {size}."
    )


def _structure(description: SeriesDescription) -> str:
    """What was taken out before the noise was measured."""
    kinds = {change.kind for change in description.changes}
    parts = ["a straight trend" if "slope" not in kinds else "a trend with bends"]
    parts += ["its cycles"] if len(description.seasons) > 1 else ["its cycle"] if description.seasons else []
    parts += ["its level shifts"] if "level" in kinds else []
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]


def say_colour(book: FactBook, series: Series, noise: Noise, memory: Memory) -> None:
    """Whether the noise remembers, and what follows for the next value."""
    source = f"analysis.noise({series.name})"
    book.flag(noise.colour == "white", f"The noise of {series.name} is white: {{}}", f"{source}.white_noise")
    slope = book.number(noise.slope, f"Slope of the spectrum of the noise of {series.name}", source)
    alike = book.number(
        memory.lag_one, f"Correlation of neighbouring values (autocorrelation) of the noise of {series.name}", source
    )
    colour = book.name(noise.colour, "text", f"The noise of {series.name} is {{}}", source)
    meaning = {
        "white": "a value's noise says nothing about that of the next",
        "pink": "a value above what is usual tends to be followed by another",
        "red": "it wanders, and a departure lasts",
        "blue": "a value above what is usual tends to be followed by a value below",
    }
    book.say(
        f"The noise is {colour}: {meaning[noise.colour]} (neighbours correlate at {alike}, its spectrum has a slope of {slope} "
        "on logarithmic scales)."
    )


def say_memory(book: FactBook, series: Series, description: SeriesDescription, subject: str, lag: int | None) -> None:
    """Autocorrelation: as it stands, and of what trend, cycles and shifts leave."""
    from assistant.analysis.autocorrelation import correlation_at

    memory, values = description.memory, description.series.values
    source = f"analysis.autocorrelation({series.name})"
    if lag is not None and lag >= len(values):
        steps = book.number(len(values), f"Rows of {series.name}", source)
        book.say(f"{subject} holds {steps} rows only, so there is no such lag.")
        return
    asked = lag or 1
    plain = correlation_at(values, asked)
    if not math.isfinite(plain):
        book.say(f"{subject} does not vary enough; nothing can be said of its memory.")
        return
    distance = book.number(asked, f"A lag of {series.name}", source, step_words(series.frequency, asked))
    shown = book.number(plain, f"Correlation of values of {series.name} that far apart (autocorrelation), as they stand", source)
    book.say(f"Values of {subject} that lie {distance} apart correlate at {shown}, as they stand.")
    if memory is None:
        book.say("There are too few evenly spaced values to test what remains beside its trend and cycles.")
        return
    book.flag(memory.present, f"{series.name} is autocorrelated beside its trend and cycles: {{}}", f"{source}.autocorrelated")
    _say_test(book, series, description, memory, source)
    if memory.present:
        _say_lags(book, series, memory, source)


def _say_test(book: FactBook, series: Series, description: SeriesDescription, memory: Memory, source: str) -> None:
    statistic = book.number(memory.ljung_box, f"Ljung–Box statistic of the remainder of {series.name}", source)
    chance = book.chance(memory.ljung_box_p, f"p-value of the Ljung–Box test on {series.name}", source)
    lags = book.number(memory.ljung_box_lags, f"Lags that the Ljung–Box test on {series.name} sums", source)
    verdict = "values still depend on those before" if memory.present else "no memory is left: each value is on its own"
    out = f"{_structure(description)} {'are' if _plural(description) else 'is'} taken out"
    book.say(f"Once {out}, {verdict} (Ljung–Box test over {lags} lags: {statistic}, p = {chance}).")


def _plural(description: SeriesDescription) -> bool:
    return bool(description.seasons) or any(change.kind == "level" for change in description.changes)


def _say_lags(book: FactBook, series: Series, memory: Memory, source: str) -> None:
    near = book.number(
        memory.lag_one, f"Correlation of neighbouring values (autocorrelation) of the remainder of {series.name}", source
    )
    told = memory.significant[:_LAGS_TOLD]
    tried = book.number(memory.tried, f"Lags of {series.name} that were tried", source)
    if told:
        lags = [book.number(one, f"A lag at which {series.name} is autocorrelated", source) for one in told]
        more = ""
        if len(memory.significant) > len(told):
            rest = book.number(len(memory.significant) - len(told), f"Further such lags of {series.name}", source)
            more = f", and {rest} more"
        noun = "lag" if len(told) == 1 else "lags"
        book.say(
            f"Neighbouring values then correlate at {near}; of {tried} lags tried, and allowing for so many, the correlation "
            "stands "
            f"out at {noun} {_listed(lags)}{more}."
        )
    else:
        book.say(
            f"Neighbouring values then correlate at {near}, but no single lag of {tried} stands out once so many are allowed for."
        )
    if memory.half_life is not None:
        limit = book.number(0.5, f"Limit under which the correlation of values of {series.name} counts as faded", source)
        statement = f"How long the correlation of the remainder of {series.name} stays above that"
        half = book.number(memory.half_life, statement, source, step_words(series.frequency, memory.half_life))
        book.say(f"The correlation stays above {limit} for {half}.")


def _listed(words: list[Reference]) -> str:
    return ", ".join(words[:-1]) + f" and {words[-1]}" if len(words) > 1 else str(words[0])
