"""Finding images that should not be there twice. Pure."""

from agfd.dedup.final import Candidate, Seen, turned_down

__all__ = ["Candidate", "Seen", "turned_down"]
