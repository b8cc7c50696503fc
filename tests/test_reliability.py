"""RELIABILITY.md promises nothing without a test, and every test it names exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROOT = TESTS.parent
_PROMISE = re.compile(r"^(\d+)\. \*\*", re.MULTILINE)
_NAMED = re.compile(r"`(test_\w+\.py)::(\w+)`")
# What builds objects or runs code from the bytes of a file.
_UNSAFE = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}


def promises() -> dict[int, str]:
    """The text of each numbered promise."""
    text = (ROOT / "RELIABILITY.md").read_text(encoding="utf-8").split("## What is not promised")[0]
    parts = _PROMISE.split(text)
    return {int(number): body for number, body in zip(parts[1::2], parts[2::2], strict=True)}


def defined(file: Path) -> set[str]:
    """The names of a file's tests, those in classes too."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_promises_are_numbered_and_each_names_its_tests() -> None:
    found = promises()
    assert list(found) == list(range(1, len(found) + 1))
    assert len(found) >= 15
    assert [number for number, body in found.items() if not _NAMED.search(body)] == []


def test_every_named_test_exists() -> None:
    named = {match for body in promises().values() for match in _NAMED.findall(body)}
    assert len(named) > 50
    known = {file: defined(TESTS / file) for file in {file for file, _ in named} if (TESTS / file).is_file()}
    assert sorted(f"{file}::{test}" for file, test in named if test not in known.get(file, set())) == []


@pytest.mark.parametrize("package", ["assistant", "models", "retrieval", "ui"])
def test_no_source_imports_what_runs_code_from_files(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    guilty = []
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            called = node.func if isinstance(node, ast.Call) else None
            runs = isinstance(called, ast.Name) and called.id in {"eval", "exec"}
            if runs or any(name.split(".")[0] in _UNSAFE for name in names):
                guilty.append(f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}")
    assert guilty == []
