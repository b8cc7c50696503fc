"""Smaller slots: interval levels, conditions on values, how many, which statistic, which grouping, which model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.errors import BadRequest
from assistant.plan import Comparison, Condition, Grouping, Statistic
from assistant.planning import moves
from assistant.planning.dates import DATE
from assistant.planning.names import MASK
from assistant.planning.rhythm import UNIT
from assistant.planning.wording import DIGITS, NUMBER, SCALED, blank, number
from assistant.vocabulary import MODEL_WORDS

_PERCENT = r"(?: ?%| ?percent\b| per cent\b| ?pct\b)"


_TESTED = (
    r"(?:above|over|below|under|beyond|exceed\w*|(?:more|less|greater|higher|lower|larger|smaller|fewer) than|at least|at most|"
    r"reach\w*|hits?|pass(?:es)?|cross(?:es)?|surpass\w*|up to|drops? to|falls? to|rises? to|[<>=≤≥]=?)"
)


def read_levels(text: str) -> tuple[tuple[float, ...], str]:
    """Interval levels in percent, ascending, and the rest. Raises BadRequest for a level outside 0–100."""
    listed = rf"({DIGITS}|{NUMBER}){_PERCENT}?((?: ?(?:,|/|and|&|or) ?(?:{DIGITS}|{NUMBER}){_PERCENT}?)*)"
    pattern = (
        rf"(?:\b(?:with|at|make it|make that|use|using|and|to)(?: an?| the)? )?{listed}(?<=%|t)(?: |"
        rf"-)?(?:confidence|prediction|credible)?(?: |-)?(?:intervals?|bands?|levels?|confidence|range)?"
    )
    found: list[float] = []
    for match in list(re.finditer(pattern, text)):
        # "Above 90 % next week" tests the values; "above 90 % confidence" names a level.
        tested = re.search(rf"{_TESTED} (?:the )?(?:value |level |threshold |mark )?(?:of )?$", text[: match.start(1)])
        if tested is not None and not re.search(r"interval|band|confidence|prediction|credible", match.group()):
            continue
        if not re.search(_PERCENT, match.group()) or re.match(
            r" ?(?:change|growth|increase|decrease|above|below|more|less|higher|lower)\b", text[match.end() :]
        ):
            continue
        found += [number(part) for part in re.findall(NUMBER, match.group(1) + match.group(2))]
        text = blank(text, *match.span())
    plain = re.search(
        rf"\b(?:levels?|confidence|intervals?) (?:of |at |to |= ?)?({NUMBER})(?: (?:and|,) ?({NUMBER}))?(?![\w%])", text
    )
    if plain is not None and not found:
        found = [number(part) for part in plain.groups() if part]
        text = blank(text, *plain.span())
    for level in found:
        if not 0 < level < 100:
            raise BadRequest(
                f"An interval's level lies between 0 and 100 %, and {level:g} % does not; ask for example for 80 % or 95 %."
            )
    return tuple(sorted(dict.fromkeys(found))), text


_OPERATORS: tuple[tuple[str, Comparison], ...] = (
    (r"(?:at or above|at or over|at least|no less than|not less than|not below|not under|>=|≥|minimum of)", ">="),
    (r"(?:at or below|at or under|at most|no more than|not more than|not above|not over|up to|<=|≤|maximum of)", "<="),
    (
        (
            r"(?:above|over|exceed(?:s|ed|ing)?|more than|greater than|higher than|larger than|bigger than|"
            r"beyond|>|hotter than|warmer than|surpass(?:es|ed)?|pass(?:es|ed)?|cross(?:es|ed)?(?: above)?|"
            r"reach(?:es|ed)? more than|in excess of|exceeding|upwards of)"
        ),
        ">",
    ),
    (r"(?:below|under|less than|fewer than|lower than|smaller than|beneath|<|colder than|cooler than)", "<"),
    (r"(?:reach(?:es|ed)?|hit|hits)", ">="),
    (r"(?:exactly|equal(?:s|ed)?(?: to)?|==?|equal to)", "=="),
)
_YEARLIKE = re.compile(r"(?:1[5-9]|20|21)\d\d")


def read_condition(text: str, years: tuple[int, int] | None = None) -> tuple[Condition | None, str]:
    """A test on values, and the rest. `years`: the data's first and last year, so that "over 2019" may be a time."""
    between = re.search(
        rf"\b(?:between|from|in the range(?: of)?) ({SCALED}) (?:and|to) ({SCALED})(?![\w%-])(?! ?(?:am|pm)\b)", text
    )
    if between is not None and not any(_YEARLIKE.fullmatch(part) for part in between.groups()):
        after = text[between.end() :]
        is_time = re.match(r" ?(?:o'clock|(?:h|%s)\b)" % UNIT, after) is not None  # noqa: UP031
        if not is_time and not (between.group().startswith("from") and "value" not in text):
            low, high = sorted((number(between.group(1)), number(between.group(2))))
            return Condition(op="between", threshold=low, upper=high), blank(text, *between.span())
    either = re.search(rf"(?<![\w.,-])({SCALED}) or (?:(more|higher|above|over|greater)|less|lower|fewer|below|under)\b", text)
    if either is not None and not _YEARLIKE.fullmatch(either.group(1)):
        return Condition(op=">=" if either.group(2) else "<=", threshold=number(either.group(1))), blank(text, *either.span())
    for words, operator in _OPERATORS:
        match = re.search(
            rf"(?<!\w){words} (?:the )?(?:value |level |threshold |mark )?(?:of )?({SCALED})(?![\w-])", text
        ) or re.search(
            rf"[<>=≤≥]=? ?({SCALED})(?![\w-])" if words.endswith("==?|equal to)") else rf"(?<!\w){words}({DIGITS})(?![\w-])", text
        )
        if match is None:
            continue
        year = _YEARLIKE.fullmatch(match.group(1))
        if (
            match.group().startswith(("over ", "up to ", "reach", "hit"))
            and year
            and years
            and years[0] <= int(match.group(1)) <= years[1]
        ):
            continue
        if re.match(rf" ?(?:times|{UNIT})\b", text[match.end() :]) and not re.match(
            r" ?(?:values?|points?)\b", text[match.end() :]
        ):
            continue
        return Condition(op=operator, threshold=number(match.group(1))), blank(text, *match.span())
    for pattern, operator in (
        (
            rf"\b(?:rainy|wet|snowy) (?:{UNIT}|spells?|periods?)\b|\b{UNIT} with (?:any |some )?"
            rf"(?:rain|snow|{MASK}+)(?= ?(?:$|[?.!]| in))",
            ">",
        ),
        (
            rf"\b(?:dry|rainless) (?:{UNIT}|spells?|periods?|stretch(?:es)?)\b|"
            rf"\b{UNIT} (?:without|with no) (?:any )?(?:rain|snow|{MASK}+)(?= ?(?:$|[?.!]| in))",
            "==",
        ),
        (r"\b(?:negative|below freezing|freezing|frosty)\b", "<"),
        (r"\bpositive\b", ">"),
        (r"\b(?:equal to zero|exactly zero|zeros?)\b", "=="),
    ):
        match = re.search(pattern, text)
        if match is not None:
            return Condition(op=operator, threshold=0.0), blank(text, *match.span())
    return None, text


