"""The command line: which commands there are, and how errors are shown.

Every import that costs time happens inside a command, so that `tidings --help` answers at once.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from ui import cli_answers, cli_operation

if TYPE_CHECKING:
    from collections.abc import Iterator


def build() -> typer.Typer:
    """The command tree."""
    plain = {"no_args_is_help": True, "add_completion": False, "pretty_exceptions_enable": False, "rich_markup_mode": None}
    app = typer.Typer(name="tidings", help="Ask time series in plain words; every number in the answer was computed.", **plain)
    app.command()(cli_operation.chat)
    for command in (cli_answers.ask, cli_answers.describe, cli_answers.forecast, cli_answers.similar, cli_answers.classify):
        app.command()(command)
    train = typer.Typer(help="Fit a model on your own data.", **plain)
    train.command("classifier")(cli_answers.train_classifier)
    # Without a callback typer would take the only subcommand for the group itself.
    train.callback()(lambda: None)
    app.add_typer(train, name="train")
    for command in (
        cli_operation.index,
        cli_operation.models,
        cli_operation.sessions,
        cli_operation.backup,
        cli_operation.restore,
    ):
        app.command()(command)
    return app


def main() -> None:
    """Run a command; every error becomes one message on stderr and a non-zero exit."""
    with _readable_errors():
        build()()


@contextmanager
def _readable_errors() -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, BrokenPipeError):
        os._exit(130)
    except Exception as error:
        # The house's errors are written for users and live in these packages; anything else is a defect of ours.
        if type(error).__module__.split(".")[0] in {"assistant", "models", "retrieval", "ui"}:
            typer.echo(f"tidings: {error}", err=True)
            sys.exit(2)
        if os.environ.get("TIDINGS_LOG_LEVEL", "").upper() == "DEBUG":
            raise
        typer.echo(
            f"tidings: something inside went wrong ({type(error).__name__}). Nothing was lost. "
            "Run again with TIDINGS_LOG_LEVEL=DEBUG to see where.",
            err=True,
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
