"""Decoding models that other tools quantized, one file for each format; see `core.domain.quantized_files`."""
