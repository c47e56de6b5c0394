"""The API does what its OpenAPI document says, whatever it is sent; and it is a valid document."""

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from dashboard.api import ROUTES, openapi

FEW = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("route", ROUTES, ids=[route.name for route in ROUTES])
def test_answers_are_as_documented(local: Flask, route: object) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", local)
    name = getattr(route, "name", "")
    operation = schema.find_operation_by_id(name)

    @given(case=operation.as_strategy())
    @FEW
    def send(case: schemathesis.Case) -> None:
        plain = {"Accept-Encoding": "identity"}
        case.call_and_validate(headers=plain, excluded_checks=[positive_data_acceptance])  # names must exist

    send()


def test_every_operation_is_described() -> None:
    described = [about for methods in openapi()["paths"].values() for about in methods.values()]
    assert len({about["operationId"] for about in described}) == len(ROUTES)
    assert all(about["summary"].endswith(".") for about in described)
    assert {about["security"][0]["token"][0] for about in described} == {"viewer", "editor"}
