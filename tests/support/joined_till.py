"""A real till joined to a real server in one process; only the connection between them and the clocks are simulated."""

import random
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import msgspec

from server.exchange.turned_away import TurnedAway
from server.terminals import pairing as server_pairing
from sync.exchange import failures, requests
from sync.exchange.access import Access
from sync.exchange.driver import Driver
from sync.exchange.ports import Ports, Signer
from sync.exchange.transport import Answer, believed, failure_of
from sync.protocol import messages
from sync.protocol.entries import LockoutsCarried
from sync.protocol.messages import EXCHANGE_PATH, ExchangeRequest, ExchangeResponse, PairRequest, PairResponse
from terminal.counter.counter import Counter
from terminal.interface.asks import AnyAsk
from terminal.interface.views import Reply
from terminal.keys.keys_in_use import KeysInUse
from terminal.keys.vault import Vault
from terminal.machine.clock import Clock, passed_since
from terminal.machine.profiles import Profile
from terminal.pairing import pairing
from terminal.pairing.revocation import sign_off
from terminal.storage.blank_pool import BlankPool
from terminal.storage.journal import Journal
from terminal.storage.replica import Replica
from tests.support.companies import secret_of
from tests.support.exchanges import Made
from tests.support.paper_company import PaperMachine
from tests.support.paper_shop import PaperShop


