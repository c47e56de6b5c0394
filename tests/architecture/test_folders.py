"""A folder has one subject and few files; see decision 14."""

from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_FILES = 15
FOLDERS = ("core", "workers", "dashboard", "benchmarks", "tests")
REASONS = {
    "benchmarks": "one module per figure; `python -m benchmarks NAME` finds them by their names",
    "core/comparison/behaviour": "one module per question about predictions",
    "core/comparison/sentences": "one module per kind of statement and its words",
    "core/compression/techniques": "one module per technique",
    "core/persistence/migrations/versions": "one module per version of the database",
    "tests/browser": "one module per page or part of one, on shared servers",
    "tests/contract": "one module per contract",
    "tests/unit/core/comparison/behaviour": "mirrors the code",
    "tests/unit/core/execution": "runs of many kinds through one fixture of a process",
}
"""Why a folder has more."""


def counts() -> Counter[str]:
    found = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    files = (path.relative_to(ROOT) for path in found if "node_modules" not in path.parts)
    return Counter(str(file.parent) for file in files if file.name != "__init__.py")


def test_folders_have_few_files_or_a_reason() -> None:
    large = {folder: count for folder, count in counts().items() if count > MOST_FILES}
    assert large
    assert not {folder: count for folder, count in large.items() if folder not in REASONS}


def test_reasons_are_needed() -> None:
    found = counts()
    assert not [folder for folder in REASONS if found[folder] <= MOST_FILES]
