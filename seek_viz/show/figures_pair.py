"""Two runs in one figure: the first dotted, the second solid, made of the single figures.

Colours keep their meaning (violet is reward, hue and shape are right and wrong), so the runs are told apart
by dash and letter. Of one iteration, the first stands a little to the left.
"""

from __future__ import annotations

from typing import Any

from seek_viz.show.figures import Figure

LETTERS = ("A", "B")
NUMBERED = 5
"""Of two paths the ends and each such iterate carry their number: the cursor shows where the others are."""
APART = 0.16
"""Horizontal offset of each run's bars from their iteration, in iterations."""


def reward_pair(first: Figure, second: Figure) -> Figure:
    """Both reward curves, without the bars that split them.

    Args:
        first: `figures.reward_curve` of the run that is compared with.
        second: that of the other.
    """
    data: list[dict[str, Any]] = []
    cursors = []
    for figure, letter, shift, dash in zip(
        (first, second), LETTERS, (-APART, APART), ("dot", "solid"), strict=True
    ):
        moved = [_moved(trace, shift) for trace in figure["data"] if trace["type"] == "scatter"]
        line = next(trace for trace in moved if trace["mode"] == "lines")
        line["line"] = {**line["line"], "dash": dash}
        data += [*moved, _letters(line, [0, -1], letter)]
        cursors.append(_padded({"x": line["x"], "y": line["y"]}, first, second))
    layouts = [figure["layout"] for figure in (first, second)]
    marks = {axis: _widest([one[axis]["range"] for one in layouts]) for axis in ("xaxis", "yaxis")}
    layout = {
        **layouts[1],
        **{axis: {**layouts[1][axis], "range": span} for axis, span in marks.items()},
        "shapes": _different(shape for one in layouts for shape in one["shapes"]),
        "annotations": _different(one["annotations"][0] for one in layouts),
    }
    return {"data": data, "layout": layout, "cursor": {**cursors[1], "other": cursors[0]}}


def path_pair(first: Figure, second: Figure) -> Figure:
    """Both paths on the same axes.

    Args:
        first: `figures.latent_path` of the one run, on axes that fit both.
        second: that of the other, on the same axes.
    """
    data = []
    for figure, letter, dash in zip((first, second), LETTERS, ("dot", "solid"), strict=True):
        (trace,) = figure["data"]
        ends = len(trace["text"]) - 1
        names = [f"{letter}{k}<br> " if k % NUMBERED == 0 or k == ends else "" for k in range(ends + 1)]
        data.append({**trace, "text": names, "line": {**trace["line"], "dash": dash, "width": 2}})
    # The first's names stand below: two runs of one problem begin at one point.
    below = ["<br>" + text.removesuffix("<br> ") if text else "" for text in data[0]["text"]]
    marker = {**data[0]["marker"], "showscale": False}
    data[0] |= {"text": below, "textposition": "bottom center", "marker": marker}
    cursors = [_padded(figure["cursor"], first, second) for figure in (first, second)]
    return {"data": data, "layout": second["layout"], "cursor": {**cursors[1], "other": cursors[0]}}


def _moved(trace: dict[str, Any], shift: float) -> dict[str, Any]:
    return {**trace, "x": [x + shift for x in trace["x"]]}


def _letters(line: dict[str, Any], ends: list[int], letter: str) -> dict[str, Any]:
    """The run's letter at both ends of its line."""
    return {
        "type": "scatter",
        "mode": "text",
        "x": [line["x"][end] for end in ends],
        "y": [line["y"][end] for end in ends],
        "text": [f"{letter}<br> "] * len(ends),
        "textposition": "top center",
        "textfont": {"color": line["line"]["color"], "size": 13},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _padded(cursor: dict[str, list], *figures: Figure) -> dict[str, list]:
    """A run that has ended keeps its last point while the other goes on."""
    length = max(len(figure["cursor"]["x"]) for figure in figures)
    return {axis: [*values, *[values[-1]] * (length - len(values))] for axis, values in cursor.items()}


def _widest(ranges: list[list[float]]) -> list[float]:
    return [min(low for low, _ in ranges), max(high for _, high in ranges)]


def _different(items: Any) -> list[Any]:
    found: list[Any] = []
    for item in items:
        if item not in found:
            found.append(item)
    return found
