"""Questions to begin with, each with the sample that answers it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """A question that can be clicked on. sample: the file name of the sample it needs."""

    sample: str
    question: str


EXAMPLES = (
    Example("us_employment_monthly.csv", "Forecast Construction for the next 12 months"),
    Example("server_load.csv", "What is unusual in requests?"),
    Example("co2_monthly.csv", "Describe co2_ppm: trend, seasonality and change points"),
    Example("brent_oil_daily.csv", "When was the oil price highest?"),
)
SAMPLE_LABELS = {
    "us_employment_monthly.csv": "US employment",
    "server_load.csv": "Server load",
    "co2_monthly.csv": "CO2 at Mauna Loa",
    "brent_oil_daily.csv": "Brent oil",
    "gestures_labelled.csv": "Gestures (labelled)",
}
