"""PINs as a till that somebody has taken apart sends them: for anybody, with any proof."""

from uuid import UUID

import msgspec

from sync.protocol.entries import PinPassed, PinProof, PinSet, encode_proof
from sync.protocol.rows import VerifierRow
from sync.protocol.sealing import Purpose, seal
from tests.support import cheap_secrets
from tests.support.paper_shop import PaperShop
from tests.support.paper_till import PaperTill, Written


def chosen_by(till: PaperTill, shop: PaperShop, whose: UUID, **said: object) -> Written:
    """A PIN set in the till's journal."""
    pepper = shop.keys.company(shop.company_id).pepper
    row = msgspec.convert(cheap_secrets.verifier("9053", whose, pepper), VerifierRow, from_attributes=True)
    if isinstance(passed := said.pop("passed", None), UUID):
        till.write(PinPassed(passed), staff=passed)
    return till.write(PinSet(whose, said.pop("verifier", row), said.pop("proof", None)), **said)  # type: ignore[arg-type]


def set_by(till: PaperTill, shop: PaperShop, whose: UUID, **said: object) -> tuple[str, str | None]:
    """The same sent, with the verdict's word and reason."""
    written = chosen_by(till, shop, whose, **said)
    till.sync()
    verdict = till.verdict(written)
    return verdict.word, verdict.reason


def proof(shop: PaperShop, of: UUID, pin: str = "4711") -> bytes:
    return seal(shop.keys.sealing.public, encode_proof(PinProof(of, pin)), Purpose.PIN)
