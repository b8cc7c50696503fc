"""Many series at once: a tournament for each, over worker processes where that pays, with the same answers as one by one."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import current_process, get_context
from pathlib import Path
from typing import Protocol

import numpy as np

from models.errors import BadInput, Stopped
from models.tournament import estimate_seconds, run_tournament
from models.types import Tournament

_LOG = logging.getLogger(__name__)

# Starting a worker means importing the statistical libraries anew: seconds, which short work never earns back.
WORKER_START_SECONDS = 3.0
# A few series to a message keep the workers busy without making a stop or the progress wait.
CHUNK = 4
_POLL_SECONDS = 0.2
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS")

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Job:
    """One series to forecast. values: (time,), NaN where missing. period: samples in a season, 1 for none. horizon: steps."""

    values: np.ndarray
    period: int
    horizon: int


@dataclass(frozen=True)
class Failed:
    """A series that could not be forecast. reason: a sentence for people."""

    reason: str


class _Event(Protocol):
    """What tells the workers to stop."""

    def set(self) -> None: ...

    def is_set(self) -> bool: ...


def forecast_many(
    jobs: Sequence[Job],
    *,
    levels: Sequence[float] = (80, 95),
    models: Sequence[str] | None = None,
    force: str | None = None,
    seconds: float = 20,
    workers: int | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[Tournament | Failed]:
    """A tournament for each job, in the jobs' order; a series that cannot be forecast gives its reason and stops no other.

    seconds: for each series, after which its tournament begins no new fit. workers: processes at most, None for one a core;
    few or short series are forecast in this process. Each worker computes in one thread, so that the answers are those of one
    process wherever no time runs up. progress: called with a share from 0 to 1 and words. cancelled: asked between fits.
    Errors: UnknownModel; Stopped when `cancelled` said so.
    """
    tournament = partial(run_tournament, levels=levels, models=models, force=force, seconds=seconds)
    watched = _Watched(len(jobs), progress or (lambda share, words: None), cancelled or (lambda: False))
    results: list[Tournament | Failed | None] = [None] * len(jobs)
    count = worker_count(jobs, workers)
    if count > 1:
        _by_workers(jobs, tournament, count, watched, results)
    with single_threaded():
        for index, job in enumerate(jobs):
            if results[index] is None:
                results[index] = _one(job, tournament, watched.cancelled, watched.within(index))
                watched.finished()
    watched.check()
    return [result for result in results if result is not None]


def worker_count(jobs: Sequence[Job], workers: int | None = None) -> int:
    """How many processes pay: 1 where the work is shorter than what starting them costs."""
    available = workers if workers is not None else usable_cores()
    if available < 2 or len(jobs) < 2 or current_process().daemon or not _main_can_be_imported():
        return 1
    estimate = sum(estimate_seconds(len(job.values), job.period, job.horizon) for job in jobs)
    saved = estimate * (1 - 1 / available)
    return min(available, len(jobs)) if saved > 2 * WORKER_START_SECONDS else 1


def _main_can_be_imported() -> bool:
    """Whether a worker, which imports this program's main module again, would not run the program again with it."""
    path = getattr(sys.modules.get("__main__"), "__file__", None)
    if path is None:
        return True
    try:
        # The usual guard, `if __name__ == "__main__":`, is all there is to tell by.
        return "__name__" in Path(path).read_text("utf-8", errors="replace")
    except OSError:
        return False


def usable_cores() -> int:
    """CPU cores that this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


@contextmanager
def single_threaded() -> Iterator[None]:
    """Linear algebra in one thread: small fits gain nothing from more, and sums come out the same in every process."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


class _Watched:
    """Progress and the wish to stop, over all jobs."""

    def __init__(self, total: int, progress: Progress, cancelled: Callable[[], bool]) -> None:
        self.total, self.done, self._progress, self.cancelled = total, 0, progress, cancelled

    def finished(self, count: int = 1) -> None:
        self.done += count
        self._progress(self.done / self.total, f"{self.done} of {self.total} series" if self.total > 1 else "done")

    def within(self, index: int) -> Progress:
        """One tournament's progress as a part of the whole."""
        place = f" ({index + 1} of {self.total})" if self.total > 1 else ""
        return lambda share, words: self._progress((self.done + share) / self.total, f"{words}{place}")

    def check(self) -> None:
        if self.cancelled():
            raise Stopped("The forecasts were stopped before they were finished.")


def _one(
    job: Job, tournament: partial[Tournament], cancelled: Callable[[], bool], progress: Progress | None = None
) -> Tournament | Failed:
    try:
        return tournament(job.values, period=job.period, horizon=job.horizon, progress=progress, cancelled=cancelled)
    except BadInput as error:
        return Failed(str(error))


def _by_workers(
    jobs: Sequence[Job],
    tournament: partial[Tournament],
    count: int,
    watched: _Watched,
    results: list[Tournament | Failed | None],
) -> None:
    """Fill `results` from worker processes; what they could not do (one was killed) stays None for this process."""
    # Spawned, not forked: this process has threads (a server's, a linear algebra library's), which a fork would tear.
    context = get_context("spawn")
    stop: _Event = context.Event()
    chunk = max(1, min(CHUNK, len(jobs) // (2 * count)))
    chunks = iter([range(start, min(start + chunk, len(jobs))) for start in range(0, len(jobs), chunk)])
    begun = time.monotonic()
    with ProcessPoolExecutor(count, mp_context=context, initializer=_start_worker, initargs=(stop,)) as pool:
        waiting: dict[Future[list[Tournament | Failed]], range] = {}

        def submit() -> None:
            part = next(chunks, None)
            if part is not None:
                waiting[pool.submit(_in_worker, [jobs[index] for index in part], tournament)] = part

        try:
            # Few messages under way at a time: memory stays flat however many series there are.
            for _ in range(2 * count):
                submit()
            while waiting:
                finished, _ = wait(waiting, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
                watched.check()
                for future in finished:
                    part = waiting.pop(future)
                    results[part.start : part.stop] = future.result()
                    watched.finished(len(part))
                    submit()
        except BrokenProcessPool:
            _LOG.warning("a forecasting worker died; the rest is forecast in this process")
        finally:
            stop.set()
            # Waited for: a worker that is still starting needs the event it was given.
            pool.shutdown(wait=True, cancel_futures=True)
    _LOG.info("%d series by %d workers in %.1f s", len(jobs), count, time.monotonic() - begun)


_stop: _Event | None = None


def _start_worker(stop: _Event) -> None:
    """Run in each worker before its first job."""
    global _stop
    _stop = stop
    # For libraries that are loaded later; `single_threaded` limits those that are loaded already.
    os.environ.update(dict.fromkeys(_THREADS, "1"))


def _in_worker(jobs: Sequence[Job], tournament: partial[Tournament]) -> list[Tournament | Failed]:
    stop = _stop
    assert stop is not None
    with single_threaded():
        return [_one(job, tournament, stop.is_set) for job in jobs]
