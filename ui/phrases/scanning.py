"""What the scanner test says of a code: what it is, whether it is known, how it was read. Never the code itself."""

from loyalty.codes import Foreign, Number, Token, parse
from loyalty.refusals import Seems
from terminal.scanner.scans import PLAIN, Hint, Scan
from terminal.scanner.wedge.keyboard_layouts import Lock
from terminal.scanner.wedge.wedge import Reading
from ui.phrases.phrases import Phrases


class ScanPhrases:
    """As `Phrases`, for one code."""

    def __init__(self, phrases: Phrases) -> None:
        self._say = phrases
        self._ = phrases.gettext

    def what(self, text: str, *, known: bool | None) -> str:
        """*known*: whether the counter knows it; None where nobody asked yet, or nothing could be known."""
        match parse(text):
            case Foreign(seems=seems):
                from loyalty.phrases import foreign  # noqa: PLC0415 - the rules' sentences: no start waits for them

                return foreign(seems, self._)
            case Token() if known is not None:
                return self._("A card of this company") if known else self._("A card's code, not known here")
            case Number() if known is not None:
                return self._("The number of a card") if known else self._("A card number, not known here")
            case _:
                return self._("One of ours")

    def ours(self, text: str) -> bool:
        """Whether the till would act on it."""
        code = parse(text)
        return not isinstance(code, Foreign) or code.seems is Seems.PAIRING

    def seen(self, scan: Scan) -> str:
        """By the camera."""
        ms = self._say.number(max(1, round(scan.took_s * 1000)))
        if scan.stage in (PLAIN, ""):
            return self._("Camera: read in {ms} ms").format(ms=ms)
        return self._("Camera: read in {ms} ms, after the picture was repaired ({stage})").format(
            ms=ms, stage=scan.stage
        )

    def typed(self, reading: Reading) -> str:
        """By a scanner that types."""
        keyboard = {
            "us": self._("US keyboard"),
            "fr": self._("French keyboard"),
            "be": self._("Belgian keyboard"),
            "de": self._("German keyboard"),
            "ch": self._("Swiss keyboard"),
            "ch-fr": self._("Swiss French keyboard"),
        }.get(reading.layout, reading.layout)
        if reading.lock is Lock.OFF:
            return self._("Hand scanner: {keyboard}").format(keyboard=keyboard)
        return self._("Hand scanner: {keyboard}, Caps Lock is on").format(keyboard=keyboard)

    def hint(self, hint: Hint | None) -> str:
        """What would help the camera; nothing where it needs no help."""
        return {
            Hint.TOO_DARK: self._("More light, please"),
            Hint.LESS_LIGHT: self._("Less light, please"),
            Hint.HOLD_STILL: self._("Hold still"),
            Hint.CLOSER: self._("A little closer"),
            None: "",
        }[hint]

    def rate(self, pictures_a_second: int) -> str:
        return self._("{count} pictures a second").format(count=self._say.number(pictures_a_second))

    def read_so_far(self, count: int) -> str:
        return self._say.ngettext("{count} code read", "{count} codes read", count).format(
            count=self._say.number(count)
        )
