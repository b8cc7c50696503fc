"""Looks at a fitted HiTime: what it attends to, what it answers without the series, pairs of series and text, and transfer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import torch

from models.errors import BadInput
from models.hitime.stage_cache import StageCache
from models.hitime.system import System, naming_arrays
from models.hitime.tuning import embedded_texts
from scripts.classification.contestants import Task, trained_system
from scripts.classification.inside import answered, attention_parts, embeddings, look_inside, others, without_prompt
from scripts.classification.pairs import flattened, matched_auc, pair_vectors, picture, picture_table
from scripts.classification.probes import ANSWERS_INSIDE, Look
from scripts.classification.sets import LabelledSet
from scripts.classification.transfer import Reshaping, Target, by_language_model, look_at_transfer, lora_alone, zero_shot
from tests.tiny_language_models import save_model

CLASSES = ("slow", "middling", "fast")
DESCRIPTIONS = ["Up.", "It falls.", "Flat"]


def waves(name: str, *, train: int = 24, test: int = 12, channels: int = 2, steps: int = 24, seed: int = 0) -> LabelledSet:
    """Waves whose speed is the class."""

    def part(count: int, seed: int) -> tuple[np.ndarray, tuple[str, ...]]:
        generator = np.random.default_rng(seed)
        speed, phase = 1 + 2 * (np.arange(count) % 3), generator.uniform(0, 2 * np.pi, (count, channels, 1))
        cases = np.sin(2 * np.pi * speed[:, None, None] * np.linspace(0, 1, steps) + phase)
        return cases + 0.05 * generator.normal(size=cases.shape), tuple(CLASSES[row % 3] for row in range(count))

    return LabelledSet(name, *part(train, seed), *part(test, seed + 1))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A configuration that trains in a second or two."""
    folder = save_model("llama", tmp_path_factory.mktemp("language"))
    return {
        "data": {"codes": 8, "code_width": 8, "width": 16, "tokens": 4, "tokenizer_steps": 4, "steps": 4, "layers": 1}
        | {"heads": 2, "kernels": 84, "components": 8, "batch": 8},
        "task": {"members": [{"encoder": "cnn"}], "width": 16, "tokens": 4, "steps": 40},
        "alignment": {"queries": 3, "width": 16, "layers": 1, "heads": 2, "steps": 150},
        "language": {"source": str(folder), "layers": 2, "rank": 2, "alpha": 4, "steps": 12, "batch": 8},
        "views": 2,
    }


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stages")


@pytest.fixture(scope="module")
def source() -> LabelledSet:
    return waves("Source")


@pytest.fixture(scope="module")
def system(small: dict[str, Any], stages: Path, source: LabelledSet) -> System:
    return trained_system(Task(source.name, source.cases, source.labels, 0, small, stages / source.name))


@pytest.fixture(scope="module")
def embedded(system: System, source: LabelledSet) -> torch.Tensor:
    return embeddings(system.naming, system.tokens(system.scaling.apply(source.test_cases)))


def look(chosen: LabelledSet, small: dict[str, Any], stages: Path, figures: Path, **changes: Any) -> Look:
    return replace(Look(chosen, 0, small, {}, stages, figures), **changes)


class TestAttention:
    def test_parts_make_up_the_whole(self, system: System, embedded: torch.Tensor) -> None:
        reader = system.naming.reader
        shares = attention_parts(reader, embedded)
        assert list(shares) == ["first", "prompt", "series", "stem"]
        table = np.array(list(shares.values()))
        assert table.shape == (4, 2) and (table > 0).all()
        np.testing.assert_allclose(table.sum(0), 1, atol=1e-5)
        np.testing.assert_allclose(shares["series"], reader.attention_shares(embedded).numpy(), atol=1e-6)

    def test_descriptions_of_unequal_length(self, system: System, embedded: torch.Tensor) -> None:
        reader = system.naming.reader
        shares = attention_parts(reader, embedded[:3], DESCRIPTIONS)
        np.testing.assert_allclose(sum(shares.values()), 1, atol=1e-5)
        np.testing.assert_allclose(shares["series"], reader.attention_shares(embedded[:3], DESCRIPTIONS).numpy(), atol=1e-6)
        assert not np.allclose(shares["stem"], attention_parts(reader, embedded[:3])["stem"], atol=1e-3)

    def test_the_hook_is_taken_off(self, system: System, embedded: torch.Tensor) -> None:
        attention_parts(system.naming.reader, embedded[:1])
        with pytest.raises(BadInput, match="embeddings"):
            attention_parts(system.naming.reader, embedded[:1, :, :3])
        assert not system.naming.reader.backbone.decoder._forward_hooks


