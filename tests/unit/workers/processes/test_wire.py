"""Messages survive being cut anywhere."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workers.processes.wire import Lines, encode

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@given(messages=st.lists(st.dictionaries(st.text(), values, max_size=3), max_size=4), size=st.integers(1, 40))
def test_messages_come_out_as_they_went_in(messages: list[dict[str, object]], size: int) -> None:
    stream = b"".join(encode(message) for message in messages)
    lines = Lines()
    chunks = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert [message for chunk in chunks for message in lines.feed(chunk)] == messages
