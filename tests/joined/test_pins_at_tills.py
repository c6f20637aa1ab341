"""PINs set at a till are valid there at once, and everywhere once the company has them."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from loyalty.staff import Role
from server.companies import staff
from server.db.tables import staff as people
from server.db.work_tables import cases
from server.exchange.exchange import Exchanges
from server.refusals import Refused
from server.terminals import revocation
from sync.protocol.messages import PROTOCOL
from sync.protocol.rows import StaffRow, Table, VerifierRow, decode_row
from terminal.interface.ask import Override
from terminal.interface.asks import Colleagues, Pin
from terminal.interface.pin_asks import ChangePin, ResetPin, Telephone, UnlockByPhone
from tests.support import cheap_secrets
from tests.support.builders import a_program
from tests.support.databases import ON_SQLITE
from tests.support.joined_till import JoinedTill
from tests.support.paper_shop import PaperShop
from tests.support.pin_entries import set_by
from tests.support.replies import refused

pytestmark = [ON_SQLITE, pytest.mark.slow]
ANNA, EVA = Override("Anna", "4711"), Override("Eva", "4711")


@pytest.fixture
def shop(shop: PaperShop) -> PaperShop:
    shop.set_program(a_program())
    shop.person("Lena")
    shop.person("Anna", Role.MANAGER)
    shop.person("Eva", Role.OWNER)
    return shop


@pytest.fixture
def joined(shop: PaperShop, tmp_path: Path) -> Iterator[JoinedTill]:
    till = JoinedTill(tmp_path / "till", shop)
    till.sync()
    yield till
    till.stop()


@pytest.fixture
def other(shop: PaperShop, tmp_path: Path) -> Iterator[JoinedTill]:
    till = JoinedTill(tmp_path / "other", shop, "Till 2")
    till.sync()
    yield till
    till.stop()


def opens(till: JoinedTill, name: str, pin: str) -> bool:
    """True if the PIN is right; attempts cause no lock-out."""
    reply = till.asks(Pin(name, pin))
    assert reply.ok or refused(reply).reason == "pin_wrong", reply
    return reply.ok


def pins_of(till: JoinedTill, name: str, *pins: str) -> list[bool]:
    return [opens(till, name, pin) for pin in pins]


def row_of(shop: PaperShop, name: str) -> StaffRow:
    (row,) = shop.rows(people, name=name)
    sent = {"id": row.staff_id, "name": name, "role": row.role, "active": row.is_active, "verifier": row.verifier}
    return msgspec.convert(sent, StaffRow)


def words(till: JoinedTill, kind: str = "pin_set") -> list[tuple[str, tuple[str, ...], str | None]]:
    """The verdicts on PINs set at this till, oldest first."""
    with till.replica.snapshot() as snapshot:
        verdicts = [snapshot.verdict(one.entry.id) for one in reversed(till.journal.of_kinds([kind]))]
    return [(one.word, one.notes, one.reason) for one in verdicts if one is not None]


def test_a_new_pin_holds_here_at_once_and_at_other_tills_after_an_exchange(
    joined: JoinedTill, other: JoinedTill
) -> None:
    assert joined.asks(ChangePin("Lena", "4711", "9053")).ok
    assert pins_of(joined, "Lena", "4711", "9053") == [False, True]
    assert pins_of(other, "Lena", "9053", "4711") == [False, True]
    joined.sync()
    assert pins_of(joined, "Lena", "4711", "9053") == [False, True]
    other.sync()
    assert pins_of(other, "Lena", "4711", "9053") == [False, True]
    assert words(joined) == [("accepted", (), None)]


def test_out_of_contact_a_new_pin_outlives_restarts_until_the_company_hears_of_it(joined: JoinedTill) -> None:
    joined.wire.is_up = False
    assert joined.asks(ChangePin("Lena", "4711", "9053")).ok
    for _ in range(2):
        joined.stop()
        joined.start()
        joined.wire.is_up = False
        assert pins_of(joined, "Lena", "4711", "9053") == [False, True]
    joined.wire.is_up = True
    joined.sync()
    assert pins_of(joined, "Lena", "4711", "9053") == [False, True]
    joined.stop()
    joined.replica_file.unlink()
    joined.start()
    joined.sync()
    assert pins_of(joined, "Lena", "4711", "9053") == [False, True]


def test_no_pin_is_in_the_journal_or_in_the_books(joined: JoinedTill, shop: PaperShop) -> None:
    assert joined.asks(ChangePin("Lena", "4711", "90537261")).ok is False, "a PIN here has four digits"
    assert joined.asks(ChangePin("Lena", "4711", "9053")).ok
    joined.sync()
    written = b"".join(row.entry for row in joined.journal.rows())
    assert b'"9053"' not in written
    (row,) = joined.journal.of_kinds(["pin_set"])
    body = msgspec.json.decode(row.entry.body)
    assert body.keys() == {"staff", "verifier", "proof"}
    assert body["verifier"].keys() == set(VerifierRow.__struct_fields__)


def test_a_manager_lets_a_colleague_choose_and_an_owners_is_for_owners(joined: JoinedTill, other: JoinedTill) -> None:
    for _ in range(5):
        joined.asks(Pin("Lena", "0000"))
    assert refused(joined.asks(Pin("Lena", "4711"))).reason == "pin_locked"
    assert joined.asks(ResetPin("Lena", "9053", ANNA)).ok
    assert opens(joined, "Lena", "9053"), "and the lock-out is over"
    assert refused(joined.asks(ResetPin("Anna", "9053", Override("Lena", "9053")))).reason == "not_a_manager"
    assert refused(joined.asks(ResetPin("Eva", "9053", ANNA))).reason == "owner_needed"
    assert joined.asks(ResetPin("Anna", "8264", EVA)).ok
    joined.sync()
    other.sync()
    assert pins_of(other, "Lena", "4711", "9053") == [False, True]
    assert pins_of(other, "Anna", "4711", "8264") == [False, True]
    assert opens(other, "Eva", "4711")
    assert words(joined) == [("accepted", (), None)] * 2


@pytest.mark.parametrize(("pin", "reason"), [("1234", "pin_trivial"), ("7777", "pin_trivial"), ("90531", "pin_length")])
def test_a_pin_that_anybody_guesses_is_not_set(joined: JoinedTill, pin: str, reason: str) -> None:
    seq = joined.journal.head().seq
    challenge = joined.asks(Telephone("Lena")).challenge
    assert challenge is not None
    for ask in (
        ChangePin("Lena", "4711", pin),
        ResetPin("Lena", pin, ANNA),
        UnlockByPhone("Lena", "1", pin),
    ):
        assert refused(joined.asks(ask)).reason == reason
    assert joined.journal.head().seq == seq, "and no try is counted"


def test_a_wrong_old_pin_counts_as_a_try(joined: JoinedTill) -> None:
    reasons = [refused(joined.asks(ChangePin("Lena", "0000", "9053"))).reason for _ in range(6)]
    assert reasons == ["pin_wrong"] * 4 + ["pin_locked"] * 2
    joined.sync()
    assert words(joined) == []


def test_of_two_pins_chosen_at_two_tills_the_later_one_holds_whichever_arrives_first(
    joined: JoinedTill, other: JoinedTill
) -> None:
    joined.wire.is_up = other.wire.is_up = False
    assert joined.asks(ChangePin("Lena", "4711", "9053")).ok
    joined.passes(minutes=5)
    other.machine.passes(minutes=5)
    assert other.asks(ChangePin("Lena", "4711", "8264")).ok
    other.wire.is_up = True
    other.sync()
    joined.wire.is_up = True
    joined.sync()
    assert words(joined) == [("adjusted", ("pin_superseded",), None)]
    for till in (joined, other):
        till.sync()
        assert pins_of(till, "Lena", "9053", "8264") == [False, True]


def test_a_revocation_in_between_loses_no_pin(joined: JoinedTill, shop: PaperShop, other: JoinedTill) -> None:
    joined.wire.is_up = False
    assert joined.asks(ChangePin("Lena", "4711", "9053")).ok  # under the previous pepper
    shop.till("Till 3")
    revocation.revoke(shop.units, shop.keys, shop.company_id, "Till 3", lambda: shop.now)
    joined.wire.is_up = True
    joined.sync()
    assert words(joined) == [("accepted", (), None)]
    assert row_of(shop, "Lena").verifier.pepper_id == shop.keys.company(shop.company_id).pepper.id
    other.sync()
    for till in (joined, other):
        assert pins_of(till, "Lena", "4711", "9053") == [False, True]


def test_whoever_has_left_sets_no_pin(joined: JoinedTill, shop: PaperShop) -> None:
    joined.wire.is_up = False
    assert joined.asks(ResetPin("Lena", "9053", ANNA)).ok
    shop.dismiss("Anna")
    joined.wire.is_up = True
    joined.sync()
    assert words(joined) == [("rejected", (), "staff_unknown")]
    assert pins_of(joined, "Lena", "9053", "4711") == [False, True], "it falls with the verdict"
    people_here = joined.asks(Colleagues()).colleagues
    assert isinstance(people_here, tuple) and "Anna" not in [one.name for one in people_here]


def test_a_server_that_only_acknowledges_takes_nothing_from_it(joined: JoinedTill, shop: PaperShop) -> None:
    shop.exchanges = Exchanges(shop.units, shop.keys, lambda: shop.now, protocol=PROTOCOL + 1)  # without changes so far
    assert joined.asks(ChangePin("Lena", "4711", "9053")).ok
    joined.sync()
    assert pins_of(joined, "Lena", "4711", "9053") == [False, True]


# Entries that no counter writes, from a manipulated till


def test_a_series_of_new_pins_is_one_case_and_each_is_a_line(shop: PaperShop) -> None:
    till = shop.till()
    lena, anna = (row_of(shop, name).id for name in ("Lena", "Anna"))
    zoe = shop.person("Zoe")
    set_by(till, shop, lena, staff=lena)
    assert shop.cases() == []
    set_by(till, shop, zoe, staff=zoe)
    set_by(till, shop, anna, staff=anna)
    (case,) = shop.rows(cases)
    assert (case.kind, case.terminal_id, case.amount) == ("pin_changes", till.id, 2)
    with shop.units.read() as conn:
        lines = staff.pins(conn, shop.company_id)
    assert {(one.name, one.word, one.reason, one.terminal) for one in lines} == {
        ("Lena", "accepted", None, "Till 1"),
        ("Zoe", "accepted", None, "Till 1"),
        ("Anna", "rejected", "pin_unproved", "Till 1"),
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"memory_kib": 4_000_000},
        {"time_cost": 4_000},
        {"parallelism": 200},
        {"salt": b""},
        {"ciphertext": b"no verifier of anybody's, 48 bytes long as one is"},
        {"nonce": b""},
        {"pepper_id": 1},
    ],
)
def test_a_verifier_that_is_none_is_not_kept(shop: PaperShop, changes: dict[str, object]) -> None:
    till, lena = shop.till(), row_of(shop, "Lena")
    made = cheap_secrets.verifier("9053", lena.id, shop.keys.company(shop.company_id).pepper)
    torn = msgspec.structs.replace(msgspec.convert(made, VerifierRow, from_attributes=True), **changes)
    assert set_by(till, shop, lena.id, staff=lena.id, verifier=torn) == ("rejected", None)
    assert row_of(shop, "Lena") == lena
    assert shop.cases() == ["unreadable"]
    till.stamp(shop.enrolled(till))
    till.sync()


def test_all_tills_have_the_row_byte_for_byte_as_the_feed_sends_it(shop: PaperShop) -> None:
    till, listening = shop.till(), shop.till("Till 2")
    lena = row_of(shop, "Lena")
    set_by(till, shop, lena.id, staff=lena.id)
    listening.sync()
    fresh = shop.till("Till 3")
    key = (Table.STAFF, lena.id)
    assert listening.rows[key] == fresh.rows[key] == till.rows[key]
    assert decode_row(StaffRow, fresh.rows[key]).verifier == row_of(shop, "Lena").verifier != lena.verifier


# Head office


def answer(shop: PaperShop, challenge: str | None, name: str = "Anna", terminal: str = "Till 1") -> str:
    assert challenge is not None
    with shop.units.write(shop.company_id) as conn:
        return staff.phone_answer(
            conn, shop.company_id, shop.keys, terminal=terminal, name=name, challenge=challenge, now=shop.now
        )


def lock_out(till: JoinedTill, name: str) -> None:
    while till.asks(Pin(name, "0000")).refusal.reason != "pin_locked":  # type: ignore[union-attr]
        pass


def test_the_only_manager_locked_out_without_contact_gets_in_over_the_telephone(
    joined: JoinedTill, shop: PaperShop
) -> None:
    joined.wire.is_up = False
    lock_out(joined, "Anna")
    challenge = joined.asks(Telephone("Anna")).challenge
    said = answer(shop, challenge)
    assert joined.asks(UnlockByPhone("Anna", f"{said[:4]} {said[4:]}")).ok
    assert opens(joined, "Anna", "4711")
    kinds = [written.entry.kind for written in joined.journal.of_kinds(["phone_tried", "pin_unlocked"])]
    assert kinds == ["pin_unlocked", "phone_tried"]
    assert refused(joined.asks(UnlockByPhone("Anna", said))).reason == "challenge_over", "once"
    joined.wire.is_up = True
    joined.sync()
    assert words(joined, "pin_unlocked") == words(joined, "phone_tried") == [("accepted", (), None)]


def test_a_forgotten_pin_is_chosen_anew_over_the_telephone(joined: JoinedTill, shop: PaperShop) -> None:
    joined.wire.is_up = False
    said = answer(shop, joined.asks(Telephone("Anna")).challenge)
    assert joined.asks(UnlockByPhone("Anna", said, "9053")).ok
    joined.wire.is_up = True
    joined.sync()
    assert pins_of(joined, "Anna", "4711", "9053") == [False, True]
    assert words(joined) == [("accepted", (), None)]


def test_an_answer_is_for_one_person_one_till_and_one_challenge(
    joined: JoinedTill, other: JoinedTill, shop: PaperShop
) -> None:
    challenge = joined.asks(Telephone("Anna")).challenge
    for wrong in (answer(shop, challenge, "Eva"), answer(shop, challenge, "Anna", "Till 2"), "", "12", "abcd efgh"):
        assert refused(joined.asks(UnlockByPhone("Anna", wrong))).reason in ("answer_wrong", "answer_locked")
    assert refused(other.asks(UnlockByPhone("Anna", answer(shop, challenge)))).reason == "challenge_over"
    assert refused(joined.asks(UnlockByPhone("Eva", answer(shop, challenge, "Eva")))).reason == "challenge_over"
    with pytest.raises(Refused):
        answer(shop, "123")
    with pytest.raises(Refused):
        answer(shop, challenge, "Nobody")
    with pytest.raises(Refused):
        answer(shop, challenge, "Anna", "Till 9")


def test_wrong_answers_lock_the_telephone_longer_each_time_also_after_a_restart(
    joined: JoinedTill, shop: PaperShop
) -> None:
    joined.asks(Telephone("Anna"))
    refusals = [refused(joined.asks(UnlockByPhone("Anna", "00000000"))) for _ in range(6)]
    assert [no.reason for no in refusals] == ["answer_wrong"] * 4 + ["answer_locked"] * 2
    assert [no.left for no in refusals[:4]] == [4, 3, 2, 1]
    joined.stop()
    joined.start()
    assert refused(joined.asks(Telephone("Anna"))).minutes == 15
    assert opens(joined, "Anna", "4711"), "the PIN itself is not locked by it"
    joined.machine.passes(minutes=16)
    challenge = joined.asks(Telephone("Anna")).challenge
    for _ in range(5):
        joined.asks(UnlockByPhone("Anna", "00000000"))
    assert refused(joined.asks(UnlockByPhone("Anna", answer(shop, challenge)))).minutes == 30


def test_a_challenge_is_over_after_fifteen_minutes_and_with_the_next(joined: JoinedTill, shop: PaperShop) -> None:
    first = joined.asks(Telephone("Anna")).challenge
    second = joined.asks(Telephone("Anna")).challenge
    assert first != second
    assert refused(joined.asks(UnlockByPhone("Anna", answer(shop, first)))).reason == "answer_wrong"
    joined.machine.passes(minutes=16)
    assert refused(joined.asks(UnlockByPhone("Anna", answer(shop, second)))).reason == "challenge_over"
