"""The two contracts. Public methods are final and validate; models write the underscored ones."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Self, final

import numpy as np

from models import conformal
from models.backtest import BacktestPlan, backtest, plan_backtest, residuals_of
from models.cases import Cases, as_cases
from models.checkpoint import Checkpoint, TrainingRecord, read_checkpoint, write_checkpoint
from models.config import ConfigT, config_from_dict, config_to_dict
from models.device import DeviceSetting
from models.errors import BadInput, CheckpointError, NotFitted
from models.gaps import fill_gaps
from models.monitor import SILENT, Monitor
from models.types import Classification, Forecast, Reasons, Recalls

LONGEST_HORIZON = 2_000
SHORTEST_HISTORY = 3
LARGEST_MAGNITUDE = 1e100
# Time steps of the case that a classifier is tried out on when it has been read.
TRIED_STEPS = 16
# What code meets in a state that is not of the kinds and shapes it needs; of this package's own errors BadInput is among them.
_UNFIT = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


class _Saved(ABC, Generic[ConfigT]):
    """What both kinds share: a configuration, a name in the registry, and saving.

    device: where a model that runs on torch is to run; to be set before `fit`, and given to `load`.
    """

    name: ClassVar[str]
    config_class: ClassVar[type[Any]]
    device: DeviceSetting = "auto"

    def __init__(self, config: ConfigT | None = None) -> None:
        self.config: ConfigT = self.config_class() if config is None else config
        if not isinstance(self.config, self.config_class):
            raise BadInput(f"{self.name} takes a {self.config_class.__name__}, not a {type(config).__name__}.")

    @property
    @abstractmethod
    def is_fitted(self) -> bool:
        """Whether predict may be called."""

    @final
    def save(self, folder: Path | str, *, training: TrainingRecord | None = None, replace: bool = False) -> Path:
        """Write the fitted model to a folder (see `models.checkpoint`) and return it.

        Errors: NotFitted; CheckpointError when the folder exists and `replace` is false.
        """
        self._require_fit()
        arrays, details = self._state()
        checkpoint = Checkpoint(
            self.name, type(self).__name__, config_to_dict(self.config), arrays, details, training or TrainingRecord()
        )
        return write_checkpoint(folder, checkpoint, replace=replace)

    @classmethod
    @final
    def load(cls, folder: Path | str, *, device: DeviceSetting = "auto") -> Self:
        """Read a folder that `save` wrote; predictions are bit for bit those of the saved model on the same machine.

        Errors: CheckpointError for a damaged folder, another model's, or a state or configuration that this version cannot use;
        Unavailable where a part that is not in the folder is missing on this machine.
        """
        checkpoint = read_checkpoint(folder)
        if checkpoint.model != cls.name:
            raise CheckpointError(f"{folder} holds the model {checkpoint.model!r}, not {cls.name!r}; use models.load_model.")
        try:
            model = cls(config_from_dict(cls.config_class, checkpoint.config))
        except _UNFIT as error:
            raise CheckpointError(f"{folder} was saved with options that this version does not take ({error}).") from error
        model.device = device
        try:
            model._restore(checkpoint.arrays, checkpoint.details)
            model._try_out()
        except _UNFIT as error:
            raise CheckpointError(f"{folder} lacks what {cls.name!r} needs ({error}); save it again.") from error
        return model

    @final
    def _require_fit(self) -> None:
        if not self.is_fitted:
            raise NotFitted(f"{self.name} has not been fitted; call fit(...) or load(folder) first.")

    @abstractmethod
    def _state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """The fitted state: arrays by name, and plain JSON values."""

    @abstractmethod
    def _restore(self, arrays: Mapping[str, np.ndarray], details: Mapping[str, Any]) -> None:
        """Take over a state that `_state` gave."""

    def _try_out(self) -> None:
        """After `_restore`: raise what a damaged state would raise later."""


class Forecaster(_Saved[ConfigT]):
    """A model of one series. Subclasses write `_fit` and `_predict`; those with intervals of their own, `_residuals`.

    NaN rule: missing values are allowed anywhere in the history. Those at the start are dropped, all others are filled
    (`models.gaps.fill_gaps`) before `_fit`. A history that never changes is continued as it is. A history that never
    goes below zero gets forecasts and intervals that do not either.
    """

    _observed: np.ndarray | None = None
    _period: int = 1

    @property
    def is_fitted(self) -> bool:
        """Whether predict may be called."""
        return self._observed is not None

    @final
    def fit(self, values: np.ndarray, *, period: int = 1) -> Self:
        """Learn from a history and return self; the input is not changed.

        values: (time,), NaN where missing, at least three observed. period: samples in one season, 1 for none.
        Errors: BadInput for another shape, infinite or too few values, or a period below 1.
        """
        observed = check_history(values)
        period = check_period(period)
        self._fit(fill_gaps(observed, period), period)
        self._observed, self._period = observed, period
        return self

    @final
    def point(self, horizon: int) -> np.ndarray:
        """The forecast alone, without intervals: (horizon,) float64, no NaN. Errors: NotFitted, BadInput."""
        self._require_fit()
        assert self._observed is not None
        horizon = check_horizon(horizon)
        low, high = np.nanmin(self._observed), np.nanmax(self._observed)
        if low == high:
            return np.full(horizon, low)
        mean = np.asarray(self._predict(horizon), dtype=np.float64)
        if mean.shape != (horizon,) or not np.isfinite(mean).all():
            raise BadInput(f"{self.name} found no finite forecast for this history; another model may.")
        return np.maximum(mean, 0.0) if low >= 0 else mean

    @final
    def predict(self, horizon: int, levels: Sequence[float] = (80, 95)) -> Forecast:
        """A forecast with split-conformal intervals from this model's own rolling-origin residuals.

        horizon: steps ahead, 1 to 2,000. levels: percent, above 0 and below 100. Refits the model once an origin.
        Errors: NotFitted, BadInput.
        """
        mean = self.point(horizon)
        levels = check_levels(levels)
        assert self._observed is not None
        plan = plan_backtest(len(self._observed), self._period, len(mean))
        widths = conformal.calibrate(self._residuals(plan), plan.origins, self._observed, self._period) if plan.origins else None
        return forecast_of(self.name, mean, levels, widths, self._observed)

    @abstractmethod
    def _fit(self, values: np.ndarray, period: int) -> None:
        """Learn from (time,) float64 without NaN. Raise BadInput where the model cannot work with the history."""

    @abstractmethod
    def _predict(self, horizon: int) -> np.ndarray:
        """(horizon,) expected values."""

    def _residuals(self, plan: BacktestPlan) -> np.ndarray:
        """(origin, step) held-out residuals that calibrate the intervals; origins this model cannot be fitted at are left out."""
        assert self._observed is not None
        rows = np.full((len(plan.origins), plan.steps), np.nan)
        for index, origin in enumerate(plan.origins):
            single = BacktestPlan((origin,), plan.steps)
            try:
                forecasts = [mean for _, mean in backtest(lambda: type(self)(self.config), self._observed, self._period, single)]
            except BadInput:
                continue
            rows[index] = residuals_of(forecasts, self._observed, single)[0]
        return rows

    def _state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        # A model of one series is its history: refitting is fast, exact, and needs no format of its own.
        assert self._observed is not None
        return {"history": self._observed}, {"period": self._period}

    def _restore(self, arrays: Mapping[str, np.ndarray], details: Mapping[str, Any]) -> None:
        self.fit(arrays["history"], period=details["period"])


class Classifier(_Saved[ConfigT]):
    """A model of labelled cases. Subclasses write `_fit`, `_predict`, `_state` and `_restore`.

    NaN rule: missing values are allowed; a case's values end with its last observed time step in any channel, so cases of
    unequal length are padded with NaN. What a model does with gaps is its own and documented there.

    holds_out: its `fit` itself holds out the cases that `models.splits` names for its seed, measures on them, then trains on all;
    `validation_accuracy` (0–1) is then what it measured, and after a `fit` `recalls` by class how many of the held-out cases it
    named rightly and how many there were.
    """

    holds_out: ClassVar[bool] = False
    validation_accuracy: float | None = None
    recalls: Recalls = MappingProxyType({})

    _classes: tuple[str, ...] = ()
    _channels: int = 0
    _cases: int | None = None
    # Of the cases given to `fit`, those that the kept model has not learnt from; for `_fit` to set.
    _unseen: int = 0

    @property
    def is_fitted(self) -> bool:
        """Whether predict may be called."""
        return bool(self._classes)

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names, sorted; the order of the probabilities' columns."""
        self._require_fit()
        return self._classes

    @property
    def trained_on(self) -> int | None:
        """How many cases the model has learnt from; None for one that was read from a folder, whose training record tells."""
        return None if self._cases is None else self._cases - self._unseen

    @final
    def fit(self, cases: Cases, labels: Sequence[str], *, monitor: Monitor = SILENT) -> Self:
        """Learn from labelled cases and return self; the input is not changed.

        cases: (batch, channel, time) with NaN where missing, or a list of (channel, time) arrays of any lengths.
        labels: one a case, at least two different. monitor: told how far it is, where that takes more than moments.
        Errors: BadInput for other shapes, a case without any value, empty labels, or a single class; Stopped.
        """
        table = as_cases(cases)
        names = check_labels(labels, len(table))
        self._fit(table, names, monitor)
        self._classes, self._channels, self._cases = tuple(sorted(set(names))), table.shape[1], len(table)
        return self

    @final
    def predict(self, cases: Cases) -> Classification:
        """Label cases, with probabilities and the nearest training examples.

        Errors: NotFitted; BadInput for another number of channels than in training.
        """
        return self._predict(self._checked(cases))

    @final
    def probabilities(self, cases: Cases) -> np.ndarray:
        """(batch, class), the probabilities that `predict` gives, without its reasons: for who asks about very many cases.

        Errors: as `predict`.
        """
        return self._probabilities(self._checked(cases))

    @final
    def _checked(self, cases: Cases) -> np.ndarray:
        """Cases to be classified as (batch, channel, time) float64, NaN where missing. Errors: as `predict`."""
        self._require_fit()
        table = as_cases(cases)
        if table.shape[1] != self._channels:
            raise BadInput(f"{self.name} was trained on {self._channels} channel(s) and got {table.shape[1]}; give it the same.")
        return table

    @final
    def _answer(self, scores: np.ndarray, probabilities: np.ndarray, reasons: Reasons) -> Classification:
        """What `_predict` returns: the class of the highest of `scores` (batch, class), its probabilities, and the reasons."""
        return Classification(
            labels=self._named(scores),
            probabilities=probabilities,
            classes=self.classes,
            neighbours=reasons.neighbours,
            model=self.name,
            strangeness=reasons.strangeness,
            oddities=reasons.oddities,
        )

    @final
    def _named(self, scores: np.ndarray) -> tuple[str, ...]:
        """The classes of the highest of scores (batch, class)."""
        return tuple(self.classes[index] for index in np.argmax(scores, axis=1))

    @abstractmethod
    def _fit(self, cases: np.ndarray, labels: tuple[str, ...], monitor: Monitor) -> None:
        """Learn from (batch, channel, time) float64, NaN where missing. May raise BadInput and, through the monitor, Stopped."""

    @abstractmethod
    def _predict(self, cases: np.ndarray) -> Classification:
        """Classify (batch, channel, time) float64, NaN where missing; `self.classes` names the columns."""

    def _probabilities(self, cases: np.ndarray) -> np.ndarray:
        """Those of `_predict`, for cases as it takes them; for models that find their reasons separately."""
        return self._predict(cases).probabilities

    @final
    def _try_out(self) -> None:
        """Classify one case of zeros, so that arrays which do not fit together are found when they are read."""
        with np.errstate(all="ignore"):
            found = self._predict(np.zeros((1, self._channels, TRIED_STEPS))).probabilities
        if found.shape != (1, len(self._classes)) or not np.isfinite(found).all():
            raise BadInput(f"{len(self._classes)} classes do not get a finite probability each")

    @final
    def _take_classes(self, classes: Sequence[str], channels: int) -> None:
        """For `_restore`: the class names and the channel count of the saved model."""
        if len(classes) < 2 or channels < 1:
            raise CheckpointError(f"A saved {self.name} names at least two classes and one channel; this one is damaged.")
        self._classes, self._channels = tuple(classes), channels


