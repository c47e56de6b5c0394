"""Write a model of transformers as a folder for `from_pretrained`: `python -m ... CHECKPOINT FOLDER NAME`.

The folder is read back and compared before it counts. Standard output ends with a line of JSON: what was
written, or why nothing was.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from core.compression.activation_quantization.activations import CHILD
from core.compression.checkpoints.checkpoint import load
from core.compression.checkpoints.load_weights import save_plain
from core.compression.encoding.storage import same_bits
from core.compression.model import CompressibleModel
from core.errors import CompressCompareError, Conflict
from core.models.base import Architecture, reader_of
from core.presentation.lists import listed
from core.registry import discover

REFUSED = 3
_UNUSUAL = "Take it away packed or as plain safetensors, which go with any module."


def main(arguments: list[str]) -> int:
    """Write the folder and what was written; the exit status is 3 where the model does not suit."""
    checkpoint, folder, name = Path(arguments[0]), Path(arguments[1]), arguments[2]
    for package in ("core.models.sources", "core.compression.techniques"):
        discover(package)
    try:
        told = export(checkpoint, folder, name)
    except CompressCompareError as error:
        sys.stdout.write(json.dumps({"message": error.message, "hint": error.hint}) + "\n")
        return REFUSED
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


def export(checkpoint: Path, folder: Path, name: str) -> dict[str, str]:
    """Write the folder and return the names of its classes; of other models plain tensors, without names.

    Raises:
        Conflict: the model has other tensors than its configuration describes.
        CorruptArtifact, UnusableInput: it cannot be loaded.
    """
    model = load(checkpoint)
    with tempfile.TemporaryDirectory(prefix="cnc-written-", dir=folder.parent) as scratch:
        written = Path(scratch)
        plain: Any = model.architecture.build()
        if not _of_transformers(plain):
            save_plain(model.module.state_dict(), str(folder / "model.safetensors"))
            return {"model_class": ""}
        rounded = _take_over(plain, model, name)
        plain.save_pretrained(written)
        _require_equal(type(plain).from_pretrained(written, dtype="auto"), plain, name)
        tokenizer = _write_tokenizer(model.architecture, written)
        for path in written.iterdir():
            path.replace(folder / path.name)
    return {
        "model_class": type(plain).__name__,
        "tokenizer_class": tokenizer,
        "purpose": _hub_task(type(plain).__name__),
        "remark": rounded,
    }


def _of_transformers(module: nn.Module) -> bool:
    """Return whether a module is one of transformers, which is imported only by modules that are."""
    library = sys.modules.get("transformers")
    return library is not None and isinstance(module, library.PreTrainedModel)


def _take_over(plain: nn.Module, model: CompressibleModel, name: str) -> str:
    """Give a module as it was built the weights of a model; return what it will not do as the model does.

    Raises:
        Conflict: the model has other shapes.
    """
    state = {key: value for key, value in model.module.state_dict().items() if f".{CHILD}." not in f".{key}"}
    expected = plain.state_dict()
    apart = [key for key in expected if key not in state or state[key].shape != expected[key].shape]
    apart += [key for key in state if key not in expected]
    changes = listed(dict.fromkeys(edit.name for edit in model.edits))
    if apart:
        raise Conflict(
            f"{name} has other tensors than a configuration of transformers describes ({listed(apart, 3)}), "
            f"since its structure was changed by {changes or 'a plug-in'}.",
            _UNUSUAL,
        )
    plain.load_state_dict(state)
    if not model.edits:
        return ""
    return (
        f"Loaded this way, the model leaves out what its steps added to the arithmetic ({changes}); its "
        "weights are the same, its outputs may differ slightly from those measured."
    )


def _require_equal(read: nn.Module, written: nn.Module, name: str) -> None:
    ours: Mapping[str, Tensor] = written.state_dict()
    theirs: Mapping[str, Tensor] = read.state_dict()
    wrong = [key for key in ours if key not in theirs or not same_bits(ours[key], theirs[key])]
    if wrong:
        raise Conflict(f"{name} is not the same when transformers reads it: {listed(wrong, 3)}.", _UNUSUAL)


def _write_tokenizer(architecture: Architecture, folder: Path) -> str:
    """Write the model's tokenizer and return its class; empty where it has none that can be written."""
    reader = None
    with suppress(CompressCompareError):  # its folder is gone: the weights are worth having without
        reader = reader_of(architecture.source, architecture.parameters)
    tokenizer: Any = None if reader is None else reader.tokenizer
    if not hasattr(tokenizer, "save_pretrained"):
        return ""
    tokenizer.save_pretrained(folder)
    return "AutoTokenizer"


def _hub_task(model_class: str) -> str:
    """Return what model hubs call the task of a class of transformers."""
    tasks = {
        "ForSequenceClassification": "text-classification",
        "ForImageClassification": "image-classification",
        "ForCausalLM": "text-generation",
        "LMHeadModel": "text-generation",
        "ForConditionalGeneration": "text2text-generation",
    }
    return next((task for end, task in tasks.items() if model_class.endswith(end)), "")


if __name__ == "__main__":
    torch.set_num_threads(1)
    sys.exit(main(sys.argv[1:]))
