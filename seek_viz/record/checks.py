"""What a trace file must hold for the views to trust it.

A file can say anything, and the views trust their records: each value is held against its annotation.
"""

from __future__ import annotations

import dataclasses
import functools
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from seek_viz.record.records import TOP, SeekStep, Shift, Trace


@functools.cache
def _hints(record: type) -> dict[str, Any]:
    return get_type_hints(record)


def check_kind(name: str, value: Any, hint: Any) -> None:
    """Hold a value against its annotation: a file can say anything, and a view trusts its records."""
    origin, inner = get_origin(hint), get_args(hint)
    kinds: Any = (int, float) if hint is float else origin or hint
    if origin in (Union, UnionType):
        if value is None and NoneType in inner:
            return
        check_kind(name, value, inner[0])
    elif origin is Literal:
        if value not in inner:
            raise TypeError(f"{name} is {value!r:.40}")
    elif not isinstance(value, kinds):
        raise TypeError(f"{name} is {value!r:.40}")
    elif isinstance(value, bool) and hint is not bool:
        raise TypeError(f"{name} is {value!r}")
    elif dataclasses.is_dataclass(hint):
        for key, kind in _hints(hint).items():  # type: ignore[arg-type]
            check_kind(f"{name}.{key}", getattr(value, key), kind)
    elif origin is tuple:
        for index, one in enumerate(value):
            check_kind(f"{name}[{index}]", one, inner[0])
    elif origin is dict:
        for key, one in value.items():
            check_kind(f"{name}[{key!r}]", one, inner[1])


def check_lengths(index: int, step: SeekStep) -> None:
    """The parts of step number `index` speak of the same positions."""
    rows, reading = step.num_prefix, step.reading
    shapes = [
        array.shape
        for array in (reading.top_ids_L5, reading.top_probs_L5, reading.margin_L, reading.entropy_L)
    ]
    if (
        step.iteration != index
        or len(step.tokens) != len(step.token_ids)
        or len(step.byte_parts) not in (0, len(step.tokens))
        or not 0 <= rows <= len(step.token_ids)
        or shapes != [(rows, TOP), (rows, TOP), (rows,), (rows,)]
        or [len(row) for row in reading.top_tokens_L5] != [TOP] * rows
    ):
        raise ValueError(f"step {index} has parts of different lengths")
    if step.update and step.update.shift:
        _check_shift(step.update.shift)
    norms = step.update.step_norm_L if step.update else None
    if norms is not None and (norms.ndim != 1 or not _are_lengths(norms)):
        raise ValueError(f"the lengths of update {index} are no lengths")


def _check_shift(shift: Shift) -> None:
    rows = len(shift.positions_P)
    shapes = {array.shape for array in (shift.ids_P10, shift.before_P10, shift.after_P10)}
    if shapes != {(rows, 2 * TOP)} or [len(row) for row in shift.tokens_P10] != [2 * TOP] * rows:
        raise ValueError("what an update shifted has parts of different lengths")


def check_host(trace: Trace) -> None:
    """What a control replays are lengths, one a position for each update."""
    if trace.host and (trace.host.step_norm_KL.ndim != 2 or not _are_lengths(trace.host.step_norm_KL)):
        raise ValueError("the lengths that this control replays are no lengths")


def _are_lengths(norms: np.ndarray) -> bool:
    return norms.dtype == np.float32 and bool((np.isfinite(norms) & (norms >= 0)).all())


def check_regions(trace: Trace) -> None:
    """Each region map covers its grid with tokens it names, and its points belong to iterates."""
    for one in trace.regions.maps if trace.regions else ():
        count, area = len(one.iterations_N), trace.regions.size**2 if trace.regions else 0
        lengths, numbers = one.runs[::2], one.runs[1::2]
        shapes = (one.points_N2.shape, one.off_plane_N.shape, one.explained_2.shape)
        fits = (
            len(lengths) == len(numbers)
            and sum(lengths) == area
            and min(one.runs) >= 0
            and max(numbers) < len(one.token_ids_R) == len(one.tokens_R)
            and shapes == ((count, 2), (count,), (2,))
            and all(0 <= k < len(trace.steps) for k in one.iterations_N.tolist())
            and all(0 <= one.position < trace.steps[k].num_prefix for k in one.iterations_N.tolist())
        )
        if not fits:
            raise ValueError(f"the decode regions of position {one.position} have parts that do not fit")
