"""HiTime's parts on made waves: sources, alignment, heads, the stages' cache."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.config import AlignmentConfig, HiTimeConfig, config_from_dict
from models.hitime.alignment import (
    ClassTexts,
    QueryingTransformer,
    alignment_loss,
    coarse_loss,
    fine_loss,
    mislabelled,
    train_alignment,
)
from models.hitime.heads import calibrated, own_layers
from models.hitime.optimisation import shuffled_rows, step_size
from models.hitime.preparation import Batch, Scaling
from models.hitime.sources import Sources, Tokens, features
from models.hitime.stage_cache import StageCache, fingerprint
from models.hitime.stages import arrays_of, load, task_settings
from models.hitime.task_encoder import TaskEncoder, in_batches, pooled
from models.monitor import SILENT
from tests.hitime_cases import small_config, waves


@pytest.fixture(scope="module")
def small():
    return small_config("unused")


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

    def test_the_gate_learns_at_a_rate_of_its_own(self):
        """At that of the weights it is hardly moved; the weights' rate stays as it is."""
        moved = {}
        for rate in (1.0, 30.0):
            network, tokens, texts, targets = self.parts(replace(self.CONFIG, steps=30, gate_rate=rate))
            before = network.match.weight.detach().clone()
            train_alignment(network, tokens, texts, targets, seed=0, monitor=SILENT)
            start = np.log(self.CONFIG.temperature)
            moved[rate] = abs(network.log_gate.item()), abs(network.log_temperature.item() - start), abs(network.bias.item() + 2)
            assert (network.match.weight - before).abs().max() < 0.05
        assert all(0 < slow < 0.05 and fast > 3 * slow for slow, fast in zip(moved[1.0], moved[30.0], strict=True)), moved

    def loss_of(self, gate=0.0, seed=5, **options):
        """The loss with these options, its gradient by the gate, and the two losses that it is made of."""
        network, tokens, texts, targets = self.parts(replace(self.CONFIG, **options))
        with torch.no_grad():
            network.log_gate.fill_(gate)
            series = network.read(tokens)
            similarities = network.similarities(network.queried(series), network.texts(texts))
            coarse = coarse_loss(similarities, targets).item()
            # Hard wrong partners are drawn.
            torch.manual_seed(seed)
            fine = fine_loss(network, series, texts, similarities, targets).item()
        torch.manual_seed(seed)
        loss = alignment_loss(network, tokens, texts, targets)
        (slope,) = torch.autograd.grad(loss, network.log_gate, allow_unused=True)
        assert coarse > 0.1 and fine > 0.1 and abs(coarse - fine) > 0.03
        return loss.item(), 0.0 if slope is None else slope.item(), coarse, fine

    @pytest.mark.parametrize(("coarse_weight", "fine_weight"), [(1.0, 1.0), (0.3, 1.0), (1.0, 2.5), (0.3, 2.5)])
    def test_each_loss_counts_by_its_weight(self, coarse_weight, fine_weight):
        weights = {"coarse_weight": coarse_weight, "fine_weight": fine_weight}
        for losses, counted in (("coarse", (1, 0)), ("fine", (0, 1)), ("both", (1, 1))):
            found, slope, coarse, fine = self.loss_of(gate=0.7, losses=losses, weighting="equal", **weights)
            expected = counted[0] * coarse_weight * coarse + counted[1] * fine_weight * fine
            assert found == pytest.approx(expected, rel=1e-5)
            assert slope == 0

    @pytest.mark.parametrize("gate", [-0.8, 0.0, 0.7])
    def test_a_learnt_gate_weighs_the_fine_loss_and_has_its_price(self, gate):
        found, slope, coarse, fine = self.loss_of(gate=gate, weighting="learnt", coarse_weight=0.3, fine_weight=2.5)
        weight = np.exp(-gate)
        assert found == pytest.approx(0.3 * coarse + weight * 2.5 * fine + gate, rel=1e-5)
        # Without the price the weight would be learnt to be nothing; with it, it follows the fine loss.
        assert slope == pytest.approx(1 - weight * 2.5 * fine, rel=1e-4)

    @pytest.mark.parametrize("losses", ["coarse", "fine"])
    def test_a_single_loss_has_no_gate(self, losses):
        found = [self.loss_of(gate=gate, losses=losses, weighting="learnt") for gate in (0.0, 0.7)]
        assert found[0] == found[1]
        assert found[0][:2] == (pytest.approx(found[0][2 if losses == "coarse" else 3], rel=1e-5), 0.0)

    def test_the_fine_loss_is_the_cross_entropy_of_right_and_hard_wrong_pairs(self):
        network, tokens, texts, targets = self.parts(classes=2)
        # Of two classes the wrong text of a case is known; the wrong cases of the texts are those that resemble them by far.
        similarities = torch.zeros(30, 2)
        similarities[3, 0] = similarities[4, 1] = 100.0
        hardest = torch.where(targets == 0, 3, 4)
        with torch.no_grad():
            series = network.read(tokens)
            found = fine_loss(network, series, texts, similarities, targets).item()
            right, wrong_text, wrong_series = (
                network.matches(series.rows(rows), texts, classes).log_softmax(1)
                for rows, classes in ((torch.arange(30), targets), (torch.arange(30), 1 - targets), (hardest, targets))
            )
            alone = fine_loss(network, series, texts, similarities, torch.zeros_like(targets)).item()
            only = network.matches(series, texts, torch.zeros_like(targets)).log_softmax(1)
        expected = -(right[:, 1].mean() + wrong_text[:, 0].mean() + wrong_series[:, 0].mean()) / 3
        assert found == pytest.approx(float(expected), rel=1e-5)
        # A batch of one class has no wrong partners.
        assert alone == pytest.approx(-float(only[:, 1].mean()), rel=1e-5)

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


def test_few_cases_are_not_seen_too_often():
    config = HiTimeConfig()
    assert task_settings(config, 137) == config.task
    # Two steps of sixteen cases show 32 of them once, so 1,200 steps show each 600 times.
    assert task_settings(config, 32).steps == 1_200
    assert task_settings(config, 4).steps == 600


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

    def test_what_a_finished_stage_had_taken_is_known(self, tmp_path, monkeypatch):
        clock = iter([100.0, 112.5])
        monkeypatch.setattr("models.hitime.stage_cache.time.process_time", lambda: next(clock))
        cache = StageCache(tmp_path)
        cache.get("stage", {}, lambda: {"weights": np.zeros(2)})
        assert cache.spared == []
        again = StageCache(tmp_path)
        again.get("stage", {}, lambda: {})
        assert again.spared == [12.5]

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
