"""What is said of a split: how much, how even, what is missing; and what its examples are."""

from __future__ import annotations

import json

import pytest
from dash.development.base_component import Component
from plotly.utils import PlotlyJSONEncoder

from core.domain.data.data_preview import ClassCounts, ColumnCounts, DataExample, DataPreview, DataSummary
from dashboard.components.counted_bars import share
from dashboard.views.models.data.data_seen import data_seen


def texts(components: list[Component]) -> list[str]:
    """Return every text that a person reads, in order."""
    said: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            walk(node.get("props", {}).get("children"))
        elif isinstance(node, list):
            for each in node:
                walk(each)
        elif node is not None:
            said.append(str(node))

    walk(json.loads(json.dumps(components, cls=PlotlyJSONEncoder)))
    return said


def classes(*counts: int, more: int = 0) -> ClassCounts:
    listed = tuple((f"c{index}", count) for index, count in enumerate(counts))
    filled = sorted((entry for entry in listed if entry[1]), key=lambda entry: -entry[1])
    return ClassCounts(
        listed,
        total=len(counts) + more,
        empty=counts.count(0),
        largest=filled[0] if filled else None,
        smallest=filled[-1] if filled else None,
    )


def seen(summary: DataSummary, *examples: DataExample) -> list[str]:
    (card, *_) = data_seen([DataPreview(summary, examples)])
    return texts([card])


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((50, 50), "Every class has 50."),
        ((50, 60), "Nearly even: every class has 50 to 60."),
        ((7200, 1000), "Uneven: class c0 has 7.2 times as many as class c1 (7,200 and 1,000)."),
        ((30_000, 1), "Uneven: class c0 has 30,000 times as many as class c1 (30,000 and 1)."),
        ((9, 0), "All are of class c0. 1 class has none here."),
        ((9, 9, 0, 0), "Every class has 9. 2 classes have none here."),
        ((0,), "There is no instance of any class."),
    ],
    ids=["even", "nearly", "uneven", "very uneven", "one class", "two missing", "nothing"],
)
def test_one_sentence_tells_how_even_classes_are(counts: tuple[int, ...], said: str) -> None:
    assert said in seen(DataSummary("test", sum(counts), classes=classes(*counts)))


def test_counts_and_shares_stand_beside_the_names() -> None:
    said = seen(DataSummary("test", 1000, classes=classes(999, 1)))
    assert "1,000 instances, 2 classes" in said
    assert [said[said.index(name) + 1 : said.index(name) + 3] for name in ("c0", "c1")] == [
        ["999", "99.9 %"],
        ["1", "0.1 %"],
    ]


@pytest.mark.parametrize(("count", "of", "said"), [(0, 0, "0.0 %"), (1, 10**6, "< 0.1 %"), (1, 3, "33.3 %")])
def test_shares_of_nearly_nothing_are_not_called_nothing(count: int, of: int, said: str) -> None:
    assert share(count, of) == said


def test_what_is_not_listed_is_counted() -> None:
    said = seen(DataSummary("test", 100, classes=classes(60, 20, more=980)))
    assert "and 980 more classes with 20 instances" in said
    column = ColumnCounts("place", (("here", 90),), 4)
    assert "and 3 more values" in seen(DataSummary("test", 100, columns=(column,)))
    unique = ColumnCounts("id", (("a", 1),), 100)
    assert "Each of the 100 instances has a value of its own, so it groups nothing." in seen(
        DataSummary("test", 100, columns=(unique,))
    )


def test_what_was_left_out_is_named_and_the_rest_counted() -> None:
    said = seen(DataSummary("test", 6, left_out=4, problems=("a.png does not decode",)))
    assert said[said.index("4 of 10 instances are left out:") :][1:3] == [
        "a.png does not decode",
        "and 3 more, which the logs of runs name",
    ]


def test_splits_that_nobody_has_read_say_when_they_will_be_seen() -> None:
    nothing = texts(data_seen([], of=" of digits"))
    assert nothing[0] == "Test split of digits"
    assert nothing[2] == "Training split of digits"
    assert all("appear here" in nothing[index] for index in (1, 3))
    other = texts(data_seen([DataPreview(DataSummary("validation", 1))]))
    assert other[-2:] == ["Split validation", "1 instance"]


def test_a_split_that_cannot_be_read_says_why_and_nothing_else() -> None:
    said = seen(DataSummary("test", 0, failure="a.csv has no column 'txt'. Did you mean text?"))
    assert said == ["Test split", "It cannot be read. a.csv has no column 'txt'. Did you mean text?"]


def test_texts_stand_beside_their_answers_or_labels() -> None:
    asked = seen(DataSummary("test", 2), DataExample("row 1", text="who?", answers=("anna", "ann")))
    assert asked[-4:] == ["Text", "Right answer", "who?", "anna / ann"]
    told = seen(DataSummary("test", 2), DataExample("row 1", "good", text="<b>fine</b>"))
    assert told[-4:] == ["Text", "Label", "<b>fine</b>", "good"]
    unknown = seen(DataSummary("test", 2), DataExample("sound-1"))
    assert unknown[-4:] == ["Instance", "Label", "sound-1", "no label"]


def test_only_pictures_are_fetched_from_nowhere_but_the_page() -> None:
    away = DataExample("a", "cat", picture="https://example.org/spy.png", pixels=(8, 8))
    (card, _) = data_seen([DataPreview(DataSummary("test", 1), (away,))])
    assert "example.org" not in json.dumps(card, cls=PlotlyJSONEncoder)
    assert "no picture" in texts([card])
