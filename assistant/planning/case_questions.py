"""Questions about cases that were classified, and about the model that did: how sure it is, why, how many, how good."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Any

from assistant.plan import CaseSubject, ClassifierArgs, Plan, PlanningContext
from assistant.planning.case_choice import CaseChoice, read_choice
from assistant.planning.class_names import FILLERS, named_class, only_asks_of_classes, supposed_class
from assistant.planning.intents import fired
from assistant.planning.model_names import trained_model
from assistant.planning.slots import read_statistics
from assistant.planning.steps import Clause
from assistant.planning.yesno import is_yes_no

# A table of undated series with fewer columns than this is not taken for one of cases.
_FEWEST_STEPS = 8
_LONGEST_ASIDE = 8


class Standing(IntEnum):
    """How near a conversation is to classes: from a table that a trained model may know to an answer that was just given.

    NONE: nothing to classify about. WIDE: undated columns that may be the steps of cases, and a trained model. TABLE: the newest
    file is a table of cases. TURN: the last answer was about classes or a training, or nothing but labelled cases is loaded.
    """

    NONE = 0
    WIDE = 1
    TABLE = 2
    TURN = 3


_CLASS = r"(?:class(?:es)?|labels?|categor(?:y|ies))"
_KIND = rf"(?:{_CLASS}|activit(?:y|ies)|gestures?)"
_CASE = r"(?:cases?|rows?|recordings?|examples?|samples?|ones?|lines?)"
_UNSURE = (
    r"(?:unsure|uncertain|not (?:so |very |quite )?(?:sure|certain)|least (?:sure|certain)|doubtful|in doubt|doubts?|ambiguous|"
    r"borderline|unclear)"
)
_ODD = r"(?:strange|odd|weird|unusual|abnormal|atypical|peculiar|extreme|different)"
_ODDEST = rf"(?:(?:most|least) (?:{_ODD}|typical|usual|normal)|strangest|oddest|weirdest)"
_MODEL = r"(?:model|classifier|classification)"
_THIS = r"(?:the|this|that|your|my)"
_GOOD = r"(?:good|accurate|reliable|well|trustworthy|bad)"
_WERE = r"(?:did|was|were|is|are|has|have|been)"
_SAY = (
    r"(?:sa(?:y|id)|call(?:ed)?|nam(?:e|ed)|label(?:led)?|classif(?:y|ied)|th(?:ink|ought)|cho(?:ose|se)|pick(?:ed)?|decided?|"
    rf"{_CLASS})"
)

# In order: the first that occurs decides. Each holds from some nearness on: "how sure are you" may be said of a forecast.
_SUBJECTS: tuple[tuple[CaseSubject, Standing, tuple[str, ...]], ...] = (
    (
        "agreement",
        Standing.WIDE,
        (r"confusion (?:matrix|table)", rf"{_KIND}\b.{{0,30}}\b(?:confused|mixed up)"),
    ),
    (
        "agreement",
        Standing.TABLE,
        (
            r"(?:how (?:many|often)|which|what)\b.{0,40}\b(?:right|correct(?:ly)?|wrong(?:ly)?|misclassified|mistakes?|errors)",
            rf"(?:agree\w*|compare\w*|match\w*)\b.{{0,30}}\b(?:true|own|real|actual|given) {_CLASS}",
        ),
    ),
    (
        "counts",
        Standing.WIDE,
        (
            rf"how (?:many|often)\b.{{0,40}}\b{_KIND}",
            r"(?:number|count|share|percentage|proportion|breakdown|distribution)s? (?:of|by|per) (?:the |all |each |every )?"
            rf"(?:\w+ )?{_KIND}",
            rf"(?:most|least) (?:common|frequent|numerous|often seen) {_KIND}",
            rf"{_KIND} (?:is|are|was|were|occurs?|comes up) (?:the )?(?:most|least) (?:common|frequent|often|numerous)",
            rf"(?:commonest|rarest|majority|minority|largest|smallest) {_KIND}",
            rf"{_CLASS} (?:balance|distribution|sizes?|counts?)",
            rf"{_CLASS}\b.{{0,20}}\b(?:im|un)?balanced",
        ),
    ),
    (
        "counts",
        Standing.TABLE,
        (
            rf"(?:which|what) {_CLASS} (?:are|do|does|is) (?:there|here|in|it have|they have|we have|i have)",
            rf"how many (?:{_CASE} )?(?:of (?:each|every)|each)",
        ),
    ),
    (
        "neighbours",
        Standing.TABLE,
        (
            rf"(?:nearest|closest|most similar) (?:\w+ ){{0,2}}(?:{_CASE}|neighbou?rs?)",
            rf"which (?:\w+ )?{_CASE} (?:is|are|look|looks) (?:it |they )?most (?:like|similar)",
        ),
    ),
    (
        "strange",
        Standing.TABLE,
        (
            rf"{_ODDEST}(?: of (?:them|all|these|those)| {_CASE})",
            rf"which (?:{_CASE} )?(?:is|are|was|looks?) (?:the )?{_ODDEST}",
            rf"which {_CASE} (?:is|are|looks?) (?:the )?(?:{_ODD}|unlike)",
        ),
    ),
    ("strange", Standing.WIDE, (rf"{_ODDEST} case", rf"which case (?:is|looks?) (?:the )?{_ODDEST}")),
    (
        "doubts",
        Standing.TABLE,
        (rf"(?:which|what|any|list|show|how many|where|name)\b.{{0,40}}\b{_UNSURE}", rf"{_UNSURE} {_CASE}"),
    ),
    ("doubts", Standing.WIDE, (rf"(?:which|any|how many) (?:of the )?cases\b.{{0,20}}\b{_UNSURE}",)),
    (
        "model",
        Standing.WIDE,
        (
            rf"how {_GOOD}\b.{{0,20}}\bclassifier",
            rf"(?:describe|tell me (?:more )?about|what (?:is|was)) {_THIS} classifier",
            rf"(?:what|which|how)\b.{{0,20}}\b{_WERE}\b.{{0,30}}\btrain(?:ed|ing)?",
        ),
    ),
    (
        "model",
        Standing.TURN,
        (
            rf"(?:what|which|how)\b.{{0,20}}\b{_WERE}\b.{{0,30}}\blearn(?:t|ed)?",
            rf"how {_GOOD}\b.{{0,30}}\b(?:{_MODEL}|it|this|that|they|these|you)",
            r"accura(?:cy|te)",
            r"better than (?:a |any |pure |mere |by |just )?(?:guess\w*|chance|random|coin|nothing|luck)",
            r"(?:can|could|should|may|do|would) (?:i|we|you|one) (?:\w+ )?(?:trust|rely on|believe|depend on)",
            rf"(?:is|are) (?:it|this|that|{_THIS} {_MODEL}) (?:any )?(?:{_GOOD}|right|correct)",
            rf"(?:describe|tell me (?:more )?about) {_THIS} {_MODEL}",
            rf"(?:which|what) (?:kind of )?(?:{_MODEL}|method) {_WERE}",
        ),
    ),
    ("doubts", Standing.TURN, (r"how (?:sure|certain|confident)", r"are you (?:sure|certain|confident)")),
    (
        "reasons",
        Standing.TURN,
        (
            r"(?:^|^and |^but |^so |^ok(?:ay)?,? )(?:why|how come|how so|what decided(?: it| that| this)?|how (?:do|did|can) you "
            r"(?:know|tell))(?: (?:that|this|so|it))?[ .?!]*$",
            rf"(?:why|what made you|how come)\b[^?.!]{{0,40}}\b{_SAY}",
        ),
    ),
)
_COMPILED = tuple(
    (about, least, re.compile("|".join(rf"\b(?:{pattern})(?!\w)" for pattern in patterns)))
    for about, least, patterns in _SUBJECTS
)
_WHY = re.compile(r"\b(?:why|what made|how come|what decided|reasons?)\b")
_SURE = re.compile(r"\bhow (?:sure|certain|confident)\b|\bare you (?:sure|certain)\b")
_WHICH_ARE = re.compile(rf"\b(?:which|what|list|show|find|name|give|tell)\b.{{0,30}}\b{_CASE}\b|\b(?:are|is) the \w+ {_CASE}\b")
_WHICH_ONES = re.compile(r"^(?:and |so )?which (?:of (?:them|these|those) )?(?:is|are|was|were)\b")
# What stands for the cases that the last answer was about. In "which rows of this table are walking?" it is the table.
_THOSE = re.compile(r"\b(?:it|this|that|they|them|these|those)\b")
_OF_THOSE = re.compile(r"\bof (?:them|these|those)\b")
_HOW_MANY = re.compile(r"^(?:and |so )?how many (?:of them |cases |rows )?(?:are|is|were|was)\b")
# What such a question may say beside its cases; whoever asks for a trend or a forecast means something else.
_BESIDE = {"classify", "decline_cause", "similar", "anomaly", "describe", "distribution", "train"}


def case_question(clause: Clause, context: PlanningContext) -> Plan | None:
    """The plan of a question about classified cases or their model; None where it is about something else.

    Raises BadRequest for cases that cannot be counted so.
    """
    standing = standing_of(context)
    if standing is Standing.NONE or clause.mention.names:
        return None
    text = clause.text
    choice = read_choice(text)
    supposed = supposed_class(text if choice is None else choice.rest, context)
    label = named_class(text, context) or supposed
    about = _subject(text, standing)
    intents = set(fired(text))
    foreign = intents - _BESIDE
    if "train" in intents and about != "model":
        return None  # "train the nearest neighbour on this"
    if about is None or (foreign and not _says_class(text)):
        about = None if foreign else _of_cases(text, choice, label, standing, context)
    if about is None:
        return None
    if choice is not None and about == "doubts" and _SURE.search(text):
        about = "classes"
    step = _base(context)
    if about == "reasons" and choice is None and label is None and not _has_classified(context):
        about = "model"
    update: dict[str, Any] = {"about": about, "cases": (), "first": None, "last": None, "label": None, "supposed": None}
    those = {"cases": step.cases, "first": step.first, "last": step.last}
    if choice is not None:
        update |= choice.arguments()
        update["supposed"] = supposed if about in {"classes", "reasons"} else None
    elif about == "classes" and _supposes(text, context):
        update["supposed"] = supposed
        if _THOSE.search(text):
            update |= those
    elif label is not None and about in {"classes", "reasons", "neighbours", "counts"}:
        update |= those if _OF_THOSE.search(text) else {}
        update["label"] = None if about == "counts" else label
    elif about in {"reasons", "neighbours"}:
        update |= those | {"label": step.label}
    model = trained_model(clause.written, context)
    if model is not None:
        update["model"] = model
    return Plan(steps=(step.model_copy(update=update),), confidence=0.9)


def standing_of(context: PlanningContext) -> Standing:
    """How near the conversation is to classes."""
    steps = context.previous.steps if context.previous is not None else ()
    if any(step.agent in {"classifier", "trainer"} for step in steps):
        return Standing.TURN
    files = context.files or context.labelled_files
    if files and files[-1] in {*context.labelled_files, *context.case_files}:
        return Standing.TABLE if context.series else Standing.TURN
    newest = [one for one in context.series if not files or one.source in ("", files[-1])]
    if context.models and len(newest) >= _FEWEST_STEPS and all(one.frequency is None for one in newest):
        return Standing.WIDE
    return Standing.NONE


def _subject(text: str, standing: Standing) -> CaseSubject | None:
    return next((about for about, least, pattern in _COMPILED if standing >= least and pattern.search(text)), None)


def _says_class(text: str) -> bool:
    return re.search(rf"\b(?:{_CLASS}|classifier|confusion)\b", text) is not None


def _of_cases(
    text: str, choice: CaseChoice | None, label: str | None, standing: Standing, context: PlanningContext
) -> CaseSubject | None:
    """What is asked of named cases, or of those of a class; None where the words around ask for something else."""
    if choice is None:
        if label is None:
            return None
        if _HOW_MANY.match(text):
            return "counts"
        if standing < Standing.TABLE:
            return None
        if _WHY.search(text) and standing is Standing.TURN:
            return "reasons"
        which = _WHICH_ONES.match(text) and _only_says(text, context)
        asked = which or _WHICH_ARE.search(text) or _supposes(text, context)
        return "classes" if asked and read_statistics(text).found == () else None
    spare = [word for word in re.findall(r"[^\W\d_]+", choice.rest) if word not in FILLERS]
    aside = not spare and standing is Standing.TURN
    says_which = re.search(r"\bcases?\b", text) or label
    if choice.numbered and (standing is Standing.TURN or says_which):
        told = bool(read_statistics(choice.rest).found) and not _says_class(text)
        aside = aside or (not told and len(spare) <= _LONGEST_ASIDE)
    if not aside:
        return None
    return "reasons" if _WHY.search(text) and context.models else "classes"


def _supposes(text: str, context: PlanningContext) -> bool:
    """Whether a question takes what it asks of for a class, or for one of several: "is it walking or running?"."""
    return is_yes_no(text) and only_asks_of_classes(text, context)


def _only_says(text: str, context: PlanningContext) -> bool:
    return only_asks_of_classes(text.replace("which", ""), context)


def _has_classified(context: PlanningContext) -> bool:
    return context.previous is not None and any(step.agent == "classifier" for step in context.previous.steps)


def _base(context: PlanningContext) -> ClassifierArgs:
    """The last classifier's step, about series only while the newest file is theirs."""
    steps = context.previous.steps if context.previous is not None else ()
    step = next((step for step in reversed(steps) if isinstance(step, ClassifierArgs)), ClassifierArgs())
    newest = context.files[-1:] or ("",)
    loaded = {one.name for one in context.series if one.source in ("", *newest)}
    return step if set(step.series) <= loaded else step.model_copy(update={"series": (), "span": None})
