"""Imports: what becomes of each row, what is booked for it, and that it is booked once."""

from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid5

import pytest
from msgspec.structs import replace

from loyalty.transactions import Kind
from server.db.job_queue import LeaseLost
from server.db.tables import cards, customers
from server.db.transfer_tables import import_parts, import_rows, old_codes
from server.db.work_tables import cases
from server.ledger.feed.check import check
from server.ledger.rows.cases import import_clash_id
from server.refusals import No, Refused
from server.transfer import importing, imports, staged_rows
from server.transfer.csv_reading import FileWrong
from server.transfer.import_plan import Word
from server.transfer.imports import State
from server.transfer.row_values import DateOrder
from sync.protocol import sealing
from tests.company.transfer.files import booked, choose, csv_of, found, imported, outcomes, planned, sent, started, work
from tests.support.databases import ON_SQLITE
from tests.support.paper_shop import PaperShop, a_coffee_program

pytestmark = pytest.mark.slow

NOON = datetime(2026, 1, 31, 11, tzinfo=UTC)  # in Luxembourg

MAKES, ADDS, CLASHES, REFUSED = Word.MAKES, Word.ADDS, Word.CLASHES, Word.REFUSED


def card_of_code(shop: PaperShop, code: str) -> UUID:
    """The card that an old code leads to."""
    hashed = sealing.old_code_hmac(shop.keys.company(shop.company_id).lookup, code)
    (row,) = shop.rows(old_codes, hash=hashed)
    card_id: UUID = row.card_id
    return card_id


def is_sound(shop: PaperShop) -> bool:
    """True if every balance is the fold of its ledger, and every sum that of its rows."""
    with shop.units.read() as conn:
        checked = check(conn, shop.company_id)
    return not checked.wrong and not checked.wrong_sums


def test_a_row_makes_a_card_with_its_person_balances_and_old_code(shop: PaperShop) -> None:
    import_id = imported(
        shop,
        csv_of(
            "code;name;email;language;consent;consent_on;stamps;points;enrolled_on;last_activity_on",
            "K-17;Zoé  Weber;Zoe@Example.com;fr-LU;oui;2025-02-03;3;120;2025-02-03;2026-01-31",
        ),
    )

    card_id = card_of_code(shop, "K-17")
    said = shop.said(card_id)
    assert shop.kinds(card_id) == [Kind.CARD_CREATED, Kind.STAMPS_ADJUSTED, Kind.POINTS_ADJUSTED]
    assert (said.stamp_count, said.points_balance, said.welcome_given) == (3, 120, False)
    assert (said.created_at, said.last_activity_at) == (datetime(2025, 2, 3, 11, tzinfo=UTC), NOON)
    assert [row.transaction_id for row in shop.ledger(card_id)] == [
        uuid5(import_id, f"2 {kind}") for kind in shop.kinds(card_id)
    ]
    assert {row.reason for row in shop.ledger(card_id)} == {None, "import"}
    (customer,) = shop.rows(customers)
    assert (customer.language, customer.consent, customer.verified_at) == ("fr", True, None)
    assert customer.consent_at == datetime(2025, 2, 3, 11, tzinfo=UTC)
    keys = shop.keys.company(shop.company_id)
    assert sealing.decrypt(keys.data, card_id, said.name or b"") == "Zoé Weber"
    assert (said.email, said.phone) == (sealing.email_hmac(keys.lookup, "zoe@example.com"), None)
    assert (found(shop, import_id).state, found(shop, import_id).done) == (State.DONE, 1)
    assert is_sound(shop)


def test_a_welcome_is_not_given_and_no_balance_lapses_within_thirty_days(shop: PaperShop) -> None:
    shop.set_program(a_coffee_program(welcome_bonus=20, points_expire_after_days=90))

    imported(shop, csv_of("code;points;last_activity_on", "A;5;2020-01-01", "B;5;2026-02-20", "C;5;", "D;0;2020-01-01"))

    active = {code: shop.said(card_of_code(shop, code)).last_activity_at for code in "ABCD"}
    assert active["A"] == datetime(2026, 1, 1, 11, tzinfo=UTC)  # 60 days ago, of 90
    assert active["B"] == datetime(2026, 2, 20, 11, tzinfo=UTC)
    assert active["C"] == shop.now
    assert [shop.said(card_of_code(shop, code)).points_balance for code in "ABCD"] == [5, 5, 5, 0]


