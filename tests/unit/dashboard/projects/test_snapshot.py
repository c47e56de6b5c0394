"""What handlers read is kept per revision, and is always what the database says."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.ids import ModelId
from core.errors import UnknownName
from core.services.application import Application
from core.services.measurements.measurements import queue_evaluation
from core.services.models import models
from core.services.models.annotations import annotate
from core.services.projects import projects
from core.testing.laboratory import Laboratory
from core.testing.running import Installation
from dashboard.projects import snapshot


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    installation = Installation(tmp_path)
    installation.prepare()
    return installation


@pytest.fixture
def laboratory(installation: Installation) -> Iterator[Laboratory]:
    application = installation.open()
    laboratory = Laboratory(application)
    laboratory.open()
    project = laboratory.project()
    laboratory.sweep(project, laboratory.base(project).id)
    yield laboratory
    application.close()


def same_as_in_the_database(product: Application, slug: str = "digits") -> bool:
    read = snapshot.read(product, slug)
    project = projects.get_project(product, slug)
    return read.project == project and list(read.models) == models.list_models(product, project.id)


CHANGES = {
    "claim": lambda lab: lab.claim(),
    "play": lambda lab: lab.play(7),
    "another base": lambda lab: lab.base(projects.get_project(lab.app, "digits"), "second", seed=1),
    "note": lambda lab: annotate(lab.app, [ModelId(2)], note="look"),
    "evaluate again": lambda lab: (
        lab.play(1),
        snapshot.read(lab.app, "digits"),
        queue_evaluation(lab.app, [ModelId(1)]),
    ),
    "delete": lambda lab: models.delete_models(lab.app, [ModelId(2)], with_descendants=True),
    "delete and restore": lambda lab: (
        models.delete_models(lab.app, [ModelId(3)], with_descendants=True),
        snapshot.read(lab.app, "digits"),
        models.restore_models(lab.app, [ModelId(3)]),
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_is_seen(laboratory, change):
    assert same_as_in_the_database(laboratory.app)
    change(laboratory)
    assert same_as_in_the_database(laboratory.app)


def test_a_change_by_another_process_is_seen(laboratory, installation):
    snapshot.read(laboratory.app, "digits")
    other = installation.open()
    annotate(other, [ModelId(2)], note="look")
    assert snapshot.read(laboratory.app, "digits").models[1].note == "look"
    other.close()


def test_nothing_is_read_again_while_nothing_changes(laboratory):
    first = snapshot.read(laboratory.app, "digits")
    assert snapshot.read(laboratory.app, "digits") is first
    assert snapshot.read(laboratory.app, "digits").recipes is first.recipes


def test_models_that_did_not_change_are_kept(laboratory):
    before = snapshot.read(laboratory.app, "digits")
    annotate(laboratory.app, [ModelId(2)], note="look")
    after = snapshot.read(laboratory.app, "digits")
    assert after is not before
    assert [one.id for one, other in zip(before.models, after.models, strict=True) if one is not other] == [2]


def test_only_a_few_projects_are_kept(laboratory):
    more = [
        laboratory.project(f"Project {number}", f"project-{number}") for number in range(snapshot.MOST_KEPT)
    ]
    slugs = ["digits", *(project.slug for project in more)]
    first = snapshot.read(laboratory.app, "digits")
    for slug in slugs[1:]:
        snapshot.read(laboratory.app, slug)
    assert snapshot.read(laboratory.app, "digits") is not first
    assert all(same_as_in_the_database(laboratory.app, slug) for slug in slugs)


def test_an_unknown_project_is_an_error(laboratory):
    with pytest.raises(UnknownName, match="nowhere"):
        snapshot.read(laboratory.app, "nowhere")
