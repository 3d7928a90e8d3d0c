"""Where agfd keeps what belongs to the user and to no dataset."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def user_cache() -> Path:
    """The folder `agfd` in the user's cache folder of this platform; it may not exist yet."""
    return _cache_of_platform() / "agfd"


def _cache_of_platform() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
