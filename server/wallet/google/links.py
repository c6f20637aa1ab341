"""The links that save a pass to Google Wallet, kept on the pass and made anew when the account's key changes."""

import base64
import binascii
from contextlib import suppress
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select, update

from server.db.transfer_tables import wallet_passes
from server.keys import CompanyKeys
from server.wallet.google import objects
from server.wallet.google.account import ServiceAccount
from server.wallet.google.objects import SAVE, Issuer
from server.wallet.state import Pass
from sync.protocol.sealing import Unopenable, decrypt, encrypt

_HEADER = msgspec.json.Decoder(dict[str, str])


def link_of(
    conn: Connection, keys: CompanyKeys, saved: Pass, *, issuer: Issuer, account: ServiceAccount, now: datetime
) -> str:
    """The link of a pass whose object is at Google."""
    one = (wallet_passes.c.company_id == saved.company_id, wallet_passes.c.pass_id == saved.id)
    row = conn.execute(select(wallet_passes.c.save_link, wallet_passes.c.save_link_key).where(*one)).one()
    if row.save_link is not None and (key := keys.data_with(row.save_link_key)) is not None:
        with suppress(Unopenable):
            kept = decrypt(key, saved.id, row.save_link)
            if _key_id(kept) == account.key_id:
                return kept
    link = objects.save_link(account, issuer, saved.company_id, saved.id, now)
    sealed = {"save_link": encrypt(keys.data, saved.id, link), "save_link_key": keys.data.id, "updated_at": now}
    conn.execute(update(wallet_passes).where(*one).values(sealed))
    return link


def _key_id(link: str) -> str | None:
    """The key that signed a link; None for what is no link of ours."""
    head = link.removeprefix(SAVE).partition(".")[0]
    try:
        fields = _HEADER.decode(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (msgspec.MsgspecError, binascii.Error):
        return None
    return fields.get("kid")
