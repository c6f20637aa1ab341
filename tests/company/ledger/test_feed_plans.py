"""What a till lacks is found by version, so that it costs as much as there is of it, however much a store has."""

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from server.db.tables import metadata
from server.ledger.feed.sources import BULK, ESSENTIALS, Reader, Source
from sync.protocol.rows import Table
from tests.support.builders import an_id, noon
from tests.support.plans import plans_of

SOURCES = [source for source in (*ESSENTIALS, *BULK) if source.table is not Table.COMPANY]  # that is a single row


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.table or "tombstones")
@pytest.mark.parametrize("is_counted", [True, False], ids=["counted", "read"])
def test_rows_are_found_by_their_version(source: Source, is_counted: bool) -> None:
    reader = Reader(an_id("company"), an_id("till"), an_id("store"), noon, frozenset({"case", "erased"}))
    engine = create_engine("sqlite://", poolclass=StaticPool)
    metadata.create_all(engine)
    with engine.connect() as conn, plans_of(conn) as plans:
        if is_counted:
            source.count.all(conn, **reader.named, after=7)
        else:
            source.page.all(conn, **reader.named, after=7, until=90, room=50)
    assert any("version>?" in plan for plan in plans), plans
