"""Missing values: how a history's gaps and a case's missing stretches are filled before a model sees them."""

from __future__ import annotations

import numpy as np


def fill_gaps(values: np.ndarray, period: int = 1) -> np.ndarray:
    """Fill NaN by straight lines between neighbours, following the season where there is one.

    values: (time,), at least one finite. period: samples in a season, 1 for none. With two observed cycles the
    season's profile is taken off first and put back after, so a gap of a whole cycle keeps its shape. NaN at an end
    takes the nearest level. Returns (time,) float64 without NaN; the input is not changed.
    """
    filled = np.asarray(values, dtype=np.float64).copy()
    missing = np.isnan(filled)
    if not missing.any():
        return filled
    profile = _observed_profile(filled, missing, period)
    places = np.arange(len(filled))
    seasonal = profile[places % period]
    filled[missing] = np.interp(places[missing], places[~missing], (filled - seasonal)[~missing]) + seasonal[missing]
    return filled


def _observed_profile(values: np.ndarray, missing: np.ndarray, period: int) -> np.ndarray:
    """(period,) median distance of each phase from its cycle's mean; zeros where a phase was seen in fewer than two cycles."""
    nothing = np.zeros(max(period, 1))
    cycles = len(values) // period if period > 1 else 0
    if cycles < 2:
        return nothing
    table = values[: cycles * period].reshape(cycles, period)
    whole = ~missing[: cycles * period].reshape(cycles, period)
    # A cycle that is half empty has a mean that says more about which half than about its level.
    used = whole.mean(axis=1) > 0.5
    if used.sum() < 2 or (whole[used].sum(axis=0) < 2).any():
        return nothing
    distances = table[used] - np.nanmean(table[used], axis=1, keepdims=True)
    return np.asarray(np.nanmedian(distances, axis=0))
