"""Shared by all tests: no network but loopback, a private TIDINGS_HOME."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from assistant.data.series import Dataset

# Before numpy is first imported, which reads how many threads it may use.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
os.environ.setdefault("LANGSMITH_TRACING", "false")
# Tiny models on several threads wait for each other, where other work shares the machine for minutes.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Where no classifier is named, tests try the plain ones, which train in seconds.
os.environ.setdefault("TIDINGS_TRAINING_SECONDS", "30")

_LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection that would leave the machine fails the test."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(_LOOPBACK):
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty TIDINGS_HOME."""
    folder = tmp_path / "home"
    monkeypatch.setenv("TIDINGS_HOME", str(folder))
    return folder


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Dataset]:
    """Reads a text as if it had been uploaded under a name."""
    from assistant.data.reader import read_dataset
    from assistant.data.series import ReadOptions

    def reader(text: str, options: ReadOptions = ReadOptions(), name: str = "table.csv", encoding: str = "utf-8") -> Dataset:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return read_dataset(path, options)

    return reader
