"""Takes the process that imports it along, as a broken library would, while a certain file exists."""

import os
from pathlib import Path

if Path(os.environ.get("CNC_TEST_BREAK_LIBRARIES", "/nowhere")).exists():
    os._exit(3)
