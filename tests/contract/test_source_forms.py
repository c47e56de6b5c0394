"""Every source of models and data can be set up from a form: it opens with the source's own defaults."""

from __future__ import annotations

import pytest

from core.domain.catalogue import SourceSpec
from core.domain.parameters import validated_parameters
from core.execution.catalogue import catalogue
from core.execution.registries import load_registries
from dashboard.components.form.form_fields import fields
from dashboard.components.form.single_values import read_values, single_input

load_registries()
OFFERED = catalogue()
SOURCES = [*OFFERED.model_sources, *OFFERED.data_sources]


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.name)
def test_a_fresh_form_asks_for_what_is_required_and_keeps_the_defaults(spec: SourceSpec) -> None:
    asked = fields(spec.parameters)
    entered = {field.name: single_input(field, component_id={"name": field.name}).value for field in asked}
    values, problems = read_values(spec.parameters, entered)
    assert [problem.field for problem in problems] == [
        f"parameters.{field.name}" for field in asked if field.required
    ]
    complete, _ = validated_parameters(spec.parameters, values, field="parameters")
    assert complete == {field.name: field.default for field in asked if not field.required}


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.name)
def test_every_input_is_explained(spec: SourceSpec) -> None:
    assert spec.label
    assert spec.summary
    assert [field.name for field in fields(spec.parameters) if not (field.label and field.help)] == []
