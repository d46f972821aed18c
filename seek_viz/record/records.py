"""The frozen records that a run is made of.

Shapes: T tokens of a text, K updates, L optimised positions, D hidden size, 5 most probable tokens of each.
Annotations say how a value stands in a file too (`stored.py`).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import numpy as np

from seek_viz.grading import grouped
from seek_viz.problems.problem import Problem
from seek_viz.record.region_maps import Regions
from seek_viz.record.stored import Full, Real, Settings, TokenRows, Tokens, Whole, floats, ints
from seek_viz.settings.config import SeekConfig

TOP = 5
"""How many of the most probable tokens are kept for each optimised position."""

Truth = Literal["right", "wrong", "undecided", "unknown"]
"""Of an answer: "undecided" could not be compared with the gold answer in time; "unknown" has none."""
Ruling = Literal["approve", "reject", "unparsable", "no_room"]
StopReason = Literal["accepted", "max_updates", "no_latents", "not_judged"]
CutBy = Literal["token_cap", "context"]
"""What ended a text before an end token: `max_new_tokens`, or the most tokens that the model can read."""


@dataclass(frozen=True)
class Verdict:
    """What one verifier said of one text."""

    verifier: str
    weight: Real
    ruling: Ruling
    """"unparsable" counts against the text like a rejection, and is shown as what it is. "no_room": the
    model's context has no room for a reply, or ended it before a verdict; it counts for nothing."""
    prompt: str
    """The verifier's prompt as the model read it, chat template applied."""
    reply: str
    """The raw reply."""
    approval: Real | None = None
    """P(True) / (P(True) + P(False)) at the token that the ruling was read from, to three decimals; None
    where the two tokens cannot be told, or the verdict is unparsable."""
    num_prompt_tokens: Whole | None = None
    """Length of the prompt; None in recordings of versions 1 and 2."""

    def lost(self, graded: bool) -> float:
        """What it takes off R, before the division by all weights: its weight, or a graded part of it."""
        if graded and self.approval is not None:
            return self.weight * (1 - self.approval)
        return self.weight if self.ruling in ("reject", "unparsable") else 0.0


@dataclass(frozen=True)
class Reward:
    """R of one text, with what it is made of."""

    value: Real | None
    """R. Self-reward: in {0, -1/6, ... -1}, or between these when graded; down to -4/3 with the format rule.
    PSRM: 0 or -1. None where a verifier had no room in the model's context: the text is not judged."""
    verdicts: tuple[Verdict, ...] = ()
    format_penalty: Real = 0.0
    """What the format rule subtracted from R (0 or 1/3), already in `value`."""
    num_tokens: Whole = 0
    """Tokens that the verifiers generated."""
    by: str = ""
    """Name and version of the reward, and of its verifiers if it has any; empty in older recordings."""

    @property
    def judged(self) -> bool:
        """Whether there is an R: an update needs one, and so do "best" and "accepted"."""
        return self.value is not None

    @property
    def rank(self) -> float:
        """R for comparisons: a text that is not judged is below any that is."""
        return float("-inf") if self.value is None else self.value


@dataclass(frozen=True, eq=False)
class PrefixReading:
    """What lm_head reads at the L optimised positions of one iterate, after its decode.

    Independent mode reads z_t; coherent mode reads h_t + delta_t.
    """

    top_ids_L5: Annotated[np.ndarray, ints("L", 5)]
    """int32, the five most probable tokens, most probable first."""
    top_probs_L5: Annotated[np.ndarray, floats("L", 5)]
    """float32, their probabilities."""
    top_tokens_L5: TokenRows
    """The same tokens as text."""
    margin_L: Annotated[np.ndarray, floats("L")]
    """float32, logit of the most probable token less that of the runner-up. 0 is a border."""
    entropy_L: Annotated[np.ndarray, floats("L")]
    """float32, entropy of the distribution in nats."""
    states_LD: Full = None
    """float32, what was read: z, or h + delta. In memory alone."""


@dataclass(frozen=True, eq=False)
class Shift:
    """What one update did to the distributions it pushed on: pi before it and after it, of the same text.

    In coherent mode the text is then decoded anew, and later positions read other hidden states; that is
    not part of it.
    """

    positions_P: Annotated[np.ndarray, ints("P")]
    """int32, the positions that are kept, the most moved first (total variation)."""
    ids_P10: Annotated[np.ndarray, ints("P", 10)]
    """int32, the five tokens that lost most probability, most first, then the five that gained most."""
    before_P10: Annotated[np.ndarray, floats("P", 10)]
    """float32, their probabilities before the update."""
    after_P10: Annotated[np.ndarray, floats("P", 10)]
    """float32, and after it."""
    tokens_P10: TokenRows
    """The tokens as text."""


