"""The tables. What their columns mean is written at the domain values that they hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.domain.catalogue import Catalogue, Device
from core.domain.condition import Protocol
from core.domain.data.data_preview import DataExample, DataSummary
from core.domain.measurement.variants import Variant
from core.domain.metric import MetricDefinition
from core.domain.model import EdgeRole, Source
from core.domain.queue.run import MAKING, RunError, RunKind, RunStatus
from core.domain.queue.usage import MachineLoad, RunUsage
from core.domain.recipe import Recipe, Step
from core.domain.search.selection import Selection
from core.persistence.tables.columns import Frozen, Instant, Json, Metrics, PublishedCatalogue, Word

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """All tables; constraints are named by rule, so that migrations can refer to them."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {
        datetime: Instant,
        dict[str, Any]: Json,
        dict[str, float]: Metrics,
        list[Any]: Json,
    }


def _owned_by(table: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{table}.id", ondelete="CASCADE")


class ProjectRow(Base):
    """Projects. Every change of a project's models or runs first increments `revision`: see `touch`.

    `metrics` are those not derived from others; `variants` which of them have values under other conditions.
    """

    __tablename__ = "projects"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(60), unique=True)
    name: Mapped[str] = mapped_column(sa.Text)
    task: Mapped[str] = mapped_column(sa.Text)
    description: Mapped[str] = mapped_column(sa.Text)
    metrics: Mapped[tuple[MetricDefinition, ...]] = mapped_column(Frozen(tuple[MetricDefinition, ...]))
    primary_metrics: Mapped[list[Any]]
    budgets: Mapped[dict[str, float]]
    acceptable_loss: Mapped[float] = mapped_column(server_default="0.01")
    most_running: Mapped[int | None]
    protocol: Mapped[Protocol] = mapped_column(Frozen(Protocol))
    variants: Mapped[tuple[Variant, ...]] = mapped_column(Frozen(tuple[Variant, ...]))
    revision: Mapped[int]
    created_at: Mapped[datetime]


