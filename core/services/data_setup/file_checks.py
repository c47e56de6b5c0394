"""Whether files and columns that a data set or a model names are there, said before anything is queued."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.domain.catalogue import SourceSpec
from core.domain.data.uploads import names_upload
from core.domain.parameter.spec import ParameterSpec
from core.domain.parameter.traits import PathKind, PathTrait
from core.errors import Problem
from core.persistence.unit_of_work import UnitOfWork
from core.presentation.counts import agreeing
from core.presentation.lists import joined, listed
from core.presentation.near_names import did_you_mean, near_names
from core.services.application import Application
from core.services.data_setup.column_names import column_names
from core.services.workers.host import place
from core.services.workers.workers import live_workers

_MOST_WORDS = 8  # in the name of a column


def hosts_elsewhere(uow: UnitOfWork, app: Application) -> list[str] | None:
    """Return the hosts of live workers that may see other files than this process; None without a worker."""
    workers, here = live_workers(uow, app), f"-{place()}-"
    return sorted({worker.host for worker in workers if here not in worker.id}) if workers else None


def names_places(spec: SourceSpec) -> bool:
    """Return whether data of a source lie in places that somebody has to name."""
    return any(about.place for about in spec.parameters)


def names_elsewhere(spec: SourceSpec, values: Mapping[str, Any]) -> bool:
    """Return whether these values name data that lie in no place of the worker, such as an id on a hub."""
    named = _Named(spec.by_name, values, "")
    return any(about.place and about.place.or_name and named.is_elsewhere(about) for about in spec.parameters)


def choice_problems(spec: SourceSpec, values: Mapping[str, Any], *, field: str) -> list[Problem]:
    """Return which parameters stand instead of each other, but are both given or both left empty."""
    problems = []
    for about in spec.parameters:
        other = about.instead_of
        if other and bool(values.get(about.name)) == bool(values.get(other)):
            said = "given" if values.get(about.name) else "empty"
            message = f"{about.label} and {spec.by_name[other].running_label} are both {said}."
            problems.append(Problem(f"{field}.{about.name}", message, "Fill in one of the two."))
    return problems


def further_problems(
    find: Callable[[Mapping[str, Any]], Sequence[Problem]],
    values: Mapping[str, Any],
    told: Sequence[Problem],
    *,
    field: str,
) -> list[Problem]:
    """Return what `find` finds in the values, of the parameters that no problem was `told` of.

    `find` gets those that are wrong as empty ones, so that none hides what is wrong with another.
    """
    wrong = {problem.field for problem in told}
    sound = {name: "" if f"{field}.{name}" in wrong else value for name, value in values.items()}
    return [problem for problem in find(sound) if problem.field not in wrong]


def outside_problems(
    spec: SourceSpec, values: Mapping[str, Any], allowed: Sequence[Path] | None, *, field: str
) -> list[Problem]:
    """Return which parameters name a place outside the allowed folders, whether or not anything is there.

    Links are followed, so that none leads out of a folder. Nothing outside is looked at or named.
    """
    if allowed is None:
        return []
    named = _Named(spec.by_name, values, field)
    folders = [os.path.realpath(folder) for folder in allowed]
    problems = []
    for name, about in named.abouts.items():
        if about.place is None or not values.get(name) or named.is_elsewhere(about):
            continue
        if not any(_is_inside(named.path(about), folder) for folder in folders):
            message = f"{values[name]} is outside the folders that an administrator allows."
            hint = f"Use a place in {listed(allowed) or 'none: upload the file instead'}."
            problems.append(Problem(f"{field}.{name}" if field else name, message, hint))
    return problems


def _is_inside(path: Path, folder: str) -> bool:
    try:
        return os.path.commonpath([os.path.realpath(path.expanduser()), folder]) == folder
    except (OSError, ValueError, RuntimeError):  # too long, with a NUL, or of an unknown user
        return False


def place_problems(spec: SourceSpec, values: Mapping[str, Any], *, field: str) -> list[Problem]:
    """Return which folders, files and columns are not there, as this process sees them."""
    named = _Named(spec.by_name, values, field)
    missing = [about for about in spec.parameters if named.is_missing(about)]
    names = {about.name for about in missing}
    problems = [
        named.missing_place(about, place)
        for about in missing
        if (place := about.place) is not None and place.within not in names
    ]
    for about in spec.parameters:
        if files := [file for file in about.columns_of if file not in names]:
            problems += named.missing_columns(about, files)
    return problems


@dataclass(frozen=True)
class _Named:
    """The parameters of data or of a model, and their values."""

    abouts: Mapping[str, ParameterSpec]
    values: Mapping[str, Any]
    field: str

    def path(self, about: ParameterSpec) -> Path:
        parts = (about.place.within if about.place else "", about.name)
        return Path(*(str(self.values.get(part) or "") for part in parts if part))

    def is_missing(self, about: ParameterSpec) -> bool:
        place = about.place
        if place is None or self.values.get(place.made_by) or self.is_elsewhere(about):
            return False
        path = self.path(about)
        try:
            there = path.is_dir() if place.kind is PathKind.FOLDER else path.is_file()
        except (OSError, ValueError):  # too long, or not to be read
            return True
        return not there or not self.values.get(about.name)

    def is_elsewhere(self, about: ParameterSpec) -> bool:
        """Return whether a parameter names no place here, as it may."""
        place, value = about.place, str(self.values.get(about.name) or "")
        if place is None:
            return False
        if place.uploads and names_upload(value):
            return True
        return place.or_name and not value.startswith(("/", ".", "~")) if value else place.optional

    def missing_place(self, about: ParameterSpec, place: PathTrait) -> Problem:
        path = self.path(about)
        hint = "Check the path, and that the worker may read it."
        if place.within:
            hint = _offered(path.name, _beside(path, place.kind)) or hint
        if not path.is_absolute():
            hint = "Enter an absolute path."
        return Problem(f"{self.field}.{about.name}", f"There is no {place.kind} {path}.", hint)

    def missing_columns(self, about: ParameterSpec, files: Sequence[str]) -> Iterator[Problem]:
        given = self.values.get(about.name) or ()
        known = {self.values[file]: self.columns(file) for file in files}
        for column in [given] if isinstance(given, str) else list(given):
            lacking = {file: names for file, names in known.items() if names and column not in names}
            if lacking:
                verb = agreeing(len(lacking), "has", "have")
                message = f"{joined(list(lacking))} {verb} no column {column!r}."
                hint = self._unnamed(next(iter(lacking))) or _offered(column, next(iter(lacking.values())))
                yield Problem(f"{self.field}.{about.name}", message, hint)

    def _unnamed(self, path: str) -> str:
        """Return what to set where the first line of a file looks like data; empty where it names columns."""
        file = next(name for name in self.abouts if self.values.get(name) == path)
        place = self.abouts[file].place
        switch = place.header if place else ""
        names = self.columns(file)
        if not (switch and self.values.get(switch, True)) or not any(_is_data(name) for name in names):
            return ""
        label = self.abouts[switch].label if switch in self.abouts else switch
        given = column_names(self.path(self.abouts[file]), header=False) or ()
        return f"Its first line looks like data: set {label} to no, and the columns are {joined(given)}."

    def columns(self, file: str) -> Sequence[str]:
        """Return the names of the columns of a file, none where they cannot be told."""
        about = self.abouts[file]
        header = self.values.get(about.place.header if about.place else "", True)
        return column_names(self.path(about), header=bool(header)) or ()


def _is_data(name: str) -> bool:
    """Return whether a text of the first line is a number or a long sentence, as no column is named."""
    return (
        not name.strip()
        or len(name.split()) > _MOST_WORDS
        or re.fullmatch(r"-?\d+(\.\d+)?", name.strip()) is not None
    )


def _offered(name: str, known: Sequence[str]) -> str:
    """Return names like one that is not there, else a few of those that are; empty if there are none."""
    return did_you_mean(near_names(name, known)) or (f"There are: {listed(known)}." if known else "")


def _beside(path: Path, kind: PathKind) -> list[str]:
    """Return the names of what is of the same kind in the same folder."""
    try:
        entries = list(path.parent.iterdir())
    except OSError:
        return []
    return sorted(entry.name for entry in entries if entry.is_dir() == (kind is PathKind.FOLDER))
