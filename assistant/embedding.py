"""The sentence embedder on the configured device, falling back to the CPU, and saying so, when the GPU's memory is full."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from retrieval.embed import TextEmbedder


class DeviceEmbedder:
    """A text embedder made by `make(device)` on demand. Safe to call from several threads.

    device: "cpu" or "cuda". on_fallback: told in one sentence when the GPU's memory did not suffice; from then on the CPU serves.
    """

    def __init__(self, make: Callable[[str], TextEmbedder], device: str, on_fallback: Callable[[str], None]) -> None:
        self._make = make
        self._device = device
        self._on_fallback = on_fallback
        self._lock = threading.Lock()
        self._embedder = make(device)

    @property
    def name(self) -> str:
        """Name of the model."""
        return self._embedder.name

    @property
    def revision(self) -> str:
        """Revision of its weights."""
        return self._embedder.revision

    @property
    def dim(self) -> int:
        """Size of a vector."""
        return self._embedder.dim

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts → (batch, dim) float32 unit vectors."""
        if self._device == "cpu":
            return self._embedder.embed(texts)
        from models.device import with_memory_fallback

        with self._lock:
            vectors, self._device = with_memory_fallback(
                lambda device: self._on(device).embed(texts), self._device, self._on_fallback
            )
        return vectors

    def _on(self, device: str) -> TextEmbedder:
        if device != self._device:
            self._embedder = self._make(device)
        return self._embedder
