"""A made-up run for the tests of the views: plausible texts, known numbers, no model."""

from __future__ import annotations

import dataclasses
import re

import numpy as np

from seek_viz.problems.problem import Problem
from seek_viz.record import (
    ModelIdentity,
    PrefixReading,
    RegionMap,
    Regions,
    Reward,
    SeekStep,
    Shift,
    Trace,
    Update,
    Verdict,
)
from seek_viz.settings.config import SeekConfig
from seek_viz.settings.prompts import WEIGHTS
from seek_viz.show import with_path

QUESTION = (
    "Sam has 88 cards. Sam buys 15 boxes of 6 cards each. Sam gives 115 cards to Hugo. "
    "How many cards does Sam have in the end?"
)
TEXTS = (
    "The first step is 8 * 6 = 48. Then add: 88 + 48 = 136. In the end, we subtract 136 - 115 = 21. "
    "The final answer is \\boxed{21}.",
    "The first step is 15 * 6 = 80. Then add: 88 + 80 = 168. In the end, we subtract 168 - 115 = 53. "
    "The final answer is \\boxed{53}.",
    "To begin, take 15 * 6 = 90. Now add: 88 + 90 = 168. In the end, we subtract 168 - 115 = 53. "
    "The final answer is \\boxed{53}.",
    "To begin, take 15 * 6 = 90. Now we take away 115 - 90 = 25. So 88 + 25 = 113 cards remain in the end. "
    "The final answer is \\boxed{113}.",
    "To begin, take 15 * 6 = 90. Now add: 88 + 90 = 178. In the end, we subtract 178 - 115 = 63. "
    "The final answer is \\boxed{63}.",
)
REJECTED = (
    ("calculation_check", "answer_correct", "understanding_check"),
    ("calculation_check", "answer_correct", "understanding_check"),
    ("calculation_check", "answer_correct"),
    ("answer_correct", "understanding_check"),
    (),
)
VOCABULARY: dict[str, int] = {}
NUM_PREFIX, HIDDEN = 24, 32
CONFIG = SeekConfig(rho=0.3, learning_rate=0.05)


def tokens_of(text: str) -> list[str]:
    return [*re.findall(r" ?[A-Za-z]+|\d| ?[^\sA-Za-z\d]+|\s", text), "<|im_end|>"]


def ids_of(tokens: list[str]) -> list[int]:
    return [VOCABULARY.setdefault(token, len(VOCABULARY)) for token in tokens]


def reading_of(tokens: list[str], rng: np.random.Generator) -> PrefixReading:
    others = (" then", " we", "7", " add", " so", " the", "1", " now", ".")
    rows = [(token, *[other for other in others if other != token][:4]) for token in tokens]
    margin_L = rng.gamma(1.5, 1.2, len(tokens)).astype(np.float32)
    odds_L5 = np.exp(-np.outer(margin_L, [0, 1, 1.6, 2.1, 2.6]))
    probs_L5 = (0.97 * odds_L5 / odds_L5.sum(axis=1, keepdims=True)).astype(np.float32)
    return PrefixReading(
        top_ids_L5=np.array([ids_of(list(row)) for row in rows], np.int32).reshape(-1, 5),
        top_probs_L5=probs_L5.reshape(-1, 5),
        top_tokens_L5=tuple(rows),
        margin_L=margin_L,
        entropy_L=(-(probs_L5 * np.log(probs_L5)).sum(axis=1)).astype(np.float32),
    )


def verdict_of(verifier: str, rejects: bool, text: str) -> Verdict:
    ruling = "False" if rejects else "True"
    reply = f"I check: {text[:60]} ... FINAL VERIFICATION ANSWER IS: {ruling}"
    prompt = f"<|im_start|>user\n{verifier}\n{QUESTION}\n{text}<|im_end|>"
    return Verdict(verifier, WEIGHTS[verifier], "reject" if rejects else "approve", prompt, reply)


def shift_of(tokens: list[str], k: int) -> Shift:
    """At each position its token takes up probability, most at position k, and four words lose it."""
    words = (" then", " we", "7", " add", " so", " the", "1", " now", ".")
    order = [k, *[t for t in range(len(tokens)) if t != k]]
    rows = [(*words[:4], "~", tokens[t], *words[4:8]) for t in order]
    before = np.tile(np.array([0.4, 0.2, 0.1, 0.05, 0.0, 0.1, 0.05, 0.02, 0.01, 0.01]), (len(rows), 1))
    after = before + np.array([-0.3, -0.1, -0.05, -0.0001, 0.0, 0.4, 0.03, 0.01, 0.005, 0.0])
    return Shift(
        np.array(order, np.int32),
        np.array([ids_of(list(row)) for row in rows], np.int32),
        before.astype(np.float32),
        after.astype(np.float32),
        tuple(rows),
    )


