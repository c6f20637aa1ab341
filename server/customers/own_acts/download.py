"""Everything that is kept of a customer as one ZIP file: for programs, and for people. Staff appear by their roles.

The code of the card is left out: whoever has it can collect and take rewards, and files lie about.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, select

from loyalty import case_phrases
from loyalty import phrases as rules
from loyalty.codes import written
from loyalty.staff import Role
from loyalty.transactions import PointsEarned, PointsRedeemed, Transaction
from server.accounts import attempts
from server.accounts.attempts import Limit
from server.cards import card_detail, card_ledger, display_names
from server.cards.card_detail import CardDetail
from server.cards.card_ledger import Event, State
from server.cards.display_names import Names
from server.companies import programs, staff
from server.companies.companies import Company
from server.customers import consents, customer_sessions
from server.customers.customer_sessions import CustomerSession
from server.customers.own_acts import messages, own_card
from server.db.transfer_tables import wallet_passes
from server.db.work_tables import cases
from server.keys import CompanyKeys, Keys
from server.ledger.rows import transactions as facts
from server.translations import Translator

JSON_FILE, HTML_FILE, ZIP = "data.json", "data.html", "application/zip"
A_DAY = Limit("download", 3, timedelta(days=1))
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2em auto;max-width:60em;padding:0 1em}"
    "table{border-collapse:collapse;width:100%;margin-bottom:2em}"
    "th,td{text-align:left;vertical-align:top;padding:.3em .6em;border-bottom:1px solid #ccc}"
)


def _(message: str) -> str:
    """Marks a word for the catalogues; it is translated when used."""
    return message


_ROLES = {Role.OWNER: _("Owner"), Role.MANAGER: _("Manager"), Role.CASHIER: _("Cashier")}
_LABELS = {
    "name": _("Name"),
    "note": _("Note of the shop"),
    "email": _("E-mail"),
    "verified_at": _("Proven by a code"),
    "phone": _("Phone"),
    "language": _("Language"),
    "number": _("Number"),
    "created_at": _("Since"),
    "store": _("Store"),
    "active": _("In use"),
    "stamps": _("Stamps"),
    "points": _("Points"),
    "points_last_to": _("Points last to"),
    "kind": _("What"),
    "text": _("Text"),
    "given_at": _("Agreed"),
    "ended_at": _("Taken back"),
    "in_force": _("In force"),
    "maker": _("Wallet"),
    "saved_at": _("Saved"),
    "removed_at": _("Removed"),
    "at": _("When"),
    "by": _("Who"),
    "amount_minor": _("Amount"),
    "receipt": _("Receipt"),
    "reward": _("Reward"),
    "reason": _("Reason"),
    "notes": _("Notes"),
    "outcome": _("Outcome"),
    "decided_at": _("Decided"),
    "sent": _("Sent"),
    "began_at": _("Since"),
    "seen_at": _("Last seen"),
    "device": _("Browser"),
}
_TITLES = {
    "customer": _("Who you are"),
    "consents": _("What you agreed to"),
    "card": _("Your card"),
    "transactions": _("What happened on it"),
    "cases": _("What a manager looked at"),
    "messages": _("What was sent to you"),
    "sessions": _("Where you are signed in"),
    "wallets": _("Wallets that show your card"),
}
_CONSENTS = {"offers": _("Offers"), "notices": _("Notices before points lapse")}


@dataclass(frozen=True, slots=True)
class _Said:
    """A value for programs, with what people read instead."""

    value: object
    text: str


Row = dict[str, object]  # values, or values with what people read
Data = dict[str, list[Row]]


def take(conn: Connection, keys: Keys, session: CustomerSession, now: datetime) -> None:
    """Counts a download of a customer's, or refuses it."""
    attempts.take(conn, keys.platform, A_DAY, str(session.customer_id), now)


