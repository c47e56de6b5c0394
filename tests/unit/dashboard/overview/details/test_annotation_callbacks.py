"""What is written on the card is kept, and archiving can be taken back."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.domain.access.caller import Caller, CallerKind, Role
from core.domain.ids import ModelId
from core.errors import Forbidden, InvalidInput
from core.services.models import models
from core.testing.laboratory import Laboratory
from core.testing.running import Installation
from dashboard.components.undo import Undo
from dashboard.shell.undoing import undo
from dashboard.views.overview.details.annotation_callbacks import archive, write
from dashboard.views.overview.details.annotations import Seen


@pytest.fixture
def product(tmp_path: Path):
    installation = Installation(tmp_path)
    installation.prepare()
    application = installation.open()
    laboratory = Laboratory(application)
    laboratory.open()
    laboratory.base(laboratory.project())
    laboratory.play()
    yield application
    application.close()


def present(product):
    return models.get_model(product, ModelId(1)).model


def card(tags=(), note="") -> Seen:
    return {"model": 1, "tags": [*tags], "note": note}


def test_star_tags_and_note_are_kept(product):
    assert write(product, card(), star=True, tags=["b", "a"], note="good")
    assert (present(product).starred, present(product).tags, present(product).note) == (
        True,
        ("b", "a"),
        "good",
    )
    assert write(product, card(["b", "a"], "good"), star=True, tags=["a"], note="")
    assert (present(product).starred, present(product).tags, present(product).note) == (False, ("a",), "")


def test_what_stays_the_same_changes_nothing(product):
    assert not write(product, card(), star=False, tags=[], note="")
    assert not write(product, card(), star=False, tags=None, note=None)


def test_a_tag_that_cannot_be_kept_is_refused(product):
    with pytest.raises(InvalidInput):
        write(product, card(), star=False, tags=["a,b"], note=None)


def test_archiving_offers_its_undo(product):
    told = json.dumps(archive(product, "digits", [1]), default=lambda one: one.to_plotly_json())
    assert "1 model archived" in told
    assert present(product).archived
    undo(product, Undo.UNARCHIVE, [ModelId(1)])
    assert not present(product).archived


def test_a_viewer_may_open_a_card_but_not_write_on_it(product):
    write(product, card(), star=False, tags=["kept"], note="seen")
    viewing = replace(product, who=lambda: Caller("viola", Role.VIEWER, CallerKind.ACCOUNT))
    assert not write(viewing, card(["kept"], "seen"), star=False, tags=["kept"], note="seen")
    assert not write(viewing, card(["kept"], "seen"), star=False, tags=None, note=None)
    for change in ({"star": True}, {"tags": []}, {"note": "other"}):
        with pytest.raises(Forbidden):
            write(
                viewing,
                card(["kept"], "seen"),
                **({"star": False, "tags": ["kept"], "note": "seen"} | change),
            )


def test_what_others_wrote_since_the_card_was_drawn_stays(product):
    write(product, card(), star=False, tags=["theirs"], note="theirs")
    assert write(product, card(), star=True, tags=["mine"], note=None)
    assert (present(product).tags, present(product).note) == (("theirs", "mine"), "theirs")
    with pytest.raises(InvalidInput, match="It is now: theirs"):
        write(product, card(), star=False, tags=None, note="mine")
    assert present(product).note == "theirs"
    assert write(product, card(note="theirs"), star=False, tags=None, note="mine")  # after having read it
    assert present(product).note == "mine"
