"""What a project's models can be filtered by, and how conditions read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.comparison.filtering import METRIC, PARAMETER, Condition, Status, parameter_field, parameter_of
from core.comparison.variables.values import Value, value_of
from core.domain.metric import MetricDefinition, format_value
from core.domain.parameter.choices import choice_words
from dashboard.figures.wording import parameter_label, parameter_spec, technique_label
from dashboard.projects.snapshot import Snapshot

_WORDS = {
    "operation": "Operation",
    "tag": "Tag",
    "status": "Status",
    "author": "Author",
    "experiment": "Experiment",
    "date": "Date made",
    "text": "Text",
}


def offered(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Return the fields that models of this project differ in, grouped as a Select shows them."""
    measured = {name for model in snapshot.models for name in model.metrics}
    metrics = [metric for metric in snapshot.project.leading_metrics if metric.name in measured]
    groups = {
        "Models": [{"value": field, "label": label} for field, label in _WORDS.items()],
        "Metrics": [{"value": f"{METRIC}:{metric.name}", "label": metric.label} for metric in metrics],
        "Parameters": [
            {"value": field, "label": field_label(field, snapshot)}
            for field, values in sorted(parameter_values(snapshot).items())
            if len(values) > 1
        ],
    }
    return [{"group": name, "items": items} for name, items in groups.items() if items]


def field_label(field: str, snapshot: Snapshot) -> str:
    """Return what people call a field."""
    kind, _, rest = field.partition(":")
    if kind == METRIC:
        metric = snapshot.project.metric(rest)
        return metric.label if metric else rest
    if kind == PARAMETER:
        technique, name = parameter_of(field)
        label = parameter_label(technique, name, snapshot.specs)
        return f"{label} ({technique_label(technique, snapshot.specs)})"
    return _WORDS[kind]


def choices(field: str, snapshot: Snapshot) -> list[dict[str, str]]:
    """Return the values that a condition on the field can ask for, as a MultiSelect takes them."""
    kind = field.partition(":")[0]
    if kind == PARAMETER:
        values = sorted(parameter_values(snapshot).get(field, ()), key=lambda value: value.order)
        technique, name = parameter_of(field)
        about = parameter_spec(technique, name, snapshot.specs)
        texts = dict.fromkeys(value.text for value in values)
        return [{"value": text, "label": choice_words(text, about)} for text in texts]
    if kind == "operation":
        used = {model.step.technique if model.step else "base" for model in snapshot.models}
        labels = {name: "base" if name == "base" else technique_label(name, snapshot.specs) for name in used}
        return [{"value": name, "label": labels[name]} for name in sorted(used, key=labels.__getitem__)]
    if kind == "experiment":
        return [{"value": str(one), "label": title} for one, title in snapshot.experiments.items()]
    words: Mapping[str, Iterable[str]] = {
        "tag": sorted({tag for model in snapshot.models for tag in model.tags}),
        "author": sorted({model.author for model in snapshot.models if model.author}),
        "status": [status.value for status in Status],
    }
    return [{"value": word, "label": word} for word in words.get(kind, ())]


def parameter_values(snapshot: Snapshot) -> dict[str, set[Value]]:
    """Return the values that each parameter takes anywhere, by field."""
    found: dict[str, set[Value]] = {}
    for step in (model.step for model in snapshot.models if model.step):
        for name, raw in step.parameters.items():
            found.setdefault(parameter_field(step.technique, name), set()).add(value_of(raw))
    return found


def condition_text(condition: Condition, snapshot: Snapshot) -> str:
    """Return a condition in words, e.g. `Top-1 accuracy ≥ 20.0 %`."""
    label = field_label(condition.field, snapshot)
    if condition.kind in {METRIC, "date"}:
        metric = snapshot.project.metric(condition.field.partition(":")[2])
        return f"{label} {_range_text(condition, metric)}"
    texts = {choice["value"]: choice["label"] for choice in choices(condition.field, snapshot)}
    return f"{label}: {' or '.join(texts.get(value, value) for value in condition.values)}"


def _range_text(condition: Condition, metric: MetricDefinition | None) -> str:
    def end(value: float | str) -> str:
        return format_value(metric, float(value)) if metric else str(value)

    if condition.low is not None and condition.high is not None:
        return f"{end(condition.low)} to {end(condition.high)}"
    if condition.low is not None:
        return f"\N{GREATER-THAN OR EQUAL TO} {end(condition.low)}"
    return f"\N{LESS-THAN OR EQUAL TO} {end(condition.high)}" if condition.high is not None else "any"
