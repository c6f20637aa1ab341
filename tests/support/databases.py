"""The databases that a test with `database_url` runs on."""

import pytest

_SLOW = pytest.mark.slow  # quick runs test on one database only
_SQLITE, _POSTGRESQL = "sqlite", pytest.param("postgresql", marks=_SLOW)
_PARTITIONED = pytest.param("partitioned", marks=_SLOW)  # PostgreSQL that also refuses what would miss the partition

USUAL = [_SQLITE, _PARTITIONED]
ON_SQLITE = pytest.mark.parametrize("database_url", [_SQLITE], indirect=True)  # for claims that are not about SQL
ON_ALL = pytest.mark.parametrize("database_url", [_SQLITE, _POSTGRESQL, _PARTITIONED], indirect=True)  # and for SQL's
