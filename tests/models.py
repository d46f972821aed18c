"""Models for the tests, made from nothing: no download, milliseconds each."""

from __future__ import annotations

import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast, Qwen2Config

from seek_viz.model import FrozenLM
from seek_viz.settings.prompts import TINY, PromptSet
from seek_viz.settings.registry import ModelEntry

CHAT_TEMPLATE = (
    "{% for m in messages %}"
    "{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
SPECIAL_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
SIZES = {
    "vocab_size": 320,
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 1024,
    "tie_word_embeddings": False,
    "head_dim": 8,
    "bos_token_id": None,
    "eos_token_id": 2,
    "pad_token_id": 0,
}

RECURRENT = {"linear_num_key_heads": 2, "linear_num_value_heads": 2}
RECURRENT |= {"linear_key_head_dim": 8, "linear_value_head_dim": 8}
STATE = {
    "mamba_n_heads": 4,
    "mamba_d_head": 8,
    "mamba_d_state": 8,
    "mamba_n_groups": 1,
    "mamba_chunk_size": 8,
}
EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 8}
GPT = {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 1024}
KINDS: dict[str, dict[str, Any]] = {
    "mixtral": {"num_local_experts": 4, "sliding_window": 8},
    "mistral": {"sliding_window": 8},
    "gemma": {},
    "gemma2": {"sliding_window": 8},
    "gemma3_text": {"sliding_window": 8, "layer_types": ["sliding_attention", "full_attention"]},
    "phi": {},
    "phi3": {},
    "gpt2": GPT,
    "gpt_neo": {
        "num_layers": 2,
        "num_heads": 2,
        "attention_types": [[["global", "local"], 1]],
        "window_size": 8,
    },
    "gpt_neox": {},
    "gptj": GPT | {"rotary_dim": 4},
    "openai-gpt": GPT,
    "opt": {"ffn_dim": 32, "word_embed_proj_dim": 16},
    "bloom": {"n_layer": 2, "n_head": 2},
    "mpt": {"d_model": 16, "n_heads": 2, "n_layers": 2, "max_seq_len": 1024},
    "olmo2": {},
    "stablelm": {},
    "cohere2": {"sliding_window": 8},
    "llama4_text": {"num_local_experts": 2, "attention_chunk_size": 8, "intermediate_size_mlp": 32},
    "gpt_oss": {"sliding_window": 8, "num_local_experts": 4},
    "qwen3_moe": EXPERTS,
    "qwen3_next": RECURRENT
    | EXPERTS
    | {"layer_types": ["linear_attention", "full_attention"], "shared_expert_intermediate_size": 8},
    "qwen3_5_text": RECURRENT | {"layer_types": ["linear_attention", "full_attention"]},
    "lfm2": {"layer_types": ["conv", "full_attention"], "block_multiple_of": 8},
    "mamba": {"state_size": 4},
    "mamba2": {"state_size": 8, "num_heads": 4, "n_groups": 1, "chunk_size": 8},
    "jamba": {"num_experts": 2, "attn_layer_period": 2, "attn_layer_offset": 1, "mamba_d_state": 4},
    "falcon_h1": STATE | {"mamba_d_ssm": 32},
    "bamba": STATE | {"attn_layer_indices": [1]},
    "rwkv": {"attention_hidden_size": 16},
    "recurrent_gemma": {"lru_width": 16, "attention_window_size": 8, "num_hidden_layers": 3},
    "minimax": {
        "num_local_experts": 4,
        "block_size": 8,
        "layer_types": ["linear_attention", "full_attention"],
    },
}
"""Kinds of causal models: other positions, windows, experts, recurrent states, no cache at all."""


def frozen(folder: Path, prompts: PromptSet = TINY) -> FrozenLM:
    """A folder's model with the short prompts, which no folder states by itself."""
    lm = FrozenLM.load(str(folder), device="cpu")
    return FrozenLM(lm.model, lm.tokenizer, ModelEntry(folder.name, str(folder), prompts=prompts))


