"""The workspace: what is put comes back bit by bit, damage is noticed, names and ids lead nowhere else."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import os
import threading
from datetime import timedelta, timezone
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assistant.data.series import Series
from assistant.data.workspace import Workspace
from assistant.errors import FileRejected, NotFound, StorageError


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "sessions" / "one")


def _series(times: pd.DatetimeIndex | pd.RangeIndex, frequency: str | None = "h", **changes: object) -> Series:
    values = np.random.default_rng(7).normal(size=len(times))
    if len(values) > 3:
        values[2], values[3] = np.nan, -0.0
    return dataclasses.replace(Series("sales, 2020 €", times, values, frequency, "EUR"), **changes)  # type: ignore[arg-type]


_HOURS = pd.date_range("2024-03-30 20:00", periods=60, freq="h")
_INDEXES = {
    "naive": _HOURS,
    "without freq": pd.DatetimeIndex(_HOURS.delete(5)),
    "utc": _HOURS.tz_localize("UTC"),
    "summer time begins": pd.date_range("2024-03-30 20:00", periods=60, freq="h", tz="Europe/Berlin"),
    "summer time ends": pd.date_range("2024-10-26 20:00", periods=60, freq="h", tz="America/New_York"),
    "fixed offset": _HOURS.tz_localize(timezone(timedelta(hours=-3, minutes=-30))),
    "seconds": _HOURS.as_unit("s"),
    "nanoseconds": _HOURS.as_unit("ns"),
    "months": pd.date_range("1950", periods=30, freq="MS", name="month"),
    "before the epoch": pd.date_range("1700", periods=10, freq="YS"),
    "rows": pd.RangeIndex(40),
    "rows from 5 by 3": pd.RangeIndex(5, 65, 3),
    "empty": pd.RangeIndex(0),
}


@pytest.mark.parametrize("kind", _INDEXES)
def test_round_trip_is_bit_equal(workspace: Workspace, kind: str) -> None:
    original = _series(_INDEXES[kind], None if kind.startswith(("rows", "empty")) else "h")
    ref = workspace.put_series(original, "sales.csv")
    for reader in (workspace, Workspace(workspace.folder)):
        back = reader.series(ref)
        assert back.values.tobytes() == original.values.tobytes()
        assert type(back.times) is type(original.times)
        assert back.times.identical(original.times)
        assert getattr(back.times, "freqstr", None) == getattr(original.times, "freqstr", None)
        assert (back.name, back.frequency, back.unit) == (original.name, original.frequency, original.unit)
        assert [back.time_text(i) for i in range(len(back))] == [original.time_text(i) for i in range(len(original))]
    assert (ref.n, ref.missing, ref.source) == (len(original), original.missing, "sales.csv")


def test_a_nan_keeps_its_payload(workspace: Workspace) -> None:
    values = np.array([0x7FF8000000000001, 0xFFF8000000000000, 0x3FF0000000000000], dtype=np.uint64).view(np.float64)
    ref = workspace.put_series(Series("x", pd.RangeIndex(3), values, None), "")
    assert Workspace(workspace.folder).series(ref).values.tobytes() == values.tobytes()


def test_the_id_follows_the_content(workspace: Workspace) -> None:
    original = _series(_HOURS)
    first = workspace.put_series(original, "a.csv")
    assert workspace.put_series(original, "b.csv").id == first.id
    assert len(list((workspace.folder / "series").iterdir())) == 1
    changed = original.values.copy()
    changed[-1] = np.nextafter(changed[-1], np.inf)
    others = [
        dataclasses.replace(original, values=changed),
        dataclasses.replace(original, name="other"),
        dataclasses.replace(original, unit=None),
        dataclasses.replace(original, times=_HOURS.tz_localize("UTC")),
        dataclasses.replace(original, times=_HOURS + pd.Timedelta("1us")),
    ]
    assert len({first.id} | {workspace.put_series(other, "a.csv").id for other in others}) == 6


def test_the_callers_copy_is_its_own(workspace: Workspace) -> None:
    ref = workspace.put_series(_series(_HOURS), "")
    before = workspace.series(ref)
    before.values[:] = 0
    assert workspace.series(ref).values[0] == _series(_HOURS).values[0]


def test_a_wrong_shape_is_refused(workspace: Workspace) -> None:
    with pytest.raises(StorageError, match="float64"):
        workspace.put_series(Series("x", pd.RangeIndex(3), np.zeros(2), None), "")
    with pytest.raises(StorageError, match="float32"):
        workspace.put_series(Series("x", pd.RangeIndex(2), np.zeros(2, np.float32), None), "")


def test_documents_come_back_in_order(workspace: Workspace) -> None:
    document = {"kind": "value", "z": 1, "a": [1.5, None, "é\u2028"], "m": {"y": True}}
    ref = workspace.put_document(document, "value", "Highest")
    assert workspace.put_document(document, "value") == ref.model_copy(update={"title": ""})
    back = Workspace(workspace.folder).document(ref.id)
    assert back == document
    assert list(back) == list(document)
    with pytest.raises(StorageError, match="JSON"):
        workspace.put_document({"value": float("nan")}, "value")


def test_uploads_are_copied_under_their_hash(workspace: Workspace, tmp_path: Path) -> None:
    source = tmp_path / "cache-file"
    source.write_bytes(b"time,value\n1,2\n")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    identity, path = workspace.put_upload(source, "../../../etc/My Sales.CSV.gz")
    assert identity == f"{digest}.csv.gz"
    assert path.parent == workspace.folder / "uploads"
    for name, ending in [
        ("a.exe", ""),
        ("no ending", ""),
        ("x.csv/../../y", ""),
        ("q.xlsx", ".xlsx"),
        (".gz", ".gz"),
        ("a\n.csv\n", ""),
    ]:
        assert workspace.put_upload(source, name)[0] == digest + ending
    source.unlink()
    assert workspace.upload_path(identity).read_bytes() == b"time,value\n1,2\n"
    assert workspace.upload_bytes() == 15 * 4
    with pytest.raises(FileRejected):
        workspace.put_upload(tmp_path, "folder.csv")


def test_damage_is_noticed_and_mended(workspace: Workspace, tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_bytes(b"time,value\n1,2\n" * 100)
    original = _series(_HOURS)
    series, document = workspace.put_series(original, ""), workspace.put_document({"a": 1}, "value")
    upload, upload_path = workspace.put_upload(source, "a.csv")
    reads = {
        workspace.folder / "series" / f"{series.id}.parquet": lambda fresh: fresh.series(series),
        workspace.folder / "documents" / f"{document.id}.json": lambda fresh: fresh.document(document),
        upload_path: lambda fresh: fresh.upload_path(upload),
    }
    for path, read in reads.items():
        whole = path.read_bytes()
        for damaged in (
            whole[: len(whole) // 2],
            b"",
            whole[:30] + bytes([whole[30] ^ 1]) + whole[31:] if len(whole) > 30 else b"x",
        ):
            path.write_bytes(damaged)
            with pytest.raises(StorageError, match=r"damaged"):
                read(Workspace(workspace.folder))
        path.write_bytes(whole)
        read(Workspace(workspace.folder))
    path = next(iter(reads))
    path.write_bytes(b"garbage")
    workspace.put_series(original, "")
    assert Workspace(workspace.folder).series(series).values.tobytes() == original.values.tobytes()


def test_every_flipped_byte_of_a_series_is_noticed_or_harmless(workspace: Workspace) -> None:
    original = _series(_HOURS[:8])
    ref = workspace.put_series(original, "")
    path = workspace.folder / "series" / f"{ref.id}.parquet"
    whole = path.read_bytes()
    for position in range(0, len(whole), 7):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0x10]) + whole[position + 1 :])
        try:
            back = Workspace(workspace.folder).series(ref)
        except StorageError:
            continue
        assert back.values.tobytes() == original.values.tobytes()
        assert back.times.identical(original.times)


@pytest.mark.parametrize(
    "identity", ["", "../secret", "a" * 63, "A" * 64, "a" * 64 + "/../x", "a" * 64 + "\n", "/etc/passwd", "a" * 64]
)
def test_ids_lead_nowhere_else(workspace: Workspace, identity: str) -> None:
    for read in (workspace.series, workspace.document, workspace.upload_path):
        with pytest.raises(NotFound):
            read(identity)


def test_delete_leaves_nothing(workspace: Workspace) -> None:
    workspace.delete()
    ref = workspace.put_series(_series(_HOURS), "")
    workspace.series(ref)
    workspace.delete()
    assert list(workspace.folder.parent.iterdir()) == []
    with pytest.raises(NotFound):
        workspace.series(ref)
    assert workspace.upload_bytes() == 0


def test_a_full_disk_leaves_no_half_file(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "a.csv"
    source.write_text("1\n2\n")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    for put in (
        lambda: workspace.put_series(_series(_HOURS), ""),
        lambda: workspace.put_document({}, "value"),
        lambda: workspace.put_upload(source, "a.csv"),
    ):
        with pytest.raises(StorageError, match=r"No space left.*disk has room"):
            put()
    assert [path for path in workspace.folder.rglob("*") if path.is_file()] == []


def test_a_folder_that_cannot_be_made_says_so(workspace: Workspace) -> None:
    workspace.folder.parent.mkdir(parents=True)
    workspace.folder.write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="folder"):
        workspace.put_series(_series(_HOURS), "")


def test_threads_share_a_workspace(workspace: Workspace) -> None:
    series = [_series(_HOURS, name=f"s{i % 4}") for i in range(16)]
    failures: list[BaseException] = []

    def work(one: Series) -> None:
        try:
            for _ in range(5):
                ref = workspace.put_series(one, "")
                assert workspace.series(ref).name == one.name
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(one,)) for one in series]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(path.suffix for path in (workspace.folder / "series").iterdir()) == [".parquet"] * 4
