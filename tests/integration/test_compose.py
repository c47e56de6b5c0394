"""The container files are valid, expose nothing by accident, and name commands and settings that exist."""

import os
import runpy
import subprocess
import sys
import tomllib
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from core import settings
from core.testing.servers import compose

ROOT = Path(__file__).parents[2]
is_needed = runpy.run_path(str(ROOT / "docker" / "slim.py"))["is_needed"]
COMPOSE = ROOT / "docker-compose.yml"
SERVICES = compose.services(COMPOSE)
OURS = sorted(
    name for name, service in SERVICES.items() if service["image"].startswith("compress-and-compare")
)
ONE_SHOT = {"secrets", "migrate"}


def program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def rendered(*profiles: str) -> dict[str, Any]:
    return compose.rendered(COMPOSE, *profiles)


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


def test_profiles_add_services_only_on_request() -> None:
    assert set(rendered()["services"]) == set(SERVICES) - {"worker-gpu", "tls", "storage"}
    assert set(rendered("tls", "storage")["services"]) == set(SERVICES) - {"worker-gpu"}
    gpu = rendered("gpu")["services"]["worker-gpu"]
    (device,) = gpu["deploy"]["resources"]["reservations"]["devices"]
    assert (device["driver"], device["capabilities"]) == ("nvidia", ["gpu"])


def test_only_the_dashboard_listens_and_only_locally_without_tls() -> None:
    services = rendered("gpu", "storage", "tls")["services"]
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert list(published) == ["dashboard", "tls"]
    assert all(port["host_ip"] == "127.0.0.1" for port in published["dashboard"])
    assert {port["published"] for port in published["tls"]} == {"80", "443"}


def test_a_domain_is_all_that_https_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNC_DOMAIN", "cnc.example.org")
    services = rendered("tls")["services"]
    given = {
        name: value for name, value in services["dashboard"]["environment"].items() if "FILE" not in name
    }
    found = settings.load({name: value for name, value in given.items() if name.startswith("CNC_")})
    assert (found.public_url, found.proxies) == ("https://cnc.example.org", 1)
    assert found.trusted_hosts.split(",") == ["127.0.0.1", "localhost", "cnc.example.org"]
    assert services["tls"]["command"][2:] == ["--from", "cnc.example.org", "--to", "dashboard:8050"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_service_can_do_more_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "tls" else [])
    assert service["security_opt"] == ["no-new-privileges:true"]
    if name != "secrets":
        assert service["deploy"]["resources"]["limits"].keys() == {"memory", "pids"}
    if name in {"postgres", "redis"}:  # ours name theirs in the Dockerfile
        assert service["user"] == name


def test_the_dashboard_image_stays_small_and_without_torch() -> None:
    sizes = installed_bytes("dashboard", "s3")
    assert not {"torch", "torchvision", "transformers"} & sizes.keys()
    assert sum(sizes.values()) < 500e6, sorted(sizes.items(), key=lambda one: -one[1])[:10]


def test_the_dashboard_loads_nothing_that_its_image_lacks(tmp_path: Path) -> None:
    script = """
import sys
sys.modules["pyarrow._s3fs"] = None  # as in the image, where pyarrow does without
import pyarrow.csv, pyarrow.parquet, scipy.stats, scipy.optimize
from core import settings
from dashboard.composition import build
build(settings.load())
print(open("/proc/self/maps").read())
print(*(getattr(one, "__file__", "") for one in list(sys.modules.values())), sep="\\n")
"""
    environment = os.environ | {"CNC_DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    packages = str(Path(sys.executable).parents[1] / "lib")
    loaded = {line[line.index("/") :] for line in done.stdout.splitlines() if packages in line}
    inside = {name.partition("site-packages/")[2] for name in loaded if "site-packages/" in name}
    assert len(inside) > 500
    assert [name for name in inside if not is_needed(name)] == []


def installed_bytes(*extras: str) -> dict[str, int]:
    """Bytes of each distribution that an image holds after slim.py, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [
        *project["dependencies"],
        *(line for extra in extras for line in project["optional-dependencies"][extra]),
    ]
    todo, sizes = [Requirement(line) for line in lines], dict[str, int]()
    while todo:
        wanted = todo.pop()
        found = distribution(wanted.name)
        if found.name not in sizes:
            kept = [file for file in found.files or [] if is_needed(str(file))]
            sizes[found.name] = sum(file.size or 0 for file in kept)
            todo += [below for line in found.requires or [] if _applies(below := Requirement(line), wanted)]
    return sizes


def _applies(below: Requirement, wanted: Requirement) -> bool:
    extras = {"", *wanted.extras}
    return below.marker is None or any(below.marker.evaluate({"extra": extra}) for extra in extras)


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
    theirs = {
        "HF_TOKEN",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_ENDPOINT_URL_S3",
    }  # read by libraries, not by us
    given = set(SERVICES[name]["environment"]) - theirs
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
    compose.make_secrets(COMPOSE, tmp_path)
    files = {path.name: path.read_text() for path in tmp_path.iterdir()}
    compose.make_secrets(COMPOSE, tmp_path)
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
