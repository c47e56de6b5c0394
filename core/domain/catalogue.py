"""What connected workers can do, as they publish it; the forms of the dashboard are made from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from core.domain.ids import RunId, WorkerId
from core.domain.metric import MetricDefinition
from core.domain.technique import TechniqueSpec
from core.errors import UnknownName
from core.presentation.labels import in_sentence

BRINGS_WEIGHTS = "x-weights"
"""Mark of a parameter of a model source that names trained weights, or asks for them."""

FOR_TASKS = "x-tasks"
"""Mark of a parameter of a model source without some of whose values models cannot be evaluated.

Its value is a mapping from tasks to the values that suit them; nothing is known of other tasks.
"""


STANDS_FOR = "x-stands-for"
"""Mark of a parameter that may be empty: by the name of another one, what that stands for by its values."""


class Inputs(StrEnum):
    """What a task is about, what data consist of, what a model takes."""

    UNKNOWN = ""  # as with most plug-ins; only the run can tell
    IMAGES = "images"
    TEXTS = "texts"


@dataclass(frozen=True)
class SourceSpec:
    """A source of models or of data: a name, a document and a parameter schema.

    inputs: what models of this source take, or what its data are; where that hangs on a parameter, the
        parameter's schema has `x-inputs`, a mapping from its values. `x-of-data` marks a parameter that the
        data decide, and says what it counts (`classes`, `channels`); `x-used-with` names values of other
        parameters beside which one counts; `x-needed-for` has the `inputs` for which a parameter must be
        given, `unless` others have some values; `x-known` lists the names that are known where there are too
        many to choose from.
    """

    name: str
    label: str
    summary: str
    schema: Mapping[str, Any]
    unavailable: str = ""
    inputs: Inputs = Inputs.UNKNOWN

    def inputs_with(self, parameters: Mapping[str, Any]) -> Inputs:
        """Return the inputs for these parameters."""
        for name, definition in self.schema.get("properties", {}).items():
            found = definition.get("x-inputs", {}).get(str(parameters.get(name)))
            if found:
                return Inputs(found)
        return self.inputs


@dataclass(frozen=True)
class TaskSpec:
    """A task and the metrics that evaluating on it yields."""

    name: str
    label: str
    metrics: tuple[MetricDefinition, ...]
    primary: tuple[str, ...]
    inputs: Inputs = Inputs.UNKNOWN

    def mismatch(self, source: SourceSpec, parameters: Mapping[str, Any]) -> str:
        """Return in a sentence why models or data of a source do not suit; empty as far as is known."""
        given = source.inputs_with(parameters)
        if Inputs.UNKNOWN in {given, self.inputs} or given is self.inputs:
            return ""
        return (
            f"{source.label} stands for {given} here, but {in_sentence(self.label)} is about {self.inputs}."
        )


@dataclass(frozen=True)
class PluginProblem:
    """A plug-in that a worker could not load, by the name of its file or entry point; the rest works."""

    name: str
    message: str


@dataclass(frozen=True)
class Catalogue:
    """Everything one worker, or all workers together, can do, and which plug-ins they could not load."""

    techniques: tuple[TechniqueSpec, ...] = ()
    model_sources: tuple[SourceSpec, ...] = ()
    data_sources: tuple[SourceSpec, ...] = ()
    tasks: tuple[TaskSpec, ...] = ()
    profile_metrics: tuple[MetricDefinition, ...] = ()
    plugin_problems: tuple[PluginProblem, ...] = ()

    def technique(self, name: str) -> TechniqueSpec:
        """Return the technique's spec, or raise `UnknownName` with near matches."""
        return _named("technique", name, self.techniques)

    def model_source(self, name: str) -> SourceSpec:
        """Return the model source's spec, or raise `UnknownName`."""
        return _named("model source", name, self.model_sources)

    def data_source(self, name: str) -> SourceSpec:
        """Return the data source's spec, or raise `UnknownName`."""
        return _named("data source", name, self.data_sources)

    def task(self, name: str) -> TaskSpec:
        """Return the task's spec, or raise `UnknownName`."""
        return _named("task", name, self.tasks)


def merged(catalogues: Iterable[Catalogue]) -> Catalogue:
    """Return what all workers together can do; entries available anywhere win over unavailable ones."""
    every = list(catalogues)
    return Catalogue(
        techniques=_union(entry for catalogue in every for entry in catalogue.techniques),
        model_sources=_union(entry for catalogue in every for entry in catalogue.model_sources),
        data_sources=_union(entry for catalogue in every for entry in catalogue.data_sources),
        tasks=_union(entry for catalogue in every for entry in catalogue.tasks),
        profile_metrics=_union(entry for catalogue in every for entry in catalogue.profile_metrics),
        plugin_problems=_union(entry for catalogue in every for entry in catalogue.plugin_problems),
    )


@dataclass(frozen=True)
class Device:
    """A processor that runs can use: `kind` is cpu or cuda, `name` what its maker calls it."""

    kind: str
    name: str
    memory_bytes: int = 0


@dataclass(frozen=True)
class Worker:
    """A process that claims runs, as its heartbeat describes it.

    devices, versions: what it found when its libraries were loaded; empty while it is starting.
    """

    id: WorkerId
    host: str
    pid: int
    queues: tuple[str, ...]
    slots: int
    started_at: datetime
    last_seen_at: datetime
    devices: tuple[Device, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    stopped_at: datetime | None = None
    runs: tuple[RunId, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether it has started, so that it claims runs."""
        return bool(self.devices)


class _Named(Protocol):
    @property
    def name(self) -> str: ...


class _Labelled(_Named, Protocol):
    @property
    def label(self) -> str: ...


N = TypeVar("N", bound=_Named)
L = TypeVar("L", bound=_Labelled)


def _named(kind: str, name: str, entries: Iterable[L]) -> L:
    by_name = {entry.name: entry for entry in entries}
    if name not in by_name:
        raise UnknownName(kind, name, by_name, labels={entry.name: entry.label for entry in by_name.values()})
    return by_name[name]


def _union(entries: Iterable[N]) -> tuple[N, ...]:
    chosen: dict[str, N] = {}
    for entry in entries:
        present = chosen.get(entry.name)
        if present is None or (_unavailable(present) and not _unavailable(entry)):
            chosen[entry.name] = entry
    return tuple(chosen[name] for name in sorted(chosen))


def _unavailable(entry: object) -> bool:
    return bool(getattr(entry, "unavailable", ""))
