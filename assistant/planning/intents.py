"""Intents, and the words that decide one without a model."""

from __future__ import annotations

import re
from typing import Literal, get_args

from assistant.planning import diagnoses
from assistant.planning.names import MASK
from assistant.planning.rhythm import UNIT
from assistant.planning.wording import NUMBER

Intent = Literal[
    "describe", "trend", "seasonality", "stationarity", "change_points", "lookup", "compare", "anomaly", "forecast", "similar",
    "classify", "train", "decline_cause", "decline_other", "help",
    "distribution", "spread", "noise", "autocorrelation", "granger",
]  # fmt: skip
# Told by their words alone: the head has not learnt these.
RULED: tuple[Intent, ...] = ("distribution", "spread", "noise", "autocorrelation", "granger")
INTENTS: tuple[Intent, ...] = tuple(intent for intent in get_args(Intent) if intent not in RULED)

_S = f"{MASK}+"

# What is loaded, whatever the conversation was about: "how many series are there", "list the columns".
LISTING = (
    r"\bhow many (?:series|columns|variables)\b|"
    r"\b(?:list|show|name|give|tell)(?: me| us)?(?: all| every)?(?: of)?(?: the| my| your)?(?: loaded| available)? "
    r"(?:series|columns|variables)(?: names)?(?: (?:there are|you have|that are loaded))? *(?:$|[?.!])|"
    r"^(?:please )?(?:list|name)(?: me)? *[?.!]*$|"
    r"\b(?:which|what)(?: are the)? (?:series|columns|variables)(?: (?:are|is) (?:there|loaded|available|included|in .{1,30}|"
    r"here)| (?:do|does|did|have) (?:we|you|i|it|this|the \w+)(?: have| hold| contain| include| know| got)?)? *(?:$|[?.!])"
)

# "What is the chance that it falls below 100": of the future; "how likely is it that the shift was chance" is not.
LIKELY_AHEAD = r"\b(?:chance|odds|probability|likelihood|risk)s? (?:that|of|it|for)\b|\bhow (?:likely|probable) (?:is|are|will)\b"

