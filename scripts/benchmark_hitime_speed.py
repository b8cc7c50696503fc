"""python -m scripts.benchmark_hitime_speed [--device cpu|cuda] [--data FILE] [--config JSON] [--out CSV]: how fast HiTime is.

python -m scripts.benchmark_hitime_speed --quick (half a minute on one core: a small set, few layers, nothing written)

Medians of wall-clock time on one machine, on made cases of Epilepsy's shape (137 of 3 channels and 206 steps, in 4 classes) or
on the training part of FILE (an `.npz` set, or the training part of an archive pair). Every stage is trained for two steps
beforehand, since what they learn does not change how long anything takes. `--config` gives options of HiTimeConfig as JSON,
such as '{"language": {"layers": null}}' for the whole language model. Rows are added to the CSV:

- train_tokens_per_second, train_cases_per_second: of a step of the language stage, from drawing its cases to the optimiser's
  end; tokens are those that the language model reads, a shared prompt's once a step.
- train_language_share: of that step's time, from handing the series' embeddings to the language model until their gradient is
  back; the rest is the querying transformer and the optimiser.
- train_shared_prompt_gain, answer_shared_prompt_gain: how many times longer the same takes where every case reads the prompt
  for itself, both ways by turns in the same run.
- answer_ms_per_case: of 32 cases at once; answer_seconds_alone: of one; from the raw series to class probabilities.
- encoder_step_ms: a training step of the first task-specific encoder, its cases' variation included.

`seconds` is the median of what was timed: a step of training, or an answer.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from assistant.errors import FileRejected
from models.config import HiTimeConfig, config_from_dict
from models.device import choose_device
from models.errors import ModelError
from models.hitime.stage_cache import StageCache
from models.hitime.stages import TrainingSet, train_sources
from models.hitime.system import System, described, train_system
from models.hitime.tuning import NamingModel, named, train_naming
from models.monitor import SILENT
from scripts.classification.ablations import merged
from scripts.classification.sets import LabelledSet, read_set
from scripts.classification.texts import class_texts, domain
from scripts.measurements import Measurement, append_rows, commit, machine

OUT = Path(__file__).parent / "results" / "hitime-speed.csv"
MODEL = "hitime-language"
MADE, LIKE, SEED = "epilepsy-like", "Epilepsy", 20260
AT_ONCE = 32
# Of a short and a long training of an encoder; what they differ by is the steps' own time.
STEPS = (10, 110)
# Both ways to read the prompt are timed by turns, so that what else the machine does befalls both.
TURNS = 2
# What is not timed.
BRIEF: Mapping[str, Any] = {
    "data": {"tokenizer_steps": 2, "steps": 2},
    "task": {"steps": 2},
    "alignment": {"steps": 2},
    "language": {"steps": 2},
    "views": 1,
    "head": "language",
}
QUICK: Mapping[str, Any] = {
    "data": {"kernels": 0, "batch": 8},
    "task": {"members": [{"encoder": "cnn"}], "batch": 8},
    "language": {"layers": 1, "batch": 8},
}


@dataclass(frozen=True)
class Setting:
    """What is timed. table: cases (batch, channel, time) with NaN; targets: their class positions (batch,).

    system: trained on them; its language model is trained further. repeats: what the medians are of.
    """

    system: System
    naming: NamingModel
    table: np.ndarray
    targets: Tensor
    repeats: int
    device: str

    def now(self) -> float:
        """Seconds of a clock, when all that was asked of the device is done."""
        if self.device != "cpu":
            torch.cuda.synchronize()
        return time.perf_counter()

    def seconds(self, action: Callable[[], object]) -> list[float]:
        """What an action takes, each time, after one that is not counted."""
        action()
        found = []
        for _ in range(self.repeats):
            begun = self.now()
            action()
            found.append(self.now() - begun)
        return found


@dataclass
class Steps:
    """Steps of the language stage. seconds: of each; language: those of them in the language model; cases, tokens: of a step."""

    seconds: list[float] = field(default_factory=list)
    language: list[float] = field(default_factory=list)
    cases: int = 0
    tokens: int = 0

    def joined(self, others: Steps) -> Steps:
        """These and others of the same kind."""
        return Steps(self.seconds + others.seconds, self.language + others.language, others.cases, others.tokens)


class PromptingBridge(nn.Linear):
    """A bridge that puts the prompt's embeddings before every case's, so that each case reads the prompt for itself.

    bridge: whose place it takes. prompt: (token, width). The language model brings what it is given to one size, so what it
    says differs a little from what it says after the same prompt read once; how much it computes does not.
    """

    def __init__(self, bridge: nn.Linear, prompt: Tensor) -> None:
        super().__init__(bridge.in_features, bridge.out_features, device=bridge.weight.device)
        self.load_state_dict(bridge.state_dict())
        self.prompt = prompt

    def forward(self, queried: Tensor) -> Tensor:
        """(batch, token + query, width) of (batch, query, width of the queries)."""
        return torch.cat([self.prompt.expand(len(queried), -1, -1), super().forward(queried)], 1)


@contextmanager
def prompt_for_every_case(naming: NamingModel) -> Iterator[None]:
    """Until it ends, no prompt is shared: each case brings its own."""
    reader, bridge, prompt = naming.reader, naming.bridge, naming.reader.prompt
    tokens = torch.tensor(prompt, device=bridge.weight.device)
    naming.bridge = PromptingBridge(bridge, reader.backbone.token_embeddings(tokens).detach().float())
    reader.prompt = []
    try:
        yield
    finally:
        naming.bridge, reader.prompt = bridge, prompt


def train_steps(setting: Setting) -> Steps:
    """Steps of the language stage, the first and the last not counted."""
    system, naming = setting.system, setting.naming
    batch = system.scaling.apply(setting.table)
    tokens, said = system.tokens(batch), described(batch, system.config)
    config = replace(system.config.language, steps=setting.repeats + 2)
    begun: list[float] = []
    inside: list[float] = []
    cases: list[int] = []
    read: list[int] = []

    def handed_over(_module: nn.Module, _inputs: Any, embeddings: Tensor) -> None:
        moment = setting.now()
        begun.append(moment)
        cases.append(len(embeddings))
        # The last gradient of the language model's backward pass: its adapters have theirs by then.
        embeddings.register_hook(lambda _gradient: inside.append(setting.now() - moment))  # type: ignore[no-untyped-call]

    def reads(_module: nn.Module, _inputs: Any, given: Mapping[str, Any]) -> None:
        read.append(given["inputs_embeds"].shape[:2].numel())

    decoder = naming.reader.backbone.decoder
    hooks = [naming.bridge.register_forward_hook(handed_over), decoder.register_forward_pre_hook(reads, with_kwargs=True)]
    try:
        train_naming(naming, tokens, setting.targets, config, descriptions=said, seed=system.config.seed, monitor=SILENT)
    finally:
        for hook in hooks:
            hook.remove()
    # From one handing over to the next is a step: the language model, the optimiser, and the querying of the next cases.
    seconds = [after - before for before, after in pairwise(begun[1:])]
    return Steps(seconds, inside[1:-1], cases[0], sum(read) // len(begun))


def training_rows(setting: Setting) -> list[Measurement]:
    """The language stage's training, with the prompt shared and with every case reading it."""
    shared, alone = Steps(), Steps()
    for _ in range(TURNS):
        shared = shared.joined(train_steps(setting))
        with prompt_for_every_case(setting.naming):
            alone = alone.joined(train_steps(setting))
    seconds, longer = statistics.median(shared.seconds), statistics.median(alone.seconds)
    share = statistics.median(part / whole for part, whole in zip(shared.language, shared.seconds, strict=True))
    return [
        Measurement("", MODEL, "train_tokens_per_second", shared.tokens / seconds, seconds=seconds),
        Measurement("", MODEL, "train_cases_per_second", shared.cases / seconds, seconds=seconds),
        Measurement("", MODEL, "train_language_share", share, seconds=seconds),
        Measurement("", MODEL, "train_shared_prompt_gain", longer / seconds, seconds=seconds),
    ]


