"""What a trace must hold beyond the type of each value, for the views to trust it: parts that fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from seek_viz.record.records import TOP, SeekStep, Trace
from seek_viz.record.region_maps import RegionMap
from seek_viz.record.stored import arrays_of

LEAST_SIDE = 1e-30
"""Of a map: points are divided by it."""
Trouble = tuple[str, str]
"""Where, as a path inside the file, and what it is."""


def troubles(trace: Trace) -> Iterator[Trouble]:
    """Parts that do not fit, in the order of the file."""
    for index, step in enumerate(trace.steps):
        yield from _of_step(f"steps.{index}", index, step)
    if trace.path:
        yield from _of_lengths("path", trace.path, K=len(trace.steps))
    if trace.host and (trace.host.step_norm_KL < 0).any():
        yield "host.step_norm_KL", "a length below 0"
    for index, one in enumerate(trace.regions.maps if trace.regions else ()):
        yield from _of_map(f"regions.maps.{index}", one, trace)


def _of_lengths(where: str, record: Any, **known: int) -> Iterator[Trouble]:
    """A letter of an array's shape stands for the same length throughout a record."""
    for name, stored in arrays_of(record.__class__).items():
        for letter, length in zip(stored.shape, getattr(record, name).shape, strict=True):
            if isinstance(letter, str) and known.setdefault(letter, length) != length:
                yield f"{where}.{name}", f"{letter} is {length} here, and {known[letter]} elsewhere"


def _of_step(where: str, index: int, step: SeekStep) -> Iterator[Trouble]:
    num_tokens = len(step.token_ids)
    if step.iteration != index:
        yield f"{where}.iteration", f"step {index} says that it is {step.iteration}"
    if len(step.tokens) != num_tokens:
        yield f"{where}.tokens", f"{len(step.tokens)} for {num_tokens} token ids"
    if len(step.byte_parts) not in (0, num_tokens):
        yield f"{where}.byte_parts", f"{len(step.byte_parts)} for {num_tokens} token ids"
    if not 0 <= step.num_prefix <= num_tokens:
        yield f"{where}.num_prefix", f"{step.num_prefix} of {num_tokens} tokens"
    yield from _of_lengths(f"{where}.reading", step.reading, L=step.num_prefix)
    if [len(row) for row in step.reading.top_tokens_L5] != [TOP] * step.num_prefix:
        yield f"{where}.reading.top_tokens_L5", f"they are not {TOP} for each of {step.num_prefix} positions"
    update = step.update
    if update and update.step_norm_L is not None and (update.step_norm_L < 0).any():
        yield f"{where}.update.step_norm_L", "a length below 0"
    if update and (shift := update.shift):
        yield from _of_lengths(f"{where}.update.shift", shift)
        if [len(row) for row in shift.tokens_P10] != [2 * TOP] * len(shift.positions_P):
            yield f"{where}.update.shift.tokens_P10", f"they are not {2 * TOP} for each position"


def _of_map(where: str, one: RegionMap, trace: Trace) -> Iterator[Trouble]:
    """A map covers its grid with tokens that it names, and its points belong to iterates."""
    yield from _of_lengths(where, one)
    area = trace.regions.size**2 if trace.regions else 0
    lengths, numbers = one.runs[::2], one.runs[1::2]
    if len(lengths) != len(numbers) or min(one.runs, default=-1) < 0 or sum(lengths) != area:
        yield f"{where}.runs", f"they do not cover {area} points"
    elif not max(numbers) < len(one.token_ids_R) == len(one.tokens_R):
        yield f"{where}.tokens_R", "a token that is picked has no name"
    if one.side < LEAST_SIDE:
        yield f"{where}.side", "no width"
    iterations = one.iterations_N.tolist()
    if not all(0 <= k < len(trace.steps) for k in iterations):
        yield f"{where}.iterations_N", f"the run has {len(trace.steps)} iterations"
    elif not all(0 <= one.position < trace.steps[k].num_prefix for k in iterations):
        yield f"{where}.position", "an iterate has no such position"
