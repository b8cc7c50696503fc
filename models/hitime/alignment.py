"""Semantic alignment: learnable queries read a series' tokens and are drawn to the text of its class.

Sources: Li et al. 2023 (the querying transformer), Tao et al. 2024 (HiTime: coarse and fine alignment of series and class texts),
Zhai et al. 2023 (sigmoid loss with a bias), Kendall, Gal & Cipolla 2018 (a learnt weight of a loss).
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.config import AlignmentConfig
from models.hitime.optimisation import one_cycle, shuffled_rows, step_size, take_step
from models.hitime.sources import SourceShape, Tokens
from models.monitor import Monitor

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClassTexts:
    """The classes' sentences in a language model's token embeddings. embedded: (class, token, width); mask: (class, token)."""

    embedded: Tensor
    mask: Tensor

    def to(self, device: torch.device | str) -> ClassTexts:
        """The same on another device."""
        return ClassTexts(self.embedded.to(device), self.mask.to(device))


Pair = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Series:
    """Series as the queries see them. pairs: each layer's keys and values (batch, head, token, part). seen: (batch, 1, 1, token).

    They are made once, however many queries and texts then meet a series.
    """

    pairs: tuple[Pair, ...]
    seen: Tensor

    def rows(self, chosen: Tensor) -> Series:
        """The series at these row numbers."""
        return Series(tuple((keys[chosen], values[chosen]) for keys, values in self.pairs), self.seen[chosen])


class _Attention(nn.Module):
    """Multi-head attention of (batch, query, width) to keys and values, with a mask of what may be attended to."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.normalise = nn.LayerNorm(width)
        self.query, self.both, self.out = nn.Linear(width, width), nn.Linear(width, 2 * width), nn.Linear(width, width)

    def pair(self, attended: Tensor) -> Pair:
        """Keys and values of (batch, token, width)."""
        keys, values = self.both(attended).chunk(2, -1)
        return self._split(keys), self._split(values)

    def forward(self, hidden: Tensor, pair: Pair | None, mask: Tensor) -> Tensor:
        """pair: None for self-attention. mask: (batch or 1, 1, query or 1, key), true where attended to."""
        normed = self.normalise(hidden)
        keys, values = pair or self.pair(normed)
        dropout = self.dropout if self.training else 0.0
        seen = functional.scaled_dot_product_attention(self._split(self.query(normed)), keys, values, mask, dropout)
        result: Tensor = self.out(seen.transpose(1, 2).flatten(2))
        return result

    def _split(self, tensor: Tensor) -> Tensor:
        return tensor.reshape(*tensor.shape[:2], self.heads, -1).transpose(1, 2)


