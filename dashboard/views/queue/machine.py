"""What the machine of a worker does, small enough for the worker's card, and what a run used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from core.domain.queue.usage import KEPT, MachineLoad, RunUsage
from core.presentation.durations import duration
from core.presentation.numbers import whole_percent

_STEPS = KEPT - 1


def machine(load: MachineLoad | None) -> list[Component]:
    """Return a line per processor, memory and GPU: its name, its last minutes, its present value."""
    if load is None or not load.processors:
        return []
    memory = f"{_gigabytes(load.memory_bytes)} of {_gigabytes(load.memory_total_bytes)} GB"
    rows = [
        _row("CPU", load.processors, f"{whole_percent(load.processors[-1])} of {load.processor_count}", load),
        _row("Memory", load.memory, memory, load),
    ]
    if load.gpus:
        rows.append(_row("GPU", load.gpus_used, _gpu_text(load), load))
    return [html.Div(rows, className="worker-machine")]


def usage_facts(used: RunUsage | None) -> dict[str, str]:
    """Return what a run used, by name; only what was measured."""
    if used is None:
        return {}
    return {
        name: text
        for name, text in {
            "Processors": _peak(used.processors, used.processors_peak, _decimal),
            "Memory": _peak(used.memory_mean_bytes, used.memory_peak_bytes, _with_unit),
            "GPU": used.gpu,
            "GPU use": _peak(used.gpu_mean, used.gpu_peak, whole_percent),
            "GPU memory": _peak(None, used.gpu_memory_peak_bytes, _with_unit),
            "GPU board power": "" if used.power_mean_w is None else f"{used.power_mean_w:.0f} W on average",
            "GPU board energy": "" if used.energy_j is None else _energy(used),
        }.items()
        if text
    }


def _row(name: str, values: Sequence[float], text: str, load: MachineLoad) -> Component:
    ago = duration((len(values) - 1) * load.every_s)
    return html.Span(
        [html.Span(name, className="worker-measure"), _sparkline(values), html.Span(text)],
        className="worker-use",
        title=f"{name} of the whole machine over the last {ago}",
    )


def _sparkline(values: Sequence[float]) -> Component:
    """Return the area below the values, 0 to 1; the right edge is now."""
    first = KEPT - len(values)
    points = [
        f"{100 * (first + place) / _STEPS:.1f}% {100 * (1 - min(1.0, max(0.0, value))):.1f}%"
        for place, value in enumerate(values)
    ]
    left = 100 * first / _STEPS
    path = ", ".join([f"{left:.1f}% 100%", *points, "100% 100%"])
    style: dict[str, Any] = {"clipPath": f"polygon({path})"}
    return html.Span(html.Span(style=style, className="sparkline-area"), className="sparkline")


def _gpu_text(load: MachineLoad) -> str:
    memory = sum(one.memory_bytes for one in load.gpus)
    total = sum(one.memory_total_bytes for one in load.gpus)
    watts = [one.power_w for one in load.gpus if one.power_w is not None]
    parts = [whole_percent(load.gpus_used[-1]), f"{_gigabytes(memory)} of {_gigabytes(total)} GB"]
    return ", ".join([*parts, *([f"{sum(watts):.0f} W"] if watts else [])])


def _peak(mean: float | None, peak: float | None, written: Any) -> str:
    parts = [] if mean is None else [f"{written(mean)} on average"]
    parts += [] if peak is None else [f"{written(peak)} at most"]
    return ", ".join(parts)


def _energy(used: RunUsage) -> str:
    joules = used.energy_j or 0.0
    return f"{joules / 3600:.2f} Wh" if joules >= 360 else f"{joules:.0f} J"


def _decimal(number: float) -> str:
    return f"{number:.1f}"


def _with_unit(number: float) -> str:
    return f"{_gigabytes(number)} GB"


def _gigabytes(number: float) -> str:
    return f"{number / 1e9:.1f}" if number < 1e10 else f"{number / 1e9:.0f}"
