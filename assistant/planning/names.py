"""Which loaded series a question means: names whole, in part, shortened or misspelt, words of the file, "all", "both"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from assistant.errors import UnknownSeries
from assistant.facts import clean_name
from assistant.planning.aliases import Aliases, shortened
from assistant.planning.lexicon import COMMON_WORDS, CONNECTIVES, MEASURE_WORDS, STATISTIC_NAMES
from assistant.planning.wording import blank, normalise
from assistant.planning.words import TOKEN, stem, tokens

_QUOTED = re.compile(r"`([^`]{1,80})`|\"([^\"]{1,80})\"|(?<!\w)'([^']{1,80})'(?!\w)")
_THING = (
    r"(?:series|columns?|variables?|sensors?|stations?|stores?|products?|lines?|curves?|sectors?|regions?|"
    r"countr(?:y|ies)|cit(?:y|ies)|sites?|branch(?:es)?|departments?|machines?|of (?:them|these|those))"
)
_ALL = re.compile(
    rf"\b(?:(?:all|every|each)(?: (?:the|of the|my|loaded|\d+|one of the|single))*(?: {_THING})|"
    r"(?:each|every) one|every ?thing|(?:all|each)(?= ?(?:$|[.?!,;]|together\b|(?:for|over) the next\b)))"
)
_BOTH = re.compile(rf"\bboth(?: (?:the )?{_THING})?(?! \w+ing)\b|\b(?:the )?two series\b")
# A rare letter: to every pattern a blanked name is one word.
MASK = "\N{LATIN LETTER ALVEOLAR CLICK}"
_REST = re.compile(r"\b(?:except|excluding|without|apart from|other than|all but|leav\w+ out)\b")
_NEGATED = re.compile(
    rf"\b(?:(?:i'?m )?not (?:interested in |talking about |about |in |for )?|except(?: for)? |excluding |"
    rf"ignor(?:e|ing) |(?<!days )(?<!hours )(?<!weeks )(?<!months )(?<!years )without |"
    rf"leav(?:e|ing) out |other than |apart from |instead of |rather than |all but |"
    rf"but not )(?:the )?{MASK}+(?: (?:and|or) {MASK}+)?"
)
# What is measured, said after the name of who or where ("retail trade jobs"), belongs to the name.
_DECORATION = re.compile(rf"(?<={MASK}) (?:{'|'.join(sorted(MEASURE_WORDS))})s?\b")


@dataclass(frozen=True)
class Mention:
    """What a question says about series.

    names: the series meant, in the question's order. all: it says all of them. ambiguous: a part of a name fits all of
    `names` and does not tell them apart. text: the question with the names blanked by MASK; same length.
    """

    names: tuple[str, ...]
    all: bool
    ambiguous: bool
    text: str


@dataclass(frozen=True)
class _Token:
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class _Hit:
    names: tuple[str, ...]
    first: int
    last: int
    weight: tuple[int, float]


def nearest_names(wanted: str, names: Sequence[str]) -> tuple[str, ...]:
    """Up to three names that look most like what was asked for, best first."""
    found = process.extract(wanted, names, scorer=fuzz.WRatio, processor=normalise, limit=3)
    close = tuple(name for name, score, _ in found if score >= 45)
    return close or tuple(names[:3])


def unknown_series(wanted: str, names: Sequence[str]) -> UnknownSeries:
    """The error for a name that nothing loaded carries."""
    nearest = nearest_names(wanted, names)
    offer = " and ".join(", ".join(f"“{clean_name(name)}”" for name in nearest).rsplit(", ", 1))
    if not nearest:
        advice = "Nothing is loaded yet, so please upload a file first."
    elif len(nearest) == len(names):
        advice = f"What is loaded is {offer}; please ask about {'that' if len(nearest) == 1 else 'one of these'}."
    else:
        advice = f"Did you mean {offer}?" if len(nearest) == 1 else f"The nearest are {offer}; please ask with one of these."
    return UnknownSeries(f"There is no series called “{clean_name(wanted)}” here. {advice}", nearest)


def mentioned(text: str, names: Sequence[str], aliases: Aliases = MappingProxyType({})) -> Mention:
    """The series that a normalised question names; `aliases` count where no name of theirs stands in the question.

    Raises UnknownSeries for a name in backticks or quotes that is not loaded.
    """
    chosen: dict[str, int] = {}
    text = _quoted(text, names, aliases, chosen)
    words = [_Token(match.group(), match.start(), match.end()) for match in TOKEN.finditer(text)]
    partial: list[_Hit] = []
    whole: set[str] = set()
    taken: set[int] = set()
    everyday: set[int] = set()
    for hit in sorted(_hits(text, words, names), key=lambda hit: (hit.weight, -hit.first), reverse=True):
        positions = set(range(hit.first, hit.last + 1))
        if positions & taken or (hit.weight[0] == 0 and chosen):
            continue
        taken |= positions
        if hit.weight[0] == 0:
            everyday |= positions
        partial += [hit] if len(hit.names) > 1 else []
        whole |= set(hit.names) if len(hit.names) == 1 else set()
        fresh = [name for name in hit.names if name not in chosen]
        if len(hit.names) > 1 and len(fresh) < len(hit.names):
            continue
        for name in fresh:
            chosen[name] = words[hit.first].start
    ambiguous = bool(partial) and not _narrowed(partial, words, chosen, whole)
    masked = text
    for position in taken - everyday:
        word = words[position]
        masked = masked[: word.start] + MASK * (word.end - word.start) + masked[word.end :]
    masked = re.sub(rf"(?<={MASK})[_\W](?={MASK})", MASK, masked) if MASK in masked else masked
    torn = re.search(rf"\w*{MASK}_[^\W_]\w*|[^\W_]\w*_(?={MASK})", masked)
    if torn is not None:
        raise unknown_series(_around(text, torn.start()), names)
    masked, group = _aliased(masked, words, aliases, tuple(names), chosen)
    if group and len(group) == len(names) > 1:
        return Mention((), True, False, masked)
    masked = _DECORATION.sub(lambda match: MASK * len(match.group()), masked) if chosen else masked
    masked, left_out = _left_out(masked, chosen)
    if left_out and not chosen and (_ALL.search(masked) or _REST.search(text)):
        return Mention(tuple(name for name in names if name not in left_out), False, False, masked)
    found = tuple(sorted(chosen, key=lambda name: chosen[name]))
    every = _ALL.search(masked)
    if every and not found:
        return Mention((), True, False, blank(masked, *every.span()))
    both = _BOTH.search(masked)
    if both and not found and len(names) == 2:
        return Mention(tuple(names), False, False, blank(masked, *both.span()))
    return Mention(found, False, ambiguous, masked)


def _narrowed(partial: list[_Hit], words: list[_Token], chosen: dict[str, int], whole: set[str]) -> bool:
    """Keep in `chosen` the names that most of the shared parts point at ("temp" and "Köln": "Köln · temp"); whether that helped.

    whole: names that stand in the question by themselves, which stay.
    """
    starts: dict[str, list[int]] = {}
    for hit in partial:
        for name in hit.names:
            starts.setdefault(name, []).append(words[hit.first].start)
    most = max(map(len, starts.values()))
    if most < 2 or all(len(places) == most for places in starts.values()):
        return False
    for name, places in starts.items():
        if name in whole:
            continue
        if len(places) < most:
            chosen.pop(name, None)
        else:
            chosen[name] = max(places)
    return True


def _left_out(masked: str, chosen: dict[str, int]) -> tuple[str, tuple[str, ...]]:
    """Take the names that a question rules out ("not construction", "except oil") from `chosen`; they are blanked as words."""
    out: list[str] = []
    for match in list(_NEGATED.finditer(masked)):
        gone = [name for name, start in chosen.items() if match.start() <= start < match.end()]
        for name in gone:
            del chosen[name]
        out += gone
        masked = blank(masked, *match.span()) if gone else masked
    return masked, tuple(out)


def _around(text: str, position: int) -> str:
    """The identifier that holds a position."""
    return next(match.group() for match in re.finditer(r"\w+", text) if match.start() <= position < match.end())


@lru_cache(maxsize=64)
def _told_apart(names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The names of statistics that are a word of exactly one of several series' names ("total")."""
    holders = {word: tuple(name for name in names if word in tokens(name)) for word in STATISTIC_NAMES}
    return {word: found for word, found in holders.items() if len(found) == 1 < len(names)}