# In order: where several fire in one clause, the first decides. Diagnoses named side by side are told apart by `DIAGNOSES`.
_RULES: tuple[tuple[Intent, str], ...] = (
    (
        "help",
        (
            r"\bhow (?:do i |can i |should i |to )(?:begin|start|use|phrase|ask)\b|\bexamples? (?:of "
            r")?questions\b|\bexamples of questions\b|\bdo you (?:offer|support|understand)\b"
        ),
    ),
    (
        "help",
        r"^(?:hi|hello|hey|good (?:morning|afternoon|evening)|greetings|thanks?(?: you)?(?: very much| a "
        r"lot)?|ok(?:ay)?|cool|great|"
        r"nice|help|help me|bye|goodbye|who are you|what are you)(?:[ ,]+(?:there|tidings|everyone))?[ .!?]*$"
        r"|\bwhat (?:can|could|do) (?:you|i|this|it)(?: all)? (?:do|ask|know|help)\b|\bhow (?:do|can|"
        r"should) i (?:use|ask|start|begin)\b"
        r"|\bhow does (?:this|it|tidings) work\b|\bwhat (?:kinds? of )?questions\b|\bwhat are you able\b",
    ),
    ("granger", diagnoses.GRANGER),
    (
        "train",
        r"\b(?:learn|teach|fit|train|build|make|create|develop)\b.{0,60}\b(?:apart|recogni[sz]\w+|distinguish\w*|"
        r"(?:sort|separate)\w*|classif\w+|label\w*|differentiate|tell (?:the )?\w+ (?:apart )?from)\b|"
        r"\blearn (?:from )?(?:the |these |this |my |our )?"
        r"(?:labels|labelled \w+|examples|cases|classes|categories)\b",
    ),
    ("train", r"\b(?:construct|prepare|generate|develop|set up) (?:\w+ ){0,3}(?:classifier|classification model)\b"),
    (
        "train",
        (
            r"\b(?:re)?train\b(?!s| station| ride| passengers)|\b(?:fit|build|learn|create|teach|make) (?:\w+ "
            r"){0,3}(?:classifier|classification model|model to (?:classify|recogni[sz]e|label|tell))\b"
        ),
    ),
    (
        "decline_cause",
        (
            r"\bwhat (?:drove|drives|pushed|moved|accounts for)\b|\bfor what reason\b|\bmade (?:it|them|the "
            r"\w+) (?:go|fall|rise|drop|jump|collapse)\b|\bto blame\b|\bdo(?:es)? \w+ cause\b"
        ),
    ),
    (
        "decline_cause",
        r"\bwhy\b|\b(?:what|who|which \w+) (?:has |have |had |may have |might have |could have "
        r")?(?:caused?|causes|led to|made|triggered|brought about|explains?|was behind|is behind|lies "
        r"behind)\b"
        r"|\b(?:cause|causes|reasons?|root cause|explanation) (?:of|for|behind)\b|\bhow come\b|\bbecause "
        r"of\b|\bdue to\b|\bresponsible for\b|\bwhat's behind\b|\b(?:is|was|were|are) .{0,80}\bcaused "
        r"by\b|\bthe (?:cause|reason)\b"
        rf"|\bdo(?:es)? {_S} caus(?:e|es)\b|\bdid .{{0,80}} cause\b",
    ),
    (
        "decline_other",
        r"\b(?:joke|poem|recipe|lyrics|horoscope|translate|weather|will it (?:rain|snow)|news|"
        r"headlines?(?! (?:numbers?|figures?|stat))|"
        r"president|prime minister|capital of|weather forecast|weather like|who won|meaning of life|"
        r"write (?:me )?(?:an? |some )?(?:\w+ )?(?:code|script|program|function|essay|email|letter|story)|"
        r"python code|should i (?:buy|sell|invest)|ignore (?:all |the |any |your )?(?:previous|prior|"
        r"above)|"
        r"system prompt|password|delete (?:all|my|the)|how old are you|your (?:favou?rite|name|opinion)|"
        r"do you (?:like|love|feel|think))\b",
    ),
    ("classify", r"\bcategori[sz]e\b|\b(?:predicted|probable|known) class(?:es)?\b|\bclass probabilities\b"),
    (
        "classify",
        (
            r"\bclassif(?:y|ied|ies|ication|ier)\b|\bwhat (?:class(?:es)?|labels?|category|categories)\b|"
            r"\b(?:which|what) (?:class|label|category)\b|\blabel (?:these|this|the|each|every|all)\b|"
            r"\b(?:assign|predict|find) (?:\w+ ){0,3}(?:class(?:es)?|labels?|category|categories)\b|\bwhat "
            r"(?:kind|type|sort) of (?:gesture|activity|device|movement|signal|pattern|heartbeat) is\b"
        ),
    ),
    (
        "similar",
        r"\b(?:something|anything|(?:stretch|period|time|phase|moment|episode|week|month|year|day)s?)(?: that (?:is|was|looks|"
        r"looked))? (?:\w+ )?like an?\b",
    ),
    (
        "similar",
        (
            r"\b(?:find|search for|look for|show me|was there|retrieve) (?:\w+ ){1,4}(?:that (?:quickly|"
            r"slowly|then|later)|followed by|after an? \w+ (?:rise|increase|drop|fall|climb|decline)|before "
            r"an? \w+ (?:rise|drop|fall))|\blook the same\b|\bwith this (?:profile|shape|pattern)\b"
        ),
    ),
    (
        "similar",
        r"\b(?:similar|resembl\w+|look(?:s|ed|ing)? (?:\w+ )?(?:like|alike)|alike|analog(?:ue|ous|y|ues|"
        r"s)?|(?:seen|happened|occurred) (?:\S+ ){0,4}before|(?:like this|this|that|it|something like (?:this|"
        r"that)) (?:ever )?(?:happened|occurred|been "
        r"seen)(?: \w+)? before|"
        r"happened (?:like this )?before|seen (?:\w+ )?before|comparable (?:period|episode|stretch|time|"
        r"moment|situation)s?|precedents?|episodes?|same shape|matching (?:pattern|shape|period)s?|"
        r"nearest neighbou?rs?|"
        r"(?:most|much|just|something|anything|periods?|stretch(?:es)?|times?|weeks?|months?|days?|"
        r"windows?|moments?|phases?) like|match(?:es)? (?:for )?(?:the |this )?(?:shape|pattern|last|"
        r"latest|recent)|behaved? (?:just "
        r")?like|history (?:rhyme|repeat)\w*|closest match(?:es)?|moved? like)\b"
        r"|\b(?:sharp|sudden|steep|slow|gradual|quick|long|brief|rapid|abrupt|deep)\w* (?:drop|fall|dip|"
        r"rise|jump|climb|spike|decline|crash|surge|increase|decrease|slump|recovery)s? (?:\w+ "
        r")?(?:followed by|then|and (?:then )?(?:an? )?(?:slow|quick|gradual|sharp|steep|fast|partial|"
        r"full))\b",
    ),
    ("forecast", rf"^(?:and |so |but |then |now )*(?:will|won't)\b|\bwill (?:the )?{_S}|{LIKELY_AHEAD}"),
    ("forecast", r"\bwhen will\b|\bgoing to\b|\bshould (?:we|i) (?:plan|expect|budget|prepare)\b"),
    (
        "forecast",
        rf"\b(?:forecast\w*|foreca\w+|predict\w*|projections?|project (?:{_S}|it|the|this|them)|"
        rf"extrapolat\w*|outlook|prognos\w*|foresee)\b"
        rf"|\b(?:next|coming|upcoming|following) (?:{NUMBER} )?(?:couple of |few )?{UNIT}\b(?! (?:similar|"
        rf"most))|\b{UNIT} ahead\b|\btomorrow\b|\bin (?:the|near) future\b|\bfuture values?\b"
        r"|\b(?:what|how|where) (?:\w+ ){0,3}(?:will|is going to|are going to|might|should we expect|can "
        r"(?:we|i) expect|do you expect)\b|\bgoing to (?:be|look|develop|go|continue|happen|reach)\b"
        r"|\bexpect(?:ed)? (?:to |for |over |in )?(?:the )?(?:next|coming|future)\b|\bhow (?:will|might|"
        r"would) |\bwhat (?:happens|comes) next\b|\bcontinue the series\b|\bwill (?:it|they|be|the|"
        r"there)\b",
    ),
    (
        "anomaly",
        r"\b(?:anomal(?:y|ies|ous|ously)|outliers?|outlying|unusual(?:ly)?|abnormal\w*|weird|odd|"
        r"oddit(?:y|ies)|strange\w*|suspicious|glitch(?:es)?|irregularit(?:y|ies)|spikes?|out of the "
        r"ordinary|unexpected\w*|"
        r"stand(?:s)? out|off the chart|stuck|data errors?|faulty|bad readings?|sensor (?:faults?|errors?|"
        r"failures?)|surprising|deviat\w+ from (?:the )?(?:normal|usual|expected)|not normal|went wrong|"
        r"looks? wrong|outages?|downtime|incidents?|malfunctions?|breakdowns?|"
        r"(?:any|some|every)thing (?:\w+ )?(?:wrong|off|amiss|broken|fishy|normal|ok(?:ay)?|alright|in order)|"
        r"(?:looks?|seems?|behav\w+) (?:\w+ )?(?:normal|fine|ok|okay|healthy)(?:ly)?|fishy|erratic|aberra\w+)\b",
    ),
    ("spread", diagnoses.SPREAD),
    ("distribution", diagnoses.DISTRIBUTION),
    ("autocorrelation", diagnoses.MEMORY),
    ("noise", diagnoses.NOISE),
    (
        "change_points",
        rf"\b(?:shift|jump|step|break|move|change)\w*(?: (?:up|down|upwards?|downwards?|to a \w+ level))* (?:at (?:some|any) "
        rf"(?:point|time|stage|moment)|permanently|for good|to a (?:new|higher|lower|different) level)\b|"
        rf"\b(?:level|baseline|mean)"
        rf"(?: of(?: the)? {_S})? (?:\w+ )?(?:shift|jump|step|break|move)\w*\b|\bnew (?:normal|level|baseline|plateau)\b",
    ),
    (
        "change_points",
        (
            r"\b(?:mean|level|volatility|variance|spread) (?:of \w+ )?(?:has |have |was |been )*(?:abruptly |"
            r"suddenly )?(?:move[ds]?|shift(?:s|ed)?|change[ds]?|jump(?:s|ed)?) (?:abruptly|suddenly|for good|"
            r"at some|permanently)|\bfor good\b"
        ),
    ),
    (
        "change_points",
        r"\b(?:change ?-?points?|changepoints?|structural (?:breaks?|changes?)|breakpoints?|break points?|"
        r"regimes?(?: (?:change|shift)s?)?|level shifts?|shifts? in (?:the )?(?:level|mean|trend)|step "
        r"changes?|turning points?|"
        r"(?:level|mean|behaviou?r|pattern|trend|series|it) (?:suddenly |abruptly |ever )?(?:shift(?:ed)?|"
        r"changed?)(?: (?:suddenly|abruptly|permanently))?|abrupt\w* change\w*|breaks? in|broken trend|"
        r"when did .{0,60}\b(?:change|shift|break|"
        r"(?:start|begin|stop)s? (?:to )?(?:fall|ris|declin|grow|drop|decreas|increas|climb)\w*)|"
        r"sudden changes?|(?:biggest|largest|greatest|steepest|sharpest) shifts?|"
        r"lasting change|"
        r"permanent(?:ly)? (?:change|shift)\w*)\b|^(?:and |so |then )?what(?: has| have|'s)? (?:really |recently )?changed\b",
    ),
    (
        "stationarity",
        (
            r"\b(?:mean|variance|level)(?: and (?:the )?(?:mean|variance))?(?: of \w+)? (?:constant|stable|"
            r"the same|time-invariant)\b|\b(?:constant|stable) (?:mean|variance)\b|\breturns? to (?:its|the|"
            r"a) mean\b|\btime-invariant\b"
        ),
    ),
    (
        "stationarity",
        (
            r"\b(?:is|are|was|were|has|have|does|do|how) .{0,40}\b(?:un)?(?:stable|steady)\b|"
            r"\b(?:non-?|un)?stationar(?:y|ity)\b|\bunit roots?\b|\badf\b|\bkpss\b|\bdickey\b|"
            r"\bmean[- ]revert\w*|\bmean reversion\b|\breverts? to (?:the|its|an?) (?:\w+ )?(?:mean|average|level)\b|"
            r"\bneeds? (?:to be )?differenc(?:ed|ing)\b|\brandom "
            r"walk\b|\b(?:mean|variance|statistical properties) (?:\w+ )?(?:constant|stable)\b"
        ),
    ),
    ("noise", diagnoses.NOISY),
    ("compare", rf"\bside by side\b|\blink(?:s|ed)?\b|\b{_S} .{{0,40}}\b(?:when|whenever|as|if) (?:the )?{_S}"),
    ("compare", rf"\bdifferences? between {_S} and {_S}|\b{_S} .{{0,40}}\bthan (?:the )?{_S}"),
    (
        "compare",
        rf"\bcompar(?:e|es|ed|ing|ison)\b|\bcorrelat\w*|\brelat(?:ed?|ion|ionship|es)\b|\b(?:lead|"
        rf"lag)s?\b(?! to)|\blead[- ]?/?[- ]?lag|\b{_S} (?:versus|vs\.?|against) {_S}|\bmov(?:e|es|ing) "
        rf"together|\bin step\b|\bco-?mov\w+|\bassociat(?:ed|ion)\b|\b(?:in)?dependen(?:t|ce|cy)\b|\bdepends? "
        rf"on\b|\bconnect(?:ed|ion)\b"
        rf"|\bdifference between {_S} and {_S}|\b(?:does|do|is|are|can) (?:the )?{_S} (?:\w+ )?(?:affect|"
        rf"influence|drive|impact|follow|precede|track|predict)\b|\b{_S} (?:or|than) (?:the )?{_S}|\bhow "
        rf"(?:do|does) {_S} and {_S}\b|\btogether with {_S}",
    ),
    (
        "seasonality",
        (
            r"\bsame pattern (?:each|every)\b|\beffects? (?:each|every) (?:year|month|week|day)\b|\b(?:day of "
            r"the week|time of (?:the )?(?:day|year)) (?:matter|count|play)\w*|\bdepends? on the (?:time of|"
            r"day of|season|month|hour|weekday)"
        ),
    ),
    (
        "seasonality",
        r"\b(?:seasonal\w*|season(?:s)?\b(?! of)|cyclic(?:al)?|cycles?|periodic\w*|(?:repeating|recurring|"
        r"regular|weekly|daily|yearly|annual|monthly|hourly|intraday|quarterly|within-year) (?:patterns?|"
        r"cycles?|rhythms?|profile)|"
        r"repeats?(?: itself)?(?: every)?|rhythm|recur\w*|time-of-(?:day|year) (?:effect|pattern)|"
        r"dominant period)\b",
    ),
    (
        "trend",
        (
            rf"\b(?:average|mean|typical|usual) (?:\w+ )?(?:increase|decrease|rise|decline|fall|gain|loss) "
            rf"(?:per|a|an|each|every) {UNIT}\b|\bhow fast\b|"
            r"\b(?:trends?|trending|long[- ](?:term|run) (?:direction|development|movement|tendency)|general "
            r"direction|slope|upwards?|downwards?|accelerat\w+|decelerat\w+|slowing down|slowed down)\b"
        ),
    ),
    (
        "describe",
        (
            r"\bwhen (?:do|does|did) .{0,60}\b(?:start|begin|end|stop)s?\b"
            r"(?! (?:to )?(?:fall|ris|declin|grow|drop|decreas|increas|climb|go|slow|chang))|"
            r"\b(?:missing|absent|blank|empty) (?:values?|data|"
            r"points?|entries|rows|hours|days|months|samples|cells)\b|\b(?:any|many|are|of|the|no) (?:\w+ )?(?:gaps|holes|nans?|"
            r"nulls?|blanks)\b|\bhow (?:in)?complete\b|\bincomplete\b|\b(?:is|are|was|were) (?:\w+ )?(?:missing|"
            r"incomplete)\b|\bhow long is\b|\bvalues? (?:are|is) missing\b|\bhow many (?:series|rows does|"
            r"columns|gaps|variables)\b"
            rf"|{LISTING}"
        ),
    ),
)
_COMPILED = tuple((intent, re.compile(pattern)) for intent, pattern in _RULES)

