"""What of a model's compression is real: its file, its speed, and what computes it, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from core.domain.measurement.evaluation import REFERENCE_AFTER, REFERENCE_BEFORE, crowded, machine_changed
from core.domain.metric import Direction, Format, MetricDefinition, format_value
from core.services.models.models import ModelDetails
from dashboard.components.facts import facts

_BYTES = MetricDefinition("bytes", "Bytes", Direction.LOWER, Format.BYTES)
_FORMS = {
    "dense": "dense values",
    "cast": "narrower numbers",
    "grid": "packed codes",
    "palette": "a palette",
    "palettes": "palettes of groups",
    "sparse": "non-zeros only",
}


def honesty(details: ModelDetails) -> list[Component]:
    """Return badges and figures about storage and speed; nothing for models without a checkpoint."""
    claims = details.manifest.get("claims") or {}
    if not claims:
        return []
    timed = details.profile.environment if details.profile else {}
    forms = details.manifest.get("forms") or {}
    return [
        html.H3("Storage and speed", className="ov-heading"),
        html.Div([_storage(claims, forms), _speed(claims, timed), *_busy(timed)], className="ov-claims"),
        facts(_rows(details, timed)),
    ]


def _storage(claims: Mapping[str, Any], forms: Mapping[str, int]) -> Component:
    if set(forms) <= {"dense"}:
        return _badge(
            "weights stored as plain numbers", "Every weight is in the file as it is used.", real=True
        )
    if claims.get("storage") == "stored":
        tooltip = (
            "The file really is as small as the compression says: weights are stored in compressed form."
        )
        return _badge("weights stored compressed", tooltip, real=True)
    return _badge("size partly simulated", _because("The file is larger than theory.", claims), real=False)


def _speed(claims: Mapping[str, Any], timed: Mapping[str, Any]) -> Component:
    """Return whether times are those of the compressed arithmetic; a profile knows better than the file."""
    if timed.get("speed", claims.get("speed")) == "real":
        tooltip = "Measured times are those of the compressed model's own arithmetic."
        return _badge("speed real", tooltip, real=True)
    reasons = [timed["simulated"]] if timed.get("simulated") else claims.get("reasons", ())
    told = {"reasons": reasons}
    start = "Measured times are not those that hardware made for this form would reach."
    return _badge("speed simulated", _because(start, told), real=False)


def _busy(timed: Mapping[str, Any]) -> list[Component]:
    """Return a warning where something else slowed the machine down while the model was timed."""
    if not crowded(timed):
        return []
    load, cores = timed.get("load_average"), timed.get("cores")
    why = f"On average {load:g} processes wanted a core in the minute before, and there are {cores}"
    if machine_changed(timed):
        before, after = (timed[name] for name in (REFERENCE_BEFORE, REFERENCE_AFTER))
        why = f"A fixed workload took {before:.2f} ms before and {after:.2f} ms after the model was timed"
    tooltip = f"{why}: times may be much too long. Compare them with care."
    return [_badge("timed on a busy machine", tooltip, real=False)]


def _because(start: str, claims: Mapping[str, Any]) -> str:
    reasons = "; ".join(str(reason) for reason in claims.get("reasons", ()))
    return f"{start} Because: {reasons}." if reasons else start


def _badge(text: str, tooltip: str, *, real: bool) -> Component:
    sign = "\N{CHECK MARK}" if real else "\N{ALMOST EQUAL TO}"
    badge = html.Span(f"{sign} {text}", tabIndex=0, className="ov-claim real" if real else "ov-claim")
    events = {"hover": True, "focus": True, "touch": True}
    return dmc.Tooltip(badge, label=tooltip, multiline=True, w=300, withArrow=True, events=events)


def _rows(details: ModelDetails, timed: Mapping[str, Any]) -> list[tuple[str, str]]:
    figures = details.model.metrics
    rows = [
        (label, format_value(_BYTES, figures[name]))
        for label, name in (("file", "file_bytes"), ("theoretical minimum", "theoretical_bytes"))
        if name in figures
    ]
    if (bits := figures.get("bits_per_weight")) is not None:
        rows.append(("per weight", f"{bits / 8:.3g} B ({bits:.3g} bit)"))
    rows.append(("stored as", _forms(details.manifest.get("forms") or {})))
    if timed:
        rows.append(("computed by", str(timed.get("kernels") or "") or "the framework's usual kernels"))
    return [(label, value) for label, value in rows if value]


def _forms(forms: Mapping[str, int]) -> str:
    """Return e.g. `dense values in 20 tensors, non-zeros only in 8`."""
    named = [(_form(name), count) for name, count in forms.items()]
    first, *others = [f"{name} in {count}" for name, count in named] or [""]
    return ", ".join([f"{first} tensors", *others]) if first else ""


def _form(name: str) -> str:
    return " of ".join(_FORMS.get(part, part) for part in reversed(name.split("-")))