def made(
    conn: Connection, company: Company, keys: CompanyKeys, session: CustomerSession, words: Translator, *, now: datetime
) -> bytes:
    """The ZIP file, in the reader's language."""
    collected = _Collection(conn, company, keys, session, words=words, now=now).data()
    about = {"company": company.name, "made_at": now}
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        plain = {name: [_plain(row) for row in rows] for name, rows in collected.items()}
        archive.writestr(JSON_FILE, msgspec.json.format(msgspec.json.encode(about | plain), indent=2))
        archive.writestr(HTML_FILE, _Readable(words, company, now).page(collected))
    return file.getvalue()


def _plain(row: Row) -> Row:
    return {name: value.value if isinstance(value, _Said) else value for name, value in row.items()}


class _Collection:
    """Reads what is kept of one customer."""

    def __init__(
        self,
        conn: Connection,
        company: Company,
        keys: CompanyKeys,
        session: CustomerSession,
        *,
        words: Translator,
        now: datetime,
    ) -> None:
        self._conn, self._company, self._session, self._words = conn, company, session, words
        self._card: CardDetail = card_detail.of_card(conn, company, keys, session.card_id, now)
        self._person = own_card.customer(conn, company.id, session)
        self._names: Names = display_names.names(conn, company.id)
        self._roles = {one.id: one.role for one in staff.listed(conn, company.id)}
        self._versions = programs.versions(conn, company.id)

    def data(self) -> Data:
        """All of it by subject."""
        return {
            "customer": [self._customer()],
            "consents": list(self._consents()),
            "card": [self._own_card()],
            "transactions": [self._event(one) for one in self._ledger()],
            "cases": list(self._cases()),
            "messages": [
                {"at": one.at, "kind": _Said(one.kind, messages.said(one.kind, self._words)), "sent": one.is_sent}
                for one in messages.of_customer(self._conn, self._company.id, self._session.customer_id)
            ],
            "wallets": list(self._wallets()),
            "sessions": [
                {"began_at": one.created_at, "seen_at": one.seen_at, "device": one.device}
                for one in customer_sessions.of_customer(self._conn, self._company.id, self._session.customer_id)
            ],
        }

    def _customer(self) -> Row:
        known = self._card.customer
        return {
            "name": known.name,
            "note": known.note,
            "email": known.email,
            "verified_at": self._person.verified_at,
            "phone": known.phone,
            "language": known.language,
            "created_at": self._person.created_at,
        }

    def _consents(self) -> Iterator[Row]:
        person = self._person
        given = consents.of_customer(self._conn, self._company.id, self._session.customer_id)
        for one in given:
            yield self._consent("offers", one.text_version, one.given_at, one.ended_at)
        if person.consent and all(one.ended_at is not None for one in given):  # at a counter, or in an import
            yield self._consent("offers", None, person.consent_at, None)
        if not person.mail_off:
            yield self._consent("notices", None, None, None)

    def _consent(self, kind: str, text: str | None, given_at: datetime | None, ended_at: datetime | None) -> Row:
        said = _Said(kind, self._words.gettext(_CONSENTS[kind]))
        times = {"given_at": given_at, "ended_at": ended_at, "in_force": ended_at is None}
        return {"kind": said, "text": text, **times}

    def _wallets(self) -> Iterator[Row]:
        of_card = wallet_passes.c.card_id.in_(own_card.all_ids(self._card.opened))
        query = select(wallet_passes).where(wallet_passes.c.company_id == self._company.id, of_card)
        for row in self._conn.execute(query.order_by(wallet_passes.c.created_at)):
            saved = {"saved_at": row.saved_at, "removed_at": row.removed_at}
            yield {"maker": row.maker, "created_at": row.created_at, **saved}

    def _own_card(self) -> Row:
        card, codes = self._card.card, self._card.codes
        return {
            "number": None if codes is None else written(codes.number),
            "created_at": card.created_at,
            "store": self._store(card.enrolled_at_store),
            "active": card.is_active,
            "stamps": card.stamp_count,
            "points": card.points_balance,
            "points_last_to": self._card.expires_on,
        }

    def _ledger(self) -> Sequence[Event]:
        return card_ledger.of_card(self._conn, self._company, self._card.opened).events

    def _event(self, event: Event) -> Row:
        fact = event.fact
        notes = [rules.note(one, self._words) for one in event.notes]
        if event.state is State.HELD:
            notes.append(self._words.gettext(_("Not counted yet.")))
        body = fact.body
        amount = body.amount_minor if isinstance(body, PointsEarned) else None
        return {
            "at": fact.context.occurred_at,
            "kind": _Said(fact.kind.value, rules.kind(fact.kind, self._words)),
            "store": self._store(fact.context.store_id),
            "by": self._who(fact),
            "stamps": fact.effect.stamps,
            "points": fact.effect.points,
            "amount_minor": None if amount is None else _Said(amount, self._words.money(amount)),
            "receipt": body.receipt if isinstance(body, PointsEarned) else None,
            "reward": self._reward(fact),
            "reason": facts.reason_of(fact),
            "notes": _Said(notes, " ".join(notes)),
        }

    def _who(self, fact: Transaction) -> object:
        by = fact.context.staff_id
        if by is None:
            return None
        role = self._roles.get(by)
        return None if role is None else _Said(role.value, self._words.gettext(_ROLES[role]))

    def _reward(self, fact: Transaction) -> str | None:
        if not isinstance(fact.body, PointsRedeemed):
            return None
        program = self._versions.numbered(fact.context.program_version)
        found = None if program is None else program.reward(fact.body.reward)
        return fact.body.reward if found is None else found.name

    def _cases(self) -> Iterator[Row]:
        about = cases.c.card_id.in_(own_card.all_ids(self._card.opened))
        query = select(cases).where(cases.c.company_id == self._company.id, about).order_by(cases.c.number)
        for row in self._conn.execute(query):
            outcome = case_phrases.settled(row.settled_by, self._words)
            if row.choice is not None:
                outcome = case_phrases.choice(row.choice, self._words)
            yield {
                "at": row.occurred_at,
                "kind": _Said(row.kind, case_phrases.sentence(row.kind, self._words)),
                "outcome": _Said(row.choice or row.settled_by, outcome),
                "decided_at": row.decided_at,
            }

    def _store(self, store_id: Any) -> str | None:
        return self._names.stores.get(store_id)


