"""What a page is told: events and runs as messages to the workbench, and how the buttons stand then."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import gradio as gr

from seek_viz.app.page.form import on_page
from seek_viz.app.session import Event, Mapped, Session, StepDone
from seek_viz.errors import UserError
from seek_viz.record import Trace
from seek_viz.record.recipe import query_of, query_of_recording, recipe_of
from seek_viz.show import (
    message_error,
    message_idle,
    message_open,
    message_progress,
    message_regions,
    message_step,
    pair_view,
    run_view,
    with_path,
)

RECORDED = "recorded-"
"""Before a recorded run's key, its name on the page; a live run's name comes from its session."""
BUTTONS = ("start", "step", "run", "pause")
"""Those whose state `update` gives, after the workbench and the timer."""

numbers = itertools.count(1)
"""Of the messages, for all pages."""


def told(
    session: Session, make_events: Callable[[], Iterator[Event]], learn: Callable[[Trace], None]
) -> Iterator[tuple[Any, ...]]:
    """The updates of the page while a step is made. Errors meant for the user are caught here."""
    try:
        for event in make_events():
            if isinstance(event, StepDone):
                learn(event.trace)
                if event.trace.stop_reason is not None:
                    session.pause()
                yield update(session, _step_message(session, event.trace))
            elif isinstance(event, Mapped):
                yield update(session, message_regions(next(numbers), session.run_id, event.trace))
            else:
                yield update(session, message_progress(next(numbers), session.run_id, **asdict(event)))
    except UserError as error:
        session.pause()
        yield update(session, message_error(next(numbers), session.run_id, str(on_page(error))))
    except Exception as error:
        session.pause()
        message = f"This step failed ({type(error).__name__}). The run before it is kept; try Step again."
        yield update(session, message_error(next(numbers), session.run_id, message))
        raise
    else:
        # Gradio wants something from every call, even where a step under way left it nothing to do.
        is_idle = not session.running
        yield update(session, message_idle(next(numbers), session.run_id) if is_idle else None)


def _step_message(session: Session, trace: Trace) -> dict[str, Any]:
    trace = with_path(trace)
    if len(trace.steps) == 1:
        return paired(session, opening(trace, session.run_id, "live"), trace)
    return paired(session, message_step(next(numbers), session.run_id, trace), trace)


def paired(session: Session, message: dict[str, Any], trace: Trace) -> dict[str, Any]:
    """The message with what the run and the pinned one are beside each other, if another one is pinned."""
    if session.pinned is None or session.pinned[0] == message["run"]:
        return message
    return message | {"pair": pair_view(session.pinned[1], trace)}


def opening(trace: Trace, run_id: str, origin: str = "recorded", other: str | None = None) -> dict[str, Any]:
    """The message that shows a run whole; `other` is its control's name on the page, or its host's."""
    is_live = origin == "live"
    link = query_of(recipe_of(trace)) if is_live else query_of_recording(run_id.removeprefix(RECORDED))
    return message_open(next(numbers), run_view(with_path(trace), run_id, origin, link, other))


def update(session: Session, message: dict[str, Any] | None) -> tuple[Any, ...]:
    """Values for the workbench, the timer and the buttons."""
    return (
        encoded(message) if message else gr.skip(),
        gr.Timer(active=session.running),
        gr.update(interactive=not session.running),
        gr.update(interactive=not session.running),
        gr.update(interactive=not session.running),
        gr.update(interactive=session.running),
    )


def encoded(message: dict[str, Any] | list[dict[str, Any]]) -> str:
    """Messages as the workbench's value."""
    # Without a literal "<" no text can be taken for markup on its way to JSON.parse.
    return json.dumps(message, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
