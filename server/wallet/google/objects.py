"""Classes and objects as Google keeps them, and the link that saves one: pure functions of a pass's content."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from babel.dates import format_date

from server.translations import Translator
from server.wallet import strip
from server.wallet.google.account import ServiceAccount
from server.wallet.pass_content import PassContent, PassState
from sync.protocol.sealing import Key

CALLBACK = "/wallet/google"
LOGO, HERO = "/wallet/google/logo/{company}/{mark}/{seal}.png", "/wallet/google/strip/{company}/{mark}/{seal}.png"
SAVE = "https://pay.google.com/gp/v/save/"
LINK_CHARS_MAX = 1_800  # unverified
NAME_CHARS_SHOWN = 20  # of an issuer and a program
READY = "ready"  # the text that names what the customer can take
_NO_LOGO = "none"


@dataclass(frozen=True, slots=True)
class Issuer:
    """The issuer at Google, and where Google and browsers reach this server."""

    id: str
    url: str
    pictures: Key  # seals the addresses of pictures, so that nobody guesses one

    def class_id(self, company_id: UUID) -> str:
        return f"{self.id}.c-{company_id.hex}"

    def object_id(self, pass_id: UUID) -> str:
        return f"{self.id}.o-{pass_id.hex}"

    def company_of(self, class_id: str) -> UUID | None:
        """The company that a class is of; None for what is not ours."""
        return _id_in(class_id, f"{self.id}.c-")

    def pass_of(self, object_id: str) -> UUID | None:
        """The pass that an object is of; None for what is not ours."""
        return _id_in(object_id, f"{self.id}.o-")

    def logo_at(self, company_id: UUID, content: PassContent) -> str:
        """The address of the company's logo, another one for each look."""
        mark = f"{content.logo or _NO_LOGO}-{content.stamp}-{content.ground[1:]}-{content.text[1:]}"
        return self.url + self._sealed(LOGO, company_id, mark)

    def hero_at(self, company_id: UUID, content: PassContent) -> str | None:
        """The address of the picture of the stamps; it names how many there are, and no card."""
        row = strip.row_of(content)
        if row is None:
            return None
        mark = f"{row.stamps}-{row.target}-{row.stamp}-{row.ground[1:]}-{row.text[1:]}"
        return self.url + self._sealed(HERO, company_id, mark)

    def is_sealed(self, company_id: UUID, mark: str, seal: str) -> bool:
        """True if an address of a picture is one of ours."""
        return hmac.compare_digest(self._seal(company_id, mark).encode(), seal.encode("utf-8", "surrogatepass"))

    def _sealed(self, path: str, company_id: UUID, mark: str) -> str:
        return path.format(company=company_id.hex, mark=mark, seal=self._seal(company_id, mark))

    def _seal(self, company_id: UUID, mark: str) -> str:
        said = b"google picture\x00" + company_id.bytes + mark.encode("utf-8", "surrogatepass")
        return hmac.digest(self.pictures.secret, said, "sha256").hex()[:32]


def class_body(issuer: Issuer, company_id: UUID, content: PassContent, *, country: str, home: str) -> dict[str, Any]:
    """A company's class: what all its cards have in common."""
    name = content.company
    return {
        "id": issuer.class_id(company_id),
        "issuerName": name,
        "programName": name,
        "programLogo": _picture(issuer.logo_at(company_id, content), name, content.language),
        "reviewStatus": "UNDER_REVIEW",
        "hexBackgroundColor": content.ground,
        "callbackOptions": {"url": issuer.url + CALLBACK},
        "countryCode": country,
        "homepageUri": {"uri": home, "description": name},
        "multipleDevicesAndHoldersAllowedStatus": "ONE_USER_ALL_DEVICES",
    }


def object_body(issuer: Issuer, company_id: UUID, pass_id: UUID, content: PassContent) -> dict[str, Any]:
    """A card's object. Of a void pass only its name is left, as Google deletes nothing."""
    bare = {"id": issuer.object_id(pass_id), "classId": issuer.class_id(company_id)}
    if content.state is PassState.VOID:
        return bare | {"state": "INACTIVE"}
    body: dict[str, Any] = bare | {"state": "ACTIVE" if content.state is PassState.ON else "INACTIVE"}
    body |= {"accountId": content.number} if content.number else {}
    body |= {"accountName": content.first_name} if content.first_name else {}
    if content.token:
        body["barcode"] = {"type": "QR_CODE", "value": content.token, "alternateText": content.number}
    balances = _balances(content)
    for name, balance in zip(("loyaltyPoints", "secondaryLoyaltyPoints"), balances, strict=False):
        body[name] = balance
    if (hero := issuer.hero_at(company_id, content)) is not None:
        body["heroImage"] = _picture(hero, content.status or content.company, content.language)
    if texts := _texts(content):
        body["textModulesData"] = texts
    page = {"id": "card", "uri": content.card_page, "description": Translator(content.language).gettext("Your card")}
    return body | {"linksModuleData": {"uris": [page]}}


def newly_ready(body: Mapping[str, Any], content: PassContent) -> bool:
    """True if something can be had now that the object at Google does not name yet."""
    texts = body.get("textModulesData", [])
    named = next((one.get("body", "") for one in texts if one.get("id") == READY), "")
    return any(f", {reward}, " not in f", {named}, " for reward in content.ready)


def save_link(account: ServiceAccount, issuer: Issuer, company_id: UUID, pass_id: UUID, now: datetime) -> str:
    """The address that puts an inserted object into somebody's wallet; it names the object and nothing of the card."""
    own = {"id": issuer.object_id(pass_id), "classId": issuer.class_id(company_id)}
    claims = {
        "iss": account.email,
        "aud": "google",
        "typ": "savetowallet",
        "iat": int(now.timestamp()),
        "origins": [issuer.url],
        "payload": {"loyaltyObjects": [own]},
    }
    return SAVE + account.signed(claims)


def _balances(content: PassContent) -> list[dict[str, Any]]:
    words, found = Translator(content.language), []
    if content.stamps is not None and content.target is not None:
        said = words.gettext("{count} of {target}").format(count=content.stamps, target=content.target)
        found.append({"label": words.gettext("Stamps"), "balance": {"string": said}})
    if content.points is not None:
        found.append({"label": words.gettext("Points"), "balance": {"int": content.points}})
    return found


def _texts(content: PassContent) -> list[dict[str, str]]:
    words, texts = Translator(content.language), []
    if content.status:
        name = READY if content.ready else "next"
        texts.append({"id": name, "header": content.status_label, "body": content.status})
    if content.points_until is not None:
        day = format_date(content.points_until, "medium", content.language)
        texts.append({"id": "until", "header": words.gettext("Points until"), "body": day})
    if content.notice:
        texts.insert(0, {"id": "notice", "header": content.company, "body": content.notice})
    return texts


def _picture(address: str, said: str, language: str) -> dict[str, Any]:
    described = {"defaultValue": {"language": language, "value": said}}
    return {"sourceUri": {"uri": address}, "contentDescription": described}


def _id_in(text: str, head: str) -> UUID | None:
    rest = text.removeprefix(head)
    if rest == text or len(rest) != 32:
        return None
    try:
        return UUID(hex=rest)
    except ValueError:
        return None
