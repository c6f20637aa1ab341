"""Cases in the second implementation of the rules, from their description alone: which claim opens one, and what a
manager's decision at a till books.

It must not import `loyalty`.
"""

from dataclasses import dataclass, field, replace

from tests.rules.authority_oracle import MANAGERS, REWARDS, VOIDS, Hands
from tests.rules.oracle import Oracle, Rejected
from tests.rules.oracle_values import RATE_ONE, Answer, Row, Rules, Said

CHOICES = {  # at tills
    "balance_too_small": {"accept", "charge_back", "reverse"},
    "stamp_conflict": {"keep", "give"},
    "program_changed": {"keep", "give"},
    "contact_has_card": {"different_people"},
    "receipt_repeated": {"keep", "both_sales", "belongs_here"},
    "return_too_large": {"accept"},
    "card_inactive": {"accept", "reverse", "switch_on"},
    "reward_unknown": {"accept", "take_points"},
    "not_allowed": {"keep", "it_was_right", "reverse"},
}
AT_TILLS = set().union(*CHOICES.values()) | {"fine"}  # of a day that was unusual
EARNINGS, CORRECTIONS = {"stamp_earned", "points_earned"}, {"stamps_adjusted", "points_adjusted"}
VOID_OF = {"stamp_earned": "stamp_voided", "points_earned": "points_voided"} | dict.fromkeys(
    REWARDS, "redemption_voided"
)
BOOKS_NOTHING = {"accept", "keep"}


@dataclass
class Case:
    """What a claim asks a manager."""

    kind: str
    said: Said
    unit: str | None
    amount: int
    first: Row | None  # the purchase that had used the receipt
    is_decided: bool = False


