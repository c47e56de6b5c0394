"""A worker that gets nothing to do asks again, less and less often, until something arrives."""

from workers.patience import Patience


def test_a_free_slot_for_ten_seconds_is_enough() -> None:
    patience = Patience()
    assert [patience.over(now, free=True) for now in (100, 105, 109, 110, 115, 120)] == [
        *(False, False, False, True),
        *(False, True),
    ]


def test_a_busy_worker_expects_nothing() -> None:
    patience = Patience()
    assert not patience.over(100, free=True)
    assert not patience.over(109, free=False)
    assert not patience.over(112, free=True)
    assert patience.over(122, free=True)


def test_patience_doubles_until_something_arrives() -> None:
    patience = Patience()
    limits = []
    for _ in range(8):
        limits.append(patience.limit_s)
        patience.repeated()
    assert limits == [10, 20, 40, 80, 160, 320, 600, 600]
    patience.worked()
    assert patience.limit_s == 10
    assert not patience.over(1000, free=True)
