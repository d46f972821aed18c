"""A made-up run of a 1.5B model, for what depends on size: honest counts, tokens as long as real ones."""

from __future__ import annotations

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
from seek_viz.settings.prompts import GENERAL, WEIGHTS
from seek_viz.show import with_path

HIDDEN, VOCABULARY, LATENTS, LENGTH, UPDATES = 1536, 152_000, 300, 640, 10
REPLY = 300
"""Tokens of a verifier's reply."""
MOVED = 100
"""Positions whose shift is kept, as `shift.MOST_POSITIONS` has it."""
MAPS, SIDE = 14, 48
"""What `regions.MOST_WORK` leaves of the maps of such a model, and points on their sides."""
QUESTION = (
    "A robe takes 2 bolts of blue fiber and half that much white fiber. A shop sews 14 robes on Monday, "
    "three times as many on Tuesday, and 9 fewer than on Tuesday on each of the following three days. How "
    "many bolts in total does it take?"
)
CONFIG = SeekConfig(rho=0.5, reward_threshold=1.0)
RNG = np.random.default_rng(0)


def word() -> str:
    """One to eight characters, mostly a space and a word; a large vocabulary speaks other scripts too."""
    if RNG.random() < 0.04:
        return "".join(chr(c) for c in RNG.integers(0x4E00, 0x9000, RNG.integers(1, 4)))
    letters = "".join(RNG.choice(list("etaoinshrdlucmfwygpb0123456789"), RNG.integers(1, 8)))
    return f" {letters}" if RNG.random() < 0.7 else letters


WORDS = list(dict.fromkeys(word() for _ in range(20_000)))


def drawn(count: int, of: int) -> np.ndarray:
    """Numbers of words; the first of them come most often."""
    return np.minimum(RNG.zipf(1.3, count) - 1 + RNG.integers(0, of // 4, count), of - 1)


def named(ids: np.ndarray) -> tuple[str, ...]:
    return tuple(WORDS[i] for i in ids)


def reading_of(ids_L: np.ndarray) -> PrefixReading:
    others_L4 = drawn(4 * len(ids_L), len(WORDS)).reshape(-1, 4)
    ids_L5 = np.column_stack([ids_L, others_L4])
    probs_L5 = -np.sort(-RNG.dirichlet([0.6] * 6, len(ids_L)), axis=1)[:, :5]
    return PrefixReading(
        top_ids_L5=ids_L5.astype(np.int32),
        top_probs_L5=probs_L5.astype(np.float32),
        top_tokens_L5=tuple(named(row) for row in ids_L5),
        margin_L=RNG.gamma(2.0, 2.0, len(ids_L)).astype(np.float32),
        entropy_L=RNG.gamma(1.5, 0.6, len(ids_L)).astype(np.float32),
    )


def shift_of() -> Shift:
    """Five tokens lose and five gain at each position, all of them visibly."""
    before = RNG.uniform(0.0, 0.4, (MOVED, 10))
    change = RNG.uniform(0.002, 0.3, (MOVED, 10)) * np.repeat([-1, 1], 5)
    ids = drawn(10 * MOVED, len(WORDS)).reshape(MOVED, 10)
    return Shift(
        RNG.permutation(LATENTS)[:MOVED].astype(np.int32),
        ids.astype(np.int32),
        before.astype(np.float32),
        np.clip(before + change, 0, 1).astype(np.float32),
        tuple(named(row) for row in ids),
    )


def rendered(messages: list[dict[str, str]]) -> str:
    turns = "".join(f"<|im_start|>{one['role']}\n{one['content']}<|im_end|>\n" for one in messages)
    return f"{turns}<|im_start|>assistant\n"


def verdicts_of(text: str) -> tuple[Verdict, ...]:
    return tuple(
        Verdict(
            name,
            weight,
            "reject",
            rendered(GENERAL.verify(name, QUESTION, text)),
            "".join(named(drawn(REPLY, 3000))) + "\nFINAL VERIFICATION ANSWER IS: False",
            approval=0.213,
        )
        for name, weight in WEIGHTS.items()
    )


def step_of(k: int, ids_T: np.ndarray, z_LD: np.ndarray) -> SeekStep:
    tokens = named(ids_T)
    text = "".join(tokens)
    update = Update(-120.25, 8.4, 0.83, 0.41, np.full(LATENTS, -0.3, np.float32), shift_of())
    return SeekStep(
        iteration=k,
        token_ids=tuple(ids_T.tolist()),
        tokens=tokens,
        num_prefix=LATENTS,
        text=text,
        truncated=False,
        answer="462",
        correct=False,
        reward=Reward(-1.0, verdicts_of(text), num_tokens=4 * REPLY),
        reading=reading_of(ids_T[:LATENTS]),
        distance=0.8 * k,
        update=update if k else None,
        latents_LD=z_LD,
        elapsed_s={"update": 0.61, "decode": 20.15, "reward": 18.27},
        config=CONFIG,
    )


def map_of(position: int, count: int) -> RegionMap:
    """A slice of a dozen tokens with ragged borders, as a large vocabulary has it."""
    sites = RNG.uniform(0, SIDE, (12, 2))
    places = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), -1).reshape(-1, 1, 2)
    picks = np.linalg.norm(places + RNG.normal(0, 0.4, places.shape) - sites, axis=-1).argmin(1)
    cuts = np.flatnonzero(np.diff(picks, prepend=-1, append=-1))
    runs = np.column_stack([np.diff(cuts), picks[cuts[:-1]]]).ravel()
    ids = drawn(12, len(WORDS))
    return RegionMap(
        position=position,
        iterations_N=np.arange(count, dtype=np.int32),
        points_N2=RNG.uniform(2, SIDE - 2, (count, 2)).astype(np.float32),
        off_plane_N=RNG.uniform(0, 1, count).astype(np.float32),
        explained_2=np.array([0.61, 0.21], np.float32),
        toward_border=False,
        left=0.0,
        bottom=0.0,
        side=float(SIDE),
        token_ids_R=tuple(ids.tolist()),
        tokens_R=named(ids),
        runs=tuple(runs.tolist()),
    )


def large_trace() -> Trace:
    """Ten updates of 300 latents: one position in twelve flips at each, and most of what follows them."""
    ids_T, z_LD, steps = drawn(LENGTH, 3000), RNG.normal(size=(LATENTS, HIDDEN)), []
    for k in range(UPDATES + 1):
        steps.append(step_of(k, ids_T, z_LD.astype(np.float32)))
        changed = RNG.random(LENGTH) < np.where(np.arange(LENGTH) < LATENTS, 1 / 12, 2 / 3)
        ids_T = np.where(changed, drawn(LENGTH, 3000), ids_T)
        z_LD = z_LD + 0.03 * RNG.normal(size=z_LD.shape)
    flipping = sorted(RNG.permutation(LATENTS)[:MAPS].tolist())
    regions = Regions(SIDE, tuple(map_of(t, len(steps)) for t in flipping), left_out=tuple(range(280)))
    return with_path(
        Trace(
            problem=Problem("own", QUESTION, "441"),
            config=CONFIG,
            model=ModelIdentity(
                "Qwen/Qwen2.5-1.5B-Instruct",
                "989aa7980e4c",
                "Qwen2ForCausalLM",
                1_543_714_304,
                HIDDEN,
                VOCABULARY,
                "bfloat16",
                "cuda:0",
            ),
            prompt=rendered(GENERAL.solve(QUESTION)),
            created_at="2026-11-24T01:30:00+00:00",
            steps=tuple(steps),
            stop_reason="max_updates",
            regions=regions,
        )
    )
