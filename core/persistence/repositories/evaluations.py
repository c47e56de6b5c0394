"""Evaluations, profiles and the arrays that belong to them, in the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.orm import Session, load_only

from core.domain.condition import EfficiencyCondition, QualityCondition
from core.domain.ids import DatasetId, EvaluationId, ModelId, ProfileId, ProjectId
from core.domain.measurement.evaluation import (
    Arrays,
    Evaluation,
    LayerKind,
    Profile,
    efficiency_condition,
    quality_condition,
)
from core.domain.measurement.figures import Measured
from core.persistence.arrays import packed, unpacked
from core.persistence.chunks import chunks
from core.persistence.mapping.measured import evaluation_of, evaluation_row, profile_of, profile_row
from core.persistence.tables.tables import (
    EvaluationRow,
    LayerArrayRow,
    ModelRow,
    OutcomeArrayRow,
    ProfileRow,
    SensitivityRow,
)

_WITHOUT_DETAILS = [
    getattr(EvaluationRow, column.key)
    for column in EvaluationRow.__table__.columns
    if column.key != "details"
]


@dataclass(frozen=True)
class MarkedEvaluation:
    """An evaluation without its details; mark: equal for evaluations of the same instances, else empty."""

    evaluation: Evaluation
    mark: str


class EvaluationRepository:
    """Reads and adds what was measured."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, evaluation: Evaluation, outcomes: Arrays) -> Evaluation:
        """Insert an evaluation with the outcome of every instance; return it with its id."""
        row = evaluation_row(evaluation)
        self._session.add(row)
        self._session.flush()
        self._insert(OutcomeArrayRow, {"evaluation_id": row.id}, outcomes)
        return evaluation_of(row)

    def of_model(self, model_id: ModelId) -> list[Evaluation]:
        """Return a model's evaluations, newest first."""
        query = sa.select(EvaluationRow).where(EvaluationRow.model_id == model_id)
        return [evaluation_of(row) for row in self._session.scalars(query.order_by(EvaluationRow.id.desc()))]

    def of_models(self, model_ids: Collection[ModelId]) -> dict[ModelId, list[Evaluation]]:
        """Return the evaluations of models, newest first; nothing for models without one."""
        found: dict[ModelId, list[Evaluation]] = {}
        for part in chunks(model_ids):
            rows = sa.select(EvaluationRow).where(EvaluationRow.model_id.in_(part))
            for row in self._session.scalars(rows.order_by(EvaluationRow.id.desc())):
                found.setdefault(ModelId(row.model_id), []).append(evaluation_of(row))
        return found

    def measured(self, model_ids: Collection[ModelId]) -> dict[ModelId, list[Measured]]:
        """Return evaluations, without their details, and profiles of models, each kind oldest first."""
        found: dict[ModelId, list[Measured]] = {}
        for part in chunks(model_ids):
            light = load_only(*_WITHOUT_DETAILS)
            rows = sa.select(EvaluationRow).options(light).where(EvaluationRow.model_id.in_(part))
            for row in self._session.scalars(rows.order_by(EvaluationRow.id)):
                found.setdefault(ModelId(row.model_id), []).append(evaluation_of(row, with_details=False))
            profiles = sa.select(ProfileRow).where(ProfileRow.model_id.in_(part)).order_by(ProfileRow.id)
            for profile in self._session.scalars(profiles):
                found.setdefault(ModelId(profile.model_id), []).append(profile_of(profile))
        return found

    def profiled_under(self, project_id: ProjectId) -> dict[EfficiencyCondition, int]:
        """Return under which conditions models that are not deleted were profiled, and how often."""
        query = sa.select(ProfileRow.device, ProfileRow.environment).join(
            ModelRow, ModelRow.id == ProfileRow.model_id
        )
        where = (ModelRow.project_id == project_id, ModelRow.deleted_at.is_(None))
        rows = self._session.execute(query.where(*where))
        return Counter(efficiency_condition(device, told) for device, told in rows)

    def evaluated_under(self, project_id: ProjectId, condition: QualityCondition) -> set[ModelId]:
        """Return the models whose present weights have an evaluation under the condition."""
        query = sa.select(EvaluationRow.model_id, EvaluationRow.environment).join(
            ModelRow, ModelRow.id == EvaluationRow.model_id
        )
        rows = self._session.execute(
            query.where(
                ModelRow.project_id == project_id,
                EvaluationRow.dataset_id == condition.dataset_id,
                EvaluationRow.split == condition.split,
                sa.or_(EvaluationRow.artifact.is_(None), EvaluationRow.artifact == ModelRow.artifact),
            )
        )
        return {
            ModelId(model_id)
            for model_id, told in rows
            if quality_condition(condition.dataset_id, condition.split, told) == condition
        }

    def marked(self, model_ids: Collection[ModelId]) -> list[MarkedEvaluation]:
        """Return evaluations of models, without their details, oldest first."""
        fingerprint = EvaluationRow.details["fingerprint"].as_string()
        found: list[MarkedEvaluation] = []
        for part in chunks(model_ids):
            query = sa.select(EvaluationRow, fingerprint).options(load_only(*_WITHOUT_DETAILS))
            query = query.where(EvaluationRow.model_id.in_(part)).order_by(EvaluationRow.id)
            for row, told in self._session.execute(query):
                mark = f"{told} {row.instances}" if told else ""
                found.append(MarkedEvaluation(evaluation_of(row, with_details=False), mark))
        return found

    def outcomes_of(
        self, evaluation_ids: Collection[EvaluationId], names: Collection[str]
    ) -> dict[EvaluationId, Arrays]:
        """Return those outcome arrays of several evaluations that exist, by evaluation."""
        found: dict[EvaluationId, dict[str, NDArray[np.generic]]] = {}
        for part in chunks(evaluation_ids):
            query = sa.select(OutcomeArrayRow).where(
                OutcomeArrayRow.evaluation_id.in_(part), OutcomeArrayRow.name.in_(names)
            )
            for row in self._session.scalars(query):
                found.setdefault(EvaluationId(row.evaluation_id), {})[row.name] = unpacked(row)
        return dict(found.items())

    def evaluation(self, evaluation_id: EvaluationId) -> Evaluation | None:
        """Return one evaluation, None if there is none of that id."""
        row = self._session.get(EvaluationRow, evaluation_id)
        return None if row is None else evaluation_of(row)

    def profile(self, profile_id: ProfileId) -> Profile | None:
        """Return one profile, None if there is none of that id."""
        row = self._session.get(ProfileRow, profile_id)
        return None if row is None else profile_of(row)

    def delete(self, evaluation_id: EvaluationId) -> None:
        """Delete an evaluation with its outcomes."""
        self._session.execute(
            sa.delete(OutcomeArrayRow).where(OutcomeArrayRow.evaluation_id == evaluation_id)
        )
        self._session.execute(sa.delete(EvaluationRow).where(EvaluationRow.id == evaluation_id))

    def delete_profile(self, profile_id: ProfileId) -> None:
        """Delete a profile."""
        self._session.execute(sa.delete(ProfileRow).where(ProfileRow.id == profile_id))

    def models_measured_on(self, dataset_id: DatasetId) -> list[str]:
        """Return the names of models with figures from a data set, also of deleted ones, oldest first."""
        measured = [
            sa.select(row.model_id).where(row.dataset_id == dataset_id)
            for row in (EvaluationRow, SensitivityRow)
        ]
        query = sa.select(ModelRow.name).where(ModelRow.id.in_(sa.union(*measured)))
        return list(self._session.scalars(query.order_by(ModelRow.id)))

    def outcomes(self, evaluation_id: EvaluationId, names: Collection[str] | None = None) -> Arrays:
        """Return the outcome arrays, all or those named that exist."""
        query = sa.select(OutcomeArrayRow).where(OutcomeArrayRow.evaluation_id == evaluation_id)
        if names is not None:
            query = query.where(OutcomeArrayRow.name.in_(names))
        return {row.name: unpacked(row) for row in self._session.scalars(query)}

    def outcome_shapes(self, evaluation_id: EvaluationId) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the outcome arrays by their names."""
        query = sa.select(OutcomeArrayRow.name, OutcomeArrayRow.shape)
        query = query.where(OutcomeArrayRow.evaluation_id == evaluation_id).order_by(OutcomeArrayRow.name)
        return {name: tuple(shape) for name, shape in self._session.execute(query)}

    def add_profile(self, profile: Profile) -> Profile:
        """Insert a profile; return it with its id."""
        row = profile_row(profile)
        self._session.add(row)
        self._session.flush()
        return profile_of(row)

    def profiles_of_model(self, model_id: ModelId) -> list[Profile]:
        """Return a model's profiles, newest first."""
        query = sa.select(ProfileRow).where(ProfileRow.model_id == model_id)
        return [profile_of(row) for row in self._session.scalars(query.order_by(ProfileRow.id.desc()))]

    def put_layer_statistics(self, model_id: ModelId, *, kind: LayerKind, arrays: Arrays) -> None:
        """Store a model's layer statistics of a kind in place of what there was."""
        self._session.execute(
            sa.delete(LayerArrayRow).where(LayerArrayRow.model_id == model_id, LayerArrayRow.kind == kind)
        )
        self._insert(LayerArrayRow, {"model_id": model_id, "kind": kind}, arrays)

    def layer_statistics(
        self, model_id: ModelId, *, kind: LayerKind, names: Collection[str] | None = None
    ) -> Arrays:
        """Return a model's layer statistics of a kind, all arrays or those named; empty if there are none."""
        query = sa.select(LayerArrayRow).where(LayerArrayRow.model_id == model_id, LayerArrayRow.kind == kind)
        if names is not None:
            query = query.where(LayerArrayRow.name.in_(names))
        return {row.name: unpacked(row) for row in self._session.scalars(query)}

    def layer_statistics_of(
        self, model_ids: Collection[ModelId], *, kind: LayerKind, names: Collection[str]
    ) -> dict[ModelId, Arrays]:
        """Return those arrays of a kind that exist, by model; models without any are left out."""
        found: dict[ModelId, dict[str, NDArray[np.generic]]] = {}
        for part in chunks(model_ids):
            query = sa.select(LayerArrayRow).where(
                LayerArrayRow.model_id.in_(part), LayerArrayRow.kind == kind, LayerArrayRow.name.in_(names)
            )
            for row in self._session.scalars(query):
                found.setdefault(ModelId(row.model_id), {})[row.name] = unpacked(row)
        return dict(found.items())

    def with_layer_statistics(self, model_ids: Collection[ModelId], *, kind: LayerKind) -> set[ModelId]:
        """Return which of these models have layer statistics of a kind."""
        found: set[ModelId] = set()
        for part in chunks(model_ids):
            query = sa.select(LayerArrayRow.model_id).distinct()
            query = query.where(LayerArrayRow.model_id.in_(part), LayerArrayRow.kind == kind)
            found.update(ModelId(model_id) for model_id in self._session.scalars(query))
        return found

    def _insert(
        self, table: type[OutcomeArrayRow] | type[LayerArrayRow], owner: dict[str, object], arrays: Arrays
    ) -> None:
        if arrays:
            rows = [owner | packed(name, array) for name, array in arrays.items()]
            self._session.execute(sa.insert(table), rows)
