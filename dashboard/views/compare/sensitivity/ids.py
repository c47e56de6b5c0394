"""Ids of the Sensitivity panel."""

from __future__ import annotations

from enum import StrEnum


class SensitivityIds(StrEnum):
    """Parts of the panel. FORM: its `data-model` names the model. CHOICE, POINT: types of ids.

    CHOICE: what is drawn, by name; only while the panel is shown. POINT: the button of a point, by place.
    """

    FRAME = "compare-sensitivity"
    FORM = "sensitivity-form"
    CANDIDATES = "sensitivity-candidates"
    INSTANCES = "sensitivity-instances"
    ESTIMATE = "sensitivity-estimate"
    MEASURE = "sensitivity-measure"
    VERDICT = "sensitivity-verdict"
    SAID = "sensitivity-said"
    CHOICE = "sensitivity-choice"
    RESULT = "sensitivity-result"
    GRAPH = "sensitivity-frontier"
    POINT = "sensitivity-point"
    POINTS = "sensitivity-points"


class Choice(StrEnum):
    """Names of the inputs that say what is drawn, in their order on the page."""

    GROUPING = "grouping"
    COSTS = "costs"
    BUDGET = "budget"
    LIMIT = "limit"

    @property
    def identity(self) -> dict[str, str]:
        """The id of the input."""
        return {"type": SensitivityIds.CHOICE.value, "name": self.value}
