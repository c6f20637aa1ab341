"""Drafts of a company's program: what a new version would change, and its publication.

Cards are counted in `card_list`, which follows them within seconds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, func, select

from loyalty.card import Card
from loyalty.points import points_granted, points_granted_from
from loyalty.program import Program, Programs
from loyalty.stamps import stamps_granted, stamps_granted_from
from server.companies import companies, programs
from server.db.tables import terminals
from server.db.work_tables import card_list
from server.figures import card_counts, gauges, stats
from server.figures.gauges import Owed
from server.figures.stats import Span
from server.keys import Keys
from server.ledger.judging import program_changes
from server.refusals import ChangedMeanwhile, No, Refused

PACE = timedelta(days=30)
IN_TOUCH = timedelta(hours=1)
AHEAD_MAX = timedelta(days=730)
_NAMED_MAX = 10  # tills out of touch


class Grant(StrEnum):
    """What happens to cards that would lose a reward they have reached."""

    MISSING = "missing"  # when the version begins they are given what they lack
    TELL = "tell"  # nothing: they have until the version begins


@dataclass(frozen=True, slots=True)
class Draft:
    """A version that somebody writes."""

    program: Program
    holds_from: datetime | None  # None: at once
    seen: int  # the number of the newest version its writer saw


@dataclass(frozen=True, slots=True)
class Change:
    """A value of the program in two versions, None where there is none; *reward* is the id if it is a reward's."""

    field: str
    before: Any
    after: Any
    reward: str | None = None
    name: str = ""  # the reward's


@dataclass(frozen=True, slots=True)
class RewardEffect:
    """What a reward needs in two versions, and the cards that can no longer or newly take it."""

    name: str
    in_stamps: bool
    before: int
    after: int | None  # None: it is not offered any more
    losing: int
    gaining: int


@dataclass(frozen=True, slots=True)
class Effects:
    """What a draft would change."""

    version: int
    holds_from: datetime | None
    changes: tuple[Change, ...]
    rewards: tuple[RewardEffect, ...]
    stamps_missing: int  # to the cards that would lose a reward they have reached
    points_missing: int
    asks_more: bool  # for a reward that both versions give
    owed_before: Owed  # for what cards hold now
    owed_after: Owed
    pace_before: int | None  # rewards for stamps in 30 days, as many stamps as were given in the last 30
    pace_after: int | None
    tills: int
    tills_silent: int
    silent_names: tuple[str, ...]

    @property
    def must_choose(self) -> bool:
        """True if cards lack something they could be given."""
        return self.stamps_missing + self.points_missing > 0

    @property
    def may_choose(self) -> bool:
        """True if cards lack something, or may reach something until the version begins that they will lack then."""
        return self.must_choose or (self.asks_more and self.holds_from is not None)


def differences(before: Program | None, after: Program) -> tuple[Change, ...]:
    """The values that differ, in the order of the file format; none for a first version."""
    if before is None:
        return ()
    return tuple(_differences(programs.shown(before), programs.shown(after)))


@dataclass(frozen=True, slots=True)
class Step:
    """A version in the history of a program."""

    version: programs.Version
    changes: Sequence[Change]
    is_first: bool
    until: datetime | None  # when the next one began, or will


def history(known: Sequence[programs.Version]) -> list[Step]:
    """Each version, the newest first, with its differences from the one before; withdrawn ones count for no other."""
    held = [one.program for one in known if one.state is not programs.State.WITHDRAWN]
    found = []
    for one in known:
        number = one.program.version
        before = next((other for other in held if other.version < number), None)
        after = next((other for other in reversed(held) if other.version > number), None)
        until = None if after is None else after.holds_from
        found.append(Step(one, differences(before, one.program), before is None, until))
    return found


def effects(conn: Connection, company_id: UUID, draft: Draft, now: datetime) -> Effects:
    """What the draft would change; refuses one that is not written upon the newest version, or begins too early."""
    history = programs.versions(conn, company_id)
    number = programs.newest_number(conn, company_id)
    if draft.seen != number:
        newest = history.versions[-1] if history.versions else None
        raise ChangedMeanwhile({"version": number, "program": None if newest is None else programs.shown(newest)})
    begins = _begins(history, draft, now)
    before, after = history.at(begins or now), draft.program
    rewards = () if before is None else tuple(_rewards(conn, company_id, before, after))
    stamps, points = (0, 0) if before is None else _missing(conn, company_id, before, after, now)
    held = card_counts.of_company(conn, company_id, now)
    pace = _stamps_given(conn, company_id, now)
    silent = _silent(conn, company_id, now)
    return Effects(
        version=number + 1,
        holds_from=begins,
        changes=differences(before, after),
        rewards=rewards,
        stamps_missing=stamps,
        points_missing=points,
        asks_more=before is not None and _asks_more(before, after),
        owed_before=gauges.owed(before, held),
        owed_after=gauges.owed(after, held),
        pace_before=pace // before.stamps_target if before is not None and before.gives_stamps else None,
        pace_after=pace // after.stamps_target if after.gives_stamps else None,
        tills=_tills(conn, company_id),
        tills_silent=len(silent),
        silent_names=tuple(silent[:_NAMED_MAX]),
    )


def publish(  # noqa: PLR0917 - two parts of what is asked
    conn: Connection, company_id: UUID, draft: Draft, grant: Grant | None, keys: Keys, now: datetime
) -> tuple[Program, Effects]:
    """Publishes the draft at once or for later; refuses one that changes nothing, or that leaves a choice open."""
    found = effects(conn, company_id, draft, now)
    if found.version > 1 and not found.changes:
        raise Refused(No.PROGRAM_UNCHANGED)
    if found.must_choose and grant is None:
        raise Refused(No.GRANT_MISSING)
    gives, begins = grant is not Grant.TELL, found.holds_from
    published = program_changes.publish(conn, company_id, draft.program, keys, now, begins, gives_missing=gives)
    return published, found


