"""Write a model as an archive of files that need nothing of this product, in one of several forms."""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from core.domain.access.caller import CallerKind, Role
from core.domain.ids import ModelId
from core.domain.model import Model
from core.domain.recipe import Recipe, SweepStep
from core.errors import Conflict, Forbidden
from core.services.access.roles import needs
from core.services.application import Application
from core.services.exports.card import Usage, built_from, changed_module, model_card
from core.services.exports.conversion import LOADER, write_dense, write_hugging_face
from core.services.models.models import ModelDetails, get_model
from core.services.recipes.recipe_writing import write_recipes
from core.services.workers.workers import catalogue

WEIGHTS = "model.safetensors"
ONNX_FILE = "model.onnx"
_GRAPH = "graph"  # tensor of a checkpoint that holds the bytes of an ONNX file
Writer = Callable[[ModelDetails, Path, Path], Usage]


class ExportFormat(StrEnum):
    """What an archive holds beside recipe and model card."""

    PACKED = "packed"  # weights as they were measured, and a loader of one file
    SAFETENSORS = "safetensors"  # the same weights as plain tensors
    ONNX = "onnx"  # the file of a model that an ONNX export made, or that was imported as one
    HUGGING_FACE = "huggingface"  # a folder that `from_pretrained` reads, of models of transformers


@dataclass(frozen=True)
class Export:
    """A folder with everything that goes into the archive, and the archive's name."""

    name: str
    folder: Path

    def write(self, target: IO[bytes]) -> None:
        """Write the archive; weights are packed already, so they are not compressed again."""
        with zipfile.ZipFile(target, "w") as archive:
            for path in sorted(self.folder.iterdir()):
                stored = path.suffix == ".safetensors"
                how = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
                archive.write(path, f"{self.name}/{path.name}", how)


@needs(Role.VIEWER)
@contextmanager
def export_model(
    app: Application, model_id: ModelId, form: ExportFormat = ExportFormat.PACKED
) -> Iterator[Export]:
    """Gather what is needed to use a model elsewhere, as long as the context lasts.

    Raises:
        NotFound: there is no such model.
        Conflict: it has no weights (not made yet, deleted, or imported as figures only), or there is nothing
            of it in this form.
        Forbidden: the caller came with a share link, which shows a project but gives no weights away.
        CorruptArtifact: its file is missing or was altered.
        Misconfigured: converting it needs libraries that are not installed here.
    """
    if app.caller.kind is CallerKind.LINK:
        raise Forbidden("A share link gives no weights away.", "Sign in, or ask for an export.")
    details = get_model(app, model_id)
    model = details.model
    if model.artifact is None or model.deleted_at is not None:
        raise Conflict(f"{model.name} has no weights to export.", "Choose a model that has been made.")
    weights = app.artifacts.fetch(model.artifact)
    specs = {spec.name: spec for spec in catalogue(app).techniques}
    name = re.sub(r"[^\w.-]+", "-", model.name).strip("-.") or "model"
    with tempfile.TemporaryDirectory(prefix="cnc-export-") as parent:
        folder = Path(parent) / "files"
        folder.mkdir()
        usage = _writer(app, form, model.name, weights)(details, weights, folder)
        (folder / "README.md").write_text(model_card(app, details, specs, usage), encoding="utf-8")
        if model.step is not None:
            recipe = write_recipes([recipe_of(details.lineage)])
            (folder / "recipe.yaml").write_text(recipe, encoding="utf-8")
        yield Export(f"{name}-{model.id}", folder)


def _writer(app: Application, form: ExportFormat, name: str, weights: Path) -> Writer:
    """Return what writes a form; `Conflict` if it does not suit the runtime that computes the model."""
    source = manifest_of(weights)["architecture"]["source"]
    sources = {spec.name: spec.runtime for spec in catalogue(app).model_sources}
    runtime = sources.get(source, "")
    if form is ExportFormat.ONNX and not runtime:
        raise Conflict(
            f"{name} is a PyTorch model, so there is no ONNX file of it yet.",
            "Make one with the step ONNX export (Export > ONNX on its card), then download that model.",
        )
    if form is not ExportFormat.ONNX and runtime:
        raise Conflict(f"{name} is a file that {runtime} computes.", f"Choose the form {ExportFormat.ONNX}.")
    return _WRITERS[form]


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
        header = _header(file)
    manifest: dict[str, Any] = json.loads(header["__metadata__"]["compress-and-compare"][8:])
    return manifest


