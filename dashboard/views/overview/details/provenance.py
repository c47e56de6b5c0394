"""Where a model comes from: step, author and time, and what its figures were measured with, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.comparison.variables.seeds import deciding_seeds
from core.domain.measurement.evaluation import REFERENCE_AFTER, REFERENCE_BEFORE, Evaluation, Profile
from core.domain.origin import Origin
from core.domain.recipe import rules_in_words, show_value
from core.services.models.models import ModelDetails
from dashboard.figures.wording import Specs, parameter_lines, technique_label

_WEIGHTS = {
    Origin.TRAINED: "trained here",
    Origin.PRETRAINED: "trained elsewhere",
    Origin.CONSTRUCTED: "as initialised, never trained",
}
"""Descriptions of the origin of a base's weights."""

Environment = Mapping[str, Any]

_TOLD_ELSEWHERE = {"speed", "simulated", "kernels", "seed", "torch", "python", "dataset_id"}
"""Keys that the section on storage and speed, the model, the protocol or `versions` already tell."""


def origin(details: ModelDetails, specs: Specs) -> list[tuple[str, str]]:
    """Return labels and values, without those that are empty."""
    model = details.model
    operation = technique_label(model.step.technique, specs) if model.step else "added as a base"
    rows = [("operation", operation), *parameter_lines(model, specs)]
    if model.step is None and model.origin is not None:
        rows.append(("weights", _WEIGHTS.get(model.origin, "")))
    if model.step:
        rows.append(("layers", ", ".join(rules_in_words(model.step.rules))))
    rows += [("seed", _seed(details, specs)), ("by", model.author), ("children", str(details.children))]
    if model.made_at:
        rows.append(("made", f"{model.made_at:%Y-%m-%d %H:%M} UTC"))
    return [(label, value) for label, value in [*rows, *measured_with(_environment(details))] if value]


def _seed(details: ModelDetails, specs: Specs) -> str:
    """Return the seeds that decide what the model is: its own, and inherited ones with their steps."""
    own, found = details.model, deciding_seeds(details.lineage, specs)
    told = [str(own.seed)] if own in found or own.step is None else []
    for model in found:
        if model.id != own.id:
            name = technique_label(model.step.technique, specs) if model.step else model.name
            told.append(f"{model.seed} of {name}")
    return ", ".join(told)


def measured_with(environment: Environment) -> list[tuple[str, str]]:
    """Return what figures depend on besides the model; keys nobody foresaw keep their names."""
    read = _Reader(environment)
    rows = [
        ("measured on", _device(read)),
        ("threads", _threads(read)),
        ("other load", read.text("load_average", lambda load: f"{load:g} processes on average")),
        ("a fixed workload before", read.text(REFERENCE_BEFORE, lambda taken: f"{taken:g} ms")),
        ("and after", read.text(REFERENCE_AFTER, lambda taken: f"{taken:g} ms")),
        ("precision", read.text("precision")),
        ("batch", _batch(read)),
        ("timed in batches of", read.text("large_batch")),
        ("system", read.text("platform")),
        ("versions", _versions(read)),
    ]
    return rows + [(key.replace("_", " "), _plain(value)) for key, value in read.rest()]


class _Reader:
    """Reads an environment and remembers what has been read."""

    def __init__(self, environment: Environment) -> None:
        self._left = {key: value for key, value in environment.items() if key not in _TOLD_ELSEWHERE}

    def take(self, key: str) -> Any:
        return self._left.pop(key, None)

    def text(self, key: str, write: Callable[[Any], str] = str) -> str:
        value = self.take(key)
        return "" if value is None else write(value)

    def rest(self) -> list[tuple[str, Any]]:
        return list(self._left.items())


def _environment(details: ModelDetails) -> Environment:
    """Return the environment of the values shown under plain names, or of the newest others."""
    evaluation = details.evaluation or next(iter(details.evaluations), None)
    profile = details.profile or next(iter(details.profiles), None)
    measured: list[Evaluation | Profile] = [one for one in (evaluation, profile) if one is not None]
    merged: dict[str, Any] = {}
    for one in measured:
        merged |= {key: value for key, value in one.environment.items() if key not in merged}
    return merged


def _device(read: _Reader) -> str:
    device, kind, other = read.text("device"), read.text("device_kind"), read.text("device_type")
    host = read.text("host")
    kind = (kind or other).upper()
    named = f"{device} ({kind})" if kind and kind not in device.upper() else device
    return f"{named}, host {host}" if named and host else named


def _threads(read: _Reader) -> str:
    threads, cores = read.text("threads"), read.text("cores")
    return f"{threads} on {cores} cores" if threads and cores else threads


def _batch(read: _Reader) -> str:
    size, asked = read.text("batch_size"), read.text("batch_size_asked")
    return f"{size} ({asked} did not fit into memory)" if asked and asked != size else size


def _versions(read: _Reader) -> str:
    versions = read.take("versions") or {}
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(entry)}" for name, entry in value.items())
    return show_value(value)
