"""Text as the parsers expect it: digits of all scripts as 0–9, no invisible marks, no signs that spreadsheets put before text."""

from __future__ import annotations

import re
import unicodedata

from assistant.data.arff import is_arff
from assistant.data.notes import Notes

_INVISIBLE = dict.fromkeys([0xAD, 0x061C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF])
_WIDE = re.compile(r"(?<=\d)[．，／：－](?=\d)|(?<=\d)[％]|[－＋](?=\d)")  # full-width marks of numbers and dates
_ARABIC = {0x066A: "%", 0x066B: ".", 0x066C: "'"}  # per cent, decimal mark, thousands
_FORMULA = re.compile(r"(?m)(^|[,;\t|])=\"([^\"\n]*)\"(?=$|[,;\t|\r])")
_TEXT_CELL = re.compile(r"(?m)(^|[,;\t|\"])'(?=[-+]?[.,]?\d)([^',;\t|\"\n]*)'?(?=$|[,;\t|\"\r])")
_GLANCE = 200_000


def plain_characters(text: str, notes: Notes) -> str:
    """A file's text with digits as 0–9, full-width marks as ASCII, no invisible marks, and text cells ('12, ="12") bare."""
    if not text.isascii():
        text = _ascii_digits(text, notes)
    head = text[:_GLANCE]
    if '="' in head and _FORMULA.search(head):
        text = _FORMULA.sub(r'\1"\2"', text)
        notes.guess("cells", "text without its formula", 'Cells are written as formulas for text, such as ="12".')
    # In an .arff file an apostrophe opens a quoted value.
    if "'" in head and _TEXT_CELL.search(head) and not is_arff(text):
        text = _TEXT_CELL.sub(r"\1\2", text)
        notes.guess(
            "cells", "numbers without their apostrophe", "Cells begin with an apostrophe, by which spreadsheets mark text."
        )
    return text


def _ascii_digits(text: str, notes: Notes) -> str:
    met = {character for character in set(text) if not character.isascii()}
    table: dict[int, str | None] = {ord(c): _INVISIBLE[ord(c)] for c in met if ord(c) in _INVISIBLE}
    digits = {ord(c): str(unicodedata.decimal(c)) for c in met if unicodedata.decimal(c, None) is not None}
    if digits:
        table |= digits
        table |= _ARABIC
        shown = "".join(sorted(map(chr, digits)))
        notes.guess("digits", "0–9", f"The file writes numbers in another script's digits ({shown}).")
    if table:
        text = text.translate(table)
    if any(0xFF00 <= ord(c) <= 0xFF5E for c in met):
        text = _WIDE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    return text
