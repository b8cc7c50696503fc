"""statsmodels' forecasters behind the contract: theta, STL with exponential smoothing, exponential smoothing."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, final

import numpy as np

from models.base import Forecaster
from models.config import EtsConfig, StlEtsConfig, ThetaConfig
from models.errors import BadInput

LONGEST_STL_PERIOD = 2_000
LONGEST_EXACT_STL = 60
_FILTERS = threading.RLock()
# error, trend, damped, seasonal. A few sound structures, the additive ones for any data, the multiplicative ones for
# positive data; the rest of the thirty is unstable or rarely chosen (Hyndman & Athanasopoulos 2021, §8.6).
_PLAIN = (("add", None, False, None), ("add", "add", False, None), ("add", "add", True, None))
_PLAIN_POSITIVE = (("mul", None, False, None), ("mul", "add", True, None))
_SEASONAL = (("add", None, False, "add"), ("add", "add", False, "add"), ("add", "add", True, "add"))
_SEASONAL_POSITIVE = (("mul", None, False, "mul"), ("mul", "add", False, "mul"), ("mul", "add", True, "mul"))


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what statsmodels says about a fit: the tournament judges a model by its held-out errors, not by its optimiser."""
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    # Warning filters belong to the whole process: two threads that set and restore them at once would mix them up.
    with _FILTERS, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", ConvergenceWarning)
        # A likelihood that overflows on the optimiser's way is divided and logged; the check on the forecast catches the rest.
        warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"statsmodels\.")
        yield


def _recent(values: np.ndarray, history: int, period: int) -> np.ndarray:
    """The last `history` points, or three seasons where those are longer."""
    return values[-max(history, 3 * period) :]


def _stl_jumps(period: int) -> dict[str, int]:
    """For long seasons, STL's smoothers at every tenth of their span, joined by lines, as R's stl has it: ten times as fast."""
    if period <= LONGEST_EXACT_STL:
        return {}
    trend = 1.5 * period / (1 - 1.5 / 7)
    return {"trend_jump": -int(-trend // 10), "low_pass_jump": -(-(period + 1) // 10)}


@final
class Theta(Forecaster[ThetaConfig]):
    """The theta method; the season, where a test finds one, is taken off by classical decomposition.

    Source: Assimakopoulos & Nikolopoulos (2000); statsmodels' ThetaModel.
    """

    name = "theta"
    config_class = ThetaConfig

    def _fit(self, values: np.ndarray, period: int) -> None:
        from statsmodels.tsa.forecasting.theta import ThetaModel

        recent = _recent(values, self.config.history, period)
        seasonal = period > 1 and len(recent) >= 2 * period + 1 and np.ptp(recent) > 0
        self._result: Any = None
        if np.ptp(recent) == 0:
            self._level = float(recent[-1])
            return
        with _quiet():
            model = ThetaModel(recent, period=period if seasonal else 1, deseasonalize=bool(seasonal), method=self.config.season)
            self._result = model.fit()

    def _predict(self, horizon: int) -> np.ndarray:
        if self._result is None:
            return np.full(horizon, self._level)
        with _quiet():
            return np.asarray(self._result.forecast(horizon))


@final
class StlEts(Forecaster[StlEtsConfig]):
    """STL takes the season off, exponential smoothing continues the rest, the last season is put back.

    Source: Cleveland et al. (1990); Hyndman & Athanasopoulos (2021), §5.7; statsmodels' STLForecast.
    Errors: BadInput without a season, or with less than two full ones.
    """

    name = "stl-ets"
    config_class = StlEtsConfig

    def _fit(self, values: np.ndarray, period: int) -> None:
        from statsmodels.tsa.exponential_smoothing.ets import ETSModel
        from statsmodels.tsa.forecasting.stl import STLForecast

        if period < 2:
            raise BadInput("stl-ets needs a season; this series has none.")
        if period > LONGEST_STL_PERIOD:
            raise BadInput(f"stl-ets handles seasons of up to {LONGEST_STL_PERIOD:,} samples; this one has {period:,}.")
        recent = _recent(values, self.config.history, period)
        if len(recent) < max(2 * period, 10):
            needed = max(2 * period, 10)
            raise BadInput(f"stl-ets needs two full seasons ({needed} values); found {len(recent)}.")
        trend = None if self.config.trend == "none" else "add"
        smoothing = {
            "error": "add",
            "trend": trend,
            "damped_trend": self.config.trend == "damped",
            "initialization_method": "heuristic",
        }
        with _quiet():
            model = STLForecast(
                recent, ETSModel, model_kwargs=smoothing, period=period, robust=self.config.robust, **_stl_jumps(period)
            )
            self._result: Any = model.fit(fit_kwargs={"disp": False})

    def _predict(self, horizon: int) -> np.ndarray:
        with _quiet():
            return np.asarray(self._result.forecast(horizon))


@final
class Ets(Forecaster[EtsConfig]):
    """Exponential smoothing; the structure with the lowest criterion among a few sound ones.

    First states are set by statsmodels' heuristic: estimating them too takes twenty times as long and, for seasons of more
    than a few samples, often ends in a worse optimum. Source: Hyndman et al. (2008); statsmodels' ETSModel.
    """

    name = "ets"
    config_class = EtsConfig

    def _fit(self, values: np.ndarray, period: int) -> None:
        recent = _recent(values, self.config.history, period if period <= self.config.longest_period else 1)
        if len(recent) < 10:
            raise BadInput(f"ets needs ten values; found {len(recent)}.")
        if period > self.config.longest_period:
            raise BadInput(f"ets handles seasons of up to {self.config.longest_period} samples; this one has {period}.")
        # The heuristic needs two seasons and, for a centred average over them, ten points more than one.
        seasonal = period > 1 and len(recent) >= max(2 * period, 10 + 2 * (period // 2))
        positive = bool(recent.min() > 0)
        additive, multiplicative = (_SEASONAL, _SEASONAL_POSITIVE) if seasonal else (_PLAIN, _PLAIN_POSITIVE)
        structures = additive + multiplicative if positive else additive
        fits = [self._fit_one(recent, period, structure) for structure in structures]
        usable = [(score, fit) for score, fit in fits if np.isfinite(score)]
        if not usable:
            raise BadInput("ets found no structure with a finite likelihood for this history; another model may.")
        self._result: Any = min(usable, key=lambda pair: pair[0])[1]

    def _fit_one(self, values: np.ndarray, period: int, structure: tuple[str, str | None, bool, str | None]) -> tuple[float, Any]:
        from statsmodels.tsa.exponential_smoothing.ets import ETSModel

        error, trend, damped, seasonal = structure
        with _quiet():
            model = ETSModel(
                values,
                error=error,
                trend=trend,
                damped_trend=damped,
                seasonal=seasonal,
                seasonal_periods=period if seasonal else None,
                initialization_method="heuristic",
            )
            result = model.fit(disp=False)
            # An exact fit has an infinite likelihood; statsmodels then divides by a zero variance.
            return float(getattr(result, self.config.criterion)), result

    def _predict(self, horizon: int) -> np.ndarray:
        with _quiet():
            return np.asarray(self._result.forecast(horizon))
