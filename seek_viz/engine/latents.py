"""The latents of a run: which positions are optimised, what lm_head reads there, and one update of them.

    independent   z_t starts at h_t of the chain of thought; tokens are argmax unembed(z_t)
    coherent      delta_t starts at 0; tokens are argmax unembed(h_t + delta_t), h_t of the text as it now is

Both are "a parameter that is added to a base": base 0 and parameter z, or base h and parameter delta.
It does not know how texts are decoded or judged.
Shapes: T tokens, L positions, D hidden size, V vocabulary.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from seek_viz.ascent import OPTIMIZERS
from seek_viz.engine.controls import control_step
from seek_viz.engine.policy_gradient import clipped, policy_gradient
from seek_viz.engine.probability_change import shift_of
from seek_viz.errors import UserError
from seek_viz.model import FrozenLM
from seek_viz.model.finite import require_finite
from seek_viz.record import TOP, Host, PrefixReading, Trace, Update
from seek_viz.record.iterates import check_metadata, damaged_latents, iterates_of, metadata_of
from seek_viz.settings.config import SeekConfig


@dataclass(frozen=True, eq=False)
class LatentState:
    """Everything that the next update needs; with the trace, enough to go on with a run exactly."""

    parameter_LD: Float[Tensor, "L D"]
    """z, or delta in coherent mode."""
    base_LD: Float[Tensor, "L D"]
    """0, or h of the current text in coherent mode."""
    start_LD: Float[Tensor, "L D"]
    """The parameter at iteration 0."""
    change_LD: Float[Tensor, "L D"]
    """The last change of the parameter; 0 before the first."""
    num_updates: int
    """Number of updates so far."""
    optimizer: str
    """Whose state it is that follows."""
    optimizer_state: Mapping[str, Tensor]

    @property
    def states_LD(self) -> Float[Tensor, "L D"]:
        """Input of unembed."""
        return self.base_LD + self.parameter_LD

    @property
    def distance(self) -> float:
        """Norm of the way from the start, over all positions."""
        return torch.linalg.vector_norm((self.parameter_LD - self.start_LD).float()).item()


def initial_state(hidden_LD: Float[Tensor, "L D"], config: SeekConfig) -> LatentState:
    """The state at the plain chain of thought, whose first L hidden states are given."""
    dtype = torch.float32 if config.latent_dtype == "float32" else hidden_LD.dtype
    hidden_LD = hidden_LD.to(dtype)
    zeros_LD = torch.zeros_like(hidden_LD)
    parameter_LD, base_LD = (
        (hidden_LD, zeros_LD) if config.decode_mode == "independent" else (zeros_LD, hidden_LD)
    )
    kept = OPTIMIZERS[config.optimizer].init(parameter_LD)
    return LatentState(parameter_LD, base_LD, parameter_LD, zeros_LD, 0, config.optimizer, kept)


def updated(
    lm: FrozenLM,
    state: LatentState,
    token_ids: tuple[int, ...],
    reward: float,
    config: SeekConfig,
    host: Host | None = None,
) -> tuple[LatentState, Update]:
    """One policy-gradient update of the latents (Algorithm 1, line 5), or of a control.

    Momentum: a position that has no token now, because the text ended before it, has no gradient, and at
    R = 0 none has. Adam then goes on along the mean of earlier gradients, as torch.optim.Adam does in the
    released code, so such positions still move. The first update, and SGD, leave them where they are.

    Args:
        lm: gives `unembed`.
        state: the latents before.
        token_ids: the tokens at the optimised positions of the current text; where the text ended
            earlier, fewer than L: the rest has no token to push on and no gradient.
        reward: R of the current text.
        config: learning rate, optimiser, clipping, log-probability, direction.
        host: of a control, the run whose step lengths are replayed.

    Raises:
        UserError: logits, gradient or latents are not finite; the message says which and why.
    """
    active, number = len(token_ids), state.num_updates + 1
    unembed = _checked_unembed(lm, f"logits of the latents before update {number}")
    x_L = torch.tensor(token_ids, dtype=torch.long, device=state.parameter_LD.device)
    gradient = policy_gradient(unembed, state.states_LD[:active], x_L, reward, config.log_prob)
    require_finite(lm.model, gradient.grad_LD, f"gradient of update {number}", pushed=True)
    grad_LD = torch.zeros_like(state.parameter_LD)
    grad_LD[:active] = gradient.grad_LD
    grad_LD, norm = clipped(grad_LD, config.grad_clip)
    optimizer = OPTIMIZERS[config.optimizer]
    kept = state.optimizer_state
    if state.optimizer != config.optimizer:  # changed within the run: it begins with what it knows at a start
        kept = optimizer.init(state.parameter_LD)
    parameter_LD, kept = optimizer.update(state.parameter_LD, grad_LD, kept, config.learning_rate)
    if config.direction != "gradient":
        own_LD = parameter_LD - state.parameter_LD
        parameter_LD = state.parameter_LD + control_step(
            unembed, state.states_LD, own_LD, config, number, host
        )
    if not bool(torch.isfinite(parameter_LD).all()):
        raise UserError(
            "learning rate eta",
            config.learning_rate,
            "a step that keeps the latents finite",
            "The run before this step is kept; start again with a smaller eta.",
        )
    change_LD = parameter_LD - state.parameter_LD
    after = dataclasses.replace(
        state,
        parameter_LD=parameter_LD,
        change_LD=change_LD,
        num_updates=number,
        optimizer=config.optimizer,
        optimizer_state=kept,
    )
    update = Update(
        loss=gradient.loss,
        gradient_norm=norm,
        step_norm=torch.linalg.vector_norm(change_LD.float()).item(),
        cosine=_cosine(change_LD, state.change_LD) if number > 1 else None,
        log_prob_L=_numpy(gradient.log_prob_L),
        shift=shift_of(lm, state.states_LD[:active], after.states_LD[:active]),
        step_norm_L=_numpy(torch.linalg.vector_norm(change_LD.float(), dim=-1)),
    )
    return after, update


def _checked_unembed(lm: FrozenLM, what: str) -> Callable[[Tensor], Tensor]:
    """`unembed` in the latents' dtype, from and to it, that lets no logit pass that is not finite."""

    def unembed(z_LD: Tensor) -> Tensor:
        logits_LV = lm.unembed(z_LD.to(lm.dtype)).to(z_LD.dtype)
        require_finite(lm.model, logits_LV, what, pushed=True)
        return logits_LV

    return unembed


