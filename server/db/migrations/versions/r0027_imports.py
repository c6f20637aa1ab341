"""Cards come from files of other programs, and the codes that customers have from there lead to them."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def _times() -> list[sa.Column[object]]:
    return [sa.Column(name, Moment(), nullable=False) for name in ("created_at", "updated_at")]


def _keys(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, Id(), primary_key=True) for name in ("company_id", *names)]


def _sealed() -> list[sa.Column[object]]:
    return [
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_key", sa.Integer(), nullable=False),
    ]


def upgrade() -> None:
    op.add_column("customers", sa.Column("consent_at", Moment()))
    op.create_table(
        "old_codes",
        *_keys(),
        sa.Column("hash", sa.LargeBinary(), primary_key=True),
        sa.Column("card_id", Id(), nullable=False),
        *_times(),
    )
    op.create_index("ix_old_codes_card", "old_codes", ["company_id", "card_id"])
    op.create_table(
        "imports",
        *_keys("import_id"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("encoding", "separator")),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("choice", sa.JSON()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("wrong", sa.Text()),
        sa.Column("next_row", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("makes", "adds", "clashes", "refused", "weak_codes", "done")
        ),
        *(sa.Column(name, Id()) for name in ("staff_id", "run_by")),
        *(sa.Column(name, Moment()) for name in ("done_at", "cleared_at")),
        *_times(),
    )
    op.create_index("ix_imports_created", "imports", ["company_id", "created_at", "import_id"])
    op.create_table(
        "import_parts", *_keys("import_id"), sa.Column("place", sa.Integer(), primary_key=True), *_sealed(), *_times()
    )
    op.create_table(
        "import_rows",
        *_keys("import_id"),
        sa.Column("row", sa.Integer(), primary_key=True),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("other_row", sa.Integer()),
        sa.Column("card_id", Id()),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        *_sealed(),
        *(sa.Column(name, sa.LargeBinary()) for name in ("code_hmac", "email_hmac", "phone_hmac")),
        *_times(),
    )
    op.create_index("ix_import_rows_word", "import_rows", ["company_id", "import_id", "word", "row"])
    for name, column in (
        ("code", "code_hmac"),
        ("email", "email_hmac"),
        ("phone", "phone_hmac"),
        ("card", "card_id"),
    ):
        some = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_import_rows_{name}",
            "import_rows",
            ["company_id", "import_id", column],
            sqlite_where=some,
            postgresql_where=some,
        )
