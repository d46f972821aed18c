"""Going on with a recorded run: what may change from the next step on, and what may not.

Settings belong to steps, so whatever the latents allow may change. What was decided at the first step, the
prompt, the positions, the space of the latents, stays.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from seek_viz.errors import UserError
from seek_viz.record import ModelIdentity, Trace
from seek_viz.record.versions import gone_on
from seek_viz.settings.config import SETTINGS, SeekConfig

KEEP = "Keep that to go on with this run, or start a new one."


def reopened(trace: Trace, changes: Mapping[str, Any]) -> Trace:
    """The run, open again, with `changes` in force from its next step on.

    A run that used up its updates goes on under a larger K as a run of that K would have gone.

    Args:
        trace: a run with at least one step.
        changes: settings by the names of SeekConfig.

    Raises:
        UserError: one of them cannot change any more, or the run has come to its end.
    """
    for name, setting in SETTINGS.items():
        if setting.fixed and name in changes:
            check_same(name, changes[name], getattr(trace.config, name))
    config = trace.config.changed(**changes)
    _check_goes_on(trace, config)
    versions = gone_on(trace.versions, len(trace.steps))
    return dataclasses.replace(trace, config=config, stop_reason=None, versions=versions)


def check_same(what: str, given: Any, run_has: Any) -> None:
    """Refuse what was given beside a run to go on with, unless the run has it so.

    Raises:
        UserError: the two differ.
    """
    if given is not None and given != run_has:
        raise UserError(what, given, f"{run_has!r}, which the run was begun with", KEEP)


def check_model(trace: Trace, loaded: ModelIdentity) -> None:
    """Hold a loaded model against the one that made the run: latents of another mean nothing to it.

    Raises:
        UserError: they differ.
    """
    made = trace.model
    for what in ("architecture", "revision", "hidden_size", "vocab_size", "dtype"):
        was, now = getattr(made, what), getattr(loaded, what)
        if was != now and not (what == "revision" and made.has_weights_of(loaded)):
            raise UserError(
                f"{what.replace('_', ' ')} of the model to go on with",
                f"{now} ({loaded.given})",
                f"{was} ({made.given}), which made the run",
                "Give the model of the run with --model, or start a new run.",
            )
    if made.revision == "unknown":
        check_same("model", loaded.given, made.given)


def _check_goes_on(trace: Trace, config: SeekConfig) -> None:
    made = len(trace.steps) - 1
    why = {
        "accepted": f"the text was accepted at iteration {made}",
        "no_latents": "no position is optimised",
        "not_judged": "the model's context left no room to judge its text",
    }.get(trace.stop_reason or "")
    if why:
        allowed = f"a run that can go on; of this one {why}"
        raise UserError("run to go on with", "a finished run", allowed, "Start a new run.")
    if config.max_updates <= made:
        allowed = f"more than the {made} updates that the run has"
        raise UserError("max_updates", config.max_updates, allowed, "Raise K to go on.")
