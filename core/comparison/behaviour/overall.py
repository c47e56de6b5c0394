"""What changed over all instances, per model, and the harm to groups that this hides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.comparison.behaviour.calibration import Calibration, calibration
from core.comparison.behaviour.divergence import Divergence
from core.comparison.behaviour.flips import Flips, Move, flips, moves
from core.comparison.behaviour.groups import Row, compare_groups
from core.comparison.behaviour.harm import Harm, largest_harm
from core.comparison.behaviour.paired import Difference, Pairs, corrected, share_difference
from core.comparison.behaviour.predictions import Predictions, Split
from core.comparison.behaviour.token_probabilities import perplexity


@dataclass(frozen=True)
class Overall:
    """One model against the baseline over all instances.

    share: right answers, 0..1; as `change` and `calibration` of instances whose right answer is known.
    divergence: None where probabilities of all classes are not kept, and before
        `core.services.behaviour.divergences` adds it, since it costs most.
    calibration: None where the confidence of predictions is not kept.
    perplexity: of the right answers, over their tokens; None where tokens are not kept.
    """

    share: float
    change: Difference
    flips: Flips
    calibration: Calibration | None
    moves: tuple[Move, ...]
    perplexity: float | None = None
    divergence: Divergence | None = None


@dataclass(frozen=True)
class Comparison:
    """Models against a baseline on the same instances; models are in the order they were given.

    tables: rows per column that divides the instances, see `compare_groups`.
    harm: the largest significant loss of a group beyond what all instances lost; None if there is none.
    """

    instances: int
    baseline_share: float
    baseline_calibration: Calibration | None
    models: tuple[Overall, ...]
    tables: dict[str, list[Row]]
    harm: Harm | None
    baseline_perplexity: float | None = None


def compare(split: Split, baseline: Predictions, models: Sequence[Predictions]) -> Comparison:
    """Compare models with a baseline; changes are corrected for the number of models, and of groups.

    Without any right answer only predictions and probabilities are compared.
    Shares of right answers are those of the instances whose right answer is known.
    """
    judged, *rest = (_judged(split, each) for each in (baseline, *models))
    changes = corrected([share_difference(Pairs.of(judged.correct, each.correct)) for each in rest])
    groupings = split.groupings if split.labelled else {}
    tables = {name: compare_groups(baseline, models, grouping) for name, grouping in groupings.items()}
    return Comparison(
        instances=baseline.instances,
        baseline_share=_share(judged),
        baseline_calibration=_calibration(judged),
        models=tuple(
            _overall(split, baseline, each, change) for each, change in zip(models, changes, strict=True)
        ),
        tables=tables,
        harm=largest_harm(_not_picked(split, tables), changes),
        baseline_perplexity=perplexity(baseline) if split.labelled else None,
    )


def _judged(split: Split, model: Predictions) -> Predictions:
    """Return what can be right or wrong: the predictions of instances whose right answer is known."""
    return model if split.unlabelled is None else model.among(~split.unlabelled)


def _share(model: Predictions) -> float:
    return float(model.correct.mean()) if model.instances else float("nan")


def _not_picked(split: Split, tables: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Leave out groups that people picked: after they saw the predictions, a loss there is no finding."""
    return {name: rows for name, rows in tables.items() if not split.groupings[name].picked}


def _overall(split: Split, baseline: Predictions, model: Predictions, change: Difference) -> Overall:
    judged = _judged(split, model)
    return Overall(
        share=_share(judged),
        change=change,
        flips=flips(baseline, model),
        calibration=_calibration(judged),
        moves=tuple(moves(baseline, model, split.class_names)),
        perplexity=perplexity(model) if split.labelled else None,
    )


def _calibration(model: Predictions) -> Calibration | None:
    """Return the reliability diagram; its error is the evaluated one: stored confidences are rounded."""
    found = None if model.confidence is None else calibration(model.confidence, model.correct)
    if found is None or model.calibration_error is None:
        return found
    return replace(found, error=model.calibration_error)
