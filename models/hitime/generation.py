"""A language model that reads a series' embeddings between words and names its class.

The order is prompt, embeddings, description, stem, label: what all cases of a batch share comes first, so that it runs once and
its keys and values serve them all. Source: HiTime (Tao et al. 2024), hybrid prompting and generative classification; LoRA.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from models.backbone import LanguageBackbone, add_adapters
from models.config import LanguageConfig
from models.errors import BadInput, CheckpointError
from models.hitime.label_trie import LabelTrie


@dataclass(frozen=True)
class _ReadPrompt:
    """A prompt's keys and values, and what they depend on. place: device and precision; adapters: all their values in a row."""

    tokens: tuple[int, ...]
    place: tuple[torch.device, torch.dtype]
    adapters: Tensor
    cache: Any

    def is_of(self, tokens: Sequence[int], place: tuple[torch.device, torch.dtype], adapters: Tensor) -> bool:
        """Whether these would give the same keys and values."""
        return self.tokens == tuple(tokens) and self.place == place and torch.equal(self.adapters, adapters)


class LabelReader(nn.Module):
    """Scores the classes of series that are given as embeddings in the language model's width.

    backbone: taken over, adapters are put into its model. prompt, stem: words before the embeddings, and between them (or the
    description) and the label; either may be empty. seed: of the adapters' start.
    Errors: BadInput for adapter targets that the model does not have, or a model that has adapters already.
    """

    def __init__(
        self, backbone: LanguageBackbone, config: LanguageConfig, trie: LabelTrie, prompt: str, stem: str, *, seed: int = 0
    ) -> None:
        super().__init__()
        self.adapters = add_adapters(
            backbone.model,
            rank=config.rank,
            alpha=config.alpha,
            targets=config.targets,
            dropout=config.dropout,
            seed=seed,
        )
        table = backbone.token_embeddings.weight
        self.backbone, self.model, self.trie = backbone, backbone.model, trie.to(table.device)
        self.width = int(table.shape[1])
        # Embeddings enter as large as those of words are, and how large serves best is learnt.
        self.scale = nn.Parameter(table.detach().float().square().mean().sqrt())
        start = backbone.tokenizer.bos_token_id
        self.prompt = ([] if start is None else [start]) + self._encoded(prompt)
        self.stem = self._encoded(stem)
        self._kept: _ReadPrompt | None = None

    def forward(self, embeddings: Tensor, descriptions: Sequence[str] | None = None) -> Tensor:
        """(batch, class) log probabilities by constrained decoding; differentiable.

        embeddings: (batch, query, width), any scale. descriptions: of each series, read after its embeddings.
        Errors: BadInput for another width, another number of descriptions, or more tokens than the model reads.
        """
        heads = self._heads(len(embeddings), descriptions)
        last, below = self._read(embeddings, heads, [node[-1] for node in self.trie.nodes[1:]])
        hidden = torch.cat([last[:, None], below], 1)[:, self.trie.branching]
        return self.trie.class_scores(self.backbone.token_scores(hidden, self.trie.tokens))

    def loss(
        self,
        embeddings: Tensor,
        targets: Tensor,
        descriptions: Sequence[str] | None = None,
        *,
        constrained: bool = False,
    ) -> Tensor:
        """The mean negative log likelihood of the labels: a scalar.

        targets: (batch,) class indices, best on the CPU, where they are read. constrained: among the classes, each label
        counting once; else of each token of the label, its end included, among the whole vocabulary (next-token cross-entropy).
        """
        if constrained:
            return functional.nll_loss(self.forward(embeddings, descriptions), targets.to(embeddings.device))
        labels = [self.trie.sequences[target] for target in targets.tolist()]
        heads = self._heads(len(embeddings), descriptions)
        tails = [[*head, *label[:-1]] for head, label in zip(heads, labels, strict=True)]
        hidden = self._hidden(self._inputs(embeddings, tails))
        first = [embeddings.shape[1] + len(head) - 1 for head in heads]
        rows = [row for row, label in enumerate(labels) for _ in label]
        columns = [start + step for start, label in zip(first, labels, strict=True) for step in range(len(label))]
        wanted = torch.tensor([token for label in labels for token in label], device=embeddings.device)
        return functional.cross_entropy(self.backbone.token_scores(hidden[rows, columns]), wanted)

    @torch.no_grad()
    def attention_shares(self, embeddings: Tensor, descriptions: Sequence[str] | None = None) -> Tensor:
        """(layer,) share of the answering position's attention that goes to the series, mean over heads and cases."""
        heads = self._heads(len(embeddings), descriptions)
        inputs = self._with_prompt(self._inputs(embeddings, heads))
        usual = self.model.config._attn_implementation
        self.model.set_attn_implementation("eager")
        try:
            attentions = self.backbone.decoder(inputs_embeds=inputs, use_cache=False, output_attentions=True).attentions
        finally:
            self.model.set_attn_implementation(usual)
        start, stop = len(self.prompt), len(self.prompt) + embeddings.shape[1]
        answer = torch.tensor([stop + len(head) - 1 for head in heads], device=inputs.device)
        rows = torch.arange(len(embeddings), device=inputs.device)
        return torch.stack([layer[rows, :, answer, start:stop].float().sum(-1).mean() for layer in attentions])

    def trainable_parameters(self) -> list[nn.Parameter]:
        """The adapters and the embeddings' scale."""
        return [self.scale, *self.adapters.values()]

    def adapter_state(self) -> dict[str, np.ndarray]:
        """What training changes, float32 by name; `load_adapter_state` takes it over bit for bit."""
        named = {"scale": self.scale, **self.adapters}
        return {name: parameter.detach().cpu().numpy().copy() for name, parameter in named.items()}

    @torch.no_grad()
    def load_adapter_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Take over a state that `adapter_state` gave. Errors: CheckpointError when names or shapes are not this model's."""
        named = {"scale": self.scale, **self.adapters}
        expected = {name: tuple(parameter.shape) for name, parameter in named.items()}
        found = {name: np.shape(value) for name, value in state.items()}
        differing = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
        if differing:
            name = differing[0]
            raise CheckpointError(
                f"{len(differing)} adapter tensors are not those of this language model; {name!r} should have the shape "
                f"{expected.get(name, 'of none')} and has {found.get(name, 'that of none')}. Use the model it was trained with."
            )
        for name, parameter in named.items():
            parameter.copy_(torch.as_tensor(np.asarray(state[name])))

    def _encoded(self, text: str) -> list[int]:
        return list(self.backbone.tokenizer.encode(text, add_special_tokens=False))

    def _heads(self, batch: int, descriptions: Sequence[str] | None) -> list[list[int]]:
        """Tokens between each case's embeddings and its label: the description, if any, and the stem."""
        if descriptions is None:
            return [self.stem] * batch
        if len(descriptions) != batch:
            raise BadInput(f"There are {batch} series and {len(descriptions)} descriptions; give one for each.")
        return [self._encoded(f" {text}") + self.stem for text in descriptions]

    def _inputs(self, embeddings: Tensor, tails: Sequence[Sequence[int]]) -> Tensor:
        """(batch, position, width): the embeddings, scaled, and each case's tail, filled up at its end.

        Nothing looks ahead, so what a shorter tail is filled up with changes nothing before it.
        """
        if embeddings.ndim != 3 or embeddings.shape[2] != self.width:
            raise BadInput(f"The language model reads (batch, query, {self.width}) embeddings; found {tuple(embeddings.shape)}.")
        longest = max(map(len, tails))
        total = len(self.prompt) + embeddings.shape[1] + longest
        if total > self.backbone.longest:
            raise BadInput(
                f"Prompt, series and label have {total} tokens, and the model reads {self.backbone.longest}; shorten it."
            )
        scaled = functional.layer_norm(embeddings.float(), (self.width,)) * self.scale
        table = self.backbone.token_embeddings
        scaled = scaled.to(table.weight.dtype)
        if not longest:
            return scaled
        filled = torch.tensor([[*tail, *[0] * (longest - len(tail))] for tail in tails], device=scaled.device)
        return torch.cat([scaled, table(filled)], 1)

    def _read(self, embeddings: Tensor, heads: Sequence[Sequence[int]], below: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Hidden states where the label begins (batch, width), and at the label tree's further nodes (batch, node, width).

        The nodes follow the heads in one row; a mask lets each see what comes before the label, its ancestors and itself.
        """
        queries, longest, batch = embeddings.shape[1], max(map(len, heads)), len(embeddings)
        device = embeddings.device
        ends = torch.tensor([queries + len(head) for head in heads], device=device)
        rows = torch.arange(batch, device=device)
        if not below:
            hidden = self._hidden(self._inputs(embeddings, heads))
            return hidden[rows, ends - 1], hidden[:, :0]
        inputs = self._inputs(embeddings, [[*head, *[0] * (longest - len(head)), *below] for head in heads])
        usual, prompt = queries + longest, len(self.prompt)
        places = torch.arange(prompt + inputs.shape[1], device=device)
        seen = (places[None, :] <= places[:, None]).repeat(batch, 1, 1)
        start = prompt + usual
        # Of a shorter head, what it was filled up with is hidden from the tree.
        seen[:, start:, :start] = (places[:start] < prompt + ends[:, None])[:, None]
        seen[:, start:, start:] = self.trie.ancestors[1:, 1:]
        below_label = prompt + ends[:, None] + self.trie.depths[1:] - 1
        positions = torch.cat([places[:start].expand(batch, -1), below_label], 1)
        hidden = self._hidden(inputs, seen, positions)
        return hidden[rows, ends - 1], hidden[:, usual:]

    def _hidden(self, inputs: Tensor, seen: Tensor | None = None, positions: Tensor | None = None) -> Tensor:
        """Hidden states (batch, position, width) of the inputs after the prompt.

        seen: (batch, place, place) which places each sees, the prompt's included, None for all before it. positions: (batch,
        place), the prompt's included.
        """
        prompt = len(self.prompt)
        mask = None
        if seen is not None:
            mask = torch.zeros(seen.shape, dtype=inputs.dtype, device=inputs.device)
            mask = mask.masked_fill(~seen, torch.finfo(inputs.dtype).min)[:, None]
        if not prompt or (self.training and self.model.is_activation_checkpointing):
            # Recomputed activations and kept keys exclude each other in transformers, so here every case reads the prompt.
            whole = self.backbone.decoder(
                inputs_embeds=self._with_prompt(inputs), attention_mask=mask, position_ids=positions, use_cache=False
            )
            return _tensor(whole.last_hidden_state[:, prompt:])
        found = self.backbone.decoder(
            inputs_embeds=inputs,
            attention_mask=None if mask is None else mask[:, :, prompt:],
            position_ids=None if positions is None else positions[:, prompt:],
            past_key_values=self._repeated(self._prompt_cache(), len(inputs)),
            use_cache=True,
        )
        return _tensor(found.last_hidden_state)

    def _with_prompt(self, inputs: Tensor) -> Tensor:
        prompt = self.backbone.token_embeddings(torch.tensor(self.prompt, dtype=torch.long, device=inputs.device))
        return torch.cat([prompt.expand(len(inputs), -1, -1), inputs], 1)

    def _prompt_cache(self) -> Any:
        """Keys and values of the prompt for a batch of one; kept between calls while nothing is learnt or changed."""
        if self.training or torch.is_grad_enabled():
            self._kept = None
            return self._prompt_read()
        weight = self.backbone.token_embeddings.weight
        place = (weight.device, weight.dtype)
        # By value: an optimiser that makes its step in one call leaves the parameters' versions as they are.
        adapters = torch.cat([parameter.flatten() for parameter in self.adapters.values()])
        if self._kept is None or not self._kept.is_of(self.prompt, place, adapters):
            self._kept = _ReadPrompt(tuple(self.prompt), place, adapters, self._prompt_read())
        return self._kept.cache

    def _prompt_read(self) -> Any:
        from transformers import DynamicCache

        tokens = torch.tensor([self.prompt], device=self.scale.device)
        cache = DynamicCache(config=self.model.config)
        self.backbone.decoder(inputs_embeds=self.backbone.token_embeddings(tokens), past_key_values=cache, use_cache=True)
        return cache

    def _repeated(self, cache: Any, batch: int) -> Any:
        """A new cache with the same keys and values for every case; gradients flow back to the one."""
        from transformers import DynamicCache

        repeated = DynamicCache(config=self.model.config)
        for index, layer in enumerate(cache.layers):
            repeated.update(layer.keys.expand(batch, -1, -1, -1), layer.values.expand(batch, -1, -1, -1), index)
        return repeated


def _tensor(value: Any) -> Tensor:
    """A value that transformers does not type."""
    assert isinstance(value, Tensor)
    return value
