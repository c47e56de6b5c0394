"""What programs change through the API: experiments once, runs, and models that were made elsewhere."""

import io
import json
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

BASE = "/api/v1"
OTHER = {"base": ["residual CNN"], "recipes": [[{"technique": "fine-tune"}]]}
RECIPE = {
    "base": ["residual CNN"],
    "recipes": [[{"technique": "prune", "parameters": {"sparsity": [0.2, 0.4]}}]],
}


@pytest.fixture(scope="module")
def client(local: Flask) -> FlaskClient:
    return local.test_client()


def safetensors(**arrays: Any) -> bytes:
    header, content, at = {}, io.BytesIO(), 0
    for name, array in arrays.items():
        data = np.asarray(array, np.float32).tobytes()
        shape = list(np.shape(array))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + len(data)]}
        content.write(data)
        at += len(data)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + content.getvalue()


def test_an_experiment_is_previewed_and_submitted_once(client: FlaskClient) -> None:
    address = f"{BASE}/projects/digits/experiments"
    plan = client.post(f"{address}/preview", json=RECIPE).json
    assert (plan["new_models"], plan["runs"], plan["confirm"]) == (2, 6, False)
    assert [one["step"]["parameters"] for one in plan["models"]] == [{"sparsity": 0.2}, {"sparsity": 0.4}]
    before = len(client.get(address).json["items"])
    key = {"Idempotency-Key": "night 1"}
    first, again = (client.post(address, json=RECIPE, headers=key) for _ in range(2))
    assert (first.status_code, again.json) == (201, first.json)
    assert len(client.get(address).json["items"]) == before + 1
    other = client.post(address, json={**RECIPE, "name": "other"}, headers=key)
    assert (other.status_code, other.json["code"]) == (409, "conflict")
    experiment = first.json["experiment"]["experiment"]["id"]
    cancelled = client.post(f"{BASE}/experiments/{experiment}/cancel").json["ids"]
    assert len(cancelled) == 6
    assert len(client.post(f"{BASE}/runs/retry", json={"ids": cancelled}).json["ids"]) == 6


def test_every_problem_of_a_recipe_is_told_at_its_field(client: FlaskClient) -> None:
    wrong = {"base": ["nobody"], "recipes": [[{"technique": "prune", "parameters": {"sparsity": 2}}]]}
    answer = client.post(f"{BASE}/projects/digits/experiments", json=wrong)
    assert answer.status_code == 422
    assert answer.json["problems"][0]["field"] == "base.0"
    text = client.post(f"{BASE}/projects/digits/experiments", data="base: [1]", content_type="text/yaml")
    assert text.json["problems"][0]["field"] == "Content-Type"


def test_models_made_elsewhere_are_kept_whole(client: FlaskClient) -> None:
    project = client.post(f"{BASE}/projects", json={"name": "My own"}).json["slug"]
    address = f"{BASE}/projects/{project}/models"
    weights = [safetensors(**{"fc.weight": np.array(each)}) for each in ([1.0, 2, 3, 4], [0.0, 2, 0, 4])]
    files = [
        client.post(f"{BASE}/uploads?name=w{number}.safetensors", data=content).json["reference"]
        for number, content in enumerate(weights)
    ]
    told = {"ids": ["a", "b", "c", "d"], "predictions": ["cat", "cat", "dog", "dog"]}
    base = {
        "name": "resnet",
        "metrics": {"size_bytes": 1000},
        "predictions": {**told, "labels": ["cat", "cat", "dog", "cat"]},
        "weights": files[0],
    }
    made = client.post(address, json=base)
    assert made.status_code == 201, made.json
    assert made.json["metrics"]["accuracy"] == 0.75
    child = {
        "name": "resnet, pruned by my script",
        "parent": made.json["id"],
        "step": {"technique": "my pruning", "parameters": {"share": 0.5}},
        "metrics": {"size_bytes": 500},
        "predictions": {"ids": ["d", "c", "b", "a"], "predictions": ["cat", "dog", "dog", "cat"]},
        "weights": files[1],
    }
    pruned = client.post(address, json=child).json
    assert pruned["metrics"] == {"size_bytes": 500, "accuracy": 0.75}
    assert pruned["figures"]["accuracy@recovery"]["value"] == 1.0
    compared = client.get(f"{BASE}/comparisons/predictions?model={pruned['id']}").json
    assert (compared["models"][0]["regressions"], compared["models"][0]["fixes"]) == (1, 1)
    layers = client.get(f"{BASE}/models/{pruned['id']}/layers/weights").json["columns"]
    assert (layers["parameter"], layers["zeros"], layers["zeros_gained"]) == (["fc.weight"], [2], [2])
    assert layers["relative_l2"] == [pytest.approx((10 / 30) ** 0.5)]


def test_a_wrong_model_leaves_nothing_behind(client: FlaskClient) -> None:
    project = client.post(f"{BASE}/projects", json={"name": "Half"}).json["slug"]
    address = f"{BASE}/projects/{project}/models"
    wrong = {"name": "x", "predictions": {"ids": [1, 2], "predictions": ["a", "b"], "labels": ["a"]}}
    assert client.post(address, json=wrong).status_code == 422
    without = {"name": "x", "predictions": {"ids": [1], "predictions": ["a"]}}
    assert client.post(address, json=without).status_code == 422
    assert client.post(address, json={"name": "x", "weights": "uploaded:nothing"}).status_code == 422
    alone = client.post(address, json={"name": "x", "step": {"technique": "t"}}).json
    assert [one["field"] for one in alone["problems"]] == ["parent"]
    assert client.get(address).json["items"] == []


def test_a_token_of_one_project_makes_no_other(guarded: Flask, tokens: dict[str, str]) -> None:
    client, headers = guarded.test_client(), {"Authorization": f"Bearer {tokens['digits']}"}
    assert client.post(f"{BASE}/projects", json={"name": "Mine"}, headers=headers).status_code == 403
    assert (
        client.post(f"{BASE}/projects/other/models", json={"name": "x"}, headers=headers).status_code == 404
    )
    assert client.post(f"{BASE}/projects/digits/experiments", json=OTHER, headers=headers).status_code == 201