class _Layer(nn.Module):
    """Self-attention shared by queries and text, the queries' attention to the series, and a feed-forward part."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.among = _Attention(width, heads, dropout)
        self.across = _Attention(width, heads, dropout)
        self.forward_part = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Dropout(dropout), nn.Linear(2 * width, width)
        )

    def forward(self, hidden: Tensor, among: Tensor, pair: Pair | None, seen: Tensor | None, queries: int) -> Tensor:
        hidden = hidden + self.among(hidden, None, among)
        if pair is not None and seen is not None:
            reading = hidden[:, :queries] + self.across(hidden[:, :queries], pair, seen)
            hidden = torch.cat([reading, hidden[:, queries:]], 1)
        result: Tensor = hidden + self.forward_part(hidden)
        return result


class QueryingTransformer(nn.Module):
    """Queries over the tokens of several sources. text_width: of the language model's token embeddings."""

    def __init__(self, shapes: Mapping[str, SourceShape], text_width: int, config: AlignmentConfig) -> None:
        super().__init__()
        width = config.width
        self.config = config
        self.inputs = nn.ModuleDict({name: nn.Linear(shape.width, width) for name, shape in shapes.items()})
        self.places = nn.ParameterDict(
            {name: nn.Parameter(0.02 * torch.randn(shape.tokens, width)) for name, shape in shapes.items()}
        )
        self.queries = nn.Parameter(0.5 * torch.randn(config.queries, width))
        self.layers = nn.ModuleList(_Layer(width, config.heads, config.dropout) for _ in range(config.layers))
        self.last = nn.LayerNorm(width)
        self.text = nn.Linear(text_width, width)
        self.text_start = nn.Parameter(0.5 * torch.randn(width))
        self.series_side, self.text_side = nn.Linear(width, width), nn.Linear(width, width)
        self.match = nn.Linear(width, 2)
        self.log_temperature = nn.Parameter(torch.tensor(math.log(config.temperature)))
        self.bias = nn.Parameter(torch.tensor(-2.0))
        self.log_gate = nn.Parameter(torch.zeros(()))

    def read(self, tokens: Tokens) -> Series:
        """All sources' tokens in one row, as keys and values of each layer."""
        parts = [self.inputs[name](values) * mask[..., None] + self.places[name] for name, (values, mask) in tokens.items()]
        series = torch.cat(parts, 1)
        seen = torch.cat([mask for _, mask in tokens.values()], 1)[:, None, None]
        return Series(tuple(cast("_Layer", layer).across.pair(series) for layer in self.layers), seen)

    def forward(self, tokens: Tokens) -> Tensor:
        """(batch, query, width): what the queries took from the series."""
        return self.queried(self.read(tokens))

    def texts(self, texts: ClassTexts) -> Tensor:
        """(class, width) unit vectors of the class texts."""
        hidden, mask = self._text_tokens(texts)
        for layer in self.layers:
            hidden = layer(hidden, mask[:, None, None], None, None, 0)
        return functional.normalize(self.text_side(self.last(hidden[:, 0])), dim=-1)

    def similarities(self, queried: Tensor, texts: Tensor) -> Tensor:
        """(batch, class): the nearest query's cosine to each text over the temperature, plus the bias."""
        sides = functional.normalize(self.series_side(queried), dim=-1)
        nearest = torch.einsum("bqw,cw->bcq", sides, texts).amax(2)
        return nearest / self.log_temperature.exp().clamp(min=0.01) + self.bias

    def matches(self, series: Series, texts: ClassTexts, classes: Tensor) -> Tensor:
        """(batch, 2) logits of whether each series and the text of its entry in `classes` (batch,) belong together."""
        words, mask = self._text_tokens(ClassTexts(texts.embedded[classes], texts.mask[classes]))
        count = self.config.queries
        hidden = torch.cat([self.queries.expand(len(classes), -1, -1), words], 1)
        both = torch.cat([mask.new_ones(len(classes), count), mask], 1)[:, None, None]
        for layer, pair in zip(self.layers, series.pairs, strict=True):
            hidden = layer(hidden, both, pair, series.seen, count)
        logits: Tensor = self.match(self.last(hidden[:, :count])).mean(1)
        return logits

    def queried(self, series: Series) -> Tensor:
        """(batch, query, width): what the queries took from the series."""
        hidden = self.queries.expand(len(series.seen), -1, -1)
        everything = series.seen.new_ones(1, 1, 1, self.config.queries)
        for layer, pair in zip(self.layers, series.pairs, strict=True):
            hidden = layer(hidden, everything, pair, series.seen, self.config.queries)
        result: Tensor = self.last(hidden)
        return result

    def _text_tokens(self, texts: ClassTexts) -> tuple[Tensor, Tensor]:
        start = self.text_start.expand(len(texts.embedded), 1, -1)
        return torch.cat([start, self.text(texts.embedded)], 1), functional.pad(texts.mask, (1, 0), value=True)


def coarse_loss(similarities: Tensor, targets: Tensor) -> Tensor:
    """Binary cross-entropy of the queries' similarity to each case's text against the same-label matrix.

    similarities: (batch, class); targets: (batch,). Both directions have the same entries, so one mean is both.
    """
    between = similarities[:, targets]
    same = (targets[:, None] == targets[None]).to(between.dtype)
    return functional.binary_cross_entropy_with_logits(between, same)


