"""Transformers of any size in five families, built from a few numbers without any download.

BERT reads text (J. Devlin et al., 2019), GPT-2 and Llama go on writing it (A. Radford et al., 2019;
H. Touvron et al., 2023), T5 answers it (C. Raffel et al., 2020), and ViT looks at images
(A. Dosovitskiy et al., 2021). Texts are read word by word, with words that are given or learned
from the training split, or byte by byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic import Field, model_validator
from torch import nn

from core.data.text.reading import TextReader
from core.models.base import Architecture, ModelSource, model_sources
from core.models.transformer import PURPOSE_INPUTS, PURPOSE_TASKS, Purpose, build, text_reader
from core.models.vocabulary import END, SPECIAL, most_frequent, tokenizer, vocabulary_size
from core.parameters import Declared, Parameters

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

_PURPOSES = {
    "bert": (Purpose.TEXT_CLASSIFICATION,),
    "gpt2": (Purpose.CAUSAL, Purpose.TEXT_CLASSIFICATION),
    "llama": (Purpose.CAUSAL, Purpose.TEXT_CLASSIFICATION),
    "t5": (Purpose.SEQUENCE_TO_SEQUENCE,),
    "vit": (Purpose.IMAGE_CLASSIFICATION,),
}
_END = SPECIAL.index(END)
_OF_TEXTS = tuple(family for family in _PURPOSES if family != "vit")


class TinyTransformerParams(Parameters):
    """Family, purpose and size of the network."""

    family: Literal["bert", "gpt2", "llama", "t5", "vit"] = Field(
        "gpt2",
        title="Family",
        description="Architecture that the network follows.",
        json_schema_extra=Declared(
            inputs={family: PURPOSE_INPUTS[purposes[0]] for family, purposes in _PURPOSES.items()},
            suits={
                task: tuple(
                    family for family, purposes in _PURPOSES.items() if any(one in suited for one in purposes)
                )
                for task, suited in PURPOSE_TASKS.items()
            },
        ),
    )
    purpose: Literal["", "image-classification", "text-classification", "causal", "sequence-to-sequence"] = (
        Field(
            "",
            title="Purpose",
            description="What it is for; empty for what its family is best known for.",
            json_schema_extra=Declared(
                suits=PURPOSE_TASKS,
                stands_for={"family": {family: purposes[0].value for family, purposes in _PURPOSES.items()}},
            ),
        )
    )
    layers: int = Field(2, title="Layers", ge=1, le=96, description="Layers of encoder and decoder each.")
    width: int = Field(64, title="Width", ge=8, le=8192, description="Numbers that stand for each token.")
    heads: int = Field(4, title="Heads", ge=1, le=128, description="Attention heads; they divide the width.")
    key_value_heads: int = Field(
        0,
        title="Key and value heads",
        ge=0,
        le=128,
        description="Shared by heads in Llama; 0: one per head.",
        json_schema_extra=Declared(used_with={"family": ("llama",)}),
    )
    context: int = Field(
        128,
        title="Context",
        ge=2,
        le=131_072,
        description="Most tokens that fit.",
        json_schema_extra=Declared(used_with={"family": _OF_TEXTS}),
    )
    vocabulary: str = Field(
        "",
        title="Vocabulary",
        description="Known words separated by spaces; empty: learned from the training split.",
        json_schema_extra=Declared(used_with={"family": _OF_TEXTS}),
    )
    words: int = Field(
        5000,
        title="Learned words",
        ge=0,
        le=50_000,
        description="How many of the most frequent words training learns; 0, and without training: texts "
        "are read as bytes.",
        json_schema_extra=Declared(used_with={"family": _OF_TEXTS, "vocabulary": ("",)}),
    )
    classes: int = Field(
        2,
        title="Classes",
        ge=2,
        le=100_000,
        description="Number of outputs to classify.",
        json_schema_extra=Declared(
            of_data="classes",
            used_with={
                "family": ("bert", "gpt2", "llama", "vit"),
                "purpose": ("", "image-classification", "text-classification"),
            },
        ),
    )
    channels: int = Field(
        3,
        title="Channels",
        ge=1,
        le=16,
        description="Colours of the images of a ViT.",
        json_schema_extra=Declared(of_data="channels", used_with={"family": ("vit",)}),
    )
    image_size: int = Field(
        32,
        title="Image size",
        ge=2,
        le=1024,
        description="Edge of a ViT's images.",
        json_schema_extra=Declared(unit="px", used_with={"family": ("vit",)}),
    )
    patch_size: int = Field(
        4,
        title="Patch size",
        ge=1,
        le=64,
        description="Edge of a ViT's patches.",
        json_schema_extra=Declared(unit="px", used_with={"family": ("vit",)}),
    )
    dropout: float = Field(0.0, title="Dropout", ge=0, lt=1, description="Share left out while training.")

    @model_validator(mode="after")
    def _consistent(self) -> TinyTransformerParams:
        if self.width % self.heads:
            raise ValueError(f"the width {self.width} cannot be divided among {self.heads} heads")
        if self.key_value_heads and self.heads % self.key_value_heads:
            raise ValueError(f"{self.heads} heads cannot share {self.key_value_heads} keys and values")
        if self.family == "vit" and self.image_size % self.patch_size:
            raise ValueError(f"{self.image_size} pixels cannot be cut into patches of {self.patch_size}")
        if self.purpose and Purpose(self.purpose) not in _PURPOSES[self.family]:
            fitting = " or ".join(_PURPOSES[self.family])
            raise ValueError(f"a {self.family} is for {fitting}, not for {self.purpose}")
        return self


@model_sources.register("tiny-transformer")
class TinyTransformers(ModelSource[TinyTransformerParams]):
    """BERT, GPT-2, Llama, T5 and ViT with weights drawn at random, to be trained here."""

    label = "Transformer from scratch"
    Params = TinyTransformerParams

    def build(self, params: TinyTransformerParams) -> nn.Module:
        """Return the untrained network."""
        return build(_config(params), _purpose(params), classes=params.classes)

    def reader(self, params: TinyTransformerParams) -> TextReader | None:
        """Return the reader of its words or of bytes; None for a ViT."""
        if params.family == "vit":
            return None
        words = tokenizer(params.vocabulary, context=params.context)
        return text_reader(_config(params), words, _purpose(params))

    def fitted(self, params: TinyTransformerParams, texts: Iterable[str]) -> TinyTransformerParams:
        """Return the parameters with the most frequent words of the texts, unless a vocabulary is given."""
        if params.family == "vit" or params.vocabulary.strip() or not params.words:
            return params
        return params.model_copy(update={"vocabulary": most_frequent(texts, params.words)})

    def reading_as(self, params: TinyTransformerParams, other: Architecture) -> TinyTransformerParams:
        """Return the parameters with the vocabulary of the other model, unless they have one."""
        if other.source != self.name or params.vocabulary.strip():
            return params
        return params.model_copy(update={"vocabulary": other.parameters.get("vocabulary", "")})


def _purpose(params: TinyTransformerParams) -> Purpose:
    return Purpose(params.purpose or _PURPOSES[params.family][0])


def _config(params: TinyTransformerParams) -> PreTrainedConfig:
    return _CONFIGS[params.family](params)


def _text(params: TinyTransformerParams) -> dict[str, Any]:
    tokens = {"pad_token_id": 0, "eos_token_id": _END, "bos_token_id": _END}
    return {"vocab_size": vocabulary_size(params.vocabulary), **tokens, **_spread(params)}


def _spread(params: TinyTransformerParams) -> dict[str, Any]:
    """Return how far initial weights are spread: small networks hardly learn from what suits large ones."""
    return {} if params.family == "t5" else {"initializer_range": params.width**-0.5}


class _Names(NamedTuple):
    """What a family's configuration calls the sizes that all families have."""

    width: str = "hidden_size"
    layers: str = "num_hidden_layers"
    heads: str = "num_attention_heads"
    dropouts: tuple[str, ...] = ("hidden_dropout_prob", "attention_probs_dropout_prob")

    def sizes(self, params: TinyTransformerParams) -> dict[str, Any]:
        """Return the sizes as arguments of the configuration."""
        sizes = {self.width: params.width, self.layers: params.layers, self.heads: params.heads}
        return {**sizes, **dict.fromkeys(self.dropouts, params.dropout)}


