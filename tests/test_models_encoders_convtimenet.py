"""ConvTimeNet by numbers: its kernels, its feed-forward parts, its patches that move, the learnt scale of its residuals."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from models.encoders import _convolved_by_channel, _ConvTimeBlock, _DeformablePatches, build_encoder

WIDTH = 6


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def block(kernel):
    """A block in evaluation mode, none of whose numbers is still what it began with."""
    made = _ConvTimeBlock(WIDTH, kernel, 0.1).eval()
    with torch.no_grad():
        made.bias.normal_()
        made.shares.copy_(torch.tensor([0.3, 0.8]))
        for norm in made.normalise:
            for part in (norm.scale, norm.shift, norm.mean):
                part.normal_()
            norm.variance.uniform_(0.5, 2)
    return made


def normalised(norm, hidden, mask):
    return functional.batch_norm(hidden, norm.mean, norm.variance, norm.scale, norm.shift) * mask


def masked(steps, batch=3):
    hidden, mask = torch.randn(batch, WIDTH, steps), torch.ones(batch, 1, steps)
    mask[1, :, (steps + 1) // 2 :] = 0
    return hidden * mask, mask


def rebuilt(block, hidden, mask):
    """A block's result with each kernel convolved for itself."""
    large = functional.conv1d(hidden, block.large, padding=block.large.shape[2] // 2, groups=WIDTH)
    small = functional.conv1d(hidden, block.small, padding=1, groups=WIDTH)
    mixed = functional.gelu(large + small + block.bias[:, None])
    hidden = normalised(block.normalise[0], hidden + block.shares[0] * mixed, mask)
    first, active, _, last = block.forward_part
    fed = last(active(first(hidden.transpose(1, 2)))).transpose(1, 2)
    return normalised(block.normalise[1], hidden + block.shares[1] * fed, mask)


@pytest.mark.parametrize("kernel", [7, 13, 19])
@pytest.mark.parametrize("steps", [1, 4, 40])
def test_one_merged_kernel_gives_what_both_kernels_give(kernel, steps):
    made, (hidden, mask) = block(kernel), masked(steps)
    with torch.no_grad():
        torch.testing.assert_close(made(hidden, mask), rebuilt(made, hidden, mask), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kernel", [1, 3, 7, 19])
@pytest.mark.parametrize("steps", [1, 2, 7, 33])
def test_a_convolution_by_channel_is_torchs_grouped_one(kernel, steps):
    hidden, kernels = torch.randn(2, 5, steps), torch.randn(5, kernel)
    expected = functional.conv1d(hidden, kernels[:, None], padding=kernel // 2, groups=5)
    torch.testing.assert_close(_convolved_by_channel(hidden, kernels), expected, atol=1e-5, rtol=1e-5)


def test_a_convolution_by_channel_passes_torchs_gradients_on():
    hidden, kernels = torch.randn(2, 5, 9, requires_grad=True), torch.randn(5, 7, requires_grad=True)
    weights = torch.randn(2, 5, 9)
    ours = torch.autograd.grad((_convolved_by_channel(hidden, kernels) * weights).sum(), (hidden, kernels))
    grouped = functional.conv1d(hidden, kernels[:, None], padding=3, groups=5)
    theirs = torch.autograd.grad((grouped * weights).sum(), (hidden, kernels))
    for found, expected in zip(ours, theirs, strict=True):
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("share", [0, 1])
def test_without_its_share_a_part_of_a_block_adds_nothing(share):
    made, (hidden, mask) = block(7), masked(20)
    with torch.no_grad():
        before = made(hidden, mask)
        made.shares[share] = 0
        without = made(hidden, mask)
        for part in (made.large, made.small, made.bias) if share == 0 else made.forward_part.parameters():
            part.normal_()
        assert (without - before).abs().max() > 0.01
        # Whatever the part is, nothing of it comes through; with the other part off too, both normalisations alone are left.
        torch.testing.assert_close(made(hidden, mask), without)
        made.shares.zero_()
        kept = normalised(made.normalise[1], normalised(made.normalise[0], hidden, mask), mask)
        torch.testing.assert_close(made(hidden, mask), kept, atol=1e-5, rtol=1e-5)


def network():
    made = build_encoder("convtimenet", channels=2, length=48, width=WIDTH, tokens=6).eval()
    return made, torch.randn(3, 48, 2), torch.ones(3, 48, dtype=torch.bool)


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize(
    "part", ["feed-forward", "large kernel", "small kernel", "scale of the convolution", "scale of the rest"]
)
def test_every_part_of_every_block_reaches_the_tokens(number, part):
    made, values, observed = network()
    chosen = made.blocks[number]
    parameter = {
        "feed-forward": chosen.forward_part[-1].weight,
        "large kernel": chosen.large,
        "small kernel": chosen.small,
        "scale of the convolution": chosen.shares[:1],
        "scale of the rest": chosen.shares[1:],
    }[part]
    with torch.no_grad():
        before = made(values, observed)[0]
        parameter.add_(1.0)
        assert (made(values, observed)[0] - before).abs().max() > 1e-3


def test_training_reaches_everything_that_is_learnt():
    made, values, observed = network()
    made.train()
    tokens, _ = made(values, observed)
    (tokens * torch.randn_like(tokens)).sum().backward()
    # What lies before the patches' moves learns as soon as these have left zero.
    still = ("patches.offsets.0.weight", "patches.offsets.0.bias")
    learnt = dict(made.named_parameters())
    assert {f"blocks.{number}.shares" for number in range(6)} < set(learnt)
    for name, parameter in learnt.items():
        assert bool(parameter.grad.abs().max() > 0) != (name in still), name


class TestPatches:
    SIZE, STRIDE = 8, 4

    def patches(self, moved=0.0, widened=0.0):
        made = _DeformablePatches(2, WIDTH, self.SIZE).eval()
        with torch.no_grad():
            made.offsets[-1].bias.copy_(torch.tensor([moved, widened]))
        return made

    def expected(self, made, points):
        """The tokens of points (patch, point, channel)."""
        with torch.no_grad():
            embedded = made.embed(points.flatten(1)).T[None]
            return functional.gelu(normalised(made.normalise, embedded, 1.0))[0].T

    def found(self, made, values):
        with torch.no_grad():
            tokens, mask = made(values[None], torch.ones(1, len(values), dtype=torch.bool))
        assert mask.all() and tokens.shape == (1, WIDTH, len(values) // self.STRIDE)
        return tokens[0].T

    def test_unmoved_patches_are_the_usual_ones(self):
        made, values = self.patches(), torch.randn(40, 2)
        usual = values.unfold(0, self.SIZE, self.STRIDE).transpose(1, 2)
        torch.testing.assert_close(self.found(made, values)[:9], self.expected(made, usual), atol=1e-5, rtol=1e-5)

    @pytest.mark.parametrize("steps", [1, 3, -2])
    def test_patches_move_by_whole_steps(self, steps):
        made, values = self.patches(moved=float(steps)), torch.randn(40, 2)
        usual = values.roll(-steps, 0).unfold(0, self.SIZE, self.STRIDE).transpose(1, 2)
        # The first patch would begin before the series and the last ones end behind it.
        inside = slice(1, 8)
        torch.testing.assert_close(self.found(made, values)[inside], self.expected(made, usual)[inside], atol=1e-4, rtol=1e-4)

    def test_between_two_steps_a_patch_reads_their_blend(self):
        made, values = self.patches(moved=0.25), torch.randn(40, 2)
        blended = 0.75 * values + 0.25 * values.roll(-1, 0)
        usual = blended.unfold(0, self.SIZE, self.STRIDE).transpose(1, 2)
        torch.testing.assert_close(self.found(made, values)[:8], self.expected(made, usual)[:8], atol=1e-4, rtol=1e-4)

    def test_a_widened_patch_reads_from_further_away(self):
        # Half of a patch is 3.5 steps; widened by 1.75 its eight points lie 1.5 steps apart.
        made, line = self.patches(widened=1.75), torch.arange(40.0)[:, None].expand(-1, 2)
        middles = torch.arange(1, 7) * self.STRIDE + 3.5
        places = middles[:, None] + 1.5 * (torch.arange(8) - 3.5)
        found, expected = self.found(made, line)[1:7], self.expected(made, places[..., None].expand(-1, -1, 2))
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)

    def test_a_patch_of_one_step_stays_there_however_wide(self):
        made, values = _DeformablePatches(2, WIDTH, 1).eval(), torch.randn(5, 2)
        with torch.no_grad():
            made.offsets[-1].bias.copy_(torch.tensor([0.0, 2.0]))
            tokens, _ = made(values[None], torch.ones(1, 5, dtype=torch.bool))
        torch.testing.assert_close(tokens[0].T, self.expected(made, values[:, None]), atol=1e-5, rtol=1e-5)

    def test_a_patch_that_is_moved_over_the_ends_reads_the_ends(self):
        values = torch.randn(40, 2)
        for moved, end in ((-100.0, values[0]), (100.0, values[-1])):
            made = self.patches(moved=moved)
            ends = end.expand(10, self.SIZE, 2)
            torch.testing.assert_close(self.found(made, values), self.expected(made, ends), atol=1e-5, rtol=1e-5)

    def test_each_patch_is_moved_by_what_it_covers(self):
        made = self.patches()
        values = torch.randn(40, 2)
        with torch.no_grad():
            before = self.found(made, values)
            made.offsets[-1].weight.normal_(0, 0.1)
            moved = self.found(made, values)
            # Far behind what the first patch covers and may be moved to.
            values[30:] = torch.randn(10, 2)
            elsewhere = self.found(made, values)
        assert ((moved - before).abs().amax(1) > 1e-3).all()
        torch.testing.assert_close(elsewhere[0], moved[0])
        assert (elsewhere[-2] - moved[-2]).abs().max() > 1e-3


@pytest.mark.parametrize("steps", [1, 2, 3, 5])
def test_series_shorter_than_a_patch_have_a_token(steps):
    made = build_encoder("convtimenet", channels=2, length=64, width=WIDTH, tokens=4).eval()
    assert made.patches.size == 32
    values = torch.randn(2, 64, 2)
    observed = torch.ones(2, 64, dtype=torch.bool)
    values[0, steps:], observed[0, steps:] = 0, False
    with torch.no_grad():
        together, mask = made(values, observed)
        alone, seen = made(values[:1, :steps], observed[:1, :steps])
    assert seen.tolist() == [[True]] and mask.tolist() == [[True, False, False, False], [True] * 4]
    assert torch.isfinite(alone).all() and alone.abs().max() > 0
    torch.testing.assert_close(together[0, :1], alone[0], atol=1e-5, rtol=1e-5)
