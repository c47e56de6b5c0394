"""Queue the export of a model to another runtime, which makes a model of its own in the map."""

from __future__ import annotations

from core.domain.access.caller import Role
from core.domain.ids import ModelId
from core.domain.queue.experiment import ExperimentRequest
from core.domain.recipe import SweepStep
from core.services.access.roles import needs
from core.services.application import Application
from core.services.experiments.experiments import Submitted, submit
from core.services.models.models import get_model

ONNX_STEP = "onnx-export"
FORMS = {
    "float": "ONNX",
    "int8": "ONNX, int8 (QDQ)",
    "weights-int8": "ONNX, 8-bit weights",
    "weights-int4": "ONNX, 4-bit weights",
}
"""What people call the forms of an ONNX export."""


@needs(Role.EDITOR)
def queue_onnx_export(app: Application, model_id: ModelId, form: str = "float") -> Submitted:
    """Queue the export, its evaluation and its profile; one that exists already is returned.

    Raises:
        NotFound: there is no such model.
        InvalidInput: it cannot be exported, as it is computed by another runtime already or has no data.
    """
    model = get_model(app, model_id).model
    step = SweepStep(ONNX_STEP, {"form": (form,)})
    name = f"{FORMS.get(form, form)} of {model.name}"
    return submit(app, ExperimentRequest(model.project_id, (model_id,), ((step,),), name=name))
