"""Drift of a group of instances is queued once per group and kept."""

from __future__ import annotations

import pytest

from core.domain.ids import DatasetId
from core.domain.model import Model
from core.domain.project import Project
from core.domain.queue.run import RunKind
from core.errors import InvalidInput
from core.services.application import Application
from core.services.layers.layer_drifts import InstanceChoice, layer_drifts, queue_layer_drift
from core.services.queue.runs import get_run
from core.testing.laboratory import Laboratory


@pytest.fixture
def other(laboratory: Laboratory, project: Project, base: Model) -> Model:
    made = laboratory.base(project, "other", seed=1)
    laboratory.play()
    return made


def test_a_group_is_looked_at_once(
    app: Application, laboratory: Laboratory, project: Project, base: Model, other: Model
) -> None:
    data = project.datasets[0].id
    choice = InstanceChoice(data, "test", ("7", "3"), "regressions")
    run_id = queue_layer_drift(app, other.id, base.id, choice)
    assert run_id is not None
    run = get_run(app, run_id)
    assert (run.kind, run.model_id, run.payload["ids"]) == (RunKind.DRIFT, other.id, ["7", "3"])
    same = InstanceChoice(data, "test", ("3", "7"), "the same")
    assert queue_layer_drift(app, other.id, base.id, same) == run_id
    (waiting,) = layer_drifts(app, other.id, base.id)
    assert (waiting.choice.label, dict(waiting.arrays)) == ("regressions", {})
    laboratory.play()
    (found,) = layer_drifts(app, other.id, base.id)
    assert found.arrays["group"].tolist() == [0.3, 0.1]
    assert queue_layer_drift(app, other.id, base.id, same) is None
    more = InstanceChoice(data, "test", ("3", "7", "9"))
    assert queue_layer_drift(app, other.id, base.id, more) is not None
    assert [len(each.choice.ids) for each in layer_drifts(app, other.id, base.id)] == [3, 2]
    assert layer_drifts(app, base.id, other.id) == []


def test_groups_that_cannot_be_compared_are_refused(
    app: Application, project: Project, base: Model, other: Model
) -> None:
    choice = InstanceChoice(project.datasets[0].id, "test", ("3",))
    with pytest.raises(InvalidInput, match="1 instances cannot be compared with random groups"):
        queue_layer_drift(app, other.id, base.id, choice)
    with pytest.raises(InvalidInput, match="is its own baseline"):
        queue_layer_drift(app, base.id, base.id, choice)
    with pytest.raises(InvalidInput, match="does not have the data set"):
        queue_layer_drift(app, other.id, base.id, InstanceChoice(DatasetId(99), "test", ("3", "4")))
