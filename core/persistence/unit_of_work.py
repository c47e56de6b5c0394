"""A unit of work: one transaction with its repositories; what is not committed never happened."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from core.domain.ids import ProjectId
from core.errors import Misconfigured, Unavailable
from core.persistence.access.accounts import AccountRepository
from core.persistence.access.api_tokens import ApiTokenRepository
from core.persistence.access.audit import AuditRepository
from core.persistence.access.request_keys import RequestKeyRepository
from core.persistence.access.scope import confine
from core.persistence.access.share_links import ShareLinkRepository
from core.persistence.notifications.channels import ChannelRepository
from core.persistence.project_rows.repository import ProjectRowRepository
from core.persistence.repositories.artifact_references import ArtifactReferences
from core.persistence.repositories.curves import CurveRepository
from core.persistence.repositories.data_previews import DataPreviewRepository
from core.persistence.repositories.evaluations import EvaluationRepository
from core.persistence.repositories.experiments import ExperimentRepository
from core.persistence.repositories.instance_groups import InstanceGroupRepository
from core.persistence.repositories.instances import InstanceRepository
from core.persistence.repositories.layer_pairs import LayerPairRepository
from core.persistence.repositories.models import ModelRepository
from core.persistence.repositories.projects import ProjectRepository
from core.persistence.repositories.revisions import Revisions
from core.persistence.repositories.sensitivities import SensitivityRepository
from core.persistence.repositories.uploads import UploadRepository
from core.persistence.repositories.workers import WorkerRepository
from core.persistence.runs.run_shares import RunShares
from core.persistence.runs.run_statistics import RunStatistics
from core.persistence.runs.runs import RunRepository
from core.persistence.saved.recipes import SavedRecipeRepository
from core.persistence.saved.views import SavedViewRepository
from core.persistence.searches.trials import TrialRepository


class UnitOfWork:
    """One transaction. Use it in a `with` statement and call `commit` at its end.

    Values leave it, rows never do. Leaving without `commit` rolls everything back.

    writing: whether it may commit. One that begins by reading cannot turn to writing on SQLite while somebody
        else writes: the database would be "busy" at once, however long it may be waited for.
    """

    def __init__(self, session: Session, *, writing: bool) -> None:
        self._session = session
        self._writing = writing
        revisions = Revisions(session)
        self.projects = ProjectRepository(session, revisions)
        self.project_rows = ProjectRowRepository(session)
        self.models = ModelRepository(session, revisions)
        self.runs = RunRepository(session, revisions)
        self.shares = RunShares(session)
        self.run_statistics = RunStatistics(session)
        self.curves = CurveRepository(session)
        self.experiments = ExperimentRepository(session)
        self.trials = TrialRepository(session)
        self.trials = TrialRepository(session)
        self.evaluations = EvaluationRepository(session)
        self.layer_pairs = LayerPairRepository(session)
        self.sensitivities = SensitivityRepository(session)
        self.workers = WorkerRepository(session)
        self.data_previews = DataPreviewRepository(session)
        self.instances = InstanceRepository(session)
        self.instance_groups = InstanceGroupRepository(session)
        self.saved_views = SavedViewRepository(session)
        self.saved_recipes = SavedRecipeRepository(session)
        self.uploads = UploadRepository(session)
        self.artifact_references = ArtifactReferences(session)
        self.audit = AuditRepository(session)
        self.accounts = AccountRepository(session)
        self.share_links = ShareLinkRepository(session)
        self.api_tokens = ApiTokenRepository(session)
        self.channels = ChannelRepository(session)
        self.request_keys = RequestKeyRepository(session)

    def commit(self) -> None:
        """Make everything that was done permanent.

        Raises:
            RuntimeError: it was opened for reading.
        """
        if not self._writing:
            raise RuntimeError("This unit of work was opened for reading: open it with writing=True.")
        self._session.commit()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._session.close()
        except sa.exc.DBAPIError:  # the server ended the connection: there is nothing to undo
            self._session.invalidate()
        if isinstance(error, sa.exc.DBAPIError):
            explained = explanation(error)
            if explained is not None:
                raise explained from error


class UnitOfWorkFactory:
    """Opens units of work on one database; may be shared between threads, not between processes."""

    def __init__(self, engine: Engine, scope: Callable[[], ProjectId | None] = lambda: None) -> None:
        self.engine = engine
        self._scope = scope
        self._writing = engine.execution_options(sqlite_begin="IMMEDIATE")

    def __call__(self, *, writing: bool = False) -> UnitOfWork:
        """Return a new unit of work. Those that write must say so: SQLite lets one writer in at a time."""
        engine = self._writing if writing else self.engine
        session = Session(engine, expire_on_commit=False, autoflush=False)
        if (project_id := self._scope()) is not None:
            confine(session, project_id)
        return UnitOfWork(session, writing=writing)

    def within(self, scope: Callable[[], ProjectId | None]) -> UnitOfWorkFactory:
        """Return a factory on the same database whose units of work read the project that `scope` names."""
        return UnitOfWorkFactory(self.engine, scope)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def explanation(error: sa.exc.DBAPIError) -> Misconfigured | Unavailable | None:
    """Return the error in people's words where the fault lies with the database, not with the program."""
    reason = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error).__name__
    said = reason.lower()
    if (
        "no such table" in said
        or "no such column" in said
        or "undefined" in type(error.orig).__name__.lower()
    ):
        return Misconfigured("The database is not set up for this version.", "Run: compress-compare migrate")
    if "readonly" in said or "unable to open" in said or "not a database" in said:
        hint = "Check the file and its folder, or set CNC_DATABASE_URL or CNC_DATA_DIR to another place."
        return Misconfigured(f"The database file cannot be used: {reason}.", hint)
    if "full" in said and "disk" in said:
        return Misconfigured("The disk of the database is full.", "Make room, then try again.")
    if "locked" in said:
        return Unavailable("The database is busy.", "Try again in a moment.")
    if isinstance(error, sa.exc.OperationalError) or "idle-in-transaction" in said:
        return Unavailable(f"The database does not answer: {reason}.", "Start it, or check CNC_DATABASE_URL.")
    return None
