"""Near matches of a name that does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

from core.presentation.lists import listed

_MOST = 3
_SURE, _LIKELY = 0.8, 0.4
"""Similarities from 0 to 1, see `difflib.SequenceMatcher.ratio`: likely names are offered if none is sure."""


def near_names(wanted: object, known: Iterable[str], *, labels: Mapping[str, str] | None = None) -> list[str]:
    """Return at most three names that are like the wanted one, or whose labels are; one that fits, alone.

    Upper case, hyphens and underscores make no difference. labels: what people read instead, by name.
    """
    spelt: dict[str, list[str]] = {}
    for name in known:
        for text in {_plain(name), _plain((labels or {}).get(name, name))}:
            spelt.setdefault(text, []).append(name)
    plain = _plain(str(wanted))
    alike = [plain] if plain in spelt else _alike(plain, spelt, _SURE) or _alike(plain, spelt, _LIKELY)
    return list(dict.fromkeys(name for text in alike for name in spelt[text]))[:_MOST]


def did_you_mean(names: Sequence[str]) -> str:
    """Return the question, e.g. `Did you mean gptq or svd?`; empty without names."""
    return f"Did you mean {' or '.join(names)}?" if names else ""


def suggestion(
    wanted: object,
    known: Iterable[str],
    *,
    labels: Mapping[str, str] | None = None,
    nothing: str = "none",
) -> str:
    """Return the hint for a name that does not exist: near matches, else the names that there are.

    nothing: what is written where there are no names at all.
    """
    names = list(known)
    return did_you_mean(near_names(wanted, names, labels=labels)) or f"Known: {listed(names) or nothing}."


def _alike(plain: str, spelt: Iterable[str], similarity: float) -> list[str]:
    return difflib.get_close_matches(plain, list(spelt), n=2 * _MOST, cutoff=similarity)


def _plain(name: str) -> str:
    return name.casefold().replace("-", " ").replace("_", " ")
