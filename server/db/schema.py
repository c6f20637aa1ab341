"""The metadata that all tables of the server belong to, and the columns and indexes that many of them have."""

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, MetaData, text

from server.db.columns import Moment

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_1_name)s",
        "ix": "ix_%(table_name)s_%(column_1_name)s",
    }
)
WIDE = Integer().with_variant(BigInteger(), "postgresql")  # SQLite's whole numbers are wide by any name


def times() -> tuple[Column[object], Column[object]]:
    """When a row was made and last changed."""
    return Column("created_at", Moment, nullable=False), Column("updated_at", Moment, nullable=False)


def json() -> JSON:
    """A JSON column in which None is SQL's NULL."""
    return JSON(none_as_null=True)


def version() -> Column[int]:
    """The company's counter at the row's last change."""
    return Column("version", BigInteger, nullable=False)


# The `info` of an index: however old a company is, only few of its rows are in it.
FEW = {"few": True}


def index_of_some(name: str, *columns: str, unique: bool = False, info: dict[str, bool] | None = None) -> Index:
    """A partial index of the rows in which the last column is not null."""
    some = text(f"{columns[-1]} IS NOT NULL")
    return Index(name, *columns, unique=unique, sqlite_where=some, postgresql_where=some, info=info)
