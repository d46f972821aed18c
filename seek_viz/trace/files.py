"""Traces as JSON files: written as a whole, checked when read.

Arrays are stored as base64 of little-endian bytes; token strings once each, in a table. Full latents are
not part of the file: `latents.py` writes them beside it on request. A file can say anything, and the views
trust their records, so every value is held against its annotation before a `Trace` leaves this file.
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import json
import os
import threading
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from seek_viz.config import SeekConfig
from seek_viz.errors import UserError
from seek_viz.problem import Problem
from seek_viz.trace.records import (
    TOP,
    LatentPath,
    ModelIdentity,
    PrefixReading,
    Reward,
    SeekStep,
    Trace,
    Update,
    Verdict,
)

TRACE_VERSION = 1


def save_trace(trace: Trace, path: str | Path) -> None:
    """Write a trace as JSON; a crash in the middle leaves an older file at `path` intact.

    Args:
        trace: the run; its latents are left out.
        path: where to write, ".json".
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.partial")
    try:
        with partial.open("w", encoding="utf-8") as file:
            json.dump(trace_to_dict(trace), file, ensure_ascii=False, separators=(",", ":"))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def load_trace(path: str | Path) -> Trace:
    """Read a trace that `save_trace` wrote.

    Raises:
        UserError: the file is missing, not a trace, damaged, or of a version not known here.
    """
    path = Path(path)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError("trace file", str(path), "a readable .json file", "Check the path.") from error
    except (ValueError, RecursionError) as error:
        raise _damaged(path.name, error) from error
    return trace_from_dict(record, name=path.name)


def trace_to_dict(trace: Trace) -> dict[str, Any]:
    """The trace as JSON-able values; arrays in base64, token strings in one table."""
    strings: dict[str, int] = {}
    steps = [_step_to_dict(step, strings) for step in trace.steps]
    return {
        "format": "seek_viz trace",
        "version": TRACE_VERSION,
        "title": trace.title,
        "created_at": trace.created_at,
        "problem": dataclasses.asdict(trace.problem),
        "config": trace.config.to_dict(),
        "model": dataclasses.asdict(trace.model),
        "prompt": trace.prompt,
        "stop_reason": trace.stop_reason,
        "path": _arrays_to_dict(trace.path) if trace.path else None,
        "steps": steps,
        "strings": list(strings),
    }


def trace_from_dict(record: Any, name: str = "trace") -> Trace:
    """Inverse of `trace_to_dict`.

    Args:
        record: parsed JSON.
        name: what to call it in an error.

    Raises:
        UserError: the record is damaged or of a version not known here.
    """
    if not isinstance(record, dict) or record.get("format") != "seek_viz trace":
        raise UserError(name, record, "a run that seek_viz recorded", "Choose another file.")
    if record.get("version") != TRACE_VERSION:
        raise UserError(
            f"version of {name}",
            record.get("version"),
            f"version {TRACE_VERSION}",
            "Open it with the release of seek_viz that recorded it, or record it again.",
        )
    try:
        path = record["path"]
        trace = Trace(
            problem=Problem(**record["problem"]),
            config=SeekConfig.from_dict(record["config"]),
            model=ModelIdentity(**record["model"]),
            prompt=record["prompt"],
            created_at=record["created_at"],
            steps=tuple(_step_from_dict(step, record["strings"]) for step in record["steps"]),
            stop_reason=record["stop_reason"],
            path=LatentPath(**{key: _array_from_dict(value) for key, value in path.items()})
            if path
            else None,
            title=record["title"],
        )
        _check_kind("trace", trace, Trace)
        for index, step in enumerate(trace.steps):
            _check_lengths(index, step)
        return trace
    except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
        raise _damaged(name, error) from error


@functools.cache
def _hints(record: type) -> dict[str, Any]:
    return get_type_hints(record)


