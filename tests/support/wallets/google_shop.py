"""A shop whose customers have passes at a Google of the test's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from server.wallet import state
from server.wallet.google import offering
from server.wallet.google.account import AccessTokens, AccountFile
from server.wallet.google.callback import RootKeys
from server.wallet.google.client import GoogleClient, Rate
from server.wallet.google.maker import Google
from server.wallet.google.objects import HERO, LOGO, Issuer
from server.wallet.state import Pass
from tests.support.wallets.google import ISSUER, FakeGoogle
from tests.support.wallets.pass_shop import URL, PassShop


class _Turns:
    """A clock of the rate alone, which goes on while somebody waits for a turn."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def rest(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass(frozen=True)
class GoogleShop:
    """The shop, its maker, and Google."""

    passes: PassShop
    maker: Google
    google: FakeGoogle
    turns: "_Turns"

    def link(self, card_id: UUID, language: str = "en") -> str | None:
        """What the page of the card offers."""
        shop = self.passes.shop
        return offering.link_for(
            self.maker, shop.units, shop.keys, shop.company_id, card_id, language=language, now=shop.now
        )

    def saved(self, card_id: UUID) -> Pass:
        """The pass of a card, which the customer has saved."""
        assert self.link(card_id) is not None
        one = self.newest(card_id)
        self.google.users.add(self.maker.issuer.object_id(one.id))
        return one

    def newest(self, card_id: UUID) -> Pass:
        shop = self.passes.shop
        with shop.units.read() as conn:
            return state.of_cards(conn, shop.company_id, [card_id])[0]

    def object(self, one: Pass) -> dict[str, Any]:
        """What Google keeps of a pass."""
        return self.google.objects[self.maker.issuer.object_id(one.id)]


@contextmanager
def google_shop(passes: PassShop, folder: Path) -> Iterator[GoogleShop]:
    """The shop, with Google in place of its maker on paper."""
    shop = passes.shop
    issuer, turns = Issuer(ISSUER, URL, shop.keys.platform), _Turns(shop.now)

    def has_picture(address: str) -> bool:
        path = address.removeprefix(URL).rpartition(".png")[0]
        head, company, mark, seal = path.rsplit("/", 3)
        known = {one.partition("/{")[0] for one in (HERO, LOGO)}
        return head in known and issuer.is_sealed(UUID(hex=company), mark, seal)

    with FakeGoogle(lambda: shop.now, has_picture) as google, httpx.Client() as http:
        file, tokens = AccountFile(google.key_file(folder)), AccessTokens(lambda: shop.now)
        rate = Rate(shop.units, shop.keys.platform, turns.now, turns.rest)
        client = GoogleClient(http, file, tokens, rate, google.url)
        roots = RootKeys(http, lambda: shop.now, f"{google.url}/gp/m/issuer/keys")
        maker = Google(issuer, client, roots, units=shop.units, platform=shop.keys.platform, offered_within_s=0.5)
        passes.worker = passes.new_worker(None, maker)
        try:
            yield GoogleShop(passes, maker, google, turns)
        finally:
            maker.close()
