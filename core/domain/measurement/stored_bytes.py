"""What the bytes of a model's file are for."""

from __future__ import annotations

from enum import StrEnum


class ByteKind(StrEnum):
    """A use of bytes in a checkpoint; the kinds add up to the file."""

    CODES = "codes"  # packed integers or narrower numbers that stand for weights
    INDICES = "indices"  # packed places in a codebook
    CODEBOOKS = "codebooks"  # the values of palettes
    SCALES = "scales"
    ZERO_POINTS = "zero points"
    MASKS = "masks"  # which weights are not zero, or were pruned
    KEPT = "kept values"  # plain numbers beside a mask
    EMBEDDINGS = "embeddings"  # plain numbers of tables that are looked up
    UNTOUCHED = "plain weights"  # plain numbers of all other tensors of two axes and more
    VECTORS = "norms and biases"  # plain numbers of tensors of one axis: also running statistics
    HEADER = "header"  # names, shapes, and how to build the model


OVERHEAD = (
    ByteKind.CODEBOOKS,
    ByteKind.SCALES,
    ByteKind.ZERO_POINTS,
    ByteKind.MASKS,
)
"""What codes and kept values need beside them."""
