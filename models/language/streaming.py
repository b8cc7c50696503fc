"""transformers' hooks into a running generation. Imports torch and transformers; import it when generating."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from transformers import StoppingCriteria
from transformers.generation.streamers import BaseStreamer


class StopWhen(StoppingCriteria):
    """Ends the generation once `asked` says so."""

    def __init__(self, asked: Callable[[], bool]) -> None:
        self._asked = asked

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **kwargs: Any) -> Any:  # noqa: ARG002  transformers' signature
        """(batch,) truth values, one a sequence."""
        return torch.full((input_ids.shape[0],), self._asked(), dtype=torch.bool, device=input_ids.device)


class PieceStreamer(BaseStreamer):
    """Hands on each new piece of text; a character that takes several tokens is held back until it is whole."""

    def __init__(self, tokenizer: Any, on_text: Callable[[str], None]) -> None:
        self._tokenizer, self._on_text = tokenizer, on_text
        self._tokens: list[int] = []
        self._told = ""
        self._prompt_seen = False

    def put(self, value: torch.Tensor) -> None:
        """Called with the prompt's tokens first, then with each new token."""
        if not self._prompt_seen:
            self._prompt_seen = True
            return
        self._tokens.extend(value.flatten().tolist())
        self._tell(whole=False)

    def end(self) -> None:
        """Called once after the last token."""
        self._tell(whole=True)

    def _tell(self, *, whole: bool) -> None:
        text = self._tokenizer.decode(self._tokens, skip_special_tokens=True)
        if (whole or not text.endswith("\ufffd")) and len(text) > len(self._told):
            self._on_text(text[len(self._told) :])
            self._told = text
