"""Tell workers that runs are waiting; at least once, since a message too many does nothing."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from core.domain.access.caller import Role
from core.errors import Unavailable
from core.services.access.roles import needs
from core.services.application import Application

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class DispatchReport:
    """How many runs were announced, and whether the broker took everything that there was."""

    sent: int
    announced: bool


@needs(Role.EDITOR)
def dispatch_unsent(
    app: Application, *, queues: Collection[str] | None = None, older_than_s: float | None = None
) -> DispatchReport:
    """Announce the queued runs that no message was sent for, or whose message is old enough to be lost.

    queues: only runs in these. older_than_s: how old a message must be, in place of `Limits.resend_s`.
    The broker is spoken to outside any transaction; marking comes after, so a crash repeats a message.
    """
    now = app.clock.now()
    age = timedelta(seconds=app.limits.resend_s if older_than_s is None else older_than_s)
    with app.unit_of_work() as uow:
        unsent = uow.runs.unsent(sent_before=now - age, queues=queues)
    sent = []
    announced = True
    for queue, entries in groupby(sorted(unsent, key=lambda entry: entry[1]), key=lambda entry: entry[1]):
        run_ids = [run_id for run_id, _ in entries]
        try:
            app.dispatcher.publish(run_ids, queue=queue)
        except Unavailable as error:
            _logger.warning("Runs stay unannounced: %s", error.message, extra={"runs": len(run_ids)})
            announced = False
            break
        sent += run_ids
    if sent:
        with app.unit_of_work(writing=True) as uow:
            uow.runs.mark_dispatched(sent, now)
            uow.commit()
    return DispatchReport(len(sent), announced)
