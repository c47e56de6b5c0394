"""Files and functions stay small, and nothing is named after a drawer for odds and ends."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = [
    path
    for folder in ("core", "workers", "dashboard", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
]
TESTS = list((ROOT / "tests").rglob("*.py"))
DRAWERS = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, Function))


def length(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_files_fit() -> None:
    lines = {name(path): len(path.read_text().splitlines()) for path in PRODUCT + TESTS}
    assert len(lines) > 10
    assert not {file: count for file, count in lines.items() if count > 400}


def test_functions_fit() -> None:
    """Migrations are exempt: they are lists of tables that nobody edits again."""
    assert not [
        f"{name(path)}:{node.lineno} {node.name} has {length(node)} lines"
        for path in PRODUCT + TESTS
        if "versions" not in path.parts
        for node in functions(path)
        if length(node) > 60
    ]


def test_modules_have_a_subject() -> None:
    assert not [name(path) for path in PRODUCT if DRAWERS & {*path.relative_to(ROOT).parts, path.stem}]


def test_test_folders_are_no_packages() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))
