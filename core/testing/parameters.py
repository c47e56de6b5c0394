"""Parameters for tests and plug-in authors, in one line each."""

from __future__ import annotations

from typing import Any

from core.domain.parameter.spec import Kind, ParameterSpec
from core.presentation.labels import from_name, sentence_case


def parameter(name: str, kind: Kind = Kind.TEXT, default: Any = None, **more: Any) -> ParameterSpec:
    """Return a parameter whose label follows from its name; `more` as in `ParameterSpec`."""
    label = more.pop("label", sentence_case(from_name(name)))
    return ParameterSpec(name=name, label=label, kind=kind, default=default, **more)
