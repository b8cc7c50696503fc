"""What the classification benchmark cannot be asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.classification_runs import data, run

__all__ = ["data"]  # a fixture


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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--seeds", "0"), "argument --seeds: expected a whole number above 0, found 0"),
        (("--seeds", "few"), "argument --seeds: expected a whole number above 0, found few"),
        (("--max-cases", "-3"), "argument --max-cases/--max-series: expected a whole number above 0, found -3"),
        (("--holdout", "none"), "argument --holdout: invalid choice: 'none'"),
        (
            ("--ablations", "all", "--study", "ranks"),
            "expected --ablations or --study, found both; run them one after the other",
        ),
    ],
)
def test_options_that_make_no_sense(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        run(data, tmp_path, *arguments)
    assert caught.value.code == 2
    assert f": error: {said}" in capsys.readouterr().err
    assert not (tmp_path / "rows.csv").exists()


def test_a_missing_folder_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(
        SystemExit, match=r"^Expected a folder of labelled sets, found none at .*nowhere\. Give its path with --data\.$"
    ):
        run(tmp_path / "nowhere", tmp_path)
