"""People with accounts in a company, for tests that need no real password."""

from uuid import UUID, uuid4

from loyalty.staff import Role
from server.accounts import accounts, members, sessions
from server.accounts.accounts import Account
from server.accounts.sessions import NewSession
from server.companies import staff
from sync.protocol.sealing import PinVerifier
from tests.support.paper_shop import PaperShop

NO_PASSWORD = "no password has this hash"
SLUG = "bean-scene"


class People:
    """Accounts of a shop and of the platform."""

    def __init__(self, shop: PaperShop) -> None:
        self.shop = shop

    def account(self, email: str, *, is_admin: bool = False) -> Account:
        """An account that no password opens."""
        with self.shop.units.platform_write() as conn:
            return accounts.create(conn, email, NO_PASSWORD, is_admin=is_admin, now=self.shop.now)

    def hired(self, name: str, role: Role, *stores: str) -> UUID:
        """A member of staff in the stores named, or in all, whose PIN nobody knows."""
        person = staff.Newcomer(uuid4(), name, role, PinVerifier(bytes(16), 8, 1, 1, 0, bytes(12), bytes(48)))
        with self.shop.units.write(self.shop.company_id) as conn:
            places = [self.shop.store(conn, one).id for one in stores]
            staff.create(conn, self.shop.company_id, person, places, self.shop.now)
        return person.id

    def member(self, name: str, role: Role, *stores: str) -> Account:
        """The account of a new member of staff."""
        account, staff_id = self.account(f"{name}@example.org"), self.hired(name, role, *stores)
        with self.shop.units.write(self.shop.company_id) as conn:
            members.join(conn, self.shop.company_id, staff_id, account.id, self.shop.now)
        return account

    def signed_in(self, account: Account) -> NewSession:
        """A new session of an account."""
        with self.shop.units.platform_write() as conn:
            return sessions.begin(conn, account.id, device="Firefox", address="192.0.2.0", now=self.shop.now)
