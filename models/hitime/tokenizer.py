"""A tokenizer of series, learnt without labels: each stretch becomes one code of a small codebook, from which it is drawn again.

Source: van den Oord, Vinyals & Kavukcuoglu 2017, neural discrete representation learning (nearest code, straight-through
gradient, codebook as moving averages); Cheng et al. 2024, CrossTimeNet (one code a stretch of a series, dilated convolutions).
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.config import DataEncoderConfig
from models.hitime.optimisation import one_cycle, shuffled_rows, take_step
from models.hitime.preparation import Batch
from models.monitor import Monitor

logger = logging.getLogger(__name__)

# Convolutions run over at most this many places; of a longer series several steps are one place.
PLACES = 64
HIDDEN = 48
DILATIONS = (1, 2, 4)
DECAY = 0.99
COMMITMENT = 0.25
# A code whose moving count of uses falls below this is set anew to something the encoder gave.
RARELY = 0.05
AT_ONCE = 256
WEIGHT_DECAY = 1e-2


@dataclass(frozen=True)
class Quantised:
    """Series as codes, and what they are worth.

    codes: (batch, token) int64. embedded: (batch, token, code_width), the codes' vectors, through which gradients pass to the
    encoder. reconstruction: (batch, time, channel). mask: (batch, token), true where anything was observed.
    reconstruction_loss: mean squared error of the observed steps. commitment_loss: between what was encoded and its code.
    """

    codes: Tensor
    embedded: Tensor
    reconstruction: Tensor
    mask: Tensor
    reconstruction_loss: Tensor
    commitment_loss: Tensor

    @property
    def loss(self) -> Tensor:
        """What training makes small."""
        return self.reconstruction_loss + COMMITMENT * self.commitment_loss


class _DilatedResidual(nn.Module):
    """Two dilated convolutions beside a shortcut, normalised step by step, so that no step depends on the batch."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.normalise = nn.ModuleList((nn.LayerNorm(width), nn.LayerNorm(width)))
        self.convolve = nn.ModuleList(nn.Conv1d(width, width, 3, padding="same", dilation=dilation * factor) for factor in (1, 2))

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """hidden: (batch, time, width), zero under the mask (batch, time, 1); the same of the result."""
        kept = hidden
        for normalise, convolve in zip(self.normalise, self.convolve, strict=True):
            active = functional.gelu(normalise(hidden)) * mask
            hidden = convolve(active.transpose(1, 2)).transpose(1, 2) * mask
        return kept + hidden


class _Codebook(nn.Module):
    """Vectors that follow the means of what is assigned to them."""

    def __init__(self, codes: int, width: int) -> None:
        super().__init__()
        self.vectors: Tensor
        self.uses: Tensor
        self.sums: Tensor
        self.register_buffer("vectors", torch.zeros(codes, width))
        # Needed in training only, so that a checkpoint does without them.
        self.register_buffer("uses", torch.zeros(codes), persistent=False)
        self.register_buffer("sums", torch.zeros(codes, width), persistent=False)

    def nearest(self, features: Tensor) -> Tensor:
        """(…,) codes of features (…, width), by Euclidean distance."""
        distances = (self.vectors**2).sum(1) - 2 * features @ self.vectors.T
        return distances.argmin(-1)

    @torch.no_grad()
    def follow(self, features: Tensor) -> None:
        """Move the vectors towards the means of features (token, width); set those that are hardly used anew."""
        if not self.uses.any():
            self._seed(torch.ones_like(self.uses, dtype=torch.bool), features)
        chosen = functional.one_hot(self.nearest(features), len(self.vectors)).to(features.dtype)
        self.uses.lerp_(chosen.sum(0), 1 - DECAY)
        self.sums.lerp_(chosen.T @ features, 1 - DECAY)
        self.vectors.copy_(self.sums / self.uses.clamp(min=1e-5)[:, None])
        self._seed(self.uses < RARELY, features)

    def _seed(self, rows: Tensor, features: Tensor) -> None:
        """Set the codes marked in rows to randomly chosen features, as if each had been used once a step."""
        picked = torch.randint(len(features), (int(rows.sum()),)).to(features.device)
        self.vectors[rows], self.sums[rows], self.uses[rows] = features[picked], features[picked], 1.0


