"""Bad input on the command line: a readable message, a non-zero status, nothing lost, and the next question works."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.test_ui_cli import ROOT, Run, assert_readable_error, only, run, state, tables, tidings
from ui.cli_conversation import stopped_by_interrupt

__all__ = ["run", "state", "tables"]  # fixtures


def _zip_bomb() -> bytes:
    """A workbook of 60 MB of zeros in a few kilobytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(60_000_000))
    return packed.getvalue()


def _workbook() -> bytes:
    packed = io.BytesIO()
    pd.DataFrame({"day": pd.date_range("2024-01-01", periods=20), "sold": range(20)}).to_excel(packed, index=False)
    return packed.getvalue()


def _table(values: list[object]) -> bytes:
    days = pd.date_range("2024-01-01", periods=len(values)).strftime("%Y-%m-%d")
    return ("day,sold\n" + "".join(f"{day},{value}\n" for day, value in zip(days, values, strict=True))).encode()


UNREADABLE = {
    "empty": ("empty.csv", lambda: b"", r"empty"),
    "binary": ("picture.csv", lambda: b"\x89PNG\r\n\x1a\n" + np.random.default_rng(0).bytes(4000), r"(?i)expected"),
    "all missing": ("missing.csv", lambda: _table(["NA"] * 30), r"(?i)expected|no (values|numbers)"),
    "bomb": ("bomb.xlsx", _zip_bomb, r"compression_ratio"),
    "damaged gzip": ("cut.csv.gz", lambda: b"\x1f\x8b\x08\x00 not a stream", r"gzip"),
}


@pytest.mark.parametrize("case", UNREADABLE)
@pytest.mark.parametrize("command", ["describe", "ask"])
def test_unreadable_files_are_refused(run: Run, tmp_path: Path, tables: Path, case: str, command: str) -> None:
    name, content, pattern = UNREADABLE[case]
    path = tmp_path / name
    path.write_bytes(content())
    before = run("sessions", "--json").document["sessions"]
    outcome = run(command, path, *(["describe"] if command == "ask" else []))
    assert_readable_error(outcome, "tidings: ")
    assert re.search(pattern, outcome.err), outcome.err
    assert run("sessions", "--json").document["sessions"] == before
    assert run("describe", tables / "north.csv", "--json").document["series"][0]["n"] == 72


ODD: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "workbook named csv": ("book.csv", _workbook, r"content is xlsx"),
    "infinite": ("infinite.csv", lambda: _table([*range(20), "inf", "-inf", *range(20)]), r"(?i)infinit"),
    "duplicates": ("twice.csv", lambda: _table(list(range(20))) + b"2024-01-05,99\n", r"(?i)duplicate|more than once|twice"),
    "one row": ("one.csv", lambda: _table([5]), r""),
}


@pytest.mark.parametrize("case", ODD)
def test_odd_files_are_read_with_a_word_about_it_or_refused(run: Run, tmp_path: Path, case: str) -> None:
    name, content, pattern = ODD[case]
    path = tmp_path / name
    path.write_bytes(content())
    outcome = run("describe", path)
    if outcome.code:
        assert_readable_error(outcome, "tidings: ")
        assert re.search(pattern, outcome.err)
        return
    assert re.search(pattern, outcome.out + outcome.err), outcome
    answer = run("ask", path, "what is the maximum?", "--json").document
    assert np.isfinite([r["value"] for r in answer["results"] if r["kind"] == "value"]).all(), answer["answer"]


def test_unsorted_times_are_sorted(run: Run, tmp_path: Path) -> None:
    head, *rows = _table(list(range(20))).decode().splitlines()
    path = tmp_path / "unsorted.csv"
    path.write_text("\n".join([head, *rows[10:], *rows[:10]]) + "\n")
    document = run("describe", path, "--json").document
    (series,) = document["series"]
    assert (series["n"], series["frequency"], series["start"][:10], series["end"][:10]) == (20, "D", "2024-01-01", "2024-01-20")
    assert any("order" in warning or "sorted" in warning for warning in document["warnings"]), document["warnings"]


