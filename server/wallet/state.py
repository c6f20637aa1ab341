"""Passes as rows: what each shows, what its maker has been told, and when it is looked at next.

Nothing is marked in the units of work of tills. The job `pass_changes` follows the company's version and makes the
passes of what changed due; the job `wallets` looks up what they have to show, and tells their makers where that
differs. A pass is due while `next_at` has passed. Whoever clears it names the time that they saw, so that no change is
lost that was marked meanwhile.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, Row, delete, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from server.db.columns import Moment
from server.db.tables import cards, companies, platform, programs, stores
from server.db.transfer_tables import apple_devices, wallet_passes
from server.db.work_tables import looks
from server.wallet import directory
from server.wallet.makers import MakerName, Outcome, Verdict
from server.wallet.pass_content import PassContent, PassState

MARKED_AT_ONCE = 500
_AGAIN_AFTER = (5, 30, 120, 600, 3600)  # seconds; then hourly
_TRIES_MAX = len(_AGAIN_AFTER) + 7 * 24  # for a week; then not before the next change
TELL_AGAIN_AFTER = timedelta(hours=24)  # once, as a maker promises nothing
KEPT_FOR = timedelta(days=7)  # the empty pass of a card that was erased
_TAG_BITS = 40  # of a tag, for the count; before them stands the epoch of the installation
_PASSES = wallet_passes.c


class Condition(StrEnum):
    """How a pass stands, for people."""

    OFFERED = "offered"  # made, and not seen in a wallet yet
    CURRENT = "current"
    BEHIND = "behind"  # its content has changed
    TOLD = "told"  # the maker knows; a phone is yet to fetch it
    FAILING = "failing"
    GONE = "gone"  # it was removed from every wallet
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Pass:
    """A pass of a card in one maker's wallet."""

    company_id: UUID
    id: UUID
    card_id: UUID
    maker: MakerName
    code: bytes
    language: str
    content_hash: bytes | None
    tag: int
    changed_at: datetime | None
    shown_hash: bytes | None
    told_at: datetime | None
    tells: int
    tries: int
    next_at: datetime | None
    error: str | None
    saved_at: datetime | None
    removed_at: datetime | None
    voided_at: datetime | None
    delete_at: datetime | None
    created_at: datetime

    @property
    def is_in_a_wallet(self) -> bool:
        """True if it was saved, and can be used."""
        return self.saved_at is not None and self.removed_at is None and self.voided_at is None

    @property
    def is_shown(self) -> bool:
        """True if a wallet is known to show the present content."""
        return self.content_hash is not None and self.shown_hash == self.content_hash

    @property
    def condition(self) -> Condition:
        """The worst that is true."""
        if self.removed_at is not None:
            return Condition.GONE
        if self.tries:
            return Condition.FAILING
        if self.voided_at is not None:
            return Condition.VOID
        if self.saved_at is None:
            return Condition.OFFERED
        if self.told_at is None:
            return Condition.BEHIND
        return Condition.CURRENT if self.is_shown else Condition.TOLD


def has_passes(conn: Connection, company_id: UUID) -> bool:
    """True if any card of the company is in a wallet."""
    return conn.execute(select(_PASSES.pass_id).where(_PASSES.company_id == company_id).limit(1)).first() is not None


def by_id(conn: Connection, company_id: UUID, pass_id: UUID) -> Pass | None:
    """The pass with this id."""
    row = conn.execute(select(wallet_passes).where(_one(company_id, pass_id))).one_or_none()
    return None if row is None else _pass(row)


def of_cards(conn: Connection, company_id: UUID, card_ids: Collection[UUID]) -> list[Pass]:
    """All passes of these cards, the newest first."""
    theirs = (_PASSES.company_id == company_id, _PASSES.card_id.in_(card_ids))
    query = select(wallet_passes).where(*theirs).order_by(_PASSES.created_at.desc(), _PASSES.pass_id)
    return [_pass(row) for row in conn.execute(query)]