@dataclass
class CaseOracle(Oracle):
    """An oracle that knows the cases of what it was told."""

    cases: dict[int, Case] = field(default_factory=dict)  # by the claim that opened it
    _following: list[Row] = field(default_factory=list)  # what the decision that is being judged books

    def say(self, said: Said, now: int) -> Answer:
        """The verdict on a claim, with the kind of the case that it opens."""
        said = replace(said, card=self.leads_to(said.card))
        first, is_new, was_off = self.used_by(said), not self.created(said.card), self._knew_it_was_off(said)
        self._following = []
        answer = super().say(said, now)
        if answer.word in {"accepted", "adjusted"} and self._following:
            self.ledger.extend(self._following)
            answer = replace(answer, rows=(*answer.rows, *self._following))
        row = next((one for one in answer.rows if one.id == said.id), None)
        kind = self._kind(said, answer, row, is_new=is_new, was_off=was_off, is_repeated=first is not None)
        if kind is not None:
            self.cases[said.id] = Case(kind, said, *self._in_question(said, row), first)
        return replace(answer, case=kind)

    def _knew_it_was_off(self, said: Said) -> bool:
        """Whether a till could know that a card is switched off: since the first time after it was last on."""
        off: Row | None = None
        for row in self.rows(said.card, "card_deactivated", "card_reactivated"):
            off = None if row.kind == "card_reactivated" else off or row
        return off is not None and off.heard <= said.hands.told

    def _kind(
        self, said: Said, answer: Answer, row: Row | None, *, is_new: bool, was_off: bool, is_repeated: bool
    ) -> str | None:
        if answer.known:
            return "not_allowed"
        if answer.word == "rejected":
            return self._kind_of_a_rejection(said)
        if row is None:
            return None
        kind = self._kind_of_a_row(said, row, is_new=is_new, is_repeated=is_repeated)
        return kind or ("card_inactive" if was_off and said.kind in EARNINGS | REWARDS else None)

    def _kind_of_a_rejection(self, said: Said) -> str | None:
        if said.kind == "points_redeemed":
            return "reward_unknown"
        bought = self._row(said.names) if said.kind == "points_voided" else None
        if bought is None or (self.leads_to(bought.card), bought.kind) != (said.card, "points_earned"):
            return None
        return "return_too_large" if self._returned(bought) >= bought.amount else None

    def _kind_of_a_row(self, said: Said, row: Row, *, is_new: bool, is_repeated: bool) -> str | None:
        rules = self._numbered(row.version)
        assert rules is not None, "it was judged by a version"
        match said.kind:
            case "stamp_earned" | "stamp_redeemed" if not rules.stamps:
                return "program_changed"
            case "points_earned" | "points_redeemed" if not rules.points:
                return "program_changed"
            case "stamp_earned" if row.stamps == 0:
                return "stamp_conflict"
            case "points_earned" if is_repeated:
                return "receipt_repeated"
            case "card_created" if is_new and said.contact_known:
                return "contact_has_card"
            case "points_voided" if said.amount is not None and said.amount > row.amount > 0:
                return "return_too_large"
        return "balance_too_small" if row.short and said.kind in REWARDS | CORRECTIONS else None

    def _in_question(self, said: Said, row: Row | None) -> tuple[str | None, int]:
        """Stamps or points, and how many: what is missing of a claim, or what it claimed."""
        if row is not None and row.short:
            return "stamps" if said.kind.startswith("stamp") else "points", row.short
        holding = self.holding(said.at)
        judged = holding if row is None else self._numbered(row.version) or holding
        named = holding if said.version is None else self._numbered(said.version)
        match said.kind:
            case "stamp_earned":
                return "stamps", said.count
            case "stamp_redeemed":
                rules = judged if judged.stamps else named
                return "stamps", 0 if rules is None else rules.target
            case "points_earned":
                rules = judged if judged.points else named
                earns = rules is not None and rules.points
                return "points", (said.amount or 0) * rules.rate // (100 * RATE_ONE) if rules and earns else 0
            case "points_redeemed":
                rules = judged if judged.points else named
                return "points", 0 if rules is None else rules.rewards.get(said.reward, (0, False))[0]
            case "card_created" if judged.points:
                return "points", judged.welcome
            case "stamps_adjusted" | "points_adjusted":
                return said.kind.removesuffix("_adjusted"), abs(said.count)
            case "stamp_voided" if row is not None and row.stamps:
                return "stamps", abs(row.stamps)
            case "points_voided" if row is not None and row.points:
                return "points", abs(row.points)
        return None, 0

    def _numbered(self, version: int) -> Rules | None:
        return next((rules for rules in self.versions if rules.version == version), None)

    def _decide(self, said: Said, rules: Rules) -> tuple[Row, bool]:
        if said.kind != "case_decided":
            return super()._decide(said, rules)
        case = self.cases.get(said.names or 0)
        if case is None or (self.leads_to(case.said.card), case.said.hands.store) != (said.card, said.hands.store):
            raise Rejected
        if said.choice not in AT_TILLS:
            raise Rejected
        if (who := answering(said)) is not None and who == answering(case.said):
            raise Rejected  # nobody decides what they did
        row = Row(said.id, said.card, said.kind, said.at, rules.version)
        if case.is_decided:
            return row, True
        self._following = self._booked(case, said, rules)
        case.is_decided = True
        return row, False

    def _booked(self, case: Case, said: Said, rules: Rules) -> list[Row]:
        """What follows the decision; on the case's card first."""
        one, stood = case.said, self._row(case.said.id)
        if said.choice not in CHOICES[case.kind]:
            raise Rejected
        if said.choice in BOOKS_NOTHING:
            return []
        match said.choice:
            case "charge_back" if case.unit is not None:
                return [self._charged(case.unit, case.amount, said, rules)]
            case "reverse" if stood is not None and stood.kind in VOID_OF:
                return [self._taken_back(stood, VOID_OF[stood.kind], None, said, rules)]
            case "give" if one.kind in EARNINGS and case.unit is not None:
                return [self._given(case.unit, case.amount, said, rules)]
            case "switch_on" if not self.active(said.card):
                return [Row(None, said.card, "card_reactivated", said.at, rules.version)]
            case "take_points" if said.count > 0:
                return [self._given("points", -said.count, said, rules)]
            case "different_people":
                return self._welcomed(case, said, rules)
            case "both_sales":
                return [self._given("points", case.amount, said, rules)]
            case "belongs_here" if case.first is not None and self.leads_to(case.first.card) != said.card:
                back = self._taken_back(case.first, "points_voided", None, said, rules)
                given = self._given("points", case.amount, said, rules)
                case.first.is_moved = True
                return [given, back]
            case "it_was_right":
                return self._as_claimed(case, stood, said, rules)
        raise Rejected

    def _as_claimed(self, case: Case, stood: Row | None, said: Said, rules: Rules) -> list[Row]:
        one = case.said
        if stood is not None:
            if one.kind != "card_created" or case.amount == 0:
                raise Rejected
            return self._welcomed(case, said, rules)
        if one.kind in VOIDS:
            if (original := self._row(one.names)) is None:
                raise Rejected
            return [self._taken_back(original, one.kind, one.amount, said, rules)]
        if one.kind in CORRECTIONS:
            return [self._given(one.kind.removesuffix("_adjusted"), one.count, said, rules)]
        if one.kind in EARNINGS:
            unit, count = ("stamps", one.count) if one.kind == "stamp_earned" else ("points", case.amount)
            return [self._given(unit, count, said, rules)]
        raise Rejected

    def _welcomed(self, case: Case, said: Said, rules: Rules) -> list[Row]:
        if case.amount == 0 or self.rows(said.card, "welcome_bonus"):
            return []
        return [Row(None, said.card, "welcome_bonus", said.at, rules.version, points=case.amount)]

    def _charged(self, unit: str, amount: int, said: Said, rules: Rules) -> Row:
        there = self.stamps(said.card) if unit == "stamps" else self.points(said.card)
        if (taken := min(amount, there)) == 0:
            raise Rejected
        row = Row(None, said.card, f"{unit}_adjusted", said.at, rules.version, short=amount - taken)
        row.stamps, row.points = (-taken, 0) if unit == "stamps" else (0, -taken)
        return row

    def _given(self, unit: str, count: int, said: Said, rules: Rules) -> Row:
        """A correction by so many; one that the balance does not cover is impossible."""
        kind = f"{unit}_adjusted"
        row = Row(None, said.card, kind, said.at, rules.version)
        self._correct(row, replace(said, kind=kind, count=count, reason="a case"))
        if row.short:
            raise Rejected
        return row

    def _taken_back(self, original: Row, kind: str, part: int | None, said: Said, rules: Rules) -> Row:
        card = self.leads_to(original.card) if part is None and kind == "points_voided" else said.card
        row = Row(None, card, kind, said.at, rules.version, names=original.id)
        _, is_less = self._void(row, replace(said, card=card, kind=kind, names=original.id, amount=part))
        if is_less:
            raise Rejected
        return row


def answering(said: Said) -> int | None:
    """Whose claim it is: the manager's for what only managers do."""
    hands: Hands = said.hands
    return hands.override if said.kind in MANAGERS and hands.override is not None else hands.staff
