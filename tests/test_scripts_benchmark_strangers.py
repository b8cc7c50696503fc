"""Made strangers: of the cases' shape, level and size, and asked about beside held-out cases of the training part."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts import benchmark_strangers as benchmark
from scripts.classification.sets import LabelledSet, read_set
from tests.classification_runs import data, write_npz

__all__ = ["data"]  # a fixture


@pytest.fixture
def one(data: Path) -> LabelledSet:
    write_npz(data, "Waves", train=48)
    return read_set("Waves", data / "Waves.npz")


def test_strangers_have_the_level_size_and_length_of_the_cases() -> None:
    random = np.random.default_rng(0)
    cases = random.normal([[5.0], [-300.0]], [[2.0], [50.0]], (30, 2, 80))
    cases[0, :, 40:] = np.nan
    made = benchmark.strangers(cases, seed=0)
    assert set(made) == {*benchmark.STANDARD, *benchmark.OF_CASES}
    for kind, table in made.items():
        assert table.shape[1:] == (2, 80) and np.isfinite(table).all()
        assert (np.abs(table.mean(axis=(0, 2)) - [5, -300]) < [0.5, 12]).all(), kind
        np.testing.assert_allclose(table.std(axis=(0, 2)), [2, 50], rtol=0.2, err_msg=kind)
    assert not np.array_equal(made["noise"], benchmark.strangers(cases, seed=1)["noise"])


def test_a_run_writes_the_share_of_each_kind(
    one: LabelledSet, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "rows.csv"
    benchmark.main(
        ["--data", str(data), "--datasets", "Waves", "--seeds", "2", "--model", "nearest-neighbour", "--out", str(out)]
    )
    rows = pd.read_csv(out)
    kinds = {benchmark.USUAL, *benchmark.STANDARD, *benchmark.OF_CASES}
    assert len(rows) == 2 * len(kinds) and set(rows["ablation"]) == kinds
    assert set(rows["metric"]) == {"strange"} and rows["value"].between(0, 1).all()
    usual = rows[rows["ablation"] == benchmark.USUAL]["value"].mean()
    assert usual <= 0.1 < rows[rows["ablation"] == "trend"]["value"].mean()
    assert benchmark.markdown(out).splitlines()[2].startswith(f"| usual cases | {usual:.2f} | {usual:.2f} (Waves) |")
    assert "| trend |" in capsys.readouterr().out


def test_test_parts_are_never_read(one: LabelledSet) -> None:
    emptied = LabelledSet(one.name, one.cases, one.labels, np.full_like(one.test_cases, np.nan), one.test_labels)
    first, second = (benchmark.measured(each, "nearest-neighbour", 0) for each in (one, emptied))
    assert [row.value for row in first] == [row.value for row in second]


def test_what_cannot_be_asked_for(data: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="No data set is called 'Nobody'"):
        benchmark.main(["--data", str(data), "--datasets", "Nobody"])
    with pytest.raises(SystemExit, match="Expected a folder of labelled sets"):
        benchmark.main(["--data", str(tmp_path / "nowhere")])
