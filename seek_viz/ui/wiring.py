"""What happens on the page: thin callbacks between the controls, a visitor's session, and the workbench."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import Any

import gradio as gr

from seek_viz.errors import UserError
from seek_viz.problem import Problem
from seek_viz.projection import (
    counterpart,
    message_error,
    message_idle,
    message_invite,
    message_open,
    message_pin,
    message_progress,
    message_regions,
    message_step,
    pair_view,
    run_view,
    with_path,
)
from seek_viz.session import Event, Forecaster, Mapped, Progress, Session, SessionStore, StepDone
from seek_viz.share import Link, query_of, query_of_recording, read_link, recipe_of
from seek_viz.trace import Trace
from seek_viz.ui.form import FILLED, FORM, check_linked, filled_form, read_form
from seek_viz.ui.layout import defaults_of, titles
from seek_viz.ui.outlook import foreseen, size_words

# On a phone the sidebar lies over the page: it starts closed, and closes when a run begins or is opened.
_CLOSE = """const toggle = document.querySelector('#sidebar.open .toggle-button');
  if (toggle && window.innerWidth <= 768) toggle.click();"""
CLOSE_ON_PHONE = f"() => {{ {_CLOSE} return null; }}"
# Who picks a recording with a pointer goes on with the arrow keys in the run, not in the list.
_PICKED = f"""(key) => {{
  {_CLOSE}
  document.querySelector('#recording input:focus:not(:focus-visible)')?.blur();
  return key;
}}"""

RECORDED = "recorded-"
"""Before a recorded run's key, its name on the page; a live run's name comes from its session."""

_numbers = itertools.count(1)
_BUTTONS = ("start", "step", "run", "pause")


def wire(
    page: dict[str, Any],
    store: SessionStore,
    sets: dict[str, list[Problem]],
    runs: dict[str, Trace],
    forecaster: Forecaster,
) -> None:
    """Connect every control of `page` to the sessions, the problems, the recorded runs and the estimate."""
    asked = [page[name] for name in FORM]
    shown = [page["workbench"], page["timer"], *(page[name] for name in _BUTTONS)]
    known = {problem.question: problem for problems in sets.values() for problem in problems}

    def session_of(request: gr.Request) -> Session:
        return store.of(request.session_hash or "")

    def begin(session: Session, values: tuple[Any, ...]) -> Iterator[Event]:
        for event in session.start(*read_form(values, known)):
            if isinstance(event, Progress) and event.phase == "loading":
                event = replace(event, text=size_words(event.text, forecaster.size(event.text)))
            yield event

    def foresee(*values: Any) -> Iterator[str]:
        for words in foreseen(forecaster, lambda: read_form(values, known), page["timer"].value):
            yield _encoded(words)

    def start(request: gr.Request, *values: Any) -> Iterator[tuple[Any, ...]]:
        session = session_of(request)
        session.pause()
        yield from _told(session, lambda: begin(session, values), forecaster.learn)

    def step(request: gr.Request, *values: Any) -> Iterator[tuple[Any, ...]]:
        session = session_of(request)
        session.pause()
        ahead = session.advance if session.can_step else lambda: begin(session, values)
        yield from _told(session, ahead, forecaster.learn)

    def run(request: gr.Request, *values: Any) -> Iterator[tuple[Any, ...]]:
        session = session_of(request)
        session.running = True
        ahead = session.advance if session.can_step else lambda: begin(session, values)
        yield from _told(session, ahead, forecaster.learn)

    def tick(request: gr.Request) -> Iterator[tuple[Any, ...]]:
        session = session_of(request)
        if session.running:
            yield from _told(session, session.advance, forecaster.learn)
        else:
            yield _update(session, None)

    def pause(request: gr.Request) -> tuple[Any, ...]:
        session = session_of(request)
        session.pause()
        return _update(session, None)

    def recorded(session: Session, key: str | None) -> list[dict[str, Any]]:
        if key not in runs:
            return []
        session.recording = key
        other = counterpart(runs[key], runs)
        message = _opening(runs[key], RECORDED + key, other=other and RECORDED + other)
        return [_paired(session, message, runs[key])]

    def pick(request: gr.Request, key: str | None) -> tuple[Any, ...]:
        session = session_of(request)
        session.reset()
        return (_encoded(recorded(session, key)), *_update(session, None)[1:])

    def reset(request: gr.Request) -> tuple[Any, ...]:
        key = session_of(request).recording or next(iter(runs), None)
        return (*pick(request, key), key)

    def ready(request: gr.Request, event: gr.EventData, key: str | None) -> tuple[Any, ...]:
        session, form = session_of(request), [gr.skip()] * (1 + len(FILLED))
        if session.trace is not None and session.trace.steps:
            message = _opening(session.trace, session.run_id, "live")
            return (*_update(session, _paired(session, message, session.trace)), *form)
        try:
            messages, form = linked(session, read_link(str((event._data or {}).get("link", ""))), key)
        except UserError as error:
            told = f"This link cannot be opened as it is. {error}"
            messages = [*recorded(session, key), message_error(next(_numbers), "", told)]
        return (_encoded(messages), *_update(session, None)[1:], *form)

    def linked(
        session: Session, link: Link | None, key: str | None
    ) -> tuple[list[dict[str, Any]], list[Any]]:
        """What a link shows, and values for the menu of recordings and the form."""
        keep = [gr.skip()] * len(FILLED)
        if link is None:
            return recorded(session, key), [gr.skip(), *keep]
        if link.recipe is not None:
            recipe = link.recipe
            invited = message_invite(next(_numbers), recipe.problem, recipe.config, link.iteration)
            return [invited], [None, *filled_form(recipe, sets)]
        check_linked(link, runs)
        messages = []
        if link.pin:
            messages = [*recorded(session, link.pin), message_pin(next(_numbers), RECORDED + link.pin, True)]
            session.pinned = RECORDED + link.pin, runs[link.pin]
        messages += recorded(session, link.run)
        messages[-1]["cursor"] = link.iteration
        return messages, [link.run, *keep]

    def pin(request: gr.Request, event: gr.EventData) -> tuple[Any, ...]:
        session, asked_for = session_of(request), event._data or {}
        run_id, then = str(asked_for.get("run", "")), str(asked_for.get("next", "")).removeprefix(RECORDED)
        trace = runs.get(run_id.removeprefix(RECORDED)) if run_id.startswith(RECORDED) else store.find(run_id)
        session.pinned = (run_id, trace) if trace else None
        messages = [message_pin(next(_numbers), run_id, trace is not None), *recorded(session, then)]
        chosen = then if then in runs else gr.skip()
        return (_encoded(messages), *_update(session, None)[1:], chosen)

    def again(request: gr.Request, event: gr.EventData) -> tuple[Any, ...]:
        key = str((event._data or {}).get("run", "")).removeprefix(RECORDED)
        if key not in runs:
            return (gr.skip(),) * (1 + len(FILLED))
        session_of(request).reset()
        return (None, *filled_form(recipe_of(runs[key]), sets))

    # One model, one queue: a step of one visitor at a time. Pause and the views never wait for it.
    turn: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 1, "show_progress": "hidden"}
    at_once: dict[str, Any] = {"queue": False, "show_progress": "hidden"}
    page["start"].click(start, asked, shown, trigger_mode="once", **turn)
    page["step"].click(step, asked, shown, trigger_mode="once", **turn)
    page["run"].click(run, asked, shown, trigger_mode="once", **turn)
    page["timer"].tick(tick, None, shown, trigger_mode="once", **turn)
    for name in ("start", "step", "run"):  # what is on screen then is none of the recordings
        page[name].click(None, None, page["recording"], js=CLOSE_ON_PHONE)
    page["pause"].click(pause, None, shown, **at_once)
    page["reset"].click(reset, None, [*shown, page["recording"]], **at_once)
    filled = [page["recording"], *(page[name] for name in FILLED)]
    page["workbench"].ready(ready, page["recording"], [*shown, *filled], **at_once)
    page["workbench"].pin(pin, None, [*shown, page["recording"]], **at_once)
    page["workbench"].go(run, asked, shown, trigger_mode="once", **turn)
    refilled = page["workbench"].again(again, None, filled, **at_once)
    refilled.then(run, asked, shown, trigger_mode="once", **turn)
    page["recording"].input(pick, page["recording"], shown, js=_PICKED, **at_once)
    # The newest question alone is answered, beside the steps of other visitors: it may take seconds.
    aside: dict[str, Any] = {"concurrency_id": "outlook", "concurrency_limit": 1, "show_progress": "hidden"}
    aside |= {"fn": foresee, "inputs": asked, "outputs": page["outlook"], "trigger_mode": "always_last"}
    gr.on([page["page"].load, *(control.change for control in asked)], **aside)
    page["workbench"].rested(**aside)
    _wire_choices(page, sets, at_once)


def _wire_choices(page: dict[str, Any], sets: dict[str, list[Problem]], at_once: dict[str, Any]) -> None:
    chosen = {problem.id: problem for problems in sets.values() for problem in problems}

    def pick_set(name: str) -> tuple[Any, Any, Any]:
        if name not in sets:
            return gr.update(visible=False), "", ""
        first = sets[name][0]
        return (
            gr.update(choices=titles(sets[name]), value=first.id, visible=True),
            first.question,
            first.gold,
        )

    def pick_problem(problem_id: str) -> tuple[Any, Any]:
        problem = chosen.get(problem_id)
        return (problem.question, problem.gold) if problem else (gr.skip(), gr.skip())

    def pick_model(name: str) -> list[Any]:
        defaults = defaults_of(name)
        return [defaults.rho, defaults.learning_rate]

    page["set"].input(pick_set, page["set"], [page["problem"], page["question"], page["gold"]], **at_once)
    page["problem"].input(pick_problem, page["problem"], [page["question"], page["gold"]], **at_once)
    page["model"].input(pick_model, page["model"], [page["rho"], page["learning_rate"]], **at_once)


def _told(
    session: Session, make_events: Callable[[], Iterator[Event]], learn: Callable[[Trace], None]
) -> Iterator[tuple[Any, ...]]:
    """The updates of the page while a step is made. Errors meant for the user are caught here."""
    try:
        for event in make_events():
            if isinstance(event, StepDone):
                learn(event.trace)
                if event.trace.stop_reason is not None:
                    session.pause()
                yield _update(session, _step_message(session, event.trace))
            elif isinstance(event, Mapped):
                yield _update(session, message_regions(next(_numbers), session.run_id, event.trace))
            else:
                yield _update(session, message_progress(next(_numbers), session.run_id, **asdict(event)))
    except UserError as error:
        session.pause()
        yield _update(session, message_error(next(_numbers), session.run_id, str(error)))
    except Exception as error:
        session.pause()
        message = f"This step failed ({type(error).__name__}). The run before it is kept; try Step again."
        yield _update(session, message_error(next(_numbers), session.run_id, message))
        raise
    else:
        if not session.running:
            yield _update(session, message_idle(next(_numbers), session.run_id))


def _step_message(session: Session, trace: Trace) -> dict[str, Any]:
    trace = with_path(trace)
    if len(trace.steps) == 1:
        return _paired(session, _opening(trace, session.run_id, "live"), trace)
    return _paired(session, message_step(next(_numbers), session.run_id, trace), trace)


def _paired(session: Session, message: dict[str, Any], trace: Trace) -> dict[str, Any]:
    """The message with what the run and the pinned one are beside each other, if another one is pinned."""
    if session.pinned is None or session.pinned[0] == message["run"]:
        return message
    return message | {"pair": pair_view(session.pinned[1], trace)}


def _opening(trace: Trace, run_id: str, origin: str = "recorded", other: str | None = None) -> dict[str, Any]:
    is_live = origin == "live"
    link = query_of(recipe_of(trace)) if is_live else query_of_recording(run_id.removeprefix(RECORDED))
    return message_open(next(_numbers), run_view(with_path(trace), run_id, origin, link, other))


def _update(session: Session, message: dict[str, Any] | None) -> tuple[Any, ...]:
    """Values for the workbench, the timer and the buttons."""
    return (
        _encoded(message) if message else gr.skip(),
        gr.Timer(active=session.running),
        gr.update(interactive=not session.running),
        gr.update(interactive=not session.running),
        gr.update(interactive=not session.running),
        gr.update(interactive=session.running),
    )


def _encoded(message: dict[str, Any] | list[dict[str, Any]]) -> str:
    # Without a literal "<" no text can be taken for markup on its way to JSON.parse.
    return json.dumps(message, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
