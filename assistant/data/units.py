"""What is written like a unit of measurement, and numbers that carry one."""

from __future__ import annotations

import re

CURRENCIES = r"€|\$|£|¥|₹|₽|₩|zł|USD|EUR|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|AUD|CAD|NZD|BRL|MXN|PLN|CZK|kr|US\$|A\$|R\$|Rs\.?"
_PREFIX = r"[YZEPTGMkhdcmµμunpf]?"
_BASE = r"(?:mol|cd|Hz|Pa|bar|Wh|W|VA|var|V|A|J|N|Ω|ohm|eV|cal|S|g|m|s|l|L|t|b|B|Bq|Sv|K|C|F|h|min|d|a|y)"
_WORDS = (
    r"%|‰|°[CFK]?|[Dd]eg(?:rees?)?(?:[ _]?[CFK])?|deg[CFKT]|celsius|fahrenheit|kelvin|ppm|ppb|ppt|mph|kph|kn|kts?|knots?|"
    r"[Vv]olts?|[Aa]mps?|[Ww]atts?|inHg|mmHg|in|ft|mi|yd|"
    r"(?:[Kk]ilo|[Cc]enti|[Mm]illi)?[Mm]et(?:er|re)s?|[Ll]it(?:er|re)s?|[Kk]ilograms?|grams?|feet|foot|inch(?:es)?|miles?|"
    r"[Pp]ercent(?:age)?|(?:[Kk]ilo|[Mm]ega)watts?|(?:[Hh]ecto|[Kk]ilo)?[Pp]ascals?|lbs?|oz|gal|psi|psu|cfs|cms|ntu|fnu|dB[Aa]?|pH|du|btu|rpm|px|pcs?|"
    r"units?|counts?|persons?|people|number|no\.?|index|ratio|sq|cu|10\^\d+|10[³⁶⁹]|thousands?|millions?|billions?|mln|mio|mrd|bn|tonnes?|tons?|barrels?|bbl|seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|"
    r"months?|years?|yrs?|milliseconds?|-|Tsd\.?|Mio\.?|Mrd\.?|Mill\.?|Anzahl|Prozent|Number|"
    r"(?:19|20)\d{2}(?:[-/]\d{2,4})?\s?=\s?100(?:[.,]0)?"  # the base of an index
)
_EXPONENT = r"(?:\^?[-−]?[1-4]|[²³⁻¹]+)?"
_ATOM = rf"(?:{_PREFIX}{_BASE}{_EXPONENT}|{_WORDS}|{CURRENCIES}|gCO2|[kMG]?gCO2eq|CO2)"
UNIT = rf"(?:1/)?{_ATOM}(?:\s?[/·*.]\s?{_ATOM}|\s{_ATOM}|\s{_PREFIX}{_BASE}[-−]?[1-4²³⁻¹]+)*"
_UNIT = re.compile(rf"^(?:in (?=\S))?(?:{UNIT}|\[{UNIT}\]|\({UNIT}\)|\[\]|)$")
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
    """A unit without brackets around it and without the word before it: in (%)."""
    return cell.strip().removeprefix("in ").strip("[]() ")


