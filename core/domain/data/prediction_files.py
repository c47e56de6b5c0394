"""Files with one prediction per instance: CSV, rows of a Parquet file, sample logs of lm-evaluation-harness.

Columns: `id`, `prediction` (or `text`, for answers that are texts), and, if they are known, `confidence` and
`probability:<class>` for every class.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.domain.text import shown
from core.errors import InvalidInput, Problem
from core.presentation.counts import agreeing, counted

PROBABILITY = "probability:"
_KNOWN = ("id", "prediction", "text", "confidence")
_MOST_PROBLEMS = 5
_SUMS_TO = (0.98, 1.02)
_SCORES = ("exact_match", "acc")
"""What lm-evaluation-harness calls whether an answer is right."""


@dataclass(frozen=True)
class Predicted:
    """The prediction of one instance; `place` says where in the file it stands, e.g. `line 3`.

    probabilities: in the order of the file's classes. correct: None where the file does not say.
    """

    id: str
    prediction: str
    place: str
    confidence: float | None = None
    probabilities: tuple[float, ...] | None = None
    correct: bool | None = None


@dataclass(frozen=True)
class PredictionFile:
    """Predictions in the order of the file. classes: those that probabilities are of; empty without any."""

    rows: tuple[Predicted, ...]
    classes: tuple[str, ...] = ()


def of_csv(text: str) -> PredictionFile:
    """Return the predictions of a CSV text; `InvalidInput` names every line and column that is wrong."""
    lines = text if "\n" in text else text.replace("\r", "\n")
    separator = max(",;\t", key=lines.lstrip().partition("\n")[0].count)
    reader = csv.reader(io.StringIO(lines), delimiter=separator, strict=True)
    try:
        rows = [(f"line {reader.line_num}", row) for row in reader if row]
    except csv.Error as error:
        message = f"Line {reader.line_num} is no CSV: {error}."
        raise InvalidInput.of("file", message, "Correct the quotes of that line.") from error
    (_, names), *table = rows or [("line 1", [])]
    header = [name.strip() for name in names]
    _refuse([Problem(name, f"The column {name!r} is there more than once.") for name in _twice(header)])
    problems = [
        Problem(place, f"{place.capitalize()} has {len(row)} cells, but there are {len(header)} columns.")
        for place, row in table
        if len(row) != len(header)
    ]
    _refuse(problems)
    return of_rows((place, dict(zip(header, row, strict=True))) for place, row in table)


def of_rows(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> PredictionFile:
    """Return the predictions of rows with the place of each; `InvalidInput` names row and column."""
    listed = list(rows)
    if not listed:
        raise InvalidInput.of("file", "The file holds no prediction.", "Write one row per instance.")
    columns = list(listed[0][1])
    _refuse(_column_problems(columns))
    classes = tuple(name.removeprefix(PROBABILITY) for name in columns if name.startswith(PROBABILITY))
    problems: list[Problem] = []
    found = [_predicted(place, row, classes, problems) for place, row in listed]
    problems += _repeated(found)
    _refuse(problems)
    return PredictionFile(tuple(found), classes)


def of_sample_log(text: str) -> PredictionFile:
    """Return the predictions of a sample log of lm-evaluation-harness, one JSON object per line.

    Of tasks with choices the prediction is the number of the most probable one.
    """
    problems: list[Problem] = []
    found: list[Predicted] = []
    for number, line in enumerate(text.split("\n"), start=1):  # texts may hold what Unicode calls a line end
        if not line.strip():
            continue
        place = f"line {number}"
        try:
            found.append(_sample(place, json.loads(line)))
        except json.JSONDecodeError as error:
            problems.append(Problem(place, f"Line {number}, column {error.colno}: no JSON ({error.msg})."))
        except (KeyError, IndexError, TypeError, ValueError, RecursionError) as error:
            what = f"no {error.args[0]!r}" if isinstance(error, KeyError) else str(error)
            problems.append(Problem(place, f"Line {number} is no sample of the harness: {what}."))
    problems += _repeated(found)
    _refuse(problems)
    if not found:
        raise InvalidInput.of("file", "The file holds no sample.", "Write it with --log_samples.")
    return PredictionFile(tuple(found))


def _sample(place: str, sample: Any) -> Predicted:
    if not isinstance(sample, dict):
        raise TypeError(f"{shown(sample)} is no object")
    response = sample["filtered_resps"][0] if "filtered_resps" in sample else sample["resps"][0][0]
    responses = sample.get("filtered_resps", [])
    choices = [float(one[0]) for one in responses if isinstance(one, list) and len(one) == 2]
    if any(math.isnan(one) for one in choices):
        raise ValueError("the likelihood of a choice is not a number")
    prediction = str(choices.index(max(choices))) if len(choices) > 1 else str(response)
    score = next((sample[name] for name in _SCORES if name in sample), None)
    correct = None if score is None else float(score) == 1
    return Predicted(str(sample["doc_id"]), prediction, place, correct=correct)


def _column_problems(columns: list[str]) -> list[Problem]:
    problems = []
    if "id" not in columns:
        problems.append(Problem("id", f"There is no column id, only {', '.join(columns) or 'none'}."))
    if "prediction" not in columns and "text" not in columns:
        problems.append(
            Problem("prediction", "There is no column prediction.", "Name the column prediction.")
        )
    unknown = [name for name in columns if name not in _KNOWN and not name.startswith(PROBABILITY)]
    if unknown:
        hint = f"Use {', '.join(_KNOWN)} and {PROBABILITY}<class>."
        problems.append(Problem(unknown[0], f"The column {unknown[0]!r} is not known.", hint))
    return problems


def _predicted(
    place: str, row: Mapping[str, Any], classes: tuple[str, ...], problems: list[Problem]
) -> Predicted:
    confidence = _number(place, row, "confidence", problems) if "confidence" in row else None
    named = [_number(place, row, PROBABILITY + name, problems) for name in classes]
    probabilities = tuple(each for each in named if each is not None)
    low, high = _SUMS_TO
    if classes and len(probabilities) == len(classes) and not low <= sum(probabilities) <= high:
        problems.append(
            Problem(
                place, f"{place.capitalize()}: the probabilities add up to {sum(probabilities):.3g}, not 1."
            )
        )
    prediction = row["prediction"] if "prediction" in row else row["text"]
    return Predicted(
        str(row["id"]),
        "" if prediction is None else str(prediction),
        place,
        confidence,
        probabilities if classes and len(probabilities) == len(classes) else None,
    )


def _number(place: str, row: Mapping[str, Any], column: str, problems: list[Problem]) -> float | None:
    """Return a probability; None where there is none."""
    value = row.get(column)
    if value is None or value == "":
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number <= 1:
        hint = "Write a number from 0 to 1."
        message = f"{place.capitalize()}, column {column}: {shown(value)} is no probability."
        problems.append(Problem(f"{place}.{column}", message, hint))
        return None
    return number


def _twice(names: list[str]) -> list[str]:
    return [name for place, name in enumerate(names) if name in names[:place]]


def _repeated(rows: Iterable[Predicted]) -> list[Problem]:
    first: dict[str, str] = {}
    problems = []
    for row in rows:
        if row.id in first:
            message = (
                f"{row.place.capitalize()}, column id: {shown(row.id)} stands in {first[row.id]} already."
            )
            problems.append(Problem(row.place, message, "Keep one row per instance."))
        first.setdefault(row.id, row.place)
    return problems


def _refuse(problems: list[Problem]) -> None:
    """Raise what is wrong; of very many problems the first few."""
    if not problems:
        return
    named = problems[:_MOST_PROBLEMS]
    left = len(problems) - len(named)
    if left:
        message = f"{counted(left, 'more line')} {agreeing(left, 'is', 'are')} wrong."
        named.append(Problem("file", message))
    raise InvalidInput(named)
