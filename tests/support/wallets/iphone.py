"""An iPhone with Apple Wallet: it adds passes, registers for pushes, and fetches what has changed."""

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.office_web import Caller

HEADERS = "/wallet/apple/v1"


@dataclass
class WalletPass:
    """A pass as the phone has it."""

    files: dict[str, bytes]
    modified: str | None = None

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.files["pass.json"])
        return found

    @property
    def serial(self) -> str:
        return str(self.json["serialNumber"])

    @property
    def type(self) -> str:
        return str(self.json["passTypeIdentifier"])

    @property
    def token(self) -> str:
        return str(self.json["authenticationToken"])

    @property
    def status(self) -> str:
        """What stands on its front."""
        return " ".join(str(one["value"]) for one in self.json["storeCard"]["secondaryFields"])


def opened(file: bytes, modified: str | None = None) -> WalletPass:
    """A pass file, refused where its manifest is not that of its files."""
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        assert all(one.compress_type == zipfile.ZIP_STORED for one in archive.infolist())
        files = {name: archive.read(name) for name in archive.namelist()}
    listed = json.loads(files["manifest.json"])
    hashed = {name: hashlib.sha1(data).hexdigest() for name, data in files.items()}
    assert listed == {name: one for name, one in hashed.items() if name not in ("manifest.json", "signature")}
    return WalletPass(files, modified)


@dataclass
class IPhone:
    """A phone; its identifier is a secret between it and the server."""

    app: Any
    device: str = "d" * 32
    push_token: str = "a" * 64
    passes: dict[str, WalletPass] = field(default_factory=dict)
    tag: str | None = None
    asked: list[httpx.Response] = field(default_factory=list)

    def add(self, file: bytes, modified: str | None = None) -> int:
        """Puts a pass into the wallet and registers it; returns the status."""
        one = opened(file, modified)
        self.passes[one.serial] = one
        return self.register(one).status_code

    def register(self, one: WalletPass, **sent: Any) -> httpx.Response:
        return self._send("POST", self._registration(one), one, json=sent or {"pushToken": self.push_token})

    def remove(self, one: WalletPass) -> int:
        """Takes a pass out of the wallet."""
        del self.passes[one.serial]
        return self._send("DELETE", self._registration(one), one).status_code

    def wiped(self) -> None:
        """Everything on the phone is gone, and it has told nobody."""
        self.passes, self.tag = {}, None

    def changed(self, pass_type: str, tag: str | None = None) -> httpx.Response:
        """Asks which passes have changed."""
        path = f"{HEADERS}/devices/{self.device}/registrations/{pass_type}"
        return self._send("GET", path + (f"?passesUpdatedSince={tag}" if tag is not None else ""))

    def fetch(self, one: WalletPass, **headers: str) -> httpx.Response:
        return self._send("GET", f"{HEADERS}/passes/{one.type}/{one.serial}", one, **headers)

    def wake(self) -> list[str]:
        """Asks what has changed and fetches it, as after a push; returns the serials that came anew."""
        came = []
        for pass_type in sorted({one.type for one in self.passes.values()}):
            answer = self.changed(pass_type, self.tag)
            if answer.status_code != 200:
                continue
            for serial in answer.json()["serialNumbers"]:
                known = self.passes.get(serial)
                if known is None:
                    continue
                since = {} if known.modified is None else {"if_modified_since": known.modified}
                found = self.fetch(known, **since)
                if found.status_code == 200:
                    self.passes[serial] = opened(found.content, found.headers["last-modified"])
                    came.append(serial)
            self.tag = answer.json()["lastUpdated"]
        return came

    def _registration(self, one: WalletPass) -> str:
        return f"{HEADERS}/devices/{self.device}/registrations/{one.type}/{one.serial}"

    def _send(
        self, method: str, path: str, one: WalletPass | None = None, json: Any = None, **more: str
    ) -> httpx.Response:
        proof = {} if one is None else {"authorization": f"ApplePass {one.token}"}
        answer = Caller(self.app).send(method, path, json=json, **(proof | more))
        self.asked.append(answer)
        return answer
