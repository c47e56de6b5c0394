"""Written answers of which none is known to be right: compared with the baseline's, and never judged."""

import numpy as np
import pytest

from core.comparison.behaviour.answer_columns import LENGTH
from core.domain.recipe import SweepStep
from core.services.behaviour.behaviour import behaviour
from core.services.models.models import list_models
from core.services.projects.projects import get_project
from core.services.reports.html import as_html
from core.services.reports.report import gather
from core.testing.projects.answering import answer_texts
from dashboard.address import Address
from dashboard.components.static_html import written
from dashboard.views.compare import showing
from dashboard.views.compare.instances import listing

BEFORE = ["to oslo by train", "to rome", "", "by by by bus"]
AFTER = ["to oslo by bus", "to rome", "", "home"]


@pytest.fixture
def ids(app, laboratory, project, base):
    laboratory.sweep(project, base.id, ((SweepStep("prune", {"sparsity": (0.9,)}),),))
    laboratory.play()
    found = [model.id for model in list_models(app, project.id)]
    for model_id, texts, sure in zip(found, (BEFORE, AFTER), (0.9, 0.5), strict=True):
        logs = np.log(np.full((4, 3), sure, np.float16))
        outcomes = {
            "prediction": np.array(texts, np.dtypes.StringDType()),
            "confidence": np.full(4, sure, np.float16),
            "token_log_probabilities": logs,
        }
        answer_texts(laboratory, model_id, None, outcomes, {"kind": ["a", "a", "b", "b"]})
    return found


def page(app, project, ids, **state: str) -> str:
    address = Address("compare", project.slug, {"selected": str(ids[1]), **state})
    return "".join(map(written, [*showing.content(app, address), *listing.content(app, address)]))


def test_half_of_the_answers_agree(app, ids):
    found = behaviour(app, ids[1:])
    assert not found.split.labelled
    (one,) = found.comparison.models
    assert (one.flips.agreement, one.perplexity, found.comparison.baseline_perplexity) == (0.5, None, None)
    assert set(found.split.groupings) == {"kind"}


def test_the_list_compares_with_the_baseline_and_hides_what_needs_right_answers(app, project, ids):
    shown = page(app, project, ids)
    assert "makes the same prediction as the baseline on 50.0 %" in shown
    assert '<span class="answer-missing">train </span><span class="answer-added">bus </span>' in shown
    for absent in ("Right</th>", "Exact match", "Perplexity", "regressions", " cut<", "Error rate", "nan"):
        assert absent not in shown
    for present in ("1 empty", "1 repeated", "2 changed"):
        assert present in shown


def test_an_enlarged_answer_says_where_it_parts(app, project, ids):
    shown = page(app, project, ids, instance="0", columns=LENGTH)
    assert "parts from the baseline's at word 4" in shown
    assert "Own answer, per token" in shown
    assert "times the baseline's" not in shown


def test_a_report_is_made(app, project, ids):
    report = as_html(gather(app, get_project(app, project.slug), ids[1:], ids[0]))
    assert "nan" not in report.casefold()
