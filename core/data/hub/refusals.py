"""Why a data set of the hub cannot be had, said in words, with what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.errors import UnusableInput

_COPY = (
    "copy the data set to the worker and give the path of its folder, which holds "
    "data/train-00000-of-00001.parquet or train.parquet, say"
)
_ERRNO = re.compile(r"^\[Errno -?\d+\]\s*")


class NoSuchRevision(UnusableInput):
    """The data set is there, but not this branch, tag or commit of it."""


@contextmanager
def refused(name: str, revision: str, *, download: bool) -> Iterator[None]:
    """Around calls of huggingface_hub about a data set: what they refuse becomes `UnusableInput`.

    download: whether fetching is allowed, without which the hub is not asked.
    """
    import httpx2
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RevisionResolutionError,
    )

    try:
        yield
    except HfHubHTTPError as error:
        raise _answered(error, name, revision) from error
    except (RevisionResolutionError, LocalEntryNotFoundError, httpx2.RequestError) as error:
        if not download:
            raise UnusableInput(
                f"The data set {name!r} is not in the worker's cache, or not all of it.",
                f"Allow the download, so that the worker may fetch it from the hub; or {_COPY}.",
            ) from error
        raise _unanswered(error, name, revision) from error
    except OSError as error:
        raise UnusableInput(
            f"The data set {name!r} cannot be kept on the worker: {_cause(error)}",
            "Let HF_HOME on the worker name a folder that it may write to, on a disk with enough room.",
        ) from error
    except HFValidationError as error:
        raise UnusableInput(
            f"{name!r} cannot be the id of a data set on the hub: {_cause(error)}",
            "Give an id such as org/name, or the whole path of a folder, from its first / on.",
        ) from error
    except (ValueError, TypeError, LookupError, AttributeError, AssertionError) as error:
        # What the library meets in an answer that is no JSON, or says other things than it expects.
        raise UnusableInput(
            f"The hub gave no sound answer about the data set {name!r}: {_cause(error)}",
            "Something else may answer in its place, such as the sign-in page of a network: check the "
            f"worker's connection, and HF_ENDPOINT if it is set; or {_COPY}.",
        ) from error


def _answered(error: Any, name: str, revision: str) -> UnusableInput:
    """Return what an answer of the hub means. error: an `HfHubHTTPError`."""
    from huggingface_hub.errors import (
        DisabledRepoError,
        GatedRepoError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    if isinstance(error, GatedRepoError):
        return UnusableInput(
            f"The data set {name!r} is only for those whom its authors let in.",
            "Accept its conditions on its page on the hub, then set HF_TOKEN on the worker to a token of the "
            "same account.",
        )
    if isinstance(error, RepositoryNotFoundError):
        return UnusableInput(
            f"The hub has no data set {name!r}, or it is private.",
            "Check the id; for a private data set, set HF_TOKEN on the worker to a token that may read it.",
        )
    if isinstance(error, RevisionNotFoundError):
        return NoSuchRevision(
            f"The data set {name!r} has no revision {revision!r}.",
            "Give a branch, a tag or the whole hash of a commit; or leave it empty for the newest state.",
        )
    if isinstance(error, DisabledRepoError):
        return UnusableInput(f"The data set {name!r} has been disabled on the hub.", "Choose another one.")
    return _failed(error, name)


def _failed(error: Any, name: str) -> UnusableInput:
    status, said = error.response.status_code, _sentence(error.server_message or "") or _cause(error)
    if status in {401, 403}:
        return UnusableInput(
            f"The hub does not let the worker read the data set {name!r}: {said}",
            "Set HF_TOKEN on the worker to a token that may read it; for public data, remove a wrong one.",
        )
    return UnusableInput(
        f"The hub cannot give the data set {name!r} now ({status}): {said}", f"Try again later, or {_COPY}."
    )


def _unanswered(error: BaseException, name: str, revision: str) -> UnusableInput:
    """Return why the hub was not asked, or gave no answer."""
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    cause = error.__cause__ or error
    if isinstance(cause, HfHubHTTPError):
        return _answered(cause, name, revision)
    if isinstance(cause, OfflineModeIsEnabled):
        return UnusableInput(
            f"The data set {name!r} is not in the worker's cache, and HF_HUB_OFFLINE forbids to ask the hub.",
            f"Unset HF_HUB_OFFLINE on the worker, or {_COPY}.",
        )
    return UnusableInput(
        f"The hub cannot be reached for the data set {name!r}: {_cause(cause)}",
        f"Check the worker's connection, and HTTPS_PROXY if it needs one; or {_COPY}.",
    )


def _cause(error: BaseException) -> str:
    """Return what an error says, up to a full stop."""
    return _sentence(str(error)) or f"{type(error).__name__}."


def _sentence(text: str) -> str:
    """Return the first line of a text, as the end of a sentence; empty where it has none."""
    lines = (_ERRNO.sub("", line.strip()).rstrip(".:") for line in text.splitlines())
    return next((f"{line}." for line in lines if line), "")