def check_history(values: np.ndarray) -> np.ndarray:
    """(time,) float64 copy from the first observed value on; raises BadInput where it cannot be forecast."""
    try:
        history = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput(f"A history is an array of numbers; {error}.") from None
    if history.ndim != 1:
        raise BadInput(f"A history has the shape (time,); found {history.shape}. Forecast one series at a time.")
    observed = np.flatnonzero(~np.isnan(history))
    if len(observed) < SHORTEST_HISTORY:
        raise BadInput(f"A forecast needs at least {SHORTEST_HISTORY} observed values; found {len(observed)}.")
    if np.isinf(history).any() or np.nanmax(np.abs(history)) > LARGEST_MAGNITUDE:
        raise BadInput(f"The history holds infinite values or values beyond {LARGEST_MAGNITUDE:g}; mark them as missing.")
    return history[observed[0] :]


def check_period(period: int) -> int:
    """The period as int; BadInput below 1."""
    if isinstance(period, bool) or not isinstance(period, (int, np.integer)) or period < 1:
        raise BadInput(f"A season's period is a whole number of samples, 1 for none; found {period!r}.")
    return int(period)


def check_horizon(horizon: int) -> int:
    """The horizon as int; BadInput outside 1 to 2,000."""
    if isinstance(horizon, bool) or not isinstance(horizon, (int, np.integer)) or not 1 <= horizon <= LONGEST_HORIZON:
        raise BadInput(f"A horizon is a whole number of steps from 1 to {LONGEST_HORIZON:,}; found {horizon!r}.")
    return int(horizon)


