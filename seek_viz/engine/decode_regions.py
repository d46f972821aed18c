"""Decode regions: a plane through one position's path, and the token that lm_head picks at each point of it.

    x(u, v) = mean + u a_1 + v a_2        a_1, a_2 principal directions of the states x_0..x_K of a position
    pick(u, v) = argmax unembed(x(u, v))  on a grid, each point computed, none interpolated

A flip of the position is a border crossed. The states are what unembed reads (`LatentState.states_LD`): z in
independent mode; h + delta in coherent mode, where a point also moves when the text before it changes. It is
a slice: a point of the path may lie off it, and the token there may be another one than the slice shows.
Shapes: N iterates of a position, G x G grid points, D hidden size, V vocabulary.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from itertools import groupby, pairwise

import numpy as np
import torch

from seek_viz.engine.seek import OnEvent, nobody
from seek_viz.model import FrozenLM
from seek_viz.record import RegionMap, Regions, Trace
from seek_viz.record.alignment import alignment_of

GRID = 48
"""G: rows and columns of a map."""
SIDE_FACTOR = 1.5
"""Side of a map, in widths of the path on it."""
MOST_WORK = 8e12
"""Multiplications that the maps of one run may cost; a map costs G^2 D V. The bundled model's hundred
positions cost 0.02e12, and 15 positions of a 1.5B model 8e12: seconds on a GPU, minutes on a CPU."""
CHUNK = 10_000_000
"""Logits held at once: 40 MB in float32."""
NEGLIGIBLE = 1e-5
"""A direction along which the path is this much shorter than along its first is rounding noise."""


def with_regions(lm: FrozenLM, trace: Trace, on_event: OnEvent = nobody) -> Trace:
    """The trace with the decode regions of its positions attached.

    A trace whose steps carry no states (one read from a file) keeps the regions that it has.

    Args:
        lm: the model that made the run.
        trace: a run of this process.
        on_event: told before each map; what it raises ends the mapping.
    """
    if not trace.steps or any(step.reading.states_LD is None for step in trace.steps if step.num_prefix):
        return trace
    moving = {t: x_ND for t in range(_longest(trace)) if _moves(x_ND := _path(trace, t)[1])}
    flips = _num_flips(trace)
    most = _most_maps(lm.identity.hidden_size, lm.identity.vocab_size)
    first = sorted(moving, key=lambda t: -flips[t])[:most]
    maps = []
    for t in sorted(first):
        on_event("mapping", "", ())
        maps.append(region_map(lm, t, *_path(trace, t)))
    left_out = tuple(t for t in moving if t not in first)
    return dataclasses.replace(trace, regions=Regions(GRID, tuple(maps), left_out))


def _most_maps(hidden_size: int, vocab_size: int) -> int:
    """Maximum number of positions mapped for one run."""
    return max(1, int(MOST_WORK / (GRID**2 * hidden_size * vocab_size)))


def region_map(lm: FrozenLM, position: int, iterations_N: np.ndarray, x_ND: np.ndarray) -> RegionMap:
    """The map of one position.

    Args:
        lm: gives `unembed`.
        position: of the states, for the record.
        iterations_N: int32, iterates that the states belong to.
        x_ND: float32, the states, at least two of them different.
    """
    mean_D = x_ND.mean(axis=0, dtype=np.float64)
    centred_ND = x_ND - mean_D
    axes_2D, explained_2, is_line = _plane(lm, x_ND[0], centred_ND)
    points_N2 = centred_ND @ axes_2D.T
    low_2, high_2 = points_N2.min(axis=0), points_N2.max(axis=0)
    side = SIDE_FACTOR * float((high_2 - low_2).max())
    left, bottom = ((low_2 + high_2 - side) / 2).tolist()
    ticks_G = (np.arange(GRID) + 0.5) * side / GRID
    v, u = np.meshgrid(bottom + ticks_G, left + ticks_G, indexing="ij")
    ids, runs = _in_runs(_picks(lm, mean_D, axes_2D, np.stack([u.ravel(), v.ravel()], axis=1)))
    return RegionMap(
        position=position,
        iterations_N=iterations_N,
        points_N2=points_N2.astype(np.float32),
        off_plane_N=np.linalg.norm(centred_ND - points_N2 @ axes_2D, axis=1).astype(np.float32),
        explained_2=explained_2.astype(np.float32),
        toward_border=is_line,
        left=left,
        bottom=bottom,
        side=side,
        token_ids_R=ids,
        tokens_R=tuple(lm.name(i) for i in ids),
        runs=runs,
    )


# --- Paths ----------------------------------------------------------------------------------------


def _longest(trace: Trace) -> int:
    return max(step.num_prefix for step in trace.steps)


def _path(trace: Trace, position: int) -> tuple[np.ndarray, np.ndarray]:
    """Iterates that read a token at `position`, int32, and what they read it from, (N, D)."""
    there = [step for step in trace.steps if position < step.num_prefix]
    states = [step.reading.states_LD[position] for step in there if step.reading.states_LD is not None]
    return np.array([step.iteration for step in there], np.int32), np.stack(states)


def _moves(x_ND: np.ndarray) -> bool:
    return bool((x_ND != x_ND[0]).any())


def _num_flips(trace: Trace) -> Counter[int]:
    """Number of updates that flipped each position, by alignment."""
    alignments = [alignment_of(before, after) for before, after in pairwise(trace.steps)]
    return Counter(t for alignment in alignments for t, flip in enumerate(alignment.flips) if flip)


def _plane(lm: FrozenLM, start_D: np.ndarray, centred_ND: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
    """Two orthonormal axes (2, D), the share of the variance on each, and whether the path is a line.

    A path starts on the left and below, as in the view of the path. A line spans no plane: the second
    axis is then the direction in which the start's margin shrinks fastest, so that the next border is up.
    """
    _, lengths, axes = np.linalg.svd(centred_ND, full_matrices=False)
    is_line = len(lengths) < 2 or bool(lengths[1] < NEGLIGIBLE * lengths[0])
    axes_2D = np.stack([axes[0], _downhill(lm, start_D, axes[0]) if is_line else axes[1]])
    for axis_D in axes_2D[: 1 if is_line else 2]:
        if centred_ND[0] @ axis_D > 0:
            axis_D *= -1
    shares = np.append(lengths[:2], 0)[:2] ** 2 / (lengths**2).sum()
    return axes_2D, shares * np.array([1, not is_line]), is_line


def _downhill(lm: FrozenLM, start_D: np.ndarray, first_D: np.ndarray) -> np.ndarray:
    """Unit vector, orthogonal to `first_D`, along which the first token's margin shrinks fastest."""
    with torch.enable_grad():
        leaf = torch.tensor(start_D, device=lm.device, dtype=torch.float32, requires_grad=True)
        best, second = lm.unembed(leaf.to(lm.dtype)).float().topk(2).values
        (slope,) = torch.autograd.grad(second - best, leaf)
    directions = [slope.cpu().double().numpy(), *np.eye(len(start_D))]
    across = (d - (d @ first_D) * first_D for d in directions)
    return next(d / norm for d in across if (norm := np.linalg.norm(d)) > NEGLIGIBLE)


# --- Grids ----------------------------------------------------------------------------------------


@torch.no_grad()
def _picks(lm: FrozenLM, mean_D: np.ndarray, axes_2D: np.ndarray, points_P2: np.ndarray) -> np.ndarray:
    """The token id that unembed makes most probable at each point of the plane."""
    x_PD = torch.from_numpy((mean_D + points_P2 @ axes_2D).astype(np.float32)).to(lm.device)
    rows = max(1, CHUNK // lm.identity.vocab_size)
    return torch.cat([lm.unembed(x.to(lm.dtype)).argmax(-1).cpu() for x in x_PD.split(rows)]).numpy()


def _in_runs(picks: np.ndarray) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The ids that occur, most frequent first, and the grid as (how many, which id, how many, ...)."""
    ids, counts = np.unique(picks, return_counts=True)
    ordered = tuple(ids[np.argsort(-counts, kind="stable")].tolist())
    number = {token_id: i for i, token_id in enumerate(ordered)}
    runs = [(len(list(run)), number[token_id]) for token_id, run in groupby(picks.tolist())]
    return ordered, tuple(value for run in runs for value in run)
