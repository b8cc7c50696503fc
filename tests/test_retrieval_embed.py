"""Embedders: unit vectors, similarities that mean something."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from retrieval.embed import CachingTextEmbedder, MiniLmEmbedder, ShapeEmbedder
from retrieval.errors import EmbeddingModelMissing, InvalidEpisode


def similarity(embedder: ShapeEmbedder, one: np.ndarray, other: np.ndarray) -> float:
    return float(embedder.embed(one[None])[0] @ embedder.embed(other[None])[0])


def test_similarity_of_shapes_is_their_correlation() -> None:
    random = np.random.default_rng(0)
    embedder = ShapeEmbedder(length=50)
    one, other = random.normal(size=50).cumsum(), random.normal(size=50).cumsum()
    assert similarity(embedder, one, other) == pytest.approx(np.corrcoef(one, other)[0, 1], abs=1e-5)
    assert similarity(embedder, one, one) == pytest.approx(1.0, abs=1e-6)
    assert similarity(embedder, one, -one) == pytest.approx(-1.0, abs=1e-6)
    assert similarity(embedder, one, 1e6 * one - 3e7) == pytest.approx(1.0, abs=1e-5)


def test_length_of_a_window_does_not_matter() -> None:
    embedder = ShapeEmbedder()
    hump = [np.sin(np.linspace(0, np.pi, points)) for points in (30, 64, 400)]
    assert similarity(embedder, hump[0], hump[2]) > 0.999
    assert similarity(embedder, hump[0], hump[1]) > 0.999


def test_constant_windows_have_an_axis_of_their_own() -> None:
    embedder = ShapeEmbedder()
    ramp = np.linspace(0, 1, 40)
    for level in (0.0, 7.0, -1e12, 1e-300):
        vector = embedder.embed(np.full((1, 40), level))[0]
        assert np.isfinite(vector).all()
        assert np.linalg.norm(vector) == pytest.approx(1.0)
        assert similarity(embedder, np.full(40, level), ramp) == 0.0
        assert similarity(embedder, np.full(40, level), np.full(25, 3.0)) == 1.0


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_vectors_are_of_length_one_at_any_scale(scale: float) -> None:
    windows = np.random.default_rng(1).normal(size=(20, 33)) * scale
    vectors = ShapeEmbedder().embed(windows)
    assert vectors.shape == (20, 65)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_refuses_missing_values_and_wrong_shapes() -> None:
    embedder = ShapeEmbedder()
    with pytest.raises(InvalidEpisode, match="finite"):
        embedder.embed(np.array([[1.0, np.nan, 2.0]]))
    for shape in ((3,), (1, 1), (1, 2, 3)):
        with pytest.raises(InvalidEpisode, match=r"\(batch, time\)"):
            embedder.embed(np.ones(shape))


class CountingEmbedder:
    name, revision, dim = "counting", "1", 3

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        return np.array([[len(text), 1.0, 0.0] for text in texts], dtype=np.float32)


def test_each_distinct_text_is_embedded_once_and_the_oldest_forgotten() -> None:
    inner = CountingEmbedder()
    embedder = CachingTextEmbedder(inner, size=2)
    rows = embedder.embed(["a", "bb", "a", "bb"])
    np.testing.assert_array_equal(rows[:, 0], [1, 2, 1, 2])
    assert inner.asked == ["a", "bb"]
    embedder.embed(["a", "ccc"])
    assert inner.asked == ["a", "bb", "ccc"]
    embedder.embed(["bb"])
    assert inner.asked == ["a", "bb", "ccc", "bb"]
    assert embedder.embed([]).shape == (0, 3)


def test_minilm_knows_what_words_mean_from_several_threads() -> None:
    embedder = MiniLmEmbedder()
    texts = ["rises steadily, then falls back", "goes up and comes down again", "flat, no change"]
    results: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda: results.append(embedder.embed(texts))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 3
    for vectors in results:
        assert vectors.shape == (3, 384)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
        np.testing.assert_allclose(vectors, results[0], atol=1e-5)
    near, far = results[0][0] @ results[0][1], results[0][0] @ results[0][2]
    assert near > far + 0.2
    assert embedder.embed([]).shape == (0, 384)


def test_minilm_refuses_other_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "weights_of_somebody_else"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "model" / "model.safetensors").write_bytes(b"something else")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(MiniLmEmbedder, "PACKAGE", "weights_of_somebody_else")
    with pytest.raises(EmbeddingModelMissing, match="sha256 53aa51172d14"):
        MiniLmEmbedder().embed(["words"])
    monkeypatch.setattr(MiniLmEmbedder, "PACKAGE", "no_such_package_of_weights")
    with pytest.raises(EmbeddingModelMissing, match="found none"):
        MiniLmEmbedder().embed(["words"])


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, retrieval; print([m for m in ('faiss', 'torch', 'pandas', 'sentence_transformers') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
