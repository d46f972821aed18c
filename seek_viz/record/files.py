"""Traces as JSON files: written as a whole, checked when read.

The format is what the records' annotations say (`stored.py`), read and written by pydantic; every value is
checked before a `Trace` leaves this file, and an error names its path inside it. docs/trace.schema.json says
the same as a JSON Schema. Full latents are not part of the file: `iterates.py` writes them beside it.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from pathlib import Path
from typing import Any, Literal, get_type_hints

from seek_viz.errors import UserError
from seek_viz.record.checks import troubles
from seek_viz.record.records import Trace
from seek_viz.record.writing import beside

FORMAT, TRACE_VERSION = "seek_viz trace", 3
"""2 added the decode regions and what each update shifted; 3 the length of each update at each position, the
run that a control replays, what cut a text, rewards of texts that could not be judged, the bytes of tokens
that part a character, the settings of each step, and the versions and the name of what computed it."""
READABLE = (1, 2, TRACE_VERSION)
IN_MEMORY = {"steps": {"__all__": {"latents_LD": True, "reading": {"states_LD"}}}}


def save_trace(trace: Trace, path: str | Path) -> None:
    """Write a trace as JSON; a crash in the middle leaves an older file at `path` intact.

    Args:
        trace: the run; its latents are left out.
        path: where to write, ".json".

    Raises:
        UserError: pydantic is not installed.
    """
    with beside(Path(path)) as partial, partial.open("w", encoding="utf-8") as file:
        json.dump(trace_to_dict(trace), file, ensure_ascii=False, separators=(",", ":"))


def load_trace(path: str | Path) -> Trace:
    """Read a trace that `save_trace` wrote.

    Raises:
        UserError: the file is missing, not a trace, damaged, or of a version not known here; or pydantic is
            not installed.
    """
    path = Path(path)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError("trace file", str(path), "a readable .json file", "Check the path.") from error
    except (ValueError, RecursionError) as error:
        raise _damaged(path.name, f"{type(error).__name__}: {error}") from error
    return trace_from_dict(record, name=path.name)


def trace_to_dict(trace: Trace) -> dict[str, Any]:
    """The trace as JSON-able values; arrays in base64, token strings in one table.

    Raises:
        UserError: pydantic is not installed.
    """
    strings: dict[str, int] = {}
    config = trace.config.to_dict()
    context = {"strings": strings, "config": config}
    record = _adapter().dump_python(trace, mode="json", context=context, exclude=IN_MEMORY, warnings="error")
    head = {"format": FORMAT, "version": TRACE_VERSION}
    return {**head, **record, "config": config, "strings": list(strings)}


def trace_from_dict(record: Any, name: str = "trace") -> Trace:
    """Inverse of `trace_to_dict`.

    Args:
        record: parsed JSON.
        name: what to call it in an error.

    Raises:
        UserError: the record is damaged or of a version not known here; or pydantic is not installed.
    """
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise UserError(name, _brief(record), "a run that seek_viz recorded", "Choose another file.")
    if record.get("version") not in READABLE:
        raise UserError(
            f"version of {name}",
            record.get("version"),
            f"version {', '.join(map(str, READABLE[:-1]))} or {READABLE[-1]}",
            "Open it with the release of seek_viz that recorded it, or record it again.",
        )
    context = {
        "strings": record["strings"] if isinstance(record.get("strings"), list) else [],
        "config": record["config"] if isinstance(record.get("config"), dict) else {},
    }
    read = file_format().model_validate_json  # from JSON types are strict, and tuples are lists
    try:
        file = read(json.dumps(_as_now(record)), context=context)
    except (ValueError, TypeError, RecursionError) as error:
        raise _told(error, name) from error
    trace = Trace(**{field.name: getattr(file, field.name) for field in dataclasses.fields(Trace)})
    for where, trouble in troubles(trace):
        raise _damaged(f"{where} in {name}", trouble)
    return trace


@functools.cache
def file_format(described: bool = False) -> Any:
    """The whole file as a pydantic model: the fields of a `Trace`, and what a reader needs to know first.

    Args:
        described: with what is said under each field, for a JSON Schema; it takes a third of a second.

    Raises:
        UserError: pydantic is not installed.
    """
    pydantic = _pydantic()
    hints = get_type_hints(Trace, include_extras=True)
    fields: dict[str, Any] = {
        "format": (Literal[FORMAT], ...),
        "version": (Literal[TRACE_VERSION], ...),
        "strings": (tuple[str, ...], ...),
    }
    for field in dataclasses.fields(Trace):
        default = ... if field.default is dataclasses.MISSING else field.default
        if field.default_factory is not dataclasses.MISSING:
            default = pydantic.Field(default_factory=field.default_factory)
        fields[field.name] = (hints[field.name], ... if field.name == "steps" else default)
    strict = {"extra": "forbid", "strict": True, "allow_inf_nan": False}
    config = pydantic.ConfigDict(**strict, use_attribute_docstrings=described)
    return pydantic.create_model("Trace file", __config__=config, **fields)


@functools.cache
def _adapter() -> Any:
    return _pydantic().TypeAdapter(Trace)


def _pydantic() -> Any:
    try:
        import pydantic  # noqa: PLC0415 - a machine that only computes may lack it
    except ImportError as error:
        raise UserError(
            "pydantic", "not installed", "version 2, to read and write traces", "pip install pydantic"
        ) from error
    return pydantic


def _as_now(record: dict[str, Any]) -> dict[str, Any]:
    """A record of an older version as one of this: its settings are those of all its steps."""
    if record["version"] < 3 and isinstance(record.get("steps"), list):
        steps = [step | {"config": {}} if isinstance(step, dict) else step for step in record["steps"]]
        record = record | {"steps": steps}
    return record | {"version": TRACE_VERSION}


def _told(error: Exception, name: str) -> UserError:
    """Pydantic's first complaint, as an error for the user."""
    if not hasattr(error, "errors"):
        return _damaged(name, f"{type(error).__name__}: {error}")
    first = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(map(str, first["loc"]))
    return _damaged(
        f"{where} in {name}" if where else name,
        f"{_brief(first['input'])}: {first['msg'].removeprefix('Value error, ')}",
    )


def _damaged(what: str, got: str) -> UserError:
    return UserError(what, got, "an undamaged trace file", "Record the run again.")


def _brief(value: Any) -> str:
    """What was got, however deep or long it is."""
    return f"a {type(value).__name__}" if isinstance(value, (dict, list)) else repr(value)[:60]
