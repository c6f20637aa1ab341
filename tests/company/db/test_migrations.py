"""Migrations keep the data of databases in use."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4, uuid5

import pytest
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    insert,
    inspect,
    select,
    text,
)

from loyalty.transactions import NO_EFFECT, CardDeactivated
from server.companies import companies
from server.db.columns import Id, Moment, microseconds, moment_of
from server.db.migration import is_migrated, migrate
from server.db.tables import cards, customers, entries, metadata, salvage, terminals
from server.db.tables import companies as owners
from server.db.units import Units, open_engine
from server.db.work_tables import card_days, card_list, card_stores
from server.db.work_tables import cases as case_rows
from server.ledger.feed.check import Checked, check
from server.refusals import No, Refused
from sync.protocol.card_packing import unpacked
from sync.protocol.rows import CardRow
from tests.support.paper_shop import PaperShop, a_coffee_program
from tests.support.postgres import Cluster

pytestmark = pytest.mark.slow


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without tables."""
    with ExitStack() as until_done:
        url = f"sqlite:///{tmp_path / 'server.db'}"
        if request.param == "postgresql":
            cluster: Cluster = request.getfixturevalue("cluster")
            url = until_done.enter_context(cluster.database())
        engine = open_engine(url)
        until_done.callback(engine.dispose)
        yield engine


def test_companies_keep_their_slugs(empty: Engine) -> None:
    migrate(empty, "0001")
    company_id, its_id = uuid4(), bindparam("company_id", type_=Id())
    with empty.connect().execution_options(orion_begin="write") as conn, conn.begin():
        assert not is_migrated(conn)
        conn.execute(text("INSERT INTO platform VALUES (1, 1, 'keys', '{}', 0, 0)"))
        company = text("INSERT INTO companies VALUES (:company_id, 'aurora', 'Café Aurora', '{}', 7, 1, 0, 0)")
        conn.execute(company.bindparams(its_id), {"company_id": company_id})
    migrate(empty)
    with empty.connect() as conn:
        assert is_migrated(conn)
        found = companies.by_slug(conn, "aurora")
        assert (found.id, found.name) == (company_id, "Café Aurora")
        assert conn.execute(text("SELECT clock FROM companies")).scalar_one() == 7


def test_a_slug_that_is_reserved_by_now_stops_a_migration_until_the_company_is_renamed(empty: Engine) -> None:
    migrate(empty, "0002")
    company_id, its_id = uuid4(), bindparam("company_id", type_=Id())
    with empty.connect().execution_options(orion_begin="write") as conn, conn.begin():
        for table, values in (("companies", "'Accountants', '{}', 7, 1"), ("slugs", None)):
            columns = f":company_id, {values}" if values else "'account', :company_id"
            row = text(f"INSERT INTO {table} VALUES ({columns}, 0, 0)")
            conn.execute(row.bindparams(its_id), {"company_id": company_id})
    with pytest.raises(Refused) as refused:
        migrate(empty, check=companies.require_free_slugs)
    assert (refused.value.reason, refused.value.about) == (No.SLUGS_RESERVED, "account")
    with empty.connect() as conn:
        assert "staff" in inspect(conn).get_table_names() and "jobs" not in inspect(conn).get_table_names()
    with Units(empty).platform_write() as conn:
        companies.rename(conn, "account", "accountants", datetime.now(UTC))
    migrate(empty, check=companies.require_free_slugs)
    with empty.connect() as conn:
        assert is_migrated(conn)
        found = conn.execute(text("SELECT slug FROM slugs")).scalars()
        assert list(found) == ["accountants"]


