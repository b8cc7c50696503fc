"""Which code page a text that is no UTF-8 was written in: the one under which its words are words.

Detectors trained on running text fail on the few words that a table has (a header of six words among numbers), so the words are
weighed here: letters of one language, one script and one case in a word, usual characters, and words that tables have.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from assistant.data import alphabets
from assistant.data.alphabets import Language

_SAMPLE = 200_000
_WORDS = 400  # different words that are weighed
_CLOSE = 0.8  # of the best page's points, from which on another page may be meant
_MARKS = "\u0300-\u036f\u05b0-\u05c7\u064b-\u0652\u0e31-\u0e4e"  # vowels and tones above and below letters
_LETTERS = re.compile(rf"(?:[^\W\d_]|[{_MARKS}])+")
_BROKEN = re.compile(rf"[^\W\d_][^\x00-\x7f\w°º²³–—’{_MARKS}][^\W\d_]|[^\W\d_]{{4}}[²³¹]|[^\W\d_][²³¹][^\W\d_]")
_HARMLESS = frozenset("°±µ€£¥§²³·–—‘’“”„…•™®©«»¼½¾%‰†‡×÷№º\u00a0¹ª´ʼ¿¡・、。，：；（）〜～℃㎡㎜％")
_WEST = (
    alphabets.GERMAN, alphabets.FRENCH, alphabets.SPANISH, alphabets.PORTUGUESE, alphabets.ITALIAN, alphabets.NORDIC,
    alphabets.ICELANDIC,
)  # fmt: skip
_CENTRE = (
    alphabets.POLISH, alphabets.CZECH, alphabets.SLOVAK, alphabets.HUNGARIAN, alphabets.SOUTH_SLAVIC, alphabets.ROMANIAN,
    alphabets.GERMAN,
)  # fmt: skip
_EAST = (alphabets.RUSSIAN, alphabets.UKRAINIAN, alphabets.BULGARIAN)


@dataclass(frozen=True)
class _Page:
    """codec: Python's name. called: the user's. languages: written in it, for pages of one byte a letter. usual: characters of
    its language, common: whether a pair of bytes lies among the common ones, for pages of two. handicap: points that a rare page
    must make up for."""

    codec: str
    called: str
    languages: tuple[Language, ...] = ()
    usual: frozenset[str] = frozenset()
    common: Callable[[str, bytes], bool] | None = None
    handicap: float = 0.0


def _between(low: int, high: int) -> Callable[[str, bytes], bool]:
    return lambda character, pair: low <= pair[0] <= high and pair[1] >= 0xA1


_PAGES = (
    _Page("cp1252", "Windows-1252 (Latin-1)", _WEST, handicap=-0.5),
    _Page("cp1250", "Windows-1250 (Central European)", _CENTRE, handicap=1.0),
    _Page("cp1251", "Windows-1251 (Cyrillic)", _EAST, handicap=1.0),
    _Page("cp1253", "Windows-1253 (Greek)", (alphabets.GREEK,), handicap=1.0),
    _Page("cp1254", "Windows-1254 (Turkish)", (alphabets.TURKISH,), handicap=1.0),
    _Page("cp1255", "Windows-1255 (Hebrew)", (alphabets.HEBREW,), handicap=1.0),
    _Page("cp1256", "Windows-1256 (Arabic)", (alphabets.ARABIC,), handicap=1.0),
    _Page("cp1257", "Windows-1257 (Baltic)", (alphabets.BALTIC, alphabets.ESTONIAN), handicap=1.5),
    _Page("cp874", "Windows-874 (Thai)", (alphabets.THAI,), handicap=1.0),
    _Page("iso8859_2", "ISO 8859-2 (Central European)", _CENTRE, handicap=1.5),
    _Page("iso8859_5", "ISO 8859-5 (Cyrillic)", _EAST, handicap=2.0),
    _Page("koi8_u", "KOI8 (Cyrillic)", _EAST, handicap=1.5),
    _Page("cp866", "DOS 866 (Cyrillic)", _EAST, handicap=1.5),
    _Page("cp850", "DOS 850 (Western European)", _WEST, handicap=2.0),
    _Page("cp852", "DOS 852 (Central European)", _CENTRE, handicap=2.0),
    _Page("mac_roman", "Mac Roman", _WEST, handicap=2.0),
    _Page("gb18030", "GB 18030 (Chinese)", usual=alphabets.SIMPLIFIED, common=_between(0xB0, 0xD7)),
    _Page(
        "big5hkscs",
        "Big5 (Chinese)",
        usual=alphabets.TRADITIONAL,
        common=lambda _, pair: len(pair) == 2 and 0xA4 <= pair[0] <= 0xC6,
    ),
    _Page("cp949", "Windows-949 (Korean)", usual=alphabets.HANGUL, common=_between(0xB0, 0xC8)),
    _Page(
        "cp932",
        "Shift-JIS (Windows-932)",
        usual=alphabets.JAPANESE,
        common=lambda character, pair: _is_kana(character) or 0x88 <= pair[0] <= 0x97,
    ),
    _Page(
        "euc_jp",
        "EUC-JP (Japanese)",
        usual=alphabets.JAPANESE,
        common=lambda character, pair: _is_kana(character) or (0xB0 <= pair[0] <= 0xCF and pair[1] >= 0xA1),
        handicap=1.0,
    ),
)  # fmt: skip
_VOWELS = frozenset("аеёиоуыэюяіїєъaeiouyáéíóúýàèìòùâêîôûäöüåæøãõěůąęőűăıėųūįāīēœëï")


def _is_kana(character: str) -> bool:
    return "\u3041" <= character <= "\u30fe" or "\uff66" <= character <= "\uff9f"


_UTF8_PAIRS = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


def stray_bytes(content: bytes) -> int | None:
    """How many bytes keep a text from being UTF-8 that it is otherwise, as where a file was cut or patched; None for other texts.

    content: bytes that are no valid UTF-8.
    """
    high = sum(map(len, re.findall(rb"[\x80-\xff]+", content)))
    valid = sum(map(len, _UTF8_PAIRS.findall(content)))
    return high - valid if valid >= 10 * (high - valid) else None


def code_page(content: bytes) -> tuple[str, str, tuple[str, ...]]:
    """The codec, its name for the user, and the names of others that could be meant too. content: bytes that are no UTF-8."""
    lines = content[:_SAMPLE]
    lines = lines[: lines.rfind(b"\n") + 1] or lines
    high = list(dict.fromkeys(line for line in lines.splitlines() if not line.isascii()))[:_WORDS]
    sample = b"\n".join(high)
    found = sorted(((_points(page, sample), page) for page in _PAGES), key=lambda one: -one[0])
    points, best = next((one for one in found if one[0] > 0 or one[1].common is None), (0.0, _PAGES[0]))
    close = tuple(page.called for other, page in found[1:] if other >= _CLOSE * points and _differ(best, page, sample))
    return best.codec, best.called, close[:2]


def _differ(one: _Page, other: _Page, sample: bytes) -> bool:
    return sample.decode(one.codec, "replace") != sample.decode(other.codec, "replace")


def _points(page: _Page, sample: bytes) -> float:
    """How much the sample reads like text under a page; lower than nought where it does not."""
    try:
        text = sample.decode(page.codec)
    except UnicodeDecodeError:
        if page.common is not None or sample.count(b"\n") > 20:
            return -1.0
        text = sample.decode(page.codec, "replace")
    if page.common is not None:
        return _points_of_pairs(page, text) - page.handicap
    words = list(dict.fromkeys(word for word in _LETTERS.findall(text) if not word.isascii()))[:_WORDS]
    strays = sum(_stray(character) for character in set(text) if not character.isascii() and not character.isalpha())
    broken = len(set(_BROKEN.findall(text)))
    best = max(sum(_word_points(word, language) for word in words) - language.handicap for language in page.languages)
    return best - 3.0 * broken - strays - page.handicap


def _stray(character: str) -> float:
    if character in _HARMLESS or unicodedata.category(character) == "Mn":
        return 0.0
    return 3.0 if unicodedata.category(character) in ("Cc", "Co", "Cn") or character == "\ufffd" else 1.0


@lru_cache(maxsize=20_000)
def _word_points(word: str, language: Language) -> float:
    """A word in a language: more for its usual letters, less for foreign ones, for two scripts or for a capital within."""
    points = 0.0
    small = word.lower().replace("i\u0307", "ı")  # what Python makes of a Turkish İ
    foreign = [letter for letter in small if not letter.isascii() and letter not in _HARMLESS]
    if not foreign:
        return 0.0
    for letter in foreign:
        rank = language.letters.find(letter)
        points += -2.0 if rank < 0 else 1.0 - 0.9 * rank / len(language.letters)
    if small in language.words:
        points += 3.0
    latin = _is_latin(language.letters[0])
    if not latin and len(small) == 1:
        points -= 1.0
    if not latin and any(letter.isascii() for letter in small if letter.isalpha()):
        points -= 3.0
    inner = word[1:]
    if any(late.isupper() and not before.isupper() for before, late in zip(word, inner, strict=False)):
        points -= 2.0 + len(foreign)
    if len(small) >= 4 and (latin or language in _EAST) and not set(small) & _VOWELS:
        points -= 1.0
    return float(points / len(foreign) ** 0.5)


def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter).startswith("LATIN")


def _kana_points(character: str, page: _Page) -> float:
    if page.usual is not alphabets.JAPANESE:
        return -1.0
    return 0.4 if character >= "\uff66" else 1.0  # a byte alone is half a kana, whatever it was meant to be


def _points_of_pairs(page: _Page, text: str) -> float:
    """Chinese, Japanese or Korean text: usual characters, in words of several, without Latin letters grown onto them."""
    assert page.common is not None
    runs = list(dict.fromkeys(re.findall(r"[^\x00-\x7f]+", text)))[:_WORDS]
    if not any(len(run) > 1 for run in runs):
        return -1.0
    points = 0.0
    for run in runs:
        own = 0.0
        for character in run:
            if character in page.usual:
                own += 2.0
            elif page.common(character, character.encode(page.codec)):
                own += _kana_points(character, page) if _is_kana(character) else 1.0
            elif character not in _HARMLESS and not "\u3000" <= character <= "\u303f" and not "\uff00" <= character <= "\uff65":
                own -= 3.0
        points += own / len(run) ** 0.5
    grown = len(set(re.findall(r"[A-Za-z][^\x00-\x7f]|[^\x00-\x7f][a-z]", text)))
    return points - 2.0 * grown
