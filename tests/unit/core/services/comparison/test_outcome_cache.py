"""What is kept between clicks: made once, also when asked for twice at a time, and let go when it is much."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from core.services.comparison.outcome_cache import MOST_RESULTS, kept


def test_what_two_ask_for_at_a_time_is_made_once(app):
    started, made = Event(), []

    def make() -> int:
        made.append(1)
        started.set()
        return 7

    def second() -> int:
        started.wait(5)
        return kept(app, "one", make)

    with ThreadPoolExecutor(2) as pool:
        other = pool.submit(second)
        assert kept(app, "one", make) == 7
        assert other.result() == 7
    assert len(made) == 1


def test_a_failure_is_not_kept(app):
    def fail() -> int:
        raise ValueError("no")

    for _ in range(2):
        try:
            kept(app, "two", fail)
        except ValueError:
            continue
        raise AssertionError
    assert kept(app, "two", lambda: 3) == 3


def test_what_was_used_longest_ago_is_let_go(app):
    for each in range(MOST_RESULTS + 1):
        kept(app, each, lambda each=each: each)
    assert kept(app, 1, lambda: "again") == 1
    assert kept(app, 0, lambda: "again") == "again"
