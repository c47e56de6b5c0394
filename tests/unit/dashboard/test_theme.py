"""The scale is readable with every kind of colour vision, and its better end stands out."""

import itertools

import pytest

from dashboard.theme import DARK, LIGHT, colour_at, rim, theme_of
from dashboard.theme import contrast as theme_contrast


def luminance(colour):
    """Return the relative luminance of WCAG 2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.scheme)
def test_contrast_to_the_page_grows_towards_the_better_end(theme):
    contrasts = [contrast(colour_at(theme.scale, step / 20), theme.surface) for step in range(21)]
    assert all(worse < better for worse, better in itertools.pairwise(contrasts))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.scheme)
def test_texts_can_be_read(theme):
    assert contrast(theme.text, theme.surface) >= 7
    assert contrast(theme.dimmed, theme.surface) >= 4.5
    assert contrast(theme.failure, theme.surface) >= 4.5


def test_ends_of_the_scale_are_its_stops():
    assert (colour_at(LIGHT.scale, -1), colour_at(LIGHT.scale, 2)) == (LIGHT.scale[0], LIGHT.scale[-1])


@pytest.mark.parametrize(("scheme", "theme"), [("dark", DARK), ("light", LIGHT), (None, LIGHT), ("x", LIGHT)])
def test_unknown_schemes_are_light(scheme, theme):
    assert theme_of(scheme) is theme


def test_contrasts_are_those_of_wcag():
    assert theme_contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert theme_contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.scheme)
def test_every_colour_of_the_scale_is_seen_or_has_a_rim_that_is(theme):
    for step in range(41):
        fill = colour_at(theme.scale, step / 40)
        assert contrast(rim(theme, fill) or fill, theme.surface) >= 3
