"""Controls: steps as long as a run's that do not follow its gradient (`seek_viz/ascent/`).

A control is matched to a run, its host, by replaying how far each of the host's updates moved each position.
Without a host its steps are as long as its own optimiser's would be, which depends on its own texts: such a
control is not matched to a run, and is called so where it is shown.
Shapes: K updates, L positions, D hidden size, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from seek_viz.ascent import CONTROLS, Here
from seek_viz.engine.policy_gradient import of_length
from seek_viz.errors import UserError
from seek_viz.record import Host, Trace
from seek_viz.settings.config import SeekConfig


def control_step(
    unembed: Callable[[Tensor], Tensor],
    states_LD: Float[Tensor, "L D"],
    own_LD: Float[Tensor, "L D"],
    config: SeekConfig,
    number: int,
    host: Host | None,
) -> Float[Tensor, "L D"]:
    """The step of a control, seeded by run and update.

    Args:
        unembed: hidden states -> logits, differentiable.
        states_LD: what it reads now.
        own_LD: the step that the optimiser would make; its lengths count where there is no host.
        config: direction and seed.
        number: of the update; the first is 1.
        host: the run whose lengths are replayed.
    """
    generator = torch.Generator().manual_seed(config.seed + 1_000_003 * number)
    with torch.enable_grad():
        direction_LD = CONTROLS[config.direction].direction(Here(unembed, states_LD, generator))
    own_L = torch.linalg.vector_norm(own_LD, dim=-1)
    return of_length(direction_LD, own_L if host is None else replayed(host, number, len(own_L)).to(own_L))


def replayed(host: Host, number: int, num_latents: int) -> Float[Tensor, " L"]:
    """Step lengths of update `number` of a control, position by position: those of its host.

    A control has its host's budget K, but need not stop where the host did. After the host's last update it
    goes on with the lengths of that one: to end there with it would favour the host. Positions that the host
    did not have, and the control of a host that made no update, are not moved.

    Args:
        host: the run that is controlled.
        number: of the control's update; the first is 1.
        num_latents: L of the control.
    """
    length_L = torch.zeros(num_latents)
    if len(host.step_norm_KL):
        norms = host.step_norm_KL[min(number, len(host.step_norm_KL)) - 1][:num_latents]
        length_L[: len(norms)] = torch.from_numpy(norms.copy())
    return length_L


def host_of(run: Trace) -> Host:
    """The step lengths of a run, for a control to replay.

    Raises:
        UserError: the recording does not hold the lengths of its updates (trace versions 1 and 2).
    """
    norms = [step.update.step_norm_L for step in run.steps if step.update]
    known = [norm_L for norm_L in norms if norm_L is not None]
    if len(known) < len(norms):
        raise UserError(
            "run to control",
            f"{run.problem.id}, recorded without the lengths of its updates",
            "one recorded in trace version 3 or later",
            "Record it again, then its control.",
        )
    positions = run.steps[0].num_prefix if run.steps else 0
    step_norm_KL = np.stack(known) if known else np.zeros((0, positions), np.float32)
    return Host(run.problem.id, run.created_at, step_norm_KL)


def checked_host(run: Trace, trace: Trace) -> Host:
    """The host of a control that is about to start.

    Args:
        run: the run that it is to control, at its end.
        trace: the control, before its first step.

    Raises:
        UserError: the two are not of one problem, model and decode mode, or the trace is no control.
    """
    if trace.config.direction == "gradient":
        raise UserError(
            "direction",
            "gradient",
            f"{', '.join(CONTROLS)} for the control of a run",
            "Choose a direction, or run without a run to control.",
        )
    models = [f"{one.model.name} ({one.model.revision})" for one in (run, trace)]
    alike = run.model.name == trace.model.name and run.model.has_weights_of(trace.model)
    for what, of_run, of_control in (
        ("question", run.problem.question, trace.problem.question),
        ("model", *([""] * 2 if alike else models)),
        ("decode_mode", run.config.decode_mode, trace.config.decode_mode),
    ):
        if of_run != of_control:
            raise UserError(
                f"{what} of the control", of_control, f"that of the run, {of_run}", "A control shares it."
            )
    if run.config.direction != "gradient":
        hint = "Give the run that it is the control of."
        raise UserError(
            "run to control", f"a control ({run.config.direction})", "one along the gradient", hint
        )
    if run.stop_reason is None:
        raise UserError("run to control", "unfinished", "a finished run", "Let it go on to its end first.")
    return host_of(run)
