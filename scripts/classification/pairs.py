"""Matched and mismatched pairs of series and class texts, before and after training: how far apart they are, and a picture.

A pair is the product, value by value, of the unit vectors of the series' nearest query and of the class's text; its sum is their
cosine, the similarity that alignment trains. The picture is a t-SNE (van der Maaten & Hinton 2008), which invents distances
between groups; the area under the curve of the similarities does not depend on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

from models.hitime.alignment import ClassTexts, QueryingTransformer
from models.hitime.sources import Tokens
from models.hitime.stages import new_network
from models.hitime.system import System
from models.hitime.tuning import embedded_texts
from scripts.classification.probes import Look

METRIC = "auc_matched"
ALIGNED, UNTRAINED = "pairs aligned", "pairs untrained"
PERPLEXITY = 30
# A picture of more cases shows no more.
MOST_DRAWN = 200
AT_ONCE = 64
SIDE, MARGIN, HEAD, FOOT = 340, 40, 64, 56
COLOURS = {True: "#1b6ca8", False: "#d1642e"}
WORDS = {True: "text of the case's class", False: "text of another class"}


def look_at_pairs(look: Look, system: System, tokens: Tokens) -> list[tuple[str, str, float]]:
    """(label, metric, value) of the test cases' pairs with every class; draws them too, for the first seed."""
    assert system.naming is not None
    chosen = look.chosen
    known = [index for index, label in enumerate(chosen.test_labels) if label in chosen.classes]
    rows = torch.tensor(known)
    targets = np.array([chosen.classes.index(chosen.test_labels[index]) for index in known])
    texts = embedded_texts(system.naming.reader.backbone, chosen.classes, system.config.class_texts)
    networks = {
        UNTRAINED: new_network(tokens.shapes(), texts, system.config),
        ALIGNED: system.naming.network,
    }
    pairs = {label: pair_vectors(network, tokens.rows(rows), texts) for label, network in networks.items()}
    if look.seed == 0:
        table = picture_table(pairs, targets, chosen.classes, look.seed)
        write_picture(look.figures / f"{chosen.name}-pairs", table, f"{chosen.name}: series and class texts, t-SNE")
    return [(label, METRIC, matched_auc(vectors.sum(2), targets)) for label, vectors in pairs.items()]


@torch.no_grad()
def pair_vectors(network: QueryingTransformer, tokens: Tokens, texts: ClassTexts) -> np.ndarray:
    """(case, class, width) of each case with each class; the sum over the width is the cosine."""
    device = network.queries.device
    words = network.texts(ClassTexts(texts.embedded.to(device), texts.mask.to(device)))
    parts = []
    for rows in torch.arange(len(tokens)).split(AT_ONCE):
        queried = network(tokens.rows(rows).to(device))
        sides = functional.normalize(network.series_side(queried), dim=-1)
        nearest = torch.einsum("bqw,cw->bcq", sides, words).argmax(2)
        parts.append(_chosen(sides, nearest) * words)
    return np.asarray(torch.cat(parts).double().cpu().numpy())


def _chosen(sides: Tensor, nearest: Tensor) -> Tensor:
    """(case, class, width) of sides (case, query, width) and queries (case, class)."""
    return sides[torch.arange(len(sides), device=sides.device)[:, None], nearest]


def matched_auc(similarities: np.ndarray, targets: np.ndarray) -> float:
    """Area under the curve that tells matched from mismatched pairs: 1 where every matched one is above every other.

    similarities: (case, class); targets: (case,) class positions.
    """
    from sklearn.metrics import roc_auc_score

    matched = targets[:, None] == np.arange(similarities.shape[1])
    return float(roc_auc_score(matched.ravel(), similarities.ravel()))


