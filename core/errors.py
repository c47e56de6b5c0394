"""Every error that this product raises on purpose, each with a message and a hint.

CompressCompareError
├── InvalidInput          one or more problems in what a person gave us
├── NotFound              a thing asked for by id or name does not exist
│   └── UnknownName       ... and names close to it do
├── Forbidden             the caller's role does not allow it
├── Conflict              the request contradicts the present state
│   └── IllegalTransition a run cannot go from this status to that one
├── CorruptArtifact       a stored file is missing, truncated or altered
├── UnusableInput         data or a model is well-formed but cannot be worked with
├── Unavailable           a service or device that is needed does not answer
└── Misconfigured         a setting, folder, port or database cannot be used
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.presentation.counts import agreeing, counted
from core.presentation.lists import MOST_NAMED
from core.presentation.near_names import suggestion

LONGEST_MESSAGE = 2000
"""Characters; what libraries say can be as long as their input."""


def _shortened(text: str) -> str:
    more = len(text) - LONGEST_MESSAGE
    return f"{text[:LONGEST_MESSAGE]} ... and {more:,} characters more" if more > 0 else text


class CompressCompareError(Exception):
    """Base of all expected errors: what was wrong (`message`) and what to do about it (`hint`).

    `code` is stable and machine-readable; APIs and stored runs carry it.
    """

    code = "error"

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = _shortened(message)
        self.hint = _shortened(hint)
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one field of an input.

    `field` is a dotted path (`recipes.0.steps.1.parameters.sparsity`), empty for the input as a whole.
    """

    field: str
    message: str
    hint: str = ""


class InvalidInput(CompressCompareError):
    """What a person gave us cannot be used; lists every problem found, not only the first.

    `problems` has all of them, the message the first few and how many more there are.
    """

    code = "invalid-input"

    def __init__(self, problems: Sequence[Problem]) -> None:
        if not problems:
            raise ValueError("InvalidInput needs at least one problem")
        self.problems = tuple(problems)
        told, more = problems[:MOST_NAMED], len(problems) - MOST_NAMED
        further = (
            [f"There {agreeing(more, 'is', 'are')} {counted(more, 'more problem')}."] if more > 0 else []
        )
        super().__init__(
            " ".join([*(problem.message for problem in told), *further]),
            " ".join(dict.fromkeys(problem.hint for problem in told if problem.hint)),
        )

    @classmethod
    def of(cls, field: str, message: str, hint: str = "") -> InvalidInput:
        """Return the error for a single problem."""
        return cls([Problem(field, message, hint)])


def all_problems(unread: Sequence[Problem], found: Sequence[Problem]) -> list[Problem]:
    """Return every problem of an input that was read in part.

    unread: of the fields that could not be read. found: of the others; problems that it reports of unread
        fields, such as that they are missing, are left out.
    """
    known = {problem.field for problem in unread}
    return [*unread, *(problem for problem in found if problem.field not in known)]


class NotFound(CompressCompareError):
    """Something asked for by id or name does not exist."""

    code = "not-found"


class UnknownName(NotFound):
    """A name is not registered; the hint offers the closest ones that are.

    labels: what people read instead of names, by name; typing one gets the name as a hint.
    """

    code = "unknown-name"

    def __init__(
        self, kind: str, name: str, known: Iterable[str], *, labels: Mapping[str, str] | None = None
    ) -> None:
        offered = suggestion(name, sorted(known), labels=labels)
        super().__init__(f"There is no {kind} named {name!r}.", offered)
        self.kind, self.name = kind, name


class Forbidden(CompressCompareError):
    """The caller may not do this, or may not see it."""

    code = "forbidden"


class Conflict(CompressCompareError):
    """The request contradicts the present state of things."""

    code = "conflict"


class IllegalTransition(Conflict):
    """A run cannot go from its present status to the one asked for."""

    code = "illegal-transition"


class CorruptArtifact(CompressCompareError):
    """A stored file is missing, truncated, or not what was written."""

    code = "corrupt-artifact"


class UnusableInput(CompressCompareError):
    """Data or a model is well-formed but cannot be worked with, e.g. class counts that differ."""

    code = "unusable-input"


class Unavailable(CompressCompareError):
    """A service or device that is needed does not answer."""

    code = "unavailable"


class Misconfigured(CompressCompareError):
    """A setting, folder, port or database cannot be used as it is."""

    code = "misconfigured"
