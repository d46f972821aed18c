"""Two runs under one cursor: what differs between them, and both on one plane where they share a space.

Iterations are matched by number; a run that has ended stands at its last text. One plane for both needs the
latents themselves, of the same model, mode and size; where they were not kept, each trace has its own path.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from seek_viz.record import Trace
from seek_viz.settings.config import SETTINGS
from seek_viz.show import figures, figures_pair
from seek_viz.show.path import shared_path, walks_beside
from seek_viz.show.text import token_diff
from seek_viz.show.view import path_figure, path_view, reward_figure


def pair_view(first: Trace, second: Trace) -> dict[str, Any]:
    """View of a comparison, in addition to the views of its two runs.

    Args:
        first: the run that is compared with; "A" on the page.
        second: the run that is shown; "B".
    """
    reason = apart(first, second)
    both = bool(first.steps and second.steps)
    return {
        "same_problem": first.problem.question == second.problem.question,
        "differences": differences(first, second),
        "diffs": _diffs(first, second) if both else [],
        "why_apart": reason,
        "figures": {
            "reward": figures_pair.reward_pair(reward_figure(first), reward_figure(second)) if both else None,
            **({"path": None} if reason else _path_pair(first, second)),
            "dark": figures.DARK,
        },
    }


def differences(first: Trace, second: Trace) -> list[dict[str, Any]]:
    """Problem, model and settings in which two runs differ: {"name", "values", "gloss"}."""
    models = [f"{trace.model.name}, {trace.model.dtype}, {trace.model.device}" for trace in (first, second)]
    rows = [
        {"name": "problem", "values": [first.problem.id, second.problem.id], "gloss": ""},
        {"name": "model", "values": models, "gloss": ""},
    ]
    configs = [trace.config.to_dict() for trace in (first, second)]
    for key, setting in SETTINGS.items():
        pair = [config[key] for config in configs]
        rows.append({"name": setting.title, "values": pair, "gloss": setting.gloss})
    return [row for row in rows if row["values"][0] != row["values"][1]]


def counterpart(trace: Trace, runs: Mapping[str, Trace]) -> str | None:
    """The run that differs from `trace` in the direction of its steps alone: the one along the gradient.

    Args:
        trace: a run that follows the gradient, or a control of one.
        runs: by name, those among which to look.

    Returns:
        The name of its control, or of the run that it is the control of; None where there is none.
    """

    def kind(run: Trace) -> Any:
        return run.problem, dataclasses.replace(run.config, direction="gradient"), run.model.name

    is_control = trace.config.direction != "gradient"
    others = [key for key, run in runs.items() if (run.config.direction != "gradient") != is_control]
    alike = (key for key in others if kind(runs[key]) == kind(trace))
    return next((key for key in alike if runs[key].model.has_weights_of(trace.model)), None)


def apart(first: Trace, second: Trace) -> str | None:
    """Why two runs have no plane in common, in a sentence; None where they have one."""
    if first.model.name != second.model.name or not first.model.has_weights_of(second.model):
        return "They are of two models, and no plane holds the latents of both."
    modes = first.config.decode_mode, second.config.decode_mode
    if modes[0] != modes[1]:
        return f"A is {modes[0]} and B {modes[1]}: latents and offsets are not of one space."
    shapes = [_shape(trace) for trace in (first, second)]
    if None in shapes:
        whose = " and ".join(letter for letter, shape in zip("AB", shapes, strict=True) if shape is None)
        return f"{whose}: a recording keeps its own path, not the latents that a plane for both is made of."
    if shapes[0] != shapes[1]:
        return f"A has {shapes[0][0]} positions and B {shapes[1][0]}: their latents differ in size."
    return None


def _shape(trace: Trace) -> Any:
    shapes = {None if step.latents_LD is None else step.latents_LD.shape for step in trace.steps}
    return shapes.pop() if len(shapes) == 1 else None


def _diffs(first: Trace, second: Trace) -> list[list[Any]]:
    """Token diffs from A's text to B's, iteration by iteration."""
    count = max(len(first.steps), len(second.steps))
    texts = [
        [trace.steps[min(k, len(trace.steps) - 1)].tokens for k in range(count)] for trace in (first, second)
    ]
    return [token_diff(a, b) for a, b in zip(*texts, strict=True)]


def _path_pair(first: Trace, second: Trace) -> dict[str, Any]:
    """Both paths in one figure, with the shares of variance and those of two random walks."""
    points_K3, explained_3 = shared_path(first, second)
    whole = path_view(points_K3, explained_3, walks_beside(first, second))
    split = len(first.steps)
    halves = [
        path_figure(trace, {**whole, "points": points})
        for trace, points in ((first, whole["points"][:split]), (second, whole["points"][split:]))
    ]
    shares = {"explained": whole["explained"], "walk": whole["walk"]}
    return {"path": figures_pair.path_pair(*halves), **shares}
