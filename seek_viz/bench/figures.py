"""The results of a benchmark as Plotly figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seek_viz.errors import UserError

_COLORS = ("#5b3fae", "#c2571a", "#1b7f79", "#a3195b", "#46505f", "#b08900", "#2f6fb2", "#6b8e23")
_DASHES = ("solid", "dash", "dot", "dashdot")


def accuracy_by_iteration(results: dict[str, Any]) -> dict[str, Any] | None:
    """Accuracy had every run ended after n updates at most: one line a method."""
    rows = [row for row in results["rows"] if len(row["accuracy_within"]) > 1]
    if not rows:
        return None
    data = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": name,
            "x": list(range(len(row["accuracy_within"]))),
            "y": [100 * value for value in row["accuracy_within"]],
            "line": {"color": _COLORS[n % len(_COLORS)], "dash": _DASHES[n // len(_COLORS) % len(_DASHES)]},
            "marker": {"symbol": n % 20},
        }
        for n, (name, row) in enumerate(named(rows))
    ]
    return {"data": data, "layout": _layout("updates at most", "accuracy, %")}


def accuracy_by_tokens(results: dict[str, Any]) -> dict[str, Any] | None:
    """Accuracy against all tokens spent on a problem; bars are 95 % intervals."""
    if len(results["rows"]) < 2:
        return None
    data = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": [row["solver_tokens"] + row["verifier_tokens"]],
            "y": [100 * row["accuracy"]],
            "error_y": {
                "array": [100 * (row["accuracy_high"] - row["accuracy"])],
                "arrayminus": [100 * (row["accuracy"] - row["accuracy_low"])],
                "thickness": 1,
            },
            "marker": {"symbol": n % 20, "size": 10, "color": _COLORS[n % len(_COLORS)]},
        }
        for n, (name, row) in enumerate(named(results["rows"]))
    ]
    layout = _layout("tokens a problem, solver and verifier", "accuracy, %")
    layout["height"] = max(layout["height"], 60 + 20 * len(results["rows"]))  # the legend has a line for each
    layout["xaxis"]["type"] = "log"
    return {"data": data, "layout": layout}


def settings_map(results: dict[str, Any]) -> dict[str, Any] | None:
    """Accuracy on a grid of rho and eta, one panel a method."""
    grids: dict[str, dict[tuple[float, float], float]] = {}
    for row in results["rows"]:
        words = row["setting"].replace(",", "").split()
        if len(words) == 4:
            eta, rho = float(words[1]), float(words[3])
            grids.setdefault(row["method"], {})[eta, rho] = 100 * row["accuracy"]
    grids = {method: grid for method, grid in grids.items() if len(grid) > 1}
    if not grids:
        return None
    data: list[dict[str, Any]] = []
    layout = _layout("", "")
    layout |= {"grid": {"rows": 1, "columns": len(grids), "pattern": "independent"}, "annotations": []}
    for n, (method, grid) in enumerate(grids.items()):
        etas, rhos = (sorted({key[axis] for key in grid}) for axis in (0, 1))
        mark = str(n + 1) if n else ""
        cells = [[grid.get((eta, rho)) for rho in rhos] for eta in etas]
        data.append(
            {
                "type": "heatmap",
                "z": cells,
                "x": [f"{rho:g}" for rho in rhos],
                "y": [f"{eta:g}" for eta in etas],
                "text": [["" if c is None else f"{c:.0f}" for c in line] for line in cells],
                "texttemplate": "%{text}",
                "coloraxis": "coloraxis",
                "xaxis": f"x{mark}",
                "yaxis": f"y{mark}",
            }
        )
        words = {"text": f"rho<br>{method}", "font": {"size": 12}}
        layout[f"xaxis{mark}"] = {"title": words, "type": "category"}
        layout[f"yaxis{mark}"] = {"title": {"text": "" if n else "eta"}, "type": "category"}
    layout["margin"] = {**layout["margin"], "b": 80}
    layout["coloraxis"] = {"colorscale": "Viridis", "colorbar": {"title": {"text": "accuracy, %"}}}
    return {"data": data, "layout": layout}


def named(rows: Sequence[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Each row with its method, and its setting where the method has several."""
    counts = Counter(row["method"] for row in rows)
    return [
        (f"{row['method']} {row['setting']}" if counts[row["method"]] > 1 else row["method"], row)
        for row in rows
    ]


def _layout(x: str, y: str) -> dict[str, Any]:
    return {
        "template": "none",
        "font": {"family": "sans-serif", "size": 13},
        "width": 900,
        "height": 480,
        "margin": {"l": 70, "r": 20, "t": 20, "b": 60},
        "xaxis": {"title": {"text": x}, "gridcolor": "#e3e3e8"},
        "yaxis": {"title": {"text": y}, "gridcolor": "#e3e3e8"},
    }


def draw(figure: dict[str, Any], path: Path) -> None:
    """Write a figure as .svg.

    Raises:
        UserError: kaleido or Chromium is missing.
    """
    try:
        import kaleido  # noqa: PLC0415 - only drawing needs it, and a browser with it

        kaleido.write_fig_sync(figure, path=str(path))
    except (ImportError, RuntimeError) as error:
        raise UserError(
            "--figures",
            str(error).splitlines()[0],
            "kaleido and Chromium",
            'pip install "seek-viz[dev]" and install Chromium, or leave --figures out.',
        ) from error
