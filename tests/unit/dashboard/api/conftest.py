"""One server for all tests of a module: a project with 29 models, people of every role, and their tokens."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from core.domain.access.caller import Role
from core.services.access import accounts
from core.services.access.api_tokens import ROLES, TokenRequest, make_token
from core.services.application import Application, Limits
from core.testing.fakes import open_migrated
from core.testing.laboratory import RECIPES, Laboratory
from core.testing.projects.project_fixtures import app, clock
from dashboard.access.caller import Access
from dashboard.factory import create

__all__ = ["app", "clock", "guarded", "local", "served", "tokens"]

PASSWORD = "four unrelated words"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """An application with a project whose models are all made."""
    folder: Path = tmp_path_factory.mktemp("api")
    opened = open_migrated(f"sqlite:///{folder / 'test.db'}", folder, limits=Limits(confirm_above=10))
    laboratory = Laboratory(opened)
    laboratory.open()
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.play_together(10)
    laboratory.sweep(project, base.id, RECIPES[1:])
    while laboratory.play_together(100):
        pass
    laboratory.project("Other", "other")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def local(served: Application) -> Flask:
    """A dashboard where nobody signs in."""
    return create(served).server


@pytest.fixture(scope="module")
def guarded(served: Application) -> Flask:
    """A dashboard where people sign in."""
    return create(served, Access(sign_in=True, secret="0" * 32)).server


@pytest.fixture(scope="module")
def tokens(served: Application) -> dict[str, str]:
    """Tokens by role, and one of an editor for the project digits alone."""
    invited = accounts.invite(served, "Ada", Role.EDITOR)
    accounts.set_password(served, invited.token, PASSWORD)
    found = {role.value: make_token(served, TokenRequest(role, role), "Ada").text for role in ROLES}
    only = TokenRequest("one project", Role.EDITOR, "digits")
    return found | {"digits": make_token(served, only, "Ada").text}
