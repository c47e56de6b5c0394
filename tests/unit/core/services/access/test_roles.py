"""Every service refuses callers without the role it declares, whatever it is called with."""

import importlib
import pkgutil
import re
from types import ModuleType

import pytest

import core.services
from core.domain.access.caller import Role
from core.errors import Forbidden
from core.services.access.roles import DECLARED, needed_role
from core.services.application import Application, machine_user
from core.services.projects.projects import list_projects
from core.testing.fakes import acting_as


def every_module() -> list[ModuleType]:
    found = pkgutil.walk_packages(core.services.__path__, "core.services.")
    return [importlib.import_module(entry.name) for entry in found]


every_module()
SERVICES = sorted(DECLARED)


@pytest.mark.parametrize("role", list(Role))
def test_every_service_refuses_lower_roles(app: Application, role: Role) -> None:
    for service in SERVICES:
        needed = needed_role(DECLARED[service])
        assert needed is not None, service
        if role.includes(needed):
            continue  # that it works is shown where the service is tested
        with pytest.raises(Forbidden) as refused:
            DECLARED[service](acting_as(app, "ada", role))
        expected = f"ada is an? {role.value} here, and this needs an? {needed.value}"
        assert re.match(expected, refused.value.message), service


def test_the_matrix_covers_what_writes() -> None:
    short = {name.removeprefix("core.services.") for name in SERVICES}
    assert {
        "queue.runs.cancel_runs",
        "models.models.delete_models",
        "queue.run_lifecycle.succeed",
        "uploads.uploads.receive",
    } <= short
    assert len(short) > 50


def test_roles_include_those_before() -> None:
    assert [[role.includes(other) for other in Role] for role in Role] == [
        [True, False, False, False],
        [True, True, False, False],
        [True, True, True, False],
        [True, True, True, True],
    ]


def test_everybody_reads(app: Application) -> None:
    assert list_projects(acting_as(app, "ada", Role.VIEWER)) == []


def test_without_sign_in_the_user_of_the_machine_calls(app: Application) -> None:
    assert app.caller == machine_user()
    assert app.caller.role is Role.ADMINISTRATOR
    assert app.caller.name
