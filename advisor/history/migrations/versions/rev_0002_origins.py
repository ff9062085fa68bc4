"""Where runs came from that were not measured here."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

EXACT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the table of origins."""
    op.create_table(
        "origins",
        sa.Column("run_id", EXACT, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("imported_at", sa.Text, nullable=False),
        sa.Column("file_sha256", sa.String(64), nullable=False),
        sa.Column("tool", sa.Text, nullable=False),
        sa.Column("signer", sa.Text),
        sa.Column("signing_key", sa.Text),
    )
