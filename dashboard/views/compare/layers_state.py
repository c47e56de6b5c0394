"""What the Layers tab shows, as it stands in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.comparison.layers.figures import FIGURES, Mode, figure_of

MODE_LABELS: Mapping[Mode, str] = {
    Mode.SPARSITY: "Sparsity",
    Mode.WEIGHTS: "Weights",
    Mode.ACTIVATIONS: "Activations",
    Mode.COST: "Cost",
    Mode.STORAGE: "Storage",
    Mode.SENSITIVITY: "Sensitivity",
}
LONGEST_PATTERN = 300


@dataclass(frozen=True)
class LayersState:
    """What is shown; the browser changes all but the first two without asking the server.

    figure: key of the figure in the cells; empty for the first of the mode. flat: only what has figures of
    its own. pattern: regular expression that names must match. sort: `name` or the id of a model, with a
    minus sign for the other direction; empty for the order of the model. module: name of the selected row.
    """

    mode: Mode = Mode.WEIGHTS
    figure: str = ""
    flat: bool = False
    pattern: str = ""
    sort: str = ""
    module: str = ""

    @property
    def parts(self) -> dict[str, str]:
        """The parts of an address; what has its default is empty."""
        return {
            "layers": "" if self.mode is Mode.WEIGHTS else self.mode.value,
            "figure": self.figure,
            "flat": "1" if self.flat else "",
            "pattern": self.pattern,
            "sorted": self.sort,
            "module": self.module,
        }

    @property
    def drawn(self) -> LayersState:
        """The state without what the browser changes by itself."""
        return LayersState(self.mode, self.figure)

    def showing(self, mode: Mode) -> LayersState:
        """Return the state with another mode, in which the figure may not exist."""
        keys = {figure.key for figure in FIGURES[mode]}
        return replace(self, mode=mode, figure=self.figure if self.figure in keys else "")


def read_layers_state(parts: Mapping[str, str]) -> LayersState:
    """Return the state of an address; what means nothing falls back to the default."""
    wanted = parts.get("layers", "")
    mode = Mode(wanted) if wanted in set(Mode) else Mode.WEIGHTS
    figure = parts.get("figure", "")
    return LayersState(
        mode=mode,
        figure=figure if figure_of(mode, figure).key == figure else "",
        flat=parts.get("flat") == "1",
        pattern=parts.get("pattern", "")[:LONGEST_PATTERN],
        sort=parts.get("sorted", ""),
        module=parts.get("module", ""),
    )
