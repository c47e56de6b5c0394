"""Holds what the Layers tab tells of a project's models against stored rows, recomputed in its own way."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from core.comparison.layers.drifting import drifting, worded_drift
from core.comparison.layers.figures import Mode
from core.comparison.savings.statements import Times
from core.comparison.savings.words import written
from core.domain.ids import ModelId
from core.domain.measurement.evaluation import Arrays, LayerKind
from core.domain.model import Model
from core.services.application import Application
from core.services.layers.layer_comparison import compare_layers, sentence
from core.services.layers.layer_drifts import layer_drifts
from core.services.layers.layer_statistics import baseline_of, layer_statistics
from core.services.layers.savings import Savings, savings
from core.testing.sentences.savings import Layer, Stored, check_savings

_AMOUNT = re.compile(
    r"^(?P<model>.+?): (?P<spread>the change is spread out: )?(?P<share>[\d.]+) % of (?P<what>.+) lie in "
    r"(?P<few>\d+) of (?P<all>\d+) (?:tensors|modules), which hold (?P<weights>[\d.]+) % of the weights; "
    r"(?P<first>.+) alone holds (?P<alone>[\d.]+) %\.$"
)
_AMOUNT_OF_ONE = re.compile(
    r"^(?P<model>.+?): (?P<spread>the change is spread out: )?(?P<first>.+), (?P<few>1) of (?P<all>\d+) "
    r"(?:tensors|modules), holds (?P<share>[\d.]+) % of (?P<what>.+) and (?P<weights>[\d.]+) % of the "
    r"weights\.$"
)
_OUTPUT = re.compile(
    r"^(?P<model>.+?): the output that is furthest from the baseline's is that of (?P<leaf>.+) "
    r"\(SQNR (?P<db>.+?)\)(?:; given the baseline's input, (?P<own>.+) errs most \((?P<own_db>.+?)\))?\.$"
)
_DRIFT = re.compile(
    r"^(?P<beyond>\d+) of (?P<all>\d+) layers drift more for .+; most: (?P<leaf>.+), (?P<times>[\d.]+) times "
    r"\(relative L2 (?P<group>\S+), random groups (?P<low>\S+) to (?P<high>\S+)\)\.$"
)
_AMOUNTS = {
    Mode.STORAGE: (LayerKind.WEIGHTS, "parameter", "stored_bits", "count"),
    Mode.COST: (LayerKind.COST, "module", "flops", "parameters"),
}


def false_sentences(app: Application, models: Sequence[Model]) -> list[str]:
    """Return what is wrong with any sentence on the layers of models with a baseline, each beside its own."""
    found = []
    for model in models:
        baseline = baseline_of(app, model.id)
        if baseline is None or baseline.id == model.id:
            continue
        names = {model.id: "the model", baseline.id: "the baseline"}
        for mode in (Mode.ACTIVATIONS, *_AMOUNTS):
            text = sentence(compare_layers(app, [model.id], baseline.id, mode), names)
            check = _output_faults if mode is Mode.ACTIVATIONS else _amount_faults
            wrong = check(app, (model.id, baseline.id), mode, text)
            found += [f"{model.id}, {mode.value}: {one}: {text}" for one in wrong]
        found += [f"{model.id}, savings: {one}" for one in _savings_faults(app, model, baseline)]
        found += [f"{model.id}, drift: {one}" for one in _drift_faults(app, model.id, baseline.id)]
    return found


def _rows(arrays: Arrays, key: str, value: str) -> dict[str, float]:
    """Return a number per name; a module that is the whole model has no name."""
    if key not in arrays or value not in arrays:
        return {}
    calls = arrays["call"].tolist() if "call" in arrays else [0] * len(arrays[key])
    return {
        (str(name) or "(the whole model)") + (f" (call {call + 1})" if call else ""): float(number)
        for name, call, number in zip(arrays[key], calls, arrays[value], strict=True)
    }


def _amount_faults(app: Application, pair: tuple[ModelId, ModelId], mode: Mode, text: str) -> list[str]:
    kind, key, value, size = _AMOUNTS[mode]
    now, before = (_rows(layer_statistics(app, one, kind), key, value) for one in pair)
    sizes = _rows(layer_statistics(app, pair[0], kind), key, size)
    saved = {name: max(0.0, before[name] - now[name]) for name in now if name in before}
    total = sum(saved.values())
    if not text:
        return ["nothing is said though something is saved"] if total else []
    found = _AMOUNT.match(text) or _AMOUNT_OF_ONE.match(text)
    if found is None:
        return ["not understood"]
    told = {"alone": found["share"], **found.groupdict()}
    order = sorted(saved.values(), reverse=True)
    few = int(told["few"])
    wrong = [f"{saved[told['first']]} is not the most, {order[0]}"] if saved[told["first"]] < order[0] else []
    expected = {"share": sum(order[:few]) / total, "alone": order[0] / total}
    wrong += [f"{name} is {100 * one:.2f} %" for name, one in expected.items() if _off(told[name], 100 * one)]
    wrong += ["fewer hold half"] if sum(order[: few - 1]) >= total / 2 else []
    wrong += [f"{len(saved)} are compared"] if int(told["all"]) != len(saved) else []
    wrong += ["concentrated or not"] if (float(told["weights"]) < 30) == bool(told["spread"]) else []
    return wrong + (
        ["more than all weights"] if float(told["weights"]) > 100 or not sum(sizes.values()) else []
    )


def _off(told: str, value: float) -> bool:
    return abs(float(told) - value) > 0.051


def _output_faults(app: Application, pair: tuple[ModelId, ModelId], _mode: Mode, text: str) -> list[str]:
    arrays = layer_statistics(app, pair[0], LayerKind.ACTIVATIONS, pair[1])
    noise, own = _rows(arrays, "module", "sqnr_db"), _rows(arrays, "module", "sqnr_local_db")
    noise = {name: value for name, value in noise.items() if not np.isnan(value)}
    if not text:
        return ["nothing is said"] if any(map(np.isfinite, noise.values())) else []
    told = _OUTPUT.match(text)
    if told is None:
        return ["not understood"]
    return _least(noise, told["leaf"], told["db"]) + _least_own(own, told)


def _least_own(own: Mapping[str, float], told: re.Match[str]) -> list[str]:
    finite = {name: value for name, value in own.items() if np.isfinite(value)}
    if told["own"] is None:
        return ["an error of its own is left out"] if finite else []
    return _least(finite, told["own"], told["own_db"])


def _least(values: Mapping[str, float], name: str, written_db: str) -> list[str]:
    if name not in values:
        return [f"{name} has no such figure"]
    least = min(values.values())
    wrong = [f"{name} has {values[name]}, the least is {least}"] if values[name] > least else []
    number = re.match(r"(.\d*[\d.]*) dB", written_db.replace("\N{MINUS SIGN}", "-"))
    if np.isfinite(least) and (number is None or abs(float(number[1]) - least) > 0.051):
        wrong.append(f"{written_db} is {least}")
    return wrong


def _drift_faults(app: Application, model_id: ModelId, baseline_id: ModelId) -> list[str]:
    wrong = []
    for drift in layer_drifts(app, model_id, baseline_id):
        if drift.arrays:
            text = worded_drift(drifting(drift.arrays), drift.choice.label, len(drift.choice.ids))
            wrong += [f"{one}: {text}" for one in drift_faults(drift.arrays, text)]
    return wrong


def drift_faults(arrays: Arrays, text: str) -> list[str]:
    """Return what is wrong with a sentence on a group of instances, see `group_drift` for the arrays."""
    keys = ("group", "control", "control_low", "control_high", "p_adjusted")
    rows = {key: _rows(arrays, "module", key) for key in keys}
    known = [
        name for name, value in rows["group"].items() if np.isfinite(value) and rows["control"][name] > 0
    ]
    beyond = [name for name in known if rows["p_adjusted"][name] < 0.05]
    told = _DRIFT.match(text)
    if told is None:
        return [f"{len(beyond)} drift beyond chance"] if beyond else []
    times = {name: rows["group"][name] / rows["control"][name] for name in beyond}
    leaf = told["leaf"]
    if leaf not in times or times[leaf] < max(times.values()):
        return [f"{leaf} does not drift most"]
    wrong = [] if (int(told["beyond"]), int(told["all"])) == (len(beyond), len(known)) else ["counts"]
    expected = {
        "times": times[leaf],
        "group": rows["group"][leaf],
        "low": rows["control_low"][leaf],
        "high": rows["control_high"][leaf],
    }
    return wrong + [f"{key} is {value}" for key, value in expected.items() if not _close(told[key], value)]


def _close(told: str, value: float) -> bool:
    return abs(float(told) - value) <= 0.006 * abs(value) + 5e-3 * (value > 1)


def _savings_faults(app: Application, model: Model, baseline: Model) -> list[str]:
    found = savings(app, model.id, baseline.id)
    stored = _stored(app, model, baseline, found)
    wrong = []
    for each in (*found.size, *found.speed):
        text = written(each)
        try:
            check_savings(stored, each, text)
        except AssertionError as error:
            wrong.append(f"{error}: {text}")
    return wrong


def _stored(app: Application, model: Model, baseline: Model, found: Savings) -> Stored:
    """Return the rows of both models as they are stored; times are those of the profiles that were chosen."""
    after, before = (layer_statistics(app, one.id, LayerKind.STORAGE) for one in (model, baseline))
    times = next(((each.before_ms, each.after_ms) for each in found.speed if isinstance(each, Times)), None)
    if times is not None:
        label = next(name for name in ("latency_ms_b64", "latency_ms_b1") if name in model.metrics)
        shown = (baseline.metrics[label], model.metrics[label])
        assert shown == times, f"{times} is not what is shown, {shown}"
    weights = layer_statistics(app, model.id, LayerKind.WEIGHTS)
    counted = {
        str(one): int(zeros) for one, zeros in zip(weights["parameter"], weights["zeros"], strict=True)
    }
    flops = (baseline.metrics.get("flops"), model.metrics.get("flops"))
    return Stored(
        now=_stored_rows(after),
        before=_stored_rows(before) if before else None,
        zeros=counted,
        layers=_layers(app, model, baseline),
        times=times,
        sparsity=model.metrics.get("sparsity"),
        flops=(flops[0], flops[1]) if flops[0] is not None and flops[1] is not None else None,
    )


def _stored_rows(arrays: Arrays) -> list[tuple[str, str, int, int]]:
    columns = (
        [arrays[name].tolist() for name in ("tensor", "kind", "bytes", "numbers")] if arrays else [[]] * 4
    )
    return [(str(a), str(b), int(c), int(d)) for a, b, c, d in zip(*columns, strict=True)]


def _layers(app: Application, model: Model, baseline: Model) -> dict[str, Layer]:
    after, before = (layer_statistics(app, one.id, LayerKind.COST) for one in (model, baseline))
    if "module" not in after:
        return {}
    old = {str(name): row for row, name in enumerate(before.get("module", ()))}
    found = {}
    for row, name in enumerate(map(str, after["module"])):
        own = (
            str(after["module_type"][row]),
            float(after["time_share"][row]),
            str(after["arithmetic"][row]),
            int(after["flops"][row]),
        )
        past = old.get(name)
        found[name] = (
            Layer(*own)
            if past is None
            else Layer(
                *own,
                float(before["time_share"][past]),
                str(before["arithmetic"][past]),
                int(before["flops"][past]),
            )
        )
    return found
