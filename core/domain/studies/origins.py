"""What made the weights of the models of a study, as far as the names of its operations say."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from core.domain.origin import Origin, trains, trains_from_scratch
from core.domain.studies.study import StudyModel


def origins(models: Sequence[StudyModel]) -> dict[str, Origin]:
    """Return the origin of each model by its id; a base is as constructed if one was trained from scratch."""
    scratch = {model.parent for model in models if model.step and trains_from_scratch(model.step)}
    return {model.id: _origin(model, scratch) for model in models}


def _origin(model: StudyModel, scratch: Collection[str | None]) -> Origin:
    if model.step is not None and trains(model.step):
        return Origin.TRAINED
    if model.parent is not None:
        return Origin.DERIVED
    return Origin.CONSTRUCTED if model.step is None and model.id in scratch else Origin.IMPORTED
