"""The dashboard and the CLI run where torch is not installed."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("light_half.py")


def imported_modules(python: Path | str, folder: Path, *flags: str) -> int:
    """Import all light modules in an empty folder, with settings that nobody can read without an error."""
    done = subprocess.run(
        [str(python), str(SCRIPT), *flags],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "CNC_PORT": "not a port"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    count, _, reached = done.stdout.strip().partition(" modules; ")
    assert reached == "heavy: none; threads: 1"
    return int(count)


def test_importing_light_modules_does_nothing_and_loads_nothing_heavy(tmp_path: Path) -> None:
    assert imported_modules(sys.executable, tmp_path, "--without-heavy") > 15
    assert not list(tmp_path.iterdir()), "an import wrote files"


def test_the_guard_would_notice() -> None:
    code = "import sys, light_half; sys.meta_path.insert(0, light_half.Guard); import torch"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=SCRIPT.parent, capture_output=True, text=True, check=False
    )
    assert "the light half imported torch" in done.stderr


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_light_modules_need_only_the_dashboard_extra(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    install = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-input",
        "-c",
        "constraints.txt",
        ".[dashboard]",
    ]
    subprocess.run(install, cwd=ROOT, check=True)
    count = imported_modules(python, tmp_path)
    assert count == imported_modules(sys.executable, tmp_path)
