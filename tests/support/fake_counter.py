"""A counter with small rules of its own, in memory and deterministic, for what only the screen must do."""

from collections.abc import Callable
from datetime import timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

import msgspec

from loyalty.codes import Foreign, Number, Token, parse
from loyalty.refusals import Reason
from terminal.interface.ask import Override
from terminal.interface.asks import (
    AnyAsk,
    Colleagues,
    Earn,
    Enrol,
    Find,
    History,
    Lock,
    Pin,
    PutAway,
    Quote,
    QuoteVoid,
    Recent,
    Recognise,
    Redeem,
    Refresh,
    Scan,
    Speak,
    Stamp,
    Status,
    Unlock,
    Void,
)
from terminal.interface.card_asks import HandedOver, ShowCode
from terminal.interface.pin_asks import ChangePin, ResetPin, Telephone, UnlockByPhone
from terminal.interface.report_asks import Decided, Open, Report, Served
from terminal.interface.report_views import Cursor, Readiness, UnusualView
from terminal.interface.views import (
    CardView,
    EntryView,
    HistoryRow,
    NewCardView,
    PointsView,
    QuoteView,
    RefusalView,
    Reply,
    StaffView,
    StampsView,
    StatusView,
)
from terminal.problems import Problem
from tests.support.fake_cards import NOON, PINS, ROLES, FakeCard
from tests.support.fake_facts import INACTIVE, Done, an_unknown_card, refuse
from tests.support.fake_past import past
from tests.support.fake_phones import code_asked, enrolled_on_phone
from tests.support.fake_pins import about_pins
from tests.support.fake_rewards import rewards

COOLDOWN = timedelta(minutes=30)
MINIMUM_MINOR = 200
UNDO_S = 10


