"""Two runs beside each other: what differs, one plane for both, and why not where there is none."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from sklearn.decomposition import PCA
from views_sample import REJECTED, TEXTS, sample_trace

from seek_viz.record import Trace
from seek_viz.show import counterpart, pair_view, token_diff
from seek_viz.show.pair import apart, differences
from seek_viz.show.path import shared_path

LONG = sample_trace()
SHORT = sample_trace(TEXTS[:3], REJECTED[:3], learning_rate=0.2, max_updates=2)


def read_from_a_file(trace: Trace) -> Trace:
    return dataclasses.replace(
        trace, steps=tuple(dataclasses.replace(step, latents_LD=None) for step in trace.steps)
    )


def test_only_what_differs_is_named() -> None:
    named = {row["name"].split("  ")[-1]: row["values"] for row in differences(LONG, SHORT)}
    assert named == {"step size": [0.05, 0.2], "updates": [10, 2]}
    assert differences(LONG, LONG) == []


def test_a_setting_at_its_default_in_one_run_is_named_too() -> None:
    (row,) = differences(sample_trace(format_rule=True), LONG)
    assert row["values"] == [True, False]


def test_the_plane_for_both_is_the_principal_one() -> None:
    points_K3, explained_3 = shared_path(LONG, SHORT)
    x_KN = np.stack([step.latents_LD.ravel() for trace in (LONG, SHORT) for step in trace.steps])
    pca = PCA(3).fit(x_KN)
    np.testing.assert_allclose(explained_3, pca.explained_variance_ratio_, rtol=1e-4)
    np.testing.assert_allclose(np.abs(points_K3), np.abs(pca.transform(x_KN)), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (read_from_a_file(LONG), "B: a recording keeps its own path"),
        (sample_trace(decode_mode="coherent"), "A is independent and B coherent"),
        (sample_trace(num_prefix=12), "A has 24 positions and B 12"),
        (dataclasses.replace(LONG, model=dataclasses.replace(LONG.model, revision="x")), "two models"),
    ],
)
def test_it_is_said_why_there_is_no_plane_for_both(other: Trace, told: str) -> None:
    assert told in (apart(LONG, other) or "")
    view = pair_view(LONG, other)
    assert view["why_apart"]
    assert view["figures"]["path"] is None


def test_a_control_and_its_run_find_each_other() -> None:
    control = sample_trace(direction="random")
    other_problem = dataclasses.replace(control, problem=dataclasses.replace(LONG.problem, id="cards-8"))
    other_model = dataclasses.replace(control, model=dataclasses.replace(LONG.model, revision="x"))
    runs = {"short": SHORT, "elsewhere": other_problem, "newer": other_model, "run": LONG, "control": control}
    assert (counterpart(LONG, runs), counterpart(control, runs)) == ("control", "run")
    assert counterpart(SHORT, runs) is None


def test_a_run_that_has_ended_stands_at_its_last_text() -> None:
    view = pair_view(LONG, SHORT)
    assert len(view["diffs"]) == len(LONG.steps)
    assert view["diffs"][-1] == token_diff(LONG.steps[-1].tokens, SHORT.steps[-1].tokens)
    for name in ("reward", "path"):
        cursor = view["figures"][name]["cursor"]
        assert len(cursor["x"]) == len(cursor["other"]["x"]) == len(LONG.steps)
        assert cursor["y"][2:] == [cursor["y"][2]] * 3


def test_the_axes_hold_both_runs_and_the_dash_tells_them_apart() -> None:
    figures = pair_view(LONG, SHORT)["figures"]
    low, high = figures["reward"]["layout"]["xaxis"]["range"]
    assert (low < 0, high > len(LONG.steps) - 1) == (True, True)
    lines = [trace["line"]["dash"] for trace in figures["reward"]["data"] if trace["mode"] == "lines"]
    assert lines == ["dot", "solid"]
    for axis, values in (("xaxis", "x"), ("yaxis", "y")):
        low, high = figures["path"]["layout"][axis]["range"]
        assert all(low < v < high for trace in figures["path"]["data"] for v in trace[values])


def test_two_thresholds_are_both_drawn() -> None:
    figure = pair_view(LONG, sample_trace(reward_threshold=-0.6))["figures"]["reward"]
    assert [shape["y0"] for shape in figure["layout"]["shapes"]] == [-0.2, -0.6]


def test_a_run_that_has_not_begun_can_be_compared() -> None:
    empty = dataclasses.replace(LONG, steps=(), stop_reason=None, path=None)
    view = pair_view(LONG, empty)
    assert (view["diffs"], view["figures"]["reward"], view["figures"]["path"]) == ([], None, None)


def test_the_view_is_json_and_small() -> None:
    assert len(json.dumps(pair_view(LONG, SHORT), allow_nan=False)) < 30_000
