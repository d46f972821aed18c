"""One live run per visitor: nothing is lost when a step fails, a visitor leaves, or two run at once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from seek_viz.app.session import Begun, Mapped, ModelPool, Progress, Session, SessionStore, StepDone
from seek_viz.app.session.turn import Cancelled, Turn
from seek_viz.errors import UserError
from seek_viz.problems.problem import Problem
from seek_viz.settings.config import SeekConfig

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
    from seek_viz.engine.seek import new_trace, seek

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


def test_who_asks_for_step_after_step_is_not_stopped_while_the_model_loads(session: Session) -> None:
    session.running = True
    assert list(session.go_on()) == []
    assert session.running


def test_a_finished_run_has_no_more_steps(session: Session) -> None:
    list(session.start("tiny", PROBLEM, CONFIG))
    finish(session)
    assert list(session.advance()) == []


@pytest.mark.parametrize("failing", [UserError("eta", 9, "less", "Lower it."), RuntimeError("out of memory")])
def test_a_failed_step_leaves_the_run_usable(
    session: Session, straight: list[str], monkeypatch: pytest.MonkeyPatch, failing: Exception
) -> None:
    import seek_viz.engine.seek

    list(session.start("tiny", PROBLEM, CONFIG))
    list(session.advance())
    kept = session.trace

    def broken(*args: object) -> None:
        raise failing

    with monkeypatch.context() as patch:
        patch.setattr(seek_viz.engine.seek, "updated", broken)
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


@pytest.mark.parametrize("phase", ["updating", "decoding"])
def test_a_cancelled_step_ends_within_a_token_and_leaves_the_run(
    session: Session, straight: list[str], phase: str
) -> None:
    list(session.start("tiny", PROBLEM, CONFIG))
    kept = session.trace
    events = session.advance()
    while next(events).phase != phase:
        pass
    session.cancel()
    assert not any(isinstance(event, StepDone) for event in events)
    assert not session.is_busy
    assert session.trace is kept
    assert finish(session) == straight


def test_reset_in_the_middle_of_a_step_drops_it(session: Session) -> None:
    list(session.start("tiny", PROBLEM, CONFIG))
    events = session.advance()
    next(events)
    session.reset()
    assert not any(isinstance(event, StepDone) for event in events)
    assert session.trace is None
    assert not session.can_step


def test_two_steps_at_once_are_one(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    import seek_viz.engine.seek

    list(session.start("tiny", PROBLEM, CONFIG))
    gate, original = threading.Event(), seek_viz.engine.seek.updated

    def waiting(*args: Any) -> Any:
        gate.wait(10)
        return original(*args)

    monkeypatch.setattr(seek_viz.engine.seek, "updated", waiting)
    first = session.advance()
    next(first)
    assert list(session.advance()) == []
    gate.set()
    list(first)
    assert session.trace is not None
    assert len(session.trace.steps) == 2


def test_a_new_start_cancels_the_step_of_the_old_run(session: Session) -> None:
    list(session.start("tiny", PROBLEM, CONFIG))
    events = session.advance()
    next(events)
    again = list(session.start("tiny", PROBLEM, CONFIG))
    assert isinstance(again[-1], StepDone)
    assert len(again[-1].trace.steps) == 1


def test_a_first_text_that_cannot_be_made_gives_the_run_before_back(
    session: Session, straight: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import seek_viz.engine.seek

    list(session.start("tiny", PROBLEM, CONFIG))
    kept, run_id = session.trace, session.run_id
    with monkeypatch.context() as patch:
        patch.setattr(seek_viz.engine.seek, "initial_state", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            list(session.start("tiny", PROBLEM, CONFIG))
    assert (session.trace, session.run_id) == (kept, run_id)
    assert finish(session) == straight


def test_turns_come_in_the_order_of_asking_and_a_cancelled_one_gives_its_up() -> None:
    turn, order = Turn(), []
    gates = {name: threading.Event() for name in "abc"}
    begun = threading.Event()

    def take(name: str) -> None:
        try:
            with turn.taken(gates[name]):
                begun.set()
                time.sleep(0.3 if name == "a" else 0)
                order.append(name)
        except Cancelled:
            order.append(f"{name} gave up")

    threads = [threading.Thread(target=take, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
        begun.wait(10)
        time.sleep(0.02)
    gates["b"].set()
    for thread in threads:
        thread.join(10)
    assert order in (["b gave up", "a", "c"], ["a", "b gave up", "c"])


def holding(store: SessionStore, visitor: str) -> Session:
    """A visitor's session, with a run."""
    session = store.of(visitor)
    list(session.start("tiny", PROBLEM, CONFIG))
    return session


