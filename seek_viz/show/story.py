"""Why a run stopped, in a sentence with its numbers, and flags that say where to look.

The flags are the failure modes of this method that a reward debugger has to make visible: a verifier
that errs, a reward that rises while the answer stays wrong, a step too small to flip anything, ...
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice, pairwise
from typing import Any

from seek_viz.grading import DEADLINE_S
from seek_viz.record import ModelIdentity, SeekStep, Trace
from seek_viz.record.alignment import alignment_of

Flag = dict[str, Any]
"""{"iteration": int, "kind": str, "text": str}; `kind` names the failure mode, `text` is for people."""

BLOW_UP = 2.0
"""A text this many times as long as the first is worth a look."""

_SAME_FLAGS = 2
"""More of one kind are told in one."""


def number(value: float | None) -> str:
    """A reward or threshold as people read it: two decimals, a true minus sign; "none" where not judged."""
    return "none" if value is None else f"{value:.2f}".replace("-", "−")


def cut_words(step: SeekStep, model: ModelIdentity) -> str | None:
    """The reason for a text's truncation; None for a complete text."""
    if not step.truncated:
        return None
    if step.cut_by != "context":
        return "cut off at the token cap"
    size = f" of {model.max_positions:,} tokens" if model.max_positions else ""
    return f"cut off at the model's context{size}"


def stop_sentence(trace: Trace) -> str | None:
    """The stop rule that fired, with its numbers and any oddity; None while running."""
    if trace.stop_reason is None or not trace.steps:
        return None
    warnings = [flag["text"] for flag in _ending_flags(trace)]
    return " ".join([_rule_sentence(trace), *warnings])


_RETURNED = {
    "last": "the last text",
    "vote": "the answer with most votes",
    "accepted": "the first text, as none was accepted",
}


def _rule_sentence(trace: Trace) -> str:
    config, last = trace.config, trace.steps[-1]
    reward, tau = number(last.reward.value), number(config.reward_threshold)
    num_updates = len(trace.steps) - 1
    if trace.stop_reason == "no_latents":
        return f"Nothing to optimise: ρ = {config.rho:g} of this short answer leaves L = 0 positions."
    if trace.stop_reason == "not_judged":
        return _not_judged_sentence(trace)
    if trace.stop_reason == "accepted":
        when = f"after {_count(num_updates, 'update')}" if num_updates else "before the first update"
        return f"Accepted {when}: R = {reward} rose above τ = {tau}."
    spent = f"All K = {config.max_updates} updates were used"
    if last.reward.rank > config.reward_threshold:
        return f"{spent}: R = {reward} is above τ = {tau}, but a verifier still rejects."
    return f"{spent}: R = {reward} is not above τ = {tau}."


def _not_judged_sentence(trace: Trace) -> str:
    """The context is full: which verifiers had no room, in tokens, and what to do."""
    step, context = trace.steps[-1], trace.model.max_positions
    unheard = [verdict for verdict in step.reward.verdicts if verdict.ruling == "no_room"]
    longest = max((verdict.num_prompt_tokens or 0 for verdict in unheard), default=0)
    size = f" of {context:,} tokens" if context else ""
    return (
        f"Not judged: no room in the model's context{size} for {len(unheard)} of {len(step.reward.verdicts)} "
        f"verifiers, whose prompt has {longest:,}; nothing was pushed on. Shorten the question, "
        "or choose a model with a longer context."
    )


def flags(trace: Trace) -> list[Flag]:
    """Flags for noteworthy iterations, in order; on the page each jumps to its iteration."""
    found = [*_step_flags(trace), *_run_flags(trace), *_ending_flags(trace)]
    return _gathered(sorted(found, key=lambda flag: flag["iteration"]))


def _gathered(found: list[Flag]) -> list[Flag]:
    """The same flags, where one that comes up often stands once and names its other iterations."""
    often = [kind for kind, count in Counter(flag["kind"] for flag in found).items() if count > _SAME_FLAGS]
    kept = [flag for flag in found if flag["kind"] not in often]
    for kind in often:
        first, *others = [flag for flag in found if flag["kind"] == kind]
        again = ", ".join(str(flag["iteration"]) for flag in others)
        kept.append(_flag(first["iteration"], kind, f"{first['text'].removesuffix('.')}; alike at {again}."))
    return sorted(kept, key=lambda flag: flag["iteration"])


def _flag(iteration: int, kind: str, text: str) -> Flag:
    return {"iteration": iteration, "kind": kind, "text": text}


def _ending_flags(trace: Trace) -> Iterator[Flag]:
    """Flags about the end of the run."""
    if trace.stop_reason is None or trace.best is None or trace.returned is None:
        return
    steps, end = trace.steps, len(trace.steps) - 1
    rejecting = [v.verifier for v in steps[-1].reward.verdicts if v.ruling != "approve"]
    if trace.stop_reason == "accepted" and rejecting:
        text = f"Accepted although {_listed(rejecting)} did not approve."
        yield _flag(end, "accepted_despite_rejection", text)
    if end == 0:
        yield _flag(0, "zero_updates", "0 updates: this is the plain chain of thought.")
    if steps[trace.returned].reward.rank < steps[trace.best].reward.rank:
        best = f"iteration {trace.best} was better (R = {number(steps[trace.best].reward.value)})"
        text = f"Returned {_RETURNED[trace.config.return_iterate]}, but {best}."
        yield _flag(trace.best, "last_worse_than_best", text)
    if trace.stop_reason == "accepted" and steps[-1].correct is False:
        yield _flag(end, "false_positive", "The reward accepted a wrong answer.")


