"""Whether files and columns that a data set or a model names are there, said before anything is queued.

A source marks its parameters: `"x-place": "folder"` or `"file"` names one on the worker, with
`"x-within": other` in that folder; it need not be there where the parameter of `"x-made-by": other` is set.
`"x-may-be-empty"` says that none need be named, `"x-may-be-name"` that what is no path is a name elsewhere,
`"x-upload": [endings]` that such a file may be uploaded: `core.services.uploads.uploads`.
`"x-columns-of": [files]` names columns of these files; a file lacks the line with their names where the
parameter of its `"x-header": other` is off. `"x-instead-of": other` wants exactly one of the two.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.domain.catalogue import SourceSpec
from core.domain.data.uploads import names_upload
from core.errors import Problem
from core.persistence.unit_of_work import UnitOfWork
from core.presentation.lists import listed
from core.presentation.near_names import did_you_mean, near_names
from core.services.application import Application
from core.services.data_setup.column_names import column_names
from core.services.workers.host import place
from core.services.workers.workers import live_workers


def hosts_elsewhere(uow: UnitOfWork, app: Application) -> list[str] | None:
    """Return the hosts of live workers that may see other files than this process; None without a worker."""
    workers, here = live_workers(uow, app), f"-{place()}-"
    return sorted({worker.host for worker in workers if here not in worker.id}) if workers else None


def names_places(spec: SourceSpec) -> bool:
    """Return whether data of a source lie in places that somebody has to name."""
    return any("x-place" in about for about in _abouts(spec).values())


def names_elsewhere(spec: SourceSpec, values: Mapping[str, Any]) -> bool:
    """Return whether these values name data that lie in no place of the worker, such as an id on a hub."""
    named = _Named(_abouts(spec), values, "")
    return any("x-may-be-name" in about and named.is_elsewhere(name) for name, about in named.abouts.items())


def choice_problems(spec: SourceSpec, values: Mapping[str, Any], *, field: str) -> list[Problem]:
    """Return which parameters stand instead of each other, but are both given or both left empty."""
    problems = []
    for name, about in _abouts(spec).items():
        other = about.get("x-instead-of")
        if other is not None and bool(values.get(name)) == bool(values.get(other)):
            first, second = (str(_abouts(spec)[each].get("title", each)) for each in (name, other))
            said = "given" if values.get(name) else "empty"
            message = f"{first} and {second[:1].lower()}{second[1:]} are both {said}."
            problems.append(Problem(f"{field}.{name}", message, "Fill in one of the two."))
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
    named = _Named(_abouts(spec), values, field)
    folders = [os.path.realpath(folder) for folder in allowed]
    problems = []
    for name, about in named.abouts.items():
        if about.get("x-place") is None or not values.get(name) or named.is_elsewhere(name):
            continue
        if not any(_is_inside(named.path(name), folder) for folder in folders):
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
    named = _Named(_abouts(spec), values, field)
    missing = [name for name in named.abouts if named.is_missing(name)]
    problems = [
        named.missing_place(name) for name in missing if named.abouts[name].get("x-within") not in missing
    ]
    for name, about in named.abouts.items():
        if files := [file for file in about.get("x-columns-of", ()) if file not in missing]:
            problems += named.missing_columns(name, files)
    return problems


@dataclass(frozen=True)
class _Named:
    """The parameters of data or of a model: what their source says about each, and their values."""

    abouts: Mapping[str, Mapping[str, Any]]
    values: Mapping[str, Any]
    field: str

    def path(self, name: str) -> Path:
        parts = (self.abouts[name].get("x-within"), name)
        return Path(*(str(self.values.get(part) or "") for part in parts if part))

    def is_missing(self, name: str) -> bool:
        kind, made_by = (self.abouts[name].get(mark) for mark in ("x-place", "x-made-by"))
        if kind is None or self.values.get(str(made_by)) or self.is_elsewhere(name):
            return False
        try:
            there = self.path(name).is_dir() if kind == "folder" else self.path(name).is_file()
        except (OSError, ValueError):  # too long, or not to be read
            return True
        return not there or not self.values.get(name)

    def is_elsewhere(self, name: str) -> bool:
        """Return whether a parameter names no place here, as it may."""
        about, value = self.abouts[name], str(self.values.get(name) or "")
        if "x-upload" in about and names_upload(value):
            return True
        if not value:
            return bool(about.get("x-may-be-empty"))
        return bool(about.get("x-may-be-name")) and not value.startswith(("/", ".", "~"))

    def missing_place(self, name: str) -> Problem:
        kind, path = self.abouts[name]["x-place"], self.path(name)
        hint = "Check the path, and that the worker may read it."
        if "x-within" in self.abouts[name]:
            hint = _offered(path.name, _beside(path, kind)) or hint
        if not path.is_absolute():
            hint = "Write the whole path, from its first / on."
        return Problem(f"{self.field}.{name}", f"There is no {kind} {path}.", hint)

    def missing_columns(self, name: str, files: Sequence[str]) -> Iterator[Problem]:
        given = self.values.get(name) or ()
        known = {self.values[file]: self.columns(file) for file in files}
        for column in [given] if isinstance(given, str) else list(given):
            lacking = {file: names for file, names in known.items() if names and column not in names}
            if lacking:
                verb = "has" if len(lacking) == 1 else "have"
                message = f"{' and '.join(lacking)} {verb} no column {column!r}."
                hint = _offered(column, next(iter(lacking.values())))
                yield Problem(f"{self.field}.{name}", message, hint)

    def columns(self, file: str) -> Sequence[str]:
        """Return the names of the columns of a file, none where they cannot be told."""
        header = self.values.get(str(self.abouts[file].get("x-header")), True)
        return column_names(self.path(file), header=bool(header)) or ()


def _abouts(spec: SourceSpec) -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = spec.schema.get("properties", {})
    return found


def _offered(name: str, known: Sequence[str]) -> str:
    """Return names like one that is not there, else a few of those that are; empty if there are none."""
    return did_you_mean(near_names(name, known)) or (f"There are: {listed(known)}." if known else "")


def _beside(path: Path, kind: str) -> list[str]:
    """Return the names of what is of the same kind in the same folder."""
    try:
        entries = list(path.parent.iterdir())
    except OSError:
        return []
    return sorted(entry.name for entry in entries if entry.is_dir() == (kind == "folder"))
