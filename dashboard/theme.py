"""Colours, fonts and spacing of everything that is drawn, light and dark; plain values, no Dash.

The sequential scale is one hue with monotone lightness, so that it reads the same with every kind of
colour vision and in print. Its better end is the one with most contrast to the page: dark on light,
bright on dark. Orange marks what is selected; red marks failure and harm only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

FONT = "'Inter', 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif"
MONO = "'JetBrains Mono', 'Cascadia Mono', 'DejaVu Sans Mono', monospace"
SMALL_PX = 12
ACCENT = "indigo"
"""Mantine's name of the one accent colour."""
SEEN = 3.0
"""Contrast to its surroundings from which a graphical mark is seen (WCAG 2.2, 1.4.11)."""


class Scheme(StrEnum):
    """Appearance of the page."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True)
class Theme:
    """Colours of one appearance, as CSS hex values.

    scale: the sequential scale from the worse end to the better one.
    categories: colours of unordered things; apart under all common kinds of colour vision.
    """

    scheme: Scheme
    page: str
    surface: str
    border: str
    grid: str
    text: str
    dimmed: str
    accent: str
    selected: str
    hovered: str
    failure: str
    good: str
    missing: str
    scale: tuple[str, ...]
    categories: tuple[str, ...]


LIGHT = Theme(
    scheme=Scheme.LIGHT,
    page="#f4f6fa",
    surface="#ffffff",
    border="#dfe4ed",
    grid="#edf0f5",
    text="#1d2433",
    dimmed="#5b6678",
    accent="#4263eb",
    selected="#f08c00",
    hovered="#5b6678",
    failure="#b3172d",
    good="#1a6b43",
    missing="#8b95a7",
    scale=("#d5e0ef", "#a9c1e2", "#7397cd", "#4668ae", "#26397f"),
    categories=("#3b5bdb", "#e8890c", "#2b8a6b", "#a14fb5", "#8a6d3b", "#5b6678"),
)

DARK = Theme(
    scheme=Scheme.DARK,
    page="#12151c",
    surface="#1a1e28",
    border="#2d3442",
    grid="#262c39",
    text="#e6eaf2",
    dimmed="#9aa5b8",
    accent="#7c93ff",
    selected="#ffa94d",
    hovered="#c3ccdb",
    failure="#ff8a96",
    good="#56c596",
    missing="#78849a",
    scale=("#2c3b5c", "#3f5d92", "#5d87c4", "#8fb6e6", "#d3e8ff"),
    categories=("#7c93ff", "#ffb057", "#5fc9a3", "#d191e0", "#cbb07c", "#9aa5b8"),
)

DARK_SHADES = (
    *("#e6eaf2", "#c3ccdb", "#9aa5b8", "#8d98ac", "#39424f"),
    *("#2d3442", "#222836", "#1a1e28", "#161a22", "#12151c"),
)
"""Mantine's ten shades of dark surfaces, from text to page, in the tone of `DARK`."""

_THEMES: Mapping[str, Theme] = {Scheme.LIGHT: LIGHT, Scheme.DARK: DARK}


def theme_of(scheme: str | None) -> Theme:
    """Return the theme of an appearance; light where none is known yet."""
    return _THEMES.get(scheme or Scheme.LIGHT, LIGHT)


def colour_at(scale: Sequence[str], position: float) -> str:
    """Return the colour at `position` (0 = worse end, 1 = better end), linear between the stops."""
    place = min(max(position, 0.0), 1.0) * (len(scale) - 1)
    below = min(int(place), len(scale) - 2)
    low, high = _channels(scale[below]), _channels(scale[below + 1])
    mixed = (round(a + (b - a) * (place - below)) for a, b in zip(low, high, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21, as WCAG 2.2 defines it."""
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def rim(theme: Theme, fill: str) -> str | None:
    """Return the rim without which a dot of this colour is too faint to be seen; None where it needs none."""
    return theme.dimmed if contrast(fill, theme.surface) < SEEN else None


def _luminance(colour: str) -> float:
    linear = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (channel / 255 for channel in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


CONFUSION_WORSE = (200, 40, 62)
CONFUSION_BETTER = (76, 110, 245)
"""Red, green and blue of cells of a matrix, drawn with opacity on either appearance."""
