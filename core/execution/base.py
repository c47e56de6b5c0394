"""What a kind of run is to a run process, and everything it gets to do its work with."""

from __future__ import annotations

import logging
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn

from core.compression.base import techniques
from core.compression.checkpoints.checkpoint import load, save
from core.compression.checkpoints.claims import claims
from core.compression.checkpoints.file_bytes import file_bytes
from core.compression.checkpoints.modules import module_table
from core.compression.checkpoints.stored_weights import StoredWeights
from core.compression.model import CompressibleModel
from core.data.base import Split, load_data, require_several_classes
from core.data.dataset import Dataset
from core.data.images import ImageDataset
from core.data.pictures.decoded_cache import DecodedCache
from core.data.subset import part
from core.data.text.reading import TextReader
from core.data.text.texts import TextDataset
from core.domain.data.preprocessing import Preprocessing
from core.domain.ids import ModelId
from core.domain.model import Model, Source
from core.domain.project import Dataset as ProjectDataset
from core.domain.project import Project
from core.domain.queue.run import Run
from core.errors import CorruptArtifact, NotFound, UnusableInput
from core.evaluation.base import Task, tasks
from core.execution.data.preview_storage import show
from core.execution.device.environment import captured
from core.execution.device.numerics import arithmetic
from core.execution.module_tables import complete_modules, complete_storage
from core.execution.progress import DatabaseProgress
from core.execution.registries import is_plugin
from core.execution.statistics import weight_arrays
from core.models.base import model_sources, reader_of
from core.models.curve_recorder import ValidationMetrics
from core.parameters import parse
from core.registry import Registry
from core.services.application import Application
from core.services.models.models import get_model
from core.services.projects.projects import get_project
from core.services.queue.results import ModelMade, Results

T = TypeVar("T")
log = logging.getLogger(__name__)

_WATCHED = 256  # training instances that the metric of a training curve is of
_WATCHED_AT_ONCE = 64
_MOST_NAMED = 1000  # instances that cannot be read, in the log of each run


