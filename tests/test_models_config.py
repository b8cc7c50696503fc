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
    config.AugmentationConfig: {"warp": 0.35, "crop": 0.08, "scale": 0.15, "shift": 0.1, "noise": 0.03, "gap": 0.1},
    config.DataEncoderConfig: {
        "masked_codes": True,
        "codes": 128,
        "code_width": 32,
        "masked": 0.3,
        "layers": 2,
        "heads": 4,
        "width": 64,
        "tokens": 16,
        "tokenizer_steps": 300,
        "steps": 300,
        "batch": 32,
        "learning_rate": 0.002,
        "kernels": 1008,
        "components": 64,
    },
    config.MemberConfig: {"encoder": "convtimenet", "differences": False, "decorrelated": False, "blend": 0.0, "strength": 1.0},
    config.TaskEncoderConfig: {
        "members": (
            {"encoder": "convtimenet", "differences": False, "decorrelated": False, "blend": 0.0, "strength": 1.0},
            {"encoder": "convtimenet", "differences": True, "decorrelated": True, "blend": 0.0, "strength": 1.0},
            {"encoder": "convtimenet", "differences": False, "decorrelated": True, "blend": 0.0, "strength": 1.5},
        ),
        "width": 64,
        "tokens": 16,
        "steps": 3000,
        "epochs": 600,
        "other_epochs": (60, 200),
        "batch": 16,
        "learning_rate": 0.002,
        "weight_decay": 0.02,
        "dropout": 0.2,
        "smoothing": 0.1,
    },
    config.AlignmentConfig: {
        "losses": "both",
        "weighting": "learnt",
        "coarse_weight": 1.0,
        "fine_weight": 1.0,
        "queries": 8,
        "width": 96,
        "layers": 2,
        "heads": 4,
        "temperature": 0.07,
        "steps": 400,
        "batch": 32,
        "learning_rate": 0.001,
        "gate_rate": 1.0,
        "dropout": 0.1,
        "shuffled": 0.0,
    },
    config.LanguageConfig: {
        "source": "smollm2",
        "layers": 6,
        "weights": "pretrained",
        "prompt": "full",
        "rank": 8,
        "alpha": 16,
        "targets": ("q_proj", "v_proj"),
        "dropout": 0.05,
        "objective": "classes",
        "steps": 100,
        "batch": 32,
        "learning_rate": 0.002,
        "gradient_checkpointing": False,
    },
}
DEFAULTS[config.HiTimeConfig] = {
    "domain": "",
    "class_texts": {},
    "sources": "both",
    "head": "auto",
    "views": 12,
    "validation": 0.25,
    "refit": True,
    "shown": 3,
    "seed": 0,
} | {
    "augmentation": DEFAULTS[config.AugmentationConfig],
    "data": DEFAULTS[config.DataEncoderConfig],
    "task": DEFAULTS[config.TaskEncoderConfig],
    "alignment": DEFAULTS[config.AlignmentConfig],
    "language": DEFAULTS[config.LanguageConfig],
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


def test_stronger_disturbances_stay_within_their_bounds():
    stronger = config.AugmentationConfig(warp=0.5, crop=0.3, gap=0.5).times(2)
    assert (stronger.warp, stronger.crop, stronger.gap, stronger.scale) == (1.0, 0.4, 0.9, 0.3)
    assert config.AugmentationConfig().times(0) == config.AugmentationConfig(0, 0, 0, 0, 0, 0)
