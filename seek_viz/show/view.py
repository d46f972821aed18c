"""One JSON-able view of a run.

The view is all that the browser gets: it redraws every panel from it without asking again. Numbers are
cut to what the eye can use, anything not finite becomes null, and every text is plain text: it must
reach the page as text, never as HTML.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from seek_viz.ascent import CONTROLS, OPTIMIZERS
from seek_viz.record import SeekStep, Trace, Truth
from seek_viz.record.alignment import alignment_of
from seek_viz.record.recipe import LINK_NAMES, command_of_run
from seek_viz.record.tokens import whole_characters
from seek_viz.rewards import REWARDS
from seek_viz.settings.config import RELEASED, SETTINGS, SeekConfig
from seek_viz.settings.prompts import WEIGHTS
from seek_viz.show import figures
from seek_viz.show.equations import equations
from seek_viz.show.path import walk_beside
from seek_viz.show.push import push_view
from seek_viz.show.region_view import regions_view
from seek_viz.show.story import cut_words, flags, number, stop_sentence
from seek_viz.show.text import steps_to_flip, token_diff
from seek_viz.show.tree import prefix_tree

VIEW_VERSION = 1
MAX_HORIZON = 12
"""A reward curve makes room for this many iterations at a time, and for no more than the run may take."""


def run_view(
    trace: Trace,
    run_id: str = "run",
    origin: str = "recorded",
    link: str = "",
    counterpart: str | None = None,
    have: int = 0,
) -> dict[str, Any]:
    """Everything the page needs of a run.

    Args:
        trace: the run, with its path attached (`with_path`) if the latent path is to be seen.
        run_id: names the run in messages.
        origin: "recorded" or "live".
        link: the part of an address that opens it, without the iteration; empty where none does.
        counterpart: names the run that it can be compared with at once: its control, or what it controls.
        have: how many steps the page has already; "steps" are those after them, all else is whole.
    """
    problem, model = trace.problem, dataclasses.asdict(trace.model)
    return {
        "version": VIEW_VERSION,
        "run_id": run_id,
        "title": trace.title,
        "origin": origin,
        "link": link,
        "link_names": list(LINK_NAMES) if link else [],
        "counterpart": counterpart,
        "problem": {
            "id": problem.id,
            "question": problem.question,
            "gold": problem.gold,
            "tier": problem.tier,
        },
        "model": model,
        "created_at": trace.created_at,
        "versions": trace.versions,
        "verifiers": _verifiers(trace),
        "steps": [step_view(trace, k) for k in range(have, len(trace.steps))],
        "regions": regions_view(trace),
        "glossary": glossary(),
        **summary_view(trace),
    }


def summary_view(trace: Trace) -> dict[str, Any]:
    """The part of a view that a new step may change as a whole."""
    sentence = stop_sentence(trace)
    latents = _latents(trace)
    return {
        "config": trace.config.to_dict(),
        "settings": settings_view(trace.config, trace.changed_settings),
        "judge": _judge(trace),
        "rule": _rule(trace),
        "command": command_of_run(trace),
        "max_updates": trace.config.max_updates,
        "threshold": trace.config.reward_threshold,
        "stop": {"reason": trace.stop_reason, "sentence": sentence} if sentence else None,
        "returned": trace.returned if trace.steps else None,
        "best": trace.best,
        "flags": flags(trace),
        "tree": prefix_tree([step.token_ids for step in trace.steps]),
        "latents": latents,
        "figures": _figures(trace, latents),
    }


def step_view(trace: Trace, k: int) -> dict[str, Any]:
    """One iterate beside the one before it and the first.

    Args:
        trace: the run.
        k: index of the step.
    """
    step, previous = trace.steps[k], trace.steps[k - 1] if k else None
    alignment = alignment_of(previous, step)
    update = step.update
    return {
        "iteration": step.iteration,
        "reward": _short(step.reward.value),
        "parts": _parts(step),
        "verdicts": [dataclasses.asdict(verdict) for verdict in step.reward.verdicts],
        "text": step.text,
        "tokens": list(step.tokens),
        "byte_parts": _byte_parts(step),
        "num_prefix": step.num_prefix,
        "truncated": step.truncated,
        "cut": cut_words(step, trace.model),
        "answer": step.answer,
        "truth": trace.truth(k),
        "diff": {
            "previous": token_diff(previous.tokens, step.tokens) if previous else [],
            "first": token_diff(trace.steps[0].tokens, step.tokens) if k else [],
        },
        "equations": equations(step.tokens),
        "grid": {
            "top_tokens": [list(row) for row in step.reading.top_tokens_L5],
            "top_probs": _shorts(step.reading.top_probs_L5, digits=3),
            "margin": _shorts(step.reading.margin_L, digits=3),
            "entropy": _shorts(step.reading.entropy_L, digits=3),
            "flipped": alignment.flips,
            "shifts": alignment.shifts,
            "steps_to_flip": steps_to_flip(previous, step),
        },
        "push": push_view(previous, update) if previous and update else None,
        "loss": _short(update.loss) if update else None,
        "gradient_norm": _short(update.gradient_norm) if update else None,
        "step_norm": _short(update.step_norm) if update else None,
        "cosine": _short(update.cosine) if update else None,
        "distance": _short(step.distance),
        "num_flips": alignment.num_flips,
        "num_shifted": alignment.num_shifted,
        "num_dropped": len(alignment.dropped),
        "elapsed_s": {phase: _short(seconds, digits=3) for phase, seconds in step.elapsed_s.items()},
    }


# --- Parts of a view ----------------------------------------------------------------------------


def settings_view(
    config: SeekConfig, changed: Mapping[str, tuple[tuple[int, Any], ...]] | None = None
) -> list[dict[str, Any]]:
    """The settings that a run shows: the main ones, and others where they are not the default.

    Args:
        config: the settings.
        changed: `Trace.changed_settings`; those have "history" too: [[first iteration, value], ...].
    """
    values, changed = config.to_dict(), changed or {}
    shown: list[dict[str, Any]] = []
    if all(values[key] == value for key, value in RELEASED.items()):
        gloss = "every oddity as in the released code"
        shown.append({"key": "preset", "symbol": "", "label": "preset", "value": "released", "gloss": gloss})
    for key, setting in SETTINGS.items():
        value = values[key]
        if setting.group == "main" or value != setting.default or key in changed:
            about = getattr(setting.choices, "abouts", {}).get(value)
            gloss = ". ".join(filter(None, [setting.gloss, about]))
            said = {"symbol": setting.symbol, "label": setting.label, "gloss": gloss}
            history = {"history": [list(pair) for pair in changed[key]]} if key in changed else {}
            shown.append({"key": key, "value": value, **said, **history})
    return shown


def glossary() -> dict[str, str]:
    """Meanings of the main settings' symbols and of the rewards, from their declarations."""
    symbols = {one.symbol: one.gloss for one in SETTINGS.values() if one.group == "main" and one.symbol}
    return symbols | {kind.label: kind.about for kind in REWARDS.values()}


