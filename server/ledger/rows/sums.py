"""The sums of rows that tills compare theirs with: what a unit of work adds to them and takes out of them.

Who writes a card, a transaction or a verdict hands its hash in here; `recount` is the other way to the same sums.
"""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Insert, literal_column
from sqlalchemy.dialects import postgresql, sqlite

from server.db.batches import Batch
from server.db.tables import digests
from sync.protocol.digests import SUM_MASK


class Sums:
    """One unit of work's changes, under the company's lock."""

    def __init__(self, company_id: UUID) -> None:
        self._company_id = company_id
        self._changes: defaultdict[tuple[str, UUID, str], int] = defaultdict(int)

    def put(self, table: str, scope_id: UUID, bucket: str, row_hash: int) -> None:
        """A row with this hash is there now."""
        self._changes[table, scope_id, bucket] += row_hash

    def take(self, table: str, scope_id: UUID, bucket: str, row_hash: int) -> None:
        """The row that had this hash has another one now, or is gone."""
        self._changes[table, scope_id, bucket] -= row_hash

    @property
    def changes(self) -> dict[tuple[str, UUID, str], int]:
        """What each bucket's sum goes up by."""
        return {key: change & SUM_MASK for key, change in self._changes.items() if change & SUM_MASK}

    def write(self, conn: Connection, now: datetime) -> None:
        """Adds everything, with one statement."""
        _ADD[conn.dialect.name].run(conn, self.rows(now))

    def rows(self, now: datetime) -> list[dict[str, object]]:
        """The changes as rows of `digests`."""
        more = {"company_id": self._company_id, "created_at": now, "updated_at": now}
        return [
            {"table": table, "scope_id": scope_id, "bucket": bucket, "sum": change, **more}
            for (table, scope_id, bucket), change in self.changes.items()
        ]


def _added(statement: sqlite.Insert | postgresql.Insert) -> Insert:
    new = statement.excluded
    total = (digests.c.sum + new.sum).bitwise_and(literal_column(str(SUM_MASK)))
    changed = {"sum": total, "updated_at": new.updated_at}
    return statement.on_conflict_do_update(index_elements=list(digests.primary_key), set_=changed)


_ADD = {
    "sqlite": Batch(_added(sqlite.insert(digests))),
    "postgresql": Batch(_added(postgresql.insert(digests))),
}
