"""A till that somebody has taken apart: it has its own keys and writes any entry, in the name of anybody.

`Rogue.claims` tries every kind of transaction with every authority that is broken, each on a card of its own; an honest
till in the same shop does the same work in the right way.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import Connection

from loyalty.authority import MANAGERS_ONLY
from loyalty.program import Reward
from loyalty.staff import Role
from loyalty.transactions import (
    Body,
    CardCreated,
    CardDeactivated,
    CardReactivated,
    CardReplaced,
    Kind,
    PointsAdjusted,
    PointsEarned,
    PointsRedeemed,
    PointsVoided,
    RedemptionVoided,
    StampEarned,
    StampRedeemed,
    StampsAdjusted,
    StampVoided,
)
from server.companies import staff
from server.db.tables import cases
from server.db.tables import staff as people
from sync.protocol.entries import PinPassed, PinProof, PinSet, encode_proof
from sync.protocol.rows import CardRow, VerifierRow
from sync.protocol.sealing import PinVerifier, Purpose, make_verifier, seal
from tests.support.paper_shop import PaperShop, a_coffee_program
from tests.support.paper_till import PaperTill, Written

WELCOME = 20
PROGRAM = a_coffee_program(
    welcome_bonus=WELCOME,
    max_stamps_per_visit=2,
    cooldown_minutes=30,
    rewards=(Reward(id="croissant", name="Croissant", cost=10),),
)
_SETTING = {Kind.CARD_CREATED: "counter_enrolment"} | dict.fromkeys(
    (Kind.STAMP_VOIDED, Kind.POINTS_VOIDED, Kind.REDEMPTION_VOIDED), "void_allowed"
)
MANAGED = (
    Kind.POINTS_ADJUSTED,
    Kind.STAMPS_ADJUSTED,
    Kind.CARD_DEACTIVATED,
    Kind.CARD_REACTIVATED,
    Kind.CARD_REPLACED,
)
PLAIN = (Kind.CARD_CREATED, Kind.STAMP_EARNED, Kind.POINTS_EARNED, Kind.STAMP_REDEEMED, Kind.POINTS_REDEEMED)
VOIDS = (Kind.STAMP_VOIDED, Kind.POINTS_VOIDED, Kind.REDEMPTION_VOIDED)


@dataclass
class Tally:
    """What the claims came to."""

    claims: int = 0
    gained_points: int = 0
    gained_stamps: int = 0
    pins_taken: int = 0
    honest_failures: int = 0
    wrong: list[str] = field(default_factory=list)  # which ones, for whoever reads a failure

    def line(self) -> str:
        return (
            f"claims={self.claims} gained_points={self.gained_points} gained_stamps={self.gained_stamps} "
            f"pins_taken={self.pins_taken} honest_failures={self.honest_failures}"
        )


@dataclass(frozen=True)
class Names:
    """Who an entry says did it."""

    staff: UUID | None
    override: UUID | None = None


class Rogue:
    """A shop with an honest till and a rogue one in the same store, and an honest one elsewhere."""

    def __init__(self, shop: PaperShop, new_till: Callable[[str, str], PaperTill]) -> None:
        self.shop = shop
        shop.set_program(PROGRAM)
        self.honest, self.rogue = new_till("Honest", "Gare"), new_till("Rogue", "Gare")
        self.elsewhere = new_till("Elsewhere", "Centre")
        self.ana, self.ben = self.hire("Ana", Role.CASHIER, "Gare"), self.hire("Ben", Role.MANAGER, "Gare")
        self.olga = self.hire("Olga", Role.CASHIER, "Centre")
        self.max = self.hire("Max", Role.MANAGER, "Centre")
        self.tally = Tally()
        for till in (self.honest, self.rogue, self.elsewhere):
            till.sync()
        for till, person in ((self.honest, self.ana), (self.honest, self.ben), (self.elsewhere, self.max)):
            till.write(PinPassed(person), staff=person)

    def hire(self, name: str, role: Role, *places: str) -> UUID:
        """Somebody who works in these stores, with a PIN that nobody knows."""
        verifier = PinVerifier(bytes(16), 8, 1, 1, 0, bytes(12), bytes(48))
        person = staff.Newcomer(uuid4(), name, role, verifier)

        def create(conn: Connection) -> None:
            ids = [self.shop.store(conn, place).id for place in places]
            staff.create(conn, self.shop.company_id, person, ids, self.shop.now)

        with self.shop.units.write(self.shop.company_id) as conn:
            create(conn)
        return person.id

    # Broken authorities: each breaks it and says in whose name the rogue writes

    def unknown(self, _kind: Kind) -> Names:
        return Names(uuid4())

    def nobody(self, _kind: Kind) -> Names:
        return Names(None)

    def other_store(self, _kind: Kind) -> Names:
        return Names(self.max)

    def dismissed(self, kind: Kind) -> Names:
        name = f"Leaver {uuid4().hex[:8]}"
        gone = self.hire(name, Role.MANAGER if kind in (*MANAGED, *VOIDS) else Role.CASHIER, "Gare")
        self.rogue.sync()
        if kind in MANAGED or kind in VOIDS:
            self.rogue.write(PinPassed(gone), staff=gone)
            self.rogue.sync()
        self.shop.dismiss(name)
        return Names(gone)

    def role(self, _kind: Kind) -> Names:
        return Names(self.ana)

    def override_by_cashier(self, _kind: Kind) -> Names:
        return Names(self.ana, override=self.ana)

    def override_from_elsewhere(self, _kind: Kind) -> Names:
        self.rogue.write(PinPassed(self.max), staff=self.max)
        return Names(self.ana, override=self.max)

    def override_unknown(self, _kind: Kind) -> Names:
        return Names(self.ana, override=uuid4())

    def override_without_pin(self, _kind: Kind) -> Names:
        return Names(self.ana, override=self.hire(f"Manager {uuid4().hex[:8]}", Role.MANAGER, "Gare"))

    def old_override(self, _kind: Kind) -> Names:
        self.rogue.write(PinPassed(self.ben), staff=self.ben)
        for _ in range(25):
            self.rogue.write(PinPassed(self.ana), staff=self.ana)
        return Names(self.ana, override=self.ben)

    def forbidden(self, kind: Kind) -> Names:
        """A setting forbids it; else all is well: a manager's PIN has just been passed."""
        self.shop.set(**{_SETTING[kind]: "false"})
        self.rogue.write(PinPassed(self.ben), staff=self.ben)
        return Names(self.ana, override=self.ben)

    # Claims

    def card(self) -> UUID:
        """A customer's card with 10 stamps and 50 points, given in the right way."""
        (blank,) = self.shop.blanks()
        self.honest.sync()
        self.honest.write(CardCreated(), blank.id, staff=self.ana)
        self.right(StampsAdjusted(stamps=10, reason="start"), blank.id)
        self.right(PointsAdjusted(points=50 - WELCOME, reason="start"), blank.id)
        self.honest.sync()
        return blank.id

    def right(self, body: Body, card: UUID) -> Written:
        """The honest till writes it in the right way: a manager's PIN has just been passed."""
        self.honest.write(PinPassed(self.ben), staff=self.ben)
        return self.honest.write(body, card, staff=self.ana, override=self.ben)

    def body(self, kind: Kind, card: UUID) -> Body:
        """What the rogue claims, and what it needs of before."""
        match kind:
            case Kind.CARD_CREATED:
                return CardCreated()
            case Kind.STAMP_EARNED:
                return StampEarned(count=2)
            case Kind.POINTS_EARNED:
                return PointsEarned(amount_minor=100_000)
            case Kind.STAMP_REDEEMED:
                return StampRedeemed()
            case Kind.POINTS_REDEEMED:
                return PointsRedeemed(reward="croissant")
            case Kind.POINTS_ADJUSTED:
                return PointsAdjusted(points=1_000, reason="for me")
            case Kind.STAMPS_ADJUSTED:
                return StampsAdjusted(stamps=100, reason="for me")
            case Kind.CARD_DEACTIVATED:
                return CardDeactivated(reason="against you")
            case Kind.CARD_REACTIVATED:
                self.right(CardDeactivated(reason="lost"), card)
                self.honest.sync()
                return CardReactivated(reason="for me")
            case Kind.CARD_REPLACED:
                (blank,) = self.shop.blanks()
                return CardReplaced(blank=blank.id, reason="mine now")
            case Kind.STAMP_VOIDED:
                return StampVoided(corrects=self._given(StampEarned(count=1), card))
            case Kind.POINTS_VOIDED:
                return PointsVoided(corrects=self._given(PointsEarned(amount_minor=500), card))
            case _:
                return RedemptionVoided(corrects=self._given(PointsRedeemed(reward="croissant"), card))

    def _given(self, body: Body, card: UUID) -> UUID:
        written = self.honest.write(body, card, staff=self.ana)
        self.honest.sync()
        return written.id

    def claim(self, kind: Kind, broken: Callable[[Kind], Names], *, could_know: bool, lies: bool) -> str:
        """One claim and its word; what it gained though the till could know is counted."""
        card = self.shop.blanks()[0].id if kind is Kind.CARD_CREATED else self.card()
        body = self.body(kind, card)
        self.rogue.sync()
        names = broken(kind)
        if could_know:
            self.rogue.sync()
        before = self.shop.said(card)
        said: dict[str, Any] = {"essentials": 0, "card_version": None} if lies else {}
        written = self.rogue.write(body, card, staff=names.staff, override=names.override, **said)
        self.rogue.exchange()
        self.rogue.sync()
        self.tally.claims += 1
        self.shop.set(counter_enrolment="true", void_allowed="true")
        if could_know:
            self._count(f"{kind} {broken.__name__}", kind, before, self.shop.said(card))
        verdict = self.rogue.verdict(written)
        noted = {"staff_dismissed", "rule_broken_unknowingly"} & set(verdict.notes)
        if not could_know and (verdict.word == "rejected" or not noted):
            self.tally.honest_failures += 1
            self.tally.wrong.append(f"{kind} {broken.__name__}, which the till could not know: {verdict}")
        return verdict.word

    def _count(self, what: str, kind: Kind, before: CardRow, after: CardRow) -> None:
        points, stamps = after.points_balance - before.points_balance, after.stamp_count - before.stamp_count
        moved = (before.token, before.is_active) != (after.token, after.is_active)
        taken = kind in (Kind.STAMP_VOIDED, Kind.POINTS_VOIDED) and (points or stamps)
        if points > 0 or stamps > 0 or moved or taken:
            self.tally.wrong.append(what)
        self.tally.gained_points += max(0, points) + (1 if moved or taken else 0)
        self.tally.gained_stamps += max(0, stamps)

    def broken(self, kind: Kind) -> Iterator[Callable[[Kind], Names]]:
        """Every authority that a claim of this kind can lack, whoever runs the till."""
        yield from (self.unknown, self.nobody, self.other_store, self.dismissed)
        yield from (self.override_by_cashier, self.override_from_elsewhere, self.override_unknown)
        yield from (self.override_without_pin, self.old_override)
        if kind in MANAGED or kind in VOIDS:
            yield self.role
        if kind in _SETTING:
            yield self.forbidden

    def try_all(self, kinds: tuple[Kind, ...] = (*PLAIN, *MANAGED, *VOIDS)) -> None:
        """Every kind with every broken authority, truly told and lied about."""
        for kind in kinds:
            for broken in self.broken(kind):
                for lies in (False, True):
                    self.claim(kind, broken, could_know=True, lies=lies)
            for broken in (self.dismissed, *([self.forbidden] if kind in _SETTING else [])):
                self.claim(kind, broken, could_know=False, lies=False)

    def try_limits(self) -> None:
        """What no counter gives, whoever asks it: more in a visit, in the cooldown, or than there can be."""
        card = self.card()
        self.rogue.sync()
        self.rogue.stamp(card, 2, staff=self.ana)
        self.rogue.sync()
        before = self.shop.said(card)
        self.rogue.write(PinPassed(self.ben), staff=self.ben)
        beyond: tuple[Body, ...] = (
            StampEarned(count=100),
            StampEarned(count=1),
            PointsEarned(amount_minor=10**10),
            PointsAdjusted(points=10**13, reason="for me"),
            StampsAdjusted(stamps=10**7, reason="for me"),
        )
        for body in beyond:
            self.rogue.write(body, card, staff=self.ana, override=self.ben if isinstance(body, MANAGERS_ONLY) else None)
            self.tally.claims += 1
        self.rogue.sync()
        self._count("limits", Kind.STAMP_EARNED, before, self.shop.said(card))

    def try_pins(self) -> None:
        """PINs for everybody that the rogue has no proof for."""
        leaver = self.dismissed(Kind.STAMP_EARNED).staff
        eva = self.hire("Eva", Role.OWNER)
        self.rogue.sync()
        pepper = self.shop.keys.company(self.shop.company_id).pepper
        before = {row.staff_id: row.verifier for row in self.shop.rows(people)}
        for whose in (self.ben, self.olga, self.max, eva, leaver, uuid4()):
            assert whose is not None
            made = msgspec.convert(make_verifier("9053", whose, pepper), VerifierRow, from_attributes=True)
            guess = seal(self.shop.keys.sealing.public, encode_proof(PinProof(whose, "0000")), Purpose.PIN)
            for proof, override in ((None, None), (guess, None), (None, whose), (guess, self.ana)):
                self.rogue.write(PinSet(whose, made, proof), staff=whose, override=override)
                self.tally.claims += 1
        self.rogue.sync()
        after = {row.staff_id: row.verifier for row in self.shop.rows(people)}
        self.tally.pins_taken += sum(before[one] != after[one] for one in before)

    def honest_day(self) -> None:
        """The honest tills' work, all of which counts."""
        card = self.card()
        tills = ((self.honest, self.ana, self.ben), (self.elsewhere, self.olga, self.max))
        for till, cashier, manager in tills:
            till.sync()
            stamped = till.stamp(card, 1, staff=cashier)
            bought = till.earn(card, 1000, staff=cashier)
            written = [stamped, bought, till.redeem(card, "croissant", staff=cashier)]
            written.append(till.void_stamp(card, stamped.id, staff=cashier, override=None))
            till.write(PinPassed(manager), staff=manager)
            written.append(till.void_points(card, bought.id, 400, staff=cashier, override=manager))
            for body in (PointsAdjusted(points=3, reason="gift"), CardDeactivated(), CardReactivated()):
                written.append(till.write(body, card, staff=manager, override=None))
            till.sync()
            failed = [one for one in written if till.verdict(one).word != "accepted" or till.verdict(one).notes]
            self.tally.honest_failures += len(failed)
            self.tally.wrong += [f"honest {till.verdict(one)}" for one in failed]

    def cases(self) -> list[str]:
        """The cases of what was not allowed: one a till and day."""
        return [str(row.terminal_id) for row in self.shop.rows(cases, kind="not_allowed")]
