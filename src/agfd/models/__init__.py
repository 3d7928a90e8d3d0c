"""Weights of the analyzers: a manifest with hashes, a cache on this machine, and how they get there.

- `installed(name)`: the file, or None
- `path(name)`: the file, its hash checked; `ModelsMissingError` says what to run
- `choose(names)`: the weights to install, and what is left out and why; `install(entries)` fetches what is missing
- `rows()`: what there is, told by size; `check()` reads and hashes every file
"""

from __future__ import annotations

from agfd.models.cache import Row, check, folder, installed, path, rows
from agfd.models.fetch import Choice, choose, install
from agfd.models.manifest import Member, Profile, Weight, weight, weights

__all__ = [
    "Choice",
    "Member",
    "Profile",
    "Row",
    "Weight",
    "check",
    "choose",
    "folder",
    "install",
    "installed",
    "path",
    "rows",
    "weight",
    "weights",
]
