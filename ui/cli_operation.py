"""The commands that look after the installation: chat, index, models, sessions, backup, restore."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.cli_conversation import converse, counted, run_and_show, start_logging
from ui.cli_options import LOCAL_OWNER, AsJson, Files, SessionId, read_options

if TYPE_CHECKING:
    from models.checkpoint import TrainingRecord


def chat(
    host: Annotated[str | None, typer.Option("--host", help="Address to bind; beyond loopback only with --auth.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port; 7860 unless set.")] = None,
    auth: Annotated[str | None, typer.Option("--auth", help="Login hook, module:function (request → user or None).")] = None,
) -> None:
    """Start the web chat and print its address."""
    from ui.server import serve

    settings = start_logging(host=host, port=port)
    serve(settings, auth=auth, announce=lambda address: typer.echo(f"Tidings is at {address} (Ctrl-C stops it)"))


def index(
    files: Files,
    session: SessionId = None,
    as_json: AsJson = False,
) -> None:
    """Store the files' episodes for similarity search, so that later questions find them at once."""
    from assistant.plan import HistorianArgs, Plan

    steps = (HistorianArgs(index_only=True),)
    run_and_show(converse(files, read_options(), session=session, plan=Plan(steps=steps)), as_json)


def models(as_json: AsJson = False) -> None:
    """List the models: those that come with the product and those you trained."""
    from assistant.services import open_services
    from models.registry import available, shipped_checkpoints

    settings = start_logging()

    async def trained_here() -> dict[str, Path]:
        async with open_services(settings) as services:
            return services.trained(LOCAL_OWNER)

    rows: list[dict[str, Any]] = [
        {"name": entry.name, "kind": entry.kind, "origin": "built in", "summary": entry.summary} for entry in available()
    ]
    rows += [_checkpoint_row(entry.name, entry.folder, "shipped") for entry in shipped_checkpoints()]
    rows += [_checkpoint_row(name, path, "trained here") for name, path in asyncio.run(trained_here()).items()]
    if as_json:
        typer.echo(json.dumps({"models": rows}, ensure_ascii=False))
        return
    name, kind, origin = (max(len(row[key]) for row in rows) for key in ("name", "kind", "origin"))
    for row in rows:
        typer.echo(f"{row['name']:{name}}  {row['kind']:{kind}}  {row['origin']:{origin}}  {row['summary']}")


def sessions(as_json: AsJson = False) -> None:
    """List the sessions of the command line, the latest used first."""
    from assistant.records import Records

    with Records(start_logging().prepare().records_path) as records:
        rows: list[dict[str, Any]] = [
            {"id": s.id, "title": s.title, "created": s.created, "updated": s.updated, "turns": len(records.turns(s.id))}
            for s in records.sessions(LOCAL_OWNER)
        ]
    if as_json:
        typer.echo(json.dumps({"sessions": rows}, ensure_ascii=False))
        return
    for row in rows:
        used = row["updated"][:16].replace("T", " ")
        typer.echo(f"{row['id']}  {used}  {counted(row['turns'], 'question'):>13}  {row['title'] or '(no file)'}")
    if not rows:
        typer.echo("There are no sessions yet. `tidings ask FILE QUESTION` starts one.")


def backup(
    target: Annotated[Path, typer.Argument(help="The archive to write, .tar.gz.")],
    as_json: AsJson = False,
) -> None:
    """Write everything in TIDINGS_HOME into one archive; safe while the chat runs."""
    from assistant.backup import backup as write_backup

    manifest = write_backup(start_logging().prepare().home, target)
    if as_json:
        typer.echo(json.dumps({"archive": str(target), "files": len(manifest.files)}))
    else:
        typer.echo(f"{counted(len(manifest.files), 'file')} written to {target}.")


def restore(
    archive: Annotated[Path, typer.Argument(help="An archive that `tidings backup` wrote.")],
    force: Annotated[bool, typer.Option("--force", help="Move the present state aside first; nothing is deleted.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring back what a backup holds, into an empty TIDINGS_HOME."""
    from assistant.backup import restore as read_backup

    home = start_logging().home
    manifest = read_backup(archive, home, force=force)
    if as_json:
        typer.echo(json.dumps({"home": str(home), "files": len(manifest.files)}))
    else:
        typer.echo(f"{counted(len(manifest.files), 'file')} restored to {home}.")


def _checkpoint_row(name: str, folder: Path, origin: str) -> dict[str, Any]:
    """A saved model's line: what it is, what it was trained on, how well it did beside the plain one. A damaged one says so."""
    from models.checkpoint import read_summary
    from models.errors import CheckpointError
    from models.registry import available

    try:
        checkpoint = read_summary(folder)
    except CheckpointError as error:
        return {"name": name, "kind": "model", "origin": origin, "summary": f"cannot be used: {error}"}
    training, figures = checkpoint.training, dict(checkpoint.training.figures)
    return {
        "name": name,
        "kind": next((entry.kind for entry in available() if entry.name == checkpoint.model), "model"),
        "origin": origin,
        "summary": f"{checkpoint.model} trained on {training.data or 'unnamed data'}{_trust(training, checkpoint.model)}",
        "model": checkpoint.model,
        "data": training.data,
        "licence": training.licence,
        "commit": training.commit,
        **figures,
    }


def _trust(training: TrainingRecord, method: str) -> str:
    """How well a saved model did, beside the plain one where it is another method, its data's licence and its commit."""
    from models.selection import PLAIN

    figures = training.figures
    if "accuracy" in figures and "plain_accuracy" in figures:
        tested = f" on {counted(round(figures['held_out']), 'held-out case')}" if "held_out" in figures else ""
        plain = f"the plain one's: {100 * figures['plain_accuracy']:.1f}%"
        others = [] if method == PLAIN else [plain]
        if "minirocket_accuracy" in figures:
            others.append(f"minirocket's: {100 * figures['minirocket_accuracy']:.1f}%")
        found = f"accuracy {100 * figures['accuracy']:.1f}%{tested}" + (f" ({', '.join(others)})" if others else "")
    else:
        found = ", ".join(f"{key.replace('_', ' ')} {value:.3g}" for key, value in figures.items()) or "no figures recorded"
    licence = f"; licence: {training.licence}" if training.licence else ""
    commit = f"; commit {training.commit[:12]}" if training.commit else ""
    return f"; {found}{licence}{commit}"
