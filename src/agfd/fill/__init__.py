"""Filling quotas: the ledger of verdicts and the next round. Pure."""

from agfd.fill.ledger import FINAL_REASONS, Ledger, SlotKey, Yield
from agfd.fill.rounds import Attempt, Limits, attempts_at_once, chunk_size, given_up, is_open, next_round

__all__ = [
    "FINAL_REASONS",
    "Attempt",
    "Ledger",
    "Limits",
    "SlotKey",
    "Yield",
    "attempts_at_once",
    "chunk_size",
    "given_up",
    "is_open",
    "next_round",
]