_BESIDE = r"(?:(?![^\W\d_])[^°%µμ€£¥²³℃℉])*"  # what may stand around digits: no letter of any script, no sign of a unit
_SUFFIXED = re.compile(
    rf"^(?P<number>{_BESIDE}\d{_BESIDE}?)\s*"
    r"(?P<unit>(?:[^\W\d_]|[°%µμ€$£¥²³Ωω/℃℉])[^\d\s]{0,11}[²³23]?(?:\s?/\s?[^\W\d]\w{0,3}[²³]?)?)$"
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
    **{"lakh": 1e5, "lac": 1e5, "lakhs": 1e5, "crore": 1e7, "crores": 1e7, "cr": 1e7},
    **{"万": 1e4, "萬": 1e4, "만": 1e4, "亿": 1e8, "億": 1e8, "억": 1e8, "兆": 1e12, "조": 1e12},
    **{"тыс": 1e3, "тыс.": 1e3, "млн": 1e6, "млн.": 1e6, "млрд": 1e9, "млрд.": 1e9, "трлн": 1e12},
    **{"tys": 1e3, "tys.": 1e3, "tis.": 1e3, "tsd": 1e3, "tsd.": 1e3, "mld": 1e9, "mld.": 1e9, "mrd": 1e9, "mrd.": 1e9},
    **{"mln.": 1e6, "mio.": 1e6, "Mio": 1e6, "Mio.": 1e6, "Mrd": 1e9, "Mrd.": 1e9, "Tsd.": 1e3, "Tsd": 1e3},
}
_NO_UNITS = frozenset({"k", "M"})
_ALSO_UNITS = frozenset({"K", "B"})
_AMOUNT = re.compile(
    r"(?:^|[^a-z])(vol|volume|turnover|revenue|sales|income|profit|cost|costs|price|amount|cap|capitali[sz]ation|assets|supply|value"
    r"|views|users|visits|visitors|sessions|followers|subscribers|downloads|likes|plays|streams|count|population|people|employees"
    r"|jobs|claims|orders|units|shares|trades|actual|forecast|previous|consensus|umsatz|volumen|volumes|ventes|ventas)(?:$|[^a-z])"
)
_PREFIXES = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "m": 1e-3, "µ": 1e-6, "μ": 1e-6, "n": 1e-9, "": 1.0}
_MEASURED = re.compile(r"^(?P<prefix>[kKMGTPmµμn]?)(?P<base>i?[Bb](?:/s|ps)?|Wh|W|VA|V|A|Hz|J|Pa|g|l|L|s|m|Ω|Bq|bit/s)$")
RAISED = "¹²³⁴⁵⁶⁷⁸⁹⁰ᵃᵇᶜᵈᵉᵖʳ"  # letters and digits of footnotes
_FLAG = re.compile(
    r"^(?P<number>.*\d[\d.,]*)(?:\s+[a-zA-Z]{1,3}|\s*[*†‡§#^]+|\s*\([a-zA-Z0-9]{1,3}\)|\s*\[[a-zA-Z0-9]{1,3}\]|[peruadfnsz]|[ACDEFNPRSU]"
    rf"|\s+[a-zA-Z0-9]{{1,2}}[/)]|\s*[{RAISED}]+"
    r"|\s*(?:±|\+/-)\s*[\d.,]+|\s*[\[(]\s*-?[\d.,]+\s*(?:[-–;,]|to)\s*-?[\d.,]+\s*[\])])$"
)
_FLAG_BEFORE = re.compile(r"^(?:[perud]|\([a-zA-Z]{1,2}\)|[*†‡~≈]|ca?\.|circa|approx\.?)\s*(?=[-+(]?[.,]?\d)")


def split_unit(cell: str) -> tuple[str, str]:
    """A cell as its number and the unit behind or before it; ("", "") where it is not written so."""
    found = _SUFFIXED.match(cell) or _PREFIXED.match(cell)
    return (found["number"].strip(), found["unit"].strip()) if found else ("", "")


def scale_of(unit: str) -> float | None:
    """The factor that K, M, bn and the like behind a number stand for, or None."""
    return _SCALES.get(unit)


def lone_scale(unit: str, name: str) -> float | None:
    """The factor of a letter that stands behind every number of a column, or None where it is a unit of its own.

    M and k are no units. K is kelvin and B is bytes as well, unless the name is one of an amount or a count.
    """
    alone = unit in _NO_UNITS or (unit in _ALSO_UNITS and _AMOUNT.search(name.casefold()) is not None)
    return _SCALES[unit] if alone else None


def without_flag(cell: str) -> str:
    """A number without the mark behind or before it that says provisional, estimated or revised, and without its uncertainty."""
    cell = _FLAG_BEFORE.sub("", cell)
    found = _FLAG.match(cell)
    return found["number"].strip() if found else cell


def prefix_factors(units: list[str], usual: str) -> dict[str, float] | None:
    """What brings amounts in units that differ in their prefix alone (GWh and MWh) to the usual one; None for other units."""
    parts = {unit: _MEASURED.match(unit) for unit in units}
    bases = {found["base"] if found else "" for found in parts.values()}
    if len(bases) != 1 or "" in bases or usual not in parts:
        return None
    sizes = {unit: _PREFIXES[found["prefix"]] for unit, found in parts.items() if found}
    return {unit: size / sizes[usual] for unit, size in sizes.items()}
