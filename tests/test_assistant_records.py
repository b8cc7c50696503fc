"""Records: durable through kill -9, separate by owner, bounded by quotas, migrated from the first layout on."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.data.series import ReadOptions, SeriesRef
from assistant.errors import AccessDenied, NotFound, QuotaExceeded, StorageError, TidingsError
from assistant.events import Answer, Confirmation, Removed, Sentence
from assistant.facts import Fact
from assistant.records import Quotas, Records
from assistant.records_schema import VERSION
from assistant.settings import Settings

_FACT = Fact(id="s0.1", value=1.5, unit="EUR", statement="The mean is 1.5 EUR.", source="analysis.mean(x)", text="1.5 EUR")
_REF = SeriesRef(id="a" * 64, name="x", n=3, missing=1, start="0", end="2", frequency=None, source="a.csv")
_NOW = "2026-01-02T03:04:05.000000+00:00"

# The first layout, as a database of that release holds it.
_FIRST_LAYOUT = f"""
CREATE TABLE owner (id TEXT PRIMARY KEY, created TEXT NOT NULL) STRICT;
CREATE TABLE session (id TEXT PRIMARY KEY, owner TEXT NOT NULL REFERENCES owner (id) ON DELETE CASCADE, title TEXT NOT NULL,
  created TEXT NOT NULL, updated TEXT NOT NULL, schema INTEGER NOT NULL) STRICT;
CREATE INDEX session_by_owner ON session (owner, updated);
CREATE TABLE upload (session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE, id TEXT NOT NULL, name TEXT NOT NULL,
  bytes INTEGER NOT NULL CHECK (bytes >= 0), sha256 TEXT NOT NULL, options TEXT NOT NULL, series TEXT NOT NULL,
  added TEXT NOT NULL, PRIMARY KEY (session, id)) STRICT;
CREATE TABLE turn (id INTEGER PRIMARY KEY AUTOINCREMENT, session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  position INTEGER NOT NULL, question TEXT NOT NULL, answer TEXT,
  state TEXT NOT NULL CHECK (state IN ('pending', 'answered', 'failed', 'awaiting')), created TEXT NOT NULL,
  UNIQUE (session, position)) STRICT;
PRAGMA user_version = 1;
INSERT INTO owner VALUES ('ada', '{_NOW}');
INSERT INTO session VALUES ('session-0123456789', 'ada', 'Sales', '{_NOW}', '{_NOW}', 1);
INSERT INTO upload VALUES ('session-0123456789', '{"b" * 64}.csv', 'sales.csv', 15, '{"b" * 64}',
  '{{"day_first": true, "time_column": null, "value_columns": ["x"], "series_column": null, "frequency": null, "sheet": null,
     "delimiter": ";", "decimal": ","}}',
  '[{_REF.model_dump_json()}]', '{_NOW}');
INSERT INTO turn (session, position, question, answer, state, created) VALUES
  ('session-0123456789', 0, 'What is the mean?',
   '{{"answer": "1.5", "plan": [], "facts": [], "removed": [], "results": [], "warnings": [], "confirmation": null,
      "session": "session-0123456789", "seconds": 0.5}}', 'answered', '{_NOW}'),
  ('session-0123456789', 1, 'And the trend?', NULL, 'pending', '{_NOW}');
