"""Text generation: a model answers each text, as in question answering, translation or summarisation.

Answers are written greedily. Metrics: exact match and token F1 (P. Rajpurkar et al., "SQuAD", EMNLP 2016),
ROUGE-L (C.-Y. Lin, "ROUGE", ACL 2004), and loss and perplexity of the right answers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from core.data.dataset import IGNORED, Batch, Dataset, call, fitting
from core.data.text.encoded import EncodedTexts
from core.domain.measurement.intervals import Interval, mean_interval
from core.domain.metric import Direction, Format, MetricDefinition
from core.domain.parameter.inputs import Inputs
from core.errors import UnusableInput
from core.evaluation.answers import Score, best, exact_match, rouge_l, token_f1
from core.evaluation.base import Evaluation, Task, tasks
from core.evaluation.generation import Scored, answers, require_texts, score
from core.ports import Progress

MOST_TOKENS = 50_000_000  # numbers per array above which single tokens are not kept

EXACT_MATCH = MetricDefinition(
    "exact_match",
    "Exact match",
    Direction.HIGHER,
    Format.PERCENT,
    description="Share of answers that are right word for word, but for case, punctuation and articles.",
)
TOKEN_F1 = MetricDefinition(
    "token_f1",
    "Token F1",
    Direction.HIGHER,
    Format.PERCENT,
    description="Mean overlap of the words of answer and right answer.",
)
ROUGE_L = MetricDefinition(
    "rouge_l",
    "ROUGE-L",
    Direction.HIGHER,
    Format.PERCENT,
    description="Mean overlap of answer and right answer by their longest common subsequence of words.",
)
LOSS = MetricDefinition(
    "loss", "Loss", Direction.LOWER, unit="nats", description="Mean cross-entropy per token of right answers."
)
PERPLEXITY = MetricDefinition(
    "perplexity",
    "Perplexity",
    Direction.LOWER,
    description="Among how many equally likely tokens the model seems to choose; exponential of the loss.",
)
_NO_ANSWERS = (
    "No right answer is known, so exact match and loss cannot be measured; answers can be compared with "
    "those of other models."
)
_SCORES: dict[str, Score] = {
    EXACT_MATCH.name: exact_match,
    TOKEN_F1.name: token_f1,
    ROUGE_L.name: rouge_l,
}


@tasks.register("generation")
class Generation(Task):
    """Each text has one or more right answers, or none of a split has any."""

    label = "Text generation"
    inputs = Inputs.TEXTS
    metrics = (EXACT_MATCH, TOKEN_F1, ROUGE_L, LOSS, PERPLEXITY)

    def evaluate(
        self,
        module: nn.Module,
        dataset: Dataset,
        *,
        batch_size: int,
        device: torch.device,
        progress: Progress,
    ) -> Evaluation:
        """Return metrics and outcomes, see `Task.evaluate`."""
        texts = require_texts(dataset)
        module = module.to(device).eval()
        own = answers(module, texts, batch_size=batch_size, device=device, progress=progress)
        if not any(texts.answers):
            along = replace(texts, targets=own.tokens)
            scored = score(module, along, batch_size=batch_size, device=device, progress=progress)
            return _unlabelled(own.texts, texts, scored)
        written = own.texts
        scored = score(module, texts, batch_size=batch_size, device=device, progress=progress)
        broken = ~np.isfinite(scored.losses)
        scores = {name: np.where(broken, 0, each) for name, each in _scores(written, texts.answers).items()}
        loss = _per_token(scored)
        return Evaluation(
            metrics={
                **{name: float(values.mean(dtype=float)) for name, values in scores.items()},
                LOSS.name: loss,
                PERPLEXITY.name: math.exp(loss) if not loss >= 700 else math.inf,
            },
            per_class={},
            outcomes=_outcomes(written, texts, scored, scores),
            class_names=(),
            instances=len(texts),
            without_answer=tuple(texts.ids[place] for place in broken.nonzero()[0]),
            scores={**scores, LOSS.name: scored.losses},
            intervals=_loss_intervals(scored),
        )

    def watched(
        self, module: nn.Module, dataset: Dataset, *, batch_size: int, device: torch.device
    ) -> Mapping[str, float]:
        """Return nothing: writing answers takes longer than an epoch."""
        del module, dataset, batch_size, device
        return {}

    def loss(self, module: nn.Module, batch: Batch) -> Tensor:
        """Return the mean cross-entropy per token of the answers; `UnusableInput` if the forms differ."""
        with fitting(batch.inputs):
            logits = call(module, batch.inputs)
        if logits.dim() != 3 or batch.labels.dim() != 2:
            raise UnusableInput(
                "Generation learns from texts with answers and a model that writes.",
                "Choose a causal or sequence-to-sequence model, and data with an answer column.",
            )
        if bool((batch.labels == IGNORED).all()):
            raise UnusableInput("The data have no answers to learn.", "Name the column of the right answers.")
        return functional.cross_entropy(logits.flatten(0, 1), batch.labels.flatten(), ignore_index=IGNORED)


def _unlabelled(written: list[str], texts: EncodedTexts, scored: Scored) -> Evaluation:
    """Return answers without any metric: nothing is known that they could be right about.

    Confidence and token log-probabilities are those of the model's own answer.
    """
    broken = ~np.isfinite(scored.losses)
    outcomes: dict[str, NDArray[np.generic]] = {
        "prediction": as_texts(written),
        "label": np.full(len(texts), -1, np.int16),
        "correct": np.zeros(len(texts), bool),
        "confidence": np.exp(-scored.losses).astype(np.float16),
    }
    if scored.log_probabilities.size <= MOST_TOKENS:
        outcomes["token_log_probabilities"] = scored.log_probabilities
    return Evaluation(
        metrics={},
        per_class={},
        outcomes=outcomes,
        class_names=(),
        instances=len(texts),
        without_answer=tuple(texts.ids[place] for place in broken.nonzero()[0]),
        remarks=(_NO_ANSWERS,),
    )


def _scores(written: Sequence[str], right: Sequence[Sequence[str]]) -> dict[str, NDArray[np.float32]]:
    pairs = list(zip(written, right, strict=True))
    return {
        name: np.array([best(function, answer, rights) for answer, rights in pairs], np.float32)
        for name, function in _SCORES.items()
    }


def _per_token(scored: Scored) -> float:
    """Return the loss over all tokens, so that long answers count more."""
    total = (scored.losses.astype(np.float64) * scored.tokens).sum()
    return float(total / scored.tokens.sum())


def _loss_intervals(scored: Scored) -> dict[str, Interval]:
    """Return the intervals of the loss over all tokens and of its exponential."""
    loss = mean_interval(scored.losses, scored.tokens)
    if loss is None or loss[1] > 700:
        return {}
    return {LOSS.name: loss, PERPLEXITY.name: (math.exp(loss[0]), math.exp(loss[1]))}


def _outcomes(
    written: list[str], texts: EncodedTexts, scored: Scored, scores: dict[str, NDArray[np.float32]]
) -> dict[str, NDArray[np.generic]]:
    """Return per instance: prediction and reference (texts), correct, confidence, scores and tokens.

    confidence: geometric mean of the probabilities of the right tokens, float16.
    """
    outcomes: dict[str, NDArray[np.generic]] = {
        "prediction": as_texts(written),
        "reference": as_texts([rights[0] if rights else "" for rights in texts.answers]),
        "correct": scores[EXACT_MATCH.name] == 1,
        "confidence": np.exp(-scored.losses).astype(np.float16),
        TOKEN_F1.name: scores[TOKEN_F1.name].astype(np.float16),
        ROUGE_L.name: scores[ROUGE_L.name].astype(np.float16),
        LOSS.name: scored.losses,
    }
    if scored.top_tokens.size <= MOST_TOKENS:
        outcomes["token_log_probabilities"] = scored.log_probabilities
        outcomes["top_tokens"] = scored.top_tokens
    return outcomes


def as_texts(values: Sequence[str]) -> NDArray[np.generic]:
    """Return texts of any length as an array `(instances,)`."""
    array: NDArray[np.generic] = np.array(values, dtype=np.dtypes.StringDType())
    return array
