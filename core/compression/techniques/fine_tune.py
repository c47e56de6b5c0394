"""Fine-tuning: the compressed model is trained further, within its compressed form.

Pruned weights stay zero (S. Han et al., "Learning both Weights and Connections", NeurIPS 2015), and
quantized or palettized weights stay on their grid or palette through a straight-through estimator.
"""

from __future__ import annotations

from pydantic import Field

from core.compression.base import Context, Technique, techniques
from core.compression.model import CompressibleModel
from core.compression.training.constraint import CompressionConstraint
from core.compression.training.freezing import only_touched
from core.compression.training.training_limits import INSTANCES, MAX_STEPS, schedule
from core.domain.effect import Effect
from core.domain.technique import Family, Storage
from core.models.training import train
from core.parameters import Parameters


class FineTuneParams(Parameters):
    """How long and how fast to train."""

    epochs: int = Field(3, title="Epochs", ge=1, le=1000, description="Passes over the training split.")
    learning_rate: float = Field(
        0.003, title="Learning rate", gt=0, le=1, description="Highest rate; it falls to zero along a cosine."
    )
    batch_size: int = Field(64, title="Batch size", ge=2, le=4096, description="Instances per update.")
    max_steps: int = MAX_STEPS
    instances: int = INSTANCES


@techniques.register("fine-tune")
class FineTune(Technique[FineTuneParams]):
    """Trains the parameters of the modules that layer rules touch; the others keep their values."""

    label = "Fine-tune"
    family = Family.TRAINING
    storage = Storage.UNCHANGED
    headline = ("epochs",)
    needs_data = True
    stochastic = True
    effect = Effect()
    Params = FineTuneParams

    def apply(self, model: CompressibleModel, params: FineTuneParams, context: Context) -> None:
        """Train with the zeros and encodings held."""
        data, task = context.training_data(), context.training_task()
        with only_touched(model.module, context.rules):
            train(
                model.module,
                data,
                task=task,
                schedule=schedule(params),
                seed=context.seed,
                progress=context.progress,
                watch=context.watch,
                constraint=CompressionConstraint(model),
            )
