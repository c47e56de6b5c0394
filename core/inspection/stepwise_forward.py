"""A forward pass that stops after each layer, so that two models can be walked through side by side.

Only what the models themselves hold at that moment is in memory; nothing is kept of earlier layers.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from types import TracebackType
from typing import Self

import torch
from torch import nn

from core.data.dataset import Inputs, call
from core.inspection.calls import Key, ModuleCall, undisturbed, watching


class _Abandoned(BaseException):
    """Ends the pass from inside; nothing on the way may take it for an ordinary error."""


class StepwiseForward:
    """A forward pass in a thread of its own that waits after each of the given calls.

    Use it in a `with` statement; leaving it ends the pass wherever it is. threads: how many of PyTorch's
    it may use on the processor.
    """

    def __init__(self, module: nn.Module, inputs: Inputs, stops: Collection[Key], *, threads: int) -> None:
        self._module, self._inputs, self._stops = module, inputs, frozenset(stops)
        self._proceed, self._arrived = threading.Semaphore(0), threading.Semaphore(0)
        self._present: ModuleCall | None = None
        self._error: BaseException | None = None
        self._abandoned = self._muted = self._ended = False
        self._under_way = False
        self._threads = threads
        self._thread = threading.Thread(target=self._run, name="walk", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._abandoned = True
        self._proceed.release()
        self._thread.join()

    def proceed(self) -> None:
        """Set off for the next stop, unless under way or waiting there unseen; what was seen is over."""
        if self._ended or self._under_way:
            return
        self._present, self._under_way = None, True
        self._proceed.release()

    def step(self) -> ModuleCall | None:
        """Return the call at the next stop once it is there; it stays valid until the walk proceeds.

        None at the end of the pass. An error of the model is raised here.
        """
        self.proceed()
        if self._under_way:
            self._arrived.acquire()
            self._under_way = False
        if self._error is not None:
            raise self._error
        return self._present

    def call_aside(self, module: nn.Module, finished: ModuleCall) -> ModuleCall:
        """Call one of this model's modules with the arguments of another call; the walk does not notice."""
        self._muted = True
        try:
            with torch.inference_mode():
                result = module(*finished.arguments, **finished.keywords)
        finally:
            self._muted = False
        return ModuleCall(finished.key, module, finished.arguments, finished.keywords, result)

    def _run(self) -> None:
        torch.set_num_threads(self._threads)
        try:
            self._wait()
            names = {key.module for key in self._stops}
            observed = watching(self._module, names, self._stop, enabled=lambda: not self._muted)
            with undisturbed(self._module), observed, torch.inference_mode():
                call(self._module, self._inputs)
        except _Abandoned:
            return
        except Exception as error:  # noqa: BLE001  raised again where the walk is driven
            self._error = error
        self._ended = True
        self._arrived.release()

    def _stop(self, finished: ModuleCall) -> None:
        if finished.key not in self._stops:
            return
        self._present = finished
        self._arrived.release()
        del finished
        self._wait()

    def _wait(self) -> None:
        self._proceed.acquire()
        if self._abandoned:
            raise _Abandoned
