"""What a person submits at once, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.domain.ids import ExperimentId, ModelId, ProjectId
from core.domain.recipe import Recipe, Step


@dataclass(frozen=True)
class ExperimentRequest:
    """Base models x recipes x seeds. `confirmed` accepts a sweep above the size that asks for it.

    give_up_margin: by how much a model may miss a budget on quality and still have what follows it made, see
    `first_miss`; None: everything is made.
    """

    project_id: ProjectId
    base_ids: tuple[ModelId, ...]
    recipes: tuple[Recipe, ...]
    name: str = ""
    note: str = ""
    seeds: tuple[int, ...] = (0,)
    queue: str = "cpu"
    priority: int = 0
    confirmed: bool = False
    give_up_margin: float | None = None


@dataclass(frozen=True)
class Experiment:
    """A submitted request. `models` counts what it made or will make; reused models are not counted."""

    id: ExperimentId
    project_id: ProjectId
    name: str
    note: str
    created_at: datetime
    author: str = ""
    recipes: tuple[Recipe, ...] = ()
    base_ids: tuple[ModelId, ...] = ()
    seeds: tuple[int, ...] = (0,)
    models: int = 0
    deleted_at: datetime | None = None
    paused_at: datetime | None = None
    give_up_margin: float | None = None


@dataclass(frozen=True)
class PlannedModel:
    """A model that a request stands for: `existing_id` if it is there already.

    `parent` indexes the plan; None: its parent is the existing model `base_id`. `teacher_id`: its second
    parent, which exists or is being made.
    """

    step: Step
    name: str
    identity: str
    seed: int
    parent: int | None
    base_id: ModelId
    existing_id: ModelId | None = None
    teacher_id: ModelId | None = None


@dataclass(frozen=True)
class Plan:
    """What submitting a request would do: shown as the preview and carried out by submit.

    unjudged: names of models to start from that are not made yet, so that whether steps find what they work
        on, such as layers that rules name, is judged only then.
    """

    models: tuple[PlannedModel, ...]
    runs: int
    unjudged: tuple[str, ...] = ()

    @property
    def new_models(self) -> int:
        """How many models would be made."""
        return sum(planned.existing_id is None for planned in self.models)

    @property
    def reused_models(self) -> int:
        """How many of the models exist already and are used as they are."""
        return len(self.models) - self.new_models
