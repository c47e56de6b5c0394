"""The console command in this process, over a data folder of its own."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.cli import main
from core.cli.composition import build
from core.services.application import Application
from core.settings import load
from core.testing.migrated import migrate
from core.testing.projects.project_fixtures import laboratory

__all__ = ["laboratory"]


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CNC_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def command(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    handlers = logging.root.handlers[:]

    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["compress-compare", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        written = capsys.readouterr()
        return Ended(int(ended.value.code or 0), written.out, written.err)

    yield run
    logging.root.handlers[:] = handlers


@pytest.fixture
def app(data_dir: Path) -> Iterator[Application]:
    opened = build(load())
    data_dir.mkdir()
    migrate(opened.unit_of_work.engine)
    yield opened
    opened.close()
