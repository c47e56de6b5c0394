"""Where evaluation and training data come from: the contract and the registry of data sources."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar, Generic

from core.data.dataset import Dataset
from core.data.pictures.decoded_cache import DecodedCache, kept_in
from core.domain.parameter.inputs import Inputs
from core.errors import UnusableInput
from core.parameters import P, parse
from core.registry import Registry


class Split(StrEnum):
    """The part of a data set that is asked for."""

    TRAIN = "train"
    TEST = "test"

    @property
    def other(self) -> Split:
        """The part that is not asked for."""
        return Split.TEST if self is Split.TRAIN else Split.TRAIN


class DataSource(ABC, Generic[P]):
    """A kind of data set; its module docstring is its documentation. inputs: what its data are."""

    name: str
    label: ClassVar[str]
    inputs: ClassVar[Inputs] = Inputs.UNKNOWN
    Params: type[P]

    @abstractmethod
    def load(self, params: P, split: Split) -> Dataset:
        """Return one split, read into memory; `UnusableInput` where nothing usable is found."""


data_sources: Registry[DataSource[Any]] = Registry("data source", DataSource)


def load_data(
    source: str, parameters: Mapping[str, Any], split: str | Split, *, cache: DecodedCache | None = None
) -> Dataset:
    """Return a split of a data source; what sources `decode` is kept in the cache, if one is given.

    Raises:
        UnknownName: there is no such source.
        InvalidInput: it does not take these parameters.
    """
    chosen = data_sources.get(source)
    with kept_in(cache):
        return chosen.load(parse(chosen.Params, parameters, path="data.parameters"), Split(split))


def require_several_classes(data: Dataset) -> Dataset:
    """Return the data; `UnusableInput` if they have a single class."""
    if len(data.class_names) == 1:
        raise UnusableInput(
            f"The data have one class only, {data.class_names[0]}, so there is nothing to tell apart.",
            "Put the images of each class into a folder of their own, or choose the column with the classes.",
        )
    return data
