"""The classifier: names the class of each case, with its reasons and its doubts, and with the accuracies that say how far to
trust it."""

from __future__ import annotations

from assistant.agents.base import AgentContext, AgentReport, report
from assistant.agents.classifier_cases import asked_cases
from assistant.agents.classifier_evidence import TOLD, document, verdicts
from assistant.agents.classifier_models import check_channels, choose, fitting_too, known_classifiers
from assistant.agents.classifier_words import say
from assistant.errors import BadRequest
from assistant.facts import FactBook
from assistant.plan import ClassifierArgs


def run(step: int, args: ClassifierArgs, context: AgentContext) -> AgentReport:
    """Classify the newest table of cases, or the named series."""
    from models import load_model
    from models.base import Classifier

    book = FactBook(f"s{step}")
    known = known_classifiers(args.model, context)
    asked = asked_cases(args, known, context)
    chosen = known[0] if args.model else choose(known, asked.channels, asked.steps)
    check_channels(chosen, asked.channels)
    asked = asked.in_order_of(chosen, context.warnings)
    if not args.model and (others := fitting_too(known, chosen, asked.channels, asked.steps)):
        context.warnings.append(others)
    model = load_model(chosen.folder, device=context.tools.device)
    if not isinstance(model, Classifier):
        raise BadRequest(f"{chosen.name} is a forecaster, not a classifier. Name another model.")
    found, shares = verdicts(model, asked, context)
    say(book, chosen, found, model.classes, asked)
    kept = [
        context.keep(
            document(verdict, chosen, dict(zip(model.classes, row, strict=True)), drawn=place < TOLD),
            title=f"Class of {verdict.title}",
        )
        for place, (verdict, row) in enumerate(zip(found, shares, strict=True))
    ]
    return report(step, "classifier", book, kept, context)
