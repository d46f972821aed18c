"""Decode regions: what a map claims of a plane is what unembed picks there, and it survives the file."""

from __future__ import annotations

import dataclasses
import itertools
import json
from typing import Any

import numpy as np
import pytest
import torch

from seek_viz.engine.decode_regions import GRID, region_map, with_regions
from seek_viz.engine.seek import new_trace, seek
from seek_viz.problems.problem import Problem
from seek_viz.record import RegionMap, Trace, trace_from_dict, trace_to_dict
from seek_viz.record.alignment import alignment_of
from seek_viz.settings.config import SeekConfig

PROBLEM = Problem("own", "Sam has 3 cards and buys 4 more. How many cards does Sam have?", "7")


def run_of(lm: Any, mode: str, **changes: Any) -> Trace:
    settings = {"reward": "constant", "rho": 0.5, "learning_rate": 0.3, "max_updates": 4} | changes
    config = SeekConfig(decode_mode=mode, max_new_tokens=24, **settings)
    *_, (trace, _) = seek(lm, new_trace(lm, PROBLEM, config))
    return with_regions(lm, trace)


@pytest.fixture(scope="module", params=["independent", "coherent"])
def run(request: pytest.FixtureRequest, reference_lm: Any) -> Trace:
    return run_of(reference_lm, request.param)


def states_of(trace: Trace, position: int) -> np.ndarray:
    there = [step.reading.states_LD for step in trace.steps if position < step.num_prefix]
    return np.stack([states_LD[position] for states_LD in there]).astype(np.float64)


def plane_of(trace: Trace, one: RegionMap) -> tuple[np.ndarray, np.ndarray]:
    """Mean and axes (2, D), worked out from the states and the map's own points alone."""
    states_ND = states_of(trace, one.position)
    mean_D = states_ND.mean(axis=0)
    return mean_D, np.linalg.lstsq(one.points_N2.astype(np.float64), states_ND - mean_D, rcond=None)[0]


def points_of(one: RegionMap) -> np.ndarray:
    """The grid's points, as the record says where they lie."""
    cells = np.arange(GRID) + 0.5
    rows, columns = np.divmod(np.arange(GRID**2), GRID)
    return np.stack(
        [one.left + cells[columns] * one.side / GRID, one.bottom + cells[rows] * one.side / GRID], axis=1
    )


def test_every_grid_point_shows_the_token_that_unembed_picks_there(run: Trace, reference_lm: Any) -> None:
    assert run.regions is not None
    for one in run.regions.maps:
        if one.toward_border:
            continue
        mean_D, axes_2D = plane_of(run, one)
        logits = reference_lm.unembed(torch.tensor(mean_D + points_of(one) @ axes_2D).float())
        top = logits.topk(2, -1)
        claimed = np.array(one.token_ids_R)[one.picks]
        decided = (top.values[:, 0] - top.values[:, 1] > 1e-3).numpy()  # not within rounding of a border
        assert decided.mean() > 0.9
        np.testing.assert_array_equal(claimed[decided], top.indices[:, 0].numpy()[decided])


