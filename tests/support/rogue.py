"""A till that somebody has taken apart: it has its own keys and writes any entry, in the name of anybody.

`Rogue.try_all` tries every kind of transaction with every authority that is broken, each on a card of its own; an
honest till in the same shop does the same work in the right way. A kind that the rules gain needs a body here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec

from loyalty.authority import MANAGERS_ONLY
from loyalty.settings import Settings
from loyalty.staff import Role
from loyalty.transactions import (
    SERVER_ONLY,
    Body,
    CardCreated,
    CardDeactivated,
    CardReactivated,
    CardReplaced,
    CardsMerged,
    CaseDecided,
    CustomerEdited,
    ExpiryReversed,
    Kind,
    PointsAdjusted,
    PointsEarned,
    PointsExpired,
    PointsRedeemed,
    PointsVoided,
    RedemptionVoided,
    StampEarned,
    StampRedeemed,
    StampsAdjusted,
    StampVoided,
    WelcomeBonus,
    following_id,
)
from server.db.tables import staff as people
from server.db.work_tables import cases
from sync.protocol.entries import PinPassed, PinProof, PinSet, encode_proof
from sync.protocol.rows import CardRow, Table, VerdictRow, VerifierRow, decode_row
from sync.protocol.sealing import Purpose, seal
from tests.support import cheap_secrets
from tests.support.broken_authorities import OPEN, REDEMPTIONS, WELCOME, Broken, BrokenAuthorities
from tests.support.office_cases import a_case
from tests.support.paper_shop import PaperShop
from tests.support.paper_till import PaperTill, Written


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


class Rogue(BrokenAuthorities):
    """A rogue till's claims, and what they came to."""

    def __init__(self, shop: PaperShop, new_till: Callable[[str, str], PaperTill], *, can_wait: bool = True) -> None:
        super().__init__(shop, new_till, can_wait=can_wait)
        self.tally = Tally()

    # Claims

    def card(self, till: PaperTill) -> UUID:
        """A customer's card with 10 stamps and 50 points, given in the right way."""
        (blank,) = self.shop.blanks()
        till.sync()
        cashier, manager = (self.olga, self.max) if till is self.elsewhere else (self.ana, self.ben)
        till.write(CardCreated(), blank.id, staff=cashier)
        till.write(PinPassed(manager), staff=manager)
        for start in (StampsAdjusted(stamps=10, reason="start"), PointsAdjusted(points=50 - WELCOME, reason="start")):
            till.write(start, blank.id, staff=cashier, override=manager)
        till.sync()
        return blank.id

    def right(self, body: Body, card: UUID) -> Written:
        """The honest till writes it in the right way: a manager's PIN has just been passed."""
        self.honest.write(PinPassed(self.ben), staff=self.ben)
        return self.honest.write(body, card, staff=self.ana, override=self.ben)

    def body(self, kind: Kind, card: UUID, by: PaperTill) -> Body:
        """What the rogue claims, and what it needs of before, written by the till *by*."""
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
            case Kind.CUSTOMER_EDITED:
                return CustomerEdited()
            case Kind.STAMP_VOIDED:
                return StampVoided(corrects=self._given(StampEarned(count=1), card, by))
            case Kind.POINTS_VOIDED:
                return PointsVoided(corrects=self._given(PointsEarned(amount_minor=500), card, by))
            case Kind.REDEMPTION_VOIDED:
                return RedemptionVoided(corrects=self._given(PointsRedeemed(reward="croissant"), card, by))
            case Kind.POINTS_EXPIRED:
                return PointsExpired()
            case Kind.EXPIRY_REVERSED:
                return ExpiryReversed(corrects=uuid4())
            case Kind.WELCOME_BONUS:
                return WelcomeBonus()
            case Kind.CARDS_MERGED:
                return CardsMerged(merged=uuid4())
            case Kind.CASE_DECIDED:
                case_id = a_case(self.shop.server, self.shop.company_id, card, self.rogue.store_id)
                return CaseDecided(case=case_id, choice="charge_back")

    def _given(self, body: Body, card: UUID, till: PaperTill) -> UUID:
        written = till.write(body, card, staff=self.ana)
        till.sync()
        return written.id

    def claim(self, kind: Kind, broken: Broken, *, could_know: bool, lies: bool) -> None:
        """One claim; what it gained though the till could know is counted."""
        if kind is Kind.CARD_CREATED:
            card = self.shop.blanks()[0].id
        else:
            card = self.card(self.elsewhere if broken == self.cross_store_redemption else self.honest)
        body = self.body(kind, card, self.rogue if broken == self.self_void_minutes else self.honest)
        self.rogue.sync()
        names = broken(kind)
        if could_know:
            self.rogue.sync()
        before = self.shop.said(card)
        said: dict[str, Any] = {"essentials": 0, "card_version": None} if lies else {}
        if kind is Kind.CUSTOMER_EDITED:
            said["side"] = self.rogue.side("Somebody", card, email="somebody@example.org")
        written = self.rogue.write(body, card, staff=names.staff, override=names.override, **said)
        self.rogue.exchange()
        self.rogue.sync()
        self.tally.claims += 1
        self.shop.set(**OPEN)
        what, verdict = f"{kind} {broken.__name__}", self.rogue.verdict(written)
        if could_know:
            self._count(what, kind, before, self.shop.said(card))
            self._check_refused(what, kind, verdict)
        elif verdict.word == "rejected" or not {"staff_dismissed", "rule_broken_unknowingly"} & set(verdict.notes):
            self.tally.honest_failures += 1
            self.tally.wrong.append(f"{what}, which the till could not know: {verdict}")

    def _count(self, what: str, kind: Kind, before: CardRow, after: CardRow) -> None:
        points, stamps = after.points_balance - before.points_balance, after.stamp_count - before.stamp_count
        moved = any(getattr(before, name) != getattr(after, name) for name in ("token", "is_active", "name", "email"))
        taken = kind not in REDEMPTIONS and (points or stamps)
        if points > 0 or stamps > 0 or moved or taken:
            self.tally.wrong.append(what)
        self.tally.gained_points += max(0, points) + (1 if moved or taken else 0)
        self.tally.gained_stamps += max(0, stamps)

    def _check_refused(self, what: str, kind: Kind, verdict: VerdictRow) -> None:
        """What it could know is called by its name."""
        if kind in SERVER_ONLY:
            well = (verdict.word, verdict.reason) == ("rejected", "server_only")
        else:
            stands = kind in REDEMPTIONS or kind is Kind.CARD_CREATED
            well = "not_allowed" in verdict.notes and (verdict.word == "rejected") != stands
        if not well:
            self.tally.wrong.append(f"{what}: {verdict}")

    def try_all(self, kinds: tuple[Kind, ...] = tuple(Kind), lying: tuple[bool, ...] = (False, True)) -> None:
        """Every kind with every broken authority, truly told or lied about."""
        for kind in kinds:
            for broken, may_not_know in self.broken(kind):
                for lies in lying:
                    self.claim(kind, broken, could_know=True, lies=lies)
                if may_not_know and kind not in SERVER_ONLY:
                    self.claim(kind, broken, could_know=False, lies=False)

    def try_limits(self) -> None:
        """What no counter gives, whoever asks it: more in a visit, in the cooldown, or than there can be."""
        card = self.card(self.honest)
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
        self._stamp_that_the_rogue_could_not_know()

    def _stamp_that_the_rogue_could_not_know(self) -> None:
        """Another till's stamp rules out the next one, which the rogue gives before it has heard of it, and after."""
        card = self.card(self.honest)
        self.rogue.sync()
        self.elsewhere.stamp(card, 1, staff=self.olga)
        self.elsewhere.sync()
        unknowing = self.rogue.stamp(card, 1, staff=self.ana)
        self.rogue.sync()
        before, knowing = self.shop.said(card), self.rogue.stamp(card, 1, staff=self.ana)
        self.rogue.sync()
        self.tally.claims += 2
        self._count("cooldown", Kind.STAMP_EARNED, before, self.shop.said(card))
        self._check_refused("cooldown", Kind.STAMP_EARNED, self.rogue.verdict(knowing))
        verdict = self.rogue.verdict(unknowing)
        if (verdict.word, verdict.notes) != ("accepted", ("rule_broken_unknowingly",)):
            self.tally.honest_failures += 1
            self.tally.wrong.append(f"a stamp of which the till could not know: {verdict}")

    def try_tricks(self) -> None:
        """What looks allowed: taken back twice, in parts or in a circle, with an old card, or at another time."""
        card, other = self.card(self.honest), self.card(self.honest)
        (blank,) = self.shop.blanks()
        bought = self.honest.earn(card, 10_000, staff=self.ana)
        reward = self.honest.redeem(card, "croissant", staff=self.ana)
        stamped = self.honest.stamp(card, 1, staff=self.ana)
        self.honest.sync()
        self.right(PointsVoided(corrects=bought.id, amount_minor=6_000), card)
        back = self.right(RedemptionVoided(corrects=reward.id), card)
        taken = self.right(StampVoided(corrects=stamped.id), card)
        self.right(CardReplaced(blank=blank.id, reason="lost"), other)
        self.honest.sync()
        self.rogue.sync()
        before = {one: self.shop.said(one) for one in (card, other)}
        ahead = self.shop.now + timedelta(days=400)
        tricks: tuple[tuple[Body, UUID, dict[str, Any]], ...] = (
            (PointsVoided(corrects=bought.id, amount_minor=-6_000), card, {}),
            (RedemptionVoided(corrects=reward.id), card, {}),
            (RedemptionVoided(corrects=back.id), card, {}),
            (RedemptionVoided(corrects=reward.id), other, {}),
            (StampVoided(corrects=taken.id), card, {}),
            (RedemptionVoided(corrects=bought.id), card, {}),
            (CardCreated(), blank.id, {}),
            (CardCreated(), card, {}),
            (CardReplaced(blank=blank.id, reason="again"), card, {}),
            (CardReplaced(blank=other, reason="mine"), card, {}),
            (PointsEarned(amount_minor=1_000_000), card, {"id": bought.id}),
            (
                PointsEarned(amount_minor=1_000_000),
                card,
                {"id": following_id(bought.id, Kind.EXPIRY_REVERSED), "staff": None},
            ),
            (StampEarned(count=2), card, {"occurred_at": ahead, "staff": uuid4()}),
        )
        for body, on, said in tricks:
            self.rogue.write(PinPassed(self.ben), staff=self.ben)
            self.rogue.write(body, on, **({"staff": self.ana, "override": self.ben} | said))
            self.tally.claims += 1
            self.rogue.sync()
            for one, was in before.items():
                self._count(f"trick {body}", Kind.STAMP_EARNED, was, self.shop.said(one))
        self.rogue.write(PinPassed(self.ben), staff=self.ben)
        self.rogue.write(PointsVoided(corrects=bought.id, amount_minor=6_000), card, staff=self.ana, override=self.ben)
        self.rogue.sync()
        left = before[card].points_balance - self.shop.said(card).points_balance
        if left != 40:
            self.tally.wrong.append(f"the rest of a purchase of which 40 points were left took {left}")

    def try_pins(self) -> None:
        """PINs for everybody that the rogue has no proof for."""
        leaver = self.dismissed(Kind.STAMP_EARNED).staff
        eva = self.hire("Eva", Role.OWNER)
        self.rogue.sync()
        pepper = self.shop.keys.company(self.shop.company_id).pepper
        before = {row.staff_id: row.verifier for row in self.shop.rows(people)}
        for whose in (self.ben, self.olga, self.max, eva, leaver, uuid4()):
            assert whose is not None
            made = msgspec.convert(cheap_secrets.verifier("9053", whose, pepper), VerifierRow, from_attributes=True)
            guess = seal(self.shop.keys.sealing.public, encode_proof(PinProof(whose, "0000")), Purpose.PIN)
            for proof, override in ((None, None), (guess, None), (None, whose), (guess, self.ana)):
                self.rogue.write(PinSet(whose, made, proof), staff=whose, override=override)
                self.tally.claims += 1
        self.rogue.sync()
        after = {row.staff_id: row.verifier for row in self.shop.rows(people)}
        self.tally.pins_taken += sum(before[one] != after[one] for one in before)

    def honest_day(self) -> None:
        """The honest tills' work, all of which counts."""
        card = self.card(self.honest)
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

    def is_one_group_a_day(self) -> bool:
        """Whether each thing that the rogue could know not to be allowed is a case, and those of a day are a group."""
        rows = self.shop.rows(cases, kind="not_allowed")
        days = {row.created_at.astimezone(Settings().zone).date() for row in rows}
        verdicts = [
            decode_row(VerdictRow, row) for (table, _), row in self.rogue.rows.items() if table == Table.VERDICT
        ]
        refused = sum("not_allowed" in one.notes for one in verdicts)
        whose = {row.terminal_id for row in rows}
        groups = {row.group_id for row in rows}
        return whose == {self.rogue.id} and len(days) == len(groups) and len(rows) == refused