# Weaker words: they decide only when nothing above and no statistic does.
_WEAK: tuple[tuple[Intent, re.Pattern[str]], ...] = (
    (
        "trend",
        re.compile(
            r"\b(?:up or down|going (?:up|down)|rising|falling|growing|declining|shrinking|increasing|decreasing|"
            r"climbing|improving|worsening|getting (?:\w+er|better|worse)|drifting|head(?:ed|ing)|grow(?:s|n)? over time|"
            r"(?:rise|fall|increase|decrease|go up|go down)s?(?: over time| over the years| "
            r"steadily)?(?= ?[?.!]?$))\b"
        ),
    ),
    (
        "describe",
        re.compile(
            r"\b(?:what (?:has )?happened|what(?:'?s| is) (?:up|going on) with|what (?:did|does|has|"
            r"have) .{0,40}\b(?:do|done)(?= |$|[?.!])|how (?:is|are|was|were|did|does|do|has|"
            r"have) .{0,40}\b(?:doing|going|do|look(?:ing)?|show\w*|"
            r"behav\w+|perform\w*|far(?:e|es|ed|ing))\b|(?:headline|key|main|basic) (?:numbers|figures|facts|"
            r"stats)|describ\w*|summar\w*|overview|tell me (?:more )?about|what(?:'s| is|"
            r" do i have) in|what does .{0,60}(?:look like|contain)|profile|explore|analy[sz]\w*|"
            r"characteri[sz]\w*|"
            r"^what(?:'s| is) (?:this|that|it|here)(?: (?:file|data|series|all|all about|about))?(?= *(?:$|[?.!]))|"
            r"^(?:(?:please|pls|plz|can you|could you|just|now|and) )*(?:plot|show|display|"
            r"draw|chart|graph)|statistics|stats|key figures|"
            r"(?:is|are) (?:the |this |that |my |our |these )?(?:\w+ )?(?:data|file|series|numbers|values|it)(?: \w+)? "
            r"(?:good|clean|usable|reliable|complete|valid|trustworthy|any good|ok|okay|sound)|"
            r"(?:can|could|should|may) (?:i|we|you|one) (?:\w+ )?(?:trust|rely on|use|believe) "
            r"(?:this|that|it|these|them|the \w+|my \w+)|"
            r"(?:data )?quality(?: of)?|what(?:'s| is) (?:up|happening|going on)|"
            r"walk me through|introduce|missing (?:values|data)|gaps|"
            r"how (?:long|big|complete) is|(?:sampling )?frequency|sampled|report on|look at|inspect|basics|"
            r"at a glance|what kind of data|(?:some|any)thing (?:interesting|noteworthy|worth knowing)|highlights|insights?|"
            r"what should i know)\b"
        ),
    ),
)
DIAGNOSES: tuple[Intent, ...] = (
    "trend", "seasonality", "stationarity", "change_points", "distribution", "spread", "autocorrelation", "noise", "anomaly",
)  # fmt: skip


