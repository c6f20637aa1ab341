"""People with accounts in a company, for tests that need no real password."""

from gettext import NullTranslations
from uuid import UUID, uuid4

from loyalty.staff import Role
from server.accounts import accounts, audit, invitations, members, sessions
from server.accounts.accounts import Account
from server.accounts.audit import Actor, Line
from server.accounts.invitations import Invitation
from server.accounts.members import Member
from server.accounts.sessions import NewSession, Session
from server.companies import staff
from server.mail import outbox
from server.mail.outbox import Mail
from tests.support import cheap_secrets
from tests.support.paper_shop import PaperShop

NO_PASSWORD = "no password has this hash"
PASSWORD = "correct horse battery"
SLUG = "bean-scene"


class English(NullTranslations):
    """The words of a mail as written in the code."""

    language = "en"


ENGLISH = English()


class People:
    """Accounts of a shop and of the platform."""

    def __init__(self, shop: PaperShop) -> None:
        self.shop = shop

    def account(self, email: str, *, is_admin: bool = False, password: str | None = None) -> Account:
        """An account; without a password, one that nobody signs in to."""
        stored = NO_PASSWORD if password is None else cheap_secrets.password_hash(password)
        with self.shop.units.platform_write() as conn:
            return accounts.create(conn, email, stored, is_admin=is_admin, now=self.shop.now)

    def hired(self, name: str, role: Role, *stores: str) -> UUID:
        """A member of staff in the stores named, or in all, whose PIN nobody knows."""
        person = staff.Newcomer(uuid4(), name, role, cheap_secrets.NOBODYS)
        with self.shop.units.write(self.shop.company_id) as conn:
            places = [self.shop.store(conn, one).id for one in stores]
            staff.create(conn, self.shop.company_id, person, places, self.shop.now)
        return person.id

    def member(self, name: str, role: Role, *stores: str, password: str | None = None) -> Account:
        """The account of a new member of staff."""
        account = self.account(f"{name}@example.org", password=password)
        staff_id = self.hired(name, role, *stores)
        with self.shop.units.write(self.shop.company_id) as conn:
            members.join(conn, self.shop.company_id, staff_id, account.id, self.shop.now)
        return account

    def signed_in(self, account: Account) -> NewSession:
        """A new session of an account."""
        with self.shop.units.platform_write() as conn:
            return sessions.begin(conn, account.id, device="Firefox", address="192.0.2.0", now=self.shop.now)

    def found(self, new: NewSession) -> Session | None:
        """The session of a token now."""
        with self.shop.units.read() as conn:
            return sessions.find(conn, new.token, self.shop.now)

    def acting(self, account: Account) -> Member:
        """The account in the shop."""
        with self.shop.units.read() as conn:
            member = members.of_account(conn, self.shop.company_id, account.id)
        assert member is not None
        return member

    def log(self, company_id: UUID | None = None) -> list[Line]:
        """The audit log of the platform or a company, the latest first."""
        with self.shop.units.read() as conn:
            return audit.listed(conn, company_id, limit=200)

    def mails(self, company_id: UUID | None = None) -> list[Mail]:
        """The outbox."""
        with self.shop.units.read() as conn:
            return outbox.listed(conn, self.shop.keys, company_id)

    def invited(self, by: Account, role: Role, *stores: str, email: str, name: str) -> Invitation:
        """An invitation into the shop by one of its members."""
        member = self.acting(by)
        with self.shop.units.write(self.shop.company_id) as conn:
            ids = [self.shop.store(conn, one).id for one in stores] or None
            actor = Actor(by.id, member.role, "192.0.2.7")
            return invitations.invite(
                conn, member, actor, email=email, name=name, role=role, store_ids=ids, now=self.shop.now
            )

    def accepted(self, invitation: Invitation, password: str = PASSWORD) -> NewSession:
        """The session of somebody who accepts an invitation."""
        return invitations.accept(
            self.shop.units,
            self.shop.keys,
            token=invitation.token,
            password=password,
            device="Firefox",
            address="192.0.2.7",
            now=self.shop.now,
        )
