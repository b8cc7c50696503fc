"""Countries as a question names them → ISO 3166-1 codes, and back to words."""

from __future__ import annotations

import re

# The first word for a code is the one shown. Other countries may be named by code ("holidays of CZ").
_COUNTRIES: dict[str, tuple[str, ...]] = {
    "AR": ("Argentina", "argentinian"), "AT": ("Austria", "austrian"), "AU": ("Australia", "australian"),
    "BE": ("Belgium", "belgian"), "BR": ("Brazil", "brazilian"), "CA": ("Canada", "canadian"),
    "CH": ("Switzerland", "swiss"), "CL": ("Chile", "chilean"), "CN": ("China", "chinese"), "CO": ("Colombia", "colombian"),
    "CZ": ("Czechia", "czech", "czech republic"), "DE": ("Germany", "german"), "DK": ("Denmark", "danish"),
    "ES": ("Spain", "spanish"), "FI": ("Finland", "finnish"), "FR": ("France", "french"),
    "GB": ("the United Kingdom", "united kingdom", "uk", "britain", "great britain", "british", "england", "english"),
    "GR": ("Greece", "greek"), "HU": ("Hungary", "hungarian"), "IE": ("Ireland", "irish"), "IL": ("Israel", "israeli"),
    "IN": ("India", "indian"), "IT": ("Italy", "italian"), "JP": ("Japan", "japanese"),
    "KR": ("South Korea", "korea", "korean"), "MX": ("Mexico", "mexican"),
    "NL": ("the Netherlands", "netherlands", "dutch", "holland"), "NO": ("Norway", "norwegian"),
    "NZ": ("New Zealand",), "PL": ("Poland", "polish"), "PT": ("Portugal", "portuguese"), "RO": ("Romania", "romanian"),
    "SE": ("Sweden", "swedish"), "TR": ("Turkey", "turkish"), "UA": ("Ukraine", "ukrainian"),
    "US": ("the United States", "united states", "usa", "us", "u.s.", "america", "american"),
    "ZA": ("South Africa", "south african"),
}  # fmt: skip
_BY_WORD = {word.lower(): code for code, words in _COUNTRIES.items() for word in words}
_NAMED = re.compile(
    r"(?<!\w)(" + "|".join(re.escape(word) for word in sorted(_BY_WORD, key=len, reverse=True)) + r")(?![\w])", re.IGNORECASE
)


def country_name(code: str) -> str:
    """The country's name in words; the code itself where it is none of the usual ones."""
    return _COUNTRIES[code][0] if code in _COUNTRIES else code


def read_country(text: str) -> str | None:
    """The code of the country that a normalised text names, None where it names none; "us" counts only beside holidays."""
    for match in _NAMED.finditer(text):
        if match.group(1) != "us" or re.search(r"\b(?:the us|us (?:public |bank |federal )?(?:holiday|calendar))", text):
            return _BY_WORD[match.group(1).lower()]
    return None
