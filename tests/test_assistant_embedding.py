"""The embedder's way back to the CPU."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from assistant.embedding import DeviceEmbedder


class Scripted:
    """An embedder that runs out of memory on the GPU."""

    name, revision, dim = "scripted", "1", 2

    def __init__(self, device: str) -> None:
        self.device = device

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.device == "cuda":
            raise torch.cuda.OutOfMemoryError("out of memory")
        return np.full((len(texts), 2), 0.5, dtype=np.float32)


def test_a_full_gpu_falls_back_to_the_cpu_once_and_says_so() -> None:
    said: list[str] = []
    made: list[str] = []

    def make(device: str) -> Scripted:
        made.append(device)
        return Scripted(device)

    embedder = DeviceEmbedder(make, "cuda", said.append)
    for _ in range(2):
        assert embedder.embed(["a", "b"]).tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert made == ["cuda", "cpu"]
    assert len(said) == 1
    assert "ran on the CPU" in said[0]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_the_gpu_gives_the_cpus_vectors() -> None:
    from retrieval.embed import MiniLmEmbedder

    texts = ["a rising trend", "a sudden spike"]
    on_gpu = DeviceEmbedder(MiniLmEmbedder, "cuda", lambda sentence: pytest.fail(sentence)).embed(texts)
    on_cpu = MiniLmEmbedder("cpu").embed(texts)
    np.testing.assert_allclose(on_gpu, on_cpu, atol=1e-4)
