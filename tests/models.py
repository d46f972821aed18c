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
from seek_viz.prompts import TINY, PromptSet
from seek_viz.registry import ModelEntry

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
    config = AutoConfig.for_model(family.lower(), **{**SIZES, **sizes})
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
