"""The classification benchmark: sets as they lie on disk, splits, rows, resuming, HiTime's heads, ablations and studies."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from assistant.errors import FileRejected
from models.config import HiTimeConfig, config_from_dict
from models.registry import create_classifier
from scripts import benchmark_classification
from scripts.classification import ablations, comparisons, contestants, studies, texts
from scripts.classification.ablations import Variant
from scripts.classification.contestants import Answer, Said, Task, fit
from scripts.classification.probes import Look, Probe
from scripts.classification.scoring import Key, Shelf, calibration_error, log_loss, measures
from scripts.classification.sets import find_sets, read_set, stratified, usual_sets, with_noise
from scripts.classification.summary import SEVEN, markdown_table, mean_table, variants_markdown
from scripts.measurements import Measurement

TS = """# made for a test
@problemName {name}
@timeStamps false
@univariate false
@dimensions 2
@equalLength false
@classLabel true up down
@data
{cases}
"""
CASES = {
    "TRAIN": "1,2,3:4,5,6:up\n1,2:3,4:up\n9,8,7,6:5,?,3,2:down\n9,8:1,0:down",
    "TEST": "1,2,3,4,5:2,3,4,5,6:up\n9,7,5:6,5,4:down",
}


def write_ts(folder: Path, name: str, **parts: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for part, cases in parts.items():
        (folder / f"{name}_{part}.ts").write_text(TS.format(name=name, cases=cases))


def write_npz(folder: Path, name: str, train: int = 12, test: int = 6, length: int = 12, classes: int = 3) -> None:
    """Waves whose frequency is the class, so that any method can tell them apart; two channels."""
    random = np.random.default_rng(len(name))

    def part(count: int) -> tuple[np.ndarray, np.ndarray]:
        labels = np.arange(count) % classes
        steps = 2 * np.pi * np.arange(length) / length
        waves = np.stack([np.stack((np.sin((one + 1) * steps), np.cos((one + 1) * steps))) for one in labels])
        return (waves + random.normal(0, 0.05, waves.shape)).astype(np.float32), np.array([f"{one + 1}.0" for one in labels])

    folder.mkdir(parents=True, exist_ok=True)
    (cases, labels), (tests, answers) = part(train), part(test)
    np.savez(folder / f"{name}.npz", X_train=cases, y_train=labels, X_test=tests, y_test=answers, class_names=np.unique(labels))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    write_npz(folder / "classification_uea", "NATOPS")
    write_ts(folder / "archive" / "Tiny", "Tiny", **CASES)
    np.savez(folder / "archive" / "tokens.npz", other=np.arange(3))
    return folder


class FakeHiTime:
    """Learns nothing: every head but `linear` is always right, without both encoders on two cases only; `linear` never is."""

    made: ClassVar[list[FakeHiTime]] = []

    def __init__(self, **config: Any) -> None:
        self.config = config_from_dict(HiTimeConfig, config)
        self.work: Path | None = None
        self.asked: list[np.ndarray] = []
        self.head_scores, self.head = {"language": 0.7, "linear": 0.5, "ridge": 0.9, "aligned": 0.6}, "ridge"
        self.head_losses = {"language": 0.6, "linear": 0.9, "ridge": 0.2, "aligned": 0.7}
        self.trainable_parameters, self.validation_accuracy = 400, 0.8
        self.made.append(self)

    def fit(self, cases: np.ndarray, labels: tuple[str, ...], *, monitor: Any) -> FakeHiTime:
        self.cases, self.labels, self.classes = cases, labels, tuple(sorted(set(labels)))
        return self

    def predict_with(self, head: str, cases: np.ndarray) -> Said:
        self.asked.append(cases)
        # The cases of `write_npz` take turns between the classes, the first one first.
        right = len(cases) if self.config.sources == "both" else 2
        known = [self.classes[index % len(self.classes)] for index in range(len(cases))]
        wrong = [self.classes[(index + 1) % len(self.classes)] for index in range(len(cases))]
        labels = known[:right] + wrong[right:] if head != "linear" else wrong
        probabilities = np.array(
            [[0.8 if label == one else 0.2 / (len(self.classes) - 1) for one in self.classes] for label in labels]
        )
        return Said(tuple(labels), probabilities, self.classes)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[FakeHiTime]:
    FakeHiTime.made.clear()
    monkeypatch.setattr(
        contestants, "create_classifier", lambda name, **config: (FakeHiTime if name == "hitime" else _real(name))(**config)
    )
    return FakeHiTime


def _real(name: str) -> Any:
    return lambda **config: create_classifier(name, **config)


def run(data: Path, folder: Path, *arguments: str) -> pd.DataFrame:
    out = folder / "rows.csv"
    benchmark_classification.main(["--data", str(data), "--out", str(out), "--parts", str(folder / "parts"), *arguments])
    return pd.read_csv(out, dtype={"ablation": str}).fillna({"ablation": ""})


def test_sets_are_found_and_read(data: Path) -> None:
    found = find_sets(data)
    assert list(found) == ["Tiny", "NATOPS"]
    assert usual_sets(found) == ["NATOPS"]
    assert usual_sets(find_sets(data / "archive")) == ["Tiny"]
    tiny = read_set("Tiny", found["Tiny"])
    assert (tiny.labels, tiny.test_labels, tiny.classes) == (("up", "up", "down", "down"), ("up", "down"), ("down", "up"))
    assert (tiny.cases.shape, tiny.test_cases.shape) == ((4, 2, 4), (2, 2, 5))
    np.testing.assert_array_equal(tiny.cases[2], [[9, 8, 7, 6], [5, np.nan, 3, 2]])
    np.testing.assert_array_equal(tiny.cases[1], [[1, 2, np.nan, np.nan], [3, 4, np.nan, np.nan]])
    gestures = read_set("NATOPS", found["NATOPS"])
    assert (gestures.cases.shape, gestures.cases.dtype, gestures.classes) == ((12, 2, 12), np.float64, ("1.0", "2.0", "3.0"))


def test_sets_of_one_channel_and_whole_number_labels(tmp_path: Path) -> None:
    np.savez(tmp_path / "Flat.npz", X_train=np.eye(4), y_train=[0, 0, 1, 1], X_test=np.eye(4)[:2], y_test=[0, 1])
    flat = read_set("Flat", tmp_path / "Flat.npz")
    assert flat.cases.shape == (4, 1, 4) and flat.labels == ("0", "0", "1", "1") and flat.test_labels == ("0", "1")


def test_damaged_sets_are_refused(tmp_path: Path) -> None:
    write_ts(tmp_path, "Alone", TRAIN=CASES["TRAIN"])
    with pytest.raises(ValueError, match=r"Alone_TEST\.ts beside Alone_TRAIN\.ts"):
        read_set("Alone", tmp_path / "Alone_TRAIN.ts")
    write_ts(tmp_path, "Words", TRAIN="1,two:3,4:up", TEST=CASES["TEST"])
    with pytest.raises(FileRejected, match="two"):
        read_set("Words", tmp_path / "Words_TRAIN.ts")
    (tmp_path / "Cut.npz").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(ValueError, match=r"Cut\.npz"):
        read_set("Cut", tmp_path / "Cut.npz")
    objects = {key: np.array([{}, {}], dtype=object) for key in ("X_train", "y_train", "X_test", "y_test")}
    np.savez(tmp_path / "Pickled.npz", **objects)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        read_set("Pickled", tmp_path / "Pickled.npz")
    np.savez(tmp_path / "Short.npz", X_train=np.eye(4), y_train=["a", "b"], X_test=np.eye(4), y_test=["a"] * 4)
    with pytest.raises(ValueError, match="found 4 and 2 to train"):
        read_set("Short", tmp_path / "Short.npz")
    with pytest.raises(FileNotFoundError, match="--data"):
        find_sets(tmp_path / "nowhere")


def test_stratified_samples_keep_the_shares() -> None:
    labels = ["a"] * 60 + ["b"] * 30 + ["c"] * 10
    chosen = stratified(labels, 20)
    assert Counter(labels[index] for index in chosen) == {"a": 12, "b": 6, "c": 2}
    assert chosen[0] == 0 and chosen[11] == 59 and list(chosen) == sorted(set(chosen))
    few = stratified(labels, 2, np.random.default_rng(0))
    assert Counter(labels[index] for index in few) == {"a": 1, "b": 1, "c": 1}
    assert len(stratified(["a"] * 7 + ["b"] * 6, 10)) == 10


def test_few_shots_differ_by_seed_and_development_never_sees_the_test_part(data: Path) -> None:
    write_npz(data, "Larger", train=120)
    larger = read_set("Larger", data / "Larger.npz")
    few = [larger.few(0.05, seed) for seed in (0, 0, 1)]
    assert [Counter(one.labels) for one in few] == [{"1.0": 2, "2.0": 2, "3.0": 2}] * 3
    np.testing.assert_array_equal(few[0].cases, few[1].cases)
    assert not np.array_equal(few[0].cases, few[2].cases)
    held = larger.without_test()
    assert (len(held.labels), Counter(held.test_labels)) == (90, {"1.0": 10, "2.0": 10, "3.0": 10})
    everything = np.concatenate((held.cases, held.test_cases))
    np.testing.assert_array_equal(np.sort(everything[:, 0, 3]), np.sort(larger.cases[:, 0, 3]))


@pytest.mark.parametrize("decibels", [10, 0])
def test_noise_has_the_power_that_was_asked_for(decibels: float) -> None:
    steps = np.arange(4_000)
    cases = np.stack([np.stack((100 + 3 * np.sin(steps / 7), 0.1 * np.cos(steps / 5))), np.stack((5 + 0 * steps, steps / 4e3))])
    cases[0, 0, :50] = np.nan
    noisy = with_noise(cases, decibels, seed=1)
    noise = noisy - cases
    assert np.isnan(noisy[0, 0, :50]).all() and np.isfinite(noisy[0, 0, 50:]).all()
    for case, channel in ((0, 0), (0, 1), (1, 1)):
        ratio = np.nanvar(cases[case, channel]) / np.nanvar(noise[case, channel])
        assert 10 * np.log10(ratio) == pytest.approx(decibels, abs=0.25)
    np.testing.assert_array_equal(noise[1, 0], 0)
    np.testing.assert_array_equal(with_noise(cases, decibels, seed=1), noisy)


def test_measures_by_hand() -> None:
    said = Said(("a", "a", "b", "a"), np.array([[0.95, 0.05], [0.95, 0.05], [0.45, 0.55], [0.75, 0.25]]), ("a", "b"))
    truth = ("a", "b", "b", "c")
    # Bins of 0.9–1: one of two right at 0.95; 0.5–0.6: right at 0.55; 0.7–0.8: wrong at 0.75.
    assert calibration_error(truth, said) == pytest.approx((abs(1 - 1.9) + abs(1 - 0.55) + 0.75) / 4)
    assert log_loss(truth, said) == pytest.approx(-(np.log(0.95) + np.log(0.05) + np.log(0.55) + np.log(1e-15)) / 4)
    found = measures(truth, Answer(said, 1.0, 0.25, 100.0, {"validation_accuracy": 0.5}))
    assert (found["accuracy"], found["balanced_accuracy"]) == (0.5, pytest.approx((1 + 0.5 + 0) / 3))
    assert found["f1_macro"] == pytest.approx((0.5 + 2 / 3 + 0) / 3)
    assert (found["seconds_per_case"], found["validation_accuracy"]) == (0.25, 0.5)
    bare = measures(truth, Answer(Said(said.labels, None, said.classes), 1.0, 0.25, 100.0, {}))
    assert set(bare) == {"accuracy", "balanced_accuracy", "f1_macro", "seconds_per_case"}


def test_paired_comparisons_by_hand() -> None:
    first = np.array([True] * 9 + [False] * 1 + [True] * 5)
    second = np.array([False] * 9 + [True] * 1 + [True] * 5)
    single = comparisons.compare([(first, second)])
    assert (single.first, single.second) == (9, 1)
    assert single.p_value == pytest.approx(2 * (10 + 1) / 2**10)
    # The same answers at three seeds are no more evidence than at one; a case that both win once is a tie.
    assert comparisons.compare([(first, second)] * 3) == single
    assert comparisons.compare([(first, second), (second, first)]) == comparisons.Comparison(0, 0)
    assert comparisons.Comparison(0, 0).p_value == 1.0


def test_rows_published_figures_and_resuming(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    references = data / "reference_results" / "uea_accuracy"
    references.mkdir(parents=True)
    (references / "HC2_accuracy.csv").write_text("folds:,0,1\nNATOPS,0.9,0.1\nOther,0.5,0.5\n")
    (references / "InceptionT_accuracy.csv").write_text("folds:,0,1\nNATOPS,,0.1\n")
    rows = run(data, tmp_path, "--models", "nearest-neighbour")
    ours = rows[rows["model"] == "nearest-neighbour"]
    assert set(ours["metric"]) == {"accuracy", "balanced_accuracy", "f1_macro", "log_loss", "ece", "seconds_per_case"}
    assert set(zip(ours["dataset"], ours["seed"], ours["ablation"], strict=True)) == {("NATOPS", 0, "")}
    assert ours.set_index("metric")["value"]["accuracy"] == 1.0 and ours["peak_mb"].min() > 10
    theirs = rows[rows["model"] != "nearest-neighbour"]
    assert theirs[["dataset", "model", "metric", "value"]].to_numpy().tolist() == [["NATOPS", "hc2 (published)", "accuracy", 0.9]]
    assert theirs[["seconds", "seed"]].isna().all().all()
    last = capsys.readouterr().out.splitlines()
    assert last[-2].split() == ["nearest-neighbour", "1", "1.0000", "1.0000", last[-2].split()[-1]]
    assert last[-1].split()[:2] == ["hc2", "(published)"]
    assert run(data, tmp_path, "--models", "nearest-neighbour").equals(rows)
    held = run(data, tmp_path, "--models", "nearest-neighbour", "--holdout", "train", "--max-cases", "6", "--datasets", "natops")
    assert set(held["ablation"]) == {"", "6 cases, holdout train"} and len(held) == len(rows) + 6


def test_every_head_of_one_fit_is_a_row(data: Path, tmp_path: Path, fake: type[FakeHiTime]) -> None:
    rows = run(data, tmp_path, "--models", "hitime-ridge", "--seeds", "2")
    assert len(fake.made) == 2 and [one.config.seed for one in fake.made] == [0, 1]
    assert fake.made[0].config.domain == texts.DOMAINS["NATOPS"]
    assert fake.made[0].config.class_texts["3.0"] == "The signal means: Not clear."
    assert fake.made[0].work == tmp_path / "parts" / "stages" / "NATOPS"
    wide = rows[rows["seed"] == 1].pivot(index="model", columns="metric", values="value")
    assert set(wide.index) == set(contestants.HITIME_ROWS)
    assert wide["accuracy"].to_dict() == {name: 0.0 if name == "hitime-linear" else 1.0 for name in contestants.HITIME_ROWS}
    # `hitime` is the head that validation chose, `hitime-no-lm` the better of linear and ridge; each head is asked once.
    assert wide["validation_accuracy"][["hitime", "hitime-no-lm", "hitime-aligned"]].tolist() == [0.8, 0.9, 0.6]
    assert wide["trainable_parameters"].dropna().to_dict() == {"hitime": 400, "hitime-language": 400}
    assert [len(one.asked) for one in fake.made] == [4, 4]
    assert wide.loc["hitime", "log_loss"] == pytest.approx(-np.log(0.8), rel=1e-5)
    run(data, tmp_path, "--models", "hitime", "--seeds", "2")
    assert len(fake.made) == 2


@pytest.mark.parametrize(("linear", "ridge", "expected"), [(0.3, 0.4, "linear"), (0.4, 0.3, "ridge")])
def test_equally_accurate_heads_are_told_apart_by_their_loss(
    fake: type[FakeHiTime], monkeypatch: pytest.MonkeyPatch, linear: float, ridge: float, expected: str
) -> None:
    def fit_hitime(task: Task) -> FakeHiTime:
        model = FakeHiTime().fit(task.cases, task.labels, monitor=None)
        model.head_scores, model.head = {"linear": 0.8, "ridge": 0.8}, expected
        model.head_losses = {"linear": linear, "ridge": ridge}
        return model

    monkeypatch.setattr(contestants, "fit_hitime", fit_hitime)
    aliases = fit("hitime", Task("", np.zeros((4, 1, 9)), ("a", "b") * 2, 0)).aliases
    assert aliases == {"hitime": f"hitime-{expected}", "hitime-no-lm": f"hitime-{expected}"}


def test_the_official_test_part_may_stay_untouched(data: Path, tmp_path: Path, fake: type[FakeHiTime]) -> None:
    whole = read_set("NATOPS", find_sets(data)["NATOPS"])
    rows = run(data, tmp_path, "--models", "hitime", "--holdout", "train", "--seeds", "1")
    assert set(rows["ablation"]) == {"holdout train"}
    used = np.concatenate((fake.made[0].cases, fake.made[0].asked[0]))
    assert len(fake.made[0].cases) == 9 and len(fake.made[0].asked[0]) == 3
    np.testing.assert_array_equal(np.sort(used[:, 0, 0]), np.sort(whole.cases[:, 0, 0]))


def test_ablations_are_compared_with_the_whole(
    data: Path, tmp_path: Path, fake: type[FakeHiTime], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = run(data, tmp_path, "--ablations", "no-data-encoder", "no-lm", "--seeds", "2")
    assert [one.config.sources for one in fake.made] == ["both", "both", "task", "task"]
    tests = rows[rows["metric"] == "p_value"].set_index(["dataset", "model", "ablation"])["value"]
    # Of six test cases the ablated model loses four.
    assert tests["NATOPS", "hitime-language", "no-data-encoder"] == pytest.approx(2 / 2**4)
    assert tests["all", "hitime-language", "no-data-encoder"] == pytest.approx(2 / 2**4)
    assert tests["NATOPS", "hitime-no-lm", "no-lm"] == 1.0 and len(tests) == 4
    assert "no-data-encoder        4     0  p 0.1250" in capsys.readouterr().out
    again = run(data, tmp_path, "--ablations", "no-data-encoder", "no-lm", "--seeds", "3")
    assert len(fake.made) == 6 and (again["metric"] == "p_value").sum() == 4
    assert "| hitime-language | no-data-encoder | 0.3333 | 0.1250 | 0.1250 |" in variants_markdown(tmp_path / "rows.csv")


def p_values(rows: pd.DataFrame) -> dict[tuple[str, str], float]:
    tests = rows[rows["metric"] == "p_value"]
    assert not tests.duplicated(["dataset", "ablation"]).any()
    return {(row.dataset, row.ablation): row.value for row in tests.itertuples()}


def test_a_partial_ablation_run_keeps_earlier_comparisons(data: Path, tmp_path: Path, fake: type[FakeHiTime]) -> None:
    write_npz(data / "classification_uea", "Other")
    before = p_values(run(data, tmp_path, "--ablations", "no-data-encoder", "no-task-encoder", "--datasets", "NATOPS", "Other"))
    assert before["all", "no-task-encoder"] == pytest.approx(2 / 2**8)
    # Leaving out the language model needs no fit of its own, so it is always told.
    assert {key[1] for key in before} == {"no-data-encoder", "no-task-encoder", "no-lm"} and len(before) == 9
    again = run(data, tmp_path, "--ablations", "no-lm", "--seeds", "1", "--datasets", "NATOPS")
    assert p_values(again) == before
    assert (
        p_values(run(data, tmp_path, "--ablations", "fine-only", "--seeds", "1", "--datasets", "NATOPS")).items() > before.items()
    )


def test_comparisons_that_cannot_be_made_anew_stay(data: Path, tmp_path: Path, fake: type[FakeHiTime]) -> None:
    run(data, tmp_path, "--ablations", "no-data-encoder", "--seeds", "1")
    for path in (tmp_path / "parts").rglob("no-data-encoder/*.npz"):
        path.unlink()
    again = p_values(run(data, tmp_path, "--ablations", "no-task-encoder", "--seeds", "1"))
    assert again["NATOPS", "no-data-encoder"] == again["NATOPS", "no-task-encoder"] == pytest.approx(2 / 2**4)


def test_a_main_run_leaves_the_ablations_answers_alone(data: Path, tmp_path: Path, fake: type[FakeHiTime]) -> None:
    run(data, tmp_path, "--ablations", "no-data-encoder", "--seeds", "1")
    key = Key("NATOPS", "hitime-language", 0, "")
    whole = Shelf(tmp_path / "parts" / "ablations").correct(key)
    assert whole is not None and whole.all() and Shelf(tmp_path / "parts").correct(key) is None
    assert not any(one.config.refit for one in fake.made)
    run(data, tmp_path / "main", "--models", "hitime", "--seeds", "1", "--parts", str(tmp_path / "parts"))
    assert Shelf(tmp_path / "parts").correct(key) is not None
    assert fake.made[-1].work == fake.made[0].work and fake.made[-1].config.refit


def test_every_variant_is_a_valid_configuration() -> None:
    variants = [
        *ablations.variants(list(ablations.names())),
        *(one for study in studies.STUDIES.values() for one in study.variants),
    ]
    assert len(variants) == 13 + 3 + 5 + 5 + 3 + 2 + 1 + 1 + 3
    for variant in (*variants, ablations.Variant("quick", benchmark_classification.QUICK_CONFIG)):
        built = config_from_dict(HiTimeConfig, ablations.merged({"seed": 1}, variant.config))
        usual = HiTimeConfig(seed=1, refit=variant.label not in _AS_DEFAULT)
        assert built.seed == 1 and (built == usual) == (not variant.config or variant.label in _AS_DEFAULT)


_AS_DEFAULT = {"rank 8", "queries 8", "temperature 0.07", "shuffled texts 0 %"}


def test_studies_change_one_quantity(data: Path, tmp_path: Path, fake: type[FakeHiTime]) -> None:
    write_npz(data, "Larger", train=120)
    rows = run(data, tmp_path, "--study", "few-shot", "ranks", "--models", "hitime", "nearest-neighbour", "--datasets", "Larger")
    few = {f"few-shot {share} %" for share in (5, 10, 20)}
    assert set(rows[rows["model"] == "nearest-neighbour"]["ablation"]) == few
    assert set(rows["ablation"]) == few | {f"rank {rank}" for rank in (4, 8, 16, 32, 64)}
    assert not np.array_equal(fake.made[0].cases, fake.made[1].cases)
    assert [len(one.labels) for one in fake.made[::3]] == [6, 12, 24, 120, 120, 120, 120, 120]
    assert [(one.config.language.rank, one.config.language.alpha) for one in fake.made[9::3]] == [
        *((4, 8), (8, 16), (16, 32), (32, 64), (64, 128))
    ]


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Look]:
    """What the probes in place of the real ones were asked; each gives an accuracy and a share of one layer."""
    asked: list[Look] = []

    def measure(look: Look) -> list[Measurement]:
        asked.append(look)
        known = {"dataset": look.chosen.name, "model": "hitime-language", "seed": look.seed}
        return [
            Measurement(**known, metric="accuracy", value=0.25, ablation="without"),
            Measurement(**known, metric="attention_series", value=0.125, ablation="layer 1"),
        ]

    monkeypatch.setitem(studies.STUDIES, "inside", _study(measure, needs=()))
    monkeypatch.setitem(studies.STUDIES, "transfer", _study(measure, needs=("Larger",), models=("hitime", "chance")))
    return asked


def _study(measure: Any, *, needs: tuple[str, ...], models: tuple[str, ...] = ("hitime",)) -> studies.Study:
    return studies.Study((Variant("look", probe=Probe(measure, ("without",), ("layer ",), needs)),), models)


def test_looks_are_rows_and_are_taken_once(
    data: Path, tmp_path: Path, looks: list[Look], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = run(data, tmp_path, "--study", "inside", "--seeds", "2")
    assert [(look.chosen.name, look.seed) for look in looks] == [("NATOPS", 0), ("NATOPS", 1)]
    assert (looks[0].stages, looks[0].figures) == (tmp_path / "parts" / "stages", tmp_path / "figures")
    assert rows[["metric", "value", "ablation"]].to_numpy().tolist() == 2 * [
        ["accuracy", 0.25, "without"],
        ["attention_series", 0.125, "layer 1"],
    ]
    printed = " ".join(capsys.readouterr().out.split())
    assert "attention_series NATOPS model ablation hitime-language layer 1 0.1250 accuracy NATOPS" in printed
    assert len(run(data, tmp_path, "--study", "inside", "--seeds", "2")) == 4 and len(looks) == 2
    held = run(data, tmp_path, "--study", "inside", "--seeds", "1", "--holdout", "train")
    assert held["ablation"].tolist()[4:] == ["without, holdout train", "layer 1, holdout train"]
    assert len(looks[-1].chosen.labels) == 9


def test_a_look_gets_the_sets_it_learns_from(
    data: Path, tmp_path: Path, looks: list[Look], capsys: pytest.CaptureFixture[str]
) -> None:
    benchmark_classification.main(["--data", str(data), "--study", "transfer", "--quick"])
    assert not looks and "look: skipped, since the set Larger is not in the folder" in capsys.readouterr().out
    write_npz(data, "Larger", train=120)
    rows = run(data, tmp_path, "--study", "transfer", "--seeds", "1", "--datasets", "NATOPS", "Larger", "--max-cases", "30")
    # A set is not transferred to itself.
    assert [(look.chosen.name, list(look.others)) for look in looks] == [("NATOPS", ["Larger"])]
    assert len(looks[0].others["Larger"].labels) == 30
    assert set(rows["model"]) == {"hitime-language"}


def test_chance_names_the_largest_class() -> None:
    cases = np.zeros((5, 1, 9))
    answer = fit("chance", Task("", cases, ("b", "a", "b", "c", "b"), 0)).answers(cases[:2])["chance"]
    assert (answer.said.labels, answer.said.classes) == (("b", "b"), ("a", "b", "c"))
    np.testing.assert_allclose(answer.said.probabilities, [[0.2, 0.6, 0.2]] * 2)
    assert "chance" not in contestants.usual() and studies.STUDIES["transfer"].models == ("hitime", "chance")


def test_noise_is_added_to_the_test_cases_of_one_fit(data: Path, tmp_path: Path, fake: type[FakeHiTime]) -> None:
    rows = run(data, tmp_path, "--study", "noise", "--models", "hitime", "nearest-neighbour", "--seeds", "1")
    assert len(fake.made) == 1
    for model in ("hitime", "nearest-neighbour"):
        accuracy = rows[(rows["model"] == model) & (rows["metric"] == "accuracy")]
        assert accuracy["ablation"].tolist() == ["noise none", "noise 10 dB", "noise 5 dB", "noise 0 dB"]
    clean, *noisy = fake.made[0].asked[::4]
    np.testing.assert_array_equal(clean, read_set("NATOPS", find_sets(data)["NATOPS"]).test_cases)
    ratios = [10 * np.log10(clean.var(axis=2).mean() / (one - clean).var(axis=2).mean()) for one in noisy]
    assert ratios == pytest.approx([10, 5, 0], abs=1)


def test_what_cannot_run_is_said_and_the_rest_runs(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_npz(data / "classification_uea", "Single", classes=1)
    (data / "classification_uea" / "Broken.npz").write_bytes(b"nothing")
    monkeypatch.setitem(contestants.AEON, "aeon-minirocket", "nowhere:Nothing")
    rows = run(data, tmp_path, "--models", "aeon-minirocket", "nearest-neighbour")
    assert set(rows["dataset"]) == {"NATOPS"} and set(rows["model"]) == {"nearest-neighbour"}
    printed = capsys.readouterr().out
    assert "Broken: skipped." in printed and "Single nearest-neighbour : failed. BadInput" in printed
    assert "aeon-minirocket: skipped, since it is not installed. No module named 'aeon.classification.nowhere'" in printed


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--datasets", "Nobody"), r"No data set is called 'Nobody'; there are: Tiny, NATOPS\."),
        (("--models", "rocketship"), r"'rocketship'; there are: .*minirocket.*hitime-no-lm"),
        (("--ablations", "no-thing"), r"'no-thing'; there are: no-data-encoder, .*no-lm\."),
        (("--study", "colours"), r"'colours'; there are: few-shot, ranks"),
    ],
)
def test_unknown_names_list_what_there_is(data: Path, tmp_path: Path, arguments: tuple[str, ...], expected: str) -> None:
    with pytest.raises(SystemExit, match=expected):
        run(data, tmp_path, *arguments)


@pytest.mark.parametrize("arguments", [("--seeds", "0"), ("--ablations", "all", "--study", "ranks")])
def test_options_that_make_no_sense(data: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit, match="2"):
        run(data, tmp_path, *arguments)


def test_a_missing_folder_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(
        SystemExit, match=r"^Expected a folder of labelled sets, found none at .*nowhere\. Give its path with --data\.$"
    ):
        run(tmp_path / "nowhere", tmp_path)


def test_quick_takes_two_small_sets_and_keeps_nothing(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, train in (("Small", 60), ("Huge", 600)):
        write_npz(data / "classification_uea", name, train=train)
    benchmark_classification.main(["--data", str(data), "--quick", "--models", "nearest-neighbour", "minirocket"])
    printed = capsys.readouterr().out
    assert "NATOPS " in printed and "Small " in printed and "Huge" not in printed
    assert not list(tmp_path.rglob("*.csv")) and not (tmp_path / "parts").exists()
    rows = run(data, tmp_path, "--quick", "--models", "nearest-neighbour")
    assert set(rows["ablation"]) == {"quick"} and set(rows["seed"]) == {0}


def test_large_sets_get_one_seed(data: Path, tmp_path: Path, fake: type[FakeHiTime], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark_classification, "LARGE_SET", 11)
    assert set(run(data, tmp_path, "--models", "hitime")["seed"]) == {0}
    assert set(run(data, tmp_path, "--models", "hitime", "--seeds", "2")["seed"]) == {0, 1}


def test_aeon_gets_whole_long_enough_series() -> None:
    cases = np.array([[[1.0, np.nan, 3.0, 4.0, 5.0]]])
    np.testing.assert_array_equal(contestants._without_gaps(cases, 4), [[[1, 1, 1, 0, 0, 0, 3, 3, 3, 4, 4, 4]]])
    assert contestants._without_gaps(cases, 9).tolist() == [[[1, 0, 3, 4, 5, 0, 0, 0, 0]]]


@pytest.mark.filterwarnings("ignore:unsafe cast from uint64")
def test_aeon_runs_beside_ours(data: Path) -> None:
    chosen = read_set("NATOPS", find_sets(data)["NATOPS"])
    fitted = fit("aeon-1nn-dtw", Task("NATOPS", chosen.cases, chosen.labels, 0))
    answer = fitted.answers(chosen.test_cases)["aeon-1nn-dtw"]
    assert answer.said.labels == chosen.test_labels and answer.said.probabilities is None
    assert answer.seconds >= fitted.seconds >= 0 and answer.peak_mb > 10


def test_texts_know_both_ways_of_writing_a_number() -> None:
    assert set(texts.CLASS_TEXTS) == set(texts.DOMAINS) and len(texts.DOMAINS) == 18
    assert texts.class_texts("Handwriting", ["1", "26.0", "27.0"]) == {
        "1": "The hand writes the letter a.",
        "26.0": "The hand writes the letter z.",
    }
    assert texts.class_texts("CharacterTrajectories", ["20"]) == {"20": "The pen writes the letter z."}
    assert texts.class_texts("PenDigits", ["0"]) == {"0": "The pen writes the digit zero."}
    assert texts.class_texts("NATOPS", ["2", "All clear"]) == dict.fromkeys(["2", "All clear"], "The signal means: All clear.")
    assert [texts.class_name("NATOPS", label) for label in ("2.0", "All clear")] == ["All clear", "All clear"]
    assert (texts.class_texts("Nobody", ["a"]), texts.domain("Nobody")) == ({}, texts.GENERAL_DOMAIN)


def test_answers_wait_on_the_shelf(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    key = Key("A", "hitime", 0, "noise 10 dB, 6 cases")
    assert shelf.correct(key) is None
    shelf.put(key, ("x", "y"), ("x", "x"))
    found = shelf.correct(key)
    assert found is not None and found.tolist() == [True, False]
    assert shelf.correct(Key("A", "hitime", 0, "")) is None


def test_tables_of_means_by_hand(tmp_path: Path) -> None:
    names = [*SEVEN, "JapaneseVowels"]
    made = [("ours", name, seed, 0.8 + 0.2 * seed, 4.0) for name in names for seed in (0, 1)]
    made += [("theirs", name, 0, 0.85, None) for name in SEVEN] + [("third", "Epilepsy", 0, 0.95, 1.0)]
    rows = pd.DataFrame(made, columns=["model", "dataset", "seed", "value", "seconds"]).assign(metric="accuracy", ablation="")
    table = mean_table(rows)
    assert list(table.index) == ["ours", "theirs", "third"]
    assert table["sets"].tolist() == [8, 7, 1]
    assert table["mean of seven"].tolist() == pytest.approx([0.9, 0.85, np.nan], nan_ok=True)
    # Epilepsy alone is there for all three.
    assert table["mean rank"].tolist() == [2, 3, 1] and "mean of nine" not in table
    rows.to_csv(tmp_path / "rows.csv", index=False)
    lines = markdown_table(tmp_path / "rows.csv").splitlines()
    assert lines[0].startswith("| model | ArticularyWordRecognition | BasicMotions | Epilepsy |")
    assert lines[0].endswith("| mean of seven | mean rank | CPU seconds a set |")
    assert lines[3].endswith("| 0.8500 |  | 0.8500 | 0.8500 | 0.8500 | 0.8500 | 3.00 |  |")
