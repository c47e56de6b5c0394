"""Write a model as an archive of files that need nothing of this product.

The archive holds `model.safetensors` as it was measured (codes, scales, palettes and masks packed),
`load_weights.py`, which unpacks it with PyTorch alone, `recipe.yaml` and a model card, `README.md`.
"""

from __future__ import annotations

import json
import re
import struct
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import core
from core.domain.access.caller import CallerKind, Role
from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.recipe import Recipe, SweepStep
from core.domain.technique import Family, TechniqueSpec
from core.errors import Conflict, Forbidden
from core.presentation.lists import listed
from core.services.access.roles import needs
from core.services.application import Application
from core.services.models.models import ModelDetails, get_model
from core.services.projects.projects import get_project
from core.services.recipes.recipe_writing import write_recipes
from core.services.reports.markdown import as_markdown
from core.services.reports.report import gather
from core.services.workers.workers import catalogue

LOADER = Path(core.__file__).parent / "compression" / "checkpoints" / "load_weights.py"
_HUB = "huggingface"
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True)
class Export:
    """What goes into the archive: texts by file name, and the file with the weights."""

    name: str
    texts: Mapping[str, str]
    weights: Path

    def write(self, target: IO[bytes]) -> None:
        """Write the archive; weights are packed already, so they are not compressed again."""
        with zipfile.ZipFile(target, "w") as archive:
            for name, text in self.texts.items():
                archive.writestr(f"{self.name}/{name}", text, zipfile.ZIP_DEFLATED)
            archive.write(self.weights, f"{self.name}/model.safetensors", zipfile.ZIP_STORED)


@needs(Role.VIEWER)
def export_model(app: Application, model_id: ModelId) -> Export:
    """Gather what is needed to use a model elsewhere.

    Raises:
        NotFound: there is no such model.
        Conflict: it has no weights: not made yet, deleted, or imported as figures only.
        Forbidden: the caller came with a share link, which shows a project but gives no weights away.
        CorruptArtifact: its file is missing or was altered.
    """
    if app.caller.kind is CallerKind.LINK:
        raise Forbidden("A share link gives no weights away.", "Sign in, or ask for an export.")
    details = get_model(app, model_id)
    model = details.model
    if model.artifact is None or model.deleted_at is not None:
        raise Conflict(f"{model.name} has no weights to export.", "Choose a model that has been made.")
    weights = app.artifacts.fetch(model.artifact)
    specs = {spec.name: spec for spec in catalogue(app).techniques}
    texts = {
        "README.md": _card(app, details, specs, manifest_of(weights)),
        "recipe.yaml": write_recipes([recipe_of(details.lineage)]) if model.step is not None else "",
        "load_weights.py": LOADER.read_text(encoding="utf-8"),
    }
    name = re.sub(r"[^\w.-]+", "-", model.name).strip("-.") or "model"
    return Export(f"{name}-{model.id}", {file: text for file, text in texts.items() if text}, weights)


def recipe_of(lineage: Sequence[Model]) -> Recipe:
    """Return the steps from the base to a model as a recipe."""
    return tuple(
        SweepStep(
            each.step.technique,
            {name: (value,) for name, value in each.step.parameters.items()},
            each.step.rules,
        )
        for each in lineage
        if each.step is not None
    )


def manifest_of(path: Path) -> Mapping[str, Any]:
    """Return what a checkpoint says of itself: `architecture`, `edits`, how each weight is packed."""
    with path.open("rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    manifest: dict[str, Any] = json.loads(header["__metadata__"]["compress-and-compare"][8:])
    return manifest


def _card(
    app: Application, details: ModelDetails, specs: Mapping[str, TechniqueSpec], manifest: Mapping[str, Any]
) -> str:
    """Return the model card: fields that model hubs read, how to load the weights, and the study report."""
    model = details.model
    base = details.lineage[0]
    against = base.id if base.ready and base.id != model.id else None
    report = as_markdown(gather(app, get_project(app, model.project_id), [model.id], against))
    told = "\n".join(f"- {line}" for line in _made_by(details, specs))
    return f"""---
{_fields(details.lineage, specs)}
---
# {model.name}

{told}

## Use it

    import torch
    from load_weights import state_dict

    model = ...  # {_built_from(manifest["architecture"])}
    model.load_state_dict(state_dict("model.safetensors"))

The weights in `model.safetensors` are packed and come back bit for bit as they were measured;
`python load_weights.py model.safetensors dense.safetensors` writes them as plain tensors.
{_changed(manifest)}

`recipe.yaml` repeats the steps in Compress and Compare:
`compress-compare submit recipe.yaml --project <project> --base <model>`.

{_lower_headings(report)}"""


def _made_by(details: ModelDetails, specs: Mapping[str, TechniqueSpec]) -> list[str]:
    source = details.lineage[0].source
    lines = ["Base model: " + (_built_from(asdict(source)) if source else details.lineage[0].name)]
    for each in details.lineage[1:]:
        label = specs[each.step.technique].label if each.step and each.step.technique in specs else "Step"
        lines.append(f"{label}: {each.name} (seed {each.seed})")
    return lines + [str(each) for each in details.manifest.get("notes", [])]


def _built_from(source: Mapping[str, Any]) -> str:
    """Return a model source with its parameters in one line, those that are empty left out."""
    name = source.get("source") or source.get("name")
    values = {key: value for key, value in source["parameters"].items() if value not in ("", "{}", False)}
    return f"{name} {json.dumps(values, ensure_ascii=False)}"


def _changed(manifest: Mapping[str, Any]) -> str:
    """Return what the weights alone do not say: other shapes, and arithmetic that a plain module lacks."""
    found = dict.fromkeys(str(each["name"]) for each in manifest.get("edits", []))
    if not found:
        return ""
    return (
        f"The module was changed as well ({listed(found)}), in its shapes or its arithmetic: "
        '`load_weights.origin("model.safetensors")["edits"]` lists each change.'
    )


def _fields(lineage: Sequence[Model], specs: Mapping[str, TechniqueSpec]) -> str:
    """Return the fields of a model card as the Hugging Face hub reads them."""
    source = lineage[0].source
    families = {family for each in lineage if each.step for family in _family(each.step.technique, specs)}
    tags = sorted({"compress-and-compare", *(family.value.replace(" ", "-") for family in families)})
    fields: dict[str, Any] = {"library_name": "pytorch", "tags": tags}
    named = str(source.parameters.get("model", "")) if source else ""
    if source is not None and source.name == _HUB and _HUB_NAME.fullmatch(named):
        quantized = families & {Family.QUANTIZATION, Family.PALETTIZATION}
        fields |= {"base_model": named, "base_model_relation": "quantized" if quantized else "finetune"}
    return "\n".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items())


def _family(technique: str, specs: Mapping[str, TechniqueSpec]) -> list[Family]:
    return [specs[technique].family] if technique in specs else []


def _lower_headings(text: str) -> str:
    """Return Markdown with each heading one level lower."""
    return re.sub(r"^(#+ )", r"#\1", text, flags=re.MULTILINE)
