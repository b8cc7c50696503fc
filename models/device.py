"""One device setting for everything that runs on torch, and a way back to the CPU when the GPU's memory is full."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeVar

from models.errors import BadInput, Unavailable

DeviceSetting = Literal["auto", "cpu", "cuda"]
Result = TypeVar("Result")


def choose_device(setting: DeviceSetting = "auto") -> str:
    """The torch device: "cuda" where one is present and not declined, else "cpu".

    Errors: Unavailable when "cuda" is asked for and absent; BadInput for another word.
    """
    if setting == "cpu":
        return "cpu"
    if setting not in ("auto", "cuda"):
        raise BadInput(f"The device is auto, cpu or cuda; found {setting!r}.")
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if setting == "cuda":
        raise Unavailable(
            "The device cuda was asked for, and torch finds none; use auto or cpu, or install a CUDA build of torch."
        )
    return "cpu"


def with_memory_fallback(
    action: Callable[[str], Result], device: str, on_fallback: Callable[[str], None] | None = None
) -> tuple[Result, str]:
    """Run `action(device)`; when the GPU's memory does not suffice, run it again on the CPU.

    on_fallback: told so in one sentence. Returns the result and the device that gave it. Any other error passes through.
    """
    if device == "cpu":
        return action(device), device
    import torch

    try:
        return action(device), device
    except torch.cuda.OutOfMemoryError:
        pass
    # Outside the except block: the traceback would keep the tensors of the failed attempt alive.
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if on_fallback is not None:
        on_fallback("The GPU's memory was not enough, so this ran on the CPU; it takes longer.")
    return action("cpu"), "cpu"