"""


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    with Records(tmp_path / "home" / "records.db") as opened:
        yield opened


def _answer(session: str, **changes: object) -> Answer:
    whole: dict[str, object] = {
        "answer": "The mean is 1.5 EUR.",
        "plan": [{"agent": "analyst", "args": {"task": "lookup"}}],
        "facts": [_FACT],
        "removed": [Removed(text="It is 9.", reason="no fact")],
        "results": [{"kind": "value", "value": 1.5, "detail": {"n": [1, None]}}],
        "warnings": ["one value is missing"],
        "confirmation": None,
        "session": session,
        "seconds": 0.25,
        "sentences": [Sentence(text="The mean is 1.5 EUR.", facts=("s0.1",))],
    }
    return Answer.model_validate(whole | changes)


def test_a_session_and_its_turns_come_back(records: Records) -> None:
    session = records.create_session("ada", "  Sales\u202e\n2020 ")
    assert session.title == "Sales2020"
    assert len(session.id) == 24
    first = records.begin_turn(session.id, "What is the mean? é")
    second = records.begin_turn(session.id, "Train a model")
    third = records.begin_turn(session.id, "broken \ud800 text")
    answer = _answer(session.id)
    records.finish_turn(first, answer, "answered")
    asked = _answer(session.id, confirmation=Confirmation(question="This takes 40 s. Go on?", action="train"))
    records.finish_turn(second, asked, "awaiting")
    records.finish_turn(third, "The file has no numbers.", "failed")
    records.close()
    with Records(records.path) as again:
        turns = again.turns(session.id)
        assert [(t.position, t.state) for t in turns] == [(0, "answered"), (1, "awaiting"), (2, "failed")]
        assert turns[0].answer == answer
        assert turns[1].answer == asked
        assert (turns[2].answer, turns[2].error, turns[2].question) == (None, "The file has no numbers.", "broken ? text")
        assert turns[0].owner == "ada"
        assert all(t.created.endswith("+00:00") and (t.finished or "") >= t.created for t in turns)
        again.finish_turn(second, answer, "answered")
        with pytest.raises(StorageError, match="answered before"):
            again.finish_turn(second, "late failure", "failed")
        assert again.turns(session.id)[1].state == "answered"


def test_owners_do_not_see_each_other(records: Records) -> None:
    ada, bob = records.create_session("ada"), records.create_session("bob")
    assert [s.id for s in records.sessions("ada")] == [ada.id]
    assert records.session(ada.id, "ada") == ada
    for act in (
        lambda: records.session(ada.id, "bob"),
        lambda: records.delete_session(ada.id, "bob"),
        lambda: records.rename(ada.id, "bob", "mine"),
        lambda: records.require_room(ada.id, "bob", 1),
    ):
        with pytest.raises(AccessDenied):
            act()
    with pytest.raises(NotFound):
        records.session("nothing", "ada")
    assert records.session(ada.id, "ada").title == ""
    assert records.session(bob.id, "bob") == bob


def test_the_latest_used_session_comes_first(records: Records) -> None:
    one, two = records.create_session("ada", "one"), records.create_session("ada", "two")
    assert [s.title for s in records.sessions("ada")] == ["two", "one"]
    records.begin_turn(one.id, "hello")
    assert [s.title for s in records.sessions("ada")] == ["one", "two"]
    assert records.rename(two.id, "ada", "second").title == "second"


def test_deleting_a_session_deletes_its_rows(records: Records) -> None:
    session = records.create_session("ada")
    records.add_upload(session.id, "u1", "a.csv", 100, "c" * 64, ReadOptions(), [_REF])
    turn = records.begin_turn(session.id, "hello")
    assert records.usage("ada") == 100
    records.delete_session(session.id, "ada")
    assert records.usage("ada") == 0
    assert (records.turns(session.id), records.uploads(session.id), records.pending_turns()) == ([], [], [])
    for act in (
        lambda: records.finish_turn(turn, "late", "failed"),
        lambda: records.begin_turn(session.id, "?"),
        lambda: records.add_upload(session.id, "u", "a", 1, "", ReadOptions(), []),
    ):
        with pytest.raises(NotFound):
            act()


def test_uploads_keep_how_they_were_read(records: Records) -> None:
    session = records.create_session("ada")
    options = ReadOptions(day_first=True, value_columns=("x", "y"), decimal=",")
    added = records.add_upload(session.id, "u1", "../a\u202e\n.csv", 100, "c" * 64, options, [_REF])
    assert (added.name, added.options, added.series) == ("../a.csv", options, (_REF,))
    records.add_upload(session.id, "u2", "b.csv", 7, "d" * 64, ReadOptions(), [])
    records.add_upload(session.id, "u1", "a.csv", 100, "c" * 64, ReadOptions(day_first=False), [])
    first, second = records.uploads(session.id)
    assert (first.id, first.name, first.options.day_first, first.series, first.added) == ("u1", "a.csv", False, (), added.added)
    assert (second.id, records.usage("ada"), records.usage("bob")) == ("u2", 107, 0)


def test_quotas_hold(tmp_path: Path) -> None:
    with Records(tmp_path / "records.db", Quotas(upload_bytes=100, files_per_session=2, sessions=2)) as records:
        one, two = records.create_session("ada"), records.create_session("ada")
        with pytest.raises(QuotaExceeded, match="2 sessions"):
            records.create_session("ada")
        assert len(records.sessions("ada")) == 2
        records.create_session("bob")
        records.add_upload(one.id, "a", "a", 60, "", ReadOptions(), [])
        records.require_room(two.id, "ada", 40)
        with pytest.raises(QuotaExceeded, match="60 are used"):
            records.require_room(two.id, "ada", 41)
        with pytest.raises(QuotaExceeded, match="100 bytes"):
            records.add_upload(two.id, "b", "b", 41, "", ReadOptions(), [])
        records.add_upload(one.id, "b", "b", 1, "", ReadOptions(), [])
        with pytest.raises(QuotaExceeded, match="2 files"):
            records.add_upload(one.id, "c", "c", 1, "", ReadOptions(), [])
        records.add_upload(one.id, "b", "renamed", 1, "", ReadOptions(), [])
        assert records.usage("ada") == 61
    assert Quotas.of(Settings(sessions_per_user=3)) == Quotas(sessions=3)


def test_a_first_layout_database_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript(_FIRST_LAYOUT)
    assert VERSION >= 2
    for _ in range(2):
        with Records(path) as records:
            session = records.session("session-0123456789", "ada")
            assert (session.title, session.created) == ("Sales", _NOW)
            (upload,) = records.uploads(session.id)
            assert upload.options == ReadOptions(day_first=True, value_columns=("x",), delimiter=";", decimal=",")
            assert (upload.series, upload.bytes) == ((_REF,), 15)
            answered, pending = records.turns(session.id)
            assert (answered.answer.answer if answered.answer else None, answered.error, answered.finished) == ("1.5", None, None)
            assert records.pending_turns() == [pending]
    with Records(path) as records:
        records.finish_turn(pending.id, "no answer", "failed")
        assert records.turns(session.id)[1].error == "no answer"
    with Records(tmp_path / "fresh.db"), contextlib.closing(sqlite3.connect(tmp_path / "fresh.db")) as fresh:
        expected = sorted(fresh.execute("SELECT name, type FROM sqlite_schema").fetchall())
    with contextlib.closing(sqlite3.connect(path)) as migrated:
        assert migrated.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert sorted(migrated.execute("SELECT name, type FROM sqlite_schema").fetchall()) == expected
        assert migrated.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_failed_migration_leaves_the_old_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "records.db"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript(_FIRST_LAYOUT + "CREATE INDEX turn_unfinished ON turn (created);")
    with pytest.raises(StorageError, match="turn_unfinished"):
        Records(path)
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (1,)
        assert [column[1] for column in database.execute("PRAGMA table_info(turn)")][-1] == "created"


def test_a_newer_layout_and_a_damaged_file_are_refused(tmp_path: Path) -> None:
    newer = tmp_path / "newer.db"
    with contextlib.closing(sqlite3.connect(newer)) as database:
        database.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StorageError, match="newer release"):
        Records(newer)
    garbage = tmp_path / "garbage.db"
    garbage.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StorageError, match="restore a backup"):
        Records(garbage)
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        Records(tmp_path / "file" / "records.db")


def test_a_crafted_row_is_refused_in_words(records: Records) -> None:
    session = records.create_session("ada")
    turn = records.begin_turn(session.id, "hello")
    records.add_upload(session.id, "u", "a", 1, "", ReadOptions(), [])
    with contextlib.closing(sqlite3.connect(records.path)) as database, database:
        database.execute("UPDATE turn SET answer = '{\"answer\": 1}' WHERE id = ?", (turn,))
        database.execute("UPDATE upload SET options = '{\"shell\": true}'")
    for read in (records.turns, records.uploads):
        with pytest.raises(StorageError, match="Restore a backup"):
            read(session.id)
    assert records.session(session.id, "ada").owner == "ada"


def test_the_file_is_private_and_durable(records: Records) -> None:
    assert stat.S_IMODE(records.path.stat().st_mode) == 0o600
    assert records._connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert records._connection.execute("PRAGMA synchronous").fetchone()[0] == 2
    strict = records._connection.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
    assert {name for name, is_strict in strict if is_strict} == {"owner", "session", "upload", "turn"}


def test_threads_share_one_database(records: Records) -> None:
    session = records.create_session("ada")
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for step in range(10):
                turn = records.begin_turn(session.id, f"{number}-{step}")
                records.finish_turn(turn, f"{number}-{step}", "failed")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    turns = records.turns(session.id)
    assert failures == []
    assert [turn.position for turn in turns] == list(range(80))
    assert all(turn.error == turn.question for turn in turns)
    assert len({turn.question for turn in turns}) == 80


_WRITER = """
import sys
from pathlib import Path
from assistant.records import Records
records = Records(Path(sys.argv[1]))
session = records.create_session("ada")
print(session.id, flush=True)
number = 0
while True:
    turn = records.begin_turn(session.id, f"q{number}")
    print("begun", turn, flush=True)
    if number % 2:
        records.finish_turn(turn, f"e{number}", "failed")
        print("ended", turn, flush=True)
    number += 1
"""


def test_nothing_acknowledged_is_lost_to_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    for kept in (3, 17, 40):
        with subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            session = writer.stdout.readline().strip()
            lines = [writer.stdout.readline().split() for _ in range(kept)]
            os.kill(writer.pid, signal.SIGKILL)
            lines += [line.split() for line in writer.stdout.read().splitlines()]
        begun = [int(turn) for what, turn in lines if what == "begun"]
        ended = {int(turn) for what, turn in lines if what == "ended"}
        with Records(path) as records:
            turns = {turn.id: turn for turn in records.turns(session)}
            assert set(begun) <= set(turns)
            assert len(turns) <= len(begun) + 1
            assert all(turns[turn].error == turns[turn].question.replace("q", "e") for turn in ended)
            pending = {turn.id for turn in records.pending_turns()}
            assert set(begun[0::2]) <= pending
            assert not ended & pending
            assert records._connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_closed_database_says_so(records: Records) -> None:
    records.close()
    with pytest.raises(TidingsError, match="closed"):
        records.sessions("ada")
