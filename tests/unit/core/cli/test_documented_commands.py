"""Every command in the README and the operator's page exists, with its options and settings."""

from __future__ import annotations

import re
import shlex
from contextlib import closing
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup
from typer.testing import CliRunner

from core import settings
from core.cli.commands import app
from core.testing.fakes import open_migrated
from core.testing.laboratory import Laboratory
from core.testing.servers import compose

ROOT = Path(__file__).parents[4]
DOCUMENTS = (ROOT / "README.md", ROOT / "docs" / "operating.md")
SETTING = re.compile(r"[A-Z_]+=.*")
SERVICES = compose.services(ROOT / "docker-compose.yml")


def lines() -> list[str]:
    """Return the lines of all blocks of code that begin with a program of ours or Compose."""
    indented = (line for path in DOCUMENTS for line in path.read_text().splitlines() if line[:4] == "    ")
    return [
        line.strip()
        for line in indented
        if re.match(r"([A-Z_]+=\S+ )*(compress-compare|docker|make) ", line.strip())
    ]


def require_console(words: list[str]) -> None:
    """Have the console's own parser read the words."""
    command = typer.main.get_command(app)
    context = command.context_class(command)
    while isinstance(command, TyperGroup):
        name, found, words = command.resolve_command(context, words)
        assert isinstance(found, TyperCommand | TyperGroup), words
        command, context = found, found.context_class(found, parent=context, info_name=name)
    command.parse_args(context, list(words))


def require_compose(words: list[str]) -> None:
    """Return if profiles and services are in the file, and what runs in a container is a command of ours."""
    assert words[:2] == ["docker", "compose"]
    rest = words[2:]
    if rest[0] == "--profile":
        assert any(rest[1] in service.get("profiles", []) for service in SERVICES.values()), rest[1]
        rest = rest[2:]
    verb, *rest = rest
    flags, rest = [word for word in rest if word[:2] == "--"], [word for word in rest if word[:2] != "--"]
    if verb in {"exec", "run"}:
        service, *inner = rest
        assert service in SERVICES
        if inner[0] == "compress-compare":
            require_console(words[words.index("compress-compare") + 1 :])
    else:
        if verb == "cp":
            assert rest[0].partition(":")[0] in SERVICES
            return
        assert verb in {"up", "build", "ps", "logs", "stop"}, verb
        assert set(rest) <= set(SERVICES), rest
        assert set(flags) <= {"--build", "--detach"}, flags


@pytest.mark.parametrize("line", lines())
def test_it_can_be_given(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in re.findall(r"\S+\.(?:csv|yaml)", line):  # files that the reader has
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    words = shlex.split(line, comments=True)
    given: dict[str, str] = {}
    while SETTING.fullmatch(words[0]):
        name, _, given[name] = words.pop(0).partition("=")
    words = words[: next((at for at, word in enumerate(words) if word in {"<", ">"}), None)]
    if words[0] == "docker":
        text = (ROOT / "docker-compose.yml").read_text()
        assert all(f"${{{name}" in text for name in given)
        require_compose(words)
        return
    settings.load(given)
    if words[0] == "make":
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
        assert words[1] in targets
    else:
        require_console(words[1:])


NEED_MORE = (
    *("measure sensitivity", "sensitivity queue", "sensitivity plan", "layers 1", "behaviours"),
    *("import predictions", "measure delete", "notify test"),
)
"""Commands that need what only real runs leave behind, or a receiver of messages."""


def test_commands_of_the_readme_do_something(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(open_migrated(f"sqlite:///{tmp_path / 'compress-and-compare.db'}", tmp_path)) as opened:
        laboratory = Laboratory(opened)
        laboratory.open()
        project = laboratory.project()
        laboratory.sweep(project, laboratory.base(project).id)
        while laboratory.play_together(100):
            pass
    monkeypatch.setenv("CNC_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    given = [shlex.split(line, comments=True)[1:] for line in lines() if line.startswith("compress-compare ")]
    ran = [words for words in given if not " ".join(words).startswith(NEED_MORE)]
    for words in ran:
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, (words, done.output, done.exception)
    assert len(ran) == 16
    assert (tmp_path / "report.html").stat().st_size > 10_000


def test_there_are_some() -> None:
    assert len(lines()) > 35
