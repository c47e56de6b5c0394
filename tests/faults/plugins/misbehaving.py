"""Techniques that misbehave on purpose, given to workers as plug-ins."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import psutil
import torch
from pydantic import Field

from core.compression.base import Context, Technique, techniques
from core.compression.model import CompressibleModel
from core.domain.technique import Storage
from core.errors import UnusableInput
from core.parameters import Parameters


class SleepParams(Parameters):
    """How long."""

    seconds: float = Field(1.0, title="Seconds", description="How long to sleep.", ge=0)


@techniques.register("test-sleep")
class Sleep(Technique[SleepParams]):
    """Takes time and changes nothing."""

    label = "Sleep"
    storage = Storage.UNCHANGED
    headline = ("seconds",)
    Params = SleepParams

    def apply(self, model: CompressibleModel, params: SleepParams, context: Context) -> None:
        """Sleep, and say how far it is."""
        print("sleeping", flush=True)
        end = time.monotonic() + params.seconds
        while (left := end - time.monotonic()) > 0:
            context.progress.report(1 - left / params.seconds, "sleeping")
            time.sleep(min(left, 0.05))


class DieParams(Parameters):
    """How."""

    signal: int = Field(
        9, title="Signal", description="Sent to the own process; 0 raises an error instead.", ge=0
    )


@techniques.register("test-die")
class Die(Technique[DieParams]):
    """Does not survive."""

    label = "Die"
    storage = Storage.UNCHANGED
    headline = ("signal",)
    Params = DieParams

    def apply(self, model: CompressibleModel, params: DieParams, context: Context) -> None:
        """End this process, or raise what is expected of bad input."""
        if params.signal == 0:
            raise UnusableInput("This step never works.", "Leave it out.")
        os.kill(os.getpid(), params.signal)


@techniques.register("test-kill-worker")
class KillWorker(Technique[SleepParams]):
    """Takes its whole worker down, as a machine without memory would."""

    label = "Kill the worker"
    storage = Storage.UNCHANGED
    Params = SleepParams

    def apply(self, model: CompressibleModel, params: SleepParams, context: Context) -> None:
        """Kill the parent of the fork server, then wait to be killed."""
        os.kill(psutil.Process(os.getppid()).ppid(), signal.SIGKILL)
        time.sleep(60)


@techniques.register("test-eat-memory")
class EatMemory(Technique[SleepParams]):
    """Takes more memory than any machine has."""

    label = "Eat memory"
    storage = Storage.UNCHANGED
    Params = SleepParams

    def apply(self, model: CompressibleModel, params: SleepParams, context: Context) -> None:
        """Ask for a quadrillion numbers."""
        torch.ones(1 << 50)


@techniques.register("test-cling")
class Cling(Technique[SleepParams]):
    """Does not react to being asked to stop, and leaves a process of its own session behind."""

    label = "Cling"
    storage = Storage.UNCHANGED
    Params = SleepParams

    def apply(self, model: CompressibleModel, params: SleepParams, context: Context) -> None:
        """Print the process that is left behind, then wait."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        other = subprocess.Popen(["sleep", "300"], start_new_session=True)
        print(f"left behind: {other.pid}", flush=True)
        context.progress.report(0.5, "clinging")
        time.sleep(params.seconds)
