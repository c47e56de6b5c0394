"""How counts, numbers, durations, bounds, names and near matches are written, for every message and page.

Plain functions of plain values: the layer below everything else, so that errors and forms word alike.
"""
