"""Every knob of a run, in one frozen record, under the paper's symbols (arXiv 2505.13308).

The field defaults are the project's `default` preset: the sound choice wherever the released code
(bigai-nlco/LatentSeek at 9f42eab) does something odd. `SeekConfig.released()` turns every oddity on.
Each oddity has a number here, a test, and a row in docs/parity.md.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from seek_viz.errors import UserError

DecodeMode = Literal["independent", "coherent"]
RewardKind = Literal["self", "psrm", "constant"]

VERIFIER_WEIGHTS: dict[str, float] = {
    "calculation_check": 2.0,
    "answer_correct": 1.0,
    "answer_completeness": 2.0,
    "understanding_check": 1.0,
}
"""Weight of each verifier's rejection in the self-reward; their sum, 6, divides it."""


@dataclass(frozen=True)
class When:
    """In which runs a setting has an effect."""

    holds: Callable[[SeekConfig], bool]
    otherwise: str
    """Why it has none in the others."""


_ASKED = When(lambda config: config.reward == "self", "only reward=self asks the verifiers")
_ACCEPTS = When(
    lambda config: config.reward != "constant" or config.reward_threshold < -1,
    "with reward=constant no text is accepted",
)
_DRAWS = When(
    lambda config: (
        config.direction != "gradient"
        or (config.reward == "self" and config.verifier_sampling == "generation_config")
    ),
    "nothing is drawn at random in this run",
)

# Beside its bounds or choices a field may say: the `usual` range of its values; `when` it has an effect; that
# it is `fixed` by a run's first step, whose prompt, positions or latents depend on it.


def _choice(*allowed: str, default: str, **more: Any) -> Any:
    return dataclasses.field(default=default, metadata={"choices": allowed, **more})


def _number(low: float, high: float, default: Any, **more: Any) -> Any:
    return dataclasses.field(default=default, metadata={"bounds": (low, high), **more})


def _value(default: Any, **more: Any) -> Any:
    return dataclasses.field(default=default, metadata=more)


