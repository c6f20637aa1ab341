"""A shop with customers, and the job that lists their cards."""

from uuid import UUID

from loyalty.program import Program
from loyalty.transactions import CardCreated
from server.cards import search
from server.cards.search import CardPage, Listing
from server.companies import companies
from server.companies.companies import Company
from server.jobs.runner import Runner
from server.jobs.schedule import JOBS
from sync.protocol.entries import Contact, Side, encode_side
from sync.protocol.messages import encode
from sync.protocol.sealing import encrypt, seal
from tests.company.jobs.workers import PaperClock, a_worker
from tests.support.paper_shop import PaperShop, a_coffee_program
from tests.support.paper_till import PaperTill

SALT = b"0123456789abcdef"


def side(shop: PaperShop, till: PaperTill, card: UUID, name: str, **contact: str) -> bytes:
    """What a till sends of a person, with the name really encrypted."""
    key = shop.keys.company(shop.company_id).data
    box = seal(till.paired.sealing_public, encode(Contact(**contact)), "orion-contact-1") if contact else None
    sealed = encrypt(key, card, name) if name else None
    return encode_side(Side(salt=SALT, name=sealed, name_key=key.id, contact=box))


class Cards:
    """A shop with customers, and the job that lists them."""

    def __init__(self, shop: PaperShop, program: Program | None = None) -> None:
        self.shop = shop
        shop.set_program(program or a_coffee_program(welcome_bonus=0))
        self.tills = [shop.till("Till 1", "Gare"), shop.till("Till 2", "Belval")]
        self.clock = PaperClock(shop.now)
        self.worker: Runner = a_worker(shop, self.clock, *(job for job in JOBS if job.name == "lists"))
        self.names: dict[UUID, str] = {}
        self.blanks = iter(shop.blanks(40))
        self.numbers: dict[UUID, str] = {}
        self.tokens: dict[UUID, str] = {}

    def enrol(self, name: str, till: int = 0, **contact: str) -> UUID:
        """A customer's card."""
        blank = next(self.blanks)
        self.tills[till].write(
            CardCreated(), blank.id, side=side(self.shop, self.tills[till], blank.id, name, **contact)
        )
        self.names[blank.id], self.numbers[blank.id], self.tokens[blank.id] = name, blank.number, blank.token
        return blank.id

    def sync(self) -> None:
        """The tills exchange, and the list follows."""
        for till in self.tills:
            till.sync()
        self.clock.passes(seconds=1)
        self.worker.round()

    @property
    def company(self) -> Company:
        with self.shop.units.read() as conn:
            return companies.by_slug(conn, "bean-scene")

    def page(self, listing: Listing, number: int = 1) -> CardPage:
        with self.shop.units.read() as conn:
            return search.page_at(conn, self.company, self.shop.keys, listing, number=number, now=self.shop.now)

    def after(self, listing: Listing, cursor: str | None, limit: int) -> CardPage:
        with self.shop.units.read() as conn:
            return search.page_after(
                conn, self.company, self.shop.keys, listing, cursor=cursor, limit=limit, now=self.shop.now
            )

    def found(self, query: str) -> set[str]:
        return {self.names[card.id] for card in self.page(Listing(query)).cards}
