"""Names of classes as a tree of tokens, so that a language model's answer is always one of them.

Source: De Cao et al. 2021, Autoregressive entity retrieval (decoding constrained by a trie of names). All classes are scored
exactly here, without a beam, since they are few.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import torch
from torch import Tensor, nn

from models.errors import BadInput

Tokens = tuple[int, ...]


class LabelTrie(nn.Module):
    """sequences: tokens of each class's name, in the classes' order; the last one is an end token, so none begins another.

    nodes: prefixes of names that have to be read to score what may follow them, shorter ones first; the first is empty, and
    the parent of each other one is among them. Nothing in it is learnt; as a module it moves to a device with the reader.

    tokens: (token,) all that may follow where names part. branching: (branching node,) which nodes those are. allowed:
    (branching node, token) what may follow each. ancestors: (node, node) whether the second is the first or a prefix of it.
    depths: (node,) tokens of each. steps: (class, step) places in the flattened (branching node, token) table whose scores
    make up a class, filled up with the place after its end.
    """

    tokens: Tensor
    branching: Tensor
    allowed: Tensor
    ancestors: Tensor
    depths: Tensor
    steps: Tensor

    def __init__(self, sequences: tuple[Tokens, ...]) -> None:
        super().__init__()
        following: dict[Tokens, set[int]] = {}
        for sequence in sequences:
            for length, token in enumerate(sequence):
                following.setdefault(sequence[:length], set()).add(token)
        forks = _ordered({prefix for prefix, tokens in following.items() if len(tokens) > 1})
        nodes = _ordered({fork[:length] for fork in forks for length in range(len(fork) + 1)})
        tokens = sorted({token for fork in forks for token in following[fork]})
        row = {fork: index for index, fork in enumerate(forks)}
        paths = [
            [
                row[sequence[:length]] * len(tokens) + tokens.index(token)
                for length, token in enumerate(sequence)
                if sequence[:length] in row
            ]
            for sequence in sequences
        ]
        longest, after = max(map(len, paths)), len(forks) * len(tokens)
        self.sequences, self.nodes = sequences, nodes
        tables = {
            "tokens": tokens,
            "branching": [nodes.index(fork) for fork in forks],
            "allowed": [[token in following[fork] for token in tokens] for fork in forks],
            "ancestors": [[node[: len(other)] == other for other in nodes] for node in nodes],
            "depths": [len(node) for node in nodes],
            "steps": [path + [after] * (longest - len(path)) for path in paths],
        }
        for name, table in tables.items():
            self.register_buffer(name, torch.tensor(table), persistent=False)

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
        return cls(sequences)

    def class_scores(self, logits: Tensor) -> Tensor:
        """(batch, class) log probabilities, summing to one, from logits (batch, branching node, token) of `tokens`.

        log p(class) is the sum, over the branching nodes on its name's way, of log softmax over the tokens that may follow.
        """
        scores = logits.masked_fill(~self.allowed, -torch.inf).log_softmax(2).flatten(1)
        scores = torch.cat([scores, scores.new_zeros(len(scores), 1)], 1)
        return scores[:, self.steps].sum(2)


def _ordered(prefixes: set[Tokens]) -> tuple[Tokens, ...]:
    return tuple(sorted(prefixes, key=lambda prefix: (len(prefix), prefix)))