def test_a_row_that_names_a_card_adds_to_it_and_takes_a_blank(shop: PaperShop) -> None:
    shop.set_program(a_coffee_program(welcome_bonus=20))
    till = shop.till()
    used, blank, spare = shop.blanks(3)
    till.sync()
    till.enrol(used.id, name="Marie", email="marie@example.com")
    till.sync()
    numbers = [f"{one.number[:4]}-{one.number[4:8]}-{one.number[8:]}" for one in (used, blank, spare)]

    content = csv_of(
        "card_number;code;email;stamps;points",
        f"{numbers[0]};X-1;other@example.com;2;30",
        f"{numbers[1]};X-2;paul@example.com;4;0",
        f"{numbers[1]};X-3;;1;0",
        "4000-0000-0000;;;1;0",
    )
    import_id = imported(shop, content)

    assert [(word, reason) for _, word, reason in outcomes(shop, import_id)] == [
        (ADDS, None),
        (MAKES, None),
        (ADDS, None),
        (REFUSED, "card_unknown"),
    ]
    assert (shop.said(used.id).stamp_count, shop.said(used.id).points_balance) == (2, 50)
    assert card_of_code(shop, "X-1") == used.id
    assert (shop.said(blank.id).stamp_count, len(shop.said(blank.id).old_codes)) == (5, 2)
    assert shop.kinds(blank.id) == [Kind.CARD_CREATED, Kind.STAMPS_ADJUSTED, Kind.STAMPS_ADJUSTED]
    assert shop.kinds(spare.id) == []
    lookup = shop.keys.company(shop.company_id).lookup
    assert shop.said(used.id).email == sealing.email_hmac(lookup, "marie@example.com"), "a customer is left as they are"
    assert is_sound(shop)


def test_rows_clash_with_cards_and_with_each_other(shop: PaperShop) -> None:
    till = shop.till()
    (blank,) = shop.blanks()
    till.sync()
    till.enrol(blank.id, name="Marie", email="marie@example.com", phone="+352621123456")
    till.sync()
    imported(shop, csv_of("code;stamps", "K-1;1"))

    import_id = planned(
        shop,
        csv_of(
            "code;email;phone;stamps",
            "K-2;MARIE@example.com;;1",
            "K-3;;621 123 456;1",
            "K-1;;;1",
            "K-4;a@example.com;;1",
            "K-4;;;1",
            "K-5;A@example.com;;1",
            f"{blank.number};;;1",  # tills take it for the card's own number
            "K-2;b@example.com;;1",  # the row that had it is not taken
        ),
    )

    words = [word for _, word, _ in outcomes(shop, import_id)]
    assert words == [CLASHES, CLASHES, CLASHES, MAKES, CLASHES, CLASHES, CLASHES, MAKES]
    keys = shop.keys.company(shop.company_id)
    with shop.units.read() as conn:
        rows = staged_rows.listed(conn, shop.company_id, import_id, keys, [CLASHES])
    assert [(row.card_id == blank.id, row.other_row) for row in rows] == [
        (True, None),
        (True, None),
        (False, None),
        (False, 5),
        (False, 5),
        (True, None),
    ]
    assert {row.reason for row in rows} == {"import_clash"}
    started(shop, import_id)
    work(shop)
    assert found(shop, import_id).counts == {MAKES: 2, ADDS: 0, CLASHES: 6, REFUSED: 0}
    opened = sorted(shop.rows(cases), key=lambda case: case.number)
    made = [card_of_code(shop, code) for code in ("K-1", "K-4")]
    assert [case.card_id for case in opened] == [blank.id, blank.id, made[0], made[1], made[1], blank.id]
    assert {(case.kind, case.group_id) for case in opened} == {("import_clash", import_id)}
    assert is_sound(shop)