def offer(
    conn: Connection, company_id: UUID, card_id: UUID, maker: MakerName, *, code: bytes, language: str, now: datetime
) -> Pass:
    """The pass of a card's present code, made if there is none; it speaks the language that was asked for last.

    The caller has its content `looked_up` in the same unit of work.
    """
    pass_id = uuid5(card_id, f"{maker} {code.hex()}")  # the same for who asks twice at once
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    values = {"company_id": company_id, "pass_id": pass_id, "card_id": card_id, "maker": maker.value, "code": code}
    counts = {"tag": 0, "tells": 0, "tries": 0, "read_version": 0}
    times = {"created_at": now, "updated_at": now}
    made = dialect.insert(wallet_passes).values(values | counts | times | {"language": language})
    if conn.execute(made.on_conflict_do_nothing()).rowcount:
        directory.enter(conn, directory.of_serial(pass_id), company_id, now)
    else:
        spoken = {"language": language, "updated_at": now}
        conn.execute(update(wallet_passes).where(_one(company_id, pass_id)).values(spoken))
    return _found(conn, company_id, pass_id)


# Marking: the passes of what has changed are due.


def mark_cards(conn: Connection, company_id: UUID, after: int, now: datetime) -> int:
    """Makes the passes of cards due that have changed after a version; returns how many."""
    changed = select(cards.c.card_id).where(cards.c.company_id == company_id, cards.c.version > after)
    theirs = (_PASSES.company_id == company_id, _PASSES.card_id.in_(changed))
    due = update(wallet_passes).where(*theirs)  # also those that no wallet has: Google keeps them, and they are erased
    return conn.execute(due.values(next_at=now, tries=0, updated_at=now)).rowcount


def company_version(conn: Connection, company_id: UUID) -> int:
    """The version of the latest change of what all passes of a company show: name, look, program and stores."""
    found = 0
    for table in (looks, programs, stores, companies):
        query = select(func.max(table.c.version)).where(table.c.company_id == company_id)
        found = max(found, conn.execute(query).scalar_one() or 0)
    return found


def mark_all(conn: Connection, company_id: UUID, version: int, begun: datetime | None, now: datetime) -> int:
    """Makes some passes due that were looked up before that version, or before the program began that holds now, or on
    a server that was restored since; returns how many, 0 when none is left."""
    epoch = conn.execute(select(platform.c.epoch)).scalar_one()
    bounds = [(_PASSES.read_version, version), (_PASSES.tag, epoch << _TAG_BITS), (_PASSES.read_at, begun)]
    mine = _PASSES.company_id == company_id
    old = []
    for column, least in bounds:
        found = None if least is None else conn.execute(select(func.min(column)).where(mine)).scalar_one()
        if found is not None and least is not None and found < least:
            old.append(column < least)
    if not old:
        return 0
    waits = or_(_PASSES.next_at.is_(None), _PASSES.next_at > now)
    some = list(conn.execute(select(_PASSES.pass_id).where(mine, waits, or_(*old)).limit(MARKED_AT_ONCE)).scalars())
    due = update(wallet_passes).where(mine, _PASSES.pass_id.in_(some))
    conn.execute(due.values(next_at=now, tries=0, updated_at=now))
    return len(some)


def mark(conn: Connection, company_id: UUID, pass_id: UUID, now: datetime) -> None:
    """Makes one pass due."""
    conn.execute(update(wallet_passes).where(_one(company_id, pass_id)).values(next_at=now, updated_at=now))


# Telling.


def due(conn: Connection, company_id: UUID, among: Collection[MakerName], now: datetime, limit: int) -> list[Pass]:
    """Passes to be looked at now, the latest marked first, so that a stamp does not wait behind a new look of all."""
    ready = (_PASSES.company_id == company_id, _PASSES.next_at <= now, _PASSES.maker.in_([one.value for one in among]))
    query = select(wallet_passes).where(*ready).order_by(_PASSES.next_at.desc(), _PASSES.pass_id).limit(limit)
    return [_pass(row) for row in conn.execute(query)]


def next_due(conn: Connection, company_id: UUID, among: Collection[MakerName]) -> datetime | None:
    """When the next pass is to be looked at."""
    query = select(func.min(_PASSES.next_at)).where(_PASSES.company_id == company_id)
    found: datetime | None = conn.execute(query.where(_PASSES.maker.in_([one.value for one in among]))).scalar_one()
    return found