def picture_table(pairs: Mapping[str, np.ndarray], targets: np.ndarray, classes: Sequence[str], seed: int) -> pd.DataFrame:
    """A row a point: `network, case, text, matched, x, y`; each case once with its own and once with a drawn other class."""
    generator = np.random.default_rng(seed)
    rows = np.unique(np.linspace(0, len(targets) - 1, min(len(targets), MOST_DRAWN)).round().astype(int))
    wrong = (targets[rows] + generator.integers(1, len(classes), len(rows))) % len(classes)
    cases, texts = np.tile(rows, 2), np.concatenate((targets[rows], wrong))
    frames = []
    for label, vectors in pairs.items():
        places = flattened(vectors[cases, texts], seed)
        frames.append(
            pd.DataFrame(
                {
                    "network": label.removeprefix("pairs "),
                    "case": cases,
                    "text": [classes[text] for text in texts],
                    "matched": texts == targets[cases],
                    "x": places[:, 0].round(2),
                    "y": places[:, 1].round(2),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def flattened(vectors: np.ndarray, seed: int) -> np.ndarray:
    """(point, 2) of vectors (point, width), neighbours kept near each other; the same for the same seed."""
    from sklearn.manifold import TSNE

    perplexity = min(PERPLEXITY, (len(vectors) - 1) / 3)
    return np.asarray(TSNE(perplexity=perplexity, init="pca", random_state=seed).fit_transform(vectors), dtype=np.float64)


def write_picture(stem: Path, table: pd.DataFrame, title: str) -> None:
    """The points beside each other as `stem`.csv and `stem`.svg."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(stem.with_name(f"{stem.name}.csv"), index=False)
    stem.with_name(f"{stem.name}.svg").write_text(picture(table, title), encoding="utf-8")


@dataclass(frozen=True)
class _Panel:
    """left: of the square that the points lie in."""

    name: str
    left: int
    points: pd.DataFrame

    def drawn(self) -> list[str]:
        lines = [
            f'<rect x="{self.left}" y="{HEAD}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#888"/>',
            _text(self.left + SIDE / 2, HEAD - 8, self.name),
            _text(self.left + SIDE / 2, HEAD + SIDE + 30, "t-SNE 1"),
        ]
        middle = HEAD + SIDE / 2
        lines.append(_text(self.left - 26, middle, "t-SNE 2", f' transform="rotate(-90 {self.left - 26} {middle:g})"'))
        across, up = (_Axis.of(self.points[name].to_numpy()) for name in ("x", "y"))
        for name, share in across.ends():
            lines.append(_text(self.left + SIDE * share, HEAD + SIDE + 14, name))
        for name, share in up.ends():
            lines.append(_text(self.left - 5, HEAD + SIDE * (1 - share) + 4, name, ' style="text-anchor:end"'))
        for point in self.points.itertuples(index=False):
            x, y = self.left + SIDE * across.share(point.x), HEAD + SIDE * (1 - up.share(point.y))
            lines.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{COLOURS[bool(point.matched)]}" fill-opacity="0.7"/>')
        return lines


@dataclass(frozen=True)
class _Axis:
    low: float
    high: float

    @classmethod
    def of(cls, values: np.ndarray) -> _Axis:
        low, high = float(values.min()), float(values.max())
        spare = 0.05 * (high - low) or 1.0
        return cls(low - spare, high + spare)

    def share(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low)

    def ends(self) -> list[tuple[str, float]]:
        return [(f"{value:.0f}", self.share(value)) for value in (self.low, self.high)]


def picture(table: pd.DataFrame, title: str) -> str:
    """An SVG of the points of `picture_table`: a panel for each network, matched and mismatched pairs in two colours."""
    names = list(dict.fromkeys(table["network"]))
    step = SIDE + MARGIN + 16
    panels = [_Panel(name, 56 + step * index, table[table["network"] == name]) for index, name in enumerate(names)]
    width, height = 56 + step * len(panels), HEAD + SIDE + FOOT
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        'font-family="sans-serif" font-size="12" text-anchor="middle">',
        f"<title>{_escaped(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="white"/>',
        _text(width / 2, 22, title, ' font-size="15"'),
    ]
    for panel in panels:
        lines += panel.drawn()
    for number, (matched, words) in enumerate(WORDS.items()):
        x, y = width / 2 - 160 + 180 * number, height - 10
        lines.append(f'<circle cx="{x:g}" cy="{y - 4}" r="4" fill="{COLOURS[matched]}"/>')
        lines.append(_text(x + 10, y, words, ' style="text-anchor:start"'))
    return "\n".join([*lines, "</svg>", ""])


def _text(x: float, y: float, words: str, more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}"{more}>{_escaped(words)}</text>'


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
