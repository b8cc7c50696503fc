"""PC-Axis files (.px): a cube of values with its dimensions as keywords → a long table."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from assistant.errors import FileRejected

_KEYWORD = re.compile(r'^\s*([A-Z][A-Z0-9-]*)(?:\[[^\]]*\])?(?:\("((?:[^"]|"")*)"\))?\s*=\s*', re.MULTILINE)
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_MARK = re.compile(r'[";]')
_CELL = re.compile(r'"[^"]*"|[^\s,;"]+')
_TIMEVAL = re.compile(r"^TLIST\([AHQMWD]1?\)\s*,?\s*")
VALUE = "value"


def is_px(text: str) -> bool:
    """Whether a text is a PC-Axis file."""
    head = text[:20_000]
    return bool(re.search(r"^(?:CHARSET|AXIS-VERSION|MATRIX|TITLE|STUB|HEADING)(?:\[\w+\])?=", head, re.MULTILINE)) and bool(
        re.search(r"^DATA\s*=", text, re.MULTILINE)
    )


def read_px(text: str) -> pd.DataFrame:
    """The cells of a PC-Axis file (cells, dimensions and `value`) as text, in the file's order.

    Errors: FileRejected for a file whose values do not fill its dimensions, or that is stored by keys.
    """
    found = _keywords(text)
    outer, inner = (found.get((name, ""), "") for name in ("STUB", "HEADING"))
    names = [name.replace('""', '"') for name in _QUOTED.findall(f"{outer},{inner}")]
    if ("KEYS", "") in found or any(keyword == "KEYS" for keyword, _ in found):
        raise FileRejected("Expected a PC-Axis file with a full table, found one stored by keys. Export it as CSV.")
    labels = [_labels(found, name) for name in names]
    cells = _CELL.findall(found.get(("DATA", ""), ""))
    expected = int(np.prod([len(one) for one in labels])) if labels else 0
    if not expected or len(cells) != expected:
        raise FileRejected(
            f"Expected a PC-Axis file with {expected:,} values for its dimensions, found {len(cells):,}. Download it again."
        )
    places = np.unravel_index(np.arange(expected), [len(one) for one in labels])
    columns = {
        name: pd.Series(np.array(one, dtype=object)[place], dtype="str")
        for name, one, place in zip(names, labels, places, strict=True)
    }
    # A sign in quotes says why there is no number.
    values = pd.Series(["" if cell.startswith('"') else cell for cell in cells], dtype="str")
    name = VALUE if VALUE not in columns else f"{VALUE} (2)"
    return pd.DataFrame({**columns, name: values})


def _keywords(text: str) -> dict[tuple[str, str], str]:
    """What stands behind each keyword, up to the semicolon that ends it; of several languages the first."""
    found: dict[tuple[str, str], str] = {}
    position = 0
    while (match := _KEYWORD.search(text, position)) is not None:
        end = match.end()
        quoted = False
        for mark in _MARK.finditer(text, match.end()):
            quoted ^= mark[0] == '"'
            if mark[0] == ";" and not quoted:
                end = mark.start()
                break
        else:
            end = len(text)
        found.setdefault((match[1], match[2] or ""), text[match.end() : end])
        position = end
    return found


def _labels(found: dict[tuple[str, str], str], name: str) -> list[str]:
    """The categories of a dimension: its moments where it is one of time, else their words."""
    timed = found.get(("TIMEVAL", name), "")
    moments = _QUOTED.findall(_TIMEVAL.sub("", timed.strip()))
    words = [re.sub(r"\s*\n\s*", " ", word) for word in _QUOTED.findall(found.get(("VALUES", name), ""))]
    if moments and len(moments) == len(words) and all(re.fullmatch(r"\d{4}", word) for word in moments):
        return moments
    return words
