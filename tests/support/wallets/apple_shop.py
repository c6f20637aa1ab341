"""A shop whose server makes passes for Apple Wallet, and phones that have them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from server import bootstrap
from server.wallet.apple.maker import Apple
from server.wallet.makers import MakerName
from server.wallet.state import Pass
from tests.support.office_web import Caller
from tests.support.wallets import certificates
from tests.support.wallets.iphone import IPhone, WalletPass, opened
from tests.support.wallets.pass_shop import URL, PassShop


@dataclass
class AppleShop:
    """The shop's passes at Apple, with the app that phones ask."""

    passes: PassShop
    apple: Apple
    app: Any

    @classmethod
    def of(cls, passes: PassShop, folder: Path, push: str = "https://127.0.0.1:1") -> "AppleShop":
        """Apple's part of a shop, with files in *folder*; pushes go to *push*."""
        shop = passes.shop
        settings = certificates.settings_in(folder, push=push)
        apple = Apple(settings, URL, shop.units, shop.keys, certificates.trusting())
        app = bootstrap.build_app(replace(shop.server, apple=settings, url=URL))
        passes.worker = passes.new_worker(None, apple)
        return cls(passes, apple, app)

    def phone(self, name: str = "1") -> IPhone:
        return IPhone(self.app, device=name * 32, push_token=name * 64)

    def offered(self, card_id: UUID) -> Pass:
        return self.passes.offered(card_id, MakerName.APPLE)

    def fetched(self, one: Pass, token: str | None = None, **headers: str) -> httpx.Response:
        """A pass as the web service hands it to who has its token."""
        token = self.apple.auth_token(one.company_id, one.id) if token is None else token
        path = f"/wallet/apple/v1/passes/{certificates.PASS_TYPE}/{one.id.hex}"
        return Caller(self.app).get(path, authorization=f"ApplePass {token}", **headers)

    def in_wallet(self, one: Pass) -> WalletPass:
        """A pass as a phone gets it."""
        answer = self.fetched(one)
        assert answer.status_code == 200, answer.status_code
        return opened(answer.content, answer.headers["last-modified"])

    def added(self, phone: IPhone, one: Pass) -> WalletPass:
        """Puts a pass into a phone's wallet."""
        answer = self.fetched(one)
        assert phone.add(answer.content, answer.headers["last-modified"]) == 201
        return phone.passes[one.id.hex]
