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

from scripts.benchmark_strangers import markdown as strangers_markdown
from scripts.classification.summary import ablations_markdown, studies_markdown
from scripts.classification.summary import markdown_table as classification_markdown
from scripts.forecasting.summary import markdown_table

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

# What is claimed: its prefix in diagnostics.csv, its name, the plain method beside it.
DIAGNOSTICS = (
    ("season", "a season and its period", "acf_periodogram"),
    ("place", "a change of level, slope or spread, at its place", "pelt_rbf"),
    ("anomaly", "an unusual point", "rolling_z"),
)
ANOMALIES = {
    "tidings": "Tidings, as it comes",
    "tidings, tuned": "Tidings, its three settings chosen on the other groups",
    "rolling-z": "rolling z-score, chosen alike",
    "seasonal-residual": "seasonal residual, chosen alike",
}
INGESTION = ("ingestion", "ingestion-unseen", "ingestion-earlier", "ingestion-fresh")
INGESTION_SETS = {
    "folder": "real files, described by hand",
    "main": "imitations of public formats, which the reader was improved on",
    "unseen": "further imitations, at first kept aside, then improved on too",
    "earlier": "harder imitations by another hand, improved on too",
    "fresh": "public downloads and exports, by another hand, at the first reading",
}
LATENCY = {
    "seconds": "`{model}` in a new process, seconds",
    "seconds_warm": "{dataset}, warm, seconds",
    "seconds_all": "{dataset} at once, until the last is answered, seconds",
    "seconds_median": "{dataset} at once, median wait, seconds",
    "peak_resident_mb": "resident memory after all of this, MB",
}

SPEED = {
    "train_tokens_per_second": "tokens that the language model reads a second in training, a shared prompt's once a step",
    "train_cases_per_second": "cases a second in its training",
    "train_language_share": "of a training step's time, the language model's part",
    "train_shared_prompt_gain": "times longer where every case reads the prompt for itself, training",
    "answer_shared_prompt_gain": "the same, answering",
    "answer_ms_per_case": "answer by the language model, of 32 cases at once, ms a case",
    "answer_seconds_alone": "answer by the language model, one case alone, seconds",
    "encoder_step_ms": "a training step of one task-specific encoder, ms",
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


def hitime_speed_table() -> str:
    """How fast HiTime trains and answers, from hitime-speed.csv; a column for each machine and configuration."""
    frame = pd.read_csv(RESULTS / "hitime-speed.csv", keep_default_na=False)
    settings = frame["device"] + frame["ablation"].map(lambda options: f", `{options}`" if options else "")
    wide = frame.assign(setting=settings).pivot_table(index="metric", columns="setting", values="value", aggfunc="last")
    lines = [f"| {' | '.join(['HiTime, cases of Epilepsy’s shape', *wide.columns])} |", "|---" * (1 + len(wide.columns)) + "|"]
    for metric, title in SPEED.items():
        lines.append(f"| {' | '.join([title, *(f'{value:.3g}' for value in wide.loc[metric])])} |")
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


def forecasting_table() -> str:
    """Every method on every set, from forecasting.csv."""
    return markdown_table(pd.read_csv(RESULTS / "forecasting.csv", keep_default_na=False, na_values={"value": [""]}))


def classification_table() -> str:
    """Every classifier on every set, from classification.csv."""
    return classification_markdown(RESULTS / "classification.csv")


def ablations_table() -> str:
    """HiTime's language head with one thing left out, from classification-ablations.csv."""
    return ablations_markdown(RESULTS / "classification-ablations.csv")


def studies_table() -> str:
    """HiTime along one quantity at a time, and looked at inside, from classification-studies.csv."""
    return studies_markdown(RESULTS / "classification-studies.csv")


def strangers_table() -> str:
    """What is called unlike anything known, from strangers.csv."""
    return strangers_markdown(RESULTS / "strangers.csv")


def diagnostics_table() -> str:
    """Right and wrong claims on the synthetic series, ours and a plain method's, from diagnostics.csv."""
    frame = pd.read_csv(RESULTS / "diagnostics.csv")
    values = frame[frame["dataset"] == "all"].set_index(["model", "metric"])["value"]
    lines = [
        f"{values['tidings', 'cases']:.0f} series with effects, {values['tidings', 'clean_cases']:.0f} without.",
        "",
        "| claim | precision | recall | clean series with a false one | plain method | its precision | recall | false |",
        "|---" * 8 + "|",
    ]
    for what, title, plain in DIAGNOSTICS:
        rows = [
            [values[model, f"{what}_{part}"] for part in ("precision", "recall", "false_alarms")] for model in ("tidings", plain)
        ]
        ours, theirs = (f"{precision:.3f} | {recall:.3f} | {100 * alarms:.1f} %" for precision, recall, alarms in rows)
        lines.append(f"| {title} | {ours} | {plain.replace('_', ' ')} | {theirs} |")
    return "\n".join(lines)


def anomalies_table() -> str:
    """Windowed F1 by group, from anomalies.csv."""
    frame = pd.read_csv(RESULTS / "anomalies.csv")
    frame = frame[(frame["metric"] == "f1") & frame["ablation"].isna()]
    table = frame.pivot(index="model", columns="dataset", values="value").loc[list(ANOMALIES)]
    titles = [str(name).removeprefix("nab/") for name in table]
    lines = [f"| windowed F1 | {' | '.join(titles)} |", "|---" * (len(titles) + 1) + "|"]
    lines += [f"| {title} | {' | '.join(f'{value:.3f}' for value in table.loc[name])} |" for name, title in ANOMALIES.items()]
    return "\n".join(lines)


def ingestion_table() -> str:
    """How files were read, from the ingestion CSVs."""
    frame = pd.concat([pd.read_csv(RESULTS / f"{name}.csv") for name in INGESTION])
    lines = ["| files | how many | as they deserve | read right | wrong without a word |", "|---|---|---|---|---|"]
    for name, title in INGESTION_SETS.items():
        part = frame[frame["set"] == name]
        shares = (part["ok"].mean(), (part["outcome"] == "right").mean(), (part["outcome"] == "wrong").mean())
        lines.append(f"| {title} | {len(part)} | {' | '.join(f'{100 * share:.1f} %' for share in shares)} |")
    return "\n".join(lines)


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
    "ingestion": ingestion_table,
    "diagnostics": diagnostics_table,
    "anomalies": anomalies_table,
    "forecasting": forecasting_table,
    "classification": classification_table,
    "ablations": ablations_table,
    "studies": studies_table,
    "strangers": strangers_table,
    "latency": latency_table,
    "speed": hitime_speed_table,
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
