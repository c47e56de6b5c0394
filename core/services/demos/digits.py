"""Handwritten digits with a long tail: accuracy hardly moves while a rare class collapses."""

from __future__ import annotations

from core.domain.recipe import Recipe, SweepStep
from core.services.demos.definition import Example
from core.services.projects.projects import DatasetRequest, ProjectRequest


def recipes() -> tuple[Recipe, ...]:
    """Return the sweep: pruning with two ways to recover, then quantization or palettes; both alone too."""
    pruned = SweepStep("magnitude-pruning", {"sparsity": (0.3, 0.5, 0.7, 0.8, 0.9)})
    calibrated = SweepStep("calibrate-batch-norm")
    tuned = SweepStep("fine-tune")
    quantized = SweepStep("weight-only-quantization", {"bits": (8, 4, 2)})
    palettes = SweepStep("palettization", {"bits": (4, 3, 2)})
    return (
        (pruned, calibrated),
        (pruned, tuned, quantized),
        (pruned, tuned, palettes),
        (quantized,),
        (palettes,),
    )


EXAMPLE = Example(
    project=ProjectRequest(
        name="Digits, long tail",
        slug="digits",
        task="image-classification",
        description="Handwritten digits of which 8 and 9 are rare, and a small residual network.",
        datasets=(DatasetRequest("digits", "digits", {"rare_classes": [8, 9], "kept_fraction": 0.15}),),
    ),
    base_name="residual CNN",
    source="residual-cnn",
    experiment="Pruning, quantization and palettes",
    note="How far can the model shrink before somebody is hurt? Watch the rare digits 8 and 9.",
    recipes=recipes(),
)
