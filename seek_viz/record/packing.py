"""Flat records as JSON-able dicts: arrays in base64 of little-endian bytes, token strings by number.

A field whose name speaks of tokens holds strings; each string stands once in the file, in one table. What
lives in memory alone (`IN_MEMORY`) is left out.
"""

from __future__ import annotations

import base64
import dataclasses
from typing import Any

import numpy as np

IN_MEMORY = ("states_LD", "latents_LD")
"""Full vectors: too large for a file that a page opens."""
DTYPES = ("<f4", "<i4")


def packed(record: Any, strings: dict[str, int]) -> dict[str, Any]:
    """A flat dataclass as a dict of JSON-able values.

    Args:
        record: numbers, arrays and tuples of strings.
        strings: the table of strings, extended in place.
    """
    names = [field.name for field in dataclasses.fields(record) if field.name not in IN_MEMORY]
    fields = {name: getattr(record, name) for name in names}
    return {
        name: _numbered(value, strings) if "tokens" in name else _packed(value)
        for name, value in fields.items()
    }


def unpacked(record: dict[str, Any], strings: list[str]) -> dict[str, Any]:
    """Inverse of `packed`, as the arguments of the dataclass."""
    return {
        name: _named(value, strings) if "tokens" in name else _unpacked(value)
        for name, value in record.items()
    }


def _numbered(tokens: Any, strings: dict[str, int]) -> Any:
    if isinstance(tokens, str):
        return strings.setdefault(tokens, len(strings))
    return [_numbered(token, strings) for token in tokens]


def _named(numbers: Any, strings: list[str]) -> Any:
    return strings[numbers] if isinstance(numbers, int) else tuple(_named(one, strings) for one in numbers)


def _packed(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if not isinstance(value, np.ndarray):
        return value
    little_endian = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
    return {
        "dtype": little_endian.dtype.str,
        "shape": list(value.shape),
        "base64": base64.b64encode(little_endian.tobytes()).decode("ascii"),
    }


def _unpacked(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if not isinstance(value, dict):
        return value
    if value["dtype"] not in DTYPES:
        raise ValueError(f"array of type {value['dtype']!r}")
    flat = np.frombuffer(base64.b64decode(value["base64"]), dtype=value["dtype"])
    return flat.reshape(value["shape"]).astype(flat.dtype.newbyteorder("="))
