"""Decode regions for the page: places as fractions of a map, and which token each iterate reads itself.

A point of the path lies at some distance from the slice that the map shows, and then its own token may be
another one than the map has under it. Both are stated; neither is moved to fit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seek_viz.record import RegionMap, Regions, SeekStep, Trace

HUES = 6
"""Tokens that get a colour of their own; the rest share one, and all carry their text."""


def regions_view(trace: Trace) -> dict[str, Any] | None:
    """The maps of a run as JSON-able values; None where none were computed.

    Each map: {"points": [{"k", "x", "y", "off", "own", "under", "carried"}], "tokens", "hues", "runs",
    "side", "explained", "toward_border"}. x and y go from 0 (left, bottom) to 1; "own" and "under" are
    indices into "tokens", "own" None where the token is picked nowhere on the map; "carried" says that the
    text before the position changed since the point before, so that in coherent mode the state moved with it.
    """
    regions = trace.regions
    if regions is None:
        return None
    return {
        "size": regions.size,
        "num_positions": max((step.num_prefix for step in trace.steps), default=0),
        "left_out": list(regions.left_out),
        "maps": {str(one.position): _map_view(trace, regions, one) for one in regions.maps},
    }


def _map_view(trace: Trace, regions: Regions, one: RegionMap) -> dict[str, Any]:
    steps = [trace.steps[k] for k in one.iterations_N.tolist()]
    number = {token_id: i for i, token_id in enumerate(one.token_ids_R)}
    own = [number.get(step.token_ids[one.position]) for step in steps]
    places_N2 = (one.points_N2 - [one.left, one.bottom]) / one.side
    columns_N, rows_N = np.clip((places_N2 * regions.size).astype(int), 0, regions.size - 1).T
    under = one.picks[rows_N * regions.size + columns_N].tolist()
    coherent = trace.config.decode_mode == "coherent"
    points = [
        {
            "k": step.iteration,
            "x": round(float(x), 4),
            "y": round(float(y), 4),
            "off": float(f"{off:.3g}"),
            "own": own[i],
            "under": under[i],
            "carried": coherent and i > 0 and _text_before(steps[i - 1], one) != _text_before(step, one),
        }
        for i, (step, (x, y), off) in enumerate(zip(steps, places_N2, one.off_plane_N, strict=True))
    ]
    return {
        "points": points,
        "tokens": list(one.tokens_R),
        "hues": _hues(own, len(one.tokens_R)),
        "runs": list(one.runs),
        "side": float(f"{one.side:.3g}"),
        "explained": [round(float(share), 4) for share in one.explained_2],
        "toward_border": one.toward_border,
    }


def _text_before(step: SeekStep, one: RegionMap) -> tuple[int, ...]:
    return step.token_ids[: one.position]


def _hues(own: list[int | None], count: int) -> list[int]:
    """A colour for each token: those that the path reads first, in its order, then the largest areas."""
    order = list(dict.fromkeys([i for i in own if i is not None] + list(range(count))))
    return [min(order.index(i), HUES) for i in range(count)]
