"""The words around a series: readable names of classes, the prompt, sentences on classes, and a computed description.

HiTime (Tao et al. 2024) gives its language model a domain description, prior knowledge, the task, and the aligned embeddings.
The wording is ours.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

# Short, since every case reads it for itself.
STEM = " Class:"
# Of the prompt, in UTF-8: a byte-level tokenizer makes at most a token of each byte, and of English about one of four.
LONGEST_PROMPT = 1_000
LONGEST_DOMAIN = 300
_WHOLE = re.compile(r"(-?\d+)\.0+")


def readable_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """Labels as a reader would say them ("1.0" → "1", "SLOW_WALK" → "slow walk"), in their order; distinct ones stay distinct.

    Where two labels would read alike, both are kept as they are.
    """
    said = [_readable(label) for label in labels]
    counts = Counter(said)
    # A label that is kept cannot meet another's reading: reading it again gives the shared one, whose labels are all kept.
    return tuple(reading if counts[reading] == 1 else label for label, reading in zip(labels, said, strict=True))


def _readable(label: str) -> str:
    text = " ".join(label.replace("_", " ").split())
    whole = _WHOLE.fullmatch(text)
    if whole:
        text = whole[1]
    # A single letter is a name of its own; a word in capitals is only loud.
    return (text.lower() if len(text) > 1 and text.isupper() else text) or label


def class_sentence(name: str, text: str | None = None) -> str:
    """One sentence on a class, never the same for two classes. name: as in `readable_labels`; text: what is known about it."""
    known = " ".join((text or "").split())
    return f"{name}: {known}" if known else f"A series of the class {name}."


def prompt_text(domain: str, names: Sequence[str], class_texts: Mapping[str, str], *, channels: int, length: int) -> str:
    """The words before the series' embeddings: domain, prior knowledge, task, at most `LONGEST_PROMPT` bytes.

    domain: a sentence on where the series come from, or empty. names: of the classes (`readable_labels`). class_texts: name →
    sentence. Sentences that do not fit all together are left out, and names after the first that does not fit are counted.
    """
    opening = " ".join(domain.split()) or "A sensor records how something changes over time."
    opening = _cut(opening, LONGEST_DOMAIN)
    shape = f"Each series has {_counted(channels, 'channel')} and up to {_counted(length, 'time step')}."
    task = "Read the series that follows and name its class."
    frame = f"{opening} {shape}\n{{}}\n{task}\nSeries:"
    known = [(name, " ".join(class_texts.get(name, "").split())) for name in names]
    if any(text for _, text in known):
        listed = "\n".join(f"- {name}: {text}" if text else f"- {name}" for name, text in known)
        prompt = frame.format(f"The classes are\n{listed}")
        if _size(prompt) <= LONGEST_PROMPT:
            return prompt
    return frame.format(_listed(names, LONGEST_PROMPT - _size(frame)))


def _listed(names: Sequence[str], room: int) -> str:
    for shown in range(len(names), 0, -1):
        rest = f" and {len(names) - shown} more" if shown < len(names) else ""
        text = f"The classes are {', '.join(names[:shown])}{rest}."
        if _size(text) <= room:
            return text
    return f"There are {len(names)} classes."


def _size(text: str) -> int:
    return len(text.encode())


def _cut(text: str, limit: int) -> str:
    """The words that fit in `limit` bytes."""
    if _size(text) <= limit:
        return text
    kept = text.encode()[:limit].decode(errors="ignore")
    return kept.rpartition(" ")[0] or kept


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count:,} {what}s"


def describe_series(values: np.ndarray, observed: np.ndarray) -> str:
    """A computed description of about thirty tokens: the most active channel's level, trend, roughness and rhythm.

    values: (time, channel), NaN allowed; observed: (time,) which steps count. What was never observed is left out.
    """
    table = np.asarray(values, dtype=np.float64)[np.asarray(observed, dtype=bool)]
    filled = [column[~np.isnan(column)] for column in table.T]
    spreads = [float(column.std()) if len(column) else -1.0 for column in filled]
    active = int(np.argmax(spreads))
    series, spread = filled[active], spreads[active]
    if not len(series):
        return "Nothing was observed."
    which = f"Channel {active + 1} of {len(filled)} varies most" if len(filled) > 1 else "The series"
    level = f"{which}: level {series.mean():.2g}, spread {spread:.2g}"
    if len(series) < 4 or spread <= 1e-9 * max(1.0, float(np.abs(series).max())):
        return f"{level}, {_counted(len(series), 'step')}."
    places = np.linspace(-1, 1, len(series))
    trend = float(np.corrcoef(places, series)[0, 1])
    rough = float(np.abs(np.diff(series)).mean() / spread)
    return f"{level}; {_trend_words(trend)}, {_roughness_words(rough)}, {_rhythm_words(series)}."


def _trend_words(correlation: float) -> str:
    if abs(correlation) < 0.2:
        return "no trend"
    strength = "steadily " if abs(correlation) > 0.8 else "on the whole "
    return strength + ("rising" if correlation > 0 else "falling")


def _roughness_words(roughness: float) -> str:
    """roughness: the mean step in standard deviations; about 1.1 for noise."""
    bounds = ((0.1, "very smooth"), (0.35, "smooth"), (0.8, "uneven"))
    return next((words for bound, words in bounds if roughness < bound), "jagged")


def _rhythm_words(series: np.ndarray) -> str:
    """The strongest wave of the detrended series, where it holds a third of the variation or more."""
    places = np.arange(len(series))
    power = np.abs(np.fft.rfft(series - np.polyval(np.polyfit(places, series, 1), places))) ** 2
    waves = power[1:]
    strongest = int(np.argmax(waves))
    # A single wave over the whole length is a shape rather than a rhythm.
    if strongest == 0 or waves[strongest] < waves.sum() / 3:
        return "no clear rhythm"
    return f"repeating about every {len(series) / (strongest + 1):.2g} steps"
