"""Retraining layers: chosen layers are trained again while all others stay as they are.

Fewer weights to train need less data and leave the rest of the model's behaviour alone: J. Yosinski et al.,
"How transferable are features in deep neural networks?", NeurIPS 2014 (arXiv 1411.1792). The layers start
from the weights they have, or from fresh random ones. Pruned weights stay zero, and quantized or palettized
weights stay on their grid or palette. Name the layers with layer rules; without any, all are trained.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.compression.base import Context, Technique, techniques
from core.compression.edits import replay
from core.compression.model import CompressibleModel
from core.compression.training.constraint import CompressionConstraint
from core.compression.training.freezing import only_touched
from core.compression.training.restoring import take, touched_tensors
from core.compression.training.training_limits import INSTANCES, MAX_STEPS, schedule
from core.domain.technique import Family, Storage
from core.models.training import train
from core.parameters import Parameters


class RetrainLayersParams(Parameters):
    """Where training starts, how long it takes and how fast it goes."""

    start: Literal["present", "fresh"] = Field(
        "present", title="Start", description="Present: the weights as they are. Fresh: new random ones."
    )
    epochs: int = Field(3, title="Epochs", ge=1, le=1000, description="Passes over the training split.")
    learning_rate: float = Field(
        0.003, title="Learning rate", gt=0, le=1, description="Highest rate; it falls to zero along a cosine."
    )
    batch_size: int = Field(64, title="Batch size", ge=2, le=4096, description="Instances per update.")
    max_steps: int = MAX_STEPS
    instances: int = INSTANCES


@techniques.register("retrain-layers")
class RetrainLayers(Technique[RetrainLayersParams]):
    """Trains the modules that layer rules touch, in the compressed form they have."""

    label = "Retrain layers"
    family = Family.TRAINING
    storage = Storage.UNCHANGED
    headline = ("start", "epochs")
    needs_data = True
    stochastic = True
    Params = RetrainLayersParams

    def apply(self, model: CompressibleModel, params: RetrainLayersParams, context: Context) -> None:
        """Draw fresh weights where asked for, then train with zeros and encodings held."""
        data, task = context.training_data(), context.training_task()
        constraint = CompressionConstraint(model)
        with only_touched(model.module, context.rules):
            if params.start == "fresh":
                _draw(model, context, constraint)
            train(
                model.module,
                data,
                task=task,
                schedule=schedule(params),
                seed=context.seed,
                progress=context.progress,
                watch=context.watch,
                constraint=constraint,
            )


def _draw(model: CompressibleModel, context: Context, constraint: CompressionConstraint) -> None:
    """Give touched layers the weights that a new model of this structure would have."""
    module = model.architecture.build(seed=context.seed).to(context.device)
    replay(module, model.edits)
    fresh = CompressibleModel(module, model.architecture, dict(model.encodings), pruned=dict(model.pruned))
    take(model, touched_tensors(model.module, context.rules), fresh)
    constraint.after_step()
