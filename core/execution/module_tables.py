"""Writing down the modules of models that were made before all of it was written down."""

from __future__ import annotations

from torch import nn

from core.compression.modules import module_table
from core.domain.evaluation import LayerKind
from core.domain.model import Model
from core.services.application import Application
from core.services.foresight import module_table as stored_table


def complete_modules(app: Application, model: Model, module: nn.Module) -> None:
    """Store the table of a model's modules anew if there is none, or none with numbers of parameters."""
    with app.unit_of_work() as uow:
        known = stored_table(uow, model)
        if known is None or not known.parameters:
            arrays = module_table(module).to_arrays()
            uow.evaluations.put_layer_statistics(model.id, kind=LayerKind.MODULES, arrays=arrays)
            uow.commit()
