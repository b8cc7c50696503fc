"""Moments in the words of China, Japan and Korea, as cells that only digits and usual marks are left of."""

from __future__ import annotations

import re

REPUBLIC = 1911  # the year before the first of the Minguo count
_JAPANESE = {
    "明治": 1867,
    "大正": 1911,
    "昭和": 1925,
    "平成": 1988,
    "令和": 2018,
    "m": 1867,
    "t": 1911,
    "s": 1925,
    "h": 1988,
    "r": 2018,
}
_REIGN = re.compile(r"^(明治|大正|昭和|平成|令和)\s*(元|\d{1,2})\s*年")
_REIGN_LETTER = re.compile(r"^([MTSHR])\.?\s?(\d{1,2})([./-])(\d{1,2})\3(\d{1,2})$")
_REPUBLIC = re.compile(r"^(?:中?華?民國\s*(\d{1,3})|(\d{3}))\s*年")
_DAY = re.compile(r"^(\d{4})\s*[年년][도度]?\s*(\d{1,2})\s*[月월](?:[份]|\s*(\d{1,2})\s*[日일号號])?")
_BEHIND = re.compile(r"(?<=\d)\s*(?:[月월]|月份)$")  # “2019.01 월”
_CLOCK = re.compile(r"(\d{1,2})\s*[時时시点點]\s*(?:(\d{1,2})\s*[分분]\s*(?:(\d{1,2})\s*[秒초])?)?")
_HALF = re.compile(r"(오전|上午|午前|오후|下午|午後)\s*(\d[\d:.]*)")
_WEEKDAY = re.compile(
    r"\s*[(（](?:[月火水木金土日一二三四五六월화수목금토일]|星期.|周.|週.)(?:曜日?|요일)?[)）]|\s*(?:星期|周|週)[一二三四五六日]"
)
_FORENOON = ("오전", "上午", "午前")


def plain_eastern(cell: str) -> str:
    """A cell such as 令和3年1月2日, 民國110年1月, 2021년 1월 2일 오후 3:00 in the way that the rest of the world writes it.

    A letter for the reign (R3.1.2) is a reign only before three numbers.
    """
    if cell.isascii():
        return _REIGN_LETTER.sub(_from_letter, cell)
    cell = _REIGN.sub(lambda found: f"{_JAPANESE[found[1]] + (1 if found[2] == '元' else int(found[2]))}年", cell)
    cell = _REPUBLIC.sub(lambda found: f"{REPUBLIC + int(found[1] or found[2])}年", cell)
    cell = _WEEKDAY.sub("", cell)
    cell = _DAY.sub(lambda found: f"{found[1]}-{int(found[2]):02d}" + (f"-{int(found[3]):02d} " if found[3] else ""), cell)
    cell = _CLOCK.sub(lambda found: f"{int(found[1]):02d}:{int(found[2] or 0):02d}:{int(found[3] or 0):02d}", cell)
    cell = _HALF.sub(lambda found: f"{found[2]} {'AM' if found[1] in _FORENOON else 'PM'}", cell)
    return re.sub(r"\s+", " ", _BEHIND.sub("", cell)).strip()


def _from_letter(found: re.Match[str]) -> str:
    return f"{_JAPANESE[found[1].casefold()] + int(found[2])}-{int(found[4]):02d}-{int(found[5]):02d}"