class TestAnswers:
    def test_the_series_as_it_is(self, system: System, source: LabelledSet, embedded: torch.Tensor) -> None:
        batch = system.scaling.apply(source.test_cases)
        expected = np.exp(system.log_probabilities("language", batch, system.tokens(batch)))
        np.testing.assert_allclose(answered(system.naming.reader, embedded), expected, atol=1e-5)

    def test_without_the_series_all_cases_are_answered_alike(self, system: System, embedded: torch.Tensor) -> None:
        reader = system.naming.reader
        removed = answered(reader, torch.zeros_like(embedded))
        np.testing.assert_allclose(removed, np.tile(removed[0], (len(removed), 1)), atol=1e-6)
        assert answered(reader, embedded).std(0).max() > 1e-4
        assert np.abs(removed - answered(reader, embedded)).max() > 1e-4

    def test_another_series_is_answered_in_its_place(self, system: System, embedded: torch.Tensor) -> None:
        rows = others(len(embedded), seed=0)
        whole = answered(system.naming.reader, embedded)
        np.testing.assert_allclose(answered(system.naming.reader, embedded[rows]), whole[rows], atol=1e-5)

    @pytest.mark.parametrize("count", [2, 3, 50])
    def test_others_are_never_oneself(self, count: int) -> None:
        rows = others(count, seed=4)
        assert sorted(rows) == list(range(count)) and (rows != np.arange(count)).all()

    def test_without_the_prompt_the_adapters_stay(self, system: System, source: LabelledSet, embedded: torch.Tensor) -> None:
        reader = system.naming.reader
        bare = without_prompt(reader, source.classes, system.config, channels=2, length=24)
        assert (bare.prompt, bare.stem) == ([reader.backbone.tokenizer.bos_token_id], reader.stem)
        for name, value in reader.adapter_state().items():
            np.testing.assert_array_equal(bare.adapter_state()[name], value)
        assert np.abs(answered(bare, embedded) - answered(reader, embedded)).max() > 1e-3


class TestPairs:
    def test_separated_pairs(self) -> None:
        targets = np.array([0, 1, 2])
        assert matched_auc(np.eye(3), targets) == 1.0
        assert matched_auc(-np.eye(3), targets) == 0.0
        assert matched_auc(np.ones((3, 3)), targets) == 0.5
        # One of the two matched pairs is above both others, the other one above one of them.
        assert matched_auc(np.array([[0.9, 0.5], [0.1, 0.3]]), np.array([0, 1])) == 0.75

    def test_a_pair_adds_up_to_the_similarity(self, system: System, source: LabelledSet) -> None:
        network = system.naming.network
        tokens = system.tokens(system.scaling.apply(source.test_cases))
        texts = embedded_texts(system.naming.reader.backbone, source.classes, {})
        vectors = pair_vectors(network, tokens, texts)
        assert vectors.shape == (12, 3, 16)
        with torch.no_grad():
            expected = network.similarities(network(tokens), network.texts(texts))
            cosines = (expected - network.bias) * network.log_temperature.exp().clamp(min=0.01)
        np.testing.assert_allclose(vectors.sum(2), cosines.numpy(), atol=1e-5)

    def test_the_picture_shows_every_point(self) -> None:
        generator = np.random.default_rng(0)
        targets = np.arange(20) % 3
        vectors = generator.normal(size=(20, 3, 4)) + 8 * (targets[:, None] == np.arange(3))[..., None]
        table = picture_table({"pairs untrained": -vectors, "pairs aligned": vectors}, targets, ("a", "b<c", "d"), seed=0)
        assert list(table.columns) == ["network", "case", "text", "matched", "x", "y"]
        assert table.groupby(["network", "matched"]).size().tolist() == [20] * 4
        own = table["text"] == np.array(["a", "b<c", "d"])[targets[table["case"]]]
        assert (own == table["matched"]).all()
        aligned = table[table["network"] == "aligned"]
        centres = aligned.groupby("matched")[["x", "y"]].mean().to_numpy()
        spread = aligned.groupby("matched")[["x", "y"]].std().to_numpy().max()
        assert np.linalg.norm(centres[0] - centres[1]) > 2 * spread
        drawn = ElementTree.fromstring(picture(table, "a & b"))
        circles = [one for one in drawn.iter() if one.tag.endswith("circle")]
        assert len(circles) == 80 + 2 and len({one.get("fill") for one in circles}) == 2
        words = [one.text for one in drawn.iter() if one.tag.endswith("text")]
        assert {"a & b", "untrained", "aligned", "t-SNE 1", "text of another class"} <= set(words)
        width, height = (float(drawn.get(name, "0")) for name in ("width", "height"))
        assert all(0 < float(one.get("cx", "0")) < width and 0 < float(one.get("cy", "0")) < height for one in circles)

    def test_the_same_seed_lays_points_alike(self) -> None:
        vectors = np.random.default_rng(1).normal(size=(12, 5))
        np.testing.assert_array_equal(flattened(vectors, seed=3), flattened(vectors, seed=3))


