"""Whether passes can be made for each maker's wallet: certificates and keys are tried, and no other server is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from server.phrases import English
from server.problems import SettingUnreadable
from server.settings import AppleWallet, GoogleWallet, Settings
from server.wallet.apple import fault_words, pass_file
from server.wallet.apple.pass_file import Made
from server.wallet.apple.signer import Fault, Identities, IdentityUnusable
from server.wallet.google.account import AccountFile
from server.wallet.makers import MakerName
from server.wallet.pass_content import PassContent, PassState


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was looked at."""

    maker: MakerName
    word: str
    is_well: bool
    text: str


def look(settings: Settings, now: datetime) -> list[Found]:
    """What was found, in English."""
    return [*_of_apple(settings.apple, now), *_of_google(settings.google)]


def _of_apple(settings: AppleWallet | None, now: datetime) -> Iterator[Found]:
    if settings is None:
        yield Found(MakerName.APPLE, "off", True, "no settings, so there are no passes for it.")
        return
    identities = Identities(settings)
    for fault, about in identities.look(now):
        is_well = fault is Fault.ENDS_SOON
        yield Found(MakerName.APPLE, fault.value, is_well, fault_words.sentence(fault, about, English()))
    try:
        identity = identities.present(now)
    except IdentityUnusable:
        return
    made = Made(UUID(int=0), "0" * 43, settings.team, settings.pass_type, "https://localhost", None)
    size = len(pass_file.packed(_SAMPLE, made, identity))
    day = identity.ends_at.date().isoformat()
    text = f"a pass of type {settings.pass_type} was signed, of {size} bytes. The certificate ends on {day}."
    yield Found(MakerName.APPLE, "signed", True, text)


def _of_google(settings: GoogleWallet | None) -> Iterator[Found]:
    if settings is None:
        yield Found(MakerName.GOOGLE, "off", True, "no settings, so there are no passes for it.")
        return
    try:
        account = AccountFile(settings.key).account()
    except SettingUnreadable:
        text = f"the file {settings.key.name} is no key of a service account."
        yield Found(MakerName.GOOGLE, "file_unreadable", False, text)
        return
    account.signed({"iss": account.email})
    yield Found(MakerName.GOOGLE, "signed", True, f"a link was signed by {account.email} for {settings.issuer}.")


_SAMPLE = PassContent(
    state=PassState.ON,
    language="en",
    company="Sample",
    ground="#12204A",
    text="#FFFFFF",
    stamp="coffee",
    logo=None,
    card_page="https://localhost",
    token="sample" * 5 + "00",
    number="4821-0937-5516",
    stamps=7,
    target=10,
    status_label="Stamps",
    status="7 of 10",
)
