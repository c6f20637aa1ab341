"""A maker of wallets on paper: it remembers what it was told, and answers what the test wants."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from server.wallet.makers import MakerName, Outcome, Verdict
from server.wallet.pass_content import PassContent
from server.wallet.state import Pass

WELL = Outcome(Verdict.CURRENT)
DOWN = Outcome(Verdict.LATER, "503", is_general=True)
TRY_LATER = Outcome(Verdict.LATER, "429")


@dataclass
class PaperMaker:
    """Takes everything, unless the test says otherwise."""

    maker: MakerName = MakerName.GOOGLE
    outcome: Outcome = WELL
    told: list[tuple[UUID, PassContent]] = field(default_factory=list)
    meanwhile: list[Callable[[], None]] = field(default_factory=list)  # what happens while it answers, once each
    closed: bool = False

    def tell(self, told: Pass, content: PassContent, now: datetime) -> Outcome:
        self.told.append((told.id, content))
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return self.outcome

    def close(self) -> None:
        self.closed = True

    @property
    def latest(self) -> PassContent:
        return self.told[-1][1]
