"""What is said after an experiment was queued."""

from dataclasses import replace

from core.domain.queue.experiment import ExperimentRequest
from core.services.experiments.experiments import submit
from core.testing.fakes import open_migrated
from core.testing.laboratory import RECIPES, Laboratory
from dashboard.address import read_ids
from dashboard.views.new_experiment.submit_callbacks import overview_of


def test_the_link_selects_every_model_of_the_experiment(tmp_path):
    app = open_migrated(f"sqlite:///{tmp_path / 'test.db'}", tmp_path)
    laboratory = Laboratory(app)
    laboratory.open()
    project = laboratory.project()
    base = laboratory.base(project)
    submitted = submit(app, ExperimentRequest(project.id, (base.id,), RECIPES, confirmed=True))
    many = replace(submitted, model_ids=(*submitted.model_ids, *range(1000, 2000), *range(3000, 6000, 2)))
    for told in (submitted, many):
        address = overview_of(told, project.slug)
        assert read_ids(address.state["selected"]) == tuple(sorted(told.model_ids))
    app.close()
