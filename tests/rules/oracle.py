"""A second implementation of the rules, from their description alone, which recomputes everything from the ledger's
rows.

It must not import `loyalty`. Deliberately slow and simple: it stores no balances.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.rules.authority_oracle import MANAGERS, REWARDS, SLACK, Company, Deed, breaches
from tests.rules.oracle_values import RATE_ONE, Answer, Row, Rules, Said

MOST_STAMPS = 100
LARGEST_AMOUNT = 10**9
LARGEST_POINTS, LARGEST_STAMPS = 10**12, 10**6
MOST_EVER = 10**15  # most stamps or points in the life of a card

SERVERS_OWN = {"points_expired", "expiry_reversed", "welcome_bonus", "cards_merged"}
NO_VISIT = MANAGERS | {"cards_merged", "points_expired", "expiry_reversed"}
BY_THE_PROGRAM = {"card_created", "stamp_earned", "stamp_redeemed", "points_earned", "points_redeemed"}
FITS = {
    "stamp_voided": {"stamp_earned"},
    "points_voided": {"points_earned"},
    "redemption_voided": {"stamp_redeemed", "points_redeemed"},
}


class Rejected(Exception):
    """The claim is rejected; *known* because its till could know that it was not allowed."""

    def __init__(self, *, known: bool = False) -> None:
        self.known = known


@dataclass
class Oracle:
    versions: list[Rules]
    company: Company
    enforce: bool
    window_s: int
    zone: ZoneInfo
    receipts_ever: bool
    ledger: list[Row] = field(default_factory=list)
    rejected: set[int] = field(default_factory=set)
    merged: dict[int, int] = field(default_factory=dict)  # a card that went, and the one it was merged into
    _stands_against_a_limit: bool = False  # the stamp that is being judged

    def say(self, said: Said, now: int) -> Answer:
        """The verdict on a claim."""
        self._stands_against_a_limit = False
        said = replace(said, card=self.leads_to(said.card))
        if said.kind in SERVERS_OWN:
            return self._reject(said)
        if said.kind != "card_created" and not self.created(said.card):
            return Answer("held")
        if said.kind in FITS and self._row(said.names) is None and said.names not in self.rejected:
            return Answer("held")
        breaches = set(self._breaches(said, now))
        known = True in breaches
        if known and said.kind not in REWARDS and said.kind != "card_created":
            return self._reject(said, known=True)
        rules, superseded = self._judging(said)
        lapse = self._last_lapse(said.card)
        before = len(self.ledger)
        fits = lapse is not None and self.points(said.card) - lapse.points <= LARGEST_POINTS
        if lapse is not None and fits and said.kind not in NO_VISIT and self._would_have_prevented(said.at, lapse):
            self.ledger.append(
                Row(None, said.card, "expiry_reversed", now, lapse.version, points=-lapse.points, names=-1)
            )
        new_card = not self.created(said.card)
        try:
            row, adjusted = self._decide(said, rules)
        except Rejected as why:
            del self.ledger[before:]
            return self._reject(said, known=why.known)
        if len(self.ledger) > before and lapse is not None:
            lapse.reversed = True
        row.hands, row.heard = said.hands, now
        self.ledger.append(row)
        if new_card:
            adjusted = adjusted or known
            if rules.points and rules.welcome and not said.contact_known and not known:
                gift = Row(None, said.card, "welcome_bonus", said.at, rules.version, points=rules.welcome)
                self.ledger.append(gift)
        elif lapse is not None and said.kind not in NO_VISIT:
            self.expire(said.card, now)
        adjusted = adjusted or (superseded and said.kind in BY_THE_PROGRAM)
        unknown = not known and (False in breaches or self._stands_against_a_limit)
        return Answer("adjusted" if adjusted else "accepted", tuple(self.ledger[before:]), known, unknown)

    def expire(self, card: int, now: int) -> int:
        """The daily expiry of one card; returns the points taken."""
        rules = self.holding(now)
        last = max((row.at for row in self.rows(card) if row.kind not in NO_VISIT), default=None)
        balance = self.points(card)
        if not rules.expire_days or last is None or balance <= 0:
            return 0
        if self.day(now) < self.day(last) + timedelta(days=rules.expire_days):
            return 0
        self.ledger.append(Row(None, card, "points_expired", now, rules.version, points=-balance))
        return balance

    def merge(self, stays: int, goes: int, now: int) -> Row | None:
        """Makes two cards one; None if that is refused."""
        both = (stays, goes)
        if stays == goes or any(card in self.merged or not (self.created(card) and self.active(card)) for card in both):
            return None
        points, stamps = (sum(balance(card) for card in both) for balance in (self.points, self.stamps))
        earned = sum(row.points for card in both for row in self.rows(card, "points_earned", "welcome_bonus"))
        stamped = sum(row.stamps for card in both for row in self.rows(card, "stamp_earned"))
        if points > LARGEST_POINTS or stamps > LARGEST_STAMPS or max(earned, stamped) > MOST_EVER:
            return None
        gifts = [self.rows(card, "welcome_bonus", "cards_merged") for card in both]
        row = Row(None, stays, "cards_merged", now, self.holding(now).version)
        if all(any(gift.kind == "welcome_bonus" for gift in one) for one in gifts):
            gift = sum(one.points - one.short for one in gifts[1])
            row.points = -min(gift, points)
            row.short = gift + row.points
        self.merged[goes] = stays
        self.ledger.append(row)
        return row

    def leads_to(self, card: int) -> int:
        """The card that its ledger goes on in."""
        while card in self.merged:
            card = self.merged[card]
        return card

    def rows(self, card: int, *kinds: str) -> list[Row]:
        mine = [row for row in self.ledger if self.leads_to(row.card) == card]
        return [row for row in mine if not kinds or row.kind in kinds]

    def stamps(self, card: int) -> int:
        return sum(row.stamps for row in self.rows(card))

    def points(self, card: int) -> int:
        return sum(row.points for row in self.rows(card))

    def created(self, card: int) -> bool:
        return bool(self.rows(card, "card_created"))

    def handed_out(self, card: int) -> list[Row]:
        """The first enrolment of the card, and of each that was merged into it."""
        first = {row.card: row for row in reversed(self.rows(card, "card_created"))}
        return list(first.values())

    def active(self, card: int) -> bool:
        switches = self.rows(card, "card_deactivated", "card_reactivated")
        return not switches or switches[-1].kind == "card_reactivated"

    def stamps_not_voided(self, card: int) -> list[Row]:
        voided = {row.names for row in self.rows(card, "stamp_voided")}
        return [row for row in self.rows(card, "stamp_earned") if row.stamps and row.id not in voided]

    def used_by(self, said: Said) -> Row | None:
        """The purchase that has used the claim's receipt."""
        if said.receipt is None:
            return None
        same = [row for row in self.rows_of_all("points_earned") if (row.receipt or "").lower() == said.receipt.lower()]
        counts = [row for row in same if self.receipts_ever or self.day(row.at) == self.day(said.at)]
        used = [row for row in counts if row.points > 0 and (row.is_moved or self._returned(row) < row.amount)]
        return used[-1] if used else None

    def rows_of_all(self, kind: str) -> list[Row]:
        return [row for row in self.ledger if row.kind == kind]

    def holding(self, moment: int) -> Rules:
        begun = [rules for rules in self.versions if rules.since <= moment]
        return begun[-1] if begun else self.versions[0]

    def day(self, moment: int) -> date:
        return datetime.fromtimestamp(moment, UTC).astimezone(self.zone).date()

    def _reject(self, said: Said, *, known: bool = False) -> Answer:
        self.rejected.add(said.id)
        return Answer("rejected", known=known)

    def _row(self, claim: int | None) -> Row | None:
        return next((row for row in self.ledger if row.id == claim and claim is not None), None)

    def _breaches(self, said: Said, now: int) -> Iterator[bool]:
        """Of each thing that was not allowed, whether the till could know."""
        original = self._row(said.names)
        own = [row for row in self.rows(said.card, "card_created") if row.card == said.card]
        home = own[0].hands.store if own else said.hands.store
        return breaches(
            self.company,
            said.hands,
            Deed(
                kind=said.kind,
                at=said.at,
                is_part=said.amount is not None,
                home=home,
                takes_back=None if original is None else (original.hands, original.at),
            ),
            now,
        )

    def _judging(self, said: Said) -> tuple[Rules, bool]:
        current = self.holding(said.at)
        named = current.version if said.version is None else said.version
        held = [rules for rules in self.versions if rules.since <= said.at - SLACK] or self.versions[:1]
        if named < held[-1].version <= self._known_version(said):
            return held[-1], True
        for rules in self.versions:
            if rules.version == (current.version if said.version is None else said.version):
                ends = [later.since for later in self.versions if later.version > rules.version]
                in_force = rules.since <= said.at and (
                    not ends or min(ends) > max(rules.since, said.at - self.window_s)
                )
                return (rules, False) if in_force or rules is current else (current, True)
        return current, True

    def _known_version(self, said: Said) -> int:
        """The newest version that the till had been told of."""
        return max((rules.version for rules in self.versions if rules.announced <= said.hands.told), default=0)

    def _last_lapse(self, card: int) -> Row | None:
        standing = [row for row in self.rows(card, "points_expired") if not row.reversed]
        return standing[-1] if standing else None

    def _would_have_prevented(self, visit: int, lapse: Row) -> bool:
        days = next(rules.expire_days for rules in self.versions if rules.version == lapse.version)
        return visit < lapse.at and self.day(visit) + timedelta(days=days) > self.day(lapse.at)

    def _decide(self, said: Said, rules: Rules) -> tuple[Row, bool]:
        """The claim's own row, and True if it differs from the claim."""
        row = Row(said.id, said.card, said.kind, said.at, rules.version, receipt=said.receipt, names=said.names)
        match said.kind:
            case "card_created":
                return row, said.contact_known or self.created(said.card)
            case "card_replaced":
                if said.blank == said.card or self.created(self.leads_to(said.blank)):
                    raise Rejected
                return row, False
            case "stamp_earned":
                return self._stamp(row, said, rules)
            case "points_earned":
                return self._purchase(row, said, rules)
            case "stamp_redeemed":
                return self._take(row, stamps=rules.target) if rules.stamps else (row, True)
            case "points_redeemed":
                if not rules.points:
                    return row, True
                if said.reward not in rules.rewards:
                    raise Rejected
                return self._take(row, points=rules.rewards[said.reward][0])
            case "stamp_voided" | "points_voided" | "redemption_voided":
                return self._void(row, said)
            case "points_adjusted" | "stamps_adjusted":
                return self._correct(row, said)
        return row, False

    def _stamp(self, row: Row, said: Said, rules: Rules) -> tuple[Row, bool]:
        if not 1 <= said.count <= MOST_STAMPS:
            raise Rejected
        if not rules.stamps:
            return row, True
        others = self.stamps_not_voided(said.card)
        broken = self._is_against_a_limit(said, rules, others)
        if broken and self._limit_was_known(said, rules, others):
            raise Rejected(known=True)
        if broken and self.enforce:
            return row, True
        self._stands_against_a_limit = broken
        earned = sum(one.stamps for one in self.rows(said.card, "stamp_earned"))
        if self.stamps(said.card) + said.count > LARGEST_STAMPS or earned + said.count > MOST_EVER:
            raise Rejected
        row.stamps = said.count
        return row, False

    def _is_against_a_limit(self, said: Said, rules: Rules, others: list[Row]) -> bool:
        today = sum(one.stamps for one in others if self.day(one.at) == self.day(said.at))
        return (
            said.count > (rules.per_visit or MOST_STAMPS)
            or any(abs(said.at - one.at) < rules.cooldown_s for one in others)
            or (rules.per_day > 0 and today + said.count > rules.per_day)
        )

    def _limit_was_known(self, said: Said, rules: Rules, others: list[Row]) -> bool:
        """Whether the till's own rules and the stamps it knew of refuse it."""
        own = rules
        if rules.version > self._known_version(said) and said.version is not None:
            own = next((one for one in self.versions if one.version == said.version), rules)
        hands = said.hands
        known = [one for one in others if one.hands.till == hands.till or one.heard <= hands.told]
        return own.stamps and self._is_against_a_limit(said, own, known)

    def _purchase(self, row: Row, said: Said, rules: Rules) -> tuple[Row, bool]:
        row.amount = said.amount or 0
        if not 0 < row.amount <= LARGEST_AMOUNT:
            raise Rejected
        if not rules.points or row.amount < rules.minimum_purchase or self.used_by(said):
            return row, True
        row.points = row.amount * rules.rate // (100 * RATE_ONE)
        earned = sum(one.points for one in self.rows(said.card, "points_earned", "welcome_bonus"))
        if self.points(said.card) + row.points > LARGEST_POINTS or earned + row.points > MOST_EVER:
            raise Rejected
        return row, False

    def _take(self, row: Row, *, stamps: int = 0, points: int = 0) -> tuple[Row, bool]:
        row.stamps, row.points = -min(stamps, self.stamps(row.card)), -min(points, self.points(row.card))
        row.short = stamps + points + row.stamps + row.points
        return row, row.short > 0

    def _correct(self, row: Row, said: Said) -> tuple[Row, bool]:
        largest = LARGEST_POINTS if said.kind == "points_adjusted" else LARGEST_STAMPS
        if not said.reason.strip() or said.count == 0 or abs(said.count) > largest:
            raise Rejected
        balance = self.points(said.card) if said.kind == "points_adjusted" else self.stamps(said.card)
        if balance + said.count > largest:
            raise Rejected
        if said.kind == "points_adjusted":
            row.points = max(said.count, -self.points(said.card))
        else:
            row.stamps = max(said.count, -self.stamps(said.card))
        row.short = row.points + row.stamps - said.count
        return row, row.short > 0

    def _void(self, row: Row, said: Said) -> tuple[Row, bool]:
        original = self._row(said.names)
        if original is None:  # rejected, so without effect
            return row, False
        if self.leads_to(original.card) != said.card or original.kind not in FITS[said.kind]:
            raise Rejected
        if said.kind == "points_voided":
            return self._return(row, said, original)
        if any(one.names == original.id for one in self.ledger):
            raise Rejected
        if said.kind == "redemption_voided":
            row.stamps, row.points = -original.stamps, -original.points
            if (
                self.stamps(said.card) + row.stamps > LARGEST_STAMPS
                or self.points(said.card) + row.points > LARGEST_POINTS
            ):
                raise Rejected
        else:
            row.stamps = -min(original.stamps, self.stamps(said.card))
            row.short = original.stamps + row.stamps
        return row, False

    def _return(self, row: Row, said: Said, original: Row) -> tuple[Row, bool]:
        returned = self._returned(original)
        row.amount = original.amount - returned if said.amount is None else said.amount
        if returned == original.amount or not 0 < row.amount <= LARGEST_AMOUNT:
            raise Rejected
        asked, row.amount = row.amount, min(row.amount, original.amount - returned)
        kept_before = original.points * (original.amount - returned) // original.amount
        kept_after = original.points * (original.amount - returned - row.amount) // original.amount
        row.points = -min(kept_before - kept_after, self.points(said.card))
        row.short = kept_before - kept_after + row.points
        return row, asked > row.amount

    def _returned(self, purchase: Row) -> int:
        return sum(row.amount for row in self.ledger if row.kind == "points_voided" and row.names == purchase.id)