def read_count(text: str, most: int) -> tuple[int | None, str]:
    """How many to give ("three most similar", "top 5", "the 10 highest"). Raises BadRequest outside 1–`most`."""
    things = (
        r"(?:most|nearest|closest|best|highest|lowest|largest|biggest|smallest|strongest|worst|hottest|"
        r"coldest|warmest|similar|matches|neighbours|neighbors|episodes|examples|anomalies|outliers|"
        r"spikes|peaks|greatest|top|busiest|analogues|windows|precedents|unusual|strangest|oddest|"
        r"periods)"
    )
    patterns = (
        rf"\b(?:top|best|worst|highest|lowest|largest|biggest|smallest|strongest)[ -]?"
        rf"(?!(?:one|1)[ -](?:day|hour|minute|week|month|quarter|year)\b)({NUMBER})\b(?!%)",
        (
            rf"\b(?:first|limit(?: of| to)?|only|k ?= ?|up to|at most)[ -]?({NUMBER})\b(?!%| ?{UNIT} "
            rf"(?:of|ahead)\b)(?! ?(?:weeks?|months?|days?|years?|hours?|quarters?)\b)"
        ),
        rf"({NUMBER}) (?:{things}|stretch(?:es)?|matches|examples|times|moments)\b",
    )
    for pattern in patterns:
        match = re.search(pattern, text)
        if match is not None and not re.fullmatch(DATE, match.group(1).strip()):
            wanted = number(match.group(1))
            if not 1 <= wanted <= most or wanted != int(wanted):
                raise BadRequest(f"I can list 1 to {most} of them, and you asked for {wanted:g}; ask for example for the top 5.")
            return int(wanted), blank(text, match.start(1), match.end(1))
    return None, text


