"""Turns a session's events into messages to the workbench and states of the buttons."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import gradio as gr

from seek_viz.app.page.form import on_page
from seek_viz.app.page.routes import RECORDED
from seek_viz.app.session import Begun, Event, Progress, Session, StepDone
from seek_viz.errors import UserError
from seek_viz.record import Trace
from seek_viz.show import (
    message_begin,
    message_error,
    message_grown,
    message_idle,
    message_open,
    message_progress,
)

BUTTONS = ("start", "step", "run", "pause")
"""Buttons updated by `update`, after the workbench and the timer."""

numbers = itertools.count(1)
"""Of the messages, for all pages."""


def told(
    session: Session, make_events: Callable[[], Iterator[Event]], learn: Callable[[Trace], None]
) -> Iterator[tuple[Any, ...]]:
    """The updates of the page while a step is made. Errors meant for the user are caught here."""
    begun = False

    def failure(words: str) -> list[dict[str, Any]]:
        """The error, above the run that was on screen before a new one began."""
        return [*(opened(session) if begun else ()), message_error(next(numbers), session.run_id, words)]

    try:
        for event in make_events():
            if isinstance(event, Progress):
                yield update(session, message_progress(next(numbers), session.run_id, **asdict(event)))
                continue
            if isinstance(event, Begun):
                begun, asked = True, (event.trace.problem, event.trace.config)
                yield update(session, message_begin(next(numbers), session.run_id, *asked))
                continue
            if isinstance(event, StepDone):
                learn(event.trace)
                if event.trace.stop_reason is not None:
                    session.pause()
            is_first = isinstance(event, StepDone) and len(event.trace.steps) == 1
            grown = message_grown(next(numbers), session.run_id)
            yield update(session, opened(session) if is_first else grown)
            begun = begun and not is_first
    except UserError as error:
        session.pause()
        yield update(session, failure(str(on_page(error))))
    except Exception as error:
        session.pause()
        message = f"This step failed ({type(error).__name__}). The run before it is kept; try Step again."
        yield update(session, failure(message))
        raise
    else:
        # Gradio wants something from every call, even where a step under way left it nothing to do.
        is_idle = not session.running
        yield update(session, message_idle(next(numbers), session.run_id) if is_idle else None)


def opened(session: Session, query: str | None = None) -> list[dict[str, Any]]:
    """The message that shows a visitor's run, the live one or the recording that was opened last, if any."""
    recorded = RECORDED + session.recording if session.recording else ""
    name = session.run_id or recorded
    return [message_open(next(numbers), name, session.beside, query)] if name else []


def update(session: Session, message: dict[str, Any] | list[dict[str, Any]] | None) -> tuple[Any, ...]:
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