CARDS_OF_0004 = Table(
    "cards",
    MetaData(),
    *(Column(name, Id()) for name in ("company_id", "card_id", "customer_id", "enrolled_at_store")),
    *(Column(name, LargeBinary()) for name in ("token_hash", "number_hmac", "codes")),
    *(Column(name, Text()) for name in ("number_end",)),
    *(Column(name, JSON()) for name in ("old_codes", "marks")),
    *(Column(name, Boolean()) for name in ("is_retired", "is_active", "welcome_given")),
    *(
        Column(name, Moment())
        for name in (
            "card_created_at",
            "last_points_at",
            "last_redemption_at",
            "last_activity_at",
            "created_at",
            "updated_at",
        )
    ),
    *(
        Column(name, BigInteger())
        for name in (
            "number_key",
            "codes_key",
            "deactivated_version",
            "stamp_count",
            "total_stamps_earned",
            "stamps_redeemed",
            "points_balance",
            "total_points_earned",
            "points_redeemed",
            "row_hash",
            "version",
        )
    ),
)


def as_sent(kept: dict[str, Any]) -> CardRow:
    return unpacked(
        kept["packed"],
        card_id=kept["card_id"],
        token=kept["token_hash"],
        number=kept["number_hmac"],
        email=kept["email_hmac"],
        phone=kept["phone_hmac"],
    )


def as_0004_had_it(kept: dict[str, Any]) -> dict[str, Any]:
    """A card's row in the columns of that version."""
    said = as_sent(kept)
    old = {"tokens": [one.hex() for one in said.old_tokens], "numbers": [one.hex() for one in said.old_numbers]}
    apart = {
        **kept,
        "old_codes": old if said.old_tokens else None,
        "card_created_at": said.created_at,
        "marks": [[one.transaction_id.hex, microseconds(one.occurred_at), one.count] for one in said.marks],
    }
    return {column.name: apart.get(column.name, getattr(said, column.name, None)) for column in CARDS_OF_0004.c}


CUSTOMERS_OF_0004 = Table(
    "customers", MetaData(), Column("is_verified", Boolean()), *(Column(one.name, one.type) for one in customers.c)
)


def everything(conn: Connection) -> dict[str, list[dict[str, Any]]]:
    """All rows of a database of today's shape."""
    return {
        table.name: [dict(row._mapping) for row in conn.execute(select(table))]
        for table in metadata.sorted_tables
        if table.name not in ("pin_passes", "staff_days")  # which came later, with nothing of before in them
    }


def a_shop_with_all_kinds_of_cards(folder: Path) -> dict[str, list[dict[str, Any]]]:
    engine = open_engine(f"sqlite:///{folder / 'another.db'}")
    migrate(engine)
    shop = PaperShop(Units(engine), folder, a_coffee_program(welcome_bonus=20))
    till = shop.till()
    ana, ben, _ = (shop.enrolled(till, name=name, email=f"{name}@example.org") for name in ("ana", "ben", "cleo"))
    nobody = shop.enrolled(till)
    for card in (ana, ben, nobody):
        shop.passes(seconds=61.5)
        till.stamp(card, 11)
        till.earn(card, 1234, f"R-{card}")
        till.redeem(card)
    (blank, _) = shop.blanks(2)
    till.replace(ana, blank.id)
    till.sync()
    shop.book(ben, CardDeactivated(), NO_EFFECT)
    with shop.units.read() as conn:
        rows = everything(conn)
    engine.dispose()
    said = [as_sent(row) for row in rows["cards"]]
    assert len(said) == 6 and {one.is_active for one in said} == {one.retired for one in said} == {True, False}
    assert any(one.marks for one in said) and any(one.old_tokens for one in said) and any(one.name for one in said)
    return rows


SPLIT = """
    ALTER TABLE transactions DROP CONSTRAINT fk_transactions_company_id;
    ALTER TABLE cards RENAME TO whole;
    CREATE TABLE cards (LIKE whole) PARTITION BY HASH (company_id);
    DROP TABLE whole;
    ALTER TABLE cards ADD CONSTRAINT pk_cards PRIMARY KEY (company_id, card_id);
    CREATE TABLE cards_0 PARTITION OF cards FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE cards_1 PARTITION OF cards FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    CREATE INDEX ix_cards_version ON cards (company_id, version);
    CREATE INDEX ix_cards_token ON cards (company_id, token_hash);
    CREATE INDEX ix_cards_number ON cards (company_id, number_hmac);
    CREATE INDEX ix_cards_customer ON cards (company_id, customer_id);
    ALTER TABLE transactions ADD CONSTRAINT fk_transactions_company_id
        FOREIGN KEY (company_id, card_id) REFERENCES cards (company_id, card_id)
"""