def test_the_store_keeps_visitors_apart(reference_lm: Any) -> None:
    store = SessionStore(ModelPool(lambda name: reference_lm))
    first, second = holding(store, "a"), store.of("b")
    assert second.trace is None
    assert store.of("a") is first
    assert store.known("never seen").trace is None
    assert len(store) == 2


def test_nobody_takes_a_run_away_that_is_in_use(reference_lm: Any) -> None:
    store = SessionStore(ModelPool(lambda name: reference_lm), runs=2, sessions=3)
    first, second = holding(store, "a"), holding(store, "b")
    for n in range(201):
        store.of(f"invented {n}")
    assert len(store) < 8
    assert store.of("a") is first
    assert store.of("b") is second
    assert first.trace
    assert second.trace
    with pytest.raises(UserError, match="2 live runs at a time"):
        store.check_room(store.of("c"))
    store.check_room(first)  # one's own run is replaced


def test_of_too_many_runs_the_one_unused_longest_goes(reference_lm: Any) -> None:
    store = SessionStore(ModelPool(lambda name: reference_lm), runs=1, recent_s=0.0)
    first, second = holding(store, "a"), holding(store, "b")
    time.sleep(0.01)
    store.check_room(store.of("c"))
    assert first.trace is None
    assert second.trace


def test_the_store_drops_idle_runs_but_none_at_work(reference_lm: Any) -> None:
    store = SessionStore(ModelPool(lambda name: reference_lm), idle_s=0.0)
    idle, busy = holding(store, "a"), holding(store, "b")
    events = busy.advance()
    next(events)
    time.sleep(0.01)
    store.of("c")
    assert idle.trace is None
    assert busy.trace
    list(events)


def test_who_leaves_gives_up_the_step_and_finds_the_run_again(reference_lm: Any, straight: list[str]) -> None:
    store = SessionStore(ModelPool(lambda name: reference_lm))
    session = holding(store, "a")
    events = session.advance()
    next(events)
    store.leave("a")
    assert not any(isinstance(event, StepDone) for event in events)
    assert store.of("a") is session
    assert finish(session) == straight
    store.leave("never seen")


def test_twelve_who_start_and_leave_keep_nobody_waiting(reference_lm: Any) -> None:
    store = SessionStore(ModelPool(lambda name: reference_lm))
    alone = time.monotonic()
    holding(store, "other")
    alone = time.monotonic() - alone
    long = SeekConfig(reward="constant", max_new_tokens=400, max_updates=50)
    before = threading.active_count()
    for n in range(12):
        events = store.of(f"leaving {n}").start("tiny", PROBLEM, long)
        for event in events:
            if isinstance(event, Begun):
                break
        reading = threading.Thread(target=list, args=(events,))
        reading.start()
        time.sleep(0.05)
        store.leave(f"leaving {n}")
    began = time.monotonic()
    list(store.of("other").advance())
    assert time.monotonic() - began < alone + 3
    while threading.active_count() > before and time.monotonic() < began + 2:
        time.sleep(0.01)
    assert threading.active_count() <= before


