"""The time of one fixed workload, in Python and in the browser, to tell machines and their loads apart."""

from __future__ import annotations

import statistics
from time import perf_counter

from benchmarks.browser import opened

REPEATS = 3
_MODULUS = 2**31
_COUNT = 100_000

# The same numbers as in Python, sorted and counted; then a canvas of 2,000 circles, read back.
_BROWSER = """() => {
  const once = () => {
    const start = performance.now();
    const numbers = [];
    for (let i = 0, x = 1; i < 100000; i++) {
      x = (x * 16807) % 2147483647;
      numbers.push(x);
    }
    numbers.sort((a, b) => a - b);
    const counts = new Map();
    for (const x of numbers) counts.set(x % 1000, (counts.get(x % 1000) || 0) + 1);
    const canvas = Object.assign(document.createElement('canvas'), {width: 800, height: 600});
    const pen = canvas.getContext('2d');
    for (let i = 0; i < 2000; i++) {
      pen.beginPath();
      pen.arc(numbers[i * 50] % 800, i % 600, 6, 0, 7);
      pen.fill();
    }
    pen.getImageData(0, 0, 800, 600);
    return performance.now() - start;
  };
  return [once(), once(), once()];
}"""


def python_ms() -> float:
    """Return the median milliseconds to draw, sort and count 100,000 numbers."""
    return round(statistics.median(_once() for _ in range(REPEATS)), 1)


def browser_ms() -> float:
    """Return the median milliseconds of the same in Chromium, and of drawing 2,000 circles."""
    with opened() as page:
        page.goto("about:blank")
        times: list[float] = page.evaluate(_BROWSER)
    return round(statistics.median(times), 1)


def _once() -> float:
    start = perf_counter()
    number, numbers = 1, []
    for _ in range(_COUNT):
        number = number * 16807 % (_MODULUS - 1)
        numbers.append(number)
    counts: dict[int, int] = {}
    for each in sorted(numbers):
        counts[each % 1000] = counts.get(each % 1000, 0) + 1
    return (perf_counter() - start) * 1000
