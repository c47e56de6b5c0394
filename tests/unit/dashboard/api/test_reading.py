"""What the API answers to those who read."""

import csv
import io
import json
import math

import pyarrow as pa
import pytest
from flask import Flask
from flask.testing import FlaskClient
from pyarrow import parquet

from core.services.application import Application
from core.services.models.models import list_models
from core.services.projects.projects import get_project

BASE = "/api/v1"


@pytest.fixture(scope="module")
def client(local: Flask) -> FlaskClient:
    return local.test_client()


def test_pages_of_a_list_hold_everything_once(served: Application, client: FlaskClient) -> None:
    expected = [int(model.id) for model in list_models(served, get_project(served, "digits").id)]
    found, address = [], f"{BASE}/projects/digits/models?limit=2"
    while address:
        answer = client.get(address)
        found += [item["id"] for item in answer.json["items"]]
        link = answer.headers.get("Link", "")
        assert ('rel="next"' in link) is (answer.json["next"] is not None)
        address = link.partition(">")[0].removeprefix("<http://localhost")
    assert found == expected
    assert len(found) == 4


def test_a_model_has_its_figures(client: FlaskClient) -> None:
    model = client.get(f"{BASE}/projects/digits/models").json["items"][1]
    assert model["step"] == {"technique": "quantize", "parameters": {"bits": 8}}
    assert model["metrics"]["top1"] == pytest.approx(0.959)
    assert model["figures"]["top1@recovery"]["value"] == pytest.approx(0.959 / 0.96)
    details = client.get(f"{BASE}/models/{model['id']}").json
    assert details["lineage"] == [*model["parents"], model["id"]]
    assert details["model"] == model


def test_an_entity_tag_saves_the_body_also_when_compressed(client: FlaskClient) -> None:
    for encoding in ("identity", "gzip"):
        headers = {"Accept-Encoding": encoding}
        first = client.get(f"{BASE}/projects/digits/models", headers=headers)
        again = client.get(
            f"{BASE}/projects/digits/models", headers={**headers, "If-None-Match": first.headers["ETag"]}
        )
        assert (first.status_code, again.status_code, again.data) == (200, 304, b"")


def test_three_formats_of_the_table_agree(client: FlaskClient) -> None:
    address = f"{BASE}/projects/digits/models/export?format="
    rows = client.get(f"{address}json").json
    read = list(csv.DictReader(io.StringIO(client.get(f"{address}csv").text)))
    table = parquet.read_table(pa.BufferReader(client.get(f"{address}parquet").data))
    assert [row["parameter.bits"] for row in rows] == [None, 8, 4, 2]
    assert [row["parameter.bits"] for row in read] == ["", "8", "4", "2"]
    assert table["parameter.bits"].to_pylist() == [None, 8, 4, 2]
    assert table["top1"].to_pylist() == [row["top1"] for row in rows]


def test_problems_are_told_with_field_and_hint(client: FlaskClient) -> None:
    unknown = client.get(f"{BASE}/projects/digit")
    assert (unknown.status_code, unknown.mimetype) == (404, "application/problem+json")
    assert unknown.json["detail"] == "There is no project named 'digit'."
    assert unknown.json["hint"] == "Did you mean digits?"
    wrong = client.get(f"{BASE}/projects?limit=0&most=3")
    assert wrong.status_code == 422
    assert [one["field"] for one in wrong.json["problems"]] == ["limit", "most"]
    assert client.get(f"{BASE}/nothing").status_code == 404
    refused = client.delete(f"{BASE}/projects")
    assert refused.status_code == 405
    assert "GET" in refused.headers["Allow"]


def test_comparisons_say_what_the_pages_say(client: FlaskClient) -> None:
    ids = [model["id"] for model in client.get(f"{BASE}/projects/digits/models").json["items"]]
    query = "&".join(f"model={one}" for one in ids[1:])
    metrics = client.get(f"{BASE}/comparisons/metrics?{query}").json
    assert metrics["baseline"] == ids[0]
    top1 = next(row for row in metrics["metrics"] if row["metric"]["name"] == "top1")
    assert top1["models"][2]["change"]["value"] == pytest.approx(-0.4)
    assert client.get(f"{BASE}/comparisons/sentence?{query}").json["sentence"]
    assert client.get(f"{BASE}/comparisons/predictions?{query}").json["instances"] == 4


def test_runs_and_experiments_are_listed(client: FlaskClient) -> None:
    runs = client.get(f"{BASE}/runs?kind=compress&kind=evaluate&status=succeeded").json["items"]
    assert {run["kind"] for run in runs} == {"compress", "evaluate"}
    assert client.get(f"{BASE}/runs/{runs[0]['id']}").json == runs[0]
    assert client.get(f"{BASE}/queue?project=digits").json["active"] == 0
    experiment = client.get(f"{BASE}/projects/digits/experiments").json["items"][0]
    assert (experiment["state"], experiment["made"]) == ("done", 3)


def test_numbers_that_json_lacks_are_strings(client: FlaskClient) -> None:
    ids = [model["id"] for model in client.get(f"{BASE}/projects/digits/models").json["items"]]
    text = client.get(f"{BASE}/comparisons/metrics?model={ids[1]}").text
    found = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    change = next(row for row in found["metrics"] if row["metric"]["name"] == "top1")["models"][0]["change"]
    assert math.isnan(float(change["p_value"]))
