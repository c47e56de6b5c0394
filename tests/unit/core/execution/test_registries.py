"""Plug-ins: found, named when broken, never in the way of the rest."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.data.base import data_sources
from core.domain.catalogue import PluginProblem
from core.domain.queue.run import RunKind
from core.execution import registries
from core.execution.base import jobs
from core.execution.catalogue import catalogue
from core.execution.process import described
from core.execution.registries import load_registries
from core.models.factories import factory_names
from core.registry import Registry

GOOD = '''
"""Nothing at all, for a test.

Written for this test.
"""
from core.data.base import DataSource, data_sources
from core.parameters import Parameters

class Params(Parameters):
    """None."""

@data_sources.register("plugged-in")
class PluggedIn(DataSource[Params]):
    """Nothing."""
    label = "Plugged in"
    Params = Params
    def load(self, params, split): ...
'''


@pytest.fixture(autouse=True)
def registries_as_before() -> Iterator[None]:
    load_registries()  # modules register themselves only once, so they must not be forgotten afterwards
    entries: Registry[object] = data_sources
    before = dict(entries._entries)
    yield
    entries._entries.clear()
    entries._entries.update(before)


def test_every_kind_of_run_has_a_job() -> None:
    load_registries()
    assert set(jobs.names()) == {kind.value for kind in RunKind}


def test_a_plug_in_is_offered_like_everything_else(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(GOOD)
    assert load_registries(tmp_path) == []
    assert catalogue().data_source("plugged-in").summary == "Nothing at all, for a test."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import no_such_thing", "no_such_thing"),
        ("def (", "SyntaxError"),
        ("raise SystemError('x')", "SystemError: x"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("class Stop(BaseException): pass\nraise Stop('now')", "Stop: now"),
    ],
    ids=["import", "syntax", "raises", "exits", "interrupts", "its own"],
)
def test_a_broken_plug_in_is_named_and_the_others_load(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a_broken.py").write_text(text)
    (tmp_path / "mine.py").write_text(GOOD)
    (problem,) = load_registries(tmp_path)
    assert problem.name == "a_broken.py"
    assert said in problem.message
    offered = catalogue([problem])
    assert offered.data_source("plugged-in")
    assert offered.plugin_problems == (problem,)


FACTORY = """
from core.models.factories import model_factory

@model_factory("half-made")
def build(): ...
"""


def test_nothing_stays_of_a_plug_in_that_fails_half_way(tmp_path: Path) -> None:
    (tmp_path / "half.py").write_text(f"{GOOD}{FACTORY}\nraise ValueError('half way')")
    (problem,) = load_registries(tmp_path)
    assert problem.message == "ValueError: half way"
    assert "plugged-in" not in data_sources
    assert "digits" in data_sources
    assert "half-made" not in factory_names()


def test_a_plug_in_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    assert load_registries(missing) == [PluginProblem(str(missing), "The plug-in folder does not exist.")]


def test_files_with_an_underscore_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "_helper.py").write_text("raise RuntimeError")
    assert load_registries(tmp_path) == []


@dataclass(frozen=True)
class Entry:
    """An installed package's entry point, as far as it is looked at."""

    name: str
    value: str

    def load(self) -> None:
        if self.name == "broken":
            raise ImportError("no module named nowhere")
        exec(GOOD, {"__name__": __name__})


def test_installed_plug_ins_are_found_and_named_when_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Entry("good", "somewhere.good"), Entry("broken", "nowhere:x")]
    monkeypatch.setattr(
        registries, "entry_points", lambda *, group: found * (group == registries.ENTRY_POINTS)
    )
    (problem,) = load_registries()
    assert problem == PluginProblem("broken = nowhere:x", "ImportError: no module named nowhere")
    assert catalogue().data_source("plugged-in")


class Shipped:
    """An installed package with one plug-in module, as an entry point offers it."""

    name, value = "shipped", "shipped_plugin.techniques"

    def load(self) -> None:
        importlib.import_module(self.value)


def test_an_error_in_an_installed_plug_in_names_its_module_and_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = tmp_path / "shipped_plugin"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "techniques.py").write_text("import math\n\ndef apply(x):\n    return math.sqrt(x)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registries, "_packages", set())
    monkeypatch.setattr(registries, "entry_points", lambda *, group: [Shipped()])
    assert load_registries() == []
    module = importlib.import_module(Shipped.value)
    with pytest.raises(ValueError) as caught:  # noqa: PT011  (its words differ between versions of Python)
        module.apply(-1)
    found = described(caught.value)
    assert found.code == "plug-in"
    assert found.message.startswith("The plug-in shipped_plugin.techniques, line 4, failed: ValueError: ")
    assert "restart the worker" in found.hint


def test_the_product_itself_is_no_plug_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registries, "_packages", {"core", "shipped_plugin"})
    assert not registries.is_plugin("core.execution.process")
    assert registries.is_plugin("shipped_plugin")
    assert not registries.is_plugin("shipped_plugins")
