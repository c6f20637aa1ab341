"""Accessors for parts a reply must have; if missing, the test fails and shows the reply."""

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
    """The refusal."""
    assert not reply.ok and reply.refusal is not None, reply
    return reply.refusal


def trouble(reply: Reply) -> ProblemView:
    """The problem."""
    assert not reply.ok and reply.problem is not None, reply
    return reply.problem


def card(reply: Reply) -> CardView:
    """The card."""
    assert isinstance(reply.card, CardView), reply
    return reply.card


def stamps(reply: Reply) -> StampsView:
    """The card's stamps."""
    shown = card(reply).stamps
    assert shown is not None, reply
    return shown


def points(reply: Reply) -> PointsView:
    """The card's points."""
    shown = card(reply).points
    assert shown is not None, reply
    return shown


def rows(reply: Reply) -> tuple[HistoryRow, ...]:
    """The transactions."""
    assert isinstance(reply.history, tuple), reply
    return reply.history


def status(reply: Reply) -> StatusView:
    """The till's status."""
    assert reply.status is not None, reply
    return reply.status
