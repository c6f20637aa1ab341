"""An office whose customers sign in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from server.db.account_tables import attempts, code_challenges, customer_sessions
from server.db.work_tables import mails
from server.settings import Smtp
from tests.support.card_office import CardOffice, card_office


@pytest.fixture(scope="module")
def filled(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardOffice]:
    with card_office(
        migrated_file, tmp_path_factory.mktemp("cafe"), Smtp("localhost", 25, "cafe@example.org")
    ) as office:
        yield office


@pytest.fixture
def cafe(filled: CardOffice) -> CardOffice:
    """Nobody has tried anything yet."""
    with filled.server.units.platform_write() as conn:
        for table in (attempts, code_challenges, customer_sessions, mails):
            conn.execute(delete(table))
    return filled
