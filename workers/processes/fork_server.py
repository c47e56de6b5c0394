"""The process that holds the heavy libraries and forks one child per run.

Importing torch takes seconds, a fork takes milliseconds. This process imports once and never computes,
so that no thread pool and no CUDA context exists before a fork. It lives exactly as long as its worker:
when the control socket closes, it kills every child's process group and exits; when it is killed itself,
the kernel kills the children.

Started by `workers.processes.children.ForkServer` as `python -m workers.processes.fork_server FD`.
"""

from __future__ import annotations

import ctypes
import faulthandler
import gc
import importlib
import os
import selectors
import signal
import socket
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from workers.processes.wire import Lines, Message, encode

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_OOM_SCORE = "500"
"""Makes the kernel, when memory runs out, take a run rather than the worker or the database."""


def invoke(target: str, arguments: list[Any]) -> object:
    """Import `package.module:function` and call it."""
    module, _, function = target.partition(":")
    return getattr(importlib.import_module(module), function)(*arguments)


class Server:
    """Answers `start` and `signal` requests, and reports every child's end."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._lines = Lines()
        self._children: dict[int, int] = {}  # pid -> job id
        self._wake_in, self._wake_out = os.pipe()
        os.set_blocking(self._wake_in, False)
        os.set_blocking(self._wake_out, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        self._selector.register(self._wake_in, selectors.EVENT_READ)

    def serve(self) -> None:
        """Work until the worker closes its end, then take every child down."""
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)  # what a run leaves behind becomes our child
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_out, warn_on_full_buffer=False)
        try:
            while self._turn():
                pass
        finally:
            for pid in self._children:
                _signal_group(pid, signal.SIGKILL)
            _end_orphans()

    def _turn(self) -> bool:
        for key, _ in self._selector.select():
            if key.fileobj is not self._control:
                with suppress(BlockingIOError):
                    os.read(self._wake_in, 4096)
                self._reap()
            elif not self._receive():
                return False
        return True

    def _receive(self) -> bool:
        try:
            chunk = self._control.recv(65536)
        except ConnectionError:
            return False
        for message in self._lines.feed(chunk):
            self._answer(message)
        return bool(chunk)

    def _answer(self, message: Message) -> None:
        if message["do"] == "start":
            self._start(message)
        elif message["do"] == "preload":
            self._preload(message)
        else:
            for pid, job in self._children.items():
                if job == message["id"]:
                    _signal_group(pid, signal.Signals(message["signal"]))

    def _preload(self, message: Message) -> None:
        try:
            invoke(message["target"], message["arguments"])
        except Exception as error:  # noqa: BLE001 - told to the worker, which decides
            self._send({"is": "failed", "message": f"{type(error).__name__}: {error}"})
            return
        gc.collect()
        gc.freeze()  # children then do not copy pages only because the collector looks at them
        self._send({"is": "ready"})

    def _start(self, message: Message) -> None:
        server = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:  # no memory or no process left: only this job is affected
            sys.stderr.write(f"Cannot start a process: {error}\n")
            self._send({"is": "ended", "id": message["id"], "code": os.EX_OSERR})
            return
        if pid == 0:
            self._become(message, server)
        with suppress(OSError):  # the child does the same; whoever is first wins
            os.setpgid(pid, pid)
        self._children[pid] = message["id"]
        self._send({"is": "started", "id": message["id"], "pid": pid})

    def _become(self, message: Message, server: int) -> NoReturn:
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            _die_with(server)
            os.setpgid(0, 0)
            self._control.close()
            _redirect(Path(message["log"]), message["header"])
            faulthandler.enable(2)  # where it was, should a native library crash
            invoke(message["target"], message["arguments"])
            code = 0
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        except BaseException:  # noqa: BLE001 - nothing may escape into the server's loop
            traceback.print_exc()
        finally:
            with suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def _reap(self) -> None:
        for pid in list(self._children):
            # Look first and clear the group before the pid is given up and may be used again.
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            _signal_group(pid, signal.SIGKILL)
            _, ended, usage = os.wait4(pid, 0)
            status = os.waitstatus_to_exitcode(ended)
            job = self._children.pop(pid)
            how = {"code": status} if status >= 0 else {"signal": -status}
            how["peak_bytes"] = usage.ru_maxrss * 1024
            self._send({"is": "ended", "id": job, "cpu_s": usage.ru_utime + usage.ru_stime, **how})
        if not self._children:
            _end_orphans()

    def _send(self, message: Message) -> None:
        with suppress(ConnectionError):  # the worker is gone; the next read says so too
            self._control.sendall(encode(message))


def _signal_group(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _end_orphans() -> None:
    """Kill what runs left behind in groups of its own; called while no run goes on."""
    with suppress(OSError):
        for listed in Path("/proc/self/task").glob("*/children"):
            for pid in map(int, listed.read_text().split()):
                with suppress(ProcessLookupError, ChildProcessError):
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)


def _die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent dies, and be the first to go without memory."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)


def _redirect(log: Path, header: str) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, number in ((nothing, 0), (target, 1), (target, 2)):
        os.dup2(source, number)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    if header:
        os.write(1, header.encode() + b"\n")


if __name__ == "__main__":
    Server(socket.socket(fileno=int(sys.argv[1]))).serve()
