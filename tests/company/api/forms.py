"""Forms as a browser sends them: those of edits read from the page that shows them, the others filled by field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from server.edge.routes import Route
from tests.company.api.called_office import LOGO, CalledOffice, blank_code, give_logo, new_card
from tests.support.office_web import Caller

# Where the form of an edit stands, if not at its own address.
SHOWN_AT: dict[str, str] = {
    "/office/{slug}/terminals/{terminal_id}/rename": "/office/{slug}/terminals?open={terminal_id}&act=rename",
    "/office/{slug}/staff/{staff_id}/work": "/office/{slug}/staff/{staff_id}",
    "/office/{slug}/cards/{card_id}/edit": "/office/{slug}/cards/{card_id}?do=edit",
    "/office/{slug}/program/preview": "/office/{slug}/program",
    "/office/{slug}/look/logo": "/office/{slug}/look",
    "/office/{slug}/look/logo/remove": "/office/{slug}/look?act=remove",
}
FILES = {"/office/{slug}/look/logo": {"logo": ("logo.png", LOGO, "image/png")}}


class _Fields(HTMLParser):
    """Collects the fields of the forms that are sent to a path."""

    def __init__(self, path: str, shown_at: str) -> None:
        super().__init__()
        self.found: dict[str, Any] = {}
        self._path, self._shown_at = path, shown_at.partition("?")[0]
        self._is_inside = False
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        match tag:
            case "form":
                action = given.get("action", self._shown_at).partition("#")[0]
                self._is_inside = given.get("method") == "post" and action == self._path
            case "input" | "button" if self._is_inside and name:
                if given.get("type") != "file" and (
                    given.get("type") not in ("checkbox", "radio") or "checked" in given
                ):
                    self._take(name, given.get("value", ""))
            case "select":
                self._select = name
            case "option" if self._is_inside and self._select and "selected" in given:
                self._take(self._select, given.get("value", ""))
            case "textarea" if self._is_inside:
                self._area = name
                self.found.setdefault(name, "")

    def handle_data(self, data: str) -> None:
        if self._area:
            self.found[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def _take(self, name: str, value: str) -> None:
        before = self.found.get(name)
        if before is None:
            self.found[name] = value
        else:
            self.found[name] = [*before, value] if isinstance(before, list) else [before, value]


# Whose fields are an edit's, if not its own: what is published was looked at before.
WRITTEN_AS = {"/office/{slug}/program": "/office/{slug}/program/preview"}


@dataclass(frozen=True)
class Form:
    """A form and where it is sent."""

    path: str
    fields: dict[str, Any]
    written_to: str = ""  # the path that stands in it
    files: Mapping[str, Any] | None = None

    def on(self, page: str) -> dict[str, Any]:
        """What stands in the same form of a page at its path."""
        return fields_of(page, self.written_to, self.path)


def fields_of(page: str, path: str, shown_at: str) -> dict[str, Any]:
    """What stands in the forms of a page that are sent to *path*."""
    reader = _Fields(path, shown_at)
    reader.feed(page)
    return reader.found


def shown_form(office: CalledOffice, person: Caller, route: Route) -> Form:
    """An edit's form as its page shows it."""
    give_logo(office)
    things = {name: office.thing(name, route) for name in route.holes}
    path, address = route.at(**things), SHOWN_AT.get(route.path, route.path).format(**things)
    written_to = WRITTEN_AS.get(route.path, route.path).format(**things)
    fields = fields_of(person.get(address).text, written_to, address)
    assert fields, f"{address} shows no form for {path}"
    return Form(path, fields, written_to, FILES.get(route.path))


def booking_form(office: CalledOffice, route: Route) -> Form:
    """A form that books, filled so that it is accepted."""
    path = {name: office.thing(name, route) for name in route.holes}
    names, card = () if route.body is None else route.body.model_fields.keys(), new_card(office)
    if "row" in names:
        path["card_id"] = card["card"]["id"]
    if route.path.endswith("/reactivate"):
        switch = f"/api/store/v1/{office.slug}/cards/{path['card_id']}/deactivate"
        office.owner().post(switch, {}, idempotency_key=office.key())
    values: Mapping[str, Callable[[], Any]] = {
        "store": lambda: str(office.store_id),
        "card": lambda: office.held if route.asks_proof else card["on"]["card"],
        "by": lambda: card["on"]["by"],
        "count": lambda: "1",
        "amount": lambda: "12.40" if route.path.endswith("/earn") else "",
        "receipt": lambda: office.name("A"),
        "reward": lambda: "croissant",
        "original": lambda: card["purchase"],
        "row": lambda: card["purchase"],
        "what": lambda: "points",
        "change": lambda: "20",
        "reason": lambda: "a slip",
        "code": lambda: blank_code(office),
        "name": lambda: office.name("Zoé"),
        "paper": lambda: "a4",
        "choice": lambda: "set_aside",
        "for_all": lambda: "keep",
        "other": lambda: card["card"]["id"],
        "stays": lambda: path["card_id"],
        "typed": lambda: _name_of(office, path["card_id"]) if "card_id" in path else "",
        "language": lambda: "fr",
        "second_language": lambda: "de",
    }
    return Form(route.at(**path), {name: values[name]() for name in names if name in values})


def _name_of(office: CalledOffice, card_id: str) -> str:
    """What a merge wants to have typed."""
    card = office.owner().get(f"/api/store/v1/{office.slug}/cards/{card_id}").json()
    return str(card["name"] or card["number_end"])
