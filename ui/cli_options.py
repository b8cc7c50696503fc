"""The options that commands share, and how they become the reader's options."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from assistant.data.series import ReadOptions

LOCAL_OWNER = "local"

Files = Annotated[
    list[Path], typer.Argument(help="CSV, TSV, text, Excel, Parquet, JSON, .tsf, .ts, .arff; also .gz.", show_default=False)
]
File = Annotated[
    Path, typer.Argument(help="CSV, TSV, text, Excel, Parquet, JSON, .tsf, .ts, .arff; also .gz.", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document on stdout.")]
SeriesNames = Annotated[list[str] | None, typer.Option("--series", help="The series to work on; may be given several times.")]
SessionId = Annotated[str | None, typer.Option("--session", help="Go on in this session.")]
Yes = Annotated[bool, typer.Option("--yes", help="Confirm beforehand whatever would be asked.")]
DayFirst = Annotated[bool, typer.Option("--dayfirst", help="Read 01/02/2020 as 1 February.")]
MonthFirst = Annotated[bool, typer.Option("--monthfirst", help="Read 01/02/2020 as 2 January.")]
TimeColumn = Annotated[str | None, typer.Option("--time-column", help="The column that holds the times.")]
ValueColumns = Annotated[list[str] | None, typer.Option("--value-column", help="A column to read as a series; repeatable.")]
SeriesColumn = Annotated[str | None, typer.Option("--series-column", help="The column that names the series of a long table.")]
Frequency = Annotated[str | None, typer.Option("--frequency", help="Overrule the frequency, e.g. D, h, MS, 30min.")]
Sheet = Annotated[str | None, typer.Option("--sheet", help="The sheet of a workbook.")]
Decimal = Annotated[str | None, typer.Option("--decimal", help="The decimal mark: . or ,")]
Missing = Annotated[list[str] | None, typer.Option("--missing", help="A cell that stands for no value, e.g. -1; repeatable.")]
Label = Annotated[str | None, typer.Option("--label", help="The column that names the class of each case.", metavar="COLUMN")]
Delimiter = Annotated[str | None, typer.Option("--delimiter", help="The mark between columns.")]


def read_options(
    dayfirst: bool = False,
    monthfirst: bool = False,
    time_column: str | None = None,
    value_columns: Sequence[str] | None = None,
    series_column: str | None = None,
    frequency: str | None = None,
    sheet: str | None = None,
    decimal: str | None = None,
    delimiter: str | None = None,
    missing: Sequence[str] | None = None,
    label: str | None = None,
) -> ReadOptions:
    """The reader's options that the flags stand for. Raises BadRequest for flags that contradict each other."""
    from assistant.data.series import ReadOptions
    from assistant.errors import BadRequest

    if dayfirst and monthfirst:
        raise BadRequest("--dayfirst and --monthfirst were both given. Give one of them.")
    if decimal not in (None, ".", ","):
        raise BadRequest(f"--decimal takes . or , and got {decimal!r}.")
    return ReadOptions(
        day_first=True if dayfirst else False if monthfirst else None,
        time_column=time_column,
        value_columns=tuple(value_columns) if value_columns else None,
        series_column=series_column,
        frequency=frequency,
        sheet=sheet,
        delimiter=delimiter.replace("\\t", "\t") if delimiter else None,
        missing_marks=tuple(missing or ()),
        label=label,
        decimal=decimal,  # type: ignore[arg-type]
    )
