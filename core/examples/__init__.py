"""Plug-ins to start from: copy a file into the folder that CNC_PLUGINS_DIR names, and change it."""
