"""Refusing calibration data for which a model computes NaN or infinite values, with the instance named."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from core.errors import UnusableInput

_HINT = "Leave that instance out of the data, or check what the model computes of it before this step."


def require_finite(values: Tensor, what: str, ids: Sequence[str]) -> None:
    """Raise `UnusableInput` if any of the values is NaN or infinite.

    what: begins the sentence, such as "The inputs of conv1". ids: of the instances in the batch, which are
    looked for along the first axis; empty where they are not known.
    """
    if not values.is_floating_point() or values.numel() == 0:
        return
    low, high = values.aminmax()
    if bool(low.isfinite() & high.isfinite()):
        return
    raise UnusableInput(f"{what} hold NaN or infinite values for {_culprit(values, ids)}.", _HINT)


def _culprit(values: Tensor, ids: Sequence[str]) -> str:
    if not ids:
        return "the calibration data"
    if values.dim() > 0 and len(values) == len(ids):
        bad = (~torch.isfinite(values.reshape(len(ids), -1)).all(dim=1)).nonzero().flatten().tolist()
        more = f" and {len(bad) - 1} more of its batch" if len(bad) > 1 else ""
        return f"the calibration instance {ids[bad[0]]}{more}"
    return f"an instance of the calibration batch from {ids[0]} to {ids[-1]}"
