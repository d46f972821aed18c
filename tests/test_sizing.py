"""Sizes from config.json alone, held against the models themselves; slices that stand for them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from models import KINDS, SIZES, save_family

from seek_viz.errors import UserError
from seek_viz.model import FrozenLM, sizing
from seek_viz.model.sizing import free_bytes, is_here, size_of, slice_of, threads_as_for, whole


def without_weights(folder: Path, to: Path, **changes: Any) -> Path:
    """A model's folder with its config, perhaps changed, and its tokenizer."""
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("*.safetensors"))
    config = json.loads((to / "config.json").read_text())
    (to / "config.json").write_text(json.dumps(config | changes))
    return to


def test_a_size_read_from_the_config_is_that_of_the_loaded_model(
    family_folders: dict[str, Path], family_lms: dict[str, Any], tmp_path: Path
) -> None:
    for family, lm in family_lms.items():
        folder = without_weights(family_folders[family], tmp_path / family)
        part = slice_of(str(folder))
        assert part is not None
        size = size_of(str(folder), part)
        assert size == size_of(str(folder), whole(lm))
        assert size.num_parameters == sum(p.numel() for p in lm.model.parameters())
        assert size.weights_bytes == 4 * size.num_parameters
        heads, head_dim = SIZES["num_key_value_heads"], SIZES["head_dim"]
        assert size.cache_bytes == 2 * SIZES["num_hidden_layers"] * heads * head_dim * 4


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    "kind", ["gpt2", "openai-gpt", "qwen3_next", "lfm2", "mamba", "jamba", "rwkv", "minimax"]
)
def test_other_kinds_have_a_size_too(kind: str, tmp_path: Path) -> None:
    """A recurrent state takes no more with each token, and where no cache is used none is counted."""
    folder = str(save_family(kind, tmp_path, **KINDS[kind]))
    lm = FrozenLM.load(folder, device="cpu")
    part = slice_of(folder)
    assert part is not None
    size = size_of(folder, part)
    assert size == size_of(folder, whole(lm))
    attention = {"gpt2": 2 * 2, "qwen3_next": 1, "lfm2": 1, "jamba": 1}  # layers x key-value heads
    assert size.cache_bytes == 2 * attention.get(kind, 0) * 8 * 4


def test_a_slice_of_a_large_model_is_small_and_says_what_it_stands_for(
    family_folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = {"num_hidden_layers": 12, "layer_types": ["full_attention"] * 12, "vocab_size": 6000}
    folder = without_weights(family_folders["Qwen2"], tmp_path / "large", **changes, eos_token_id=5999)
    monkeypatch.setattr(sizing, "SLICE_BYTES", 1)
    monkeypatch.setattr(sizing, "HEAD_BYTES", 2000 * 16 * 4)
    part = slice_of(str(folder))
    assert part is not None
    assert (part.num_layers, part.layers, part.vocabulary) == (2, 6, 3)
    size = size_of(str(folder), part)
    assert size.vocab_size == 6000
    assert size.cache_bytes == 2 * 12 * SIZES["num_key_value_heads"] * SIZES["head_dim"] * 4
    assert size.num_parameters > part.layers * part.lm.identity.num_parameters / 3


def test_what_is_not_here_has_no_size() -> None:
    assert slice_of("somebody/some-model") is None
    assert not is_here("somebody/some-model")


def test_a_folder_without_a_model_is_told() -> None:
    with pytest.raises(UserError, match="model folder"):
        slice_of("./no-such-folder")


def test_weights_are_here_when_their_files_are(family_folders: dict[str, Path], tmp_path: Path) -> None:
    assert is_here("tiny")
    assert is_here(str(family_folders["Qwen2"]))
    assert not is_here(str(without_weights(family_folders["Qwen2"], tmp_path / "empty")))


def test_a_container_has_what_its_limit_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = free_bytes("cpu")
    assert alone > 0
    monkeypatch.setattr(sizing, "CGROUP", tmp_path)
    (tmp_path / "memory.max").write_text("5000\n")
    (tmp_path / "memory.current").write_text("3000\n")
    assert free_bytes("cpu") == 2000
    (tmp_path / "memory.max").write_text("max\n")
    assert free_bytes("cpu") > 10**6


def test_threads_are_given_back() -> None:
    before = torch.get_num_threads()
    with threads_as_for(1000):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before
