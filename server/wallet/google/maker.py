"""Google as a maker: it keeps each card as an object, which is inserted when somebody asks for it and replaced
when the card has changed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from server.accounts import attempts
from server.accounts.attempts import Limit
from server.companies import companies
from server.db.units import Units
from server.refusals import TooMany
from server.settings import GOOGLE_API, GoogleWallet
from server.wallet.google import callback, objects
from server.wallet.google.account import AccessTokens, AccountFile, ServiceAccount
from server.wallet.google.callback import ROOTS, Called, RootKeys
from server.wallet.google.client import CLASSES, OBJECTS, TIMEOUT_S, GoogleClient, Meaning, Rate, Reply
from server.wallet.google.objects import Issuer
from server.wallet.makers import MakerName, Outcome, Verdict
from server.wallet.pass_content import PassContent, PassState
from server.wallet.state import Pass
from sync.protocol.sealing import Key

OFFERED_WITHIN_S = 2.0  # what somebody at a page waits for an object to be inserted
NOTICES_MAX = 3  # of a pass in 24 hours, as Google allows
_NOTICE = Limit("google_notice", 1, timedelta(hours=24))
_AT_ONCE = 2  # objects that pages wait for


class Google:
    """The maker Google, for one issuer."""

    maker = MakerName.GOOGLE

    def __init__(
        self,
        issuer: Issuer,
        client: GoogleClient,
        roots: RootKeys,
        *,
        units: Units,
        platform: Key,
        offered_within_s: float = OFFERED_WITHIN_S,
    ) -> None:
        self.issuer, self._client, self._roots = issuer, client, roots
        self._units, self._platform, self._offered_within_s = units, platform, offered_within_s
        self._classes: dict[UUID, object] = {}  # what this process has told of each company's look
        self._hands = ThreadPoolExecutor(_AT_ONCE, "google")

    @property
    def account(self) -> ServiceAccount:
        """The service account that speaks for the issuer."""
        return self._client.account

    def close(self) -> None:
        """Ends its connections; nobody is waited for any more."""
        self._hands.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def tell(self, told: Pass, content: PassContent, now: datetime) -> Outcome:
        """Brings the object of a pass up to date, whatever became of it before."""
        return self._brought(told, content, now, TIMEOUT_S)

    def offer(self, told: Pass, content: PassContent, now: datetime) -> Outcome | None:
        """The same for somebody at a page; None if it takes longer than they should wait."""
        asked = self._hands.submit(self._brought, told, content, now, self._offered_within_s)
        try:
            return asked.result(self._offered_within_s)
        except NotInTime:
            asked.cancel()  # what has begun goes on, and is found by the next telling
            return None

    def called(self, body: bytes, now: datetime) -> Called:
        """What a callback says that Google has signed for this issuer; raises `CallbackWrong`."""
        return callback.verified(body, self._roots, self.issuer.id, now)

    def _brought(self, told: Pass, content: PassContent, now: datetime, within_s: float) -> Outcome:
        if content.state is PassState.VOID:
            bare = objects.object_body(self.issuer, told.company_id, told.id, content)
            reply = self._client.update(OBJECTS, bare, within_s)
            return Outcome(Verdict.CURRENT) if reply.meaning is Meaning.MISSING else _outcome(reply)
        of_class = self._class(told.company_id, content, within_s)
        if of_class is not None and of_class.meaning is not Meaning.DONE:
            return _outcome(of_class)
        return _outcome(self._object(told, content, now, within_s))

    def _class(self, company_id: UUID, content: PassContent, within_s: float, *, anew: bool = False) -> Reply | None:
        """Tells Google of a company's look, if this process has not yet told it of this one."""
        look = (content.company, content.logo, content.stamp, content.ground, content.text)
        if self._classes.get(company_id) == look and not anew:
            return None
        with self._units.read() as conn:
            company = companies.by_id(conn, company_id)
        body = objects.class_body(
            self.issuer,
            company_id,
            content,
            country=company.settings.country,
            home=f"{self.issuer.url}/{company.slug}",
        )
        reply = self._client.update(CLASSES, body, within_s)
        if reply.meaning is Meaning.MISSING:
            reply = self._client.insert(CLASSES, body, within_s)
        if reply.meaning is Meaning.DONE:
            self._classes[company_id] = look
        return reply

    def _object(self, told: Pass, content: PassContent, now: datetime, within_s: float) -> Reply:
        body = objects.object_body(self.issuer, told.company_id, told.id, content)
        if told.shown_hash is not None:
            reply = self._replaced(told.id, content, body, now, within_s)
            if reply.meaning is not Meaning.MISSING:
                return reply
        reply = self._client.insert(OBJECTS, body, within_s)
        if reply.meaning is Meaning.EXISTS:
            return self._client.update(OBJECTS, body, within_s)
        if reply.meaning is Meaning.MISSING:  # the class, which this process believed to be there
            made = self._class(told.company_id, content, within_s, anew=True)
            if made is None or made.meaning is not Meaning.DONE:
                return made or reply
            reply = self._client.insert(OBJECTS, body, within_s)
        return reply

    def _replaced(
        self, pass_id: UUID, content: PassContent, body: dict[str, object], now: datetime, within_s: float
    ) -> Reply:
        """Replaces the object; the phone shows a notice if something can be had that could not before."""
        if content.ready:
            found = self._client.get(OBJECTS, str(body["id"]), within_s)
            if found.meaning is not Meaning.DONE or found.body is None:
                return found
            is_saved = found.body.get("hasUsers") is not False
            if is_saved and objects.newly_ready(found.body, content) and self._may_notify(pass_id, now):
                reply = self._client.update(OBJECTS, body | {"notifyPreference": "NOTIFY_ON_UPDATE"}, within_s)
                if reply.meaning is not Meaning.NOTIFIED_OUT:
                    return reply
        return self._client.update(OBJECTS, body, within_s)

    def _may_notify(self, pass_id: UUID, now: datetime) -> bool:
        """Counts a notice, of which each may come again a day after it."""
        with self._units.write_unlocked() as conn:
            for number in range(NOTICES_MAX):
                try:
                    attempts.take(conn, self._platform, _NOTICE, f"{pass_id} {number}", now)
                except TooMany:
                    continue
                return True
        return False


