"""Every refusal in docs/rules.md can be produced by JSON lines, with its numbers and sentence, and writes nothing."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from loyalty.money import POINTS_MAX
from loyalty.program import Program, ProgramKind, Reward
from loyalty.refusals import Reason
from loyalty.settings import Settings
from sync.protocol.sealing import email_hmac, token_hash
from terminal.interface import json_lines
from tests.support.paper_cases import open_case
from tests.support.paper_company import COFFEE, PaperTill, a_company, with_rules

ANNA = {"staff": "Anna", "pin": "2580"}
ELSEWHERE = {
    Reason.WAITED_ENOUGH,
    Reason.DROPPED,
    Reason.SERVER_ONLY,
    Reason.VOID_OTHER_CARD,
    Reason.NOT_ALLOWED,
    Reason.PIN_UNPROVED,
    Reason.SAME_CARD,
    Reason.CARD_MERGED,
}  # the server's only


@dataclass
class Scene:
    """A till with a cashier on shift and a customer's card."""

    till: PaperTill
    card: UUID

    def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        answered = io.BytesIO()
        line = json.dumps({"id": 1, "do": do} | fields).encode()
        json_lines.serve(self.till.counter, io.BytesIO(line), answered)
        reply: dict[str, Any] = json.loads(answered.getvalue())
        return reply

    def done(self, do: str, **fields: Any) -> dict[str, Any]:
        reply = self.ask(do, **fields)
        assert reply["ok"], reply
        return reply

    def shows(self, card: UUID) -> None:
        self.till.hears()
        self.done("scan", code=self.token(card))

    def issues(self, **fields: Any) -> UUID:
        card = self.till.company.issues_card(**fields)
        self.till.hears()
        return card

    def token(self, card: UUID) -> str:
        return self.till.company.tokens[card]

    def again(self, times: int, do: str, **fields: Any) -> dict[str, Any]:
        replies = [self.ask(do, **fields) for _ in range(times)]
        return replies[-1]


Met = Callable[[Scene], dict[str, Any]]
SCENES: dict[Reason, tuple[Met, Program, Settings]] = {}


def scene(reason: Reason, *, program: Program = COFFEE, settings: Settings | None = None) -> Callable[[Met], Met]:
    def kept(met: Met) -> Met:
        SCENES[reason] = met, program, settings or Settings()
        return met

    return kept


def simple(no: Reason, do: str, **fields: Any) -> None:
    scene(no)(lambda at: at.ask(do, **fields))


simple(Reason.FOREIGN_CODE, "scan", code="https://example.org/menu")
simple(Reason.UNKNOWN_CARD, "scan", code="9999-9999-9999")
simple(Reason.COUNT_NOT_POSITIVE, "stamp", count=0)
simple(Reason.STAMPS_PER_VISIT, "stamp", count=4)
simple(Reason.STAMPS_MISSING, "redeem", reward="stamps")
simple(Reason.AMOUNT_NOT_POSITIVE, "earn", amount_minor=0)
simple(Reason.AMOUNT_TOO_LARGE, "earn", amount_minor=10**10)
simple(Reason.BELOW_MINIMUM_PURCHASE, "earn", amount_minor=100)
simple(Reason.POINTS_MISSING, "redeem", reward="croissant")
simple(Reason.REWARD_UNKNOWN, "redeem", reward="nothing of ours")
simple(Reason.NOTHING_TO_VOID, "void", entry=str(uuid4()))
simple(Reason.REASON_MISSING, "adjust", points=5, override=ANNA)
simple(Reason.NOTHING_TO_ADJUST, "adjust", points=0, reason="a slip", override=ANNA)
simple(Reason.BELOW_ZERO, "adjust", points=-5, reason="a slip", override=ANNA)
simple(Reason.TEXT_TOO_LONG, "adjust", points=5, reason="x" * 201, override=ANNA)
simple(Reason.MANAGER_NEEDED, "adjust", points=5, reason="a slip")
simple(Reason.NOT_A_MANAGER, "adjust", points=5, reason="a slip", override={"staff": "Lena", "pin": "4711"})
simple(Reason.ALREADY_ACTIVE, "reactivate", reason="found", override=ANNA)
simple(Reason.CONTACT_INVALID, "find", email="nobody")
simple(Reason.NOT_A_BLANK, "enrol", code="x" * 32)
simple(Reason.POOL_EMPTY, "enrol")
simple(Reason.CODE_GONE, "show_code")
simple(Reason.STAFF_UNKNOWN, "pin", staff="Nobody", pin="4711")
simple(Reason.PIN_WRONG, "pin", staff="Lena", pin="0000")
simple(Reason.PIN_TRIVIAL, "change_pin", staff="Lena", pin="4711", new_pin="1234")
simple(Reason.PIN_LENGTH, "reset_pin", staff="Lena", new_pin="12", override=ANNA)
simple(Reason.NOT_LOCKED, "unlock", staff="Lena", override=ANNA)
simple(Reason.CHALLENGE_OVER, "unlock_by_phone", staff="Lena", answer="12345678")
scene(Reason.PIN_LOCKED)(lambda at: at.again(6, "pin", staff="Lena", pin="0000"))
scene(Reason.NO_STAMPS, program=with_rules(kind=ProgramKind.POINTS))(lambda at: at.ask("stamp"))
scene(Reason.NO_POINTS, program=with_rules(kind=ProgramKind.STAMPS))(lambda at: at.ask("earn", amount_minor=900))
scene(Reason.STAMPS_PER_DAY, program=with_rules(max_stamps_per_day=2))(lambda at: at.ask("stamp", count=3))
scene(Reason.COOLDOWN)(lambda at: at.again(2, "stamp"))
scene(Reason.RECEIPT_USED)(lambda at: at.again(2, "earn", amount_minor=900, receipt="R-1"))


