"""Reads all rows of a project, and inserts those of another database under ids of this one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.domain.data.instance_group import InstanceGroup
from core.domain.ids import DatasetId, InstanceGroupId, ProjectId
from core.domain.queue.run import ACTIVE, RunStatus
from core.errors import CorruptArtifact, UnusableInput
from core.persistence.access.scope import inside
from core.persistence.arrays import bounded, packed, unpacked
from core.persistence.project_rows.carried import as_json, carried, from_json, row_class
from core.persistence.project_rows.identifiers import Identifiers
from core.persistence.repositories.artifact_references import UPLOAD_KEY
from core.persistence.tables.instance_tables import InstanceSetRow
from core.persistence.tables.tables import DatasetRow, ModelRow, StoredArray

Row = list[Any]
_AT_ONCE = 50


@dataclass(frozen=True)
class ProjectTables:
    """All rows of one project, with values that JSON can hold, by table; may be read several times.

    model_parameters: by technique, the parameter that may name a model by its id.
    """

    columns: Mapping[str, tuple[str, ...]]
    rows: Callable[[str], Iterable[Row]]
    model_parameters: Mapping[str, str] = field(default_factory=dict)


class ProjectRowRepository:
    """Reads and inserts rows as they are; what pages show of models is to be derived afterwards."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def read(self, project_id: ProjectId) -> ProjectTables:
        """Return all rows of a project as they were at one instant, while the transaction is open."""
        postgres = self._session.get_bind().dialect.name == "postgresql"
        level = {"isolation_level": "REPEATABLE READ"} if postgres else {}
        connection = self._session.connection(execution_options=level)

        def rows(name: str) -> Iterator[Row]:
            table = carried()[name]
            written = [as_json(column) for column in table.columns]
            query = (
                sa.select(table).where(inside(table, int(project_id))).order_by(*table.primary_key.columns)
            )
            for row in connection.execute(query, execution_options={"yield_per": _AT_ONCE}):
                yield [
                    None if value is None else write(value) for write, value in zip(written, row, strict=True)
                ]

        columns = {name: tuple(table.columns.keys()) for name, table in carried().items()}
        return ProjectTables(columns, rows)

    def insert(self, tables: ProjectTables, *, name: str, slug: str) -> tuple[ProjectId, Identifiers]:
        """Insert a project with all its rows; return its id, and the new ids by the old.

        Raises:
            UnusableInput: a row that no version of this product writes.
        """
        known = Identifiers(model_parameters=tables.model_parameters)
        for each, table in carried().items():
            if each in tables.columns and "id" in table.columns:
                old = [_whole(row[tables.columns[each].index("id")], each) for row in tables.rows(each)]
                known.ids[each] = dict(zip(old, self._allocate(table, len(old)), strict=True))
        if len(known.ids.get("projects", ())) != 1:
            raise UnusableInput("The archive does not hold one project.", _ANOTHER)
        (project_id,) = known.ids["projects"].values()
        known.marks = dict(_marks(tables, known))
        for each, table in carried().items():
            if each in tables.columns:
                named = {"name": name, "slug": slug} if each == "projects" else {}
                reader = _Reader(table, tables, known)
                self._fill(table, (reader.read(row, named) for row in tables.rows(each)))
        return ProjectId(project_id), known

    def artifacts(self, project_id: ProjectId) -> tuple[set[str], set[str]]:
        """Return the keys of thumbnails, and of uploaded files that the project's models and data name."""
        packs = {str(key) for several in self._texts(InstanceSetRow.packs, project_id) for key in several}
        named = (ModelRow.source, ModelRow.manifest, DatasetRow.parameters)
        texts = (text for each in named for text in self._texts(sa.cast(each, sa.Text), project_id, each))
        return packs, {key for text in texts if text for key in UPLOAD_KEY.findall(text)}

    def array_bytes(self, project_id: ProjectId) -> int:
        """Return how much the stored arrays of a project take."""
        found = 0
        for table in carried().values():
            if "content" in table.columns and "sha256" in table.columns:
                size = sa.func.coalesce(sa.func.sum(sa.func.length(table.c.content)), 0)
                found += int(self._session.scalar(sa.select(size).where(inside(table, int(project_id)))) or 0)
        return found

    def _texts(self, what: Any, project_id: ProjectId, column: Any = None) -> Sequence[Any]:
        table = (what if column is None else column).class_.__table__
        return self._session.scalars(sa.select(what).where(inside(table, int(project_id)))).all()

    def _fill(self, table: sa.Table, values: Iterable[Mapping[str, Any]]) -> None:
        batch: list[Mapping[str, Any]] = []
        try:
            for one in values:
                batch.append(one)
                if len(batch) == _AT_ONCE:
                    self._session.execute(sa.insert(table), batch)
                    batch = []
            if batch:
                self._session.execute(sa.insert(table), batch)
        except sa.exc.IntegrityError as error:
            message = f"Rows of {table.name} in the archive contradict each other: {error.orig}."
            raise UnusableInput(message, _ANOTHER) from error

    def _allocate(self, table: sa.Table, number: int) -> list[int]:
        """Return free ids that nobody else gets, in order."""
        if self._session.get_bind().dialect.name == "postgresql":
            sequence = sa.func.pg_get_serial_sequence(table.name, "id")
            several = sa.func.generate_series(1, number).table_valued("number")
            return sorted(self._session.scalars(sa.select(sa.func.nextval(sequence)).select_from(several)))
        last = self._session.scalar(sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0))) or 0
        return list(range(last + 1, last + 1 + number))