def step_of(
    k: int,
    text: str,
    rejected: tuple[str, ...],
    gold: str | None,
    z_LD: np.ndarray,
    config: SeekConfig = CONFIG,
) -> SeekStep:
    rng = np.random.default_rng(k)
    tokens = tokens_of(text)
    num_prefix = min(len(z_LD), len(tokens))
    verdicts = tuple(verdict_of(name, name in rejected, text) for name in WEIGHTS)
    lost = sum(WEIGHTS[name] for name in rejected)
    match = re.search(r"\\boxed\{(.*?)\}", text)
    answer = match[1] if match else None
    update = (
        Update(
            loss=-9.0 + k,
            gradient_norm=2.5 / k,
            step_norm=0.83,
            cosine=None if k == 1 else 0.41,
            log_prob_L=np.full(num_prefix, -0.3, np.float32),
            shift=shift_of(tokens[:num_prefix], k),
        )
        if k
        else None
    )
    return SeekStep(
        iteration=k,
        token_ids=tuple(ids_of(tokens)),
        tokens=tuple(tokens),
        num_prefix=num_prefix,
        text=text,
        truncated=False,
        answer=answer,
        correct=None if gold is None else answer == gold,
        reward=Reward(-lost / 6, verdicts, num_tokens=120),
        reading=reading_of(tokens[:num_prefix], rng),
        distance=0.8 * k,
        update=update,
        latents_LD=z_LD,
        elapsed_s={"update": 0.01, "decode": 0.2, "reward": 0.9},
        config=config,
    )


def sample_trace(
    texts: tuple[str, ...] = TEXTS,
    rejected: tuple[tuple[str, ...], ...] = REJECTED,
    gold: str | None = "63",
    question: str = QUESTION,
    num_prefix: int = NUM_PREFIX,
    **config: object,
) -> Trace:
    """A run over `texts` with verdicts as given, finished as accepted unless told otherwise."""
    rng, settings = np.random.default_rng(0), dataclasses.replace(CONFIG, **config)
    drift_LD = rng.normal(size=(num_prefix, HIDDEN))
    z_LD = rng.normal(size=(num_prefix, HIDDEN))
    steps = []
    for k, (text, names) in enumerate(zip(texts, rejected, strict=True)):
        steps.append(step_of(k, text, names, gold, z_LD.astype(np.float32), settings))
        z_LD = z_LD + 0.2 * drift_LD * np.cos(0.4 * k) + 0.1 * rng.normal(size=z_LD.shape)
    return with_path(
        Trace(
            problem=Problem("cards-7", question, gold, tier="medium"),
            config=settings,
            model=ModelIdentity("tiny", "0123456789ab", "Qwen2", 1_750_000, HIDDEN, 512, "float32", "cpu"),
            prompt=f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n",
            created_at="2026-05-01T09:30:00+00:00",
            steps=tuple(steps),
            stop_reason="accepted" if not rejected[-1] else "max_updates",
            title="Fixed after a wrong start",
        )
    )


def sample_regions(trace: Trace, size: int = 8) -> Regions:
    """Maps of the positions that flip: each grid point has the token of the nearest iterate."""
    return Regions(size, tuple(map_of(trace, t, size) for t in range(5, 9)), left_out=(20,))


def map_of(trace: Trace, position: int, size: int) -> RegionMap:
    points_N2 = trace.path.positions_LK3[position, :, :2]
    ids = [step.token_ids[position] for step in trace.steps]
    order = list(dict.fromkeys(ids))
    low_2, high_2 = points_N2.min(axis=0), points_N2.max(axis=0)
    side = 1.5 * float((high_2 - low_2).max())
    left, bottom = ((low_2 + high_2 - side) / 2).tolist()
    runs: list[int] = []
    for row in range(size):
        for column in range(size):
            here = np.array([left + (column + 0.5) * side / size, bottom + (row + 0.5) * side / size])
            nearest = int(((points_N2 - here) ** 2).sum(axis=1).argmin())
            runs += [1, order.index(ids[nearest])]
    return RegionMap(
        position=position,
        iterations_N=np.arange(len(trace.steps), dtype=np.int32),
        points_N2=points_N2,
        off_plane_N=np.full(len(trace.steps), 0.25, np.float32),
        explained_2=trace.path.positions_explained_L3[position, :2],
        toward_border=False,
        left=left,
        bottom=bottom,
        side=side,
        token_ids_R=tuple(order),
        tokens_R=tuple(trace.steps[ids.index(token_id)].tokens[position] for token_id in order),
        runs=tuple(runs),
    )
