"""What a page is told: events as messages to the workbench, and how the buttons stand then."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import gradio as gr

from seek_viz.app.page.form import on_page
from seek_viz.app.session import Event, Progress, Session, StepDone
from seek_viz.errors import UserError
from seek_viz.record import Trace
from seek_viz.show import message_error, message_grown, message_idle, message_open, message_progress

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
            if isinstance(event, Progress):
                yield update(session, message_progress(next(numbers), session.run_id, **asdict(event)))
                continue
            if isinstance(event, StepDone):
                learn(event.trace)
                if event.trace.stop_reason is not None:
                    session.pause()
            is_first = isinstance(event, StepDone) and len(event.trace.steps) == 1
            tell = message_open if is_first else message_grown
            yield update(session, tell(next(numbers), session.run_id))
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
