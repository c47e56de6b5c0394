"""Every use case that writes declares the role that it needs."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICES = ROOT / "core" / "services"
Name = tuple[str, str]


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(tree: ast.Module) -> dict[str, Name]:
    """Return where the names of a module come from; modules themselves have an empty second part."""
    found: dict[str, Name] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                is_module = (ROOT / Path(*node.module.split(".")) / f"{alias.name}.py").exists()
                target = (f"{node.module}.{alias.name}", "") if is_module else (node.module, alias.name)
                found[alias.asname or alias.name] = target
    return found


def called(node: ast.AST, module: str, names: dict[str, Name]) -> set[Name]:
    found: set[Name] = set()
    for each in ast.walk(node):
        if not isinstance(each, ast.Call):
            continue
        match each.func:
            case ast.Name(id=name):
                found.add(names.get(name, (module, name)))
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in names:
                found.add((names[owner][0], name))
    return found


def opens_to_write(node: ast.AST) -> bool:
    return any(
        isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr == "unit_of_work"
        and any(keyword.arg == "writing" for keyword in each.keywords)
        for each in ast.walk(node)
    )


def declares(node: ast.FunctionDef) -> bool:
    return any(
        isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "needs"
        for each in node.decorator_list
    )


def undeclared(functions: dict[Name, ast.FunctionDef], calls: dict[Name, set[Name]]) -> list[str]:
    """Return the public functions that write, themselves or through what they call, and declare no role."""
    writing = {name for name, node in functions.items() if opens_to_write(node)}
    grown = True
    while grown:
        further = {
            name
            for name in functions
            if name not in writing
            and any(other in writing and not declares(functions[other]) for other in calls[name])
        }
        writing |= further
        grown = bool(further)
    return sorted(
        f"{module}.{name}"
        for module, name in writing
        if not name.startswith("_") and not declares(functions[module, name])
    )


def test_what_writes_declares_its_role() -> None:
    functions: dict[Name, ast.FunctionDef] = {}
    calls: dict[Name, set[Name]] = {}
    for path in SERVICES.rglob("*.py"):
        tree, module = ast.parse(path.read_text()), module_name(path)
        names = imported(tree)
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                functions[module, node.name] = node
                calls[module, node.name] = called(node, module, names)
    assert sum(opens_to_write(node) for node in functions.values()) > 30
    assert undeclared(functions, calls) == []


def test_one_that_does_not_is_found() -> None:
    text = """
def _write(app):
    with app.unit_of_work(writing=True) as uow: ...

def rename(app):
    _write(app)

@needs(Role.EDITOR)
def delete(app):
    _write(app)

def delete_all(app):
    delete(app)
"""
    functions = {("m", node.name): node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    calls = {name: called(node, "m", {}) for name, node in functions.items()}
    assert undeclared(functions, calls) == ["m.rename"]
