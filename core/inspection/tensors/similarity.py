"""How alike two layers respond to the same instances, whatever their numbers of features.

S. Kornblith, M. Norouzi, H. Lee, G. Hinton, "Similarity of Neural Network Representations Revisited",
ICML 2019, arXiv 1905.00414: linear centred kernel alignment, here from the Gram matrices of the instances.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

COLUMNS = 1 << 13  # features multiplied at once; their products are added up in float64


def gram(activations: Tensor) -> Tensor:
    """Return the products of all pairs of instances, `(instances, instances)` float64, centred."""
    rows = activations.detach().flatten(1)
    total = torch.zeros(len(rows), len(rows), dtype=torch.float64, device=rows.device)
    for columns in rows.split(COLUMNS, dim=1):
        exact = columns if columns.dtype == torch.float64 else columns.float()
        exact = exact - exact.mean(dim=0)  # centring by feature is centring the Gram matrix
        total += (exact @ exact.T).double()
    return total


def linear_cka(one: Tensor, other: Tensor) -> float:
    """Return the similarity 0..1 of two centred Gram matrices; NaN if either response never varies."""
    norms = float(one.norm()) * float(other.norm())
    if not math.isfinite(norms) or norms == 0:
        return math.nan
    return float((one * other.to(one.device)).sum()) / norms