def take(
    conn: Connection, seen: Pass, content: PassContent, *, is_erased: bool, version: int, now: datetime
) -> Pass | None:
    """Notes what a due pass has to show; returns it if its maker has to be told, and None if nobody has to be.

    It is due again soon, so that it is told should this process end before the outcome is noted.
    """
    noted = looked_up(conn, seen, content, is_erased=is_erased, version=version, now=now)
    if noted is None:
        return None  # it was marked again, and is looked up anew
    next_at = None
    if noted.told_at is not None and not noted.is_shown and noted.tells == 1:
        next_at = noted.told_at + TELL_AGAIN_AFTER
    wants = noted.told_at is None or (next_at is not None and next_at <= now)
    if wants:
        next_at = now + _after(noted.tries)
    conn.execute(update(wallet_passes).where(_one(seen.company_id, seen.id)).values(next_at=next_at, updated_at=now))
    return _found(conn, seen.company_id, seen.id) if wants else None


def looked_up(
    conn: Connection, seen: Pass, content: PassContent, *, is_erased: bool, version: int, now: datetime
) -> Pass | None:
    """Notes what a pass has to show; None if it has changed since it was *seen*."""
    same = (_one(seen.company_id, seen.id), _PASSES.next_at == seen.next_at)
    if seen.next_at is None:
        same = (_one(seen.company_id, seen.id), _PASSES.next_at.is_(None))
    epoch = conn.execute(select(platform.c.epoch)).scalar_one()
    hashed = content.hash()
    values: dict[str, Any] = {"read_version": version, "read_at": now, "updated_at": now}
    if hashed != seen.content_hash or seen.tag < epoch << _TAG_BITS:
        at = now.replace(microsecond=0)
        if seen.changed_at is not None and at <= seen.changed_at:
            at = seen.changed_at + timedelta(seconds=1)
        changed = {"content_hash": hashed, "tag": next_tag(conn), "changed_at": at, "told_at": None, "tells": 0}
        values |= changed
    if content.state is PassState.VOID:
        values["voided_at"] = seen.voided_at or now
    if is_erased and seen.delete_at is None:
        values["delete_at"] = now + KEPT_FOR
    if conn.execute(update(wallet_passes).where(*same).values(values)).rowcount == 0:
        return None
    return _found(conn, seen.company_id, seen.id)


def next_tag(conn: Connection) -> int:
    """A tag greater than all before, also after an older backup was restored; its row is locked until the commit, so
    that tags become visible in their order."""
    moved = update(platform).values(wallet_tag=platform.c.wallet_tag + 1)
    row = conn.execute(moved.returning(platform.c.epoch, platform.c.wallet_tag)).one()
    return int(row.epoch << _TAG_BITS) + int(row.wallet_tag)


def note(conn: Connection, told: Pass, outcome: Outcome, now: datetime) -> None:
    """Notes what became of telling the maker of a pass's content.

    Where the pass has other content by now, that is still to be told.
    """
    values: dict[str, Any] = {"updated_at": now}
    next_at: datetime | None = None
    match outcome.verdict:
        case Verdict.CURRENT:
            values |= {"told_at": now, "tells": told.tells + 1, "shown_hash": told.content_hash, "error": None}
            values |= {"tries": 0, "saved_at": told.saved_at or (now if outcome.is_saved else None)}
        case Verdict.TOLD:
            values |= {"told_at": now, "tells": told.tells + 1, "tries": 0, "error": None}
            next_at = now + TELL_AGAIN_AFTER if told.tells == 0 else None
        case Verdict.NOBODY:
            values |= {"told_at": now, "tries": 0, "error": None}
            if told.saved_at is not None and told.removed_at is None and not _has_phones(conn, told):
                values["removed_at"] = now
        case Verdict.LATER:
            tries = told.tries if outcome.is_general or outcome.is_ours else told.tries + 1
            values |= {"tries": max(1, tries), "error": outcome.error}
            after = max(_after(told.tries), timedelta(seconds=outcome.retry_after_s or 0))
            next_at = None if tries > _TRIES_MAX else now + after
        case Verdict.NEVER:
            values |= {"tries": told.tries + 1, "error": outcome.error}
    same = (_one(told.company_id, told.id), _PASSES.content_hash == told.content_hash)
    if conn.execute(update(wallet_passes).where(*same).values(values)).rowcount == 0 and "shown_hash" in values:
        shown = {"shown_hash": told.content_hash, "updated_at": now}
        conn.execute(update(wallet_passes).where(_one(told.company_id, told.id)).values(shown))
    claimed = (_one(told.company_id, told.id), _PASSES.next_at == told.next_at)
    conn.execute(update(wallet_passes).where(*claimed).values(next_at=next_at))