def check_levels(levels: Sequence[float]) -> tuple[float, ...]:
    """Levels in percent, ascending and without repeats; BadInput outside (0, 100)."""
    wrong = [level for level in levels if isinstance(level, bool) or not isinstance(level, (int, float)) or not 0 < level < 100]
    if wrong:
        raise BadInput(f"Interval levels are percentages above 0 and below 100, such as 80; found {wrong[0]!r}.")
    return tuple(sorted(set(levels)))


def check_labels(labels: Sequence[str], cases: int) -> tuple[str, ...]:
    """The labels as text; BadInput for missing ones, another count than `cases`, or fewer than two classes."""
    names = tuple("" if label is None or label != label else str(label).strip() for label in labels)
    if len(names) != cases:
        raise BadInput(f"Each case needs one label: found {cases} cases and {len(names)} labels.")
    if "" in names:
        raise BadInput(f"Case {names.index('')} has no label; leave it out or label it.")
    if len(set(names)) < 2:
        raise BadInput(f"A classifier needs at least two classes; all {cases} cases are labelled {names[0]!r}.")
    return names


def forecast_of(
    name: str, mean: np.ndarray, levels: Sequence[float], widths: conformal.Conformal | None, history: np.ndarray
) -> Forecast:
    """A Forecast around `mean` (horizon,); without calibrated widths the steps of `history` (time,) stand in."""
    widths = widths or conformal.from_differences(history) or conformal.Conformal(np.zeros(1), np.zeros(1), 1.0)
    intervals = dict(widths.intervals(mean, levels))
    if np.nanmin(history) >= 0:
        intervals = {level: (np.maximum(low, 0.0), np.maximum(high, 0.0)) for level, (low, high) in intervals.items()}
    return Forecast(mean=mean, intervals=intervals, model=name)
