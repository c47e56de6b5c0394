"""`compress-compare mcp`: tools for assistants over standard input and output."""

from __future__ import annotations

import os
from dataclasses import replace

from core.cli.composition import application
from core.errors import Misconfigured
from core.services.access.api_tokens import token_caller


def mcp() -> None:
    """Serve tools to an assistant (Model Context Protocol, stdio), with the role of the token in CNC_TOKEN.

    Without a token, it acts as the user of this machine.
    """
    try:
        from core.mcp.server import server
    except ModuleNotFoundError as error:
        if error.name != "mcp":
            raise
        hint = "Run: pip install 'compress-and-compare[mcp]'"
        raise Misconfigured("The package mcp is not installed.", hint) from error
    token = os.environ.get("CNC_TOKEN")
    with application() as opened:
        if token:
            caller = token_caller(opened, token)
            server(replace(opened, who=lambda: caller)).run("stdio")
        else:
            server(opened).run("stdio")
