"""Counting operations: torch's counter, and the products that it does not know.

They are dense: two per multiply-add of every weight and of every pair of tokens, whether zero or masked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

_aten = torch.ops.aten


def operation_counter() -> FlopCounterMode:
    """Return a context whose `get_total_flops` counts what is computed within it, on any device."""
    return FlopCounterMode(display=False, custom_mapping=dict(_FORMULAS))


def _attention(query: torch.Size, key: torch.Size, value: torch.Size, *_: Any, **__: Any) -> int:
    """Count both products of attention over `(instances, heads, tokens, head size)`."""
    return int(sdpa_flop_count(query, key, value))


def _integer_product(one: torch.Size, other: torch.Size, *_: Any, **__: Any) -> int:
    return 2 * one[0] * one[1] * other[1]


_FORMULAS: dict[Any, Callable[..., int]] = {
    _aten._scaled_dot_product_flash_attention_for_cpu: _attention,
    _aten._scaled_dot_product_fused_attention_overrideable: _attention,
    _aten._int_mm: _integer_product,
}
