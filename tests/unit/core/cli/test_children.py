"""Child processes: started again when they die, given up when they keep dying, gone when we stop."""

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from core.cli import children as module
from core.cli.children import Child, Children, describe
from core.errors import Unavailable

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]


def ends(code: int) -> list[str]:
    return [sys.executable, "-c", f"raise SystemExit({code})"]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BACKOFF_S", (0.0, 0.0))


def tended(said: list[str], *commands: list[str]) -> Children:
    children = [Child(f"child {number}", command) for number, command in enumerate(commands)]
    return Children(children, threading.Event(), say=said.append)


def settle(children: Children) -> None:
    for child in children.children:
        if child.process and child.command != SLEEPS:
            child.process.wait(10)


def test_a_child_that_dies_is_started_again_but_not_for_ever(said: list[str]) -> None:
    children = tended(said, ends(1))
    children.start()
    for _ in range(2):
        settle(children)
        children.look()
    settle(children)
    with pytest.raises(Unavailable, match="child 0 ended with exit code 1 and was not started again"):
        children.look()
    assert said == ["The child 0 ended with exit code 1; it is started again in 0 s."] * 2


def test_a_child_that_is_misconfigured_is_not_started_again(said: list[str]) -> None:
    children = tended(said, ends(2))
    children.start()
    settle(children)
    with pytest.raises(Unavailable, match="exit code 2"):
        children.look()
    assert said == []


def test_restarts_are_earned_back(said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STEADY_S", -1.0)
    children = tended(said, ends(1))
    children.start()
    for _ in range(5):
        settle(children)
        children.look()
    settle(children)
    assert len(said) == 5


def test_stopping_ends_children_and_what_they_started(said: list[str], tmp_path: Path) -> None:
    mark = tmp_path / "grandchild"
    program = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"p = subprocess.Popen({SLEEPS!r}); open({str(mark)!r}, 'w').write(str(p.pid)); time.sleep(60)"
    )
    stubborn = [sys.executable, "-c", program]
    children = tended(said, SLEEPS, stubborn)
    children.start()
    deadline = time.monotonic() + 20
    while not (mark.exists() and mark.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    children.stop(grace_s=0.5)
    assert [child.exit_code() for child in children.children] == [-15, -9]
    deadline = time.monotonic() + 5  # it is killed with the rest, but its new parent has to notice
    while lives(int(mark.read_text())) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not lives(int(mark.read_text()))


def lives(pid: int) -> bool:
    """Whether the process runs; one that nobody has waited for yet does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def test_ends_are_described_in_words() -> None:
    assert describe(-9) == "by signal SIGKILL"
    assert describe(3) == "with exit code 3"
