"""Loading a checkpoint: an entry of the registry, a Hub id, or a folder; safetensors only, no remote code."""

from __future__ import annotations

import functools
import hashlib
import os
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from transformers import AutoModelForCausalLM, AutoTokenizer

from seek_viz.errors import UserError
from seek_viz.settings.registry import ModelEntry

DTYPES = ("float32", "bfloat16", "float16")
SMALL = 20_000_000
"""Parameters below which one CPU thread decodes as fast as several, and far faster on a busy machine."""
_ALL_THREADS = torch.get_num_threads()


def load_checkpoint(
    entry: ModelEntry, dtype: str | None, device: str | None, device_map: str | None, revision: str | None
) -> tuple[Any, Any]:
    """The model on its device, and its tokenizer; arguments as in `FrozenLM.load`.

    Raises:
        UserError: not found, not a causal language model, or not loadable; the message says which.
    """
    check_folder(entry)
    device = device or chosen_device()
    _check_device(device)
    dtype = dtype or chosen_dtype(device)
    if dtype not in ("auto", *DTYPES):
        raise UserError("dtype", dtype, ", ".join(DTYPES), "Choose one of these.")
    options = {"revision": revision or entry.revision, "trust_remote_code": False}
    model, tokenizer = _from_pretrained(entry, dtype, device_map, options)
    if device_map is None:
        model = model.to(device)
    if device == "cpu":
        torch.set_num_threads(threads_for(model.num_parameters()))
    return model, tokenizer


def chosen_device() -> str:
    """Where a model goes when nobody says where."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def chosen_dtype(device: str) -> str:
    """In which precision, when nobody says; "auto" is the one that its files state."""
    return "float32" if device == "cpu" else "auto"


def threads_for(num_parameters: int) -> int:
    """CPU threads for a model of this size."""
    return 1 if num_parameters < SMALL else _ALL_THREADS


def check_folder(entry: ModelEntry) -> None:
    """Whether a source that looks like a folder is one with a model in it.

    Raises:
        UserError: it is not.
    """
    source = Path(entry.source)
    looks_local = source.is_absolute() or entry.source.startswith((".", "~")) or os.path.exists(source)
    if looks_local and not os.path.exists(source / "config.json"):
        raise UserError(
            "model folder",
            entry.source,
            "a folder with config.json, *.safetensors and a tokenizer",
            "Check the path, or give a Hub id such as Qwen/Qwen2.5-1.5B-Instruct.",
        )


def _check_device(device: str) -> None:
    kind, _, number = device.partition(":")
    usable = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}
    numbers = ["", *map(str, range(usable.get(kind, 0)))]
    if not usable.get(kind) or number not in numbers or device.endswith(":"):
        here = ", ".join(name for name, there in usable.items() if there)
        raise UserError("device", device, f"{here} on this machine", "Choose one of these.")


def _from_pretrained(
    entry: ModelEntry, dtype: str, device_map: str | None, options: dict[str, Any]
) -> tuple[Any, Any]:
    model: Any
    report: dict[str, Any]
    try:
        model, report = AutoModelForCausalLM.from_pretrained(  # type: ignore[misc]
            entry.source,
            dtype=dtype,
            device_map=device_map,
            use_safetensors=True,
            output_loading_info=True,
            **options,
        )
        tokenizer = AutoTokenizer.from_pretrained(entry.source, **options)
        if not tokenizer("1 + 1").input_ids:
            raise ValueError("its tokenizer has no vocabulary; is tokenizer.json there?")
    except Exception as error:  # each way of being damaged raises what its own library likes
        raise UserError(
            "model",
            entry.source,
            "a causal language model in safetensors form, with its tokenizer",
            _what_next(error),
        ) from error
    # A masked or sequence-to-sequence model can be forced into a causal class, with a new, random head.
    if report["missing_keys"]:
        raise UserError(
            "model",
            entry.source,
            "a causal language model with all its weights",
            f"Missing here: {', '.join(sorted(report['missing_keys'])[:3])}. Choose another model.",
        )
    return model, tokenizer


_HUB_ERRORS: dict[type[Exception], str] = {
    GatedRepoError: (
        "It is gated: accept its licence on its page at huggingface.co, then log in (hf auth login) "
        "or set HF_TOKEN."
    ),
    RevisionNotFoundError: "The Hub has this model, but not this revision of it: correct the revision.",
    RepositoryNotFoundError: (
        "The Hub has no model of this name, or keeps it private: check the spelling, or log in "
        "(hf auth login)."
    ),
    HFValidationError: "A name on the Hub is OWNER/MODEL; a folder needs its path, such as ./model.",
    LocalEntryNotFoundError: (
        "The Hub cannot be reached, and the model is not in this machine's cache: check the connection, or "
        "give a folder."
    ),
}
"""Advice for each error of the Hub, subclasses before their bases."""


def _what_next(error: BaseException) -> str:
    """Advice for a model that cannot be loaded; libraries wrap the Hub's errors in their own."""
    first, causes = error, [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) and cause not in causes:
        causes.append(cause)
    for kind, words in _HUB_ERRORS.items():
        if any(isinstance(one, kind) for one in causes):
            return words
    return f"It could not be loaded: {str(first).splitlines()[0] if str(first) else type(first).__name__}"


