"""How fast HiTime is, timed on a tiny language model by a clock that goes on by one at every look."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from models.config import HiTimeConfig, config_from_dict
from models.hitime.stage_cache import StageCache
from models.hitime.system import train_system
from models.hitime.tuning import named
from models.monitor import SILENT
from scripts import benchmark_hitime_speed as benchmark
from scripts.benchmark_hitime_speed import Setting, made_set, prompt_for_every_case, train_steps
from scripts.classification.ablations import merged
from scripts.measurements import COLUMNS
from tests.hitime_cases import small_config
from tests.tiny_language_models import save_model

# Of a case's positions: its queries, " Class:" letter by letter, and the space that all labels begin with.
BATCH, POSITIONS = 8, 2 + 7 + 1
METRICS = [
    *["train_tokens_per_second", "train_cases_per_second", "train_language_share", "train_shared_prompt_gain"],
    *["answer_ms_per_case", "answer_seconds_alone", "answer_shared_prompt_gain", "encoder_step_ms"],
]


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return small_config(save_model("llama", tmp_path_factory.mktemp("llama")))


@pytest.fixture(scope="module")
def setting(options: dict[str, Any]) -> Setting:
    """Of made cases, whose classes' names part at their first letters, and a prompt without texts."""
    labelled = made_set(24, 32)
    config = config_from_dict(HiTimeConfig, merged(options, benchmark.BRIEF))
    targets = np.array([labelled.classes.index(label) for label in labelled.labels])
    system = train_system(labelled.cases, targets, labelled.classes, config, StageCache(), SILENT, "cpu")
    assert system.naming is not None
    return Setting(system, system.naming, labelled.cases, torch.from_numpy(targets), 3, "cpu")


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = count()
    monkeypatch.setattr(Setting, "now", lambda self: float(next(ticks)))


@pytest.mark.usefixtures("ticking")
def test_a_step_is_from_one_handing_over_to_the_next(setting: Setting) -> None:
    reader = setting.naming.reader
    prompt = len(reader.prompt)
    found = train_steps(setting)
    # Two looks a step: where the language model begins and where its last gradient is there.
    assert found.seconds == [2.0] * 3 and found.language == [1.0] * 3
    assert found.cases == BATCH
    assert found.tokens == prompt + BATCH * POSITIONS
    with prompt_for_every_case(setting.naming):
        assert train_steps(setting).tokens == BATCH * (prompt + POSITIONS)
    assert reader.prompt and not setting.naming.bridge._forward_hooks and not reader.backbone.decoder._forward_pre_hooks