def with_generation_config(lm: FrozenLM, **changes: Any) -> FrozenLM:
    """A copy of `lm` on the same weights whose generation config differs."""
    model = copy.copy(lm.model)
    model.generation_config = copy.deepcopy(lm.model.generation_config)
    for name, value in changes.items():
        setattr(model.generation_config, name, value)
    return FrozenLM(model, lm.tokenizer, ModelEntry(lm.identity.name, "", prompts=lm.prompts))


def byte_tokenizer(chat_template: str | None = CHAT_TEMPLATE) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer of 320 tokens: any text can be written in it."""
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=SPECIAL_TOKENS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator(
        ["Anna has 12 apples and buys 3 boxes. The final answer is \\boxed{15}."] * 4, trainer
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        extra_special_tokens=SPECIAL_TOKENS,
    )
    tokenizer.chat_template = chat_template
    return tokenizer


def save_family(family: str, folder: Path, chat_template: str | None = CHAT_TEMPLATE, **sizes: Any) -> Path:
    """Save a random model of a family in float32, as `save_pretrained` lays it out."""
    torch.manual_seed(7)
    config = AutoConfig.for_model(family.lower() if family not in KINDS else family, **{**SIZES, **sizes})
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    for parameter in model.parameters():  # the usual 0.02 leaves every distribution flat
        if parameter.dim() > 1:
            parameter.data.mul_(12)
    model.generation_config.eos_token_id = 2
    model.save_pretrained(folder)
    byte_tokenizer(chat_template).save_pretrained(folder)
    return folder


# --- A model to be worked out on paper ------------------------------------------------------------

WORDS = ["<end>", "a", "b", "c", "d", "<|im_end|>"]
HIDDEN = [[0.0, 0, 1], [2.0, 0, 1], [0.0, 2, 1], [-2.0, 0, 1], [0.0, -2, 1], [0.0, 0, 1]]
"""h after each word: it depends on the last word alone."""
HEAD = [[0.0, -1, 0], [0.5, 0.9, 0], [1.0, 0, 0], [0.0, 1, 0], [-1.0, 0, 0], [0.0, 0, -9]]
"""One row of lm_head for each word. After "a" the logits are 0 1 2 0 -2 -9, so "b" follows; after "b"
-2 1.8 0 2 0 -9, so "c", with "a" close behind; after "c" comes "d", after "d" the end."""

HEAD_WITH_IM_END = [*HEAD[:5], [-1.5, 0, 0]]
"""The same, but "<|im_end|>" follows "c" (3 over 2); after it comes "<end>"."""


class HandMade(nn.Module):
    """A bigram model in the shape that FrozenLM reads: h_t = HIDDEN[x_t], logits = HEAD h."""

    def __init__(self, head: list[list[float]]) -> None:
        super().__init__()
        self.states = nn.Embedding.from_pretrained(torch.tensor(HIDDEN))
        self.head = nn.Linear(3, len(WORDS), bias=False)
        self.head.weight.data = torch.tensor(head)
        self.config = Qwen2Config(
            vocab_size=len(WORDS),
            hidden_size=3,
            num_hidden_layers=1,
            num_attention_heads=1,
            max_position_embeddings=64,
        )
        self.generation_config = SimpleNamespace(eos_token_id=[0], do_sample=False, repetition_penalty=1.0)
        self.dtype, self.device = torch.float32, torch.device("cpu")

    def get_output_embeddings(self) -> nn.Linear:
        return self.head

    def base_model(self, input_ids: Tensor, cache: Any = None, **unused: Any) -> SimpleNamespace:
        if cache is not None:  # nothing is remembered, but the cache counts
            nothing = torch.zeros(input_ids.shape[0], 1, input_ids.shape[1], 1)
            cache.update(nothing, nothing, 0)
        return SimpleNamespace(last_hidden_state=self.states(input_ids))

    def forward(self, input_ids: Tensor) -> SimpleNamespace:
        return SimpleNamespace(logits=self.head(self.states(input_ids)))


def hand_made(head: list[list[float]] = HEAD) -> FrozenLM:
    """The model with a tokenizer that splits at spaces; the question is the whole prompt."""
    inner = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="a"))
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<end>", unk_token="a")
    return FrozenLM(HandMade(head), tokenizer, ModelEntry("hand-made", "", prompts=TINY))