_UNWANTED = re.compile(
    r"\b(?:no|not|without|don'?t|do not|skip|forget|instead of|rather than|never mind)(?: (?:want|need|give me|show me|do))?"
    r"(?: an?| any| the| more)? (?:forecast|predict|trend|anomal|outlier|season|description|describe|comparison|"
    r"compare|summar)\w*"
)


def wanted(text: str) -> str:
    """The clause without what it says it does not want ("no forecast, just the trend"), if it asks for something else."""
    rest = _UNWANTED.sub(lambda match: " " * len(match.group()), text)
    return rest if rest != text and fired(rest) else text


def fired(text: str) -> tuple[Intent, ...]:
    """The intents whose words occur in a clause, the deciding one first."""
    return tuple(dict.fromkeys(intent for intent, pattern in _COMPILED if pattern.search(text)))


def weakly_fired(text: str) -> Intent | None:
    """An intent that everyday words suggest."""
    return next((intent for intent, pattern in _WEAK if pattern.search(text)), None)


_STARTERS = (
    r"(?:forecast|predict|show|find|list|compare|describe|summari[sz]e|detect|tell|give|what|when|"
    r"where|which|how|is|are|was|were|does|do|did|has|have|"
    r"any|classify|train|extrapolate|project|look|check|test|will|why|who|identify|plot|search|also|"
    r"then|the (?:trend|seasonality|anomalies|outliers|forecast|change "
    r"points))"
)
_SPLIT = re.compile(
    rf"(?<=[?!;])\s+(?=\w)|\.\s+(?=[a-z`\"'{MASK}])|;\s*|,? (?:and )?(?:then|afterwards|after that|"
    rf"finally|next,) (?=\w+ )|,? (?:and|plus|as well as) (?:also )?(?={_STARTERS}\b)|, (?:also "
    rf")?(?={_STARTERS}\b)"
)


def clauses(text: str) -> list[tuple[int, int]]:
    """Where the parts lie that each ask for something of their own, at most six."""
    edges = [0]
    for match in _SPLIT.finditer(text):
        edges += [match.start(), match.end()]
    edges.append(len(text))
    parts = list(zip(edges[::2], edges[1::2], strict=True))
    return [(start, end) for start, end in parts if re.search(r"\w", text[start:end]) or MASK in text[start:end]][:6]
