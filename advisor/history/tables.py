"""Which tables does the history have, the same in SQLite and PostgreSQL?

`runs` holds what is listed, filtered and ranked, and is made from the record when it is kept;
`documents` and `samples` hold what was measured, written once and never changed. Tags and notes are
rows of their own. Changing a table needs a migration (`migrations/`) and a new `HEAD`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

HEAD = "0002"
"""The revision that this code reads and writes; the newest one of `migrations/versions`."""

METADATA = MetaData()
EXACT = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared byte by byte, whatever language the database sorts in."""


def _of_run() -> Column[str]:
    return Column("run_id", EXACT, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)


RUNS = Table(
    "runs",
    METADATA,
    Column("id", EXACT, primary_key=True),
    Column("started_us", BigInteger, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("partial", Boolean, nullable=False),
    Column("record_schema", Text, nullable=False),
    Column("advisor_version", Text, nullable=False),
    Column("skipped", Text),
    Column("machine_id", EXACT),
    Column("machine_signature", EXACT),
    Column("measured_on", Text),
    Column("server_kind", EXACT),
    Column("server_version", Text),
    Column("model_name", EXACT),
    Column("model_digest", Text),
    Column("model_quantization", Text),
    Column("workload_name", Text),
    Column("workload_input_tokens", BigInteger),
    Column("workload_output_tokens", BigInteger),
    Column("decode_tok_per_s", Double),
    Column("prefill_tok_per_s", Double),
    Column("ttft_ms", Double),
    Column("output_tok_per_s", Double),
    Column("output_streams", BigInteger),
    Column("j_per_output_token", Double),
    Index("runs_by_time", "started_us", "id"),
    Index("runs_by_machine", "machine_id", "started_us"),
    Index("runs_by_model", "model_name", "started_us"),
    Index("runs_by_server", "server_kind", "started_us"),
    Index("runs_by_series", "machine_id", "model_name", "server_kind", "started_us"),
)
"""One row a run: `started_us` is Unix time in microseconds, the rest as in the record. The metrics
are defined in `headline.py`."""

DOCUMENTS = Table(
    "documents",
    METADATA,
    _of_run(),
    Column("sha256", String(64), nullable=False),
    Column("content", Text, nullable=False),
)
"""The record of each run, a JSON text exactly as it was handed over; `sha256` is of its UTF-8."""

SAMPLES = Table(
    "samples",
    METADATA,
    _of_run(),
    Column("encoding", String(20), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""The raw samples, JSON compressed as `encoding` says; `sha256` is of the JSON."""

TAGS = Table(
    "tags",
    METADATA,
    _of_run(),
    Column("tag", EXACT, primary_key=True),
    Column("started_us", BigInteger, nullable=False),
    Index("tags_by_name", "tag", "started_us"),
)
"""`started_us` is the run's, so that the newest runs of a tag are found without a sort."""

NOTES = Table(
    "notes",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("run_id", EXACT, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("written_at", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index("notes_by_run", "run_id"),
)

TAKEN_FILES = Table(
    "taken_files",
    METADATA,
    Column("name", EXACT, primary_key=True),
    Column("taken_at", Text, nullable=False),
)
"""Files of earlier versions whose run is in the history already, by name."""

ORIGINS = Table(
    "origins",
    METADATA,
    _of_run(),
    Column("imported_at", Text, nullable=False),
    Column("file_sha256", String(64), nullable=False),
    Column("tool", Text, nullable=False),
    Column("signer", Text),
    Column("signing_key", Text),
)
"""Runs that were taken from a file: when, from which, and who had signed it."""
