"""A full context is named as what it is: no rejection, no push, no best answer."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from seek_viz.engine import seek as seek_module
from seek_viz.engine.baselines import Sample, best, draw, judged, num_not_judged
from seek_viz.engine.context import never_judged, solver_prompt
from seek_viz.engine.decoding import Request, Row, decode, drive
from seek_viz.engine.rewards import known, self_reward
from seek_viz.engine.seek import new_trace, seek
from seek_viz.errors import UserError
from seek_viz.model import FrozenLM
from seek_viz.problems.problem import Problem
from seek_viz.record import Reward, Trace, trace_from_dict, trace_to_dict
from seek_viz.settings.config import SeekConfig
from seek_viz.settings.prompts import WEIGHTS
from seek_viz.show import flags, run_view, stop_sentence
from seek_viz.show.export import to_csv

CONFIG = SeekConfig(max_new_tokens=256, max_verifier_tokens=40, rho=0.5, max_updates=3)


@pytest.fixture(scope="module")
def tiny(one_thread: None) -> FrozenLM:
    return FrozenLM.load("tiny", device="cpu")


def question_of(lm: FrozenLM, num_tokens: int) -> str:
    """A question whose solver prompt has about so many tokens."""
    sentence = "Tom has 3 pens and buys 5 more. "
    text = sentence
    while len(lm.encode(lm.render(lm.prompts.solve(text)))) < num_tokens:
        text += sentence
    return text


def run(lm: FrozenLM, question: str, **changes: Any) -> Trace:
    config = dataclasses.replace(CONFIG, **changes)
    *_, (trace, _) = seek(lm, new_trace(lm, Problem("long", question, "8"), config))
    return trace


@pytest.fixture(scope="module")
def full(tiny: FrozenLM) -> Trace:
    return run(tiny, question_of(tiny, 960))


def test_a_text_that_was_not_judged_is_not_pushed_on(full: Trace, tiny: FrozenLM) -> None:
    assert (full.stop_reason, len(full.steps), full.best, full.returned) == ("not_judged", 1, None, 0)
    reward = full.steps[0].reward
    assert (reward.value, reward.judged) == (None, False)
    assert {v.ruling for v in reward.verdicts} <= {"no_room", "approve", "reject", "unparsable"}
    assert "no_room" in {v.ruling for v in reward.verdicts}
    for verdict in reward.verdicts:
        assert verdict.num_prompt_tokens == len(tiny.encode(verdict.prompt))


def test_what_cut_the_text_and_what_to_do_are_told(full: Trace) -> None:
    step = full.steps[0]
    assert (step.truncated, step.cut_by) == (True, "context")
    told = {flag["kind"]: flag["text"] for flag in flags(full)}
    assert told["truncated"] == "Cut off at the model's context of 1,024 tokens, before an end token."
    assert "no room in the model's context" in told["not_judged"]
    sentence = stop_sentence(full) or ""
    assert "1,024 tokens" in sentence
    assert "Shorten the question" in sentence
    assert to_csv(full).splitlines()[0].endswith(",cut_by")
    assert to_csv(full).splitlines()[1].endswith(",context")
    view = run_view(full)
    assert view["steps"][0]["cut"] == "cut off at the model's context of 1,024 tokens"
    assert (view["steps"][0]["reward"], view["steps"][0]["parts"], view["best"]) == (None, [], None)
    json.dumps(view, allow_nan=False)


def test_the_token_cap_is_not_called_the_context(tiny: FrozenLM) -> None:
    trace = run(tiny, "Tom has 3 pens and buys 5 more.", reward="constant", max_new_tokens=4, max_updates=1)
    assert {(step.truncated, step.cut_by) for step in trace.steps} == {(True, "token_cap")}
    assert next(f for f in flags(trace) if f["kind"] == "truncated")["text"].startswith(
        "Cut off at the token"
    )


def test_a_recording_keeps_it(full: Trace) -> None:
    back = trace_from_dict(json.loads(json.dumps(trace_to_dict(full))))
    assert back.steps[0].reward == full.steps[0].reward
    assert (back.stop_reason, back.steps[0].cut_by) == ("not_judged", "context")


def verifier_lengths(lm: FrozenLM, question: str, text: str) -> dict[str, int]:
    prompts = {name: lm.render(lm.prompts.verify(name, question, text)) for name in WEIGHTS}
    return {name: len(lm.encode(prompt)) for name, prompt in prompts.items()}


@pytest.mark.parametrize("together", [True, False])
def test_each_verifier_is_asked_with_the_room_that_it_has(
    together: bool, family_lms: dict[str, FrozenLM], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The longest prompt fills the context; each of the others writes as much as fits beside its own."""
    lm = family_lms["Qwen2"]
    lengths = verifier_lengths(lm, "1 + 1?", "It is 2.")
    monkeypatch.setattr(lm, "max_positions", max(lengths.values()))
    monkeypatch.setattr(lm, "eos_ids", ())
    asked = self_reward(lm, "1 + 1?", "It is 2.", dataclasses.replace(CONFIG, batch_verifiers=together))
    request = next(asked)
    rows = [*request.rows]
    while True:
        try:
            request = asked.send(decode(lm, request))
            rows += request.rows
        except StopIteration as end:
            reward = end.value
            break
    rooms = {name: lm.max_positions - length for name, length in lengths.items()}
    assert sorted(row.max_new_tokens for row in rows) == sorted(
        min(CONFIG.max_verifier_tokens, room) for room in rooms.values() if room
    )
    assert len(rows) == sum(room > 0 for room in rooms.values()) > 0
    for verdict in reward.verdicts:
        room = rooms[verdict.verifier]
        by_cap = room >= CONFIG.max_verifier_tokens
        assert verdict.ruling == ("unparsable" if by_cap else "no_room")
    assert reward.value is None
    assert reward.num_tokens == sum(row.max_new_tokens for row in rows)


