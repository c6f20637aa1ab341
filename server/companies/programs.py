"""A company's programs: the format they are written in, the stored versions, and the version in force.

The format is a public interface. Unknown fields are refused, since a misspelt limit would have no effect.
"""

import codecs
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, update

from loyalty.program import Program, ProgramInvalid, ProgramKind, Programs, Reward, StampReward, check
from loyalty.texts import ID_CHARS_MAX, name_of
from server.companies.companies import authority_changed, slug_of
from server.db.lookups import Query
from server.db.tables import companies, programs, tombstones
from server.db.units import next_version
from server.db.work_tables import program_grants
from server.refusals import No, ProgramRefused, Refused
from sync.protocol.rows import Table

# Built once, because every page of entries needs it.
_VERSIONS = Query(
    select(programs.c.number, programs.c.version, programs.c.body)
    .where(programs.c.company_id == bindparam("company"), programs.c.withdrawn_at.is_(None))
    .order_by(programs.c.number)
)


class _StampReward(Struct, forbid_unknown_fields=True):
    name: str = "Reward"
    value_minor: int = 0


class _Reward(Struct, forbid_unknown_fields=True, omit_defaults=True):
    id: str
    name: str
    cost: int
    active: bool = True
    value_minor: int = 0


class _File(Struct, forbid_unknown_fields=True, kw_only=True):
    """The format of `program set` and `program show`. Missing fields have the defaults of docs/rules.md."""

    kind: ProgramKind
    stamps_target: int = 10
    stamp_reward: _StampReward = msgspec.field(default_factory=_StampReward)
    cooldown_minutes: int = 0
    max_stamps_per_day: int = 0
    max_stamps_per_visit: int = 0
    points_per_unit: Decimal = Decimal(1)
    minimum_purchase_minor: int = 0
    minimum_redemption: int = 0
    welcome_bonus: int = 0
    points_expire_after_days: int = 0
    rewards: list[_Reward] = []


class State(StrEnum):
    """Whether a version holds."""

    IN_FORCE = "in_force"
    SCHEDULED = "scheduled"
    ENDED = "ended"  # or replaced before it began
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Grants:
    """What a version that asks for more gives to cards which had reached a reward, so far."""

    cards: int = 0
    stamps: int = 0
    points: int = 0
    done_at: datetime | None = None  # when all were given


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the program and how it stands."""

    program: Program
    state: State
    withdrawn_at: datetime | None = None
    grants: Grants | None = None  # None: it asks for no more, or it gives nothing


_file = msgspec.json.Decoder(_File)  # made here, as the first use of a type by two threads at once would crash


def read(data: bytes) -> Program:
    """Parses an operator's program; raises a refusal that names the invalid value."""
    try:
        return _checked(_file.decode(data.removeprefix(codecs.BOM_UTF8)))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Refused(No.PROGRAM_INVALID, str(error)) from error


def of_values(values: dict[str, Any]) -> Program:
    """The program with these values in the file format; raises a refusal that names the invalid one."""
    try:
        return _checked(msgspec.convert(values, _File))
    except msgspec.MsgspecError as error:
        raise Refused(No.PROGRAM_INVALID, str(error)) from error


def _checked(file: _File) -> Program:
    try:
        fields = {name: getattr(file, name) for name in file.__struct_fields__}
        program = Program(
            **fields
            | {
                "stamp_reward": StampReward(
                    name=_as_kept(file.stamp_reward.name), value_minor=file.stamp_reward.value_minor
                ),
                "rewards": tuple(
                    Reward(**msgspec.structs.asdict(reward) | {"name": _as_kept(reward.name)})
                    for reward in file.rewards
                ),
            }
        )
        check(program)
    except ProgramInvalid as error:
        raise ProgramRefused(error) from error
    return program


def reward_id(name: str, used: Collection[str]) -> str:
    """An id for a new reward, made of its name, that is none of *used*."""
    stem = slug_of(name)[: ID_CHARS_MAX - 4] or "reward"
    taken = {*used, "stamps"}
    return next(one for one in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if one not in taken)


def _as_kept(name: str) -> str:
    """A reward's name normalised for storage; `check` refuses an invalid one."""
    return name_of(name) or name


def shown(program: Program) -> dict[str, object]:
    """The program in the format that `read` reads."""
    values: dict[str, object] = msgspec.to_builtins(msgspec.convert(program, _File, from_attributes=True))
    return values


