"""Cases have versions, as tills are sent those of their store."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("version", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("ix_cases_version", "cases", ["company_id", "store_id", "version"])
    # Each needs a version of its own: a page of the feed may end between any two.
    clock = "(SELECT clock FROM companies WHERE companies.company_id = cases.company_id)"
    op.execute(sa.text(f"UPDATE cases SET version = number + {clock}"))  # noqa: S608 - our own words
    most = "coalesce((SELECT max(number) FROM cases WHERE cases.company_id = companies.company_id), 0)"
    op.execute(sa.text(f"UPDATE companies SET clock = clock + {most}"))  # noqa: S608 - our own words
