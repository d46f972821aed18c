"""Algorithm 1 of LatentSeek (arXiv 2505.13308) as a generator of finished steps.

    decode a chain of thought x, keep its hidden states z_1..z_L, judge it
    while not accepted and k < K:
        z <- z + Adam(eta, R * sum_t d log pi(x_t | z_t) / dz_t)
        decode again from z, judge again

Page, command line and tests consume the same generator. It yields pairs (trace, state): the trace holds
every finished step, the state what the next update needs. A pair is all it takes to go on, after a pause,
a failed step, or from a file; straight, stepped and resumed runs are the same run.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from seek_viz.engine.context import solver_prompt
from seek_viz.engine.controls import checked_host
from seek_viz.engine.decoding import DecodeRoutine, OnToken, Request, Row, at_intervals, drive, prefill
from seek_viz.engine.latents import LatentState, initial_state, read, rebased, updated
from seek_viz.engine.rewards import Judge, Writing, function_of, judge_of, judged_by
from seek_viz.errors import UserError
from seek_viz.grading import answers_equal, check_gold, final_answer
from seek_viz.model import Cache, FrozenLM
from seek_viz.model.finite import require_finite
from seek_viz.problems.problem import Problem
from seek_viz.record import CutBy, Host, SeekStep, StopReason, Trace, Update
from seek_viz.record.versions import versions
from seek_viz.rewards import RewardFunction
from seek_viz.settings.config import SeekConfig

OnEvent = Callable[[str, str, tuple[Writing, ...]], None]
"""(phase, text, writing): "decoding" with the text so far, "judging" with the text and how far the verifiers
are, "updating". What it raises ends the step."""


def nobody(phase: str, text: str, writing: tuple[Writing, ...]) -> None:
    """No-op callback."""


RELEASED_STOP_WORDS = ("</s>", "<|im_end|>", "<|endoftext|>")
"""Stop words of the released code's first decode, beside EOS; its re-decode stops at EOS alone (oddity 8)."""


def check_asked(problem: Problem, config: SeekConfig) -> None:
    """Refuse what can be refused before a model is loaded.

    Raises:
        UserError: the gold answer cannot be compared, or the reward needs one that is missing.
    """
    function_of(problem, config)
    if problem.gold is not None:
        check_gold(problem.gold)


def new_trace(lm: FrozenLM, problem: Problem, config: SeekConfig, host: Trace | None = None) -> Trace:
    """The empty trace that a run starts from.

    Args:
        lm: the frozen model.
        problem: what is asked.
        config: the settings.
        host: of a control, the finished run whose step lengths it replays (`engine/controls.py`); the trace
            keeps them, so that the control can be paused, resumed and made again from its own file.

    Raises:
        UserError: the gold answer cannot be compared, the reward needs one that is missing, the question
            leaves the model no room to answer, or the host is not one of this control.
    """
    check_asked(problem, config)
    prompt, _ = solver_prompt(lm, problem.question, config)
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    trace = Trace(problem, config, lm.identity, prompt, created_at=now, versions=versions())
    return dataclasses.replace(trace, host=checked_host(host, trace)) if host else trace


def check_prompt(trace: Trace, lm: FrozenLM) -> None:
    """Refuse to go on with a run whose question this model would now be asked in other words.

    Raises:
        UserError: its chat template, its prompts or its vocabulary are others than they were.
    """
    asked, _ = solver_prompt(lm, trace.problem.question, trace.config)
    if asked != trace.prompt:
        raise UserError("prompt of the model to go on with", asked, repr(trace.prompt), "Start a new run.")
    ids, written = trace.steps[-1].token_ids, "".join(trace.steps[-1].tokens)
    if (now := "".join(lm.pieces(ids))) != written:
        raise UserError("vocabulary of the model to go on with", now, repr(written), "Start a new run.")


def check_judge(trace: Trace, lm: FrozenLM) -> None:
    """Refuse to go on with a run whose texts would now be judged otherwise, under the same settings.

    Raises:
        UserError: its reward has another version, or its verifiers are asked in other words.
    """
    last = trace.steps[-1]
    now = judged_by(lm, trace.config)
    if trace.config.judging == last.config.judging and last.reward.by not in ("", now):
        hint = "Go on with the prompts that the run was begun with, or start a new one."
        raise UserError("reward of the run to go on with", now, last.reward.by, hint)


def seek(
    lm: FrozenLM,
    trace: Trace,
    state: LatentState | None = None,
    on_event: OnEvent = nobody,
    reward: RewardFunction | None = None,
) -> Iterator[tuple[Trace, LatentState]]:
    """Run Algorithm 1 from where `trace` stands.

    Args:
        lm: the frozen model.
        trace: of `new_trace`, or one with steps, whose `state` then comes with it.
        state: the latents after the trace's last step.
        on_event: told what is going on inside a step.
        reward: a function from texts to numbers, in place of the reward that the settings name.

    Yields:
        (trace, state) after each finished step; the last trace carries its stop reason.

    Raises:
        UserError: a step could not be made; the pairs yielded before it stay valid.
    """
    answering = _Answering.of(lm, trace, on_event, reward=reward)
    while trace.stop_reason is None:
        trace, state = drive(lm, _advanced(answering, trace, state))
        yield trace, state


