"""A document is drawn once for all who ask, and each gets what it lacks."""

from __future__ import annotations

import json

import pytest

from core.testing.browser.live_tab import applied
from dashboard.live import channel as channels
from dashboard.live.channel import LOOSE_S, MOST_VERSIONS, Channel, Channels, DocumentUpdate
from dashboard.live.feed import Drawing


class Board:
    """A document of numbers; counts how often it is drawn."""

    def __init__(self) -> None:
        self.numbers = {str(at): at for at in range(100)}
        self.drawn = 0

    def drawing(self, stamp: int, loosely: int = 0) -> Drawing:
        return Drawing("board", stamp, self.draw, loosely)

    def draw(self) -> dict[str, dict[str, int]]:
        self.drawn += 1
        return {"numbers": dict(self.numbers)}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def answer(channel: Channel, drawing: Drawing, since: str, *, fresh: bool = False) -> DocumentUpdate:
    channel.refresh(drawing, fresh=fresh)
    return channel.since(since)


def parsed(content: bytes | None) -> dict[str, object]:
    return json.loads(b"{" + (content or b"") + b"}")


def test_it_is_drawn_once_until_its_stamp_changes():
    board, channel = Board(), Channel()
    marks = {answer(channel, board.drawing(1), "").mark for _ in range(5)}
    assert (len(marks), board.drawn) == (1, 1)
    answer(channel, board.drawing(2), "")
    assert board.drawn == 2


def test_who_has_the_present_version_gets_nothing():
    board, channel = Board(), Channel()
    first = answer(channel, board.drawing(1), "")
    assert answer(channel, board.drawing(1), first.mark).content is None
    assert answer(channel, board.drawing(2), first.mark).content is None  # drawn anew, but the same


def test_who_has_an_older_version_gets_the_difference():
    board, channel = Board(), Channel()
    first = answer(channel, board.drawing(1), "")
    board.numbers["7"] = 70
    second = answer(channel, board.drawing(2), first.mark)
    found = parsed(second.content)
    assert found == {"delta": {"in": {"numbers": {"set": {"7": 70}}}}}
    assert applied(parsed(first.content)["full"], found["delta"]) == {"numbers": board.numbers}


@pytest.mark.parametrize("since", ["", "unknown", "of a server before it was restarted"])
def test_anybody_else_gets_the_whole_document(since):
    board, channel = Board(), Channel()
    assert parsed(answer(channel, board.drawing(1), since).content) == {"full": {"numbers": board.numbers}}


def test_versions_too_old_are_forgotten():
    board, channel = Board(), Channel()
    first = answer(channel, board.drawing(0), "").mark
    for stamp in range(1, MOST_VERSIONS + 1):
        board.numbers["7"] = -stamp
        answer(channel, board.drawing(stamp), "")
    assert "full" in parsed(answer(channel, board.drawing(MOST_VERSIONS), first).content)


def test_what_concerns_it_loosely_is_looked_at_every_few_seconds_or_when_a_person_acts():
    board, clock = Board(), Clock()
    channel = Channel(clock)
    answer(channel, board.drawing(1, 1), "")
    clock.now = LOOSE_S - 1
    answer(channel, board.drawing(1, 2), "")
    assert board.drawn == 1
    answer(channel, board.drawing(1, 2), "", fresh=True)
    assert board.drawn == 2
    clock.now = 2 * LOOSE_S
    answer(channel, board.drawing(1, 3), "")
    assert board.drawn == 3


def test_documents_not_asked_for_go_when_there_are_too_many_bytes(monkeypatch):
    monkeypatch.setattr(channels, "MOST_BYTES", 2_000)
    board, every = Board(), Channels()
    for key in "abc":  # about 800 bytes each
        every.refreshed("feed", Drawing(key, 1, board.draw))
    assert board.drawn == 3
    every.refreshed("feed", Drawing("c", 1, board.draw))
    assert board.drawn == 3
    every.refreshed("feed", Drawing("a", 1, board.draw))
    assert board.drawn == 4
