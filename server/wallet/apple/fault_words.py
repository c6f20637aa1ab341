"""What is wrong with the files that sign passes for Apple Wallet, in words."""

from loyalty.phrases import Words
from server.wallet.apple.signer import Fault


def _(message: str) -> str:
    """Marks a word for the catalogues; it is translated when used."""
    return message


_SENTENCES = {
    Fault.FILE_UNREADABLE: _("The file {about} cannot be read."),
    Fault.KEY_EXPOSED: _("Other users of the machine can read the key file {about}. Please restrict it: chmod 600."),
    Fault.KEY_OF_ANOTHER: _("The key file {about} belongs to another certificate."),
    Fault.NOT_SIGNED_BY_INTERMEDIATE: _("The certificate was not signed by the one in {about}. Apple has several."),
    Fault.PASS_TYPE_DIFFERS: _("The certificate is of the pass type {about}, and not of the one in the settings."),
    Fault.TEAM_DIFFERS: _("The certificate is of the team {about}, and not of the one in the settings."),
    Fault.NOT_YET_VALID: _("The certificate is not valid yet. Please look at the server's clock."),
    Fault.ENDED: _("The certificate ended on {about}. Passes on phones stay; there are no new ones and no updates."),
    Fault.ENDS_SOON: _("The certificate ends on {about}. Please renew it: a new one of the same pass type is enough."),
}


def sentence(fault: Fault, about: str, words: Words) -> str:
    """What is wrong, and what to do."""
    return words.gettext(_SENTENCES[fault]).format(about=about)