def names_in(conn: Connection) -> set[str]:
    """The tables of today that a database has."""
    return {table.name for table in metadata.sorted_tables} & set(inspect(conn).get_table_names())


def only(rows: list[dict[str, Any]], columns: set[str]) -> list[str]:
    """Rows as far as those columns go, in any order."""
    return sorted(repr({name: value for name, value in row.items() if name in columns}) for row in rows)


def goes_along_from_0004(engine: Engine, folder: Path, *, split: bool = False) -> None:
    """Migrates a shop's rows from version 0004 and checks that they are unchanged."""
    before = a_shop_with_all_kinds_of_cards(folder)
    migrate(engine, "0004")
    with engine.connect().execution_options(orion_begin="write") as conn, conn.begin():
        for statement in SPLIT.split(";") if split else ():
            conn.execute(text(statement))
        had = {name: {column["name"] for column in inspect(conn).get_columns(name)} for name in names_in(conn)}
        for table in (one for one in metadata.sorted_tables if one.name in had):
            as_it_was = {"cards": CARDS_OF_0004, "customers": CUSTOMERS_OF_0004}.get(table.name, table)
            rows = [as_0004_had_it(row) if table is cards else row for row in before[table.name]]
            rows = [row | {"is_verified": False} if table is customers else row for row in rows]
            rows = [{name: value for name, value in row.items() if name in had[table.name]} for row in rows]
            if rows:
                conn.execute(insert(as_it_was), rows)
    migrate(engine)
    with engine.connect().execution_options(orion_begin="read") as conn, conn.begin():
        after = everything(conn)
        for name, columns in had.items():
            kept = {column.name for column in cards.c} if name == "cards" else columns
            assert only(before[name], kept) == only(after[name], kept), name
        (company_id,) = conn.execute(select(owners.c.company_id)).scalars()
        assert check(conn, company_id) == Checked(cards=6, wrong=(), wrong_sums=0)


def test_cards_are_sent_byte_for_byte_as_before_they_were_packed(empty: Engine, tmp_path: Path) -> None:
    goes_along_from_0004(empty, tmp_path)


def test_a_table_that_somebody_has_split_by_company_stays_split(cluster: Cluster, tmp_path: Path) -> None:
    with cluster.database() as url:
        engine = open_engine(url)
        goes_along_from_0004(engine, tmp_path, split=True)
        with engine.connect() as conn:
            parts = conn.execute(text("SELECT count(*) FROM pg_inherits WHERE inhparent = 'cards'::regclass"))
            assert parts.scalar_one() == 2
        engine.dispose()


def test_cards_that_are_listed_already_are_counted(empty: Engine) -> None:
    migrate(empty, "0024")
    day, companies_of = 86_400_000_000, (uuid4(), uuid4())
    counted = [(0, 20_000 * day, True, 3), (0, 20_001 * day - 1, True, -2), (0, 20_001 * day, True, 5)]
    counted += [(0, 20_000 * day, False, 7), (1, 20_000 * day + 5, True, 11)]
    same = {"number_end": "0000", "points": 4, "words": b"", "enrolled_at": moment_of(0)}
    times, store = {"created_at": moment_of(0), "updated_at": moment_of(0)}, uuid4()
    rows = [
        {"company_id": companies_of[of], "card_id": uuid4(), "is_active": is_active, "stamps": stamps}
        | {"last_activity_at": moment_of(at), "enrolled_store_id": None if stamps == 11 else store}
        for of, at, is_active, stamps in counted
    ]
    with empty.connect().execution_options(orion_begin="write") as conn, conn.begin():
        conn.execute(insert(card_list), [row | same | times for row in rows])
    migrate(empty)
    with empty.connect().execution_options(orion_begin="read") as conn, conn.begin():
        found = {(companies_of.index(row.company_id), *row[1:6]) for row in conn.execute(select(card_days))}
        stores = [row[:3] for row in conn.execute(select(card_stores))]
    first = {(0, 20_000, True, 2, 3, 8), (0, 20_001, True, 1, 5, 4), (0, 20_000, False, 1, 7, 4)}
    assert found == first | {(1, 20_000, True, 1, 11, 4)}
    assert stores == [(companies_of[0], store, 4)]


