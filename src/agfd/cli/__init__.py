"""The command line."""

from __future__ import annotations


def main() -> None:
    """The program `agfd`."""
    from agfd.cli.main import main as group

    group()
