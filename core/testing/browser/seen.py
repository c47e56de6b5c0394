"""What a person sees on a page: marks inside the axes, and areas that are not blank.

Elements can be in the document and still be outside the plot, covered, or of the colour of the background.
"""

from __future__ import annotations

from collections import Counter
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

_MARKS_INSIDE = """() => {
  const gd = document.querySelector('#overview-scatter .js-plotly-plot');
  const points = gd && gd._fullData && gd._fullData.find(one => one.meta === 'points');
  const area = gd && gd.querySelector('.nsewdrag');
  if (!points || !area) return [];
  const frame = area.getBoundingClientRect();
  const within = box => {
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const across = x >= frame.left && x <= frame.right;
    return box.width > 1 && across && y >= frame.top && y <= frame.bottom;
  };
  const marks = [...gd.querySelectorAll('.trace' + points.uid + ' .points path')];
  const seen = at => marks[at] && within(marks[at].getBoundingClientRect());
  return points.customdata.filter((_, at) => seen(at)).map(Number);
}"""

_NODES_INSIDE = """() => {
  const cy = window.cnc?.map?.state.cy;
  if (!cy || !cy.width()) return [];
  const inside = node => {
    const at = node.renderedPosition();
    return at.x > 0 && at.x < cy.width() && at.y > 0 && at.y < cy.height();
  };
  return cy.nodes().filter(inside).map(node => node.id());
}"""

_DRAWN = """() => {
  const map = window.cnc?.map?.state;
  if (!map || !map.painted || !map.shown) return false;
  if (document.querySelector('#overview-plot-frame.parallel')) {
    const lines = document.querySelector('#overview-parallel canvas');
    return Boolean(lines) && lines.clientWidth > 100;
  }
  const wanted = cnc.scatterFrame.wanted();
  if (wanted && !wanted.data.some(one => one.meta === 'points' && one.customdata.length)) return true;
  const gd = document.querySelector('#overview-scatter[data-drawn] .js-plotly-plot');
  return Boolean(gd && gd._fullLayout && gd._fullLayout.xaxis);
}"""

_INSIDE = """(frame, selector) => {
  const around = frame.getBoundingClientRect();
  const shown = mark => {
    const box = mark.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const within = x >= around.left && x <= around.right && y >= around.top && y <= around.bottom;
    return box.width > 1 && box.height > 1 && within && getComputedStyle(mark).visibility !== 'hidden';
  };
  return [...frame.querySelectorAll(selector)].filter(shown).length;
}"""


_LINES_INSIDE = """(frame, column) => {
  const area = frame.querySelector('.ag-body-viewport').getBoundingClientRect();
  return [...frame.querySelectorAll(`.ag-row [col-id=${column}]`)]
    .map((cell) => [cell.getBoundingClientRect(), cell.innerText])
    .filter(([box]) => box.height > 1 && box.top >= area.top - 1 && box.bottom <= area.bottom + 1)
    .sort((one, other) => one[0].top - other[0].top)
    .map(([, text]) => text);
}"""


def lines_in_grid(frame: Locator, column: str) -> list[str]:
    """Return what a column says in the lines within the frame of a grid, from top to bottom."""
    found: list[str] = frame.evaluate(_LINES_INSIDE, column)
    return found


def points_in_plot(page: Page) -> set[int]:
    """Return the ids of the models whose marks lie inside the axes of the scatterplot."""
    return set(page.evaluate(_MARKS_INSIDE))


def nodes_in_map(page: Page) -> set[str]:
    """Return the ids of the nodes of the map that lie inside its frame."""
    return set(page.evaluate(_NODES_INSIDE))


def ink(place: Locator) -> float:
    """Return the share of a place's pixels, 0..1, that differ from its most frequent colour."""
    from PIL import Image

    with Image.open(BytesIO(place.screenshot())) as picture:
        pixels = Counter(picture.convert("RGB").get_flattened_data())
    return 1 - max(pixels.values()) / pixels.total()


def wait_until_drawn(page: Page) -> None:
    """Wait until the Overview has painted its map and the plot that is shown."""
    page.wait_for_function(_DRAWN)


def marks_inside(frame: Locator, selector: str) -> int:
    """Return how many marks of a drawing are visible with their middle inside its frame."""
    return int(frame.evaluate(_INSIDE, selector))
