"""The tables of layers of two models beside each other."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.persistence.tables.tables import Base, StoredArray


def _model() -> sa.ForeignKey:
    return sa.ForeignKey("models.id", ondelete="CASCADE")


class LayerPairArrayRow(StoredArray, Base):
    """A model's layers against those of another: one row per model, baseline, kind and array."""

    __tablename__ = "layer_pair_arrays"

    model_id: Mapped[int] = mapped_column(_model(), primary_key=True, sort_order=-3)
    baseline_id: Mapped[int] = mapped_column(_model(), primary_key=True, index=True, sort_order=-2)
    kind: Mapped[str] = mapped_column(sa.String(32), primary_key=True, sort_order=-1)