def _bert(params: TinyTransformerParams) -> PreTrainedConfig:
    from transformers import BertConfig

    return BertConfig(
        **_text(params),
        **_Names().sizes(params),
        max_position_embeddings=params.context,
        intermediate_size=4 * params.width,
    )


def _gpt2(params: TinyTransformerParams) -> PreTrainedConfig:
    from transformers import GPT2Config

    names = _Names("n_embd", "n_layer", "n_head", ("resid_pdrop", "embd_pdrop", "attn_pdrop"))
    return GPT2Config(**_text(params), **names.sizes(params), n_positions=params.context)


def _llama(params: TinyTransformerParams) -> PreTrainedConfig:
    from transformers import LlamaConfig

    return LlamaConfig(
        **_text(params),
        **_Names(dropouts=("attention_dropout",)).sizes(params),
        num_key_value_heads=params.key_value_heads or params.heads,
        intermediate_size=3 * params.width,
        max_position_embeddings=params.context,
    )


def _t5(params: TinyTransformerParams) -> PreTrainedConfig:
    from transformers import T5Config

    further: dict[str, Any] = {"n_positions": params.context, "decoder_start_token_id": 0}
    return T5Config(
        **_text(params),
        **_Names("d_model", "num_layers", "num_heads", ("dropout_rate",)).sizes(params),
        **further,
        d_kv=params.width // params.heads,
        d_ff=4 * params.width,
    )


def _vit(params: TinyTransformerParams) -> PreTrainedConfig:
    from transformers import ViTConfig

    return ViTConfig(
        **_spread(params),
        **_Names().sizes(params),
        intermediate_size=4 * params.width,
        image_size=params.image_size,
        patch_size=params.patch_size,
        num_channels=params.channels,
    )


_CONFIGS: dict[str, Callable[[TinyTransformerParams], PreTrainedConfig]] = {
    "bert": _bert,
    "gpt2": _gpt2,
    "llama": _llama,
    "t5": _t5,
    "vit": _vit,
}
