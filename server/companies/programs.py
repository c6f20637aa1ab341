"""A company's programs: the file format for operators, the stored versions, and the version in force.

The file format is a public interface. Unknown fields are refused, since a misspelt limit would have no effect.
"""

import codecs
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, bindparam, insert, select

from loyalty.program import Program, ProgramInvalid, ProgramKind, Programs, Reward, StampReward, check
from loyalty.texts import name_of
from server.companies.companies import authority_changed
from server.db.lookups import Query
from server.db.tables import programs
from server.db.units import next_version
from server.refusals import No, Refused

# Built once, because every page of entries needs it.
_VERSIONS = Query(
    select(programs.c.number, programs.c.version, programs.c.body)
    .where(programs.c.company_id == bindparam("company"))
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


def read(data: bytes) -> Program:
    """Parses an operator's program; raises a refusal that names the invalid value."""
    try:
        file = msgspec.json.decode(data.removeprefix(codecs.BOM_UTF8), type=_File)
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
    except (msgspec.MsgspecError, UnicodeDecodeError, ProgramInvalid) as error:
        raise Refused(No.PROGRAM_INVALID, str(error)) from error
    return program


def _as_kept(name: str) -> str:
    """A reward's name normalised for storage; `check` refuses an invalid one."""
    return name_of(name) or name


def shown(program: Program) -> dict[str, object]:
    """The program in the format that `read` reads."""
    values: dict[str, object] = msgspec.to_builtins(msgspec.convert(program, _File, from_attributes=True))
    return values


def put(conn: Connection, company_id: UUID, program: Program, holds_from: datetime, now: datetime) -> Program:
    """Stores *program* as the next version, valid from *holds_from*."""
    history = versions(conn, company_id).versions
    numbered = replace(program, version=history[-1].version + 1 if history else 1, holds_from=holds_from)
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


def versions(conn: Connection, company_id: UUID) -> Programs:
    """Every version the company has had."""
    return dated_versions(conn, company_id)[0]


def dated_versions(conn: Connection, company_id: UUID) -> tuple[Programs, dict[int, int]]:
    """The same, and by number the company's clock when tills could first be told of each."""
    rows = _VERSIONS.all(conn, company=company_id)
    return Programs.of(msgspec.convert(row.body, Program) for row in rows), {row.number: row.version for row in rows}


def in_force(conn: Connection, company_id: UUID, now: datetime) -> Program:
    """The version in force."""
    program = versions(conn, company_id).at(now)
    if program is None:
        raise Refused(No.PROGRAM_MISSING)
    return program
