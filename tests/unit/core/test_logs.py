"""A log event is one line, whatever is in it."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("info", stream)
    yield stream
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


def test_facts_follow_the_message(stream: io.StringIO) -> None:
    logging.getLogger("core.x").info("Run %d queued", 7, extra={"action": "run_queued", "run": 7})
    assert stream.getvalue().endswith("Z INFO core.x: Run 7 queued action=run_queued run=7\n")


def test_level_is_kept(stream: io.StringIO) -> None:
    logging.getLogger("core.x").debug("nothing")
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("two words", '"two words"'),
        ("", '""'),
        ("a\nb", '"a\\nb"'),
        ('say "hi"', '"say \\"hi\\""'),
        (1.5, "1.5"),
    ],
)
def test_awkward_values_are_quoted(stream: io.StringIO, value: object, shown: str) -> None:
    logging.getLogger("core.x").info("event", extra={"fact": value})
    assert stream.getvalue().rstrip("\n").endswith(f"fact={shown}")


def test_traceback_stays_on_the_line(stream: io.StringIO) -> None:
    try:
        raise ValueError("bad\nvalue")
    except ValueError:
        logging.getLogger("core.x").exception("Run\nfailed")
    assert stream.getvalue().count("\n") == 1
    assert "Run failed" in stream.getvalue()
    assert "ValueError: bad" in stream.getvalue()


def test_with_a_file_only_what_is_wrong_is_shown(stream: io.StringIO, tmp_path: Path) -> None:
    file = tmp_path / "logs" / "worker.log"
    logs.configure("info", stream, file=file)
    logging.getLogger("core.x").info("went well")
    logging.getLogger("core.x").warning("went wrong")
    assert "went wrong" in stream.getvalue()
    assert "went well" not in stream.getvalue()
    assert [line.split(": ")[1] for line in file.read_text().splitlines()] == ["went well", "went wrong"]
    logging.getLogger().handlers[1].close()


def test_a_file_that_cannot_be_written_is_done_without(
    stream: io.StringIO, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").write_text("in the way")
    logs.configure("info", stream, file=tmp_path / "logs" / "worker.log")
    logging.getLogger("core.x").warning("went wrong")
    assert "went wrong" in stream.getvalue()
    assert capsys.readouterr().err == ""


def test_json_lines_name_run_project_and_worker(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_process", {})
    logs.configure("info", stream, form="json")
    logs.bind(worker="node3-1")
    with logs.about(run=7, project=2):
        logging.getLogger("workers.x").info("Run %s", "begun", extra={"action": "begun"})
    logging.getLogger("workers.x").info("Two\nlines")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    wanted = {"level": "INFO", "logger": "workers.x", "message": "Run begun", "action": "begun"}
    assert first.items() >= (wanted | {"worker": "node3-1", "run": 7, "project": 2}).items()
    assert first["time"].endswith("+00:00")
    assert second["message"] == "Two\nlines"
    assert "run" not in second


@pytest.mark.parametrize("form", ["text", "json"])
def test_secrets_are_masked(stream: io.StringIO, form: str) -> None:
    logs.configure("info", stream, form=form)
    try:
        raise ValueError("redis://:hunter2@10.0.0.1:6379/0 refused")
    except ValueError:
        logging.getLogger("core.x").exception(
            "postgresql://cnc:hunter2@db/cnc", extra={"header": "Authorization: Bearer hunter2"}
        )
    assert "hunter2" not in stream.getvalue()
    assert "cnc:***@db/cnc" in stream.getvalue()
    if form == "json":
        json.loads(stream.getvalue())
