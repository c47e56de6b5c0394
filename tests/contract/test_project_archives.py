"""A project moves to another installation as one file, or nothing of it does."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from core.domain.access.caller import Caller, CallerKind, Role
from core.domain.ids import ModelId, ProjectId
from core.domain.queue.run import RunStatus
from core.domain.queue.run_query import RunQuery
from core.domain.recipe import SweepStep
from core.errors import Forbidden, InvalidInput, UnusableInput
from core.persistence.access.scope import is_owned
from core.persistence.project_rows.carried import LEFT_OUT, carried
from core.persistence.tables.tables import Base, EvaluationRow, ModelRow, ProfileRow
from core.services.application import Application
from core.services.models.annotations import annotate
from core.services.models.models import get_model, list_models
from core.services.project_archives.exporting import archive_sizes, project_archive
from core.services.project_archives.importing import import_archive, look_at_archive
from core.services.projects.projects import get_project, list_projects
from core.services.projects.saved_views import SavedViewRequest, list_views, save_view
from core.services.recipes.saved_recipes import RecipeToSave, get_recipe, save_recipe
from core.testing.fakes import open_migrated
from core.testing.laboratory import Laboratory
from core.testing.servers.servers import database

RECIPE = (SweepStep("prune", {"sparsity": (0.5, 0.9)}),)


@pytest.fixture(scope="module")
def installations(
    postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Any]]:
    """The first holds two projects, the second of them with everything; the second one is empty."""
    folder = tmp_path_factory.mktemp("archives")
    with ExitStack() as stack:
        postgres = stack.enter_context(database(postgres_server))
        first = open_migrated(f"sqlite:///{folder / 'first.db'}", folder / "first")
        second = open_migrated(postgres, folder / "second")
        for app in (first, second):
            stack.callback(app.close)
            Laboratory(app).open()
        Laboratory(first).project("Other", "other")
        _fill(first, folder)
        file = folder / "digits.zip"
        _export(first, file)
        yield {"first": first, "second": second, "file": file, "folder": folder}


def _fill(app: Application, folder: Path) -> None:
    laboratory = Laboratory(app)
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.sweep(project, base.id, (RECIPE,))
    laboratory.play()
    pruned = list_models(app, project.id)[1]
    named = (SweepStep("distill", {"teacher": (int(pruned.id),)}),)
    laboratory.sweep(project, base.id, (named,))
    for each in list_models(app, project.id)[:3]:
        (folder / "content").write_text(f"weights of {each.name}")
        key = app.artifacts.put(folder / "content")
        with app.unit_of_work.engine.begin() as connection:
            connection.execute(sa.update(ModelRow).where(ModelRow.id == each.id).values(artifact=key))
            for row in (EvaluationRow, ProfileRow):  # what was measured are these weights
                connection.execute(sa.update(row).where(row.model_id == each.id).values(artifact=key))
    annotate(app, [pruned.id], note="look here", add_tags=["good"], starred=True)
    save_view(app, SavedViewRequest(project.id, "Both", f"selected={base.id}.{pruned.id}&x=top1"))
    save_recipe(app, RecipeToSave(project.id, "with a teacher", (named,)))


def _export(app: Application, file: Path, weights_of: list[ModelId] | None = None) -> None:
    with project_archive(app, get_project(app, "digits"), weights_of=weights_of) as archive:
        file.write_bytes(b"".join(archive.pieces()))


def _by_name(app: Application, project_id: ProjectId) -> dict[str, Any]:
    return {model.name: model for model in list_models(app, project_id)}


def test_a_project_moves_from_sqlite_to_postgres(installations: Mapping[str, Any]) -> None:
    first, second, file = installations["first"], installations["second"], installations["file"]
    assert not look_at_archive(second, file).lacking
    made = import_archive(second, file)
    before, after = _by_name(first, get_project(first, "digits").id), _by_name(second, made.project.id)
    assert list(after) == list(before)
    for name, old in before.items():
        new = after[name]
        assert made.models[int(old.id)] == new.id
        for part in ("identity", "seed", "metrics", "note", "tags", "starred", "created_at", "made_at"):
            assert getattr(new, part) == getattr(old, part)
        assert new.parent_id == made.models.get(old.parent_id)
        assert new.artifact == old.artifact
        told, kept = get_model(second, new.id), get_model(first, old.id)
        assert [one.metrics for one in told.evaluations] == [one.metrics for one in kept.evaluations]
        with first.unit_of_work() as one, second.unit_of_work() as other:
            for mine, theirs in zip(kept.evaluations, told.evaluations, strict=True):
                arrays = one.evaluations.outcomes(mine.id), other.evaluations.outcomes(theirs.id)
                assert str(arrays[0]) == str(arrays[1])
    whole = list(after.values())[:3]
    texts = [second.artifacts.fetch(model.artifact).read_text() for model in whole]
    assert texts == [f"weights of {model.name}" for model in whole]
    assert made.without_weights == 1


def test_ids_inside_steps_views_and_recipes_are_those_of_the_new_place(
    installations: Mapping[str, Any],
) -> None:
    second = installations["second"]
    made = import_archive(second, installations["file"], name="Ids")
    models = _by_name(second, made.project.id)
    pruned = next(model for model in models.values() if "good" in model.tags)
    base = next(model for model in models.values() if model.parent_id is None)
    student = next(model for model in models.values() if model.step and model.step.technique == "distill")
    assert student.step.parameters["teacher"] == str(pruned.id)
    assert student.teacher_id == pruned.id
    assert student.status is RunStatus.CANCELLED  # it was still queued where it came from
    (view,) = list_views(second, made.project.id)
    assert view.query == f"selected={base.id}.{pruned.id}&x=top1"
    recipe = get_recipe(second, made.project.id, "with a teacher")
    assert re.search(rf"teacher:[\s'\[-]*{pruned.id}\b", recipe.content)
    assert made.project.protocol.quality.dataset_id == made.project.datasets[0].id
    with second.unit_of_work() as uow:
        runs = uow.runs.get(uow.runs.matching(RunQuery(project_id=made.project.id))).values()
    assert {run.payload["dataset_id"] for run in runs} == {int(made.project.datasets[0].id)}
    assert Laboratory(second).project("Next", "next").id > made.project.id  # ids go on


def test_the_weights_are_a_choice_whose_size_is_told(installations: Mapping[str, Any]) -> None:
    first, second = installations["first"], installations["second"]
    project = get_project(first, "digits")
    base = list_models(first, project.id)[0]
    sizes = archive_sizes(first, project)
    assert sizes.of([base.id]) - sizes.of([]) == len("weights of residual CNN")
    assert sizes.of(None) > sizes.of([base.id])
    file = installations["folder"] / "one.zip"
    _export(first, file, [base.id])
    manifest = look_at_archive(second, file).manifest
    assert (manifest.weights, list(manifest.artifacts)) == (1, [base.artifact])
    with pytest.raises(InvalidInput, match="is not of this project"):
        _export(first, file, [ModelId(999)])


DAMAGES = {
    "cut": "was cut or altered",
    "table": "The table models of the archive was altered",
    "artifact": "The artifact .* of the archive was altered",
    "newer": "has format 2; this version reads up to 1",
    "schema": "has schema 9999; this version reads up to",
    "name": r"it holds '\.\./\.\./evil'",
    "bomb": "would become",
    "value": "A value of models.tags in the archive cannot be read",
    "reference": "the archive has no row 4242 of datasets",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_nothing_is_imported_of_an_archive_that_is_not_as_it_was_written(
    installations: Mapping[str, Any], damage: str, tmp_path: Path
) -> None:
    second, file = installations["second"], tmp_path / "damaged.zip"
    file.write_bytes(installations["file"].read_bytes())
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-100])
    else:
        _alter(file, damage)
    before = [project.slug for project in list_projects(second)]
    with pytest.raises(UnusableInput, match=DAMAGES[damage]):
        import_archive(second, file, name="Damaged")
    assert [project.slug for project in list_projects(second)] == before


def _alter(file: Path, damage: str) -> None:
    """Write the archive again with one fault, and checksums that suit it."""
    with zipfile.ZipFile(file) as read:
        found = {info.filename: read.read(info) for info in read.infolist()}
    manifest = json.loads(found["manifest.json"])
    stored = next(name for name in found if name.startswith("artifacts/"))
    models = [json.loads(line) for line in found["tables/models.jsonl"].splitlines()]
    evaluations = [json.loads(line) for line in found["tables/evaluations.jsonl"].splitlines()]
    if damage == "table":
        found["tables/models.jsonl"] = found["tables/models.jsonl"].replace(b"e", b"o", 1)
    elif damage == "artifact":
        found[stored] = b"W" + found[stored][1:]
    elif damage in {"newer", "schema"}:
        manifest |= {"format": 2} if damage == "newer" else {"schema_version": "9999"}
    elif damage == "name":
        found["../../evil"] = b"x"
    elif damage == "bomb":
        found["tables/models.jsonl"] = b"[" + b" " * 100_000_000 + b"]"
    elif damage == "value":
        models[0][manifest["tables"]["models"]["columns"].index("tags")] = "good"
        _put(found, manifest, "models", models)
    elif damage == "reference":
        evaluations[0][manifest["tables"]["evaluations"]["columns"].index("dataset_id")] = 4242
        _put(found, manifest, "evaluations", evaluations)
    found["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(file, "w") as written:
        for each, content in found.items():
            kind = zipfile.ZIP_DEFLATED if each.startswith("tables/") else zipfile.ZIP_STORED
            written.writestr(each, content, kind)


def _put(found: dict[str, bytes], manifest: Any, table: str, rows: list[Any]) -> None:
    content = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    found[f"tables/{table}.jsonl"] = content
    manifest["tables"][table]["sha256"] = hashlib.sha256(content).hexdigest()


def test_a_name_that_is_taken_is_refused_before_anything_is_read(installations: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="There is a project with the short name 'other' already"):
        import_archive(installations["first"], installations["file"], name="Other")


def test_visitors_with_a_share_link_get_no_archive(installations: Mapping[str, Any]) -> None:
    first = installations["first"]
    visitor = Caller("link", Role.VIEWER, CallerKind.LINK, project_id=get_project(first, "digits").id)
    seen = replace(first, who=lambda: visitor)
    with pytest.raises(Forbidden, match="gives no archive"):
        _export(seen, installations["folder"] / "none.zip")


def test_every_table_of_a_project_is_carried_or_left_out_on_purpose() -> None:
    owned = {table.name for table in Base.metadata.sorted_tables if is_owned(table)}
    assert set(carried()) | LEFT_OUT >= owned
    for table in carried().values():
        assert not {"secret", "token_hash", "password_hash"} & set(table.columns.keys())
