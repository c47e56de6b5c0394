"""Commands of containers become commands of this machine."""

import sys
from pathlib import Path

import pytest

from core.testing.servers.compose import host_command, host_health_check, services

FILE = """
x-base: &base
  command: [compress-compare, worker]
  healthcheck: {test: [CMD, compress-compare, worker, --healthy]}
services:
  worker: *base
  redis:
    command: [no-such-program, --flag]
    healthcheck: {test: [CMD-SHELL, "redis-cli ping"]}
"""
SCRIPT = str(Path(sys.executable).with_name("compress-compare"))


@pytest.fixture
def compose_file(tmp_path: Path) -> Path:
    path = tmp_path / "docker-compose.yml"
    path.write_text(FILE)
    return path


def test_anchors_are_resolved(compose_file: Path) -> None:
    assert services(compose_file)["worker"]["command"] == ["compress-compare", "worker"]


def test_our_script_is_the_one_beside_this_python(compose_file: Path) -> None:
    assert host_command(compose_file, "worker") == [SCRIPT, "worker"]
    assert host_health_check(compose_file, "worker") == [SCRIPT, "worker", "--healthy"]


def test_other_programs_are_left_to_the_path(compose_file: Path) -> None:
    assert host_command(compose_file, "redis") == ["no-such-program", "--flag"]


def test_shell_lines_run_with_what_stands_for_the_container(compose_file: Path) -> None:
    replaced = {"redis-cli": "redis-cli -p 7"}
    assert host_health_check(compose_file, "redis", replaced) == ["sh", "-c", "redis-cli -p 7 ping"]
