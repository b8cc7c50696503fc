"""PYTHON_OF_ITS_ENVIRONMENT statsforecast_worker.py SERIES.npz MODEL: forecast every series, one JSON line each on stdout.

Runs where statsforecast is installed and this project is not, so it imports nothing of it. The archive holds `values` (all
histories, one after the other), `lengths`, `seasons`, `horizon` and `levels`; a line holds `index`, `mean`, `low` and `high`
by level, `seconds`, and `fallback`, why another model had to stand in, or null. Of very long histories the models see the
latest 10,000 values: AutoTheta takes minutes for more.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

LONGEST_HISTORY = 10_000
HOURS_OF_A_DAY, HOURS_OF_A_WEEK = 24, 168


def make_model(name: str, season: int, count: int) -> tuple[Any, str | None]:
    """The model by its benchmark name with the library's defaults, and why MSTL's trend model stands in for it, if so."""
    from statsforecast.models import MSTL, AutoETS, AutoTheta

    if name == "statsforecast-autoets":
        return AutoETS(season_length=season), None
    if name == "statsforecast-autotheta":
        return AutoTheta(season_length=season), None
    if name != "statsforecast-mstl":
        raise SystemExit(f"Expected statsforecast-autoets, -autotheta or -mstl, found {name!r}.")
    trend = AutoETS(model="ZZN")
    if season < 2:
        return trend, "no season"
    if count < 2 * season:
        return trend, "less than two seasons"
    # Several seasons are what MSTL is for; hourly data has a week besides the day.
    several = season == HOURS_OF_A_DAY and count >= 2 * HOURS_OF_A_WEEK
    return MSTL(season_length=[season, HOURS_OF_A_WEEK] if several else season, trend_forecaster=trend), None


def forecast(name: str, values: np.ndarray, season: int, horizon: int, levels: list[int]) -> dict[str, Any]:
    """Fit and forecast one series; the last value stands in where the library raises, and `fallback` says so."""
    begun = time.process_time()
    model, fallback = make_model(name, season, len(values))
    try:
        found = model.forecast(y=values, h=horizon, level=levels)
    except Exception as error:
        from statsforecast.models import Naive

        fallback = f"{type(error).__name__}: {error}"
        found = Naive().forecast(y=values, h=horizon, level=levels)
    return {
        "mean": found["mean"].tolist(),
        "low": {str(level): np.asarray(found[f"lo-{level}"]).tolist() for level in levels},
        "high": {str(level): np.asarray(found[f"hi-{level}"]).tolist() for level in levels},
        "seconds": time.process_time() - begun,
        "fallback": fallback,
    }


def main(path: str, name: str) -> None:
    """Read the archive, warm the library up, write one line a series."""
    warnings.simplefilter("ignore")
    with np.load(Path(path)) as archive:
        ends = np.cumsum(archive["lengths"])
        series = [values[-LONGEST_HISTORY:] for values in np.split(archive["values"], ends[:-1])]
        seasons, horizon = archive["seasons"].tolist(), int(archive["horizon"])
        levels = [int(level) for level in archive["levels"]]
    # Compiling and loading are not a series' own time.
    forecast(name, np.sin(np.arange(40.0)) + 10 + np.arange(40) % 4, 4, 2, levels)
    for index, (values, season) in enumerate(zip(series, seasons, strict=True)):
        print(json.dumps({"index": index, **forecast(name, values, season, horizon, levels)}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
