"""Claims in words against computed facts: direction, season, stationarity, the yardstick, and labels put on numbers."""

from __future__ import annotations

import re

from assistant.facts import REFERENCE, Fact
from assistant.support import NUMBER, Support, exact_number_facts, is_number, stems
from assistant.vocabulary import FALLING, MEASURES, MODEL_PATTERN, MODEL_WORDS, OPENING_WORDS, PLAIN_WORDS, RISING

_NEGATION = re.compile(
    r"(?:\b(?:no|not|never|neither|nor|without|hardly|nothing|lacks?|lacking|fail(?:s|ed)?|cannot)\b|n['’]t\b)", re.IGNORECASE
)
_FLAT = re.compile(r"\b(?:flat|no (?:clear |significant |visible )?trend|trendless)\b", re.IGNORECASE)
# Traits that a truth value decides, by the end of its fact's source.
_TRAITS = {
    topic: re.compile(pattern, re.IGNORECASE)
    for topic, pattern in {
        "stationary": r"\b(?P<non>non-?\s?|un)?stationary\b",
        "unit_root": r"\bunit\s+roots?\b",
        "random_walk": r"\brandom\s+walk(?!\s+with\s+drift)\b",
        "white_noise": r"\bwhite(?=\s+noise\b)|(?:(?<=noise is )|(?<=noise is not ))white\b",
        "autocorrelated": r"\bauto-?correlated\b",
        "skewed": r"\bskewed\b",
        "heavy_tails": r"\b(?:heavy|fat)[\s-]tail\w*\b",
        "bimodal": r"\bbimodal\w*\b",
    }.items()
}
_SPREAD_GROWS = re.compile(
    r"\b(?:spread|variance|volatility|variability|swings?)\s(?:of\s\S+\s)?(?:does\snot\s|do\snot\s|never\s)?"
    r"(?:grows?|increases?|rises?|widens?)\b",
    re.IGNORECASE,
)
_SEASONAL = re.compile(
    r"\b(?:(?:non-?|un)?seasonal(?:ity|ly)?(?!\s+na[iï]ve|-na[iï]ve)|repeats\s+every|repeating\s+cycle|cyclical|periodicity)\b",
    re.IGNORECASE,
)
_WINS = re.compile(
    r"\b(?:beat(?:s|en|ing)?|better|outperform\w*|improv\w+|ahead|more\s+accurate|superior|wins?|won|surpass\w*|"
    r"(?P<loses>worse|loses?|lost|behind|inferior|underperform\w*|less\s+accurate))\b",
    re.IGNORECASE,
)
_YARDSTICK = re.compile(r"\b(?:na[iï]ve|benchmark|yardstick|baseline)\b", re.IGNORECASE)
_VERDICT = re.compile(r"(?:- )?((?P<yes>Yes|Probably(?!\s+not\b))|No|Probably\s+not)(?=[:,.!;—–-]|$)", re.IGNORECASE)
_TOGETHER = re.compile(
    r"(?<!read )\b(?:together|in\s+step|in\s+opposition|correlat\w+|lags?|lagged|leads|leading\s+indicator)\b", re.IGNORECASE
)
_CHANGE = re.compile(r"(?:The )?(?:change|growth|difference)\b", re.IGNORECASE)
_MOVED = re.compile(r"\b(?:change|growth|difference)\b", re.IGNORECASE)
_UNUSUAL = re.compile(r"\b(?:anomal\w+|unusual|outliers?|spikes?)\b", re.IGNORECASE)
_NAMED_ALONE = frozenset(["mase", "smape", "wql", "coverage", "accuracy"])
_NEEDS_A_FACT = frozenset(["missing", "correlation", "p-value", "accuracy", "coverage", "probability", "similarity"])


def mislabelled(sentence: str, cited: list[Fact], support: Support) -> str | None:
    """A true number or time under a false label: the measure, model or series in the words is not that of the cited fact."""
    words = REFERENCE.sub(" ", sentence)
    numeric = [f for f in cited if is_number(f)]
    for name, pattern in MEASURES.items():
        if not pattern.search(words):
            continue
        about = [f for f in cited if pattern.search(f"{f.statement} {f.source}")]
        if (numeric or name in _NEEDS_A_FACT) and not about:
            return f"it speaks of the {name}, and the facts it cites do not"
    high, low = MEASURES["maximum"], MEASURES["minimum"]
    for said, other in ((high, low), (low, high)):
        if said.search(words) and not other.search(words):
            swapped = [f for f in cited if f.unit not in ("text", "series") and _says_only(other, said, f, support)]
            if swapped:
                return f"it turns round the fact “{swapped[0].statement}”"
    for kind in _NAMED_ALONE:
        if any(MEASURES[kind].search(f.statement) for f in numeric) and not MEASURES[kind].search(words):
            return f"it shows a {kind} without calling it so"
    return _owned_by_another(_shown(sentence, support).casefold(), numeric, support)


