"""A matched control moves each position exactly as far as its host did, update by update."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from seek_viz.engine.controls import host_of, replayed
from seek_viz.engine.latents import load_latents, save_latents
from seek_viz.engine.seek import new_trace, seek
from seek_viz.errors import UserError
from seek_viz.model import FrozenLM
from seek_viz.problems.problem import Problem
from seek_viz.record import Host, Trace, load_trace, save_trace, trace_from_dict, trace_to_dict
from seek_viz.settings.config import SeekConfig

PROBLEM = Problem("p", "Tom has 3 pens and buys 5 more. How many has he?", "8")
OPTIONS = {"reward": "constant", "learning_rate": 0.1, "rho": 0.5, "max_updates": 3, "max_new_tokens": 40}


def run(lm: FrozenLM, host: Trace | None = None, **changes: Any) -> Trace:
    *_, (trace, _) = seek(lm, new_trace(lm, PROBLEM, SeekConfig(**{**OPTIONS, **changes}), host))
    return trace


def lengths(trace: Trace) -> np.ndarray:
    return np.stack([step.update.step_norm_L for step in trace.steps if step.update])


@pytest.mark.parametrize("direction", ["random", "random_token"])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("mode", ["independent", "coherent"])
def test_each_position_moves_as_far_as_the_hosts_did(
    mode: str, optimizer: str, direction: str, reference_lm: FrozenLM
) -> None:
    changes = {"decode_mode": mode, "optimizer": optimizer}
    host = run(reference_lm, **changes)
    control = run(reference_lm, host, direction=direction, **changes)
    assert lengths(host).shape == (3, host.steps[0].num_prefix)
    np.testing.assert_allclose(lengths(control), lengths(host), rtol=1e-3, atol=1e-6)
    for left, right in zip(control.steps[1:], host.steps[1:], strict=True):
        assert left.update is not None
        assert right.update is not None
        assert left.update.step_norm == pytest.approx(right.update.step_norm, rel=1e-4)
        assert right.update.step_norm == pytest.approx(
            float(np.linalg.norm(right.update.step_norm_L)), rel=1e-5
        )
    moved = [trace.steps[1].latents_LD - trace.steps[0].latents_LD for trace in (host, control)]
    # A random token shares with the gradient the way from the token that is there.
    most = 0.25 if direction == "random" else 0.8
    assert abs(np.corrcoef(moved[0].ravel(), moved[1].ravel())[0, 1]) < most
    assert control.host is not None
    assert (control.host.problem_id, control.host.created_at) == (host.problem.id, host.created_at)


def test_without_a_host_the_lengths_are_its_own_and_drift_from_the_runs(reference_lm: FrozenLM) -> None:
    host, alone = run(reference_lm), run(reference_lm, direction="random")
    assert alone.host is None
    assert not np.allclose(lengths(alone)[1:], lengths(host)[1:], rtol=1e-2)


def test_a_control_outlives_its_host_with_the_lengths_of_the_last_update(reference_lm: FrozenLM) -> None:
    host = run(reference_lm, max_updates=2)
    control = run(reference_lm, host, direction="random", max_updates=4)
    wanted = lengths(host)[[0, 1, 1, 1]]
    np.testing.assert_allclose(lengths(control), wanted, rtol=1e-3, atol=1e-6)


def test_positions_and_updates_that_the_host_did_not_have_are_not_moved() -> None:
    host = Host("p", "t", np.array([[1.0, 2.0]], np.float32))
    assert replayed(host, 1, 3).tolist() == [1, 2, 0]
    assert replayed(host, 9, 1).tolist() == [1]
    assert replayed(Host("p", "t", np.zeros((0, 2), np.float32)), 1, 2).tolist() == [0, 0]


def test_the_control_of_a_run_that_was_never_updated_stays_where_it_is(reference_lm: FrozenLM) -> None:
    opening = new_trace(reference_lm, PROBLEM, SeekConfig(**OPTIONS))
    host, _ = next(seek(reference_lm, opening))
    control = run(reference_lm, dataclasses.replace(host, stop_reason="accepted"), direction="random")
    assert not lengths(control).any()
    assert {step.text for step in control.steps} == {host.steps[0].text}


def test_a_control_goes_on_from_its_own_file(reference_lm: FrozenLM, tmp_path: Path) -> None:
    host = run(reference_lm)
    config = SeekConfig(**{**OPTIONS, "direction": "random_token"})
    opening = new_trace(reference_lm, PROBLEM, config, host)
    *_, (straight, _) = seek(reference_lm, opening)
    pairs = seek(reference_lm, opening)
    next(pairs)
    trace, state = next(pairs)
    save_trace(trace, tmp_path / "run.json")
    save_latents(trace, state, tmp_path / "run.safetensors")
    loaded = load_trace(tmp_path / "run.json")
    state = load_latents(loaded, tmp_path / "run.safetensors", reference_lm.device)
    *_, (resumed, _) = seek(reference_lm, loaded, state)
    assert [step.text for step in resumed.steps] == [step.text for step in straight.steps]
    assert np.array_equal(lengths(resumed), lengths(straight))


@pytest.mark.parametrize("bad", [np.float32(-1), np.float32(np.nan), np.float32(np.inf)])
def test_a_file_whose_lengths_are_no_lengths_is_refused(bad: np.float32, reference_lm: FrozenLM) -> None:
    control = run(reference_lm, run(reference_lm, max_updates=1), direction="random", max_updates=1)
    assert control.host is not None
    broken = dataclasses.replace(control.host, step_norm_KL=np.full((1, 2), bad))
    with pytest.raises(UserError, match="step_norm_KL"):
        trace_from_dict(trace_to_dict(dataclasses.replace(control, host=broken)))
    flat = dataclasses.replace(control.host, step_norm_KL=np.ones(2, np.float32))
    with pytest.raises(UserError, match="step_norm_KL"):
        trace_from_dict(trace_to_dict(dataclasses.replace(control, host=flat)))


def test_what_is_no_control_of_the_run_is_refused(reference_lm: FrozenLM) -> None:
    host = run(reference_lm, max_updates=1)
    random = SeekConfig(**{**OPTIONS, "direction": "random"})
    with pytest.raises(UserError, match="direction: got 'gradient'"):
        new_trace(reference_lm, PROBLEM, SeekConfig(**OPTIONS), host)
    with pytest.raises(UserError, match="question of the control"):
        new_trace(reference_lm, Problem("q", "Another?", "1"), random, host)
    with pytest.raises(UserError, match="decode_mode of the control"):
        new_trace(reference_lm, PROBLEM, dataclasses.replace(random, decode_mode="coherent"), host)
    with pytest.raises(UserError, match="unfinished"):
        new_trace(reference_lm, PROBLEM, random, dataclasses.replace(host, stop_reason=None))


def test_a_recording_without_lengths_cannot_be_controlled(reference_lm: FrozenLM) -> None:
    host = run(reference_lm, max_updates=1)
    first, second = host.steps
    old = dataclasses.replace(second, update=dataclasses.replace(second.update, step_norm_L=None))
    with pytest.raises(UserError, match="Record it again"):
        host_of(dataclasses.replace(host, steps=(first, old)))


@pytest.mark.parametrize("direction", ["random", "random_token"])
def test_a_control_is_seeded_by_run_and_update(direction: str, reference_lm: FrozenLM) -> None:
    host = run(reference_lm)
    last = [
        run(reference_lm, host, direction=direction, seed=seed).steps[-1].latents_LD for seed in (42, 42, 7)
    ]
    assert np.array_equal(last[0], last[1])
    assert not np.array_equal(last[0], last[2])


def test_a_random_token_is_seen_by_lm_head(reference_lm: FrozenLM) -> None:
    """As far in a direction that lm_head sees changes its reading more than as far in any direction."""
    host = run(reference_lm, max_updates=1)
    moved = []
    for direction in ("random", "random_token"):
        trace = run(reference_lm, host, direction=direction, max_updates=1)
        before, after = (torch.from_numpy(step.latents_LD) for step in trace.steps)
        logits = [reference_lm.unembed(z_LD) for z_LD in (before, after)]
        moved.append(torch.linalg.vector_norm(logits[1] - logits[0]).item())
    assert moved[1] > 1.3 * moved[0]