def test_a_forced_token_is_the_one_that_the_map_claims(reference_lm: Any) -> None:
    """Intervention: decode from a latent set to a grid point; its text has the claimed token there."""
    trace = run_of(reference_lm, "independent")
    one = max(trace.regions.maps, key=lambda one: len(one.token_ids_R))
    assert len(one.token_ids_R) > 1
    mean_D, axes_2D = plane_of(trace, one)
    for pick in range(len(one.token_ids_R)):
        cell = np.flatnonzero(one.picks == pick)[len(np.flatnonzero(one.picks == pick)) // 2]
        z_LD = torch.from_numpy(trace.steps[0].reading.states_LD.copy())
        z_LD[one.position] = torch.tensor(mean_D + points_of(one)[cell] @ axes_2D).float()
        decoded = reference_lm.unembed(z_LD).argmax(-1).tolist()
        assert decoded[one.position] == one.token_ids_R[pick]
        others = [t for t in range(len(decoded)) if t != one.position]
        assert [decoded[t] for t in others] == [trace.steps[0].token_ids[t] for t in others]


def test_points_and_their_distance_from_the_plane_add_up_in_the_full_space(run: Trace) -> None:
    for one in run.regions.maps:
        states_ND = states_of(run, one.position)
        from_mean = ((states_ND - states_ND.mean(axis=0)) ** 2).sum(axis=1)
        on_map = (one.points_N2.astype(np.float64) ** 2).sum(axis=1) + one.off_plane_N**2
        np.testing.assert_allclose(on_map, from_mean, rtol=1e-4, atol=1e-6)
        assert one.explained_2.sum() <= 1 + 1e-6
        assert one.points_N2[0, 0] <= 0
        inside = (one.points_N2 >= [one.left, one.bottom]) & (
            one.points_N2 <= [one.left + one.side, one.bottom + one.side]
        )
        assert inside.all()


def test_all_positions_that_moved_have_a_map_and_no_others(run: Trace) -> None:
    moved = [t for t in range(run.steps[0].num_prefix) if np.ptp(states_of(run, t), axis=0).any()]
    assert [one.position for one in run.regions.maps] == moved
    assert run.regions.left_out == ()


def test_a_path_of_one_update_is_shown_with_its_nearest_border_up(reference_lm: Any) -> None:
    trace = run_of(reference_lm, "independent", max_updates=1)
    for one in trace.regions.maps:
        assert one.toward_border
        np.testing.assert_allclose(one.explained_2, [1, 0], atol=1e-6)
        np.testing.assert_allclose(one.points_N2[:, 1], 0, atol=1e-4)
        np.testing.assert_allclose(one.off_plane_N, 0, atol=1e-4)
    x_2D = states_of(trace, 0).astype(np.float32)
    # A wider path shows more of the same plane: at some width, going up leaves the start's region.
    wide = region_map(reference_lm, 0, np.arange(2, dtype=np.int32), x_2D + 40 * (x_2D - x_2D.mean(axis=0)))
    top_row, middle_row = wide.picks.reshape(GRID, GRID)[[-1, GRID // 2]]
    assert set(top_row) != {middle_row[0]}


def test_a_run_without_an_update_has_no_map(run: Trace, reference_lm: Any) -> None:
    start = dataclasses.replace(run, steps=run.steps[:1])
    assert with_regions(reference_lm, start).regions.maps == ()


def test_large_runs_keep_the_positions_that_flipped(run: Trace, reference_lm: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seek_viz.engine.decode_regions.MOST_WORK", 3 * GRID**2 * 320 * 16 * 4)
        few = with_regions(reference_lm, run).regions
    assert 1 <= len(few.maps) < len(run.regions.maps)
    assert sorted([one.position for one in few.maps] + list(few.left_out)) == [
        one.position for one in run.regions.maps
    ]

    def flips(t: int) -> int:
        changes = [alignment_of(a, b).flips for a, b in itertools.pairwise(run.steps)]
        return sum(flips[t] for flips in changes if t < len(flips))

    assert min(flips(one.position) for one in few.maps) >= max(flips(t) for t in few.left_out)


def test_regions_survive_the_file_and_a_trace_without_states(run: Trace, reference_lm: Any) -> None:
    loaded = trace_from_dict(json.loads(json.dumps(trace_to_dict(run))))
    assert loaded.steps[0].reading.states_LD is None
    assert trace_to_dict(with_regions(reference_lm, loaded)) == trace_to_dict(run)
    for before, after in zip(run.regions.maps, loaded.regions.maps, strict=True):
        np.testing.assert_array_equal(before.picks, after.picks)
    assert run.appended(run.steps[-1]).regions is None
    assert with_regions(reference_lm, dataclasses.replace(run, steps=())).steps == ()
