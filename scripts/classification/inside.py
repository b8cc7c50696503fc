"""What HiTime's language model attends to, and what it answers where the series or the prompt is taken away.

Unless the prompt holds a computed description, it is the same for all cases: only the series' embeddings tell them apart. So
the accuracy without the series is what prompt and class frequencies are worth alone, and the accuracy without the prompt says
how much the words add to the embeddings.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models import metrics
from models.config import HiTimeConfig
from models.hitime.generation import LabelReader
from models.hitime.sources import Tokens
from models.hitime.system import System, described
from models.hitime.tuning import NamingModel, load_backbone, new_reader
from scripts.classification.contestants import LANGUAGE_HEAD, Said, Task, trained_system
from scripts.classification.pairs import look_at_pairs
from scripts.classification.probes import KEPT, MEAN, NO_PROMPT, REMOVED, SHUFFLED, Look
from scripts.classification.scoring import log_loss
from scripts.classification.sets import LabelledSet
from scripts.measurements import Measurement

MODEL = f"hitime-{LANGUAGE_HEAD}"
AT_ONCE = 16
# Shares of attention are means over at most so many cases, evenly spaced.
MOST_ATTENDED = 400
PARTS = ("first", "prompt", "series", "stem")


def look_inside(look: Look) -> list[Measurement]:
    """Shares of attention by layer, accuracies without the series or the prompt, and pairs of series and text.

    Errors: ValueError where the configuration has no language head.
    """
    begun, chosen = time.process_time(), look.chosen
    task = Task(chosen.name, chosen.cases, chosen.labels, look.seed, look.config, look.stages / chosen.name)
    system: System = trained_system(task)
    if system.naming is None:
        raise ValueError(f"Looking inside needs a language head; this configuration has the heads {', '.join(system.heads)}.")
    batch = system.scaling.apply(chosen.test_cases)
    tokens, said = system.tokens(batch), described(batch, system.config)
    embedded = embeddings(system.naming, tokens)
    found = _attention(system.naming.reader, embedded, said)
    found += _answers(system, chosen, embedded, said, look.seed)
    found += look_at_pairs(look, system, tokens)
    seconds = time.process_time() - begun
    return [
        Measurement(dataset=chosen.name, model=MODEL, metric=metric, value=value, seed=look.seed, seconds=seconds, ablation=label)
        for label, metric, value in found
    ]


@torch.no_grad()
def embeddings(naming: NamingModel, tokens: Tokens) -> Tensor:
    """(case, query, width) on the CPU: what the language model is given of each case."""
    device = naming.bridge.weight.device
    parts = [tokens.rows(rows).to(device) for rows in torch.arange(len(tokens)).split(AT_ONCE)]
    return torch.cat([naming.bridge(naming.network(part)).float().cpu() for part in parts])


@torch.no_grad()
def answered(reader: LabelReader, embedded: Tensor, descriptions: Sequence[str] | None = None) -> np.ndarray:
    """(case, class) probabilities, not calibrated, of embeddings (case, query, width)."""
    parts = []
    for rows in torch.arange(len(embedded)).split(AT_ONCE):
        said = None if descriptions is None else [descriptions[row] for row in rows.tolist()]
        parts.append(reader(embedded[rows].to(reader.scale.device), said).exp().double().cpu())
    return np.asarray(torch.cat(parts).numpy())


@torch.no_grad()
def attention_parts(reader: LabelReader, embedded: Tensor, descriptions: Sequence[str] | None = None) -> dict[str, np.ndarray]:
    """Part → (layer,) share of the answering position's attention, mean over heads and cases; the parts make up 1.

    embedded: (case, query, width). Parts: the first position, where attention that is not needed goes; the prompt's other
    words; the series' embeddings; and what follows them, the answering position included.
    """
    kept: list[Tensor] = []

    def keep(_module: Any, _inputs: Any, output: Any) -> None:
        kept.append(torch.stack([layer[:, :, -1].float().mean(1) for layer in output.attentions]).sum(1).cpu())

    # Descriptions differ in length and the shorter are filled up: one by one, the last position is the one that answers.
    at_once = AT_ONCE if descriptions is None else 1
    hook = reader.backbone.decoder.register_forward_hook(keep)
    sums = np.zeros(0)
    try:
        for rows in torch.arange(len(embedded)).split(at_once):
            said = None if descriptions is None else [descriptions[row] for row in rows.tolist()]
            reader.attention_shares(embedded[rows].to(reader.scale.device), said)
            shares = _by_part(kept.pop(), len(reader.prompt), embedded.shape[1])
            sums = shares if not sums.size else sums + shares
    finally:
        hook.remove()
    return dict(zip(PARTS, sums / len(embedded), strict=True))


def _by_part(attention: Tensor, prompt: int, queries: int) -> np.ndarray:
    """(part, layer) of attention (layer, position)."""
    first = min(1, prompt)
    lengths = [first, prompt - first, queries, attention.shape[1] - prompt - queries]
    return np.stack([part.sum(1).numpy() for part in attention.split(lengths, dim=1)]).astype(np.float64)


def _attention(reader: LabelReader, embedded: Tensor, said: Sequence[str] | None) -> list[tuple[str, str, float]]:
    rows = np.unique(np.linspace(0, len(embedded) - 1, min(len(embedded), MOST_ATTENDED)).round().astype(int))
    shares = attention_parts(reader, embedded[rows], None if said is None else [said[row] for row in rows])
    found = [
        (f"layer {layer + 1}", f"attention_{part}", float(share))
        for part, by_layer in shares.items()
        for layer, share in enumerate(by_layer)
    ]
    positions = len(reader.prompt) + embedded.shape[1] + len(reader.stem)
    return [*found, ("evenly spread", "attention_series", embedded.shape[1] / positions)] if said is None else found


def _answers(
    system: System, chosen: LabelledSet, embedded: Tensor, said: Sequence[str] | None, seed: int
) -> list[tuple[str, str, float]]:
    """Accuracy and log loss with the series as it is and replaced, and with the prompt removed."""
    assert system.naming is not None
    reader = system.naming.reader
    training = embeddings(system.naming, system.tokens(system.scaling.apply(chosen.cases)))
    replaced = {
        KEPT: embedded,
        REMOVED: torch.zeros_like(embedded),
        MEAN: training.mean(0).expand_as(embedded),
        SHUFFLED: embedded[others(len(embedded), seed)],
    }
    probabilities = {label: answered(reader, series, said) for label, series in replaced.items()}
    channels, length = chosen.cases.shape[1], system.scaling.length
    bare = without_prompt(reader, chosen.classes, system.config, channels=channels, length=length)
    probabilities[NO_PROMPT] = answered(bare, embedded, said)
    found = []
    for label, table in probabilities.items():
        answers = Said(tuple(chosen.classes[index] for index in table.argmax(1)), table, chosen.classes)
        found.append((label, "accuracy", metrics.accuracy(chosen.test_labels, answers.labels)))
        found.append((label, "log_loss", log_loss(chosen.test_labels, answers)))
    return found


def others(count: int, seed: int) -> np.ndarray:
    """(count,) for each row another one, each once; a single row has none and stays itself."""
    order = np.random.default_rng(seed).permutation(count)
    chosen = np.empty(count, dtype=int)
    chosen[order] = np.roll(order, 1)
    return chosen


def without_prompt(
    reader: LabelReader, classes: tuple[str, ...], config: HiTimeConfig, *, channels: int, length: int
) -> LabelReader:
    """The same language model with the same adapters, reading no words but those between series and label."""
    device = str(reader.scale.device)
    fresh = load_backbone(config.language, device, config.seed)
    bare = new_reader(fresh, classes, config, channels=channels, length=length).to(device).eval()
    bare.load_adapter_state(reader.adapter_state())
    start = fresh.tokenizer.bos_token_id
    bare.prompt = [] if start is None else [start]
    return bare