@dataclass(frozen=True)
class RunContext:
    """One run with all that belongs to it; what is large is loaded when first asked for.

    cache: where decoded images are kept for other runs; None: nowhere. in_any_order: operations so far that
    a GPU does not repeat bit by bit.
    """

    app: Application
    run: Run
    device: torch.device
    progress: DatabaseProgress
    cache: DecodedCache | None = None
    in_any_order: Sequence[str] = ()
    _read: dict[ModelId, str] = field(default_factory=dict)
    _unread: dict[str, Dataset] = field(default_factory=dict)
    _fitted: dict[ModelId, Source] = field(default_factory=dict)

    @cached_property
    def model(self) -> Model:
        """The model that the run is about."""
        return _model(self.app, self.run.model_id)

    @cached_property
    def project(self) -> Project:
        """The project of the run."""
        return get_project(self.app, self.run.project_id)

    @property
    def task(self) -> Task:
        """The project's task."""
        return tasks.get(self.project.task)

    def dataset(self) -> ProjectDataset | None:
        """Return the data set that the run asks for, else the project's first; None if it has none."""
        wanted = self.run.payload.get("dataset_id")
        offered = self.project.datasets
        return next((entry for entry in offered if wanted is None or entry.id == wanted), None)

    def data(self, split: str | Split) -> Dataset:
        """Return a split of the data set, in memory, texts as the run's model reads them.

        Raises:
            UnusableInput: the project has no data, or its texts and the model do not suit each other.
        """
        loaded = self._unread.pop(str(split), None)
        data = self._load(split) if loaded is None else loaded
        if isinstance(data, ImageDataset) and self.reader() is not None:
            raise UnusableInput(
                "The data are images, but the model reads text.",
                "Choose a model of images, or texts as data.",
            )
        return data.encoded(self._text_reader()) if isinstance(data, TextDataset) else data

    def fit_source(self, source: Source, split: str | Split) -> Source:
        """Return the source of the run's base model with what it takes from the texts that it is trained on.

        From then on, `data` reads texts as that model does.
        """
        data = self._unread[str(split)] = self._load(split)
        if not isinstance(data, TextDataset):
            return source
        chosen = model_sources.get(source.name)
        params = parse(chosen.Params, source.parameters, path="model.parameters")
        answers = (answer for several in data.answers for answer in several)
        found = chosen.fitted(params, (*data.texts, *answers))
        if found is not params:
            self._fitted[self.model.id] = Source(source.name, found.model_dump())
        return self._fitted.get(self.model.id, source)

    def _load(self, split: str | Split) -> Dataset:
        """Return a split of the data set, in memory, texts as people read them; raises as `data`."""
        chosen = self.dataset()
        if chosen is None:
            raise UnusableInput(
                f"The project {self.project.name} has no data set for this run.",
                "Add a data set to the project.",
            )
        data = load_data(chosen.source, chosen.parameters, split, cache=self.cache)
        require_several_classes(data)
        _tell_left_out(data, chosen.name, str(split))
        show(self.app, chosen, str(split), data)
        return data

    def watch(self, data: Dataset | None) -> ValidationMetrics | None:
        """Return what measures the task's main metric on a sample of the training data, for its curve."""
        if not data:
            return None
        sample = part(data, _WATCHED)

        def watch(module: nn.Module) -> Mapping[str, float]:
            return self.task.watched(module, sample, batch_size=_WATCHED_AT_ONCE, device=self.device)

        return watch

    def reader(self) -> TextReader | None:
        """Return how the run's model reads text, which it inherits from its base; None if it reads none."""
        base = get_model(self.app, self.run.model_id).lineage[0]
        if base.source is None:
            return None
        source = self._fitted.get(base.id) or self._made_from(base.id) or base.source
        return reader_of(source.name, source.parameters)

    @property
    def computed_elsewhere(self) -> bool:
        """Whether a runtime other than PyTorch computes the run's model, which it does on the processor."""
        made = self._made_from(self.model.id)
        return (
            made is not None
            and made.name in dict(model_sources)
            and bool(model_sources.get(made.name).runtime)
        )

    def _made_from(self, base_id: ModelId) -> Source | None:
        """Return the source of a base with what training added, such as the words it learned; None before."""
        with self.app.unit_of_work() as uow:
            made = uow.models.manifest(base_id).get("architecture")
        return Source(made["source"], made["parameters"]) if made else None

    def _text_reader(self) -> TextReader:
        reader = self.reader()
        if reader is None:
            base = get_model(self.app, self.run.model_id).lineage[0]
            raise UnusableInput(
                f"The data are texts, but the model {base.name} has no tokenizer to read them with.",
                "Choose a text model with its tokenizer, or data that the model takes.",
            )
        return reader

    def checkpoint(self, model_id: ModelId) -> CompressibleModel:
        """Return a stored model; `CorruptArtifact` naming it if its file is missing or damaged."""
        model = _model(self.app, model_id)
        read = self._opened(
            model, lambda path: load(path, self.device, was_pruned=partial(self._was_pruned, model_id))
        )
        complete_modules(self.app, model, read.module)
        complete_storage(self.app, model, read.module)
        return read

    def stored_weights(self, model_id: ModelId) -> StoredWeights:
        """Return a model's weights, to be read one at a time; raises as `checkpoint`."""
        return self._opened(_model(self.app, model_id), StoredWeights)

    def _opened(self, model: Model, read: Callable[[Path], T]) -> T:
        """Return what is read from the file of a model's weights."""
        if model.artifact is None:
            raise UnusableInput(
                f"The model {model.name} has no stored weights.", "Make it again, then retry."
            )
        try:
            self._read[model.id] = model.artifact
            return read(self.app.artifacts.fetch(model.artifact))
        except CorruptArtifact as error:
            raise CorruptArtifact(
                f"The stored weights of the model {model.name} cannot be used: {error.message}",
                error.hint,
            ) from error

    @property
    def weights(self) -> str | None:
        """The key of the checkpoint of the run's own model that was loaded; None if none was."""
        return self.weights_of(self.model.id)

    def weights_of(self, model_id: ModelId) -> str | None:
        """Return the key of the checkpoint of a model that was loaded; None if none was."""
        return self._read.get(model_id)

    def _was_pruned(self, model_id: ModelId) -> bool:
        """Return whether a step of the model's lineage may have pruned single weights; plug-ins may have."""
        with self.app.unit_of_work() as uow:
            steps = [model.step for model in uow.models.lineage(model_id) if model.step is not None]
        known = dict(techniques)
        made_by = [known.get(step.technique) for step in steps]
        return any(found is None or found.prunes or is_plugin(type(found).__module__) for found in made_by)

    def environment(self) -> dict[str, Any]:
        """Return what the result depends on besides its inputs."""
        return captured(self.device, seed=self.model.seed) | arithmetic(self.device, self.in_any_order)

    def made(self, model: CompressibleModel, expected: Preprocessing | None = None) -> ModelMade:
        """Store the checkpoint and return it with its sizes and its weights' statistics.

        What people should know of it, its notes and weights that are no numbers, is logged and recorded.
        expected: how the images were prepared that an imported model was trained on.
        """
        model.module.to("cpu")
        nonfinite = model.nonfinite()
        if nonfinite:
            model.note(_warning(nonfinite))
        if self.in_any_order:
            model.note(_unrepeatable(self.in_any_order))
        for note in model.notes:
            log.warning(note, extra={"action": "noted", "model": self.model.id})
        with tempfile.TemporaryDirectory(prefix="cnc-run-") as folder:
            path = Path(folder) / "model.safetensors"
            summary = save(model, path)
            key = self.app.artifacts.put(path)
            storage = file_bytes(path, model.module)
        return ModelMade(
            artifact=key,
            metrics={
                "file_bytes": summary.file_bytes,
                "theoretical_bytes": summary.theoretical_bytes,
                "bits_per_weight": summary.bits_per_weight,
            },
            weight_statistics=weight_arrays(self.app, self.model.id, model, summary),
            storage=storage,
            modules=module_table(model.module),
            manifest={
                "architecture": asdict(model.architecture),
                "forms": dict(summary.forms),
                "claims": claims(model, summary).to_json(),
                "environment": self.environment(),
                "notes": list(model.notes),
                "nonfinite": sum(nonfinite.values()),
                **({"preprocessing": expected.to_json()} if expected else {}),
            },
            drawn=model.drawn,
        )


