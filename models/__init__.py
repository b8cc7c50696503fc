"""Tidings' models: forecasters and classifiers behind one contract; usable alone.

from models import create_forecaster, load_model
forecast = create_forecaster("theta").fit(values, period=12).predict(12)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.registry import available, create_classifier, create_forecaster, load_model

__all__ = ["available", "create_classifier", "create_forecaster", "load_model"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from models import registry

        return getattr(registry, name)
    raise AttributeError(f"module 'models' has no attribute {name!r}")
