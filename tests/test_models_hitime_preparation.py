"""From cases to what HiTime's networks read: scaling, uncorrelated mixtures, and how cases are varied."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.config import AugmentationConfig
from models.errors import BadInput
from models.hitime.augmentation import Augmentation
from models.hitime.decorrelation import Decorrelation
from models.hitime.preparation import LARGEST, LONGEST, MOST_CHANNELS, Scaling
from tests.hitime_cases import waves

STILL = AugmentationConfig(warp=0, crop=0, scale=0, shift=0, noise=0, gap=0)


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

    @pytest.mark.parametrize("values", [torch.randn(4, 5, 1), torch.zeros(4, 5, 3)], ids=["one channel", "nothing varies"])
    def test_what_has_no_mixtures_stays_as_it_is(self, values):
        assert Decorrelation.of(values, torch.ones(4, 5, dtype=torch.bool)).apply(values) is values
