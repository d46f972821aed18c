"""Traces as JSON files: written as a whole, checked when read.

Arrays are stored as base64 of little-endian bytes; token strings once each, in a table (`packing.py`).
Full latents are not part of the file: `engine/latents.py` writes them beside it on request. Every value is
held against its annotation before a `Trace` leaves this file (`checks.py`).
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from seek_viz.errors import UserError
from seek_viz.problems.problem import Problem
from seek_viz.record.checks import check_host, check_kind, check_lengths, check_regions
from seek_viz.record.packing import packed, unpacked
from seek_viz.record.records import (
    Host,
    LatentPath,
    ModelIdentity,
    PrefixReading,
    Reward,
    SeekStep,
    Shift,
    Trace,
    Update,
    Verdict,
)
from seek_viz.record.region_maps import RegionMap, Regions
from seek_viz.record.writing import beside
from seek_viz.settings.config import SeekConfig

TRACE_VERSION = 3
"""2 added the decode regions and what each update shifted; 3 the length of each update at each position, the
run that a control replays, what cut a text, rewards of texts that could not be judged, the bytes of tokens
that part a character, the settings of each step, and the versions and the name of what computed it."""
READABLE = (1, 2, TRACE_VERSION)


def save_trace(trace: Trace, path: str | Path) -> None:
    """Write a trace as JSON; a crash in the middle leaves an older file at `path` intact.

    Args:
        trace: the run; its latents are left out.
        path: where to write, ".json".
    """
    with beside(Path(path)) as partial, partial.open("w", encoding="utf-8") as file:
        json.dump(trace_to_dict(trace), file, ensure_ascii=False, separators=(",", ":"))


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
    config = trace.config.to_dict()
    steps = [_step_to_dict(step, config, strings) for step in trace.steps]
    return {
        "format": "seek_viz trace",
        "version": TRACE_VERSION,
        "title": trace.title,
        "created_at": trace.created_at,
        "problem": dataclasses.asdict(trace.problem),
        "config": config,
        "model": dataclasses.asdict(trace.model),
        "versions": trace.versions,
        "prompt": trace.prompt,
        "stop_reason": trace.stop_reason,
        "host": packed(trace.host, strings) if trace.host else None,
        "path": packed(trace.path, strings) if trace.path else None,
        "regions": _regions_to_dict(trace.regions, strings) if trace.regions else None,
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
    if record.get("version") not in READABLE:
        raise UserError(
            f"version of {name}",
            record.get("version"),
            f"version {', '.join(map(str, READABLE[:-1]))} or {READABLE[-1]}",
            "Open it with the release of seek_viz that recorded it, or record it again.",
        )
    try:
        path, regions, strings = record["path"], record.get("regions"), record["strings"]
        host = record.get("host")
        steps = record["steps"]
        if record["version"] < 3:  # the settings of such a run are those of all its steps
            steps = [step | {"config": {}} for step in steps]
        trace = Trace(
            problem=Problem(**record["problem"]),
            config=SeekConfig.from_dict(record["config"]),
            model=ModelIdentity(**record["model"]),
            prompt=record["prompt"],
            created_at=record["created_at"],
            steps=tuple(_step_from_dict(step, record["config"], strings) for step in steps),
            stop_reason=record["stop_reason"],
            path=LatentPath(**unpacked(path, strings)) if path else None,
            regions=_regions_from_dict(regions, strings) if regions else None,
            title=record["title"],
            host=Host(**unpacked(host, strings)) if host else None,
            versions=record.get("versions", {}),
        )
        check_kind("trace", trace, Trace)
        for index, step in enumerate(trace.steps):
            check_lengths(index, step)
        check_regions(trace)
        check_host(trace)
        return trace
    except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
        raise _damaged(name, error) from error


def _damaged(name: str, error: Exception) -> UserError:
    return UserError(
        name, f"{type(error).__name__}: {error}", "an undamaged trace file", "Record the run again."
    )


def _step_to_dict(step: SeekStep, config: dict[str, Any], strings: dict[str, int]) -> dict[str, Any]:
    """One step; of its settings, those that differ from the trace's `config`."""
    own = step.config.to_dict()
    simple = ("iteration", "num_prefix", "text", "truncated", "cut_by", "answer", "correct", "distance")
    return {
        **{key: getattr(step, key) for key in simple},
        "elapsed_s": step.elapsed_s,
        "reading": packed(step.reading, strings),
        "token_ids": list(step.token_ids),
        "byte_parts": list(step.byte_parts),
        "tokens": [strings.setdefault(token, len(strings)) for token in step.tokens],
        "reward": dataclasses.asdict(step.reward),
        "update": _update_to_dict(step.update, strings) if step.update else None,
        "config": {name: value for name, value in own.items() if value != config[name]},
    }


def _step_from_dict(record: dict[str, Any], config: dict[str, Any], strings: list[str]) -> SeekStep:
    update, reward = record["update"], dict(record["reward"])
    reward["verdicts"] = tuple(Verdict(**verdict) for verdict in reward["verdicts"])
    return SeekStep(
        **{
            **record,
            "token_ids": tuple(record["token_ids"]),
            "byte_parts": tuple(record.get("byte_parts", ())),
            "tokens": tuple(strings[i] for i in record["tokens"]),
            "reward": Reward(**reward),
            "reading": PrefixReading(**unpacked(record["reading"], strings)),
            "update": _update_from_dict(update, strings) if update else None,
            "config": SeekConfig.from_dict(config | record["config"]),
        }
    )


def _update_to_dict(update: Update, strings: dict[str, int]) -> dict[str, Any]:
    shift = packed(update.shift, strings) if update.shift else None
    return {**packed(dataclasses.replace(update, shift=None), strings), "shift": shift}


def _update_from_dict(record: dict[str, Any], strings: list[str]) -> Update:
    numbers, shift = dict(record), record.get("shift")
    numbers["shift"] = None
    return dataclasses.replace(
        Update(**unpacked(numbers, strings)),
        shift=Shift(**unpacked(shift, strings)) if shift else None,
    )


def _regions_to_dict(regions: Regions, strings: dict[str, int]) -> dict[str, Any]:
    maps = [packed(one, strings) for one in regions.maps]
    return {"size": regions.size, "maps": maps, "left_out": list(regions.left_out)}


def _regions_from_dict(record: dict[str, Any], strings: list[str]) -> Regions:
    maps = tuple(RegionMap(**unpacked(one, strings)) for one in record["maps"])
    return Regions(**{**record, "maps": maps, "left_out": tuple(record["left_out"])})
