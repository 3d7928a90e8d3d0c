"""Finding images that should not be there twice. Pure."""

from agfd.dedup.final import Candidate, turned_down

__all__ = ["Candidate", "turned_down"]
