"""Uploaded files in both databases: noted once, swept once, and never while somebody is about to use them."""

from __future__ import annotations

import threading

from core.domain.data.uploads import Upload
from core.services.application import Application
from core.services.models.base_models import BaseModelRequest, add_base_model
from core.services.uploads.uploads import remove_unused
from core.testing.fakes import SettableClock
from core.testing.laboratory import Laboratory

KEYS = [f"{number:064x}" for number in range(3)]


def keep(app: Application, key: str, clock: SettableClock, *, size_bytes: int = 10) -> None:
    with app.unit_of_work(writing=True) as uow:
        uow.uploads.keep(Upload(key, "w.safetensors", size_bytes, 2, clock.now()))
        uow.commit()


def present(app: Application) -> list[Upload]:
    with app.unit_of_work() as uow:
        return uow.uploads.list()


def test_a_file_is_noted_once_with_its_latest_use(app: Application, clock: SettableClock) -> None:
    large = 40 * 1024**3
    keep(app, KEYS[0], clock, size_bytes=large)
    clock.advance(60)
    keep(app, KEYS[0], clock, size_bytes=large)
    assert present(app) == [Upload(KEYS[0], "w.safetensors", large, 2, clock.now())]


def test_many_may_bring_the_same_file_at_once(app: Application, clock: SettableClock) -> None:
    failures: list[Exception] = []
    gate = threading.Barrier(4)

    def bring() -> None:
        gate.wait(10)
        try:
            keep(app, KEYS[0], clock)
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=bring) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert len(present(app)) == 1


def test_only_what_is_old_and_unused_is_forgotten(app: Application, clock: SettableClock) -> None:
    laboratory = Laboratory(app)
    laboratory.open()
    project = laboratory.project()
    for key in KEYS:
        keep(app, key, clock)
    made = add_base_model(app, BaseModelRequest(project.id, "base", "residual-cnn"))
    with app.unit_of_work(writing=True) as uow:
        uow.models.set_made(made.id, artifact=KEYS[1], manifest={}, at=clock.now())
        uow.commit()
    clock.advance(2 * 86_400)
    with app.unit_of_work(writing=True) as uow:
        assert uow.uploads.use([KEYS[2], "f" * 64], clock.now()) == {KEYS[2]}
        uow.commit()
    assert remove_unused(app) == [KEYS[0]]
    assert {upload.key for upload in present(app)} == set(KEYS[1:])


def test_who_uses_a_file_first_keeps_it(app: Application, clock: SettableClock) -> None:
    keep(app, KEYS[0], clock)
    clock.advance(2 * 86_400)
    swept: list[list[str]] = []
    with app.unit_of_work(writing=True) as uow:
        assert uow.uploads.use([KEYS[0]], clock.now()) == {KEYS[0]}
        sweeper = threading.Thread(target=lambda: swept.append(remove_unused(app)))
        sweeper.start()
        sweeper.join(0.3)
        assert swept == [], "it waits for what is going on"
        uow.commit()
    sweeper.join(30)
    assert swept == [[]]
    assert len(present(app)) == 1
