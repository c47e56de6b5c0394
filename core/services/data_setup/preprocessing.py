"""How the models of a project want images prepared, proposed where data or a base model are chosen."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.domain.catalogue import SourceSpec
from core.domain.data.preprocessing import Preprocessing, of_processor
from core.domain.ids import ProjectId
from core.domain.model import Source
from core.domain.project import Dataset
from core.errors import UnknownName
from core.persistence.unit_of_work import UnitOfWork
from core.services.application import Application
from core.services.data_setup.datasets import DatasetRequest
from core.services.data_setup.file_checks import hosts_elsewhere
from core.services.workers.workers import catalogue_of

_MOST_BYTES = 1 << 20  # of a file that says how images were prepared


@dataclass(frozen=True)
class ProposedPreprocessing:
    """What images a model expects, against the settings of data.

    models: names of the models that expect it. expected: by field of the data source. differing: those of
    them whose value in the data is another; empty where the data are prepared as expected.
    """

    models: tuple[str, ...]
    expected: Mapping[str, Any]
    differing: Mapping[str, Any]


def proposed_preprocessing(
    app: Application,
    project_id: ProjectId | None,
    data: DatasetRequest | Dataset,
    *,
    base: Source | None = None,
    base_name: str = "this model",
) -> tuple[ProposedPreprocessing, ...]:
    """Return how models expect the images of data to be prepared; several where they disagree.

    Asked while data are chosen, the models are the bases of the project that were imported; with `base` it is
    only that one, which need not exist yet. Nothing is returned for texts, and for models of which nothing is
    known. `data` may be half filled in: fields that are missing have the defaults of their source.
    """
    with app.unit_of_work() as uow:
        catalogue = catalogue_of(uow, app)
        try:
            settings = _with_defaults(catalogue.data_source(data.source), data.parameters)
        except UnknownName:
            return ()
        if base is None:
            expected = list(_of_bases(uow, project_id))
        else:
            seen_here = hosts_elsewhere(uow, app) == []
            found = _foreseen(catalogue.model_sources, base, files=seen_here)
            expected = [(base_name, found)] if found is not None else []
    return _proposals(expected, settings)


def _proposals(
    expected: Sequence[tuple[str, Preprocessing]], settings: Mapping[str, Any]
) -> tuple[ProposedPreprocessing, ...]:
    names: dict[Preprocessing, list[str]] = {}
    for name, one in expected:
        names.setdefault(one, []).append(name)
    proposals = []
    for one, models in names.items():
        fields = {name: value for name, value in one.to_json().items() if name in settings}
        if fields:
            proposals.append(ProposedPreprocessing(tuple(models), fields, one.differences(settings)))
    return tuple(proposals)


def _with_defaults(spec: SourceSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    defaults = {about.name: about.default for about in spec.parameters if not about.required}
    return {**defaults, **{name: value for name, value in values.items() if value is not None}}


def _of_bases(uow: UnitOfWork, project_id: ProjectId | None) -> Iterator[tuple[str, Preprocessing]]:
    for model in uow.models.list(project_id) if project_id is not None else ():
        if model.source is None or not model.ready or model.archived:
            continue
        if values := uow.models.manifest(model.id).get("preprocessing"):
            yield model.name, Preprocessing.from_json(values)


def _foreseen(specs: Sequence[SourceSpec], base: Source, *, files: bool) -> Preprocessing | None:
    """Return what a base that is not made yet will expect; None where only a worker can tell.

    files: whether the workers see the files that this process sees.
    """
    spec = next((entry for entry in specs if entry.name == base.name), None)
    if spec is None:
        return None
    values = _with_defaults(spec, base.parameters)
    for about in spec.parameters:
        if not (value := values.get(about.name)):
            continue
        if known := about.published:
            return known.others.get(str(values.get(known.chosen_by)), known.usual)
        if files and about.preprocessing_file:
            found = _written(Path(str(value)) / about.preprocessing_file)
            return of_processor(found) if found is not None else None
    return None


def _written(path: Path) -> Mapping[str, Any] | None:
    """Return the JSON object in a file; None where there is none that can be read."""
    try:
        if not path.is_absolute() or not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return None
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return values if isinstance(values, dict) else None
