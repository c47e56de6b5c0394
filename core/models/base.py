"""Where models come from: the contract and the registry of model sources."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic

import torch
from torch import Tensor, nn

from core.data.text.reading import TextReader
from core.domain.data.preprocessing import Preprocessing
from core.domain.parameter.inputs import Inputs
from core.models.shared_storage import apart
from core.parameters import P, parse
from core.registry import Registry


class ModelSource(ABC, Generic[P]):
    """A kind of base model; its module docstring is its documentation.

    `build` and `weights` are apart, because a stored model is built again without its first weights.
    inputs: what its models take, where all take the same.
    runtime: what computes its models, on the processor, if not PyTorch.
    unweighted: what people should read of a model for which `weights` has none.
    """

    name: str
    label: ClassVar[str]
    inputs: ClassVar[Inputs] = Inputs.UNKNOWN
    runtime: ClassVar[str] = ""
    unweighted: ClassVar[str] = "All weights are drawn at random: train the model first, or give its weights."
    Params: type[P]

    @abstractmethod
    def build(self, params: P) -> nn.Module:
        """Return the untrained module; the same parameters always give the same structure."""

    def weights(self, params: P) -> Mapping[str, Tensor] | None:
        """Return the trained weights that belong to the parameters, None where there are none."""
        del params
        return None

    def reader(self, params: P) -> TextReader | None:
        """Return how the model reads text, None for models of images."""
        del params
        return None

    def fitted(self, params: P, texts: Iterable[str]) -> P:
        """Return parameters of a model that is to be trained on texts, such as the words it will know."""
        del texts
        return params

    def reading_as(self, params: P, other: Architecture) -> P:
        """Return parameters of a model that reads texts as another one does, of which it is the student."""
        del other
        return params

    def class_names(self, params: P) -> tuple[str, ...]:
        """Return the names of the classes in the order of the model's outputs; none where it has none."""
        del params
        return ()

    def with_class_names(self, params: P, names: Sequence[str]) -> P:
        """Return parameters of the same model whose outputs have these names; see `class_names`."""
        del names
        return params

    def preprocessing(self, params: P) -> Preprocessing | None:
        """Return how the images were prepared that it was trained on; None where that is not known."""
        del params
        return None

    def resolved(self, params: P) -> P:
        """Return parameters from which `build` works anywhere, also where files named in them are missing.

        They are what a stored model remembers.
        """
        return params


model_sources: Registry[ModelSource[Any]] = Registry("model source", ModelSource)


def reader_of(source: str, parameters: Mapping[str, Any]) -> TextReader | None:
    """Return how a model of that source reads text; raises as `Architecture.build`."""
    chosen = model_sources.get(source)
    return chosen.reader(parse(chosen.Params, parameters, path="model.parameters"))


@dataclass(frozen=True)
class Architecture:
    """Enough to build a module again: a model source and its parameters (JSON values)."""

    source: str
    parameters: Mapping[str, Any]

    def build(self, *, seed: int = 0) -> nn.Module:
        """Return the module with weights drawn from `seed`, in evaluation mode; no other randomness changes.

        No two parameters of it lie on one storage, see `core.models.shared_storage`.

        Raises:
            UnknownName: no such source.
            InvalidInput: the parameters do not fit it.
        """
        source = model_sources.get(self.source)
        params = parse(source.Params, self.parameters, path="model.parameters")
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)  # of the CPU; `torch.manual_seed` seeds GPUs too
            module = source.build(params).eval()
        apart(module)
        return module
