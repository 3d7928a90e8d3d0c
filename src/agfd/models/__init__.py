"""Weights of the analyzers: a manifest with hashes, a cache on this machine, and how they get there.

- `installed(name)`: the file, or None
- `path(name)`: the file, its hash checked; `ModelsMissingError` says what to run
- `install(names)`: fetches what is missing or damaged
- `rows()`: what there is, told by size; `check()` reads and hashes every file
"""

from __future__ import annotations

from agfd.models.cache import Row, check, folder, installed, path, rows
from agfd.models.fetch import install
from agfd.models.manifest import Weight, weight, weights

__all__ = ["Row", "Weight", "check", "folder", "install", "installed", "path", "rows", "weight", "weights"]
