"""One live run per visitor: nothing is lost when a step fails, a visitor leaves, or two run at once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from seek_viz.config import SeekConfig
from seek_viz.errors import UserError
from seek_viz.problem import Problem
from seek_viz.session import Mapped, ModelPool, Progress, Session, SessionStore, StepDone

CONFIG = SeekConfig(reward="constant", rho=0.5, learning_rate=0.3, max_updates=4, max_new_tokens=24)
PROBLEM = Problem("own", "Sam has 3 cards and buys 4 more. How many cards does Sam have?", "7")


@pytest.fixture
def session(reference_lm: Any) -> Session:
    return Session(ModelPool(lambda name: reference_lm))


def finish(session: Session) -> list[str]:
    while session.can_step:
        list(session.advance())
    assert session.trace is not None
    return [step.text for step in session.trace.steps]


@pytest.fixture(scope="module")
def straight(reference_lm: Any) -> list[str]:
    from seek_viz.seek import new_trace, seek

    *_, (trace, _) = seek(reference_lm, new_trace(reference_lm, PROBLEM, CONFIG))
    return [step.text for step in trace.steps]


def test_a_stepped_run_equals_a_straight_one(session: Session, straight: list[str]) -> None:
    events = list(session.start("tiny", PROBLEM, CONFIG))
    assert isinstance(events[0], Progress)
    assert events[0].phase == "loading"
    assert isinstance(events[-1], StepDone)
    assert len(events[-1].trace.steps) == 1
    assert finish(session) == straight


def test_a_step_streams_what_it_does(session: Session) -> None:
    list(session.start("tiny", PROBLEM, CONFIG))
    phases = [event.phase for event in session.advance() if isinstance(event, Progress)]
    assert phases[0] == "updating"
    assert phases[-1] == "judging"
    assert "decoding" in phases


def test_a_step_says_what_is_left(session: Session) -> None:
    events = list(session.start("tiny", PROBLEM, CONFIG))
    assert {event.left_s for event in events if isinstance(event, Progress)} == {None}
    first = sum(session.trace.steps[0].elapsed_s.values())
    session.running = True
    left = [event.left_s for event in session.advance() if isinstance(event, Progress)]
    assert 3 * first < left[0] <= 4 * first  # all of K = 4
    assert left == sorted(left, reverse=True)
    session.pause()
    each = sum(session.trace.steps[1].elapsed_s.values())
    (one, *_) = [event.left_s for event in session.advance() if isinstance(event, Progress)]
    assert one <= each


def test_a_run_that_has_stopped_gets_its_decode_regions(session: Session) -> None:
    list(session.start("tiny", PROBLEM, CONFIG))
    assert session.trace.regions is None
    while session.can_step:
        events = list(session.advance())
    assert [type(event) for event in events[-3:]] == [StepDone, Progress, Mapped]
    assert events[-1].trace is session.trace
    assert session.trace.regions.maps


def test_advance_before_start_says_what_to_do(session: Session) -> None:
    with pytest.raises(UserError, match="Press Start first"):
        list(session.advance())


def test_a_finished_run_has_no_more_steps(session: Session) -> None:
    list(session.start("tiny", PROBLEM, CONFIG))
    finish(session)
    assert list(session.advance()) == []


@pytest.mark.parametrize("failing", [UserError("eta", 9, "less", "Lower it."), RuntimeError("out of memory")])
def test_a_failed_step_leaves_the_run_usable(
    session: Session, straight: list[str], monkeypatch: pytest.MonkeyPatch, failing: Exception
) -> None:
    import seek_viz.seek

    list(session.start("tiny", PROBLEM, CONFIG))
    list(session.advance())
    kept = session.trace

    def broken(*args: object) -> None:
        raise failing

    with monkeypatch.context() as patch:
        patch.setattr(seek_viz.seek, "updated", broken)
        with pytest.raises(type(failing)):
            list(session.advance())
    assert session.trace is kept
    assert session.can_step
    assert finish(session) == straight


def test_a_failed_start_keeps_the_run_before(session: Session) -> None:
    list(session.start("tiny", PROBLEM, CONFIG))
    kept, run_id = session.trace, session.run_id
    oracle = SeekConfig(reward="psrm")
    with pytest.raises(UserError, match="gold answer"):
        list(session.start("tiny", Problem("own", "How many?"), oracle))
    assert (session.trace, session.run_id) == (kept, run_id)


def test_a_model_that_cannot_be_loaded_keeps_the_run_before(reference_lm: Any) -> None:
    def loader(name: str) -> Any:
        if name != "tiny":
            raise UserError("model", name, "a causal language model", "Choose another.")
        return reference_lm

    session = Session(ModelPool(loader))
    list(session.start("tiny", PROBLEM, CONFIG))
    kept = session.trace
    with pytest.raises(UserError, match="model"):
        list(session.start("missing", PROBLEM, CONFIG))
    assert session.trace is kept
    assert list(session.advance())


def test_a_visitor_who_leaves_in_the_middle_of_a_step_loses_nothing(
    session: Session, straight: list[str]
) -> None:
    list(session.start("tiny", PROBLEM, CONFIG))
    events = session.advance()
    next(events)
    events.close()  # what the server does to the stream of a page that is gone
    while not session._stepping.acquire(timeout=0.01):
        time.sleep(0.01)
    session._stepping.release()
    assert finish(session) == straight


def test_reset_in_the_middle_of_a_step_drops_it(session: Session) -> None:
    list(session.start("tiny", PROBLEM, CONFIG))
    events = session.advance()
    next(events)
    session.reset()
    list(events)
    assert session.trace is None
    assert not session.can_step


def test_two_steps_at_once_are_one(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    import seek_viz.seek

    list(session.start("tiny", PROBLEM, CONFIG))
    gate, original = threading.Event(), seek_viz.seek.updated

    def waiting(*args: Any) -> Any:
        gate.wait(10)
        return original(*args)

    monkeypatch.setattr(seek_viz.seek, "updated", waiting)
    first = session.advance()
    next(first)
    assert list(session.advance()) == []
    gate.set()
    list(first)
    assert session.trace is not None
    assert len(session.trace.steps) == 2


def test_a_new_start_waits_for_the_step_of_the_old_run(session: Session) -> None:
    list(session.start("tiny", PROBLEM, CONFIG))
    events = session.advance()
    next(events)
    again = list(session.start("tiny", PROBLEM, CONFIG))
    assert isinstance(again[-1], StepDone)
    assert len(again[-1].trace.steps) == 1


def test_the_store_keeps_visitors_apart_and_forgets_the_oldest(reference_lm: Any) -> None:
    store = SessionStore(ModelPool(lambda name: reference_lm), capacity=2)
    first, second = store.of("a"), store.of("b")
    list(first.start("tiny", PROBLEM, CONFIG))
    assert second.trace is None
    assert store.of("a") is first
    store.of("c")
    assert len(store) == 2
    assert store.of("a") is first
    store.drop("a")
    assert store.of("a") is not first
    store.drop("never seen")


def test_the_store_drops_idle_sessions(reference_lm: Any) -> None:
    store = SessionStore(ModelPool(lambda name: reference_lm), idle_s=0.0)
    first = store.of("a")
    time.sleep(0.01)
    store.of("b")
    assert store.of("a") is not first


def test_the_pool_loads_once_and_keeps_the_latest() -> None:
    loaded: list[str] = []
    pool = ModelPool(lambda name: loaded.append(name) or name, capacity=2)  # type: ignore[func-returns-value,arg-type,return-value]
    for name in ("a", "b", "a", "c", "a", "b"):
        pool.get(name)
    assert loaded == ["a", "b", "c", "b"]
    assert pool.holds("a")
    assert not pool.holds("c")


class Visitors(RuleBasedStateMachine):
    """Two visitors press anything in any order; each sees their own run, a prefix of the straight one."""

    straight: list[str]
    lm: Any

    @initialize()
    def open_pages(self) -> None:
        store = SessionStore(ModelPool(lambda name: self.lm))
        self.sessions = {name: store.of(name) for name in "ab"}
        self.expected: dict[str, int] = {"a": 0, "b": 0}

    @rule(who=st.sampled_from("ab"))
    def start(self, who: str) -> None:
        list(self.sessions[who].start("tiny", PROBLEM, CONFIG))
        self.expected[who] = 1

    @precondition(lambda self: any(self.expected.values()))
    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from([name for name, count in self.expected.items() if count]))
        list(self.sessions[who].advance())
        self.expected[who] = min(self.expected[who] + 1, len(self.straight))

    @rule(who=st.sampled_from("ab"))
    def pause(self, who: str) -> None:
        self.sessions[who].pause()

    @rule(who=st.sampled_from("ab"))
    def reset(self, who: str) -> None:
        self.sessions[who].reset()
        self.expected[who] = 0

    @invariant()
    def each_sees_their_own_prefix(self) -> None:
        for who, session in getattr(self, "sessions", {}).items():
            texts = [step.text for step in session.trace.steps] if session.trace else []
            assert texts == self.straight[: self.expected[who]]
            assert session.can_step == (0 < self.expected[who] < len(self.straight))


def test_visitors_as_a_state_machine(reference_lm: Any, straight: list[str]) -> None:
    Visitors.lm, Visitors.straight = reference_lm, straight
    case = Visitors.TestCase
    case.settings = settings(max_examples=8, stateful_step_count=12, deadline=None)
    case("runTest").runTest()


def test_a_model_that_loads_holds_up_nobody_who_asks_for_another() -> None:
    begun, go_on = threading.Event(), threading.Event()
    loads: list[str] = []

    def loader(name: str) -> Any:
        loads.append(name)
        if name == "slow":
            begun.set()
            assert go_on.wait(20)
        if name == "broken":
            raise UserError("model", name, "one that loads", "Choose another.")
        return f"{name} model"

    pool = ModelPool(loader)
    with ThreadPoolExecutor(2) as visitors:
        waiting = [visitors.submit(pool.get, "slow") for _ in range(2)]
        assert begun.wait(20)
        assert pool.get("quick") == "quick model"  # while the slow one is still loading
        assert not pool.holds("slow")
        go_on.set()
        assert [one.result(20) for one in waiting] == ["slow model"] * 2
    assert loads.count("slow") == 1
    for _ in range(2):  # a failed load is not kept
        with pytest.raises(UserError):
            pool.get("broken")
    assert loads.count("broken") == 2
