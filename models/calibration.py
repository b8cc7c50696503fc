"""From scores to probabilities that can be believed: a softmax whose temperature fits held-out scores."""

from __future__ import annotations

import numpy as np

TEMPERATURES = np.logspace(-2, 2, 81)


def softmax(scores: np.ndarray) -> np.ndarray:
    """(batch, class) scores as shares that sum to 1 a row; -inf gives 0."""
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def bounded(probabilities: np.ndarray, cases: int) -> np.ndarray:
    """(batch, class) after `cases` observations and one more in all, spread evenly over the classes: none is 0 or 1.

    One for each class, as Laplace has it, would keep all probabilities low where classes are many and cases few.
    Source: Perks 1947 (a prior of total weight one).
    """
    return np.asarray((cases * probabilities + 1.0 / probabilities.shape[1]) / (cases + 1.0))


def fitted_temperature(scores: np.ndarray, truth: np.ndarray) -> float:
    """The softest temperature of `TEMPERATURES` under which held-out scores are about as likely as under any: within one unit
    of log-likelihood of the best.

    Where held-out cases are all right, ever steeper temperatures gain next to nothing: probabilities would jump from one class
    to the other, and no longer tell a case near the border from one far off.

    scores: (batch, class), of cases that the scoring model was not fitted to. truth: (batch,), the position of each case's class.
    Source: Guo et al. (2017), On calibration of modern neural networks, temperature scaling.
    """
    rows = np.arange(len(truth))
    likelihoods = [np.log(bounded(softmax(scores / value), len(truth))[rows, truth]).mean() for value in TEMPERATURES]
    as_likely = np.flatnonzero(np.array(likelihoods) >= max(likelihoods) - 1.0 / len(truth))
    return float(TEMPERATURES[as_likely[-1]])
