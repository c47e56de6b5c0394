"""The list of models as a file."""

import csv
import io

from core.services.models import models
from core.services.models.annotations import annotate
from core.services.projects import projects
from dashboard.views.models.grid.download_callbacks import models_file


def test_the_file_has_the_lines_shown_in_their_order_with_plain_numbers(app, laboratory):
    laboratory.play()
    project = projects.get_project(app, "digits")
    every = models.list_models(app, project.id)
    parents = {model.parent_id for model in every}
    measured = next(one for one in every if one.parent_id and len(one.metrics) > 2)
    made = [every[0], next(one for one in every if one.id not in parents), measured]
    annotate(app, [made[2].id], note="=1+1", add_tags=["a", "b"])
    models.delete_models(app, [made[1].id])
    wanted = [made[2].id, made[0].id, made[1].id]
    heads, *rows = csv.reader(io.StringIO(models_file(app, project, [*wanted, 999])))
    assert [int(row[0]) for row in rows] == wanted
    first = dict(zip(heads, rows[0], strict=True))
    assert (first["note"], first["parent id"]) == ("'=1+1", str(made[0].id))
    assert float(first["Top-1 accuracy [fraction]"]) == made[2].metrics["top1"]
    assert float(first["File size [B]"]) == made[2].metrics["file_bytes"]
    assert dict(zip(heads, rows[2], strict=True))["state"] == "deleted"
