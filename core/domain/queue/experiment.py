"""What a person submits at once, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.domain.ids import ExperimentId, ModelId, ProjectId
from core.domain.recipe import Recipe, Step
from core.domain.search.selection import EVERYTHING, Selection


@dataclass(frozen=True)
class ExperimentRequest:
    """Base models x recipes x seeds. `confirmed` accepts a sweep above the size that asks for it.

    give_up_margin: by how much a model may miss a budget on quality and still have what follows it made, see
    `first_miss`; None: everything is made.
    selection: which of the combinations that the recipes stand for are made.
    stepwise: each step waits for the evaluation of the one before, so that branches can be given up.
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
    selection: Selection = EVERYTHING
    stepwise: bool = False

    @property
    def gives_up(self) -> bool:
        """Whether each step waits for the evaluation of the one before, which may end the branch."""
        return self.give_up_margin is not None or self.stepwise


@dataclass(frozen=True)
class Experiment:
    """A submitted request. `models` counts what it made or will make; reused models are not counted.

    searching: whether its search goes on. search_ended: why it ended, in words.
    """

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
    queue: str = "cpu"
    priority: int = 0
    selection: Selection = EVERYTHING
    searching: bool = False
    search_ended: str = ""


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

    combinations: how many there are, of which `selection` says which are made. The models of a search are
        not known before.
    unjudged: names of models to start from that are not made yet, so that whether steps find what they work
        on, such as layers that rules name, is judged only then.
    """

    models: tuple[PlannedModel, ...]
    runs: int
    unjudged: tuple[str, ...] = ()
    combinations: int = 0
    selection: Selection = EVERYTHING

    @property
    def new_models(self) -> int:
        """How many models would be made."""
        return sum(planned.existing_id is None for planned in self.models)

    @property
    def most_models(self) -> int:
        """How many models would be made at most: a search may end before that."""
        return self.new_models if self.selection.search is None else self.selection.search.models

    @property
    def reused_models(self) -> int:
        """How many of the models exist already and are used as they are."""
        return len(self.models) - self.new_models