@dataclass(frozen=True, eq=False)
class Update:
    """The policy-gradient step that led to an iterate, measured in the full space."""

    loss: Real
    """-R * sum_t log pi(x_t) before the step."""
    gradient_norm: Real
    """Norm of the whole gradient, before clipping."""
    step_norm: Real
    """Norm of the change in z (or delta), over all positions."""
    cosine: Real | None
    """Cosine between this change and the one before it; None for the first."""
    log_prob_L: Annotated[np.ndarray, floats("L")]
    """float32, log pi(x_t) of the tokens that the step pushes on, before it."""
    shift: Shift | None = None
    """Which tokens it moved; None in recordings of version 1."""
    step_norm_L: Annotated[np.ndarray, floats("L")] | None = None
    """float32, norm of the change at each position, those included where the text had ended before them and
    momentum alone moved them; None in recordings of versions 1 and 2."""


@dataclass(frozen=True, eq=False)
class SeekStep:
    """One finished iterate: iteration 0 is the plain chain of thought."""

    iteration: Whole
    token_ids: tuple[Whole, ...]
    """The whole answer, prefix and continuation, end token included."""
    tokens: Tokens
    """`token_ids` piece by piece; joined they are the decoded answer, special tokens kept."""
    num_prefix: Whole
    """How many leading tokens of this text came from optimised positions."""
    text: str
    """The text that was judged."""
    truncated: bool
    """The text was cut off before an end token."""
    answer: str | None
    """Final answer found in the text, or None when none could be parsed."""
    correct: bool | None
    """Whether `answer` equals gold; None without a gold answer, and where the comparison took too long
    (`Trace.truth` tells the two apart)."""
    reward: Reward
    reading: PrefixReading
    distance: Real
    """Norm of z - z_0 (or of delta), over all positions."""
    update: Update | None = None
    """How this iterate was made from the one before; None for iteration 0."""
    latents_LD: Full = None
    """float32, z (or delta) itself. In memory alone."""
    elapsed_s: dict[str, Real] = field(default_factory=dict)
    """Seconds spent in "update", "decode" and "reward"."""
    byte_parts: tuple[str, ...] = ()
    """For each token that holds part of a character's bytes these, as ⟨F0 9F⟩, else ""; empty where no token
    does, and in recordings before version 3."""
    cut_by: CutBy | None = None
    """What cut a truncated text; None in recordings of versions 1 and 2."""
    config: Settings = field(kw_only=True)
    """The settings under which it was made; a run that is resumed may change some."""

    @property
    def seconds(self) -> float:
        """All its phases together."""
        return sum(self.elapsed_s.values())


@dataclass(frozen=True)
class ModelIdentity:
    """Which model made a trace."""

    name: str
    """Entry name, Hub id, or folder name."""
    revision: str
    """Commit on the Hub; of a folder, 12 digits of SHA-256 over both ends of each weight file, a hyphen, and
    16 over all bytes. Older recordings have the first 12 alone."""
    architecture: str
    num_parameters: Whole
    hidden_size: Whole
    vocab_size: Whole
    dtype: str
    device: str
    max_positions: Whole | None = None
    """The context: most tokens that it can read, prompt and answer together; None in older recordings."""
    source: str | None = None
    """The name, Hub id or folder as it was given, which loads it again; None before version 3."""

    @property
    def given(self) -> str:
        """What to ask for to get this model again."""
        return self.source or self.name

    def has_weights_of(self, other: ModelIdentity) -> bool:
        """Whether the revisions are one, as far as the shorter of them tells."""
        mine, theirs = self.revision.split("-"), other.revision.split("-")
        return all(a == b for a, b in zip(mine, theirs, strict=False))


@dataclass(frozen=True, eq=False)
class LatentPath:
    """Principal coordinates of the iterates, reduced once so that a view needs no latents."""

    prefix_K3: Annotated[np.ndarray, floats("K", 3)]
    """float32, the whole vector z_1..z_L of each iterate, on its first three components."""
    prefix_explained_3: Annotated[np.ndarray, floats(3)]
    """float32, share of the path's variance on each component."""
    positions_LK3: Annotated[np.ndarray, floats("L", "K", 3)]
    """float32, the same for each position by itself."""
    positions_explained_L3: Annotated[np.ndarray, floats("L", 3)]
    """float32, likewise."""