@pytest.mark.parametrize("command", ["describe", "ask", "forecast"])
def test_a_file_beyond_the_bound_is_refused_at_once(run: Run, tmp_path: Path, command: str) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as stream:
        stream.write(b"day,sold\n")
        stream.truncate(500_000_000)
    rest = {"describe": [], "ask": ["describe"], "forecast": ["--horizon", 3]}[command]
    started = time.monotonic()
    assert_readable_error(run(command, path, *rest), "file_bytes", "200.0 MB", "500.0 MB")
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("command", ["describe", "ask"])
def test_the_bound_is_a_setting(run: Run, tables: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("TIDINGS_FILE_BYTES", "500")
    rest = ["describe"] if command == "ask" else []
    assert_readable_error(run(command, tables / "sales.csv", *rest), "file_bytes = 500")


@pytest.mark.parametrize("horizon", [0, -3, 10**9])
def test_a_horizon_out_of_range(run: Run, tables: Path, horizon: int) -> None:
    assert_readable_error(run("forecast", tables / "north.csv", "--horizon", horizon), "1 to 2000", str(horizon))


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("ask", "north.csv", "describe", "--series", "nort"), ("'nort'", "Nearest: north")),
        (("forecast", "north.csv", "--horizon", "3", "--series", "nort"), ("'nort'", "Nearest: north")),
        (("forecast", "north.csv", "--horizon", "3", "--level", "100"), ("--level", "100")),
        (("forecast", "north.csv", "--horizon", "3", "--holidays", "Germany"), ("--holidays", "Germany")),
        (("forecast", "north.csv", "--horizon", "3", "--exclude", "soon"), ("--exclude", "soon")),
        (("forecast", "north.csv", "--horizon", "3", "--driver", "oil"), ("oil",)),
        (("forecast", "north.csv", "--horizon", "3", "--model", "magic"), ("'magic'", "seasonal-naive")),
        (("classify", "cases.csv"), ("No classifier takes cases of 1 channel", "human-activity")),
        (("classify", "cases.csv", "--model", "magic"), ("'magic'", "train")),
        (("similar", "north.csv", "--k", "0"), ("--k", "1 to 50")),
        (("similar", "north.csv", "--start", "someday"), ("--start", "ISO 8601", "'someday'")),
        (("similar", "north.csv", "--start", "2030", "--end", "2031"), ("2030", "December 2023")),
        (("ask", "north.csv", "describe", "--session", "no-such-session-here"), ("session",)),
        (("ask", "describe", "--session", "../../etc"), ("session",)),
        (("ask", "north.csv"), ("question",)),
        (("ask", "describe"), ("file",)),
        (("ask", "a" * 10_000), ("at least one file",)),
        (("ask", "north.csv", ""), ("empty",)),
        (("ask", "north.csv", "a" * 10_000), ("10,000 characters", "4,000")),
        (("ask", "nowhere.csv", "describe"), ("nowhere.csv", "Check the path")),
        (("describe", "nowhere.csv"), ("nowhere.csv", "Check the path")),
        (("describe", "."), ("folder",)),
        (("ask", ".", "describe"), ("folder",)),
        (("describe", "north.csv", "--time-column", "when"), ("when", "month")),
        (("describe", "north.csv", "--frequency", "fortnightish"), ("fortnightish",)),
        (("describe", "north.csv", "--decimal", ";"), ("--decimal",)),
        (("restore", "nowhere.tar.gz"), ("nowhere.tar.gz",)),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else None,
)
def test_requests_that_cannot_be_met(
    run: Run, tables: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tables)
    assert_readable_error(run(*arguments), "tidings: ", *parts)
    assert only(run("ask", "north.csv", "what is the maximum?", "--json"), "value")["series"] == "north"


@pytest.mark.parametrize(
    ("setting", "value"),
    [("PORT", "seventy"), ("LOG_LEVEL", "LOUD"), ("DEVICE", "abacus"), ("LANGUAGE_MODEL", "openai"), ("FILE_BYTES", "-1")],
)
def test_a_broken_setting_is_named(run: Run, tables: Path, monkeypatch: pytest.MonkeyPatch, setting: str, value: str) -> None:
    monkeypatch.setenv(f"TIDINGS_{setting}", value)
    named = "TIDINGS_OPENAI_MODEL" if setting == "LANGUAGE_MODEL" else f"TIDINGS_{setting}"
    for command in (["ask", tables / "north.csv", "describe"], ["describe", tables / "north.csv"], ["sessions"], ["models"]):
        assert_readable_error(run(*command), named)


