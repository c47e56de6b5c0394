"""Operations as the file declares them against the operations that its models use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.domain.studies.import_warnings import ImportWarnings


class Operations:
    """Declared operations with the declaration of each parameter; notes where models differ from them."""

    def __init__(self, declarations: Mapping[str, Mapping[str, Any]], oddities: ImportWarnings) -> None:
        self._declarations = declarations
        self._oddities = oddities
        self._used: dict[str, dict[str, None]] = {}

    @classmethod
    def declared(cls, entries: Any, oddities: ImportWarnings) -> Operations:
        """Read the declarations; what cannot be read is left out and noted."""
        if not isinstance(entries, Sequence) or isinstance(entries, str):
            oddities.add("The file declares no operations; they are taken from the models")
            entries = []
        declarations: dict[str, Mapping[str, Any]] = {}
        for position, entry in enumerate(entries):
            name = entry.get("name") if isinstance(entry, Mapping) else entry
            if not isinstance(name, str) or not name.strip():
                oddities.add(
                    "Declarations of operations without a name are left out", f"number {position + 1}"
                )
            else:
                parameters = entry.get("parameters") if isinstance(entry, Mapping) else None
                declarations[name] = _parameters(name, parameters, oddities)
        return cls(declarations, oddities)

    def names_of(self, operation: str) -> list[str]:
        """Return the declared parameters of an operation, in order; none if it is not declared."""
        return list(self._declarations.get(operation, {}))

    def use(self, operation: str, parameters: Mapping[str, Any], model_id: str) -> None:
        """Note that a model was made by an operation with these parameters."""
        used = self._used.setdefault(operation, {})
        declaration = self._declarations.get(operation)
        if declaration is None:
            self._oddities.add(f"The operation {operation!r} is not declared", model_id)
            return
        for name, value in parameters.items():
            used[name] = None
            if name not in declaration:
                self._oddities.add(f"The operation {operation!r} declares no parameter {name!r}", model_id)
            elif not _allowed(declaration[name], value):
                said = f"Values of {name!r} of {operation!r} outside of what is declared"
                self._oddities.add(said, f"{value!r} in {model_id}")

    def note_differences(self) -> None:
        """Note declared operations and parameters that no model uses; call it after all models were read."""
        for operation, declaration in self._declarations.items():
            if operation not in self._used:
                self._oddities.add("Declared operations that no model uses", operation)
                continue
            for name in declaration:
                if name not in self._used[operation]:
                    self._oddities.add(f"Declared parameters of {operation!r} that no model gives", name)


def _parameters(operation: str, declared: Any, oddities: ImportWarnings) -> Mapping[str, Any]:
    if isinstance(declared, Mapping):
        return declared
    if isinstance(declared, Sequence) and not isinstance(declared, str):
        oddities.add("Operations whose parameters are declared as a list of names", operation)
        return {
            str(entry.get("name", entry) if isinstance(entry, Mapping) else entry): {} for entry in declared
        }
    if declared is not None:
        oddities.add("Operations whose parameters are declared as neither object nor list", operation)
    return {}


def _allowed(declaration: Any, value: Any) -> bool:
    """Return whether a value is within the declared options and bounds, as far as any are declared."""
    if not isinstance(declaration, Mapping):
        return True
    options = declaration.get("options")
    if isinstance(options, Sequence) and not isinstance(options, str) and options and value not in options:
        return False
    low, high = declaration.get("min"), declaration.get("max")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return True
    above = not isinstance(low, (int, float)) or value >= low
    return above and (not isinstance(high, (int, float)) or value <= high)
