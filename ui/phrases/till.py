"""What a till is and how it stands, for its settings."""

from sync.protocol.version import VERSION
from terminal.interface.views import StatusView
from ui.phrases.phrases import Phrases


def till_facts(say: Phrases, status: StatusView) -> tuple[tuple[str, str], ...]:
    """Name, store, server, last contact, waiting, blanks and version, each with its value."""
    _ = say.gettext
    contact = _("not yet") if status.confirmed_at is None else say.formats.moment(status.confirmed_at)
    server = status.server
    if status.restored_at is not None:
        at = say.formats.moment(status.restored_at)
        server += "\n" + _("Restored from a backup, noticed {moment}. What it had forgotten was sent again.").format(
            moment=at
        )
    return (
        (_("Till"), status.terminal),
        (_("Store"), f"{status.company}, {status.store}"),
        (_("Server"), server),
        (_("Last contact"), contact),
        (_("Waiting"), say.formats.number(status.waiting)),
        (_("Blank cards here"), say.formats.number(status.readiness.blanks)),
        (_("Version"), VERSION),
    )
