"""The question as the rules read it: one alphabet, numbers in words and digits, durations."""

from __future__ import annotations

import re
import unicodedata

from assistant.vocabulary import NUMBER_WORDS

MAX_CHARACTERS = 1_000

_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-", "\u00a0": " "})
_SCALE_WORDS = {"hundred", "thousand", "million", "billion", "dozen"}
_WORD = "|".join(sorted(set(NUMBER_WORDS) - _SCALE_WORDS, key=len, reverse=True))
_SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9, "hundred": 1e2}

# Digits may carry a sign, thousands separators and decimals; words are combined as in "twenty-four" and "two hundred".
DIGITS = r"(?<![\w.])[-+]?(?:\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.\d{1,9})?"
WORDS = rf"\b(?:(?:minus |negative )?(?:{_WORD})(?:[- ](?:{_WORD}))?(?: hundred)?|a hundred|a thousand|a million|a dozen)\b"
SCALE = r"(?:\s?(?:k|mn|bn)\b|\s?m\b(?!\w)| ?(?:hundred|thousand|million|billion)\b)"
NUMBER = rf"(?:(?:{DIGITS})|(?:{WORDS}))"
SCALED = rf"(?:{NUMBER}{SCALE}?)"


def normalise(question: str) -> str:
    """Lower case, plain quotes and dashes, single spaces, no control characters or currency signs;
    at most MAX_CHARACTERS characters."""
    text = unicodedata.normalize("NFKC", question[: 2 * MAX_CHARACTERS]).translate(_QUOTES)
    text = "".join(character if character.isprintable() else " " for character in text)
    text = re.sub(r"[$€£¥](?=\d)|\N{LATIN LETTER ALVEOLAR CLICK}", " ", text)
    return re.sub(r"\s+", " ", text).strip().lower()[:MAX_CHARACTERS]


def number(text: str) -> float:
    """The value of a text that matched NUMBER or SCALED. Raises ValueError for anything else."""
    body = text.strip()
    scale = 1.0
    match = re.fullmatch(r"(.*?[\d\w]?)\s?(k|mn|m|bn|thousand|million|billion|hundred)", body)
    if match and match.group(1).strip() and match.group(1).strip() not in {"a", "minus", "negative"}:
        body, scale = match.group(1).strip(), _SCALES[match.group(2)]
    digits = body.replace(",", "")
    if re.fullmatch(r"[-+]?\d+(\.\d+)?", digits):
        return float(digits) * scale
    return _worded(body) * scale


def _worded(body: str) -> float:
    sign = -1.0 if body.startswith(("minus ", "negative ")) else 1.0
    words = re.sub(r"^(minus|negative|a) ", "", body).replace("-", " ").split()
    if not words or any(word not in NUMBER_WORDS for word in words):
        raise ValueError(f"not a number: {body!r}")
    total = 0.0
    for word in words:
        value = NUMBER_WORDS[word]
        total = max(total, 1.0) * value if value >= 100 else total + value
    return sign * total


def blank(text: str, start: int, end: int) -> str:
    """The text with a stretch already understood taken out, so that no later rule reads it again; positions stay."""
    return text[:start] + " " * (end - start) + text[end:]
