"""The commands that answer: ask, describe, forecast, similar, classify, train."""

from __future__ import annotations

import json
import os.path
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.cli_conversation import converse, counted, require_file, run_and_show, start_logging
from ui.cli_labels import check_place, write_labels
from ui.cli_options import (
    AsJson,
    DayFirst,
    Decimal,
    Delimiter,
    File,
    Frequency,
    Label,
    Missing,
    MonthFirst,
    SeriesColumn,
    SeriesNames,
    SessionId,
    Sheet,
    TimeColumn,
    ValueColumns,
    Yes,
    read_options,
)

if TYPE_CHECKING:
    from assistant.plan import Span


def ask(
    arguments: Annotated[
        list[str], typer.Argument(metavar="FILE… QUESTION", help="Files, then the question.", show_default=False)
    ],
    series: SeriesNames = None,
    session: SessionId = None,
    yes: Yes = False,
    as_json: AsJson = False,
    dayfirst: DayFirst = False,
    monthfirst: MonthFirst = False,
    time_column: TimeColumn = None,
    value_columns: ValueColumns = None,
    series_column: SeriesColumn = None,
    frequency: Frequency = None,
    sheet: Sheet = None,
    decimal: Decimal = None,
    delimiter: Delimiter = None,
    missing: Missing = None,
    label: Label = None,
) -> None:
    """Ask a question about files, or go on in a session."""
    options = read_options(
        dayfirst, monthfirst, time_column, value_columns, series_column, frequency, sheet, decimal, delimiter, missing, label
    )
    *files, question = arguments
    if not files and os.path.isfile(question):
        from assistant.errors import BadRequest

        raise BadRequest(f'Expected files and a question, found the file {question} alone. Add a question such as "describe".')
    work = converse([Path(f) for f in files], options, session=session, question=question, series=series, approve=yes)
    run_and_show(work, as_json)


def describe(
    file: File,
    as_json: AsJson = False,
    dayfirst: DayFirst = False,
    monthfirst: MonthFirst = False,
    time_column: TimeColumn = None,
    value_columns: ValueColumns = None,
    series_column: SeriesColumn = None,
    frequency: Frequency = None,
    sheet: Sheet = None,
    decimal: Decimal = None,
    delimiter: Delimiter = None,
    missing: Missing = None,
    label: Label = None,
) -> None:
    """Show how a file is read: its series, the guesses made, and what was odd."""
    from assistant.data.description import describe_dataset
    from assistant.data.series import Limits
    from assistant.data.worker import read_dataset_safely

    settings = start_logging()
    options = read_options(
        dayfirst, monthfirst, time_column, value_columns, series_column, frequency, sheet, decimal, delimiter, missing, label
    )
    require_file(file)
    dataset = read_dataset_safely(file, options, Limits(file_bytes=settings.file_bytes), name=file.name)
    summary = describe_dataset(dataset)
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False, allow_nan=False))
        return
    for item in summary["series"]:
        typer.echo(_series_line(item))
    if not summary["series"]:
        typer.echo(f"A table of {counted(len(dataset.table), 'row')} without a series.")
    for guess in summary["guesses"]:
        others = f" (or: {', '.join(guess['alternatives'])})" if guess["alternatives"] else ""
        typer.echo(f"guess · {guess['what']}: {guess['chosen']}{others}. {guess['why']}")
    for warning in summary["warnings"]:
        typer.echo(f"Note: {warning}", err=True)


def _series_line(item: dict[str, Any]) -> str:
    gap = f", {item['missing']:,} missing" if item["missing"] else ""
    start, end = item["start"], item["end"]
    if start.endswith("T00:00:00") and end.endswith("T00:00:00"):
        start, end = start.removesuffix("T00:00:00"), end.removesuffix("T00:00:00")
    rhythm = {None: "no times, counted by row", "irregular": "no regular frequency"}.get(item["frequency"])
    if rhythm is None:
        from ui.reading import rhythm_words

        rhythm = f"{rhythm_words(item['frequency'])} (frequency {item['frequency']})"
    return f"{item['name']}: {counted(item['n'], 'row')}{gap}, {start} to {end}, {rhythm}"


