"""Backup and restore: the same answers come back, a damaged archive changes nothing, nothing is ever deleted."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import sqlite3
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assistant.backup import MANIFEST, backup, restore
from assistant.data.series import ReadOptions, Series
from assistant.data.workspace import Workspace
from assistant.errors import BadRequest, NotFound, StorageError
from assistant.records import Records
from assistant.settings import Settings


def _fill(home: Path) -> tuple[Settings, str]:
    """A home with one session, one upload, one series and an unanswered question; its id."""
    settings = Settings(home=home).prepare()
    source = home.parent / "sales.csv"
    source.write_text("time,x\n2020-01-01,1\n")
    with Records(settings.records_path) as records:
        session = records.create_session("ada", "Sales")
        workspace = Workspace(settings.session_folder(session.id))
        upload, path = workspace.put_upload(source, "sales.csv")
        series = Series("x", pd.date_range("2020", periods=5, freq="D", tz="Europe/Berlin"), np.arange(5.0), "D")
        ref = workspace.put_series(series, "sales.csv")
        records.add_upload(session.id, upload, "sales.csv", path.stat().st_size, upload[:64], ReadOptions(), [ref])
        records.begin_turn(session.id, "What is the trend?")
    return settings, session.id


def _check(home: Path, session_id: str) -> None:
    settings = Settings(home=home)
    with Records(settings.records_path) as records:
        (upload,) = records.uploads(session_id)
        assert [turn.question for turn in records.turns(session_id)] == ["What is the trend?"]
    workspace = Workspace(settings.session_folder(session_id))
    assert workspace.upload_path(upload.id).read_text() == "time,x\n2020-01-01,1\n"
    back = workspace.series(upload.series[0])
    assert back.values.tolist() == [0, 1, 2, 3, 4]
    assert back.time_text(4) == "2020-01-05T00:00:00+01:00"


def _tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("name", ["saved.tar.gz", "saved.tgz", "saved-folder"])
def test_a_home_comes_back(tmp_path: Path, name: str) -> None:
    home = tmp_path / "home"
    settings, session = _fill(home)
    (home / "episodes.faiss").write_bytes(b"rebuildable")
    (home / "sessions" / ".draft-1").write_bytes(b"half a file")
    (home / "web" / "uploads").mkdir(parents=True)
    (home / "web" / "uploads" / "copy.csv").write_bytes(b"on its way")
    (home / "sessions" / "link").symlink_to("/etc/passwd")
    # The server is running: a write sits in the WAL and has not reached the main file.
    with Records(settings.records_path) as running:
        other = running.create_session("bob", "later")
        manifest = backup(home, tmp_path / "elsewhere" / name)
    assert sorted(path.split("/")[0] for path in manifest.files) == ["records.db", "sessions", "sessions"]
    restored = tmp_path / "new" / "home"
    assert restore(tmp_path / "elsewhere" / name, restored) == manifest
    assert set(_tree(restored)) == set(manifest.files)
    _check(restored, session)
    with Records(restored / "records.db") as records:
        assert records.session(other.id, "bob").title == "later"
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == [name]


def test_the_manifest_holds_true_hashes(tmp_path: Path) -> None:
    home = tmp_path / "home"
    _fill(home)
    manifest = backup(home, tmp_path / "b")
    held = _tree(tmp_path / "b")
    assert held.pop(MANIFEST)
    assert {name: file.sha256 for name, file in manifest.files.items()} == held
    assert json.loads((tmp_path / "b" / MANIFEST).read_text())["version"] == 1


def test_an_archive_is_private(tmp_path: Path) -> None:
    _fill(tmp_path / "home")
    backup(tmp_path / "home", tmp_path / "b.tar.gz")
    assert (tmp_path / "b.tar.gz").stat().st_mode & 0o777 == 0o600


def test_a_used_home_is_moved_aside_never_deleted(tmp_path: Path) -> None:
    home = tmp_path / "home"
    _, session = _fill(home)
    backup(home, tmp_path / "b.tar.gz")
    (home / "newer.txt").write_text("written after the backup")
    before = _tree(home)
    with pytest.raises(BadRequest, match="--force"):
        restore(tmp_path / "b.tar.gz", home)
    assert _tree(home) == before
    restore(tmp_path / "b.tar.gz", home, force=True)
    _check(home, session)
    assert not (home / "newer.txt").exists()
    (aside,) = tmp_path.glob("home.before-restore-*")
    assert _tree(aside) == before


def test_an_empty_home_is_taken(tmp_path: Path) -> None:
    _, session = _fill(tmp_path / "home")
    backup(tmp_path / "home", tmp_path / "b.tar.gz")
    (tmp_path / "new").mkdir()
    restore(tmp_path / "b.tar.gz", tmp_path / "new")
    _check(tmp_path / "new", session)


def test_bad_places_are_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with pytest.raises(NotFound):
        backup(home, tmp_path / "b.tar.gz")
    _fill(home)
    with pytest.raises(BadRequest, match="outside"):
        backup(home, home / "b.tar.gz")
    (tmp_path / "b.tar.gz").write_text("precious")
    with pytest.raises(BadRequest, match="exists"):
        backup(home, tmp_path / "b.tar.gz")
    assert (tmp_path / "b.tar.gz").read_text() == "precious"
    with pytest.raises(NotFound):
        restore(tmp_path / "none.tar.gz", tmp_path / "new")


def test_a_damaged_database_is_not_backed_up(tmp_path: Path) -> None:
    home = tmp_path / "home"
    _fill(home)
    (home / "graph.db").write_bytes(b"not a database, but long enough to look like one" * 50)
    with pytest.raises(StorageError):
        backup(home, tmp_path / "b.tar.gz")
    assert not (tmp_path / "b.tar.gz").exists()
    assert not list(tmp_path.glob(".*"))


def test_truncated_and_flipped_archives_change_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    _fill(home)
    backup(home, tmp_path / "b.tar.gz")
    whole = (tmp_path / "b.tar.gz").read_bytes()
    broken = tmp_path / "broken.tar.gz"
    before = _tree(home)
    cuts = [whole[:length] for length in (0, 1, 10, len(whole) // 4, len(whole) // 2, len(whole) - 200)]
    flips = [whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :] for at in range(30, len(whole) - 12, len(whole) // 12)]
    for content in [*cuts, *flips, b"PK\x03\x04 a zip"]:
        broken.write_bytes(content)
        with pytest.raises(StorageError):
            restore(broken, home, force=True)
        assert _tree(home) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar.gz", "broken.tar.gz", "home", "sales.csv"]


def _member(name: str, content: bytes = b"x", **fields: object) -> Callable[[tarfile.TarFile], None]:
    def add(archive: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        for key, value in fields.items():
            setattr(info, key, value)
        archive.addfile(info, io.BytesIO(content))

    return add


@pytest.mark.parametrize(
    "add",
    [
        _member("../outside.txt"),
        _member("/tmp/outside.txt"),
        _member("sessions/../../outside.txt"),
        _member("sessions/extra.txt"),
        _member(".hidden"),
        _member("link", b"", type=tarfile.SYMTYPE, linkname="/etc"),
        _member("hard", b"", type=tarfile.LNKTYPE, linkname="records.db"),
        _member("pipe", b"", type=tarfile.FIFOTYPE),
        _member("records.db", b"another database"),
    ],
)
def test_a_crafted_archive_is_refused(tmp_path: Path, add: Callable[[tarfile.TarFile], None]) -> None:
    home = tmp_path / "home"
    _fill(home)
    backup(home, tmp_path / "b.tar.gz")
    with tarfile.open(tmp_path / "b.tar.gz") as honest, tarfile.open(tmp_path / "crafted.tar.gz", "w:gz") as crafted:
        for member in honest:
            crafted.addfile(member, honest.extractfile(member))
        add(crafted)
    with pytest.raises(StorageError):
        restore(tmp_path / "crafted.tar.gz", tmp_path / "new" / "home")
    assert not (tmp_path / "new" / "home").exists()
    assert list((tmp_path / "new").iterdir()) == []
    assert not (tmp_path / "outside.txt").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda manifest: manifest | {"version": 2}, "version 2"),
        (lambda manifest: manifest | {"product": "other"}, "changed or damaged"),
        (lambda manifest: manifest | {"files": {}}, "disagree"),
        (lambda manifest: [], "changed or damaged"),
    ],
)
def test_a_changed_manifest_is_refused(tmp_path: Path, change: Callable[[dict[str, object]], object], words: str) -> None:
    _fill(tmp_path / "home")
    backup(tmp_path / "home", tmp_path / "b")
    path = tmp_path / "b" / MANIFEST
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(StorageError, match=words):
        restore(tmp_path / "b", tmp_path / "new")
    path.unlink()
    with pytest.raises(StorageError, match=f"no {MANIFEST}"):
        restore(tmp_path / "b", tmp_path / "new")


def test_databases_are_whole_in_one_file(tmp_path: Path) -> None:
    _fill(tmp_path / "home")
    backup(tmp_path / "home", tmp_path / "b")
    with contextlib.closing(sqlite3.connect(tmp_path / "b" / "records.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) FROM turn").fetchone() == (1,)
    assert not list((tmp_path / "b").glob("*-wal"))
