"""Encoders: shapes, masks, padding, and what each can learn."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from models.encoders import ENCODERS, MaskedBatchNorm, build_encoder, masked_mean


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize(("length", "channels"), [(8, 2), (51, 24), (206, 3)])
def test_tokens_have_the_width_and_about_the_number_asked_for(name, length, channels):
    encoder = build_encoder(name, channels=channels, length=length, width=16, tokens=10)
    tokens, mask = encoder(torch.randn(3, length, channels), torch.ones(3, length, dtype=torch.bool))
    assert tokens.shape[::2] == (3, 16)
    assert mask.shape == tokens.shape[:2]
    assert mask.all()
    assert 4 <= tokens.shape[1] <= 12
    assert torch.isfinite(tokens).all()


@pytest.mark.parametrize("name", ENCODERS)
def test_a_series_has_the_same_tokens_alone_and_padded_in_company(name):
    encoder = build_encoder(name, channels=3, length=100, width=16, tokens=10).train()
    values, observed = torch.randn(8, 100, 3), torch.ones(8, 100, dtype=torch.bool)
    values[2, 60:], observed[2, 60:] = 0, False
    encoder(values, observed)
    encoder.eval()
    with torch.no_grad():
        together, mask = encoder(values, observed)
        alone, _ = encoder(values[2:3, :60], observed[2:3, :60])
    count = int(mask[2].sum())
    assert count < mask.shape[1]
    assert together[2, :count] == pytest.approx(alone[0, :count], abs=1e-5)
    assert (together[2, count:] == 0).all()


@pytest.mark.parametrize("name", ENCODERS)
def test_a_series_without_any_value_has_tokens_of_zeros(name):
    encoder = build_encoder(name, channels=3, length=100, width=16, tokens=10).eval()
    observed = torch.ones(2, 100, dtype=torch.bool)
    observed[1] = False
    tokens, mask = encoder(torch.randn(2, 100, 3) * observed[..., None], observed)
    assert torch.isfinite(tokens).all()
    assert mask[0].all() and not mask[1].any() and not tokens[1].any()


@pytest.mark.parametrize("name", ENCODERS)
def test_a_bump_early_or_late_is_told_apart(name):
    def batch(count):
        late = torch.arange(count) % 2
        values = 0.3 * torch.randn(count, 60, 2)
        for row, side in enumerate(late):
            start = 12 + 30 * int(side)
            values[row, start : start + 6, 0] += 2
        return values, torch.ones(count, 60, dtype=torch.bool), late

    encoder = build_encoder(name, channels=2, length=60, width=16, tokens=6).train()
    head = torch.nn.Linear(16 * 6, 2)
    optimiser = torch.optim.Adam([*encoder.parameters(), *head.parameters()], lr=5e-3)
    for _ in range(40):
        values, observed, late = batch(16)
        loss = functional.cross_entropy(head(encoder(values, observed)[0][:, :6].flatten(1)), late)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    encoder.eval()
    values, observed, late = batch(64)
    with torch.no_grad():
        right = (head(encoder(values, observed)[0][:, :6].flatten(1)).argmax(1) == late).float().mean()
    assert right > 0.9


def test_batch_statistics_leave_out_what_was_not_observed():
    hidden, mask = torch.randn(4, 3, 10) * 2 + 5, torch.ones(4, 1, 10)
    mask[1, :, 4:] = 0
    norm = MaskedBatchNorm(3).train()
    found = norm(hidden, mask).detach()
    seen = mask.expand_as(hidden).bool()
    for row in range(3):
        kept = found[:, row][seen[:, row]]
        assert kept.mean() == pytest.approx(0, abs=1e-5)
        assert kept.var(correction=0) == pytest.approx(1, abs=1e-3)
    assert (found[~seen] == 0).all()
    plain = torch.nn.BatchNorm1d(3).train()
    whole = torch.ones(4, 1, 10)
    fresh = MaskedBatchNorm(3).train()
    assert fresh(hidden, whole).detach() == pytest.approx(plain(hidden).detach(), abs=1e-5)
    assert fresh.variance == pytest.approx(plain.running_var, rel=1e-5)


def test_a_masked_mean_counts_tokens_that_hold_something():
    tokens = torch.tensor([[[2.0], [4.0], [90.0]], [[1.0], [1.0], [1.0]]])
    mask = torch.tensor([[True, True, False], [False, False, False]])
    assert masked_mean(tokens, mask).tolist() == [[3.0], [0.0]]