@ON_SQLITE
@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("4.8E+11;;;;;", "number_mangled"),
        ("=1+1;;;;;", "formula"),
        (";;;1;;", "nobody"),
        ("x" * 129 + ";;;;;", "code_invalid"),
        ("A;nobody;;;;", "email_invalid"),
        ("A;;123;;;", "phone_invalid"),
        ("A;;;1.5;;", "count_invalid"),
        ("A;;;-1;;", "count_invalid"),
        ("A;;;1000001;;", "count_invalid"),
        ("A;;;1.000;;", "count_invalid"),  # a thousand in German, one in English
        ("A;;;1,000;;", "count_invalid"),
        ("A;;;1 000;;", None),
        ("A;;;7,00;;", None),
        ("A;;;7.0;;", None),
        ("A;;;;31.01.2026;", None),
        ("A;;;;01/31/2026;", "date_unclear"),
        ("A;;;;31.01.26;", "date_unclear"),
        ("A;;;;2026-02-30;", "date_unclear"),
        ("A;;;;2026-03-03;", "date_to_come"),
        ("A;;;;2026-01-31T10:00:00;", None),
        ("A;;;;;maybe", "consent_unclear"),
        ("A;;;;;X", None),
    ],
)
def test_a_row_that_cannot_be_read_says_why(shop: PaperShop, cells: str, reason: str | None) -> None:
    content = csv_of("code;email;phone;stamps;enrolled_on;consent", cells)

    import_id = planned(shop, content, dates=DateOrder.DAY_FIRST)

    assert outcomes(shop, import_id) == [(2, MAKES if reason is None else REFUSED, reason)]


@ON_SQLITE
def test_a_row_is_of_the_store_that_it_names(shop: PaperShop) -> None:
    shop.till("Till 2", "Belval")

    import_id = imported(shop, csv_of("code;store", "A;belval", "B;", "C;Paris"))

    assert [reason for *_, reason in outcomes(shop, import_id)] == [None, None, "store_unknown"]
    names = {one.id: one.name for one in shop._stores.values()}
    assert [names[shop.said(card_of_code(shop, code)).enrolled_at_store or UUID(int=0)] for code in "AB"] == [
        "Belval",
        "Gare",
    ]


@ON_SQLITE
def test_a_program_that_gives_no_points_takes_none(shop: PaperShop) -> None:
    shop.set_program(a_coffee_program(kind="stamps"))

    import_id = planned(shop, csv_of("code;points", "A;1", "B;0"))

    assert [reason for *_, reason in outcomes(shop, import_id)] == ["no_points", None]


def test_a_run_that_dies_anywhere_goes_on_and_equals_one_go(shop: PaperShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "PLANNED_AT_ONCE", 3)
    monkeypatch.setattr(importing, "CARRIED_OUT_AT_ONCE", 3)
    content = csv_of(
        "code;email;stamps;points", *(f"K-{n};p{n % 15}@example.com;{n % 4};{n}" for n in range(20)), "=broken;;;"
    )
    import_id = sent(shop, content)
    dies = _Dying()
    monkeypatch.setattr(imports, "change", dies.after(imports.change))

    choose(shop, import_id)
    dies.is_on = True
    while found(shop, import_id).state is State.PLANNING:
        work(shop)
    dies.is_on = False
    words = [word for _, word, _ in outcomes(shop, import_id)]
    assert words == [MAKES] * 15 + [CLASHES] * 5 + [REFUSED]

    started(shop, import_id)
    dies.is_on = True
    while found(shop, import_id).state is State.RUNNING:
        work(shop)

    assert dies.deaths > 8
    expected = [
        (uuid5(import_id, f"{n + 2} {kind}"), kind, *effect)
        for n in range(15)
        for kind, effect in (
            ("card_created", (0, 0)),
            *([("stamps_adjusted", (n % 4, 0))] if n % 4 else []),
            *([("points_adjusted", (0, n))] if n else []),
        )
    ]
    assert booked(shop) == expected
    assert (found(shop, import_id).done, len(shop.rows(cards))) == (15, 15)
    opened = sorted(shop.rows(cases), key=lambda case: case.number)
    assert [case.case_id for case in opened] == [import_clash_id(import_id, 17 + n) for n in range(5)]
    assert is_sound(shop)


class _Dying:
    """Lets a batch's last statement fail, every other time."""

    def __init__(self) -> None:
        self.is_on = False
        self.calls = self.deaths = 0

    def after(self, real: object) -> object:
        def change(*given: object, **named: object) -> None:
            real(*given, **named)  # type: ignore[operator]
            self.calls += 1
            if self.is_on and self.calls % 2:
                self.deaths += 1
                raise LeaseLost("killed")

        return change


