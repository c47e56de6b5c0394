"""Each command of docs/programs.md does what the page says."""

import json
import re
import shlex
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner
from werkzeug.serving import make_server

from core.cli.commands import app as commands
from core.client import Client
from core.domain.access.caller import Role
from core.services.access import accounts
from core.testing.fakes import open_migrated
from core.testing.laboratory import RECIPES, Laboratory
from dashboard.factory import create

ROOT = Path(__file__).parents[4]
TEXT = (ROOT / "docs" / "programs.md").read_text()
LINES = [line.strip() for line in TEXT.splitlines() if line.startswith("    ")]
CONSOLE = [line for line in LINES if line.startswith("compress-compare ")]
CURL = [line for line in LINES if line.startswith("curl ")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("documents")


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    """A project with a base, model 1, and three models made from it; and somebody called Ada."""
    opened = open_migrated(f"sqlite:///{folder / 'compress-and-compare.db'}", folder)
    laboratory = Laboratory(opened)
    laboratory.open()
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.sweep(project, base.id, RECIPES[1:])
    while laboratory.play_together(100):
        pass
    accounts.invite(opened, "Ada", Role.EDITOR)
    server = make_server("127.0.0.1", 0, create(opened).server, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    opened.close()


def test_there_are_commands_to_try() -> None:
    assert (len(CONSOLE), len(CURL)) == (4, 5)


def test_console_commands_run_in_the_order_of_the_page(
    url: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNC_DATA_DIR", str(folder))
    monkeypatch.setenv("CNC_DATABASE_URL", f"sqlite:///{folder / 'compress-and-compare.db'}")
    monkeypatch.chdir(tmp_path)
    for line in CONSOLE:
        ran = CliRunner().invoke(commands, shlex.split(line)[1:], catch_exceptions=False)
        assert ran.exit_code == 0, (line, ran.output)
    assert "<testsuite" in (tmp_path / "check.xml").read_text()
    failing = ["check", "4", "--against", "1", "--recovery", "0.99", "--require", "file_bytes<=1e6"]
    ran = CliRunner().invoke(commands, failing, catch_exceptions=False)
    assert ran.exit_code == 1
    assert [line.split()[0] for line in ran.stdout.splitlines()] == ["fails", "holds"]


@pytest.mark.parametrize("line", CURL, ids=range(len(CURL)))
def test_curl_commands_get_answers(url: str, line: str) -> None:
    ran = subprocess.run(
        shlex.split(line.replace("http://127.0.0.1:8050", url)), capture_output=True, text=True, check=True
    )
    if "format=csv" in line:
        assert ran.stdout.startswith("id,project,name")
    else:
        assert json.loads(ran.stdout).keys() & {"items", "metrics", "new_models"}


def test_python_of_the_page_runs(url: str) -> None:
    code = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)[0]
    code = code.replace("http://127.0.0.1:8050", url).replace("experiment.wait(3600)", "experiment.cancel()")
    names: dict[str, object] = {}
    exec(code, names)
    assert isinstance(names["client"], Client)
