"""Sums of row hashes that tills compare with their own, updated as rows are added, changed and removed.

Every write of a card, transaction or verdict must report its hash here; `recount` computes the same sums from scratch.
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
    """Changes to the sums in one unit of work, under the company's lock."""

    def __init__(self, company_id: UUID) -> None:
        self._company_id = company_id
        # By table, scope and bucket. A scope as a number, since a UUID computes its own hash in Python.
        self._changes: defaultdict[tuple[str, int, str], int] = defaultdict(int)

    def put(self, table: str, scope_id: UUID, bucket: str, row_hash: int) -> None:
        """Adds the hash of a new row."""
        self._changes[table, scope_id.int, bucket] += row_hash

    def take(self, table: str, scope_id: UUID, bucket: str, row_hash: int) -> None:
        """Subtracts the hash of a row that was changed or removed."""
        self._changes[table, scope_id.int, bucket] -= row_hash

    @property
    def changes(self) -> dict[tuple[str, UUID, str], int]:
        """The non-zero change of each bucket's sum."""
        scopes = {scope: UUID(int=scope) for scope in {scope for _, scope, _ in self._changes}}
        return {
            (table, scopes[scope], bucket): change & SUM_MASK
            for (table, scope, bucket), change in self._changes.items()
            if change & SUM_MASK
        }

    def write(self, conn: Connection, now: datetime) -> None:
        """Adds all changes to the stored sums with one statement."""
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
