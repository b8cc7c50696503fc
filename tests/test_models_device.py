"""One device setting, and the way back from a full GPU."""

from __future__ import annotations

import pytest

from models.device import choose_device, with_memory_fallback
from models.errors import BadInput, Unavailable

torch = pytest.importorskip("torch")
HAS_CUDA = torch.cuda.is_available()


def test_settings():
    assert choose_device("cpu") == "cpu"
    assert choose_device("auto") == ("cuda" if HAS_CUDA else "cpu")
    with pytest.raises(BadInput, match="auto, cpu or cuda"):
        choose_device("tpu")


@pytest.mark.skipif(HAS_CUDA, reason="needs a machine without CUDA")
def test_cuda_where_there_is_none():
    with pytest.raises(Unavailable, match="CUDA build"):
        choose_device("cuda")


def test_a_full_gpu_falls_back_and_says_so():
    tried, told = [], []

    def action(device):
        tried.append(device)
        if device == "cuda":
            raise torch.cuda.OutOfMemoryError("full")
        return 42

    assert with_memory_fallback(action, "cuda", told.append) == (42, "cpu")
    assert tried == ["cuda", "cpu"]
    assert told == ["The GPU's memory was not enough, so this ran on the CPU; it takes longer."]


def test_other_errors_pass_through():
    with pytest.raises(ZeroDivisionError):
        with_memory_fallback(lambda device: 1 // 0, "cuda")


@pytest.mark.skipif(not HAS_CUDA, reason="needs CUDA")
def test_a_real_allocation_falls_back():
    def action(device):
        return torch.empty(2**44 if device == "cuda" else 2, device=device).device.type

    assert with_memory_fallback(action, "cuda") == ("cpu", "cpu")