class RunJob(ABC):
    """What one kind of run does. Registered under the name of its `RunKind`."""

    name: str

    @abstractmethod
    def perform(self, run_context: RunContext) -> Results:
        """Do the work and return what is to be committed; expected errors are `CompressCompareError`s."""


jobs: Registry[RunJob] = Registry("kind of run", RunJob)


def _tell_left_out(data: Dataset, name: str, split: str) -> None:
    """Leave a line in the log for each instance that could not be read, or for the first of very many."""
    if data.problems:
        total = len(data) + len(data.problems)
        log.warning("%s of %s: %d of %d instances are left out", name, split, len(data.problems), total)
    for problem in data.problems[:_MOST_NAMED]:
        log.warning(problem, extra={"action": "left_out", "data": name, "split": split})


def _warning(nonfinite: Mapping[str, int]) -> str:
    """Return the sentence about weights and statistics that are no numbers, counted by name."""
    count, first = sum(nonfinite.values()), next(iter(nonfinite))
    return (
        f"{count:,} weights or running statistics are NaN or infinite, the first of them in {first}: what is "
        "measured of this model means little, and no step can be applied to it."
    )


def _unrepeatable(operations: Sequence[str]) -> str:
    """Return the sentence about what a GPU does not repeat bit by bit."""
    return (
        f"Made on a GPU, where {', '.join(operations)} adds up in any order: made again from the same seed, "
        "the weights may differ slightly."
    )


def _model(app: Application, model_id: ModelId) -> Model:
    with app.unit_of_work() as uow:
        found = uow.models.get([model_id]).get(model_id)
    if found is None:
        raise NotFound(f"There is no model with id {model_id}.", "It was deleted; queue it again.")
    return found