def _run_flags(trace: Trace) -> Iterator[Flag]:
    """Flags about the run as a whole."""
    steps = trace.steps
    if len(steps) > 1 and trace.config.direction != "gradient" and trace.host is None:
        yield _flag(1, "unmatched_control", "A control not matched to a run: its step lengths are its own.")
    if len(steps) < 3:
        return
    if len({step.reward.value for step in steps}) == 1:
        when = "throughout" if trace.stop_reason else "so far"
        text = f"R = {number(steps[0].reward.value)} {when}: it tells no text from another."
        yield _flag(1, "constant_reward", text)
    if not any(alignment_of(old, new).changed for old, new in pairwise(steps)):
        why = (
            "the step may be too small" if trace.config.direction == "gradient" else "its steps lead nowhere"
        )
        yield _flag(
            1, "no_flip", f"No update{'' if trace.stop_reason else ' so far'} flipped a token: {why}."
        )
    for position, iteration in islice(_oscillations(steps), 1):
        token = steps[iteration].tokens[position].strip() or "A token"
        # By alignment: in between, what stands in its place may have another number.
        yield _flag(
            iteration, "oscillation", f"“{token}” flipped away and came back, as token {position + 1}."
        )


def _oscillations(steps: tuple[SeekStep, ...]) -> Iterator[tuple[int, int]]:
    """First A -> B -> A of each iteration, as (position, iteration): a flip back of what had flipped."""
    for a, b, c in zip(steps, steps[1:], steps[2:], strict=False):
        there, back = alignment_of(a, b).replaced, alignment_of(b, c).replaced
        for t, between in enumerate(back):
            if between is None or between >= len(there):
                continue
            first = there[between]
            if first is not None and a.token_ids[first] == c.token_ids[t]:
                yield t, c.iteration
                break


def _step_flags(trace: Trace) -> Iterator[Flag]:
    """Flags about one iterate, alone or beside the one before it."""
    steps = trace.steps
    for previous, step in zip((None, *steps), steps, strict=False):
        k = step.iteration
        if step.truncated:
            words = cut_words(step, trace.model) or ""
            yield _flag(k, "truncated", f"{words[:1].upper()}{words[1:]}, before an end token.")
        if len(step.tokens) > BLOW_UP * len(steps[0].tokens):
            text = f"{len(step.tokens)} tokens, {len(steps[0].tokens)} at the start."
            yield _flag(k, "length", text)
        unread = [v.verifier for v in step.reward.verdicts if v.ruling == "unparsable"]
        if unread:
            whose = _words(unread[0]) if len(unread) == 1 else f"{len(unread)} verifiers"
            yield _flag(k, "unparsable", f"No verdict could be read from {whose}.")
        unheard = sum(v.ruling == "no_room" for v in step.reward.verdicts)
        if unheard:
            text = f"Not judged: no room in the model's context for {_count(unheard, 'verifier')}."
            yield _flag(k, "not_judged", text)
        if trace.truth(k) == "undecided" and step.answer is not None:
            yield _flag(
                k, "undecided", f"Could not be compared with the gold answer within {DEADLINE_S:g} s."
            )
        if (
            step.correct
            and step.reward.value is not None
            and step.reward.value <= step.config.reward_threshold
        ):
            text = f"Right, yet R = {number(step.reward.value)} does not accept it."
            yield _flag(k, "false_negative", text)
        if previous is not None:
            yield from _change_flags(previous, step)
            yield from _push_flags(previous, step, trace.config.direction)


def _change_flags(previous: SeekStep, step: SeekStep) -> Iterator[Flag]:
    k, before, now = step.iteration, previous.correct, step.correct
    if before is False and now:
        repair = previous.answer is None
        text = "Form mended: no answer could be read before." if repair else "Wrong → right."
        yield _flag(k, "format_repair" if repair else "fixed", text)
    if before and now is False:
        yield _flag(k, "broken", "Right → wrong.")
    judged_alike = step.config.judging == previous.config.judging
    if now is False and judged_alike and step.reward.rank > previous.reward.rank:
        text = f"R rose to {number(step.reward.value)}, still wrong."
        yield _flag(k, "reward_up_wrong", text)
    if step.text == previous.text and judged_alike and step.reward.value != previous.reward.value:
        yield _flag(k, "noisy_reward", "The same text got another R: a noisy judge.")


def _push_flags(previous: SeekStep, step: SeekStep, direction: str) -> Iterator[Flag]:
    """Flags for positions that moved although their gradient was 0."""
    update = step.update
    if previous.reward.value == 0:
        moved = update.step_norm if update else 0.0
        mover = "momentum" if direction == "gradient" else "the control"
        after = f"; {mover} still moved the latents by {number(moved)}." if moved else "."
        yield _flag(previous.iteration, "no_gradient", f"R = 0: no gradient{after}")
    elif direction == "gradient" and update and update.step_norm_L is not None:
        beyond_L = update.step_norm_L[len(update.log_prob_L) :]
        if beyond_L.any():
            where = f"{_count(int((beyond_L > 0).sum()), 'position')} after the end of the text"
            yield _flag(step.iteration, "momentum", f"Momentum alone moved {where}, which had no token.")


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _listed(names: list[str]) -> str:
    words = [_words(name) for name in names]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _words(name: str) -> str:
    return name.replace("_", " ")