@ON_SQLITE
def test_what_happens_meanwhile_is_met_when_the_row_is_carried_out(shop: PaperShop) -> None:
    import_id = planned(shop, csv_of("code;email;stamps", "A;marie@example.com;1", "B;paul@example.com;1"))
    till = shop.till()
    (blank,) = shop.blanks()
    till.sync()
    till.enrol(blank.id, name="Marie", email="marie@example.com")
    till.sync()

    started(shop, import_id)
    work(shop)

    assert outcomes(shop, import_id) == [(2, CLASHES, "import_clash"), (3, MAKES, None)]
    assert (found(shop, import_id).counts[MAKES], found(shop, import_id).counts[CLASHES]) == (1, 1)
    assert (found(shop, import_id).done, found(shop, import_id).state) == (1, State.DONE)


@ON_SQLITE
def test_the_same_file_again_is_asked_about(shop: PaperShop) -> None:
    content = csv_of("code;stamps", "A;1")
    imported(shop, content)

    with pytest.raises(Refused) as again:
        sent(shop, content)
    assert (again.value.reason, again.value.about) == (No.IMPORT_AGAIN, "old.csv")
    import_id = planned(shop, content, is_again=True)
    assert outcomes(shop, import_id) == [(2, CLASHES, "import_clash")]


@ON_SQLITE
def test_columns_can_be_chosen_anew_until_it_runs(shop: PaperShop) -> None:
    import_id = planned(shop, csv_of("code;stamps", "A;1", "B;x"))
    assert [word for _, word, _ in outcomes(shop, import_id)] == [MAKES, REFUSED]
    before = found(shop, import_id).choice
    assert before is not None

    with shop.units.write(shop.company_id) as conn:
        columns = {field: place for field, place in before.columns.items() if field == "old_code"}
        imports.plan(conn, shop.company_id, import_id, replace(before, columns=columns), shop.now)
    work(shop)

    assert [word for _, word, _ in outcomes(shop, import_id)] == [MAKES, MAKES]
    started(shop, import_id)
    of_import = {"company_id": shop.company_id, "import_id": import_id, "now": shop.now}
    changes: list[Any] = [partial(imports.plan, choice=before), partial(imports.start, run_by=None), imports.discard]
    for change in changes:
        with pytest.raises(Refused) as busy, shop.units.write(shop.company_id) as conn:
            change(conn, **of_import)
        assert busy.value.reason is No.IMPORT_BUSY


@ON_SQLITE
def test_what_is_staged_is_encrypted_and_deleted_after_a_week_or_when_it_is_discarded(shop: PaperShop) -> None:
    done = planned(shop, csv_of("code;name", "K-17;Zoé Weber"))
    kept = [row.sealed for table in (import_parts, import_rows) for row in shop.rows(table)]
    assert len(kept) == 2 and not any(b"Weber" in one for one in kept)
    started(shop, done)
    work(shop)
    assert (shop.rows(import_parts), len(shop.rows(import_rows))) == ([], 1), "nobody needs the file any more"
    discarded = planned(shop, csv_of("code;name", "K-18;Marie Klein"))

    with shop.units.write(shop.company_id) as conn:
        imports.discard(conn, shop.company_id, discarded, shop.now)
    work(shop)
    assert {row.import_id for table in (import_parts, import_rows) for row in shop.rows(table)} == {done}
    shop.passes(days=7)
    work(shop)

    assert shop.rows(import_parts) == shop.rows(import_rows) == []
    assert found(shop, done).is_cleared and found(shop, done).done == 1
    assert shop.said(card_of_code(shop, "K-17")).old_codes


@ON_SQLITE
def test_codes_that_can_be_guessed_are_counted(shop: PaperShop) -> None:
    codes = ["100000000001", "100000000002", "100000000003", "K-9", "zQ7Kd02mX1", ""]

    import_id = planned(shop, csv_of("code;name", *(f"{code};Somebody" for code in codes)))

    assert found(shop, import_id).weak_codes == 3


@ON_SQLITE
def test_a_file_with_too_many_rows_fails_as_a_whole(shop: PaperShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.transfer.csv_reading.ROWS_MAX", 2)

    import_id = planned(shop, csv_of("code", "A", "B", "C"))

    assert (found(shop, import_id).state, found(shop, import_id).wrong) == (State.FAILED, FileWrong.TOO_MANY_ROWS)
