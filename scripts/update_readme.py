"""python -m scripts.update_readme [--check]: rebuild what README.md quotes: tables of results, the drawn graph, real answers.

python -m scripts.update_readme --check (seconds; changes nothing, fails when the README differs from the results)

A generated part stands between `<!-- begin NAME -->` and `<!-- end NAME -->`. Tables come from the CSVs in scripts/results, the
graph from the code, the answers from scripts/results/answers.md, which `--answers` writes anew by asking the product.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "scripts" / "results"
README = ROOT / "README.md"

QUESTIONS = (
    ("us_employment_monthly.csv", "Is there a trend in Manufacturing, and when was it lowest?"),
    ("co2_monthly.csv", "Forecast the next 12 months with a 90 % interval"),
    ("server_load.csv", "Is anything unusual in cpu_load?"),
    ("server_load.csv", "Does requests lead cpu_load?"),
    ("brent_oil_daily.csv", "Why did the price fall in 2014?"),
)

LATENCY = {
    "seconds": "`{model}` in a new process, seconds",
    "seconds_warm": "{dataset}, warm, seconds",
    "seconds_all": "{dataset} at once, until the last is answered, seconds",
    "seconds_median": "{dataset} at once, median wait, seconds",
    "peak_resident_mb": "resident memory after all of this, MB",
}


def latency_table() -> str:
    """The cost table, from latency.csv."""
    frame = pd.read_csv(RESULTS / "latency.csv")
    lines = [
        f"Medians on {frame['device'].iloc[0]} (`python -m scripts.benchmark_latency`).",
        "",
        "| what | measured |",
        "|---|---|",
    ]
    lines += [
        f"| {LATENCY[row.metric].format(model=row.model, dataset=str(row.dataset).replace('_', ' '))} | {row.value:.3g} |"
        for row in frame.itertuples()
    ]
    return "\n".join(lines)


def questions_table() -> str:
    """The shares of right answers, from questions.csv and questions-unseen.csv."""
    lines = ["| question set | questions | right agent | right slots | right numbers |", "|---|---|---|---|---|"]
    for name, title in (("questions", "written before the planner"), ("questions-unseen", "held back, other wording")):
        frame = pd.read_csv(RESULTS / f"{name}.csv")
        shares = " | ".join(f"{100 * frame[check].mean():.1f} %" for check in ("agent_ok", "slots_ok", "numbers_ok"))
        lines.append(f"| {title} | {len(frame)} | {shares} |")
    return "\n".join(lines)


def durability_table() -> str:
    """What survived being killed, from durability.csv."""
    row = pd.read_csv(RESULTS / "durability.csv").iloc[0]
    return (
        f"| rounds of kill -9 | acknowledged | lost | deleted and back | integrity |\n|---|---|---|---|---|\n"
        f"| {row['rounds']} | {row['acknowledged']} | {row['lost']} | {row['resurrected']} | {row['integrity']} |"
    )


def graph_drawing() -> str:
    """The graph as Mermaid, drawn from the code."""
    from assistant.graph import drawing

    return f"```mermaid\n{drawing().strip()}\n```"


def answers() -> str:
    """The stored answers to the README's questions."""
    return (RESULTS / "answers.md").read_text(encoding="utf-8").strip()


PARTS: dict[str, Callable[[], str]] = {
    "answers": answers,
    "graph": graph_drawing,
    "questions": questions_table,
    "latency": latency_table,
    "durability": durability_table,
}


def rebuilt(text: str) -> str:
    """The README with every generated part made anew. Raises ValueError for a part nobody generates or a missing one."""
    named = re.findall(r"<!-- begin (\w+) -->", text)
    if sorted(named) != sorted(PARTS):
        raise ValueError(f"README.md should hold the generated parts {sorted(PARTS)} once each; it holds {sorted(named)}.")
    for name, make in PARTS.items():
        pattern = re.compile(rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
        text = pattern.sub(lambda match, make=make: f"{match[1]}{make()}\n{match[2]}", text)  # type: ignore[misc]
    return text


async def ask_all(home: Path) -> str:
    """Put the README's questions to the product and set its answers as Markdown."""
    from assistant.data.samples import sample_files
    from assistant.events import AnswerReady
    from assistant.services import open_services
    from assistant.settings import Settings

    samples = {path.name: path for path in sample_files()}
    parts = []
    async with open_services(Settings(home=home)) as services:
        for file, question in QUESTIONS:
            conversation = await services.create_session("readme")
            await conversation.add_file(samples[file], file)
            async for event in conversation.ask(question):
                if isinstance(event, AnswerReady):
                    quoted = "\n".join(f"> {line}".rstrip() for line in event.answer.answer.splitlines())
                    parts.append(f"**{question}** (`{file}`)\n\n{quoted}")
    return "\n\n".join(parts) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Rebuild or check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when the README differs")
    parser.add_argument("--answers", action="store_true", help="ask the README's questions again first")
    options = parser.parse_args(arguments)
    if options.answers:
        with tempfile.TemporaryDirectory() as home:
            (RESULTS / "answers.md").write_text(asyncio.run(ask_all(Path(home))), encoding="utf-8")
    old = README.read_text(encoding="utf-8")
    new = rebuilt(old)
    if options.check and new != old:
        print("README.md differs from the results; run python -m scripts.update_readme", file=sys.stderr)
        raise SystemExit(1)
    if not options.check:
        README.write_text(new, encoding="utf-8")
    print("README.md agrees with the results.")


if __name__ == "__main__":
    main()
