"""Numbers that are not finite, found where they arise and blamed on what they come from.

NaN and infinity come from a number format that is too narrow (float16 ends at 65,504), from a weight that is
damaged, or from latents that were pushed too far. argmax of them is some token or other, so none may pass.
"""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from seek_viz.errors import UserError


def require_finite(model: Any, values: Float[Tensor, ...], what: str, pushed: bool = False) -> None:
    """Pass if every number is finite; one reduction and one look at its result.

    Args:
        model: whose numbers they are; on failure its weights are searched.
        values: of tokens that count, not of padding.
        what: names them in the message, as "logits of new token 12".
        pushed: they come from latents that updates have moved, so that eta may be too large.

    Raises:
        UserError: one is NaN or infinite; the message names dtype, place and what to do.
    """
    if not values.numel():
        return
    low, high = torch.aminmax(values.detach())  # NaN goes through to both
    if bool(torch.isfinite(low) & torch.isfinite(high)):
        return
    dtype = str(model.dtype).removeprefix("torch.")
    raise UserError(
        "numbers of the model",
        f"NaN or infinity in the {what}, in {dtype}",
        "finite numbers",
        _cure(dtype, _damaged_weight(model), pushed),
    )


def _cure(dtype: str, damaged: str | None, pushed: bool) -> str:
    if damaged:
        return f"Its weight {damaged} holds NaN or infinity: get the model's files anew, or repair them."
    narrow = dtype == "float16"
    cures = ["float16 ends at 65,504: load the model in bfloat16 or float32 (--dtype float32)"] * narrow
    cures += ["the run before this step is kept: start again with a smaller learning rate eta"] * pushed
    return "; or, ".join(cures) + "." if cures else "Load it in float32, and check its files."


def _damaged_weight(model: Any) -> str | None:
    """The first weight that is not finite."""
    for name, weight in model.named_parameters():
        if not bool(torch.isfinite(weight.detach()).all()):
            return name
    return None
