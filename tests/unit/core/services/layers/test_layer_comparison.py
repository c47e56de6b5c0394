"""Layers of several models beside each other: one tree, one order."""

from __future__ import annotations

import numpy as np

from core.comparison.layers.figures import Mode
from core.domain.measurement.evaluation import LayerKind
from core.domain.model import Model
from core.domain.project import Project
from core.services.application import Application
from core.services.layers.layer_comparison import compare_layers
from core.services.models.models import list_models
from core.testing.laboratory import Laboratory


def test_modules_that_a_model_adds_lie_where_it_runs_them(
    app: Application, laboratory: Laboratory, project: Project, base: Model
) -> None:
    laboratory.sweep(project, base.id)
    laboratory.play()
    made = next(model for model in list_models(app, project.id) if model.parent_id == base.id)
    runs = {base.id: ["stem", "body", "head"], made.id: ["stem", "body.first", "body.second", "body", "head"]}
    with app.unit_of_work(writing=True) as uow:
        for model_id, names in runs.items():
            arrays = {"module": np.array(names), "parameters": np.ones(len(names), np.int64)}
            uow.evaluations.put_layer_statistics(model_id, kind=LayerKind.COST, arrays=arrays)
            uow.evaluations.put_layer_statistics(
                model_id, kind=LayerKind.ACTIVATIONS, arrays={"module": np.array(names)}
            )
        uow.commit()
    found = compare_layers(app, [made.id], base.id, Mode.COST)
    names = [found.tree.names[found.tree.leaves[leaf]] for leaf in found.order.tolist()]
    assert names == ["stem", "body.first", "body.second", "body", "head"]
    assert found.by_execution
