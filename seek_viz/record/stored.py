"""How values of a record stand in a trace file: what their annotations tell pydantic.

    Annotated[np.ndarray, floats("L", 5)]   {"dtype": "<f4", "shape": [L, 5], "base64": ...}, within bounds
    Annotated[np.ndarray, ints("L")]        the same with "<i4"
    Tokens, TokenRows                       numbers of strings, each of which stands once in the file's table
    Settings                                those settings that differ from the trace's
    Whole, Real                             numbers within bounds that no reader and no view trips over

`files.py` hands on the table of strings and the trace's settings as pydantic's context. pydantic is imported
when a file is first read or written: what computes runs needs it not.
"""

from __future__ import annotations

import base64
import functools
import math
from dataclasses import dataclass
from typing import Annotated, Any, get_type_hints

import numpy as np

from seek_viz.settings.config import SeekConfig

MOST = 2**53
"""Whole numbers beyond it are not exact everywhere."""
LARGEST = 1e30
"""No number of a run is near it, and the views can square it and add some up."""


def _kinds() -> Any:
    from pydantic_core import core_schema  # noqa: PLC0415 - only a file needs it

    return core_schema


@dataclass(frozen=True)
class Stored:
    """An array, as base64 of its little-endian bytes."""

    dtype: str
    shape: tuple[int | str, ...]
    """A letter stands for the same length wherever it comes in a record."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Dtype, shape and bytes are held against each other, and numbers against their bounds."""
        kinds, ndim = _kinds(), len(self.shape)
        length = kinds.int_schema(ge=0, le=MOST)
        fields = {
            "dtype": kinds.literal_schema([self.dtype]),
            "shape": kinds.list_schema(length, min_length=ndim, max_length=ndim),
            "base64": kinds.str_schema(),
        }
        record = kinds.typed_dict_schema(
            {name: kinds.typed_dict_field(kind) for name, kind in fields.items()}, extra_behavior="forbid"
        )
        written = kinds.plain_serializer_function_ser_schema(self._written)
        return kinds.no_info_after_validator_function(self._read, record, serialization=written)

    def _read(self, record: dict[str, Any]) -> np.ndarray:
        flat = np.frombuffer(base64.b64decode(record["base64"], validate=True), dtype=self.dtype)
        shape = record["shape"]
        fixed = zip(self.shape, shape, strict=True)
        if any(isinstance(want, int) and want != got for want, got in fixed) or math.prod(shape) != flat.size:
            raise ValueError(f"{flat.size} numbers are not of shape {shape} as {self.shape}")
        if self.dtype == "<f4" and not (np.abs(flat) <= LARGEST).all():
            raise ValueError(f"a number is not finite, or beyond {LARGEST:g}")
        return flat.reshape(shape).astype(flat.dtype.newbyteorder("="))

    def _written(self, array: np.ndarray) -> dict[str, Any]:
        little_endian = array.astype(self.dtype, order="C", casting="equiv")
        encoded = base64.b64encode(little_endian.tobytes()).decode("ascii")
        return {"dtype": self.dtype, "shape": list(array.shape), "base64": encoded}


def floats(*shape: int | str) -> Stored:
    """An array of float32."""
    return Stored("<f4", shape)


def ints(*shape: int | str) -> Stored:
    """An array of int32."""
    return Stored("<i4", shape)


@dataclass(frozen=True)
class Numbered:
    """Strings in `depth` tuples in one another, written as their numbers in the file's table."""

    depth: int

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """The context holds "strings": a list to read by, a dict of numbers to write by."""
        kinds = _kinds()
        numbers = kinds.int_schema(ge=0, le=MOST)
        for _ in range(self.depth):
            numbers = kinds.list_schema(numbers)
        written = kinds.plain_serializer_function_ser_schema(self._written, info_arg=True)
        return kinds.with_info_after_validator_function(self._read, numbers, serialization=written)

    def _read(self, numbers: Any, info: Any) -> Any:
        strings = info.context["strings"]
        try:
            return _each(lambda number: strings[number], numbers, self.depth)
        except IndexError:
            raise ValueError(f"a number beyond the {len(strings)} strings of the file") from None

    def _written(self, tokens: Any, info: Any) -> Any:
        strings = info.context["strings"]
        return _each(lambda text: strings.setdefault(text, len(strings)), tokens, self.depth, list)


def _each(change: Any, values: Any, depth: int, kind: Any = tuple) -> Any:
    if depth == 1:
        return kind(map(change, values))
    return kind(_each(change, inner, depth - 1, kind) for inner in values)


class _Differing:
    """Settings, of which those stand in the file that differ from the context's "config"."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """A dict by name; `SeekConfig` checks the values."""
        kinds = _kinds()
        some = kinds.dict_schema(kinds.str_schema(), kinds.any_schema())
        written = kinds.plain_serializer_function_ser_schema(self._written, info_arg=True)
        return kinds.with_info_after_validator_function(self._read, some, serialization=written)

    def _read(self, some: dict[str, Any], info: Any) -> SeekConfig:
        try:
            return SeekConfig.from_dict(info.context["config"] | some)
        except (TypeError, OverflowError) as error:  # a list where a name belongs, a number beyond all bounds
            raise ValueError(str(error)) from None

    def _written(self, config: SeekConfig, info: Any) -> dict[str, Any]:
        common = info.context["config"]
        return {name: value for name, value in config.to_dict().items() if value != common[name]}


class Bounded:
    """A number that is finite and not beyond `LARGEST`."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """As pydantic has it."""
        return _kinds().float_schema(ge=-LARGEST, le=LARGEST)


@dataclass(frozen=True)
class Between:
    """A whole number within bounds."""

    low: int
    high: int

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """As pydantic has it."""
        return _kinds().int_schema(ge=self.low, le=self.high)


class InMemory:
    """What no file holds: full vectors are too large for a file that a page opens."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """A file may not say anything here."""
        return _kinds().none_schema()

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        """Left out of the format's description."""
        from pydantic_core import PydanticOmit  # noqa: PLC0415 - only a file needs it

        raise PydanticOmit


Whole = Annotated[int, Between(-MOST, MOST)]
Real = Annotated[float, Bounded()]
Tokens = Annotated[tuple[str, ...], Numbered(1)]
TokenRows = Annotated[tuple[tuple[str, ...], ...], Numbered(2)]
Settings = Annotated[SeekConfig, _Differing()]
Full = Annotated[np.ndarray | None, InMemory()]
"""Vectors in full; None where they were read from a file."""


@functools.cache
def arrays_of(record: Any) -> dict[str, Stored]:
    """Its fields that are always an array, and how they are stored."""
    hints = get_type_hints(record, include_extras=True)
    return {
        name: how
        for name, hint in hints.items()
        for how in getattr(hint, "__metadata__", ())
        if isinstance(how, Stored)
    }
