"""Words of names and questions: how they are split, and what is left without a plural ending."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

TOKEN = re.compile(r"[^\W_]+")


def tokens(text: str) -> list[str]:
    """A name's or question's words: split at spaces, underscores, punctuation and camel case; lower case."""
    spaced = re.sub(r"(?<=[a-z\d])(?=[A-Z])", " ", text)
    return [match.group().lower() for match in TOKEN.finditer(spaced)]


@lru_cache(maxsize=4096)
def stem(word: str) -> str:
    """A word without its plural ending and without accents ("Köln" and "Koln" are one)."""
    word = unicodedata.normalize("NFC", re.sub(r"[\u0300-\u036f]", "", unicodedata.normalize("NFKD", word)))
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
