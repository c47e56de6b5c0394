"""`compress-compare artifacts`: what the artifact store holds, and what of it nothing needs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Any

import typer

from core.cli.composition import application
from core.cli.listings import JsonOption, show
from core.ports import StoredArtifact
from core.presentation.counts import counted
from core.presentation.sizes import file_size
from core.services.upkeep import garbage

app = typer.Typer(help="What the artifact store holds, and what of it nothing needs.", no_args_is_help=True)
_Grace = Annotated[
    float, typer.Option("--grace-hours", min=1, help="Younger ones may be in the making, and stay.")
]
_DAY_H = garbage.GRACE / timedelta(hours=1)


@app.command("list")
def list_artifacts(*, grace_hours: _Grace = _DAY_H, json: JsonOption = False) -> None:
    """List stored files, largest first, by whether something refers to them."""
    with application() as opened:
        found = garbage.stored_artifacts(opened, grace=timedelta(hours=grace_hours))
    rows = [*_rows(found.used, "used"), *_rows(found.recent, "recent"), *_rows(found.unused, "unused")]
    rows += [
        {"key": key, "state": "missing", "size_bytes": None, "written_at": None} for key in found.missing
    ]
    show(rows, ("key", "state", "size_bytes", "written_at"), json=json)
    if not json:
        kinds = (("used", found.used), ("recent", found.recent), ("unused", found.unused))
        typer.echo("; ".join(f"{name}: {_told(artifacts)}" for name, artifacts in kinds))


@app.command()
def clean(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Remove them; else only say what would go.")] = False,
    grace_hours: _Grace = _DAY_H,
) -> None:
    """Remove files that nothing refers to; without --yes, say what would be removed."""
    grace = timedelta(hours=grace_hours)
    with application() as opened:
        if yes:
            removed = garbage.remove_unused_artifacts(opened, grace=grace)
            typer.echo(f"Removed {_told(removed)}.")
            return
        found = garbage.stored_artifacts(opened, grace=grace)
    typer.echo(f"{_told(found.unused)} would be removed; --yes removes what is listed.")


def _rows(artifacts: Iterable[StoredArtifact], state: str) -> list[dict[str, Any]]:
    return [
        {
            "key": one.key,
            "state": state,
            "size_bytes": one.size_bytes,
            "written_at": one.written_at.isoformat(timespec="seconds"),
        }
        for one in artifacts
    ]


def _told(artifacts: Iterable[StoredArtifact]) -> str:
    sizes = [one.size_bytes for one in artifacts]
    return f"{counted(len(sizes), 'artifact')} ({file_size(sum(sizes))})"
