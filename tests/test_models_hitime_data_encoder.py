"""The data-specific encoder of HiTime: codes, guessing hidden ones, random convolutions; all without labels."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from models.config import DataEncoderConfig
from models.errors import BadInput, Stopped
from models.hitime.masked_codes import build_data_encoder, train_data_encoder
from models.hitime.random_convolutions import RandomConvolutions
from models.hitime.tokenizer import SeriesTokenizer, train_tokenizer
from models.monitor import SILENT, Monitor

SMALL = DataEncoderConfig(
    codes=16, code_width=8, layers=1, heads=2, width=16, tokens=8, tokenizer_steps=120, steps=250, batch=16, learning_rate=5e-3
)


def waves(count, length=40, channels=2, seed=0):
    """Sines of two frequencies, the channels of any phase but in step: (count, length, channels), all observed."""
    generator = np.random.default_rng(seed)
    speed = generator.choice([0.25, 0.6], (count, 1, 1))
    phase = generator.uniform(0, 2 * np.pi, (count, 1, 1)) + np.arange(channels)
    values = np.sin(speed * np.arange(length)[:, None] + phase) + 0.05 * generator.normal(size=(count, length, channels))
    return torch.from_numpy(values * math.sqrt(2)).float(), torch.ones(count, length, dtype=torch.bool)


@pytest.fixture(scope="module")
def trained():
    return train_data_encoder(*waves(48), SMALL, seed=0, monitor=SILENT)


@pytest.mark.parametrize(
    ("length", "channels", "tokens", "count", "size"),
    [(40, 2, 8, 8, 5), (51, 24, 16, 13, 4), (8, 1, 16, 8, 1), (5, 1, 16, 5, 1), (1, 3, 16, 1, 1), (1000, 1, 16, 16, 64)],
)
def test_a_series_becomes_codes_and_values_of_its_own_shape(length, channels, tokens, count, size):
    config = DataEncoderConfig(codes=8, code_width=4, tokens=tokens, width=8, layers=1, heads=2)
    tokenizer = SeriesTokenizer(channels, length, config)
    values, observed = torch.randn(3, length, channels), torch.ones(3, length, dtype=torch.bool)
    found = tokenizer(values, observed)
    assert tokenizer.size == size
    assert found.codes.shape == found.mask.shape == (3, count)
    assert found.codes.dtype == torch.int64 and found.mask.all()
    assert found.embedded.shape == (3, count, 4)
    assert found.reconstruction.shape == (3, length, channels)
    tokens_found, mask = build_data_encoder(config, channels=channels, length=length)(values, observed)
    assert tokens_found.shape == (3, count, 8) and mask.all()
    assert torch.isfinite(tokens_found).all()


def test_waves_are_drawn_again_far_better_than_by_their_mean(trained):
    values, observed = waves(40, seed=1)
    with torch.no_grad():
        found = trained.tokenizer(values, observed)
    assert float(((found.reconstruction - values) ** 2).mean()) == pytest.approx(float(found.reconstruction_loss), rel=1e-4)
    assert float(found.reconstruction_loss) < 0.5 * float(values.var())
    assert 0 < trained.tokenizer.reconstruction_error < 0.5
    assert 4 < trained.tokenizer.perplexity <= 16


def test_hidden_codes_of_new_waves_are_guessed_better_than_the_most_frequent_one(trained):
    torch.manual_seed(0)
    with torch.no_grad():
        logits, codes = trained.guesses(*waves(60, seed=2))
    right = float((logits.argmax(1) == codes).float().mean())
    assert len(codes) == 60 * math.ceil(0.3 * 8)
    assert right > 1.4 * float(torch.bincount(codes).max() / len(codes))
    assert trained.masked_accuracy > 1.4 * trained.usual_share


def test_the_same_seed_gives_the_same_encoder_and_another_seed_another(trained):
    torch.manual_seed(99)
    before = torch.get_rng_state()
    again = train_data_encoder(*waves(48), SMALL, seed=0, monitor=SILENT)
    assert torch.equal(torch.get_rng_state(), before)
    first, second = trained.state_dict(), again.state_dict()
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
    other = train_tokenizer(*waves(48), SMALL, seed=1, monitor=SILENT)
    assert not torch.equal(other.begin.weight, trained.tokenizer.begin.weight)


def test_a_state_restores_equal_outputs_also_from_half_precision(trained):
    values, observed = waves(10, seed=3)
    halved = {name: part.half() if part.is_floating_point() else part for name, part in trained.state_dict().items()}
    for state in (trained.state_dict(), halved):
        restored = build_data_encoder(SMALL, channels=2, length=40)
        restored.load_state_dict(state)
        with torch.no_grad():
            assert torch.equal(restored(values, observed)[0], trained(values, observed)[0])


def test_a_case_has_the_same_tokens_alone_and_padded_in_company(trained):
    values, observed = waves(6, seed=4)
    values[2, 23:], observed[2, 23:] = 0, False
    values[3, 7:11], observed[3, 7:11] = 0, False
    with torch.no_grad():
        together, mask = trained(values, observed)
        alone, _ = trained(values[2:3, :23], observed[2:3, :23])
        gap, _ = trained(values[3:4], observed[3:4])
        drawn = trained.tokenizer(values[2:3, :23], observed[2:3, :23])
        company = trained.tokenizer(values, observed)
    assert mask[2].tolist() == [True] * 5 + [False] * 3
    assert together[2, :5] == pytest.approx(alone[0], abs=1e-5)
    assert (together[2, 5:] == 0).all()
    assert together[3] == pytest.approx(gap[0], abs=1e-5)
    assert company.reconstruction[2, :23] == pytest.approx(drawn.reconstruction[0], abs=1e-5)


def test_what_was_not_observed_does_not_count_in_the_loss(trained):
    values, observed = waves(4, seed=5)
    observed[:, 30:] = False
    values[:, 30:] = 0
    with torch.no_grad():
        found = trained.tokenizer(values, observed)
        wanted = ((found.reconstruction[:, :30] - values[:, :30]) ** 2).mean()
    assert float(found.reconstruction_loss) == pytest.approx(float(wanted), rel=1e-5)


def test_longer_series_than_in_training_and_series_without_any_value_are_taken(trained):
    values, observed = waves(2, length=73, seed=6)
    values[1], observed[1] = 0, False
    with torch.no_grad():
        tokens, mask = trained(values, observed)
    assert tokens.shape == (2, 15, 16) and mask.sum(1).tolist() == [15, 0]
    assert torch.isfinite(tokens).all() and (tokens[1] == 0).all()


@pytest.mark.parametrize(("length", "channels"), [(8, 1), (3, 2), (1, 1)])
def test_constant_and_very_short_series_can_be_learnt(length, channels):
    config = DataEncoderConfig(codes=8, code_width=4, width=8, layers=1, heads=2, tokens=16, tokenizer_steps=5, steps=5)
    values, observed = torch.zeros(3, length, channels), torch.ones(3, length, dtype=torch.bool)
    encoder = train_data_encoder(values, observed, config, seed=0, monitor=SILENT)
    tokens, _ = encoder(values, observed)
    assert tokens.shape == (3, length, 8) and torch.isfinite(tokens).all()
    assert encoder.tokenizer.reconstruction_error >= 0
    assert 1 <= encoder.tokenizer.perplexity <= 8


def test_training_reports_and_can_be_stopped():
    seen = []
    config = DataEncoderConfig(codes=8, code_width=4, width=8, layers=1, heads=2, tokens=4, tokenizer_steps=60, steps=60)
    train_data_encoder(*waves(8), config, seed=0, monitor=Monitor(progress=lambda share, words: seen.append(share)))
    assert seen == sorted(seen) and len(seen) == 4 and seen[0] == 0
    with pytest.raises(Stopped, match="stopped"):
        train_data_encoder(*waves(8), config, seed=0, monitor=Monitor(cancelled=lambda: len(seen) > 0))


def cases(count=30, channels=2, length=50):
    return waves(count, length, channels)[0].numpy().transpose(0, 2, 1)


def test_components_are_those_of_scikit_learn_up_to_sign_and_one_scale():
    from sklearn.decomposition import PCA

    from models.plain.kernels import new_transform

    features = new_transform(168, 0).fit_transform(cases()).astype(np.float64)
    spread = features.std(axis=0)
    wanted = PCA(6, svd_solver="full").fit_transform((features - features.mean(0)) / np.where(spread > 0, spread, 1))
    found = RandomConvolutions(168, 6, seed=0).fit(cases()).transform(cases())
    assert found.shape == (30, 6) and found.dtype == np.float32
    assert float((found.var(axis=0, ddof=1)).mean()) == pytest.approx(1, abs=1e-3)
    scale = math.sqrt(float(wanted.var(axis=0, ddof=1).mean()))
    assert np.abs(found) == pytest.approx(np.abs(wanted) / scale, abs=5e-3)


def test_few_cases_have_fewer_components_and_short_ones_are_stretched():
    fitted = RandomConvolutions(84, 128, seed=0).fit(cases(5, 1, 8))
    assert fitted.components == 4
    assert fitted.transform(cases(7, 1, 8)).shape == (7, 4)
    constant = RandomConvolutions(84, 128, seed=0).fit(np.ones((4, 1, 20)))
    assert constant.transform(np.ones((2, 1, 20))).tolist() == [[0.0], [0.0]]


def test_random_convolutions_are_read_back_bit_for_bit_and_are_small():
    fitted = RandomConvolutions(168, 16, seed=3).fit(cases())
    arrays = fitted.arrays()
    assert arrays["directions"].dtype == np.float16
    restored = RandomConvolutions.from_arrays(arrays)
    new = cases(9)
    assert np.array_equal(restored.transform(new), fitted.transform(new))
    assert np.array_equal(restored.transform(new[:1]), fitted.transform(new)[:1])
    assert sum(part.nbytes for part in arrays.values()) < 2 * 168 * 16 + 30 * 168
    with pytest.raises(BadInput, match="directions"):
        RandomConvolutions.from_arrays(arrays | {"directions": arrays["directions"][:5]})


def test_random_convolutions_read_mixtures_beside_the_channels():
    mixing = np.array([[1.0, -1.0], [1.0, 1.0]], dtype=np.float32)
    mixed = RandomConvolutions(84, 8, seed=0, mixing=mixing).fit(cases())
    both = np.concatenate([cases(), np.einsum("bct,cm->bmt", cases(), mixing)], axis=1)
    wanted = RandomConvolutions(84, 8, seed=0).fit(both).transform(both)
    assert np.array_equal(mixed.transform(cases()), wanted)
    assert np.array_equal(RandomConvolutions.from_arrays(mixed.arrays()).transform(cases()), wanted)
    assert not np.array_equal(RandomConvolutions(84, 8, seed=0).fit(cases()).transform(cases()), wanted)
    with pytest.raises(BadInput, match="mixing"):
        RandomConvolutions.from_arrays(mixed.arrays() | {"mixing": mixing[:1]})


def test_random_convolutions_refuse_gaps_and_other_shapes():
    fitted = RandomConvolutions(84, 4, seed=0).fit(cases())
    with pytest.raises(BadInput, match="2 channel"):
        fitted.transform(cases(channels=1))
    with pytest.raises(BadInput, match="with gaps"):
        RandomConvolutions(84, 4, seed=0).fit(np.full((3, 1, 20), np.nan))
    with pytest.raises(BadInput, match="at least two"):
        RandomConvolutions(84, 4, seed=0).fit(cases(1))


def test_random_convolutions_leave_the_number_of_threads_as_it_is():
    before = torch.get_num_threads()
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            RandomConvolutions(84, 4, seed=0).fit(cases()).transform(cases())
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
