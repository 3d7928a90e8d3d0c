"""What a dataset holds, shown: counts, contact sheet, gallery, card. Reads the store, changes nothing in it."""

from agfd.report.tally import Counts, Tally, tally

__all__ = ["Counts", "Tally", "tally"]
