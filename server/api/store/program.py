"""`/api/store/v1/{slug}/program`: the versions of a company's program, and what a new one would change."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from loyalty.program import ProgramKind, StampReward
from server.accounts.rights import Right
from server.companies import programs
from server.companies.programs import State
from server.edge.asks import Ask
from server.edge.fields import Version, Whole
from server.edge.routes import Body, Example, Route
from server.figures import program_drafts
from server.figures.program_drafts import Draft, Grant

_PATH = "/api/store/v1/{slug}/program"
_PROGRAM = {
    "kind": "stamps",
    "stamps_target": 12,
    "stamp_reward": {"name": "Coffee", "value_minor": 350},
    "cooldown_minutes": 30,
}
_DRAFT = _PROGRAM | {"version": 7, "holds_from": "2026-12-01T04:00:00Z"}
_VERSION = {
    "number": 8,
    "state": "scheduled",
    "holds_from": "2026-12-01T04:00:00Z",
    "withdrawn_at": None,
    "grants": {"cards": 0, "stamps": 0, "points": 0, "done_at": None},
    "program": _PROGRAM,
}


class Grants(BaseModel):
    """What cards that had reached a reward were given so far when the version began; `done_at` once all have it."""

    model_config = ConfigDict(from_attributes=True)

    cards: int
    stamps: int
    points: int
    done_at: datetime | None


class ProgramVersion(BaseModel):
    """A version in the format of `orion-server program show`; `grants` is null where it gives nothing to cards."""

    number: int
    state: State
    holds_from: datetime | None
    withdrawn_at: datetime | None = None
    grants: Grants | None = None
    program: dict[str, Any]


class ProgramVersions(BaseModel):
    """All versions, the newest first; a draft sends the `version` it was written upon."""

    version: int
    versions: list[ProgramVersion]


class StampRewardBody(Body):
    name: str = StampReward().name
    value_minor: Whole = 0


class RewardBody(Body):
    id: str
    name: str
    cost: Whole
    active: bool = True
    value_minor: Whole = 0


class NewVersion(Body):
    """The format of `orion-server program set`, with the number of the newest version its writer saw."""

    kind: ProgramKind
    stamps_target: Whole = 10
    stamp_reward: StampRewardBody = StampRewardBody()
    cooldown_minutes: Whole = 0
    max_stamps_per_day: Whole = 0
    max_stamps_per_visit: Whole = 0
    points_per_unit: Decimal = Decimal(1)
    minimum_purchase_minor: Whole = 0
    minimum_redemption: Whole = 0
    welcome_bonus: Whole = 0
    points_expire_after_days: Whole = 0
    rewards: tuple[RewardBody, ...] = ()
    version: Version
    holds_from: AwareDatetime | None = None
    grant: Grant | None = None

    @property
    def draft(self) -> Draft:
        """The program in it, judged by the rules."""
        values = self.model_dump(exclude={"version", "holds_from", "grant"})
        return Draft(programs.of_values(values), self.holds_from, self.version)


class Changed(BaseModel):
    """A value in both versions; null where a reward is new or gone."""

    model_config = ConfigDict(from_attributes=True)

    field: str
    before: Any
    after: Any
    reward: str | None = None


class RewardEffect(BaseModel):
    """What a reward needs before and after, null if it is gone, and the cards that lose or gain it at once."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    in_stamps: bool
    before: int
    after: int | None
    losing: int
    gaining: int


class Owed(BaseModel):
    """What is owed for stamps and for points; null where no reward has a value."""

    model_config = ConfigDict(from_attributes=True)

    stamps_minor: int | None
    points_minor: int | None


class Effects(BaseModel):
    """What a version would change, with what would be owed if all that cards hold were taken now."""

    model_config = ConfigDict(from_attributes=True)

    version: int
    holds_from: datetime | None
    changes: list[Changed]
    rewards: list[RewardEffect]
    stamps_missing: int
    points_missing: int
    asks_more: bool
    owed_before: Owed
    owed_after: Owed
    tills: int
    tills_silent: int
    silent_names: list[str]


def shown(ask: Ask) -> ProgramVersions:
    found = [_version(one) for one in programs.listed(ask.conn, ask.company_id, ask.now)]
    return ProgramVersions(version=found[0].number if found else 0, versions=found)


def preview(ask: Ask) -> Effects:
    new: NewVersion = ask.body
    return Effects.model_validate(program_drafts.effects(ask.conn, ask.company_id, new.draft, ask.now))


def publish(ask: Ask) -> ProgramVersion:
    new: NewVersion = ask.body
    keys = ask.installation.keys
    program, effects = program_drafts.publish(ask.conn, ask.company_id, new.draft, new.grant, keys, ask.now)
    after = program_drafts.logged(program, effects, new.grant)
    ask.log("program_published", "program", str(program.version), after=after)
    found = programs.listed(ask.conn, ask.company_id, ask.now)
    return next(_version(one) for one in found if one.program.version == program.version)


def withdraw(ask: Ask) -> None:
    program = programs.withdraw(ask.conn, ask.company_id, ask.number("number"), ask.now)
    ask.log("program_withdrawn", "program", str(program.version), before={"holds_from": str(program.holds_from)})


def _version(one: programs.Version) -> ProgramVersion:
    return ProgramVersion(
        number=one.program.version,
        state=one.state,
        holds_from=one.program.holds_from,
        withdrawn_at=one.withdrawn_at,
        grants=None if one.grants is None else Grants.model_validate(one.grants),
        program=programs.shown(one.program),
    )


ROUTES = (
    Route(
        method="GET",
        path=_PATH,
        right=Right.SETUP_READ,
        handler=shown,
        title="Shows the versions of the program.",
        answer=ProgramVersions,
        example=Example(answer={"version": 8, "versions": [_VERSION]}),
    ),
    Route(
        method="POST",
        path=_PATH,
        right=Right.SETUP_CHANGE,
        handler=publish,
        title="Publishes a version of the program, at once or for later.",
        body=NewVersion,
        answer=ProgramVersion,
        status=201,
        example=Example(body=_DRAFT | {"grant": "missing"}, answer=_VERSION),
    ),
    Route(
        method="POST",
        path=_PATH + "/preview",
        right=Right.SETUP_CHANGE,
        handler=preview,
        title="Tells what a version of the program would change.",
        body=NewVersion,
        answer=Effects,
        example=Example(
            body=_DRAFT,
            answer={
                "version": 8,
                "holds_from": "2026-12-01T04:00:00Z",
                "changes": [{"field": "stamps_target", "before": 10, "after": 12, "reward": None}],
                "rewards": [
                    {"name": "Coffee", "in_stamps": True, "before": 10, "after": 12, "losing": 312, "gaining": 0}
                ],
                "stamps_missing": 488,
                "points_missing": 0,
                "asks_more": True,
                "owed_before": {"stamps_minor": 1092000, "points_minor": None},
                "owed_after": {"stamps_minor": 910000, "points_minor": None},
                "tills": 9,
                "tills_silent": 2,
                "silent_names": ["Till 3", "Till 8"],
            },
        ),
    ),
    Route(
        method="DELETE",
        path=_PATH + "/{number}",
        right=Right.SETUP_CHANGE,
        handler=withdraw,
        title="Withdraws a version of the program that has not begun.",
    ),
)
