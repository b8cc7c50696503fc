"""HiTime as a whole on made waves and a tiny language model."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from unittest.mock import Mock

import numpy as np
import pytest

from models import create_classifier, load_model
from models.checkpoint import read_checkpoint, write_checkpoint
from models.errors import BadInput, CheckpointError, Stopped
from models.hitime import classifier
from models.hitime.classifier import HiTime
from models.hitime.trials import validation_splits
from models.monitor import Monitor
from tests.hitime_cases import small_config, waves
from tests.tiny_language_models import save_model


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return small_config(save_model("llama", tmp_path_factory.mktemp("language")))


def with_every_head(config):
    model = create_classifier("hitime", **config)
    model.every_head = True
    return model


@pytest.fixture(scope="module")
def fitted(small):
    return with_every_head(small).fit(*waves())


class TestHiTime:
    def test_every_head_answers(self, fitted):
        new, truth = waves(seed=7)
        assert set(fitted.head_scores) == {"language", "linear", "ridge", "convolutions", "aligned"}
        for head in fitted.head_scores:
            outcome = fitted.predict_with(head, new)
            np.testing.assert_allclose(outcome.probabilities.sum(1), 1, atol=1e-9)
            assert set(outcome.labels) <= {"slow walk", "été"}
        assert np.mean(np.array(fitted.predict_with("linear", new).labels) == truth) >= 0.95
        with pytest.raises(BadInput, match="heads language, linear"):
            fitted.predict_with("other", new)

    def test_the_chosen_head_has_the_best_validation_accuracy(self, fitted):
        assert fitted.head_scores[fitted.head] == max(fitted.head_scores.values())
        new, _ = waves(seed=7)
        assert fitted.predict(new).labels == fitted.predict_with(fitted.head, new).labels

    def test_a_head_that_does_not_answer_is_not_kept(self, small, fitted, tmp_path, monkeypatch):
        chosen = []

        def choose(head):
            monkeypatch.setattr(classifier, "best_attempt", lambda scores, config: (600, head))
            chosen.append(head)
            return create_classifier("hitime", **small).fit(*waves())

        new, _ = waves(seed=7)
        for head, kept in (
            ("convolutions", ("convolutions",)),
            ("linear", ("linear",)),
            ("ridge", ("ridge",)),
            ("language", ("language", "linear", "ridge", "convolutions", "aligned")),
        ):
            model = choose(head)
            assert model.system.heads == kept
            np.testing.assert_array_equal(model.predict(new).probabilities, fitted.predict_with(head, new).probabilities)
            folder = model.save(tmp_path / head)
            with monkeypatch.context() as absent:
                if head != "language":
                    absent.setattr("models.hitime.tuning.load_causal_language_model", None)
                np.testing.assert_array_equal(load_model(folder).predict(new).probabilities, model.predict(new).probabilities)
        sizes = [sum(file.stat().st_size for file in (tmp_path / head).iterdir()) for head in chosen]
        assert sizes == sorted(sizes)
        assert load_model(tmp_path / "ridge").head_scores == fitted.head_scores

    def test_few_cases_are_all_validated_on_in_folds(self, fitted, small):
        cases, labels = waves()
        right = 0
        for train, held_out in validation_splits(labels, fitted.config):
            model = create_classifier("hitime", **small, head="convolutions", refit=False)
            with pytest.MonkeyPatch.context() as patch:
                # All of these cases, as the trial saw them, and any of them to hold out.
                all_of_them = [(np.arange(len(train)), np.arange(2))]
                patch.setattr(classifier, "validation_splits", Mock(return_value=all_of_them))
                model.fit(cases[train], [labels[row] for row in train])
            right += sum(found == labels[row] for found, row in zip(model.predict(cases[held_out]).labels, held_out, strict=True))
        assert fitted.head_scores["convolutions"] == pytest.approx(right / 24)
        assert fitted.held_out == fitted.trained_on == 24
        once = create_classifier("hitime", **small, refit=False).fit(cases, labels)
        assert once.trained_on == 24 - once.held_out == 18

    def test_the_validated_model_stays_with_many_cases_or_on_request(self, small, monkeypatch, tmp_path):
        monkeypatch.setattr(classifier, "best_attempt", lambda scores, config: (600, "linear"))
        monkeypatch.setattr(HiTime, "work", tmp_path)
        model = create_classifier("hitime", **small, refit=False).fit(*waves(40))
        assert model.system.heads == ("linear",)
        assert model.trained_on == 40 - model.held_out == 30
        stages = set(tmp_path.iterdir())
        new, _ = waves(seed=7)
        monkeypatch.setattr(classifier, "ENOUGH", 10)
        many = create_classifier("hitime", **small).fit(*waves(40))
        np.testing.assert_array_equal(many.predict(new).probabilities, model.predict(new).probabilities)
        assert set(tmp_path.iterdir()) == stages
        assert many.trained_on == 30
        monkeypatch.setattr(classifier, "ENOUGH", 1_000)
        assert many.fit(*waves(40)).trained_on == 40
        assert set(tmp_path.iterdir()) > stages

    def test_random_convolutions_alone_train_no_encoder(self, small, tmp_path, monkeypatch):
        monkeypatch.setattr("models.hitime.stages.train_task_encoder", None)
        monkeypatch.setattr("models.hitime.stages.train_data_encoder", None)
        model = create_classifier("hitime", **small, head="convolutions").fit(*waves())
        assert model.head == "convolutions"
        assert model.system.heads == ("convolutions",)
        new, truth = waves(seed=7)
        assert np.mean(np.array(model.predict(new).labels) == truth) >= 0.9
        again = load_model(model.save(tmp_path / "saved"))
        np.testing.assert_array_equal(again.predict(new).probabilities, model.predict(new).probabilities)
        with pytest.raises(BadInput, match="The head 'convolutions' needs random convolutions"):
            create_classifier("hitime", sources="task", head="convolutions")

    def test_large_levels_with_small_shapes_are_not_strange(self, small):
        cases, labels = waves()
        model = create_classifier("hitime", **small, head="ridge").fit(300 + 0.1 * cases, labels)
        new, truth = waves(seed=7)
        outcome = model.predict(300 + 0.1 * new)
        assert (outcome.strangeness <= 1).mean() > 0.9
        nearest = [row[0].label == label for row, label in zip(outcome.neighbours, truth, strict=True)]
        assert np.mean(nearest) > 0.9

    def test_neighbours_are_named_by_their_place_among_all_training_cases(self, small, monkeypatch, tmp_path):
        monkeypatch.setattr(classifier, "EXAMPLES", 7)
        cases, labels = waves()
        model = create_classifier("hitime", **small, head="ridge").fit(cases, labels)
        loaded = load_model(model.save(tmp_path / "saved"))
        for one in (model, loaded):
            near = one.predict(cases[[0, 23]]).neighbours
            assert [row[0].index for row in near] == [0, 23]
            assert all(labels[single.index] == single.label for row in near for single in row)

    def test_a_stopped_second_fit_leaves_the_model_as_it_was(self, small, fitted):
        new, _ = waves(seed=3)
        before = fitted.predict(new).probabilities
        with pytest.raises(Stopped):
            fitted.fit(*waves(channels=3), monitor=Monitor(cancelled=lambda: True))
        np.testing.assert_array_equal(fitted.predict(new).probabilities, before)

    def test_probabilities_do_not_jump_though_all_held_out_cases_are_right(self, fitted):
        blends = np.linspace(0, 1, 9)[:, None, None]
        cases, _ = waves(seed=11)
        between = (1 - blends) * cases[0] + blends * cases[1]
        rising = fitted.predict_with("linear", between).probabilities[:, 0]
        assert fitted.head_scores["linear"] == 1.0
        assert ((rising > 0.15) & (rising < 0.85)).any()

    def test_the_same_seed_gives_the_same_predictions(self, small, fitted):
        again = with_every_head(small).fit(*waves())
        new, _ = waves(seed=3)
        for head in fitted.head_scores:
            first, second = (model.predict_with(head, new).probabilities for model in (fitted, again))
            np.testing.assert_array_equal(first, second)

    def test_a_saved_one_has_every_head_bit_for_bit(self, fitted, tmp_path):
        loaded = load_model(fitted.save(tmp_path / "saved"))
        new, _ = waves(seed=3)
        new[0, :, 15:] = np.nan
        for head in fitted.head_scores:
            expected, found = (model.predict_with(head, new).probabilities for model in (fitted, loaded))
            np.testing.assert_array_equal(found, expected)
        assert loaded.head_scores == fitted.head_scores

    def test_an_interrupted_training_goes_on(self, small, fitted, tmp_path, monkeypatch):
        monkeypatch.setattr(HiTime, "work", tmp_path)
        shares = []

        def progress(share, words):
            shares.append(share)
            if "aligning" in words:
                stop.append(True)

        stop = []
        with pytest.raises(Stopped):
            create_classifier("hitime", **small).fit(*waves(), monitor=Monitor(progress, lambda: bool(stop)))
        kept = sorted(path.name.split("-")[0] for path in tmp_path.iterdir())
        assert kept == ["data", "task", "task"]
        written = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
        resumed = create_classifier("hitime", **small).fit(*waves())
        assert {path: path.stat().st_mtime_ns for path in written} == written
        new, _ = waves(seed=3)
        np.testing.assert_array_equal(resumed.predict(new).probabilities, fitted.predict(new).probabilities)
        assert shares == sorted(shares)

    @pytest.mark.parametrize(
        "switch",
        [
            {"sources": "task"},
            {"sources": "data"},
            {"sources": "patches"},
            {"alignment": {"losses": "coarse"}},
            {"alignment": {"losses": "fine", "weighting": "equal"}},
            {"alignment": {"fine_weight": 0.1}},
            {"data": {"masked_codes": False}},
            {"data": {"kernels": 0}},
            {"alignment": {"losses": "none", "shuffled": 0.2}},
            {"language": {"prompt": "none"}},
            {"language": {"prompt": "described"}},
            {"language": {"weights": "random"}},
            {"head": "ridge"},
            {"head": "linear"},
        ],
        ids=json.dumps,
    )
    def test_every_switch_trains_and_saves(self, small, fitted, switch, tmp_path):
        config = {name: value | switch.get(name, {}) if isinstance(value, dict) else value for name, value in small.items()}
        config |= {name: value for name, value in switch.items() if not isinstance(value, dict)}
        model = with_every_head(config).fit(*waves())
        new, _ = waves(seed=2)
        loaded = load_model(model.save(tmp_path / "saved"))
        np.testing.assert_array_equal(loaded.predict(new).probabilities, model.predict(new).probabilities)
        for head in set(model.head_scores) & {"language"}:
            found, usual = (one.predict_with(head, new).probabilities for one in (model, fitted))
            assert np.abs(found - usual).max() > 1e-6
        if "head" in switch:
            assert model.head == switch["head"]
            assert "language" not in model.head_scores

    @pytest.mark.parametrize(
        ("steps", "channels"),
        [(1, 1), (3, 2), (8, 2), (2_000, 1), (10_000, 1)],
        ids=["one step", "three", "eight", "long", "very long"],
    )
    def test_short_and_long_series(self, small, steps, channels):
        cases, labels = waves(steps=steps, channels=channels)
        model = create_classifier("hitime", **small, head="ridge").fit(cases, labels)
        new, truth = waves(seed=4, steps=steps, channels=channels)
        found = model.predict(new)
        np.testing.assert_allclose(found.probabilities.sum(1), 1, atol=1e-9)
        if steps >= 8:
            assert np.mean([one == label for one, label in zip(found.labels, truth, strict=True)]) >= 0.75

    def test_unequal_lengths_gaps_and_company(self, fitted):
        new = waves(count=6, seed=5)[0]
        new[0, :, 12:] = np.nan
        new[1, 0, 4:9] = np.nan
        new[2, :, 4:9] = np.nan
        single = [new[0, :, :12], *new[1:]]
        for head in fitted.head_scores:
            together = fitted.predict_with(head, new).probabilities
            alone = [fitted.predict_with(head, [case]).probabilities[0] for case in single]
            np.testing.assert_allclose(alone, together, atol=1e-5)

    def test_bad_inputs(self, small, fitted):
        cases, labels = waves()
        model = create_classifier("hitime", **small)
        with pytest.raises(BadInput, match="at least two classes"):
            model.fit(cases, ["only"] * 24)
        with pytest.raises(BadInput, match="single case"):
            model.fit(cases[:2], ["a", "b"])
        with pytest.raises(BadInput, match="trained on 2 channel"):
            fitted.predict(cases[:, :1])
        empty = cases.copy()
        empty[3] = np.nan
        with pytest.raises(BadInput, match="Case 3 has no value"):
            model.fit(empty, labels)
        with pytest.raises(BadInput, match="learning_rate"):
            create_classifier("hitime", **small | {"task": small["task"] | {"learning_rate": 1e12}}).fit(cases, labels)

    @pytest.mark.parametrize(
        ("language", "said"),
        [
            ({"source": "/no/such/folder"}, "There is no folder '/no/such/folder'; name a folder with a transformers model"),
            (
                {"targets": ["no_such"]},
                "Adapters cannot be put on no_such; this model has down_proj, gate_proj, k_proj, o_proj, ",
            ),
        ],
        ids=["folder", "targets"],
    )
    def test_what_is_wrong_with_the_language_model_is_found_before_any_training(self, small, language, said):
        told = []
        model = create_classifier("hitime", **small | {"language": small["language"] | language})
        with pytest.raises(BadInput, match=f"^{re.escape(said)}"):
            model.fit(*waves(), monitor=Monitor(lambda share, words: told.append(words)))
        assert told == []

    @pytest.mark.parametrize(
        ("missing", "said"),
        [
            ("task0.head.weight", '(the weights are not those of a TaskEncoder (Missing key(s) in state_dict: "head.weight".))'),
            ("data.places", '(the weights are not those of a DataEncoder (Missing key(s) in state_dict: "places".))'),
            ("naming.bridge.weight", "('bridge.weight')"),
            ("scaling.means", "('means')"),
            ("ridge.offsets", "('ridge.offsets')"),
            ("scales.task0.spread", "('task0.spread')"),
        ],
    )
    def test_a_checkpoint_that_lacks_a_part_names_it(self, fitted, tmp_path, missing, said):
        saved = read_checkpoint(fitted.save(tmp_path / "saved"))
        assert missing in saved.arrays
        arrays = {name: array for name, array in saved.arrays.items() if name != missing}
        # The folder's name is told too, so it does not tell what is missing.
        folder = write_checkpoint(tmp_path / "incomplete", replace(saved, arrays=arrays))
        with pytest.raises(CheckpointError, match=f"incomplete lacks what 'hitime' needs {re.escape(said)}; save it again"):
            load_model(folder)
