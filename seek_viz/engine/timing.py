"""How long a model takes on this machine: its own code, timed for about a second.

    one token = layers + lm_head        each grows with the model that a slice stands for

Nothing here depends on what the weights are.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from seek_viz.engine.decode_regions import CHUNK, GRID, most_maps
from seek_viz.engine.decoding import Request, Row, decode
from seek_viz.engine.latents import initial_state, read, updated
from seek_viz.model import FrozenLM
from seek_viz.model.sizing import Slice
from seek_viz.record.estimate import Pace
from seek_viz.settings.config import SeekConfig
from seek_viz.settings.prompts import WEIGHTS

PROMPT = 48
"""Tokens of the prompts that are read."""
NEW = 10
"""Tokens that are written after them."""
STATES = 16
"""Latents that are updated."""


@torch.no_grad()
def timed(part: Slice, vocab_size: int) -> Pace:
    """The pace of the model that a slice stands for.

    Args:
        part: what is timed.
        vocab_size: V of the model.
    """
    lm, verifiers = part.lm, len(WEIGHTS)
    _write(lm, 1, 2)  # the first forward allocates
    token_s, _ = _written(part, 1)
    batch_token_s, prompts_s = _written(part, verifiers)
    states_LD = lm.last_hidden(_ids(lm, STATES))[0]
    rows = max(1, min(CHUNK // vocab_size, GRID**2))
    grid_PD = states_LD[:1].expand(rows, -1)
    pick_s = part.vocabulary * _seconds(lambda: lm.unembed(grid_PD).argmax(-1).cpu()) / rows
    return Pace(
        token_s=token_s,
        batch_token_s=batch_token_s,
        read_s=part.layers * prompts_s / (verifiers * PROMPT),
        update_s=part.vocabulary * _seconds(lambda: _update(lm, states_LD)) / STATES,
        map_s=pick_s * GRID**2,
        most_maps=most_maps(lm.identity.hidden_size, vocab_size),
    )


def _written(part: Slice, rows: int) -> tuple[float, float]:
    """Seconds of a new token of `rows` texts, of the model; and of their prompts, of the slice."""
    lm = part.lm
    prompts_s = _seconds(lambda: _write(lm, rows, 1))
    token_s = max(0.0, _seconds(lambda: _write(lm, rows, NEW + 1)) - prompts_s) / NEW
    state_BD = lm.last_hidden(_ids(lm, 1))[0].expand(rows, -1)
    head_s = min(_seconds(lambda: lm.unembed(state_BD).argmax(-1).cpu()), token_s)
    return (token_s - head_s) * part.layers + head_s * part.vocabulary, prompts_s


def _write(lm: FrozenLM, rows: int, new: int) -> None:
    decode(lm, Request([Row(_ids(lm, PROMPT)[0].tolist(), new)] * rows, stop_ids=()))


def _update(lm: FrozenLM, states_LD: torch.Tensor) -> None:
    config = SeekConfig()
    state, _ = updated(lm, initial_state(states_LD, config), (0,) * len(states_LD), -1.0, config)
    read(lm, state.states_LD)


def _ids(lm: FrozenLM, count: int) -> torch.Tensor:
    return torch.zeros(1, count, dtype=torch.long, device=lm.device)


def _seconds(work: Callable[[], object]) -> float:
    """The middle one of three rounds."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return sorted(times)[1]