_HIGH = (
    r"(?:highest|maximum|max|peak(?:ed|s)?|(?<!on )record(?: high)?(?! low)|largest|biggest|greatest|most|warmest|"
    r"hottest|busiest|best|all-time high|high point|strongest|tallest|top|longest|fastest|priciest|"
    r"wettest|brightest|(?:its|a|the|new|yearly|annual|monthly|weekly|daily) high)"
)
_LOW = (
    r"(?:lowest|minimum|min|bottom(?:ed)?(?: out)?|smallest|least|fewest|coldest|coolest|quietest|"
    r"worst|weakest|trough|all-time low|low point|record low|slowest|cheapest|calmest|shortest|"
    r"driest|(?:its|a|the|new|yearly|annual|monthly|weekly|daily) low)"
)
_PERCENTAGE = r"(?:per ?cent\w*|%|pct)"
_MOVES = (
    r"(?:chang(?:e|es|ed)|rise|rises|rose|risen|falls?|fell|fallen|los[es]|lose|lost|gain(?:s|ed)?|gr[eo]wn?|drop(?:s|ped)?|"
    r"declined?|increased?|decreased?|shr[aiu]nk|climb(?:s|ed)?|jump(?:s|ed)?|plunged?|surged?|went (?:up|down)|go (?:up|down)|"
    r"gone (?:up|down)|mov(?:e|ed))"
)
_FALLING = r"\b(?:fell|fall|fallen|falling|lost|lose|losing|declin\w+|shr[aiu]nk|drop(?:ped|s)?|decreas\w+|went down)\b"
_STATISTICS: tuple[tuple[Statistic, str], ...] = (
    ("step", moves.STEP),
    ("usual_step", moves.USUAL_STEP),
    (
        "year_over_year",
        (
            r"\b(?:year[- ](?:over|on|to)[- ]year|yoy|compared (?:to|with) (?:the )?(?:same \w+ (?:of|in) "
            r")?(?:a|the|one) year (?:before|earlier|ago)|than (?:a|the|one) year (?:before|earlier)|annual "
            r"(?:change|growth))\b"
        ),
    ),
    (
        "range",
        (
            r"\b(?:difference|gap|distance|spread) between (?:the |its )?(?:highest|lowest|max\w*|min\w*|peak|"
            r"top|largest|smallest)\b.{0,40}?\b(?:highest|lowest|max\w*|min\w*|trough|bottom|largest|"
            r"smallest)\b|\b(?:value |full |total )?range\b(?! (?:from|between))|\bpeak[- ]to[- ](?:peak|"
            r"trough)\b"
        ),
    ),
    (
        "std",
        (
            r"\b(?:standard deviations?|std(?:ev|dev)?|st\.? dev|spread|variability|volatility|volatile|"
            r"dispersion|how much (?:does|do|did) .{0,60}?(?:vary|varies|fluctuate)|how variable)\b"
        ),
    ),
    ("median", r"\bmedians?\b|\b(?:normal|usual|ordinary) (?:value|level|number|amount|reading)s?\b"),
    (
        "growth",
        (
            r"\b(?:growth(?! pattern)|(?:percent\w*|per cent|relative) (?:change|increase|decrease|growth|"
            r"rise|drop|fall|gain|loss)|by (?:what|how many|which) (?:percent\w*|per cent)|what percent\w*|how much (?:has|"
            r"have|did|does) .{0,80}?(?:grow|grew|grown)|grown? by|(?:gr[eo]w|grown|grows|growing|rises|rising|falls|falling|"
            r"shrinks|shrinking|gain|rise|increase|fall|"
            r"lose|decline|shrink|drop|decrease|gained|rose|risen|increased|"
            r"fell|fallen|lost|declined|shrank|dropped|decreased) (?:the )?(?:most|least|fastest)\b(?! (?:\w+s|people)\b)|"
            r"% (?:change|"
            r"increase|growth)|"
            rf"{_MOVES}\b.{{0,60}}?\b(?:in|as)(?: an?)? {_PERCENTAGE}|{_PERCENTAGE} .{{0,60}}?\b{_MOVES}|{_PERCENTAGE} terms|"
            rf"(?:in|as an?) {_PERCENTAGE} of)"
        ),
    ),
    (
        "change",
        (
            rf"\b(?:{_MOVES}\b.{{0,60}}\bhow (?:many|much)|by how many .{{0,80}}?\b{_MOVES}\b|"
            rf"how many .{{0,80}}?\b(?:lost|gained|los(?:e|ing)|gain(?:ing)?)\b|"
            r"(?:lost|gained|added|shed|created|los[es]|gains?|adds?) (?:the )?(?:most|fewest|least) (?:\w+s|people)\b|"
            r"how much .{0,80}?\b(?:change|increase|decrease|rise|risen|rose|fall|fallen|fell|drop|gain|ris(?:en|ing)|"
            r"lose|lost|shrink|shrank|shrunk|climb|plunge|jump|surge|higher|lower|up|down|decline)(?:d|ed|"
            r"ped)?\b|(?:net |absolute |total |overall "
            r")?(?:change|difference|increase|decrease|rise|drop|fall) (?:in|of|between|from|over|since)\b|by "
            r"how much|how (?:did|has|have) .{0,60}?\b(?:changed?|develop(?:ed)?|evolved?|moved?|perform(?:ed)?)\b)"
        ),
    ),
    ("max", rf"\b{_HIGH}\b"),
    ("min", rf"\b{_LOW}\b"),
    (
        "mean",
        (
            r"\b(?:averages?|averaged|avg|on average|(?<!does )(?<!you )(?<!that )(?<!this )(?<!it )mean(?!s|t|"
            r"ing)|typical(?:ly)?|arithmetic mean)\b"
        ),
    ),
    ("sum", r"\b(?:total(?:s|led)?|sum|altogether|in all|cumulative|added up|add up|combined)\b"),
    (
        "count",
        (
            rf"\b(?:how many (?:{UNIT}|times|nights|mornings|weekends|weekdays|of the)\b|how often|(?:the "
            rf")?number of (?:{UNIT}|times)\b|count(?:s|ed)?\b(?! on)|how frequently)"
        ),
    ),
    (
        "first",
        (
            r"\b(?:first (?:value|reading|observation|time|measurement|record|exceed\w*|go|drop|reach|hit|"
            r"cross|above|below|over|under|fall|rise|pass)\w*|earliest|initial value|start(?:ing)? value|for "
            r"the first time)\b"
        ),
    ),
    (
        "last",
        (
            r"\b(?:(?:last|latest|current|most recent|newest|final) (?:value|reading|observation|level|number|"
            r"figure|measurement|price|data point|one|time)|current(?:ly)?|latest|right now|at the moment|"
            r"most recent|newest|what(?:'?s| is| are) .{0,40}\bnow)\b"
        ),
    ),
)


