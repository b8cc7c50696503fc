"""Composing the answer: reports → verified draft → Markdown, with or without a language model's words."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from assistant.agents.base import AgentReport
from assistant.errors import Cancelled, LanguageModelError
from assistant.events import Removed, Sentence
from assistant.facts import Fact, FactBook
from assistant.language import LanguageModel, Message
from assistant.plan import Plan
from assistant.prompts import Redaction, writer_messages
from assistant.state import Draft
from assistant.verification import split_sentences, verify

_LOG = logging.getLogger(__name__)

# A language model whose draft loses more than this share of its sentences is not worth reading: the templates answer instead.
_WORTH_KEEPING = 0.5

# How the ids of facts begin that belong to failures and refusals.
_OWN_WORDS = ("e", "r")
_ROLES = {"anomaly": "anomaly watcher"}


def from_reports(plan: Plan, reports: Sequence[AgentReport], declined: str | None) -> Draft:
    """The draft in the agents' own words: every sentence checked, failures named, refusals and questions back included."""
    if declined or not plan.steps:
        return _without_agents(plan, declined)
    facts = [fact for report in reports for fact in report.facts]
    sentences: list[str] = []
    for report in reports:
        if sentences:
            sentences.append("")
        sentences.extend(report.sentences)
        if report.failure:
            book = FactBook(f"e{report.step}")
            agent = book.name(_ROLES.get(report.agent, report.agent), "text", "The {} could not do its part", "graph")
            reason = book.name(report.failure, "text", "The reason: {}", f"agents.{report.agent}")
            facts.extend(book.facts)
            sentences.append(f"The {agent} could not do its part. {reason}")
    if plan.refusal:
        # A question with two halves: one was answered above, the other the data cannot answer.
        book = FactBook("r0")
        sentences += ["", str(book.name(plan.refusal.reason, "text", "Refused: {}", "planning"))]
        facts.extend(book.facts)
    verified = verify(sentences, facts)
    for item in verified.removed:
        _LOG.warning("verification removed an agent's sentence: %s (%s)", item.text, item.reason)
    return Draft(
        sentences=verified.sentences,
        facts=tuple(facts),
        removed=verified.removed,
        results=tuple(ref for report in reports for ref in report.results),
        warnings=tuple(dict.fromkeys(warning for report in reports for warning in report.warnings)),
        suggestions=tuple(dict.fromkeys(text for report in reports for text in report.suggestions))[:3],
    )


def _without_agents(plan: Plan, declined: str | None) -> Draft:
    book = FactBook("r0")
    if declined:
        book.say(f"All right, I left it: {book.name(declined, 'text', 'Declined: {}', 'conversation')}.")
    elif plan.ask:
        book.say(f"{book.name(plan.ask, 'text', 'The planner asks: {}', 'planning')}")
    elif plan.refusal:
        book.say(f"{book.name(plan.refusal.reason, 'text', 'Refused: {}', 'planning')}")
        if plan.refusal.instead:
            book.say("")
            book.say("What I can answer instead:")
            for text in plan.refusal.instead:
                book.say(f"- {book.name(text, 'text', 'Can be asked: {}', 'planning')}")
    verified = verify(book.sentences, book.facts)
    suggestions = plan.suggestions or (plan.refusal.instead if plan.refusal else ())
    return Draft(sentences=verified.sentences, facts=tuple(book.facts), removed=verified.removed, suggestions=suggestions)


def with_language_model(
    model: LanguageModel,
    question: str,
    draft: Draft,
    reports: Sequence[AgentReport],
    redaction: Redaction | None,
    on_prompt: Callable[[list[Message]], None],
    cancelled: Callable[[], bool],
) -> Draft:
    """Let a language model say it in its own words, and keep what the facts support.

    Falls back to the templates, saying so, when the model does not answer or most of what it wrote had to go.
    """
    sentences = [sentence for report in reports if not report.refused for sentence in report.sentences]
    # What was refused or failed is told in its own words below, and is nobody's to word anew.
    told = {fact.id for report in reports if report.refused for fact in report.facts}
    told |= {fact.id for fact in draft.facts if fact.id.startswith(_OWN_WORDS)}
    computed = [fact for fact in draft.facts if fact.id not in told]
    messages = writer_messages(question, computed, sentences, redaction)
    on_prompt(messages)
    try:
        text = model.complete(messages, cancelled=cancelled)
    except Cancelled:
        raise
    except LanguageModelError as error:
        return draft.model_copy(update={"warnings": (*draft.warnings, f"{error} The answer was written from templates instead.")})
    written = split_sentences(redaction.reveal(text) if redaction else text)
    verified = verify(written, draft.facts, strict=True)
    said = [sentence for sentence in verified.sentences if sentence.text]
    removed = (*draft.removed, *verified.removed)
    if len(said) < max(1, _WORTH_KEEPING * (len(said) + len(verified.removed))):
        note = f"{model.name} wrote mostly what no fact supports; the answer was written from templates instead."
        return draft.model_copy(update={"removed": removed, "warnings": (*draft.warnings, note)})
    own = tuple(s for s in draft.sentences if told.intersection(s.facts))
    gap = (Sentence(text=""),) if own else ()
    return draft.model_copy(update={"sentences": (*verified.sentences, *gap, *own), "removed": removed})


def finish(draft: Draft) -> Draft:
    """Join the sentences into Markdown. When nothing could be kept, the answer says that."""
    text = markdown(draft.sentences)
    if not text:
        text = "Nothing I could say about this passed verification, so I say nothing. The facts below are what was computed."
    return draft.model_copy(update={"answer": text})


def markdown(sentences: Sequence[Sentence]) -> str:
    """Sentences as paragraphs and lists."""
    blocks: list[str] = []
    for sentence in sentences:
        if not sentence.text:
            blocks.append("\n\n")
        elif sentence.text.startswith("- "):
            blocks.append(("\n" if blocks and not blocks[-1].endswith("\n\n") else "") + sentence.text)
        elif blocks and not blocks[-1].endswith("\n\n"):
            previous = blocks[-1].lstrip("\n")
            blocks.append(("\n\n" if previous.startswith("- ") else " ") + sentence.text)
        else:
            blocks.append(sentence.text)
    return "".join(blocks).strip()


def askable(name: str) -> tuple[str, ...]:
    """Three questions about a series that can be answered; none without a name."""
    return (f"Describe {name}", f"Is there anything unusual in {name}?", f"Forecast {name}") if name else ()


__all__ = ["Fact", "Removed", "askable", "finish", "from_reports", "markdown", "with_language_model"]
