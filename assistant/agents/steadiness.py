"""The analyst on stationarity: what the two tests say, which one rules where they disagree, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.data.series import Series
from assistant.facts import FactBook, Reference, chance_text

if TYPE_CHECKING:
    from assistant.analysis.describe import SeriesDescription
    from assistant.analysis.stationarity import Stationarity

_BRIEF = {
    "stationary": "It keeps coming back to the same level (the tests call it {}).",
    "stationary between level shifts": "Between shifts it keeps coming back to the same level (the tests call it {}).",
    "trend stationary": "It keeps coming back to its trend line (the tests call it {}).",
    "unit root": "It does not come back to a fixed level but wanders (the tests find a {}).",
    "contradictory": "It cannot be said whether it keeps to a level: the tests of stationarity are {}.",
    "undecided": "It cannot be said whether it keeps to a level: the tests of stationarity leave it {}.",
}
# The verdict in everyday words, before that of the tests. {name} and {first} (what was taken out before) are filled in.
_PLAIN = {
    "stationary": "{name} keeps coming back to the same level{first}.",
    "stationary between level shifts": "Between its shifts, {name} keeps coming back to the same level{first}.",
    "trend stationary": "{name} keeps coming back to a straight line{first}, and not to a level.",
    "unit root": "{name} does not come back to a level{first}: it wanders, and shocks last.",
    "contradictory": "It cannot be said whether {name} keeps to a level{first}.",
    "undecided": "It cannot be said whether {name} keeps to a level{first}.",
}


def say_stationarity(book: FactBook, series: Series, description: SeriesDescription, subject: str, *, brief: bool) -> None:
    """Whether the series keeps its level, in one sentence or with both tests' p-values."""
    outcome = description.stationarity
    if outcome is None:
        if not brief:
            book.say("There is too little data to test whether it is stationary.")
        return
    source = f"analysis.stationarity({series.name})"
    verdict = book.name(outcome.verdict, "text", f"{series.name} is judged {{}}", source)
    if outcome.stationary is not None:
        book.flag(outcome.stationary, f"{series.name} is stationary: {{}}", f"{source}.stationary")
    if outcome.verdict not in ("contradictory", "undecided"):
        book.flag(outcome.verdict == "unit root", f"{series.name} has a unit root: {{}}", f"{source}.unit_root")
    if brief:
        book.say(_BRIEF[outcome.verdict].replace("{}", str(verdict)))
        return
    _Telling(book, series, description, outcome, subject, source, verdict).say()


def _kpss_text(p_value: float) -> str:
    """KPSS p-values end where its table does."""
    return "0.01 or less" if p_value <= 0.01 else "0.1 or more" if p_value >= 0.1 else chance_text(p_value)


