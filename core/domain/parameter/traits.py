"""What a parameter means beyond its type and its bounds: where it points to, what it counts, when it is used.

Techniques and sources declare traits beside their parameters, see `core.parameters.Declared`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from core.domain.data.preprocessing import Preprocessing
from core.domain.parameter.inputs import Inputs

Values = Mapping[str, tuple[Any, ...]]
"""Values of other parameters, by name."""


class PathKind(StrEnum):
    """What a parameter with a path names on the worker."""

    FOLDER = "folder"
    FILE = "file"


@dataclass(frozen=True)
class PathTrait:
    """A folder or a file on the worker.

    within: parameter with the folder that contains it. made_by: flag that lets it be missing.
    header: flag whether the first line of the file names its columns. optional: it may be empty.
    or_name: a value that is no path is a name elsewhere, e.g. on a hub.
    uploads: endings of files that may be uploaded instead, see `core.domain.data.uploads`.
    """

    kind: PathKind
    within: str = ""
    made_by: str = ""
    header: str = ""
    optional: bool = False
    or_name: bool = False
    uploads: tuple[str, ...] = ()


class Takes(StrEnum):
    """What a parameter's value says about the units that it counts."""

    ANY = ""  # nothing: only whether there are any matters
    REMOVED = "removed"  # a share of each group that goes; one unit always stays
    KEPT = "kept"  # a share of each group that stays; one unit always does
    AT_MOST = "at most"  # a number that some group must reach


@dataclass(frozen=True)
class CountedUnits:
    """Units of a model that a parameter, or a whole technique, counts (see `core.domain.module_table`).

    name: what people call them. instead: what to do in a model that has none.
    """

    name: str
    instead: str
    takes: Takes = Takes.ANY


class AncestorBy(StrEnum):
    """How a parameter names an ancestor of the model."""

    DEPTH = "depth"
    NAME = "name"


@dataclass(frozen=True)
class Teacher:
    """The value is the id of the model to learn from, or one of the `words`.

    itself_never_with: values of others beside which the parent cannot be the teacher.
    """

    words: tuple[str, ...] = ()
    itself_never_with: Values = field(default_factory=dict)


@dataclass(frozen=True)
class NeededFor:
    """The parameter must be given for models that take these inputs, unless others have some values."""

    inputs: Inputs
    unless: Values = field(default_factory=dict)


@dataclass(frozen=True)
class PublishedWeights:
    """A flag that asks for published weights, and what images those expect.

    chosen_by: parameter that chooses the weights. others: expected images by its value; `usual` for the rest.
    """

    chosen_by: str
    usual: Preprocessing
    others: Mapping[str, Preprocessing] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Traits:
    """Everything that a parameter means beyond type and bounds. Texts name other parameters.

    For all parameters:
        unit: of numbers, e.g. `bit` or `%`; `fraction` is not written.
        used_with: values of others beside which the parameter has an effect.
        as_written: choices are names that people gave, e.g. to their plug-ins, not words of this product.
        known: names that are allowed where they are too many to choose from.
        json_object: the text is itself JSON, an object.
    Of techniques:
        added_later: steps do not name its default, which changes nothing, so that models made before it
            existed are the same models as those made since.
        everything_with: the value that widens what is touched from matrices to all parameters.
        counts: units of the model that it counts. ancestor: it names an ancestor. teacher: it names a model.
        names_source: it names a model source. parameters_of: it has the parameters of the source named there.
    Of sources:
        place: it names a folder or a file. column: it names columns; columns_of: of which files.
        instead_of: exactly one of the two is given.
        weights: it names trained weights, or asks for them. published: which images those weights expect.
        preprocessing_file: file of the folder named here that says how images were prepared.
        of_data: what it counts of the data, e.g. `classes`; known_count: how many there are, where known.
        inputs: what models take, by its value. suits: values that can be evaluated, by task.
        stands_for: what it means where it is empty, by another parameter's values.
        needed_for: inputs that need it.
    """

    unit: str = ""
    used_with: Values = field(default_factory=dict)
    as_written: bool = False
    known: tuple[str, ...] = ()
    json_object: bool = False

    added_later: bool = False
    everything_with: str = ""
    counts: CountedUnits | None = None
    ancestor: AncestorBy | None = None
    teacher: Teacher | None = None
    names_source: bool = False
    parameters_of: str = ""

    place: PathTrait | None = None
    column: bool = False
    columns_of: tuple[str, ...] = ()
    instead_of: str = ""
    weights: bool = False
    published: PublishedWeights | None = None
    preprocessing_file: str = ""
    of_data: str = ""
    known_count: int | None = None
    inputs: Mapping[str, Inputs] = field(default_factory=dict)
    suits: Values = field(default_factory=dict)
    stands_for: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    needed_for: NeededFor | None = None
