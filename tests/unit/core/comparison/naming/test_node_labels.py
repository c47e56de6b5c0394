"""Labels of the map: short, and different for different siblings."""

from core.comparison.naming.node_labels import node_labels
from core.domain.recipe import Step
from core.domain.technique import LayerRules
from core.testing.laboratory import CATALOGUE
from core.testing.projects.forests import model

SPECS = {spec.name: spec for spec in CATALOGUE.techniques}
BASE = model(1, name="GPT-2")


def labels(*steps, **changes):
    made = [model(number, BASE, step, **changes) for number, step in enumerate(steps, start=2)]
    return list(node_labels([BASE, *made], SPECS).values())[1:]


def test_a_base_is_called_by_its_name():
    assert node_labels([BASE], SPECS) == {1: "GPT-2"}


def test_a_root_is_called_by_its_name_also_where_a_study_gives_it_an_operation():
    roots = [model(n, name=f"net {n}", step=Step("train", {"epochs": e})) for n, e in ((1, 90), (2, 300))]
    assert node_labels(roots, SPECS) == {1: "net 1", 2: "net 2"}


def test_only_values_that_vary_are_told_with_their_unit():
    steps = [Step("quantize", {"bits": bits, "scheme": "symmetric"}) for bits in (8, 4)]
    assert labels(*steps) == ["8 bit", "4 bit"]


def test_layer_rules_tell_siblings_of_equal_values_apart():
    values = {"sparsity": 0.3}
    spared = [LayerRules(exclude=("attn",)), LayerRules(include=("mlp",)), LayerRules()]
    steps = [Step("prune", values, rules) for rules in spared] + [Step("prune", {"sparsity": 0.5})]
    assert labels(*steps) == ["0.3 without attn", "0.3 only mlp", "0.3", "0.5"]


def test_rules_that_all_steps_share_are_left_out():
    rules = LayerRules(exclude=("head",))
    assert labels(*(Step("prune", {"sparsity": share}, rules) for share in (0.3, 0.5))) == ["0.3", "0.5"]


def test_what_was_left_empty_is_not_told_and_settings_are_words():
    steps = [Step("shrink", {"by": by, "of": of}) for by, of in (("", {"kept_width": 8}), ("half", {}))]
    assert labels(*steps) == ["kept width 8", "half"]


def test_none_is_said_with_what_there_is_none_of():
    steps = [Step("shrink", {"pattern": pattern}) for pattern in ("none", "2:4")]
    assert labels(*steps) == ["no pattern", "2:4"]


def test_switches_are_named_and_what_is_not_given_is_not():
    steps = [Step("shrink", {"fast": fast, "mode": None}) for fast in (True, False)]
    assert labels(*steps, Step("shrink", {"mode": "deep"})) == ["fast", "not fast", "deep"]


def test_seeds_are_told_only_where_nothing_else_differs():
    step = Step("prune", {"sparsity": 0.3})
    models = [
        BASE,
        model(2, BASE, step, seed=0),
        model(3, BASE, step, seed=7),
        model(4, BASE, Step("prune", {"sparsity": 0.5}), seed=7),
    ]
    assert list(node_labels(models, SPECS).values())[1:] == ["0.3, seed 0", "0.3, seed 7", "0.5"]


def test_students_of_different_teachers_are_told_apart():
    step, other = Step("distil"), model(9, name="ViT")
    models = [
        BASE,
        other,
        model(2, BASE, step, teacher_id=BASE.id),
        model(3, BASE, step, teacher_id=other.id),
    ]
    assert list(node_labels(models, SPECS).values())[2:] == ["taught by GPT-2", "taught by ViT"]


def test_labels_stay_on_one_line():
    steps = [Step("shrink", {"note": "two\nlines"}), Step("shrink", {"note": "one"})]
    assert labels(*steps) == ["two lines", "one"]
