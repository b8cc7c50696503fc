"""Tiny language models with random weights, built by the tests that need one."""

from __future__ import annotations

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
)


def save_tokenizer(folder):
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: index for index, token in enumerate(["<s>", "</s>", *alphabet])}
    core = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(tokenizer_object=core, bos_token="<s>", eos_token="</s>", pad_token="</s>").save_pretrained(folder)
    return {"vocab_size": len(vocabulary), "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}


def save_model(kind, folder):
    # At their usual start, 0.02, so narrow a model's layers do next to nothing.
    special = save_tokenizer(folder) | {"initializer_range": 0.25}
    rotary = {"hidden_size": 16, "intermediate_size": 32, "num_attention_heads": 2, "num_key_value_heads": 1}
    rotary |= {"num_hidden_layers": 3, "max_position_embeddings": 512}
    torch.manual_seed(0)
    if kind == "llama":
        model = LlamaForCausalLM(LlamaConfig(**special, **rotary))
    elif kind == "qwen":
        model = Qwen2ForCausalLM(Qwen2Config(**special, **rotary))
    else:
        model = GPT2LMHeadModel(GPT2Config(**special, n_embd=16, n_layer=3, n_head=2, n_positions=512))
    model.save_pretrained(folder)
    return folder
