"""Sums of a replica's row hashes, kept by SQL triggers, so that no write can miss them.

Triggers cost about five microseconds for each row. A first load, or a file filled in one go, has none: `begin` adds
them when all rows are in.
"""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, insert, select

from sync.protocol.digests import SUM_MASK, seq_range, token_range
from sync.protocol.messages import Bucket
from sync.protocol.rows import Table as Kind
from sync.replica.tables import TOKEN_KEY, cards, cases, digests, essentials, transactions, verdicts

_HALF = 24  # bits: summing whole hashes would overflow SQLite's integers after 32,768 rows
_TABLES: dict[str, Table] = {
    Kind.CARD: cards,
    Kind.VERDICT: verdicts,
    Kind.TRANSACTION: transactions,
    Kind.CASE: cases,
}
_NAMES = {  # SQL expressions for the kind and bucket of a row
    cards: ("'card'", "lower(hex(substr({row}.token, 1, 1)))"),
    verdicts: ("'verdict'", "lower(hex({row}.journal_id)) || '/' || ({row}.seq / 1024)"),
    transactions: ("'transaction'", "{row}.day"),
    cases: ("'case'", "{row}.day"),
    essentials: ("{row}.kind", "''"),
}


def table_of(kind: str) -> Table:
    """The table that holds rows of a kind."""
    return _TABLES.get(kind, essentials)


def begin(conn: Connection) -> None:
    """Creates the triggers, and the sums of rows that were written without them."""
    made = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'"
    if conn.exec_driver_sql(made).scalar_one() >= len(_NAMES) * 4:
        return
    conn.execute(delete(digests))
    for table in _NAMES:
        count_all(conn, table)
        for statement in _triggers(table):
            conn.exec_driver_sql(statement)


def begin_for(conn: Connection, table: Table) -> None:
    """Creates the triggers of an empty table in a file whose other tables have theirs."""
    for statement in _triggers(table):
        conn.exec_driver_sql(statement)


def trigger_names() -> set[str]:
    """What the triggers are called."""
    return {f"sum_{table.name}_{what}" for table in _NAMES for what in ("put", "take", "change", "move")}


def begin_with(conn: Connection, table: Table, sums: Mapping[str, int]) -> None:
    """Creates the triggers in a file that holds only rows of *table*, whose sums by bucket are known."""
    if sums:
        kind = _NAMES[table][0].strip("'")
        conn.execute(insert(digests), [{"kind": kind, "bucket": name, "sum": total} for name, total in sums.items()])
    for one in _NAMES:
        for statement in _triggers(one):
            conn.exec_driver_sql(statement)


def rows_of(bucket: Bucket) -> ColumnElement[bool]:
    """The condition for a bucket's rows in its table; raises `ValueError` for an invalid bucket."""
    match bucket.table:
        case Kind.CARD:
            first, end = token_range(bucket.name)
            return first <= TOKEN_KEY if end is None else and_(first <= TOKEN_KEY, end > TOKEN_KEY)
        case Kind.VERDICT:
            journal, low, high = seq_range(bucket.name)
            return and_(verdicts.c.journal_id == journal.bytes, verdicts.c.seq >= low, verdicts.c.seq < high)
        case Kind.TRANSACTION:
            return transactions.c.day == bucket.name
        case Kind.CASE:
            return cases.c.day == bucket.name
        case _:
            return essentials.c.kind == bucket.table


def stored(conn: Connection) -> dict[str, dict[str, int]]:
    """The stored sums, by table and bucket."""
    found: dict[str, dict[str, int]] = {}
    for row in conn.execute(select(digests).where(digests.c.sum != 0)):
        found.setdefault(row.kind, {})[row.bucket] = row.sum
    return found


def count(conn: Connection, bucket: Bucket) -> bool:
    """Sets a bucket's sum to that of its rows; returns True if it already was."""
    table = table_of(bucket.table)
    totals = conn.execute(select(*_halves(table)).where(rows_of(bucket))).one()
    total = _whole(*totals)
    of_bucket = (digests.c.kind == bucket.table, digests.c.bucket == bucket.name)
    before = conn.execute(select(digests.c.sum).where(*of_bucket)).scalar_one_or_none() or 0
    if before == total:
        return True
    conn.execute(delete(digests).where(*of_bucket))
    conn.execute(insert(digests).values(kind=bucket.table, bucket=bucket.name, sum=total))
    return False


def count_all(conn: Connection, table: Table) -> None:
    """Sets the sums of all buckets of a table to those of its rows."""
    kinds = [str(kind) for kind, one in _TABLES.items() if one is table]
    conn.execute(
        delete(digests).where(digests.c.kind.in_(kinds) if kinds else digests.c.kind.not_in(map(str, _TABLES)))
    )
    kind, bucket = (one.format(row=table.name) for one in _NAMES[table])
    high, low = f"sum(hash >> {_HALF})", f"sum(hash & {(1 << _HALF) - 1})"
    query = f"SELECT {kind}, {bucket}, {high}, {low} FROM {table.name} GROUP BY 1, 2"  # noqa: S608 - our own words
    rows = [{"kind": one[0], "bucket": one[1], "sum": _whole(one[2], one[3])} for one in conn.exec_driver_sql(query)]
    if rows:
        conn.execute(insert(digests), rows)


def _halves(table: Table) -> tuple[ColumnElement[int], ColumnElement[int]]:
    hashed = table.c.hash
    return func.sum(hashed.op(">>")(_HALF)), func.sum(hashed.op("&")((1 << _HALF) - 1))


def _whole(high: int | None, low: int | None) -> int:
    return ((high or 0) << _HALF) + (low or 0) & SUM_MASK


def _triggers(of: Table) -> list[str]:
    table, (kind, bucket) = of.name, _NAMES[of]

    def put(row: str) -> str:
        key = f"{kind}, {bucket}".format(row=row)
        return (
            f"INSERT INTO digests (kind, bucket, sum) VALUES ({key}, coalesce({row}.hash, 0)) "  # noqa: S608
            f"ON CONFLICT (kind, bucket) DO UPDATE SET sum = (sum + excluded.sum) & {SUM_MASK};"
        )

    def take(row: str) -> str:
        where = f"kind = {kind} AND bucket = {bucket}".format(row=row)
        return f"UPDATE digests SET sum = (sum - coalesce({row}.hash, 0)) & {SUM_MASK} WHERE {where};"  # noqa: S608

    old, new = (bucket.format(row=row) for row in ("OLD", "NEW"))
    sum_ = f"(sum - coalesce(OLD.hash, 0) + coalesce(NEW.hash, 0)) & {SUM_MASK}"
    same = f"UPDATE digests SET sum = {sum_} WHERE kind = {kind} AND bucket = {bucket};".format(row="NEW")  # noqa: S608
    made, on = "CREATE TRIGGER IF NOT EXISTS", f"AFTER UPDATE OF hash ON {table}"
    return [
        f"{made} sum_{table}_put AFTER INSERT ON {table} BEGIN {put('NEW')} END",
        f"{made} sum_{table}_take AFTER DELETE ON {table} BEGIN {take('OLD')} END",
        f"{made} sum_{table}_change {on} WHEN {old} = {new} BEGIN {same} END",
        f"{made} sum_{table}_move {on} WHEN {old} != {new} BEGIN {take('OLD')} {put('NEW')} END",
    ]
