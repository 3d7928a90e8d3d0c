"""The dataset on disk: chunks, rounds, what can be read from them and whether they are whole."""

from agfd.store.files import replacing, sweep, write_bytes, write_errors
from agfd.store.layout import Layout
from agfd.store.lock import writing
from agfd.store.rounds import close_round, drop_chunk_rows, iterate_rows, read_rows, row_files, rows_of, seal_round
from agfd.store.schema import VERSION, schema, to_row, to_sample
from agfd.store.shard import Shard, commit_chunk, read_map, read_member
from agfd.store.tables import read_stable
from agfd.store.verify import Damage, verify

__all__ = [
    "VERSION",
    "Damage",
    "Layout",
    "Shard",
    "close_round",
    "commit_chunk",
    "drop_chunk_rows",
    "iterate_rows",
    "read_map",
    "read_member",
    "read_rows",
    "read_stable",
    "replacing",
    "row_files",
    "rows_of",
    "schema",
    "seal_round",
    "sweep",
    "to_row",
    "to_sample",
    "verify",
    "write_bytes",
    "write_errors",
    "writing",
]
