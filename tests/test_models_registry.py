"""The registry: names, lazy imports, refusals."""

from __future__ import annotations

import subprocess
import sys

import pytest

from models import available, create_classifier, create_forecaster
from models.base import Classifier, Forecaster
from models.errors import BadInput, UnknownModel
from models.registry import model_class, shipped_checkpoints


def test_names_simplest_first():
    assert [entry.name for entry in available("forecaster")] == [
        "seasonal-naive",
        "drift",
        "recent-median",
        "tsb",
        "croston",
        "theta",
        "damped",
        "autoregression",
        "harmonic",
        "stl-ets",
        "cycle-linear",
        "ets",
        "unobserved-components",
    ]
    assert [entry.name for entry in available("classifier")] == ["nearest-neighbour", "minirocket", "hitime"]
    assert len(available()) == 16
    assert [entry.name for entry in available() if entry.on_request] == ["tsb", "croston", "unobserved-components"]


@pytest.mark.parametrize("entry", available(), ids=lambda entry: entry.name)
def test_each_entry_leads_to_a_class_of_its_name_and_kind(entry):
    found = model_class(entry.name)
    assert found.name == entry.name
    assert issubclass(found, Forecaster if entry.kind == "forecaster" else Classifier)


def test_near_names_are_offered():
    with pytest.raises(UnknownModel, match="did you mean theta"):
        create_forecaster("tehta")


def test_kinds_and_options_are_checked():
    with pytest.raises(BadInput, match="is a classifier"):
        create_forecaster("minirocket")
    with pytest.raises(BadInput, match="is a forecaster"):
        create_classifier("ets")
    with pytest.raises(BadInput, match="no option colour"):
        create_forecaster("ets", colour="red")
    assert create_forecaster("ets", history=50).config.history == 50


def test_shipped_checkpoints_can_be_listed():
    assert all((entry.folder / "manifest.json").is_file() for entry in shipped_checkpoints())


def test_importing_the_package_loads_nothing_heavy():
    code = (
        "import sys, models, models.registry, models.tournament, models.selection, models.device, models.backbone\n"
        "import models.language.generate\n"
        "models.available(); models.create_forecaster('seasonal-naive'); models.create_classifier('nearest-neighbour')\n"
        "heavy = {'torch', 'transformers', 'statsmodels', 'sklearn', 'aeon', 'scipy', 'pandas', 'langgraph', 'faiss', 'gradio'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
