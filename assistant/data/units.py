"""What is written like a unit of measurement, and numbers that carry one."""

from __future__ import annotations

import re

CURRENCIES = r"€|\$|£|¥|₹|₽|₩|zł|USD|EUR|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|AUD|CAD|NZD|BRL|MXN|PLN|CZK|kr|US\$|A\$|R\$|Rs\.?"
_PREFIX = r"[YZEPTGMkhdcmµμunpf]?"
_BASE = r"(?:mol|cd|Hz|Pa|bar|Wh|W|VA|var|V|A|J|N|Ω|ohm|eV|cal|S|g|m|s|l|L|t|b|B|Bq|Sv|K|C|F|h|min|d|a|y)"
_WORDS = (
    r"%|‰|°[CFK]?|[Dd]eg(?:rees?)?(?:[ _]?[CFK])?|deg[CFKT]|celsius|fahrenheit|kelvin|ppm|ppb|ppt|mph|kph|kn|kts?|knots?|"
    r"[Vv]olts?|[Aa]mps?|[Ww]atts?|inHg|mmHg|in|ft|mi|yd|"
    r"lbs?|oz|gal|psi|psu|cfs|cms|ntu|fnu|dB[Aa]?|pH|du|btu|rpm|px|pcs?|units?|counts?|persons?|people|number|no\.?|index|ratio|"
    r"sq|cu|10\^\d+|10[³⁶⁹]|thousands?|millions?|billions?|mln|mio|mrd|bn|tonnes?|tons?|barrels?|bbl|seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|"
    r"months?|years?|yrs?|milliseconds?|-"
)
_EXPONENT = r"(?:\^?[-−]?[1-4]|[²³⁻¹]+)?"
_ATOM = rf"(?:{_PREFIX}{_BASE}{_EXPONENT}|{_WORDS}|{CURRENCIES}|gCO2|[kMG]?gCO2eq|CO2)"
UNIT = rf"(?:1/)?{_ATOM}(?:\s?[/·*.]\s?{_ATOM}|\s{_ATOM}|\s{_PREFIX}{_BASE}[-−]?[1-4²³⁻¹]+)*"
_UNIT = re.compile(rf"^(?:{UNIT}|\[{UNIT}\]|\({UNIT}\)|\[\]|)$")
_CLOCK = re.compile(
    r"^(?:[dmyhsDMYHS]{1,4}(?:[-/.: ,T]{1,2}[dmyhsDMYHS]{1,4})+|%?[a-zA-Z](?:[-/.: ]?%[a-zA-Z])+|"
    r"UTC|GMT|CET|CEST|local|utc|date|time|TS|RN|yyyy|yr|mo|dy|hr|mn)?$"
)


def is_unit(cell: str) -> bool:
    """Whether a cell is written like a unit: kg, m/s, °C, µg/m³, [mm], or empty."""
    return bool(_UNIT.match(cell.strip()))


def is_time_format(cell: str) -> bool:
    """Whether a cell says how the times below it are written: dd.mm.yyyy, UTC, or nothing."""
    return bool(_CLOCK.match(cell.strip()))


def bare_unit(cell: str) -> str:
    """A unit without brackets around it."""
    return cell.strip().strip("[]()").strip()


_SUFFIXED = re.compile(
    r"^(?P<number>[^a-zA-Z°%µμ€£¥²³]*\d[^a-zA-Z°%µμ€£¥²³]*?)\s*(?P<unit>[a-zA-Z°%µμ€$£¥²³Ωω/][^\d\s]{0,11}[²³23]?(?:\s?/\s?[^\W\d]\w{0,3}[²³]?)?)$"
)
_PREFIXED = re.compile(rf"^(?P<unit>{CURRENCIES}|[A-Z]{{1,3}}[€$£¥₹₽₩]|~|≈)\s*(?P<number>[+-]?[^a-zA-Z]*\d[^a-zA-Z]*)$")
_SCALES = {
    "k": 1e3,
    "K": 1e3,
    "m": 1e6,
    "M": 1e6,
    "mn": 1e6,
    "mln": 1e6,
    "mio": 1e6,
    "B": 1e9,
    "b": 1e9,
    "bn": 1e9,
    "T": 1e12,
    "tn": 1e12,
}
_FLAG = re.compile(
    r"^(?P<number>.*\d[\d.,]*)(?:\s+[a-zA-Z]{1,3}|\s*[*†‡§#^]+|\s*\([a-zA-Z0-9]{1,3}\)|\s*\[[a-zA-Z0-9]{1,3}\]|[peru])$"
)


def split_unit(cell: str) -> tuple[str, str]:
    """A cell as its number and the unit behind or before it; ("", "") where it is not written so."""
    found = _SUFFIXED.match(cell) or _PREFIXED.match(cell)
    return (found["number"].strip(), found["unit"].strip()) if found else ("", "")


def scale_of(unit: str) -> float | None:
    """The factor that K, M, bn and the like behind a number stand for, or None."""
    return _SCALES.get(unit)


def without_flag(cell: str) -> str:
    """A number without the mark behind it that says provisional, estimated or revised."""
    found = _FLAG.match(cell)
    return found["number"].strip() if found else cell
