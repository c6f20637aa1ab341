"""What a reply must hold, so that a test reads it in one line and fails with the whole reply in sight."""

from terminal.interface.views import (
    CardView,
    EntryView,
    HistoryRow,
    PointsView,
    ProblemView,
    RefusalView,
    Reply,
    StampsView,
    StatusView,
)


def written(reply: Reply) -> EntryView:
    """The entry of a reply that wrote one."""
    assert reply.ok and reply.entry is not None, reply
    return reply.entry


def refused(reply: Reply) -> RefusalView:
    """The counter's no."""
    assert not reply.ok and reply.refusal is not None, reply
    return reply.refusal


def trouble(reply: Reply) -> ProblemView:
    """What the world did."""
    assert not reply.ok and reply.problem is not None, reply
    return reply.problem


def card(reply: Reply) -> CardView:
    """The card as it is shown."""
    assert isinstance(reply.card, CardView), reply
    return reply.card


def stamps(reply: Reply) -> StampsView:
    """The stamps as they are shown."""
    shown = card(reply).stamps
    assert shown is not None, reply
    return shown


def points(reply: Reply) -> PointsView:
    """The points as they are shown."""
    shown = card(reply).points
    assert shown is not None, reply
    return shown


def rows(reply: Reply) -> tuple[HistoryRow, ...]:
    """The transactions as they are shown."""
    assert isinstance(reply.history, tuple), reply
    return reply.history


def status(reply: Reply) -> StatusView:
    """How the till stands."""
    assert reply.status is not None, reply
    return reply.status