def _check_kind(name: str, value: Any, hint: Any) -> None:
    """Hold a value against its annotation: a file can say anything, and a view trusts its records."""
    origin, inner = get_origin(hint), get_args(hint)
    kinds: Any = (int, float) if hint is float else origin or hint
    if origin in (Union, UnionType):
        if value is None and NoneType in inner:
            return
        _check_kind(name, value, inner[0])
    elif origin is Literal:
        if value not in inner:
            raise TypeError(f"{name} is {value!r:.40}")
    elif not isinstance(value, kinds):
        raise TypeError(f"{name} is {value!r:.40}")
    elif isinstance(value, bool) and hint is not bool:
        raise TypeError(f"{name} is {value!r}")
    elif dataclasses.is_dataclass(hint):
        for key, kind in _hints(hint).items():  # type: ignore[arg-type]
            _check_kind(f"{name}.{key}", getattr(value, key), kind)
    elif origin is tuple:
        for index, one in enumerate(value):
            _check_kind(f"{name}[{index}]", one, inner[0])
    elif origin is dict:
        for key, one in value.items():
            _check_kind(f"{name}[{key!r}]", one, inner[1])


def _check_lengths(index: int, step: SeekStep) -> None:
    rows, reading = step.num_prefix, step.reading
    shapes = [
        array.shape
        for array in (reading.top_ids_L5, reading.top_probs_L5, reading.margin_L, reading.entropy_L)
    ]
    if (
        step.iteration != index
        or len(step.tokens) != len(step.token_ids)
        or not 0 <= rows <= len(step.token_ids)
        or shapes != [(rows, TOP), (rows, TOP), (rows,), (rows,)]
        or [len(row) for row in reading.top_tokens_L5] != [TOP] * rows
    ):
        raise ValueError(f"step {index} has parts of different lengths")


def _damaged(name: str, error: Exception) -> UserError:
    return UserError(
        name, f"{type(error).__name__}: {error}", "an undamaged trace file", "Record the run again."
    )


def _step_to_dict(step: SeekStep, strings: dict[str, int]) -> dict[str, Any]:
    def index(token: str) -> int:
        return strings.setdefault(token, len(strings))

    reading = _arrays_to_dict(step.reading)
    reading["top_tokens_L5"] = [[index(token) for token in row] for row in step.reading.top_tokens_L5]
    simple = ("iteration", "num_prefix", "text", "truncated", "answer", "correct", "distance", "elapsed_s")
    return {
        **{key: getattr(step, key) for key in simple},
        "token_ids": list(step.token_ids),
        "tokens": [index(token) for token in step.tokens],
        "reward": dataclasses.asdict(step.reward),
        "reading": reading,
        "update": _arrays_to_dict(step.update) if step.update else None,
    }


def _step_from_dict(record: dict[str, Any], strings: list[str]) -> SeekStep:
    reading, update, reward = dict(record["reading"]), record["update"], dict(record["reward"])
    reading["top_tokens_L5"] = tuple(tuple(strings[i] for i in row) for row in reading["top_tokens_L5"])
    reward["verdicts"] = tuple(Verdict(**verdict) for verdict in reward["verdicts"])
    return SeekStep(
        **{
            **record,
            "token_ids": tuple(record["token_ids"]),
            "tokens": tuple(strings[i] for i in record["tokens"]),
            "reward": Reward(**reward),
            "reading": PrefixReading(**{key: _array_from_dict(value) for key, value in reading.items()}),
            "update": Update(**{k: _array_from_dict(v) for k, v in update.items()}) if update else None,
        }
    )


def _arrays_to_dict(record: Any) -> dict[str, Any]:
    """A flat dataclass as a dict whose arrays are {"dtype", "shape", "base64"}."""
    fields = {f.name: getattr(record, f.name) for f in dataclasses.fields(record)}
    return {key: _array_to_dict(value) for key, value in fields.items()}


def _array_to_dict(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    little_endian = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
    return {
        "dtype": little_endian.dtype.str,
        "shape": list(value.shape),
        "base64": base64.b64encode(little_endian.tobytes()).decode("ascii"),
    }


def _array_from_dict(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value["dtype"] not in ("<f4", "<i4"):
        raise ValueError(f"array of type {value['dtype']!r}")
    flat = np.frombuffer(base64.b64decode(value["base64"]), dtype=value["dtype"])
    return flat.reshape(value["shape"]).astype(flat.dtype.newbyteorder("="))
