"""Links in the documents lead somewhere, and recipes stay short."""

import re
from pathlib import Path

import pytest

from core import settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    path
    for path in sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("[a-z]*/**/*.md"))
    if "node_modules" not in path.parts
]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def local_links(path: Path) -> list[str]:
    links = re.findall(r"\]\(([^)\s]+)\)", path.read_text())
    return [link.partition("#")[0] for link in links if "://" not in link and not link.startswith("#")]


def test_the_tour_is_among_them() -> None:
    assert len(local_links(ROOT / "core" / "README.md")) > 8


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_links_lead_somewhere(path: Path) -> None:
    assert not [link for link in local_links(path) if not (path.parent / link).exists()]


def test_readme_knows_every_setting() -> None:
    known = {settings.PREFIX + field.upper() for field in settings.Settings.model_fields}
    assert (
        set(re.findall(r"`(CNC_[A-Z_]+)`", (ROOT / "README.md").read_text())) - {"CNC_X", "CNC_X_FILE"}
        == known
    )


def test_recipes_fit_into_six_lines() -> None:
    _, _, recipes = (ROOT / "core" / "README.md").read_text().partition("## Recipes")
    _, *found = re.split(r"^\*\*A (.+)\*\*$", recipes, flags=re.MULTILINE)
    lines = {
        title: len(text.strip().splitlines()) for title, text in zip(found[::2], found[1::2], strict=True)
    }
    assert set(lines) == {"technique", "metric", "task", "data source", "view"}
    assert max(lines.values()) <= 6


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "core" / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
