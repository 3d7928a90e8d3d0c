"""The folder of sample faces that benchmarks measure on: the environment variable AGFD_FACES names it."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def root(folder: str = "") -> Path:
    """The folder, or one in it; ends the program, successfully, where there is none."""
    named = os.environ.get("AGFD_FACES")
    if not named or not (Path(named) / folder).is_dir():
        print(f"skipped: AGFD_FACES does not name a folder of sample faces{f' with {folder}' if folder else ''}")
        sys.exit(0)
    return Path(named) / folder