def answering_rows(setting: Setting) -> list[Measurement]:
    """Answers, of several cases and of one, and what sharing the prompt saves between tokens and classes."""
    system = setting.system
    several = setting.table[np.arange(AT_ONCE) % len(setting.table)]

    def answer(table: np.ndarray) -> np.ndarray:
        batch = system.scaling.apply(table)
        return system.log_probabilities("language", batch, system.tokens(batch))

    whole = statistics.median(setting.seconds(lambda: answer(several)))
    one = statistics.median(setting.seconds(lambda: answer(several[:1])))
    batch = system.scaling.apply(several)
    tokens, said = system.tokens(batch), described(batch, system.config)
    shared: list[float] = []
    alone: list[float] = []
    for _ in range(TURNS):
        shared += setting.seconds(lambda: named(setting.naming, tokens, said))
        with prompt_for_every_case(setting.naming):
            alone += setting.seconds(lambda: named(setting.naming, tokens, said))
    seconds, longer = statistics.median(shared), statistics.median(alone)
    return [
        Measurement("", MODEL, "answer_ms_per_case", 1_000 * whole / AT_ONCE, seconds=whole),
        Measurement("", MODEL, "answer_seconds_alone", one, seconds=one),
        Measurement("", MODEL, "answer_shared_prompt_gain", longer / seconds, seconds=seconds),
    ]


