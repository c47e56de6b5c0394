"""Collects what is odd about a study, so that a thousand equal oddities become one sentence."""

from __future__ import annotations

from collections import Counter

from core.presentation.lists import listed

EXAMPLES = 3


class ImportWarnings:
    """Counts oddities by their sentence and keeps the first few ids that show each."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._examples: dict[str, list[str]] = {}

    def add(self, sentence: str, model_id: str | None = None) -> None:
        """Note one case of what the sentence (without its full stop) says."""
        self._counts[sentence] += 1
        if model_id is not None:
            self._examples.setdefault(sentence, []).append(model_id)

    def sentences(self) -> tuple[str, ...]:
        """Return one sentence per oddity, in order of first sight, with the ids of examples."""
        return tuple(self._sentence(sentence) for sentence in self._counts)

    def _sentence(self, sentence: str) -> str:
        examples = self._examples.get(sentence)
        if not examples:
            return f"{sentence}."
        return f"{sentence}: {listed(map(repr, examples), EXAMPLES)}."
