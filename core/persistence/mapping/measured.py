"""What was measured, rows to frozen values and back: evaluations, profiles, sensitivities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.domain.ids import DatasetId, EvaluationId, ModelId, ProfileId, RunId, SensitivityId
from core.domain.measurement.evaluation import Evaluation, Profile, Sensitivity
from core.domain.text import visible
from core.persistence.mapping.mapping import pairs_of
from core.persistence.tables.tables import EvaluationRow, ProfileRow, SensitivityRow


def evaluation_of(row: EvaluationRow, *, with_details: bool = True) -> Evaluation:
    """Return the evaluation; its details may be long and are left out where nobody reads them."""
    return Evaluation(
        id=EvaluationId(row.id),
        details=_shown(row.details) if with_details else {},
        intervals=pairs_of(row.intervals),
        artifact=row.artifact,
        **_on_data_of(row),
    )


def _shown(details: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the details with invisible characters in names of classes written as their numbers."""
    names = details.get("class_names")
    return {**details, "class_names": [visible(str(name)) for name in names]} if names else details


def evaluation_row(evaluation: Evaluation) -> EvaluationRow:
    """Return a new row; its id is given by the database."""
    return EvaluationRow(
        details=dict(evaluation.details),
        intervals=dict(evaluation.intervals),
        artifact=evaluation.artifact,
        **_on_data(evaluation),
    )


def sensitivity_of(row: SensitivityRow) -> Sensitivity:
    """Return the sensitivity."""
    return Sensitivity(id=SensitivityId(row.id), run_id=RunId(row.run_id), step=row.step, **_on_data_of(row))


def sensitivity_row(sensitivity: Sensitivity) -> SensitivityRow:
    """Return a new row; its id is given by the database."""
    return SensitivityRow(run_id=sensitivity.run_id, step=sensitivity.step, **_on_data(sensitivity))


def profile_of(row: ProfileRow) -> Profile:
    """Return the profile."""
    intervals = pairs_of(row.intervals)
    return Profile(
        id=ProfileId(row.id),
        device=row.device,
        intervals=intervals,
        artifact=row.artifact,
        **_figures_of(row),
    )


def profile_row(profile: Profile) -> ProfileRow:
    """Return a new row; its id is given by the database."""
    intervals = dict(profile.intervals)
    return ProfileRow(
        device=profile.device, intervals=intervals, artifact=profile.artifact, **_figures(profile)
    )


def _on_data_of(row: EvaluationRow | SensitivityRow) -> dict[str, Any]:
    where = {"dataset_id": DatasetId(row.dataset_id), "split": row.split, "instances": row.instances}
    return where | _figures_of(row)


def _on_data(value: Evaluation | Sensitivity) -> dict[str, Any]:
    where = {"dataset_id": value.dataset_id, "split": value.split, "instances": value.instances}
    return where | _figures(value)


def _figures_of(row: EvaluationRow | SensitivityRow | ProfileRow) -> dict[str, Any]:
    return {
        "model_id": ModelId(row.model_id),
        "metrics": row.metrics,
        "created_at": row.created_at,
        "environment": row.environment,
    }


def _figures(value: Evaluation | Sensitivity | Profile) -> dict[str, Any]:
    return {
        "model_id": value.model_id,
        "metrics": dict(value.metrics),
        "created_at": value.created_at,
        "environment": dict(value.environment),
    }
