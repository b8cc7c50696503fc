"""What an agent said, checked as every answer is."""

from __future__ import annotations

from assistant.agents.base import AgentReport
from assistant.verification import unsupported_numbers, verify


def checked_text(report: AgentReport, *, strict: bool = False) -> str:
    """The report's sentences as one text; no sentence may be removed and no number be without a fact."""
    outcome = verify(report.sentences, report.facts, strict=strict)
    assert outcome.removed == ()
    text = " ".join(sentence.text for sentence in outcome.sentences)
    assert unsupported_numbers(text, report.facts) == []
    return text
