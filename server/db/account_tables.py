"""The tables of people who sign in: accounts, sessions, links, attempts and the audit log; customers, their codes,
consents and cards that they took by themselves.

All but `audit` and those of customers are the platform's, because an account belongs to no company; a membership leads
to a company's `staff`.
"""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from server.db.columns import Id, Moment
from server.db.schema import index_of_some, json, metadata, times

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Id, primary_key=True),
    Column("email", Text, nullable=False),  # as typed, for mail
    Column("email_folded", Text, nullable=False),  # `sync.protocol.sealing.normal_email`, for look-ups
    Column("password", Text, nullable=False),  # Argon2id with its salt and parameters
    Column("is_admin", Boolean, nullable=False),
    Column("language", Text),
    *times(),
    UniqueConstraint("email_folded", name="uq_accounts_email_folded"),
)

memberships = Table(
    "memberships",  # the companies in which an account is a member of staff; role and stores are the staff row's
    metadata,
    Column("account_id", Id, primary_key=True),
    Column("company_id", Id, primary_key=True),
    Column("staff_id", Id, nullable=False),
    *times(),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("session_id", Id, nullable=False),  # stays when the token is renewed, and can be shown
    Column("account_id", Id, nullable=False),
    Column("seen_at", Moment, nullable=False),  # the latest request, exact to a minute
    Column("expires_at", Moment, nullable=False),  # however busy it is
    Column("confirmed_until", Moment),  # since the password was asked for again
    Column("device", Text, nullable=False),  # the browser's `User-Agent`
    Column("address", Text, nullable=False),  # cut to its network
    Column("support_company_id", Id),  # the company that an admin looks at
    Column("support_until", Moment),
    *times(),
    UniqueConstraint("session_id", name="uq_sessions_session_id"),
    Index("ix_sessions_account", "account_id"),
)

links = Table(
    "links",  # sent by mail, to set a password or to accept an invitation
    metadata,
    Column("link_hash", LargeBinary, primary_key=True),
    Column("kind", Text, nullable=False),  # reset, invitation
    Column("email", Text, nullable=False),
    Column("email_folded", Text, nullable=False),
    Column("account_id", Id),  # whose password it resets; null for an unknown address
    Column("company_id", Id),  # into which it invites; null: as an admin
    Column("staff_id", Id),  # who it is if they work there already
    Column("name", Text),
    Column("role", Text),  # of a member of staff, or admin
    Column("stores", json()),  # ids as text; null: all
    Column("invited_by", Id),  # an account; null: the command line
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    *times(),
    Index("ix_links_email", "email_folded"),
)

attempts = Table(
    "attempts",  # how often something was tried in a window, for limits
    metadata,
    Column("key_hash", LargeBinary, primary_key=True),  # of the limit's name with an address, account or session
    Column("count", Integer, nullable=False),
    Column("window_at", Moment, nullable=False),  # when the window began
    Column("locked_until", Moment),
    Column("expires_at", Moment, nullable=False),  # from when the row means nothing
    *times(),
)


def _who_and_what() -> tuple[Column[object], ...]:
    return (
        Column("account_id", Id),  # who; null: the command line
        Column("role", Text, nullable=False),  # as whom: a `server.accounts.rights.Role`, or command
        Column("action", Text, nullable=False),
        Column("subject", Text, nullable=False),  # the kind of what it was done to
        Column("subject_id", Text),
        Column("before", json()),  # without personal fields
        Column("after", json()),
        Column("address", Text, nullable=False),  # cut to its network
        *times(),
    )


platform_audit = Table(
    "platform_audit",
    metadata,
    Column("audit_id", Id, primary_key=True),
    *_who_and_what(),
    Index("ix_platform_audit_created", "created_at", "audit_id"),
)

audit = Table(
    "audit",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("audit_id", Id, primary_key=True),
    *_who_and_what(),
    Index("ix_audit_created", "company_id", "created_at", "audit_id"),
)

code_challenges = Table(
    "code_challenges",  # one-time codes that wait to be entered, see `server.customers.one_time_codes`
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("challenge_id", Id, primary_key=True),
    Column("contact_hmac", LargeBinary, nullable=False),
    Column("wish", LargeBinary),  # encrypted for the challenge's id: the card that is made once the code is entered
    Column("email", LargeBinary),  # encrypted for the challenge's id: the contact, where it is new to the customer
    Column("customer_id", Id),  # whose contact it is; null: nobody's here
    Column("code_hmac", LargeBinary, nullable=False),
    Column("browser_hash", LargeBinary, nullable=False),  # of what the asking browser keeps
    Column("tries", Integer, nullable=False),
    Column("expires_at", Moment, nullable=False),
    *times(),
    Index("ix_code_challenges_contact", "company_id", "contact_hmac"),
    index_of_some("ix_code_challenges_customer", "company_id", "customer_id"),
)

customer_sessions = Table(
    "customer_sessions",  # of customers who have proven a contact
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("token_hash", LargeBinary, primary_key=True),
    Column("session_id", Id, nullable=False),
    Column("customer_id", Id, nullable=False),
    Column("proven_at", Moment, nullable=False),  # when the last code was entered
    Column("seen_at", Moment, nullable=False),  # exact to a day
    Column("expires_at", Moment, nullable=False),  # however often it is used
    Column("device", Text, nullable=False),  # the browser's `User-Agent`
    Column("proved", json()),  # when a code has proven contacts of other customers, by their hashes as hex
    *times(),
    Index("ix_customer_sessions_customer", "company_id", "customer_id"),
)

joins = Table(
    "joins",  # cards that customers have taken without a counter, see `server.customers.joining`
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("join_id", Id, primary_key=True),  # of the transaction
    Column("card_id", Id, nullable=False),
    Column("via", Text, nullable=False),  # link, poster, window, till, or card: a printed one
    Column("mark", LargeBinary, nullable=False),  # hash of what was typed, to know the same request again
    Column("proven_at", Moment),  # since when the contact is proven
    *times(),
    Index("ix_joins_card", "company_id", "card_id"),
    Index("ix_joins_created", "company_id", "created_at"),
)

consents = Table(
    "consents",  # to offers and notices, with the text that was agreed to
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("consent_id", Id, primary_key=True),
    Column("customer_id", Id, nullable=False),
    Column("text_version", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("ended_at", Moment),  # when it was taken back
    *times(),
    Index("ix_consents_customer", "company_id", "customer_id"),
)
