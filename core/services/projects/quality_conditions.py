"""Under which condition quality is evaluated: what can be asked for, and the choice for a new project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.domain.condition import FLOAT32, TEST, QualityCondition
from core.domain.project import Dataset
from core.errors import Problem, UnknownName

PRECISIONS = ("float32", "bfloat16", "float16")
SPLITS = ("train", "test")
MOST_INSTANCES = 100_000_000


@dataclass(frozen=True)
class ProtocolRequest:
    """The quality protocol of a project to be; the device of its times is settled by the first profile.

    data: name of one of its data sets; empty: the first. instances: at most so many; None: all.
    """

    data: str = ""
    split: str = TEST
    instances: int | None = None
    precision: str = FLOAT32

    def condition(self, datasets: Sequence[Dataset]) -> QualityCondition | None:
        """Return the condition; None for a project without data."""
        chosen = next((each for each in datasets if self.data in ("", each.name)), None)
        if chosen is None:
            return None
        return QualityCondition(chosen.id, self.split, self.instances, self.precision)

    def problems(self, names: Sequence[str]) -> list[Problem]:
        """Return every problem, at `protocol.data`, `protocol.split` ...; `names`: of the data sets."""
        found = condition_problems(self.split, self.instances, self.precision)
        if self.data and self.data not in names:
            error = UnknownName("data set", self.data, names)
            found.append(Problem("data", error.message, error.hint))
        return [replace(problem, field=f"protocol.{problem.field}") for problem in found]


def condition_problems(split: str | None, instances: int | None, precision: str | None) -> list[Problem]:
    """Return what cannot be evaluated, at `split`, `instances`, `precision`; None stands for the usual."""
    problems: list[Problem] = []
    for field, value, known in (("split", split, SPLITS), ("precision", precision, PRECISIONS)):
        if value is not None and value not in known:
            problems.append(Problem(field, f"There is no {field} {value!r}.", f"Use {', '.join(known)}."))
    if instances is not None and not 1 <= instances <= MOST_INSTANCES:
        message = f"{instances} instances cannot be evaluated."
        problems.append(Problem("instances", message, "Give a number from 1, or none for all."))
    return problems