def _outcome(reply: Reply) -> Outcome:
    """What an answer means for the pass, and for telling others."""
    retry_after_s = None if reply.after_s is None else int(reply.after_s)
    match reply.meaning:
        case Meaning.DONE:
            has_users = reply.body is not None and reply.body.get("hasUsers") is True
            return Outcome(Verdict.CURRENT, is_saved=has_users)
        case Meaning.WRONG:
            return Outcome(Verdict.NEVER, reply.said)
        case Meaning.REFUSED:
            return Outcome(Verdict.LATER, reply.said, is_general=True, is_ours=True)
        case Meaning.BUSY | Meaning.DOWN:
            return Outcome(Verdict.LATER, reply.said, retry_after_s, is_general=True)
        case _:
            return Outcome(Verdict.LATER, reply.meaning.name.lower(), retry_after_s)


def opened(chosen: GoogleWallet, url: str, units: Units, platform: Key, now: Callable[[], datetime]) -> Google:
    """The maker for an installation's settings; *url* is where Google reaches this server."""
    http = httpx.Client(timeout=TIMEOUT_S, follow_redirects=False)
    client = GoogleClient(http, AccountFile(chosen.key), AccessTokens(now), Rate(units, platform), chosen.api)
    roots = RootKeys(http, now, ROOTS if chosen.api == GOOGLE_API else chosen.api + urlsplit(ROOTS).path)
    return Google(Issuer(chosen.issuer, url, platform), client, roots, units=units, platform=platform)
