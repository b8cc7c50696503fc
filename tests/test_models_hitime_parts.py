"""HiTime's parts on made waves: preparation, sources, alignment, heads, the stages' cache."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.config import AlignmentConfig, AugmentationConfig, HiTimeConfig, config_from_dict
from models.errors import BadInput
from models.hitime.alignment import ClassTexts, QueryingTransformer, alignment_loss, coarse_loss, mislabelled, train_alignment
from models.hitime.augmentation import Augmentation
from models.hitime.decorrelation import Decorrelation
from models.hitime.heads import calibrated, own_layers
from models.hitime.optimisation import shuffled_rows, step_size
from models.hitime.preparation import LARGEST, LONGEST, MOST_CHANNELS, Batch, Scaling
from models.hitime.sources import Sources, Tokens, features
from models.hitime.stage_cache import StageCache, fingerprint
from models.hitime.stages import arrays_of, load
from models.hitime.task_encoder import TaskEncoder, in_batches, pooled
from models.monitor import SILENT
from tests.hitime_cases import small_config, waves

STILL = AugmentationConfig(warp=0, crop=0, scale=0, shift=0, noise=0, gap=0)


@pytest.fixture(scope="module")
def small():
    return small_config("unused")


def varied(batch, config, seed):
    """Each channel for itself."""
    return Augmentation(config, Decorrelation())(batch, torch.Generator().manual_seed(seed))


class TestPreparation:
    def test_channels_are_standardised_over_all_cases(self):
        cases, _ = waves()
        cases[:, 1] = 1e6 + 50 * cases[:, 1]
        batch = Scaling.of(cases).apply(cases)
        assert batch.values.shape == (24, 24, 2)
        assert batch.observed.all()
        np.testing.assert_allclose(batch.values.mean((0, 1)), 0, atol=1e-4)
        np.testing.assert_allclose(batch.values.std((0, 1), correction=0), 1, atol=1e-4)

    def test_gaps_and_ends(self):
        cases, _ = waves(channels=2)
        scaling = Scaling.of(cases)
        cases[0, :, 20:] = np.nan
        cases[1, 0, 3:6] = np.nan
        cases[2, 1] = np.nan
        batch = scaling.apply(cases)
        assert batch.observed[0].tolist() == [True] * 20 + [False] * 4
        assert (batch.values[0, 20:] == 0).all()
        line = np.interp([3, 4, 5], [2, 6], batch.values[1, [2, 6], 0])
        np.testing.assert_allclose(batch.values[1, 3:6, 0], line, atol=1e-6)
        assert batch.observed[1].all()
        assert (batch.values[2, :, 1] == 0).all()

    def test_lengths(self):
        scaling = Scaling.of(waves(steps=24)[0])
        short = scaling.apply(waves(steps=10)[0])
        assert short.values.shape == (24, 24, 2)
        assert short.observed.sum(1).tolist() == [10] * 24
        assert scaling.apply(waves(steps=96)[0]).values.shape == (24, 24, 2)
        long = np.arange(10_000.0).reshape(1, 1, -1)
        batch = Scaling.of(long).apply(long)
        assert batch.values.shape == (1, 1_000, 1)
        assert batch.values.shape[1] <= LONGEST
        assert (batch.values.diff(dim=1) > 0).all()

    def test_a_case_is_read_alike_in_any_company(self):
        cases, _ = waves(steps=96)
        scaling = Scaling.of(np.pad(cases, ((0, 0), (0, 0), (0, 80)), constant_values=np.nan))
        assert scaling.length == 96
        alone = scaling.apply(cases[:1, :, :90])
        wide = np.full((2, 2, 192), np.nan)
        wide[0, :, :90], wide[1] = cases[0, :, :90], np.tile(cases[1], 2)
        together = scaling.apply(wide)
        torch.testing.assert_close(together.values[0], alone.values[0], atol=0, rtol=0)
        assert together.observed.sum(1).tolist() == [90, 96]
        twice = scaling.apply(np.repeat(cases[1:2], 2, axis=2))
        torch.testing.assert_close(twice.values, scaling.apply(cases[1:2]).values)
        reduced = Scaling.of(waves(steps=2_000)[0])
        assert (reduced.span, reduced.length) == (2, 1_000)
        assert reduced.apply(waves(steps=900)[0]).observed.sum(1).tolist() == [450] * 24

    def test_warping_keeps_scattered_gaps(self):
        cases = np.tile(np.sin(np.linspace(0, 6, 60)), (200, 1, 1))
        cases[:, :, 1::2] = np.nan
        batch = Scaling.of(cases).apply(cases)
        config = AugmentationConfig(scale=0, shift=0, noise=0, gap=0)
        warped = varied(batch, config, 0)
        assert warped.observed.float().mean() == pytest.approx(0.5, abs=0.05)
        # Values come from observed steps alone: none is drawn towards the zeros that stand for missing ones.
        known = np.unique(batch.values[0][batch.observed[0]].round(decimals=4).numpy())
        found = warped.values[warped.observed].round(decimals=4).numpy()
        assert np.isin(found, known).mean() > 0.95

    def test_very_many_channels_become_their_first_components(self):
        few = waves(count=8, steps=30)[0]
        mixing = np.random.default_rng(0).normal(size=(MOST_CHANNELS + 5, 2))
        many = np.einsum("bct,kc->bkt", few, mixing)
        many[0, :, 20:] = np.nan
        scaling = Scaling.of(many)
        batch = scaling.apply(many)
        assert scaling.width == batch.values.shape[2] == MOST_CHANNELS
        # Two waves are behind all channels, so two components hold them; gaps stay gaps.
        sizes = batch.values[batch.observed].std(0)
        assert float(sizes[1]) > 100 * float(sizes[2])
        assert batch.observed[0].sum() == 20 and (batch.values[0, 20:] == 0).all()
        restored = Scaling.from_arrays(scaling.arrays())
        torch.testing.assert_close(restored.apply(many).values, batch.values, atol=0, rtol=0)
        with pytest.raises(BadInput, match="mixing"):
            Scaling.from_arrays(scaling.arrays() | {"mixing": np.ones((3, 2))})

    def test_a_constant_channel_and_a_spike(self):
        cases, _ = waves()
        cases[:, 0] = 7.0
        scaling = Scaling.of(cases)
        assert (scaling.apply(cases).values[..., 0] == 0).all()
        cases[0, 1, 5] = 1e9
        assert float(scaling.apply(cases).values.max()) == LARGEST

    def test_disturbances_do_not_drown_what_hardly_differs_between_channels(self):
        cases = np.repeat(waves(count=200)[0][:, :1], 2, axis=1)
        cases[:, 1] += 0.02 * np.random.default_rng(0).normal(size=cases[:, 1].shape)
        batch = Scaling.of(cases).apply(cases)
        apart = varied(batch, AugmentationConfig(warp=0, crop=0, gap=0), 0).values.diff(dim=2)
        known = AugmentationConfig(warp=0, crop=0, gap=0)
        together = Augmentation(known, Decorrelation.of(batch.values, batch.observed))
        kept = together(batch, torch.Generator().manual_seed(0)).values.diff(dim=2)
        before = float(batch.values.diff(dim=2).std())
        assert float(apart.std()) > 5 * before
        assert float(kept.std()) < 2 * before
        assert float((together(batch, torch.Generator().manual_seed(0)).values - batch.values).std()) > 0.1

    def test_without_disturbances_cases_stay(self):
        batch = Scaling.of(waves()[0]).apply(waves()[0])
        same = varied(batch, STILL, 0)
        torch.testing.assert_close(same.values, batch.values)

    def test_warping_keeps_ends_and_masks(self):
        cases = np.tile(np.linspace(-1, 1, 40), (8, 1, 1))
        cases[0, :, 30:] = np.nan
        batch = Scaling.of(cases).apply(cases)
        config = AugmentationConfig(warp=0.5, crop=0, scale=0, shift=0, noise=0, gap=0)
        warped = varied(batch, config, 1)
        torch.testing.assert_close(warped.observed, batch.observed)
        torch.testing.assert_close(warped.values[1:, [0, -1]], batch.values[1:, [0, -1]], atol=1e-4, rtol=0)
        torch.testing.assert_close(warped.values[0, 29], batch.values[0, 29], atol=1e-4, rtol=0)
        assert (warped.values[1:].diff(dim=1) >= 0).all()
        assert float((warped.values - batch.values).abs().max()) > 0.05

    def test_draws_are_seeded(self):
        batch = Scaling.of(waves()[0]).apply(waves()[0])
        first, second, third = (varied(batch, AugmentationConfig(), seed).values for seed in (3, 3, 4))
        torch.testing.assert_close(first, second, atol=0, rtol=0)
        assert not torch.equal(first, third)


class TestDecorrelation:
    def test_mixtures_are_uncorrelated_and_undone(self):
        generator = torch.Generator().manual_seed(0)
        values = torch.randn(50, 20, 3, generator=generator) @ torch.tensor([[1.0, 0.9, 0.2], [0, 0.3, 0.1], [0, 0, 0.9]])
        observed = torch.ones(50, 20, dtype=torch.bool)
        decorrelation = Decorrelation.of(values, observed)
        mixed = decorrelation.apply(values)
        found = torch.cov(mixed.reshape(-1, 3).T)
        assert float(torch.corrcoef(values.reshape(-1, 3).T)[0, 1]) > 0.9
        # What is added to the variances, lest small ones are enlarged without bound, leaves a little.
        torch.testing.assert_close(found, torch.diag(found.diagonal()), atol=0.1, rtol=0)
        assert ((found.diagonal() > 0.8) & (found.diagonal() < 1.01)).all()
        torch.testing.assert_close(decorrelation.undo(mixed), values, atol=1e-4, rtol=0)

    def test_equal_and_constant_channels_stay_finite(self):
        values = torch.randn(10, 20, 1, generator=torch.Generator().manual_seed(0)).repeat(1, 1, 3)
        values[..., 2] = 0
        decorrelation = Decorrelation.of(values, torch.ones(10, 20, dtype=torch.bool))
        assert float(decorrelation.apply(values).abs().max()) < 100
        torch.testing.assert_close(decorrelation.undo(decorrelation.apply(values)), values, atol=1e-2, rtol=0)

    def test_one_channel_stays_as_it_is(self):
        values = torch.randn(4, 5, 1)
        assert Decorrelation.of(values, torch.ones(4, 5, dtype=torch.bool)).apply(values) is values


class TestSources:
    def sources(self, small, cases, length=24):
        config = config_from_dict(HiTimeConfig, small)
        sources = Sources(patches=6)
        torch.manual_seed(0)
        for member in config.task.members:
            sources.task.append(TaskEncoder(member, config.task, channels=2, length=length, classes=2).eval())
        sources.measure(cases)
        return sources

    def test_tokens_are_standardised_and_alike_in_company(self, small):
        batch = Scaling.of(waves()[0]).apply(waves()[0])
        sources = self.sources(small, batch)
        tokens = sources.tokens(batch)
        assert {name: (shape.tokens, shape.width) for name, shape in tokens.shapes().items()} == {
            "task0": (6, 16), "task1": (6, 16), "patches": (4, 12),
        }  # fmt: skip
        for name, (values, mask) in tokens.items():
            assert mask.all()
            summary = 0 if name == "patches" else 2
            np.testing.assert_allclose(values[:, :summary].mean(0), 0, atol=2e-3)
            np.testing.assert_allclose(values[:, summary:].mean((0, 1)), 0, atol=2e-3)
        alone = sources.tokens(batch.rows(torch.tensor([3])))
        torch.testing.assert_close(alone.parts["task0"][0][0], tokens.parts["task0"][0][3])
        assert features(tokens).shape == (24, 2 * 2 * 16 + 48)

    def test_a_token_that_one_training_case_reaches_is_not_blown_up(self, small):
        cases, _ = waves(count=40, steps=48)
        cases[1:, :, 24:] = np.nan
        scaling = Scaling.of(cases)
        sources = self.sources(small, scaling.apply(cases), length=48)
        new, _ = waves(count=40, steps=48, seed=1)
        for values, _ in sources.tokens(scaling.apply(new)).values():
            assert float(values.abs().max()) < 15

    def test_own_layers_are_the_mean_of_the_encoders_logits(self, small):
        batch = Scaling.of(waves()[0]).apply(waves()[0])
        sources = self.sources(small, batch)
        sources.patches = 0
        sources.measure(batch)
        head = own_layers(sources, 2)
        logits = torch.stack([in_batches(encoder, batch)[0] for encoder in sources.task]).mean(0)
        expected = logits.double().log_softmax(1).numpy()
        found = head.log_probabilities(features(sources.tokens(batch)).double().numpy())
        np.testing.assert_allclose(found, expected, atol=1e-4)

    def test_pooling_leaves_out_what_does_not_count(self):
        tokens = torch.tensor([[[1.0], [3.0], [99.0]]])
        assert pooled(tokens, torch.tensor([[True, True, False]])).tolist() == [[2.0, 3.0]]
        assert pooled(tokens, torch.zeros(1, 3, dtype=torch.bool)).tolist() == [[0.0, 0.0]]


class Elsewhere(torch.nn.Module):
    """A network on a device without memory, that tells where its cases were and gives results that tell of their way back."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1, device="meta"))
        self.seen, self.brought = [], []

    def forward(self, values, observed):
        self.seen.append((values.device.type, observed.device.type, len(values)))
        first = torch.arange(len(values), dtype=torch.float32)
        return tuple(_Result(part, self.brought) for part in (first, first > 0))

    def method(self, values, observed):
        return self(values, observed)[0]


