"""Names that a question uses as a series' name though no loaded series carries them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.planning.lexicon import COMMON_WORDS, MEASURE_WORDS
from assistant.planning.names import MASK, unknown_series
from assistant.planning.words import stem
from assistant.vocabulary import MODEL_WORDS

_WORD = r"([^\W\d_][\w.-]*)"
_END = (
    rf"(?= *(?:$|[?.!,;]|\b(?:for|over|until|till|in|on|by|with|next|using|since|between|from|during|"
    rf"at|to|and|last|this)\b|\d|{MASK}))"
)
_OBJECT = re.compile(
    rf"\b(?:forecast|predict|project|extrapolate|describe|summari[sz]e|analy[sz]e|outlook for|"
    rf"anomalies in|outliers in|trend (?:in|of)|seasonality (?:in|of)) (?:the )?{_WORD}{_END}"
)
_NAMED = re.compile(
    rf"\b(?:series|column|variable) (?:named |called )?{_WORD}|\b(?:the |of |for |my )?{_WORD} (?:series|column|variable)\b"
)
_OF = re.compile(rf"\b(?:of|for|about) {_WORD}{_END}")
_PAIR = re.compile(
    rf"\bcompare (?:the )?(?:{MASK}+|{_WORD}) (?:and|with|to|vs\.?|versus|against) (?:the )?(?:{MASK}+|{_WORD}){_END}"
)
_IDENTIFIER = re.compile(r"(?<![\w.])([^\W\d_]\w*_\w+)(?![\w.])")


def check_names(text: str, names: Sequence[str], *, whole_is_name: bool = False) -> None:
    """Raises UnknownSeries where a clause (loaded names blanked) speaks of a series that is not loaded.

    A name with an underscore and either side of "compare" always count. Where the clause names a loaded series, other nouns
    only describe it; where it names none, one beside the word "series" and the object of "forecast" and its like count, and
    the noun after "of", "for" and "about" where several series are loaded: with one loaded people call it by what it measures.
    whole_is_name: nothing in the clause says what to do, so that one or two words are a name if one of them can be.
    """
    patterns = [_IDENTIFIER, _PAIR]
    if MASK not in text:
        patterns += [_NAMED, _OBJECT] if len(names) == 1 else [_NAMED, _OBJECT, _OF]
    for pattern in patterns:
        for match in pattern.finditer(text):
            for word in match.groups():
                if word and MASK not in word and stem(word) not in MEASURE_WORDS and could_be_name(word):
                    raise unknown_series(word, names)
    phrase = text.strip(" ?.!,")
    if (
        whole_is_name
        and MASK not in text
        and len(phrase.split()) <= 2
        and any(could_be_name(word) and stem(word) not in MEASURE_WORDS for word in phrase.split())
    ):
        raise unknown_series(phrase, names)


def could_be_name(word: str) -> bool:
    """Whether a word is no everyday word, model or number, so that it may be meant as a series' name."""
    plain = word.strip(".-_")
    parts = [part for part in re.split(r"[-._]", plain) if part]
    known = all(part in COMMON_WORDS or stem(part) in COMMON_WORDS for part in parts)
    return (
        len(plain) >= 2 and not known and plain not in MODEL_WORDS and not re.fullmatch(r"q[1-4]|h[12]|\d.*|e\.?g|i\.?e", plain)
    )
