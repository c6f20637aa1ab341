"""The state of the connection in words, for the top bar."""

from datetime import datetime

from terminal.interface.views import StatusView
from ui.phrases.phrases import Phrases


def connection(say: Phrases, status: StatusView) -> str:
    """The connection's state, and whether everything is saved."""
    _ = say.gettext
    if status.pair_again:
        return _("Pair this till again, all saved")
    if status.too_old:
        return _("Please update this till, all saved")
    if status.online and status.confirmed_at is not None:
        synced = _("Online, synced {hour}").format(hour=say.formats.moment(status.confirmed_at))
        if not status.waiting:
            return synced
        return _("Online, sending {count}").format(count=say.formats.number(status.waiting))
    if status.online:
        return _("Online")
    since = _("Offline")
    if status.offline_since is not None:
        since = _since(say, status.offline_since, short=False)
    if status.rewards_stopped or status.too_old:
        return _("{since}, no rewards until online").format(since=since)
    if status.waiting:
        waiting = _("{count} waiting, all saved").format(count=say.formats.number(status.waiting))
        return f"{since}, {waiting}"
    return _("{since}, all saved").format(since=since)


def _since(say: Phrases, at: datetime, *, short: bool) -> str:
    """The hour if today, else the day, with an article in some languages."""
    moment = say.formats.moment(at)
    if say.formats.today(at):
        return say.gettext("Offline since {hour}").format(hour=moment)
    return say.gettext("Offline since {day}").format(
        day=say.formats.day(say.formats.here(at).date()) if short else moment
    )


def connection_short(say: Phrases, status: StatusView) -> str:
    """The same for a bar with less room; the full text is available to screen readers and beside the camera."""
    _ = say.gettext
    if status.pair_again:  # its button is beside it
        return _("Online") if status.online else _("Offline")
    if status.too_old:
        return _("Please update this till")
    if status.online:
        return connection(say, status)
    since = _("Offline")
    if status.offline_since is not None:
        since = _since(say, status.offline_since, short=True)
    if status.rewards_stopped:
        return _("{since}, no rewards").format(since=since)
    if status.waiting:
        return _("{since}, {count} waiting").format(since=since, count=say.formats.number(status.waiting))
    return since