class _Result:
    def __init__(self, values, brought):
        self.values, self.brought = values, brought

    def cpu(self):
        self.brought.append(len(self.values))
        return self.values


def test_cases_go_to_where_a_network_is_and_only_results_come_back():
    batch = Batch(torch.zeros(300, 4, 1), torch.ones(300, 4, dtype=torch.bool))
    network = Elsewhere()
    numbers, mask = in_batches(network, batch)
    assert network.seen == [("meta", "meta", 256), ("meta", "meta", 44)]
    assert network.brought == [256, 256, 44, 44]
    assert numbers.tolist() == [*range(256), *range(44)]
    assert mask.sum() == 298 and batch.values.device.type == "cpu"
    network.seen.clear()
    (found,) = in_batches(network.method, batch)
    assert torch.equal(found, numbers)
    assert [place for place, _, _ in network.seen] == ["meta", "meta"]
    (found,) = in_batches(lambda values, observed: values.sum(1), batch)
    assert found.shape == (300, 1)


class TestAlignment:
    CONFIG = AlignmentConfig(queries=3, width=16, layers=1, heads=2, steps=300, dropout=0.0)

    def parts(self, config=CONFIG, classes=3, cases=30):
        generator = torch.Generator().manual_seed(0)
        targets = torch.arange(cases) % classes
        centres = torch.randn(classes, 4, 8, generator=generator)
        values = centres[targets] + 0.3 * torch.randn(cases, 4, 8, generator=generator)
        tokens = Tokens({"task0": (values, torch.ones(cases, 4, dtype=torch.bool))})
        texts = ClassTexts(torch.randn(classes, 5, 12, generator=generator), torch.ones(classes, 5, dtype=torch.bool))
        torch.manual_seed(0)
        return QueryingTransformer(tokens.shapes(), 12, config), tokens, texts, targets

    def test_the_coarse_loss_is_the_binary_cross_entropy_of_same_labels(self):
        similarities = torch.tensor([[2.0, -1.0], [0.5, 0.0], [-3.0, 1.0]])
        targets = torch.tensor([0, 0, 1])
        between = similarities.numpy()[:, [0, 0, 1]]
        same = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]])
        chance = 1 / (1 + np.exp(-between))
        expected = -np.mean(same * np.log(chance) + (1 - same) * np.log(1 - chance))
        assert float(coarse_loss(similarities, targets)) == pytest.approx(expected, rel=1e-5)

    @pytest.mark.parametrize("losses", ["both", "coarse", "fine"])
    def test_it_learns_which_text_belongs(self, losses):
        config = replace(self.CONFIG, losses=losses)
        network, tokens, texts, targets = self.parts(config)
        before = alignment_loss(network, tokens, texts, targets).item()
        train_alignment(network, tokens, texts, targets, seed=0, monitor=SILENT)
        assert alignment_loss(network, tokens, texts, targets).item() < 0.5 * before
        with torch.no_grad():
            series = network.read(tokens)
            right = network.matches(series, texts, targets).argmax(1)
            wrong = network.matches(series, texts, (targets + 1) % 3).argmax(1)
            nearest = network.similarities(network(tokens), network.texts(texts)).argmax(1)
        if losses != "fine":
            assert (nearest == targets).float().mean() > 0.95
        if losses != "coarse":
            assert (right == 1).float().mean() > 0.9
            assert (wrong == 0).float().mean() > 0.9

    def test_a_batch_of_one_class_has_a_loss(self):
        network, tokens, texts, targets = self.parts()
        assert torch.isfinite(alignment_loss(network, tokens, texts, torch.zeros_like(targets)))

    def test_masked_tokens_and_words_are_not_read(self):
        network, tokens, texts, _ = self.parts()
        network.eval()
        values, mask = tokens.parts["task0"]
        mask = mask.clone()
        mask[:, 2:] = False
        other = torch.where(mask[..., None], values, 7.0)
        seen = [network(Tokens({"task0": (part, mask)})) for part in (values, other)]
        torch.testing.assert_close(seen[0], seen[1])
        assert not torch.allclose(seen[0], network(tokens))
        known = texts.mask.clone()
        known[:, 3:] = False
        longer = ClassTexts(torch.where(known[..., None], texts.embedded, 5.0), known)
        torch.testing.assert_close(network.texts(ClassTexts(texts.embedded, known)), network.texts(longer))


