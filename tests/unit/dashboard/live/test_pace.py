"""The database is read at a bounded rate, except when a person acts."""

from __future__ import annotations

import threading

import pytest

from dashboard.live.pace import LEAST_S, MOST_KEPT, SHARE, Paces


class Clock:
    """A clock that stands still until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Source:
    """Counts how often it is read; reading takes `took_s`."""

    def __init__(self, clock: Clock, took_s: float = 0.0) -> None:
        self.clock, self.took_s, self.times = clock, took_s, 0

    def __call__(self, _before: object) -> int:
        self.clock.now += self.took_s
        self.times += 1
        return self.times


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_many_questions_within_a_second_are_one_reading(clock):
    paces, source = Paces(clock), Source(clock)
    assert [paces.read("a", source) for _ in range(50)] == [1] * 50
    clock.now += LEAST_S
    assert paces.read("a", source) == 2


def test_a_person_who_acted_gets_what_was_read_after_that(clock):
    paces, source = Paces(clock), Source(clock)
    paces.read("a", source)
    clock.now += 0.01
    assert paces.read("a", source, fresh=True) == 2
    assert paces.read("a", source) == 2


def test_what_is_slow_to_read_is_read_less_often(clock):
    paces, source = Paces(clock), Source(clock, took_s=0.5)
    paces.read("a", source)
    clock.now += 0.5 / SHARE - 0.5 - 0.01
    assert paces.read("a", source) == 1
    clock.now += 0.02
    assert paces.read("a", source) == 2


def test_while_one_thread_reads_others_get_what_was_read_before(clock):
    paces, going, done = Paces(clock), threading.Event(), threading.Event()
    paces.read("a", lambda _before: "old")

    def slow(_before):
        going.set()
        assert done.wait(10)
        return "new"

    clock.now += LEAST_S
    thread = threading.Thread(target=lambda: paces.read("a", slow))
    thread.start()
    assert going.wait(10)
    assert paces.read("a", lambda _before: pytest.fail("read twice")) == "old"
    done.set()
    thread.join()
    assert paces.read("a", lambda _before: pytest.fail("read twice")) == "new"


def test_a_reading_gets_the_one_before_it(clock):
    paces = Paces(clock)
    grown = [paces.read("a", lambda before: (before or 0) + 1, fresh=clock.now > 0) for _ in range(1)]
    clock.now += LEAST_S
    grown.append(paces.read("a", lambda before: (before or 0) + 1))
    assert grown == [1, 2]


def test_a_failed_reading_is_tried_again(clock):
    paces = Paces(clock)
    with pytest.raises(OSError, match="gone"):
        paces.read("a", lambda _before: (_ for _ in ()).throw(OSError("gone")))
    assert paces.read("a", lambda _before: "back") == "back"


def test_few_are_kept(clock):
    paces, source = Paces(clock), Source(clock)
    for key in range(MOST_KEPT + 1):
        paces.read(key, source)
    paces.read(MOST_KEPT, source)
    assert source.times == MOST_KEPT + 1
    paces.read(0, source)
    assert source.times == MOST_KEPT + 2
