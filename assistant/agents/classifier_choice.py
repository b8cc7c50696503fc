"""Which of the cases at hand a step is about."""

from __future__ import annotations

from assistant.agents.classifier_cases import AskedCases
from assistant.data.labels import case_numbers
from assistant.errors import BadRequest
from assistant.plan import ClassifierArgs


def is_chosen(args: ClassifierArgs) -> bool:
    """Whether a step is about some of the cases, and not about all of them."""
    return bool(args.cases or args.first or args.last)


def chosen_cases(asked: AskedCases, args: ClassifierArgs) -> AskedCases:
    """The cases that a step names, in the table's order and under their own titles; all where it names none.

    Errors: BadRequest for numbers beyond the end.
    """
    if not is_chosen(args):
        return asked
    count = len(asked.titles)
    for wanted in (args.first, args.last):
        if wanted is not None and wanted > count:
            raise BadRequest(f"You asked for {wanted:,} cases, and {_where(asked)} holds {_counted(count)}. Ask for fewer.")
    places = {number: row for row, number in enumerate(case_numbers(asked.titles))}
    missing = [number for number in args.cases if number not in places]
    if missing:
        raise BadRequest(
            f"There is no case {missing[0]:,}: {_where(asked)} holds {_counted(count)}, "
            f"from {asked.titles[0]} to {asked.titles[-1]}. Ask about one of these."
        )
    rows = {places[number] for number in args.cases} | set(range(args.first or 0)) | set(range(count - (args.last or 0), count))
    return asked.rows(sorted(rows))


def _where(asked: AskedCases) -> str:
    return asked.file or "what is loaded"


def _counted(count: int) -> str:
    return f"{count:,} case{'s' if count != 1 else ''}"
