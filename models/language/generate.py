"""A chat model on this machine, through transformers: greedy, hence the same answer every time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from models.backbone import SMOLLM2, LanguageBackbone, load_causal_language_model
from models.device import DeviceSetting, choose_device, with_memory_fallback
from models.errors import BadInput

logger = logging.getLogger(__name__)

ROLES = ("system", "user", "assistant")
Messages = Sequence[dict[str, str]]


class LocalLanguageModel:
    """Generates replies to chats. The weights are loaded at the first use; one reply is written at a time.

    source: "smollm2", a folder or a hub id (see `models.backbone`). device: auto, cpu or cuda; where the GPU's memory does
    not suffice the CPU takes over, and `on_fallback` is told so in a sentence.
    """

    def __init__(
        self,
        source: str | Path = SMOLLM2,
        device: DeviceSetting = "auto",
        on_fallback: Callable[[str], None] | None = None,
    ) -> None:
        self.source = source
        self._setting: DeviceSetting = device
        self._on_fallback = on_fallback or logger.warning
        self._backbone: LanguageBackbone | None = None
        self._lock = threading.Lock()

    def generate(
        self,
        messages: Messages,
        *,
        max_new_tokens: int = 256,
        stop: Callable[[], bool] | None = None,
        on_text: Callable[[str], None] | None = None,
    ) -> str:
        """The reply to a chat of {"role", "content"} messages, without special tokens.

        stop: asked after each token; true ends the reply there. on_text: given each new piece; the pieces joined are the reply.
        Errors: BadInput for malformed messages or a prompt that fills the model's context; those of `models.backbone`.
        """
        _check_messages(messages, max_new_tokens)

        def on(device: str) -> str:
            return _reply(self._on_device(device), messages, max_new_tokens, stop, on_text)

        with self._lock:
            device = self._backbone.device if self._backbone else choose_device(self._setting)
            text, _ = with_memory_fallback(on, device, self._on_fallback)
            return text

    def _on_device(self, device: str) -> LanguageBackbone:
        if self._backbone is None:
            self._backbone = load_causal_language_model(self.source, device=device)
        elif self._backbone.device != device:
            model = self._backbone.model.to(device).float()
            self._backbone = LanguageBackbone(model, self._backbone.tokenizer, device)
        return self._backbone


def _check_messages(messages: Messages, max_new_tokens: int) -> None:
    if not messages:
        raise BadInput("A chat needs at least one message.")
    for message in messages:
        if set(message) != {"role", "content"} or message["role"] not in ROLES or not isinstance(message["content"], str):
            raise BadInput(f"A message has a role ({', '.join(ROLES)}) and a text content; found {sorted(message)}.")
    if max_new_tokens < 1:
        raise BadInput(f"At least one new token has to be allowed; found {max_new_tokens}.")


def _reply(
    backbone: LanguageBackbone,
    messages: Messages,
    max_new_tokens: int,
    stop: Callable[[], bool] | None,
    on_text: Callable[[str], None] | None,
) -> str:
    import torch
    from transformers import GenerationConfig, StoppingCriteriaList

    from models.language.streaming import PieceStreamer, StopWhen

    model, tokenizer = backbone.model, backbone.tokenizer
    prompt = _prompt_tokens(tokenizer, messages).to(backbone.device)
    context = int(getattr(model.config, "max_position_embeddings", 0) or prompt.shape[1] + max_new_tokens)
    room = context - prompt.shape[1]
    if room < 1:
        raise BadInput(f"The prompt has {prompt.shape[1]:,} tokens and the model reads {context:,}; shorten it.")
    # A configuration of our own: sampling options in the model's would draw warnings, or dice.
    settings = GenerationConfig(  # type: ignore[no-untyped-call]
        max_new_tokens=min(max_new_tokens, room),
        do_sample=False,
        bos_token_id=model.config.bos_token_id,
        eos_token_id=model.generation_config.eos_token_id,
        pad_token_id=tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id,
    )
    with torch.inference_mode():
        tokens = model.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            generation_config=settings,
            stopping_criteria=StoppingCriteriaList([StopWhen(stop)] if stop else []),
            streamer=PieceStreamer(tokenizer, on_text) if on_text else None,
        )
    return str(tokenizer.decode(tokens[0, prompt.shape[1] :], skip_special_tokens=True))


def _prompt_tokens(tokenizer: Any, messages: Messages) -> Any:
    """(1, token) ids by the model's own chat template, or by a plain one where it has none."""
    if tokenizer.chat_template:
        encoded = tokenizer.apply_chat_template(list(messages), add_generation_prompt=True, return_tensors="pt", return_dict=True)
    else:
        lines = [f"{message['role']}: {message['content']}" for message in messages]
        encoded = tokenizer("\n".join([*lines, "assistant:"]), return_tensors="pt")
    return encoded["input_ids"]
