"""Answers with a number: a plug-in function of written answers, shown as a column on Compare."""

from collections.abc import Sequence

from core.evaluation.answer_functions import AnswerFunction, answer_functions


@answer_functions.register("has-number")
class HasNumber(AnswerFunction):
    """1 where the answer holds a digit, else 0."""

    label = "Has a number"

    def value(self, answer: str, right: Sequence[str]) -> float:
        """Return whether any character of the answer is a digit."""
        del right
        return float(any(character.isdigit() for character in answer))
