"""Reads `docker-compose.yml` so that tests run the very commands that its containers run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

SECRETS = "/run/cnc"
"""Where the containers find their passwords."""


def services(compose_file: Path) -> dict[str, Any]:
    """Return each service's definition with YAML anchors and merge keys resolved."""
    found: dict[str, Any] = yaml.safe_load(compose_file.read_text())["services"]
    return found


def rendered(compose_file: Path, *profiles: str) -> dict[str, Any]:
    """Return what Compose itself makes of the file; `ValueError` with its words if it is wrong."""
    flags = [word for profile in profiles for word in ("--profile", profile)]
    program = str(Path(sys.executable).with_name("docker-compose"))
    command = [program, "-f", str(compose_file), *flags, "config", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ValueError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def host_command(compose_file: Path, service: str, replaced: Mapping[str, str] | None = None) -> list[str]:
    """Return the command of `service` with our console script taken from the running environment.

    replaced: what stands for folders, ports and host names of containers.
    """
    return _on_host(services(compose_file)[service]["command"], replaced or {})


def host_health_check(
    compose_file: Path, service: str, replaced: Mapping[str, str] | None = None
) -> list[str]:
    """Return the health check of `service` as a command for this machine; exit status 0 means healthy."""
    kind, *command = services(compose_file)[service]["healthcheck"]["test"]
    if kind == "CMD-SHELL":
        return _on_host(["sh", "-c", command[0].replace("$$", "$")], replaced or {})
    return _on_host(command, replaced or {})


def host_environment(compose_file: Path, service: str, replaced: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that the container of `service` gets, without the empty ones."""
    given = rendered(compose_file)["services"][service]["environment"]
    return {name: _replaced(str(value), replaced) for name, value in given.items() if value}


def make_secrets(compose_file: Path, folder: Path) -> None:
    """Run what makes the passwords, with `folder` for the volume."""
    (script,) = services(compose_file)["secrets"]["command"]
    script = script.replace("$$", "$").replace(SECRETS, str(folder))
    subprocess.run(["sh", "-euc", script], check=True)


def _on_host(command: list[str], replaced: Mapping[str, str]) -> list[str]:
    program = Path(sys.executable).with_name(command[0])
    first = str(program) if program.exists() else command[0]
    return [first, *(_replaced(word, replaced) for word in command[1:])]


def _replaced(text: str, replaced: Mapping[str, str]) -> str:
    for part, other in replaced.items():
        text = text.replace(part, other)
    return text
