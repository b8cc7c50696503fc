"""Who takes part: the product's tournament, its members one by one, and statsforecast's models in their own environment."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from models.gaps import fill_gaps
from models.many import single_threaded
from models.registry import available, create_forecaster
from models.tournament import run_tournament
from models.types import Forecast
from scripts.forecasting.scoring import LEVELS, Prediction
from scripts.forecasting.sets import Case

PRODUCT = "tidings"
BASELINE = "seasonal-naive"
STATSFORECAST = ("statsforecast-autoets", "statsforecast-autotheta", "statsforecast-mstl")
WORKER = Path(__file__).parent / "statsforecast_worker.py"
Predicted = Iterator[tuple[int, dict[str, Prediction]]]


def members() -> tuple[str, ...]:
    """The product's forecasters by registry name, simplest first."""
    return tuple(entry.name for entry in available("forecaster"))


def everyone() -> tuple[str, ...]:
    """Every contestant's name."""
    return (PRODUCT, *members(), *STATSFORECAST)


def usual() -> tuple[str, ...]:
    """The contestants that run where none are named: all but the product's models that its tournament tries on request only."""
    on_request = {entry.name for entry in available("forecaster") if entry.on_request}
    return tuple(name for name in everyone() if name not in on_request)


def predict_here(work: Sequence[tuple[Case, tuple[str, ...]]], horizon: int, workers: int) -> Predicted:
    """Forecast every case with its models of the product: (position, model → prediction), in any order.

    workers: processes, each computing on one thread; with one, this process does it.
    """
    if workers == 1:
        with single_threaded():
            _warm_up()
            yield from ((index, predict_case(case, names, horizon)) for index, (case, names) in enumerate(work))
        return
    # Children read this before numpy starts its threads; more threads than cores would slow every one of them.
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_warm_up) as pool:
        waiting = {pool.submit(predict_case, case, names, horizon): index for index, (case, names) in enumerate(work)}
        try:
            for done in as_completed(waiting):
                yield waiting[done], done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _warm_up() -> None:
    """Load what the models import on demand: that is not a series' own time."""
    values = 10 + np.arange(40) % 4 + np.sin(np.arange(40.0))
    run_tournament(values, period=4, horizon=2)


def predict_case(case: Case, names: Sequence[str], horizon: int) -> dict[str, Prediction]:
    """One series, all the named models of the product; where one fails, the seasonal naive stands in and it is said why."""
    return {name: _predict(name, case, horizon) for name in names}


def _predict(name: str, case: Case, horizon: int) -> Prediction:
    def alone(model: str) -> Forecast:
        return create_forecaster(model).fit(case.history, period=case.season).predict(horizon, LEVELS)

    def tournament() -> Forecast:
        return run_tournament(case.history, period=case.season, horizon=horizon, levels=LEVELS).forecast

    try:
        return _timed(tournament if name == PRODUCT else lambda: alone(name))
    except Exception as error:
        # One series must not end a run of thousands; what failed is counted in the rows and named in the parts.
        why = f"{type(error).__name__}: {error}"
    return _timed(lambda: alone(BASELINE), why)


def _timed(make: Callable[[], Forecast], fallback: str = "") -> Prediction:
    begun = time.process_time()
    forecast = make()
    seconds = time.process_time() - begun
    low = {level: forecast.intervals[level][0] for level in LEVELS}
    high = {level: forecast.intervals[level][1] for level in LEVELS}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Prediction(forecast.mean, low, high, seconds, fallback, memory)


def statsforecast_python(given: Path | None) -> Path | None:
    """The Python of the environment that holds statsforecast: the given one, or `.venv-bench`'s; None where it is not there."""
    python = given or Path(__file__).parents[2] / ".venv-bench" / "bin" / "python"
    if not python.is_file():
        return None
    found = subprocess.run([python, "-c", "import statsforecast"], capture_output=True, check=False)
    return python if found.returncode == 0 else None


def predict_elsewhere(cases: Sequence[Case], name: str, horizon: int, python: Path) -> Predicted:
    """Forecast every case with a model of statsforecast, as it goes. Gaps are filled first: the library takes none.

    Errors: RuntimeError with the worker's last words when it stops early.
    """
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "series.npz"
        np.savez(
            archive,
            values=np.concatenate([fill_gaps(case.history, case.season) for case in cases]),
            lengths=[len(case.history) for case in cases],
            seasons=[case.season for case in cases],
            horizon=horizon,
            levels=LEVELS,
        )
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        complaints = Path(folder) / "stderr"
        with (
            complaints.open("w") as stderr,
            subprocess.Popen(
                [python, WORKER, archive, name], stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment
            ) as worker,
        ):
            assert worker.stdout is not None
            for line in worker.stdout:
                answer = json.loads(line)
                yield answer["index"], {name: _prediction(answer)}
        if worker.returncode:
            raise RuntimeError(f"{name} stopped: {complaints.read_text()[-500:]}")


def _prediction(answer: dict[str, object]) -> Prediction:
    def ends(side: str) -> dict[int, np.ndarray]:
        by_level = answer[side]
        assert isinstance(by_level, dict)
        return {level: np.array(by_level[str(level)]) for level in LEVELS}

    return Prediction(
        np.array(answer["mean"]), ends("low"), ends("high"), float(str(answer["seconds"])), str(answer["fallback"] or "")
    )