def test_the_pool_loads_once_and_keeps_the_latest() -> None:
    loaded: list[str] = []
    pool = ModelPool(lambda name: loaded.append(name) or name, capacity=2)  # type: ignore[func-returns-value,arg-type,return-value]
    for name in ("a", "b", "a", "c", "a", "b"):
        pool.get(name)
    assert loaded == ["a", "b", "c", "b"]
    assert pool.holds("a")
    assert not pool.holds("c")


class Loader:
    """Loads when it is let: each name waits for its gate; a name in `broken` fails."""

    def __init__(self, *names: str) -> None:
        self.begun = {name: threading.Event() for name in names}
        self.gates = {name: threading.Event() for name in names}
        self.broken: set[str] = set()
        self.loaded: list[str] = []

    def __call__(self, name: str) -> Any:
        self.begun[name].set()
        assert self.gates[name].wait(60)
        if name in self.broken:
            raise UserError("model", name, "a model", "Choose another.")
        self.loaded.append(name)
        return f"model {name}"


def asking(pool: ModelPool, *names: str) -> list[Future[Any]]:
    executor = ThreadPoolExecutor(len(names))
    futures = [executor.submit(pool.get, name) for name in names]
    executor.shutdown(wait=False)
    return futures


def test_models_load_side_by_side_and_one_only_once() -> None:
    loader = Loader("slow", "quick")
    pool = ModelPool(loader)
    slow = asking(pool, "slow", "slow", "slow")
    assert loader.begun["slow"].wait(60)
    loader.gates["quick"].set()
    assert pool.get("quick") == "model quick"  # while the other is still being loaded
    assert pool.holds("quick")
    assert not pool.holds("slow")
    assert not any(one.done() for one in slow)
    loader.gates["slow"].set()
    assert {one.result(60) for one in slow} == {"model slow"}
    assert sorted(loader.loaded) == ["quick", "slow"]


def test_a_load_that_fails_tells_all_who_wait_and_is_tried_again() -> None:
    loader = Loader("a")
    loader.broken.add("a")
    pool = ModelPool(loader)
    waiting = asking(pool, "a", "a", "a")
    assert loader.begun["a"].wait(60)
    loader.gates["a"].set()
    for one in waiting:
        with pytest.raises(UserError, match="Choose another"):
            one.result(60)
    assert not pool.holds("a")
    loader.broken.clear()
    assert pool.get("a") == "model a"


def test_a_model_that_is_being_loaded_is_not_put_out_by_others() -> None:
    loader = Loader("slow", "b", "c", "d")
    pool = ModelPool(loader, capacity=2)
    (slow,) = asking(pool, "slow")
    assert loader.begun["slow"].wait(60)
    for name in "bcd":
        loader.gates[name].set()
        pool.get(name)
    assert [name for name in "bcd" if pool.holds(name)] == ["c", "d"]
    (also,) = asking(pool, "slow")
    loader.gates["slow"].set()
    assert slow.result(60) is also.result(60)
    assert loader.loaded == ["b", "c", "d", "slow"]
    assert pool.holds("slow")


def test_a_visitor_whose_model_is_being_loaded_keeps_nobody_waiting(reference_lm: Any) -> None:
    begun, gate = threading.Event(), threading.Event()

    def load(name: str) -> Any:
        if name == "slow":
            begun.set()
            assert gate.wait(60)
        return reference_lm

    store = SessionStore(ModelPool(load))
    with ThreadPoolExecutor(1) as executor:
        waiting = executor.submit(lambda: list(store.of("a").start("slow", PROBLEM, CONFIG)))
        assert begun.wait(60)
        try:
            list(store.of("b").start("tiny", PROBLEM, CONFIG))
            list(store.of("b").advance())
            assert len(store.of("b").trace.steps) == 2
            assert not waiting.done()
        finally:
            gate.set()
        assert isinstance(waiting.result(60)[-1], StepDone)


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
