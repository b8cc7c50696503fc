"""Event → chat message: pure functions from what the assistant emits and stores to what the chat shows.

Text that comes from files or users reaches Markdown escaped; sentences of an answer are already clean (names in them are code
spans made by `assistant.facts`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import gradio as gr
import plotly.graph_objects as go
from gradio.components.chatbot import MetadataDict, OptionDict

from assistant.data.series import Guess, Series
from assistant.events import Answer, Confirmation, Event, StepFinished, StepProgress, StepStarted
from ui.alternatives import escape_markdown, summary, table
from ui.classification_plot import class_counts
from ui.decomposition import decomposition, decomposition_words
from ui.plots import figure
from ui.protocols import UploadLike

Messages = list[gr.ChatMessage]
SeriesFinder = Callable[[Sequence[str]], Mapping[str, Series]]

TABULAR = {"forecast"}
# More links than this are no help; all results are in the answer's JSON.
LINKED_RESULTS = 20
DRAWN_RESULTS = 8
STOPPED = "Stopped. What was asked stays in the conversation; ask again whenever you like."
UNDER_WAY = "The server was interrupted while it answered this, and is finishing it. Load the page again in a moment."
UNANSWERED = "This question was not answered: the work was interrupted. Ask it again to get an answer."


@dataclass(frozen=True)
class Step:
    """One agent's or graph node's work as shown while it runs. fraction 0–1, None where unknown."""

    key: str
    title: str
    text: str = ""
    fraction: float | None = None
    seconds: float | None = None
    failed: bool = False


@dataclass(frozen=True)
class Steps:
    """The steps of one running turn, in the order in which they began."""

    steps: tuple[Step, ...] = ()

    def after(self, event: Event) -> Steps:
        """The steps after one more event; an event of an unknown step changes nothing."""
        if isinstance(event, StepStarted):
            return Steps((*(step for step in self.steps if step.key != event.key), Step(event.key, event.title)))
        if isinstance(event, StepProgress):
            return self._with(event.key, text=event.text, fraction=event.fraction)
        if isinstance(event, StepFinished):
            return self._with(event.key, text=event.summary, seconds=event.seconds, failed=event.failed, fraction=None)
        return self

    def _with(self, key: str, **changes: object) -> Steps:
        return Steps(tuple(replace(step, **changes) if step.key == key else step for step in self.steps))  # type: ignore[arg-type]


def steps_messages(steps: Steps, *, finished: bool, seconds: float | None = None) -> Messages:
    """The steps as one accordion with a nested one each: open with a spinner while work goes on, closed after it."""
    status: MetadataDict = {"title": "How this was worked out" if finished else "Working", "id": "steps"}
    status["status"] = "done" if finished else "pending"
    if seconds is not None:
        status["duration"] = round(seconds, 1)
    messages = [gr.ChatMessage(content="" if steps.steps else "Reading the question …", metadata=status)]
    for step in steps.steps:
        done = finished or step.seconds is not None
        title = escape_markdown(step.title) + (": could not do its part" if step.failed else "")
        detail: MetadataDict = {
            "title": title,
            "id": f"step-{step.key}",
            "parent_id": "steps",
            "status": "done" if done else "pending",
        }
        if step.seconds is not None:
            detail["duration"] = round(step.seconds, 2)
        if step.fraction is not None:
            detail["log"] = f"{100 * step.fraction:.0f} %"
        messages.append(gr.ChatMessage(content=escape_markdown(step.text), metadata=detail))
    return messages


def user_message(text: str) -> gr.ChatMessage:
    """What the user wrote, shown as it was typed."""
    return gr.ChatMessage(content=escape_markdown(text), role="user")


def note_message(text: str) -> gr.ChatMessage:
    """A plain word from the application itself."""
    return gr.ChatMessage(content=text)


def error_message(text: str) -> gr.ChatMessage:
    """An error fit to be shown, marked as one in words."""
    return gr.ChatMessage(content=f"**That did not work.** {escape_markdown(text)}")


@dataclass(frozen=True)
class Links:
    """Where one turn's downloads are: a base path like /download/SESSION/turns/3, without a slash at its end."""

    base: str
    formats: tuple[tuple[str, str], ...] = field(default=(("csv", "CSV"), ("xlsx", "Excel")))

    def line(self, answer: Answer) -> str:
        """The downloads of an answer as one Markdown line."""
        parts = []
        for position, document in enumerate(answer.results[:LINKED_RESULTS]):
            if document.get("kind") in TABULAR:
                name = escape_markdown(str(document["series"])) if len(answer.results) > 1 else "forecast"
                parts += [f"[{name}, {label}]({self.base}/results/{position}.{suffix})" for suffix, label in self.formats]
        if any(document.get("kind") == "classification" for document in answer.results):
            parts += [f"[classes, {label}]({self.base}/classes.{suffix})" for suffix, label in self.formats]
        parts.append(f"[answer, JSON]({self.base}/answer.json)")
        return "Download: " + " · ".join(parts)


def answer_messages(answer: Answer, find: SeriesFinder, links: Links | None = None, *, plots: bool = True) -> Messages:
    """An answer: its text and warnings, its figures with their words, downloads, and folded the evidence.

    find: series by name, for the figures. plots: False leaves them out (an old turn's, to keep the page light).
    """
    messages = [gr.ChatMessage(content=_text(answer))] if _text(answer) else []
    if plots:
        messages += _figures(answer, find)
    if answer.results and links is not None and answer.confirmation is None:
        messages.append(gr.ChatMessage(content=links.line(answer)))
    evidence = facts_text(answer)
    if evidence:
        messages.append(folded(f"The facts behind this ({len(answer.facts)})", evidence))
    if answer.removed:
        count = len(answer.removed)
        title = f"Checking removed {count} sentence{'s' if count > 1 else ''} that no fact supports"
        listed = "\n".join(f"- {escape_markdown(part.text)} *({escape_markdown(part.reason)})*" for part in answer.removed)
        messages.append(folded(title, listed))
    return messages


