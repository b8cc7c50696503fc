"""What a column's name says about its role: a time, a part of a date, a row number, an identifier, a label."""

from __future__ import annotations

import re

from assistant.data.part_words import PART_OF, TIME_WORDS, DatePart, plain_name

_TIME = re.compile(
    r"(?:^|[^a-z])(date|dates|datetime|time|times|timestamp|datum|datumzeit|zeit|zeitpunkt|tijd|fecha|data|temps|ts|ds|dt|epoch|unix"
    r"|period|periode|perioden|day|month|year|quarter|week|hour|jahr|monat|tag|année|annee|año|anno|jaar|observed|recorded|when|moment|datenum|jd|mjd|epoch_s|epoch_ms|unixtime)(?:$|[^a-z])"
)
_ROW = frozenset(
    (
        *("#", "no", "nr", "num", "row", "rownum", "rownumber", "rowid", "idx", "index", "obs", "observation", "record"),
        *("line", "case", "lfd", "t", "step", "tick", "sample", "x", "instant"),
    )
)
_COUNTERS = frozenset("record rec recno rn recordnumber row rownum rownumber rowid obs line".split())  # noqa: SIM905
_IDENTIFIER = re.compile(
    r"(?:^|[^a-z])(id|ids|code|uuid|guid|key|zip|zipcode|postcode|plz|fips|iso|lat|latitude|lon|lng|longitude|elevation|store|shop"
    r"|item|sku|product|station|stn|wmo|usaf|wban|sensor|site|device|machine|unit|customer|meter|region|series|group|entity|dept|department"
    r"|decimals|multiplier|unit mult|scalar|coordinate|geoid|ptid|pos|per|interval|grp|version|revision)(?:$|[^a-z])"
)
_CASE = re.compile(
    r"(?:^|[^a-z])(?:id|ids|uuid|guid|cases?|recordings?|record|rec|trial|session|sequence|episode|segment|clip|subject|person|patient"
    r"|participant|wearer|user|individual|animal)(?:$|[^a-z])"
    r"|(?:user|subject|file|gesture|person|patient|participant|event|window|object|item|sample|case|trial|record)id$"
)
_KEYLESS = re.compile(
    r"(?:^|[^a-z])(lat|latitude|lon|lng|longitude|elevation|unit|decimals|multiplier|unit mult|scalar|coordinate|pos|per|interval"
    r"|grp|version|revision)(?:$|[^a-z])"
)
_NUMBERS_OF = frozenset({"id", "name", "code", "number", "no", "nr", "index", "idx"})
_TOTALS = re.compile(
    r"^(?:grand |sub)?(?:total|totals|totaal|totale|sum|summe|gesamt|suma|somme|average|mean|mittelwert|avg|annual)\b",
    re.IGNORECASE,
)
_LEVELS = (  # words for groups of places and of goods, from the widest to the narrowest
    "continent world zone region bloc country nation state province county district area municipality city town place location"
    " site plant branch store shop station meter sensor",
    "sector division department category family group class kind type subcategory brand product article item sku",
)
_LEVEL_OF = {word: (ladder, step) for ladder, words in enumerate(_LEVELS) for step, word in enumerate(words.split())}
_LABEL = frozenset(
    "label labels class classes target y category klasse outcome activity diagnosis gesture species".split()  # noqa: SIM905
)
# Names that classes have as well, and so do other columns: believed where a table is plainly one of cases.
_CLASS = frozenset(
    (  # noqa: SIM905
        "grade move movement motion state status type kind fault failure result group condition phase mode event verdict "
        "quality stage word digit letter character person speaker subject action behaviour behavior exercise emotion disease "
        "defect faulty variety genre instrument shape pattern posture task rating severity truth groundtruth annotation "
        "diagnose art typ zustand ergebnis gruppe etikett clase classe estado tipo"
    ).split()
)


def _words(name: str) -> str:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return spaced.replace("_", " ").casefold().strip()


def part_of(name: str) -> DatePart | None:
    """Which part of a date a column of this name holds, if any."""
    return PART_OF.get(plain_name(name))


def is_time_name(name: str) -> bool:
    """Whether the name speaks of time."""
    return bool(_TIME.search(_words(name))) or plain_name(name) in TIME_WORDS


def is_row_name(name: str) -> bool:
    """Whether the name is one of a row counter, or none at all."""
    plain = re.sub(r"[\W_]", "", name.casefold())
    return plain in _ROW or not plain or re.fullmatch(r"unnamed(?:\s*:?\s*\d+)?|#", name.casefold()) is not None


def is_counter_name(name: str) -> bool:
    """Whether the name can only be one of a row counter, so that it may start anywhere, as a logger's record number does."""
    return re.sub(r"[\W_]", "", name.casefold()) in _COUNTERS


def is_identifier_name(name: str) -> bool:
    """Whether the name is one of an identifier or a place, not of a measurement."""
    return bool(_IDENTIFIER.search(_words(name)))


def is_case_name(name: str) -> bool:
    """Whether the name is one of what numbers cases: recordings, trials, people."""
    return bool(_CASE.search(_words(name)))


def can_be_key(name: str) -> bool:
    """Whether whole numbers under this name may tell series apart."""
    return is_identifier_name(name) and not _KEYLESS.search(_words(name))


def is_narrower_name(name: str, other: str) -> bool:
    """Whether a name is one of narrower groups than another: location and continent, load area and zone, item and category."""
    found, beside = (_LEVEL_OF.get(re.split(r"[^a-z]+", _words(each).rstrip("s"))[-1]) for each in (name, other))
    return found is not None and beside is not None and found[0] == beside[0] and found[1] > beside[1]


def is_label_name(name: str) -> bool:
    """Whether the name is one of a class label."""
    return re.sub(r"[\W_]", "", name.casefold()) in _LABEL


def is_class_name(name: str) -> bool:
    """Whether the name may be one of a class: one of a label, or a word that classes go by and other columns as well."""
    words = re.findall(r"[^\W\d_]+", _words(name))
    if len(words) > 1 and words[-1] in _NUMBERS_OF:
        words.pop()
    return "".join(words) in _LABEL | _CLASS or (len(words) > 1 and words[-1] in _LABEL - {"y"})


def is_only_case_name(name: str) -> bool:
    """Whether the name is one of what numbers cases and not of their class: activity_id numbers classes."""
    return is_case_name(name) and not (is_class_name(name) and not is_case_name(re.sub(r"[\W_]*id$", "", name.casefold())))


def is_totals_cell(cell: str) -> bool:
    """Whether a cell where a time should be says that its row adds the others up."""
    return bool(_TOTALS.match(cell.strip()))


def is_thirteenth_month(cell: str) -> bool:
    """Whether a cell is a thirteenth month, 202013 or 2020M13, under which offices give the sum or the mean of the year."""
    return bool(re.fullmatch(r"(?:1[5-9]|20|21)\d{2}[-/M]?13", cell))
