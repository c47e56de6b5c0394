"""The place to upload a file: what it tells the script that does the work."""

from __future__ import annotations

import json

import dash_mantine_components as dmc

from core.domain.parameter.traits import PathKind, PathTrait
from core.testing.parameters import parameter
from dashboard.components.form.file_upload import Around, with_upload
from dashboard.components.form.form_fields import fields


def test_the_place_tells_where_the_file_goes_and_what_happens_then() -> None:
    place = PathTrait(PathKind.FILE, uploads=(".safetensors",))
    (field,) = fields([parameter("weights", default="", place=place)])
    entry = dmc.TextInput(id="weights", value="")
    around = Around(blocks="send", changes={"how": {"value": "import"}})
    place = with_upload(entry, field, component_id={"type": "value", "name": "weights"}, around=around)
    told = place.to_plotly_json()["props"]
    assert place.children[0] is entry
    assert json.loads(told["data-target"]) == {"type": "value", "name": "weights"}
    assert told["data-accept"] == ".safetensors"
    assert told["data-blocks"] == "send"
    assert json.loads(told["data-changes"]) == {"how": {"value": "import"}}


def test_other_places_take_no_uploads() -> None:
    (field,) = fields([parameter("path", place=PathTrait(PathKind.FILE))])
    assert field.uploads == ()
