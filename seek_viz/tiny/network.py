"""The bundled model's architecture, and its folder on disk.

Qwen2, 1.75 M parameters: small enough for a live step in a second on two cores.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from transformers import GenerationConfig, PreTrainedTokenizerBase, Qwen2Config, Qwen2ForCausalLM


def new_model(seed: int) -> Qwen2ForCausalLM:
    """A model with random weights, float32."""
    torch.manual_seed(seed)
    config = Qwen2Config(
        vocab_size=1024,
        hidden_size=160,
        intermediate_size=448,
        num_hidden_layers=5,
        num_attention_heads=5,
        num_key_value_heads=5,
        max_position_embeddings=1024,
        rope_parameters={"rope_type": "default", "rope_theta": 10_000.0},
        tie_word_embeddings=False,
        bos_token_id=None,
        pad_token_id=0,
        eos_token_id=2,
    )
    return Qwen2ForCausalLM(config)


def save_model(model: Qwen2ForCausalLM, tokenizer: PreTrainedTokenizerBase, out: Path) -> None:
    """Write a folder that AutoModelForCausalLM and AutoTokenizer load: bf16 weights, tokenizer, configs.

    The folder appears whole or not at all. The model in memory keeps its dtype.
    """
    fresh = out.with_name(out.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    stored = Qwen2ForCausalLM(model.config)
    stored.load_state_dict(model.state_dict())
    stored.generation_config = GenerationConfig(eos_token_id=2, pad_token_id=0)
    stored.bfloat16().save_pretrained(fresh)
    tokenizer.save_pretrained(fresh)
    if out.exists():
        for kept in out.glob("*.md"):
            shutil.copy(kept, fresh)
        shutil.rmtree(out)
    fresh.rename(out)