def _judge(trace: Trace) -> dict[str, Any]:
    """The reward of a run: its label, description, version, and whether it uses verifiers."""
    kind = REWARDS[trace.config.reward]
    by = trace.steps[-1].reward.by if trace.steps else ""
    if by and by.split()[0] != kind.name:
        return {"label": by, "about": "A function of the caller's own.", "by": by, "verifiers": False}
    return {"label": kind.label, "about": kind.about, "by": by, "verifiers": kind.asks_verifiers}


def _rule(trace: Trace) -> dict[str, Any]:
    """The update rule: formula and length of one step, and whether it is a control."""
    config, optimizer = trace.config, OPTIMIZERS[trace.config.optimizer]
    if control := CONTROLS.get(config.direction):
        own = f"ℓ: as long as a step of {optimizer.label} here, not matched to a run"
        length = "ℓ: as long as the run's step" if trace.host else own
        return {"formula": control.formula, "length": length, "control": True}
    length = f"{optimizer.label}, η = {config.learning_rate:g}"
    return {"formula": optimizer.formula, "length": length, "control": False}


def _verifiers(trace: Trace) -> list[dict[str, Any]]:
    """Verifiers and weights as the run used them; before its first reward, as it will."""
    asked = {v.verifier: v.weight for step in trace.steps for v in step.reward.verdicts}
    if trace.steps:
        return [{"name": name, "weight": weight} for name, weight in asked.items()]
    weights = WEIGHTS if REWARDS[trace.config.reward].asks_verifiers else {}
    return [{"name": name, "weight": weight} for name, weight in weights.items()]


def _parts(step: SeekStep) -> list[dict[str, Any]]:
    """The terms of R: each verifier's penalty, and the format rule's."""
    reward, config = step.reward, step.config
    total = sum(verdict.weight for verdict in reward.verdicts) or 1.0
    parts = {v.verifier: -v.lost(config.verdicts == "graded") / total for v in reward.verdicts}
    if reward.value is None:
        return []
    if not parts:
        parts[config.reward] = reward.value + reward.format_penalty
    if reward.format_penalty:
        parts["format"] = -reward.format_penalty
    return [{"name": name, "value": _short(value)} for name, value in parts.items()]


