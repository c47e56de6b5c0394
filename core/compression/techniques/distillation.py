"""Distillation: a smaller student learns to answer as a teacher does, besides learning the right answers.

G. Hinton, O. Vinyals and J. Dean, "Distilling the Knowledge in a Neural Network", 2015 (arXiv 1503.02531):
the student's loss mixes the cross-entropy with the divergence from the teacher's softened outputs. With
fewer layers, the student starts from layers spread evenly over the model's, as in V. Sanh et al.,
"DistilBERT", 2019. Another architecture starts from random weights. The model itself can be its own
student, to recover what compression lost, within its zeros and encodings.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

import torch
from pydantic import Field, field_validator
from torch import Tensor, nn
from torch.nn import functional

from core.compression.base import Context, Technique, techniques
from core.compression.model import CompressibleModel
from core.compression.structure.depth import KEEP_LAYERS, repeated, spread
from core.compression.training.constraint import CompressionConstraint
from core.compression.training.freezing import only_touched
from core.compression.training.training_limits import INSTANCES, MAX_STEPS, schedule
from core.data.dataset import IGNORED, Batch, call
from core.domain.effect import Effect
from core.domain.module_table import Units
from core.domain.parameter.traits import CountedUnits, Takes, Teacher
from core.domain.technique import TEACHER_BASE, TEACHER_PARENT, Family, Storage
from core.errors import UnusableInput
from core.models.base import Architecture, model_sources
from core.models.learnable import Learnable
from core.models.training import train
from core.parameters import Declared, Parameters, parse


class DistillationParams(Parameters):
    """Who learns from whom, what counts, and how long."""

    student: Literal["fewer-layers", "itself", "another"] = Field(
        "fewer-layers",
        title="Student",
        description="The model with fewer layers (for transformers), the model as it is, or another "
        "architecture (for convolutional networks).",
    )
    layers_kept: float = Field(
        0.5,
        title="Layers kept",
        gt=0,
        le=1,
        description="Share of repeated layers; used with fewer layers.",
        json_schema_extra=Declared(
            used_with={"student": ("fewer-layers",)},
            counts=CountedUnits(
                "repeated layers",
                "Keep a smaller share of what is repeated, or choose another architecture.",
                Takes.KEPT,
            ),
        ),
    )
    source: str = Field(
        "",
        title="Student's source",
        description="Model source of another architecture, e.g. residual-cnn.",
        json_schema_extra=Declared(used_with={"student": ("another",)}, names_source=True),
    )
    source_parameters: str = Field(
        "{}",
        title="Source's parameters",
        description='As JSON, e.g. {"width": 8}; for another architecture.',
        json_schema_extra=Declared(
            used_with={"student": ("another",)}, parameters_of="source", json_object=True
        ),
    )
    teacher: str = Field(
        TEACHER_PARENT,
        title="Teacher",
        description="parent: the model that the step is applied to; base: its oldest ancestor; "
        "or the id of any model of the project.",
        json_schema_extra=Declared(
            teacher=Teacher((TEACHER_PARENT, TEACHER_BASE), itself_never_with={"student": ("itself",)})
        ),
    )
    temperature: float = Field(
        4.0, title="Temperature", gt=0, le=100, description="Softens the outputs that are compared."
    )
    soft_share: float = Field(
        0.7,
        title="Teacher's share",
        ge=0,
        le=1,
        description="Of the loss; the rest is for the right answers.",
    )
    epochs: int = Field(5, title="Epochs", ge=1, le=1000, description="Passes over the training split.")
    learning_rate: float = Field(
        0.003, title="Learning rate", gt=0, le=1, description="Highest rate; it falls to zero along a cosine."
    )
    batch_size: int = Field(64, title="Batch size", ge=2, le=4096, description="Instances per update.")
    max_steps: int = MAX_STEPS
    instances: int = INSTANCES

    @field_validator("teacher")
    @classmethod
    def _model(cls, text: str) -> str:
        if text not in {TEACHER_PARENT, TEACHER_BASE} and not text.isdecimal():
            raise ValueError(f"it must be {TEACHER_PARENT}, {TEACHER_BASE} or the id of a model")
        return text

    @field_validator("source_parameters")
    @classmethod
    def _json(cls, text: str) -> str:
        try:
            values = json.loads(text)
        except ValueError as error:
            raise ValueError(f"it is not JSON: {error}") from None
        if not isinstance(values, dict):
            raise ValueError("it must be a JSON object, with braces")  # noqa: TRY004  (pydantic wants it)
        return text


@techniques.register("distillation")
class Distillation(Technique[DistillationParams]):
    """Makes the student and trains it."""

    label = "Distillation"
    family = Family.DISTILLATION
    storage = Storage.STORED
    headline = ("student", "layers_kept", "source", "teacher")
    needs_data = True
    stochastic = True
    keeps_modules = False
    effect = Effect(unknown_with={"student": ("fewer-layers", "another")})
    Params = DistillationParams

    def units(self, module: nn.Module) -> Sequence[Units]:
        """Return how many layers are alike in each row of such, see `Technique.units`."""
        return tuple(Units((), len(run)) for runs in repeated(module).values() for run in runs)

    def apply(self, model: CompressibleModel, params: DistillationParams, context: Context) -> None:
        """Turn the model into its student, then train that."""
        data, task = context.training_data(), context.training_task()
        teacher = _teacher(model, params, context)
        _become_student(model, params, context)
        _check_outputs(model.module, teacher, data.batch(slice(0, 2)).to(context.device))
        with only_touched(model.module, context.rules):
            train(
                model.module,
                data,
                task=Distilled(task, teacher, params.temperature, params.soft_share),
                schedule=schedule(params),
                seed=context.seed,
                progress=context.progress,
                watch=context.watch,
                constraint=CompressionConstraint(model),
            )


class Distilled:
    """The loss of a task, mixed with the divergence from a teacher's outputs."""

    def __init__(self, task: Learnable, teacher: nn.Module, temperature: float, soft_share: float) -> None:
        self._task, self._teacher = task, teacher
        self._temperature, self._share = temperature, soft_share

    def loss(self, module: nn.Module, batch: Batch) -> Tensor:
        """Return the mean loss of a batch; the task's own forward pass gives the student's outputs."""
        seen: list[Tensor] = []

        def see(_: nn.Module, __: tuple[Any, ...], output: Any) -> None:
            seen.append(getattr(output, "logits", output))

        handle = module.register_forward_hook(see)
        try:
            hard = self._task.loss(module, batch)
        finally:
            handle.remove()
        with torch.no_grad():
            taught = call(self._teacher, batch.inputs)
        soft = soft_loss(seen[0], taught, batch.labels, self._temperature)
        return (1 - self._share) * hard + self._share * soft


