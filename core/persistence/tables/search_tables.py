"""The table of what searches try."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.domain.search.trials import TrialState
from core.persistence.tables.columns import Word
from core.persistence.tables.tables import Base


class TrialRow(Base):
    """Trials of searches, numbered within an experiment; `model_id` is the last of `model_ids`."""

    __tablename__ = "trials"

    experiment_id: Mapped[int] = mapped_column(
        sa.ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[int | None] = mapped_column(sa.ForeignKey("models.id", ondelete="SET NULL"), index=True)
    model_ids: Mapped[list[Any]]
    picks: Mapped[dict[str, Any]]
    state: Mapped[TrialState] = mapped_column(Word(TrialState))
    values: Mapped[dict[str, float]]
    reason: Mapped[str] = mapped_column(sa.Text)
    told: Mapped[str] = mapped_column(sa.Text)
    proposed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
