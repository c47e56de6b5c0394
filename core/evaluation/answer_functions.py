"""Functions of a written answer that plug-ins add: a number per answer, shown on the Compare page."""

from __future__ import annotations

import logging
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.domain.measurement.evaluation import ANSWER
from core.registry import Registry

log = logging.getLogger(__name__)


class AnswerFunction(ABC):
    """A kind of number that an answer has, such as how polite it is; NaN where it has none."""

    name: str
    label: ClassVar[str]

    @abstractmethod
    def value(self, answer: str, right: Sequence[str]) -> float:
        """Return the number of an answer, given the right ones."""


answer_functions: Registry[AnswerFunction] = Registry("answer function", AnswerFunction)


def answer_columns(
    answers: Sequence[str], right: Sequence[Sequence[str]]
) -> tuple[dict[str, NDArray[Any]], dict[str, str], list[str]]:
    """Return an array `(instances,)` per function, labels by name, and remarks on functions that failed."""
    arrays: dict[str, NDArray[Any]] = {}
    labels: dict[str, str] = {}
    remarks: list[str] = []
    for name, function in dict(answer_functions).items():
        labels[name] = function.label
        values, failures = _values(function, answers, right)
        arrays[ANSWER + name] = np.array(values, np.float32)
        if failures:
            some = f"{len(failures):,} of {len(answers):,} answers"
            remarks.append(f"{function.label} has no value for {some}: {failures[0]}")
    return arrays, labels, remarks


def _values(
    function: AnswerFunction, answers: Sequence[str], right: Sequence[Sequence[str]]
) -> tuple[list[float], list[str]]:
    values: list[float] = []
    failures: list[str] = []
    for answer, rights in zip(answers, right, strict=True):
        try:
            values.append(float(function.value(answer, rights)))
        except Exception as error:  # a plug-in's: no evaluation fails because of it
            if not failures:
                facts = {"action": "answer_function_failed", "function": function.name}
                log.warning("An answer function failed", exc_info=True, extra=facts)
            values.append(math.nan)
            failures.append(f"{type(error).__name__}: {error}")
    return values, failures