def _byte_parts(step: SeekStep) -> dict[str, list[str]]:
    """Position -> what its token holds of a character's bytes, and that character."""
    whole = whole_characters(step.tokens, step.byte_parts)
    return {str(t): [step.byte_parts[t], character] for t, character in sorted(whole.items())}


def _latents(trace: Trace) -> dict[str, Any] | None:
    """The path of the whole prefix and of each position, with axis ranges that fit all iterations."""
    if trace.path is None or not len(trace.path.prefix_K3):
        return None
    path = trace.path
    return {
        "prefix": path_view(path.prefix_K3, path.prefix_explained_3, walk_beside(trace)),
        "positions": [
            path_view(points_K3, path.positions_explained_L3[position], walk_beside(trace, position))
            for position, points_K3 in enumerate(path.positions_LK3)
        ],
    }


def path_view(points_K3: np.ndarray, explained_3: np.ndarray, walk_3: np.ndarray) -> dict[str, Any]:
    """Points, shares of variance, those of a random walk beside them, and axes that fit all points.

    Points are measured from the first, which then keeps its place while a live run adds more.
    """
    points_K3 = points_K3 - points_K3[0]
    low_3, high_3 = points_K3.min(axis=0), points_K3.max(axis=0)
    # One span for all three axes: a length on the screen is then the same length everywhere.
    half = 0.6 * float((high_3 - low_3).max()) or 1.0
    middle_3 = (low_3 + high_3) / 2
    return {
        "points": _shorts(points_K3),
        "explained": _shorts(explained_3),
        "walk": _shorts(walk_3),
        "ranges": _shorts(np.stack([middle_3 - half, middle_3 + half], axis=1)),
    }


def _figures(trace: Trace, latents: dict[str, Any] | None) -> dict[str, Any]:
    drawn = {"reward": None, "path2d": None, "path3d": None, "dark": figures.DARK}
    if not trace.steps:
        return drawn
    if latents:
        for name, dimensions in (("path2d", 2), ("path3d", 3)):
            drawn[name] = path_figure(trace, latents["prefix"], dimensions)
    return {**drawn, "reward": reward_figure(trace)}


def reward_figure(trace: Trace) -> figures.Figure:
    """The reward curve of a run with at least one step."""
    steps = trace.steps
    return figures.reward_curve(
        **_marks(trace),
        parts=[_parts(step) for step in steps],
        threshold=trace.config.reward_threshold,
        best=trace.best,
        returned=trace.returned,
        horizon=max(len(steps) - 1, min(trace.config.max_updates, _room(len(steps) - 1))),
    )


def _room(last: int) -> int:
    """`MAX_HORIZON` or a multiple of it: a long run squeezes its curve now and then, not at each step."""
    return MAX_HORIZON * max(1, math.ceil(last / MAX_HORIZON))


def path_figure(trace: Trace, path: dict[str, Any], dimensions: int = 2) -> figures.Figure:
    """The path of a run's iterates, at the points and on the axes of a `path_view`."""
    return figures.latent_path(**_marks(trace), **path, dimensions=dimensions)


def _marks(trace: Trace) -> dict[str, Any]:
    """Hover text of each iteration for all figures, and the lowest reward on their axes."""
    rewards = [_finite(step.reward.value) for step in trace.steps]
    return {
        "rewards": rewards,
        "truths": [trace.truth(k) for k in range(len(trace.steps))],
        "hover": [_hover(step, trace.truth(k)) for k, step in enumerate(trace.steps)],
        "floor": min(-1.0, trace.config.reward_threshold, *(r for r in rewards if r is not None)),
    }


_TOLD = {"unknown": "truth unknown", "undecided": "could not be compared"}


def _hover(step: SeekStep, truth: Truth) -> str:
    answer = "no answer" if step.answer is None else f"answer {step.answer[:60]}"
    return (
        f"iteration {step.iteration} · R = {number(step.reward.value)} · {answer} ({_TOLD.get(truth, truth)})"
    )


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _short(value: float | None, digits: int = 4) -> float | None:
    """The number with `digits` significant digits, or None where there is none to show."""
    return float(f"{value:.{digits}g}") if value is not None and math.isfinite(value) else None


def _shorts(array: np.ndarray, digits: int = 4) -> list:
    values = array.tolist()
    return [
        [_short(v, digits) for v in row] if isinstance(row, list) else _short(row, digits) for row in values
    ]
