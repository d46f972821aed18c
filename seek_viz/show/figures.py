"""Numbers -> Plotly figures, as plain dicts. Nothing is computed here.

A figure is {"data", "layout", "cursor"}: what `Plotly.react` takes, and the point of each iteration, so
that the browser moves the cursor without redrawing. Colours are those of the light page; `DARK` maps
each of them to its counterpart, and the browser swaps them. One colour has one meaning: violet is
reward, teal and red are right and wrong (with a shape beside the hue), amber is change, blue is "here".

Texts may come from a model: Plotly reads a few HTML tags in them, so they are escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Figure = dict[str, Any]
Numbers = Sequence[float | None]

INK, MUTED, RULE, PAPER = "#1d2129", "#5b6270", "#e1e3e8", "#ffffff"
REWARD, REWARD_LOW = "#4a2d9c", "#d6cef0"
PARTS = ("#5b3fae", "#8b76cc", "#b3a4e0", "#d6cef0", "#8a8f9c")
"""Verifiers, heaviest loss first by tint, in the order in which the run lists them; the last repeats."""
RIGHT, WRONG, UNKNOWN = "#00766a", "#c42f1d", "#6b7280"

DARK = {
    INK: "#eceef2",
    MUTED: "#a4abb8",
    RULE: "#2e333d",
    PAPER: "#181b21",
    REWARD: "#b9a5ff",
    REWARD_LOW: "#473d6e",
    PARTS[0]: "#a48cf5",
    PARTS[1]: "#7f69cb",
    PARTS[2]: "#61509f",
    PARTS[4]: "#6f7684",
    RIGHT: "#3fc7b4",
    WRONG: "#ff8571",
    UNKNOWN: "#9aa1ae",
}
"""Light page's colour -> dark page's colour."""

TRUTH = {
    "right": (RIGHT, "circle"),
    "wrong": (WRONG, "x"),
    "undecided": (UNKNOWN, "square"),
    "unknown": (UNKNOWN, "diamond"),
}
"""Truth of an answer -> colour, marker; the marker alone is enough to tell them apart."""
_NAMES_AT = 0.18
"""On the axis of R: where the best and the returned iterate have their names."""
MOST_NUMBERS = 25
"""Points of a path up to which each carries its number; of more, some do."""
TRUTH_3D = {"right": "circle", "wrong": "cross", "undecided": "square", "unknown": "diamond"}
"""Markers of 3-D plots are glyphs of a font, and few fonts have the one for "x": `plot.js` draws a letter."""


def reward_curve(
    rewards: Numbers,
    parts: Sequence[Sequence[dict[str, Any]]],
    truths: Sequence[str],
    hover: Sequence[str],
    threshold: float,
    best: int | None,
    returned: int | None,
    horizon: int,
    floor: float,
) -> Figure:
    """R of each iteration over the parts it is the sum of.

    Args:
        rewards: R of each iteration.
        parts: for each iteration the parts of R, [{"name", "value"}], in the same order throughout.
        truths: of each iteration's answer, keys of `TRUTH`.
        hover: plain text of each iteration.
        threshold: tau.
        best: iteration with the highest reward; None where none is judged.
        returned: iteration that the run returned, or None while it runs.
        horizon: last iteration that the axis makes room for.
        floor: lowest reward that the axis makes room for.
    """
    x = list(range(len(rewards)))
    data = [_bar(name, index, parts) for index, name in enumerate(_names(parts))]
    data.append(
        {
            "type": "scatter",
            "mode": "lines",
            "name": "R",
            "x": x,
            "y": list(rewards),
            "line": {"color": REWARD, "width": 3},
            "hoverinfo": "skip",
        }
    )
    data += _truth_markers(x, rewards, truths, hover)
    layout = _layout(
        xaxis=_axis("iteration", [-0.75, horizon + 0.75], tickformat="d", dtick=1 if horizon <= 12 else None),
        yaxis=_axis("reward R", [floor * 1.12, _NAMES_AT + 0.06], dtick=0.25),
        barmode="relative",
        bargap=0.45,
        margin={"l": 56, "r": 46, "t": 10, "b": 42},
        shapes=[_threshold_line(threshold)],
        annotations=[
            _note(1.01, threshold, f"τ<br>{threshold:.2f}".replace("-", "−"), xref="paper", xanchor="left"),
            *_marks(best, returned, rewards),
        ],
    )
    return {"data": data, "layout": layout, "cursor": {"x": x, "y": list(rewards)}}


def latent_path(
    points: Sequence[Sequence[float | None]],
    explained: Numbers,
    walk: Numbers,
    ranges: Sequence[Sequence[float]],
    rewards: Numbers,
    truths: Sequence[str],
    hover: Sequence[str],
    floor: float,
    dimensions: int,
) -> Figure:
    """The iterates on their principal components: colour = reward, shape = right or wrong.

    Args:
        points: three coordinates of each iterate.
        explained: share of variance of each component.
        walk: that of a random walk with steps of the same lengths.
        ranges: [low, high] of each axis, of one length, the same for every iteration.
        rewards: R of each iteration, the true one, not one read off the plane.
        truths: as in `reward_curve`.
        hover: plain text of each iteration.
        floor: reward at the low end of the colour scale; 0 is the high end.
        dimensions: 2 or 3.
    """
    flat = dimensions == 2
    every = 1 + len(points) // MOST_NUMBERS
    places = {axis: [point[i] for point in points] for i, axis in enumerate("xyz"[:dimensions])}
    data = [
        {
            "type": "scatter" if flat else "scatter3d",
            "mode": "lines+markers+text",
            **places,
            "line": {"color": UNKNOWN, "width": 1.5 if flat else 3},
            "marker": _path_marker(rewards, truths, floor, flat),
            # The empty second line lifts the number clear of the cursor's ring.
            "text": [f"{k}<br> " if k % every == 0 else "" for k in range(len(points))],
            "textposition": "top center",
            "textfont": {"color": MUTED, "size": 12},
            "hovertext": [_escaped(text) for text in hover],
            "hoverinfo": "text",
            "cliponaxis": False if flat else None,
        }
    ]
    axes = {
        f"{axis}axis": _axis(
            _share_title(i, explained, walk) if flat else f"PC{i + 1}", list(ranges[i]), in_scene=not flat
        )
        for i, axis in enumerate("xyz"[:dimensions])
    }
    if flat:
        axes["yaxis"]["scaleanchor"] = "x"
        layout = _layout(**axes, margin={"l": 78, "r": 8, "t": 10, "b": 42})
    else:
        scene = {**axes, "aspectmode": "cube", "camera": {"eye": {"x": -1.75, "y": -2.2, "z": 1.2}}}
        layout = _layout(scene=scene, margin={"l": 0, "r": 8, "t": 0, "b": 0})
    return {"data": [_without_none(trace) for trace in data], "layout": layout, "cursor": places}


# --- Parts --------------------------------------------------------------------------------------


def _names(parts: Sequence[Sequence[dict[str, Any]]]) -> list[str]:
    """Names of all parts in order of first appearance (the format rule does not always speak)."""
    return list(dict.fromkeys(part["name"] for step in parts for part in step))


def _bar(name: str, index: int, parts: Sequence[Sequence[dict[str, Any]]]) -> dict[str, Any]:
    values = [next((part["value"] for part in step if part["name"] == name), 0) for step in parts]
    return {
        "type": "bar",
        "name": _escaped(name.replace("_", " ")),
        "x": list(range(len(parts))),
        "y": values,
        "marker": {"color": PARTS[min(index, len(PARTS) - 1)], "line": {"color": PAPER, "width": 1.5}},
        "hoverinfo": "skip",
    }


def _truth_markers(
    x: list[int], y: Numbers, truths: Sequence[str], hover: Sequence[str]
) -> list[dict[str, Any]]:
    traces = []
    for truth, (color, symbol) in TRUTH.items():
        chosen = [k for k in x if truths[k] == truth]
        if chosen:
            traces.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "name": truth,
                    "x": chosen,
                    "y": [y[k] for k in chosen],
                    "marker": {
                        "color": color,
                        "symbol": symbol,
                        "size": 14,
                        "line": {"color": PAPER, "width": 1.5},
                    },
                    "hovertext": [_escaped(hover[k]) for k in chosen],
                    "hoverinfo": "text",
                    "cliponaxis": False,
                }
            )
    return traces


def _path_marker(rewards: Numbers, truths: Sequence[str], floor: float, flat: bool) -> dict[str, Any]:
    return {
        "color": list(rewards),
        "cmin": floor,
        "cmax": 0,
        "colorscale": [[0, REWARD_LOW], [1, REWARD]],
        "symbol": [TRUTH[truth][1] if flat else TRUTH_3D[truth] for truth in truths],
        "size": 15 if flat else 7,
        "line": {"color": REWARD, "width": 1},
        "showscale": True,
        "colorbar": {
            "title": {"text": "R", "side": "top", "font": {"size": 13}},
            "thickness": 10,
            "len": 0.7,
            "outlinewidth": 0,
            "tickfont": {"size": 11},
            "nticks": 4,
        },
    }


def _marks(best: int | None, returned: int | None, rewards: Numbers) -> list[dict[str, Any]]:
    """Names above the highest reward there is, with lines to their marks; two lean away from each other."""
    named: dict[int, str] = {}
    for name, k in (("best", best), ("returned", returned)):
        if k is not None:
            named[k] = f"{named[k]}, {name}" if k in named else name
    sides = ["center"] if len(named) == 1 else ["right", "left"]
    # The line ends where the cursor's ring begins.
    line = {"showarrow": True, "arrowhead": 0, "arrowwidth": 1, "arrowcolor": MUTED, "standoff": 15}
    above = {"ax": 0, "ayref": "y", "ay": _NAMES_AT, "borderpad": 0}
    return [
        _note(k, rewards[k] or 0, named[k], xanchor=side, **line, **above)
        for k, side in zip(sorted(named), sides, strict=False)
    ]


def _note(x: float, y: float, text: str, **placing: Any) -> dict[str, Any]:
    return {"x": x, "y": y, "text": text, "showarrow": False, "font": {"color": INK, "size": 12}, **placing}


def _threshold_line(threshold: float) -> dict[str, Any]:
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": threshold,
        "y1": threshold,
        "line": {"color": INK, "width": 1.5, "dash": "dash"},
    }


def _share_title(component: int, explained: Numbers, walk: Numbers | None) -> str:
    """As `workbench/path.js` writes it for one position; without a step, of the path alone."""
    share = f"{100 * (explained[component] or 0):.1f} %"
    # What is written upwards has the height of a phone's plot: on two lines it fits.
    gap = "<br>" if component == 1 else " "
    beside = f";{gap}random walk {100 * (walk[component] or 0):.1f} %" if walk and walk[0] else ""
    return f"PC{component + 1} ({share}{beside})"


def _axis(title: str, axis_range: list[float], *, in_scene: bool = False, **more: Any) -> dict[str, Any]:
    words = {"text": title, "font": {"size": 13}}
    return _without_none(
        {
            "title": words if in_scene else {**words, "standoff": 8},
            "range": axis_range,
            "gridcolor": RULE,
            "zeroline": False,
            "tickfont": {"size": 12},
            **more,
        }
    )


def _layout(**more: Any) -> dict[str, Any]:
    clear = "rgba(0,0,0,0)"
    return {
        "paper_bgcolor": clear,
        "plot_bgcolor": clear,
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": MUTED},
        "hoverlabel": {"bgcolor": PAPER, "bordercolor": MUTED, "font": {"color": INK}, "align": "left"},
        "modebar": {"bgcolor": clear, "color": MUTED, "activecolor": INK},
        "hovermode": "closest",
        "showlegend": False,
        "dragmode": "pan" if "scene" not in more else "orbit",
        **more,
    }


def _without_none(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if value is not None}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
