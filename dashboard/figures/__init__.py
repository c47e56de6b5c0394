"""Drawings: pure functions from numbers to Plotly figures and map scenes. No Dash, no services."""