def _says_only(measure: re.Pattern[str], opposite: re.Pattern[str], fact: Fact, support: Support) -> bool:
    """Whether a fact's statement names a measure and not its opposite; what its series is called does not count."""
    statement = fact.statement
    for other in support.by_id.values():
        if other.unit == "series":
            statement = statement.replace(str(other.value), " ")
    return measure.search(statement) is not None and opposite.search(statement) is None


def _owned_by_another(shown: str, numeric: list[Fact], support: Support) -> str | None:
    for unit in ("model", "series"):
        names = {str(f.value).casefold() for f in support.by_id.values() if f.unit == unit}
        said = {n for n in names if re.search(rf"(?<![\w-]){re.escape(n)}(?![\w-])", shown)}
        if unit == "model":
            said |= {MODEL_WORDS[m[0].casefold()] for m in MODEL_PATTERN.finditer(shown)} & names
        for fact in numeric:
            owners = {n for n in names if re.search(rf"(?<![\w-]){re.escape(n)}(?![\w-])", fact.statement.casefold())}
            if said and owners and not (said & owners):
                return f"it gives {sorted(said)[0]} a number that belongs to {sorted(owners)[0]}"
    return None


def _verdict_fault(shown: str, cited: list[Fact], support: Support) -> str | None:
    """Why an answer of yes or no at a sentence's start cannot stand: nothing decides it, or what does says otherwise."""
    match = _VERDICT.match(shown)
    if match is None:
        return None
    decided = [f for f in support.by_id.values() if f.source.endswith(".verdict")]
    subjects = _subjects(shown, cited)
    about = [f for f in decided if not _subjects("", [f]) or _subjects("", [f]) & subjects] if subjects else decided
    if not about:
        return f"it answers {match[1].lower()}, and no fact decides that"
    # One series may have been asked about twice, so that one of the answers is enough.
    said = match["yes"] is not None
    return None if any(f.value is said for f in about) else f"it answers {match[1].lower()}, and the computed answer is another"


def contradicted(sentence: str, cited: list[Fact], support: Support) -> str | None:
    """A yes/no claim in words against the truth value that was computed; a claim that nothing decides goes too."""
    shown = _shown(sentence, support)
    if reason := _verdict_fault(shown, cited, support):
        return reason
    hidden = REFERENCE.sub(lambda m: "§", sentence)
    spread = _SPREAD_GROWS.search(hidden)
    direction = _direction(_SPREAD_GROWS.sub("§", hidden), sentence, support)
    if isinstance(direction, str):
        return direction
    claims: dict[str, bool | None] = {
        "beats_seasonal_naive": _beats(shown),
        "seasonal": _polarity(MODEL_PATTERN.sub("§", hidden), _SEASONAL),
        **direction,
        "spread_grows": None
        if spread is None or re.search(r"\bwhether\b", hidden[: spread.start()])
        else not _NEGATION.search(spread[0]),
        **{topic: _polarity(hidden, pattern) for topic, pattern in _TRAITS.items()},
    }
    for topic, said in claims.items():
        if said is None:
            continue
        deciding = [f for f in support.by_id.values() if f.source.endswith(f".{topic}") and isinstance(f.value, bool)]
        subjects = _subjects(shown, cited)
        about = [f for f in deciding if _subjects("", [f]) & subjects] or (deciding if not subjects else [])
        if topic == "seasonal" and any(f.statement.startswith(("A season (period)", "Strength of that season")) for f in cited):
            continue
        if not about:
            return f"it makes a claim ({topic.replace('_', ' ')}) that no fact decides"
        if not all(f.value is said for f in about):
            return f"it contradicts the fact “{about[0].statement}”"
        if topic != "beats_seasonal_naive" and (stranger := _stranger(hidden, support)):
            return f"no fact names {stranger}"
    return _undecided(hidden, cited, support)


def _shown(sentence: str, support: Support) -> str:
    return REFERENCE.sub(lambda m: support.by_id[m[1]].text, sentence)


def _subjects(shown: str, cited: list[Fact]) -> set[str]:
    """The series that a sentence is about, by the facts it cites."""
    found = {str(f.value) for f in cited if f.unit == "series"} | set(re.findall(r"`([^`]+)`", shown))
    for fact in cited:
        if match := re.search(r"\((.*)\)", fact.source):
            found.add(match[1])
    return found


def _negated(text: str, position: int) -> bool:
    """Whether a negation stands within the three words before a position, in the same clause."""
    clause = re.split(r"[;:,]", text[:position])[-1]
    return bool(_NEGATION.search(" ".join(clause.split()[-4:])))


def _polarity(text: str, pattern: re.Pattern[str]) -> bool | None:
    """True: the word is affirmed; False: denied; None: it is not there."""
    for match in pattern.finditer(text):
        if re.search(r"\bwhether\b", text[: match.start()]):
            continue
        affirmed = not re.match(r"non|un(?!it\b)", match[0], re.IGNORECASE)
        return affirmed != _negated(text, match.start())
    return None


