"""python -m scripts.evaluate_ingestion [--data DIR] [--set main|unseen|earlier|fresh] [--out CSV]: compare readings with truth.

python -m scripts.evaluate_ingestion --set main --only bls_wide (seconds on one CPU core)

Every file is read as a fresh upload without a hint, as `tidings describe` does. One row a file: the outcome (right; asked, where
a question of the reader offers the right alternative; refused; wrong; crashed), whether the file deserves it, the checks passed,
seconds and what differed. `--data` reads a folder whose truth was written down by hand (its own expected.json, or else the one in
scripts/evaluation/ingestion); `--set` reads generated imitations of public formats: the main set, the one kept unseen at first,
the fresh one, written last and without a look at the reader, or the earlier one, which was the fresh one of its day.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from scripts.evaluation.ingestion.folder import EXPECTED, load_expected
from scripts.evaluation.ingestion.judge import CHECKS, Judgement, judge_case, judge_file
from scripts.evaluation.ingestion.sets import SETS, build

RESULTS = Path(__file__).parent / "results"
COLUMNS = ["set", "layout", "file", "wanted", "outcome", "ok", *CHECKS, "seconds", "detail"]

log = logging.getLogger(__name__)


def evaluate_folder(folder: Path) -> Iterator[dict[str, object]]:
    """One row a described file of a folder; a file that is not there is left out and said."""
    own = folder / "expected.json"
    for name, case in load_expected(own if own.is_file() else EXPECTED).items():
        path = folder / name
        if not path.is_file():
            log.warning("not in the folder: %s", name)
            continue
        yield _row("folder", name, name, case.wanted, judge_file(path, case))


def evaluate_set(chosen: str, only: Sequence[str] = (), seed: int = 0) -> Iterator[dict[str, object]]:
    """One row an imitation of a set."""
    for layout, case in build(chosen, seed).items():
        if not only or layout in only:
            yield _row(chosen, layout, case.file, case.wanted, judge_case(case))


def _row(group: str, layout: str, file: str, wanted: str, judgement: Judgement) -> dict[str, object]:
    checks = {check: check in judgement.passed for check in CHECKS}
    detail = " ".join(judgement.detail.split())
    log.info("%s %s %s", layout, judgement.outcome, detail)
    return {
        **{"set": group, "layout": layout, "file": file, "wanted": wanted, "outcome": judgement.outcome, "ok": judgement.ok},
        **checks,
        **{"seconds": judgement.seconds, "detail": detail},
    }


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """A row a set and one for all: files, then shares as they deserve, right, asked, refused without need, and wrong.

    `wrong` is the share read wrong without a word; crashed files count beside it.
    """
    rows = []
    for group, part in [*table.groupby("set", sort=False), ("all", table)]:
        needless = (part["outcome"] == "refused") & ~part["ok"]
        shares = {
            "ok": part["ok"].mean(),
            "right": (part["outcome"] == "right").mean(),
            "asked": (part["outcome"] == "asked").mean(),
            "refused_rightly": ((part["outcome"] == "refused") & part["ok"]).mean(),
            "refused_needlessly": needless.mean(),
            "wrong_silently": (part["outcome"] == "wrong").mean(),
            "crashed": (part["outcome"] == "crashed").mean(),
        }
        rows.append({"set": group, "files": len(part), **{name: round(float(share), 4) for name, share in shares.items()}})
    return pd.DataFrame(rows)


def main() -> None:
    """Read a folder, a set, or both, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, metavar="DIR", help="a folder of files whose truth is described")
    parser.add_argument("--set", choices=sorted(SETS), dest="chosen", help="generated imitations; main where no folder is given")
    parser.add_argument(
        "--only", nargs="*", default=[], metavar="LAYOUT", help="only these imitations; nothing is written without --out"
    )
    parser.add_argument("--seed", type=int, default=0, help="another number fills the imitations with other values")
    parser.add_argument(
        "--out", type=Path, help="CSV to write; ingestion.csv, or ingestion-SET.csv, in scripts/results by default"
    )
    parser.add_argument("--write-files", type=Path, metavar="DIR", help="also write the imitations themselves, to look at")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    chosen = arguments.chosen or (None if arguments.data else "main")
    rows = list(evaluate_folder(arguments.data)) if arguments.data else []
    if chosen:
        rows += evaluate_set(chosen, arguments.only, arguments.seed)
    if chosen and arguments.write_files:
        write_files(chosen, arguments.write_files, arguments.seed)
    table = pd.DataFrame(rows, columns=COLUMNS)
    name = "ingestion.csv" if chosen in (None, "main") else f"ingestion-{chosen}.csv"
    out = arguments.out or (None if arguments.only else RESULTS / name)
    if chosen in ("unseen", "fresh") and not arguments.only:
        # What a file of these sets failed on stays out of the committed table: the reader is not to be fitted to it.
        table["detail"] = ""
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(out, index=False, lineterminator="\n")
    print(table[["set", "layout", "outcome", "ok"]].to_string(index=False))
    print(summary(table).to_string(index=False))


def write_files(chosen: str, folder: Path, seed: int = 0) -> None:
    """The files of a set, and their names by layout, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {}
    for layout, case in build(chosen, seed).items():
        names[layout] = f"{layout}__{case.file}"
        (folder / names[layout]).write_bytes(case.content)
    (folder / "layouts.json").write_text(json.dumps(names, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
