"""The first layers of a model, random weights of its shape, and adapters, on tiny models that are built here."""

from __future__ import annotations

import logging

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM

from models import backbone
from models.backbone import EQUIVALENTS, add_adapters, load_causal_language_model, usual_precision
from models.errors import BadInput, CheckpointError
from tests.tiny_language_models import save_model

TOKENS = torch.tensor([[3, 20, 7, 60, 5]])
SMALL = {"vocab_size": 32, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
SMALL |= {"pad_token_id": 0, "bos_token_id": 0, "eos_token_id": 1}
# What the layers of other architectures than Llama's are called, all of a block: queries, keys and values first.
NAMES = {
    "gpt2": {"c_attn", "attn.c_proj", "c_fc", "mlp.c_proj"},
    "gpt_neox": {"query_key_value", "attention.dense", "dense_h_to_4h", "dense_4h_to_h"},
    "bloom": {"query_key_value", "self_attention.dense", "dense_h_to_4h", "dense_4h_to_h"},
    "phi": {"q_proj", "k_proj", "v_proj", "self_attn.dense", "fc1", "fc2"},
    "phi3": {"qkv_proj", "o_proj", "gate_up_proj", "down_proj"},
    "opt": {"q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"},
}


@pytest.fixture(scope="module", params=["llama", "qwen", "gpt2"])
def tiny(request, tmp_path_factory):
    return save_model(request.param, tmp_path_factory.mktemp(request.param))


def stacked(model):
    """The layers, wherever an architecture keeps them."""
    return next(module for module in model.modules() if isinstance(module, torch.nn.ModuleList))


def test_only_the_first_layers_are_kept_and_the_norm_stays(tiny, caplog):
    whole = load_causal_language_model(tiny).model
    with caplog.at_level(logging.WARNING):
        loaded = load_causal_language_model(tiny, layers=2)
    assert caplog.records == []
    assert len(stacked(whole)) == 3
    assert len(stacked(loaded.model)) == loaded.model.config.num_hidden_layers == 2
    kept = dict(loaded.model.named_parameters())
    assert all(torch.equal(value, dict(whole.named_parameters())[name]) for name, value in kept.items())
    # The whole model without its last layer says the same.
    del stacked(whole)[2]
    whole.config.num_hidden_layers = 2
    with torch.no_grad():
        assert torch.equal(loaded.model(TOKENS).logits, whole(TOKENS).logits)


def test_more_layers_than_there_are_is_an_error(tiny):
    with pytest.raises(BadInput, match=r"has 3 layers; the first 4 cannot"):
        load_causal_language_model(tiny, layers=4)
    with pytest.raises(BadInput, match="cannot be kept"):
        load_causal_language_model(tiny, layers=0)


def test_random_weights_follow_their_seed_and_need_no_weights(tiny, tmp_path):
    for file in tiny.iterdir():
        if file.suffix != ".safetensors":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    before = torch.random.get_rng_state()
    one, same, other = (load_causal_language_model(tmp_path, weights="random", layers=2, seed=seed).model for seed in (1, 1, 2))
    assert torch.equal(torch.random.get_rng_state(), before)
    pretrained = load_causal_language_model(tiny, layers=2).model
    drawn = 0
    for first, second, third, fourth in zip(
        one.parameters(), same.parameters(), other.parameters(), pretrained.parameters(), strict=True
    ):
        assert torch.equal(first, second)
        assert first.shape == fourth.shape
        if first.std() > 0:
            drawn += 1
            assert not torch.equal(first, third)
            assert not torch.equal(first, fourth)
    assert drawn >= 10


def test_precision_and_checkpointing_are_as_asked(tiny):
    loaded = load_causal_language_model(tiny, precision="bfloat16", gradient_checkpointing=True)
    assert {parameter.dtype for parameter in loaded.model.parameters()} == {torch.bfloat16}
    assert loaded.model.is_activation_checkpointing
    assert not loaded.model.training
    random = load_causal_language_model(tiny, precision="bfloat16", weights="random", seed=4).model
    exact = load_causal_language_model(tiny, weights="random", seed=4).model
    assert all(torch.equal(a, b.bfloat16()) for a, b in zip(random.parameters(), exact.parameters(), strict=True))
    assert not load_causal_language_model(tiny).model.is_activation_checkpointing


def test_scores_are_the_models_own_for_all_tokens_and_for_some(tiny):
    loaded = load_causal_language_model(tiny)
    some = torch.tensor([5, 99, 0])
    with torch.no_grad():
        hidden = loaded.decoder(TOKENS).last_hidden_state
        logits = loaded.model(TOKENS).logits
        assert torch.equal(loaded.token_scores(hidden), logits)
        torch.testing.assert_close(loaded.token_scores(hidden, some), logits[..., some])
    assert loaded.longest == 512
    assert loaded.token_embeddings.weight.shape == (258, 16)


def test_cut_weights_are_named_as_damaged(tmp_path):
    folder = save_model("llama", tmp_path)
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:2_000])
    with pytest.raises(CheckpointError, match="damaged"):
        load_causal_language_model(folder)


