"""The container files are valid, expose nothing by accident, and name commands and settings that exist."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core import settings
from core.testing.servers import compose

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
SERVICES = compose.services(COMPOSE)
OURS = sorted(
    name for name, service in SERVICES.items() if service["image"].startswith("compress-and-compare")
)
ONE_SHOT = {"secrets", "migrate"}


def program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def rendered(*profiles: str) -> dict[str, Any]:
    """What Compose itself makes of the file."""
    flags = [word for profile in profiles for word in ("--profile", profile)]
    command = [program("docker-compose"), "-f", str(COMPOSE), *flags, "config", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    "command",
    [
        ["hadolint", "Dockerfile"],
        ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
    ],
    ids=["hadolint", "compose-spec"],
)
def test_linters_find_nothing(command: list[str]) -> None:
    done = subprocess.run(
        [program(command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_gpu_worker_only_on_request() -> None:
    assert set(rendered()["services"]) == set(SERVICES) - {"worker-gpu"}
    gpu = rendered("gpu")["services"]["worker-gpu"]
    (device,) = gpu["deploy"]["resources"]["reservations"]["devices"]
    assert (device["driver"], device["capabilities"]) == ("nvidia", ["gpu"])


def test_only_the_dashboard_listens_and_only_locally() -> None:
    published = {
        name: service["ports"] for name, service in rendered("gpu")["services"].items() if "ports" in service
    }
    assert list(published) == ["dashboard"]
    assert all(port["host_ip"] == "127.0.0.1" for port in published["dashboard"])


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_service_comes_back_and_is_watched(name: str) -> None:
    service = SERVICES[name]
    if name in ONE_SHOT:
        assert service["restart"] in {"no", "on-failure:3"}
    else:
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"]


@pytest.mark.parametrize("name", OURS)
def test_settings_exist_and_secrets_come_from_files(name: str) -> None:
    known = {settings.PREFIX + field.upper() for field in settings.Settings.model_fields}
    given = set(SERVICES[name]["environment"]) - {"HF_TOKEN"}  # which huggingface_hub reads, not we
    assert {variable.removesuffix("_FILE") for variable in given} <= known
    assert not given & {"CNC_DATABASE_URL", "CNC_BROKER_URL", "CNC_SECRET_KEY"}


@pytest.mark.parametrize("name", OURS)
def test_command_is_one_of_ours(name: str) -> None:
    for script, command, *flags in (SERVICES[name]["command"], *_own_health_checks(name)):
        assert script == "compress-compare"
        done = subprocess.run(
            [program(script), command, "--help"],
            env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert set(flags) <= set(done.stdout.replace(",", " ").split())


def _own_health_checks(name: str) -> list[list[str]]:
    _, *command = SERVICES[name].get("healthcheck", {}).get("test", [""])
    return [command] if command[:1] == ["compress-compare"] else []


def test_images_do_not_run_as_root() -> None:
    stages = (ROOT / "Dockerfile").read_text().split("\nFROM ")
    final = [stage for stage in stages if stage.splitlines()[0].endswith((" AS dashboard", " AS worker"))]
    assert len(final) == 2
    assert all("\nUSER 10001:10001\n" in stage for stage in final)


def test_passwords_are_made_once_and_fit_the_settings(tmp_path: Path) -> None:
    (script,) = SERVICES["secrets"]["command"]
    script = script.replace("$$", "$").replace("/run/cnc", str(tmp_path))
    for _ in range(2):
        subprocess.run(["sh", "-euc", script], check=True)
        files = {path.name: path.read_text() for path in tmp_path.iterdir()}
    subprocess.run(["sh", "-euc", script], check=True)
    assert files == {path.name: path.read_text() for path in tmp_path.iterdir()}
    found = settings.load(
        {
            name: path.replace("/run/cnc", str(tmp_path))
            for name, path in SERVICES["dashboard"]["environment"].items()
            if name.endswith("_FILE")
        }
    )
    assert files["postgres_password"] in found.database_url
    assert found.broker_url == f"redis://:{files['redis_password']}@redis:6379/0"
    assert f"requirepass {files['redis_password']}" in files["redis.conf"]
    assert found.secret_key is not None
    assert len(found.secret_key.get_secret_value()) == 48
