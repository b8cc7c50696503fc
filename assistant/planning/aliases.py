"""Other words for a series: those of the file it came from, and shortened forms of the words of its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.plan import SeriesContext
from assistant.planning.lexicon import COMMON_WORDS, STATISTIC_NAMES
from assistant.planning.words import stem, tokens

Aliases = Mapping[str, tuple[str, ...]]
"""A word's stem → the names of the series it may stand for."""

# Words in file names that say nothing about what is in the file.
_FILE_WORDS = frozenset(
    ("copy", "download", "dump", "example", "excel", "export", "final", "output", "raw", "sheet", "table", "tmp")
)


def file_aliases(series: Sequence[SeriesContext]) -> dict[str, tuple[str, ...]]:
    """The words of each file's name, leading to the series of that file.

    Everyday words, numbers and words that a loaded series' own name holds are left out: the name itself is nearer.
    """
    own = {stem(part) for one in series for part in tokens(one.name)}
    found: dict[str, dict[str, None]] = {}
    for one in series:
        for word in tokens(one.source.rsplit(".", 1)[0]):
            plain = len(word) < 3 or word.isdigit() or word in COMMON_WORDS | STATISTIC_NAMES | _FILE_WORDS
            if not plain and stem(word) not in own:
                found.setdefault(stem(word), {})[one.name] = None
    return {word: tuple(names) for word, names in found.items()}


def shortened(written: str, word: str) -> bool:
    """Whether a written word is a short or a long form of a name's word: "govt", "mfg", "reqs", "temperature" of "temp"."""
    if word in COMMON_WORDS or written in COMMON_WORDS or not written.isalpha() or len(written) < 3:
        return False
    short = stem(written)
    if len(word) >= len(short) + 2 and word.startswith(short):
        return True
    if len(word) >= 4 and len(written) >= len(word) + 2 and written.startswith(word):
        return True
    # The short form may end a compound: "temperature" of "meantemp".
    if written[:4] in word[1:] and any(
        len(written) >= length + 2 and len(word) > length and word.endswith(written[:length]) for length in (4, 5, 6)
    ):
        return True
    return len(written) <= 5 and len(word) >= len(written) + 2 and _skeleton(written, word)


def _skeleton(written: str, word: str) -> bool:
    """Whether the letters stand in the word in this order, from its first to near its last, with at most one vowel."""
    if written[0] != word[0] or written[-1] not in word[-2:] or sum(letter in "aeiou" for letter in written) > 1:
        return False
    rest = iter(word)
    return all(letter in rest for letter in written)
