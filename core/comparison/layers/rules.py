"""Rows of the tree as layer rules: patterns that find the modules of these rows and those inside."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from core.comparison.layers.figures import Mode

_CALL = re.compile(r" \(call \d+\)$")
TENSORS = frozenset({Mode.SPARSITY, Mode.WEIGHTS, Mode.STORAGE})
"""Modes whose leaves are tensors of modules."""


def patterns(names: Sequence[str], tensors: Collection[str]) -> tuple[str, ...]:
    """Return one pattern per module, without those that lie in another one of them.

    tensors: names that are those of tensors, for which their modules stand.
    """
    modules = {module_of(name, tensor=name in tensors) for name in names}
    outer = [
        name
        for name in sorted(modules)
        if not any(name.startswith(f"{other}.") for other in modules if other != name)
    ]
    return tuple(rf"^{re.escape(name)}(\.|$)" if name else "" for name in outer)


def module_of(name: str, *, tensor: bool) -> str:
    """Return the name of the module that a row belongs to: of a tensor, a call, or a module itself."""
    return name.rpartition(".")[0] if tensor else _CALL.sub("", name)
