"""Which combination to try next: Optuna's sampler, told all trials again each time.

Nothing of Optuna is kept between proposals, see decision 17.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.domain.search.selection import Search
from core.domain.search.space import Axis, Picks, Space, shuffled
from core.domain.search.trials import Trial, TrialState, shortfalls

if TYPE_CHECKING:
    import optuna

_ASKED = 12
"""Proposals of combinations already tried or ruled out after which one like the last is taken."""
_LOOKED_AT = 300
"""Combinations that are looked at, at most, for one that is not ruled out."""
_WORST = 1e12  # stands for no value at all, which samplers cannot use

RuledOut = Callable[[Picks], Picks | None]
"""Returns the picks for which a combination is ruled out, as all others with these; None if it is not."""


@dataclass(frozen=True)
class Proposal:
    """A combination to try. how: who proposed it, in words."""

    picks: Picks
    how: str


def propose(search: Search, space: Space, trials: Sequence[Trial], *, ruled_out: RuledOut) -> Proposal | None:
    """Return a combination that was not tried yet; None if all were, or are ruled out.

    The same trials lead to the same proposal.
    """
    found = _Proposer(search, space, trials, ruled_out)
    return found.asked() or found.alike()


def startup(search: Search) -> int:
    """Return how many results there must be before the sampler learns from them."""
    return min(10, max(3, search.models // 4))


class _Proposer:
    def __init__(self, search: Search, space: Space, trials: Sequence[Trial], ruled_out: RuledOut) -> None:
        self._search, self._space, self._ruled_out = search, space, ruled_out
        self._tried = {_key(trial.picks) for trial in trials}
        self._ruled: list[Picks] = []
        self._seed = search.seed * 7919 + len(trials)
        self._study = _study(search, space, trials, seed=self._seed % 2**32)
        self._results = sum(trial.state in {TrialState.DONE, TrialState.PRUNED} for trial in trials)
        self._last: Picks = {}

    def asked(self) -> Proposal | None:
        """Return the sampler's choice, unless it names again and again what cannot be tried."""
        for _ in range(_ASKED):
            trial = self._study.ask()
            self._last = _suggested(trial, self._space)
            if self._free(self._last):
                return Proposal(self._last, self._how())
            self._study.tell(trial, state=_states().FAIL)
        return None

    def alike(self) -> Proposal | None:
        """Return the free combination that is most like the sampler's last choice."""
        looked = 0
        for picks in sorted(self._every(), key=self._distance):
            if self._known(picks):
                continue
            if self._free(picks):
                return Proposal(picks, f"{self._how()}, as the nearest to one already tried")
            looked += 1
            if looked >= _LOOKED_AT:
                break
        return None

    def _how(self) -> str:
        if self._results < startup(self._search):
            return f"drawn at random, until {startup(self._search)} results are known"
        return f"proposed by TPE from {self._results} results"

    def _every(self) -> Iterator[Picks]:
        for number in shuffled(self._space.count, self._seed):
            yield self._space.at(number)

    def _distance(self, picks: Picks) -> float:
        """Return how far away a combination is: 1 per axis with another value, less for near numbers."""
        axes = self._space.every(picks)
        return sum(self._apart(axis, picks) for axis in axes)

    def _apart(self, axis: Axis, picks: Picks) -> float:
        wanted = self._last.get(axis.key)
        if wanted is None or wanted == picks[axis.key]:
            return 0.0 if wanted is not None else 1.0
        near = abs(wanted - picks[axis.key]) / len(axis.values)
        return 0.1 + near if axis.ordered else 1.0

    def _known(self, picks: Picks) -> bool:
        ruled = any(all(picks.get(key) == value for key, value in one.items()) for one in self._ruled)
        return ruled or _key(picks) in self._tried

    def _free(self, picks: Picks) -> bool:
        if self._known(picks):
            return False
        why = self._ruled_out(picks)
        if why is not None:
            self._ruled.append(why)
        return why is None


def _study(search: Search, space: Space, trials: Sequence[Trial], *, seed: int) -> optuna.Study:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=startup(search))
    low, high = optuna.study.StudyDirection.MINIMIZE, optuna.study.StudyDirection.MAXIMIZE
    directions = [low] * len(search.minimize) + [high] * len(search.maximize)
    study = optuna.create_study(sampler=sampler, directions=directions)
    for trial in trials:
        study.add_trial(_told(search, space, trial))
    return study


def _told(search: Search, space: Space, trial: Trial) -> optuna.trial.FrozenTrial:
    """Return a trial as Optuna knows it; one without values counts as failed."""
    import optuna

    axes = space.every(trial.picks)
    described: dict[str, Any] = {
        "params": {axis.key: trial.picks[axis.key] for axis in axes},
        "distributions": {axis.key: _distribution(axis) for axis in axes},
    }
    state = optuna.trial.TrialState
    if trial.state is TrialState.OPEN:
        return optuna.trial.create_trial(state=state.RUNNING, **described)
    if trial.state is TrialState.FAILED:
        return optuna.trial.create_trial(state=state.FAIL, **described)
    values = [_finite(trial.values.get(name), lower=True) for name in search.minimize]
    values += [_finite(trial.values.get(name), lower=False) for name in search.maximize]
    missed = {key: min(one, _WORST) for key, one in shortfalls(search, trial.values).items()}
    return optuna.trial.create_trial(state=state.COMPLETE, values=values, constraints=missed, **described)


def _suggested(trial: optuna.Trial, space: Space) -> dict[str, int]:
    picks: dict[str, int] = {}
    for axis in space.first():
        picks[axis.key] = _suggest(trial, axis)
    for axis in space.axes(picks.get("recipe", 0)):
        picks[axis.key] = _suggest(trial, axis)
    return picks


def _suggest(trial: optuna.Trial, axis: Axis) -> int:
    last = len(axis.values) - 1
    if axis.ordered:
        return trial.suggest_int(axis.key, 0, last)
    return int(trial.suggest_categorical(axis.key, range(last + 1)))


def _distribution(axis: Axis) -> optuna.distributions.BaseDistribution:
    import optuna

    last = len(axis.values) - 1
    if axis.ordered:
        return optuna.distributions.IntDistribution(0, last)
    return optuna.distributions.CategoricalDistribution(range(last + 1))


def _states() -> Any:
    import optuna

    return optuna.trial.TrialState


def _finite(value: float | None, *, lower: bool) -> float:
    if value is None or not math.isfinite(value):
        return _WORST if lower else -_WORST
    return value


def _key(picks: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(picks.items()))
