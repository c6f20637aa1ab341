"""Plays the sounds of events. It asks and shows nothing."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from terminal.interface.asks import AnyAsk, Pin, Redeem, Unlock, Void
from terminal.interface.views import Reply
from ui.flows.conversation import Conversation
from ui.flows.serving.manager_panel import ManagerPanel, manager_panel
from ui.threads.asking import Asking
from ui.threads.sound_player import Sound

_PINS = (Pin, Unlock)


class SoundCues(QObject):
    """Connects signals of the conversation with sounds."""

    def __init__(
        self,
        play: Callable[[Sound], None],
        conversation: Conversation,
        counter: Asking,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._play = play
        conversation.read.connect(lambda: play(Sound.READ))
        conversation.notices.refused.connect(lambda: play(Sound.REFUSED))
        conversation.current_card.not_found.connect(lambda: play(Sound.REFUSED))
        conversation.current_card.wrote.connect(self._wrote)
        counter.answered.connect(self._answered)

    def _wrote(self, ask: AnyAsk, reply: Reply) -> None:
        sound = sound_of(ask, reply)
        if sound is not None:
            self._play(sound)

    def _answered(self, ask: AnyAsk, reply: Reply) -> None:
        if isinstance(ask, _PINS) and reply.refusal is not None:
            self._play(Sound.REFUSED)


def sound_of(ask: AnyAsk, reply: Reply) -> Sound | None:
    """The sound of an answered write; none while a manager is asked."""
    if reply.refusal is not None:
        return None if manager_panel(reply.refusal.reason) is ManagerPanel.OPENS else Sound.REFUSED
    if isinstance(ask, Void):
        return Sound.UNDO
    wrote = [entry for entry in (reply.entry, reply.also) if entry is not None]
    if isinstance(ask, Redeem) or any(entry.reward_reached for entry in wrote):
        return Sound.REWARD
    if any(entry.points > 0 for entry in wrote):
        return Sound.POINTS
    return Sound.STAMP if wrote else None
