"""The numbers that a file's own remarks declare to stand for missing values: “bad_flag = -9.99e-29”, “missing: 9999.9”."""

from __future__ import annotations

import re

_REACH = 30_000  # characters at the start of a file, and a few at its end, in which such remarks stand
_NUMBER = r"(?P<number>[-+\u2212]?\d+(?:[.,]\d*)?(?:[eE][-+]?\d+)?)(?![\w.-])"
_WORDS = (
    r"(?:missing(?:[ _](?:data|values?|obs\w*|number|code|indicator|flag))*|bad[ _]?(?:flag|values?|data)"
    r"|no[ _-]?data(?:[ _]?value)?|_?fill[ _]?values?|null[ _]?values?|not available|unavailable|undef(?:ined)?"
    r"|fehlwerte?|fehlende werte?|valeurs? manquantes?|(?:datos?|valor(?:es)?) (?:faltantes?|perdidos?|ausentes?|em falta)"
    r"|dati mancanti|brak danych|mangler|saknas|puuttuu)"
)
_LINKS = r"(?:(?:is|are|as|by|coded|code|with|value|und|wird|durch|mit|to|set|indicated)\s){0,5}"
_BEFORE = re.compile(rf"(?<![a-z]){_WORDS}(?:\s*[=:(\"'“]\s*|\s+){_LINKS}[\"'“(]?{_NUMBER}", re.IGNORECASE)
_MEANS = r"(?:=|:|means?|is|are|indicates?|denotes?|for|stands? for|represents?|if|bedeutet)\s*(?:a |an |the )?"
_BEHIND = re.compile(rf"(?<![\w.-]){_NUMBER}[\"'”)]?\s*{_MEANS}{_WORDS}", re.IGNORECASE)


def declared_marks(text: str) -> frozenset[float]:
    """The numbers that the remarks of a text declare to be signs for missing values; mostly none."""
    remarks = text if len(text) <= 2 * _REACH else text[:_REACH] + "\n" + text[-_REACH:]
    found = [*_BEFORE.finditer(remarks), *_BEHIND.finditer(remarks)]
    return frozenset(float(one["number"].replace("\u2212", "-").replace(",", ".")) for one in found)
