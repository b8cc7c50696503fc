"""The data-specific encoder: a transformer over the codes of a series that learnt to guess those hidden from it, without labels.

Source: Cheng et al. 2024, CrossTimeNet (codes of series as words to guess); Devlin et al. 2019 (masked words).
"""

from __future__ import annotations

import logging
import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.config import DataEncoderConfig
from models.encoders import Encoder
from models.hitime.optimisation import one_cycle, shuffled_rows, take_step
from models.hitime.preparation import Batch
from models.hitime.tokenizer import AT_ONCE, WEIGHT_DECAY, SeriesTokenizer, train_tokenizer
from models.monitor import Monitor

logger = logging.getLogger(__name__)

DROPOUT = 0.1
# The share of the work that is the tokenizer's training.
TOKENIZER_PART = 0.5


class DataEncoder(Encoder):
    """Codes of a frozen tokenizer, beside the values they stand for, through a small transformer.

    channels, length: of the longest series; a longer one is taken, its later tokens sharing the last place.
    masked_accuracy: share of hidden codes of the training cases guessed right; usual_share: of their most frequent code, what
    a guess without looking gets right; both NaN before training.
    """

    def __init__(self, channels: int, length: int, config: DataEncoderConfig) -> None:
        super().__init__(config.width)
        self.tokenizer = SeriesTokenizer(channels, length, config).requires_grad_(False)
        self.masked = config.masked
        self.from_code = nn.Linear(config.code_width, config.width)
        self.from_values = nn.Linear((channels + 1) * self.tokenizer.size, config.width)
        self.places = nn.Parameter(0.02 * torch.randn(self.tokenizer.count, config.width))
        self.hidden = nn.Parameter(0.02 * torch.randn(config.width))
        block = nn.TransformerEncoderLayer(
            config.width, config.heads, 2 * config.width, DROPOUT, "gelu", batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(block, config.layers, enable_nested_tensor=False)
        self.normalise = nn.LayerNorm(config.width)
        self.guess = nn.Linear(config.width, config.codes)
        self.masked_accuracy = self.usual_share = math.nan

    def train(self, mode: bool = True) -> DataEncoder:
        """As any network's, but that the tokenizer stays as it is."""
        super().train(mode)
        self.tokenizer.eval()
        return self

    def forward(self, values: Tensor, observed: Tensor) -> tuple[Tensor, Tensor]:
        """As in `Encoder`; values are standardised."""
        codes, mask = self.codes(values, observed)
        return self._tokens(values, observed, codes, mask, torch.zeros_like(mask)), mask

    @torch.no_grad()
    def codes(self, values: Tensor, observed: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, token) codes of series as in `forward`, and their mask."""
        features, mask = self.tokenizer.encode(values, observed)
        return self.tokenizer.codebook.nearest(features), mask

    def guesses(self, values: Tensor, observed: Tensor) -> tuple[Tensor, Tensor]:
        """Hide some tokens of each series: logits (hidden token, code) for them and their codes (hidden token,)."""
        codes, mask = self.codes(values, observed)
        ranks = torch.rand(mask.shape, device=mask.device).masked_fill(~mask, 2.0).argsort(1).argsort(1)
        away = mask & (ranks < (self.masked * mask.sum(1, keepdim=True)).ceil())
        logits: Tensor = self.guess(self._tokens(values, observed, codes, mask, away)[away])
        return logits, codes[away]

    def _tokens(self, values: Tensor, observed: Tensor, codes: Tensor, mask: Tensor, away: Tensor) -> Tensor:
        """(batch, token, width), zero under the mask; tokens that are `away` (batch, token) show only their place."""
        spare = codes.shape[1] * self.tokenizer.size - values.shape[1]
        known = functional.pad(observed, (0, spare)).reshape(*codes.shape, -1).to(values.dtype)
        spans = functional.pad(values, (0, 0, 0, spare)).reshape(*codes.shape, -1)
        shown = self.from_code(self.tokenizer.codebook.vectors[codes]) + self.from_values(torch.cat([spans, known], 2))
        place = torch.arange(codes.shape[1], device=codes.device).clamp(max=len(self.places) - 1)
        shown = torch.where(away[..., None], self.hidden, shown) + self.places[place]
        # Attention over nothing is NaN; a series without any value looks at all of its (empty) tokens.
        ignored = ~mask & mask.any(1, keepdim=True)
        tokens: Tensor = self.normalise(self.blocks(shown, src_key_padding_mask=ignored))
        return tokens * mask[..., None]


def build_data_encoder(config: DataEncoderConfig, *, channels: int, length: int) -> DataEncoder:
    """An untrained encoder in evaluation mode, to load a saved state into. length: of the longest training series."""
    return DataEncoder(channels, length, config).eval()


def train_data_encoder(
    values: Tensor,
    observed: Tensor,
    config: DataEncoderConfig,
    *,
    seed: int,
    monitor: Monitor,
    device: str = "cpu",
) -> DataEncoder:
    """Train the tokenizer, then the transformer over its codes, on series as in `train_tokenizer`; no labels are used.

    Returns the encoder in evaluation mode on the CPU, its weights exact in half precision. The same seed gives the same
    encoder on the same CPU. Errors: Stopped.
    """
    tokenizer = train_tokenizer(values, observed, config, seed=seed, monitor=monitor.part(0, TOKENIZER_PART), device=device)
    batch, generator = Batch(values, observed).to(device), torch.Generator(device).manual_seed(seed)
    monitor = monitor.part(TOKENIZER_PART, 1)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        encoder = DataEncoder(values.shape[2], values.shape[1], config)
        encoder.tokenizer = tokenizer.requires_grad_(False)
        encoder.to(device).train()
        trained = [part for part in encoder.parameters() if part.requires_grad]
        optimiser, schedule = one_cycle(trained, config.learning_rate, config.steps, weight_decay=WEIGHT_DECAY)
        size = min(config.batch, len(batch))
        for step, rows in enumerate(shuffled_rows(len(batch), size, config.steps, generator)):
            cases = batch.rows(rows)
            logits, codes = encoder.guesses(cases.values, cases.observed)
            take_step(functional.cross_entropy(logits, codes), trained, optimiser, schedule)
            if step % 50 == 0:
                monitor.report(step / config.steps, "learning to guess hidden stretches")
        _halve(encoder.cpu().eval())
        _assess(encoder, batch.to("cpu"))
    logger.info("Masked codes: %.3f right, the most frequent %.3f.", encoder.masked_accuracy, encoder.usual_share)
    return encoder


@torch.no_grad()
def _halve(network: nn.Module) -> None:
    """Round every weight to half precision, so that a checkpoint in half precision gives the same tokens."""
    for part in network.state_dict().values():
        part.copy_(part.half())


@torch.no_grad()
def _assess(encoder: DataEncoder, batch: Batch) -> None:
    """Set the attributes that say how well hidden codes of these cases are guessed."""
    right, counts = 0, torch.zeros(encoder.guess.out_features)
    for first in range(0, len(batch), AT_ONCE):
        logits, codes = encoder.guesses(batch.values[first : first + AT_ONCE], batch.observed[first : first + AT_ONCE])
        right += int((logits.argmax(1) == codes).sum())
        counts += torch.bincount(codes, minlength=len(counts))
    encoder.masked_accuracy, encoder.usual_share = right / float(counts.sum()), float(counts.max() / counts.sum())
