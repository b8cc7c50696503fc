"""The .arff format: nominal and relational attributes, quotes, missing values, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.data.labels import all_cases, channel_names, labelled_cases, unlabelled_cases
from assistant.data.reader import read_dataset
from assistant.data.series import CLASS_COLUMN, Dataset
from assistant.errors import FileRejected

STEPS = "".join(f"@attribute att{step} numeric\n" for step in range(10))


def read(tmp_path: Path, text: str) -> Dataset:
    path = tmp_path / "cases.arff"
    path.write_text(text)
    return read_dataset(path)


def values(case: int) -> str:
    return ",".join(f"{case + step / 10:.1f}" for step in range(10))


def test_a_nominal_last_attribute_names_the_classes(tmp_path: Path) -> None:
    rows = "\n".join(f"{values(k)},{('walking', 'running', 'sitting')[k % 3]}" for k in range(9))
    dataset = read(
        tmp_path, f"% UEA\n@relation demo\n\n{STEPS}@attribute target {{walking,running,sitting}}\n@data\n{rows}\n% end\n"
    )
    assert (dataset.label_column, dataset.series) == ("target", ())
    cases, labels = labelled_cases(dataset)
    assert cases.shape == (9, 1, 10) and cases[3, 0, 4] == 3.4
    assert labels[:3] == ["walking", "running", "sitting"]
    (guess,) = [guess for guess in dataset.guesses if guess.what == CLASS_COLUMN]
    assert guess.chosen == "target" and guess.flag == "--label"


def test_quotes_blanks_commas_and_missing_values(tmp_path: Path) -> None:
    header = STEPS.replace("att3", "'att 3'").replace("numeric", "REAL").replace("@attribute", "@ATTRIBUTE\t")
    kinds = ("'at rest, lying'", '"in % motion"', "it\\'s".join("''"))
    rows = "\n".join(f"{values(k).replace('4.3', '?')}, {kinds[k % 3]} % remark" for k in range(6))
    dataset = read(tmp_path, f"@RELATION 'a b'\n{header}@attribute 'the class' {{{', '.join(kinds)}}}\n@DATA\n{rows}\n")
    cases, labels = labelled_cases(dataset)
    assert dataset.label_column == "the class" and "att 3" in dataset.table
    assert labels[:3] == ["at rest, lying", "in % motion", "it's"]
    assert np.isnan(cases[4, 0, 3]) and np.isnan(cases).sum() == 1


def test_classes_may_be_numbers_and_stand_first_when_called_so(tmp_path: Path) -> None:
    rows = "\n".join(f"{k % 2 + 1},{values(k)}" for k in range(6))
    dataset = read(tmp_path, f"@relation demo\n@attribute class {{1,2}}\n{STEPS}@data\n{rows}\n")
    assert labelled_cases(dataset)[1] == ["1", "2"] * 3


def test_relational_attributes_hold_the_dimensions_of_a_case(tmp_path: Path) -> None:
    header = f"@relation Moves\n@attribute moves relational\n{STEPS}@end moves\n@attribute activity {{walk,run}}\n@data\n"
    rows = "\n".join(f"'{values(k)}\\n{values(10 * k)}',{('walk', 'run')[k % 2]}" for k in range(6))
    dataset = read(tmp_path, header + rows.replace("20.0,20.1", "?,20.1"))
    cases, labels = labelled_cases(dataset)
    assert cases.shape == (6, 2, 10) and labels[:2] == ["walk", "run"]
    assert channel_names(dataset) == ("d1", "d2")
    assert cases[3, 1, 2] == 30.2 and np.isnan(cases[2, 1, 0])


def test_shorter_relational_cases_end_with_missing_values(tmp_path: Path) -> None:
    header = f"@relation Moves\n@attribute moves relational\n{STEPS}@end moves\n@attribute activity {{walk,run}}\n@data\n"
    rows = [f"'{values(k)}\\n{values(10 * k)}',{('walk', 'run')[k % 2]}" for k in range(6)]
    rows[1] = "'1,2,3\\n4,5,6',run"
    cases, _ = all_cases(read(tmp_path, header + "\n".join(rows)))
    assert cases.shape == (6, 2, 10)
    assert cases[1, 1, :3].tolist() == [4, 5, 6] and np.isnan(cases[1, :, 3:]).all()


def test_attributes_without_a_class_are_a_table_without_labels(tmp_path: Path) -> None:
    rows = "\n".join(values(k) for k in range(6))
    dataset = read(tmp_path, f"@relation demo\n{STEPS}@data\n{rows}\n")
    assert dataset.label_column is None and unlabelled_cases(dataset).shape == (6, 1, 10)


def test_dates_make_the_rows_those_of_a_series(tmp_path: Path) -> None:
    rows = "\n".join(f"'2024-01-{day:02d}',{day},{('sun', 'rain')[day % 2]}" for day in range(1, 20))
    header = "@relation w\n@attribute day date 'yyyy-MM-dd'\n@attribute warmth real\n@attribute weather {sun,rain}\n@data\n"
    dataset = read(tmp_path, header + rows)
    assert dataset.label_column is None
    assert [(series.name, series.frequency, len(series)) for series in dataset.series] == [("warmth", "D", 19)]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("@attribute a numerical\n@attribute b {x,y}\n@data\n1,x\n2,y", "“@attribute a numerical” in line 2"),
        ("@attribute a real\n@attribute b {x,y}\n@data\n1,x\n2", "Expected 2 values, one an attribute, found 1 in line 6"),
        ("@attribute a real\n@attribute b {x,y}\n@data\n1,x\n2,z", "declared values of “b”, found “z” in line 6"),
        ("@attribute a real\n@attribute b {x,y}\n@data\n1,x\ntwo,y", "a number or [?] for “a”, found “two” in line 6"),
        ("@attribute a real\n@attribute b {x,y}\n@data\n{0 1, 1 y}", "found a sparse case, .* in line 5"),
        ("@attribute a real\n@attribute b {x,y}\n@data\n1,'x", "quoted where they hold quotes, found “'x” in line 5"),
        ("@attribute a real\n@attribute b {x,y}\n@data\n", "Expected at least one case after @data"),
        ("@attribute a real\n@attribute b {x,y}\n", "Expected the line @data before the cases"),
        ("@attribute a real\n@frequencies 4\n@attribute b {x,y}\n@data\n1,x", "“@frequencies 4” in line 3"),
    ],
)
def test_a_damaged_file_is_refused_by_its_line(tmp_path: Path, lines: str, found: str) -> None:
    with pytest.raises(FileRejected, match=found):
        read(tmp_path, f"@relation demo\n{lines}")