def _aliased(
    masked: str, words: list[_Token], aliases: Aliases, names_loaded: tuple[str, ...], chosen: dict[str, int]
) -> tuple[str, tuple[str, ...]]:
    """Resolve words of the files' names into `chosen`, and blank them.

    Where a series of the file is named already, such a word only decorates it ("construction employment"). A statistic's
    name before it may be the one word that tells the series apart ("total employment", "total jobs"). Returns the names of a word
    that alone stands for all the series of its file too.
    """
    group: tuple[str, ...] = ()
    told_apart = _told_apart(names_loaded)
    for position, word in enumerate(words):
        names = aliases.get(stem(word.text), ())
        if not names and stem(word.text) in MEASURE_WORDS and position and words[position - 1].text in STATISTIC_NAMES:
            names = told_apart.get(words[position - 1].text, ())
        around = masked[max(word.start - 1, 0) : word.start] + masked[word.end : word.end + 1]
        if not names or MASK in masked[word.start : word.end] or "_" in around:
            continue
        start = word.start
        if not any(name in chosen for name in names):
            before = words[position - 1] if position else None
            fit = [name for name in names if before and before.text in STATISTIC_NAMES and before.text in tokens(name)]
            if before is not None and len(fit) == 1:
                start, names = before.start, (fit[0],)
            chosen.update(dict.fromkeys(names, start))
            group = names
        masked = masked[:start] + MASK * (word.end - start) + masked[word.end :]
    masked = re.sub(rf"(?<={MASK}) (?={MASK})", MASK, masked) if group else masked
    return masked, group


