"""The contract of `/live`: whoever applies the answers knows what whoever asks anew is told."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

import dashboard
from core.domain.ids import ModelId, RunId
from core.domain.queue.run import RunError
from core.services.models import models
from core.services.models.annotations import annotate
from core.services.projects import projects
from core.services.queue import run_lifecycle, runs
from core.testing.browser.live_tab import Tab, overview_parts
from core.testing.laboratory import LATENCY, SIZE, Laboratory
from core.testing.running import Installation
from dashboard.live import pace
from dashboard.live.feed import feeds

ALL_PARTS = {
    **overview_parts("digits", x=SIZE.name, y="top1", selection=[2, 3], everything=True),
    **overview_parts("digits", x=SIZE.name, y="top1", tab="table", plot="parallel", everything=True),
    "queue": {"statuses": [], "kinds": [], "project": "digits"},
    "queue-run": {"run": "4"},
    "queue-log": {"run": "4"},
    "queue-experiments": {"project": "digits"},
    "queue-experiment": {"experiments": [1]},
}


@pytest.fixture
def laboratory(tmp_path: Path) -> Iterator[Laboratory]:
    installation = Installation(tmp_path)
    installation.prepare()
    application = installation.open()
    laboratory = Laboratory(application)
    laboratory.open()
    project = laboratory.project()
    base = laboratory.base(project)
    laboratory.sweep(project, base.id)
    laboratory.play(20)
    yield laboratory
    application.close()


@pytest.fixture
def client(laboratory: Laboratory) -> FlaskClient:
    return dashboard.create(laboratory.app).server.test_client()


def ask(client: FlaskClient, tab: Tab, *, fresh: bool = True) -> None:
    answer = client.get(f"/live?q={quote(tab.question(fresh=fresh))}")
    assert answer.status_code == 200, answer.text
    tab.take(answer.json)


def fail_next(laboratory: Laboratory) -> None:
    run = laboratory.claim()
    assert run is not None
    run_lifecycle.report_progress(laboratory.app, run.id, run.attempt, 0.5, "half")
    run_lifecycle.fail(
        laboratory.app, run.id, run.attempt, RunError("boom", "The disk is full.", "Free some.")
    )


def write_log(laboratory: Laboratory) -> None:
    path = runs.log_path(laboratory.app, RunId(4))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as log:
        log.write(b"epoch 1\nepoch \xff 2\nhalf a line")


CHANGES = {
    "runs end": lambda lab: lab.play(9),
    "a run fails": fail_next,
    "everything ends": lambda lab: lab.play(),
    "another base": lambda lab: lab.base(projects.get_project(lab.app, "digits"), "second", seed=1),
    "a note": lambda lab: annotate(lab.app, [ModelId(2)], note="look"),
    "archived": lambda lab: annotate(lab.app, [ModelId(3)], archived=True),
    "deleted": lambda lab: models.delete_models(lab.app, [ModelId(2)], with_descendants=True),
    "cancelled": lambda lab: runs.cancel_runs(lab.app, [row.run.id for row in runs.list_runs(lab.app)][:5]),
    "a log grows": write_log,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_who_follows_knows_what_who_asks_anew_is_told(laboratory, client, change):
    tab, late = Tab(ALL_PARTS), Tab(ALL_PARTS)
    ask(client, tab)
    before = dict(tab.marks)
    for _ in range(2):
        change(laboratory)
        ask(client, tab)
    assert tab.marks != before
    ask(client, late)
    assert tab.documents.keys() == ALL_PARTS.keys()
    for name, document in tab.documents.items():
        if name != "queue":  # its workers were seen a while ago
            assert document == late.documents[name], name
    assert tab.documents["queue"]["rows"] == late.documents["queue"]["rows"]


def test_after_a_restart_of_the_server_tabs_go_on(laboratory, client):
    tab, late = Tab(ALL_PARTS), Tab(ALL_PARTS)
    ask(client, tab)
    laboratory.play(5)
    restarted = dashboard.create(laboratory.app).server.test_client()
    ask(restarted, tab)
    ask(restarted, late)
    assert tab.documents["overview-map"] == late.documents["overview-map"]


def test_deleted_models_vanish_and_come_back_with_undo(laboratory, client):
    tab = Tab(ALL_PARTS)
    ask(client, tab)
    gone = models.delete_models(laboratory.app, [ModelId(2)], with_descendants=True)
    ask(client, tab)
    nodes = tab.documents["overview-map"]["nodes"]
    assert "1" in nodes
    assert not {str(one) for one in gone} & nodes.keys()
    assert not {str(one) for one in gone} & tab.documents["overview-table"]["rows"].keys()
    models.restore_models(laboratory.app, gone)
    ask(client, tab)
    assert {str(one) for one in gone} <= tab.documents["overview-map"]["nodes"].keys()


def test_one_run_that_ends_is_a_small_answer(laboratory, client):
    project = projects.get_project(laboratory.app, "digits")
    tab = Tab(overview_parts("digits", x=SIZE.name, y="top1"))
    ask(client, tab)
    laboratory.play_one()
    whole = len(json.dumps(tab.documents))
    answer = client.get(f"/live?q={quote(tab.question(fresh=True))}")
    assert projects.get_project(laboratory.app, "digits").revision > project.revision
    assert 0 < len(answer.data) < whole / 5


def test_only_parts_that_are_asked_for_are_answered(client):
    tab = Tab({"shell": {"project": "digits"}})
    ask(client, tab)
    assert tab.documents.keys() == {"shell"}
    assert "queued" in tab.documents["shell"]["badge"]


def test_within_a_second_nothing_is_read_again_unless_a_person_acts(laboratory, client, monkeypatch):
    monkeypatch.setattr(pace, "LEAST_S", 600.0)  # a second of a machine that is never slow
    tab = Tab(ALL_PARTS)
    ask(client, tab)
    laboratory.play(3)
    before = dict(tab.documents)
    ask(client, tab, fresh=False)
    assert tab.documents == before
    ask(client, tab)
    assert tab.documents["overview-map"] != before["overview-map"]


def test_other_encodings_are_other_documents(client):
    tab = Tab(overview_parts("digits", x=SIZE.name, y="top1"))
    other = Tab(overview_parts("digits", x=SIZE.name, y=LATENCY.name))
    ask(client, tab)
    ask(client, other)
    assert tab.documents["overview-map"]["metric"] == "Top-1 accuracy"
    assert other.documents["overview-map"]["metric"] == "Latency"


def test_the_same_question_is_answered_304_and_packed_once(client):
    address = f"/live?q={quote(Tab(overview_parts('digits', x=SIZE.name, y='top1')).question())}"
    first = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert first.headers["Content-Encoding"] == "gzip"
    assert "overview-map" in json.loads(gzip.decompress(first.data))["parts"]
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_questions_too_long_for_an_address_are_posted(client):
    tab = Tab({"overview-details": {"project": "digits", "scheme": "light", "selection": list(range(9_000))}})
    answer = client.post("/live", data=tab.question())
    assert "content" in answer.json["parts"]["overview-details"]["full"]


@pytest.mark.parametrize(
    ("part", "asked", "said"),
    [
        ("overview-map", {"project": "nowhere"}, "nowhere"),
        ("nothing", {}, "nothing"),
        ("overview-map", {"project": ["digits"]}, "project"),
        (
            "overview-scatter",
            {"project": "digits", "x": "beauty", "y": "top1", "colour": "none", "size": "none"},
            "beauty",
        ),
        ("overview-details", {"project": "digits", "selection": ["1; DROP"]}, "selection"),
        ("overview-details", {"project": "digits", "selection": [True]}, "selection"),
    ],
)
def test_a_part_that_cannot_be_drawn_says_why_and_the_others_go_on(client, part, asked, said):
    question = json.dumps({"parts": {part: asked, "shell": {"project": "digits"}}})
    parts = client.get(f"/live?q={quote(question)}").json["parts"]
    assert said in parts[part]["error"]["title"]
    assert "full" in parts["shell"]


def test_a_fault_of_one_part_does_not_stop_the_others(client, monkeypatch):
    monkeypatch.setattr(type(feeds.get("overview-map")), "drawing", lambda *_: {}["fault"])
    question = Tab(overview_parts("digits", x=SIZE.name, y="top1")).question()
    parts = client.get(f"/live?q={quote(question)}").json["parts"]
    assert "went wrong on the server" in parts["overview-map"]["error"]["title"]
    assert "full" in parts["overview-scatter"]


@pytest.mark.parametrize("question", ["", "no JSON", "[]", "{}", '{"parts": 5}'])
def test_what_is_no_question_is_refused(client, question):
    assert client.get(f"/live?q={quote(question)}").status_code == 400


def test_an_archived_model_that_others_were_made_from_is_on_no_front(laboratory, client):
    def front(**changed):
        parts = overview_parts("digits", x=SIZE.name, y="top1", **changed)
        answer = client.get(f"/live?q={quote(Tab(parts).question(fresh=True))}").json["parts"][
            "overview-scatter"
        ]["full"]
        return answer["figure"]["layout"]["meta"]["front"]

    assert "1" in front()
    annotate(laboratory.app, [ModelId(1)], archived=True)
    assert "1" not in front()
    assert "1" in front(everything=True)
    assert "1" in front(filter="status=archived,made")
