"""Projects have any number of data sets, of which the protocol names one; on both databases."""

from __future__ import annotations

import pytest

from core.domain.project import Project
from core.errors import Conflict, InvalidInput
from core.services.application import Application
from core.services.data_setup import datasets
from core.services.data_setup.datasets import DatasetRequest
from core.services.measurements import measurements
from core.services.measurements.measurements import Measurement
from core.services.measurements.protocol import ProtocolChange, change_protocol, delete_evaluation
from core.services.models import models
from core.services.projects import projects
from core.testing.laboratory import Laboratory


@pytest.fixture
def project(app: Application, laboratory: Laboratory) -> Project:
    return datasets.add_dataset(app, laboratory.project().id, DatasetRequest("streets", "digits"))


def test_the_protocol_stays_with_the_first_data_set(project: Project) -> None:
    assert [dataset.name for dataset in project.datasets] == ["digits", "streets"]
    assert project.evaluated_on == project.datasets[0]


def test_names_are_used_once(app: Application, project: Project) -> None:
    with pytest.raises(InvalidInput, match="named 'digits' already"):
        datasets.add_dataset(app, project.id, DatasetRequest("digits", "digits"))
    with pytest.raises(InvalidInput, match="named 'digits' already"):
        datasets.rename_dataset(app, project.id, project.datasets[1].id, "digits")


def test_variants_carry_the_name_that_a_data_set_has_now(
    app: Application, laboratory: Laboratory, project: Project
) -> None:
    first, second = project.datasets
    base = laboratory.base(project)
    laboratory.play()
    change_protocol(app, project.id, ProtocolChange(dataset_id=second.id))
    named = f"top1@data={first.id}"
    found = projects.get_project(app, project.id).metric(named)
    assert found is not None
    assert found.label == "Top-1 accuracy · digits"
    assert set(models.get_model(app, base.id).model.metrics) & {"top1", named} == {named}
    renamed = datasets.rename_dataset(app, project.id, first.id, "numbers").metric(named)
    assert renamed is not None
    assert renamed.label == "Top-1 accuracy · numbers"


def test_a_data_set_goes_unless_something_needs_it(
    app: Application, laboratory: Laboratory, project: Project
) -> None:
    first, second = project.datasets
    with pytest.raises(Conflict, match="protocol names"):
        datasets.remove_dataset(app, project.id, first.id)
    base = laboratory.base(project)
    laboratory.play()
    measurements.queue_evaluation(app, [base.id], Measurement(dataset_id=second.id))
    with pytest.raises(Conflict, match="Runs in the queue need"):
        datasets.remove_dataset(app, project.id, second.id)
    laboratory.play()
    with pytest.raises(Conflict, match="measured on these data"):
        datasets.remove_dataset(app, project.id, second.id)
    delete_evaluation(app, models.get_model(app, base.id).evaluations[0].id)
    left = datasets.remove_dataset(app, project.id, second.id)
    assert left.datasets == (first,)
    change_protocol(app, project.id, ProtocolChange(split="train"))
    again = datasets.add_dataset(app, project.id, DatasetRequest("more", "digits")).datasets[1]
    change_protocol(app, project.id, ProtocolChange(dataset_id=again.id))
    with pytest.raises(Conflict, match="measured on these data"):
        datasets.remove_dataset(app, project.id, first.id)