def encoder_rows(setting: Setting) -> list[Measurement]:
    """A training step of the first task-specific encoder; nothing where none is asked for."""
    system, members = setting.system, setting.system.config.task.members
    if not system.sources.task:
        return []
    cases = TrainingSet.of(system.scaling, setting.table, setting.targets.numpy(), int(setting.targets.max()) + 1)

    def train(steps: int) -> None:
        task = replace(system.config.task, members=members[:1], steps=steps)
        config = replace(system.config, sources="task", task=task)
        train_sources(cases, config, StageCache(), SILENT, setting.device)

    few, many = (setting.seconds(partial(train, steps)) for steps in STEPS)
    # What is done once, before and after the steps, is in both.
    step = (statistics.median(many) - statistics.median(few)) / (STEPS[1] - STEPS[0])
    return [Measurement("", MODEL, "encoder_step_ms", 1_000 * step, seconds=step)]


def measured(labelled: LabelledSet, config: HiTimeConfig, repeats: int, device: str) -> list[Measurement]:
    """All rows for a set's training part. Errors: BadInput, Unavailable."""
    targets = np.array([labelled.classes.index(label) for label in labelled.labels])
    system = train_system(labelled.cases, targets, labelled.classes, config, StageCache(), SILENT, device)
    assert system.naming is not None
    setting = Setting(system, system.naming, labelled.cases, torch.from_numpy(targets), repeats, device)
    rows = training_rows(setting) + answering_rows(setting) + encoder_rows(setting)
    return [replace(row, dataset=labelled.name, seed=config.seed) for row in rows]


def made_set(cases: int, length: int) -> LabelledSet:
    """Waves of three channels whose speed tells which of Epilepsy's four classes they are called; no test part."""
    random = np.random.default_rng(SEED)
    classes = tuple(class_texts(LIKE, ("EPILEPSY", "RUNNING", "SAWING", "WALKING")))
    rows = np.arange(cases) % len(classes)
    phases = random.uniform(0, 2 * np.pi, (cases, 3, 1))
    waves = np.sin(2 * np.pi * (2 + 3 * rows)[:, None, None] * np.linspace(0, 1, length) + phases)
    table = waves + random.normal(0, 0.2, waves.shape)
    return LabelledSet(MADE, table, tuple(classes[row] for row in rows), table[:0], ())


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, add the rows, print the table."""
    options = _options(arguments)
    repeats = 2 if options.quick else max(1, options.repeats)
    try:
        device = choose_device(options.device)
        labelled = _chosen_set(options)
        about = LIKE if labelled.name == MADE else labelled.name
        texts = {"domain": domain(about), "class_texts": class_texts(about, labelled.classes)}
        config = config_from_dict(HiTimeConfig, merged(texts, QUICK if options.quick else {}, options.config, BRIEF))
        rows = measured(labelled, config, repeats, device)
    except ModelError as error:
        raise SystemExit(str(error)) from None
    asked, name = json.dumps(options.config, sort_keys=True) if options.config else "", machine(gpu=device != "cpu")
    if not options.quick:
        append_rows(options.out, [replace(row, ablation=asked) for row in rows], device=name, commit=commit())
    print(f"{name}; medians of {repeats} or more")
    shown = [(row.dataset, row.metric, row.value, row.seconds) for row in rows]
    print(pd.DataFrame(shown, columns=["dataset", "metric", "value", "seconds"]).to_string(index=False, float_format="%.4g"))


def _chosen_set(options: argparse.Namespace) -> LabelledSet:
    """The set to time on; stops the program where the file cannot be read."""
    if options.data is None:
        return made_set(24, 48) if options.quick else made_set(137, 206)
    try:
        return read_set(options.data.stem.removesuffix("_TRAIN"), options.data)
    except (FileRejected, ValueError, OSError) as error:
        raise SystemExit(f"{options.data} cannot be read as a labelled set. {error}") from None


def _config(text: str) -> dict[str, Any]:
    read = json.loads(text)
    if not isinstance(read, dict):
        raise argparse.ArgumentTypeError(f"expected a JSON object of HiTimeConfig's options, found {text}")
    return read


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--data", type=Path, metavar="FILE", help="a labelled set; made cases without it")
    parser.add_argument("--config", type=_config, default={}, help="options of HiTimeConfig as JSON")
    parser.add_argument("--repeats", type=int, default=5, help="what each median is of, at least")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--quick", action="store_true")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