def fine_loss(network: QueryingTransformer, series: Series, texts: ClassTexts, similarities: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy of matching: each pair, each series with a hard wrong text, each text with a hard wrong series.

    Wrong partners are drawn by their similarity. A batch of one class has right pairs alone.
    """
    rows = torch.arange(len(targets), device=targets.device)
    pairs = [(rows, targets, 1)]
    if bool((targets != targets[0]).any()):
        with torch.no_grad():
            likely = (similarities.softmax(1) + 1e-4).scatter(1, targets[:, None], 0.0)
            wrong_text = torch.multinomial(likely, 1)[:, 0]
            other = targets[:, None] != targets[None]
            wanted = similarities.T[targets].softmax(1) + 1e-4
            wrong_series = torch.multinomial(wanted * other, 1)[:, 0]
        pairs += [(rows, wrong_text, 0), (wrong_series, targets, 0)]
    chosen, classes = torch.cat([pair[0] for pair in pairs]), torch.cat([pair[1] for pair in pairs])
    logits = network.matches(series.rows(chosen), texts, classes)
    wanted_class = torch.cat([torch.full_like(rows, pair[2]) for pair in pairs])
    return functional.cross_entropy(logits, wanted_class)


def alignment_loss(network: QueryingTransformer, tokens: Tokens, texts: ClassTexts, targets: Tensor) -> Tensor:
    """The coarse and the fine loss, as configured; the fine one's weight may be learnt as a gate."""
    config = network.config
    series = network.read(tokens)
    similarities = network.similarities(network.queried(series), network.texts(texts))
    coarse = config.coarse_weight * coarse_loss(similarities, targets)
    if config.losses == "coarse":
        return coarse
    fine = config.fine_weight * fine_loss(network, series, texts, similarities, targets)
    if config.losses == "fine":
        return fine
    if config.weighting == "equal":
        return coarse + fine
    return coarse + torch.exp(-network.log_gate) * fine + network.log_gate


def train_alignment(
    network: QueryingTransformer, tokens: Tokens, texts: ClassTexts, targets: Tensor, *, seed: int, monitor: Monitor
) -> None:
    """Train the querying transformer in place, where it is, on cases' tokens and class positions (case,). Errors: Stopped."""
    config, device = network.config, network.queries.device
    tokens, texts, targets = tokens.to(device), texts.to(device), targets.to(device)
    generator = torch.Generator(device).manual_seed(seed)
    parameters = list(network.parameters())
    scalars = (network.log_gate, network.log_temperature, network.bias)
    optimiser, schedule = one_cycle(
        parameters, config.learning_rate, config.steps, weight_decay=0.05, apart=scalars, times=config.gate_rate
    )
    network.train()
    for step, rows in enumerate(shuffled_rows(len(targets), step_size(len(targets), config.batch), config.steps, generator)):
        loss = alignment_loss(network, tokens.rows(rows), texts, targets[rows])
        take_step(loss, parameters, optimiser, schedule)
        if step % 25 == 0:
            monitor.report(step / config.steps, "aligning series with the classes' texts")
    network.eval()
    logger.info(
        "Alignment: loss %.3f, temperature %.3f, fine weight %.2f.",
        float(loss.detach()),
        float(network.log_temperature.detach().exp()),
        float((-network.log_gate.detach()).exp()),
    )


def mislabelled(targets: Tensor, cases: int, classes: int, share: float, seed: int) -> Tensor:
    """The targets (row,), a share of the cases moved to another class in all their rows; rows are lots of all `cases`."""
    generator = torch.Generator().manual_seed(seed)
    moved = torch.rand(cases, generator=generator) < share
    others = (targets[:cases] + torch.randint(1, max(2, classes), (cases,), generator=generator)) % classes
    return torch.where(moved, others, targets[:cases]).repeat(len(targets) // cases)
