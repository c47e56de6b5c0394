"""A plug-in model factory: add a base model from the source `weights-file` with factory `example-mlp`."""

from torch import nn

from core.models.factories import model_factory


@model_factory("example-mlp")
def mlp(pixels: int = 64, hidden: int = 32, classes: int = 10) -> nn.Module:
    """Return a network with one hidden layer for small grey images."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(pixels, hidden),
        nn.ReLU(),
        nn.Linear(hidden, classes),
    )
