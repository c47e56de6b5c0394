"""Whether pixels of the Overview's map and plot are really there, asked in the page."""

from __future__ import annotations

PAINTED = """
window.painted = (compressedOnly) => {
  const gd = document.querySelector('#overview-scatter .js-plotly-plot');
  const map = document.getElementById('overview-map');
  const cy = map && map._cyreg && map._cyreg.cy;
  const inked = (canvas, x, y, size) => {
    const ratio = canvas.width / canvas.clientWidth;
    const side = size * ratio;
    const [left, top] = [x * ratio - side / 2, y * ratio - side / 2];
    const data = canvas.getContext('2d').getImageData(left, top, side, side).data;
    return data.some((value, index) => index % 4 === 3 && value > 0);
  };
  const nodes = cy ? cy.nodes().filter(node => !compressedOnly || node.indegree() > 0) : [];
  const canvases = map ? [...map.querySelectorAll('canvas')].filter(one => one.clientWidth) : [];
  const onMap = id => (id ? nodes.filter(node => node.id() === id) : nodes.slice(0, 3)).some(node => {
    const at = node.renderedPosition();
    return canvases.some(canvas => inked(canvas, at.x, at.y, 8));
  });
  const trace = gd && gd.data && gd._fullLayout && gd.data.find(one => one.meta === 'points');
  const area = gd && gd.querySelector('.bglayer rect, .plotbg rect, .nsewdrag');
  const frame = area && area.getBoundingClientRect();
  const ids = trace ? [...trace.customdata].map(String) : [];
  const inPlot = frame ? [...gd.querySelectorAll('.scatterlayer .points path')].filter(mark => {
    const at = mark.getBoundingClientRect();
    const [x, y] = [at.left + at.width / 2, at.top + at.height / 2];
    return at.width && x >= frame.left && x <= frame.right && y >= frame.top && y <= frame.bottom;
  }).length : 0;
  const bases = cy ? cy.nodes().filter(node => !node.indegree()).map(node => node.id()) : [];
  const compared = ids.filter(id => !compressedOnly || !bases.includes(id));
  return {
    map: compressedOnly ? compared.some(onMap) : onMap(null),
    plot: compressedOnly ? compared.length > 0 && inPlot === ids.length : inPlot > 0,
  };
};
"""
"""Adds `painted(compressedOnly)`, which returns `{map, plot}`: ink at the place of a node on a canvas, and
marks within the area of the plot. `compressedOnly`: of a model with metrics that is no base model."""

CLOCK = (
    PAINTED
    + """
window.firstPaint = {};
const look = () => {
  try {
    const there = window.painted(false);
    for (const part of ['map', 'plot']) {
      if (there[part] && !(part in window.firstPaint)) window.firstPaint[part] = performance.now() / 1000;
    }
  } catch (error) { /* half drawn */ }
  if (!('map' in window.firstPaint && 'plot' in window.firstPaint)) {
    requestAnimationFrame(() => setTimeout(look, 30));
  }
};
look();
"""
)
"""Notes in `firstPaint` after how many seconds from the navigation each was painted."""
