"""The latents of every iterate, as a safetensors file beside a trace's JSON file.

What they are for: a plane through the paths of two runs has to be computed from both (`show/pair.py`).
The file holds one tensor, `iterates_KLD`, and names its run by the time of its start; `engine/latents.py`
adds to it what a run needs to go on.

Shapes: K iterates, L positions, D hidden size.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from seek_viz.errors import UserError
from seek_viz.record.records import Trace

LATENTS_VERSION = "1"
DTYPES = (np.float32, np.float16)


def save_iterates(trace: Trace, path: str | Path) -> None:
    """Write the latents of every iterate in half precision, half the size of what they were computed in.

    A coordinate is rounded by at most 1/2048 of it, in each of L * D directions by itself; on a plane through
    the path that moves a point by less than a thousandth of the path. Numbers beyond float16 stay float32.

    Args:
        trace: a run of which every step has latents.
        path: where to write, ".safetensors".
    """
    iterates_KLD = iterates_of(trace)
    with np.errstate(over="ignore"):
        half_KLD = iterates_KLD.astype(np.float16)
    kept_KLD = half_KLD if np.isfinite(half_KLD).all() else iterates_KLD
    save_file({"iterates_KLD": kept_KLD}, path, metadata=metadata_of(trace))


def with_iterates(trace: Trace, path: str | Path) -> Trace:
    """The trace with the latents that were written beside it.

    Raises:
        UserError: the file is missing, damaged, of another run, or of a version not known here.
    """
    try:
        with safe_open(str(path), framework="np") as file:
            check_metadata(file.metadata() or {}, trace, path)
            iterates_KLD = file.get_tensor("iterates_KLD")
    except (OSError, SafetensorError, TypeError) as error:
        raise damaged_latents(path, str(error)) from error
    if trouble := _trouble(iterates_KLD, trace):
        raise damaged_latents(path, trouble)
    iterates_KLD = iterates_KLD.astype(np.float32)
    steps = zip(trace.steps, iterates_KLD, strict=True)
    return dataclasses.replace(
        trace, steps=tuple(dataclasses.replace(step, latents_LD=z_LD) for step, z_LD in steps)
    )


def iterates_of(trace: Trace) -> np.ndarray:
    """The latents of every iterate (K, L, D), float32."""
    iterates = [step.latents_LD for step in trace.steps if step.latents_LD is not None]
    assert len(iterates) == len(trace.steps), "a step without latents"
    return np.stack(iterates)


def metadata_of(trace: Trace) -> dict[str, str]:
    """What the file says of itself."""
    return {"format": "seek_viz latents", "version": LATENTS_VERSION, "created_at": trace.created_at}


def check_metadata(metadata: Mapping[str, str], trace: Trace, path: str | Path) -> None:
    """Hold a latents file against the trace that it shall belong to.

    Raises:
        UserError: it is of a version not known here, or of another run.
    """
    if metadata.get("version") != LATENTS_VERSION:
        raise UserError(
            f"version of {Path(path).name}",
            metadata.get("version"),
            f"version {LATENTS_VERSION}",
            "Record the run again.",
        )
    if metadata.get("created_at") != trace.created_at:
        raise UserError(
            "latents file", str(path), "the one written with this trace", "Choose the matching pair."
        )


def damaged_latents(path: str | Path, trouble: str) -> UserError:
    """What a user is told of a latents file that cannot be used."""
    return UserError(
        "latents file",
        f"{Path(path).name}: {trouble}",
        "the .safetensors file that was written with the trace (seek-viz run --latents)",
        "A run without it can be looked at, and recorded again from its start.",
    )


def _trouble(iterates_KLD: np.ndarray, trace: Trace) -> str | None:
    positions = trace.steps[0].num_prefix if trace.steps else 0
    wanted = (len(trace.steps), positions, trace.model.hidden_size)
    if iterates_KLD.shape != wanted or iterates_KLD.dtype not in DTYPES:
        return f"{iterates_KLD.dtype} of shape {iterates_KLD.shape}, not {wanted}"
    return None if np.isfinite(iterates_KLD).all() else "not finite"
