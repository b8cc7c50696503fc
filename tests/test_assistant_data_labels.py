"""Labelled tables: one case a row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.data.labels import labelled_cases
from assistant.data.reader import read_dataset
from assistant.data.samples import sample_files
from assistant.data.series import Dataset
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
