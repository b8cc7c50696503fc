"""Readers of labels on tiny language models, and embeddings for them."""

from __future__ import annotations

import torch

from models.backbone import load_causal_language_model
from models.config import LanguageConfig
from models.hitime.generation import LabelReader
from models.hitime.label_trie import LabelTrie
from models.hitime.prompting import STEM

CONFIG = LanguageConfig(rank=4, alpha=8, dropout=0.0)
PREFIXES = ("walk", "walking", "1", "10", "11", "été à vélo", "走る", "101")


def reader(folder, labels=PREFIXES, prompt="Name it.", stem=STEM, *, checkpointing=False):
    """A reader whose adapters are not at their start, where half of the gradients would be zero."""
    backbone = load_causal_language_model(folder, layers=2, gradient_checkpointing=checkpointing)
    made = LabelReader(backbone, CONFIG, LabelTrie.of(backbone.tokenizer, labels), prompt, stem)
    shuffle = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in made.adapters.values():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=shuffle))
    return made


def embeddings_of(batch, queries=3, width=16, seed=0):
    return torch.randn(batch, queries, width, generator=torch.Generator().manual_seed(seed))
