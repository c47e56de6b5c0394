"""What can be set from outside: variables `CNC_...`, or `CNC_..._FILE` naming a file with the value.

Only composition roots import this module; everything else is handed the values it needs.
"""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from core.errors import Misconfigured
from core.presentation.near_names import did_you_mean, near_names

PREFIX = "CNC_"
_FILE_SUFFIX = "_FILE"
_FOR_TESTS = "CNC_TEST_"
_NEW_SECRET = os.O_CREAT | os.O_EXCL | os.O_WRONLY
_DAY_S = 86_400.0  # longer times would hardly differ from waiting for ever
_SECRETS = frozenset({"database_url", "broker_url", "secret_key", "openid_secret", "metrics_token"})


_ROLES = ("viewer", "editor", "administrator")


def _available_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _database_url(url: str) -> str:
    url = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("must start with postgresql:// or sqlite:///")
    return url


def _public_url(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    return url.rstrip("/")


def _issuer(url: str) -> str:
    loopback = ("http://127.0.0.1:", "http://localhost:")
    if url and not url.startswith(("https://", *loopback)):
        raise ValueError("must start with https://")
    return url.rstrip("/")


def _roles(text: str) -> str:
    for pair in _parts(text):
        group, _, role = pair.rpartition("=")
        if not group or role not in _ROLES:
            raise ValueError(f"{pair!r} is not group=role with one of the roles {', '.join(_ROLES)}")
    return text


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _broker_url(url: str) -> str:
    if not url.startswith(("redis://", "rediss://")):
        raise ValueError("must start with redis:// or rediss://")
    return url


class Settings(BaseModel):
    """The settings of one process; times in seconds. `load` reads and checks them all at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())] = Field(
        default=Path(".data"), validate_default=True, description="SQLite file, artifacts and logs live here"
    )
    database_url: Annotated[str, AfterValidator(_database_url)] = Field(
        default="", repr=False, description="default: an SQLite file in the data folder"
    )
    broker_url: Annotated[str, AfterValidator(_broker_url)] | None = Field(
        default=None, repr=False, description="Redis for Celery workers; unset: a local worker"
    )
    artifacts_url: str = Field(default="", description="any fsspec URL; default: a folder in the data folder")
    host: str = "127.0.0.1"
    port: int = Field(default=8050, ge=1, le=65535)
    plugins_dir: Path | None = Field(default=None, description="folder with plug-in modules of your own")
    secret_key: SecretStr | None = Field(
        default=None, description="signs forms; unset: one is made in the data folder"
    )
    sign_in: bool = Field(default=False, description="whether people must sign in")
    open_to_network: bool = Field(
        default=False, description="serve other machines without sign-in, on networks that are closed"
    )
    public_url: Annotated[str, AfterValidator(_public_url)] = Field(
        default="",
        description="address that people type, for links; with https, cookies are for https alone",
    )
    trusted_hosts: str = Field(
        default="", description="host names that requests may be for, with commas; .example.org for all below"
    )
    proxies: int = Field(default=0, ge=0, le=10, description="reverse proxies whose X-Forwarded-* count")
    user_header: str = Field(
        default="", description="header with the name of who signed in at the proxy, e.g. X-Forwarded-User"
    )
    openid_issuer: Annotated[str, AfterValidator(_issuer)] = Field(
        default="", description="OpenID provider with which people sign in, e.g. https://login.example.org"
    )
    openid_client: str = Field(default="", description="name of this server at the OpenID provider")
    openid_secret: SecretStr | None = Field(default=None, description="its secret there")
    openid_domains: str = Field(
        default="", description="domains of e-mail addresses that may sign in, with commas; empty: any"
    )
    openid_roles: Annotated[str, AfterValidator(_roles)] = Field(
        default="", description="roles by group, e.g. ml-team=editor,*=viewer; others need an invitation"
    )
    allowed_folders: str = Field(
        default="", description="folders that people may name files of, separated by colons; * for all"
    )
    token_requests_per_minute: int = Field(
        default=600, ge=0, description="requests of each API token; more are answered with 429; 0: no limit"
    )
    slots: int = Field(default_factory=_available_cores, ge=1, le=1024, description="runs at once per worker")
    threads: int = Field(default=1, ge=1, le=1024, description="threads of each run, which decide last bits")
    lease_s: float = Field(
        default=60.0, ge=5, le=_DAY_S, description="silence after which a worker counts as gone"
    )
    renew_s: float = Field(
        default=10.0, gt=0, le=_DAY_S, description="how often a worker renews the leases of its runs"
    )
    grace_s: float = Field(
        default=10.0, ge=0, le=_DAY_S, description="from asking a cancelled run to end to killing it"
    )
    max_attempts: int = Field(default=3, ge=1, le=100, description="tries of a run whose worker vanished")
    upload_bytes: int = Field(default=4 * 1024**3, ge=1, description="size of the largest file to upload")
    instance_bytes: int = Field(
        default=256 * 1024**2, ge=0, description="texts and thumbnails kept of each split, in bytes"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = Field(default="text", description="how lines of logs are written")
    metrics_token: SecretStr | None = Field(
        default=None, description="opens /metrics to who sends it; needed where people sign in"
    )

    @model_validator(mode="before")
    @classmethod
    def _place_in_data_dir(cls, values: dict[str, Any]) -> dict[str, Any]:
        folder = Path(values.get("data_dir", ".data")).expanduser().absolute()
        return {
            "database_url": f"sqlite:///{folder / 'compress-and-compare.db'}",
            "artifacts_url": f"file://{folder / 'artifacts'}",
        } | values

    @model_validator(mode="after")
    def _renew_before_expiry(self) -> Settings:
        if self.renew_s * 2 > self.lease_s:
            raise ValueError(
                f"CNC_RENEW_S is {self.renew_s:g} but must be at most half of CNC_LEASE_S ({self.lease_s:g})"
            )
        return self

    @model_validator(mode="after")
    def _known_proxy(self) -> Settings:
        if self.user_header and not (self.sign_in and self.proxies):
            raise ValueError("CNC_USER_HEADER needs CNC_SIGN_IN=true and CNC_PROXIES of at least 1")
        return self

    @model_validator(mode="after")
    def _complete_provider(self) -> Settings:
        needed = (self.openid_client, self.openid_secret, self.public_url)
        if self.openid_issuer and not (self.sign_in and all(needed)):
            others = "CNC_OPENID_CLIENT, CNC_OPENID_SECRET and CNC_PUBLIC_URL"
            raise ValueError(f"CNC_OPENID_ISSUER needs CNC_SIGN_IN=true, {others}")
        return self

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the dashboard."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains of e-mail addresses that may sign in with the OpenID provider; none: any."""
        return tuple(domain.casefold() for domain in _parts(self.openid_domains))

    @property
    def group_roles(self) -> dict[str, str]:
        """The name of the role of each group of the OpenID provider."""
        return {
            group: role for group, _, role in (pair.rpartition("=") for pair in _parts(self.openid_roles))
        }

    @property
    def folders(self) -> tuple[Path, ...] | None:
        """The folders that people may name files of: any without sign-in, else the data folder; None: any."""
        if self.allowed_folders == "*" or not (self.allowed_folders or self.sign_in):
            return None
        listed = (Path(name).expanduser().absolute() for name in self.allowed_folders.split(":") if name)
        return (self.data_dir, *listed)

    def require_safe_access(self) -> None:
        """Raise `Misconfigured` where other machines could change everything without signing in."""
        if not (self.on_loopback or self.sign_in or self.open_to_network):
            message = f"Whoever reaches {self.host} could change and delete everything: sign-in is off."
            hint = (
                "Set CNC_SIGN_IN=true, or CNC_HOST=127.0.0.1 for this machine alone; "
                "on a closed network, CNC_OPEN_TO_NETWORK=true allows it."
            )
            raise Misconfigured(message, hint)

    def secret(self) -> str:
        """Return the secret key: as set, or from a file in the data folder that is made when missing."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        file = self.data_dir / "secret_key"
        with suppress(FileExistsError), os.fdopen(os.open(file, _NEW_SECRET, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(48))
        return file.read_text()

    def prepare_data_dir(self) -> Path:
        """Create the data folder if it is missing; `Misconfigured` if nothing can be written into it."""
        hint = "Give the folder to the user that runs this, or set CNC_DATA_DIR to another one."
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            probe = self.data_dir / f".writable-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            message = f"The data folder {self.data_dir} cannot be written: {error.strerror or error}."
            raise Misconfigured(message, hint) from error
        return self.data_dir


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings found in `environment` (default: that of the process).

    Raises:
        Misconfigured: naming every variable that is unknown, unreadable or has an unusable value.
    """
    environment = os.environ if environment is None else environment
    values, problems = _read(environment)
    if not problems:
        try:
            return Settings(**values)
        except ValidationError as error:
            problems = [_sentence(details, values) for details in error.errors()]
    raise Misconfigured(
        " ".join(problems), "Correct these environment variables or unset them for the defaults."
    )


def _read(environment: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    problems: list[str] = []
    names = [name for name in environment if name.startswith(PREFIX) and not name.startswith(_FOR_TESTS)]
    for name in sorted(name for name in names if environment[name]):
        field = name.removeprefix(PREFIX).lower()
        direct = name.removesuffix(_FILE_SUFFIX)
        if field in Settings.model_fields:
            values[field] = environment[name]
        elif direct == name or direct.removeprefix(PREFIX).lower() not in Settings.model_fields:
            problems.append(_unknown(name))
        elif environment.get(direct):
            problems.append(f"{direct} and {name} are both set, but only one of them can count.")
        else:
            try:
                values[direct.removeprefix(PREFIX).lower()] = Path(environment[name]).read_text().strip()
            except (OSError, UnicodeError) as error:
                problems.append(f"{name} names a file that cannot be read: {error}.")
    return values, problems


def _unknown(name: str) -> str:
    known = [PREFIX + field.upper() for field in Settings.model_fields]
    return f"There is no setting {name}. {did_you_mean(near_names(name, known)[:1])}".strip()


def _sentence(details: Any, values: Mapping[str, Any]) -> str:
    reason = str(details["msg"]).removeprefix("Value error, ")
    if not details["loc"]:
        return f"{reason}."
    field = str(details["loc"][0])
    shown = "" if field in _SECRETS else f" is {values.get(field)!r}, which cannot be used"
    return f"{PREFIX}{field.upper()}{shown}: {reason[0].lower()}{reason[1:]}."
