"""The messages that tell the page what to show.

Each is {"seq", "run", "kind", ...}; `seq` grows, so that a message delivered twice is applied once. A run
itself is in none of them: told that there is more of one, the player fetches what it lacks (`run_view`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seek_viz.problems.problem import Problem
from seek_viz.settings.config import SeekConfig
from seek_viz.show.view import settings_view


def message_open(seq: int, run_id: str, beside: str = "", query: str | None = None) -> dict[str, Any]:
    """Show this run in place of whatever is shown.

    Args:
        seq: number of the message.
        run_id: the run.
        beside: the pinned run; the two are compared where they are not the same. Empty where none is.
        query: the part of an address after "?", which says what is shown of the run; None leaves that as it
            is, and another run at its first iteration, a live one at its last.
    """
    return {"seq": seq, "run": run_id, "kind": "open", "beside": beside, "query": query}


def message_begin(seq: int, run_id: str, problem: Problem, config: SeekConfig) -> dict[str, Any]:
    """A run begins: show what is asked in place of whatever is shown, until its first text is there."""
    return {"seq": seq, "run": run_id, "kind": "begin", "asked": _asked(problem, config)}


def message_grown(seq: int, run_id: str) -> dict[str, Any]:
    """The run has one more step, or its decode regions."""
    return {"seq": seq, "run": run_id, "kind": "grown"}


def message_invite(seq: int, problem: Problem, config: SeekConfig, beside: str, query: str) -> dict[str, Any]:
    """Show what a link asks for in place of a run that has yet to be made.

    Args:
        seq: number of the message.
        problem: what the run is about.
        config: its settings.
        beside: the pinned run, as for `message_open`.
        query: the link, which says what is shown of the run once it has stopped.
    """
    asked = _asked(problem, config) | {"query": query}
    return {"seq": seq, "run": "", "kind": "invite", "asked": asked, "beside": beside}


def message_progress(
    seq: int,
    run_id: str,
    phase: str,
    text: str = "",
    writing: Sequence[dict[str, Any]] = (),
    left_s: float | None = None,
) -> dict[str, Any]:
    """Progress of the live run.

    Args:
        seq: number of the message.
        run_id: the run.
        phase: "loading", "decoding", "judging", "updating" or "mapping".
        text: the text so far, or the one that is judged, or what is being loaded.
        writing: how far each verifier is: {"verifier", "num_tokens", "text", "ruling"}.
        left_s: seconds to the end of what was asked for; None where nothing is known of it.
    """
    doing = {"phase": phase, "text": text, "writing": writing, "left_s": left_s}
    return {"seq": seq, "run": run_id, "kind": "progress", **doing}


def message_error(seq: int, run_id: str, message: str) -> dict[str, Any]:
    """Show an error; the run stays on the page."""
    return {"seq": seq, "run": run_id, "kind": "error", "message": message}


def message_idle(seq: int, run_id: str) -> dict[str, Any]:
    """Nothing is running: clear the progress line."""
    return {"seq": seq, "run": run_id, "kind": "idle"}


def _asked(problem: Problem, config: SeekConfig) -> dict[str, Any]:
    return {"question": problem.question, "settings": settings_view(config)}
