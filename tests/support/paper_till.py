"""A simulated till: a signed, chained journal in memory and a simple replica, for the server's exchange."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol
from uuid import UUID, uuid4

import msgspec

from loyalty.authority import MANAGERS_ONLY
from loyalty.settings import Settings
from loyalty.transactions import (
    Body,
    CardCreated,
    CardReplaced,
    PointsEarned,
    PointsRedeemed,
    PointsVoided,
    RedemptionVoided,
    StampEarned,
    StampRedeemed,
    StampVoided,
)
from sync.exchange.requests import CAN
from sync.protocol import chain, sealing, typed_text
from sync.protocol.chain import SigningKey
from sync.protocol.entries import (
    ENTRY_FORMAT,
    ByCard,
    CardReference,
    Contact,
    Entry,
    PinPassed,
    Side,
    SideErased,
    TillBody,
    encode_entry,
    encode_side,
    kind_of,
    raw_body,
)
from sync.protocol.messages import (
    PROTOCOL,
    Clock,
    Cursors,
    ExchangeRequest,
    ExchangeResponse,
    Page,
    PageEntry,
    PairResponse,
    decode,
    encode,
)
from sync.protocol.rows import ROW_OF, CardRow, CompanyRow, ProgramRow, Table, TransactionRow, VerdictRow, decode_row
from sync.protocol.sealing import SealingKey

SALT = b"0123456789abcdef"
START = timedelta(hours=1)  # running time of the till's machine


@dataclass(frozen=True)
class Written:
    """A row of the journal."""

    seq: int
    id: UUID
    data: bytes
    hash: bytes
    side: bytes | None

    def sent(self, *, parked: bool = False) -> PageEntry:
        return PageEntry(seq=self.seq, hash=self.hash, entry=self.data, side=self.side, parked=parked)


class Answering(Protocol):
    """What answers exchanges: the server's own, or one over the wire."""

    def answer(self, company_id: UUID, terminal_id: UUID, request: ExchangeRequest, /) -> ExchangeResponse: ...


