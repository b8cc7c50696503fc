"""Stage (c): the language model learns, by low-rank adapters, to name the class behind the aligned embeddings."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from models.backbone import LanguageBackbone, load_causal_language_model
from models.config import HiTimeConfig, LanguageConfig
from models.hitime.alignment import ClassTexts, QueryingTransformer
from models.hitime.generation import LabelReader
from models.hitime.label_trie import LabelTrie
from models.hitime.optimisation import one_cycle, shuffled_rows, step_size, take_step
from models.hitime.prompting import STEM, class_sentence, prompt_text, readable_labels
from models.hitime.sources import Tokens
from models.monitor import Monitor

logger = logging.getLogger(__name__)

AT_ONCE = 64
LONGEST_SENTENCE = 48


class NamingModel(nn.Module):
    """The querying transformer, a linear bridge into the language model's width, and the language model that names classes."""

    def __init__(self, network: QueryingTransformer, reader: LabelReader, *, seed: int) -> None:
        super().__init__()
        self.network, self.reader = network, reader
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.bridge = nn.Linear(network.config.width, reader.width)

    def forward(self, tokens: Tokens, descriptions: Sequence[str] | None = None) -> Tensor:
        """(batch, class) log probabilities."""
        return self.reader(self.bridge(self.network(tokens)), descriptions)  # type: ignore[no-any-return]

    def trained(self) -> dict[str, nn.Parameter]:
        """Everything that training changes, by name; the language model's own weights are not among it."""
        parts: dict[str, nn.Parameter] = {f"network.{name}": part for name, part in self.network.named_parameters()}
        parts |= {f"bridge.{name}": part for name, part in self.bridge.named_parameters()}
        parts |= {f"adapter.{name}": part for name, part in self.reader.adapters.items()}
        return parts | {"adapter.scale": self.reader.scale}


def load_backbone(config: LanguageConfig, device: str, seed: int) -> LanguageBackbone:
    """The language model as configured, in the device's usual precision."""
    return load_causal_language_model(
        config.source,
        device=device,
        layers=config.layers,
        weights=config.weights,
        gradient_checkpointing=config.gradient_checkpointing,
        seed=seed,
    )


def embedded_texts(backbone: LanguageBackbone, classes: Sequence[str], texts: Mapping[str, str]) -> ClassTexts:
    """The classes' sentences as the language model's token embeddings, filled up to one length."""
    names = readable_labels(classes)
    sentences = [class_sentence(name, texts.get(label)) for name, label in zip(names, classes, strict=True)]
    encoded = [backbone.tokenizer.encode(sentence, add_special_tokens=False)[:LONGEST_SENTENCE] for sentence in sentences]
    length = max(map(len, encoded))
    tokens = torch.tensor([[*row, *[0] * (length - len(row))] for row in encoded])
    mask = torch.tensor([[place < len(row) for place in range(length)] for row in encoded])
    with torch.no_grad():
        vectors = backbone.token_embeddings(tokens.to(backbone.device)).float().cpu()
    # Of unit size a value, whatever the language model's own embeddings are.
    return ClassTexts(vectors / vectors[mask].square().mean().sqrt(), mask)


def new_reader(
    backbone: LanguageBackbone, classes: Sequence[str], config: HiTimeConfig, *, channels: int, length: int
) -> LabelReader:
    """The language model with untrained adapters and the prompt of the configuration around the series."""
    names = readable_labels(classes)
    texts = {name: config.class_texts[label] for name, label in zip(names, classes, strict=True) if label in config.class_texts}
    bare = config.language.prompt == "none"
    prompt = "" if bare else prompt_text(config.domain, names, texts, channels=channels, length=length)
    trie = LabelTrie.of(backbone.tokenizer, names)
    return LabelReader(backbone, config.language, trie, prompt, "" if bare else STEM, seed=config.seed)


def train_naming(
    model: NamingModel,
    tokens: Tokens,
    targets: Tensor,
    config: LanguageConfig,
    *,
    descriptions: Sequence[str] | None,
    seed: int,
    monitor: Monitor,
) -> None:
    """Train in place on cases' tokens, class positions (row,) and, where described, each row's description. Errors: Stopped."""
    device = model.bridge.weight.device
    tokens, generator = tokens.to(device), torch.Generator().manual_seed(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model.train()
        parameters = list(model.trained().values())
        optimiser, schedule = one_cycle(parameters, config.learning_rate, config.steps, weight_decay=0.01)
        size = step_size(len(targets), config.batch)
        for step, rows in enumerate(shuffled_rows(len(targets), size, config.steps, generator)):
            embeddings = model.bridge(model.network(tokens.rows(rows.to(device))))
            said = None if descriptions is None else [descriptions[row] for row in rows.tolist()]
            loss = model.reader.loss(embeddings, targets[rows], said, constrained=config.objective == "classes")
            take_step(loss, parameters, optimiser, schedule)
            if step % 10 == 0:
                monitor.report(step / config.steps, "teaching the language model to name the classes")
        model.eval()
    logger.info("Language model: loss %.3f after %d steps.", float(loss.detach()), config.steps)


@torch.no_grad()
def named(model: NamingModel, tokens: Tokens, descriptions: Sequence[str] | None = None) -> Tensor:
    """(case, class) log probabilities of all cases, a few at a time, on the CPU."""
    device = model.bridge.weight.device
    parts = []
    for first in range(0, len(tokens), AT_ONCE):
        rows = torch.arange(first, min(first + AT_ONCE, len(tokens)))
        said = None if descriptions is None else [descriptions[row] for row in rows.tolist()]
        parts.append(model(tokens.rows(rows).to(device), said).float().cpu())
    return torch.cat(parts)
