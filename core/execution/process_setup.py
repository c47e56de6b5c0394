"""Where a run process works, as JSON that one process can hand to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.services.application import Connection, Limits


@dataclass(frozen=True)
class ProcessSetup:
    """The application's places, and the folder of plug-in modules if there is one."""

    connection: Connection
    plugins_dir: Path | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the same as JSON values; it may hold passwords, so never put it on a command line."""
        connection = asdict(self.connection)
        connection["logs_dir"] = str(self.connection.logs_dir)
        connection["cache_dir"] = str(self.connection.cache_dir)
        return {
            "connection": connection,
            "plugins_dir": str(self.plugins_dir) if self.plugins_dir is not None else None,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ProcessSetup:
        """Return what `to_json` wrote."""
        connection = dict(values["connection"])
        connection["logs_dir"] = Path(connection["logs_dir"])
        connection["cache_dir"] = Path(connection["cache_dir"])
        connection["limits"] = Limits(**connection["limits"])
        plugins_dir = values["plugins_dir"]
        return cls(Connection(**connection), Path(plugins_dir) if plugins_dir else None)
