"""Cases in the office of a filled company: as tills without contact bring them about, or as a bare row."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from loyalty.cases import CaseKind, Unit
from loyalty.staff import Role
from loyalty.transactions import PointsAdjusted
from server.bootstrap import Server
from server.cards import booking
from server.cards.booking_asks import Booker, Newcomer
from server.companies import staff, stores
from server.exchange.exchange import Exchanges
from server.ledger.judging.savepoint_booking import Ledger
from server.ledger.rows import cases as case_rows
from server.ledger.rows.cases import Question
from server.terminals import pairing
from tests.support.companies import a_new_till
from tests.support.paper_till import PaperTill


def a_case(server: Server, company_id: UUID, card_id: UUID, store_id: UUID, group_id: UUID | None = None) -> UUID:
    """An open case about nine stamps of a card; in a group, about something that was not allowed."""
    kind = CaseKind.BALANCE_TOO_SMALL if group_id is None else CaseKind.NOT_ALLOWED
    now = server.now()
    row = case_rows.values(
        company_id,
        kind,
        entry_id=uuid4(),
        group_id=group_id,
        store_id=store_id,
        card_id=card_id,
        asked=Question(Unit.STAMPS, 9, 315),
        occurred_at=now,
        now=now,
    )
    with server.units.write(company_id) as conn:
        case_rows.open_each(conn, [row])
    case_id: UUID = row["case_id"]
    return case_id


def an_unreadable_case(server: Server, company_id: UUID, till: str) -> UUID:
    """An open case about bytes that a new till of this name has sent."""
    sender = _till(server, company_id, till, 0, server.now)
    written = sender.append(b"no entry")
    sender.sync()
    return case_rows.case_id_of(sender.verdict(written).id, CaseKind.UNREADABLE)


def make_cases(server: Server, company_id: UUID) -> None:
    """What two tills bring about that are out of contact by turns: a reward taken twice, one receipt at both, and
    corrections that no manager has answered for."""
    began = server.now() - timedelta(hours=6)
    clock = [began]
    with server.units.read() as conn:
        people = staff.listed(conn, company_id)
    manager = next(one for one in people if one.role is Role.MANAGER)
    here, there = (
        _till(server, company_id, name, place, lambda: clock[0]) for place, name in enumerate(("Till 6", "Till 7"))
    )
    yann, claire = (
        customer_of(server, company_id, name, manager.id, began) for name in ("Yann Becker", "Claire Reuter")
    )
    for till in (here, there):
        till.sync()
    for _ in range(10):
        here.stamp(yann)
        clock[0] += timedelta(minutes=31)  # the program's cooldown
    here.sync()
    there.sync()
    clock[0] += timedelta(minutes=12)
    here.redeem(yann)
    clock[0] += timedelta(minutes=6)
    here.stamp(yann)
    here.earn(claire, 3100, "K-8841")
    clock[0] += timedelta(minutes=7)
    there.redeem(yann)
    there.earn(yann, 3100, "K-8841")
    for points in (20, 40, 80):
        there.write(PointsAdjusted(points=points, reason="promised"), claire, override=None)
    here.sync()
    clock[0] += timedelta(minutes=20)
    there.sync()


def _till(server: Server, company_id: UUID, name: str, place: int, now: Callable[[], datetime]) -> PaperTill:
    new, code = a_new_till(), pairing.PairingCode.random()
    with server.units.write(company_id) as conn:
        store = stores.listed(conn, company_id)[place]
        pairing.open_code(conn, company_id, store, name, code, platform=server.keys.platform, now=now())
        paired = new.paired(conn, company_id, code.text, server.keys, now())
        people = staff.listed(conn, company_id)
    till = PaperTill(Exchanges(server.units, server.keys, now), now, new.signing, paired)
    serving = (one for one in people if one.store_ids is None or store.id in one.store_ids)
    till.staff = next((one.id for one in serving if one.role is Role.CASHIER), None)
    return till


def customer_of(server: Server, company_id: UUID, name: str, manager: UUID, now: datetime) -> UUID:
    """The card of a new customer."""
    with server.units.write(company_id) as conn:
        by = Booker(staff_id=manager, role=Role.MANAGER, store_id=stores.listed(conn, company_id)[0].id)
        enrolled = booking.enrol(Ledger(conn, company_id, server.keys, now), uuid4(), Newcomer(name=name), by)
    return enrolled.booked.main.card_id
