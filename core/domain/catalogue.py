"""What connected workers can do, as they publish it; the forms of the dashboard are made from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol, TypeVar

from core.domain.ids import RunId, WorkerId
from core.domain.metric import MetricDefinition
from core.domain.parameter.inputs import Inputs
from core.domain.parameter.spec import ParameterSpec
from core.domain.queue.usage import MachineLoad
from core.domain.technique import TechniqueSpec
from core.errors import UnknownName
from core.presentation.labels import in_sentence

FORMAT = 2
"""Format of what workers publish; a dashboard reads catalogues of its own format only."""


@dataclass(frozen=True)
class SourceSpec:
    """A source of models or of data: a name, a document and typed parameters.

    inputs: what models of this source take, or what its data are; where that hangs on a parameter, the
        parameter says so, see `Traits.inputs`.
    runtime: what computes its models instead of PyTorch; empty for PyTorch.
    """

    name: str
    label: str
    summary: str
    parameters: tuple[ParameterSpec, ...] = ()
    unavailable: str = ""
    inputs: Inputs = Inputs.UNKNOWN
    runtime: str = ""

    @cached_property
    def by_name(self) -> Mapping[str, ParameterSpec]:
        """The parameters by name, in their order."""
        return {one.name: one for one in self.parameters}

    def inputs_with(self, parameters: Mapping[str, Any]) -> Inputs:
        """Return the inputs for these parameters."""
        for one in self.parameters:
            if found := one.inputs.get(str(parameters.get(one.name))):
                return found
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
    """Everything one worker, or all workers together, can do, and which plug-ins they could not load.

    format: see `FORMAT`; a catalogue of another format has nothing else.
    """

    techniques: tuple[TechniqueSpec, ...] = ()
    model_sources: tuple[SourceSpec, ...] = ()
    data_sources: tuple[SourceSpec, ...] = ()
    tasks: tuple[TaskSpec, ...] = ()
    profile_metrics: tuple[MetricDefinition, ...] = ()
    plugin_problems: tuple[PluginProblem, ...] = ()
    format: int = FORMAT

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
    catalogue_format: format of the catalogue it published, see `FORMAT`.
    draining_at: since when it finishes its runs and takes no more; None: it takes runs.
    load: what its machine does; None as long as it was not sampled.
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
    catalogue_format: int = FORMAT
    draining_at: datetime | None = None
    load: MachineLoad | None = None

    @property
    def readable(self) -> bool:
        """Whether its catalogue has the format that this version reads."""
        return self.catalogue_format == FORMAT

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