def _quoted(text: str, names: Sequence[str], aliases: Aliases, chosen: dict[str, int]) -> str:
    """Resolve names in backticks or quotes into `chosen`; the text with those blanked."""
    joined = {" ".join(tokens(name)) or normalise(name): name for name in reversed(names)}
    for match in list(_QUOTED.finditer(text)):
        body = next(group for group in match.groups() if group is not None).strip()
        key = " ".join(tokens(body)) or body
        name = joined.get(key)
        if name is None and aliases.get(stem(key)):
            continue
        if name is None and (match.group(1) is not None or len(key.split()) <= 2):
            close = process.extractOne(key, list(joined), scorer=fuzz.ratio, score_cutoff=88)
            if close is None:
                raise unknown_series(body, names)
            name = joined[close[0]]
        if name is not None:
            chosen.setdefault(name, match.start())
            text = text[: match.start()] + MASK * (match.end() - match.start()) + text[match.end() :]
    return text


@dataclass(frozen=True)
class _Catalogue:
    """The names' stems, and where each stem and each name written as one word leads."""

    parts: dict[str, tuple[str, ...]]
    by_stem: dict[str, tuple[str, ...]]
    longest: int


@lru_cache(maxsize=64)
def _catalogue(names: tuple[str, ...]) -> _Catalogue:
    parts = {name: tuple(stem(token) for token in tokens(name)) for name in names}
    leads: dict[str, dict[str, None]] = {}
    for name, stems in parts.items():
        for key in (*stems, "".join(stems)):
            leads.setdefault(key, {})[name] = None
    longest = min(max((len(stems) for stems in parts.values()), default=0), 8)
    return _Catalogue(parts, {key: tuple(found) for key, found in leads.items()}, longest)


def _hits(text: str, words: list[_Token], names: Sequence[str]) -> list[_Hit]:
    """Every stretch of words that fits one name, or several names equally well."""
    catalogue = _catalogue(tuple(names))
    stems = [stem(word.text) for word in words]
    hits: list[_Hit] = []
    for first in range(len(words)):
        for last in range(first, min(first + catalogue.longest + 2, len(words))):
            window = stems[first : last + 1]
            candidates = _holders(catalogue, window)
            if first == last and not candidates and _typo_candidate(words[first].text):
                close = process.extract(window[0], list(catalogue.by_stem), scorer=OSA.distance, score_cutoff=2, limit=5)
                candidates = {name: None for key, _, _ in close for name in catalogue.by_stem[key]}
            if first == last and not candidates:
                meant = {part for parts in catalogue.parts.values() for part in parts if shortened(words[first].text, part)}
                candidates = dict.fromkeys(catalogue.by_stem[min(meant)]) if len(meant) == 1 else {}
            hit = _window_hit(text, words, (first, last), window, {name: catalogue.parts[name] for name in candidates})
            if hit is not None:
                hits.append(hit)
    return hits


