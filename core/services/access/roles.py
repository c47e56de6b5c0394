"""Which role each use case needs: declared at the function, checked when it is called."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Concatenate, ParamSpec, TypeVar

from core.domain.access.caller import Role
from core.errors import Forbidden
from core.services.application import Application

P = ParamSpec("P")
T = TypeVar("T")

_declared: dict[str, Callable[..., Any]] = {}
DECLARED: Mapping[str, Callable[..., Any]] = MappingProxyType(_declared)
"""Every function that declares a role, by module and name; `needed_role` returns the role."""


def needs(
    role: Role,
) -> Callable[[Callable[Concatenate[Application, P], T]], Callable[Concatenate[Application, P], T]]:
    """Let only callers with this role, or one that includes it, call a service.

    Every public function that writes carries this decorator; `Forbidden` is raised before anything is read.
    """

    def declare(
        function: Callable[Concatenate[Application, P], T],
    ) -> Callable[Concatenate[Application, P], T]:
        @functools.wraps(function)
        def checked(app: Application, /, *args: P.args, **kwargs: P.kwargs) -> T:
            require(app, role)
            return function(app, *args, **kwargs)

        vars(checked)["needed_role"] = role
        _declared[f"{function.__module__}.{function.__qualname__}"] = checked
        return checked

    return declare


def require(app: Application, role: Role) -> None:
    """Raise `Forbidden` unless the caller's role includes this one."""
    caller = app.caller
    if not caller.role.includes(role):
        message = f"{caller.name} is {_a(caller.role)} here, and this needs {_a(role)}."
        raise Forbidden(message, "Ask an administrator for another role.")


def require_all_projects(app: Application) -> None:
    """Raise `Forbidden` for callers of one project, who may not make others."""
    if app.caller.project_id is not None:
        message = f"{app.caller.name} reaches one project here, and cannot make another."
        raise Forbidden(message, "Use a token for all projects.")


def needed_role(function: Callable[..., Any]) -> Role | None:
    """Return the role that a service declares, None where it declares none."""
    found = vars(function).get("needed_role")
    return found if isinstance(found, Role) else None


def _a(role: Role) -> str:
    return f"{'an' if role in {Role.EDITOR, Role.ADMINISTRATOR} else 'a'} {role}"
