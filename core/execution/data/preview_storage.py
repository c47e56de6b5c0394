"""Shows people what runs read: the first that has a split in memory keeps a preview of it."""

from __future__ import annotations

import logging

from core.data.dataset import Dataset
from core.data.preview import preview
from core.domain.project import Dataset as ProjectDataset
from core.services.application import Application
from core.services.data_setup.data_preview import keep_preview, previewed

log = logging.getLogger(__name__)


def show(app: Application, dataset: ProjectDataset, split: str, data: Dataset) -> None:
    """Keep a preview of the split unless there is one of these instances.

    Whatever goes wrong is only logged: no run fails for want of a preview.
    """
    try:
        fingerprint = data.fingerprint()
        if previewed(app, dataset).get(split) != fingerprint:
            keep_preview(app, dataset, preview(data, split), fingerprint=fingerprint)
    except Exception:
        facts = {"action": "no_preview", "data": dataset.name, "split": split}
        log.warning("There is no preview of these data", exc_info=True, extra=facts)
