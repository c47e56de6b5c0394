"""A part that is slow to refresh keeps no poll waiting while others follow it, and never stays old."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from typing import cast

import pytest

from core.errors import NotFound
from core.services.application import Application
from dashboard.live.background import Background
from dashboard.live.feed import Asked, Drawing, Feed, Present, feeds
from dashboard.live.followers import QUICK_S, RECENT_S, Followers
from dashboard.live.pace import LEAST_S


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Turn:
    """A background whose tasks a test carries out."""

    def __init__(self) -> None:
        self.tasks: dict[Hashable, Callable[[], None]] = {}

    def is_pending(self, key: Hashable) -> bool:
        return key in self.tasks

    def submit(self, key: Hashable, task: Callable[[], None]) -> None:
        self.tasks.setdefault(key, task)

    def take(self) -> None:
        for task in [self.tasks.pop(key) for key in list(self.tasks)]:
            task()


class Slow(Feed):
    """Draws a number that grows outside; drawing takes `took_s`."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.took_s, self.number, self.drawn, self.gone = clock, 4 * QUICK_S, 1, 0, False

    def drawing(self, present: Present, asked: Asked) -> Drawing:
        if self.gone:
            raise NotFound("It was deleted.", "Choose another.")
        return Drawing(asked.text("which"), self.number, self.draw)

    def draw(self) -> dict[str, int]:
        self.drawn += 1
        self.clock.now += self.took_s
        return {"number": self.number}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slow(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    feed = Slow(clock)
    monkeypatch.setattr(feeds, "get", lambda _name: feed)
    return feed


@pytest.fixture
def turn() -> Turn:
    return Turn()


@pytest.fixture
def followers(clock: Clock, turn: Turn) -> Followers:
    return Followers(cast("Application", None), cast("Background", turn), clock)


def test_the_first_who_asks_gets_the_document(slow, followers):
    assert followers.answer("slow", {"which": "a"}).content == b'"full":{"number":1}'


def test_who_polls_gets_the_version_before_and_the_next_poll_the_new_one(clock, slow, turn, followers):
    mark = followers.answer("slow", {"which": "a"}).mark
    slow.number = 2
    clock.now += LEAST_S
    assert followers.answer("slow", {"which": "a", "since": mark}).content is None
    assert followers.answer("slow", {"which": "a"}).content == b'"full":{"number":1}'
    assert slow.drawn == 1
    turn.take()
    assert followers.answer("slow", {"which": "a", "since": mark}).content is not None
    assert slow.drawn == 2


def test_within_a_second_it_is_not_even_looked_at(clock, slow, turn, followers):
    followers.answer("slow", {"which": "a"})
    clock.now += LEAST_S - slow.took_s - 0.01
    followers.answer("slow", {"which": "a"})
    assert not turn.tasks


def test_a_person_who_acted_gets_what_is_true_now(slow, followers):
    followers.answer("slow", {"which": "a"})
    slow.number = 2
    assert followers.answer("slow", {"which": "a"}, fresh=True).content == b'"full":{"number":2}'


def test_what_nobody_followed_for_a_while_is_drawn_before_it_is_shown(clock, slow, followers):
    followers.answer("slow", {"which": "a"})
    slow.number = 2
    clock.now += RECENT_S
    assert followers.answer("slow", {"which": "a"}).content == b'"full":{"number":2}'


def test_what_is_quick_is_drawn_by_who_asks(clock, slow, turn, followers):
    slow.took_s = QUICK_S / 2
    followers.answer("slow", {"which": "a"})
    slow.number = 2
    clock.now += LEAST_S
    assert followers.answer("slow", {"which": "a"}).content == b'"full":{"number":2}'
    assert not turn.tasks


def test_what_cannot_be_drawn_any_more_says_so_at_the_next_poll(clock, slow, turn, followers):
    followers.answer("slow", {"which": "a"})
    slow.gone = True
    clock.now += LEAST_S
    followers.answer("slow", {"which": "a"})
    turn.take()
    with pytest.raises(NotFound, match="deleted"):
        followers.answer("slow", {"which": "a"})


def test_the_background_rests_as_long_as_it_worked_and_does_nothing_twice_at_once():
    clock, rests, done, going = Clock(), [], [], threading.Event()
    rested = threading.Event()

    def rest(seconds: float) -> None:
        rests.append(seconds)
        rested.set()

    def task() -> None:
        assert going.wait(10)
        clock.now += 3.0
        done.append(1)

    background = Background(clock, rest)
    background.submit("a", task)
    background.submit("a", task)
    assert background.is_pending("a")
    going.set()
    assert rested.wait(10)
    assert not background.is_pending("a")
    assert (done, rests) == ([1], [3.0])
