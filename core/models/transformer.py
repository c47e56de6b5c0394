"""Modules of transformers from configurations alone, and what there is to know about such a configuration."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from torch import nn

from core.data.text.reading import Form, TextReader
from core.domain.parameter.inputs import Inputs
from core.errors import UnusableInput

if TYPE_CHECKING:  # importing transformers takes seconds; only its models wait for it
    from transformers import PreTrainedConfig, PreTrainedTokenizerBase

UNBOUNDED = 1_000_000  # tokenizers say 1e30 where they know of no limit
DEFAULT_CONTEXT = 512


class Purpose(StrEnum):
    """What a model of transformers is built for: which head it gets."""

    IMAGE_CLASSIFICATION = "image-classification"
    TEXT_CLASSIFICATION = "text-classification"
    CAUSAL = "causal"
    SEQUENCE_TO_SEQUENCE = "sequence-to-sequence"


_AUTO_CLASSES = {
    Purpose.IMAGE_CLASSIFICATION: "AutoModelForImageClassification",
    Purpose.TEXT_CLASSIFICATION: "AutoModelForSequenceClassification",
    Purpose.CAUSAL: "AutoModelForCausalLM",
    Purpose.SEQUENCE_TO_SEQUENCE: "AutoModelForSeq2SeqLM",
}
PURPOSE_INPUTS: dict[str, Inputs] = {
    purpose.value: Inputs.IMAGES if purpose is Purpose.IMAGE_CLASSIFICATION else Inputs.TEXTS
    for purpose in Purpose
}
"""What models of each purpose take."""
PURPOSE_TASKS: dict[str, tuple[str, ...]] = {
    "image-classification": (Purpose.IMAGE_CLASSIFICATION.value,),
    "text-classification": (Purpose.TEXT_CLASSIFICATION.value,),
    "generation": (Purpose.CAUSAL.value, Purpose.SEQUENCE_TO_SEQUENCE.value),
}
"""The purposes of models that can be evaluated on each task."""
_FORMS = {
    Purpose.TEXT_CLASSIFICATION: Form.CLASSIFICATION,
    Purpose.CAUSAL: Form.CAUSAL,
    Purpose.SEQUENCE_TO_SEQUENCE: Form.SEQUENCE_TO_SEQUENCE,
}


def auto_class(purpose: Purpose) -> Any:
    """Return the class of transformers that finds the architecture for a purpose."""
    import transformers

    return getattr(transformers, _AUTO_CLASSES[purpose])


def parsed_config(text: str) -> PreTrainedConfig:
    """Return the configuration written as JSON, as in a model's `config.json`.

    Raises:
        UnusableInput: it is not JSON, or names no architecture that transformers knows.
    """
    from transformers import CONFIG_MAPPING

    hint = "Give the content of the model's config.json; it must name its model_type."
    try:
        values = json.loads(text)
    except ValueError as error:
        raise UnusableInput(f"The configuration is not JSON: {error}.", hint) from None
    kind = str(values.get("model_type", "")) if isinstance(values, dict) else ""
    if kind not in CONFIG_MAPPING:
        raise UnusableInput(f"The configuration names no known architecture: model_type is {kind!r}.", hint)
    try:
        config: PreTrainedConfig = CONFIG_MAPPING[kind].from_dict(values)
    except Exception as error:  # each architecture checks its values in a way of its own
        raise UnusableInput(f"The configuration of the {kind} cannot be used: {error}", hint) from error
    return config


def written_config(config: PreTrainedConfig) -> str:
    """Return the configuration as JSON on one line, values equal to the defaults left out."""
    return json.dumps(config.to_diff_dict(), sort_keys=True, default=str)


def build(config: PreTrainedConfig, purpose: Purpose, *, classes: int = 0) -> nn.Module:
    """Return the untrained module; `classes` 0 leaves their number as the configuration has it.

    Raises:
        UnusableInput: the architecture has no variant for this purpose, or not with these sizes.
    """
    if classes:
        config.num_labels = classes
    if purpose is Purpose.TEXT_CLASSIFICATION and config.pad_token_id is None:
        config.pad_token_id = config.eos_token_id  # some find the last token by it
    config.use_cache = False  # only writing, one token after another, has a use for it
    config.architectures = config.architectures or []  # some families choose by it
    try:
        module: nn.Module = auto_class(purpose).from_config(config)
    except Exception as error:  # each architecture fails in a way of its own where sizes do not go together
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise UnusableInput(
            f"A {config.model_type} cannot be built for {purpose}: {reason}",
            "Choose another purpose or architecture, or mend the sizes in its configuration.",
        ) from error
    return module


def text_reader(
    config: PreTrainedConfig, tokenizer: PreTrainedTokenizerBase, purpose: Purpose
) -> TextReader | None:
    """Return how a model with this configuration reads text; None if it reads images."""
    if purpose not in _FORMS:
        return None
    start = getattr(config, "decoder_start_token_id", None)
    if start is None:
        start = config.pad_token_id or 0
    return TextReader(tokenizer, _FORMS[purpose], context=_context(config, tokenizer), start=int(start))


def _context(config: PreTrainedConfig, tokenizer: PreTrainedTokenizerBase) -> int:
    limits = [
        int(limit)
        for limit in (
            getattr(config, "max_position_embeddings", None),
            getattr(config, "n_positions", None),
            tokenizer.model_max_length,
        )
        if limit is not None and 0 < limit < UNBOUNDED
    ]
    return min(limits, default=DEFAULT_CONTEXT)