@dataclass(frozen=True)
class SeekConfig:
    """Settings of one LatentSeek run.

    Raises:
        UserError: a value is out of its bounds or not among its choices.
    """

    # --- Algorithm 1 ---------------------------------------------------------------------------
    decode_mode: DecodeMode = _choice("independent", "coherent", default="independent", fixed=True)
    """"independent": each prefix token is argmax lm_head(z_t), as published. "coherent": an offset
    delta_t is added to the hidden state of the text as it now is (this project's own)."""
    learning_rate: float = _number(1e-6, 1e3, 0.03, usual=(0.001, 0.5))
    """eta, step size of the ascent on z (released code's default .03)."""
    rho: float = _number(1e-6, 1.0, 0.1, usual=(0.02, 1.0), fixed=True)
    """rho, fraction of the chain of thought whose latents are optimised: L = min(int(rho T), cap)."""
    max_updates: int = _number(1, 1000, 10, usual=(1, 50))
    """K, most updates of one run."""
    reward_threshold: float = _number(-10.0, 10.0, -0.2, usual=(-1.0, 0.0), when=_ACCEPTS)
    """tau: the run stops as accepted when R > tau."""
    optimizer: str = _choice("adam", "sgd", default="adam")
    """Ascent rule for z; the released code uses Adam with torch's defaults."""
    direction: str = _choice("gradient", "random", "random_token", default="gradient")
    """Controls: "random", at each position a random direction; "random_token", the way to a random token,
    which lm_head sees. As long as the steps of the run that is controlled, else as its own would be."""
    grad_clip: float | None = _value(None, usual=(0.01, 100.0))
    """Largest norm of the whole gradient, or None for no clipping (as published)."""
    seed: int = _number(0, 2**31 - 1, 42, when=_DRAWS)
    """Seed of everything drawn at random (sampled verifiers, controls)."""

    # --- Decoding ------------------------------------------------------------------------------
    answer_format: str = _choice("boxed", "json", default="boxed", fixed=True)
    """Which solver prompt asks for the answer: in \\boxed{} or as a JSON object."""
    thinking: bool = _value(False, fixed=True)
    """Whether a model that can think before it answers is asked to (Qwen3's `enable_thinking`), as solver
    and as verifier. The final answer is then looked for behind the thought."""
    max_latents: int = _number(1, 4096, 300, fixed=True)
    """Cap on L, the number of optimised positions."""
    max_new_tokens: int = _number(1, 8192, 1024, usual=(32, 4096))
    """Most tokens of one decoded answer."""

    # --- Reward --------------------------------------------------------------------------------
    reward: RewardKind = _choice("self", "psrm", "constant", default="self")
    """"self": four verifier prompts to the same model. "psrm": 0 if the final answer equals gold,
    else -1 (an oracle bound). "constant": always -1 (control)."""
    verdicts: str = _choice("hard", "graded", default="hard", when=_ASKED)
    """"hard": a rejection subtracts its weight (paper). "graded": each verifier subtracts its weight times
    1 - P(True), so that R tells two rejected texts apart (this project's own)."""
    format_rule: bool = _value(False, when=_ASKED)
    """Also subtract 2 when the answer is not in the asked form; the divisor 6 does not count it."""
    max_verifier_tokens: int = _number(1, 4096, 512, usual=(16, 4096), when=_ASKED)
    """Most tokens of one verifier's reply (released code: 4,096)."""

    # --- Oddities of the released code, numbered as in docs/parity.md ---------------------------
    accept_despite_rejection: bool = _value(False, when=_ASKED)
    """1. -1/6 > -0.2, so a run can stop as accepted although one verifier of weight 1 rejected.
    False: acceptance also needs every verifier's approval."""
    test_before_first_update: bool = _value(True, when=_ACCEPTS, fixed=True)
    """2. The stop test stands before the first update (it is in Algorithm 1 too)."""
    return_iterate: str = _choice("last", "best", "vote", "accepted", default="best")
    """3. Which iterate is the answer after K updates; the released code returns the last. This project's own:
    "vote", the best of those whose final answer gathers most reward over the run; "accepted", the one that
    was accepted, and the plain chain of thought where none was."""
    verdict_reading: str = _choice("released", "reply", default="reply", when=_ASKED)
    """4. "released": the last marker in prompt + reply, any "True" after it. "reply": the reply
    alone, exactly True or False after its last marker, else unparsable."""
    latent_dtype: str = _choice("model", "float32", default="float32", fixed=True)
    """5. Where z and Adam's moments live; in bf16 an eta of .03 cannot move a large coordinate."""
    verifier_sampling: str = _choice("generation_config", "greedy", default="greedy", when=_ASKED)
    """6. Whether verifiers follow the model's generation config, which may sample."""
    reuse_cache: bool = True
    """7a. Decode with key-value caches; False recomputes the whole text for each token."""
    batch_verifiers: bool = _value(True, when=_ASKED)
    """7b. Run the four verifiers as one batch; False runs them one after another."""
    stop_rule: str = _choice("released", "generation_config", default="generation_config")
    """8. "released": the first decode stops on four end strings, the re-decode on EOS alone, an EOS
    inside the prefix does not stop it, and each cap lets one token more through."""
    log_prob: str = _choice("released", "log_softmax", default="log_softmax")
    """9. "released": log(softmax + 1e-8 + 1e-10) in place of log-softmax."""
    min_latents: int = _number(0, 4096, 1, fixed=True)
    """10. Least L; with 0 a short answer and a small rho leave nothing to optimise."""
    keep_special_tokens: bool = False
    """11. Whether the text that is judged keeps special tokens such as <|im_end|>."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            choices, bounds = field.metadata.get("choices"), field.metadata.get("bounds")
            if choices and value not in choices:
                raise UserError(field.name, value, ", ".join(choices), "Choose one of these.")
            if bounds:
                _check_number(field.name, value, bounds, whole=field.type == "int")
        if self.grad_clip is not None:
            _check_number("grad_clip", self.grad_clip, (1e-9, 1e9), whole=False)

    @classmethod
    def released(cls, **changes: Any) -> SeekConfig:
        """The `released` preset: every oddity as in the released code; `changes` override fields."""
        return cls(**({**RELEASED, **changes}))

    @classmethod
    def of_preset(cls, name: str, model_preset: Mapping[str, Any], **changes: Any) -> SeekConfig:
        """A preset on a model: what suits the model, under the preset's own choices, under `changes`.

        Args:
            name: "default" or "released".
            model_preset: the model entry's changes to the defaults.
            changes: what the user set.
        """
        # The released code knows the independent mode alone; it is no oddity, and so has no row in RELEASED.
        choices = {**RELEASED, "decode_mode": "independent"} if name == "released" else {}
        return cls(**{**model_preset, **choices}).changed(**changes)

    def changed(self, **changes: Any) -> SeekConfig:
        """These settings with what the user set in place of some, and what follows from that.

        A constant reward accepts nothing and tells no text from another: unless the user says otherwise, the
        last iterate is then the answer, since every other choice would be the plain chain of thought.
        """
        implied = {"return_iterate": "last"} if changes.get("reward") == "constant" else {}
        return dataclasses.replace(self, **(implied | changes))

    @property
    def judging(self) -> tuple[Any, ...]:
        """What a reward depends on beside the text: two rewards compare where it is equal."""
        return tuple(getattr(self, name) for name in JUDGING)

    def has_effect(self, name: str) -> bool:
        """Whether the setting of that name changes anything in a run under these settings."""
        when = self.__dataclass_fields__[name].metadata.get("when")
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
        names = [field.name for field in dataclasses.fields(cls)]
        for key in record:
            if key not in names:
                raise UserError("setting", key, ", ".join(names), "Remove or rename it.")
        return cls(**record)


JUDGING = (
    "reward",
    "answer_format",
    "verdicts",
    "format_rule",
    "max_verifier_tokens",
    "verdict_reading",
    "verifier_sampling",
    "keep_special_tokens",
)
"""Settings that decide what reward a text gets."""


def bounds(name: str) -> tuple[float, float]:
    """The least and the largest value of a numeric setting."""
    low, high = SeekConfig.__dataclass_fields__[name].metadata["bounds"]
    return low, high


RELEASED: dict[str, Any] = {
    "accept_despite_rejection": True,
    "test_before_first_update": True,
    "return_iterate": "last",
    "verdict_reading": "released",
    "latent_dtype": "model",
    "verifier_sampling": "generation_config",
    "reuse_cache": False,
    "batch_verifiers": False,
    "stop_rule": "released",
    "log_prob": "released",
    "min_latents": 0,
    "keep_special_tokens": True,
    "max_verifier_tokens": 4096,
}
"""What `SeekConfig.released()` changes from the defaults."""


def _check_number(name: str, value: Any, bounds: tuple[float, float], whole: bool) -> None:
    low, high = bounds
    allowed = f"a{' whole' if whole else ''} number from {low:g} to {high:g}"
    good_type = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    if not good_type or not math.isfinite(value) or not low <= value <= high:
        raise UserError(name, value, allowed, "Change it and start again.")
