"""The index agrees with numpy and refuses what would spoil it."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.errors import DuplicateId, InvalidVector, StoreDamaged
from retrieval.index import FlatIndex


def unit_rows(count: int, dim: int, seed: int) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def filled(count: int = 300, dim: int = 24) -> tuple[FlatIndex, np.ndarray, np.ndarray]:
    vectors = unit_rows(count, dim, 1)
    ids = np.arange(count, dtype=np.int64) * 7 + 3
    index = FlatIndex(dim)
    index.add(ids, vectors)
    return index, ids, vectors


def test_agrees_with_numpy_with_and_without_a_selector() -> None:
    index, ids, vectors = filled()
    queries = unit_rows(5, 24, 2)
    expected = queries @ vectors.T
    for row, (found, similarities) in zip(expected, index.search(queries, 10), strict=True):
        order = np.argsort(-row)[:10]
        np.testing.assert_array_equal(found, ids[order])
        np.testing.assert_allclose(similarities, row[order], atol=1e-6)
    allowed = ids[::3]
    for row, (found, similarities) in zip(expected[:, ::3], index.search(queries, 10, allowed), strict=True):
        order = np.argsort(-row)[:10]
        np.testing.assert_array_equal(found, allowed[order])
        np.testing.assert_allclose(similarities, row[order], atol=1e-6)


def test_a_vector_finds_itself_with_similarity_one() -> None:
    index, ids, vectors = filled()
    for key, vector in zip(ids[:20], vectors[:20], strict=True):
        found, similarities = index.search(vector[None], 1)[0]
        assert found.tolist() == [key]
        assert similarities[0] == pytest.approx(1.0, abs=1e-6)
        assert similarities[0] <= 1.0


def test_fewer_than_k_and_none_at_all() -> None:
    index, ids, vectors = filled()
    found, _ = index.search(vectors[:1], 10, ids[:4])[0]
    assert sorted(found.tolist()) == ids[:4].tolist()
    assert index.search(vectors[:1], 10, np.empty(0, dtype=np.int64))[0][0].tolist() == []
    assert index.search(vectors[:1], 10, np.array([999_999]))[0][0].tolist() == []
    assert FlatIndex(24).search(vectors[:1], 3)[0][0].tolist() == []


def test_remove_and_upsert() -> None:
    index, ids, vectors = filled()
    assert index.remove(np.array([ids[0], ids[1], 999_999])) == 2
    assert index.count == 298
    assert ids[0] not in index.search(vectors[:1], 298)[0][0]
    replacement = unit_rows(1, 24, 9)
    index.upsert(ids[5:6], replacement)
    assert index.count == 298
    np.testing.assert_array_equal(index.vectors(ids[5:6]), replacement)
    assert np.isnan(index.vectors(ids[:1])).all()


@pytest.mark.parametrize(
    ("vectors", "words"),
    [
        (np.full((1, 24), np.nan), "finite"),
        (np.full((1, 24), np.inf), "finite"),
        (np.zeros((1, 24)), "length 1"),
        (np.ones((1, 24)), "length 1"),
        (unit_rows(1, 23, 0), r"\(batch, 24\)"),
        (unit_rows(1, 24, 0)[0], r"\(batch, 24\)"),
    ],
)
def test_refuses_unsound_vectors(vectors: np.ndarray, words: str) -> None:
    index, ids, _ = filled()
    with pytest.raises(InvalidVector, match=words):
        index.add(np.array([1]), vectors)
    with pytest.raises(InvalidVector, match=words):
        index.search(vectors, 1)
    assert index.count == len(ids)


def test_refuses_ids_that_are_there_or_come_twice() -> None:
    index, ids, vectors = filled()
    with pytest.raises(DuplicateId, match="in the index already"):
        index.add(ids[:1], vectors[:1])
    with pytest.raises(DuplicateId, match="several times"):
        index.upsert(np.array([1, 1]), vectors[:2])
    with pytest.raises(InvalidVector, match="one id a vector"):
        index.add(np.array([1]), vectors[:2])
    assert index.count == len(ids)


def test_bytes_round_trip_bit_equal_and_foreign_bytes_are_refused() -> None:
    index, ids, vectors = filled()
    again = FlatIndex.from_bytes(index.to_bytes(), 24)
    assert again.count == index.count
    np.testing.assert_array_equal(again.vectors(ids), vectors)
    again.remove(ids[:1])
    assert again.count == index.count - 1
    with pytest.raises(StoreDamaged, match="cannot read"):
        FlatIndex.from_bytes(index.to_bytes()[:500], 24)
    with pytest.raises(StoreDamaged, match="25 dimensions"):
        FlatIndex.from_bytes(index.to_bytes(), 25)


def test_leaves_the_thread_setting_of_the_caller_alone() -> None:
    import faiss

    before = faiss.omp_get_max_threads()
    index, _, vectors = filled()
    index.search(vectors, 3)
    assert faiss.omp_get_max_threads() == before
