"""A technique that takes a known time, so that everything around it can be measured."""

from __future__ import annotations

import time

from pydantic import Field

from core.compression.base import Context, Technique, techniques
from core.compression.model import CompressibleModel
from core.domain.technique import Storage
from core.parameters import Parameters


class WaitingParams(Parameters):
    """How long; `number` makes otherwise equal steps different models."""

    seconds: float = Field(0.0, title="Seconds", description="How long to wait.", ge=0)
    number: int = Field(0, title="Number", description="Tells steps apart.")


@techniques.register("benchmark-waiting")
class Waiting(Technique[WaitingParams]):
    """Waits and changes nothing."""

    label = "Waiting"
    storage = Storage.UNCHANGED
    headline = ("number",)
    Params = WaitingParams

    def apply(self, model: CompressibleModel, params: WaitingParams, context: Context) -> None:
        """Wait."""
        del model, context
        time.sleep(params.seconds)
