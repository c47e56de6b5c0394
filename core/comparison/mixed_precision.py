"""Which candidate each part of a model gets so that the loss rises least within a budget.

Costs add up over parts and sizes too, so this is the multiple-choice knapsack problem; it is solved exactly
by branch and bound (HiGHS through scipy). That costs add up is an assumption: what is predicted has to be
measured. As in Z. Yao et al., "HAWQ-V3", ICML 2021, which chooses bits of layers by an integer program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.comparison.native_output import discarded

Floats = NDArray[np.float64]
POINTS = 16


@dataclass(frozen=True)
class Assignment:
    """One candidate for each part. choice: places of candidates; cost, size: the sums over parts."""

    choice: tuple[int, ...]
    cost: float
    size: float


def exact(costs: Floats, sizes: Floats, budget: float) -> Assignment | None:
    """Return the assignment with the least cost whose size is within the budget; None if there is none.

    costs, sizes: `(parts, candidates)`; a candidate with NaN or infinity is not for that part.
    """
    allowed = _undominated(costs, sizes)
    if not allowed.any(axis=1).all() or np.where(allowed, sizes, np.inf).min(axis=1).sum() > budget:
        return None
    price = _price(costs, sizes, allowed, budget)
    known = [greedy(costs, sizes, budget), _filled(costs, sizes, allowed, (price, budget))]
    best = min((each for each in known if each is not None), key=lambda each: each.cost)
    promising = _promising(costs, sizes, allowed, (price, budget, best.cost))
    solved = _solved(costs, sizes, promising, budget)
    return solved if solved is not None and solved.cost < best.cost else best


def greedy(costs: Floats, sizes: Floats, budget: float) -> Assignment | None:
    """Return an assignment found by the least cost per size saved, one part at a time: a bound."""
    allowed = _undominated(costs, sizes)
    if not allowed.any(axis=1).all():
        return None
    rows = np.arange(len(costs))
    choice = np.where(allowed, costs, np.inf).argmin(axis=1)
    while sizes[rows, choice].sum() > budget:
        saved = sizes[rows, choice][:, None] - sizes
        lost = costs - costs[rows, choice][:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            rate = np.where(allowed & (saved > 0), lost / saved, np.inf)
        if not np.isfinite(rate).any():
            return None
        part, candidate = np.unravel_index(int(rate.argmin()), rate.shape)
        choice[part] = candidate
    return _assignment(choice, costs, sizes)


def frontier(costs: Floats, sizes: Floats, *, points: int = POINTS) -> list[Assignment]:
    """Return the best assignments for budgets spread evenly between the least and the largest size."""
    allowed = _undominated(costs, sizes)
    if not len(costs) or not allowed.any(axis=1).all():
        return []
    least = float(np.where(allowed, sizes, np.inf).min(axis=1).sum())
    free = np.where(allowed, costs, np.inf).argmin(axis=1)
    most = float(sizes[np.arange(len(costs)), free].sum())
    budgets = np.linspace(least, most, points) if most > least else np.array([most])
    found = [exact(costs, sizes, float(np.nextafter(budget, np.inf))) for budget in budgets]
    unique = {each.choice: each for each in found if each is not None}
    return sorted(unique.values(), key=lambda each: each.size)


def _undominated(costs: Floats, sizes: Floats) -> NDArray[np.bool_]:
    """Return which candidates are the best of their part at some size, `(parts, candidates)`."""
    usable = np.isfinite(costs) & np.isfinite(sizes)
    cost, size = np.where(usable, costs, np.inf), np.where(usable, sizes, np.inf)
    kept = usable.copy()
    for other in range(costs.shape[1]):
        better = (cost[:, [other]] <= cost) & (size[:, [other]] <= size)
        strictly = (cost[:, [other]] < cost) | (size[:, [other]] < size)
        equal_but_later = ~strictly & (np.arange(costs.shape[1]) > other)
        kept &= ~(better & (strictly | equal_but_later))
    return kept


def _at_price(costs: Floats, sizes: Floats, allowed: NDArray[np.bool_], price: float) -> NDArray[np.int64]:
    """Return the candidate of each part with the least cost if size has a price."""
    priced: Floats = np.where(allowed, costs + price * np.where(allowed, sizes, 0), np.inf)
    return np.asarray(priced.argmin(axis=1), np.int64)


def _price(costs: Floats, sizes: Floats, allowed: NDArray[np.bool_], budget: float) -> float:
    """Return the least price of size at which the cheapest candidates are within the budget."""
    rows = np.arange(len(costs))

    def fits(price: float) -> bool:
        return bool(sizes[rows, _at_price(costs, sizes, allowed, price)].sum() <= budget)

    if fits(0.0):
        return 0.0
    low, high = 0.0, float(np.abs(costs[allowed]).max()) / max(float(np.abs(sizes[allowed]).max()), 1e-300)
    while not fits(high):
        low, high = high, 2 * high
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high


def _filled(
    costs: Floats, sizes: Floats, allowed: NDArray[np.bool_], limit: tuple[float, float]
) -> Assignment:
    """Return the cheapest candidates at a price, then larger ones while they still fit into the budget."""
    price, budget = limit
    rows = np.arange(len(costs))
    choice = _at_price(costs, sizes, allowed, price)
    while True:
        left = budget - sizes[rows, choice].sum()
        more = sizes - sizes[rows, choice][:, None]
        gain = np.where(allowed & (more <= left), costs[rows, choice][:, None] - costs, -np.inf)
        part, candidate = np.unravel_index(int(gain.argmax()), gain.shape)
        if gain[part, candidate] <= 0:
            return _assignment(choice, costs, sizes)
        choice[part] = candidate


def _promising(
    costs: Floats, sizes: Floats, allowed: NDArray[np.bool_], known: tuple[float, float, float]
) -> NDArray[np.bool_]:
    """Return which candidates can be part of anything better than the best known cost.

    The costs at any price of size, less the price of the whole budget, bound the optimum from below; whatever
    raises that bound above the best known cost is left out (reduced-cost fixing).
    """
    price, budget, best = known
    priced = np.where(allowed, costs + price * np.where(allowed, sizes, 0), np.inf)
    cheapest = priced.min(axis=1)
    bound = cheapest.sum() - price * budget
    slack = (best - bound) + 1e-9 * max(1.0, abs(best))
    return np.asarray(allowed & (priced - cheapest[:, None] <= slack), np.bool_)


def _solved(costs: Floats, sizes: Floats, allowed: NDArray[np.bool_], budget: float) -> Assignment | None:
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    least = np.where(allowed, sizes, np.inf).min(axis=1)  # only what exceeds it is to be decided
    lowest = np.where(allowed, costs, np.inf).min(axis=1)
    open_parts = np.flatnonzero(allowed.sum(axis=1) > 1)
    if not len(open_parts):
        return _assignment(allowed.argmax(axis=1), costs, sizes)
    parts, candidates = np.nonzero(allowed & (allowed.sum(axis=1) > 1)[:, None])
    more = sizes[parts, candidates] - least[parts]
    worse = costs[parts, candidates] - lowest[parts]
    scale, price = float(more.max()), float(worse.max())
    place = np.searchsorted(open_parts, parts)
    each = csr_array(
        (np.ones(len(parts)), (place, np.arange(len(parts)))), shape=(len(open_parts), len(parts))
    )
    total = csr_array(more[None, :] / scale)
    limit = (budget - least.sum()) / scale
    one_each = LinearConstraint(each, 1, 1)
    for slack in (0.0, 1e-9, 1e-6):  # the solver may exceed a limit by its tolerance
        with discarded():  # HiGHS prints a line for solutions that it repairs, whatever its options say
            solution = milp(
                worse / price,
                integrality=np.ones(len(parts)),
                bounds=Bounds(0, 1),
                constraints=[one_each, LinearConstraint(total, -np.inf, limit * (1 - slack))],
                options={"mip_rel_gap": 0.0, "time_limit": 20.0},
            )
        if solution.x is None:
            return None
        choice = allowed.argmax(axis=1)
        taken = solution.x > 0.5
        choice[parts[taken]] = candidates[taken]
        found = _assignment(choice, costs, sizes)
        if found.size <= budget:
            return found
    return None


def _assignment(choice: Sequence[int] | NDArray[np.int64], costs: Floats, sizes: Floats) -> Assignment:
    places = np.asarray(choice)
    rows = np.arange(len(costs))
    taken = tuple(int(place) for place in places)
    return Assignment(taken, float(costs[rows, places].sum()), float(sizes[rows, places].sum()))