def eos_ids(model: Any, tokenizer: Any) -> tuple[int, ...]:
    """Ids that end an answer: the generation config's and the tokenizer's; there can be several, or none.

    Ids outside the vocabulary are left out: some configs write -1 for "none".

    Raises:
        UserError: the generation config has something else than ids.
    """
    ids = model.generation_config.eos_token_id if model.generation_config else None
    stated = [*(ids if isinstance(ids, (list, tuple)) else [ids]), tokenizer.eos_token_id]
    for one in stated:
        if (
            isinstance(one, bool)
            or not isinstance(one, (int, float, type(None)))
            or (one is not None and one % 1)
        ):
            raise UserError(
                "eos_token_id of the model",
                one,
                "a token id, or a list of ids",
                "Mend its generation_config.json.",
            )
    size = model.config.get_text_config().vocab_size
    return tuple(dict.fromkeys(int(one) for one in stated if one is not None and 0 <= one < size))


def max_positions(config: Any) -> int:
    """Most tokens that a model reads: its position table, or the range in which its rope's table is one.

    A rope of type "dynamic" makes a new table at each length past `max_position_embeddings`, while a cache
    keeps the old ones: what is read there depends on how. So that is the limit.
    """
    names = ("max_position_embeddings", "n_positions", "max_seq_len")
    stated = next((value for name in names if (value := getattr(config, name, None))), None)
    return int(stated or 1 << 20)


def rope_switch(config: Any) -> int | None:
    """The length past which a longrope's second table holds (Phi-3); None for a rope of one table."""
    ropes, name = getattr(config, "rope_parameters", None) or {}, "original_max_position_embeddings"
    lengths = [
        rope.get(name) or getattr(config, name, None)
        for rope in (ropes, *(one for one in ropes.values() if isinstance(one, dict)))
        if rope.get("rope_type") == "longrope"
    ]
    return min((int(length) for length in lengths if length), default=None)


def revision_of(entry: ModelEntry, model: Any) -> str:
    """Commit on the Hub; of a folder, the digits that `ModelIdentity.revision` tells of."""
    weights = sorted(Path(entry.source).glob("*.safetensors"))
    if not weights:
        return getattr(model.config, "_commit_hash", None) or entry.revision or "unknown"
    stamps = tuple((file, file.stat().st_size, file.stat().st_mtime_ns) for file in weights)
    return _digest(stamps)


@functools.lru_cache(maxsize=16)
def _digest(stamps: tuple[tuple[Path, int, int], ...]) -> str:
    """Digits of the ends, by which recordings of before know the weights, then of every byte (1.5 GB/s)."""
    ends, whole = hashlib.sha256(), hashlib.sha256()
    for file, size, _ in stamps:
        with file.open("rb") as stream:
            ends.update(stream.read(1 << 20))
            stream.seek(max(0, size - (1 << 20)))
            ends.update(stream.read())
            stream.seek(0)
            while piece := stream.read(1 << 24):
                whole.update(piece)
    return f"{ends.hexdigest()[:12]}-{whole.hexdigest()[:16]}"
