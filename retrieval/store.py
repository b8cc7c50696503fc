"""The episode store: SQLite is the truth, FAISS a snapshot that can be rebuilt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from retrieval import exclusion, records, snapshot
from retrieval.backup import copy_database, restore_database
from retrieval.database import IndexedDatabase, translated_failures
from retrieval.embed import CachingTextEmbedder, SeriesEmbedder, TextEmbedder
from retrieval.episode import PUBLIC_OWNER, Episode, ExcludeRule, Match
from retrieval.errors import InvalidEpisode, ReadOnly
from retrieval.gaps import MAX_MISSING, fill_gaps
from retrieval.index import Vectors, check_vectors

SHAPE = "shape"
TEXT = "text"
MAX_K = 200
_ANY = ExcludeRule()


class EpisodeStore:
    """Episodes of series with their words, searched by shape and by words.

    folder: where the store lives; created where absent. mode: "write" for the one writer, "read" for any number of readers,
    which see what the writer has committed. wait_seconds: how long to wait for another writer to finish. curator: may change
    the public library. when_model_changed: "refuse", or "reembed" to compute every vector anew with the embedders given.

    What `add` and `delete` have acknowledged survives a kill, and a loss of power where the disk keeps its word (WAL,
    synchronous=FULL): the database is committed before they return. What is deleted is overwritten in the database, and
    snapshots that held it are removed. Safe to use from several threads; embedding happens outside the lock.

    Errors: StoreBusy, SchemaTooNew, StoreDamaged, EmbeddingModelChanged, StoreFailure at opening.
    """

    def __init__(
        self,
        folder: Path,
        series_embedder: SeriesEmbedder,
        text_embedder: TextEmbedder,
        *,
        mode: Literal["write", "read"] = "write",
        wait_seconds: float = 0.0,
        curator: bool = False,
        when_model_changed: Literal["refuse", "reembed"] = "refuse",
    ) -> None:
        self._series = series_embedder
        self._texts = CachingTextEmbedder(text_embedder)
        self._curator = curator
        self._database = IndexedDatabase(
            Path(folder),
            {SHAPE: self._series, TEXT: self._texts},
            self._embed,
            writable=mode == "write",
            wait_seconds=wait_seconds,
            reembed=when_model_changed == "reembed",
        )

    def add(self, episodes: Sequence[Episode], owner: str) -> list[int]:
        """Store episodes for `owner`; returns their ids in order. All of them are durable when it returns, or none is stored.

        Errors: InvalidEpisode for more than 20 % missing values or an empty owner; ReadOnly; InvalidVector; StoreFailure.
        """
        self._check_right_to_change(owner)
        if not episodes:
            return []
        vectors = self._embed(episodes)
        with self._database.writing() as connection:
            ids = [
                records.insert(connection, episode, owner, {space: rows[number] for space, rows in vectors.items()})
                for number, episode in enumerate(episodes)
            ]
            records.record_changes(connection, ids)
        self._database.snapshot_if_due()
        return ids

    def delete(self, ids: Sequence[int], *, owner: str | None = None) -> int:
        """Delete episodes (with `owner`: only those of this owner); unknown ids are ignored. Returns how many went.

        Errors: ReadOnly, StoreFailure.
        """
        self._database.check_writable()
        with self._database.lock, translated_failures(self._database.folder):
            owners = records.owners_of(self._database.connection, ids)
            found = {key: name for key, name in owners.items() if owner is None or name == owner}
            for name in set(found.values()):
                self._check_right_to_change(name)
            return self._delete(list(found))

    def delete_collection(self, owner: str, collection: str) -> int:
        """Delete an owner's collection; returns how many episodes went. Errors: ReadOnly, StoreFailure."""
        return self._delete_of(owner, collection)

    def delete_owner(self, owner: str) -> int:
        """Delete everything of an owner; returns how many episodes went. Errors: ReadOnly, StoreFailure."""
        return self._delete_of(owner, None)

    def search_shape(
        self,
        values: NDArray[np.float64],
        *,
        owner: str,
        k: int = 5,
        exclude: ExcludeRule = _ANY,
        collections: Sequence[str] | None = None,
    ) -> list[Match]:
        """The k episodes whose shape is nearest to `values` (time,) float64, best first.

        Level, scale and length do not matter (see ShapeEmbedder). Up to 20 % of the values may be NaN. Only the owner's and the
        public episodes are searched, in `collections` where given, under the rule `exclude`; episodes that overlap a better
        match of the same series are left out, so that fewer than k may come back.

        Errors: InvalidEpisode, StoreFailure.
        """
        values = np.asarray(values, dtype=np.float64)
        if values.ndim != 1 or len(values) < 2:
            raise InvalidEpisode(f"Expected values of shape (time,) with 2 or more, found {values.shape}. Pass one stretch.")
        vectors = self._series.embed(_filled(values, "the query")[np.newaxis, :])
        return self._search(SHAPE, vectors, owner, k, exclude, collections)

    def search_text(
        self,
        text: str,
        *,
        owner: str,
        k: int = 5,
        exclude: ExcludeRule = _ANY,
        collections: Sequence[str] | None = None,
    ) -> list[Match]:
        """The k episodes whose words are nearest to `text`, best first; otherwise as `search_shape`.

        Errors: InvalidEpisode for an empty text, StoreFailure.
        """
        if not text.strip():
            raise InvalidEpisode("Expected words to search for, found an empty text.")
        return self._search(TEXT, self._texts.embed([text]), owner, k, exclude, collections)

    def get(self, ids: Sequence[int], *, owner: str) -> list[Episode]:
        """The episodes of these ids that `owner` may see, in order; others are left out. Errors: StoreFailure."""
        with self._database.reading() as connection:
            found = records.episodes_of(connection, [int(key) for key in ids])
        visible = {owner, PUBLIC_OWNER}
        return [found[key] for key in ids if key in found and found[key].owner in visible]

    def count(self, owner: str | None = None) -> int:
        """How many episodes there are, of one owner where given. Errors: StoreFailure."""
        with self._database.reading() as connection:
            return records.count(connection, owner)

    def collections(self, owner: str) -> dict[str, int]:
        """An owner's collections and how many episodes each holds. Errors: StoreFailure."""
        with self._database.reading() as connection:
            return records.collections_of(connection, owner)

    def snapshot(self) -> None:
        """Write the indexes down, so that the next start need not rebuild them. Errors: ReadOnly, StoreFailure."""
        self._database.snapshot()

    def integrity(self) -> list[str]:
        """What is wrong in the database, or between it and the indexes; empty where all is well. Errors: StoreFailure."""
        with self._database.reading() as connection:
            problems = [str(row[0]) for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
            expected = records.count(connection)
            for space, index in self._database.indexes.items():
                stored = 0
                for ids, vectors in records.vectors_of(connection, space, index.dim):
                    stored += len(ids)
                    if not np.array_equal(index.vectors(ids), vectors):
                        problems.append(f"{space}: the index differs from the stored vectors")
                if not stored == index.count == expected:
                    problems.append(f"{space}: {expected} episodes, {stored} vectors, {index.count} in the index")
        return problems

    def backup(self, folder: Path) -> Path:
        """Write a consistent copy of the database into `folder`, replacing an older one; returns its path.

        The indexes are not copied: they are rebuilt when the backup is opened. Errors: StoreFailure.
        """
        with self._database.lock, translated_failures(self._database.folder):
            return copy_database(self._database.connection, Path(folder))

    @staticmethod
    def restore(backup: Path, folder: Path) -> None:
        """Make a new store in `folder` from the backup in the folder `backup`.

        Errors: StoreFailure where `folder` holds a store already or there is no backup; StoreDamaged; SchemaTooNew; StoreBusy.
        """
        with translated_failures(Path(backup)):
            restore_database(Path(backup), Path(folder))

    def close(self) -> None:
        """Write a snapshot where something changed, and let go of the folder. May be called twice."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _embed(self, episodes: Sequence[Episode]) -> dict[str, Vectors]:
        """The vectors of episodes in each space, (batch, dim), checked before anything is written."""
        shapes = np.empty((len(episodes), self._series.dim), dtype=np.float32)
        by_length: dict[int, list[int]] = {}
        for number, episode in enumerate(episodes):
            by_length.setdefault(len(episode.values), []).append(number)
        for numbers in by_length.values():
            windows = np.stack([_filled(episodes[number].values, episodes[number].series) for number in numbers])
            shapes[numbers] = check_vectors(self._series.embed(windows), self._series.dim)
        texts = check_vectors(self._texts.embed([episode.text for episode in episodes]), self._texts.dim)
        return {SHAPE: shapes, TEXT: texts}

    def _search(
        self, space: str, query: Vectors, owner: str, k: int, rule: ExcludeRule, collections: Sequence[str] | None
    ) -> list[Match]:
        """Fetch the nearest in growing numbers until k of them are distinct."""
        if not 1 <= k <= MAX_K:
            raise InvalidEpisode(f"Expected k from 1 to {MAX_K}, found {k}.")
        matches: list[Match] = []
        seen: set[int] = set()
        with self._database.reading() as connection:
            allowed = exclusion.allowed_ids(connection, owner, rule, collections)
            fetch = 8 * k + 32
            while len(matches) < k and len(seen) < len(allowed):
                ids, similarities = self._database.indexes[space].search(query, fetch, allowed)[0]
                new = [
                    (key, similarity)
                    for key, similarity in zip(ids.tolist(), similarities.tolist(), strict=True)
                    if key not in seen
                ]
                episodes = records.episodes_of(connection, [key for key, _ in new])
                for key, similarity in new:
                    episode = episodes[key]
                    if not any(exclusion.overlap(episode, match.episode) for match in matches):
                        matches.append(Match(episode, similarity, exclusion.visible_following(episode, rule)))
                seen.update(episodes)
                fetch *= 4
        return matches[:k]

    def _delete_of(self, owner: str, collection: str | None) -> int:
        self._check_right_to_change(owner)
        with self._database.lock, translated_failures(self._database.folder):
            return self._delete(records.ids_of(self._database.connection, owner, collection))

    def _delete(self, ids: Sequence[int]) -> int:
        """Delete existing episodes; the caller holds the lock and has checked the right to."""
        if not ids:
            return 0
        with self._database.writing() as connection:
            records.remove(connection, ids)
            records.record_changes(connection, ids)
            snapshot.forget(connection)
        self._database.wipe_deleted()
        return len(ids)

    def _check_right_to_change(self, owner: str) -> None:
        self._database.check_writable()
        if not owner.strip():
            raise InvalidEpisode("Expected an owner, found an empty name.")
        if owner == PUBLIC_OWNER and not self._curator:
            raise ReadOnly("Expected an owner of one's own, found the public library, which is read-only here.")


def _filled(values: NDArray[np.float64], what: str) -> NDArray[np.float64]:
    filled = fill_gaps(values)
    if filled is None:
        missing = np.mean(~np.isfinite(values))
        raise InvalidEpisode(
            f"Expected at most {MAX_MISSING:.0%} missing values in {what}, found {missing:.0%}. Choose another stretch."
        )
    return filled