@dataclass(frozen=True)
class Statistics:
    """Statistics in a question, in the order of the words."""

    found: tuple[Statistic, ...]
    places: tuple[tuple[int, int], ...]


def read_statistics(text: str) -> Statistics:
    """Every statistic that a question names; words inside another statistic's phrase do not count again."""
    hits: list[tuple[int, int, Statistic]] = []
    covered = text
    for statistic, pattern in _STATISTICS:
        for match in list(re.finditer(pattern, covered)):
            hits.append((match.start(), match.end(), statistic))
            covered = blank(covered, *match.span())
    hits.sort()
    unique: dict[Statistic, tuple[int, int]] = {}
    for start, end, statistic in hits:
        unique.setdefault(statistic, (start, end))
    return Statistics(tuple(unique), tuple(unique.values()))


_GROUP_WORDS: dict[str, Grouping] = {
    "hour": "hour", "weekday": "weekday", "day of the week": "weekday", "day of week": "weekday", "day": "weekday",
    "month": "month",
    "quarter": "quarter", "year": "year", "time of day": "hour", "time of the day": "hour",
    "hour of the day": "hour", "hour of day": "hour",
    "month of the year": "month", "month of year": "month",
    "time of year": "month", "time of the year": "month", "calendar month": "month",
    "annual": "year",
    "monthly": "month", "yearly": "year", "quarterly": "quarter", "hourly": "hour", "season": "quarter",
}  # fmt: skip
_GROUP = (
    r"(hour of (?:the )?day|time of (?:the )?day|hour|day of (?:the )?week|weekday|day|calendar month|"
    r"month of (?:the )?year|time of (?:the )?year|month|quarter|year)"
)
_ADJECTIVE = rf"(?:{_HIGH}|{_LOW})"