def test_looking_inside(small: dict[str, Any], stages: Path, source: LabelledSet, system: System, tmp_path: Path) -> None:
    before = sorted(path.name for path in (stages / "Source").iterdir())
    rows = look_inside(look(source, small, stages, tmp_path / "figures"))
    # The stages that the fixture trained were taken up.
    assert sorted(path.name for path in (stages / "Source").iterdir()) == before
    assert {(row.dataset, row.model, row.seed) for row in rows} == {("Source", "hitime-language", 0)}
    found = {(row.ablation, row.metric): row.value for row in rows}
    assert len(found) == len(rows) == 2 * 4 + 1 + 2 * 5 + 2
    assert all(0 <= value <= 1 for (_, metric), value in found.items() if metric != "log_loss")
    assert {label for label, metric in found if metric == "accuracy"} == set(ANSWERS_INSIDE)
    for layer in ("layer 1", "layer 2"):
        parts = [found[layer, f"attention_{part}"] for part in ("first", "prompt", "series", "stem")]
        assert sum(parts) == pytest.approx(1, abs=1e-5)
    assert 0 < found["evenly spread", "attention_series"] < 0.1
    # One answer for all, and every class has a third of the test cases.
    assert found["series removed", "accuracy"] == found["series mean", "accuracy"] == pytest.approx(1 / 3)
    assert found["pairs aligned", "auc_matched"] > 0.9 > found["pairs untrained", "auc_matched"]
    table = pd.read_csv(tmp_path / "figures" / "Source-pairs.csv")
    assert len(table) == 2 * 2 * 12 and set(table["text"]) == set(CLASSES)
    assert (tmp_path / "figures" / "Source-pairs.svg").read_text().count("<circle") == 48 + 2


def test_looks_need_a_language_head(small: dict[str, Any], stages: Path, source: LabelledSet, tmp_path: Path) -> None:
    plain = look(source, small | {"head": "ridge"}, stages, tmp_path, others={"Source": source})
    with pytest.raises(ValueError, match="heads linear, ridge, convolutions"):
        look_inside(plain)
    with pytest.raises(ValueError, match="heads linear, ridge, convolutions"):
        look_at_transfer(plain)


class TestReshaping:
    def test_a_set_of_the_same_shape_is_only_standardised(self, system: System, source: LabelledSet) -> None:
        reshaping = Reshaping.of(source.cases, channels=2, length=24)
        expected, found = system.scaling.apply(source.test_cases), reshaping.apply(source.test_cases)
        torch.testing.assert_close(found.values, expected.values, atol=1e-5, rtol=0)
        assert found.observed.all()

    def test_more_channels_become_principal_components(self) -> None:
        generator = np.random.default_rng(0)
        hidden = generator.normal(size=(40, 2, 30)) * np.array([3.0, 1.0])[:, None]
        cases = np.einsum("bkt,kc->bct", hidden, np.array([[1, 1, -1, 0, 0], [0, 0, 0, 1, 1.0]])) * 10 + 7
        values = Reshaping.of(cases, channels=2, length=30).apply(cases).values.numpy()
        assert values.shape == (40, 30, 2)
        for component in (0, 1):
            correlation = np.corrcoef(values[..., component].ravel(), hidden[:, component].ravel())[0, 1]
            assert abs(correlation) == pytest.approx(1, abs=5e-3)
        np.testing.assert_allclose(values.std((0, 1)), 1, atol=1e-4)

    def test_fewer_channels_are_filled_with_zeros(self) -> None:
        cases = waves("Thin", channels=1).cases
        values = Reshaping.of(cases, channels=3, length=24).apply(cases).values.numpy()
        np.testing.assert_allclose(values[..., 0], (cases[:, 0] - cases.mean()) / cases.std(), atol=1e-5)
        assert (values[..., 1:] == 0).all()

    def test_longer_cases_are_averaged_and_shorter_ones_stretched(self) -> None:
        line = np.tile(np.arange(12.0), (2, 1, 1))
        averaged = Reshaping.of(line, channels=1, length=4).apply(line).values.numpy()[0, :, 0]
        middles = np.array([1.0, 4.0, 7.0, 10.0])
        np.testing.assert_allclose(averaged, (middles - middles.mean()) / middles.std(), atol=1e-5)
        stretched = Reshaping.of(line, channels=1, length=23).apply(line).values.numpy()[0, :, 0]
        assert stretched.shape == (23,)
        np.testing.assert_allclose(np.diff(stretched), np.diff(stretched)[0], atol=1e-5)

    def test_test_cases_change_nothing_and_gaps_are_bridged(self) -> None:
        train, test = waves("Gaps", channels=4).cases, waves("Gaps", channels=4).test_cases
        reshaping = Reshaping.of(train, channels=2, length=8)
        alone, together = reshaping.apply(test[:1]), reshaping.apply(test)
        torch.testing.assert_close(alone.values[0], together.values[0])
        test[1, :, 18:], test[2, 0, 5] = np.nan, np.nan
        assert torch.isfinite(reshaping.apply(test).values).all()


