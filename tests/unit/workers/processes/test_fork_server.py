"""Processes forked from the preloaded one: how they end, what they leave, and that they do not outlive it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from core.errors import Unavailable
from workers.processes.children import Child, ChildStarter, ForkServer
from workers.processes.spawned import SpawnStarter
from workers.processes.wire import Call, Exit, Job

NOTHING = Call("gc:collect")
Launch = Callable[..., Child]


@pytest.fixture(params=[ForkServer, SpawnStarter], ids=["forked", "spawned"])
def starter(request: pytest.FixtureRequest) -> Iterator[ChildStarter]:
    made: ChildStarter = request.param(NOTHING)
    yield made
    made.close()


@pytest.fixture
def launch(starter: ChildStarter, tmp_path: Path) -> Launch:
    return lambda target, *arguments: starter.launch(Job(Call(target, arguments), tmp_path / "log", "header"))


def wait_until(condition: Callable[[], bool], timeout_s: float = 5.0) -> bool:
    deadline = time.monotonic() + timeout_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(
    ("target", "arguments", "expected"),
    [
        ("gc:collect", [], Exit(code=0)),
        ("os:_exit", [7], Exit(code=7)),
        ("os:abort", [], Exit(signal=6)),
        ("no_such_module:nothing", [], Exit(code=1)),
        ("sys:exit", [3], Exit(code=3)),
    ],
    ids=["returns", "exits", "crashes", "raises", "asks to exit"],
)
def test_the_end_of_a_process_is_reported(
    launch: Launch, target: str, arguments: list[object], expected: Exit
) -> None:
    assert launch(target, *arguments).wait(20) == expected


def test_output_and_traceback_are_appended_to_the_log(launch: Launch, tmp_path: Path) -> None:
    launch("builtins:print", "first words").wait(20)
    launch("no_such_module:nothing").wait(20)
    log = (tmp_path / "log").read_text()
    assert log.startswith("header\nfirst words\nheader\n")
    assert "ModuleNotFoundError" in log


def test_a_signal_ends_a_process_that_is_going(launch: Launch) -> None:
    child = launch("time:sleep", 60)
    assert child.wait(0.05) is None
    child.signal(signal.SIGTERM)
    assert child.wait(10) == Exit(signal=15)


def test_signals_reach_what_the_process_started(launch: Launch) -> None:
    child = launch("subprocess:run", ["sleep", "60"])
    assert wait_until(lambda: bool(psutil.Process(child.pid).children()))
    (grandchild,) = psutil.Process(child.pid).children()
    child.signal(signal.SIGKILL)
    assert child.wait(10) == Exit(signal=9)
    assert wait_until(lambda: gone(grandchild.pid))


_LEAVER = """
import subprocess, sys
for apart in (False, True):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=apart)
    print(child.pid, flush=True)
"""


def test_a_process_leaves_nothing_behind_when_it_ends(
    starter: ChildStarter, launch: Launch, tmp_path: Path
) -> None:
    assert launch("builtins:exec", _LEAVER).wait(20) == Exit(code=0)
    within, apart = (int(line) for line in (tmp_path / "log").read_text().split()[1:])
    assert wait_until(lambda: gone(within))
    if isinstance(starter, ForkServer):
        assert wait_until(lambda: gone(apart)), "what made a session of its own"
    else:  # nothing but the fork server inherits those
        os.kill(apart, signal.SIGKILL)


def test_closing_ends_every_process(starter: ChildStarter, launch: Launch) -> None:
    child = launch("time:sleep", 60)
    starter.close()
    assert wait_until(lambda: gone(child.pid))
    assert child.wait(5) is not None


def test_what_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    server = ForkServer(Call("no_such_module:nothing"))
    with pytest.raises(Unavailable, match="no_such_module"):
        server.launch(Job(NOTHING, tmp_path / "log"))
    server.close()


def test_a_fork_server_that_was_killed_is_replaced(tmp_path: Path) -> None:
    server = ForkServer(NOTHING)
    child = server.launch(Job(Call("time:sleep", [60]), tmp_path / "log"))
    parent = psutil.Process(child.pid).parent()
    assert parent is not None
    parent.kill()
    assert child.wait(10) == Exit()
    assert wait_until(lambda: gone(child.pid)), "the kernel takes the child down with its parent"
    assert server.launch(Job(NOTHING, tmp_path / "log")).wait(20) == Exit(code=0)
    server.close()


_WORKER = """
import sys, time
from pathlib import Path
from workers.processes.children import ForkServer
from workers.processes.wire import Call, Job
server = ForkServer(Call("gc:collect"))
print(server.launch(Job(Call("time:sleep", [60]), Path(sys.argv[1]))).pid, flush=True)
time.sleep(60)
"""


def test_nothing_outlives_a_worker_that_was_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WORKER, str(tmp_path / "log")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(Path.cwd())}
    ) as worker:
        assert worker.stdout is not None
        pid = int(worker.stdout.readline())
        server = psutil.Process(pid).ppid()
        worker.kill()
    assert wait_until(lambda: gone(pid))
    assert wait_until(lambda: gone(server))


@pytest.mark.parametrize("writable", [True, False], ids=["file", "something in the way"])
def test_what_libraries_print_while_they_load_goes_to_the_log(tmp_path: Path, *, writable: bool) -> None:
    log = tmp_path / "logs" / "worker.log"
    if not writable:
        log.parent.write_text("in the way")
    server = ForkServer(Call("builtins:print", ["No such runtime"]), log=log)
    server.ready()
    server.close()
    if writable:
        assert log.read_text() == "No such runtime\n"


def test_a_renewed_server_leaves_jobs_alone_and_loads_again(tmp_path: Path) -> None:
    (tmp_path / "changing.py").write_text("from pathlib import Path\nWORD = 'old'\ndef load(): pass\n"
        "def say(path): Path(path).write_text(WORD)\n")  # fmt: skip
    server = ForkServer(Call("changing:load"), {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"})

    def said(name: str) -> str:
        path = tmp_path / name
        assert server.launch(Job(Call("changing:say", [str(path)]), tmp_path / "log")).wait(20) == Exit(
            code=0
        )
        return path.read_text()

    going = server.launch(Job(Call("time:sleep", [60]), tmp_path / "log"))
    assert said("first") == "old"
    source = tmp_path / "changing.py"
    source.write_text(source.read_text().replace("old", "new"))
    assert said("second") == "old"  # as it was loaded
    server.renew()
    assert said("third") == "new"
    assert going.wait(0.05) is None
    server.close()
    assert wait_until(lambda: gone(going.pid))