def test_weights_that_lack_a_tensor_are_refused(tmp_path):
    save_model("llama", tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match=r"lack 1 tensors, model\.layers\.1\.mlp\.up_proj\.weight"):
        load_causal_language_model(tmp_path)


def test_adapters_alone_learn_and_start_from_nothing(tiny):
    target = "c_attn" if "gpt2" in tiny.name else "q_proj"
    loaded = load_causal_language_model(tiny, precision="bfloat16")
    with torch.no_grad():
        before = loaded.model(TOKENS).logits
    adapters = add_adapters(loaded.model, rank=2, alpha=4, targets=(target,), dropout=0.0, seed=0)
    with torch.no_grad():
        assert torch.equal(loaded.model(TOKENS).logits, before)
    assert len(adapters) == 6
    assert sum(f".{target}.lora_A" in name for name in adapters) == sum(f".{target}.lora_B" in name for name in adapters) == 3
    assert {parameter.dtype for parameter in adapters.values()} == {torch.float32}
    learning = {id(parameter) for parameter in loaded.model.parameters() if parameter.requires_grad}
    assert learning == {id(parameter) for parameter in adapters.values()}
    with pytest.raises(BadInput, match="adapters already"):
        add_adapters(loaded.model, rank=2, alpha=4, targets=(target,), dropout=0.0, seed=0)


def test_targets_that_do_not_exist_are_named_beside_those_that_do(tmp_path):
    loaded = load_causal_language_model(save_model("llama", tmp_path))
    known = "down_proj, gate_proj, k_proj, o_proj, q_proj, up_proj, v_proj"
    with pytest.raises(BadInput, match=f"put on c_attn; this model has {known}"):
        add_adapters(loaded.model, rank=2, alpha=4, targets=("q_proj", "c_attn"), dropout=0.0, seed=0)
    with pytest.raises(BadInput, match="put on nothing"):
        add_adapters(loaded.model, rank=2, alpha=4, targets=(), dropout=0.0, seed=0)
    with pytest.raises(BadInput, match="put on proj; this model"):
        add_adapters(loaded.model, rank=2, alpha=4, targets=("proj",), dropout=0.0, seed=0)


@pytest.mark.parametrize("kind", NAMES)
def test_llamas_names_stand_for_what_does_the_same_elsewhere(kind):
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **SMALL))
    gated = kind == "phi3"
    targets = [name for name in EQUIVALENTS if gated or name != "gate_proj"]
    adapters = add_adapters(model, rank=2, alpha=4, targets=targets, dropout=0.0, seed=0)
    layers = {name.rpartition(".lora_")[0] for name in adapters}
    assert len(layers) == 2 * len(NAMES[kind])
    assert {next(own for own in NAMES[kind] if name.endswith(f".{own}")) for name in layers} == NAMES[kind]
    assert len(adapters) == 2 * len(layers)


def test_the_usual_targets_are_one_layer_of_gpt2(tmp_path):
    folder = save_model("gpt2", tmp_path)
    both, one = (load_causal_language_model(folder).model for _ in range(2))
    usual = add_adapters(both, rank=2, alpha=4, targets=("q_proj", "v_proj"), dropout=0.0, seed=0)
    own = add_adapters(one, rank=2, alpha=4, targets=("c_attn",), dropout=0.0, seed=0)
    assert list(usual) == list(own) and len(own) == 6
    assert all(torch.equal(usual[name], own[name]) for name in own)
    assert own["h.0.attn.c_attn.lora_A"].shape == (2, 16) and own["h.0.attn.c_attn.lora_B"].shape == (48, 2)
    with pytest.raises(BadInput, match="put on gate_proj; this model has c_attn, c_fc, c_proj"):
        add_adapters(load_causal_language_model(folder).model, rank=2, alpha=4, targets=("gate_proj",), dropout=0.0, seed=0)


def test_the_device_chooses_the_precision(tmp_path, monkeypatch):
    assert (usual_precision("cpu"), usual_precision("cuda")) == ("float32", "bfloat16")
    folder = save_model("llama", tmp_path)
    assert {parameter.dtype for parameter in load_causal_language_model(folder).model.parameters()} == {torch.float32}
    monkeypatch.setattr(backbone, "usual_precision", lambda device: "bfloat16")
    assert {parameter.dtype for parameter in load_causal_language_model(folder).model.parameters()} == {torch.bfloat16}
    asked = load_causal_language_model(folder, precision="float32").model
    assert {parameter.dtype for parameter in asked.parameters()} == {torch.float32}
