"""The classification benchmark: sets as they lie on disk, splits, rows, resuming, HiTime's heads, ablations and studies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.config import HiTimeConfig, config_from_dict
from scripts import benchmark_classification
from scripts.classification import ablations, comparisons, contestants, studies, texts
from scripts.classification.ablations import Variant
from scripts.classification.contestants import Answer, Said, Task, fit
from scripts.classification.probes import Look, Probe
from scripts.classification.scoring import Key, Shelf, calibration_error, log_loss, measures
from scripts.classification.sets import find_sets, read_set
from scripts.classification.summary import SEVEN, ablations_markdown, markdown_table, mean_table, studies_markdown
from scripts.measurements import Measurement, append_rows
from tests.classification_runs import FakeHiTime, data, fake, run, write_npz

__all__ = ["data", "fake"]  # fixtures


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
    # `hitime` is the head that validation chose, `hitime-no-lm` the best one without a language model; each head is asked once.
    assert wide["validation_accuracy"][["hitime", "hitime-no-lm", "hitime-aligned"]].tolist() == [0.8, 0.9, 0.6]
    assert wide["trainable_parameters"].dropna().to_dict() == {"hitime": 400, "hitime-language": 400}
    assert [len(one.asked) for one in fake.made] == [5, 5]
    # With what finished stages had taken.
    assert 5_000 <= rows["seconds"].min() < 5_060
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
    assert ablations_markdown(tmp_path / "rows.csv").splitlines() == [
        "| left out or replaced | NATOPS | p |",
        "|---|---|---|",
        "| the whole | 1.0000 |  |",
        "| no-lm | 1.0000 | 1.0000 |",
        "| no-data-encoder | 0.3333 | 0.1250 |",
    ]


def test_no_chance_is_told_as_none(tmp_path: Path) -> None:
    rows = [
        Measurement(dataset=dataset, model="hitime-language", metric=metric, value=value, seed=seed, ablation="raw-patches")
        for dataset, metric, value, seed in (("A", "accuracy", 0.5, 0), ("all", "p_value", 3e-9, None))
    ]
    append_rows(tmp_path / "rows.csv", rows, device="x", commit="y")
    assert ablations_markdown(tmp_path / "rows.csv").splitlines()[-1] == "| raw-patches | 0.5000 | < 0.0001 |"


def test_studies_are_told_beside_each_other(tmp_path: Path) -> None:
    def row(dataset: str, model: str, metric: str, value: float, seed: int, ablation: str) -> Measurement:
        return Measurement(dataset=dataset, model=model, metric=metric, value=value, seed=seed, ablation=ablation)

    append_rows(
        tmp_path / "studies.csv",
        [
            row("B", "hitime-language", "accuracy", 0.5, 0, "rank 4"),
            row("B", "hitime-language", "accuracy", 0.7, 1, "rank 4"),
            row("A", "hitime-language", "accuracy", 0.9, 0, "rank 4"),
            row("A", "hitime-language", "trainable_parameters", 12_345, 0, "rank 4"),
            row("A", "minirocket", "accuracy", 0.25, 0, "few-shot 5 %"),
            row("A", "hitime-linear", "accuracy", 0.25, 0, "few-shot 5 %"),
        ],
        device="here",
        commit="now",
    )
    assert studies_markdown(tmp_path / "studies.csv").splitlines() == [
        "| A / B: accuracy | hitime-language | minirocket |",
        "|---|---|---|",
        "| rank 4 | 0.900 / 0.600 |  |",
        "| few-shot 5 % |  | 0.250 / – |",
        "",
        "| A / B: inside `hitime-language` | trainable_parameters |",
        "|---|---|",
        "| rank 4 | 12,345 / – |",
    ]


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
    assert len(variants) == 13 + 3 + 5 + 5 + 3 + 3 + 2 + 1 + 1 + 3
    for variant in (*variants, ablations.Variant("quick", benchmark_classification.QUICK_CONFIG)):
        built = config_from_dict(HiTimeConfig, ablations.merged({"seed": 1}, variant.config))
        usual = HiTimeConfig(seed=1, refit=variant.label not in _AS_DEFAULT)
        assert built.seed == 1 and (built == usual) == (not variant.config or variant.label in _AS_DEFAULT)


_AS_DEFAULT = {"rank 8", "queries 8", "temperature 0.07", "gate rate 1", "shuffled texts 0 %"}


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
    clean, *noisy = fake.made[0].asked[::5]
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