def rebased(state: LatentState, hidden_LD: Float[Tensor, "N D"]) -> LatentState:
    """Coherent mode: the same offsets on the hidden states of the text as it now is.

    Where the text ended before L, the missing base stays 0; no token is read there.
    """
    base_LD = torch.zeros_like(state.base_LD)
    base_LD[: len(hidden_LD)] = hidden_LD.to(base_LD)
    return dataclasses.replace(state, base_LD=base_LD)


@torch.no_grad()
def read(lm: FrozenLM, states_LD: Float[Tensor, "L D"]) -> PrefixReading:
    """The five most probable tokens, margin and entropy at each position, and the states themselves."""
    ids, probs, margins, entropies = [], [], [], []
    for chunk in states_LD.split(64):  # 64 x 152,000 logits in float32 are 39 MB
        logits = lm.unembed(chunk.to(lm.dtype)).float()
        log_p = torch.log_softmax(logits, -1)
        top = log_p.topk(TOP, -1)
        ids.append(top.indices)
        probs.append(top.values.exp())
        margins.append(top.values[:, 0] - top.values[:, 1])
        entropies.append(-(log_p.exp() * log_p).nansum(-1))
    if not ids:
        none = np.zeros((0, TOP), np.float32)
        return PrefixReading(none.astype(np.int32), none, (), none[:, 0], none[:, 0])
    top_ids = torch.cat(ids).cpu()
    names = {i: lm.name(i) for i in set(top_ids.flatten().tolist())}
    return PrefixReading(
        top_ids_L5=top_ids.numpy().astype(np.int32),
        top_probs_L5=_numpy(torch.cat(probs)),
        top_tokens_L5=tuple(tuple(names[i] for i in row) for row in top_ids.tolist()),
        margin_L=_numpy(torch.cat(margins)),
        entropy_L=_numpy(torch.cat(entropies)),
        states_LD=_numpy(states_LD),
    )


# --- Files beside a trace -------------------------------------------------------------------------

_STATE, _OPTIMIZER = ("parameter", "base", "start", "change"), "optimizer_"


def save_latents(trace: Trace, state: LatentState, path: str | Path) -> None:
    """Write the full latents of every iterate, and what the next update needs, as safetensors."""
    tensors = {"iterates_KLD": torch.from_numpy(iterates_of(trace))}
    for name in _STATE:
        tensors[f"state_{name}"] = getattr(state, f"{name}_LD").cpu().contiguous().clone()
    for name, tensor in state.optimizer_state.items():
        tensors[_OPTIMIZER + name] = tensor.cpu().contiguous().clone()
    more = {"count": str(state.num_updates), "optimizer": state.optimizer}
    save_file(tensors, str(path), metadata=metadata_of(trace) | more)


def load_latents(trace: Trace, path: str | Path, device: torch.device) -> LatentState:
    """Read the state that `save_latents` wrote beside `trace`, to go on with its run.

    Raises:
        UserError: the file is missing, damaged, of another run, or of a version not known here.
    """
    try:
        with safe_open(str(path), framework="pt") as file:
            metadata = file.metadata() or {}
            check_metadata(metadata, trace, path)
            get = {name: file.get_tensor(name).to(device) for name in file.keys() if "iterate" not in name}  # noqa: SIM118
        count, optimizer = int(metadata["count"]), metadata.get("optimizer", trace.steps[-1].config.optimizer)
        if "optimizer" in metadata:
            kept = {name.removeprefix(_OPTIMIZER): get[name] for name in get if name.startswith(_OPTIMIZER)}
        elif optimizer == "adam":  # files of before knew of Adam alone
            made = torch.tensor(count, device=device)
            kept = {"mean": get["adam_mean"], "square": get["adam_square"], "count": made}
        else:
            kept = {}
        parameter_LD, base_LD, start_LD, change_LD = (get[f"state_{name}"] for name in _STATE)
        return LatentState(parameter_LD, base_LD, start_LD, change_LD, count, optimizer, kept)
    except UserError:
        raise
    except (OSError, KeyError, ValueError, SafetensorError) as error:
        raise damaged_latents(path, str(error)) from error


def _cosine(a: Tensor, b: Tensor) -> float | None:
    norms = torch.linalg.vector_norm(a.float()) * torch.linalg.vector_norm(b.float())
    return float((a.float() * b.float()).sum() / norms) if norms > 0 else None


def _numpy(tensor: Tensor) -> np.ndarray:
    return tensor.detach().float().cpu().numpy()