def test_a_share_of_the_cases_gets_another_text_in_all_its_rows():
    targets = (torch.arange(500) % 4).repeat(3)
    given = mislabelled(targets, 500, 4, 0.2, seed=1).reshape(3, 500)
    assert (given == given[0]).all()
    wrong = given[0] != targets[:500]
    assert wrong.float().mean() == pytest.approx(0.2, abs=0.04)
    assert given.max() == 3
    assert torch.equal(mislabelled(targets, 500, 4, 0.0, seed=1), targets)


def test_steps_cover_all_cases():
    rows = shuffled_rows(10, 4, 5, torch.Generator().manual_seed(0))
    assert [len(row) for row in rows] == [4] * 5
    assert sorted(torch.cat(rows).tolist()) == sorted([*range(10), *range(10)])
    assert [step_size(cases, 16) for cases in (3, 40, 2_000, 10**6)] == [3, 16, 40, 128]


def test_nothing_is_surer_than_the_held_out_cases_allow():
    np.testing.assert_allclose(calibrated(np.log([[1 - 1e-9, 1e-9]]), 1.0, 18), [[18.5 / 19, 0.5 / 19]], atol=1e-6)


class TestStageCache:
    def test_equal_inputs_are_trained_once(self, tmp_path):
        cache, calls = StageCache(tmp_path), []

        def train():
            calls.append(1)
            return {"weights": np.arange(3, dtype=np.float16)}

        for seed in (0, 0, 1):
            np.testing.assert_array_equal(cache.get("stage", {"seed": seed}, train)["weights"], [0, 1, 2])
        assert len(calls) == 2
        damaged = next(tmp_path.iterdir())
        damaged.write_bytes(damaged.read_bytes()[:20])
        for seed in (0, 1):
            cache.get("stage", {"seed": seed}, train)
        assert len(calls) == 3
        StageCache().get("stage", {"seed": 0}, train)
        assert len(calls) == 4
        StageCache(tmp_path, "cuda").get("stage", {"seed": 0}, train)
        assert len(calls) == 5

    def test_a_stage_that_cannot_be_kept_is_still_given(self, tmp_path, caplog):
        occupied = tmp_path / "file"
        occupied.write_text("no folder")
        found = StageCache(occupied).get("stage", {}, lambda: {"weights": np.arange(3, dtype=np.float16)})
        assert found["weights"].tolist() == [0, 1, 2]
        assert "could not be kept" in caplog.text and occupied.read_text() == "no folder"

    def test_a_fingerprint_knows_values_and_shapes(self):
        table = np.arange(6.0)
        names = {fingerprint(table), fingerprint(table.reshape(2, 3)), fingerprint(table + 1e-12), fingerprint(table, table)}
        assert len(names) == 4
        assert fingerprint(table) == fingerprint(table.copy())

    def test_states_pass_through_half_precision(self):
        first, second = torch.nn.Linear(4, 3), torch.nn.Linear(4, 3)
        arrays = arrays_of(first)
        load(second, arrays)
        torch.testing.assert_close(second.weight, first.weight.half().float(), atol=0, rtol=0)
        assert all(np.array_equal(arrays_of(second)[name], arrays[name]) for name in arrays)


def test_a_batch_moves_and_selects():
    batch = Batch(torch.arange(12.0).reshape(3, 4, 1), torch.ones(3, 4, dtype=torch.bool))
    assert batch.rows(torch.tensor([2, 0])).values[:, 0, 0].tolist() == [8.0, 0.0]
    assert len(batch.to("cpu")) == 3