def test_a_defect_is_told_without_a_trace(run: Run, tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("assistant.data.description.describe_dataset", broken)
    outcome = run("describe", tables / "north.csv")
    assert outcome.code == 1
    assert outcome.out == ""
    assert "RuntimeError" in outcome.err and "TIDINGS_LOG_LEVEL=DEBUG" in outcome.err
    assert "Traceback" not in outcome.err and "secret detail" not in outcome.err


# State


def test_backup_and_restore(run: Run, tables: Path, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = run("ask", tables / "north.csv", "highest value?", "--json").document["session"]
    archive = tmp_path / "all.tar.gz"
    written = run("backup", archive, "--json").document
    assert written["files"] > 0
    assert_readable_error(run("backup", archive), "exists already")
    assert_readable_error(run("restore", archive), "--force")

    other = tmp_path / "other"
    monkeypatch.setenv("TIDINGS_HOME", str(other))
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    assert_readable_error(run("restore", cut), "cut.tar.gz")
    assert not other.exists()
    assert run("restore", archive, "--json").document == {"home": str(other), "files": written["files"]}
    assert session in {row["id"] for row in run("sessions", "--json").document["sessions"]}
    follow_up = only(run("ask", "and the lowest?", "--session", session, "--json"), "value")
    assert follow_up["value"] == pd.read_csv(tables / "north.csv")["north"].min()


def test_a_damaged_index_is_rebuilt_from_what_was_stored(run: Run, tables: Path, state: Path) -> None:
    def ask() -> list[dict[str, object]]:
        found: list[dict[str, object]] = only(run("similar", tables / "north.csv", "--json"), "episodes")["matches"]
        return found

    before = ask()
    assert before
    snapshots = [path for path in state.rglob("*.faiss") if path.stat().st_size]
    assert snapshots
    for path in snapshots:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 0xFF
        path.write_bytes(content)
    assert ask() == before
    for path in state.rglob("*.faiss"):
        path.write_bytes(path.read_bytes()[:20])
    assert ask() == before


# The chat


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def _chat(home: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "ui.cli", "chat", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "TIDINGS_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def test_chat_prints_its_address_answers_and_stops(tmp_path: Path) -> None:
    port = _free_port()
    with _chat(tmp_path / "home", port) as process:
        assert process.stdout is not None
        assert f"http://127.0.0.1:{port}" in process.stdout.readline()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
            assert answer.status == 200
        second = tidings("chat", "--port", port, home=tmp_path / "home")
        assert second.returncode != 0
        assert f"port {port}" in second.stderr and "--port" in second.stderr
        assert "Traceback" not in second.stderr


@pytest.mark.parametrize(
    ("arguments", "part"),
    [(("--host", "0.0.0.0"), "--auth"), (("--port", "99999"), "TIDINGS_PORT"), (("--auth", "nonsense"), "module:function")],
)
def test_chat_refuses_what_is_unsafe_or_impossible(run: Run, arguments: tuple[str, ...], part: str) -> None:
    assert_readable_error(run("chat", *arguments), part)


@pytest.mark.parametrize(("told", "kept"), [({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE")])
def test_threads_wait_without_turning_unless_told_otherwise(told: dict[str, str], kept: str) -> None:
    code = (
        "import os, sys; from ui import cli; cli.build = lambda: lambda: None; cli.main(); "
        "print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"} | told
    found = subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.split() == [kept, "False"]


def test_the_first_interrupt_stops_the_turn_and_the_second_the_process() -> None:
    class Turn:
        stopped = 0

        async def cancel(self) -> None:
            self.stopped += 1

    async def interrupted(turn: Turn) -> None:
        with stopped_by_interrupt(turn):  # type: ignore[arg-type]
            os.kill(os.getpid(), signal.SIGINT)
            while not turn.stopped:
                await asyncio.sleep(0.01)
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(60)

    turn = Turn()
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(interrupted(turn))
    assert turn.stopped == 1
