"""Makes base models from their source, with files that people uploaded taken from the artifact store."""

from __future__ import annotations

import tempfile
from pathlib import Path

from core.compression.model import CompressibleModel
from core.domain.data.uploads import UploadReference
from core.domain.model import Source
from core.errors import CorruptArtifact
from core.ports import ArtifactStore


def created(artifacts: ArtifactStore, source: Source, *, seed: int) -> CompressibleModel:
    """Return the base model that a source describes; raises as `CompressibleModel.create`.

    Raises:
        CorruptArtifact: an uploaded file is gone or damaged.
    """
    with tempfile.TemporaryDirectory(prefix="cnc-weights-") as folder:

        def fetch(reference: UploadReference) -> Path:
            """Return the content under the name that it was uploaded with, which messages then tell."""
            try:
                content = artifacts.fetch(reference.key)
            except CorruptArtifact as error:
                message = f"The uploaded file {reference.name} cannot be used: {error.message}"
                raise CorruptArtifact(message, "Upload it again, then retry this run.") from error
            named = Path(folder) / reference.key / reference.name
            named.parent.mkdir(exist_ok=True)
            if not named.is_symlink():
                named.symlink_to(content.absolute())
            return named

        return CompressibleModel.create(source.name, source.parameters, seed=seed, fetch=fetch)
