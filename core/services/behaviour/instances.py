"""Keep what pages show of the instances of a split, once per state of the data, and read it."""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from core.domain.access.caller import Role
from core.domain.data.instances import PICTURE, InstanceSet
from core.domain.ids import InstanceSetId
from core.domain.measurement.evaluation import Arrays, Evaluation
from core.errors import CorruptArtifact, NotFound
from core.services.access.roles import needs
from core.services.application import Application

_MOST_OPEN = 16

_logger = logging.getLogger(__name__)


def instances_of(app: Application, evaluation: Evaluation) -> InstanceSet | None:
    """Return the instances that a model was evaluated on; None if they are not kept."""
    with app.unit_of_work() as uow:
        fingerprint = str(evaluation.details.get("fingerprint", ""))
        return uow.instances.of(evaluation.dataset_id, evaluation.split, fingerprint)


def is_whole(app: Application, found: InstanceSet) -> bool:
    """Return whether every picture that was kept is still there."""
    try:
        for pack in found.packs:
            app.artifacts.fetch(pack)
    except CorruptArtifact:
        return False
    return True


@needs(Role.ADMINISTRATOR)
def keep_instances(app: Application, found: InstanceSet, arrays: Arrays) -> None:
    """Store an instance set in place of the one of the same data; nothing if the data set was deleted."""
    with app.unit_of_work(writing=True) as uow:
        dataset = uow.projects.dataset(found.dataset_id)
        if dataset is None:
            return
        uow.projects.touch(dataset.project_id)
        uow.instances.put(found, arrays)
        uow.commit()
    facts = {"data": found.dataset_id, "instances": found.instances, "pictures": found.pictures}
    _logger.info("Instances kept", extra=facts)


@dataclass(frozen=True)
class _Open:
    found: InstanceSet
    places: NDArray[np.generic]


class Pictures:
    """Thumbnails by instance set and instance; the sets asked for last stay in memory."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._open: OrderedDict[tuple[int, str], _Open] = OrderedDict()
        self._lock = Lock()

    def picture(self, set_id: InstanceSetId, mark: str, instance: int) -> bytes:
        """Return the WebP picture of an instance.

        Args:
            set_id: id of the instance set.
            mark: first characters of its fingerprint, which make the address immutable.
            instance: position among the instances.

        Raises:
            NotFound: there is no such set or instance, or none was kept of it.
            CorruptArtifact: its pack was deleted or damaged.
        """
        opened = self._opened(set_id, mark)
        if not 0 <= instance < len(opened.places) or opened.places[instance, 0] < 0:
            hint = "Raise CNC_INSTANCE_BYTES and keep the instances again."
            raise NotFound(f"No picture of the instance {instance} is kept.", hint)
        pack, start, end = opened.places[instance].tolist()
        with self._app.artifacts.fetch(opened.found.packs[pack]).open("rb") as content:
            content.seek(start)
            return content.read(end - start)

    def _opened(self, set_id: InstanceSetId, mark: str) -> _Open:
        key = (int(set_id), mark)
        confined = self._app.caller.project_id is not None  # asks the database each time
        with self._lock:
            if key in self._open and not confined:
                self._open.move_to_end(key)
                return self._open[key]
        with self._app.unit_of_work() as uow:
            found = uow.instances.get(set_id)
            if found is None or not found.fingerprint.startswith(mark):
                raise NotFound(f"The instances {set_id} are not kept.", "Reload the page.")
            places = uow.instances.arrays(set_id, (PICTURE,)).get(PICTURE)
        opened = _Open(found, np.full((0, 3), -1) if places is None else places)
        with self._lock:
            self._open[key] = opened
            while len(self._open) > _MOST_OPEN:
                self._open.popitem(last=False)
        return opened
