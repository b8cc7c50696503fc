"""python -m scripts.benchmark_latency [--out CSV] [--repeats N] [--chats N]: what the product costs on this machine.

python -m scripts.benchmark_latency --quick (under a minute on two cores: fewer repeats, no page, four chats)

Medians of wall-clock seconds: the help page of a new process; the page of a new server until it answers; questions put to a
running session (its first one excluded); many chats at once; and the resident memory of the process that answered them all.
The data are series that this script makes from a seed; nothing is read from elsewhere.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from scripts.measurements import Measurement, commit, machine, write_rows

RESULTS = Path(__file__).parent / "results"
OWNER = "benchmark"
SEED = 20260


def make_series(folder: Path, n: int, frequency: str, period: int) -> Path:
    """A CSV of one series: trend, season and noise."""
    random = np.random.default_rng(SEED + n)
    steps = np.arange(n)
    values = 100 + 0.02 * steps + 10 * np.sin(2 * np.pi * steps / period) + random.normal(0, 2, n)
    path = folder / f"{frequency}_{n}.csv"
    frame = pd.DataFrame({"time": pd.date_range("1990-01-01", periods=n, freq=frequency), "load": values.round(3)})
    frame.to_csv(path, index=False)
    return path


def time_help(repeats: int) -> list[float]:
    """Seconds from the start of `tidings --help` to its end, each in a new process."""
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "ui.cli", "--help"], check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    return seconds


def time_page(repeats: int, home: Path) -> list[float]:
    """Seconds from the start of `tidings chat` until the page is served, each in a new process."""
    seconds = []
    for attempt in range(repeats):
        port = 17_800 + attempt
        environment = {**os.environ, "TIDINGS_HOME": str(home / f"page{attempt}")}
        started = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", "ui.cli", "chat", "--port", str(port)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as server:
            try:
                _wait_for(f"http://127.0.0.1:{port}/")
                seconds.append(time.perf_counter() - started)
            finally:
                server.terminate()
    return seconds


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=5) as page:
                page.read()
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"{address} did not answer within a minute")


async def time_questions(home: Path, repeats: int, chats: int) -> list[Measurement]:
    """Seconds of each kind of question in a warm process, of many chats at once, and the process's memory in the end."""
    from assistant.services import open_services
    from assistant.settings import Settings

    rows = []
    files = {
        "describe_10000": (make_series(home, 10_000, "h", 24), "Describe this"),
        "forecast_120": (make_series(home, 120, "MS", 12), "Forecast the next 12 months"),
        "describe_100000": (make_series(home, 100_000, "min", 1440), "Describe this"),
    }
    async with open_services(Settings(home=home / "home")) as services:
        services.warm_up()

        async def answer(path: Path, question: str) -> float:
            conversation = await services.create_session(OWNER)
            await conversation.add_file(path, path.name)
            started = time.perf_counter()
            async for _ in conversation.ask(question):
                pass
            return time.perf_counter() - started

        for name, (path, question) in files.items():
            await answer(path, question)
            seconds = [await answer(path, question) for _ in range(repeats)]
            rows.append(Measurement(name, "tidings", "seconds_warm", statistics.median(seconds)))
        started = time.perf_counter()
        small, question = files["forecast_120"]
        together = await asyncio.gather(*(answer(small, question) for _ in range(chats)))
        rows.append(Measurement(f"chats_{chats}", "tidings", "seconds_all", time.perf_counter() - started))
        rows.append(Measurement(f"chats_{chats}", "tidings", "seconds_median", statistics.median(together)))
    rows.append(Measurement("process", "tidings", "peak_resident_mb", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, write the rows, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=RESULTS / "latency.csv")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--chats", type=int, default=20)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    repeats, chats = (1, 4) if options.quick else (options.repeats, options.chats)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        rows = [Measurement("command", "tidings --help", "seconds", statistics.median(time_help(max(3, repeats))))]
        if not options.quick:
            rows.append(Measurement("page", "tidings chat", "seconds", statistics.median(time_page(3, home))))
        rows += asyncio.run(time_questions(home, repeats, chats))
    frame = write_rows(options.out, rows, device=machine(), commit=commit())
    print(frame[["dataset", "model", "metric", "value"]].to_string(index=False))


if __name__ == "__main__":
    main()
