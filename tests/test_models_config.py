"""Configurations: pinned defaults, strict reading."""

from __future__ import annotations

import dataclasses

import pytest

from models import config
from models.errors import BadInput

DEFAULTS = {
    config.SeasonalNaiveConfig: {},
    config.DriftConfig: {},
    config.RecentMedianConfig: {"recent": 24},
    config.TsbConfig: {"history": 1_000},
    config.CrostonConfig: {"history": 1_000, "corrected": True},
    config.HarmonicConfig: {"history": 1_000},
    config.UnobservedComponentsConfig: {"history": 400, "harmonics": 6},
    config.ThetaConfig: {"history": 1_000},
    config.DampedConfig: {"history": 1_000},
    config.AutoregressionConfig: {"history": 2_000},
    config.StlEtsConfig: {"history": 1_000, "robust": False, "trend": "damped"},
    config.EtsConfig: {"history": 1_000, "longest_period": 200},
    config.CycleLinearConfig: {"context": None, "penalty": None, "history": 20_000, "validation": 0.2},
    config.NearestNeighbourConfig: {"shown": 3, "normalise": "case"},
    config.MiniRocketConfig: {"kernels": 10_000, "shown": 3, "seed": 0},
}


def test_every_configuration_is_pinned():
    assert set(config.ModelConfig.__subclasses__()) == set(DEFAULTS)


@pytest.mark.parametrize("kind", DEFAULTS, ids=lambda kind: kind.__name__)
def test_defaults(kind):
    assert config.config_to_dict(kind()) == DEFAULTS[kind]
    assert config.config_from_dict(kind, {}) == kind()
    assert config.config_from_dict(kind, config.config_to_dict(kind())) == kind()


def test_configurations_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.EtsConfig().history = 3


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        (config.EtsConfig, {"histroy": 100}, "no option histroy; it has: history, longest_period"),
        (config.StlEtsConfig, {"trend": "straight"}, "trend"),
        (config.EtsConfig, {"history": 1}, "greater than or equal to 20"),
        (config.EtsConfig, {"history": "600"}, "valid integer"),
        (config.EtsConfig, {"history": True}, "valid integer"),
        (config.CycleLinearConfig, {"penalty": float("nan")}, "finite JSON"),
        (config.CycleLinearConfig, {"validation": 0.9}, "less than or equal to 0.5"),
        (config.StlEtsConfig, {"robust": 1}, "valid boolean"),
        (config.MiniRocketConfig, {"kernels": object()}, "plain finite JSON"),
    ],
)
def test_reading_is_strict(kind, values, said):
    with pytest.raises(BadInput, match=said):
        config.config_from_dict(kind, values)
