"""The dataset on disk: chunks, rounds, what can be read from them and whether they are whole."""

from agfd.store.files import replacing, sweep, write_bytes, write_errors
from agfd.store.layout import Layout
from agfd.store.lock import writing
from agfd.store.placed import PlacedRows, stamp
from agfd.store.reviews import Journal, append_presses, journal, read_presses, read_reviews, standing
from agfd.store.rewriting import rewritten
from agfd.store.rounds import (
    batches_of,
    close_round,
    drop_chunk_rows,
    iterate_rows,
    read_rows,
    row_files,
    rows_of,
    seal_round,
    write_round,
)
from agfd.store.schema import PLACE, VERSION, judged_columns, schema, to_judged, to_place, to_row, to_sample
from agfd.store.shard import Shard, commit_chunk, read_map, read_member, read_pieces
from agfd.store.staging import exchanging, is_unsettled
from agfd.store.tables import read_stable
from agfd.store.verify import Damage, verify

__all__ = [
    "PLACE",
    "VERSION",
    "Damage",
    "Journal",
    "Layout",
    "PlacedRows",
    "Shard",
    "append_presses",
    "batches_of",
    "close_round",
    "commit_chunk",
    "drop_chunk_rows",
    "exchanging",
    "is_unsettled",
    "iterate_rows",
    "journal",
    "judged_columns",
    "read_map",
    "read_member",
    "read_pieces",
    "read_presses",
    "read_reviews",
    "read_rows",
    "read_stable",
    "replacing",
    "rewritten",
    "row_files",
    "rows_of",
    "schema",
    "seal_round",
    "stamp",
    "standing",
    "sweep",
    "to_judged",
    "to_place",
    "to_row",
    "to_sample",
    "verify",
    "write_bytes",
    "write_errors",
    "write_round",
    "writing",
]
