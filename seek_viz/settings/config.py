"""Every setting of a run, declared once, in one frozen record, under the paper's symbols (arXiv 2505.13308).

The defaults are the project's `default` preset: the sound choice wherever the released code
(bigai-nlco/LatentSeek at 9f42eab) does something odd. `SeekConfig.released()` turns every oddity on.
Each oddity has a number here, a test, and a row in docs/parity.md.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from seek_viz.ascent import CONTROLS, OPTIMIZERS
from seek_viz.declared import Labels
from seek_viz.errors import UserError
from seek_viz.rewards import REWARDS
from seek_viz.settings.setting import SAME, Setting, When, choice, declared, number, switch, whole

DecodeMode = Literal["independent", "coherent"]


def _asks(config: SeekConfig) -> bool:
    return REWARDS[config.reward].asks_verifiers


_ASKED = When(_asks, "this reward asks no verifiers")
_ACCEPTS = When(
    lambda config: config.reward_threshold < REWARDS[config.reward].most,
    "with this reward R is never above τ, and no text is accepted",
)
_DRAWS = When(
    lambda config: (
        config.direction != "gradient" or (_asks(config) and config.verifier_sampling == "generation_config")
    ),
    "nothing is drawn at random in this run",
)


@dataclass(frozen=True)
class SeekConfig:
    """Settings of one LatentSeek run.

    Raises:
        UserError: a value is out of its bounds or not among its choices.
    """

    # --- Algorithm 1 ---------------------------------------------------------------------------
    reward: str = choice(
        "self",
        "who judges a text",
        Labels(REWARDS),
        symbol="R",
        group="main",
        judges=True,
    )
    decode_mode: DecodeMode = choice(
        "independent",
        "how a prefix token is read: each latent by itself, as published, or an offset that follows the text",
        {"independent": "independent", "coherent": "coherent"},
        name="mode",
        group="main",
        fixed=True,
        about='"independent": each prefix token is argmax lm_head(z_t), as published. "coherent": an offset '
        "delta_t is added to the hidden state of the text as it now is (this project's own).",
    )
    learning_rate: float = number(
        0.03,
        "size of each push on the latents",
        (1e-6, 1e3),
        symbol="η",
        name="eta",
        label="step size",
        usual=(0.001, 0.5),
        group="main",
        steers_step=True,
        about="Of the ascent on z; .03 is the released code's default.",
    )
    rho: float = number(
        0.1,
        "fraction of the text that is optimised",
        (1e-6, 1.0),
        symbol="ρ",
        label="fraction",
        usual=(0.02, 1.0),
        fixed=True,
        group="main",
        about="L = min(int(rho T), max_latents) positions, of a chain of thought of T tokens.",
    )
    max_updates: int = whole(
        10,
        "most updates of one run",
        (1, 1000),
        symbol="K",
        name="updates",
        short="-K",
        label="updates",
        usual=(1, 50),
        group="main",
    )
    reward_threshold: float = number(
        -0.2,
        "the run stops when R is above this",
        (-10.0, 10.0),
        symbol="τ",
        name="tau",
        label="threshold",
        usual=(-1.0, 0.0),
        when=_ACCEPTS,
        group="main",
    )
    optimizer: str = choice(
        "adam",
        "rule that turns a gradient into a step",
        Labels(OPTIMIZERS),
        steers_step=True,
    )
    direction: str = choice(
        "gradient",
        "where the steps go: along the gradient, or, as a control, elsewhere",
        Labels(CONTROLS, before={"gradient": "gradient"}),
        about="The steps of a control are as long as those of the run that is controlled (`--control-of`), "
        "else as its own would be.",
    )
    grad_clip: float | None = number(
        None,
        "largest norm of the whole gradient; none for no clipping, as published",
        (1e-9, 1e9),
        label="gradient clipping",
        steers_step=True,
        usual=(0.01, 100.0),
    )
    seed: int = whole(
        42, "seed of everything drawn at random (sampled verifiers, controls)", (0, 2**31 - 1), when=_DRAWS
    )

    # --- Decoding ------------------------------------------------------------------------------
    answer_format: str = choice(
        "boxed",
        "which form the solver's prompt asks for",
        {"boxed": r"\boxed{}", "json": "JSON"},
        fixed=True,
        judges=True,
    )
    thinking: bool = switch(
        False,
        "whether a model that can think before it answers is asked to",
        fixed=True,
        about="Qwen3's `enable_thinking`, for solver and verifiers. The final answer is then looked for "
        "behind the thought.",
    )
    max_latents: int = whole(300, "cap on L, the number of optimised positions", (1, 4096), fixed=True)
    max_new_tokens: int = whole(
        1024, "most tokens of one decoded answer", (1, 8192), usual=(32, 4096), label="answer tokens"
    )

    # --- Reward --------------------------------------------------------------------------------
    verdicts: str = choice(
        "hard",
        "what a verifier takes off R: its whole weight, or the more the less sure it is",
        {"hard": "hard", "graded": "graded"},
        when=_ASKED,
        judges=True,
        about='"hard": a rejection subtracts its weight (paper). "graded": each verifier subtracts its '
        "weight times 1 - P(True), so that R tells two rejected texts apart (this project's own).",
    )
    format_rule: bool = switch(
        False,
        "also subtract 2, of a divisor of 6, when the answer is not in the asked form",
        when=_ASKED,
        judges=True,
    )
    max_verifier_tokens: int = whole(
        512,
        "most tokens of one verifier's reply",
        (1, 4096),
        usual=(16, 4096),
        label="verifier tokens",
        when=_ASKED,
        judges=True,
        released=4096,
    )

    # --- Oddities of the released code, numbered as in docs/parity.md ---------------------------
    accept_despite_rejection: bool = switch(
        False,
        "1: whether R > τ is enough, although a verifier rejected",
        name="accept-rejected",
        when=_ASKED,
        released=True,
        group="released",
        about="-1/6 > -0.2, so a run can stop as accepted although one verifier of weight 1 rejected. "
        "If false, acceptance also needs every verifier's approval.",
    )
    test_before_first_update: bool = switch(
        True,
        "2: the stop test stands before the first update",
        name="test-first",
        when=_ACCEPTS,
        fixed=True,
        released=True,
        group="released",
        about="In Algorithm 1 too.",
    )
    return_iterate: str = choice(
        "best",
        "3: which text is the run's answer",
        {"last": "last", "best": "best", "vote": "vote", "accepted": "accepted"},
        released="last",
        group="released",
        about='After K updates; the released code returns the last. This project\'s own: "vote", the best of '
        'those whose final answer gathers most reward over the run; "accepted", the one that was accepted, '
        "and the plain chain of thought where none was.",
    )
    verdict_reading: str = choice(
        "reply",
        "4: where a verdict is looked for",
        {"reply": "in the reply", "released": "as released"},
        when=_ASKED,
        judges=True,
        released="released",
        group="released",
        about='"released": the last marker in prompt + reply, any "True" after it. "reply": the reply alone, '
        "as a person reads it, else unparsable.",
    )
    latent_dtype: str = choice(
        "float32",
        "5: where z and Adam's moments live",
        {"float32": "float32", "model": "the model's"},
        fixed=True,
        released="model",
        group="released",
        about="In bf16 an eta of .03 cannot move a large coordinate.",
    )
    verifier_sampling: str = choice(
        "greedy",
        "6: whether verifiers follow the model's generation config, which may sample",
        {"greedy": "greedy", "generation_config": "generation config"},
        when=_ASKED,
        judges=True,
        released="generation_config",
        group="released",
    )
    reuse_cache: bool = switch(
        True,
        "7a: decode with key-value caches; else each token recomputes the whole text",
        released=False,
        group="released",
    )
    batch_verifiers: bool = switch(
        True,
        "7b: run the four verifiers as one batch; else one after another",
        when=_ASKED,
        released=False,
        group="released",
    )
    stop_rule: str = choice(
        "generation_config",
        "8: what ends a decoded text",
        {"generation_config": "generation config", "released": "as released"},
        released="released",
        group="released",
        about='"released": the first decode stops on four end strings, the re-decode on EOS alone, an EOS '
        "inside the prefix does not stop it, and each cap lets one token more through.",
    )
    log_prob: str = choice(
        "log_softmax",
        "9: how a log-probability is computed",
        {"log_softmax": "log softmax", "released": "as released"},
        released="released",
        group="released",
        about='"released": log(softmax + 1e-8 + 1e-10).',
    )
    min_latents: int = whole(
        1,
        "10: least L; with 0 a short answer and a small ρ leave nothing to optimise",
        (0, 4096),
        fixed=True,
        released=0,
        group="released",
    )
    keep_special_tokens: bool = switch(
        False,
        "11: whether the text that is judged keeps special tokens such as <|im_end|>",
        judges=True,
        released=True,
        group="released",
    )

    def __post_init__(self) -> None:
        for key, setting in SETTINGS.items():
            setting.check(getattr(self, key))

    @classmethod
    def released(cls, **changes: Any) -> SeekConfig:
        """The `released` preset: every oddity as in the released code; `changes` override fields."""
        return cls(**({**RELEASED, **changes}))

    @classmethod
    def of_preset(cls, name: str, model_preset: Mapping[str, Any], **changes: Any) -> SeekConfig:
        """A preset, under `changes`.

        Args:
            name: "default", with what suits the model; or "released", which no model changes.
            model_preset: the model entry's changes to the defaults.
            changes: what the user set.
        """
        return cls().changed(**(RELEASED if name == "released" else model_preset)).changed(**changes)

    def changed(self, **changes: Any) -> SeekConfig:
        """These settings with what the user set in place of some, and what a reward that they set implies.

        Raises:
            UserError: as for a new record.
        """
        kind = REWARDS.get(changes.get("reward", ""))
        return dataclasses.replace(self, **{**(kind.implies if kind else {}), **changes})

    @property
    def judging(self) -> tuple[Any, ...]:
        """Settings that a reward depends on; rewards are comparable only where these are equal."""
        return tuple(getattr(self, key) for key, setting in SETTINGS.items() if setting.judges)

    def has_effect(self, name: str) -> bool:
        """Whether the setting of that name changes anything in a run under these settings."""
        when = SETTINGS[name].when
        return when is None or when.holds(self)

    def num_latents(self, num_tokens: int) -> int:
        """L = min(int(rho * T), cap), at least `min_latents`, never more than T.

        Args:
            num_tokens: T, tokens of the chain of thought, its end token included.
        """
        return min(max(int(self.rho * num_tokens), self.min_latents), self.max_latents, num_tokens)

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON-able values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> SeekConfig:
        """Inverse of `to_dict`.

        Raises:
            UserError: a field is unknown or its value not allowed.
        """
        for key in record:
            if key not in SETTINGS:
                raise UserError("setting", key, ", ".join(SETTINGS), "Remove or rename it.")
        return cls(**record)


SETTINGS: dict[str, Setting] = declared(SeekConfig)
"""Every setting by the name of its field."""

RELEASED: dict[str, Any] = {
    key: setting.released for key, setting in SETTINGS.items() if setting.released is not SAME
}
"""Differences between `SeekConfig.released()` and the defaults."""
PRESETS = ("default", "released")
