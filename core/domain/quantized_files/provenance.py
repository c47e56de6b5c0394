"""The step that a model came from its parent by, where another program quantized the parent's weights."""

from __future__ import annotations

SOURCE = "quantized"
"""Name of the model source that reads such files."""
QUANTIZED_ELSEWHERE = "quantized-elsewhere"
"""Name of the step. No technique has it: what made the weights ran elsewhere, and cannot be run here."""
LAYOUT = "layout"
"""The step's parameter with what the files are, e.g. `GPTQ, 4 bit, groups of 128`, where that was seen."""
PLACES = ("model", "file", "download")
"""The step's parameters that say where the files are, as the source has them."""