class _Telling:
    """Puts the two tests into words."""

    def __init__(
        self,
        book: FactBook,
        series: Series,
        description: SeriesDescription,
        outcome: Stationarity,
        subject: str,
        source: str,
        verdict: Reference,
    ) -> None:
        self.book, self.series, self.description, self.outcome = book, series, description, outcome
        self.subject, self.source, self.verdict = subject, source, verdict

    def say(self) -> None:
        """The verdict, then why, then which test rules."""
        if self.outcome.adf_p != self.outcome.adf_p:
            self.book.say(f"{self.subject} leaves the tests of stationarity undefined, so nothing is said of it.")
            return
        adf, kpss = self._pair(self.outcome.adf_p, self.outcome.kpss_p, "")
        tests = f"the ADF test gives p = {adf} and the KPSS test p = {kpss}"
        first = (
            f", once its cycle{'s are' if len(self.description.seasons) > 1 else ' is'} taken out"
            if self.outcome.deseasonalised
            else ""
        )
        self.book.say(_PLAIN[self.outcome.verdict].replace("{name}", self.subject).replace("{first}", first))
        getattr(self, f"_say_{self.outcome.verdict.split(' ')[0]}")(tests)

    def _pair(self, adf: float, kpss: float, around: str) -> tuple[str, str]:
        name = self.series.name
        return (
            self.book.chance(adf, f"ADF test's p-value on {name}{around} (small: no unit root)", self.source),
            self.book.number(
                kpss, f"KPSS test's p-value on {name}{around} (small: not level-stationary)", self.source, text=_kpss_text(kpss)
            ),
        )

    def _say_stationary(self, tests: str) -> None:
        outcome = self.outcome
        if outcome.verdict != "stationary":
            adf, kpss = self._pair(outcome.adf_shift_p, outcome.kpss_shift_p, " without its level shifts")
            self.book.say(f"In the words of the tests it is {self.verdict}.")
            self.book.say(
                f"As it stands {tests}; any lasting shift of the level looks so to them. Without the shifts ADF gives p = "
                f"{adf} and "
                f"KPSS p = {kpss}, and that rules."
            )
        elif outcome.rules == "both":
            self.book.say(f"In the words of the tests it is {self.verdict}, and both agree: {tests}.")
        elif outcome.rules == "ADF":
            self.book.say(f"It is judged {self.verdict}, but the tests disagree: {tests}.")
            self.book.say("ADF is surer that there is no unit root than KPSS is that the level drifts, so ADF rules.")
        else:
            self.book.say(f"It is judged {self.verdict}, though ADF is not sure: {tests}.")
            self.book.say(
                "ADF misses a slow return to the level in short series, and KPSS has nothing against a steady level, so KPSS "
                "rules."
            )

    def _say_trend(self, tests: str) -> None:
        adf, kpss = self._pair(self.outcome.adf_trend_p, self.outcome.kpss_trend_p, " around a line")
        self.book.say(f"In the words of the tests it is {self.verdict}.")
        self.book.say(f"Around a constant {tests}; around a line they give p = {adf} and p = {kpss}, and the line rules.")

    def _say_unit(self, tests: str) -> None:
        self.book.say(f"In the words of the tests it has a {self.verdict}: {tests}.")
        if self.outcome.rules == "KPSS":
            self.book.say("The tests disagree; KPSS is the surer of them, so KPSS rules.")
        if any(change.kind in ("level", "slope") for change in self.description.changes):
            self.book.say(
                "It also has lasting changes of level or slope, which ADF easily takes for a unit root; this is the safe reading."
            )
        self._say_walk()

    def _say_walk(self) -> None:
        """Whether its changes are independent, as a random walk's are."""
        import numpy as np

        from assistant.analysis.autocorrelation import find_memory

        if self.description.seasons:
            self.book.flag(False, f"{self.series.name} is a random walk: {{}}", f"{self.source}.random_walk")
            self.book.say("With its cycle it is no plain random walk.")
            return
        steps = find_memory(np.diff(self.description.series.values))
        if steps is None:
            return
        self.book.flag(not steps.present, f"{self.series.name} is a random walk: {{}}", f"{self.source}.random_walk")
        chance = self.book.chance(
            steps.ljung_box_p, f"p-value of the Ljung–Box test on the changes of {self.series.name}", self.source
        )
        verdict = (
            "do not depend on those before, so it moves like a random walk"
            if not steps.present
            else "depend on those before, so it is no plain random walk"
        )
        self.book.say(f"Its changes from each value to the next {verdict} (Ljung–Box test, p = {chance}).")

    def _say_contradictory(self, tests: str) -> None:
        self.book.say(f"The tests contradict each other: {tests}.")
        self.book.say(
            "Each clearly rejects its own null hypothesis, so neither rules: the level wanders, yet it comes back. A long "
            "memory, "
            "a changing spread or a shift that was not found looks so to them."
        )

    def _say_undecided(self, tests: str) -> None:
        self.book.say(f"The tests leave it open whether it is stationary: {tests}.")
        self.book.say("Neither test rejects its own null hypothesis, so neither rules; a longer series would decide.")
