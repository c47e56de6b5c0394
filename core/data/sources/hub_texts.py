"""Texts of a data set of the Hugging Face hub, by its id or from a copy of it in a folder.

Parquet files are read, those of the data set or those that the hub made of it; other tables where there are
none. A label column makes it classification, an answer column generation. Code that comes with data is never
run.
"""

from __future__ import annotations

from functools import partial

from core.data.base import DataSource, Split, data_sources
from core.data.hub.rows import HubParams, HubRows
from core.data.rows.text_rows import TextRowParams, texts_of
from core.data.text.texts import TextDataset
from core.domain.parameter.inputs import Inputs


class HubTextsParams(TextRowParams, HubParams):
    """Which data set, and what its columns mean."""


@data_sources.register("huggingface-texts")
class HubTexts(DataSource[HubTextsParams]):
    """One text per row."""

    label = "Hugging Face data set of texts"
    inputs = Inputs.TEXTS
    Params = HubTextsParams

    def load(self, params: HubTextsParams, split: Split) -> TextDataset:
        """Return the rows that have all that the task needs, fetched if need be."""
        rows = HubRows(params)
        return texts_of(rows.of(split), params, partial(rows.if_there, split.other))
