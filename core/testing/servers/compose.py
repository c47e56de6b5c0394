"""Reads `docker-compose.yml` so that tests run the very commands that its containers run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml


def services(compose_file: Path) -> dict[str, Any]:
    """Return each service's definition with YAML anchors and merge keys resolved."""
    found: dict[str, Any] = yaml.safe_load(compose_file.read_text())["services"]
    return found


def host_command(compose_file: Path, service: str) -> list[str]:
    """Return the command of `service` with our console script taken from the running environment."""
    return _on_host(services(compose_file)[service]["command"])


def host_health_check(compose_file: Path, service: str) -> list[str]:
    """Return the health check of `service` as a command for this machine; exit status 0 means healthy."""
    kind, *command = services(compose_file)[service]["healthcheck"]["test"]
    if kind != "CMD":
        raise ValueError(f"The health check of {service} is a {kind} line, which only its container can run.")
    return _on_host(command)


def _on_host(command: list[str]) -> list[str]:
    program = Path(sys.executable).with_name(command[0])
    return [str(program) if program.exists() else command[0], *command[1:]]
