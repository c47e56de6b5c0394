"""Pictures of models that have no colour yet: pending, running, failed, stopped, not measured."""

from __future__ import annotations

import math
from functools import lru_cache
from urllib.parse import quote

from core.domain.model import Model
from core.domain.queue.run import UNSUCCESSFUL, RunStatus
from dashboard.theme import Theme

_STEPS = 20
"""Progress is drawn in this many steps, so that the browser keeps few pictures."""


def icon(model: Model, theme: Theme) -> str:
    """Return the picture of a model without a colour as a `data:` URL."""
    if model.status is RunStatus.RUNNING:
        return _svg(_ring(model.progress, theme))
    if model.status in UNSUCCESSFUL:
        return _svg(_stopped(model.status, theme))
    if model.status is RunStatus.SUCCEEDED:
        return unmeasured(theme)
    return _svg(_circle(theme.missing, theme, dash="3 2.6"))


def unmeasured(theme: Theme) -> str:
    """Return the hatched picture of a model that is made but lacks the colour metric, as a `data:` URL."""
    return _svg(_hatched(theme))


def _circle(colour: str, theme: Theme, *, dash: str = "", width: float = 1.6) -> str:
    return (
        f'<circle cx="12" cy="12" r="9.5" fill="{theme.surface}" stroke="{colour}" '
        f'stroke-width="{width}" stroke-dasharray="{dash}"/>'
    )


def _ring(progress: float, theme: Theme) -> str:
    share = round(min(max(progress, 0.0), 1.0) * _STEPS) / _STEPS
    length = 2 * math.pi * 9
    return _circle(theme.border, theme, width=3) + (
        f'<circle cx="12" cy="12" r="9" fill="none" stroke="{theme.accent}" stroke-width="3.4" '
        f'stroke-dasharray="{max(share, 0.04) * length:.1f} {length:.1f}" transform="rotate(-90 12 12)"/>'
    )


def _stopped(status: RunStatus, theme: Theme) -> str:
    if status in {RunStatus.FAILED, RunStatus.LOST}:
        sign = f'<path d="M12 6.5v7" stroke="{theme.failure}" stroke-width="2.4" stroke-linecap="round"/>'
        dot = f'<circle cx="12" cy="17" r="1.5" fill="{theme.failure}"/>'
        return _circle(theme.failure, theme, width=2.2) + sign + dot
    bar = f'<path d="M7.5 12h9" stroke="{theme.missing}" stroke-width="2.4" stroke-linecap="round"/>'
    return _circle(theme.missing, theme) + bar


def _hatched(theme: Theme) -> str:
    lines = "".join(f"M{start} 24L{start + 24} 0" for start in range(-18, 24, 6))
    return (
        '<clipPath id="c"><circle cx="12" cy="12" r="9.5"/></clipPath>'
        + _circle(theme.missing, theme)
        + f'<path d="{lines}" stroke="{theme.missing}" stroke-width="1.3" clip-path="url(#c)"/>'
    )


@lru_cache(maxsize=256)
def _svg(content: str) -> str:
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48" viewBox="0 0 24 24">{content}</svg>'
    )
    return "data:image/svg+xml;utf8," + quote(picture)
