"""Which steps can give back quality that earlier ones took."""

from __future__ import annotations

import re

from core.domain.technique import Family, TechniqueSpec

_FAMILIES = frozenset({Family.TRAINING, Family.DISTILLATION, Family.CORRECTION})
_NAMES = re.compile(r"train|tun|distil|correct|calibrat|restor", re.IGNORECASE)


def recovers(technique: str, spec: TechniqueSpec | None = None) -> bool:
    """Return whether a technique may improve quality, by its family or by its name."""
    if spec is not None and spec.family in _FAMILIES:
        return True
    return _NAMES.search(technique) is not None