def test_cases_of_several_entries_become_one_for_each_in_a_group(empty: Engine) -> None:
    migrate(empty, "0028")
    company_id, till, store, journal = uuid4(), uuid4(), uuid4(), uuid4()
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    day_case, journal_case = uuid5(till, "2026-03-02"), uuid5(journal, "case salvaged")
    first, second, other, lost = (uuid4() for _ in range(4))
    own = {"company_id": company_id, "created_at": noon, "updated_at": noon}
    of_till = own | {"terminal_id": till, "journal_id": journal, "hash": b"h"}
    case = own | {"terminal_id": till, "card_id": None, "occurred_at": noon}
    entry = {"occurred_at": noon, "entry": b"e", "word": "rejected", "version": 1}
    earning = {"id": str(lost), "kind": "points_earned", "occurred_at": "2026-03-02T11:00:00Z"}
    with empty.connect().execution_options(orion_begin="write") as conn, conn.begin():
        company = {"company_id": company_id, "name": "Aurora", "settings": {}, "clock": 9, "version": 1}
        conn.execute(insert(owners).values(company | {"created_at": noon, "updated_at": noon}))
        place = {"store_id": store, "name": "Till 1", "signing_public": b"", "sealing_public": b"", "token_hash": b"t"}
        values = own | place | {"terminal_id": till, "acked_seq": 2, "version": 1}
        conn.execute(insert(terminals).values(values))
        for seq, entry_id, notes in ((1, first, ["not_allowed"]), (2, second, ["not_allowed"]), (3, other, [])):
            verdict = json.dumps({"id": str(entry_id), "notes": notes}).encode()
            conn.execute(
                insert(entries).values(of_till | entry | {"seq": seq, "entry_id": entry_id, "verdict": verdict})
            )
        for seq, data in ((4, json.dumps(earning).encode()), (5, b"torn"), (6, b'{"kind": "pin_tried"}')):
            rows = {
                name: of_till[name] for name in ("company_id", "terminal_id", "journal_id", "created_at", "updated_at")
            }
            conn.execute(insert(salvage).values(rows | {"seq": seq, "hash": bytes([seq]), "entry": data}))
        for case_id, kind, entry_id in (
            (day_case, "not_allowed", first),
            (journal_case, "salvaged", lost),
            (uuid4(), "stamp_conflict", other),
        ):
            row = case | {"case_id": case_id, "kind": kind, "entry_id": entry_id, "amount": 2}
            conn.execute(insert(case_rows).values(row))
    migrate(empty)
    with empty.connect().execution_options(orion_begin="read") as conn, conn.begin():
        found = conn.execute(select(case_rows)).all()
        (clock,) = conn.execute(select(owners.c.clock)).scalars()
    assert sorted(row.number for row in found) == [1, 2, 3, 4, 5]
    assert sorted(row.version for row in found) == [10, 11, 12, 13, 14] and clock == 14, "tills are sent all of them"
    assert {row.store_id for row in found} == {store}
    grouped = {(row.kind, row.group_id, row.entry_id) for row in found}
    assert grouped == {
        ("not_allowed", day_case, first),
        ("not_allowed", day_case, second),
        ("salvaged", journal, lost),
        ("salvaged", journal, uuid5(journal, "5")),
        ("stamp_conflict", None, other),
    }
