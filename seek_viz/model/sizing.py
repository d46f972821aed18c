"""How large a model is before its weights are read, and what memory there is for it.

The size comes from config.json: the model is built on torch's meta device, where weights have shapes and no
values. What is not on this machine stays unknown; nothing is downloaded here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psutil
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from seek_viz.errors import UserError
from seek_viz.model.loading import check_folder, chosen_device, chosen_dtype
from seek_viz.record.estimate import ModelSize
from seek_viz.settings.registry import model_entry

CGROUP = Path("/sys/fs/cgroup")
"""Where Linux states what a container may use."""


def size_of(name: str) -> ModelSize | None:
    """The size of a model, on the device and in the dtype that it would be loaded in.

    Returns:
        None where its config is not on this machine.

    Raises:
        UserError: see `FrozenLM.load`.
    """
    entry = model_entry(name)
    check_folder(entry)
    try:
        config = AutoConfig.from_pretrained(
            entry.source, revision=entry.revision, local_files_only=True, trust_remote_code=False
        )
    except OSError:
        return None
    except ValueError as error:
        raise UserError("model", entry.source, "a config.json that transformers knows", str(error)) from error
    device = chosen_device()
    dtype = _dtype(config, device)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, trust_remote_code=False)
    count = model.num_parameters()
    return ModelSize(count, str(dtype).removeprefix("torch."), device, count * dtype.itemsize)


def free_bytes(device: str) -> int:
    """Memory available for new tensors: the accelerator's, or the machine's within its container."""
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


def _dtype(config: Any, device: str) -> torch.dtype:
    """The dtype that `chosen_dtype` resolves to; "auto" is the one in the config."""
    name = chosen_dtype(device)
    stored = config.dtype or config.get_text_config().dtype or torch.float32
    return getattr(torch, str(stored if name == "auto" else name).removeprefix("torch."))
