"""Grids of all pages share their options; a page adds and replaces some."""

from dashboard.components.grid import ROW_PX, GridTexts, grid

TEXTS = GridTexts("Nothing is listed.", "Nothing matches.", "Loading")


def test_a_grid_says_why_it_has_no_rows_and_takes_options_of_its_page() -> None:
    made = grid("some-grid", [{"field": "name"}], TEXTS, options={"rowHeight": 26, "quickFilterText": "x"})
    options = made.to_plotly_json()["props"]["dashGridOptions"]
    assert options["localeText"]["noRowsToShow"] == "Nothing is listed."
    assert (options["rowHeight"], options["headerHeight"]) == (26, ROW_PX)
    assert options["quickFilterText"] == "x"
    assert options["rowSelection"]["enableClickSelection"] is False