def _holders(catalogue: _Catalogue, window: list[str]) -> dict[str, None]:
    """The names that hold all of the window's stems, or are the window written as one word."""
    groups = [catalogue.by_stem.get(key, ()) for key in window]
    shared = set(groups[0]).intersection(*groups[1:])
    return {name: None for name in (*(one for one in groups[0] if one in shared), *catalogue.by_stem.get("".join(window), ()))}


def _window_hit(
    text: str, words: list[_Token], place: tuple[int, int], window: list[str], candidates: dict[str, tuple[str, ...]]
) -> _Hit | None:
    first, last = place
    scored: list[tuple[float, str]] = []
    for name, parts in candidates.items():
        score = _fit(window, parts, [word.text for word in words[first : last + 1]])
        if score > 0 and (score < 1 or _stands_alone(text, words, place, name)):
            scored.append((score, name))
    if not scored:
        return None
    best = max(score for score, _ in scored)
    # A whole name outdoes parts of longer ones; one word that is a part of several names stays a tie.
    winners = tuple(name for score, name in scored if score == best or (best < 1 and first == last))
    everyday = best == 1 and first == last and words[first].text in STATISTIC_NAMES and len(words[first].text) > 1
    return _Hit(winners, first, last, (0 if everyday else last - first + 1, best))


def _fit(window: list[str], parts: tuple[str, ...], written: list[str]) -> float:
    """1 for a whole name, less for a part of one, 0 for none."""
    if not parts:
        return 0.0
    joined, whole = "".join(window), "".join(parts)
    if joined == whole or sorted(window) == sorted(parts):
        return 1.0
    plain = [word for word in written if word not in COMMON_WORDS and not word.isdigit() and _telling(word)]
    if len(window) < len(parts) and plain and set(window) <= set(parts) and len(set(window)) == len(window):
        return 0.9 * len(window) / len(parts)
    if len(window) == 1 and _typo(window[0], whole):
        return 0.95
    near = len(window) == 1 and any(_typo(window[0], part) or shortened(written[0], part) for part in parts)
    return 0.4 / len(parts) if near else 0.0


def _telling(word: str) -> bool:
    """Whether a word is long enough to be a name's part by itself: three letters, or two of a script that writes words so."""
    return len(word) >= 3 or (len(word) == 2 and re.search(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", word) is not None)


def _typo_candidate(word: str) -> bool:
    return len(word) >= 5 and word not in COMMON_WORDS and stem(word) not in COMMON_WORDS and not word.isdigit()


def _typo(written: str, name: str) -> bool:
    """Whether two words of five letters or more differ by a slip: one edit, or two from nine letters on."""
    if not _typo_candidate(written) or len(name) < 5 or name in COMMON_WORDS or any(map(str.isdigit, written + name)):
        return False
    allowed = 1 if min(len(written), len(name)) < 9 else 2
    return abs(len(written) - len(name)) <= allowed and OSA.distance(written, name, score_cutoff=allowed) <= allowed


def _stands_alone(text: str, words: list[_Token], place: tuple[int, int], name: str) -> bool:
    """Whether a very short or everyday name ("a", "may", "is") is used as a name there, not as a word of the sentence."""
    first, last = place
    if last > first or (len(name) > 1 and words[first].text not in COMMON_WORDS):
        return True
    if words[first].text in STATISTIC_NAMES:
        return True
    word = words[first]
    after = text[word.end :].lstrip(" ")
    following = words[first + 1].text if first + 1 < len(words) else ""
    before = words[first - 1].text if first else ""
    if re.match(r"'\w", after):
        return False
    ends = not after or after[0] in ".?!,;:)" or following in CONNECTIVES
    if not ends or (word.text in {"i", "it", "the", "this", "that"} and before not in CONNECTIVES):
        return False
    return first == 0 or before in CONNECTIVES or text[: word.start].rstrip()[-1:] in {",", ":", "("}