def put(conn: Connection, company_id: UUID, program: Program, holds_from: datetime, now: datetime) -> Program:
    """Stores *program* as the next version, valid from *holds_from*."""
    numbered = replace(program, version=newest_number(conn, company_id) + 1, holds_from=holds_from)
    version = next_version(conn, company_id)
    values = {
        "company_id": company_id,
        "number": numbered.version,
        "program_id": uuid4(),
        "holds_from": holds_from,
        "body": msgspec.to_builtins(numbered),
        "version": version,
        "created_at": now,
        "updated_at": now,
    }
    conn.execute(insert(programs).values(values))
    authority_changed(conn, company_id, version)
    return numbered


def withdraw(conn: Connection, company_id: UUID, number: int, now: datetime) -> Program:
    """Takes back a version that has not begun: it keeps its number, holds at no time, and tills forget it."""
    history = versions(conn, company_id)
    found = history.numbered(number)
    if found is None:
        raise Refused(No.PROGRAM_UNKNOWN, str(number))
    if not is_scheduled(history, found, now):
        raise Refused(No.PROGRAM_BEGUN, str(number))
    mine = (programs.c.company_id == company_id, programs.c.number == number)
    version = next_version(conn, company_id)
    gone = update(programs).where(*mine).values(withdrawn_at=now, version=version, updated_at=now)
    program_id = conn.execute(gone.returning(programs.c.program_id)).scalar_one()
    buried = {"company_id": company_id, "table": Table.PROGRAM.value, "row_id": program_id, "version": version}
    conn.execute(insert(tombstones).values(buried | {"created_at": now, "updated_at": now}))
    authority_changed(conn, company_id, version)
    return found


def is_scheduled(history: Programs, program: Program, now: datetime) -> bool:
    """True if the version begins later. The first one holds before it begins, as there is no other."""
    present = history.at(now)
    return present is not None and program.version > present.version


def newest_number(conn: Connection, company_id: UUID) -> int:
    """The number of the newest version, withdrawn or not; 0 if there is none."""
    query = select(func.coalesce(func.max(programs.c.number), 0)).where(programs.c.company_id == company_id)
    number: int = conn.execute(query).scalar_one()
    return number


def listed(conn: Connection, company_id: UUID, now: datetime) -> list[Version]:
    """Every version with its state, the newest first."""
    history = versions(conn, company_id)
    present = history.at(now)
    given = grants(conn, company_id)
    found = [Version(one, _state(one, present), grants=given.get(one.version)) for one in history.versions]
    query = select(programs.c.body, programs.c.withdrawn_at).where(programs.c.company_id == company_id)
    for row in conn.execute(query.where(programs.c.withdrawn_at.is_not(None))):
        found.append(Version(msgspec.convert(row.body, Program), State.WITHDRAWN, row.withdrawn_at))
    return sorted(found, key=lambda one: -one.program.version)


def grants(conn: Connection, company_id: UUID) -> dict[int, Grants]:
    """What versions give to cards, by number."""
    query = select(program_grants).where(program_grants.c.company_id == company_id)
    return {row.number: Grants(row.cards, row.stamps, row.points, row.done_at) for row in conn.execute(query)}


def _state(program: Program, present: Program | None) -> State:
    if present is None or program.version < present.version:
        return State.ENDED
    return State.IN_FORCE if program is present else State.SCHEDULED


def versions(conn: Connection, company_id: UUID) -> Programs:
    """Every version the company has had, without those that were withdrawn."""
    return dated_versions(conn, company_id)[0]


def dated_versions(conn: Connection, company_id: UUID) -> tuple[Programs, dict[int, int]]:
    """The same, and by number the company's clock when tills could first be told of each."""
    rows = _VERSIONS.all(conn, company=company_id)
    return Programs.of(msgspec.convert(row.body, Program) for row in rows), {row.number: row.version for row in rows}


def versions_of_all(conn: Connection, whose: ColumnElement[bool]) -> dict[UUID, Programs]:
    """The versions of the companies that the condition on `companies` chooses."""
    query = select(programs.c.company_id, programs.c.body).select_from(companies)
    query = query.join(programs, programs.c.company_id == companies.c.company_id)
    found: defaultdict[UUID, list[Program]] = defaultdict(list)
    for row in conn.execute(query.where(whose, programs.c.withdrawn_at.is_(None)).order_by(programs.c.number)):
        found[row.company_id].append(msgspec.convert(row.body, Program))
    return {company_id: Programs.of(versions) for company_id, versions in found.items()}


def in_force(conn: Connection, company_id: UUID, now: datetime) -> Program:
    """The version in force."""
    program = versions(conn, company_id).at(now)
    if program is None:
        raise Refused(No.PROGRAM_MISSING)
    return program
