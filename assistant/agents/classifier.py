"""The classifier: names the class of each case, with its reasons and its doubts, and with the accuracies that say how far to
trust it; and answers what people ask of the classes and of the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from assistant.agents.base import AgentContext, AgentReport, report
from assistant.agents.classifier_cases import AskedCases, asked_cases
from assistant.agents.classifier_choice import chosen_cases, is_chosen
from assistant.agents.classifier_evidence import TOLD, Verdict, explained, verdicts
from assistant.agents.classifier_models import KnownClassifier, check_channels, choose, fitting_too, known_classifiers
from assistant.agents.classifier_results import keep_all
from assistant.agents.classifier_subjects import (
    say_class_counts,
    say_doubts,
    say_matrix,
    say_neighbours,
    say_own_counts,
    say_reasons,
    say_strangest,
)
from assistant.agents.classifier_trust import say_model
from assistant.agents.classifier_words import say, say_nothing_known, say_supposed
from assistant.data.labels import all_cases
from assistant.data.worker import read_dataset_safely
from assistant.errors import BadRequest
from assistant.facts import FactBook
from assistant.plan import CaseSubject, ClassifierArgs

if TYPE_CHECKING:
    from models.base import Classifier

# So many cases are explained where it is asked why a class was named, and no case is.
_EXPLAINED = 3
# What can be told only where at least one case has a class.
_OF_NAMED: frozenset[CaseSubject] = frozenset({"classes", "reasons", "doubts", "counts"})
_SUBJECTS: dict[CaseSubject, Callable[[FactBook, KnownClassifier, Sequence[Verdict], AskedCases], None]] = {
    "reasons": say_reasons,
    "doubts": say_doubts,
    "counts": say_class_counts,
    "strange": say_strangest,
    "agreement": say_matrix,
    "neighbours": say_neighbours,
}


def run(step: int, args: ClassifierArgs, context: AgentContext) -> AgentReport:
    """Classify the newest table of cases, or the named series, and tell what is asked of it."""
    book = FactBook(f"s{step}")
    if args.about == "model":
        chosen = _model_asked_about(args, context)
        say_model(book, chosen, _classes(chosen))
        return report(step, "classifier", book, (), context)
    labels = _own_labels(context) if args.about == "counts" and not args.series and not is_chosen(args) else None
    if labels is not None:
        say_own_counts(book, context.uploads[-1].file_name, labels)
        return report(step, "classifier", book, (), context)
    known = known_classifiers(args.model, context)
    asked = asked_cases(args, known, context)
    chosen = known[0] if args.model else choose(known, asked.channels, asked.steps)
    check_channels(chosen, asked.channels)
    asked = asked.in_order_of(chosen, context.warnings)
    if not args.model and (others := fitting_too(known, chosen, asked.channels, asked.steps)):
        context.warnings.append(others)
    asked = chosen_cases(asked, args).at_once(context.warnings, chosen=is_chosen(args))
    model = _loaded(chosen, context)
    every = verdicts(model, asked, context)
    found = _told(model, args, every, context)
    if args.supposed is not None:
        say_supposed(book, args.supposed, every, chosen)
    if all(one.strange for one in found) and args.about in _OF_NAMED:
        say_nothing_known(book, chosen, found, asked)
    elif args.about == "classes":
        say(book, chosen, found, asked, brief=is_chosen(args) or args.label is not None)
    else:
        _SUBJECTS[args.about](book, chosen, found, asked)
    return report(step, "classifier", book, keep_all(found, chosen, args, asked, context), context)


def _loaded(chosen: KnownClassifier, context: AgentContext) -> Classifier[Any]:
    from models import load_model
    from models.base import Classifier

    model = load_model(chosen.folder, device=context.tools.device)
    if not isinstance(model, Classifier):
        raise BadRequest(f"{chosen.name} is a forecaster, not a classifier. Name another model.")
    return model


def _told(model: Classifier[Any], args: ClassifierArgs, found: tuple[Verdict, ...], context: AgentContext) -> tuple[Verdict, ...]:
    """The cases that are told: those of the class that is asked for, of which a few are explained.

    Errors: BadRequest for a class that the classifier does not know or gave to none of the cases.
    """
    if args.label is not None:
        found = _of_class(args.label, found)
    if args.about == "reasons":
        known = sorted((one for one in found if not one.strange), key=lambda one: -one.probability)
        found = found if is_chosen(args) and len(found) <= TOLD else tuple(known or found)[:_EXPLAINED]
    return explained(model, found, context) if args.about in {"classes", "reasons"} and len(found) <= TOLD else found


def _of_class(label: str, found: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    classes = list(found[0].shares)
    known = next((one for one in classes if one.casefold() == label.casefold()), None)
    if known is None:
        raise BadRequest(
            f"The classifier knows no class {label!r}. It knows {', '.join(classes[:TOLD])}; ask about one of these."
        )
    alike = tuple(one for one in found if one.label == known and not one.strange)
    if not alike:
        raise BadRequest(f"None of the {len(found)} cases was given the class {known!r}. Ask which classes there are.")
    return alike


def _own_labels(context: AgentContext) -> list[str] | None:
    """The labels that the newest table carries, "" for a case without one; None where it carries none."""
    newest = context.uploads[-1] if context.uploads else None
    if newest is None or newest.label_column is None:
        return None
    dataset = read_dataset_safely(context.workspace.upload_path(newest.upload_id), newest.options, name=newest.file_name)
    labels = all_cases(dataset)[1]
    return labels if any(labels) else None


def _model_asked_about(args: ClassifierArgs, context: AgentContext) -> KnownClassifier:
    """The named classifier, else the one that the newest table trained, else the one that would classify what is loaded."""
    known = known_classifiers(args.model, context)
    newest = context.uploads[-1] if context.uploads else None
    if args.model:
        return known[0]
    if newest is not None and newest.label_column:
        trained = next((one for one in known if newest.digest in one.training.data), None)
        if trained is not None:
            return trained
    try:
        # What the cases look like is no part of this answer.
        asked = asked_cases(args, known, replace(context, warnings=[]))
        return choose(known, asked.channels, asked.steps)
    except BadRequest:
        if known[0].shipped:
            raise
        return known[0]


def _classes(chosen: KnownClassifier) -> list[str]:
    from models.checkpoint import read_summary

    return [str(label) for label in read_summary(chosen.folder).details["classes"]]
