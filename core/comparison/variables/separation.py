"""The cheapest of the smallest sets of columns that tell rows apart (minimum test cover), exactly.

Each column splits the rows into classes; a set of columns separates two rows if one of them does.
Finding a smallest separating set is NP-hard (Garey and Johnson 1979, problem SP6); instances here are 64
rows and some dozens of columns, small enough to solve:

1. Rows that all columns together leave alike are merged; a column becomes the set of *pairs* of rows
   that it tells apart, held as the bits of one integer, so that "what is left to separate" is a single
   `&`.
2. A column that separates no more than a cheaper or equally cheap one is dropped.
3. A column that alone separates some pair is in every solution. In a chain of models all columns are.
4. For the rest, a greedy set gives the upper bound. Sizes are tried from the lower bound upwards: branch on
   the pair that the fewest columns separate, one of which must be chosen. A column tried there is forbidden
   to the branches after it, so that no set is met twice.
5. A branch with `r` choices left ends when two counts say that it cannot succeed. Gains: the `r` columns
   that separate most of the remaining pairs separate fewer than all. Classes: with `u` pairs left, the
   squared class sizes sum to `q = 2 u + rows`; a column of `v` classes divides that sum by `v` at best
   (Cauchy and Schwarz), and it has to come down to `rows`, so the `r` finest columns need a product of
   classes of `q / rows`.

The worst case is exponential, `C(columns, size)`; a fixed budget keeps the time bounded. When it runs out,
the best set so far is returned, with `proven` false unless all smaller sizes were ruled out before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

BUDGET = 200_000
"""Columns looked at, over all branches, before the search settles for the best set found; about 25 ms."""


@dataclass(frozen=True)
class Separation:
    """A set of columns that separates all rows that can be separated.

    chosen: positions of the columns, ascending.
    proven: whether no smaller set separates as much.
    classes: for each row the number of its class; rows of one class no column tells apart.
    """

    chosen: tuple[int, ...]
    proven: bool
    classes: tuple[int, ...]


def separate(columns: Sequence[Sequence[int]], costs: Sequence[int], budget: int = BUDGET) -> Separation:
    """Return the smallest set of columns that separates the rows; of several, the one of least total cost.

    Args:
        columns: shape (columns, rows): the class that each column puts each row in.
        costs: shape (columns,): how much each column is disliked, from 0.
        budget: columns that may be looked at, over all branches.
    """
    if not columns or len(columns[0]) == 0:
        return Separation((), True, tuple(0 for _ in (columns[0] if columns else ())))
    table = np.asarray(columns, dtype=np.int64)
    representatives, classes = _merge_alike(table)
    if len(representatives) < 2:
        return Separation((), True, classes)
    search = _Search.over(table[:, representatives], costs, budget)
    chosen, proven = search.solve()
    return Separation(tuple(sorted(chosen)), proven, classes)


def _merge_alike(table: NDArray[np.int64]) -> tuple[list[int], tuple[int, ...]]:
    """Return one row of each class that all columns together make, and the class of every row."""
    first: dict[bytes, int] = {}
    rows = np.ascontiguousarray(table.T)
    keys = [row.tobytes() for row in rows]
    for index, key in enumerate(keys):
        first.setdefault(key, index)
    order = {key: number for number, key in enumerate(first)}
    return list(first.values()), tuple(order[key] for key in keys)


@dataclass
class _Search:
    """One branch-and-bound search. `tests` are the columns left after dropping dominated ones."""

    rows: int
    needed: list[int]  # positions of the columns that are in every solution
    origin: list[int]  # position of each test among the columns
    covers: list[
        int
    ]  # pairs each test separates of those left by `needed`, as bits; rare pairs have low bits
    widths: list[int]  # classes of each test
    costs: list[int]
    separated: NDArray[np.bool_]  # shape (tests, pairs): whether the test separates the pair
    budget: int
    best: list[int] = field(default_factory=list)
    best_cost: int = 0

    @classmethod
    def over(cls, table: NDArray[np.int64], costs: Sequence[int], budget: int) -> _Search:
        """Prepare the search over a table of shape (columns, distinct rows)."""
        left, right = np.triu_indices(table.shape[1], k=1)
        distinct = _distinct(table, costs)
        differs = np.array([table[column][left] != table[column][right] for column in distinct])
        needed = differs[:, differs.sum(axis=0) == 1].any(axis=1)
        differs = differs[:, ~differs[needed].any(axis=0)]
        kept = _undominated([_as_integer(row) for row in differs], [costs[column] for column in distinct])
        rarest_first = np.argsort(differs[kept].sum(axis=0), kind="stable")
        differs = differs[kept][:, rarest_first]
        origin = [distinct[place] for place in kept]
        return cls(
            rows=table.shape[1],
            needed=[distinct[place] for place in np.flatnonzero(needed)],
            origin=origin,
            covers=[_as_integer(row) for row in differs],
            widths=[len(np.unique(table[column])) for column in origin],
            costs=[costs[column] for column in origin],
            separated=differs,
            budget=budget,
        )

    def solve(self) -> tuple[list[int], bool]:
        """Return the chosen columns and whether no smaller set exists."""
        everything = (1 << self.separated.shape[1]) - 1
        allowed = (1 << len(self.covers)) - 1
        greedy = self._greedy(everything)
        for size in range(1, len(greedy) + 1):
            self.best, self.best_cost = [], sum(self.costs) + 1
            proven = self.budget > 0
            if size == len(greedy):
                self.best, self.best_cost = greedy, sum(self.costs[test] for test in greedy)
            self._branch(everything, allowed, [], size)
            if self.best:
                chosen = self.needed + [self.origin[test] for test in self.best]
                return chosen, proven or size < len(greedy)
        return self.needed, True

    def _greedy(self, remaining: int) -> list[int]:
        chosen: list[int] = []
        while remaining:
            test = max(
                range(len(self.covers)),
                key=lambda one: ((self.covers[one] & remaining).bit_count(), -self.costs[one]),
            )
            chosen.append(test)
            remaining &= ~self.covers[test]
        return chosen

    def _branch(self, remaining: int, allowed: int, chosen: list[int], left: int) -> None:
        """Extend `chosen` by up to `left` tests so that no pair remains; keeps the cheapest in `best`."""
        if not remaining:
            self._keep(chosen)
            return
        if left == 0 or self.budget <= 0:
            return
        self.budget -= len(self.covers)
        if left > 1 and self._hopeless(remaining, allowed, left):
            return
        spent = sum(self.costs[test] for test in chosen)
        rarest = (remaining & -remaining).bit_length() - 1
        for test in np.flatnonzero(self.separated[:, rarest]).tolist():
            if not allowed >> test & 1 or spent + self.costs[test] >= self.best_cost:
                continue
            allowed &= ~(1 << test)
            after = remaining & ~self.covers[test]
            if after and left == 1:
                continue
            self._branch(after, allowed, [*chosen, test], left - 1)

    def _hopeless(self, remaining: int, allowed: int, left: int) -> bool:
        usable = [test for test in range(len(self.covers)) if allowed >> test & 1]
        gains = sorted(((self.covers[test] & remaining).bit_count() for test in usable), reverse=True)
        pairs = remaining.bit_count()
        if sum(gains[:left]) < pairs:
            return True
        product = 1
        for width in sorted((self.widths[test] for test in usable), reverse=True)[:left]:
            product *= width
        return product * self.rows < 2 * pairs + self.rows

    def _keep(self, chosen: list[int]) -> None:
        cost = sum(self.costs[test] for test in chosen)
        if cost < self.best_cost:
            self.best, self.best_cost = chosen, cost


def _distinct(table: NDArray[np.int64], costs: Sequence[int]) -> list[int]:
    """Return one column of each way to divide the rows, the least costly one."""
    chosen: dict[tuple[int, ...], int] = {}
    for column, row in enumerate(table.tolist()):
        numbers: dict[int, int] = {}
        key = tuple(numbers.setdefault(value, len(numbers)) for value in row)
        if costs[column] < costs[chosen.setdefault(key, column)]:
            chosen[key] = column
    return sorted(chosen.values())


def _as_integer(bits: NDArray[np.bool_]) -> int:
    return int.from_bytes(np.packbits(bits, bitorder="little").tobytes(), "little")


def _undominated(covers: Sequence[int], costs: Sequence[int]) -> list[int]:
    """Return the columns that some other, no dearer column does not make superfluous."""
    kept: list[int] = []
    for column in sorted(range(len(covers)), key=lambda one: (costs[one], -covers[one].bit_count(), one)):
        if covers[column] and not any(covers[column] & ~covers[other] == 0 for other in kept):
            kept.append(column)
    return kept
