"""Looks at data before any run needs them: what is wrong with them is seen before a model is made."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from core import logs
from core.data.base import Split, load_data, require_several_classes
from core.data.pictures.decoded_cache import DecodedCache
from core.execution.data.preview_storage import show
from core.execution.process import described
from core.execution.process_setup import ProcessSetup
from core.services.application import Application, open_application
from core.services.data_setup.data_preview import keep_failure, unseen

log = logging.getLogger(__name__)

SPLIT = Split.TEST
"""The one that every model is measured on; reading the other may be for nothing, and take long."""


def look(place: Mapping[str, Any], dataset_id: int) -> None:
    """Look at a data set, called in a process of its own."""
    logs.configure(stream=sys.stdout)
    connection = ProcessSetup.from_json(place).connection
    with closing(open_application(connection)) as app:
        look_at(app, dataset_id, DecodedCache(connection.cache_dir / "decoded"))


def look_at(app: Application, dataset_id: int, cache: DecodedCache | None = None) -> None:
    """Keep the preview of a data set, or why it cannot be read; nothing where somebody was quicker."""
    dataset = next((each for each in unseen(app, SPLIT) if each.id == dataset_id), None)
    if dataset is None:
        return
    try:
        data = load_data(dataset.source, dataset.parameters, SPLIT, cache=cache)
        require_several_classes(data)
    except Exception as error:  # noqa: BLE001  (every failure is shown)
        failure = described(error)
        log.warning("Data cannot be read: %s", failure.message, extra={"data": dataset.name})
        keep_failure(app, dataset, SPLIT, f"{failure.message} {failure.hint}".strip())
    else:
        show(app, dataset, SPLIT, data)
