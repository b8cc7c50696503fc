"""Teaching the language side of HiTime, on tiny random models: what is kept between answers, precision, less memory."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from models.backbone import load_causal_language_model, usual_precision
from models.config import AlignmentConfig, LanguageConfig
from models.hitime.alignment import QueryingTransformer
from models.hitime.generation import LabelReader
from models.hitime.label_trie import LabelTrie
from models.hitime.prompting import STEM
from models.hitime.sources import Tokens
from models.hitime.tuning import NamingModel, load_backbone, named, train_naming
from models.monitor import SILENT
from tests.tiny_language_models import save_model
from tests.tiny_readers import CONFIG, PREFIXES, embeddings_of, reader

NEEDS_CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    return save_model("llama", tmp_path_factory.mktemp("llama"))


@pytest.fixture(scope="module", params=["llama", "gpt2"])
def tiny(request, tmp_path_factory):
    return save_model(request.param, tmp_path_factory.mktemp(request.param))


def fused_step(made):
    """One step of the optimiser that training uses, which leaves the versions of parameters as they are."""
    for parameter in made.adapters.values():
        parameter.grad = torch.ones_like(parameter)
    torch.optim.AdamW(made.adapters.values(), 0.3, fused=True).step()


def step_on_the_data(made):
    for parameter in made.adapters.values():
        parameter.data.add_(0.3)


def shuffled_state(made):
    made.load_adapter_state(
        {name: value[..., ::-1].copy() for name, value in made.adapter_state().items() if name != "scale"}
        | {"scale": made.adapter_state()["scale"]}
    )


def other_prompt(made):
    made.prompt = made.backbone.tokenizer.encode("Tell me!")


def longer_prompt(made):
    made.prompt.extend(made.prompt[1:4])


def less_precision(made):
    for parameter in made.model.parameters():
        if not parameter.requires_grad:
            parameter.data = parameter.data.bfloat16()


CHANGES = [fused_step, step_on_the_data, shuffled_state, other_prompt, longer_prompt, less_precision]


@pytest.mark.parametrize("change", CHANGES)
def test_a_kept_prompt_never_outlives_a_change(llama, change):
    made = reader(llama).eval()
    with torch.no_grad():
        before = made(embeddings_of(2))
    change(made)
    with torch.no_grad():
        found = made(embeddings_of(2))
        assert (found - before).abs().max() > 1e-3
        made._kept = None
        assert torch.equal(found, made(embeddings_of(2)))


def naming_model(folder, *, checkpointing=False, seed=0, device="cpu"):
    """Two classes told apart by the sign of their only tokens; the model, tokens and class positions."""
    config = LanguageConfig(source=str(folder), layers=2, rank=2, alpha=4, dropout=0.0, steps=8, batch=8, learning_rate=0.02)
    targets = torch.arange(16) % 2
    values = (2.0 * targets - 1)[:, None, None] + 0.3 * torch.randn(16, 2, 8, generator=torch.Generator().manual_seed(1))
    tokens = Tokens({"task0": (values, torch.ones(16, 2, dtype=torch.bool))})
    backbone = load_backbone(replace(config, gradient_checkpointing=checkpointing), device, seed)
    alignment = AlignmentConfig(queries=2, width=16, layers=1, heads=2, dropout=0.0)
    torch.manual_seed(seed)
    network = QueryingTransformer(tokens.shapes(), 16, alignment)
    made = LabelReader(backbone, config, LabelTrie.of(backbone.tokenizer, ("down", "up")), "Name it.", STEM)
    return NamingModel(network, made, seed=seed).to(device).eval(), tokens, targets, config


def trained_naming(model, tokens, targets, config):
    train_naming(model, tokens, targets, config, descriptions=None, seed=0, monitor=SILENT)
    return named(model, tokens)


@pytest.mark.parametrize("checkpointing", [False, True])
def test_naming_goes_on_from_what_was_learnt_and_answers_by_it(llama, checkpointing):
    """With activations that are computed again, training never reads the prompt by itself, so nothing but a look tells."""
    model, tokens, targets, config = naming_model(llama, checkpointing=checkpointing)
    assert model.reader.model.is_activation_checkpointing == checkpointing
    found = [named(model, tokens), *(trained_naming(model, tokens, targets, config) for _ in range(2))]
    losses = [torch.nn.functional.nll_loss(scores, targets).item() for scores in found]
    assert losses[0] > losses[1] > losses[2]
    model.reader._kept = None
    assert torch.equal(found[2], named(model, tokens))


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=NEEDS_CUDA)])
@pytest.mark.parametrize("objective", ["vocabulary", "classes"])
def test_what_one_device_learns_the_cpu_answers_by(llama, objective, device):
    model, tokens, targets, config = naming_model(llama, device=device)
    found = trained_naming(model, tokens, targets, replace(config, objective=objective))
    assert found.device.type == "cpu"
    assert {part.dtype for part in model.trained().values()} == {torch.float32}
    assert model.reader.backbone.token_embeddings.weight.dtype == getattr(torch, usual_precision(device))
    other = naming_model(llama, seed=1)[0]
    assert not torch.allclose(named(other, tokens), found, atol=0.1)
    with torch.no_grad():
        for name, part in other.trained().items():
            part.copy_(model.trained()[name])
    torch.testing.assert_close(named(other, tokens).exp(), found.exp(), atol=1e-6 if device == "cpu" else 0.1, rtol=0)


@pytest.mark.parametrize("objective", ["vocabulary", "classes"])
def test_activations_computed_again_train_the_same(llama, objective):
    found = []
    for checkpointing in (False, True):
        model, tokens, targets, config = naming_model(llama, checkpointing=checkpointing)
        found.append(trained_naming(model, tokens, targets, replace(config, objective=objective)))
    torch.testing.assert_close(*found, atol=1e-3, rtol=1e-3)
    assert (found[0] - named(*naming_model(llama)[:2])).abs().max() > 0.1


def test_adapters_learn_in_single_precision_whatever_the_model_is_in(tiny):
    backbone = load_causal_language_model(tiny, layers=2, precision="bfloat16")
    made = LabelReader(backbone, CONFIG, LabelTrie.of(backbone.tokenizer, PREFIXES), "Name it.", STEM).train()
    targets, embeddings = torch.arange(8), embeddings_of(8, seed=3).requires_grad_()
    optimiser = torch.optim.AdamW([*made.trainable_parameters(), embeddings], 0.03, fused=True)
    losses = []
    for _ in range(10):
        optimiser.zero_grad()
        loss = made.loss(embeddings, targets, constrained=True)
        loss.backward()
        losses.append(loss.item())
        optimiser.step()
    assert losses[-1] < losses[0] - 0.3
    learnt = made.trainable_parameters()
    assert {parameter.dtype for parameter in learnt} == {parameter.grad.dtype for parameter in learnt} == {torch.float32}
    assert {parameter.dtype for parameter in backbone.model.parameters() if not parameter.requires_grad} == {torch.bfloat16}
    # Not merely kept so: nearly every value has more digits than half of single precision has.
    values = torch.cat([parameter.detach().flatten() for parameter in learnt])
    assert (values != values.bfloat16().float()).float().mean() > 0.9
    exact = load_causal_language_model(tiny, layers=2)
    other = LabelReader(exact, CONFIG, LabelTrie.of(exact.tokenizer, PREFIXES), "Name it.", STEM).eval()
    other.load_adapter_state(made.adapter_state())
    with torch.no_grad():
        torch.testing.assert_close(made.eval()(embeddings).exp(), other(embeddings).exp(), atol=0.1, rtol=0)
