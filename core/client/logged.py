"""Log a model that your own code made: it appears when the block ends, whole or not at all."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from core.client.transport import Transport, part


class ModelLog:
    """Gathers what is known of a model; use it in a `with` statement. `row` is the model once it is kept."""

    def __init__(self, transport: Transport, project: str, about: Mapping[str, Any]) -> None:
        self._transport, self._project = transport, project
        self._content: dict[str, Any] = {**about, "metrics": {}, "definitions": []}
        self._weights: Mapping[str, Any] | None = None
        self.row: dict[str, Any] | None = None

    @property
    def id(self) -> int:
        """Id of the model; `RuntimeError` before the block ended."""
        if self.row is None:
            raise RuntimeError("The model is kept when the block ends.")
        return int(self.row["id"])

    def log_metrics(self, metrics: Mapping[str, float], **definitions: Mapping[str, str]) -> None:
        """Note values by name; again: the last value counts.

        definitions: what a metric is where its name does not tell, by name: `label`, `direction` (higher,
            lower, neither), `format` (percent, bytes, count, decimal), `unit`, `group` (quality, efficiency).
        """
        self._content["metrics"] |= dict(metrics)
        self._content["definitions"] += [{"name": name, **about} for name, about in definitions.items()]

    def log_predictions(
        self, ids: Sequence[Any], predictions: Sequence[Any], labels: Sequence[Any] | None = None, **more: Any
    ) -> None:
        """Note one prediction per instance, by the ids of the instances; all of the same data for all models.

        labels: needed for the first model of a project whose data no worker reads.
        more: `confidences`, a number per instance; `probabilities`, a column per class, by class;
            `classes`, their order.
        """
        columns = {"ids": ids, "predictions": predictions, **more}
        columns |= {} if labels is None else {"labels": labels}
        self._content["predictions"] = {name: _listed(values) for name, values in columns.items()}

    def log_weights(self, state_dict: Mapping[str, Any]) -> None:
        """Note tensors by name, of PyTorch or numpy; read when the block ends."""
        self._weights = state_dict

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            return
        if self._weights is not None:
            self._content["weights"] = self._upload(self._weights)
        path = f"/projects/{part(self._project)}/models"
        self.row = self._transport.send("POST", path, self._content, key=uuid.uuid4().hex)

    def _upload(self, tensors: Mapping[str, Any]) -> str:
        from core.client.weights import write_tensors

        with tempfile.TemporaryFile() as file:
            size = write_tensors(tensors, file)
            file.seek(0)
            return str(
                self._transport.upload("/uploads", file, size, name="weights.safetensors")["reference"]
            )


def _listed(values: Any) -> Any:
    if isinstance(values, Mapping):
        return {str(name): _listed(one) for name, one in values.items()}
    return values.tolist() if hasattr(values, "tolist") else list(values)
