"""python -m scripts.evaluate_durability --rounds 25

python -m scripts.evaluate_durability --rounds 3 --out /dev/null

Kills a process that adds to and deletes from an episode store (SIGKILL, at a random moment), opens the store again and
counts what was acknowledged and is lost, and what was acknowledged as deleted and is back. One folder lives through all rounds.
SIGKILL tests the order of writes and the recovery; the loss of power is left to SQLite's own tests.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval import Episode, EpisodeStore, ShapeEmbedder

OWNER = "durability"
LENGTH = 32
RESULTS = Path(__file__).parent / "results" / "durability.csv"


@dataclass(frozen=True)
class Durability:
    """What survived. lost: acknowledged and gone; resurrected: acknowledged as deleted and back; integrity: "ok" or problems."""

    rounds: int
    acknowledged: int
    acknowledged_deletions: int
    lost: int
    resurrected: int
    integrity: str
    seconds: float


class DigestTextEmbedder:
    """Texts as random directions drawn from their sha256: the same text always, another text elsewhere; costs no model."""

    name = "digest"
    revision = "1"
    dim = 16

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts → (batch, 16) float32 unit vectors."""
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little") for text in texts]
        rows = np.stack([np.random.default_rng(seed).normal(size=self.dim) for seed in seeds])
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def episode(number: int) -> Episode:
    """An episode whose values and words follow from its number."""
    return Episode(
        series="walk",
        source="durability",
        collection=f"part {number % 3}",
        start=str(number * LENGTH),
        end=str(number * LENGTH + LENGTH - 1),
        position=number * LENGTH,
        values=np.random.default_rng(number).normal(size=LENGTH).cumsum(),
        text=f"episode {number}",
    )


def open_store(folder: Path) -> EpisodeStore:
    """The store under test."""
    return EpisodeStore(folder, ShapeEmbedder(), DigestTextEmbedder(), wait_seconds=10.0)


def _work(folder: Path, seed: int, first_number: int) -> None:
    """Change the store until killed; a line before each change says what is coming, a line after it what was acknowledged."""
    chance = random.Random(seed)
    number = first_number
    with open_store(folder) as store:
        alive: list[int] = []
        _say({"ready": True})
        while True:
            action = chance.random()
            if action < 0.6 or len(alive) < 5:
                numbers = list(range(number, number + chance.randint(1, 6)))
                number += len(numbers)
                _say({"adding": numbers})
                ids = store.add([episode(each) for each in numbers], OWNER)
                alive += ids
                _say({"added": dict(zip(map(str, ids), numbers, strict=True))})
            elif action < 0.9:
                gone = chance.sample(alive, chance.randint(1, 3))
                _say({"deleting": gone})
                store.delete(gone)
                alive = [key for key in alive if key not in gone]
                _say({"deleted": gone})
            else:
                store.snapshot()


def _say(message: dict[str, Any]) -> None:
    """One line, written at once: what has been said is in the pipe even if the next instruction is the last."""
    os.write(1, (json.dumps(message) + "\n").encode())


class _Ledger:
    """What the killed processes acknowledged, and what they were about to do."""

    def __init__(self) -> None:
        self.alive: dict[int, int] = {}
        self.gone: set[int] = set()
        self.doubtful: set[int] = set()
        self.acknowledged = 0
        self.deletions = 0
        self.next_number = 0

    def read(self, lines: Sequence[str]) -> None:
        """Enter a process' lines; the last one may be an announcement whose outcome is open."""
        for line in lines:
            message = json.loads(line)
            if "adding" in message:
                self.next_number = max(message["adding"]) + 1
            elif "added" in message:
                self.alive.update({int(key): number for key, number in message["added"].items()})
                self.acknowledged += len(message["added"])
            elif "deleting" in message:
                self.doubtful = set(message["deleting"])
            elif "deleted" in message:
                self.gone.update(message["deleted"])
                self.deletions += len(message["deleted"])
                for key in message["deleted"]:
                    self.alive.pop(key, None)
                self.doubtful = set()

    def check(self, store: EpisodeStore) -> tuple[int, int]:
        """(lost, resurrected), by id, by values and by search. A change that was in the air may have happened or not."""
        lost = 0
        for key, number in list(self.alive.items()):
            found = store.get([key], owner=OWNER)
            if not found and key in self.doubtful:
                del self.alive[key]
                continue
            expected = episode(number)
            best = store.search_shape(expected.values, owner=OWNER, k=1) if found else []
            sound = bool(found) and np.array_equal(found[0].values, expected.values) and found[0].text == expected.text
            lost += not (sound and best and best[0].episode.id == key and best[0].similarity > 0.9999)
        resurrected = len(store.get(sorted(self.gone), owner=OWNER))
        self.doubtful = set()
        return lost, resurrected


def measure(rounds: int, folder: Path, seed: int = 0, longest: float = 0.6) -> Durability:
    """Run the rounds in `folder`, each killed within `longest` seconds of its first change."""
    begin = time.perf_counter()
    chance = random.Random(seed)
    ledger = _Ledger()
    lost = resurrected = 0
    problems: list[str] = []
    for number in range(rounds):
        command = [sys.executable, "-m", "scripts.evaluate_durability", "--work", str(folder)]
        command += ["--seed", str(seed * 1_000 + number), "--first", str(ledger.next_number)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            if process.stdout is None or "ready" not in process.stdout.readline():
                raise RuntimeError(
                    "Expected the process to open the store, found that it ended. Run it by hand with --work FOLDER."
                )
            time.sleep(chance.uniform(0.0, longest))
            process.send_signal(signal.SIGKILL)
            lines = process.stdout.read().splitlines()
        ledger.read(lines)
        with open_store(folder) as store:
            problems += store.integrity()
            round_lost, round_resurrected = ledger.check(store)
        lost += round_lost
        resurrected += round_resurrected
    integrity = "; ".join(problems) or "ok"
    seconds = round(time.perf_counter() - begin, 1)
    return Durability(rounds, ledger.acknowledged, ledger.deletions, lost, resurrected, integrity, seconds)


def main() -> None:
    """Parse the command line, run, write the CSV."""
    parser = argparse.ArgumentParser(description="Kill a writing episode store again and again; count what is lost.")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--first", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work is not None:
        _work(options.work, options.seed, options.first)
        return
    with tempfile.TemporaryDirectory() as folder:
        result = measure(options.rounds, Path(folder) / "store", options.seed)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with options.out.open("w", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Durability)], lineterminator="\n")
        writer.writeheader()
        writer.writerow(asdict(result))
    print(result)


if __name__ == "__main__":
    main()
