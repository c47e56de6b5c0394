"""Compares the layers of a model with those of any other of its project."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import numpy as np

from core.data.base import Split
from core.data.dataset import Dataset, move
from core.data.subset import part
from core.data.text.encoded import EncodedTexts
from core.data.text.reading import Texts, encode
from core.domain.ids import ModelId
from core.domain.measurement.evaluation import Arrays, LayerKind
from core.domain.queue.run import RunKind
from core.errors import CompressCompareError, Conflict, UnusableInput
from core.execution.base import RunContext, RunJob, jobs
from core.execution.jobs.inspecting import Probe
from core.execution.progress import PartOfProgress
from core.inspection.channels import activation_channels, weight_channels
from core.inspection.counterparts import matched
from core.inspection.pairs import weight_pair
from core.models.base import reader_of
from core.ports import Progress
from core.services.layers.layer_statistics import layer_statistics
from core.services.measurements.measurements import PROBE_INSTANCES
from core.services.models.models import get_model
from core.services.queue.results import Paired, Results

log = logging.getLogger(__name__)

_BOUNDS = ("range_low", "range_high")
_FORMS = ("form", "stored_bits", "code_bits", "granularity", "scale_min", "scale_max")


@jobs.register(RunKind.LAYER_PAIR)
class Pairing(RunJob):
    """Gathers the kinds of layer statistics that are asked for, against the baseline asked for."""

    def perform(self, run_context: RunContext) -> Results:
        """Return the arrays of `weight_pair` and of `activation_statistics`, as far as they were asked for.

        Where only activations cannot be had of several kinds, their array `problem` says why.
        """
        baseline_id = ModelId(int(run_context.run.payload["baseline_id"]))
        kinds = [LayerKind(kind) for kind in run_context.run.payload["kinds"]]
        arrays: dict[LayerKind, Arrays] = {}
        for place, kind in enumerate(kinds):
            progress = PartOfProgress(run_context.progress, place / len(kinds), (place + 1) / len(kinds))
            if kind is LayerKind.WEIGHTS:
                arrays[kind] = _weights(run_context, baseline_id, progress)
            elif kind is LayerKind.ACTIVATIONS:
                arrays[kind] = _activations(run_context, baseline_id, progress, alone=len(kinds) == 1)
            elif kind is LayerKind.CHANNELS:
                arrays[kind] = _channels(run_context, baseline_id, progress)
        return Paired(baseline_id, arrays, run_context.weights, run_context.weights_of(baseline_id))


def _weights(run_context: RunContext, baseline_id: ModelId, progress: Progress) -> Arrays:
    now, before = run_context.stored_weights(run_context.model.id), run_context.stored_weights(baseline_id)
    arrays = weight_pair(matched(now, before), now, before, progress=progress)
    stored = layer_statistics(run_context.app, run_context.model.id, LayerKind.WEIGHTS)
    places = {str(name): row for row, name in enumerate(stored.get("parameter", ()))}
    rows = [places.get(str(name), -1) for name in arrays["parameter"]]
    if -1 not in rows:
        arrays |= {name: stored[name][rows] for name in _FORMS if name in stored}
    return arrays | {"baseline": np.array([baseline_id], np.int64)}


def _activations(run_context: RunContext, baseline_id: ModelId, progress: Progress, *, alone: bool) -> Arrays:
    """Return activation statistics; the reason why there are none unless they are all that was asked for."""
    try:
        payload = run_context.run.payload
        instances = int(payload.get("instances", PROBE_INSTANCES))
        data = run_context.data(str(payload.get("split", Split.TEST)))
        require_alike(run_context, part(data, instances), baseline_id)
        return Probe(run_context, data, instances, progress).activations(
            run_context.checkpoint(run_context.model.id), baseline_id
        )
    except Conflict:
        raise
    except Exception as error:
        if alone:
            raise
        log.exception(
            "Pair without activations", extra={"action": "no_activations", "run": run_context.run.id}
        )
        told = (
            error.message if isinstance(error, CompressCompareError) else f"{type(error).__name__}: {error}"
        )
        return {"problem": np.array([told], np.dtypes.StringDType())}


def _channels(run_context: RunContext, baseline_id: ModelId, progress: Progress) -> Arrays:
    """Return `weight_channels`, and `activation_channels` of both models where they can be had."""
    now, before = run_context.stored_weights(run_context.model.id), run_context.stored_weights(baseline_id)
    matching = matched(now, before)
    arrays = weight_channels(matching, now, before, PartOfProgress(progress, 0.0, 0.8))
    progress.report(0.8, "ranges of activations")
    try:
        ranges, old = _ranges(run_context, baseline_id)
    except Conflict:
        raise
    except Exception:
        log.exception(
            "Channels without activations", extra={"action": "no_ranges", "run": run_context.run.id}
        )
        return arrays
    return {**arrays, **ranges, **_beside(ranges, old, matching.modules)}


def _ranges(run_context: RunContext, baseline_id: ModelId) -> tuple[Arrays, Arrays]:
    payload = run_context.run.payload
    instances = int(payload.get("instances", PROBE_INSTANCES))
    chosen = part(run_context.data(str(payload.get("split", Split.TEST))), instances)
    require_alike(run_context, chosen, baseline_id)
    inputs = move(chosen.examples(len(chosen)), run_context.device)
    modules = (run_context.checkpoint(one).module for one in (run_context.model.id, baseline_id))
    ranges, old = (activation_channels(module, inputs) for module in modules)
    return ranges, old


def _beside(ranges: Arrays, old: Arrays, renamed: Mapping[str, str]) -> Arrays:
    """Return the baseline's ranges in the places of the model's channels; NaN where it has none such."""
    places = {renamed.get(str(name), str(name)): row for row, name in enumerate(old["range_module"])}
    found = {f"{name}_before": np.full(len(ranges[name]), np.nan, np.float32) for name in _BOUNDS}
    for row, name in enumerate(map(str, ranges["range_module"])):
        if name not in places:
            continue
        first, end = ranges["range_start"][row : row + 2].tolist()
        begun, ended = old["range_start"][places[name] : places[name] + 2].tolist()
        if end - first == ended - begun:
            for bound in _BOUNDS:
                found[f"{bound}_before"][first:end] = old[bound][begun:ended]
    return found


def require_alike(run_context: RunContext, data: Dataset, baseline_id: ModelId) -> None:
    """Raise `UnusableInput` if both models read texts as different tokens."""
    if not isinstance(data, EncodedTexts):
        return
    built = run_context.stored_weights(baseline_id).architecture
    reader = reader_of(built.source, built.parameters)
    texts = Texts(data.texts, data.ids, data.answers, truncate=True)
    if reader is None or tuple(encode(texts, reader)[0]) != data.tokens:
        other = get_model(run_context.app, baseline_id).model.name
        raise UnusableInput(
            f"{run_context.model.name} and {other} read the same texts as different tokens, so their layers "
            "do not see the same inputs.",
            "Compare models with one tokenizer; their weights can be compared all the same.",
        )
