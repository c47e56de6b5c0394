"""The tools as the SDK's own client sees them: over pipes from the real command, and with a viewer's role."""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from core.domain.access.caller import Role
from core.mcp.server import server
from core.services.application import Application
from core.services.experiments.experiments import list_experiments
from core.testing.fakes import acting_as

ROOT = Path(__file__).parents[4]
WANTED = {"project": "digits", "base": ["residual CNN"], "recipes": [[{"technique": "prune"}]]}


def called(target: Any, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
    async def ask() -> list[Any]:
        async with Client(target) as client:
            return [await client.call_tool(name, given) for name, given in calls]

    with ThreadPoolExecutor(1) as pool:  # the browser of other tests keeps a loop in this thread
        return pool.submit(lambda: asyncio.run(ask())).result()


def test_tools_list_compare_preview_and_submit(app: Application, base: Any) -> None:
    listed, preview, dry, wet, compared, wrong = called(
        server(app),
        ("list_project_models", {"project": "digits"}),
        ("preview_experiment", WANTED),
        ("submit_experiment", WANTED),
        ("submit_experiment", {**WANTED, "dry_run": False}),
        ("compare_models", {"models": [int(base.id)]}),
        ("list_project_models", {"project": "digit"}),
    )
    assert listed.structured_content["models"][0]["name"] == "residual CNN"
    assert preview.structured_content["new_models"] == 1
    assert dry.structured_content["dry_run"] is True
    assert len(wet.structured_content["models"]) == 1
    assert len(list_experiments(app)) == 1
    assert compared.structured_content["metrics"]
    assert wrong.is_error
    assert "Did you mean digits?" in wrong.content[0].text


def test_viewers_look_and_do_not_submit(app: Application, base: Any) -> None:
    viewer = server(acting_as(app, "Ada", Role.VIEWER))
    dry, refused = called(
        viewer, ("submit_experiment", WANTED), ("submit_experiment", {**WANTED, "dry_run": False})
    )
    assert not dry.is_error
    assert refused.is_error
    assert "needs an editor" in refused.content[0].text
    assert list_experiments(app) == []


def test_the_command_speaks_over_pipes(tmp_path: Path, app: Application, base: Any) -> None:
    environment = {"PYTHONPATH": str(ROOT), "CNC_DATABASE_URL": str(app.unit_of_work.engine.url)}
    environment |= {"CNC_DATA_DIR": str(tmp_path)}
    command = StdioServerParameters(command=sys.executable, args=["-m", "core.cli", "mcp"], env=environment)
    (found,) = called(stdio_client(command), ("list_all_projects", {}))
    assert [one["slug"] for one in found.structured_content["projects"]] == ["digits"]
