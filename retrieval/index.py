"""The vector index: FAISS behind five methods.

The index is derived: everything in it can be rebuilt from the database, so that another engine can take its place by
implementing `VectorIndex`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import DuplicateId, InvalidVector, StoreDamaged

Ids = NDArray[np.int64]
Vectors = NDArray[np.float32]
Hits = tuple[Ids, Vectors]
"""ids (found,) int64 and similarities (found,) float32 in [-1, 1], best first, equal ones by id."""

UNIT_TOLERANCE = 1e-3


class VectorIndex(Protocol):
    """Unit vectors under integer ids, searched by inner product. Mutations need mutual exclusion by the caller."""

    def upsert(self, ids: Ids, vectors: Vectors) -> None:
        """Put (batch, dim) unit vectors under their ids, replacing what is there."""

    def remove(self, ids: Ids) -> int:
        """Take ids out, unknown ones are ignored; returns how many were there."""

    def search(self, vectors: Vectors, k: int, allowed: Ids | None = None) -> list[Hits]:
        """The k nearest for each row of (batch, dim), among `allowed` where given."""

    def to_bytes(self) -> bytes:
        """A snapshot."""

    @property
    def count(self) -> int:
        """How many vectors it holds."""


def check_vectors(vectors: Vectors, dim: int) -> Vectors:
    """The vectors as contiguous float32 (batch, dim).

    Errors: InvalidVector for another shape, NaN, infinite, zero or other vectors that are not of length one.
    """
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    if vectors.ndim != 2 or vectors.shape[1] != dim:
        raise InvalidVector(f"Expected vectors of shape (batch, {dim}), found {vectors.shape}. Use the store's own embedder.")
    if not np.isfinite(vectors).all():
        raise InvalidVector("Expected finite vectors, found NaN or infinity. Check the embedder's input.")
    lengths = np.linalg.norm(vectors, axis=1)
    if (np.abs(lengths - 1.0) > UNIT_TOLERANCE).any():
        worst = float(lengths[np.argmax(np.abs(lengths - 1.0))])
        raise InvalidVector(f"Expected vectors of length 1, found one of length {worst:.4g}. Normalise them first.")
    return vectors


class FlatIndex:
    """Exact search with FAISS (IndexIDMap2 over IndexFlatIP): agrees with numpy's inner product.

    dim: size of a vector. threads: OpenMP threads of one call; 1 by default, since the calls of many users already fill the
    cores. Searches may run at once; a mutation excludes everything else (the store's lock sees to it).
    """

    def __init__(self, dim: int, threads: int = 1, *, _index: Any = None) -> None:
        import faiss

        self.dim = dim
        self._faiss: Any = faiss
        self._threads = threads
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dim)) if _index is None else _index
        self._ids: set[int] = set(faiss.vector_to_array(self._index.id_map).tolist())

    @property
    def count(self) -> int:
        """How many vectors it holds."""
        return len(self._ids)

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Put (batch, dim) unit vectors under new ids.

        Errors: DuplicateId for an id that is there or comes twice; InvalidVector as in `check_vectors`.
        """
        ids, vectors = self._check(ids, vectors)
        present = self._ids.intersection(ids.tolist())
        if present:
            raise DuplicateId(f"Expected new ids, found {min(present)} in the index already. Use upsert to replace it.")
        if len(ids) == 0:
            return
        with self._one_pool():
            self._index.add_with_ids(vectors, ids)
        self._ids.update(ids.tolist())

    def upsert(self, ids: Ids, vectors: Vectors) -> None:
        """Put (batch, dim) unit vectors under their ids, replacing what is there.

        Errors: DuplicateId for an id that comes twice; InvalidVector as in `check_vectors`.
        """
        ids, vectors = self._check(ids, vectors)
        self.remove(ids)
        self.add(ids, vectors)

    def remove(self, ids: Ids) -> int:
        """Take ids out; unknown ones are ignored. Returns how many were there."""
        present = self._ids.intersection(np.asarray(ids, dtype=np.int64).tolist())
        if not present:
            return 0
        with self._one_pool():
            self._index.remove_ids(np.fromiter(present, dtype=np.int64))
        self._ids -= present
        return len(present)

    def search(self, vectors: Vectors, k: int, allowed: Ids | None = None) -> list[Hits]:
        """The k nearest for each row of (batch, dim): a list of (ids, similarities), best first.

        allowed: (n,) int64, the only ids that may be found; the restriction happens inside the search, so that k are found
        where k are allowed. Errors: InvalidVector as in `check_vectors`, or for k < 1.
        """
        vectors = check_vectors(vectors, self.dim)
        if k < 1:
            raise InvalidVector(f"Expected k of at least 1, found {k}.")
        nothing = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
        k = min(k, self.count if allowed is None else len(allowed))
        if k == 0 or len(vectors) == 0:
            return [nothing for _ in vectors]
        parameters = None
        if allowed is not None:
            selector = self._faiss.IDSelectorBatch(np.ascontiguousarray(allowed, dtype=np.int64))
            parameters = self._faiss.SearchParameters(sel=selector)
        with self._one_pool():
            similarities, ids = self._index.search(vectors, k, params=parameters)
        return [self._ordered(row_ids, row) for row_ids, row in zip(ids, similarities, strict=True)]

    def vectors(self, ids: Ids) -> Vectors:
        """(batch, dim) float32, the vectors of ids; NaN where an id is unknown."""
        rows = np.full((len(ids), self.dim), np.nan, dtype=np.float32)
        known = [number for number, key in enumerate(ids.tolist()) if key in self._ids]
        if known:
            rows[known] = self._index.reconstruct_batch(np.ascontiguousarray(ids[known]))
        return rows

    def to_bytes(self) -> bytes:
        """The index in FAISS' own format; it carries no checksum, so the caller adds one."""
        return bytes(self._faiss.serialize_index(self._index).tobytes())

    @classmethod
    def from_bytes(cls, data: bytes, dim: int, threads: int = 1) -> FlatIndex:
        """The index that `to_bytes` wrote.

        Errors: StoreDamaged where the bytes are no such index or one of another size.
        """
        import faiss

        try:
            index = faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))
        except RuntimeError as error:
            raise StoreDamaged(f"Expected a FAISS index, found bytes that FAISS cannot read ({len(data)} bytes).") from error
        if not isinstance(index, faiss.IndexIDMap2) or index.d != dim:
            raise StoreDamaged(
                f"Expected a flat index of {dim} dimensions, found another kind ({type(index).__name__}, {index.d})."
            )
        return cls(dim, threads, _index=index)

    def _check(self, ids: Ids, vectors: Vectors) -> tuple[Ids, Vectors]:
        ids = np.ascontiguousarray(ids, dtype=np.int64)
        vectors = check_vectors(vectors, self.dim)
        if ids.shape != (len(vectors),):
            raise InvalidVector(f"Expected one id a vector, found ids of shape {ids.shape} for {len(vectors)} vectors.")
        if len(set(ids.tolist())) != len(ids):
            raise DuplicateId("Expected each id once, found one several times in the same call.")
        return ids, vectors

    @staticmethod
    def _ordered(ids: Ids, similarities: Vectors) -> Hits:
        found = ids >= 0
        ids, similarities = ids[found], np.clip(similarities[found], -1.0, 1.0)
        order = np.lexsort((ids, -similarities))
        return ids[order], similarities[order]

    @contextmanager
    def _one_pool(self) -> Iterator[None]:
        """Bound OpenMP for this call only: the runtime's setting belongs to the calling thread, and scikit-learn shares it."""
        before = self._faiss.omp_get_max_threads()
        self._faiss.omp_set_num_threads(self._threads)
        try:
            yield
        finally:
            self._faiss.omp_set_num_threads(before)
