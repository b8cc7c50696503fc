"""The episode store against a dictionary, through any order of changes, snapshots, closings, crashes and damage."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from retrieval.schema import DATABASE
from scripts.evaluate_durability import episode, open_store

OWNERS = ("ann", "bob")


class StoreMachine(RuleBasedStateMachine):
    """Ids → (owner, number) is all that a store has to remember."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="episodes-"))
        self.generation = 0
        self.number = 0
        self.expected: dict[int, tuple[str, int]] = {}
        self.used: set[int] = set()

    @property
    def folder(self) -> Path:
        return self.root / str(self.generation)

    @initialize()
    def open(self) -> None:
        self.store = open_store(self.folder)

    @rule(owner=st.sampled_from(OWNERS), count=st.integers(1, 4))
    def add(self, owner: str, count: int) -> None:
        numbers = range(self.number, self.number + count)
        self.number += count
        ids = self.store.add([episode(number) for number in numbers], owner)
        assert not self.used & set(ids)  # an id is never used again
        self.used.update(ids)
        self.expected.update({key: (owner, number) for key, number in zip(ids, numbers, strict=True)})

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        gone = data.draw(st.sets(st.sampled_from(sorted(self.used)), max_size=3)) if self.used else set()
        present = gone & set(self.expected)
        assert self.store.delete(sorted(gone)) == len(present)
        for key in present:
            del self.expected[key]

    @rule(owner=st.sampled_from(OWNERS), part=st.integers(0, 2))
    def delete_collection(self, owner: str, part: int) -> None:
        gone = [key for key, (name, number) in self.expected.items() if name == owner and number % 3 == part]
        assert self.store.delete_collection(owner, f"part {part}") == len(gone)
        for key in gone:
            del self.expected[key]

    @rule()
    def snapshot(self) -> None:
        self.store.snapshot()

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = open_store(self.folder)

    @rule(damage=st.sampled_from([None, "cut", "flip"]))
    def crash(self, damage: str | None) -> None:
        """Go on with the files as they lie at this moment; the store that was open never closes them."""
        before = self.folder
        self.generation += 1
        shutil.copytree(before, self.folder)
        for path in self.folder.glob("*.faiss"):
            data = bytearray(path.read_bytes())
            if damage == "cut":
                path.write_bytes(data[: len(data) // 2])
            elif damage == "flip":
                data[-1] ^= 0x10
                path.write_bytes(data)
        self.abandoned = self.store
        self.store = open_store(self.folder)
        self.abandoned.close()

    @rule()
    def backup_and_restore(self) -> None:
        self.store.backup(self.root / "backup")
        self.store.close()
        before = self.folder
        self.generation += 1
        type(self.store).restore(self.root / "backup", self.folder)
        assert before != self.folder
        assert (self.folder / DATABASE).exists()
        self.store = open_store(self.folder)

    @invariant()
    def agrees_with_the_dictionary(self) -> None:
        for owner in OWNERS:
            mine = {key: number for key, (name, number) in self.expected.items() if name == owner}
            assert self.store.count(owner) == len(mine)
            found = self.store.search_shape(episode(0).values, owner=owner, k=200)
            assert {match.episode.id for match in found} == set(mine)
            for match in found:
                np.testing.assert_array_equal(match.episode.values, episode(mine[match.episode.id or 0]).values)
        if self.expected:
            key, (owner, number) = max(self.expected.items())
            best = self.store.search_text(f"episode {number}", owner=owner, k=1)[0]
            assert best.episode.id == key
            assert best.similarity == pytest.approx(1.0, abs=1e-6)
        assert self.store.integrity() == []

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
        shutil.rmtree(self.root)


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
