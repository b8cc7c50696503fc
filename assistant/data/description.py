"""A data set as the plain document that the command line prints."""

from __future__ import annotations

from typing import Any

from assistant.data.series import Dataset


def describe_dataset(dataset: Dataset) -> dict[str, Any]:
    """Plain JSON types: series (name, n, start, end, frequency, missing), guesses (what, chosen, alternatives, why), warnings.

    Times are ISO 8601; row numbers as text where there is no time column.
    """
    return {
        "series": [
            {
                "name": series.name,
                "n": len(series),
                "start": series.time_text(0),
                "end": series.time_text(-1),
                "frequency": series.frequency,
                "missing": series.missing,
            }
            for series in dataset.series
        ],
        "guesses": [
            {"what": guess.what, "chosen": guess.chosen, "alternatives": list(guess.alternatives), "why": guess.why}
            for guess in dataset.guesses
        ],
        "warnings": list(dataset.warnings),
    }