def whole_run(lm: FrozenLM, trace: Trace) -> DecodeRoutine[Trace]:
    """The same run to its end as a routine, so that many runs can share batches (`drive_batched`)."""
    answering, state = _Answering.of(lm, trace, keep_prompt=False), None
    while trace.stop_reason is None:
        trace, state = yield from _advanced(answering, trace, state)
    return trace


def _advanced(
    answering: _Answering, trace: Trace, state: LatentState | None
) -> DecodeRoutine[tuple[Trace, LatentState]]:
    """One step further: the chain of thought, or an update of the latents and what follows from it."""
    if trace.steps:
        assert state is not None, "a trace with steps needs its latents"
        step, state = yield from answering.next_step(trace.steps, state)
    else:
        step, state = yield from answering.chain_of_thought()
    trace = trace.appended(step)
    return dataclasses.replace(trace, stop_reason=stop_reason(trace, state)), state


def stop_reason(trace: Trace, state: LatentState) -> StopReason | None:
    """Which stop rule holds after the last step of `trace`, or None to go on."""
    step, config = trace.steps[-1], trace.config
    tested = step.iteration > 0 or config.test_before_first_update
    if tested and accepted(step, config):
        return "accepted"
    if not step.reward.judged:
        return "not_judged"
    if len(state.parameter_LD) == 0:
        return "no_latents"
    return "max_updates" if step.iteration >= config.max_updates else None


def accepted(step: SeekStep, config: SeekConfig) -> bool:
    """R > tau, and, unless the released code's oddity 1 is on, no verifier that withheld approval."""
    unanimous = all(verdict.ruling == "approve" for verdict in step.reward.verdicts)
    return step.reward.rank > config.reward_threshold and (unanimous or config.accept_despite_rejection)


@dataclass(frozen=True, eq=False)
class _Answer:
    """One decoded answer, before it is judged."""

    token_ids: tuple[int, ...]
    num_prefix: int
    cut_by: CutBy | None
    hidden_ND: Tensor
    """Hidden states behind the tokens; in independent re-decodes, of the continuation only."""


