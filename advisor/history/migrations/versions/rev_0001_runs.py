"""Runs with their records, samples, tags and notes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

EXACT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _of_run() -> sa.Column[str]:
    return sa.Column(
        "run_id", EXACT, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True
    )


def upgrade() -> None:
    """Makes all tables."""
    op.create_table(
        "runs",
        sa.Column("id", EXACT, primary_key=True),
        sa.Column("started_us", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("partial", sa.Boolean, nullable=False),
        sa.Column("record_schema", sa.Text, nullable=False),
        sa.Column("advisor_version", sa.Text, nullable=False),
        sa.Column("skipped", sa.Text),
        sa.Column("machine_id", EXACT),
        sa.Column("machine_signature", EXACT),
        sa.Column("measured_on", sa.Text),
        sa.Column("server_kind", EXACT),
        sa.Column("server_version", sa.Text),
        sa.Column("model_name", EXACT),
        sa.Column("model_digest", sa.Text),
        sa.Column("model_quantization", sa.Text),
        sa.Column("workload_name", sa.Text),
        sa.Column("workload_input_tokens", sa.BigInteger),
        sa.Column("workload_output_tokens", sa.BigInteger),
        sa.Column("decode_tok_per_s", sa.Double),
        sa.Column("prefill_tok_per_s", sa.Double),
        sa.Column("ttft_ms", sa.Double),
        sa.Column("output_tok_per_s", sa.Double),
        sa.Column("output_streams", sa.BigInteger),
        sa.Column("j_per_output_token", sa.Double),
    )
    op.create_index("runs_by_time", "runs", ["started_us", "id"])
    op.create_index("runs_by_machine", "runs", ["machine_id", "started_us"])
    op.create_index("runs_by_model", "runs", ["model_name", "started_us"])
    op.create_index("runs_by_server", "runs", ["server_kind", "started_us"])
    series = ["machine_id", "model_name", "server_kind", "started_us"]
    op.create_index("runs_by_series", "runs", series)
    op.create_table(
        "documents",
        _of_run(),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "samples",
        _of_run(),
        sa.Column("encoding", sa.String(20), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "tags",
        _of_run(),
        sa.Column("tag", EXACT, primary_key=True),
        sa.Column("started_us", sa.BigInteger, nullable=False),
    )
    op.create_index("tags_by_name", "tags", ["tag", "started_us"])
    op.create_table(
        "notes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("run_id", EXACT, sa.ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("written_at", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("notes_by_run", "notes", ["run_id"])
    op.create_table(
        "taken_files",
        sa.Column("name", EXACT, primary_key=True),
        sa.Column("taken_at", sa.Text, nullable=False),
    )
