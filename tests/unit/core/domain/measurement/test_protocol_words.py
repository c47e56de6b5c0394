"""The protocol is written once beside the figures, with what matters and nothing that is always so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from core.domain.condition import EfficiencyCondition, Protocol, QualityCondition
from core.domain.ids import DatasetId, ProjectId
from core.domain.measurement.protocol_words import efficiency_words, quality_words
from core.domain.project import Dataset, Project
from core.testing.projects.forests import model

DIGITS = Dataset(DatasetId(1), ProjectId(1), "digits", "digits")
PLAIN = Project(ProjectId(1), "d", "D", "x", datetime(2026, 1, 1, tzinfo=UTC), datasets=(DIGITS,))
PROJECT = replace(PLAIN, protocol=Protocol(QualityCondition(DIGITS.id), EfficiencyCondition("laptop CPU", 2)))
MEASURED = replace(model(1), instances=797)


def test_quality_names_split_instances_and_precision() -> None:
    assert quality_words(PROJECT) == "test · all instances · float32"
    assert quality_words(PROJECT, [model(2), MEASURED]) == "test · 797 instances · float32"


def test_the_data_set_is_named_where_there_are_several() -> None:
    streets = Dataset(DatasetId(2), ProjectId(1), "streets", "digits")
    several = replace(PROJECT, datasets=(DIGITS, streets))
    assert quality_words(several) == "digits · test · all instances · float32"


def test_times_name_device_and_threads() -> None:
    assert efficiency_words(PROJECT) == "laptop CPU · 2 threads"
    assert efficiency_words(replace(PROJECT, protocol=Protocol(PROJECT.protocol.quality))) == ""


def test_figures_of_a_study_are_as_imported() -> None:
    assert (quality_words(PLAIN), efficiency_words(PLAIN)) == ("as imported", "as imported")
