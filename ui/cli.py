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
    from collections.abc import Callable, Iterator


def build() -> typer.Typer:
    """The command tree."""
    app = _group("Ask time series in plain words; every number in the answer was computed.")
    answers = cli_answers.ask, cli_answers.describe, cli_answers.forecast, cli_answers.similar, cli_answers.classify
    operation = cli_operation.index, cli_operation.models, cli_operation.sessions, cli_operation.backup, cli_operation.restore
    commands: list[Callable[..., None]] = [cli_operation.chat, *answers, *operation]
    for command in commands:
        app.command()(command)
    train = _group("Fit a model on your own data.")
    train.command("classifier")(cli_answers.train_classifier)
    # Without a callback typer would take the only subcommand for the group itself.
    train.callback()(lambda: None)
    app.add_typer(train, name="train")
    return app


def _group(text: str) -> typer.Typer:
    return typer.Typer(
        help=text, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
    )


def main() -> None:
    """Run a command; every error becomes one message on stderr and a non-zero exit."""
    # Threads that wait for each other by turning round and round starve themselves on a busy machine: a classification took seven
    # times as long. torch reads this once, when it is imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
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
