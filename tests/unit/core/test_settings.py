"""Settings come from the environment or from files, and every mistake in them is told at once."""

import os
from pathlib import Path

import pytest

from core import settings
from core.errors import Misconfigured


def test_defaults_live_in_the_data_folder() -> None:
    found = settings.load({})
    assert found.data_dir == Path.cwd() / ".data"
    assert found.database_url == f"sqlite:///{found.data_dir}/compress-and-compare.db"
    assert found.artifacts_url == f"file://{found.data_dir}/artifacts"
    assert (found.broker_url, found.host, found.port) == (None, "127.0.0.1", 8050)
    assert found.slots == len(os.sched_getaffinity(0))


def test_data_dir_moves_what_lives_in_it(tmp_path: Path) -> None:
    found = settings.load({"CNC_DATA_DIR": str(tmp_path)})
    assert found.database_url == f"sqlite:///{tmp_path}/compress-and-compare.db"
    assert found.artifacts_url == f"file://{tmp_path}/artifacts"


def test_empty_variable_means_default() -> None:
    assert settings.load({"CNC_BROKER_URL": "", "CNC_PORT": ""}) == settings.load({})


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgres_is_spoken_to_through_psycopg(scheme: str) -> None:
    found = settings.load({"CNC_DATABASE_URL": f"{scheme}://u:p@db/x"})
    assert found.database_url == "postgresql+psycopg://u:p@db/x"


def test_value_from_file_loses_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    found = settings.load({"CNC_SECRET_KEY_FILE": str(tmp_path / "key")})
    assert found.secret_key is not None
    assert found.secret_key.get_secret_value() == "s3cret"


def test_secrets_are_not_shown() -> None:
    found = settings.load(
        {
            "CNC_SECRET_KEY": "hidden",
            "CNC_DATABASE_URL": "postgresql://u:hidden@db/x",
            "CNC_BROKER_URL": "redis://:hidden@broker/0",
        }
    )
    assert "hidden" not in repr(found)


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"CNC_PORT": "70000"}, "CNC_PORT is '70000'"),
        ({"CNC_SLOTS": "many"}, "CNC_SLOTS is 'many'"),
        ({"CNC_DATABSE_URL": "x"}, "Did you mean CNC_DATABASE_URL?"),
        ({"CNC_DATABASE_URL": "mysql://db"}, "CNC_DATABASE_URL: must start with postgresql:// or sqlite:///"),
        ({"CNC_BROKER_URL": "amqp://mq"}, "CNC_BROKER_URL: must start with redis://"),
        ({"CNC_RENEW_S": "40"}, "CNC_RENEW_S is 40 but must be at most half of CNC_LEASE_S"),
        ({"CNC_LEASE_S": "1e300"}, "CNC_LEASE_S is '1e300', which cannot be used: input should be less than"),
        ({"CNC_LEASE_S": "inf"}, "less than or equal to 86400"),
        ({"CNC_LEASE_S": "nan"}, "CNC_LEASE_S is 'nan'"),
        ({"CNC_GRACE_S": "86401"}, "CNC_GRACE_S is '86401'"),
        ({"CNC_RENEW_S": "inf"}, "CNC_RENEW_S is 'inf'"),
        ({"CNC_SECRET_KEY_FILE": "/no/such/file"}, "CNC_SECRET_KEY_FILE names a file that cannot be read"),
        ({"CNC_SECRET_KEY": "a", "CNC_SECRET_KEY_FILE": "b"}, "are both set"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_mistakes_name_the_variable(environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        settings.load(environment)
    assert sentence in caught.value.message
    assert caught.value.hint


def test_all_mistakes_at_once_and_no_password() -> None:
    with pytest.raises(Misconfigured) as caught:
        settings.load({"CNC_PORT": "0", "CNC_MAX_ATTEMPTS": "0", "CNC_BROKER_URL": "amqp://:hidden@mq"})
    assert all(name in caught.value.message for name in ("CNC_PORT", "CNC_MAX_ATTEMPTS", "CNC_BROKER_URL"))
    assert "hidden" not in str(caught.value)


def test_variables_of_the_tests_are_no_settings() -> None:
    assert settings.load({"CNC_TEST_DATA": "/data"}) == settings.load({})


def test_data_folder_is_made(tmp_path: Path) -> None:
    found = settings.load({"CNC_DATA_DIR": str(tmp_path / "a" / "b")})
    assert found.prepare_data_dir() == tmp_path / "a" / "b"
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_unusable_data_folder_says_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match="CNC_DATA_DIR") as caught:
        settings.load({"CNC_DATA_DIR": str(tmp_path / "file" / "x")}).prepare_data_dir()
    assert "cannot be written" in caught.value.message
