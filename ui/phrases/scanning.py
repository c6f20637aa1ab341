"""The texts of the scanner test: what a code is, whether it is known, how it was read. Codes themselves must not be
shown."""

from loyalty.codes import Foreign, Number, Token, parse
from loyalty.refusals import Seems
from terminal.scanner.scans import PLAIN, Hint, Scan
from terminal.scanner.wedge.keyboard_layouts import Lock
from terminal.scanner.wedge.readings import Reading
from ui.phrases.phrases import Phrases


class ScanPhrases:
    """Sentences on one code."""

    def __init__(self, phrases: Phrases) -> None:
        self._say = phrases
        self._ = phrases.gettext

    def what(self, text: str, *, known: bool | None) -> str:
        """What a code is. *known* tells whether the counter knows it; None if that is not known yet."""
        match parse(text):
            case Foreign(seems=seems):
                from loyalty.phrases import foreign  # noqa: PLC0415 - not needed at start

                return foreign(seems, self._)
            case Token() if known is not None:
                return self._("A card of this company") if known else self._("A card's code, not known here")
            case Number() if known is not None:
                return self._("The number of a card") if known else self._("A card number, not known here")
            case _:
                return self._("One of ours")

    def ours(self, text: str) -> bool:
        """True if the till would act on the text."""
        code = parse(text)
        return not isinstance(code, Foreign) or code.seems is Seems.PAIRING

    def seen(self, scan: Scan) -> str:
        """How the camera read a code."""
        ms = self._say.formats.number(max(1, round(scan.took_s * 1000)))
        if scan.stage in (PLAIN, ""):
            return self._("Camera: read in {ms} ms").format(ms=ms)
        return self._("Camera: read in {ms} ms, after the picture was repaired ({stage})").format(
            ms=ms, stage=scan.stage
        )

    def typed(self, reading: Reading) -> str:
        """How a typing scanner's code was read."""
        keyboard = {
            "us": self._("US keyboard"),
            "fr": self._("French keyboard"),
            "be": self._("Belgian keyboard"),
            "de": self._("German keyboard"),
            "ch": self._("Swiss keyboard"),
            "ch-fr": self._("Swiss French keyboard"),
            "gb": self._("British keyboard"),
            "it": self._("Italian keyboard"),
            "es": self._("Spanish keyboard"),
            "pt": self._("Portuguese keyboard"),
            "se": self._("Swedish keyboard"),
            "dk": self._("Danish keyboard"),
            "nl": self._("Dutch keyboard"),
            "hr": self._("Croatian keyboard"),
            "hu": self._("Hungarian keyboard"),
            "cz": self._("Czech keyboard"),
            "al": self._("Albanian keyboard"),
            "tr": self._("Turkish keyboard"),
        }.get(reading.layout, reading.layout)
        if reading.lock is Lock.OFF:
            return self._("Hand scanner: {keyboard}").format(keyboard=keyboard)
        return self._("Hand scanner: {keyboard}, Caps Lock is on").format(keyboard=keyboard)

    def hint(self, hint: Hint | None) -> str:
        """The text of an aiming hint; empty for None."""
        return {
            Hint.TOO_DARK: self._("More light, please"),
            Hint.LESS_LIGHT: self._("Less light, please"),
            Hint.HOLD_STILL: self._("Hold still"),
            Hint.CLOSER: self._("A little closer"),
            None: "",
        }[hint]

    def rate(self, pictures_a_second: int) -> str:
        return self._("{count} pictures a second").format(count=self._say.formats.number(pictures_a_second))

    def read_so_far(self, count: int) -> str:
        return self._say.ngettext("{count} code read", "{count} codes read", count).format(
            count=self._say.formats.number(count)
        )