def forecast(
    file: File,
    horizon: Annotated[int, typer.Option("--horizon", help="Steps ahead, in samples.")],
    series: SeriesNames = None,
    level: Annotated[list[float] | None, typer.Option("--level", help="Interval level in percent; repeatable.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="Force a model instead of the backtest's choice.")] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option("--exclude", help="Leave out a time, or a stretch such as 2020-03..2020-05; repeatable.", metavar="TIME"),
    ] = None,
    driver: Annotated[list[str] | None, typer.Option("--driver", help="A series that helps, where it does; repeatable.")] = None,
    holidays: Annotated[str | None, typer.Option("--holidays", help="Country whose holidays count, such as DE.")] = None,
    session: SessionId = None,
    yes: Yes = False,
    as_json: AsJson = False,
    dayfirst: DayFirst = False,
    monthfirst: MonthFirst = False,
    time_column: TimeColumn = None,
    frequency: Frequency = None,
    sheet: Sheet = None,
    decimal: Decimal = None,
) -> None:
    """Forecast with intervals; the model is chosen by rolling-origin backtest."""
    from assistant.errors import BadRequest
    from assistant.plan import MAX_HORIZON, ForecastArgs, Plan

    if not 1 <= horizon <= MAX_HORIZON:
        raise BadRequest(f"--horizon takes 1 to {MAX_HORIZON} steps, and got {horizon}.")
    levels = tuple(level) if level else (80.0, 95.0)
    if not all(0 < value < 100 for value in levels):
        raise BadRequest(f"--level takes percentages between 0 and 100, and got {', '.join(f'{value:g}' for value in levels)}.")
    options = read_options(dayfirst, monthfirst, time_column, None, None, frequency, sheet, decimal)
    if holidays is not None and not re.fullmatch("[A-Za-z]{2}", holidays):
        raise BadRequest(f"--holidays takes a country's two-letter code, such as DE, and got {holidays!r}.")
    args = ForecastArgs(
        horizon=horizon,
        levels=levels,
        model=model,
        exclude=tuple(_stretch("--exclude", text) for text in exclude or ()),
        drivers=tuple(driver or ()),
        calendar="holidays" if holidays else None,
        country=holidays.upper() if holidays else None,
    )
    plan = Plan(steps=(args,))
    run_and_show(converse([file], options, session=session, plan=plan, series=series, approve=yes), as_json)


def similar(
    file: File,
    start: Annotated[str | None, typer.Option("--start", help="Start of the stretch to look for, ISO 8601.")] = None,
    end: Annotated[str | None, typer.Option("--end", help="End of the stretch, inclusive.")] = None,
    text: Annotated[str | None, typer.Option("--text", help="Search by words instead of by shape.")] = None,
    k: Annotated[int, typer.Option("--k", help="How many episodes, 1 to 50.")] = 5,
    any_time: Annotated[bool, typer.Option("--any-time", help="Also find stretches after the one looked for.")] = False,
    series: SeriesNames = None,
    session: SessionId = None,
    as_json: AsJson = False,
    dayfirst: DayFirst = False,
    monthfirst: MonthFirst = False,
    time_column: TimeColumn = None,
    sheet: Sheet = None,
    decimal: Decimal = None,
) -> None:
    """Find episodes like a stretch of a series, or like words."""
    from assistant.errors import BadRequest
    from assistant.plan import HistorianArgs, Plan, Span

    if not 1 <= k <= 50:
        raise BadRequest(f"--k takes 1 to 50, and got {k}.")
    options = read_options(dayfirst, monthfirst, time_column, None, None, None, sheet, decimal)
    for flag, moment in (("--start", start), ("--end", end)):
        _check_moment(flag, moment)
    span = Span(start=start, end=end) if start or end else None
    plan = Plan(steps=(HistorianArgs(span=span, text=text, k=k, any_time=any_time),))
    run_and_show(converse([file], options, session=session, plan=plan, series=series), as_json)


def _stretch(flag: str, text: str) -> Span:
    """ "2020-03..2020-05", or "2020" alone, as a span. Raises BadRequest."""
    from assistant.plan import Span

    start, _, end = text.partition("..")
    for moment in (start, end or start):
        _check_moment(flag, moment)
    return Span(start=start, end=end or start)


def _check_moment(flag: str, moment: str | None) -> None:
    """Raises BadRequest for what is neither a time nor a row number."""
    import pandas as pd

    from assistant.errors import BadRequest

    if moment is None or moment.isdecimal():
        return
    try:
        pd.Period(moment)
    except ValueError:
        raise BadRequest(
            f"{flag} takes a time in ISO 8601, such as 2020-03 or 2020-03-01T12:00, or a row number; found {moment!r}."
        ) from None


def classify(
    file: File,
    model: Annotated[str | None, typer.Option("--model", help="A model that `tidings models` lists.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the classes (of at most 5,000 cases) to this CSV file.")
    ] = None,
    series: SeriesNames = None,
    session: SessionId = None,
    as_json: AsJson = False,
    label: Label = None,
    sheet: Sheet = None,
    decimal: Decimal = None,
    delimiter: Delimiter = None,
    missing: Missing = None,
) -> None:
    """Name the class of each case or series in a file, with what decided and how far to trust it."""
    from assistant.plan import ClassifierArgs, Plan

    if out is not None:
        check_place(out, file)
    plan = Plan(steps=(ClassifierArgs(model=model),))
    options = read_options(sheet=sheet, decimal=decimal, delimiter=delimiter, missing=missing, label=label)
    answer = run_and_show(converse([file], options, session=session, plan=plan, series=series), as_json)
    if out is not None:
        typer.echo(f"{counted(write_labels(out, answer.results), 'case')} written to {out}.", err=True)


def train_classifier(
    file: File,
    model: Annotated[
        str, typer.Option("--model", help="The classifier to train, or auto: try all that train fast enough, keep the best.")
    ] = "auto",
    session: SessionId = None,
    yes: Yes = False,
    as_json: AsJson = False,
    label: Label = None,
    sheet: Sheet = None,
    decimal: Decimal = None,
    delimiter: Delimiter = None,
    missing: Missing = None,
) -> None:
    """Train a classifier on a labelled table: one case a row, its values in columns, its class in one of them.

    Or a table of recordings: each a block of rows, its channels in columns, with columns for its name and its class.

    A training of HiTime that was stopped (Ctrl-C) goes on where it was when the command is run again within a week.
    """
    from assistant.plan import Plan, TrainerArgs

    plan = Plan(steps=(TrainerArgs(file=file.name, model=model.lower()),))
    options = read_options(sheet=sheet, decimal=decimal, delimiter=delimiter, missing=missing, label=label)
    run_and_show(converse([file], options, session=session, plan=plan, approve=yes), as_json)
