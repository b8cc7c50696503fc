"""Unobserved components: a level, perhaps a slope, and a season of waves that all wander, told apart by a Kalman filter."""

from __future__ import annotations

from typing import final

import numpy as np

from models.base import Forecaster
from models.config import UnobservedComponentsConfig
from models.errors import BadInput
from models.plain.season import exponential, recent_part
from models.plain.smoothing import likelihood_weights

SHORTEST = 10
# A rate of exponential growth is mostly luck on fewer values.
SHORTEST_LOGARITHMS = 50
TRENDS = ("local level", "local linear trend")


@final
class UnobservedComponents(Forecaster[UnobservedComponentsConfig]):
    """The basic structural model by statsmodels, with and without a slope, averaged by AICc.

    The season is a sum of waves, each with its own wandering. Logarithms are taken of positive histories of fifty values and
    more, and turned back as a median. Variances are estimated by maximum likelihood, which takes a hundred times as long as the
    other plain forecasters: it takes part where it is asked for.
    Source: Harvey (1989), Forecasting, structural time series models and the Kalman filter; Durbin & Koopman (2012).
    Errors: BadInput for fewer than ten values.
    """

    name = "unobserved-components"
    config_class = UnobservedComponentsConfig

    def _fit(self, values: np.ndarray, period: int) -> None:
        if len(values) < SHORTEST:
            raise BadInput(f"unobserved-components needs {SHORTEST} values; found {len(values)}.")
        self._recent, self._season = recent_part(values, self.config.history, period), period
        self._logarithmic = bool(self._recent.min() > 0) and len(self._recent) >= SHORTEST_LOGARITHMS

    def _predict(self, horizon: int) -> np.ndarray:
        history = np.log(self._recent) if self._logarithmic else self._recent
        centre, unit = float(history.mean()), float(history.std()) or 1.0
        harmonics = min(self._season // 2, self.config.harmonics) if len(history) >= 2 * self._season else 0
        paths, criteria = _fitted((history - centre) / unit, self._season, harmonics, horizon)
        mean = likelihood_weights(criteria, np.ones(len(criteria))) @ paths * unit + centre
        return exponential(mean) if self._logarithmic else np.asarray(mean)


def _fitted(values: np.ndarray, period: int, harmonics: int, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """(trend, horizon) forecasts of standardised values (time,), and (trend,) half the AICc of each."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents as Structural

    season = [{"period": period, "harmonics": harmonics}] if harmonics else None
    # The likelihoods are of the same values only where both leave out the same first ones.
    left_out = len(TRENDS) + 2 * harmonics
    paths, criteria = [], []
    for trend in TRENDS:
        model = Structural(values, trend, freq_seasonal=season, loglikelihood_burn=left_out)
        found = model.fit(disp=0, maxiter=50, warn_convergence=False, cov_type="none")
        paths.append(np.asarray(found.forecast(horizon)))
        criteria.append(0.5 * float(found.aicc))
    return np.array(paths), np.array(criteria)
