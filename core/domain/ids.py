"""Identifiers, one type per noun so that they cannot be mixed up."""

from __future__ import annotations

from typing import NewType

ProjectId = NewType("ProjectId", int)
DatasetId = NewType("DatasetId", int)
ExperimentId = NewType("ExperimentId", int)
ModelId = NewType("ModelId", int)
RunId = NewType("RunId", int)
EvaluationId = NewType("EvaluationId", int)
ProfileId = NewType("ProfileId", int)
SensitivityId = NewType("SensitivityId", int)
InstanceGroupId = NewType("InstanceGroupId", int)
InstanceSetId = NewType("InstanceSetId", int)
SavedViewId = NewType("SavedViewId", int)
SavedRecipeId = NewType("SavedRecipeId", int)
WorkerId = NewType("WorkerId", str)
