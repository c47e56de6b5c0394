"""The study report: one file with the figures of the pages, safe whatever names hold, also as Markdown."""

import re
from html.parser import HTMLParser

import pytest

from core.domain.recipe import SweepStep
from core.errors import InvalidInput
from core.services.measurements.measurements import Measurement, queue_evaluation
from core.services.models.annotations import annotate
from core.services.models.models import list_models
from core.services.projects.projects import get_project
from core.services.reports.html import as_html
from core.services.reports.markdown import as_markdown
from core.services.reports.report import gather
from core.testing.projects.answering import answer

CLASSES = ("common", "<b>rare</b> | \N{PILE OF POO}")
LABELS = [0] * 100 + [1] * 100
PRUNED = ((SweepStep("prune", {"sparsity": (0.5, 0.9)}),),)


class Tags(HTMLParser):
    """Collects what a browser would load and whether every element is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        if tag not in {"meta", "img"}:
            self.open.append(tag)
        self.loaded += [value for name, value in attrs if name in {"src", "href"}]

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def project_with_harm(app, laboratory, project, base):
    laboratory.sweep(project, base.id, PRUNED)
    laboratory.play()
    for model, right in zip(list_models(app, project.id), (90, 88, 20), strict=True):
        answers = [0] * 100 + [int(each < right) for each in range(100)]
        answer(laboratory, model.id, LABELS, answers, class_names=CLASSES)
    return get_project(app, project.id)


def test_the_document_is_whole_and_loads_nothing(app, project_with_harm):
    tags = Tags()
    tags.feed(as_html(gather(app, project_with_harm)))
    assert tags.open == []
    assert all(one.startswith("data:") for one in tags.loaded)
    assert "script" not in tags.seen
    assert "b" not in tags.seen  # the class name is text
    assert tags.seen.count("svg") > 3


def test_the_harmed_group_is_told_with_its_interval(app, project_with_harm):
    report = gather(app, project_with_harm)
    text = as_html(report)
    assert report.harmed[0].cell.change.value == pytest.approx(-0.7)
    assert re.search(r"loses 70 points on class &lt;b&gt;rare&lt;/b&gt; .*\(n = 100, 95 % interval", text)
    assert "falls by 35" in report.sentence


def test_both_forms_have_the_same_figures(app, project_with_harm):
    report = gather(app, project_with_harm)
    told, plain = as_html(report), as_markdown(report)
    for figure in ("59.9 %", "recovery", "-35.0 pts", "63.2 %"):
        assert (figure.replace("-", "\N{MINUS SIGN}") in told) == (
            figure.replace("-", "\N{MINUS SIGN}") in plain
        )
    assert "\N{MINUS SIGN}35.0 pts" in plain
    assert "<b>" not in plain.replace("\\<b\\>", "")


def test_what_was_not_measured_is_listed(app, laboratory, project_with_harm, base):
    laboratory.sweep(project_with_harm, base.id, ((SweepStep("quantize", {"bits": (4,)}),),))
    laboratory.play(1)
    newest = list_models(app, project_with_harm.id)[-1]
    text = as_markdown(gather(app, project_with_harm, [newest.id]))
    assert "is in the queue" in text.split("What was not measured")[1]


def test_a_project_without_figures_is_refused(app, laboratory):
    with pytest.raises(InvalidInput, match="figures"):
        gather(app, laboratory.project("Empty", "empty"))


def test_values_of_another_condition_lend_the_report_nothing(app, laboratory, project_with_harm):
    quick = list_models(app, project_with_harm.id)[-1]
    queue_evaluation(app, [quick.id], Measurement(split="train", precision="bfloat16"))
    laboratory.play()
    text = as_markdown(gather(app, project_with_harm, [quick.id]))
    assert "bfloat16" not in text
    assert "Measured on: test" in text
    assert "float32" in text


def test_archived_models_are_not_on_the_front(app, project_with_harm):
    front = gather(app, project_with_harm).front
    annotate(app, [max(front)], archived=True)
    report = gather(app, project_with_harm)
    assert max(front) not in report.front
    assert max(front) not in {model.id for model in report.points}


def test_seeds_are_those_of_a_trained_base_and_of_steps_that_draw(app, laboratory, project, base):
    laboratory.sweep(project, base.id, PRUNED)
    laboratory.play()
    told = as_markdown(gather(app, get_project(app, project.id)))
    assert "| seed 0 of residual CNN, " in told  # the base was trained here
    assert "0 of magnitude pruning" not in told


def test_without_labels_a_report_tells_agreement_and_no_harm(app, laboratory, project, base):
    laboratory.sweep(project, base.id, PRUNED)
    laboratory.play()
    for model, same in zip(list_models(app, project.id), (10, 9, 4), strict=True):
        answers = [0] * same + [1] * (10 - same)
        answer(laboratory, model.id, [-1] * 10, answers, class_names=CLASSES, measured=False)
    told = gather(app, get_project(app, project.id), [2, 3], 1).sentence
    assert told == (
        "No instance has a label, so right and wrong are not known. magnitude pruning 0.9 (3) makes the same "
        "prediction as the baseline on 40.0 % of the instances, the fewest of these models."
    )
