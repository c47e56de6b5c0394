"""Plug-ins that workers get while a benchmark measures them."""
