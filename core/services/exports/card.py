"""The model card that goes with an exported model: fields that model hubs read, use, figures, provenance."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from core.domain.measurement.variants import recoverable, recovery
from core.domain.metric import Format, MetricDefinition, format_value
from core.domain.model import Model
from core.domain.technique import Family, TechniqueSpec
from core.presentation.lists import listed
from core.presentation.numbers import percent
from core.services.application import Application
from core.services.models.models import ModelDetails
from core.services.projects.projects import get_project
from core.services.reports.markdown import as_markdown
from core.services.reports.report import StudyReport, gather

_HUB = "huggingface"
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True)
class Usage:
    """How a form of export is used: the library that reads it, and Markdown under the heading *Use it*.

    fields: further ones at the top of the card.
    """

    library: str
    text: str
    fields: Mapping[str, Any] = field(default_factory=dict)


def model_card(
    app: Application, details: ModelDetails, specs: Mapping[str, TechniqueSpec], usage: Usage
) -> str:
    """Return the card: fields that model hubs read, how it was made and is used, recovery, study report."""
    model = details.model
    base = details.lineage[0]
    against = base.id if base.ready and base.id != model.id else None
    report = gather(app, get_project(app, model.project_id), [model.id], against)
    told = "\n".join(f"- {line}" for line in _made_by(details, specs))
    return f"""---
{_fields(details.lineage, specs, usage, report)}
---
# {model.name}

{told}

## Use it

{usage.text}

`recipe.yaml` repeats the steps in Compress and Compare:
`compress-compare submit recipe.yaml --project <project> --base <model>`.

{_recovery_table(report, model, base)}{_lower_headings(as_markdown(report))}"""


def built_from(source: Mapping[str, Any]) -> str:
    """Return a model source with its parameters in one line, those that are empty left out."""
    name = source.get("source") or source.get("name")
    values = {key: value for key, value in source["parameters"].items() if value not in ("", "{}", False)}
    return f"{name} {json.dumps(values, ensure_ascii=False)}"


def changed_module(manifest: Mapping[str, Any]) -> str:
    """Return what the weights alone do not say: other shapes, and arithmetic that a plain module lacks."""
    found = dict.fromkeys(str(each["name"]) for each in manifest.get("edits", []))
    if not found:
        return ""
    return (
        f"The module was changed as well ({listed(found)}), in its shapes or its arithmetic: "
        '`load_weights.origin("model.safetensors")["edits"]` lists each change.'
    )


def _recovery_table(report: StudyReport, model: Model, base: Model) -> str:
    """Return the figures beside those of the base, with the share of quality that is left; empty without."""
    rows = [_recovery_row(row.metric, model, base) for row in report.metrics.rows]
    known = [row for row in rows if row]
    if base.id == model.id or not known:
        return ""
    return "\n".join(
        [
            "## Recovery\n",
            f"| Metric | {model.name} | {base.name} | Recovery |",
            "|---|---|---|---|",
            *known,
            "\n",
        ]
    )


def _recovery_row(metric: MetricDefinition, model: Model, base: Model) -> str:
    value, former = model.metrics.get(metric.name), base.metrics.get(metric.name)
    if value is None or former is None:
        return ""
    if not recoverable(metric) and metric.format is not Format.BYTES:
        return ""
    share = recovery(metric, value, former) if recoverable(metric) else None
    kept = "" if share is None else percent(share)
    return f"| {metric.label} | {format_value(metric, value)} | {format_value(metric, former)} | {kept} |"


def _made_by(details: ModelDetails, specs: Mapping[str, TechniqueSpec]) -> list[str]:
    source = details.lineage[0].source
    lines = ["Base model: " + (built_from(asdict(source)) if source else details.lineage[0].name)]
    for each in details.lineage[1:]:
        label = specs[each.step.technique].label if each.step and each.step.technique in specs else "Step"
        lines.append(f"{label}: {each.name} (seed {each.seed})")
    return lines + [str(each) for each in details.manifest.get("notes", [])]


def _fields(
    lineage: Sequence[Model], specs: Mapping[str, TechniqueSpec], usage: Usage, report: StudyReport
) -> str:
    """Return the fields of a model card as the Hugging Face hub reads them."""
    source = lineage[0].source
    families = {family for each in lineage if each.step for family in _family(each.step.technique, specs)}
    tags = sorted({"compress-and-compare", *(family.value.replace(" ", "-") for family in families)})
    fields: dict[str, Any] = {"library_name": usage.library, "tags": tags, **usage.fields}
    named = str(source.parameters.get("model", "")) if source else ""
    if source is not None and source.name == _HUB and _HUB_NAME.fullmatch(named):
        quantized = families & {Family.QUANTIZATION, Family.PALETTIZATION}
        fields |= {"base_model": named, "base_model_relation": "quantized" if quantized else "finetune"}
    measured = [row.metric.name for row in report.metrics.rows if row.metric.name in lineage[-1].metrics]
    fields |= {"metrics": measured} if measured else {}
    return "\n".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items())


def _family(technique: str, specs: Mapping[str, TechniqueSpec]) -> list[Family]:
    return [specs[technique].family] if technique in specs else []


def _lower_headings(text: str) -> str:
    """Return Markdown with each heading one level lower."""
    return re.sub(r"^(#+ )", r"#\1", text, flags=re.MULTILINE)
