"""Letting a model write: greedy answers, and how probable it finds the right ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.data.dataset import IGNORED, Dataset, call, fitting, move
from core.data.text.encoded import EncodedTexts
from core.data.text.reading import Form, TextReader, Tokens
from core.errors import UnusableInput
from core.ports import Progress

if TYPE_CHECKING:
    from transformers import GenerationConfig

REPORT_EVERY_S = 0.25
LONGEST = 64
"""Tokens of an answer at most where no right answer is known."""
WRITING = 0.7  # share of the time that writing takes; the rest goes into scoring


@dataclass(frozen=True, eq=False)
class Written:
    """The answers of a model: as texts, and as tokens up to the end token."""

    texts: list[str]
    tokens: tuple[Tokens, ...]


@dataclass(frozen=True, eq=False)
class Scored:
    """What a model makes of the targets of a data set, position by position, teacher-forced.

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
) -> Written:
    """Return the greedy answer to every text; it ends with the end token, or at the longest right answer.

    Where no right answer is known it ends after `LONGEST` tokens, or where the model's context is full.

    Raises:
        UnusableInput: the model cannot write.
    """
    from transformers import GenerationMixin

    longest = _longest(dataset)
    of_transformers = isinstance(module, GenerationMixin)
    if not of_transformers and dataset.reader.form is not Form.CAUSAL:
        raise UnusableInput(
            f"A {type(module).__name__} cannot write text.",
            "Choose a causal or sequence-to-sequence model of transformers.",
        )
    write = _generated if of_transformers else _continued
    written: dict[int, tuple[str, Tokens]] = {}
    report = throttled(progress, len(dataset), first=0.0, share=WRITING)
    with torch.inference_mode():
        for indices in _by_length(dataset, batch_size, padded=of_transformers):
            prompts = {name: value.to(device) for name, value in dataset.prompts(indices).items()}
            with fitting(prompts):
                tokens = write(module, prompts, dataset.reader, longest)
            texts = dataset.reader.decoded(tokens)
            ended = (_until_end(each, dataset.reader.end) for each in tokens)
            written.update(zip(indices.tolist(), zip(texts, ended, strict=True), strict=True))
            report(len(written))
    found = [written[index] for index in range(len(dataset))]
    return Written([text for text, _ in found], tuple(tokens for _, tokens in found))


def _longest(dataset: EncodedTexts) -> int:
    """Return how many tokens an answer may have."""
    known = max(len(target) for target in dataset.targets)
    if known:
        return known
    read = max(len(text) for text in dataset.tokens) if dataset.reader.form is Form.CAUSAL else 0
    return max(1, min(LONGEST, dataset.reader.context - read))


def _until_end(tokens: list[int], end: int) -> Tokens:
    return tuple(tokens[: tokens.index(end) + 1] if end in tokens else tokens)


def score(
    module: nn.Module, dataset: EncodedTexts, *, batch_size: int, device: torch.device, progress: Progress
) -> Scored:
    """Return how probable the model finds every target."""
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


def _by_length(dataset: EncodedTexts, batch_size: int, *, padded: bool) -> Iterator[Tensor]:
    """Yield indices in batches of texts of similar length, so that little is padded; else of one length."""
    order = sorted(range(len(dataset)), key=lambda index: len(dataset.tokens[index]))
    if padded:
        yield from torch.tensor(order).split(batch_size)
        return
    for _, alike in groupby(order, key=lambda index: len(dataset.tokens[index])):
        yield from torch.tensor(list(alike)).split(batch_size)


def _generated(
    module: Any, prompts: Mapping[str, Tensor], reader: TextReader, longest: int
) -> list[list[int]]:
    """Return the tokens that a model of transformers writes."""
    tokens = module.generate(**prompts, generation_config=_greedy(reader, longest))
    return _new_tokens(tokens, prompts["input_ids"], reader)


def _continued(
    module: nn.Module, prompts: Mapping[str, Tensor], reader: TextReader, longest: int
) -> list[list[int]]:
    """Return the tokens that a model of your own writes after texts of one length, greedily.

    It reads the whole text again for each token, and no more of it than its context.
    """
    tokens = prompts["input_ids"]
    ended = torch.zeros(len(tokens), dtype=torch.bool, device=tokens.device)
    for _ in range(longest):
        seen = tokens[:, -reader.context :]
        logits = call(module, {"input_ids": seen, "attention_mask": torch.ones_like(seen)})
        following = logits[:, -1].argmax(dim=1)
        tokens = torch.cat([tokens, following[:, None]], dim=1)
        ended |= following == reader.end
        if ended.all():
            break
    return _new_tokens(tokens, prompts["input_ids"], reader)


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
