"""Steps that are bound to fail are refused before they are queued, each at the field that is to blame."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.domain.catalogue import SourceSpec
from core.domain.measurement.evaluation import LayerKind
from core.domain.model import Model
from core.domain.module_table import ModuleTable
from core.domain.parameter.inputs import Inputs
from core.domain.parameter.spec import Kind, ParameterSpec
from core.domain.parameter.traits import AncestorBy, Teacher
from core.domain.project import Project
from core.domain.queue.experiment import ExperimentRequest
from core.domain.recipe import Recipe, Step, SweepStep
from core.domain.technique import LayerRules, Storage, TechniqueSpec
from core.errors import InvalidInput
from core.services.application import Application
from core.services.experiments.experiments import plan
from core.services.measurements.measurements import queue_sensitivity
from core.services.models.base_models import BaseModelRequest, add_base_model
from core.services.projects.projects import ProjectRequest, create_project
from core.services.workers import workers
from core.testing.laboratory import CATALOGUE, Laboratory
from core.testing.parameters import parameter


def technique(name: str, label: str, *parameters: ParameterSpec, **more: Any) -> TechniqueSpec:
    return TechniqueSpec(name, label, "", "", "1", parameters, Storage.UNCHANGED, **more)


STUDENT = (
    parameter("student", default="fewer", choices=("fewer", "another")),
    parameter("source", default="", names_source=True, used_with={"student": ("another",)}),
    parameter("options", default="{}", parameters_of="source", json_object=True),
)
RESTORE = (
    parameter("depth", Kind.INTEGER, 0, minimum=0, ancestor=AncestorBy.DEPTH, used_with={"ancestor": ("",)}),
    parameter("ancestor", default="", ancestor=AncestorBy.NAME),
)
PUPIL = (
    parameter("student", default="fewer", choices=("fewer", "itself")),
    parameter("teacher", default="parent", teacher=Teacher(itself_never_with={"student": ("itself",)})),
)
TABLE = ModuleTable(
    types={"stem": "Linear", "block.conv": "Conv2d", "relu": "ReLU", "head": "Linear"},
    weighted=("stem", "block.conv", "head"),
    layers=(("stem", "head"), ("block.conv",)),
)
WIDE = SourceSpec("wide-cnn", "Wide CNN", "", (parameter("width", Kind.INTEGER, 8, minimum=1),))
TEXTS = SourceSpec("reader", "Reader", "", inputs=Inputs.TEXTS)


@pytest.fixture(autouse=True)
def catalogue(app: Application, laboratory: Laboratory) -> None:
    further = (
        technique("calibrate", "Calibrate", needs_data=True),
        technique("restore", "Restore layers", *RESTORE),
        technique("student", "Student", *STUDENT, keeps_modules=False),
        technique("norms", "Norm calibration", works_on=": .*BatchNorm"),
        technique("pupil", "Distillation", *PUPIL, keeps_modules=False),
    )
    (task,) = CATALOGUE.tasks
    wider = replace(
        CATALOGUE,
        techniques=(*CATALOGUE.techniques, *further),
        model_sources=(*CATALOGUE.model_sources, WIDE, TEXTS),
        tasks=(replace(task, inputs=Inputs.IMAGES),),
    )
    (worker,) = workers.list_workers(app)
    workers.announce(app, worker, wider)


@pytest.fixture
def examined(app: Application, base: Model) -> Model:
    """The base with a table of modules: a head that shares the stem's weight, and a ReLU without any."""
    with app.unit_of_work(writing=True) as uow:
        uow.evaluations.put_layer_statistics(base.id, kind=LayerKind.MODULES, arrays=TABLE.to_arrays())
        uow.commit()
    return base


def refused(app: Application, base: Model, *recipes: Recipe) -> dict[str, str]:
    """Return what is wrong with recipes by field, each with its remedy; nothing if they can be queued."""
    try:
        plan(app, ExperimentRequest(base.project_id, (base.id,), recipes))
    except InvalidInput as error:
        return {problem.field: f"{problem.message} {problem.hint}" for problem in error.problems}
    return {}


def prune(**rules: Any) -> SweepStep:
    return SweepStep("prune", {}, LayerRules(**rules))


