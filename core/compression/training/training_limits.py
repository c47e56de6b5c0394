"""What keeps the training of a step short: fewer updates or fewer instances."""

from __future__ import annotations

from typing import Any, Protocol

from pydantic import Field

from core.models.training import Schedule
from core.parameters import Declared

MAX_STEPS: Any = Field(
    0,
    title="Maximum updates",
    ge=0,
    le=100_000_000,
    description="Weight updates at most, whatever the epochs; 0: no limit.",
    json_schema_extra=Declared(added_later=True),
)
INSTANCES: Any = Field(
    0,
    title="Training instances",
    ge=0,
    le=1_000_000_000,
    description="How many are used, spread evenly over the training split; 0: all.",
    json_schema_extra=Declared(added_later=True),
)


class TrainingParams(Protocol):
    """Parameters of a step that trains."""

    @property
    def epochs(self) -> int:
        """Passes over the training data."""

    @property
    def learning_rate(self) -> float:
        """Highest rate."""

    @property
    def batch_size(self) -> int:
        """Instances per update."""

    @property
    def max_steps(self) -> int:
        """Updates at most; 0: no limit."""

    @property
    def instances(self) -> int:
        """Training instances used; 0: all."""


def schedule(params: TrainingParams) -> Schedule:
    """Return how long and how fast such a step trains."""
    return Schedule(
        params.epochs,
        params.learning_rate,
        params.batch_size,
        max_steps=params.max_steps,
        instances=params.instances,
    )