def _header(file: IO[bytes]) -> dict[str, Any]:
    """Return the header of a safetensors file; the file then stands behind it."""
    header: dict[str, Any] = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    return header


def _packed(details: ModelDetails, weights: Path, folder: Path) -> Usage:
    del details
    (folder / WEIGHTS).symlink_to(weights.absolute())  # the archive gets its content
    shutil.copyfile(LOADER, folder / LOADER.name)
    manifest = manifest_of(weights)
    return Usage(
        "pytorch",
        f"""    import torch
    from load_weights import state_dict

    model = ...  # {built_from(manifest["architecture"])}
    model.load_state_dict(state_dict("{WEIGHTS}"))

The weights in `{WEIGHTS}` are packed and come back bit for bit as they were measured;
`python load_weights.py {WEIGHTS} dense.safetensors` writes them as plain tensors.
{changed_module(manifest)}""",
    )


def _dense(details: ModelDetails, weights: Path, folder: Path) -> Usage:
    del details
    write_dense(weights, folder / WEIGHTS)
    return _dense_usage(weights)


def _dense_usage(weights: Path) -> Usage:
    manifest = manifest_of(weights)
    return Usage(
        "safetensors",
        f"""    from safetensors.torch import load_file

    model = ...  # {built_from(manifest["architecture"])}
    model.load_state_dict(load_file("{WEIGHTS}"))

The weights are those that were measured, bit for bit, as plain tensors: codes, palettes and masks are
unpacked, so that the file is larger than the model was measured with.
{listed_edits(manifest)}""",
    )


def listed_edits(manifest: Mapping[str, Any]) -> str:
    """Return the changes of the module as JSON in Markdown; empty without any."""
    edits = manifest.get("edits", [])
    if not edits:
        return ""
    return f"""
The module was changed as well, in its shapes or its arithmetic:

```json
{json.dumps(edits, ensure_ascii=False)}
```"""


def _hugging_face(details: ModelDetails, weights: Path, folder: Path) -> Usage:
    written = write_hugging_face(weights, folder, details.model.name)
    if not written.model_class:
        return _dense_usage(weights)
    reader = (
        f"""
    tokenizer = transformers.{written.tokenizer_class}.from_pretrained("<this folder>")"""
        if written.tokenizer_class
        else ""
    )
    return Usage(
        "transformers",
        f"""    import transformers

    model = transformers.{written.model_class}.from_pretrained("<this folder>"){reader}

The weights are those that were measured, bit for bit, as plain tensors.
{written.remark}""",
        {"pipeline_tag": written.purpose} if written.purpose else {},
    )


def _onnx(details: ModelDetails, weights: Path, folder: Path) -> Usage:
    """Write the file that is inside the checkpoint."""
    del details
    with weights.open("rb") as file:
        first, end = _header(file)[_GRAPH]["data_offsets"]
        file.seek(first, os.SEEK_CUR)  # offsets count from behind the header
        (folder / ONNX_FILE).write_bytes(file.read(end - first))
    return Usage(
        "onnx",
        f"""    import onnxruntime

    session = onnxruntime.InferenceSession("{ONNX_FILE}")
    print([(one.name, one.shape, one.type) for one in session.get_inputs()])
    logits = session.run(None, {{session.get_inputs()[0].name: images}})[0]""",
    )


_WRITERS: dict[ExportFormat, Writer] = {
    ExportFormat.PACKED: _packed,
    ExportFormat.SAFETENSORS: _dense,
    ExportFormat.HUGGING_FACE: _hugging_face,
    ExportFormat.ONNX: _onnx,
}