class PaperTill:
    """A paired till that writes and sends entries, without the counter's checks."""

    def __init__(
        self, exchanges: Answering, now: Callable[[], datetime], signing: SigningKey, paired: PairResponse
    ) -> None:
        self._exchanges = exchanges
        self._true_time = now
        self.signing = signing
        self.sealing: SealingKey | None = None  # key that new keys are sealed to, for tests that open them
        self.paired = paired
        self.company_id, self.id, self.store_id = paired.company_id, paired.terminal_id, paired.store_id
        self.journal_id = uuid4()
        self.journal: list[Written] = []
        self.acked_seq = 0
        self.cursors = Cursors()
        self.rows: dict[tuple[str, UUID], bytes] = {}
        self.versions: dict[tuple[str, UUID], int] = {}
        self.anchored_at: datetime | None = paired.server_time
        # Who does it where a test names nobody, and who answers for what only a manager does.
        self.staff: UUID | None = None
        self.manager: UUID | None = None
        self.boot, self._booted_at = uuid4(), now() - START
        self.clock_error = timedelta(0)  # error of its wall clock and its estimate

    # Writing

    def restart_machine(self) -> None:
        """Reboots: running time starts anew, and the server's time is unknown."""
        self.boot, self._booted_at = uuid4(), self._true_time()

    def write(
        self,
        body: Body | TillBody,
        /,
        card: UUID | CardReference | None = None,
        *,
        side: bytes | None = None,
        **fields: Any,
    ) -> Written:
        """Appends an entry; *fields* replace its fields."""
        if isinstance(body, Body) and (text := typed_text.text_of(body)) and side is None:
            side, body = encode_side(Side(salt=SALT, text=text)), typed_text.without_text(body)
        claimed = self._true_time() + self.clock_error
        values: dict[str, Any] = {
            "v": ENTRY_FORMAT,
            "id": uuid4(),
            "kind": kind_of(body),
            "occurred_at": claimed,
            "wall": claimed,
            "boot": self.boot,
            "monotonic_ms": self._monotonic_ms(),
            "running_ms": self._monotonic_ms(),
            "body": raw_body(body),
            "anchored_at": self.anchored_at,
            "card": ByCard(card) if isinstance(card, UUID) else card,
            "card_version": self.versions.get((Table.CARD, card)) if isinstance(card, UUID) else None,
            "essentials": self.cursors.essentials,
            "program": self.program_version,
            "side": None if side is None else sha256(side).digest(),
            "staff": self.staff,
        }
        if isinstance(body, MANAGERS_ONLY) and "override" not in fields:
            fields |= self._answered({})
        entry = Entry(**values | fields)
        return self.append(encode_entry(entry), entry.id, side)

    def append(self, data: bytes, entry_id: UUID | None = None, side: bytes | None = None) -> Written:
        """Appends arbitrary bytes."""
        seq = len(self.journal) + 1
        hashed = chain.link(self.head, seq, chain.entry_hash(data))
        written = Written(seq, entry_id or uuid4(), data, hashed, side)
        self.journal.append(written)
        return written

    def enrol(self, blank: UUID, *, name: str = "", **contact: str) -> Written:
        """Enrols a customer with a blank."""
        return self.write(CardCreated(), blank, side=self.side(name, blank, **contact))

    def side(self, name: str, card_id: UUID, **contact: str) -> bytes:
        """The side row of an enrolment, encrypted as at a till."""
        box = encode(Contact(**contact)) if contact else None
        return encode_side(
            Side(
                salt=SALT,
                name=name.encode() or None,  # unencrypted, as encryption does not matter here
                name_key=7,
                contact=None if box is None else sealing.seal(self.paired.sealing_public, box, "orion-contact-1"),
            )
        )

    def stamp(self, card: UUID | CardReference, count: int = 1, **fields: Any) -> Written:
        return self.write(StampEarned(count=count), card, **fields)

    def earn(self, card: UUID | CardReference, amount_minor: int, receipt: str | None = None, **fields: Any) -> Written:
        return self.write(PointsEarned(amount_minor=amount_minor, receipt=receipt), card, **fields)

    def redeem(self, card: UUID, reward: str = "stamps", **fields: Any) -> Written:
        body = StampRedeemed() if reward == "stamps" else PointsRedeemed(reward=reward)
        return self.write(body, card, **fields)

    def void_stamp(self, card: UUID | CardReference, entry: UUID, **fields: Any) -> Written:
        return self.write(StampVoided(corrects=entry), card, **self._answered(fields))

    def void_points(self, card: UUID, entry: UUID, amount_minor: int | None = None, **fields: Any) -> Written:
        return self.write(PointsVoided(corrects=entry, amount_minor=amount_minor), card, **self._answered(fields))

    def void_redemption(self, card: UUID, entry: UUID, **fields: Any) -> Written:
        return self.write(RedemptionVoided(corrects=entry), card, **self._answered(fields))

    def follow_erasure(self, card: UUID) -> Written:
        return self.write(SideErased(card))

    def _answered(self, fields: dict[str, Any]) -> dict[str, Any]:
        if "override" not in fields and self.staff is not None and self.manager is not None:  # PINs are asked
            self.write(PinPassed(self.manager), staff=self.manager)
        return {"override": self.manager} | fields

    def replace(self, card: UUID, blank: UUID) -> Written:
        return self.write(CardReplaced(blank=blank, reason="lost"), card)

    # Exchanging

    def serve_by(self, exchanges: Answering) -> None:
        """Uses another instance of the server."""
        self._exchanges = exchanges

    @property
    def head(self) -> bytes:
        return self.journal[-1].hash if self.journal else self.link_before(1)

    def link_before(self, seq: int) -> bytes:
        if seq > 1:
            return self.journal[seq - 2].hash
        return chain.genesis(self.company_id, self.id, self.journal_id)

    def page(self, first: int | None = None, count: int = 1000) -> Page | None:
        """The entries from *first* on, or from the server's position."""
        first = self.acked_seq + 1 if first is None else first
        rows = self.journal[first - 1 : first - 1 + count]
        return Page(prev_hash=self.link_before(first), entries=tuple(row.sent() for row in rows)) if rows else None

    def request(self, page: Page | None = None, **changes: Any) -> ExchangeRequest:
        """A request as made by the engine; *changes* replace its fields."""
        values: dict[str, Any] = {
            "protocol": PROTOCOL,
            "terminal": self.id,
            "journal": self.journal_id,
            "last_seq": len(self.journal),
            "head": self.head,
            "cursors": self.cursors,
            "clock": Clock(
                wall=self._true_time() + self.clock_error, boot=self.boot, monotonic_ms=self._monotonic_ms()
            ),
            "page": page,
            "can": CAN,
        } | changes
        signature = chain.sign_head(
            self.signing, self.company_id, self.id, values["journal"], last_seq=values["last_seq"], head=values["head"]
        )
        return ExchangeRequest(**{"signature": signature, **values})

    def send(self, request: ExchangeRequest) -> ExchangeResponse:
        """The server's answer, passed through encoding; the till does not apply it."""
        received = decode(ExchangeRequest, encode(request))
        return decode(ExchangeResponse, encode(self._exchanges.answer(self.company_id, self.id, received)))

    def exchange(self, page: Page | None = None, **changes: Any) -> ExchangeResponse:
        """Performs one exchange with the entries the server lacks, and applies the answer."""
        response = self.send(self.request(page or self.page(), **changes))
        self.take(response)
        return response

    def sync(self) -> None:
        """Exchanges until nothing is left either way."""
        while self.exchange().more or self.acked_seq < len(self.journal):
            pass

    def take(self, response: ExchangeResponse) -> None:
        """Keeps the newest version of each row, and forgets those that are gone."""
        self.acked_seq, self.cursors = response.acked_seq, response.cursors
        self.anchored_at = response.server_time
        for change in response.changes:
            key = (change.table, change.id)
            if change.version > self.versions.get(key, 0):
                self.versions[key] = change.version
                self.rows[key] = bytes(change.row)
                if self.rows[key] == b"null":
                    del self.rows[key]

    # Its knowledge

    def verdict(self, written: Written) -> VerdictRow:
        """The verdict on an entry, as received."""
        said = [self._row(key) for key in self.rows if key[0] == Table.VERDICT]
        (found,) = [row for row in said if isinstance(row, VerdictRow) and row.seq == written.seq]
        return found

    def card(self, card_id: UUID) -> CardRow:
        row = self._row((Table.CARD, card_id))
        assert isinstance(row, CardRow)
        return row

    def transaction(self, transaction_id: UUID) -> TransactionRow:
        row = self._row((Table.TRANSACTION, transaction_id))
        assert isinstance(row, TransactionRow)
        return row

    @property
    def program_version(self) -> int:
        """The newest program version received."""
        known = [decode_row(ProgramRow, row) for (table, _), row in self.rows.items() if table == Table.PROGRAM]
        return max((one.program.version for one in known), default=1)

    @property
    def settings(self) -> Settings:
        """The company's settings as received."""
        return decode_row(CompanyRow, self.rows[Table.COMPANY, self.company_id]).settings

    def knows(self, table: Table) -> int:
        """The number of rows of a table."""
        return sum(key[0] == table for key in self.rows)

    def _row(self, key: tuple[str, UUID]) -> msgspec.Struct:
        return decode_row(ROW_OF[Table(key[0])], self.rows[key])

    def _monotonic_ms(self) -> int:
        return (self._true_time() - self._booted_at) // timedelta(milliseconds=1)