class SeriesTokenizer(nn.Module):
    """Encoder, codebook and decoder. channels, length: of the longest series; tokens: about how many it becomes.

    A token stands for a span of ceil(length / tokens) steps, a single step where the series is shorter than that.
    perplexity: of the codes of the training cases, the number of codes that would be used if all were used equally often.
    reconstruction_error: squared error of the training cases relative to their variance; both NaN before training.
    """

    def __init__(self, channels: int, length: int, config: DataEncoderConfig) -> None:
        super().__init__()
        self.stride = math.ceil(length / PLACES)
        self.places = math.ceil(math.ceil(length / config.tokens) / self.stride)
        self.size = self.stride * self.places
        self.count = math.ceil(length / self.size)
        self.begin = nn.Conv1d(channels + 1, HIDDEN, self.stride, self.stride)
        self.blocks = nn.ModuleList(_DilatedResidual(HIDDEN, dilation) for dilation in DILATIONS)
        self.gather = nn.Conv1d(HIDDEN, config.code_width, self.places, self.places)
        self.codebook = _Codebook(config.codes, config.code_width)
        self.spread = nn.Linear(config.code_width, HIDDEN)
        self.mix = _DilatedResidual(HIDDEN, 1)
        self.draw = nn.Sequential(
            nn.LayerNorm(HIDDEN), nn.Linear(HIDDEN, 2 * HIDDEN), nn.GELU(), nn.Linear(2 * HIDDEN, self.size * channels)
        )
        self.perplexity = self.reconstruction_error = math.nan

    def forward(self, values: Tensor, observed: Tensor) -> Quantised:
        """values: (batch, time, channel), standardised, zeros where missing. observed: (batch, time). Any length is taken."""
        features, mask = self.encode(values, observed)
        if self.training:
            self.codebook.follow(features.detach()[mask])
        codes = self.codebook.nearest(features)
        vectors = self.codebook.vectors[codes]
        embedded = features + (vectors - features).detach()
        reconstruction = self._drawn(embedded, mask)[:, : values.shape[1]]
        known = observed[..., None].to(values.dtype)
        error = ((reconstruction - values) ** 2 * known).sum() / (known.sum() * values.shape[2]).clamp(min=1)
        distance = ((features - vectors.detach()) ** 2).mean(-1)[mask].mean()
        return Quantised(codes, embedded, reconstruction, mask, error, distance)

    def encode(self, values: Tensor, observed: Tensor) -> tuple[Tensor, Tensor]:
        """Features (batch, token, code_width) before quantisation, zeros where nothing was observed, and their mask."""
        spare = -values.shape[1] % self.size
        known = functional.pad(observed, (0, spare))
        read = torch.cat([functional.pad(values, (0, 0, 0, spare)), known[..., None].to(values.dtype)], 2)
        mask = known.unfold(1, self.stride, self.stride).any(2)
        weights = mask[..., None].to(values.dtype)
        hidden = self.begin(read.transpose(1, 2)).transpose(1, 2) * weights
        for block in self.blocks:
            hidden = block(hidden, weights)
        counted = mask.unfold(1, self.places, self.places).any(2)
        return self.gather(hidden.transpose(1, 2)).transpose(1, 2) * counted[..., None], counted

    def _drawn(self, embedded: Tensor, mask: Tensor) -> Tensor:
        """(batch, time, channel) from the codes' vectors (batch, token, code_width); time is a multiple of a token's span."""
        weights = mask[..., None].to(embedded.dtype)
        drawn: Tensor = self.draw(self.mix(self.spread(embedded) * weights, weights))
        return drawn.reshape(len(drawn), mask.shape[1] * self.size, -1)


def train_tokenizer(
    values: Tensor,
    observed: Tensor,
    config: DataEncoderConfig,
    *,
    seed: int,
    monitor: Monitor,
    device: str = "cpu",
) -> SeriesTokenizer:
    """Train a tokenizer on series (batch, time, channel), standardised, zeros where `observed` (batch, time) says missing.

    Returns it in evaluation mode on the CPU, with what it achieved as its
    attributes. The same seed gives the same tokenizer on the same CPU. Errors: Stopped, through the monitor.
    """
    batch, generator = Batch(values, observed).to(device), torch.Generator(device).manual_seed(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        tokenizer = SeriesTokenizer(values.shape[2], values.shape[1], config).to(device)
        optimiser, schedule = one_cycle(
            tokenizer.parameters(), config.learning_rate, config.tokenizer_steps, weight_decay=WEIGHT_DECAY
        )
        size = min(config.batch, len(batch))
        for step, rows in enumerate(shuffled_rows(len(batch), size, config.tokenizer_steps, generator)):
            cases = batch.rows(rows)
            loss = tokenizer(cases.values, cases.observed).loss
            take_step(loss, tokenizer.parameters(), optimiser, schedule)
            if step % 50 == 0:
                monitor.report(step / config.tokenizer_steps, "learning codes for stretches of the series")
    tokenizer.cpu().eval()
    _assess(tokenizer, batch.to("cpu"))
    logger.info("Tokenizer: perplexity %.1f, error %.3f.", tokenizer.perplexity, tokenizer.reconstruction_error)
    return tokenizer


@torch.no_grad()
def _assess(tokenizer: SeriesTokenizer, batch: Batch) -> None:
    """Set the attributes that say how well the tokenizer does on these cases."""
    counts = torch.zeros(len(tokenizer.codebook.vectors))
    squares = 0.0
    for first in range(0, len(batch), AT_ONCE):
        values, observed = batch.values[first : first + AT_ONCE], batch.observed[first : first + AT_ONCE]
        found = tokenizer(values, observed)
        counts += torch.bincount(found.codes[found.mask], minlength=len(counts))
        squares += float(((found.reconstruction - values)[observed] ** 2).sum())
    known = batch.values[batch.observed]
    shares = counts / counts.sum()
    tokenizer.perplexity = float(torch.exp(torch.special.entr(shares).sum()))
    tokenizer.reconstruction_error = squares / max(float(((known - known.mean(0)) ** 2).sum()), 1e-6)