class _Readable:
    """The same for people, as a page that needs nothing else."""

    def __init__(self, words: Translator, company: Company, now: datetime) -> None:
        self._words, self._ = words, words.gettext
        self._company, self._now = company, now
        self._zone = ZoneInfo(company.settings.time_zone)

    def page(self, data: Data) -> str:
        title = escape(self._("Your data at {company}").format(company=self._company.name))
        when = escape(self._("Made {time}.").format(time=self._text(self._now)))
        parts = "".join(self._section(name, rows) for name, rows in data.items())
        head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        body = f"<h1>{title}</h1><p>{when}</p>{parts}"
        return f'<!doctype html><html lang="{self._words.language}"><head>{head}</head><body>{body}</body></html>'

    def _section(self, name: str, rows: Sequence[Row]) -> str:
        title = f"<h2>{escape(self._(_TITLES[name]))}</h2>"
        if not rows:
            return f"{title}<p>{escape(self._('Nothing.'))}</p>"
        if name in ("customer", "card"):
            said = ((self._label(key), self._text(value)) for key, value in rows[0].items())
            lines = "".join(f"<tr><th>{escape(label)}</th><td>{escape(text)}</td></tr>" for label, text in said)
            return f"{title}<table>{lines}</table>"
        head = "".join(f"<th>{escape(self._label(key))}</th>" for key in rows[0])
        lines = "".join(
            "<tr>" + "".join(f"<td>{escape(self._text(value))}</td>" for value in row.values()) + "</tr>"
            for row in rows
        )
        return f"{title}<table><tr>{head}</tr>{lines}</table>"

    def _label(self, key: str) -> str:
        return self._(_LABELS[key])

    def _text(self, value: object) -> str:
        from babel.dates import format_date, format_datetime  # noqa: PLC0415 - loads slowly

        match value:
            case None:
                return ""
            case _Said(text=text):
                return text
            case bool():
                return self._("yes") if value else self._("no")
            case datetime():
                return str(format_datetime(value, "medium", self._zone, locale=self._words.language))
            case date():
                return str(format_date(value, "medium", locale=self._words.language))
            case _:
                return str(value)
