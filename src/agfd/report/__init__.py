"""What a dataset holds, shown: counts, contact sheet, gallery, card. Reads the store, changes nothing in it."""

from agfd.report.card import write_card
from agfd.report.contact import write_contact_sheet
from agfd.report.gallery import write_gallery
from agfd.report.summary import Summary, sexes_of, summarise
from agfd.report.tally import Counts, Tally, tally

__all__ = [
    "Counts",
    "Summary",
    "Tally",
    "sexes_of",
    "summarise",
    "tally",
    "write_card",
    "write_contact_sheet",
    "write_gallery",
]
