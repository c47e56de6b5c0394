"""What the card says about storage, speed and circumstances: words, not keys."""

from dataclasses import replace

import pytest

from core.domain.condition import Protocol
from core.domain.ids import ProjectId
from core.domain.measurement.evaluation import Profile
from core.domain.origin import Origin
from core.domain.project import Project
from core.domain.recipe import Step
from core.domain.technique import LayerRules, Storage, TechniqueSpec
from core.services.models.models import ModelDetails
from core.testing.laboratory import ACCURACY
from core.testing.projects.forests import model
from dashboard.projects.snapshot import Snapshot
from dashboard.views.overview.details.card import model_card
from dashboard.views.overview.details.provenance import measured_with, origin
from dashboard.views.overview.details.storage_and_speed import honesty

SPECS = {
    name: TechniqueSpec(name, name, "", "", "1", (), Storage.STORED, stochastic=name == "fine-tune")
    for name in ("fine-tune", "quantize")
}
FIGURES = {"file_bytes": 229_272.0, "theoretical_bytes": 223_872.0, "bits_per_weight": 7.68}
MODEL = model(1, metrics=FIGURES)
DETAILS = ModelDetails(MODEL, (MODEL,), 0, (), (), ())


def made(claims, forms=None, **conditions):
    profile = Profile(1, 1, "CPU", {}, MODEL.created_at, conditions)
    protocol = Protocol(efficiency=profile.condition)
    manifest = {"claims": claims, "forms": forms or {}}
    return replace(DETAILS, manifest=manifest, profiles=(profile,), protocol=protocol)


def words(details):
    return str([part.to_plotly_json() for part in honesty(details)])


def test_nothing_is_said_of_models_without_a_checkpoint():
    assert honesty(DETAILS) == []


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"storage": "stored", "speed": "real"}, ["stored compressed", "speed real"]),
        (
            {"storage": "stored", "speed": "simulated", "reasons": ["zeros are multiplied"]},
            ["stored compressed", "speed simulated", "Because: zeros are multiplied."],
        ),
        ({"storage": "simulated", "speed": "real"}, ["size partly simulated", "speed real"]),
    ],
    ids=["all real", "speed simulated", "size simulated"],
)
def test_claims_are_told_with_their_reasons(claims, said):
    assert all(part in words(made(claims, {"grid": 4, "dense": 2})) for part in said)


def card(details, models, metrics=()):
    project = Project(ProjectId(1), "digits", "Digits", "image-classification", MODEL.created_at)
    return str(model_card(details, metrics, Snapshot(project, tuple(models), SPECS), slug="digits"))


def test_a_model_shows_the_seeds_that_it_inherited():
    tuned = model(2, MODEL, Step("fine-tune", {"epochs": 3}), seed=1)
    small = model(3, tuned, Step("quantize", {"bits": 8}))
    details = ModelDetails(small, (MODEL, tuned, small), 0, (), (), ())
    assert ("seed", "1 of fine-tune") in origin(details, SPECS)
    assert ("seed", "1") in origin(replace(details, model=tuned, lineage=(MODEL, tuned)), SPECS)
    plain = model(4, MODEL, Step("quantize", {"bits": 8}))
    assert "seed" not in dict(origin(ModelDetails(plain, (MODEL, plain), 0, (), (), ()), SPECS))
    text = card(details, (MODEL, tuned, small))
    assert "fine-tune 3 seed 1" in text
    assert "quantize 8 seed" not in text


def test_a_model_is_compared_with_the_base_that_was_trained():
    root = model(1, name="constructed", origin=Origin.CONSTRUCTED, metrics={"top1": 0.10})
    trained = model(2, root, Step("train", {"epochs": 200}), name="trained", metrics={"top1": 0.92})
    pruned = model(3, trained, Step("prune"), metrics={"top1": 0.5})
    tuned = model(4, pruned, Step("fine-tune"), metrics={"top1": 0.89})
    lost = model(5, root, Step("quantize"), metrics={"top1": 0.10})
    models = (root, trained, pruned, tuned, lost)
    text = card(ModelDetails(tuned, models[:4], 0, (), (), ()), models, (ACCURACY,))
    assert "Against trained, the first trained model of this branch" in text
    assert "\N{MINUS SIGN}3.0 pts" in text
    assert "+79.0 pts" not in text
    text = card(ModelDetails(lost, (root, lost), 0, (), (), ()), models, (ACCURACY,))
    assert "Against constructed, which was never trained" in text
    assert "No model of this branch was ever trained" in text
    assert "vs base" not in text