def test_the_language_models_part_ends_with_its_last_gradient(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done later, the querying transformer's gradients, is not in it."""
    naming = setting.naming
    for part in naming.trained().values():
        part.grad = None
    looks = []
    adapters, rest = list(naming.reader.adapters.values()), list(naming.network.layers.parameters())

    def look(_self: Setting) -> float:
        looks.append((all(one.grad is not None for one in adapters), any(one.grad is not None for one in rest)))
        return 0.0

    monkeypatch.setattr(Setting, "now", look)
    train_steps(setting)
    assert looks[:2] == [(False, False), (True, False)]
    assert len(looks) == 2 * 5


def test_with_its_own_prompt_every_case_is_answered_and_all_is_put_back(setting: Setting) -> None:
    naming, system = setting.naming, setting.system
    tokens = system.tokens(system.scaling.apply(setting.table[:5]))
    before, bridge, prompt = named(naming, tokens), naming.bridge, naming.reader.prompt
    shapes = []
    hook = naming.reader.backbone.decoder.register_forward_pre_hook(
        lambda _module, _inputs, given: shapes.append(tuple(given["inputs_embeds"].shape[:2])), with_kwargs=True
    )
    with prompt_for_every_case(naming):
        alone = named(naming, tokens)
    hook.remove()
    assert shapes == [(5, len(prompt) + POSITIONS)]
    torch.testing.assert_close(alone.exp().sum(1), torch.ones(5))
    assert naming.bridge is bridge and naming.reader.prompt is prompt
    assert torch.equal(named(naming, tokens), before)
    with pytest.raises(KeyError), prompt_for_every_case(naming):
        raise KeyError
    assert naming.bridge is bridge and naming.reader.prompt is prompt


@pytest.mark.usefixtures("ticking")
def test_a_quick_run_prints_a_table_and_writes_nothing(
    options: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "speed.csv"
    benchmark.main(["--quick", "--device", "cpu", "--config", json.dumps(options), "--out", str(out)])
    machine, header, *lines = capsys.readouterr().out.splitlines()
    assert machine.endswith("cores; medians of 2 or more")
    assert header.split() == ["dataset", "metric", "value", "seconds"]
    shown = {metric: (float(value), float(seconds)) for _, metric, value, seconds in map(str.split, lines)}
    assert list(shown) == METRICS
    assert shown["train_cases_per_second"] == (BATCH / 2, 2.0)
    assert shown["train_language_share"] == (0.5, 2.0)
    assert shown["answer_ms_per_case"] == (31.25, 1.0)
    assert shown["answer_seconds_alone"] == (1.0, 1.0)
    assert shown["train_shared_prompt_gain"][0] == shown["answer_shared_prompt_gain"][0] == 1.0
    assert not out.exists()


def test_rows_of_a_set_are_added(options: dict[str, Any], tmp_path: Path) -> None:
    made, out = made_set(16, 24), tmp_path / "results" / "speed.csv"
    file = tmp_path / "Small.npz"
    np.savez(file, X_train=made.cases, y_train=made.labels, X_test=made.cases[:2], y_test=made.labels[:2])
    asked = merged(options, {"seed": 3})
    for _ in range(2):
        benchmark.main(["--data", str(file), "--repeats", "1", "--config", json.dumps(asked), "--out", str(out)])
    rows = pd.read_csv(out)
    assert list(rows.columns) == COLUMNS
    assert rows["metric"].tolist() == 2 * METRICS
    assert set(rows["dataset"]) == {"Small"} and set(rows["seed"]) == {3} and set(rows["model"]) == {"hitime-language"}
    assert all(json.loads(text) == asked for text in rows["ablation"])
    assert rows["device"].str.contains("cores").all()
    values = rows.set_index("metric")["value"]
    assert values["train_language_share"].between(0, 1, inclusive="neither").all()
    assert (values.drop("encoder_step_ms") > 0).all()


@pytest.mark.usefixtures("ticking")
def test_an_encoders_step_is_what_a_longer_training_takes_more(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = [0.0]
    monkeypatch.setattr(Setting, "now", lambda self: ticks[0])

    def train(cases: Any, config: HiTimeConfig, *_others: Any) -> None:
        assert config.sources == "task" and len(config.task.members) == 1 and len(cases.batch) == 24
        ticks[0] += 7.0 + 0.25 * config.task.steps

    monkeypatch.setattr(benchmark, "train_sources", train)
    (row,) = benchmark.encoder_rows(setting)
    assert (row.metric, row.value, row.seconds) == ("encoder_step_ms", 250.0, 0.25)


def test_what_cannot_be_timed_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "Broken.npz"
    broken.write_bytes(b"nothing")
    with pytest.raises(SystemExit, match=r"Broken\.npz cannot be read as a labelled set"):
        benchmark.main(["--data", str(broken)])
    with pytest.raises(SystemExit, match="has no option colour"):
        benchmark.main(["--quick", "--config", '{"colour": 1}'])
    with pytest.raises(SystemExit):
        benchmark.main(["--config", "[1]"])
    assert "expected a JSON object of HiTimeConfig's options, found [1]" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        benchmark.main(["--config", "{1"])
    assert "argument --config" in capsys.readouterr().err
    if not torch.cuda.is_available():
        with pytest.raises(SystemExit, match="cuda was asked for"):
            benchmark.main(["--quick", "--device", "cuda"])
