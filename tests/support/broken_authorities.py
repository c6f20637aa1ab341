"""The authorities that a rogue till lacks: each way breaks one, and says in whose name the rogue writes.

A setting that comes to say who may do what needs a way to forbid something here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import Connection, update

from loyalty.authority import ASKED_ABOUT, MANAGERS_ONLY
from loyalty.program import Reward
from loyalty.staff import Role
from loyalty.transactions import BODY_OF, SERVER_ONLY, Kind
from server.companies import staff
from server.db.tables import staff as people
from server.db.units import next_version
from sync.protocol.entries import PinPassed
from tests.support import cheap_secrets
from tests.support.paper_shop import PaperShop, a_coffee_program
from tests.support.paper_till import PaperTill

WELCOME = 20
PROGRAM = a_coffee_program(
    welcome_bonus=WELCOME,
    max_stamps_per_visit=2,
    cooldown_minutes=30,
    rewards=(Reward(id="croissant", name="Croissant", cost=10),),
)
VOIDS = (Kind.STAMP_VOIDED, Kind.POINTS_VOIDED, Kind.REDEMPTION_VOIDED)
REDEMPTIONS = (Kind.STAMP_REDEEMED, Kind.POINTS_REDEEMED)
MANAGED = tuple(kind for kind in Kind if BODY_OF[kind] in MANAGERS_ONLY)
PLAIN = tuple(kind for kind in Kind if kind not in (*MANAGED, *VOIDS, *SERVER_ONLY))
OPEN = {
    "pin_required": "per_shift",
    "counter_enrolment": "true",
    "void_allowed": "true",
    "self_void_minutes": "15",
    "cross_store_redemption": "true",
}
assert OPEN.keys() == set(ASKED_ABOUT)


@dataclass(frozen=True)
class Names:
    """Who an entry says did it."""

    staff: UUID | None
    override: UUID | None = None


Broken = Callable[[Kind], Names]


class BrokenAuthorities:
    """A shop with an honest till and a rogue one in the same store, and an honest one elsewhere."""

    def __init__(self, shop: PaperShop, new_till: Callable[[str, str], PaperTill], *, can_wait: bool = True) -> None:
        """*can_wait* unless the shop's time is the real one."""
        self.shop, self.can_wait = shop, can_wait
        shop.set_program(PROGRAM)
        self.honest, self.rogue = new_till("Honest", "Gare"), new_till("Rogue", "Gare")
        self.elsewhere = new_till("Elsewhere", "Centre")
        self.ana, self.ben = self.hire("Ana", Role.CASHIER, "Gare"), self.hire("Ben", Role.MANAGER, "Gare")
        self.olga = self.hire("Olga", Role.CASHIER, "Centre")
        self.max = self.hire("Max", Role.MANAGER, "Centre")
        for till in (self.honest, self.rogue, self.elsewhere):
            till.sync()
        for till, person in ((self.honest, self.ana), (self.honest, self.ben), (self.elsewhere, self.max)):
            till.write(PinPassed(person), staff=person)

    def hire(self, name: str, role: Role, *places: str) -> UUID:
        """Somebody who works in these stores, with a PIN that nobody knows."""
        person = staff.Newcomer(uuid4(), name, role, cheap_secrets.NOBODYS)

        def create(conn: Connection) -> None:
            ids = [self.shop.store(conn, place).id for place in places]
            staff.create(conn, self.shop.company_id, person, ids, self.shop.now)

        with self.shop.units.write(self.shop.company_id) as conn:
            create(conn)
        return person.id

    def unknown(self, _kind: Kind) -> Names:
        return Names(uuid4())

    def nobody(self, _kind: Kind) -> Names:
        return Names(None)

    def other_store(self, _kind: Kind) -> Names:
        return Names(self.max)

    def role(self, _kind: Kind) -> Names:
        return Names(self.ana)

    def dismissed(self, kind: Kind) -> Names:
        gone, name = self._at_work(kind)
        self.shop.dismiss(name)
        return Names(gone)

    def moved(self, kind: Kind) -> Names:
        gone, _ = self._at_work(kind)
        self._change(gone, stores=[])
        return Names(gone)

    def demoted(self, kind: Kind) -> Names:
        gone, _ = self._at_work(kind)
        self._change(gone, role=str(Role.CASHIER))
        return Names(gone)

    def override_by_cashier(self, _kind: Kind) -> Names:
        return Names(self.ana, override=self.ana)

    def override_from_elsewhere(self, _kind: Kind) -> Names:
        self.rogue.write(PinPassed(self.max), staff=self.max)
        return Names(self.ana, override=self.max)

    def override_unknown(self, _kind: Kind) -> Names:
        return Names(self.ana, override=uuid4())

    def override_dismissed(self, _kind: Kind) -> Names:
        gone, name = self._at_work(Kind.POINTS_ADJUSTED)
        self.shop.dismiss(name)
        return Names(self.ana, override=gone)

    def override_without_pin(self, _kind: Kind) -> Names:
        return Names(self.ana, override=self.hire(f"Manager {uuid4().hex[:8]}", Role.MANAGER, "Gare"))

    def old_override(self, _kind: Kind) -> Names:
        self.rogue.write(PinPassed(self.ben), staff=self.ben)
        for _ in range(25):
            self.rogue.write(PinPassed(self.ana), staff=self.ana)
        return Names(self.ana, override=self.ben)

    # Settings that forbid it, where all else is well

    def pin_required(self, _kind: Kind) -> Names:
        self.shop.set(pin_required="never")
        self.rogue.sync()
        self.shop.set(pin_required="per_shift")
        return Names(None)

    def counter_enrolment(self, _kind: Kind) -> Names:
        self.shop.set(counter_enrolment="false")
        return Names(self.ana)

    def void_allowed(self, _kind: Kind) -> Names:
        self.shop.set(void_allowed="false")
        self.rogue.write(PinPassed(self.ben), staff=self.ben)
        return Names(self.ana, override=self.ben)

    def self_void_minutes(self, _kind: Kind) -> Names:
        self.shop.passes(minutes=10)
        self.shop.set(self_void_minutes="0")
        return Names(self.ana)

    def cross_store_redemption(self, _kind: Kind) -> Names:
        self.shop.set(cross_store_redemption="false")
        return Names(self.ana)

    def _at_work(self, kind: Kind) -> tuple[UUID, str]:
        """Somebody of whom the rogue knows that they may do this."""
        name = f"Leaver {uuid4().hex[:8]}"
        person = self.hire(name, Role.CASHIER if kind in PLAIN else Role.MANAGER, "Gare")
        self.rogue.sync()
        if kind not in PLAIN:
            self.rogue.write(PinPassed(person), staff=person)
            self.rogue.sync()
        return person, name

    def _change(self, person: UUID, **values: object) -> None:
        """Head office changes what somebody may."""
        with self.shop.units.write(self.shop.company_id) as conn:
            version = next_version(conn, self.shop.company_id)
            one = (people.c.company_id == self.shop.company_id, people.c.staff_id == person)
            values |= {"changed_version": version, "version": version}
            conn.execute(update(people).where(*one).values(values))

    def broken(self, kind: Kind) -> Iterator[tuple[Broken, bool]]:
        """Every authority that a claim of this kind can lack, and whether its till can be one that could not know."""
        yield from ((one, False) for one in (self.unknown, self.nobody, self.other_store))
        yield from ((one, False) for one in (self.override_by_cashier, self.override_from_elsewhere))
        yield from ((one, False) for one in (self.override_unknown, self.override_without_pin, self.old_override))
        yield from ((one, True) for one in (self.dismissed, self.moved, self.override_dismissed))
        if kind in MANAGED or kind in VOIDS:
            yield self.role, False
            yield self.demoted, True
        forbidden = {
            self.pin_required: PLAIN,
            self.counter_enrolment: (Kind.CARD_CREATED,),
            self.void_allowed: VOIDS,
            self.self_void_minutes: VOIDS if self.can_wait else (),
            self.cross_store_redemption: REDEMPTIONS,
        }
        assert {one.__name__ for one in forbidden} == set(ASKED_ABOUT)
        yield from ((one, True) for one, kinds in forbidden.items() if kind in kinds)
