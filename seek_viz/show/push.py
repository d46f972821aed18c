"""The step between two iterates as numbers: what it was made of, and which tokens it moved."""

from __future__ import annotations

from typing import Any

from seek_viz.record import TOP, SeekStep, Shift, Update

LEAST_CHANGE = 0.001
"""A probability that changed by less is not listed: its two numbers would read the same."""


def push_view(previous: SeekStep, update: Update) -> dict[str, Any]:
    """R and sum log pi of the text that the update pushed away, and what it moved (None in old recordings).

    Args:
        previous: the iterate before.
        update: the step from it.
    """
    return {
        "reward": _short(previous.reward.value),
        "num_tokens": len(update.log_prob_L),
        "sum_log_prob": _short(float(update.log_prob_L.sum())),
        "shift": _shift_view(update.shift) if update.shift and len(update.shift.positions_P) else None,
    }


def _shift_view(shift: Shift) -> dict[str, Any]:
    """For each kept position "lost" and "gained": [token, before, after], most moved first."""
    rows = enumerate(shift.positions_P.tolist())
    positions = {str(t): {"lost": _moves(shift, row, 0), "gained": _moves(shift, row, 1)} for row, t in rows}
    return {"most": int(shift.positions_P[0]), "positions": positions}


def _moves(shift: Shift, row: int, side: int) -> list[list[Any]]:
    before, after, tokens = (
        part[row][TOP * side : TOP * (side + 1)]
        for part in (shift.before_P10.tolist(), shift.after_P10.tolist(), shift.tokens_P10)
    )
    gain = 1 if side else -1
    moves = zip(tokens, before, after, strict=True)
    return [[token, round(p, 4), round(q, 4)] for token, p, q in moves if gain * (q - p) >= LEAST_CHANGE]


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
