"""Weights of a checkpoint read one at a time, for those who look at models larger than the memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from core.compression.checkpoints.checkpoint import METADATA_KEY, PART
from core.compression.edits import AppliedEdit
from core.compression.encoding.storage import restore
from core.errors import CorruptArtifact
from core.models.base import Architecture

_CHECKSUM_DIGITS = 8  # before the manifest


class StoredWeights(Mapping[str, Tensor]):
    """The tensors of a checkpoint by their names in the state dict, on the CPU.

    The file is opened for each tensor anew, so that what was read before takes no memory. Its checksum is
    not verified; files from the artifact store are verified there.

    architecture, edits: how the module is built that the tensors belong to.
    """

    def __init__(self, path: Path) -> None:
        """Read what is in the file; `CorruptArtifact` if it cannot be read."""
        self._path = path
        try:
            with safe_open(path, framework="pt") as file:
                text = (file.metadata() or {}).get(METADATA_KEY, "")
                keys = list(file.keys())
            manifest: Mapping[str, Any] = json.loads(text[_CHECKSUM_DIGITS:])
            self._fields, self._aliases = manifest["packed"], manifest["aliases"]
            built = manifest["architecture"]
            self.architecture = Architecture(built["source"], built["parameters"])
            self.edits = tuple(AppliedEdit.from_json(values) for values in manifest.get("edits", []))
        except (SafetensorError, OSError, ValueError, KeyError) as error:
            raise self._unreadable(error) from error
        self._parts: dict[str, list[str]] = {}
        for key in keys:
            name, _, part = key.partition(PART)
            self._parts.setdefault(name, []).append(part)

    def __getitem__(self, name: str) -> Tensor:
        stored = self._aliases.get(name, name)
        parts = self._parts[stored]
        try:
            with safe_open(self._path, framework="pt") as file:
                tensors = {
                    part: file.get_tensor(f"{stored}{PART}{part}" if part else stored) for part in parts
                }
        except (SafetensorError, OSError, ValueError) as error:
            raise self._unreadable(error) from error
        return restore(self._fields.get(stored, {}), tensors)

    def scales(self, name: str) -> Tensor | None:
        """Return the scales that a tensor's codes are multiplied by, None where it has none."""
        stored = self._aliases.get(name, name)
        if "scale" not in self._parts.get(stored, ()):
            return None
        try:
            with safe_open(self._path, framework="pt") as file:
                found: Tensor = file.get_tensor(f"{stored}{PART}scale")
        except (SafetensorError, OSError, ValueError) as error:
            raise self._unreadable(error) from error
        return found

    def __iter__(self) -> Iterator[str]:
        yield from self._parts
        yield from self._aliases

    def __len__(self) -> int:
        return len(self._parts) + len(self._aliases)

    def _unreadable(self, error: Exception) -> CorruptArtifact:
        return CorruptArtifact(
            f"The checkpoint {self._path.name} cannot be read: {error}.",
            "Run the step again; if files keep breaking, check the disk.",
        )
