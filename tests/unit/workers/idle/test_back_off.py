"""A worker that gets nothing to do asks again, less and less often, until something arrives."""

from workers.idle.back_off import BackOff


def test_a_free_slot_for_ten_seconds_is_enough() -> None:
    back_off = BackOff()
    assert [back_off.over(now, free=True) for now in (100, 105, 109, 110, 115, 120)] == [
        *(False, False, False, True),
        *(False, True),
    ]


def test_a_busy_worker_expects_nothing() -> None:
    back_off = BackOff()
    assert not back_off.over(100, free=True)
    assert not back_off.over(109, free=False)
    assert not back_off.over(112, free=True)
    assert back_off.over(122, free=True)


def test_patience_doubles_until_something_arrives() -> None:
    back_off = BackOff()
    limits = []
    for _ in range(8):
        limits.append(back_off.limit_s)
        back_off.repeated()
    assert limits == [10, 20, 40, 80, 160, 320, 600, 600]
    back_off.worked()
    assert back_off.limit_s == 10
    assert not back_off.over(1000, free=True)
