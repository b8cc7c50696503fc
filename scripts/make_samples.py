"""python -m scripts.make_samples [--originals DIR]: write the sample files that ship with the product.

Without `--originals` only the files that need no download are written (seconds on one CPU core).

`server_load.csv` and `gestures_labelled.csv` are made here from fixed seeds: running this again gives the same bytes.
`co2_monthly.csv` comes from the data set inside statsmodels. The two other files are extracts of public-domain originals;
`--originals` names a folder that holds them under the names in `ORIGINAL_EMPLOYMENT` and `ORIGINAL_BRENT`.
What is in each file, and its source and licence, stand in assistant/samples/README.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SAMPLES = Path(__file__).parent.parent / "assistant" / "samples"
ORIGINAL_EMPLOYMENT = "us_employment_24col.csv"
ORIGINAL_BRENT = "brent_spot_eia_preamble.csv"

EMPLOYMENT_COLUMNS = {
    "month": "month",
    "nonfarm": "Total nonfarm",
    "construction": "Construction",
    "manufacturing": "Manufacturing",
    "retail_trade": "Retail trade",
    "leisure_and_hospitality": "Leisure and hospitality",
    "government": "Government",
}
BRENT_HEADER_LINES = 5
BRENT_FIRST_DAY = pd.Timestamp("2011-08-29")

SERVER_SEED = 20250602
SERVER_START = pd.Timestamp("2025-06-02 00:00")
SERVER_HOURS = 13 * 7 * 24
LEAD_HOURS = 3
REQUEST_SPIKE = pd.Timestamp("2025-07-05 20:00")
REQUEST_STUCK = (pd.Timestamp("2025-08-12 02:00"), pd.Timestamp("2025-08-12 13:00"))
CPU_SPIKE = pd.Timestamp("2025-06-24 14:00")
CPU_SHIFT = pd.Timestamp("2025-07-21 00:00")
CPU_SHIFT_SIZE = 12.0

GESTURE_SEED = 60
GESTURE_LENGTH = 60
CASES_PER_GESTURE = 30
GESTURES = ("circle", "shake", "swipe", "tap")


def server_load() -> pd.DataFrame:
    """Hourly requests and processor load of an invented server, with anomalies at known times.

    `cpu_load` (per cent) follows `requests` (per hour) three hours later. `requests` holds a spike and a stretch that repeats
    one value; `cpu_load` a spike and a lasting rise of its level. The anomalies of one column do not show in the other.
    """
    random = np.random.default_rng(SERVER_SEED)
    warm_up = LEAD_HOURS
    times = pd.date_range(SERVER_START - pd.Timedelta(hours=warm_up), periods=SERVER_HOURS + warm_up, freq="h")
    hour = times.hour.to_numpy()
    daily = np.exp(-(((hour - 14) / 4.5) ** 2)) + 0.35 * np.exp(-(((hour - 21) / 2.0) ** 2))
    weekly = np.where(times.dayofweek.to_numpy() >= 5, 0.55, 1.0)
    surges = _autoregressive(random, len(times), memory=0.6, scale=70.0)
    requests = 400.0 + 1100.0 * daily * weekly + surges
    cpu_load = 8.0 + 0.03 * requests[:-warm_up] + random.normal(0.0, 1.0, SERVER_HOURS)
    frame = pd.DataFrame(
        {"cpu_load": cpu_load.round(2), "requests": requests[warm_up:].round()}, index=times[warm_up:].rename("time")
    )
    frame.loc[CPU_SPIKE, "cpu_load"] = 97.5
    frame.loc[CPU_SHIFT:, "cpu_load"] = (frame.loc[CPU_SHIFT:, "cpu_load"] + CPU_SHIFT_SIZE).round(2)
    frame.loc[REQUEST_SPIKE, "requests"] = 3900.0
    stuck = (frame.index >= REQUEST_STUCK[0]) & (frame.index <= REQUEST_STUCK[1])
    frame.loc[stuck, "requests"] = frame["requests"][stuck].iloc[0]
    return frame.astype({"requests": int}).reset_index()


def _autoregressive(random: np.random.Generator, length: int, memory: float, scale: float) -> NDArray[np.float64]:
    """First-order autoregressive noise, shape (time,)."""
    shocks = random.normal(0.0, scale, length)
    values = np.zeros(length)
    for position in range(1, length):
        values[position] = memory * values[position - 1] + shocks[position]
    return values


def gestures() -> pd.DataFrame:
    """Invented one-axis acceleration of four hand gestures: one case a row, `label` and t00 … t59, cases shuffled.

    Speed, size, start and noise differ from case to case, so that neither the mean nor a single column gives the class away.
    """
    random = np.random.default_rng(GESTURE_SEED)
    labels = np.repeat(GESTURES, CASES_PER_GESTURE)
    random.shuffle(labels)
    cases = np.stack([_gesture(random, str(label)) for label in labels])
    columns = [f"t{step:02d}" for step in range(GESTURE_LENGTH)]
    return pd.concat([pd.Series(labels, name="label"), pd.DataFrame(cases.round(2), columns=columns)], axis=1)


def _gesture(random: np.random.Generator, label: str) -> NDArray[np.float64]:
    """One case, shape (GESTURE_LENGTH,)."""
    step = np.arange(GESTURE_LENGTH)
    size = random.uniform(0.7, 1.3)
    start = random.uniform(8.0, 20.0)
    length = random.uniform(22.0, 34.0)
    phase = (step - start) / length
    inside = (phase >= 0) & (phase <= 1)
    if label == "circle":
        shape = np.where(inside, np.sin(2 * np.pi * phase), 0.0)
    elif label == "shake":
        shape = np.where(inside, np.sin(2 * np.pi * random.uniform(3.5, 5.0) * phase) * np.sin(np.pi * phase), 0.0)
    elif label == "swipe":
        shape = np.where(inside, np.sin(np.pi * phase), 0.0)
    else:
        shape = 1.2 * np.exp(-(((step - start - length / 2) / 1.8) ** 2))
    return np.asarray(size * shape + random.normal(0.0, 0.18, GESTURE_LENGTH), dtype=np.float64)


def co2() -> pd.DataFrame:
    """Monthly means of the weekly CO2 record of Mauna Loa; months without a sample stay empty."""
    from statsmodels.datasets import co2 as record

    weekly: pd.Series[float] = record.load_pandas().data["co2"]
    monthly = weekly.resample("MS").mean().round(2).rename("co2_ppm").rename_axis("month").reset_index()
    return monthly.assign(month=monthly["month"].dt.strftime("%Y-%m"))


def employment(original: Path) -> pd.DataFrame:
    """Six sectors of the monthly employment table, in thousands of persons."""
    table = pd.read_csv(original)
    return pd.DataFrame({new: table[old] for old, new in EMPLOYMENT_COLUMNS.items()})


def brent(original: Path) -> str:
    """The newest part of the Brent file as it is published: text lines above the header, newest first, month before day."""
    lines = original.read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines[BRENT_HEADER_LINES:] if line.strip()]
    kept = [line for line in rows if pd.to_datetime(line.split(",")[0], format="%m/%d/%Y") >= BRENT_FIRST_DAY]
    return "\r\n".join(lines[:BRENT_HEADER_LINES] + kept) + "\r\n"


def main() -> None:
    """Write the files into assistant/samples."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--originals", type=Path, help="folder with the two public-domain originals")
    parser.add_argument("--out", type=Path, default=SAMPLES, help="folder to write to")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    frames = {"server_load.csv": server_load(), "gestures_labelled.csv": gestures(), "co2_monthly.csv": co2()}
    if arguments.originals is not None:
        frames["us_employment_monthly.csv"] = employment(arguments.originals / ORIGINAL_EMPLOYMENT)
        (arguments.out / "brent_oil_daily.csv").write_bytes(brent(arguments.originals / ORIGINAL_BRENT).encode())
    for name, frame in frames.items():
        frame.to_csv(arguments.out / name, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
