"""Callbacks of the page's controls, thin wrappers around a visitor's session.

Gradio tells a callback's inputs from its request and event by their annotations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import gradio as gr

from seek_viz.app.page.form import (
    FILLED,
    OWN_QUESTION,
    check_linked,
    filled_form,
    filled_only,
    form_advice,
    gold_words,
    read_form,
    settings_values,
    suited_values,
    titles,
)
from seek_viz.app.page.routes import RECORDED, Runs
from seek_viz.app.page.run_estimate import advised, foreseen, size_words
from seek_viz.app.page.streaming import encoded, numbers, opened, told, update
from seek_viz.app.session import Event, Forecaster, Progress, Session
from seek_viz.errors import UserError
from seek_viz.problems.problem import Problem
from seek_viz.record.recipe import read_link, recipe_of
from seek_viz.rewards import REWARDS
from seek_viz.settings.config import SETTINGS, SeekConfig
from seek_viz.settings.registry import preset_of
from seek_viz.show import message_error, message_invite

Values = tuple[Any, ...]
"""Of a callback's outputs, or of the form's controls."""
_KEPT = [gr.skip()] * len(FILLED)
"""The form as it is."""
_KEPT_SETTINGS = [gr.skip()] * len(SETTINGS)
_PRESS_S = 1.0
"""Seconds that a press of Step waits for the step before; after that it has no effect."""


@dataclass(frozen=True, eq=False)
class Callbacks:
    """The callbacks of one page, for all its visitors."""

    sets: dict[str, list[Problem]]
    """Problems by the name of their menu."""
    runs: Runs
    """The recorded runs, of which the page opens on the first, and the visitors' live ones."""
    forecaster: Forecaster
    """Knows sizes and paces."""

    @cached_property
    def _by_question(self) -> dict[str, Problem]:
        return {problem.question: problem for problems in self.sets.values() for problem in problems}

    @cached_property
    def _by_id(self) -> dict[str, Problem]:
        return {problem.id: problem for problems in self.sets.values() for problem in problems}

    def _session(self, request: gr.Request) -> Session:
        return self.runs.store.of(request.session_hash or "")

    # --- a live run -------------------------------------------------------------------------------

    def start(self, request: gr.Request, *values: Any) -> Iterator[Values]:
        """A new run, and its chain of thought."""
        session = self._session(request)
        session.pause()
        yield from told(session, lambda: self._begin(session, values), self.forecaster.learn)

    def step(self, request: gr.Request, shown: str, *values: Any) -> Iterator[Values]:
        """One step further, or the first."""
        session = self._session(request)
        session.pause()
        yield from self._go_on(session, shown, values, anew=session.trace is None)

    def run(self, request: gr.Request, shown: str, *values: Any) -> Iterator[Values]:
        """One step further, or the first, and the timer makes the others; after the last, a new run."""
        session = self._session(request)
        session.running = True
        yield from self._go_on(session, shown, values, anew=not session.can_step)

    def tick(self, request: gr.Request) -> Iterator[Values]:
        """The next step of a run that was not paused since."""
        session = self.runs.store.known(request.session_hash or "")
        if session.running:
            yield from told(session, session.go_on, self.forecaster.learn)
        else:
            yield update(session, None)

    def pause(self, request: gr.Request) -> Values:
        """No step after the one that is being made."""
        session = self.runs.store.known(request.session_hash or "")
        session.pause()
        return update(session, None)

    def foresee(self, *values: Any) -> str:
        """The estimate for a run of the form's settings."""
        words = foreseen(self.forecaster, lambda: read_form(values, self._by_question))
        return encoded(advised(words, lambda: form_advice(values)))

    def _go_on(self, session: Session, shown: str, values: Values, anew: bool) -> Iterator[Values]:
        """The next step of the run on the page.

        Args:
            session: the visitor's.
            shown: the run on the page, by its name; empty for none.
            values: of the form.
            anew: whether that is the first step of a new run.
        """
        is_live = bool(shown) and not shown.startswith(RECORDED)

        def ahead() -> Iterator[Event]:
            if is_live and shown != session.run_id:
                raise UserError(
                    "run on the page",
                    "one that is no longer on the server",
                    "one that was used lately, on a server that has not been started again since",
                    "Start makes it anew: its settings are in the form.",
                )
            if anew:
                return self._begin(session, values)
            return session.advance(_PRESS_S, asked=read_form(values, self._by_question))

        yield from told(session, ahead, self.forecaster.learn)

    def _begin(self, session: Session, values: Values) -> Iterator[Event]:
        asked = read_form(values, self._by_question)
        self.runs.store.check_room(session)
        for sentence in form_advice(values):
            gr.Warning(sentence, title="Is this meant?")
        for event in session.start(*asked):
            if isinstance(event, Progress) and event.phase == "loading":
                event = replace(event, text=size_words(event.text, self.forecaster.size(event.text)))
            yield event

    # --- what is shown ------------------------------------------------------------------------------

    def pick(self, request: gr.Request, key: str | None) -> Values:
        """A recorded run is opened; a live one ends."""
        session = self._session(request)
        session.reset()
        session.recording = key if key in self.runs.recorded else None
        return (*update(session, opened(session)), key, *self._filled(key))

    def reset(self, request: gr.Request) -> Values:
        """The live run ends; the recorded run before it is opened."""
        return self.pick(request, self._session(request).recording or self._first)

    def ready(self, request: gr.Request, event: gr.EventData, key: str | None) -> Values:
        """A page has mounted its player, or gone back or forward to an address: it is told what to show."""
        asked = event._data or {}
        query, tab = str(asked.get("link", "")), str(asked.get("tab", ""))
        session = self.runs.store.come(request.session_hash or "", tab)
        form, session.recording = [gr.skip(), *_KEPT], session.recording or key
        if asked.get("again") and session.trace is not None:  # a page that is loaded again keeps its live run
            form = [None, *filled_form(recipe_of(session.trace), self.sets)]
            return (*update(session, opened(session)), *form)
        try:
            messages, form = self._linked(session, query)
        except UserError as error:
            words = f"This link cannot be opened as it is. {error}"
            messages = [*opened(session), message_error(next(numbers), "", words)]
        return (*update(session, messages), *form)

    def pin(self, request: gr.Request, event: gr.EventData) -> Values:
        """A run is kept to be compared with, or let go; another may be opened with it."""
        session, asked = self._session(request), event._data or {}
        run_id, then = str(asked.get("run", "")), str(asked.get("next", "")).removeprefix(RECORDED)
        trace = self.runs.find(run_id)
        session.pinned = (run_id, trace) if trace else None
        if then not in self.runs.recorded:
            return (*update(session, opened(session)), gr.skip(), *_KEPT)
        session.recording = then
        return (*update(session, opened(session)), then, *self._filled(then))

    def again(self, request: gr.Request, event: gr.EventData) -> Values:
        """The form is filled from a recorded run, so that *Run* makes it live."""
        key = str((event._data or {}).get("run", "")).removeprefix(RECORDED)
        if key not in self.runs.recorded:
            return (gr.skip(),) * (1 + len(FILLED))
        self._session(request).reset()
        return (None, *self._filled(key))

    def _filled(self, key: str | None) -> list[Any]:
        """The form as a recorded run fills it."""
        trace = self.runs.recorded.get(key or "")
        return filled_form(recipe_of(trace), self.sets) if trace else _KEPT

    def _linked(self, session: Session, query: str) -> tuple[list[dict[str, Any]], list[Any]]:
        """Messages that show a link's run, and values for the menu of recordings and the form.

        Raises:
            UserError: it names a run that is not there, or says what is not allowed.
        """
        link = read_link(query)
        if link is None:  # the form was built for the recording that the page opens on
            return opened(session), [gr.skip(), *_KEPT]
        check_linked(link, self.runs.recorded)
        session.pinned = (RECORDED + link.pin, self.runs.recorded[link.pin]) if link.pin else None
        if link.recipe is None:
            session.reset()
            session.recording = link.run
            return opened(session, query), [link.run, *self._filled(link.run)]
        form = [None, *filled_form(link.recipe, self.sets)]
        if session.trace is not None and link.recipe.remakes(session.trace):
            return opened(session, query), form
        session.reset()
        asked = link.recipe.problem, link.recipe.config
        return [message_invite(next(numbers), *asked, session.beside, query)], form

    @property
    def _first(self) -> str | None:
        """The recording that the page opens on."""
        return next(iter(self.runs.recorded), None)

    # --- the form's menus -----------------------------------------------------------------------------

    def pick_set(self, name: str) -> Values:
        """Problem menu, question and gold answer of a set, or room for a question of one's own."""
        if name not in self.sets:
            return gr.update(visible=False), "", ""
        first = self.sets[name][0]
        menu = gr.update(choices=titles(self.sets[name]), value=first.id, visible=True)
        return menu, first.question, first.gold

    def pick_problem(self, problem_id: str) -> Values:
        """Question and gold answer."""
        problem = self._by_id.get(problem_id)
        return (problem.question, problem.gold) if problem else (gr.skip(), gr.skip())

    def edit_question(self, question: str, gold: str, problem_id: str) -> Values:
        """Another question than the menu's is the visitor's own, and has not the menu's gold answer."""
        asked = self._by_id.get(problem_id)
        if asked is None or question == asked.question:
            return (gr.skip(),) * 3
        theirs = "" if gold == asked.gold else gr.skip()
        return OWN_QUESTION, gr.update(visible=False, value=None), theirs

    def read_gold(self, gold: str) -> dict[str, Any]:
        """The field says how it is read; what stands in it is left alone."""
        return gr.update(info=gold_words(gold))

    def pick_model(self, name: str, preset: str) -> list[Any]:
        """Settings that suit the model."""
        try:
            return suited_values(name, preset)
        except UserError:  # what is wrong with the model's folder stands where the estimate would
            return _KEPT_SETTINGS

    def pick_preset(self, name: str, preset: str) -> list[Any]:
        """Every setting, as the preset has it."""
        try:
            return settings_values(SeekConfig.of_preset(preset, preset_of(name)))
        except UserError:
            return _KEPT_SETTINGS

    def pick_reward(self, name: str, preset: str, reward: str) -> list[Any]:
        """The settings that a reward implies, as this one or the preset has them."""
        try:
            config = SeekConfig.of_preset(preset, preset_of(name), reward=reward)
        except UserError:
            return _KEPT_SETTINGS
        implied = {key for kind in REWARDS.values() for key in kind.implies}
        return filled_only(implied, config)
