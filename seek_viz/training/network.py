"""The bundled model's architecture, and its folder on disk.

Qwen2, 1.75 M parameters: small enough for a live step in a second on two cores.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from transformers import GenerationConfig, PreTrainedTokenizerBase, Qwen2Config, Qwen2ForCausalLM

from seek_viz.settings.registry import SETTINGS_FILE

SUITED: dict[str, Any] = {
    "prompts": "tiny",
    "preset": {
        "decode_mode": "coherent",
        "rho": 0.5,
        "learning_rate": 0.02,
        "return_iterate": "accepted",
        "max_new_tokens": 256,
        "max_verifier_tokens": 224,
    },
}
"""Contents of the model folder's `seek_viz.json`: training prompts and settings chosen on validation data."""


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


def write_suited(folder: Path) -> None:
    """Write the folder's `seek_viz.json`, which `registry.model_entry` reads."""
    (folder / SETTINGS_FILE).write_text(json.dumps(SUITED, indent=1) + "\n", encoding="utf-8")


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
    write_suited(fresh)
    if out.exists():
        for kept in out.glob("*.md"):
            shutil.copy(kept, fresh)
        shutil.rmtree(out)
    fresh.rename(out)