def soft_loss(student: Tensor, teacher: Tensor, labels: Tensor, temperature: float) -> Tensor:
    """Return the mean divergence of softened outputs `(..., classes)`, times the squared temperature.

    labels: `(instances,)`, or one per token where `IGNORED` marks positions that do not count.
    """
    if labels.dim() > 1:
        counted = labels != IGNORED
        student, teacher = student[counted], teacher[counted]
    divergence = functional.kl_div(
        functional.log_softmax(student / temperature, dim=-1),
        functional.log_softmax(teacher / temperature, dim=-1),
        reduction="batchmean",
        log_target=True,
    )
    return divergence * temperature**2


def _teacher(model: CompressibleModel, params: DistillationParams, context: Context) -> nn.Module:
    if context.teacher is not None:
        teacher = context.teacher.load()
    elif params.teacher == TEACHER_BASE and len(context.ancestors) > 1:
        teacher = context.ancestor(0)
    elif params.student == "itself":
        raise UnusableInput(
            "A model that is its own student and its own teacher has nothing to learn.",
            "Choose another teacher or another student.",
        )
    else:
        teacher = model.copy()
    return teacher.module.to(context.device).eval()


def _become_student(model: CompressibleModel, params: DistillationParams, context: Context) -> None:
    if params.student == "another":
        _become_another(model, params.source, json.loads(params.source_parameters), context)
    elif params.student == "fewer-layers":
        kept = spread(model.module, params.layers_kept)
        if not kept:
            raise UnusableInput(
                f"Keeping {params.layers_kept * 100:.0f} % of the repeated layers removes none.",
                "Keep fewer, or choose another architecture as student if no layers are repeated.",
            )
        model.edit(KEEP_LAYERS, {"stacks": kept})


def _become_another(
    model: CompressibleModel, source: str, parameters: dict[str, Any], context: Context
) -> None:
    if not source:
        raise UnusableInput(
            "The student is to be another architecture, but none is named.",
            "Name a model source, such as residual-cnn.",
        )
    chosen = model_sources.get(source)
    given = parse(chosen.Params, parameters, path="source_parameters")
    reading = chosen.reading_as(given, model.architecture)
    model.architecture = Architecture(source, parameters if reading is given else reading.model_dump())
    model.module = model.architecture.build(seed=context.seed).to(context.device)
    model.encodings, model.edits, model.pruned = {}, (), {}


def _check_outputs(student: nn.Module, teacher: nn.Module, batch: Batch) -> None:
    try:
        with torch.no_grad():
            learnt, taught = (call(module.eval(), batch.inputs).shape for module in (student, teacher))
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, TypeError, IndexError, ValueError) as error:
        first = str(error).partition("\n")[0]
        raise UnusableInput(
            f"The student cannot read the inputs of its teacher: {first}",
            "Choose a student for the same kind and size of inputs.",
        ) from error
    if learnt != taught:
        raise UnusableInput(
            f"The student's outputs have the shape {tuple(learnt)}, its teacher's {tuple(taught)}.",
            "Give the student as many classes, or words, as its teacher has.",
        )