def test_layer_patterns_that_match_no_module_are_named_all_at_once(app: Application, examined: Model) -> None:
    rules = {
        "include": ("stem", "nomatch.*"),
        "exclude": ("relu",),
        "overrides": (("zzz", {"sparsity": 0.1}),),
    }
    found = refused(app, examined, (prune(include=("block",)), prune(**rules)))
    assert found == {
        f"recipes.0.steps.1.rules.{field}": f"The layer pattern {pattern!r} matches no module of residual "
        "CNN. Modules are named stem, block.conv, head ..."
        for field, pattern in (("include.1", "nomatch.*"), ("exclude.0", "relu"), ("overrides.0", "zzz"))
    }


def test_a_layer_that_shares_its_weight_with_another_can_be_named(app: Application, examined: Model) -> None:
    assert refused(app, examined, (prune(exclude=("head",)),)) == {}


def test_patterns_are_not_judged_where_the_modules_are_unknown(app: Application, base: Model) -> None:
    assert refused(app, base, (prune(include=("nomatch",)),)) == {}


def test_patterns_are_not_judged_after_a_step_that_changes_modules(app: Application, examined: Model) -> None:
    assert refused(app, examined, (SweepStep("student"), prune(include=("nomatch",)))) == {}


def test_a_sensitivity_of_no_module_is_refused(app: Application, examined: Model) -> None:
    with pytest.raises(InvalidInput, match="'zzz' matches no module") as caught:
        queue_sensitivity(app, examined.id, Step("prune", {}, LayerRules(include=("zzz",))))
    assert [problem.field for problem in caught.value.problems] == ["step.rules.include.0"]


def test_a_technique_without_a_module_of_its_kind_is_refused(app: Application, examined: Model) -> None:
    found = refused(app, examined, (prune(), SweepStep("norms")))
    assert list(found) == ["recipes.0.steps.1.technique"]
    assert "finds nothing to work on in residual CNN" in found["recipes.0.steps.1.technique"]
    assert refused(app, examined, (SweepStep("student"), SweepStep("norms"))) == {}


def test_a_technique_that_needs_data_is_refused_without_any(app: Application, laboratory: Laboratory) -> None:
    empty = create_project(app, ProjectRequest("No data", "image-classification"))
    imported = add_base_model(app, BaseModelRequest(empty.id, "CNN", "residual-cnn"))
    found = refused(app, imported, (prune(), SweepStep("calibrate"), SweepStep("calibrate")))
    assert set(found) == {"recipes.0.steps.1.technique", "recipes.0.steps.2.technique"}
    assert "add a data set to the project" in found["recipes.0.steps.1.technique"].lower()


@pytest.mark.parametrize(
    ("recipe", "field", "words"),
    [
        (
            (SweepStep("restore", {"depth": (0, 5)}),),
            "0.parameters.depth.1",
            "from residual CNN there are at most 0 here",
        ),
        (
            (prune(), SweepStep("restore", {"depth": (1, 2)})),
            "1.parameters.depth.1",
            "from 0, the base, to 1",
        ),
        (
            (prune(), SweepStep("restore", {"ancestor": ("residual CN",)})),
            "1.parameters.ancestor.0",
            "Did you mean residual CNN?",
        ),
        ((SweepStep("student", {"student": ("another",)}),), "0.parameters.source.0", "Source is missing."),
        (
            (SweepStep("student", {"student": ("another",), "source": ("wide-cn",)}),),
            "0.parameters.source.0",
            "Did you mean wide-cnn",
        ),
        (
            (SweepStep("student", {"student": ("another",), "source": ("reader",)}),),
            "0.parameters.options.0",
            "Reader stands for texts here",
        ),
        (
            (
                SweepStep(
                    "student",
                    {"student": ("another",), "source": ("wide-cnn",), "options": ('{"width": -1}',)},
                ),
            ),
            "0.parameters.options.0.width",
            "Width is -1",
        ),
        ((SweepStep("student", {"options": ("[1]",)}),), "0.parameters.options.0", "must be a JSON object"),
    ],
    ids=["too-deep", "deeper-than-steps", "ancestor", "no-source", "source", "task", "parameters", "json"],
)
def test_what_a_step_names_must_exist(
    app: Application, base: Model, recipe: Recipe, field: str, words: str
) -> None:
    found = refused(app, base, recipe)
    assert list(found) == [f"recipes.0.steps.{field}"]
    assert words in found[f"recipes.0.steps.{field}"]


