"""A company's program: the form of its next version, what that changes, and the versions there were."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from pydantic import BeforeValidator, Field

from loyalty.money import minor_digits
from loyalty.program import BOUNDS, Program, ProgramInvalid, ProgramKind
from server.accounts.rights import Right
from server.companies import programs
from server.edge.asks import Ask
from server.edge.fields import Version, Whole
from server.edge.routes import Body, Page, Redirect, Route
from server.figures import program_drafts
from server.figures.program_drafts import Change, Draft, Effects, Grant
from server.pages import amounts, forms, program_words
from server.pages.formats import Formats
from server.pages.forms import Form
from server.pages.render import formats
from server.refusals import ChangedMeanwhile, No, ProgramRefused, Refused

_PATH = "/office/{slug}/program"
_SEEN = "_seen"  # the mark of what was looked at
_EMPTY_ROWS = 2
_DAY_BEGINS = time(5)


def _(message: str) -> str:
    """Marks a sentence for the catalogues; it is translated when used."""
    return message


def _with_point(value: Any) -> Any:
    return value.replace(",", ".").replace("\u00a0", "").strip() if isinstance(value, str) else value


Decimals = Annotated[Decimal, BeforeValidator(_with_point), Field(ge=0, le=10**9)]


class ProgramForm(Body):
    """The form as it is sent; amounts are in whole units of the currency."""

    version: Version
    holds_date: date | None = None
    holds_time: time | None = None
    kind: ProgramKind
    stamps_target: Whole
    stamp_reward_name: str
    stamp_reward_value: Decimals
    cooldown_minutes: Whole
    max_stamps_per_day: Whole
    max_stamps_per_visit: Whole
    points_per_unit: Decimals
    minimum_purchase: Decimals
    minimum_redemption: Whole
    welcome_bonus: Whole
    points_expire_after_days: Whole
    reward_id: tuple[str, ...] = ()
    reward_name: tuple[str, ...] = ()
    reward_cost: tuple[str, ...] = ()
    reward_value: tuple[str, ...] = ()
    reward_active: tuple[str, ...] = ()
    grant: Grant | None = None


# Fields of the form by what the rules call them, where they differ.
_FIELDS = {
    "stamp_reward.name": "stamp_reward_name",
    "stamp_reward.value_minor": "stamp_reward_value",
    "minimum_purchase_minor": "minimum_purchase",
    "holds_from": "holds_date",
}


@dataclass(frozen=True, slots=True)
class RewardRow:
    """A reward in the form."""

    id: str
    name: str
    cost: str
    value: str
    is_offered: bool
    was_cost: str = ""
    was_value: str = ""


def shown(ask: Ask) -> Page:
    known = programs.listed(ask.conn, ask.company_id, ask.now)
    return _page(ask, _stored(ask, known))


def look(ask: Ask) -> Page:
    """The page with what the typed version would change; it changes nothing itself."""
    if ask.errors:
        return _page(ask, _renamed(forms.typed(ask)))
    try:
        draft = _draft(ask)
        return _page(ask, forms.typed(ask), program_drafts.effects(ask.conn, ask.company_id, draft, ask.now))
    except ChangedMeanwhile:
        return _stale(ask)
    except Refused as no:
        return _page(ask, _renamed(forms.refused(ask, no)))


def publish(ask: Ask) -> Page | Redirect:
    if ask.errors:
        return _page(ask, _renamed(forms.typed(ask)))
    try:
        draft, grant = _draft(ask), ask.body.grant
        if (ask.form or {}).get(_SEEN) != _mark(draft):
            return look(ask)
        keys = ask.installation.keys
        program, effects = program_drafts.publish(ask.conn, ask.company_id, draft, grant, keys, ask.now)
    except ChangedMeanwhile:
        return _stale(ask)
    except Refused as no:
        form = _renamed(forms.refused(ask, no))
        is_whole = no.reason in (No.GRANT_MISSING, No.PROGRAM_UNCHANGED)
        found = program_drafts.effects(ask.conn, ask.company_id, _draft(ask), ask.now) if is_whole else None
        return _page(ask, form, found)
    after = program_drafts.logged(program, effects, grant)
    ask.log("program_published", "program", str(program.version), after=after)
    return Redirect(_PATH.format(**ask.path))


def asked(ask: Ask) -> Page:
    """Asks before a version is withdrawn."""
    number = ask.number("number")
    known = programs.listed(ask.conn, ask.company_id, ask.now)
    found = next((one for one in known if one.program.version == number), None)
    if found is None or found.state is programs.State.WITHDRAWN:
        raise Refused(No.PROGRAM_UNKNOWN, str(number))
    if found.state is not programs.State.SCHEDULED:
        raise Refused(No.PROGRAM_BEGUN, str(number))
    return Page("office/set_up/program_withdraw.html", {"program": found.program})


def withdraw(ask: Ask) -> Redirect:
    program = programs.withdraw(ask.conn, ask.company_id, ask.number("number"), ask.now)
    ask.log("program_withdrawn", "program", str(program.version), before={"holds_from": str(program.holds_from)})
    return Redirect(_PATH.format(**ask.path))


def _page(ask: Ask, form: Form, effects: Effects | None = None, status: int | None = None) -> Page:
    known = programs.listed(ask.conn, ask.company_id, ask.now)
    base = _base(known)
    f = formats(ask)
    changes = () if effects is None else effects.changes
    values = {
        "form": form,
        "rewards": _rows(form, changes, f),
        "was": dict(_was(changes, f)),
        "effects": effects,
        "said": [program_words.said(ask.words, f, one) for one in changes],
        "mark": _mark(_draft(ask)) if effects is not None else "",
        "known": known,
        "history": program_words.history(ask.words, f, known),
        "base": base,
        "present": next((one.program for one in known if one.state is programs.State.IN_FORCE), None),
        "number": (known[0].program.version if known else 0) + 1,
        "bounds": BOUNDS,
        "digits": minor_digits(f.currency),
        "zone": "" if ask.company is None else ask.company.settings.time_zone,
        "today": ask.now.astimezone(None if ask.company is None else ask.company.settings.zone).date(),
        "example": _example(form, f),
    }
    return Page("office/set_up/program.html", values, form.status if status is None else status)


def _stale(ask: Ask) -> Page:
    """What somebody else has published meanwhile, instead of the draft that was written upon an older version."""
    form = _stored(ask, programs.listed(ask.conn, ask.company_id, ask.now))
    sentence = ask.words.gettext(_("Somebody else has published a version meanwhile. This is it; please begin again."))
    return _page(ask, Form(form.values, {forms.TOP: sentence}), status=409)


def _base(known: Iterable[programs.Version]) -> Program | None:
    """The version that the form begins with: the newest that was not withdrawn."""
    return next((one.program for one in known if one.state is not programs.State.WITHDRAWN), None)


def _stored(ask: Ask, known: list[programs.Version]) -> Form:
    base = _base(known) or Program(kind=ProgramKind.STAMPS)
    digits = minor_digits(formats(ask).currency)
    return forms.stored(
        version=known[0].program.version if known else 0,
        holds_date="",
        holds_time=f"{_DAY_BEGINS:%H:%M}",
        kind=base.kind.value,
        stamps_target=base.stamps_target,
        stamp_reward_name=base.stamp_reward.name,
        stamp_reward_value=_units(base.stamp_reward.value_minor, digits),
        cooldown_minutes=base.cooldown_minutes,
        max_stamps_per_day=base.max_stamps_per_day,
        max_stamps_per_visit=base.max_stamps_per_visit,
        points_per_unit=f"{base.points_per_unit:f}",
        minimum_purchase=_units(base.minimum_purchase_minor, digits),
        minimum_redemption=base.minimum_redemption,
        welcome_bonus=base.welcome_bonus,
        points_expire_after_days=base.points_expire_after_days,
        reward_id=[one.id for one in base.rewards],
        reward_name=[one.name for one in base.rewards],
        reward_cost=[str(one.cost) for one in base.rewards],
        reward_value=[_units(one.value_minor, digits) for one in base.rewards],
        reward_active=[one.id for one in base.rewards if one.active],
    )


def _draft(ask: Ask) -> Draft:
    sent: ProgramForm = ask.body
    digits = minor_digits(formats(ask).currency)
    values = sent.model_dump(
        exclude={
            *("version", "holds_date", "holds_time", "grant", "stamp_reward_name", "stamp_reward_value"),
            *("minimum_purchase", "reward_id", "reward_name", "reward_cost", "reward_value"),
            "reward_active",
        }
    )
    values |= {
        "stamp_reward": {
            "name": sent.stamp_reward_name,
            "value_minor": _minor("stamp_reward.value_minor", sent.stamp_reward_value, digits),
        },
        "minimum_purchase_minor": _minor("minimum_purchase_minor", sent.minimum_purchase, digits),
        "rewards": list(_sent_rewards(ask, sent)),
    }
    assert ask.company is not None, "the route belongs to a company"
    begins = None
    if sent.holds_date is not None:
        zone = ask.company.settings.zone
        begins = datetime.combine(sent.holds_date, sent.holds_time or _DAY_BEGINS, zone)
    return Draft(programs.of_values(values), begins, sent.version)


def _sent_rewards(ask: Ask, sent: ProgramForm) -> Iterator[dict[str, Any]]:
    """The rows of the form that have a name; a new one gets an id that no version has used."""
    used = {one.id for known in programs.listed(ask.conn, ask.company_id, ask.now) for one in known.program.rewards}
    used |= set(sent.reward_id)
    for place, name in enumerate(sent.reward_name):
        reward_id, cost, value = (_at(place, one) for one in (sent.reward_id, sent.reward_cost, sent.reward_value))
        if not name.strip() and not cost:
            continue
        if not cost.isascii() or not cost.isdigit() or len(cost) > 9:
            raise Refused(No.REWARD_COST, name)
        is_offered = not reward_id or reward_id in sent.reward_active
        if not reward_id:
            reward_id = programs.reward_id(name, used)
            used.add(reward_id)
        minor = amounts.minor(value or "0", formats(ask).currency)
        if minor is None:
            raise Refused(No.REWARD_VALUE, name)
        yield {"id": reward_id, "name": name, "cost": int(cost), "active": is_offered, "value_minor": minor}


def _at(place: int, typed: Sequence[str]) -> str:
    return typed[place].strip() if place < len(typed) else ""


def _minor(field: str, amount: Decimal, digits: int) -> int:
    """An amount in minor units; *field* is what the rules call it."""
    minor = amount.scaleb(digits)
    if minor != int(minor):
        sentence = "must have at most {places} decimal places"
        raise ProgramRefused(ProgramInvalid(field, sentence, places=digits))
    return int(minor)


def _units(minor: int, digits: int) -> str:
    return f"{Decimal(minor).scaleb(-digits):f}"


def _renamed(form: Form) -> Form:
    """The same with each sentence under the field of this form."""
    errors = {}
    for field, sentence in form.errors.items():
        name = _FIELDS.get(field, field)
        errors["rewards" if name.startswith("reward_") else name] = sentence
    return Form(form.values, errors)


def _rows(form: Form, changes: Iterable[Change], f: Formats) -> list[RewardRow]:
    """The rewards as typed, and rows for new ones."""
    was = {(one.reward, one.field): program_words.value(f, one.field, one.before) for one in changes if one.reward}
    ids, costs, values, offered = (_list(form.value(f"reward_{one}")) for one in ("id", "cost", "value", "active"))
    rows = []
    for place, name in enumerate(_list(form.value("reward_name"))):
        one, cost, value = (_at(place, typed) for typed in (ids, costs, values))
        if one or name or cost:
            of_cost, of_value = (was.get((one, f"rewards.{field}"), "") for field in ("cost", "value_minor"))
            rows.append(RewardRow(one, name, cost, value, not one or one in offered, of_cost, of_value))
    return rows + [RewardRow("", "", "", "", True)] * _EMPTY_ROWS


def _list(value: Any) -> list[str]:
    return list(value) if isinstance(value, list | tuple) else [value] if value else []


def _was(changes: Iterable[Change], f: Formats) -> Iterator[tuple[str, str]]:
    """By field of the form, its value in the version before."""
    for one in changes:
        if one.reward is None:
            yield _FIELDS.get(one.field, one.field), program_words.value(f, one.field, one.before)


def _example(form: Form, f: Formats) -> str:
    """What a purchase of ten units gives, for the line under the rate."""
    try:
        return f.number(int(Decimal(str(form.value("points_per_unit")).replace(",", ".")) * 10))
    except (ArithmeticError, ValueError):
        return ""


def _mark(draft: Draft) -> str:
    """What tells one draft from another, however its form was filled in."""
    return hashlib.sha256(msgspec.json.encode(draft, enc_hook=str)).hexdigest()[:32]


ROUTES = (
    Route(method="GET", path=_PATH, right=Right.SETUP_READ, handler=shown, title="Program"),
    Route(method="POST", path=_PATH, right=Right.SETUP_CHANGE, handler=publish, title="Program", body=ProgramForm),
    Route(
        method="POST",
        path=_PATH + "/preview",
        right=Right.SETUP_CHANGE,
        handler=look,
        title="Program",
        body=ProgramForm,
    ),
    Route(
        method="GET",
        path=_PATH + "/{number}/withdraw",
        right=Right.SETUP_CHANGE,
        handler=asked,
        title="Withdraw a version",
    ),
    Route(
        method="POST",
        path=_PATH + "/{number}/withdraw",
        right=Right.SETUP_CHANGE,
        handler=withdraw,
        title="Withdraw a version",
    ),
)
