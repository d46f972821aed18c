"""The results of a benchmark as JSON, Markdown tables and Plotly figures."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seek_viz.bench.checks import FORMAT, Files
from seek_viz.bench.compare import comparisons
from seek_viz.bench.methods import REREAD, SAMPLING
from seek_viz.bench.outcomes import Confusion, Outcome, balanced_accuracy, summary
from seek_viz.errors import UserError

_COLORS = ("#5b3fae", "#c2571a", "#1b7f79", "#a3195b", "#46505f", "#b08900", "#2f6fb2", "#6b8e23")
_DASHES = ("solid", "dash", "dot", "dashdot")


FIGURES = ("iterations", "tokens", "settings")
"""Names of the figures, those that the results allow are drawn."""


def results_of(outcomes: Sequence[Outcome], against: Sequence[str] = (), **about: Any) -> dict[str, Any]:
    """JSON-able: `about`, a summary for each method in each setting, and the comparisons between them.

    Args:
        outcomes: of all methods, settings and seeds.
        against: as for `compare.comparisons`.
        about: what else the results say.

    Returns:
        `about` and "rows" (over all seeds), "seed_rows" (each seed by itself, where there are several),
        "comparisons".
    """
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.method, outcome.setting), []).append(outcome)
    rows, seed_rows = [], []
    for (method, setting), group in groups.items():
        rows.append({"method": method, "setting": setting, **summary(group)})
        seeds = dict.fromkeys(outcome.seed for outcome in group)
        for seed in seeds if len(seeds) > 1 else ():
            one = summary([outcome for outcome in group if outcome.seed == seed])
            seed_rows.append({"method": method, "setting": setting, "seed": seed, **one})
    compared = comparisons(outcomes, against)
    return {"format": FORMAT, **about, "rows": rows, "seed_rows": seed_rows, "comparisons": compared}


def report(results: dict[str, Any], files: Files, figures: bool = False) -> list[Path]:
    """Write the results (JSON), their tables (.md), and the figures that they allow (.svg).

    Args:
        results: of `results_of`.
        files: where to.
        figures: whether to draw; it takes kaleido and Chromium.

    Returns:
        The files that were written.

    Raises:
        UserError: kaleido or Chromium is missing; JSON and tables are written all the same.
    """
    drawn = {
        files.figure(name): figure
        for name, figure in zip(
            FIGURES,
            (accuracy_by_iteration(results), accuracy_by_tokens(results), settings_map(results)),
            strict=True,
        )
        if figures and figure is not None
    }
    results = results | {"files": [files.tables.name, *(path.name for path in drawn)]}
    # The results name the files that may be overwritten another time, so they are written first.
    _write(files.results, json.dumps(results, indent=1) + "\n")
    _write(files.tables, tables(results) + "\n")
    for path, figure in drawn.items():
        _draw(figure, path)
    return [files.results, files.tables, *drawn]


def tables(results: dict[str, Any]) -> str:
    """All tables of the results, in Markdown."""
    parts = [methods_table(results), seeds_table(results), comparisons_table(results), judges_table(results)]
    return "\n\n".join(part for part in parts if part)


def _write(path: Path, text: str) -> None:
    """As a whole: a crash in the middle leaves what was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def methods_table(results: dict[str, Any]) -> str:
    """One row a method and setting: accuracy, transitions, updates, tokens."""
    several = len({(row["method"], row["setting"]) for row in results["rows"]}) > len(
        {row["method"] for row in results["rows"]}
    )
    columns = ["method", *(["setting"] if several else []), "accuracy % (95 %)", "F→T", "T→F", "T→T", "F→F"]
    columns += ["updates", "no update", "accepted", "flips", "solver tokens", "verifier tokens", "no answer"]
    lines = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    for row in results["rows"]:
        accuracy, low, high = (100 * row[k] for k in ("accuracy", "accuracy_low", "accuracy_high"))
        cells = [row["method"], *([row["setting"]] if several else [])]
        fixed = f"{_count(row['F->T'])} of {_count(row['wrong_before'])}"
        cells += [f"{accuracy:.1f} ({low:.0f}-{high:.0f})", fixed]
        cells += [_count(row[key]) for key in ("T->F", "T->T", "F->F")]
        cells += [f"{row['mean_updates']:.1f}", _count(row["no_update"]), _count(row["accepted"])]
        cells += [f"{row['mean_flips']:.1f}", f"{row['solver_tokens']:,.0f}"]
        cells += [f"{row['verifier_tokens']:,.0f}", _count(row["without_answer"])]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def seeds_table(results: dict[str, Any]) -> str:
    """Accuracy seed by seed of what is drawn at random; empty where there is one seed."""
    if not results["seed_rows"]:
        return ""
    lines = [
        "Seed by seed. Above, counts are means over seeds, and the interval is that of so many problems.\n",
        "| method | setting | seed | accuracy % (95 %) | F→T | T→F |",
        "|---" * 6 + "|",
    ]
    for row in results["seed_rows"]:
        accuracy, low, high = (100 * row[k] for k in ("accuracy", "accuracy_low", "accuracy_high"))
        cells = [row["method"], row["setting"], str(row["seed"]), f"{accuracy:.1f} ({low:.0f}-{high:.0f})"]
        cells += [f"{row['F->T']} of {row['wrong_before']}", str(row["T->F"])]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def comparisons_table(results: dict[str, Any]) -> str:
    """Method against method on the same problems, as `compare` says; empty without a pair."""
    rows = results["comparisons"]
    if not rows:
        return ""
    several = len({(row["method"], row["setting"]) for row in rows}) > len({row["method"] for row in rows})
    lines = [
        "Pairs on the same problems: exact McNemar test (two-sided binomial on the discordant pairs; seeds "
        f"are averaged within a problem first), Holm over the {len(rows)} pairs of this table.\n",
        "| method | against | problems | only it right | only the other | points (95 %) | p | p, Holm |",
        "|---" * 8 + "|",
    ]
    for row in rows:
        difference, low, high = (100 * row[key] for key in ("difference", "low", "high"))
        ours = f"{row['method']} {row['setting']}" if several else row["method"]
        theirs = f"{row['against']} {row['against_setting']}" if several else row["against"]
        cells = [ours, theirs.strip(), str(row["problems"]), str(row["better"]), str(row["worse"])]
        cells += [f"{difference:+.1f} ({low:+.1f} to {high:+.1f})", f"{row['p']:.2g}", f"{row['p_holm']:.2g}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _count(value: float) -> str:
    """A count, or a mean of counts over seeds."""
    return str(value) if isinstance(value, int) else f"{value:.1f}"


def judges_table(results: dict[str, Any]) -> str:
    """The verifiers against the truth: on chains of thought, and on what came after them, each text once."""
    lines = [
        "| judged | verifier | balanced accuracy (unparsable counts as rejected) | TA / TR / FA / FR "
        "| of these unparsable |",
        "|---" * 5 + "|",
    ]
    for judged, counts in _judged(results["rows"]).items():
        for verifier, places in counts.items():
            balanced = balanced_accuracy(places)
            told = "n/a" if balanced is None else f"{100 * balanced:.1f} %"
            cells = [judged, verifier, told, " / ".join(map(str, places[:4])), str(places[4])]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _judged(rows: Sequence[dict[str, Any]]) -> dict[str, Confusion]:
    """What was judged -> how, each once.

    All methods share the chain of thought, a re-reading its host's texts, best-of-N its samples with the
    graded form.
    """
    found: dict[str, Confusion] = {}
    for name, row in _named(rows):
        if row["first_judged"]:
            found.setdefault("chain of thought", row["first_judged"])
        if row["later_judged"] and row["method"] not in REREAD and row["later_judged"] not in found.values():
            found[f"{'samples' if row['method'] in SAMPLING else 'later texts'}, {name}"] = row[
                "later_judged"
            ]
    return found


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
        for n, (name, row) in enumerate(_named(rows))
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
        for n, (name, row) in enumerate(_named(results["rows"]))
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


def _named(rows: Sequence[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
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


def _draw(figure: dict[str, Any], path: Path) -> None:
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