class MemorySecrets:
    """A keyring in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.problem: Exception | None = None  # raised at the next write

    def read(self, name: str) -> str | None:
        return self.kept.get(name)

    def write(self, name: str, secret: str) -> None:
        if self.problem is not None:
            raise self.problem
        self.kept[name] = secret

    def forget(self, name: str) -> None:
        self.kept.pop(name, None)


class DirectWire:
    """Carries encoded messages to the server in the same process; *entries_max* and *rows_max* limit its pages."""

    def __init__(self, shop: PaperShop, terminal_id: UUID, access: Access) -> None:
        self._shop = shop
        self._terminal_id = terminal_id
        self.is_up = True
        # The server's, where its own answers are what matters, and what the till needs to believe them.
        self.app: Callable[[bytes, dict[str, str]], Answer] | None = None
        self._access = access
        self.asked: list[ExchangeRequest] = []
        self.entries_max = messages.PAGE_ENTRIES_MAX
        self.rows_max = messages.FEED_ROWS_MAX

    def begin(self, request: ExchangeRequest, deadline_s: float) -> Made:
        return Made(lambda: self.exchange(request, deadline_s))

    def exchange(self, request: ExchangeRequest, deadline_s: float) -> ExchangeResponse:
        if not self.is_up:
            raise failures.Unreachable
        if request.page is not None and len(request.page.entries) > self.entries_max:
            raise failures.TooLarge
        request = msgspec.structs.replace(request, rows_max=self.rows_max)
        self.asked.append(request)
        if self.app is not None:
            body = messages.encode(request)
            asked = self._access.call(f"POST {EXCHANGE_PATH}", body)
            return believed(ExchangeResponse, self.app(body, asked.headers), asked)
        heard = messages.decode(ExchangeRequest, messages.encode(request))
        try:
            answer = self._shop.exchanges.answer(self._shop.company_id, self._terminal_id, heard)
        except TurnedAway as turned_away:
            refused = messages.Refused(
                kind=turned_away.kind,
                text="",
                signature=turned_away.signature,
                salvaged_seq=turned_away.salvaged_seq,
            )
            raise failure_of(Answer(400, messages.encode(refused))) from turned_away
        return messages.decode(ExchangeResponse, messages.encode(answer))

    def close(self) -> None:
        self.is_up = False


class JoinedTill:
    """A till of *shop* in its own folder."""

    def __init__(self, folder: Path, shop: PaperShop, name: str = "Till 1") -> None:
        self.shop = shop
        self.protocol = messages.PROTOCOL  # of the next start
        self.machine = PaperMachine(shop.now)
        folder.mkdir(exist_ok=True)
        self._profile = Profile(folder)
        self.secrets = MemorySecrets()
        self._vault = Vault(self.secrets, "joined")
        secret = secret_of(shop.pairing_code(name))
        pairing.pair(self._profile, self._vault, "http://shop", secret, self._ask_to_pair)
        self.start()

    def start(self) -> None:
        """Opens the files, like a start of the program."""
        self.journal = Journal(self._profile.journal)
        self.keys = keys = KeysInUse(self._vault, self.journal.identity)
        who = self.journal.identity
        self.replica = Replica(self._profile.replica, who.journal_id)
        hardware = self.machine.hardware()
        self.clock = Clock(hardware, self.replica.anchor(), passed_since(self.journal.last, hardware))
        self.replica.teach(lambda: self.clock.anchor)
        self.access = Access("http://shop", keys.now.token, keys.answer_key(), who.signing_public)
        self.wire = DirectWire(self.shop, who.terminal_id, self.access)
        self.pool = BlankPool(self._profile.pool, self.journal, keys)
        self._me = Signer(who.company_id, who.terminal_id, who.journal_id, keys.now.signing, who.signing_public)
        self.driver = Driver(
            Ports(
                self._me,
                self.journal,
                self.replica,
                self.wire,
                self.clock,
                keys=keys,
                pool=self.pool,
                signed_off=partial(sign_off, self._profile, keys.forget),
            ),
            rng=random.Random(1),
            on_status=lambda _status: None,
            protocol=self.protocol,
        )
        self.counter = Counter(
            journal=self.journal,
            replica=self.replica,
            keys=keys,
            clock=self.clock,
            pool=self.pool,
            exchanger=self.driver,
        )
        self.counter.begin()

    @property
    def replica_file(self) -> Path:
        return self._profile.replica

    @property
    def pool_file(self) -> Path:
        return self._profile.pool

    def request(self, **changes: object) -> ExchangeRequest:
        """A request without entries; *changes* replace its fields."""
        cursors = self.replica.marks().cursors
        return msgspec.structs.replace(
            requests.request(self._me, self.journal, self.clock, None, cursors=cursors), **changes
        )

    def pairs_again(self, name: str) -> None:
        """Pairs the till again as another terminal of its company."""
        self.stop()
        code, nothing = secret_of(self.shop.pairing_code(name)), LockoutsCarried(())
        pairing.pair(self._profile, self._vault, "http://shop", code, self._ask_to_pair, carried=nothing)
        self.start()

    def stop(self) -> None:
        """Closes the files, like an end of the program."""
        self.driver.stop()
        self.journal.close()
        self.replica.close()
        self.pool.close()

    def asks(self, ask: AnyAsk) -> Reply:
        return self.counter.handle(ask)

    def passes(self, **time: float) -> None:
        """Advances the time of machine and server."""
        self.machine.passes(**time)
        self.shop.passes(**time)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def sync(self) -> None:
        """Exchanges until nothing is left or no retry helps; time advances while the engine waits."""
        self.driver.wake()
        for _step in range(1_000):
            due = self.driver.turn()
            wait_s = due - self.clock.monotonic_s()
            status = self.driver.status
            arrived = status.online and self.replica.marks().acked_seq == self.journal.head().seq
            if wait_s > 0 and (arrived or status.pair_again):
                return
            if wait_s > 0:
                self.passes(seconds=wait_s + 0.001)  # the clock counts milliseconds
        raise AssertionError("the till never comes to rest")

    def _ask_to_pair(self, _server: str, request: PairRequest, key: bytes, _deadline_s: float) -> PairResponse:
        shop = self.shop
        with shop.units.write(shop.company_id) as conn:
            paired = server_pairing.pair(
                conn, shop.company_id, request, shop.keys, shop.now, is_proved=lambda found: found == key
            )
        return messages.decode(PairResponse, paired.answer)