@dataclass(frozen=True, eq=False)
class _Answering:
    """State shared by all steps of a run: the prompt with its cache, the reward, the stop ids."""

    lm: FrozenLM
    problem: Problem
    config: SeekConfig
    prompt_ids: list[int]
    prompt_cache: Cache | None
    judge: Judge
    by: str
    """Name and version of the reward."""
    on_event: OnEvent
    host: Host | None

    @classmethod
    def of(
        cls,
        lm: FrozenLM,
        trace: Trace,
        on_event: OnEvent = nobody,
        keep_prompt: bool = True,
        reward: RewardFunction | None = None,
    ) -> _Answering:
        chat = lm.prompts.solve(trace.problem.question, trace.config.answer_format)
        prompt_ids = lm.encode(trace.prompt, chat)
        cache = prefill(lm, prompt_ids) if keep_prompt and trace.config.reuse_cache else None
        tell = functools.partial(on_event, "judging")
        judge = judge_of(lm, trace.problem, trace.config, tell, reward)
        by = judged_by(lm, trace.config, reward)
        return cls(lm, trace.problem, trace.config, prompt_ids, cache, judge, by, on_event, trace.host)

    # --- the two kinds of step ------------------------------------------------------------------

    def chain_of_thought(self) -> DecodeRoutine[tuple[SeekStep, LatentState]]:
        """Iteration 0: the plain greedy answer; its first L hidden states become the latents."""
        started = time.perf_counter()
        answer = yield from self._decode([], first=True)
        num = self.config.num_latents(len(answer.token_ids))
        state = initial_state(answer.hidden_ND[:num], self.config)
        answer = _Answer(answer.token_ids, num, answer.cut_by, answer.hidden_ND)
        elapsed_s = {"decode": time.perf_counter() - started}
        step = yield from self._judged(0, answer, state, None, elapsed_s)
        return step, state

    def next_step(
        self, steps: tuple[SeekStep, ...], state: LatentState
    ) -> DecodeRoutine[tuple[SeekStep, LatentState]]:
        """Push the current tokens away, decode from the new latents, judge."""
        before = steps[-1]
        assert before.reward.value is not None, "a text that was not judged is not pushed on"
        started = time.perf_counter()
        self.on_event("updating", "", ())
        pushed = before.token_ids[: before.num_prefix]
        if self.config.stop_rule == "released" and self.config.decode_mode == "independent":
            pushed = tuple(self._prefix(state))  # an end token inside does not end the prefix there
        state, update = updated(self.lm, state, pushed, before.reward.value, self.config, self.host)
        elapsed_s = {"update": time.perf_counter() - started}
        started = time.perf_counter()
        if self.config.decode_mode == "coherent":
            answer = yield from self._coherent(state)
            state = rebased(state, answer.hidden_ND[: answer.num_prefix])
        else:
            answer = yield from self._independent(state)
        elapsed_s["decode"] = time.perf_counter() - started
        step = yield from self._judged(before.iteration + 1, answer, state, update, elapsed_s, steps)
        return step, state

    # --- decoding from latents --------------------------------------------------------------------

    def _prefix(self, state: LatentState) -> list[int]:
        with torch.no_grad():
            logits_LV = self.lm.unembed(state.parameter_LD.to(self.lm.dtype))
        require_finite(self.lm.model, logits_LV, "logits of the latents", pushed=True)
        return logits_LV.argmax(-1).tolist()

    def _independent(self, state: LatentState) -> DecodeRoutine[_Answer]:
        """x_1..x_L = argmax unembed(z), then greedy from those tokens; the vectors are dropped."""
        prefix = self._prefix(state)
        if self.config.stop_rule == "generation_config":
            for end, token in enumerate(prefix, start=1):
                if token in self.lm.eos_ids:
                    return _Answer(tuple(prefix[:end]), end, None, state.parameter_LD[:0])
        return (yield from self._decode(prefix))

    def _coherent(self, state: LatentState) -> DecodeRoutine[_Answer]:
        """x_t = argmax unembed(h_t + delta_t) along the text as it is written."""
        answer = yield from self._decode([], offset_LD=state.parameter_LD)
        num_prefix = min(len(state.parameter_LD), len(answer.token_ids))
        return _Answer(answer.token_ids, num_prefix, answer.cut_by, answer.hidden_ND)

    def _decode(
        self, prefix: list[int], first: bool = False, offset_LD: Tensor | None = None
    ) -> DecodeRoutine[_Answer]:
        released = self.config.stop_rule == "released"
        cap = self.config.max_new_tokens + 1 if released else self.config.max_new_tokens - len(prefix)
        room = self.lm.max_positions - len(self.prompt_ids) - len(prefix)
        limit: CutBy = "context" if room < cap else "token_cap"
        cap = min(cap, room)
        if cap < 1:
            return _Answer(tuple(prefix), len(prefix), limit, torch.zeros(0))
        request = Request(
            [Row(self.prompt_ids + prefix, cap, offset_LD)],
            self._stop_ids(first),
            cache=self.prompt_cache,
            use_cache=self.config.reuse_cache,
            on_token=self._streamer(prefix),
        )
        (decoded,) = yield request
        cut_by = limit if decoded.truncated else None
        return _Answer((*prefix, *decoded.token_ids), len(prefix), cut_by, decoded.hidden_ND)

    def _stop_ids(self, first: bool) -> tuple[int, ...]:
        if self.config.stop_rule == "generation_config":
            return self.lm.eos_ids
        return self.lm.token_ids_of(
            (self.lm.eos_token, *RELEASED_STOP_WORDS) if first else (self.lm.eos_token,)
        )

    def _streamer(self, prefix: list[int]) -> OnToken:
        """Tells the observer the text so far."""
        return at_intervals(lambda new, ended: self.on_event("decoding", self.lm.text(prefix + new[0]), ()))

    # --- judging ----------------------------------------------------------------------------------

    def _judged(
        self,
        iteration: int,
        answer: _Answer,
        state: LatentState,
        update: Update | None,
        elapsed_s: dict[str, float],
        earlier: tuple[SeekStep, ...] = (),
    ) -> DecodeRoutine[SeekStep]:
        text = self.lm.text(answer.token_ids, self.config.keep_special_tokens)
        self.on_event("judging", text, ())
        started = time.perf_counter()
        alike = (step for step in earlier if step.config.judging == self.config.judging)
        known = next((step.reward for step in alike if step.text == text), None)
        if known and known.verdicts and known.by == self.by and self.config.verifier_sampling == "greedy":
            reward = dataclasses.replace(known, num_tokens=0)  # the same question has the same answer
        else:
            reward = yield from self.judge(text, iteration)
        elapsed_s["reward"] = time.perf_counter() - started
        final, gold = final_answer(text, self.config.answer_format), self.problem.gold
        return SeekStep(
            iteration=iteration,
            token_ids=answer.token_ids,
            tokens=tuple(self.lm.pieces(answer.token_ids)),
            byte_parts=self.lm.byte_parts(answer.token_ids),
            num_prefix=answer.num_prefix,
            text=text,
            truncated=answer.cut_by is not None,
            cut_by=answer.cut_by,
            answer=final,
            correct=None if gold is None else answers_equal(final, gold),
            reward=reward,
            reading=read(self.lm, state.states_LD[: answer.num_prefix]),
            distance=state.distance,
            update=update,
            latents_LD=state.parameter_LD.detach().float().cpu().numpy(),
            elapsed_s=elapsed_s,
            config=self.config,
        )
