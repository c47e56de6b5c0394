"""Letting a model write: greedy answers, and how probable it finds the right ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.data.dataset import IGNORED, Dataset, call, fitting, move
from core.data.encoded import EncodedTexts
from core.data.reading import Form, TextReader
from core.errors import UnusableInput
from core.ports import Progress

if TYPE_CHECKING:
    from transformers import GenerationConfig

REPORT_EVERY_S = 0.25
WRITING = 0.7  # share of the time that writing takes; the rest goes into scoring


@dataclass(frozen=True, eq=False)
class Scored:
    """What a model makes of the right answers, position by position, teacher-forced.

    losses: mean negative log-probability per token of each answer, `(instances,)` float32, nats.
    tokens: how many tokens each answer has, with its end, `(instances,)` int32.
    log_probabilities: of the right tokens, `(instances, longest answer)` float16, NaN beyond the end.
    top_tokens: the most probable ones, `(instances, longest answer)` int32, -1 beyond the end.
    """

    losses: NDArray[np.float32]
    tokens: NDArray[np.int32]
    log_probabilities: NDArray[np.float16]
    top_tokens: NDArray[np.int32]


def require_texts(dataset: Dataset) -> EncodedTexts:
    """Return the data set; `UnusableInput` if it is not made of texts with answers, or is empty."""
    if len(dataset) == 0:
        raise UnusableInput(
            "The evaluation data hold no instance.", "Choose a split with at least one instance."
        )
    if not isinstance(dataset, EncodedTexts) or dataset.reader.form is Form.CLASSIFICATION:
        raise UnusableInput(
            "Generation needs texts with answers and a model that writes.",
            "Choose a text data set with an answer column, and a causal or sequence-to-sequence model.",
        )
    return dataset


def answers(
    module: nn.Module, dataset: EncodedTexts, *, batch_size: int, device: torch.device, progress: Progress
) -> list[str]:
    """Return the greedy answer to every text; it ends with the end token, or at the longest right answer.

    Raises:
        UnusableInput: the model cannot write.
    """
    from transformers import GenerationMixin

    if not isinstance(module, GenerationMixin):
        raise UnusableInput(
            f"A {type(module).__name__} cannot write text.",
            "Choose a causal or sequence-to-sequence model of transformers.",
        )
    writer: Any = module  # generate() is typed for classes that nobody can name
    greedy = _greedy(dataset.reader, max(len(target) for target in dataset.targets))
    written: dict[int, str] = {}
    report = throttled(progress, len(dataset), first=0.0, share=WRITING)
    with torch.inference_mode():
        for indices in _by_length(dataset, batch_size):
            prompts = {name: value.to(device) for name, value in dataset.prompts(indices).items()}
            with fitting(prompts):
                tokens = writer.generate(**prompts, generation_config=greedy)
            texts = dataset.reader.decoded(_new_tokens(tokens, prompts["input_ids"], dataset.reader))
            written.update(zip(indices.tolist(), texts, strict=True))
            report(len(written))
    return [written[index] for index in range(len(dataset))]


def score(
    module: nn.Module, dataset: EncodedTexts, *, batch_size: int, device: torch.device, progress: Progress
) -> Scored:
    """Return how probable the model finds every right answer."""
    longest = max(len(target) for target in dataset.targets)
    report = throttled(progress, len(dataset), first=WRITING, share=1 - WRITING)
    log_probabilities = np.full((len(dataset), longest), np.nan, np.float16)
    top_tokens = np.full((len(dataset), longest), -1, np.int32)
    losses = np.zeros(len(dataset), np.float32)
    done = 0
    with torch.inference_mode():
        for batch in dataset.batches(batch_size):
            with fitting(batch.inputs):
                logits = call(module, move(batch.inputs, device))
            for right, best in _answer_rows(logits, batch.labels.to(device)):
                log_probabilities[done, : len(right)] = right
                top_tokens[done, : len(best)] = best
                losses[done] = -right.mean()
                done += 1
            report(done)
    tokens = np.array([len(target) for target in dataset.targets], np.int32)
    return Scored(losses, tokens, log_probabilities, top_tokens)


def _answer_rows(logits: Tensor, labels: Tensor) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64]]]:
    """Yield, per instance, the log-probability of each right token and the most probable token there."""
    counted = labels != IGNORED
    chosen = logits[counted].float()
    right = labels[counted]
    log_probabilities = chosen.gather(1, right[:, None])[:, 0] - chosen.logsumexp(dim=1)
    sizes = counted.sum(dim=1).tolist()
    yield from zip(
        (part.numpy() for part in log_probabilities.cpu().split(sizes)),
        (part.numpy() for part in chosen.argmax(dim=1).cpu().split(sizes)),
        strict=True,
    )


def _by_length(dataset: EncodedTexts, batch_size: int) -> Iterator[Tensor]:
    """Yield indices in batches of texts of similar length, so that little is padded."""
    order = sorted(range(len(dataset)), key=lambda index: len(dataset.tokens[index]))
    yield from torch.tensor(order).split(batch_size)


def _greedy(reader: TextReader, longest: int) -> GenerationConfig:
    from transformers import GenerationConfig

    start = reader.start if reader.form is Form.SEQUENCE_TO_SEQUENCE else None
    return GenerationConfig(  # type: ignore[no-untyped-call]
        max_new_tokens=longest,
        do_sample=False,
        num_beams=1,
        use_cache=True,
        eos_token_id=reader.end,
        pad_token_id=reader.padding,
        decoder_start_token_id=start,
    )


def _new_tokens(tokens: Tensor, prompts: Tensor, reader: TextReader) -> list[list[int]]:
    skipped = prompts.shape[1] if reader.form is Form.CAUSAL else 1
    listed: list[list[int]] = tokens[:, skipped:].tolist()
    return listed


def throttled(progress: Progress, total: int, *, first: float, share: float) -> Callable[[int], None]:
    """Return a function that reports how many instances are done, a few times a second at most."""
    last = time.monotonic()

    def report(done: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= REPORT_EVERY_S or done == total:
            last = now
            progress.report(first + share * done / total, f"{done} of {total} instances")

    return report
