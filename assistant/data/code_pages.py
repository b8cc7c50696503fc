"""Which code page a text that is no UTF-8 was written in, by how its bytes above ASCII stand together."""

from __future__ import annotations

import re

_RUNS = re.compile(rb"[\x80-\xff]+")
_SHIFT_JIS = re.compile(rb"[\x81-\x9f\xe0-\xef][\x40-\x7e\x80-\xfc]|[\xa1-\xdf]")
_KANA_AND_USUAL = range(0x81, 0x98)  # lead bytes of kana and the usual kanji, which are punctuation in Windows-1252
_SAMPLE = 200_000
_WORD = 3  # letters beside each other from which on a run is a word of another script


def code_page(content: bytes) -> tuple[str, str]:
    """The codec and its name for the user. content: bytes that are no valid UTF-8."""
    sample = content[:_SAMPLE]
    runs = _RUNS.findall(sample)
    if _is_shift_jis(sample):
        return "cp932", "Shift-JIS (Windows-932)"
    pairs = [run for run in runs if len(run) % 2 == 0 and all(byte >= 0xA1 for byte in run)]
    if len(pairs) == len(runs) and _decodes(sample, "gb18030") and re.search("[年月日期间]", sample.decode("gb18030", "ignore")):
        return "gb18030", "GB 18030"
    letters = [run for run in runs if all(byte >= 0xC0 or byte in (0xA8, 0xB8) for byte in run)]
    if sum(len(run) >= _WORD for run in letters) > 0.6 * len(runs):
        return "cp1251", "Windows-1251 (Cyrillic)"
    return "cp1252", "Windows-1252 (Latin-1)"


def _is_shift_jis(sample: bytes) -> bool:
    if not _decodes(sample, "cp932"):
        return False
    leads = [pair[0] for pair in _SHIFT_JIS.findall(sample) if len(pair) == 2]
    return len(leads) >= 2 and sum(lead in _KANA_AND_USUAL for lead in leads) >= 0.7 * len(leads)


def _decodes(sample: bytes, codec: str) -> bool:
    """Whether the sample up to its last line is valid in a codec."""
    whole = sample[: sample.rfind(b"\n") + 1] or sample
    try:
        whole.decode(codec)
    except UnicodeDecodeError:
        return False
    return True