@pytest.mark.parametrize(
    "step",
    [
        SweepStep("restore", {"depth": (1,)}),
        SweepStep("restore", {"depth": (9,), "ancestor": ("magnitude pruning 0.5",)}),
        SweepStep("student", {"student": ("fewer",), "source": ("nosuch",)}),
        SweepStep(
            "student", {"student": ("another",), "source": ("wide-cnn",), "options": ('{"width": 3}',)}
        ),
    ],
    ids=["depth-of-a-step", "name-of-a-step", "source-without-effect", "another-source"],
)
def test_what_will_exist_by_then_is_accepted(app: Application, base: Model, step: SweepStep) -> None:
    assert refused(app, base, (SweepStep("prune", {"sparsity": (0.5,)}), step)) == {}


def test_problems_of_different_kinds_are_told_together(app: Application, examined: Model) -> None:
    found = refused(
        app,
        examined,
        (prune(include=("nomatch",)), SweepStep("restore", {"depth": (5,)}), SweepStep("prnue")),
        (SweepStep("student", {"student": ("another",)}),),
    )
    assert set(found) == {
        "recipes.0.steps.0.rules.include.0",
        "recipes.0.steps.1.parameters.depth.0",
        "recipes.0.steps.2.technique",
        "recipes.1.steps.0.parameters.source.0",
    }


def test_options_of_a_source_that_are_no_json_object_are_refused(
    app: Application, project: Project, laboratory: Laboratory
) -> None:
    (worker,) = workers.list_workers(app)
    own = SourceSpec("own", "Own model", "", (parameter("options", default="{}", json_object=True),))
    workers.announce(app, worker, replace(CATALOGUE, model_sources=(own,)))
    with pytest.raises(InvalidInput, match="must be a JSON object") as caught:
        add_base_model(app, BaseModelRequest(project.id, "own", "own", {"options": "[1]"}))
    assert [problem.field for problem in caught.value.problems] == ["parameters.options"]


@pytest.mark.parametrize(
    ("teachers", "earlier", "wrong"),
    [
        (("parent",), (), ["0"]),
        (("parent", "base"), (), ["0", "1"]),
        (("parent", "base"), (prune(),), ["0"]),
    ],
    ids=["itself", "itself-as-base", "the-base-of-another"],
)
def test_a_model_that_would_teach_itself_is_refused(
    app: Application, base: Model, teachers: tuple[str, ...], earlier: Recipe, wrong: list[str]
) -> None:
    step = SweepStep("pupil", {"student": ("fewer", "itself"), "teacher": teachers})
    field = f"recipes.0.steps.{len(earlier)}.parameters.teacher"
    found = refused(app, base, (*earlier, step))
    assert list(found) == [f"{field}.{index}" for index in wrong]
    assert all("its own student and its own teacher" in said for said in found.values())
    assert refused(app, base, (*earlier, replace(step, values={**step.values, "student": ("fewer",)}))) == {}


def test_a_model_that_would_teach_itself_by_its_number_is_refused(app: Application, base: Model) -> None:
    step = SweepStep("pupil", {"student": ("itself",), "teacher": (str(base.id),)})
    assert list(refused(app, base, (step,))) == ["recipes.0.steps.0.parameters.teacher.0"]
    assert refused(app, base, (prune(), step)) == {}


def test_a_model_with_weights_that_are_no_numbers_is_refused(app: Application, base: Model) -> None:
    with app.unit_of_work(writing=True) as uow:
        made = {"artifact": base.artifact or "", "manifest": {"nonfinite": 1200}, "at": base.created_at}
        uow.models.set_made(base.id, **made)
        uow.commit()
    (said,) = refused(app, base, (prune(),)).values()
    assert said.startswith("1,200 weights of residual CNN are NaN or infinite, so no step can be applied")
