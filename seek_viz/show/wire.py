"""A view as it travels: the same content in fewer bytes. `workbench/wire.js` is the inverse.

A string that comes again and again (a token, a prompt's beginning, the text that four verifiers read) stands
once in the message's table of strings, and is its number everywhere else. Numbers are whole, in the unit that
the page can show: probabilities in thousandths, margins and entropies in hundredths, a place on a map or on
an axis in ten-thousandths of it. Rows of equal length are one flat list.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, groupby
from typing import Any

PLACES = 10_000
"""Steps from the middle of an axis to its end, and from one side of a map to the other."""


class Strings:
    """The strings of one message, each with its number."""

    def __init__(self) -> None:
        """An empty table."""
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        """The number of a string, new at first sight."""
        return self._numbers.setdefault(text, len(self._numbers))

    def numbers(self, texts: Iterable[str]) -> list[int]:
        """The number of each."""
        return [self.number(text) for text in texts]

    @property
    def table(self) -> list[str]:
        """The strings in the order of their numbers."""
        return list(self._numbers)


def packed_view(view: dict[str, Any], strings: Strings) -> dict[str, Any]:
    """A whole run (`run_view`), its strings in `strings`."""
    return view | {
        "steps": [packed_step(step, strings) for step in view["steps"]],
        "latents": packed_latents(view["latents"]),
        "regions": packed_regions(view["regions"], strings),
    }


def packed_step(step: dict[str, Any], strings: Strings) -> dict[str, Any]:
    """One step (`step_view`)."""
    grid, push, text = step["grid"], step["push"], step["text"]
    packed = step | {
        "tokens": strings.numbers(step["tokens"]),
        "verdicts": [one | {"prompt": _parts(one["prompt"], text, strings)} for one in step["verdicts"]],
        "diff": {name: _flat(op[1:] for op in diff) for name, diff in step["diff"].items()},
        "grid": {
            "top_tokens": strings.numbers(chain.from_iterable(grid["top_tokens"])),
            "top_probs": _whole(chain.from_iterable(grid["top_probs"]), 1000),
            "margin": _whole(grid["margin"], 100),
            "entropy": _whole(grid["entropy"], 100),
            "flipped": [t for t, flipped in enumerate(grid["flipped"]) if flipped],
            "shifts": _flat((by, len(list(run))) for by, run in groupby(grid["shifts"])),
            "steps_to_flip": [steps or 0 for steps in grid["steps_to_flip"]],
        },
        "push": push and push | {"shift": _shift(push["shift"], strings)},
    }
    del packed["text"]  # its tokens say it, and the verifiers' prompts hold it as it was judged
    return packed


def packed_latents(latents: dict[str, Any] | None) -> dict[str, Any] | None:
    """The paths; that of the whole prefix is small and stays as it is."""
    return latents and latents | {"positions": [_path(path) for path in latents["positions"]]}


def packed_regions(regions: dict[str, Any] | None, strings: Strings) -> dict[str, Any] | None:
    """The maps (`regions_view`)."""
    return regions and regions | {"maps": {t: _map(one, strings) for t, one in regions["maps"].items()}}


def _parts(prompt: str, text: str, strings: Strings) -> list[int]:
    """A prompt as strings to be joined: what stands before and after the judged text comes again."""
    before, judged, after = prompt.partition(text) if text else (prompt, "", "")
    return strings.numbers(part for part in (before, judged, after) if part)


def _shift(shift: dict[str, Any] | None, strings: Strings) -> dict[str, Any] | None:
    """Under each position [tokens that lost, ..., tokens that gained, ...] as [string, before, after]."""
    if shift is None:
        return None
    positions = {
        t: [len(one["lost"]), *_flat(_move(move, strings) for move in one["lost"] + one["gained"])]
        for t, one in shift["positions"].items()
    }
    return {"most": shift["most"], "positions": positions}


def _move(move: list[Any], strings: Strings) -> list[int]:
    token, before, after = move
    return [strings.number(token), round(1000 * before), round(1000 * after)]


def _path(path: dict[str, Any]) -> list[float]:
    """Half the width of the axes, their three middles, three shares and those of a random walk, then three
    coordinates a point.
    """
    middles = [(low + high) / 2 for low, high in path["ranges"]]
    half = (path["ranges"][0][1] - path["ranges"][0][0]) / 2
    places = [
        round(PLACES * (value - middle) / half)
        for point in path["points"]
        for value, middle in zip(point, middles, strict=True)
    ]
    return [_short(half), *map(_short, middles), *_whole(path["explained"] + path["walk"], 1000), *places]


def _map(one: dict[str, Any], strings: Strings) -> dict[str, Any]:
    points = (
        (
            point["k"],
            round(PLACES * point["x"]),
            round(PLACES * point["y"]),
            point["off"],
            -1 if point["own"] is None else point["own"],
            point["under"],
            int(point["carried"]),
        )
        for point in one["points"]
    )
    return one | {"points": _flat(points), "tokens": strings.numbers(one["tokens"])}


def _flat(rows: Iterable[Iterable[Any]]) -> list[Any]:
    return list(chain.from_iterable(rows))


def _whole(values: Iterable[float | None], unit: int) -> list[int | None]:
    return [None if value is None else round(unit * value) for value in values]


def _short(value: float) -> float:
    return float(f"{value:.5g}")