@scene(Reason.STAFF_AMBIGUOUS)
def namesakes(at: Scene) -> dict[str, Any]:
    for name, role in (("Zoé", "cashier"), ("ZOÉ", "manager")):
        at.till.company.hires(name, role, "3690")
    at.till.hears()
    return at.ask("pin", staff="zoé", pin="3690")


@scene(Reason.NO_CARD)
def no_card(at: Scene) -> dict[str, Any]:
    at.done("put_away")
    return at.ask("stamp")


@scene(Reason.NOBODY_ON_SHIFT)
def nobody(at: Scene) -> dict[str, Any]:
    at.done("lock")
    return at.ask("stamp")


@scene(Reason.CARD_INACTIVE)
def inactive(at: Scene) -> dict[str, Any]:
    at.shows(at.issues(is_active=False))
    return at.ask("stamp")


@scene(Reason.ALREADY_INACTIVE)
def inactive_already(at: Scene) -> dict[str, Any]:
    at.shows(at.issues(is_active=False))
    return at.ask("deactivate", reason="lost", override=ANNA)


@scene(Reason.CARD_REPLACED)
def replaced(at: Scene) -> dict[str, Any]:
    at.issues(old_tokens=(token_hash("o" * 32),))
    return at.ask("scan", code="o" * 32)


@scene(Reason.CARD_WITHDRAWN)
def withdrawn(at: Scene) -> dict[str, Any]:
    return at.ask("scan", code=at.token(at.issues(blank=True, retired=True)))


@scene(Reason.CARD_ERASED)
def erased(at: Scene) -> dict[str, Any]:
    at.shows(at.issues(is_active=False, erased=True))
    return at.ask("reactivate", reason="found", override=ANNA)


@scene(Reason.CARD_BLANK)
def blank(at: Scene) -> dict[str, Any]:
    at.shows(at.issues(blank=True))
    return at.ask("stamp")


@scene(Reason.CARD_WAITING)
def waiting(at: Scene) -> dict[str, Any]:
    at.done("scan", code="u" * 32)
    assert at.done("stamp")["card"]["known"] is False
    return at.ask("redeem", reward="stamps")


@scene(Reason.ENROLMENT_OFF, settings=Settings(counter_enrolment=False))
def enrolment_off(at: Scene) -> dict[str, Any]:
    return at.ask("enrol", code=at.token(at.issues(blank=True)))


@scene(Reason.ALREADY_ENROLLED)
def enrolled(at: Scene) -> dict[str, Any]:
    return at.ask("enrol", code=at.token(at.card))


@scene(Reason.CONTACT_HAS_CARD)
def has_card(at: Scene) -> dict[str, Any]:
    at.issues(email=email_hmac(at.till.company.keys.lookup, "ana@example.org"))
    return at.ask("enrol", code=at.token(at.issues(blank=True)), email="ana@example.org")


@scene(Reason.BELOW_MINIMUM_REDEMPTION, program=with_rules(minimum_redemption=1000))
def below_minimum(at: Scene) -> dict[str, Any]:
    at.shows(at.issues(points_balance=100))
    return at.ask("redeem", reward="croissant")


@scene(Reason.REWARD_INACTIVE, program=with_rules(rewards=(Reward(id="tea", name="Tea", cost=5, active=False),)))
def not_given_now(at: Scene) -> dict[str, Any]:
    at.shows(at.issues(points_balance=100))
    return at.ask("redeem", reward="tea")


@scene(Reason.OTHER_STORE, settings=Settings(cross_store_redemption=False))
def other_store(at: Scene) -> dict[str, Any]:
    at.shows(at.issues(stamp_count=10, enrolled_at_store=uuid4()))
    return at.ask("redeem", reward="stamps")


@scene(Reason.OFFLINE_TOO_LONG)
def offline(at: Scene) -> dict[str, Any]:
    card = at.issues(stamp_count=10)
    at.till.machine.passes(days=8)
    at.done("pin", staff="Lena", pin="4711")
    at.done("scan", code=at.token(card))
    return at.ask("redeem", reward="stamps", override=ANNA)


