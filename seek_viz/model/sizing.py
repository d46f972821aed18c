"""How large a model is before its weights are read, and a slice of it to time.

The size comes from config.json: the model is built on torch's meta device, where weights have shapes and no
values. The slice has a few of its layers and part of its vocabulary, with made-up values: time does not
depend on them. What is not on this machine stays unknown; nothing is downloaded here.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import psutil
import torch
from huggingface_hub import try_to_load_from_cache
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from seek_viz.errors import UserError
from seek_viz.model.frozen import FrozenLM
from seek_viz.model.loading import check_folder, chosen_device, chosen_dtype, threads_for
from seek_viz.record.estimate import ModelSize
from seek_viz.settings.registry import ModelEntry, model_entry

SLICE_BYTES = 256_000_000
"""Weights of a slice, at least: well above any cache of a processor, as the whole model's are."""
HEAD_BYTES = 128_000_000
"""lm_head of a slice, at most."""
CGROUP = Path("/sys/fs/cgroup")
"""Where Linux states what a container may use."""
SAMPLE = (
    "Tom has 12 pens and buys 3 boxes of 8 pens each. First, 3 * 8 = 24 pens are in the boxes. Then there "
    "are 12 + 24 = 36 pens. Look at whether the solution is whole, and answer with True or False."
)
"""What characters a token are counted on."""


@dataclass(frozen=True, eq=False)
class Slice:
    """Something to time in a model's place."""

    lm: FrozenLM
    num_layers: int
    layers: float = 1.0
    """Layers of the model for each of the slice."""
    vocabulary: float = 1.0
    """Tokens of the model's vocabulary for each of the slice."""


def whole(lm: FrozenLM) -> Slice:
    """A model that is in memory is its own slice."""
    return Slice(lm, lm.model.config.get_text_config().num_hidden_layers)


def slice_of(name: str) -> Slice | None:
    """A few layers of a model, on the device and in the dtype that it would be loaded in.

    Returns:
        None where its config is not on this machine.

    Raises:
        UserError: see `FrozenLM.load`.
    """
    entry = model_entry(name)
    config = _config(entry)
    if config is None:
        return None
    device = chosen_device()
    dtype = _dtype(config, device)
    config = copy.deepcopy(config.get_text_config())
    layers, vocabulary = config.num_hidden_layers, config.vocab_size
    per_layer = (_parameters(_with_layers(config, 2)) - _parameters(_with_layers(config, 1))) * dtype.itemsize
    config = _with_layers(config, min(layers, max(2, ceil(SLICE_BYTES / per_layer))))
    config.vocab_size = min(vocabulary, max(1024, HEAD_BYTES // (config.hidden_size * dtype.itemsize)))
    for special in ("pad_token_id", "bos_token_id", "eos_token_id"):
        setattr(config, special, None)  # they may lie outside the slice's vocabulary
    model = _empty(config, dtype).to_empty(device=device)
    for tensor in (*model.parameters(), *model.buffers()):
        tensor.data.fill_(0.01 if tensor.is_floating_point() else 0)  # whole numbers are positions and masks
    model.generation_config.eos_token_id = 0
    lm = FrozenLM(model, _tokenizer(entry), entry)
    here = config.num_hidden_layers
    return Slice(lm, here, layers / here, vocabulary / config.vocab_size)


def size_of(name: str, part: Slice) -> ModelSize:
    """The size of a model, from its config and what its slice takes."""
    lm = part.lm
    if part.layers == part.vocabulary == 1:
        num_parameters, vocab_size = lm.identity.num_parameters, lm.identity.vocab_size
    else:
        config = _config(model_entry(name))
        assert config is not None, "a slice was made of it"
        num_parameters, vocab_size = _parameters(config), config.get_text_config().vocab_size
    return ModelSize(
        num_parameters=num_parameters,
        dtype=str(lm.dtype).removeprefix("torch."),
        device=str(lm.device),
        vocab_size=vocab_size,
        max_positions=lm.max_positions,
        weights_bytes=num_parameters * lm.dtype.itemsize,
        cache_bytes=_cache_bytes(lm) * part.layers,
        chars_per_token=len(SAMPLE) / len(lm.encode(SAMPLE)),
    )


def is_here(name: str) -> bool:
    """Whether a model's weights are on this machine."""
    source = model_entry(name).source
    if Path(source).is_dir():
        return any(Path(source).glob("*.safetensors"))
    names = ("model.safetensors", "model.safetensors.index.json")
    return any(isinstance(try_to_load_from_cache(source, file), str) for file in names)


def free_bytes(device: str) -> int:
    """What is left for new tensors: of the accelerator's memory, or of the machine's in its container."""
    if device.startswith("cuda"):
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + kept
    limits = [psutil.virtual_memory().available]
    try:
        allowed, used = ((CGROUP / f"memory.{name}").read_text() for name in ("max", "current"))
        limits += [int(allowed) - int(used)]
    except (OSError, ValueError):
        pass  # no container, or one without a limit ("max")
    return max(0, min(limits))


@contextmanager
def threads_as_for(num_parameters: int) -> Iterator[None]:
    """As many CPU threads as a model of this size is given when it is loaded."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads_for(num_parameters))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _config(entry: ModelEntry) -> Any | None:
    check_folder(entry)
    try:
        return AutoConfig.from_pretrained(entry.source, revision=entry.revision, local_files_only=True)
    except OSError:
        return None
    except ValueError as error:
        raise UserError("model", entry.source, "a config.json that transformers knows", str(error)) from error


def _tokenizer(entry: ModelEntry) -> Any:
    return AutoTokenizer.from_pretrained(entry.source, revision=entry.revision, local_files_only=True)


def _dtype(config: Any, device: str) -> torch.dtype:
    """What `chosen_dtype` comes to: "auto" is what the config states."""
    name = chosen_dtype(device)
    stored = config.dtype or config.get_text_config().dtype or torch.float32
    return getattr(torch, str(stored if name == "auto" else name).removeprefix("torch."))


def _with_layers(config: Any, count: int) -> Any:
    config = copy.deepcopy(config)
    config.num_hidden_layers = count
    if types := getattr(config, "layer_types", None):
        with suppress(AttributeError):  # some configs derive them from the number of layers
            config.layer_types = types[:count]
    return config


def _empty(config: Any, dtype: torch.dtype = torch.float32) -> Any:
    with torch.device("meta"):
        return AutoModelForCausalLM.from_config(config, dtype=dtype, trust_remote_code=False)


def _parameters(config: Any) -> int:
    return _empty(config).num_parameters()


@torch.no_grad()
def _cache_bytes(lm: FrozenLM, tokens: int = 8) -> float:
    """Keys and values of one token; a recurrent state does not grow, and some models keep nothing."""
    if not lm.abilities.caches:
        return 0.0
    cache: Any = lm.new_cache()
    lm.last_hidden(torch.zeros(1, tokens, dtype=torch.long, device=lm.device), cache=cache)
    held = [getattr(layer, name, None) for layer in cache.layers for name in ("keys", "values")]
    return sum(part.numel() * part.element_size() for part in held if part is not None) / tokens
