"""Data sets: files and columns are looked for at once, and parameters stay once figures rest on them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from core.data.sources.hub_images import HubImagesParams
from core.data.sources.image_folder import ImageFolderParams
from core.data.sources.parquet_images import ParquetImagesParams
from core.data.sources.table import TextTableParams
from core.data.sources.torchvision_data import TorchvisionDataParams
from core.domain.catalogue import SourceSpec, Worker
from core.domain.ids import DatasetId, WorkerId
from core.domain.project import Project
from core.errors import Conflict, InvalidInput, NotFound
from core.services.application import Application
from core.services.data_setup.column_names import column_names
from core.services.data_setup.datasets import DatasetRequest, change_dataset, kept_because, where_checked
from core.services.data_setup.file_checks import choice_problems, place_problems
from core.services.projects.projects import ProjectRequest, create_project, get_project
from core.services.workers import workers
from core.services.workers.host import place
from core.testing.laboratory import CATALOGUE, Laboratory

TABLE = SourceSpec("text-table", "Texts", "", TextTableParams.specs())
FOLDERS = SourceSpec("image-folder", "Images", "", ImageFolderParams.specs())
HUB = SourceSpec("huggingface-images", "Hub", "", HubImagesParams.specs())
PARQUET = SourceSpec("parquet-images", "Images", "", ParquetImagesParams.specs())
TORCHVISION = SourceSpec("torchvision-data", "Images", "", TorchvisionDataParams.specs())

BOTH = {"train_file": "train.csv", "test_file": "test.csv", "text_column": "text", "label_column": "topic"}

Announce = Callable[..., None]


@pytest.fixture
def announce(app: Application) -> Announce:
    """Return what makes a worker known, of this machine or of another."""

    def announced(*, here: bool, host: str = "near") -> None:
        now = datetime.now(UTC)
        name = WorkerId(f"{host}-1-{place() if here else 'elsewhere'}-abcdef")
        offered = replace(CATALOGUE, data_sources=(*CATALOGUE.data_sources, TABLE, HUB))
        workers.announce(app, Worker(name, host, 1, ("cpu",), 1, now, now), offered)

    return announced


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "tickets"
    found.mkdir()
    for name in ("train.csv", "test.csv"):
        (found / name).write_text("text,label\nwhere is it,parcel\n")
    return found


def request(**parameters: object) -> ProjectRequest:
    data = DatasetRequest("tickets", "text-table", {"label_column": "label", **parameters})
    return ProjectRequest("Tickets", "image-classification", (data,))


def told(error: InvalidInput) -> dict[str, str]:
    return {problem.field: f"{problem.message} {problem.hint}" for problem in error.problems}


def test_a_folder_that_is_not_there_is_refused_where_workers_see_the_same_files(
    app: Application, announce: Announce, folder: Path
) -> None:
    announce(here=True)
    with pytest.raises(InvalidInput) as caught:
        create_project(app, request(path=str(folder / "nowhere")))
    found = told(caught.value)
    assert list(found) == ["datasets.0.parameters.path"]
    assert f"There is no folder {folder / 'nowhere'}." in found["datasets.0.parameters.path"]
    assert create_project(app, request(path=str(folder))).datasets
    assert where_checked(app, "text-table", {}) == "Its files and columns were found."


@pytest.mark.parametrize(
    ("dataset", "problems", "checked"),
    [
        (
            "org/name",
            [],
            "A worker asks the hub for the data; the tab Data shows what it got.",
        ),
        ("/nowhere/at/all", ["p.dataset"], "Its files and columns were found."),
    ],
    ids=["id", "folder"],
)
def test_an_id_on_the_hub_is_not_looked_for_as_a_folder(
    app: Application, announce: Announce, dataset: str, problems: list[str], checked: str
) -> None:
    announce(here=True)
    values = {"dataset": dataset}
    assert [problem.field for problem in place_problems(HUB, values, field="p")] == problems
    assert where_checked(app, "huggingface-images", values) == checked


def test_the_worker_looks_where_it_is_elsewhere_or_nobody_is_there(
    app: Application, announce: Announce, folder: Path
) -> None:
    announce(here=True)
    announce(here=False, host="gpu1")
    assert create_project(app, request(path="/only/there")).datasets
    assert "the worker on gpu1 sees them" in where_checked(app, "text-table", {})
    for worker in workers.list_workers(app):
        workers.stop(app, worker.id)
    assert "no worker is connected" in where_checked(app, "text-table", {})
    assert where_checked(app, "digits", {}) == ""


def test_files_and_columns_are_named_with_those_that_are_like_them(
    app: Application, announce: Announce, folder: Path
) -> None:
    announce(here=True)
    wanted = request(
        path=str(folder), test_file="tests.csv", label_column="labels", slice_columns=["country"]
    )
    with pytest.raises(InvalidInput) as caught:
        create_project(app, wanted)
    found = told(caught.value)
    assert set(found) == {
        "datasets.0.parameters.test_file",
        "datasets.0.parameters.label_column",
        "datasets.0.parameters.slice_columns",
    }
    both = place_problems(TABLE, {**BOTH, "path": str(folder)}, field="p")
    assert [problem.message for problem in both] == ["train.csv and test.csv have no column 'topic'."]
    assert found["datasets.0.parameters.test_file"].endswith("Did you mean test.csv?")
    assert (
        "train.csv has no column 'labels'. Did you mean label?" in found["datasets.0.parameters.label_column"]
    )
    assert found["datasets.0.parameters.slice_columns"].endswith("There are: text, label.")


def test_a_first_line_of_data_is_told_to_be_no_header(folder: Path) -> None:
    for name in ("train.tsv", "test.tsv"):
        (folder / name).write_text("a stirring , funny and finally transporting re imagining of beauty\t1\n")
    files = {"path": str(folder), "train_file": "train.tsv", "test_file": "test.tsv"}
    values = {**files, "text_column": "text", "label_column": ""}
    (problem,) = place_problems(TABLE, values, field="p")
    assert problem.hint == (
        "Its first line looks like data: set Header to no, and the columns are column1 and column2."
    )
    (problem,) = place_problems(TABLE, {**values, "header": False}, field="p")
    assert problem.hint == "There are: column1, column2."


def test_a_path_without_a_beginning_is_told_to_be_whole(tmp_path: Path) -> None:
    values = {"path": "nowhere-at-all", "train_folder": "train", "test_folder": "test"}
    (problem,) = place_problems(FOLDERS, values, field="p")
    assert (problem.field, problem.hint) == ("p.path", "Enter an absolute path.")
    (tmp_path / "train").mkdir()
    (problem,) = place_problems(FOLDERS, {**values, "path": str(tmp_path)}, field="p")
    assert (problem.field, problem.hint) == ("p.test_folder", "There are: train.")


@pytest.mark.parametrize("path", ["", "\0", "x" * 10_000], ids=["empty", "null", "endless"])
def test_what_cannot_be_a_path_is_a_problem_too(path: str) -> None:
    values = {"path": path, "download": False}
    assert [problem.field for problem in place_problems(TORCHVISION, values, field="p")] == ["p.path"]


def test_a_folder_that_the_download_makes_need_not_be_there() -> None:
    assert place_problems(TORCHVISION, {"path": "/not/yet", "download": True}, field="p") == []


@pytest.mark.parametrize(
    ("label", "answer", "said"), [("", "", "both empty"), ("a", "b", "both given"), ("a", "", "")]
)
def test_either_labels_or_answers_are_asked_for(label: str, answer: str, said: str) -> None:
    found = choice_problems(TABLE, {"label_column": label, "answer_column": answer}, field="p")
    assert [problem.field for problem in found] == (["p.label_column"] if said else [])
    assert all(said in problem.message for problem in found)


@pytest.mark.parametrize(
    ("name", "content", "header", "columns"),
    [
        ("a.csv", b"\xef\xbb\xbftext,label\nx,y\n", True, ["text", "label"]),
        ("a.csv", b"x,y\n", False, ["column1", "column2"]),
        ("a.tsv", b'one "quoted\tb\n', True, ['one "quoted', "b"]),
        ("a.csv", b"", True, None),
        ("a.csv", b"\xff\xfe", True, None),
        ("a.jsonl", b'{"a": 1}\n\n{"b": 2}\n[3]\n', True, ["a", "b"]),
        ("a.jsonl", b"{", True, None),
        ("a.parquet", b"PAR1", True, None),
        ("a.xlsx", b"", True, None),
    ],
    ids=["csv", "headerless", "tsv", "empty", "not UTF-8", "json lines", "no json", "no parquet", "unknown"],
)
def test_names_of_columns(
    tmp_path: Path, name: str, content: bytes, header: bool, columns: list[str] | None
) -> None:
    (tmp_path / name).write_bytes(content)
    assert column_names(tmp_path / name, header=header) == columns


def test_columns_of_parquet_files(tmp_path: Path) -> None:
    for name in ("train.parquet", "test.parquet"):
        parquet.write_table(pa.table({"img": [b""], "label": [0]}), tmp_path / name)
    values = {"path": str(tmp_path), "train_file": "train.parquet", "test_file": "test.parquet"}
    values |= {"image_column": "image", "label_column": "label"}
    fields = {problem.field for problem in place_problems(PARQUET, values, field="p")}
    assert fields == {"p.image_column"}


def test_parameters_are_corrected_until_a_model_was_evaluated_on_the_data(
    app: Application, laboratory: Laboratory, announce: Announce, folder: Path
) -> None:
    announce(here=True)
    for worker in [entry for entry in workers.list_workers(app) if entry.host == "laboratory"]:
        workers.stop(app, worker.id)
    project = create_project(app, request(path=str(folder)))
    data = project.datasets[0]
    with pytest.raises(InvalidInput) as caught:
        change_dataset(app, project.id, data.id, {"path": "/nowhere", "label_column": "label"})
    assert list(told(caught.value)) == ["parameters.path"]
    right = {"path": str(folder), "label_column": "text"}
    changed = change_dataset(app, project.id, data.id, right)
    assert changed.datasets[0].parameters["label_column"] == "text"
    assert changed.revision > project.revision
    laboratory.base(changed)
    laboratory.claim()
    assert "reads these data at present" in kept_because(app, data)


def test_data_stay_once_figures_rest_on_them(
    app: Application, laboratory: Laboratory, project: Project
) -> None:
    data = project.datasets[0]
    assert kept_because(app, data) == ""
    laboratory.base(project, "first")
    laboratory.play()
    assert kept_because(app, data) == "first was measured on these data, so they cannot be changed."
    with pytest.raises(Conflict) as caught:
        change_dataset(app, project.id, data.id, {})
    assert "first" in caught.value.message
    assert get_project(app, project.slug).datasets == project.datasets
    with pytest.raises(NotFound):
        change_dataset(app, project.id, DatasetId(99), {})


def test_every_trait_of_a_source_names_a_parameter_of_it() -> None:
    for spec in (TABLE, FOLDERS, PARQUET, TORCHVISION, HUB):
        for about in spec.parameters:
            others = {about.instead_of, *about.columns_of} | (
                {about.place.within, about.place.made_by} if about.place else set()
            )
            assert others - {""} <= set(spec.by_name)