@dataclass(frozen=True)
class GroupPick:
    """A grouping and which group to name (None: all). `usual`: the question speaks of what is usual, not of one moment."""

    group: Grouping
    pick: str | None
    usual: bool


def read_pick(text: str) -> Literal["max", "min"] | None:
    """Which end of a ranking is asked for; "fell the most" asks for the lowest change."""
    direction = re.search(rf"\b(?P<low>{_LOW}|lower|less)\b|\b(?P<high>{_HIGH}|higher|more)\b", text)
    if direction is None:
        return None
    falls = direction.group() in {"most", "more", "fastest"} and re.search(_FALLING, text) is not None
    return "min" if direction.group("low") or falls else "max"


def read_group(text: str) -> GroupPick | None:
    """ "which month is busiest", "best weekday", "worst year", "average by month"."""
    usual = bool(
        re.search(
            (
                r"\b(?:on average|average|typical(?:ly)?|usual(?:ly)?|normally|generally|tends?|mean|in general|"
                r"overall|total|median)\b"
            ),
            text,
        )
    )
    asked = re.search(rf"\b(?:which|what|in which|in what|on which|on what|at which|at what) {_GROUP}s?\b", text)
    pick = read_pick(text)
    described = re.search(rf"\b{_GROUP} (?:with|having|that (?:has|have|had|shows?)) (?:the |its )?{_ADJECTIVE}\b", text)
    if described is not None and pick is not None:
        return GroupPick(_GROUP_WORDS[described.group(1)], pick, usual)
    if asked is not None and pick is None:
        plain = re.search(
            r"\b(?:(weak|slow|quiet|low|cheap|cold|bad|calm|poor)|(strong|busy|high|good|hot|warm|expensive|dear))\b", text
        )
        pick = None if plain is None else "min" if plain.group(1) else "max"
    if asked is not None and pick is not None:
        present = re.search(r"\b(?:is|are|has|have|does|do|see|sees|shows?)\b", text) is not None
        return GroupPick(_GROUP_WORDS[asked.group(1)], pick, usual or present)
    superlative = re.search(rf"\b{_ADJECTIVE} {_GROUP}(?:s)?\b(?! (?:ever|on record))", text) or re.search(
        r"\bpeak (hour)s?\b", text
    )
    if superlative is not None and pick is not None:
        word = superlative.group(1)
        return GroupPick(_GROUP_WORDS[word], pick, usual or " of " in word)
    by = re.search(
        rf"\b(?:by|per|for each|for every|of each|of every|in each|each|every|across|grouped by) (?:the )?{_GROUP}s?\b", text
    )
    if by is not None:
        return GroupPick(
            _GROUP_WORDS[by.group(1)], pick if re.search(r"\bwhich|what\b", text) and "average" in text else None, True
        )
    named = re.search(
        r"\b(monthly|yearly|annual|quarterly|hourly) (?:averages?|means?|totals?|sums?|medians?|values|maxim\w+|minim\w+)\b", text
    )
    return GroupPick(_GROUP_WORDS[named.group(1)], None, True) if named is not None else None


def read_model(text: str, known: Sequence[str]) -> tuple[str | None, str]:
    """A forecasting model that the question insists on, by its registry name, and the rest.

    `known`: the registry names on offer (empty: not told, every word of the vocabulary is taken). Raises BadRequest for a
    model that is not among them.
    """
    names = {name.lower(): name for name in known}
    spoken = {**MODEL_WORDS, **{name.replace("-", " "): name for name in names}, **{name: name for name in names}}
    for word in sorted(spoken, key=len, reverse=True):
        joined = re.escape(word).replace(r"\ ", "[ -]").replace(r"\-", "[ -]")
        match = re.search(
            (
                rf"\b(?:use|using|with|by|via|from|try|model|through|take|instead) (?:the |an? )?(?:model "
                rf")?{joined}(?![\w-])|(?<![\w-]){joined}(?: model| method| forecast)(?!\w)"
            ),
            text,
        )
        if match is None:
            continue
        registry = spoken[word]
        if known and registry.lower() not in names:
            raise BadRequest(
                f"The models on offer are {', '.join(known)}, and “{word}” is not among them; please name one of these, or none."
            )
        return names.get(registry.lower(), registry), blank(text, *match.span())
    return None, text