def logged(program: Program, found: Effects, grant: Grant | None) -> dict[str, Any]:
    """What the audit log keeps of a published version."""
    changed = {f"{one.field} {one.name}".strip(): [one.before, one.after] for one in found.changes}
    choice = None if grant is None else grant.value
    return {"holds_from": str(program.holds_from), "grant": choice, "changes": changed}


def _begins(history: Programs, draft: Draft, now: datetime) -> datetime | None:
    """When the draft would begin; None: at once, as the first version does."""
    if not history.versions:
        return None
    begins = None if draft.holds_from is None else draft.holds_from.astimezone(UTC)  # as it is read back
    scheduled = [one.holds_from for one in history.versions if programs.is_scheduled(history, one, now)]
    is_behind = any(one is not None and (begins or now) <= one for one in scheduled)
    if is_behind or (begins is not None and not now < begins <= now + AHEAD_MAX):
        raise Refused(No.PROGRAM_TOO_EARLY)
    return begins


def _differences(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    for field, new in after.items():
        old = before[field]
        if field == "rewards":
            yield from _reward_differences({one["id"]: one for one in old}, {one["id"]: one for one in new})
        elif isinstance(new, dict):
            for name, value in new.items():
                if old[name] != value:
                    yield Change(f"{field}.{name}", old[name], value)
        elif old != new:
            yield Change(field, old, new)


def _reward_differences(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    for reward_id, new in after.items():
        old = before.get(reward_id)
        if old is None:
            yield Change("rewards", None, new["cost"], reward_id, new["name"])
            continue
        for field, default in (("name", ""), ("cost", 0), ("value_minor", 0), ("active", True)):
            values = old.get(field, default), new.get(field, default)
            if values[0] != values[1]:
                yield Change(f"rewards.{field}", values[0], values[1], reward_id, new["name"])
    for reward_id, old in before.items():
        if reward_id not in after:
            yield Change("rewards", old["cost"], None, reward_id, old["name"])


def _rewards(conn: Connection, company_id: UUID, before: Program, after: Program) -> Iterator[RewardEffect]:
    """The rewards that need more, less, or are gone."""
    if before.gives_stamps:
        needs = after.stamps_target if after.gives_stamps else None
        yield from _effect(conn, company_id, before.stamp_reward.name, True, before.stamps_target, needs)
    for reward in before.rewards if before.gives_points else ():
        if reward.active:
            same = after.reward(reward.id) if after.gives_points else None
            needs = None if same is None or not same.active else max(same.cost, after.minimum_redemption)
            needed = max(reward.cost, before.minimum_redemption)
            yield from _effect(conn, company_id, reward.name, False, needed, needs)


def _effect(  # noqa: PLR0917 - one reward in two versions
    conn: Connection, company_id: UUID, name: str, in_stamps: bool, before: int, after: int | None
) -> Iterator[RewardEffect]:
    if before == after:
        return
    least, most = (before, after) if after is None or after > before else (after, before)
    balance = card_list.c.stamps if in_stamps else card_list.c.points
    between = [balance >= least, *([] if most is None else [balance < most])]
    query = select(func.count()).where(card_list.c.company_id == company_id, *between)
    cards = conn.execute(query).scalar_one()
    loses = after is None or after > before
    yield RewardEffect(name, in_stamps, before, after, cards if loses else 0, 0 if loses else cards)


def _asks_more(before: Program, after: Program) -> bool:
    return stamps_granted_from(before, after) is not None or points_granted_from(before, after) is not None


def _missing(conn: Connection, company_id: UUID, before: Program, after: Program, now: datetime) -> tuple[int, int]:
    """The stamps and points that all cards lack, by the rules' own reckoning for each balance."""
    stamps = points = 0
    if (least := stamps_granted_from(before, after)) is not None:
        for balance, cards in _balances(conn, company_id, card_list.c.stamps, least):
            stamps += cards * stamps_granted(Card(id=company_id, created_at=now, stamp_count=balance), before, after)
    if (least := points_granted_from(before, after)) is not None:
        for balance, cards in _balances(conn, company_id, card_list.c.points, least):
            points += cards * points_granted(Card(id=company_id, created_at=now, points_balance=balance), before, after)
    return stamps, points


def _balances(conn: Connection, company_id: UUID, balance: Any, least: int) -> list[tuple[int, int]]:
    """How many cards have each balance from *least* on."""
    query = select(balance, func.count()).where(card_list.c.company_id == company_id, balance >= least)
    return [(row[0], row[1]) for row in conn.execute(query.group_by(balance))]


def _stamps_given(conn: Connection, company_id: UUID, now: datetime) -> int:
    """The stamps of the last 30 whole days."""
    today = now.astimezone(companies.by_id(conn, company_id).settings.zone).date()
    return stats.total(conn, company_id, Span(today - PACE, today - timedelta(days=1))).stamps_given


def _tills(conn: Connection, company_id: UUID) -> int:
    query = select(func.count()).where(terminals.c.company_id == company_id, terminals.c.revoked_at.is_(None))
    return int(conn.execute(query).scalar_one())


def _silent(conn: Connection, company_id: UUID, now: datetime) -> list[str]:
    """The names of tills without contact within the last hour."""
    mine = and_(terminals.c.company_id == company_id, terminals.c.revoked_at.is_(None))
    query = select(terminals.c.name, terminals.c.last_seen_at).where(mine).order_by(terminals.c.name)
    return [row.name for row in conn.execute(query) if row.last_seen_at is None or row.last_seen_at < now - IN_TOUCH]
