"""Layers that round their inputs to int8, and layers that compute in int8."""
