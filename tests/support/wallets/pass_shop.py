"""A shop whose customers have passes, and the jobs that tell their makers."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

from sqlalchemy import Connection

from loyalty.staff import Role
from server.cards import booking
from server.cards.booking_asks import Asked, Booker
from server.db.units import Units
from server.jobs.runner import Job, Runner, Services
from server.jobs.schedule import JOBS
from server.ledger.judging.savepoint_booking import Ledger
from server.wallet import state, telling
from server.wallet.card_content import Reader
from server.wallet.makers import MakerName
from server.wallet.pass_content import PassContent
from server.wallet.state import Pass
from server.wallet.telling import Teller
from tests.company.jobs.workers import Hands, PaperClock
from tests.support.merges import handed_out
from tests.support.paper_shop import PaperShop
from tests.support.wallets.paper_maker import PaperMaker

URL = "https://loyalty.example"


def jobs() -> tuple[Job, ...]:
    """The jobs that passes need."""
    return tuple(job for job in JOBS if job.name in ("pass_changes", telling.JOB))


@dataclass
class PassShop:
    """A shop with a maker; time moves only when a test moves it."""

    shop: PaperShop
    maker: PaperMaker = field(default_factory=PaperMaker)

    def __post_init__(self) -> None:
        self.clock = PaperClock(self.shop.now)
        self.till = self.shop.till()
        self.worker = self.new_worker()

    def new_worker(self, units: Units | None = None, *tellers: Teller) -> Runner:
        """Another process on the same database."""
        services = Services(units or self.shop.units, self.shop.keys, None, URL, tellers or (self.maker,))
        return Runner(services, jobs(), clock=self.clock, pace=Hands())

    def customer(self) -> UUID:
        """The card of a customer, without stamps."""
        card_id = handed_out(self.shop, name="Marie Weber")
        self.till.sync()
        return card_id

    def offered(self, card_id: UUID, maker: MakerName = MakerName.GOOGLE, language: str = "en") -> Pass:
        """A pass of the card."""
        with self.shop.units.write_unlocked() as conn:
            return telling.offer(self.reader(conn), card_id, maker, language)[0]

    def reader(self, conn: Connection) -> Reader:
        return Reader(conn, self.shop.company_id, self.shop.keys, URL, self.shop.now)

    def stamp(self, card_id: UUID, count: int = 1) -> None:
        """A stamp at the till, which comes to the server."""
        self.till.stamp(card_id, count)
        self.till.sync()

    def book(self, card_id: UUID, asked: Asked) -> None:
        """Books on a card what a manager does in the office."""
        shop = self.shop
        with shop.units.write(shop.company_id) as conn:
            by = Booker(staff_id=shop.manager, role=Role.MANAGER, store_id=None)
            booking.book(Ledger(conn, shop.company_id, shop.keys, shop.now), uuid4(), card_id, asked, by)

    def passes(self, **time: float) -> None:
        """Time passes, and the jobs do what is due."""
        self.shop.passes(**time)
        self.clock.now = self.shop.now
        self.worker.round()

    def row(self, one: Pass) -> Pass:
        """The pass as it stands."""
        with self.shop.units.read() as conn:
            found = state.by_id(conn, one.company_id, one.id)
        assert found is not None
        return found

    def content(self, one: Pass) -> PassContent:
        """What the pass has to show by now."""
        with self.shop.units.write_unlocked() as conn:
            present = state.by_id(conn, one.company_id, one.id)
            assert present is not None
            return telling.looked_up(self.reader(conn), present)[1]


def a_told_pass(passes: PassShop) -> Pass:
    """The pass of a card with 3 stamps, of which the maker knows."""
    card_id = passes.customer()
    one = passes.offered(card_id)
    passes.stamp(card_id, 3)
    passes.passes(seconds=2)
    return passes.row(one)