def _beats(text: str) -> bool | None:
    text = re.sub(r"\(?\blower is better\b\)?", " ", text, flags=re.IGNORECASE)
    yardsticks = list(_YARDSTICK.finditer(text))
    match = _WINS.search(text) if yardsticks else None
    if not match:
        return None
    wins = not match["loses"]
    if re.match(r"\s+by\b", text[match.end() :]):
        wins = not wins
    if all(y.start() < match.start() for y in yardsticks) or yardsticks[0].start() < match.start() < yardsticks[0].start() + 40:
        wins = not wins
    return wins != _negated(text, match.start())


def _direction(hidden: str, sentence: str, support: Support) -> dict[str, bool | None] | str:
    """What the words claim of a trend up and a trend down, or why they cannot stand.

    Empty where they say nothing, or where the numbers cited bear them out. A series without a trend has neither, so that "not
    rising" is no licence to say "falling".
    """
    if _FLAT.search(hidden):
        return {"trend_up": False, "trend_down": False}
    matches = [(m, up) for pattern, up in ((RISING, True), (FALLING, False)) for m in pattern.finditer(hidden)]
    if not matches:
        return {}
    if all(_negated(hidden, m.start()) for m, _ in matches):
        return {"trend_up" if up else "trend_down": False for _, up in matches}
    directions = {up != _negated(hidden, m.start()) for m, up in matches}
    if len(directions) > 1:
        return "it says both up and down"
    up = directions.pop()
    # The words of another clause are about something else: "from 3 to 9; falling" tells a range, then a trend.
    clause = hidden.count(";", 0, matches[0][0].start())
    hidden, sentence = hidden.split(";")[clause], sentence.split(";")[clause]
    numbers = _numbers(sentence, support, falling=not up)
    claim: dict[str, bool | None] = {"trend_up": True} if up else {"trend_up": False, "trend_down": True}
    if re.search(r"\btrend", hidden, re.IGNORECASE):
        return claim
    # The size of a move may stand before its ends: "the largest fall is 2.6, from 322.9 to 320.2".
    ends = [f for f in numbers if not _CHANGE.match(f.statement)]
    if re.search(rf"\bfrom\s+(?:§|{NUMBER.pattern}).*\bto\b", hidden) and len(ends) >= 2:
        first, second = (float(f.value) for f in ends[:2])  # type: ignore[arg-type]
        return {} if (second > first) is up else f"it says {'up' if up else 'down'}, and its numbers say otherwise"
    changes = [f for f in numbers if _MOVED.search(f.statement)]
    if changes and re.search(r"\bby\b", hidden):
        fits = all((float(f.value) > 0) is up for f in changes)  # type: ignore[arg-type]
        return {} if fits else f"it says {'up' if up else 'down'}, and its numbers say otherwise"
    counted = RISING if up else FALLING
    if any(counted.search(f.statement) for f in numbers):
        return {}  # "fell in 8 of 10 years": such falls were counted, or measured
    return claim


def _numbers(sentence: str, support: Support, *, falling: bool) -> list[Fact]:
    """The numbers of a sentence in their order, cited or written out."""
    found: list[Fact] = []
    for match in re.finditer(rf"{REFERENCE.pattern}|{NUMBER.pattern}", sentence):
        if match[1]:
            found += [support.by_id[match[1]]] if is_number(support.by_id[match[1]]) else []
        else:
            found += exact_number_facts(match[0].strip(), support, rounded=True, falling=falling)[:1]
    return found


def _stranger(text: str, support: Support) -> str | None:
    """The word before the verb of a claim, where no fact has it: a series that nobody loaded."""
    match = re.search(r"([^\W\d_]+)`?\s+(?:is|are|was|were|has|have|shows?|rose|fell|grew|rises|falls|grows)\b", text)
    if match and not {stems(match[1])[0], match[1].casefold()} & (PLAIN_WORDS | OPENING_WORDS | support.words):
        return match[1]
    return None


def _undecided(text: str, cited: list[Fact], support: Support) -> str | None:
    facts = support.by_id.values()
    # A correlation may also be that of a series with its own past, or of its level and spread: a cited fact then says so.
    told = " ".join(f.statement for f in cited)
    own = [pattern for pattern in (r"correlat\w+", r"lags?") if re.search(rf"\b{pattern}\b", told, re.IGNORECASE)]
    matches = [m for m in _TOGETHER.finditer(text) if not any(re.fullmatch(p, m[0], re.IGNORECASE) for p in own)]
    if matches and not any(f.source.startswith("analysis.relations") for f in facts):
        return f"it makes a claim ({matches[0][0]}) that no fact decides"
    if match := _UNUSUAL.search(text):
        counts = [f for f in facts if f.statement.startswith("Unusual events in") and is_number(f)]
        if not counts and not any("anomalies" in f.source for f in facts):
            return f"it makes a claim ({match[0]}) that no fact decides"
        denied = re.search(r"\b(?:no|nothing|without)\b", text[: match.start()], re.IGNORECASE)
        if denied and counts and all(f.value for f in counts):
            return f"it contradicts the fact “{counts[0].statement}”"
    return None