@scene(Reason.ALREADY_VOIDED)
def voided(at: Scene) -> dict[str, Any]:
    entry = at.done("stamp")["entry"]["id"]
    at.done("void", entry=entry)
    return at.ask("void", entry=entry)


@scene(Reason.VOID_TOO_MUCH)
def too_much(at: Scene) -> dict[str, Any]:
    entry = at.done("earn", amount_minor=900)["entry"]["id"]
    assert at.done("void", entry=entry, amount_minor=300, override=ANNA)["entry"]["points"] == -3
    return at.ask("void", entry=entry, amount_minor=700, override=ANNA)


@scene(Reason.VOID_OFF, settings=Settings(void_allowed=False))
def void_off(at: Scene) -> dict[str, Any]:
    return at.ask("void", entry=at.done("stamp")["entry"]["id"])


@scene(Reason.NOT_VOIDABLE)
def not_voidable(at: Scene) -> dict[str, Any]:
    entry = at.done("adjust", points=5, reason="a slip", override=ANNA)["entry"]["id"]
    return at.ask("void", entry=entry, override=ANNA)


@scene(Reason.OWNER_NEEDED)
def owner(at: Scene) -> dict[str, Any]:
    at.till.company.hires("Eva", "owner", "9053")
    at.till.hears()
    return at.ask("reset_pin", staff="Eva", new_pin="8264", override=ANNA)


@scene(Reason.BALANCE_FULL)
def full_card(at: Scene) -> dict[str, Any]:
    at.done("adjust", points=POINTS_MAX, reason="a slip", override=ANNA)
    return at.ask("adjust", points=1, reason="a slip", override=ANNA)


@scene(Reason.ANSWER_WRONG)
def wrong_answer(at: Scene) -> dict[str, Any]:
    at.done("telephone", staff="Lena")
    return at.ask("unlock_by_phone", staff="Lena", answer="0000 0000")


@scene(Reason.ANSWER_LOCKED)
def many_answers(at: Scene) -> dict[str, Any]:
    at.done("telephone", staff="Lena")
    return at.again(5, "unlock_by_phone", staff="Lena", answer="0000 0000")


def case_of(at: Scene, **fields: Any) -> str:
    """A case about a stamp that the card does not have."""
    case_id = open_case(at.till.company, at.card, amount=1, **fields)
    at.till.hears()
    return str(case_id)


@scene(Reason.CASE_UNKNOWN)
def no_such_case(at: Scene) -> dict[str, Any]:
    return at.ask("decide_case", case=str(uuid4()), choice="accept", override=ANNA)


@scene(Reason.CHOICE_UNKNOWN)
def no_such_choice(at: Scene) -> dict[str, Any]:
    return at.ask("decide_case", case=case_of(at), choice="set_aside", override=ANNA)


@scene(Reason.ALREADY_DECIDED)
def decided_before(at: Scene) -> dict[str, Any]:
    return at.ask("decide_case", case=case_of(at, state="decided"), choice="accept", override=ANNA)


@scene(Reason.NOTHING_LEFT)
def nothing_to_charge(at: Scene) -> dict[str, Any]:
    return at.ask("decide_case", case=case_of(at), choice="charge_back", override=ANNA)


@scene(Reason.OWN_ENTRY)
def ones_own(at: Scene) -> dict[str, Any]:
    at.till.company.hires("Eva", "owner", "9053")
    case = case_of(at, staff=at.till.company.staff["Anna"])
    return at.ask("decide_case", case=case, choice="accept", override=ANNA)


def test_every_reason_has_its_scene() -> None:
    assert SCENES.keys() | ELSEWHERE | {Reason.NOT_READY} == set(Reason)
    assert not SCENES.keys() & ELSEWHERE


@pytest.mark.parametrize("reason", SCENES)
def test_the_counter_says_no_in_so_many_words(tmp_path: Path, reason: Reason) -> None:
    met, program, settings = SCENES[reason]
    till = PaperTill(tmp_path, a_company(program, settings))
    card = till.company.issues_card("Ana Müller")
    till.hears()
    at = Scene(till, card)
    at.done("pin", staff="Lena", pin="4711")
    at.shows(card)
    reply = met(at)
    assert reply["ok"] is False and "problem" not in reply, reply
    refusal = reply["refusal"]
    assert refusal["reason"] == reason, reply
    assert refusal["text"].endswith(".") and "{" not in refusal["text"] and "None" not in refusal["text"]
    seq = till.journal.head().seq
    at.done("status")
    assert till.journal.head().seq == seq
    till.stop()


def test_a_till_without_its_first_data_says_that_it_is_loading(tmp_path: Path) -> None:
    company = a_company()
    till = PaperTill(tmp_path, company)
    till.stop()
    (tmp_path / "replica.db").unlink()
    till.start(online=False)
    at = Scene(till, UUID(int=0))
    assert at.ask("pin", staff="Lena", pin="4711")["refusal"]["reason"] == "not_ready"
    till.stop()
