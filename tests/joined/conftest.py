"""The databases and shop of the company's tests."""

from tests.company.conftest import (
    bare_office,
    cluster,
    database_url,
    engine,
    migrated_file,
    migrated_template,
    office,
    partitioned_template,
    shop,
    units,
)

__all__ = [
    "bare_office",
    "cluster",
    "database_url",
    "engine",
    "migrated_file",
    "migrated_template",
    "office",
    "partitioned_template",
    "shop",
    "units",
]
