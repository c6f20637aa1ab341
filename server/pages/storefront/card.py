"""The card as its holder sees it: the code to hold up, what is on it, and what that reaches."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from server.accounts.rights import Right
from server.customers import my_card
from server.customers.my_card import MyCard
from server.edge.asks import Ask
from server.edge.routes import Page, Redirect, Route, Visit
from server.pages import qr_codes
from server.pages.storefront.join import JOIN

FIRST, CARD, REWARDS = "/{slug}", "/{slug}/card", "/{slug}/rewards"
DISCS_MAX = 20  # a longer row of stamps is a bar


@dataclass(frozen=True, slots=True)
class Disc:
    """A stamp of the row."""

    is_earned: bool
    is_reward: bool


def first(ask: Ask) -> Redirect:
    """The card where there is one in this browser, else how to get one."""
    to = JOIN if ask.visit.card_id is None else CARD
    return Redirect(to.format(slug=ask.path["slug"]))


def card(ask: Ask) -> Page:
    mine = _mine(ask)
    code = None if mine.token is None else qr_codes.outline(mine.token)
    values = _values(mine) | {"code": code, "discs": list(_discs(mine)), "card_version": mine.version}
    values["can_mail"] = ask.installation.can_mail
    return Page("storefront/card.html", values)


def rewards(ask: Ask) -> Page:
    return Page("storefront/rewards.html", _values(_mine(ask)))


def _mine(ask: Ask) -> MyCard:
    company = ask.visit.company
    keys = ask.installation.keys.company(company.id)
    return my_card.of_holder(ask.conn, company, keys, ask.visit.held, ask.now)


def _values(mine: MyCard) -> dict[str, Any]:
    return {"mine": mine, "card": mine.card, "program": mine.program, "row": mine.row, "offers": mine.offers}


def _discs(mine: MyCard) -> Iterator[Disc]:
    target = 0 if mine.row is None else mine.row.cost
    if target <= DISCS_MAX:
        for place in range(target):
            yield Disc(place < mine.card.stamp_count, place == target - 1)


_PAGE: dict[str, Any] = {"method": "GET", "right": Right.STOREFRONT}

ROUTES = (
    Route(**_PAGE, path=FIRST, visit=Visit.ANYBODY, handler=first, title="Loyalty card"),
    Route(**_PAGE, path=CARD, visit=Visit.HOLDER, handler=card, title="Card"),
    Route(**_PAGE, path=REWARDS, visit=Visit.HOLDER, handler=rewards, title="Rewards"),
)