def test_notes_of_how_a_model_was_made_stand_on_its_card():
    project = Project(ProjectId(1), "digits", "Digits", "image-classification", MODEL.created_at)
    now = Snapshot(project, (MODEL,), {})
    noted = replace(DETAILS, manifest={"notes": ["6 weights are NaN or infinite."]})
    shown = [str(model_card(details, (), now, slug="digits")) for details in (noted, DETAILS)]
    assert ["6 weights are NaN or infinite." in words for words in shown] == [True, False]


def test_nothing_is_called_small_where_nothing_is_coded():
    told = words(made({"storage": "stored", "speed": "real"}, {"dense": 12}))
    assert "weights stored as plain numbers" in told
    assert "stored compressed" not in told


def test_a_profile_knows_better_than_the_file_whether_speed_is_real():
    told = words(made({"storage": "stored", "speed": "simulated"}, speed="real", kernels="torchao: int8"))
    assert "speed real" in told
    assert "torchao: int8" in told


def test_a_profile_of_another_device_says_nothing_of_the_times_shown():
    elsewhere = replace(
        made({"storage": "stored", "speed": "real"}, load_average=9.5, cores=2), protocol=Protocol()
    )
    assert "timed on a busy machine" not in words(elsewhere)


@pytest.mark.parametrize(("load", "warned"), [(9.5, True), (2.4, False), (None, False)])
def test_times_of_a_busy_machine_are_told_to_be_doubtful(load, warned):
    told = words(made({"storage": "stored", "speed": "real"}, load_average=load, cores=2))
    assert ("timed on a busy machine" in told) is warned


def test_sizes_are_told_in_bytes_and_bits_per_weight():
    told = words(made({"storage": "stored"}, {"dense": 20, "sparse-grid": 8}))
    for figure in ("229 kB", "224 kB", "0.96 B (7.68 bit)", "dense values in 20 tensors"):
        assert figure in told
    assert "packed codes of non-zeros only in 8" in told


def test_circumstances_are_words_and_unknown_ones_keep_their_names():
    environment = {
        "device": "Xeon",
        "device_kind": "cpu",
        "host": "node 1",
        "threads": 1,
        "cores": 2,
        "batch_size": 128,
        "batch_size_asked": 256,
        "versions": {"torch": "2.14"},
        "room_temperature": 21.5,
        "kernels": "told elsewhere",
    }
    assert [row for row in measured_with(environment) if row[1]] == [
        ("measured on", "Xeon (CPU), host node 1"),
        ("threads", "1 on 2 cores"),
        ("batch", "128 (256 did not fit into memory)"),
        ("versions", "torch 2.14"),
        ("room temperature", "21.5"),
    ]


def test_layer_rules_are_part_of_where_a_model_comes_from():
    child = model(2, MODEL, Step("prune", {"sparsity": 0.3}, LayerRules(exclude=("attn",))))
    rows = dict(origin(replace(DETAILS, model=child), {}))
    assert (rows["sparsity"], rows["layers"]) == ("0.3", "without attn")


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (Origin.TRAINED, "trained here"),
        (Origin.PRETRAINED, "trained elsewhere"),
        (Origin.CONSTRUCTED, "as initialised, never trained"),
        (Origin.IMPORTED, None),
    ],
)
def test_the_card_of_a_base_says_what_made_its_weights(made, words):
    base = model(1, name="base", origin=made)
    assert dict(origin(ModelDetails(base, (base,), 0, (), (), ()), SPECS)).get("weights") == words