class DatasetRow(Base):
    """Data sets of projects."""

    __tablename__ = "datasets"
    __table_args__ = (sa.UniqueConstraint("project_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(_owned_by("projects"))
    name: Mapped[str] = mapped_column(sa.Text)
    source: Mapped[str] = mapped_column(sa.Text)
    parameters: Mapped[dict[str, Any]]
    class_labels: Mapped[dict[str, Any] | None]


class DataPreviewRow(Base):
    """What splits of data sets look like. `described` and `fingerprint` tell of which data: see there."""

    __tablename__ = "data_previews"

    dataset_id: Mapped[int] = mapped_column(_owned_by("datasets"), primary_key=True)
    split: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    described: Mapped[str] = mapped_column(sa.String(64))
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    summary: Mapped[DataSummary] = mapped_column(Frozen(DataSummary))
    examples: Mapped[tuple[DataExample, ...]] = mapped_column(Frozen(tuple[DataExample, ...]))
    created_at: Mapped[datetime]


class ExperimentRow(Base):
    """Submitted requests."""

    __tablename__ = "experiments"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(_owned_by("projects"), index=True)
    name: Mapped[str] = mapped_column(sa.Text)
    note: Mapped[str] = mapped_column(sa.Text)
    author: Mapped[str] = mapped_column(sa.Text)
    recipes: Mapped[tuple[Recipe, ...]] = mapped_column(Frozen(tuple[Recipe, ...]))
    base_ids: Mapped[list[Any]]
    seeds: Mapped[list[Any]]
    models: Mapped[int]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    give_up_margin: Mapped[float | None]
    queue: Mapped[str] = mapped_column(sa.String(200), server_default="cpu")
    priority: Mapped[int] = mapped_column(server_default="0")
    selection: Mapped[Selection | None] = mapped_column(Frozen(Selection))
    searching: Mapped[bool] = mapped_column(server_default=sa.false())
    search_ended: Mapped[str] = mapped_column(sa.Text, server_default="")


class ModelRow(Base):
    """Models. Status and progress are those of the making run and are read from there.

    `own_metrics` are facts of the model itself. `metrics`, `intervals`, `caveats` and `instances` are derived
    from these and all measurements (`core.domain.measurement.figures`), so that lists need not join those.
    """

    __tablename__ = "models"
    __table_args__ = (
        sa.Index(
            "uq_models_identity",
            "project_id",
            "identity",
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        ),
        sa.Index(None, "project_id", "revision"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(_owned_by("projects"))
    experiment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("experiments.id", ondelete="SET NULL"))
    name: Mapped[str] = mapped_column(sa.Text)
    identity: Mapped[str] = mapped_column(sa.String(64))
    step: Mapped[Step | None] = mapped_column(Frozen(Step))
    source: Mapped[Source | None] = mapped_column(Frozen(Source))
    seed: Mapped[int] = mapped_column(sa.BigInteger)
    artifact: Mapped[str | None] = mapped_column(sa.String(64))
    origin: Mapped[str | None] = mapped_column(sa.String(16))
    manifest: Mapped[dict[str, Any]]
    own_metrics: Mapped[dict[str, float]]
    metrics: Mapped[dict[str, float]]
    intervals: Mapped[dict[str, Any]]
    caveats: Mapped[dict[str, Any]]
    instances: Mapped[int | None]
    author: Mapped[str] = mapped_column(sa.Text)
    note: Mapped[str] = mapped_column(sa.Text)
    tags: Mapped[list[Any]]
    starred: Mapped[bool]
    archived: Mapped[bool]
    created_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    revision: Mapped[int]


class EdgeRow(Base):
    """From which models a model was made: one parent, and a teacher if it was distilled."""

    __tablename__ = "edges"
    __table_args__ = (sa.CheckConstraint("child_id <> parent_id", name="not_itself"),)

    child_id: Mapped[int] = mapped_column(_owned_by("models"), primary_key=True)
    role: Mapped[EdgeRole] = mapped_column(Word(EdgeRole), primary_key=True)
    parent_id: Mapped[int] = mapped_column(_owned_by("models"), index=True)


_IS_QUEUED = sa.text("status = 'queued'")
_OWNED = ("project_id", "author", "experiment_id", "queue", "priority", "id")
_IS_MAKING = sa.text("kind IN ({})".format(", ".join(f"'{kind}'" for kind in sorted(MAKING))))


class RunRow(Base):
    """Runs: the queue and its history. `dispatched_at` IS NULL: no worker has been told yet."""

    __tablename__ = "runs"
    __table_args__ = (
        sa.Index(None, "status", "queue", "priority", "id"),
        sa.Index(None, "status", "kind", "project_id"),
        sa.Index(None, "status", "finished_at"),
        sa.Index(None, "project_id", "finished_at"),
        sa.Index(None, "finished_at"),
        sa.Index(None, "project_id", "revision"),
        sa.Index(None, "model_id"),
        sa.Index(None, "experiment_id", "started_at"),
        sa.Index(None, "author", "started_at"),
        sa.Index("ix_runs_queued", *_OWNED, sqlite_where=_IS_QUEUED, postgresql_where=_IS_QUEUED),
        sa.Index(
            "uq_runs_making", "model_id", unique=True, sqlite_where=_IS_MAKING, postgresql_where=_IS_MAKING
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(_owned_by("projects"))
    model_id: Mapped[int] = mapped_column(_owned_by("models"))
    experiment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("experiments.id", ondelete="SET NULL"))
    kind: Mapped[RunKind] = mapped_column(Word(RunKind))
    status: Mapped[RunStatus] = mapped_column(Word(RunStatus))
    payload: Mapped[dict[str, Any]]
    queue: Mapped[str] = mapped_column(sa.String(200))
    priority: Mapped[int]
    attempt: Mapped[int]
    max_attempts: Mapped[int]
    progress: Mapped[float]
    progress_message: Mapped[str] = mapped_column(sa.Text)
    worker_id: Mapped[str | None] = mapped_column(sa.String(200))
    error: Mapped[RunError | None] = mapped_column(Frozen(RunError))
    author: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime]
    queued_at: Mapped[datetime | None]
    dispatched_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    cancel_requested_at: Mapped[datetime | None]
    usage: Mapped[RunUsage | None] = mapped_column(Frozen(RunUsage))
    revision: Mapped[int]


class NeedRow(Base):
    """Which runs must succeed before a run can start."""

    __tablename__ = "run_needs"

    run_id: Mapped[int] = mapped_column(_owned_by("runs"), primary_key=True)
    needed_id: Mapped[int] = mapped_column(_owned_by("runs"), primary_key=True, index=True)


class CurvePointRow(Base):
    """Points of training curves, numbered within an attempt of a run."""

    __tablename__ = "curve_points"

    run_id: Mapped[int] = mapped_column(_owned_by("runs"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    updates: Mapped[int]
    epoch: Mapped[float]
    figures: Mapped[dict[str, float]]


class EvaluationRow(Base):
    """Evaluations; their outcome arrays are in a table of their own."""

    __tablename__ = "evaluations"

    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[int] = mapped_column(_owned_by("models"), index=True)
    dataset_id: Mapped[int] = mapped_column(_owned_by("datasets"))
    split: Mapped[str] = mapped_column(sa.Text)
    instances: Mapped[int]
    artifact: Mapped[str | None] = mapped_column(sa.String(64))
    metrics: Mapped[dict[str, float]]
    intervals: Mapped[dict[str, Any]]
    details: Mapped[dict[str, Any]]
    environment: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class ProfileRow(Base):
    """Profiles of models on devices."""

    __tablename__ = "profiles"

    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[int] = mapped_column(_owned_by("models"), index=True)
    device: Mapped[str] = mapped_column(sa.Text)
    artifact: Mapped[str | None] = mapped_column(sa.String(64))
    metrics: Mapped[dict[str, float]]
    intervals: Mapped[dict[str, Any]]
    environment: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class StoredArray:
    """Columns of an array kept as bytes; see `core.persistence.arrays`."""

    name: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    dtype: Mapped[str] = mapped_column(sa.String(32))
    shape: Mapped[list[Any]] = mapped_column(Json)
    compression: Mapped[str] = mapped_column(sa.String(16))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)


class OutcomeArrayRow(StoredArray, Base):
    """Outcomes of every instance: one row per evaluation and array."""

    __tablename__ = "outcome_arrays"

    evaluation_id: Mapped[int] = mapped_column(_owned_by("evaluations"), primary_key=True, sort_order=-1)


class LayerArrayRow(StoredArray, Base):
    """Layer statistics: one row per model, kind (weights, activations) and array."""

    __tablename__ = "layer_arrays"

    model_id: Mapped[int] = mapped_column(_owned_by("models"), primary_key=True, sort_order=-2)
    kind: Mapped[str] = mapped_column(sa.String(32), primary_key=True, sort_order=-1)


class SensitivityRow(Base):
    """Sensitivity runs that succeeded; their figures per layer are in a table of their own."""

    __tablename__ = "sensitivities"

    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[int] = mapped_column(_owned_by("models"), index=True)
    run_id: Mapped[int] = mapped_column(_owned_by("runs"))
    step: Mapped[Step] = mapped_column(Frozen(Step))
    dataset_id: Mapped[int] = mapped_column(_owned_by("datasets"))
    split: Mapped[str] = mapped_column(sa.Text)
    instances: Mapped[int]
    metrics: Mapped[dict[str, float]]
    environment: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class SensitivityArrayRow(StoredArray, Base):
    """Figures of a sensitivity run: one row per array, whose first axis is the layer."""

    __tablename__ = "sensitivity_arrays"

    sensitivity_id: Mapped[int] = mapped_column(_owned_by("sensitivities"), primary_key=True, sort_order=-1)


class WorkerRow(Base):
    """Workers and what each can do; `last_seen_at` is their heartbeat."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    host: Mapped[str] = mapped_column(sa.Text)
    pid: Mapped[int]
    queues: Mapped[list[Any]]
    slots: Mapped[int]
    devices: Mapped[tuple[Device, ...]] = mapped_column(Frozen(tuple[Device, ...]))
    versions: Mapped[dict[str, Any]]
    runs: Mapped[list[Any]]
    catalogue: Mapped[Catalogue] = mapped_column(PublishedCatalogue())
    started_at: Mapped[datetime]
    last_seen_at: Mapped[datetime] = mapped_column(index=True)
    stopped_at: Mapped[datetime | None]
    draining_at: Mapped[datetime | None]
    load: Mapped[MachineLoad | None] = mapped_column(Frozen(MachineLoad))


class UploadRow(Base):
    """Files that people uploaded; `key` finds their content in the artifact store."""

    __tablename__ = "uploads"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text)
    size_bytes: Mapped[int] = mapped_column(sa.BigInteger)
    tensors: Mapped[int]
    used_at: Mapped[datetime]


class SavedViewRow(Base):
    """Addresses of pages that people keep under a name."""

    __tablename__ = "saved_views"
    __table_args__ = (sa.UniqueConstraint("project_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(_owned_by("projects"))
    name: Mapped[str] = mapped_column(sa.Text)
    page: Mapped[str] = mapped_column(sa.String(100))
    query: Mapped[str] = mapped_column(sa.Text)
    note: Mapped[str] = mapped_column(sa.Text)
    author: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime]
