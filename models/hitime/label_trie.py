"""Names of classes as a tree of tokens, so that a language model's answer is always one of them.

Source: De Cao et al. 2021, Autoregressive entity retrieval (decoding constrained by a trie of names). All classes are scored
exactly here, without a beam, since they are few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor

from models.errors import BadInput

Tokens = tuple[int, ...]


@dataclass(frozen=True)
class LabelTrie:
    """sequences: tokens of each class's name, in the classes' order; the last one is an end token, so none begins another.

    nodes: prefixes of names that have to be read to score what may follow them, shorter ones first; the first is empty, and
    the parent of each other one is among them. branching: which of the nodes are followed by more than one token.
    tokens: all tokens that may follow there. allowed: (branching node, token) whether one does. steps: (class, step) places in
    the flattened (branching node, token) table whose scores make up a class, filled up with the place after its end.
    """

    sequences: tuple[Tokens, ...]
    nodes: tuple[Tokens, ...]
    branching: tuple[int, ...]
    tokens: Tokens
    allowed: Tensor
    steps: Tensor

    @classmethod
    def of(cls, tokenizer: Any, labels: Sequence[str]) -> Self:
        """The tree of labels as they follow the answer's stem. labels: readable and distinct, two or more.

        Errors: BadInput when two labels become the same tokens, or the tokenizer has no end token.
        """
        if len(labels) < 2:
            raise BadInput(f"Naming a class needs two classes or more; found {len(labels)}.")
        end = tokenizer.eos_token_id
        if end is None:
            raise BadInput("This language model's tokenizer has no end token, which closes a label; use another model.")
        sequences = tuple((*tokenizer.encode(f" {label}", add_special_tokens=False), end) for label in labels)
        first: dict[Tokens, str] = {}
        for label, sequence in zip(labels, sequences, strict=True):
            if sequence in first:
                raise BadInput(f"The labels {first[sequence]!r} and {label!r} are the same tokens to this model; rename one.")
            first[sequence] = label
        return cls._from_sequences(sequences)

    @classmethod
    def _from_sequences(cls, sequences: tuple[Tokens, ...]) -> Self:
        following: dict[Tokens, set[int]] = {}
        for sequence in sequences:
            for length, token in enumerate(sequence):
                following.setdefault(sequence[:length], set()).add(token)
        forks = sorted(
            (prefix for prefix, tokens in following.items() if len(tokens) > 1), key=lambda prefix: (len(prefix), prefix)
        )
        nodes = sorted({fork[:length] for fork in forks for length in range(len(fork) + 1)}, key=lambda node: (len(node), node))
        tokens = tuple(sorted({token for fork in forks for token in following[fork]}))
        allowed = torch.tensor([[token in following[fork] for token in tokens] for fork in forks])
        column = {token: index for index, token in enumerate(tokens)}
        row = {fork: index for index, fork in enumerate(forks)}
        paths = [
            [
                row[sequence[:length]] * len(tokens) + column[sequence[length]]
                for length in range(len(sequence))
                if sequence[:length] in row
            ]
            for sequence in sequences
        ]
        longest = max(map(len, paths))
        steps = torch.tensor([path + [allowed.numel()] * (longest - len(path)) for path in paths])
        return cls(sequences, tuple(nodes), tuple(map(nodes.index, forks)), tokens, allowed, steps)

    def ancestors(self) -> Tensor:
        """(node, node) true where the second is the first or a prefix of it."""
        return torch.tensor([[node[: len(other)] == other for other in self.nodes] for node in self.nodes])

    def class_scores(self, logits: Tensor) -> Tensor:
        """(batch, class) log probabilities, summing to one, from logits (batch, branching node, token) of `tokens`.

        log p(class) is the sum, over the branching nodes on its name's way, of log softmax over the tokens that may follow.
        """
        allowed, steps = self.allowed.to(logits.device), self.steps.to(logits.device)
        scores = logits.masked_fill(~allowed, -torch.inf).log_softmax(2).flatten(1)
        scores = torch.cat([scores, scores.new_zeros(len(scores), 1)], 1)
        return scores[:, steps].sum(2)
