"""Accounts: an e-mail address and a password. Role and stores in a company are its staff row's."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Select, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from server.accounts import sessions
from server.db.account_tables import accounts
from server.db.lookups import Query
from server.refusals import No, Refused
from sync.protocol.sealing import normal_email

_COLUMNS = (accounts.c.account_id, accounts.c.email, accounts.c.is_admin, accounts.c.language)
_BY_ID = Query(select(*_COLUMNS).where(accounts.c.account_id == bindparam("account")))


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in."""

    id: UUID
    email: str
    is_admin: bool
    language: str | None


def folded_email(text: str) -> str:
    """The address by which an account is found; refuses what is no address."""
    folded = normal_email(text)
    if folded is None:
        raise Refused(No.EMAIL_INVALID)
    return folded


def typed_email(text: str) -> str:
    """The address for mail: as typed, because folding can change a domain; refuses what is no address."""
    folded = folded_email(text)
    typed = unicodedata.normalize("NFC", text.strip())
    return typed if unicodedata.normalize("NFC", typed.casefold()) == folded else folded


def create(
    conn: Connection, email: str, password_hash: str, *, is_admin: bool, now: datetime, language: str | None = None
) -> Account:
    """Creates an account; refuses an address that has one."""
    account = Account(uuid4(), typed_email(email), is_admin, language)
    values = {
        "account_id": account.id,
        "email": account.email,
        "email_folded": folded_email(email),
        "password": password_hash,
        "is_admin": is_admin,
        "language": language,
        "created_at": now,
        "updated_at": now,
    }
    try:
        with conn.begin_nested():
            conn.execute(insert(accounts).values(values))
    except IntegrityError:
        raise Refused(No.EMAIL_TAKEN, account.email) from None
    return account


def by_id(conn: Connection, account_id: UUID) -> Account | None:
    """The account with this id."""
    row = _BY_ID.first(conn, account=account_id)
    return None if row is None else _read(row)


def by_email(conn: Connection, email: str) -> Account | None:
    """The account with this address, however it is spelled; refuses what is no address."""
    return _one(conn, select(*_COLUMNS).where(accounts.c.email_folded == folded_email(email)))


def with_password(conn: Connection, folded: str) -> tuple[Account, str] | None:
    """The account with this folded address, and the hash of its password."""
    row = conn.execute(select(*_COLUMNS, accounts.c.password).where(accounts.c.email_folded == folded)).first()
    return None if row is None else (_read(row), row.password)


def password_hash(conn: Connection, account_id: UUID) -> str:
    """The hash of an account's password."""
    found: str = conn.execute(select(accounts.c.password).where(accounts.c.account_id == account_id)).scalar_one()
    return found


def set_password(
    conn: Connection, account_id: UUID, password_hash: str, *, now: datetime, keep: UUID | None = None
) -> None:
    """Changes the password, and ends the account's sessions but *keep*."""
    rehash(conn, account_id, password_hash, now)
    sessions.end_all(conn, account_id, keep=keep)


def rehash(conn: Connection, account_id: UUID, password_hash: str, now: datetime) -> None:
    """Stores another hash of the same password."""
    mine = update(accounts).where(accounts.c.account_id == account_id)
    conn.execute(mine.values(password=password_hash, updated_at=now))


def set_language(conn: Connection, account_id: UUID, language: str | None, now: datetime) -> None:
    """Chooses the language of the account's pages and mails."""
    mine = update(accounts).where(accounts.c.account_id == account_id)
    conn.execute(mine.values(language=language, updated_at=now))


def admins(conn: Connection) -> list[Account]:
    """The platform's admins, by address."""
    rows = conn.execute(select(*_COLUMNS).where(accounts.c.is_admin).order_by(accounts.c.email_folded))
    return [_read(row) for row in rows]


def set_admin(conn: Connection, account_id: UUID, is_admin: bool, now: datetime) -> None:
    """Makes an account an admin or takes that away, and ends its sessions. The last admin stays one."""
    if not is_admin and [one.id for one in admins(conn)] == [account_id]:
        raise Refused(No.LAST_ADMIN)
    mine = update(accounts).where(accounts.c.account_id == account_id)
    conn.execute(mine.values(is_admin=is_admin, updated_at=now))
    sessions.end_all(conn, account_id)


def _one(conn: Connection, query: Select[Any]) -> Account | None:
    row = conn.execute(query).first()
    return None if row is None else _read(row)


def _read(row: Any) -> Account:
    return Account(row.account_id, row.email, row.is_admin, row.language)
