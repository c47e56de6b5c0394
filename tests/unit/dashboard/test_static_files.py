"""Scripts and styles are asked for once per content."""

import hashlib
import re
from pathlib import Path

import pytest

import dashboard
from core.testing.running import Installation
from dashboard.shell.boot import IN_HEAD, OF_FORMS

FOREVER = "public, max-age=31536000, immutable"
ASSETS = Path(dashboard.__file__).parent / "assets"


@pytest.fixture
def client(tmp_path):
    installation = Installation(tmp_path)
    installation.prepare()
    product = installation.open()
    yield dashboard.create(product).server.test_client()
    product.close()


@pytest.fixture
def addresses(client):
    return re.findall(r'(?:src|href)="(/assets/[^"]+)"', client.get("/").text)


def kept(client, address):
    with client.get(address) as answer:
        assert answer.status_code == 200
        return answer.headers["Cache-Control"]


def test_every_asset_is_in_the_page_once_named_by_its_content(client, addresses):
    contents = []
    for address in addresses:
        mark = address.split("?v=")[1]
        with client.get(address) as answer:
            content = answer.data
        assert hashlib.sha256(content).hexdigest().startswith(mark)
        assert len(mark) == 12
        contents.append(content)
    shipped = {path for path in ASSETS.rglob("*") if path.suffix in {".js", ".css"}}
    shipped -= {ASSETS / name for name in OF_FORMS}
    found = [sum(content.count(path.read_bytes()) for content in contents) for path in shipped]
    assert found == [1] * len(shipped)
    assert len(addresses) == 2 + len(IN_HEAD)


def test_browsers_keep_what_is_named_by_its_content(client, addresses):
    assert {kept(client, address) for address in addresses} == {FOREVER}


@pytest.mark.parametrize("query", ["", "?v=000000000000", "?m=1796008918.37"])
def test_other_addresses_of_an_asset_are_asked_for_again(client, query):
    assert kept(client, f"/assets/shell/roles.js{query}") == "no-cache"
    assert kept(client, f"/assets/together/all.css{query}") == "no-cache"


def test_plotly_is_named_by_its_version(client):
    (address,) = re.findall(r'data-plotly="([^"]+)"', client.get("/").text)
    assert kept(client, address) == "max-age=31536000"