_ANOTHER = "Use another copy of the archive; nothing was imported."


class _Reader:
    """Turns rows of an archive into values to insert."""

    def __init__(self, table: sa.Table, tables: ProjectTables, known: Identifiers) -> None:
        self._table, self._known = table, known
        self._names = tables.columns[table.name]
        if unknown := sorted(set(self._names) - set(table.columns.keys())):
            raise UnusableInput(f"This version has no column {table.name}.{unknown[0]}.", _NEWER)
        self._read = {name: from_json(table.columns[name]) for name in self._names}
        self._class = row_class(table)

    def read(self, row: Row, named: Mapping[str, str]) -> dict[str, Any]:
        """Return the values of a row under new ids."""
        if not isinstance(row, list) or len(row) != len(self._names):
            raise UnusableInput(f"A row of {self._table.name} in the archive has the wrong length.", _ANOTHER)
        values = {name: self._value(name, value) for name, value in zip(self._names, row, strict=True)}
        if self._table.name == "runs":
            values |= _ended(values)
        if self._table.name == "experiments" and values.get("searching"):
            values |= {"searching": False, "search_ended": "Ended: its project was moved meanwhile."}
        if issubclass(self._class, StoredArray):
            values |= self._array(values)
        return {**values, **named}

    def _value(self, name: str, value: Any) -> Any:
        column = self._table.columns[name]
        try:
            if name == "id" and self._table.name in self._known.ids:
                return self._known.ids[self._table.name][_whole(value, self._table.name)]
            if column.foreign_keys:
                return self._reference(column, value)
            if value is None and column.nullable:
                return None
            return self._read[name](self._known.in_json(self._table.name, name, value))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            reason = str(error).partition("\n")[0][:200]
            message = f"A value of {self._table.name}.{name} in the archive cannot be read: {reason}."
            raise UnusableInput(message, _ANOTHER) from error

    def _reference(self, column: sa.Column[Any], old: Any) -> int | None:
        target = next(iter(column.foreign_keys)).column.table.name
        new = self._known.of(target, old)
        if new is None and not column.nullable:
            raise ValueError(f"the archive has no row {old} of {target}")
        return new

    def _array(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the columns of an array that was compared with its hash, with new ids of models in it."""
        row = self._class(**values)
        if not isinstance(row, StoredArray):
            raise TypeError(self._class.__name__)
        try:
            bounded(row)
            array = unpacked(row)
        except CorruptArtifact as error:
            raise UnusableInput(error.message, _ANOTHER) from error
        if self._table.name != "layer_arrays" or array.dtype.kind not in "iu":
            return {}
        ids = self._known.models_array(row.name, array.ravel().tolist())
        return {} if ids is None else packed(row.name, np.array(ids, array.dtype).reshape(array.shape))


_NEWER = "Import it with the version that made it, or a newer one."


def _ended(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what to change in a run: none of another installation is waited for or carried out here."""
    quiet: dict[str, Any] = {"lease_until": None, "cancel_requested_at": None}
    if values.get("status") not in ACTIVE:
        return quiet
    ended = values.get("started_at") or values.get("created_at")
    return quiet | {"status": RunStatus.CANCELLED, "finished_at": ended, "progress_message": ""}


def _marks(tables: ProjectTables, known: Identifiers) -> Iterator[tuple[str, str]]:
    """Yield old and new mark of each saved group: the id of its data set is part of it."""
    names = tables.columns.get("instance_groups", ())
    for row in tables.rows("instance_groups") if names else ():
        told = dict(zip(names, row, strict=True))
        new = known.of("datasets", told.get("dataset_id"))
        if new is None:
            continue
        yield _mark(told, int(told["dataset_id"])), _mark(told, new)


def _mark(told: Mapping[str, Any], dataset_id: int) -> str:
    group = InstanceGroup(
        id=InstanceGroupId(0),
        dataset_id=DatasetId(dataset_id),
        split=told["split"],
        fingerprint=told["fingerprint"],
        name=told["name"],
        positions=tuple(told["positions"]),
        created_at=told["created_at"],
    )
    return group.mark


def _whole(value: Any, table: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise UnusableInput(f"A row of {table} in the archive has no id.", _ANOTHER)
    return value
