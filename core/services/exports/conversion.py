"""Converting a stored model with PyTorch, in a process of its own: this half of the product does without.

Where the libraries are not installed, as in a dashboard of its own, that is said.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import core
from core.errors import Conflict, Misconfigured, Unavailable

_ROOT = Path(core.__file__).parent
LOADER = _ROOT / "compression" / "checkpoints" / "load_weights.py"
_HEAVY = "core.execution.hugging_face_export"
_REFUSED = 3  # exit status of ours: standard output says why as JSON
_LONGEST_S = 1800.0


@dataclass(frozen=True)
class WrittenFolder:
    """What was written: class names of transformers, empty for a model that is none of its.

    purpose: what model hubs call the task. remark: what the folder does not hold of the model.
    """

    model_class: str
    tokenizer_class: str = ""
    purpose: str = ""
    remark: str = ""


def write_dense(weights: Path, target: Path) -> None:
    """Write the weights of a checkpoint as plain tensors, with the loader that goes with exports.

    Raises:
        Misconfigured: PyTorch is not installed here.
    """
    _run([sys.executable, str(LOADER), str(weights), str(target)])


def write_hugging_face(weights: Path, folder: Path, name: str) -> WrittenFolder:
    """Write a model of transformers as `save_pretrained` does; another model as plain tensors alone.

    Raises:
        Conflict: its shapes are not those that a configuration could describe.
        Misconfigured: PyTorch or transformers is not installed here.
    """
    told = _run([sys.executable, "-m", _HEAVY, str(weights), str(folder), name])
    return WrittenFolder(**json.loads(told.splitlines()[-1]))


def _run(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(
            command, cwd=_ROOT.parent, capture_output=True, text=True, timeout=_LONGEST_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        message = f"Converting the model took longer than {_LONGEST_S / 60:g} minutes."
        raise Unavailable(message, "Try again when the machine is less busy.") from error
    if done.returncode == _REFUSED:
        raise Conflict(**json.loads(done.stdout.splitlines()[-1]))
    if done.returncode:
        last = next(iter(reversed(done.stderr.strip().splitlines())), f"exit status {done.returncode}")
        hint = (
            "Install the worker extra here, use `compress-compare export` on a worker, or take the packed "
            "form, which is unpacked with PyTorch alone."
        )
        raise Misconfigured(f"The model could not be converted on this machine: {last}", hint)
    return done.stdout
