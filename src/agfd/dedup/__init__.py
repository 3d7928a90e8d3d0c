"""Finding images that should not be there twice. Pure."""

from agfd.dedup.candidate import Candidate
from agfd.dedup.final import Seen, turned_down

__all__ = ["Candidate", "Seen", "turned_down"]
