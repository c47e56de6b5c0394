"""Data sets on the Hugging Face hub: looked up and fetched into the worker's cache by huggingface_hub.

Its environment variables hold: HF_TOKEN, HF_HOME, HF_ENDPOINT, HF_HUB_OFFLINE. Several processes may fetch
the same at once; what was broken off leaves no half file. Once here, a commit needs no connection.
"""

from __future__ import annotations

import glob
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from core.data.hub.refusals import NoSuchRevision, refused
from core.data.hub.repository import CARD, FolderRepository, Repository

if TYPE_CHECKING:  # importing it takes a moment, which other data need not wait
    from huggingface_hub import HfApi

log = logging.getLogger(__name__)

CONVERTED = "refs/convert/parquet"
"""The branch in which the hub itself keeps data sets as Parquet: <configuration>/<split>/0000.parquet."""
_KIND = "dataset"


@dataclass(frozen=True)
class Hub:
    """Where data sets come from.

    endpoint: address of the hub; None: as HF_ENDPOINT says, else the public one. cache: folder to keep files
    in; None: as HF_HOME says. download: whether what the cache lacks may be fetched.
    """

    endpoint: str | None = None
    cache: Path | None = None
    download: bool = True

    def repository(self, name: str, revision: str = "") -> Repository:
        """Return a data set at a branch, tag or commit, or at its newest state.

        Raises:
            UnusableInput: it cannot be had, and why.
        """
        with refused(name, revision, download=self.download):
            return _at(self, name, revision)

    @cached_property
    def api(self) -> HfApi:
        """The library's access to this hub."""
        from huggingface_hub import HfApi

        return HfApi(endpoint=self.endpoint, library_name="compress-and-compare")


@dataclass(frozen=True, kw_only=True)
class HubRepository(Repository):
    """A data set at one commit.

    revision: what a person asked for, empty for the newest; commit: what that is. sizes: bytes of the files.
    """

    name: str
    files: tuple[str, ...]
    hub: Hub
    revision: str
    commit: str
    sizes: Mapping[str, int]

    def fetch(self, files: Sequence[str]) -> Path:
        """Return the folder in the cache; what it lacks of these files is fetched."""
        with refused(self.name, self.revision, download=self.hub.download):
            if lacking := [file for file in files if not self._has(file)]:
                size_mb = sum(self.sizes[file] for file in lacking) / 1e6
                log.info("Fetching %d files of %s, %.1f MB", len(lacking), self.name, size_mb)
            return _fetched(self.hub, self.name, self.commit, files)

    def _has(self, file: str) -> bool:
        from huggingface_hub import try_to_load_from_cache

        found = try_to_load_from_cache(
            self.name, file, cache_dir=self.hub.cache, revision=self.commit, repo_type=_KIND
        )
        return isinstance(found, str)

    def converted(self) -> Repository | None:
        """Return the newest state as the hub converted it; None for another state, or if it has not."""
        if self.revision:
            return None
        try:
            return self.hub.repository(self.name, CONVERTED)
        except NoSuchRevision:
            return None

    def why_not_converted(self) -> str:
        """Return the end of a sentence: the hub converts what it can of newest states."""
        if self.revision:
            return ", and what the hub converts is the newest state, when no revision is given"
        return ", and the hub has not converted it to Parquet"


def _at(hub: Hub, name: str, revision: str) -> Repository:
    from huggingface_hub import get_cached_repo_tree
    from huggingface_hub.errors import CachedRepoTreeNotFoundError

    commit = hub.api.resolve_revision(
        name,
        repo_type=_KIND,
        revision=revision or None,
        cache_dir=hub.cache,
        local_files_only=not hub.download,
    )
    folder = _fetched(hub, name, commit, [CARD])
    log.info(
        "The data set %s is read at commit %s",
        name,
        commit.resolved,
        extra={"action": "data_commit", "data": name, "commit": commit.resolved},
    )
    try:
        tree = get_cached_repo_tree(name, repo_type=_KIND, revision=commit, cache_dir=hub.cache)
    except CachedRepoTreeNotFoundError:  # kept by an older version of the library
        return FolderRepository(folder)
    sizes = {file.path: file.size for file in sorted(tree, key=lambda file: file.path)}
    return HubRepository(
        name=name, files=tuple(sizes), hub=hub, revision=revision, commit=commit.resolved, sizes=sizes
    )


def _fetched(hub: Hub, name: str, commit: str, files: Sequence[str]) -> Path:
    from huggingface_hub.utils.tqdm import disable_progress_bars

    with disable_progress_bars():  # they would fill the run's log
        found = hub.api.snapshot_download(
            name,
            repo_type=_KIND,
            revision=commit,
            allow_patterns=[glob.escape(file) for file in files],
            cache_dir=hub.cache,
            local_files_only=not hub.download,
        )
    return Path(found)