# What is seen of wallets.


def saved(conn: Connection, company_id: UUID, pass_id: UUID, now: datetime) -> None:
    """A wallet has the pass; it is looked up at once, as it may have changed since it was fetched."""
    first = func.coalesce(_PASSES.saved_at, literal(now, Moment()))
    values = {"saved_at": first, "removed_at": None, "next_at": now, "updated_at": now}
    conn.execute(update(wallet_passes).where(_one(company_id, pass_id)).values(values))


def removed(conn: Connection, company_id: UUID, pass_id: UUID, now: datetime) -> None:
    """The last wallet that had the pass has it no more. What is due stays so: the card may have been erased."""
    values = {"removed_at": now, "error": None, "updated_at": now}
    conn.execute(update(wallet_passes).where(_one(company_id, pass_id)).values(values))


def fetched(conn: Connection, shown: Pass, now: datetime) -> None:
    """A wallet has fetched the pass's present content. The first one to do so need not be told of it; where others have
    the pass already, they are."""
    values: dict[str, Any] = {"shown_hash": shown.content_hash, "updated_at": now}
    if shown.saved_at is None:
        values["told_at"] = now
    conn.execute(update(wallet_passes).where(_one(shown.company_id, shown.id)).values(values))


def forget_erased(conn: Connection, company_id: UUID, now: datetime) -> int:
    """Deletes passes whose cards were erased, once their time is over and Google has emptied its own; returns their
    number."""
    is_empty = or_(_PASSES.maker != MakerName.GOOGLE.value, _PASSES.told_at.is_not(None))
    over = (_PASSES.company_id == company_id, _PASSES.delete_at <= now, is_empty)
    found = list(conn.execute(select(_PASSES.pass_id).where(*over).limit(MARKED_AT_ONCE)).scalars())
    if not found:
        return 0
    theirs = (apple_devices.c.company_id == company_id, apple_devices.c.pass_id.in_(found))
    phones = set(conn.execute(select(apple_devices.c.device_hash).where(*theirs)).scalars())
    conn.execute(delete(apple_devices).where(*theirs))
    of_company = apple_devices.c.company_id == company_id
    for phone in phones:
        left = select(apple_devices.c.pass_id).where(of_company, apple_devices.c.device_hash == phone).limit(1)
        if conn.execute(left).first() is None:
            directory.leave(conn, phone, company_id)
    for pass_id in found:
        directory.leave(conn, directory.of_serial(pass_id), company_id)
    conn.execute(delete(wallet_passes).where(_PASSES.company_id == company_id, _PASSES.pass_id.in_(found)))
    return len(found)


def behind(conn: Connection) -> int:
    """How many passes of all companies wait for their makers."""
    return conn.execute(
        select(func.count()).where(_PASSES.next_at.is_not(None), _PASSES.told_at.is_(None))
    ).scalar_one()


def _has_phones(conn: Connection, one: Pass) -> bool:
    theirs = (apple_devices.c.company_id == one.company_id, apple_devices.c.pass_id == one.id)
    return conn.execute(select(apple_devices.c.pass_id).where(*theirs).limit(1)).first() is not None


def _after(tries: int) -> timedelta:
    return timedelta(seconds=_AGAIN_AFTER[min(tries, len(_AGAIN_AFTER) - 1)])


def _one(company_id: UUID, pass_id: UUID) -> Any:
    return (_PASSES.company_id == company_id) & (_PASSES.pass_id == pass_id)


def _found(conn: Connection, company_id: UUID, pass_id: UUID) -> Pass:
    found = by_id(conn, company_id, pass_id)
    assert found is not None, "the caller has seen it"
    return found


def _pass(row: Row[Any]) -> Pass:
    return Pass(
        company_id=row.company_id,
        id=row.pass_id,
        card_id=row.card_id,
        maker=MakerName(row.maker),
        code=row.code,
        language=row.language,
        content_hash=row.content_hash,
        tag=row.tag,
        changed_at=row.changed_at,
        shown_hash=row.shown_hash,
        told_at=row.told_at,
        tells=row.tells,
        tries=row.tries,
        next_at=row.next_at,
        error=row.error,
        saved_at=row.saved_at,
        removed_at=row.removed_at,
        voided_at=row.voided_at,
        delete_at=row.delete_at,
        created_at=row.created_at,
    )
