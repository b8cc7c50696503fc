"""How long many short series take: made from a seed, forecast by the product over processes."""

from __future__ import annotations

import time

import numpy as np

from models.many import Failed, Job, forecast_many

LENGTH, PERIOD, HORIZON = 120, 12, 12
SEED = 20_262


def make_series(count: int) -> list[np.ndarray]:
    """(time,) each: ten years of months; level, trend, season and noise differ from series to series, some have no season."""
    random = np.random.default_rng(SEED)
    steps = np.arange(LENGTH)
    found = []
    for _ in range(count):
        season = random.choice([0.0, 5.0, 20.0]) * np.sin(2 * np.pi * (steps / PERIOD + random.uniform()))
        wandering = np.cumsum(random.normal(0, random.choice([0.0, 1.0]), LENGTH))
        found.append(200 + random.normal(0, 0.3) * steps + season + wandering + random.normal(0, 3, LENGTH))
    return found


def time_many(count: int, workers: int) -> tuple[float, int]:
    """Wall seconds for all series, from the call to the last answer, and how many failed."""
    jobs = [Job(values, PERIOD, HORIZON) for values in make_series(count)]
    begun = time.perf_counter()
    answers = forecast_many(jobs, workers=workers)
    return time.perf_counter() - begun, sum(isinstance(answer, Failed) for answer in answers)