@pytest.fixture(scope="module")
def other() -> LabelledSet:
    return waves("Other", channels=5, steps=50, seed=9)


@pytest.fixture(scope="module")
def target(other: LabelledSet, small: dict[str, Any], stages: Path) -> Target:
    return Target.of(look(other, small, stages, stages), channels=2, length=24)


class TestTransfer:
    def test_on_its_own_set_zero_shot_is_the_aligned_head(
        self, system: System, source: LabelledSet, small: dict[str, Any], stages: Path, tmp_path: Path
    ) -> None:
        target = Target.of(look(source, small, stages, tmp_path), channels=2, length=24)
        batch = system.scaling.apply(source.test_cases)
        expected = np.exp(system.log_probabilities("aligned", batch, system.tokens(batch)))
        said = zero_shot(target, system)(source.test_cases)
        np.testing.assert_allclose(said.probabilities, expected, atol=2e-2)
        assert said.classes == source.classes
        assert said.labels == tuple(source.classes[index] for index in said.probabilities.argmax(1))

    def test_only_bridge_and_adapters_learn(self, system: System, target: Target, tmp_path: Path) -> None:
        before = {name: value.clone() for name, value in system.naming.network.state_dict().items()}
        naming = lora_alone(target, system, StageCache(tmp_path))
        for name, value in naming.network.state_dict().items():
            torch.testing.assert_close(value, before[name], atol=0, rtol=0)
            torch.testing.assert_close(system.naming.network.state_dict()[name], before[name], atol=0, rtol=0)
        learning = {name.partition(".")[0] for name, part in naming.trained().items() if part.requires_grad}
        assert learning == {"bridge", "adapter"}
        # What low-rank adapters start with adds nothing.
        assert all(bool(part.abs().max() > 0) for name, part in naming.reader.adapters.items() if "lora_B" in name)
        assert all(part.requires_grad for part in system.naming.network.parameters())

    def test_finished_training_is_taken_up(
        self, system: System, target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = lora_alone(target, system, StageCache(tmp_path))
        monkeypatch.setattr("scripts.classification.transfer.train_naming", None)
        again = lora_alone(target, system, StageCache(tmp_path))
        for name, value in naming_arrays(first).items():
            np.testing.assert_array_equal(naming_arrays(again)[name], value)
        cases = target.chosen.test_cases
        answers = [by_language_model(target, system.sources, one)(cases).probabilities for one in (first, again)]
        np.testing.assert_array_equal(*answers)

    def test_rows(
        self, system: System, source: LabelledSet, other: LabelledSet, small: dict[str, Any], stages: Path, tmp_path: Path
    ) -> None:
        before = sorted(path.name for path in (stages / "Source").iterdir())
        rows = look_at_transfer(look(other, small, stages, tmp_path, others={"Source": source}))
        assert sorted(path.name for path in (stages / "Source").iterdir()) == before
        found = {(row.model, row.ablation) for row in rows if row.metric == "accuracy" and 0 <= row.value <= 1}
        assert found == {
            ("hitime-aligned", "transfer zero-shot from Source"),
            ("hitime-language", "transfer LoRA alone from Source"),
        }
        assert {row.dataset for row in rows} == {"Other"}
        (count,) = {row.value for row in rows if row.metric == "trainable_parameters"}
        # The bridge from 16 to 16, the embeddings' scale, and two layers of rank 2 on queries (16 to 16) and values (16 to 8).
        assert count == 16 * 16 + 16 + 1 + 2 * 2 * (16 + 16 + 16 + 8)
