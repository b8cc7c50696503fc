"""Heads without a language model: the encoders' own linear layers, ridge regression on all features; and calibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from models.calibration import bounded, softmax
from models.hitime.sources import DATA, SUMMARY, TASK, Sources, Tokens, features, places

PENALTIES = np.logspace(-1, 5, 13)


@dataclass(frozen=True)
class LinearHead:
    """weights: (class, feature); offsets: (class,); both in single precision, as they are saved."""

    weights: np.ndarray
    offsets: np.ndarray

    @classmethod
    def of(cls, weights: np.ndarray, offsets: np.ndarray) -> LinearHead:
        """From any precision."""
        return cls(weights.astype(np.float32), offsets.astype(np.float32))

    def reading(self, columns: slice) -> LinearHead:
        """The same where only these features are at hand, since it reads no others."""
        return LinearHead(np.ascontiguousarray(self.weights[:, columns]), self.offsets)

    def log_probabilities(self, table: np.ndarray) -> np.ndarray:
        """(case, class) of features (case, feature)."""
        # A matrix product's rounding depends on the batch's shape; row by row a case scores the same alone and in company.
        weights = self.weights.astype(np.float64)
        return log_softmax(np.array([weights @ row for row in table]) + self.offsets)


def own_layers(sources: Sources, classes: int) -> LinearHead | None:
    """The mean of the task-specific encoders' logits, as one linear layer on the standardised features; None without them."""
    if not sources.task:
        return None
    weights, offsets = [], np.zeros(classes)
    for name, (mean, spread) in sources.scales.items():
        if not name.startswith(TASK):
            width = mean[:SUMMARY].numel() if name == DATA else mean.numel()
            weights.append(np.zeros((classes, width)))
            continue
        head = sources.task[int(name.removeprefix(TASK))].head
        layer, bias = (part.detach().cpu().double().numpy() for part in (head.weight, head.bias))
        # Features are standardised and the layer is not: the scale goes into its weights, the mean into its offsets.
        weights.append(layer * spread[:SUMMARY].flatten().double().numpy() / len(sources.task))
        offsets += (bias + layer @ mean[:SUMMARY].flatten().double().numpy()) / len(sources.task)
    return LinearHead.of(np.concatenate(weights, 1), offsets)


def fitted_ridge(tokens: Tokens, targets: np.ndarray, classes: int, views: int, alone: str | None = None) -> LinearHead:
    """Ridge regression on the features of all sources, of cases and their variations.

    alone: the one source that is read; the others' weights are 0. targets: (row,). views: how many rows a case has; the first
    lot is the cases as they are. The penalty is found by leaving out one case of these, since among variations a left-out row
    would leave its likes behind.
    """
    from sklearn.linear_model import RidgeClassifier, RidgeClassifierCV

    table = features(tokens).numpy().astype(np.float64)
    read = places(tokens, alone) if alone else slice(None)
    width, table = table.shape[1], table[:, read]
    plain = len(table) // views
    penalty = RidgeClassifierCV(alphas=PENALTIES).fit(table[:plain], targets[:plain]).alpha_
    ridge = RidgeClassifier(alpha=penalty * views).fit(table, targets)
    weights, offsets = np.atleast_2d(ridge.coef_), np.atleast_1d(ridge.intercept_)
    if classes == 2:
        weights, offsets = np.concatenate([-weights, weights]), np.concatenate([-offsets, offsets])
    whole = np.zeros((classes, width))
    whole[:, read] = weights
    return LinearHead.of(whole, offsets)


def fitted_logistic(tokens: Tokens, targets: np.ndarray, classes: int) -> LinearHead:
    """Logistic regression on the features: the linear head where no encoder brings one."""
    from sklearn.linear_model import LogisticRegression

    table = features(tokens).numpy().astype(np.float64)
    fitted = LogisticRegression(C=0.01, max_iter=300).fit(table, targets)
    weights, offsets = fitted.coef_, fitted.intercept_
    if classes == 2:
        weights, offsets = np.concatenate([-weights, weights]) / 2, np.concatenate([-offsets, offsets]) / 2
    return LinearHead.of(weights, offsets)


def log_softmax(scores: np.ndarray) -> np.ndarray:
    """Along the last axis."""
    return np.asarray(torch.from_numpy(scores).log_softmax(-1).numpy())


def calibrated(log_probabilities: np.ndarray, temperature: float, cases: int) -> np.ndarray:
    """(case, class) probabilities at a temperature, and no surer than `cases` held-out ones allow."""
    return bounded(softmax(log_probabilities / temperature), cases)


def held_out_loss(log_probabilities: np.ndarray, targets: np.ndarray, temperature: float) -> float:
    """Mean negative log likelihood of calibrated probabilities."""
    probabilities = calibrated(log_probabilities, temperature, len(targets))
    return float(-np.log(probabilities[np.arange(len(targets)), targets]).mean())
