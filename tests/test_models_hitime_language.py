"""The language side of HiTime on tiny random models: exact scores, a prompt that runs once, learning, words."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.backbone import load_causal_language_model
from models.config import LanguageConfig
from models.errors import BadInput, CheckpointError
from models.hitime.generation import LabelReader
from models.hitime.label_trie import LabelTrie
from models.hitime.prompting import (
    LONGEST_PROMPT,
    STEM,
    class_sentence,
    describe_series,
    prompt_text,
    readable_labels,
)
from tests.tiny_language_models import save_model
from tests.tiny_readers import CONFIG, PREFIXES, embeddings_of, reader

LETTERS = tuple(chr(ord("a") + index) for index in range(26))
DESCRIPTIONS = ("short", "a good deal longer", "x")


@pytest.fixture(scope="module", params=["llama", "gpt2"])
def tiny(request, tmp_path_factory):
    return save_model(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    return save_model("llama", tmp_path_factory.mktemp("llama"))


def token_log_probabilities(made, embedding, tokens):
    """(position, vocabulary) by one plain forward pass of everything before and of the tokens."""
    table = made.backbone.token_embeddings
    scaled = torch.nn.functional.layer_norm(embedding, (16,)) * made.scale
    whole = torch.cat([table(torch.tensor(made.prompt, dtype=torch.long)), scaled, table(torch.tensor(tokens, dtype=torch.long))])
    return made.model(inputs_embeds=whole[None], use_cache=False).logits[0]


def brute_force(made, embedding, description=None):
    """Every label by its own forward pass; at each token, those that begin a label like the one so far."""
    sequences = made.trie.sequences
    head = made.backbone.tokenizer.encode(f" {description}") if description else []
    head = head + made.stem
    result = []
    for sequence in sequences:
        logits = token_log_probabilities(made, embedding, [*head, *sequence[:-1]])
        start = len(made.prompt) + len(embedding) + len(head) - 1
        total = torch.zeros(())
        for length, token in enumerate(sequence):
            following = sorted({other[length] for other in sequences if other[:length] == sequence[:length]})
            total = total + logits[start + length][following].log_softmax(0)[following.index(token)]
        result.append(total)
    return torch.stack(result)


@pytest.mark.parametrize("described", [False, True])
def test_scores_are_those_of_every_label_by_itself(tiny, described):
    made = reader(tiny)
    embeddings = embeddings_of(3)
    descriptions = DESCRIPTIONS if described else None
    with torch.no_grad():
        scores = made(embeddings, descriptions)
        expected = torch.stack(
            [brute_force(made, row, descriptions[index] if descriptions else None) for index, row in enumerate(embeddings)]
        )
    assert scores.shape == (3, len(PREFIXES))
    torch.testing.assert_close(scores.exp().sum(1), torch.ones(3))
    torch.testing.assert_close(scores, expected, atol=1e-5, rtol=1e-5)
    assert (scores[0] - scores[1]).abs().max() > 1e-2


@pytest.mark.parametrize("described", [False, True])
def test_the_loss_is_that_of_the_labels_tokens(tiny, described):
    made = reader(tiny)
    embeddings, targets = embeddings_of(3), torch.tensor([1, 6, 2])
    descriptions = DESCRIPTIONS if described else None
    losses = []
    for row, (embedding, target) in enumerate(zip(embeddings, targets.tolist(), strict=True)):
        head = (made.backbone.tokenizer.encode(f" {DESCRIPTIONS[row]}") if described else []) + made.stem
        sequence = made.trie.sequences[target]
        logits = token_log_probabilities(made, embedding, [*head, *sequence[:-1]])
        start = len(made.prompt) + 3 + len(head) - 1
        wanted = torch.tensor(sequence)
        losses.append(torch.nn.functional.cross_entropy(logits[start:], wanted, reduction="none"))
    with torch.no_grad():
        torch.testing.assert_close(made.loss(embeddings, targets, descriptions), torch.cat(losses).mean())
        constrained = made.loss(embeddings, targets, descriptions, constrained=True)
        torch.testing.assert_close(constrained, -made(embeddings, descriptions)[torch.arange(3), targets].mean())


@pytest.mark.parametrize("constrained", [False, True])
def test_a_prompt_that_runs_once_gives_the_same_values_and_gradients(tiny, constrained):
    """Where activations are recomputed every case reads the prompt, which is the plain way."""
    found = []
    for checkpointing in (False, True):
        made = reader(tiny, checkpointing=checkpointing).train()
        for module in made.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        embeddings = embeddings_of(4).requires_grad_()
        loss = made.loss(embeddings, torch.tensor([0, 3, 5, 7]), constrained=constrained)
        loss.backward()
        assert embeddings.grad.abs().max() > 1e-3
        assert min(parameter.grad.abs().max() for parameter in made.trainable_parameters()) > 1e-6
        found.append([loss.detach(), embeddings.grad, *(parameter.grad for parameter in made.trainable_parameters())])
        frozen = [parameter for parameter in made.model.parameters() if not parameter.requires_grad]
        assert frozen and all(parameter.grad is None for parameter in frozen)
    for shared, plain in zip(*found, strict=True):
        torch.testing.assert_close(shared, plain, atol=1e-5, rtol=1e-4)


def test_the_kept_prompt_is_read_anew_after_a_change(llama):
    made = reader(llama).eval()
    embeddings, calls = embeddings_of(2), []
    made.backbone.decoder.register_forward_hook(lambda *_: calls.append(1))
    with torch.inference_mode():
        first = made(embeddings)
    with torch.no_grad():
        assert torch.equal(made(embeddings), first)
    assert len(calls) == 3
    optimiser = torch.optim.SGD(made.trainable_parameters(), 1.0)
    made.loss(embeddings, torch.tensor([0, 1])).backward()
    optimiser.step()
    with torch.no_grad():
        after = made(embeddings)
        torch.testing.assert_close(after[0], brute_force(made, embeddings[0]), atol=1e-5, rtol=1e-5)
    assert (after - first).abs().max() > 1e-3


@pytest.mark.parametrize(("labels", "constrained"), [(LETTERS, True), (PREFIXES, True), (("walk", "walking", "1", "10"), False)])
def test_it_learns_classes_that_the_embeddings_carry(llama, labels, constrained):
    backbone = load_causal_language_model(llama, layers=2)
    everywhere = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
    config = LanguageConfig(rank=8, alpha=8, targets=everywhere, dropout=0.0)
    made = LabelReader(backbone, config, LabelTrie.of(backbone.tokenizer, labels), "Name it.", STEM).train()
    targets = torch.arange(len(labels))
    # What comes before the language model learns with it.
    embeddings = embeddings_of(len(labels), seed=3).requires_grad_()
    optimiser = torch.optim.Adam([*made.trainable_parameters(), embeddings], 0.03)
    for _ in range(30):
        optimiser.zero_grad()
        made.loss(embeddings, targets, constrained=constrained).backward()
        optimiser.step()
    made.eval()
    with torch.no_grad():
        assert torch.equal(made(embeddings).argmax(1), targets)


def test_without_prompt_and_stem_the_embeddings_are_all_there_is(llama):
    made = reader(llama, prompt="", stem="")
    assert made.prompt == [0] and made.stem == []
    with torch.no_grad():
        scores = made(embeddings_of(2))
        torch.testing.assert_close(scores[1], brute_force(made, embeddings_of(2)[1]), atol=1e-5, rtol=1e-5)
        made.prompt = []
        torch.testing.assert_close(made(embeddings_of(2))[1], brute_force(made, embeddings_of(2)[1]), atol=1e-5, rtol=1e-5)


def test_the_embeddings_size_does_not_matter_and_starts_at_that_of_words(llama):
    backbone = load_causal_language_model(llama)
    made = LabelReader(backbone, CONFIG, LabelTrie.of(backbone.tokenizer, PREFIXES), "Name it.", STEM)
    assert made.scale.item() == pytest.approx(backbone.token_embeddings.weight.square().mean().sqrt().item())
    with torch.no_grad():
        torch.testing.assert_close(made(embeddings_of(2)), made(1000 * embeddings_of(2)), atol=1e-4, rtol=1e-4)


def test_a_state_makes_another_reader_the_same_bit_for_bit(tiny):
    made, other = reader(tiny), reader(tiny)
    with torch.no_grad():
        for parameter in made.trainable_parameters():
            parameter.add_(0.1)
        expected = made(embeddings_of(2))
        assert not torch.equal(other(embeddings_of(2)), expected)
        state = made.adapter_state()
        other.load_adapter_state(state)
        assert torch.equal(other(embeddings_of(2)), expected)
    assert len(state) == (1 + 2 * 2 if "gpt2" in tiny.name else 1 + 2 * 2 * 2)
    assert {value.dtype for value in state.values()} == {np.dtype("float32")}
    assert all(np.array_equal(value, state[name]) for name, value in other.adapter_state().items())
    with pytest.raises(CheckpointError, match="1 adapter tensors"):
        other.load_adapter_state({name: value for name, value in state.items() if name != "scale"})
    with pytest.raises(CheckpointError, match="'more'"):
        other.load_adapter_state({**state, "more": np.zeros(2)})


def test_the_same_seed_starts_the_same(llama):
    states = []
    for seed in (1, 1, 2):
        backbone = load_causal_language_model(llama, layers=1)
        made = LabelReader(backbone, CONFIG, LabelTrie.of(backbone.tokenizer, PREFIXES), "", STEM, seed=seed)
        states.append(made.adapter_state())
    name = "layers.0.self_attn.q_proj.lora_A"
    assert np.array_equal(states[0][name], states[1][name])
    assert not np.array_equal(states[0][name], states[2][name])


def test_shares_of_attention_are_those_of_the_answer_on_the_series(tiny):
    made = reader(tiny)
    shares = made.attention_shares(embeddings_of(3), DESCRIPTIONS)
    single = [made.attention_shares(embeddings_of(3)[row : row + 1], DESCRIPTIONS[row : row + 1]) for row in range(3)]
    torch.testing.assert_close(shares, sum(single) / 3, atol=1e-5, rtol=1e-5)
    assert (single[0] - single[1]).abs().max() > 1e-3
    assert made.model.config._attn_implementation == "sdpa"
    # Without queries, attention is even over all that came before.
    with torch.no_grad():
        for name, parameter in made.model.named_parameters():
            if "q_proj" in name or "c_attn" in name:
                parameter.zero_()
    places = [len(made.prompt) + 3 + 1 + len(text) + len(made.stem) for text in DESCRIPTIONS]
    expected = sum(3 / count for count in places) / 3
    torch.testing.assert_close(made.attention_shares(embeddings_of(3), DESCRIPTIONS), torch.full((2,), expected))


def test_inputs_that_do_not_fit_are_refused(llama):
    made = reader(llama)
    with pytest.raises(BadInput, match=r"\(batch, query, 16\) embeddings; found \(2, 3, 8\)"):
        made(embeddings_of(2, width=8))
    with pytest.raises(BadInput, match="2 series and 1 descriptions"):
        made(embeddings_of(2), ["one"])
    with pytest.raises(BadInput, match="the model reads 512"):
        made(embeddings_of(1), ["x" * 600])


def test_a_tree_asks_only_where_names_part(llama):
    tokenizer = load_causal_language_model(llama).tokenizer
    trie = LabelTrie.of(tokenizer, ("walk", "walking", "run"))
    letters = [tokenizer.encode(f" {text}") for text in ("walk", "walking", "run")]
    assert trie.sequences == tuple((*tokens, 1) for tokens in letters)
    # After the space, w or r; after "walk", its end or i.
    assert [trie.nodes[index] for index in trie.branching.tolist()] == [tuple(letters[0][:1]), tuple(letters[0])]
    assert len(trie.nodes) == 6
    assert trie.tokens.tolist() == sorted({letters[0][1], letters[1][5], letters[2][1], 1})
    uniform = trie.class_scores(torch.zeros(1, 2, 4))
    torch.testing.assert_close(uniform.exp(), torch.tensor([[0.25, 0.25, 0.5]]))


def test_labels_that_cannot_be_told_apart_are_refused(llama):
    tokenizer = load_causal_language_model(llama).tokenizer
    with pytest.raises(BadInput, match="two classes or more; found 1"):
        LabelTrie.of(tokenizer, ("one",))
    with pytest.raises(BadInput, match="'same' and 'same' are the same tokens"):
        LabelTrie.of(tokenizer, ("other", "same", "same"))
    tokenizer.eos_token = None
    with pytest.raises(BadInput, match="no end token"):
        LabelTrie.of(tokenizer, PREFIXES)


def test_labels_read_well_and_stay_distinct():
    assert readable_labels(("1.0", "2.0", "-3.00", "1.5")) == ("1", "2", "-3", "1.5")
    assert readable_labels(("EPILEPSY", "SLOW_WALK", "LyingDown", " två  ord ", "A")) == (
        "epilepsy",
        "slow walk",
        "LyingDown",
        "två ord",
        "A",
    )
    assert readable_labels(("1", "1.0", "WALK", "walk", "a_b", "a b", "c_d")) == ("1", "1.0", "WALK", "walk", "a_b", "a b", "c d")
    assert readable_labels(("_", " ")) == ("_", " ")
    labels = ["1.0", "1", "RUN", "run", "Run", "r_n", "R_N", "R N", "É", "É_É", "É É", "é é"]
    said = readable_labels(labels)
    assert len(set(said)) == len(labels)


def test_a_prompt_holds_domain_classes_shape_and_task():
    texts = {"walk": "a calm  swing of the arm"}
    prompt = prompt_text("Accelerometers on a wrist.", ("walk", "run"), texts, channels=3, length=1_206)
    assert prompt.startswith("Accelerometers on a wrist. Each series has 3 channels and up to 1,206 time steps.")
    assert "- walk: a calm swing of the arm\n- run\n" in prompt
    assert prompt.endswith("Series:")
    assert "1 channel and" in prompt_text("", ("walk", "run"), {}, channels=1, length=5)


def test_a_prompt_stays_short_whatever_it_is_given():
    many = tuple(f"class {index}" for index in range(500))
    texts = dict.fromkeys(many, "something is known about it")
    prompt = prompt_text("ä" * 5_000, many, texts, channels=2, length=50)
    assert len(prompt.encode()) <= LONGEST_PROMPT
    assert "class 0, class 1, " in prompt and "known about" not in prompt
    shown = prompt.count("class ")
    assert f"and {500 - shown} more" in prompt
    few = many[:20]
    prompt = prompt_text("", few, dict.fromkeys(few, "x" * 100), channels=2, length=50)
    assert "class 19." in prompt and "xx" not in prompt
    assert "There are 2 classes." in prompt_text("", ("x" * 2_000, "y"), {}, channels=2, length=50)


def test_sentences_on_classes_differ_between_classes():
    assert class_sentence("walk") == "A series of the class walk."
    assert class_sentence("walk", " a calm\nswing ") == "walk: a calm swing"
    assert class_sentence("a", "same") != class_sentence("b", "same")


def test_a_description_states_what_can_be_computed():
    time = np.arange(200)
    wave = np.sin(2 * np.pi * time / 25)
    values = np.stack([0.1 * wave, 3 * wave + 10], 1)
    text = describe_series(values, np.ones(200, dtype=bool))
    assert text == ("Channel 2 of 2 varies most: level 10, spread 2.1; no trend, smooth, repeating about every 25 steps.")
    assert "steadily falling, very smooth, no clear rhythm" in describe_series(-time[:, None] * 1.0, np.ones(200, dtype=bool))
    noise = np.random.default_rng(0).normal(size=(200, 1))
    assert "no trend, jagged, no clear rhythm" in describe_series(noise, np.ones(200, dtype=bool))


def test_a_description_leaves_out_what_was_not_observed():
    values = np.full((50, 2), np.nan)
    values[:20, 1] = np.arange(20)
    observed = np.arange(50) < 20
    zeros = np.nan_to_num(values)
    assert "level 9.5, spread 5.8; steadily rising" in describe_series(zeros, observed)
    assert describe_series(values, observed).startswith("Channel 2 of 2 varies most: level 9.5,")
    assert describe_series(values, np.zeros(50, dtype=bool)) == "Nothing was observed."
    assert describe_series(np.full((9, 1), 4.0), np.ones(9, dtype=bool)) == ("The series: level 4, spread 0, 9 steps.")