def closing_messages(answer: Answer) -> Messages:
    """What asks for a click at the end of the chat: a confirmation's choices, or suggested questions."""
    if answer.confirmation is not None:
        return [confirmation_message(answer.confirmation)]
    if answer.suggestions:
        options: list[OptionDict] = [{"value": words, "label": words} for words in answer.suggestions]
        return [gr.ChatMessage(content="You could also ask:", options=options)]
    return []


def confirmation_message(confirmation: Confirmation) -> gr.ChatMessage:
    """The choices of a confirmation as buttons; its question is the answer's text, right above."""
    options: list[OptionDict] = [{"value": choice, "label": choice} for choice in confirmation.choices]
    return gr.ChatMessage(content="Please choose:", options=options)


def facts_text(answer: Answer) -> str:
    """Every sentence with the facts behind it (what was computed, by which tool), as nested Markdown lists."""
    by_id = {fact.id: fact for fact in answer.facts}
    lines = []
    for sentence in answer.sentences:
        known = [by_id[identity] for identity in sentence.facts if identity in by_id]
        if known:
            lines.append(f"- {sentence.text}")
            lines += [f"    - {escape_markdown(fact.statement)} — *{escape_markdown(fact.source)}*" for fact in known]
    if not lines:
        lines = [f"- {escape_markdown(fact.statement)} — *{escape_markdown(fact.source)}*" for fact in answer.facts]
    return "\n".join(lines)


def upload_messages(upload: UploadLike) -> Messages:
    """What was read from a file: how many series, what was guessed, what is odd, and what must be answered."""
    name = escape_markdown(upload.dataset_name)
    count = len(upload.series)
    names = ", ".join(escape_markdown(one.name) for one in upload.series[:6]) + (" …" if count > 6 else "")
    text = f"Read **{name}**: {count} series ({names})." if count else f"Read **{name}**: no series in it."
    if upload.guesses:
        text += " How it was read is in the data panel, where you can change it."
    messages = [gr.ChatMessage(content=text + _warnings(upload.warnings))]
    messages += [question_message(upload, guess) for guess in upload.questions]
    return messages


def reread_message(upload: UploadLike, what: str, way: str) -> gr.ChatMessage:
    """That a file was read again, and how, with what is odd about it now."""
    name = escape_markdown(upload.dataset_name)
    text = f"Read **{name}** again: {escape_markdown(what)} is now {escape_markdown(way)}."
    return gr.ChatMessage(content=text + _warnings(upload.warnings))


def question_message(upload: UploadLike, guess: Guess) -> gr.ChatMessage:
    """A guess that stayed ambiguous, as a question with a button for each way to read it."""
    ways = dict.fromkeys((guess.chosen, *guess.alternatives))
    options: list[OptionDict] = [{"value": f"read:{upload.upload_id}:{guess.what}:{way}", "label": way} for way in ways]
    name = escape_markdown(upload.dataset_name)
    words = f"**Please choose: {escape_markdown(guess.what)}** in {name}. {escape_markdown(guess.why)}"
    return gr.ChatMessage(content=words, options=options)


def folded(title: str, content: str) -> gr.ChatMessage:
    """A closed accordion."""
    return gr.ChatMessage(content=content, metadata={"title": title, "status": "done"})


def _text(answer: Answer) -> str:
    return (answer.answer + _warnings(answer.warnings)).strip()


def _warnings(warnings: Sequence[str]) -> str:
    return "".join(f"\n\n> **Note:** {escape_markdown(warning)}" for warning in warnings)


def _figures(answer: Answer, find: SeriesFinder) -> Messages:
    """The figures of the first results that have one: a page with hundreds of plots would be slow to show and to read."""
    messages: Messages = []
    drawn = left = 0
    counts = class_counts(answer, DRAWN_RESULTS)
    for document in [counts, *answer.results] if counts is not None else answer.results:
        if drawn == DRAWN_RESULTS or not document.get("shown", True):
            left += 1
            continue
        series = find(_names(document))
        drawing = figure(document, series)
        if drawing is None:
            continue
        drawn += 1
        messages.append(_plot_message(drawing, summary(document, series)))
        apart = decomposition(document, series)
        if apart is not None:
            messages.append(_plot_message(apart, decomposition_words(document, apart)))
        numbers = table(document, series)
        if numbers:
            messages.append(folded("The plot's numbers as a table", numbers))
    if left:
        more = f"{left:,} {'more ' if drawn else ''}{'result is' if left == 1 else 'results are'} not drawn"
        messages.append(gr.ChatMessage(content=f"*{more}; ask about one of them to see it.*"))
    return messages


def _plot_message(drawing: go.Figure, words: str) -> gr.ChatMessage:
    plot = gr.Plot(drawing, label="", show_label=False, container=False, elem_classes=["result-plot"])
    return gr.ChatMessage(content=[plot, f"*{escape_markdown(words)}*"])


def _names(document: Mapping[str, object]) -> list[str]:
    """Every series name a result speaks of."""
    named = document.get("series")
    names = [str(name) for name in named] if isinstance(named, list | tuple) else [str(named)] if named else []
    query = document.get("query")
    if isinstance(query, Mapping) and query.get("series"):
        names.append(str(query["series"]))
    matches = document.get("matches")
    if isinstance(matches, list | tuple):
        names += [str(match["series"]) for match in matches]
    return list(dict.fromkeys(names))
