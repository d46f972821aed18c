"""Records of the decode regions: planes through the latent paths, and the token picked at each point.

Shapes: N iterates of one position, R tokens that win somewhere on its plane, G rows and columns of a grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from seek_viz.record.stored import Between, Real, Tokens, Whole, floats, ints

MOST_ROWS = 256
"""Of a grid: a file that says more would have the page build more than it can show."""


@dataclass(frozen=True, eq=False)
class RegionMap:
    """One position: the plane through its path, and the token that lm_head picks on a grid over it.

    What lm_head reads is meant: z in independent mode, h + delta in coherent mode. The plane's origin is
    the mean of the path. Row i, column j of the grid is the point
    (left + (j + 1/2) side / G, bottom + (i + 1/2) side / G).
    """

    position: Whole
    iterations_N: Annotated[np.ndarray, ints("N")]
    """int32, the iterates that read a token here; shorter texts do not."""
    points_N2: Annotated[np.ndarray, floats("N", 2)]
    """float32, their coordinates on the plane."""
    off_plane_N: Annotated[np.ndarray, floats("N")]
    """float32, their distance from the plane, in the full space."""
    explained_2: Annotated[np.ndarray, floats(2)]
    """float32, share of the path's variance on each axis."""
    toward_border: bool
    """The path is a line: the second axis is the direction in which the first margin shrinks fastest."""
    left: Real
    bottom: Real
    side: Real
    """Width and height of the grid, a length of the full space."""
    token_ids_R: tuple[Whole, ...]
    """The tokens that are picked somewhere on the grid, largest area first."""
    tokens_R: Tokens
    """The same as text."""
    runs: tuple[Whole, ...]
    """The grid, row by row from the bottom: how many points, which of `token_ids_R`, how many, ..."""

    @property
    def picks(self) -> np.ndarray:
        """int64, index into `token_ids_R` at each of the G * G grid points."""
        pairs = np.array(self.runs, dtype=np.int64).reshape(-1, 2)
        return np.repeat(pairs[:, 1], pairs[:, 0])


@dataclass(frozen=True, eq=False)
class Regions:
    """The maps of a finished run."""

    size: Annotated[int, Between(1, MOST_ROWS)]
    """G."""
    maps: tuple[RegionMap, ...]
    """In order of position; a position whose state never moved has none."""
    left_out: tuple[Whole, ...]
    """Positions that moved but would have cost too much to map."""