class FakeCounter:
    """Answers asks as a till of three colleagues and a handful of cards would."""

    def __init__(self, program: str = "hybrid", cards: tuple[FakeCard, ...] = ()) -> None:
        self.now = NOON
        self.program = program
        self.cards = list(cards)
        for index, card in enumerate(self.cards):
            card.id = UUID(int=index + 1)
        self.asked: list[AnyAsk] = []
        self.staff: str | None = None
        self.pin_required = "per_shift"
        self.locked: dict[str, int] = {}
        self.pins = dict(PINS)
        self.wrong: dict[str, int] = {}
        self.online = True
        self.problem: Callable[[AnyAsk], Problem | None] = lambda ask: None
        self.stale_hours = 0
        self.at_once = 3
        self.status_changes: dict[str, object] = {}
        self.done: list[Done] = []
        self.front: FakeCard | None = None
        self.unknown: str | None = None
        self.by_code = False
        self.phone_cards = 48
        self.shown: NewCardView | None = None  # a code that nobody has said to be handed over

    # -- asks -------------------------------------------------------------------------------------------------

    def handle(self, ask: AnyAsk) -> Reply:
        self.asked.append(ask)
        if (problem := self.problem(ask)) is not None:
            raise problem
        match ask:
            case Status():
                return Reply(ok=True, status=self._status())
            case Colleagues():
                return Reply(ok=True, colleagues=tuple(self.person(name) for name in (*PINS, "Sara Blom")))
            case Pin(staff=staff, pin=pin):
                if (no := self.check(staff, pin)) is not None:
                    return no
                self.staff = staff
                return Reply(ok=True, staff=self.person(staff))
            case Unlock() | ChangePin() | ResetPin() | Telephone() | UnlockByPhone():
                return about_pins(self, ask)
            case Lock():
                self.staff = None
                return Reply(ok=True, staff=None)
            case Scan(code=code):
                return self._scan(code)
            case Speak():
                return Reply(ok=True)
            case Recognise(readings=readings):
                known = (index for index, text in enumerate(readings) if any(text == card.token for card in self.cards))
                return Reply(ok=True, reading=next(known, None))
            case Find(receipt=receipt) if receipt is not None:
                found = [each for each in self.done if each.receipt == receipt]
                return Reply(ok=True, history=tuple(self.row(each) for each in found))
            case Find(email=email, phone=phone):
                return self._find(email or phone or "")
            case PutAway():
                self.front = self.unknown = None
                return Reply(ok=True, card=None)
            case Recent(limit=limit):
                return Reply(ok=True, history=self._last(limit), today=len(self.done))
            case Refresh(limit=limit):
                status, rows = self._status(), self._last(limit)
                return Reply(ok=True, status=status, card=self.view(), history=rows, today=len(self.done))
            case Stamp(count=count):
                return self._stamp(count)
            case Quote(amount_minor=minor):
                doubt = UnusualView("above_limit", 50_000, "This is more than 500.00 €.") if minor > 50_000 else None
                return Reply(ok=True, quote=QuoteView(minor, minor // 100, self._too_small(minor), doubt))
            case Earn(amount_minor=minor, stamps=count):
                return self._earn(minor, count)
            case Redeem(reward=reward, override=override):
                return self._redeem(reward, override)
            case History() | QuoteVoid() | Report() | Decided() | Served() | Open():
                return past(self, ask)
            case Void(entry=entry, amount_minor=minor, override=override, also=also):
                if also is not None:
                    self._void(also, override)
                return self._void(entry, override) if minor is None else self._return(entry, minor, override)
            case Enrol():
                return self._enrol(ask)
            case ShowCode() | HandedOver():
                return code_asked(self, ask)
        return refuse("not_ready", "This till cannot do that.")

    def check(self, staff: str, pin: str) -> Reply | None:
        if self.locked.get(staff):
            return refuse(
                "pin_locked", f"Locked. Try again in {self.locked[staff]} minutes.", minutes=self.locked[staff]
            )
        if self.pins.get(staff) == pin:
            self.wrong.pop(staff, None)
            return None
        self.wrong[staff] = self.wrong.get(staff, 0) + 1
        left = 5 - self.wrong[staff]
        if left <= 0:
            self.locked[staff] = 15
            return refuse("pin_locked", "Too many wrong PINs. Try again in 15 minutes.", minutes=15)
        return refuse("pin_wrong", f"That PIN is wrong. {left} tries left.", left=left)

    def _scan(self, code: str) -> Reply:
        match parse(code):
            case Token(text=token):
                self.front = next((card for card in self.cards if card.token == token), None)
                self.unknown = None if self.front else token
                self.by_code = True
                return Reply(ok=True, card=self.view())
            case Number(digits=digits):
                found = next((card for card in self.cards if card.number == digits), None)
                if found is None:
                    return refuse("unknown_card", "No card has this number.", by="number")
                self.front, self.unknown, self.by_code = found, None, False
                return Reply(ok=True, card=self.view())
            case Foreign(seems=seems):
                words = {"web_address": "This is a web address, not a card.", "payment": "This is a payment code."}
                return refuse(
                    "foreign_code", words.get(seems.value, "This is not one of our cards."), seems=seems.value
                )

    def _find(self, contact: str) -> Reply:
        found = next((card for card in self.cards if card.name and card.name.split()[0].lower() in contact), None)
        if found is None:
            return refuse("unknown_card", "No customer has exactly this.", by="email" if "@" in contact else "phone")
        self.front, self.unknown, self.by_code = found, None, False
        return Reply(ok=True, card=self.view())

    def _stamp(self, count: int) -> Reply:
        card = self.front
        if card is None:
            if self.unknown is None:
                return refuse("no_card", "Scan a card first.")
            return self.write(None, "stamp_earned", stamps=count)
        if (no := self._next_stamp(card)) is not None:
            return Reply(ok=False, refusal=no, card=self.view())
        card.stamps += count
        card.waiting_stamps += count
        card.last_stamp_at = self.now
        return self.write(card, "stamp_earned", stamps=count, reached=card.stamps == 10)

    def _earn(self, minor: int, count: int = 0) -> Reply:
        if (no := self._too_small(minor)) is not None:
            return Reply(ok=False, refusal=no)
        if self.front is not None:
            self.front.points += minor // 100
            self.front.waiting_points += minor // 100
        earned = self.write(self.front, "points_earned", points=minor // 100)
        self.done[-1].amount_minor = minor
        if not count:
            return msgspec.structs.replace(earned, rows=(self.row(self.done[-1]),))
        stamped = self._stamp(count)
        return msgspec.structs.replace(
            stamped, entry=earned.entry, also=stamped.entry, rows=tuple(map(self.row, self.done[-2:]))
        )

    def _redeem(self, reward: str, override: Override | None) -> Reply:
        card = self.front
        view = next((each for each in rewards(self, card) if each.id == reward), None) if card else None
        if card is None or view is None:
            return refuse("reward_unknown", "This reward is not known.")
        if view.refusal is not None and (view.refusal.reason is not Reason.MANAGER_NEEDED or override is None):
            return Reply(ok=False, refusal=view.refusal, card=self.view())
        if override is not None and (no := self.check(override.staff, override.pin)) is not None:
            return no
        if view.cost is None:
            card.stamps -= 10
            return self.write(card, "stamp_redeemed", stamps=-10, reward=view.name)
        card.points -= view.cost
        return self.write(card, "points_redeemed", points=-view.cost, reward=view.name)

    def _void(self, entry: UUID, override: Override | None) -> Reply:
        done = next((each for each in self.done if each.entry == entry), None)
        if done is None or done.voided:
            return refuse("nothing_to_void", "There is nothing to take back.")
        if done.at < self.now - timedelta(minutes=15):
            if override is None:
                return refuse("manager_needed", "It is older than 15 minutes.", why="too_late_to_void")
            if (no := self.check(override.staff, override.pin)) is not None:
                return no
        done.voided = True
        if done.card is not None:
            done.card.stamps -= done.stamps
            done.card.points -= done.points
            if done.stamps > 0:
                done.card.last_stamp_at = None
        return Reply(ok=True, entry=EntryView(UUID(int=9999), 1, "stamp_voided"), card=self.view())

    def _return(self, entry: UUID, minor: int, override: Override | None) -> Reply:
        done = next(each for each in self.done if each.entry == entry)
        if override is None:
            return refuse("manager_needed", "This needs a manager's PIN.", why="managers_only")
        if (no := self.check(override.staff, override.pin)) is not None:
            return no
        done.returned_minor += minor
        if done.card is not None:
            done.card.points -= minor // 100
        view = EntryView(UUID(int=9998), 1, "points_voided", 0, -(minor // 100))
        return Reply(ok=True, entry=view, card=self.view())

    def _enrol(self, ask: Enrol) -> Reply:
        if ask.code is None:
            return enrolled_on_phone(self, ask)
        card = self.front
        if card is None or not card.blank:
            return refuse("not_a_blank", "This is not a blank card.")
        card.blank, card.name = False, ask.name or ""
        self.by_code = True
        return self.write(card, "card_created")

    # -- views ------------------------------------------------------------------------------------------------

    def write(
        self,
        card: FakeCard | None,
        kind: str,
        *,
        stamps: int = 0,
        points: int = 0,
        reached: bool = False,
        reward: str | None = None,
    ) -> Reply:
        entry = UUID(int=1000 + len(self.done))
        self.done.append(Done(entry, card, kind, stamps, points, self.now, reward))
        view = EntryView(entry, len(self.done), kind, stamps, points, reached, UNDO_S)
        return Reply(ok=True, entry=view, card=self.view(), rows=(self.row(self.done[-1]),))

    def _last(self, limit: int) -> tuple[HistoryRow, ...]:
        return (*map(self.row, self.done[: -limit - 1 : -1]),)

    def person(self, name: str) -> StaffView:
        locked = self.locked.get(name, 12 if name == "Sara Blom" else 0)
        return StaffView(uuid5(NAMESPACE_OID, name), name, ROLES.get(name, "cashier"), locked)

    def _next_stamp(self, card: FakeCard) -> RefusalView | None:
        if not card.active:
            return INACTIVE
        if card.last_stamp_at is None or (left := card.last_stamp_at + COOLDOWN - self.now) <= timedelta(0):
            return None
        minutes = -(-int(left.total_seconds()) // 60)
        return RefusalView(Reason.COOLDOWN, f"Please wait {minutes} minutes before the next stamp.", minutes=minutes)

    def _too_small(self, minor: int) -> RefusalView | None:
        if minor >= MINIMUM_MINOR:
            return None
        return RefusalView(Reason.BELOW_MINIMUM_PURCHASE, "Points are given from 2.00 €.", minimum_minor=MINIMUM_MINOR)

    def view(self) -> CardView | None:
        card = self.front
        if card is None:
            return None if self.unknown is None else an_unknown_card()
        at = self.now if self.online else self.now - timedelta(minutes=24)
        stamps = points = None
        if self.program in ("stamps", "hybrid"):
            sure = card.stamps - card.waiting_stamps
            stamps = StampsView(
                card.stamps, 10, sure, card.waiting_stamps, max(0, 10 - card.stamps), "Free coffee", self.at_once
            )
        if self.program in ("points", "hybrid"):
            points = PointsView(card.points, card.points - card.waiting_points, card.waiting_points)
        return CardView(
            id=card.id,
            known=True,
            number_end=card.number[-4:],
            name=card.name,
            active=card.active,
            blank=card.blank,
            by_code=self.by_code,
            stamps=stamps,
            points=points,
            confirmed_at=at,
            rewards=rewards(self, card),
            next_stamp=self._next_stamp(card),
            expires_on=None,
        )

    def waits(self, done: Done) -> bool:
        return done.at > self.now - timedelta(minutes=2) or not self.online

    def row(self, done: Done) -> HistoryRow:
        return HistoryRow(
            entry=done.entry,
            kind=done.kind,
            occurred_at=done.at,
            stamps=done.stamps,
            points=done.points,
            state=done.word or ("waiting" if self.waits(done) else "accepted"),
            reward=done.reward,
            voided=done.voided,
            can_void=not done.voided,
            note=done.note,
            amount_minor=done.amount_minor,
            receipt=done.receipt,
            returned_minor=done.returned_minor,
            staff=self.staff or "",
            own=True,
            card_id=None if done.card is None else done.card.id,
            card=done.card.name if done.card is not None else "",
        )

    def _status(self) -> StatusView:
        waiting = sum(1 for done in self.done if self.row(done).state == "waiting")
        fields: dict[str, object] = {
            "online": self.online,
            "confirmed_at": self.now,
            "waiting": 0 if self.online else waiting,
            "held": 0,
            "last_seq": len(self.done),
            "acked_seq": len(self.done),
            "cursor": Cursor(1, 1),
            "store": "Old Town",
            "terminal": "Till 2",
            "staff": self.person(self.staff) if self.staff is not None else None,
            "readiness": Readiness(7, 183, 240),
            "problem": None,
            "company": "Café Aurora",
            "program": self.program,
            "offline_since": None if self.online else self.now - timedelta(minutes=22),
            "pin_required": self.pin_required,
            "phone_cards": self.phone_cards,
            "code_kept": self.shown is not None,
            "welcome_points": 0 if self.program == "stamps" else 20,
        } | self.status_changes
        return StatusView(**fields)  # type: ignore[arg-type]