@pytest.mark.parametrize(("cap", "room", "ruling"), [(8, 3, "no_room"), (3, 8, "unparsable")])
def test_a_reply_that_the_context_cuts_before_its_verdict_is_no_rejection(
    cap: int, room: int, ruling: str, family_lms: dict[str, FrozenLM], monkeypatch: pytest.MonkeyPatch
) -> None:
    lm = family_lms["Qwen2"]
    longest = max(verifier_lengths(lm, "1 + 1?", "It is 2.").values())
    monkeypatch.setattr(lm, "max_positions", longest + room)
    monkeypatch.setattr(lm, "eos_ids", ())
    config = dataclasses.replace(CONFIG, max_verifier_tokens=cap)
    reward = drive(lm, self_reward(lm, "1 + 1?", "It is 2.", config))
    assert ruling in {verdict.ruling for verdict in reward.verdicts}
    assert reward.judged == (ruling == "unparsable")


def test_it_is_foreseen_where_no_answer_can_be_judged(tiny: FrozenLM) -> None:
    assert never_judged(tiny, "Tom has 3 pens.", CONFIG) is None
    longest = question_of(tiny, 1000)
    told = never_judged(tiny, longest, CONFIG)
    assert told is not None
    assert "1,024" in told
    assert run(tiny, longest).stop_reason == "not_judged"
    assert never_judged(tiny, longest, dataclasses.replace(CONFIG, reward="constant")) is None


def test_a_question_without_room_for_an_answer_is_refused(tiny: FrozenLM) -> None:
    question = question_of(tiny, 1100)
    with pytest.raises(UserError, match="at most 1,022"):
        solver_prompt(tiny, question, CONFIG)
    with pytest.raises(UserError, match="at most 1,022"):
        draw(tiny, [Problem("p", question, "8")], 1, 0.0, CONFIG)


def test_best_of_n_prefers_a_sample_that_was_judged(tiny: FrozenLM) -> None:
    unjudged = Sample("a", 5, "1", Reward(None))
    bad = Sample("b", 5, "2", Reward(-4 / 3))
    assert best([unjudged, bad]) is bad
    assert best([unjudged, bad], graded=True) is bad
    assert best([unjudged, dataclasses.replace(unjudged, text="c")]) is unjudged
    assert num_not_judged([unjudged, bad, Sample("d", 5, None)]) == 1
    problem = Problem("p", question_of(tiny, 960), "8")
    (samples,) = judged(tiny, [problem], draw(tiny, [problem], 1, 0.0, CONFIG), CONFIG)
    assert num_not_judged(samples) == 1


def test_a_later_text_without_room_ends_the_run_and_is_not_its_answer(
    tiny: FrozenLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = iter([-1.0, -0.5, None])
    monkeypatch.setattr(seek_module, "judge_of", lambda *unused: lambda *given: known(Reward(next(values))))
    trace = run(tiny, "Tom has 3 pens and buys 5 more.", max_updates=5, learning_rate=0.3)
    assert (trace.stop_reason, len(trace.steps), trace.best, trace.returned) == ("not_judged", 3, 1, 1)
    assert dataclasses.replace(
        trace, config=dataclasses.replace(trace.config, return_iterate="vote")
    ).returned in (0, 1)


def test_a_full_row_leaves_the_batch_and_is_not_read_beyond_the_context(
    tiny: FrozenLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    whole = tiny.last_hidden

    def watched(ids_BT: Any, *, cache: Any = None, mask_BS: Any = None) -> Any:
        if mask_BS is not None:
            seen.append(int(mask_BS.sum(-1).max()))
        return whole(ids_BT, cache=cache, mask_BS=mask_BS)

    monkeypatch.setattr(tiny, "last_hidden", watched)
    long = [5] * (tiny.max_positions - 3)
    rows = [Row(long, 3), *[Row([5, 6, n], 12) for n in range(7, 13)]]
    decoded = decode(tiny, Request(rows, ()))
    assert [len(row.token_ids) for row in decoded] == [3, *[12] * 6]
    assert max(seen) <= tiny.max_positions
