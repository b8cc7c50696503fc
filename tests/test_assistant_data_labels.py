"""Labelled tables: one case a row."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assistant.data.labels import all_cases, case_rows, channel_names, labelled_cases, recording_names, unlabelled_cases
from assistant.data.reader import read_dataset
from assistant.data.samples import sample_files
from assistant.data.series import Dataset
from assistant.data.worker import read_dataset_safely
from assistant.errors import BadRequest


def read(tmp_path: Path, text: str) -> Dataset:
    path = tmp_path / "cases.csv"
    path.write_text(text)
    return read_dataset(path)


def test_words_beside_numbered_columns_are_labels(tmp_path: Path) -> None:
    rows = [f"{('left', 'right')[k % 2]}," + ",".join(f"{k + i / 10:.2f}" for i in range(20)) for k in range(12)]
    dataset = read(tmp_path, "gesture," + ",".join(f"t{i}" for i in range(20)) + "\n" + "\n".join(rows))
    assert (dataset.label_column, dataset.series) == ("gesture", ())
    cases, labels = labelled_cases(dataset)
    assert cases.shape == (12, 1, 20)
    assert cases[3, 0, 5] == 3.5
    assert labels[:3] == ["left", "right", "left"]


def test_prefixes_are_channels(tmp_path: Path) -> None:
    header = ",".join([f"x_{i}" for i in range(10)] + [f"y_{i}" for i in range(10)] + ["class"])
    rows = [",".join(str(100 * k + i) for i in range(20)) + f",{k % 3}" for k in range(12)]
    cases, labels = labelled_cases(read(tmp_path, header + "\n" + "\n".join(rows)))
    assert cases.shape == (12, 2, 10)
    assert cases[2, 1].tolist() == [210 + i for i in range(10)]
    assert labels[:4] == ["0", "1", "2", "0"]


def recorded(tmp_path: Path, *, with_class: bool = True, shuffled: bool = False) -> Dataset:
    """Nine recordings of 10 to 18 steps over two channels, three a person."""
    lines = []
    for k in range(9):
        for step in range(10 + k):
            activity = f",{('walk', 'run', 'rest')[k % 3]}" if with_class else ""
            lines.append(f"p{k // 3},rec {k},{0.02 * step:.2f},{np.sin(k + step):.4f},{np.cos(k * step):.4f}{activity}")
    if shuffled:
        lines = lines[::2] + lines[1::2]
    return read(tmp_path, "person,recording,seconds,x,y" + (",activity" * with_class) + "\n" + "\n".join(lines))


def test_rows_of_a_recording_are_one_case_and_columns_its_channels(tmp_path: Path) -> None:
    dataset = recorded(tmp_path)
    cases, labels = labelled_cases(dataset)
    assert (dataset.label_column, dataset.recording_column) == ("activity", "recording")
    assert recording_names(dataset) == tuple(f"rec {k}" for k in range(9))
    assert labels == ["walk", "run", "rest"] * 3
    assert cases.shape == (9, 2, 18)
    assert cases[4, 0, :14] == pytest.approx([np.sin(4 + step) for step in range(14)], abs=1e-4)
    assert np.isnan(cases[4, :, 14:]).all() and not np.isnan(cases[4, :, :14]).any()
    layout = next(guess for guess in dataset.guesses if guess.what == "layout")
    assert layout.chosen == "recordings" and "“recording”" in layout.why


def steps_of(tmp_path: Path, header: str, recordings: int, steps: int, row: Callable[[int, int], str]) -> Dataset:
    """A table with `row(recording, step)` for each step of each recording, these of two classes by turns."""
    lines = [f"{row(k, step)},{('walk', 'run')[k % 2]}" for k in range(recordings) for step in range(steps)]
    return read(tmp_path, f"{header},activity\n" + "\n".join(lines))


def test_a_table_sorted_by_class_has_a_case_a_row(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    lines = [
        f"{','.join(f'{value:.2f}' for value in random.normal(k, 1, 4))},{kind}"
        for k, kind in enumerate(("setosa", "versicolor", "virginica"))
        for _ in range(30)
    ]
    dataset = read(tmp_path, "sepal length,sepal width,petal length,petal width,species\n" + "\n".join(lines))
    cases, labels = labelled_cases(dataset)
    assert cases.shape == (90, 1, 4) and labels == sorted(labels)


def test_what_counts_slowly_names_no_recording_and_what_stands_still_is_no_channel(tmp_path: Path) -> None:
    dataset = steps_of(
        tmp_path, "person,recording,minute,x", 8, 30, lambda k, step: f"{k // 2},{k},{step // 10 + 3 * k},{np.sin(k + step):.4f}"
    )
    assert dataset.recording_column == "recording"
    assert recording_names(dataset)[:2] == ("recording 0", "recording 1")
    cases, labels = labelled_cases(dataset)
    assert labels == ["walk", "run"] * 4
    # The minute is no step of equal size, so that it stays a channel; the person's number does not.
    assert cases.shape == (8, 2, 30)
    assert cases[3, 0].tolist() == [step // 10 + 9 for step in range(30)]


def test_rows_out_of_order_stay_cases_of_their_own(tmp_path: Path) -> None:
    dataset = recorded(tmp_path, shuffled=True)
    assert dataset.recording_column is None and len(labelled_cases(dataset)[1]) == len(dataset.table)


def test_recordings_without_classes_are_cases_but_teach_nothing(tmp_path: Path) -> None:
    lines = [f"rec {k},{step},{np.sin(k + step):.4f},{np.cos(k * step):.4f}" for k in range(4) for step in range(12)]
    dataset = read(tmp_path, "recording,step,x,y\n" + "\n".join(lines))
    assert (dataset.label_column, dataset.recording_column) == (None, "recording")
    cases, labels = all_cases(dataset)
    assert cases.shape == (4, 2, 12) and labels == [""] * 4
    with pytest.raises(BadRequest, match=r"No case of .* carries a class"):
        labelled_cases(dataset)


@pytest.mark.parametrize("named", ["rec {}", "{}"])
def test_blocks_of_rows_under_a_recordings_name_are_cases_without_steps_or_classes(tmp_path: Path, named: str) -> None:
    random = np.random.default_rng(0)
    names = [named.format(100 + 7 * k) for k in range(4)]
    rows = [f"{names[k]},{random.normal():.4f},{k + step / 100:.2f}" for k in range(4) for step in range(10 + k)]
    dataset = read(tmp_path, "recording,acc x,acc y\n" + "\n".join(rows))
    assert (dataset.label_column, dataset.recording_column) == (None, "recording")
    cases, labels = all_cases(dataset)
    assert cases.shape == (4, 2, 13) and labels == [""] * 4
    assert cases[2, 1, :3].tolist() == [2.0, 2.01, 2.02] and np.isnan(cases[0, 1, 10:]).all()
    assert channel_names(dataset) == ("acc x", "acc y")
    assert case_rows(dataset) == (1, 11, 22, 34)
    assert [series.name for series in dataset.series] == ["acc x", "acc y"]


def test_two_columns_of_names_are_people_and_their_recordings(tmp_path: Path) -> None:
    dataset = recorded(tmp_path, with_class=False)
    assert dataset.recording_column == "recording" and len(all_cases(dataset)[0]) == 9


@pytest.mark.parametrize("name", ["level", "hour"])
def test_numbers_in_blocks_are_no_recordings_under_other_names(tmp_path: Path, name: str) -> None:
    rows = [f"{k},{np.sin(k + step):.4f},{np.cos(k * step):.4f}" for k in range(4) for step in range(10)]
    assert read(tmp_path, f"{name},x,y\n" + "\n".join(rows)).recording_column is None


def test_channels_are_called_as_their_columns(tmp_path: Path) -> None:
    header = ",".join([f"acc_{i}" for i in range(10)] + [f"gyro {i}" for i in range(10)])
    rows = [",".join(f"{k + i / 100:.2f}" for i in range(20)) for k in range(12)]
    unlabelled = read(tmp_path, header + "\n" + "\n".join(rows))
    assert channel_names(unlabelled) == ("acc", "gyro")
    labelled = read(tmp_path, header + ",class\n" + "\n".join(f"{row},{'ab'[k % 2]}" for k, row in enumerate(rows)))
    assert channel_names(labelled) == ("acc", "gyro")
    single = read(tmp_path, ",".join(f"t{i}" for i in range(20)) + "\n" + "\n".join(rows))
    assert channel_names(single) == ("",)
    assert channel_names(recorded(tmp_path)) == ("x", "y")


@pytest.mark.parametrize("labelled", [True, False])
def test_cases_are_counted_as_the_rows_of_the_file(tmp_path: Path, labelled: bool) -> None:
    cells = [",".join(f"{k + i / 100:.2f}" for i in range(20)) + f",{'ab'[k % 2]}" * labelled for k in range(8)]
    blank = "," * cells[0].count(",")
    header = ",".join(f"t{i}" for i in range(20)) + ",class" * labelled
    rows = [blank, *cells[:2], blank, "", *cells[2:], blank]
    dataset = read(tmp_path, header + "\n" + "\n".join(rows))
    warnings: list[str] = []
    cases = all_cases(dataset, warnings)[0] if labelled else unlabelled_cases(dataset, warnings)
    # A blank line is no row, and rows below the last case are none that a case could be mistaken for.
    assert case_rows(dataset) == (2, 3, 5, 6, 7, 8, 9, 10) and len(cases) == 8
    assert warnings == ["2 rows of cases.csv hold nothing and were left out (rows 1, 4 below the header)."]


def test_empty_rows_count_in_workbooks_and_in_the_process_that_reads_them(tmp_path: Path) -> None:
    table = pd.DataFrame({f"t{i}": [0.5 + i, None, 1.5 + i, 2.5 + i] for i in range(20)})
    path = tmp_path / "cases.xlsx"
    table.to_excel(path, index=False)
    dataset = read_dataset_safely(path)
    assert dataset.empty_rows == (2,) and case_rows(dataset) == (1, 3, 4)


def test_a_table_of_recordings_keeps_its_column_in_the_process_that_reads_it(tmp_path: Path) -> None:
    recorded(tmp_path, with_class=False)
    packed = tmp_path / "cases.csv.gz"
    packed.write_bytes(gzip.compress((tmp_path / "cases.csv").read_bytes()))
    assert read_dataset_safely(packed).recording_column == "recording"


@pytest.mark.parametrize("name", ["gestureId", "userid", "subject", "fileid", "Trial"])
def test_numbers_name_recordings_under_such_names(tmp_path: Path, name: str) -> None:
    random = np.random.default_rng(0)
    dataset = steps_of(
        tmp_path,
        f"{name},x,y,z",
        20,
        12,
        lambda k, _: f"{100 + 7 * k},{','.join(f'{value:.3f}' for value in random.normal(size=3))}",
    )
    cases, labels = labelled_cases(dataset)
    assert cases.shape == (20, 3, 12) and labels == ["walk", "run"] * 10


@pytest.mark.parametrize("name", ["humid", "grid", "liquid"])
def test_what_ends_in_id_by_chance_is_measured(tmp_path: Path, name: str) -> None:
    dataset = steps_of(tmp_path, f"{name},y,z", 20, 12, lambda k, step: f"{100 + 7 * k},{(k + step) % 5},{step % 3}")
    assert dataset.recording_column is None


@pytest.mark.parametrize("name", ["id", "subject", "recording", "age"])
def test_what_numbers_cases_or_is_no_step_is_no_part_of_them(tmp_path: Path, name: str) -> None:
    header = ",".join([name] + [f"x_{i}" for i in range(10)] + [f"y_{i}" for i in range(10)] + ["class"])
    order = np.random.default_rng(0).permutation(20)
    rows = [f"{order[k] + 101}," + ",".join(f"{k + i / 100:.2f}" for i in range(20)) + f",{'ab'[k % 2]}" for k in range(20)]
    dataset = read(tmp_path, header + "\n" + "\n".join(rows))
    warnings: list[str] = []
    cases, _ = all_cases(dataset, warnings)
    assert cases.shape == (20, 2, 10) and cases[3, 1, 4] == 3.14
    assert warnings == [
        f"The column “{name}” of {dataset.name} was left out of the cases: it numbers them, or is no step of a series."
    ]


def test_features_are_cases_without_what_numbers_them(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    order = random.permutation(30)
    rows = [f"{order[k]},{','.join(f'{value:.2f}' for value in random.normal(size=3))},{'ab'[k % 2]}" for k in range(30)]
    dataset = read(tmp_path, "subject,length,width,depth,class\n" + "\n".join(rows))
    warnings: list[str] = []
    assert all_cases(dataset, warnings)[0].shape == (30, 1, 3)
    assert len(warnings) == 1 and "“subject”" in warnings[0] and "“width”" not in warnings[0]


def test_a_sensor_at_rest_and_one_that_rises_evenly_are_channels(tmp_path: Path) -> None:
    def row(k: int, step: int) -> str:
        counted = 12 * k + step
        return f"rec {k},{step},{step * 20},{30 + k},{counted},,{np.sin(k + step):.3f},0,{5 * step + k}"

    dataset = steps_of(tmp_path, "recording,step,ms,age,odo,empty,ax,az,ramp", 6, 12, row)
    cases, _ = labelled_cases(dataset)
    assert cases.shape == (6, 3, 12)
    assert cases[2, 1].tolist() == [0] * 12 and cases[2, 2, :3].tolist() == [2, 7, 12]


def test_a_leading_class_number_without_a_header(tmp_path: Path) -> None:
    rows = [f"{k % 2 + 1}," + ",".join(f"{np.sin(k + i):.4f}" for i in range(40)) for k in range(30)]
    cases, labels = labelled_cases(read(tmp_path, "\n".join(rows)))
    assert cases.shape == (30, 1, 40)
    assert labels[:3] == ["1", "2", "1"]


def test_a_table_with_times_is_not_labelled(tmp_path: Path) -> None:
    rows = [f"2020-01-{day:02d},{day},{('sun', 'rain')[day % 2]}" for day in range(1, 20)]
    dataset = read(tmp_path, "date,v,weather\n" + "\n".join(rows))
    assert dataset.label_column is None
    with pytest.raises(BadRequest, match="Expected a labelled table"):
        labelled_cases(dataset)


def test_every_sample_file_is_read() -> None:
    for path in sample_files():
        dataset = read_dataset(path)
        assert dataset.series or dataset.label_column, path.name
        assert not dataset.questions, path.name
