"""Writing down the modules and files of models that were made before all of it was written down."""

from __future__ import annotations

from torch import nn

from core.compression.checkpoints.file_bytes import file_bytes
from core.compression.checkpoints.modules import module_table
from core.domain.measurement.evaluation import LayerKind
from core.domain.model import Model
from core.services.application import Application
from core.services.preflight.prerequisites import module_table as stored_table


def complete_modules(app: Application, model: Model, module: nn.Module) -> None:
    """Store the table of a model's modules anew if there is none, or none with numbers and shapes."""
    with app.unit_of_work() as uow:
        known = stored_table(uow, model)
    if known is not None and known.parameters and (known.shapes or not known.layers):
        return
    arrays = module_table(module).to_arrays()
    with app.unit_of_work(writing=True) as uow:
        uow.evaluations.put_layer_statistics(model.id, kind=LayerKind.MODULES, arrays=arrays)
        uow.commit()


def complete_storage(app: Application, model: Model, module: nn.Module) -> None:
    """Store the bytes of a model's file by use if they are not there."""
    with app.unit_of_work() as uow:
        known = uow.evaluations.layer_statistics(model.id, kind=LayerKind.STORAGE, names=["bytes"])
    if known or model.artifact is None:
        return
    arrays = file_bytes(app.artifacts.fetch(model.artifact), module)
    with app.unit_of_work(writing=True) as uow:
        uow.evaluations.put_layer_statistics(model.id, kind=LayerKind.STORAGE, arrays=arrays)
        uow.commit()