@dataclass(frozen=True, eq=False)
class Host:
    """The run that a control is the control of, reduced to what the control replays of it."""

    problem_id: str
    created_at: str
    """When the run started, by which its file is known."""
    step_norm_KL: Annotated[np.ndarray, floats("K", "L")]
    """float32, the length of each of its updates at each position."""


@dataclass(frozen=True, eq=False)
class Trace:
    """A run: what was asked, of what model, under which settings, and every iterate."""

    problem: Problem
    config: Settings
    """The settings of the next step; of one that is made, its own hold."""
    model: ModelIdentity
    prompt: str
    """The solver prompt as the model read it, chat template applied."""
    created_at: str
    """ISO 8601 time, UTC, of the run's start."""
    steps: tuple[SeekStep, ...] = ()
    stop_reason: StopReason | None = None
    """None while the run can go on."""
    path: LatentPath | None = None
    """Attached by `projection.with_path`."""
    regions: Regions | None = None
    """Attached by `regions.with_regions` when the run has stopped; None in recordings of version 1."""
    title: str = ""
    """One line for a gallery, or empty."""
    host: Host | None = None
    """Of a control whose steps are as long as those of a run; None where their lengths are its own."""
    versions: dict[str, str] = field(default_factory=dict)
    """Of Python, this package and the libraries that computed the run; empty before version 3."""

    def truth(self, k: int) -> Truth:
        """What is known of the answer of step `k`: the four states that views show."""
        correct = self.steps[k].correct
        if correct is None:
            return "unknown" if self.problem.gold is None else "undecided"
        return "right" if correct else "wrong"

    @property
    def best(self) -> int | None:
        """Iteration with the highest reward, the earliest of equals; None where none is judged yet.

        Only rewards of one kind compare: where the judge was changed in the middle, the last one's.
        """
        return max(self._comparable, key=lambda k: (self.steps[k].reward.rank, -k), default=None)

    @property
    def _comparable(self) -> list[int]:
        """Iterations that were judged, and as the last one was."""
        return [
            k
            for k, step in enumerate(self.steps)
            if step.reward.judged and step.config.judging == self.steps[-1].config.judging
        ]

    @property
    def returned(self) -> int | None:
        """Iteration whose text is the run's answer, by `config.return_iterate`; None while running."""
        if self.stop_reason is None:
            return None
        accepted = len(self.steps) - 1 if self.stop_reason == "accepted" else 0
        choice = {"best": self.best, "vote": self.voted, "accepted": accepted if self.steps else None}
        chosen = choice.get(self.config.return_iterate, len(self.steps) - 1)
        return 0 if chosen is None and self.steps else chosen  # nothing is judged: the chain of thought

    @property
    def voted(self) -> int | None:
        """The best iteration with the final answer that gathers most of 1 + R; an accepted one wins.

        None where none is judged yet. An iteration without a final answer, or not judged, has no vote.
        """
        voters = [self.steps[k] for k in self._comparable if self.steps[k].answer]
        if self.stop_reason == "accepted" or not voters:
            return self.best
        groups = [
            [voters[index] for index in group]
            for group in grouped([step.answer or "" for step in voters])  # by value: 0.5 and 1/2 are one
        ]
        winner = max(groups, key=lambda group: sum(1 + step.reward.rank for step in group))
        return max(winner, key=lambda step: (step.reward.rank, -step.iteration)).iteration

    @property
    def changed_settings(self) -> dict[str, tuple[tuple[int, Any], ...]]:
        """Settings that changed within the run: name -> ((first iteration, value from then on), ...)."""
        configs = [step.config for step in self.steps]
        if self.stop_reason is None:
            configs.append(self.config)
        changed = {}
        for name in (one.name for one in dataclasses.fields(SeekConfig)):
            values = [getattr(config, name) for config in configs]
            starts = [k for k, value in enumerate(values) if k == 0 or value != values[k - 1]]
            if len(starts) > 1:
                changed[name] = tuple((k, values[k]) for k in starts)
        return changed

    def appended(self, step: SeekStep) -> Trace:
        """The same trace with one more step, open again."""
        return dataclasses.replace(self, steps=(*self.steps, step), stop_reason=None, path=None, regions=None)
