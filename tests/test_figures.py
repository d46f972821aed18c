"""Numbers -> Plotly dicts: what is drawn, that text is escaped, that each colour has a dark counterpart."""

import json
import re
from pathlib import Path

import plotly.graph_objects as go
import pytest
from views_sample import sample_trace

from seek_viz.show import figures, run_view

CSS = Path(figures.__file__).parent / "workbench" / "theme.css"
HOSTILE = "<img src=x onerror=alert(1)> & ${1}"


@pytest.fixture(scope="module")
def drawn() -> dict:
    return run_view(sample_trace())["figures"]


def reward_curve(**changes: object) -> figures.Figure:
    numbers = {
        "rewards": [-1.0, -0.5, 0.0],
        "parts": [[{"name": "a_check", "value": r}] for r in (-1.0, -0.5, 0.0)],
        "truths": ["wrong", "unknown", "right"],
        "hover": ["zero", "one", "two"],
        "threshold": -0.2,
        "best": 2,
        "returned": None,
        "horizon": 10,
        "floor": -1.0,
    }
    return figures.reward_curve(**{**numbers, **changes})


def latent_path(**changes: object) -> figures.Figure:
    numbers = {
        "points": [[-1, 0, 0], [0, 1, 0], [1, 0, 0.5]],
        "explained": [0.621, 0.3, 0.079],
        "walk": [0.617, 0.157, 0.072],
        "ranges": [[-2, 2]] * 3,
        "rewards": [-1.0, -0.5, 0.0],
        "truths": ["wrong", "unknown", "right"],
        "hover": ["zero", "one", "two"],
        "floor": -1.0,
        "dimensions": 2,
    }
    return figures.latent_path(**{**numbers, **changes})


def texts(figure: figures.Figure) -> str:
    return json.dumps({"data": figure["data"], "annotations": figure["layout"].get("annotations")})


@pytest.mark.parametrize("name", ["reward", "path2d", "path3d"])
def test_plotly_accepts_the_figure(drawn: dict, name: str) -> None:
    go.Figure(data=drawn[name]["data"], layout=drawn[name]["layout"])


def test_the_reward_curve_marks_truth_by_shape_and_hue() -> None:
    markers = {trace["name"]: trace for trace in reward_curve()["data"] if trace.get("mode") == "markers"}
    assert {name: trace["x"] for name, trace in markers.items()} == {
        "right": [2],
        "wrong": [0],
        "unknown": [1],
    }
    assert len({trace["marker"]["symbol"] for trace in markers.values()}) == 3
    assert len({trace["marker"]["color"] for trace in markers.values()}) == 3


def test_the_reward_curve_names_threshold_best_and_returned() -> None:
    def notes(figure: figures.Figure) -> list[str]:
        return [note["text"] for note in figure["layout"]["annotations"]]

    assert notes(reward_curve()) == ["τ<br>−0.20", "best"]
    assert notes(reward_curve(returned=2)) == ["τ<br>−0.20", "best, returned"]
    assert notes(reward_curve(returned=1)) == ["τ<br>−0.20", "returned", "best"]


def test_names_hang_on_their_marks_and_lean_away_from_each_other() -> None:
    returned, best = reward_curve(returned=1)["layout"]["annotations"][1:]
    assert (returned["x"], returned["y"], returned["xanchor"]) == (1, -0.5, "right")
    assert (best["x"], best["y"], best["xanchor"]) == (2, 0.0, "left")
    (alone,) = reward_curve()["layout"]["annotations"][1:]
    assert alone["xanchor"] == "center"
    assert alone["showarrow"]
    assert reward_curve()["layout"]["shapes"][0]["y0"] == -0.2


def test_a_part_that_speaks_only_sometimes_is_drawn_throughout() -> None:
    parts = [
        [{"name": "a", "value": -1}],
        [{"name": "a", "value": -0.5}, {"name": "format", "value": -0.3}],
        [],
    ]
    bars = [trace for trace in reward_curve(parts=parts)["data"] if trace["type"] == "bar"]
    assert [(bar["name"], bar["y"]) for bar in bars] == [("a", [-1, -0.5, 0]), ("format", [0, -0.3, 0])]


def test_a_path_has_frozen_axes_that_print_their_share_of_variance() -> None:
    layout = latent_path()["layout"]
    assert layout["xaxis"]["title"]["text"] == "PC1 (62.1 %; random walk 61.7 %)"
    assert layout["yaxis"]["title"]["text"] == "PC2 (30.0 %;<br>random walk 15.7 %)"
    assert layout["yaxis"]["range"] == [-2, 2]
    assert layout["yaxis"]["scaleanchor"] == "x"
    scene = latent_path(dimensions=3)["layout"]["scene"]
    assert scene["zaxis"]["title"]["text"] == "PC3"
    assert scene["aspectmode"] == "cube"


def test_a_path_is_coloured_by_reward_and_shaped_by_truth() -> None:
    for dimensions in (2, 3):
        (trace,) = latent_path(dimensions=dimensions)["data"]
        assert trace["marker"]["color"] == [-1.0, -0.5, 0.0]
        assert len(set(trace["marker"]["symbol"])) == 3


def test_the_cursor_has_the_point_of_each_iteration(drawn: dict) -> None:
    view = run_view(sample_trace())
    rewards = [step["reward"] for step in view["steps"]]
    assert drawn["reward"]["cursor"]["x"] == [0, 1, 2, 3, 4]
    assert drawn["reward"]["cursor"]["y"] == pytest.approx(rewards, abs=1e-3)
    assert drawn["path2d"]["cursor"]["x"] == [point[0] for point in view["latents"]["prefix"]["points"]]
    assert set(drawn["path3d"]["cursor"]) == {"x", "y", "z"}


def test_text_from_a_model_is_escaped() -> None:
    hover = [HOSTILE, "one", "two"]
    parts = [[{"name": HOSTILE, "value": -1}], [], []]
    for figure in (reward_curve(hover=hover, parts=parts), latent_path(hover=hover)):
        assert "<img" not in texts(figure)
        assert "&lt;img" in texts(figure)


def test_each_colour_has_a_dark_counterpart_and_is_in_the_style_sheet(drawn: dict) -> None:
    used = set(re.findall(r"#[0-9a-f]{6}", json.dumps([drawn["reward"], drawn["path2d"], drawn["path3d"]])))
    assert used <= set(figures.DARK)
    in_css = set(re.findall(r"#[0-9a-f]{6}", CSS.read_text(encoding="utf-8")))
    assert set(figures.DARK) | set(figures.DARK.values()) <= in_css
