"""Performs the card engine's display actions on the window. It asks nothing."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from terminal.interface.asks import Scan
from ui.flows.serving.card_events import (
    Action,
    AskAmount,
    Celebrate,
    Do,
    Refuse,
    RefuseEnrolment,
    RefuseOverride,
    ShowBlank,
    ShowCard,
    ShowNewCode,
    ShowReceipt,
    ShowRefused,
    TellWritten,
)
from ui.flows.serving.notices import Notices
from ui.flows.serving.unknown_code import UnknownCodeFlow
from ui.flows.till_state import TillState
from ui.phrases import card_work
from ui.phrases.card_work import CardWork
from ui.phrases.phrases import Phrases
from ui.window.frame import Middle
from ui.window.window import Window

if TYPE_CHECKING:
    from ui.flows.serving.enrolment import Enrolment


class CardScreen:
    """Controls the middle of the serving page, the undo bar, and the notices beside the camera."""

    def __init__(
        self,
        window: Window,
        phrases: Phrases,
        notices: Notices,
        codes: UnknownCodeFlow,
        *,
        till: TillState,
        enrolment: Callable[[], "Enrolment"],
    ) -> None:
        self._window, self._phrases, self._notices = window, phrases, notices
        self._codes, self._till, self._enrolment = codes, till, enrolment

    def perform(self, action: Action) -> None:
        window = self._window
        match action:
            case Do():
                self._do(action)
            case ShowCard(card=card, aloud=aloud):
                window.card_panel.show_view(card)
                self._show_side(Middle.CARD, self._phrases.labels.close_card)
                if aloud:
                    window.announce(self._phrases.card.spoken(card))
                    if card.note:
                        self._notices.tell(self._phrases.labels.note, card.note)
                    elif card.asked_about:
                        self._notices.tell(self._phrases.labels.serve_on, self._phrases.labels.asked_about)
            case Celebrate():
                self._celebrate(action)
            case TellWritten():
                self._tell_written(action)
            case ShowRefused(refusal=refusal):
                self._codes.show_refused(refusal)
                self._show_side(Middle.CODE, self._phrases.labels.back)
            case ShowBlank(ask=ask, card=card):
                self._enrolment().show_blank(ask.code if isinstance(ask, Scan) else None, card)
            case ShowNewCode(new_card=new_card):
                self._enrolment().show_code(new_card)
            case RefuseEnrolment(text=text):
                window.screens.enrol_dialog.refuse(text)
            case RefuseOverride(text=text):
                window.screens.override_overlay.refuse(text)
            case ShowReceipt(receipt=receipt):
                window.card_panel.show_receipt(receipt)
            case Refuse(text=text):
                self._notices.refuse(text)
            case _:
                raise AssertionError(f"nobody performs {action}")

    def _do(self, action: Do) -> None:
        window, words, notices = self._window, self._phrases.labels, self._notices
        match action:
            case Do.SHOW_CARD_AGAIN:
                window.show_middle(Middle.CARD)
            case Do.SHOW_UNKNOWN:
                self._codes.show_unknown(self._till.program)
                self._show_side(Middle.CODE, words.back)
            case Do.SHOW_UNDONE:
                window.undo_bar.show_undone(words.taken_back)
                window.card_panel.face.celebrate(0, 0)  # removes marks of new stamps
                window.announce(words.taken_back)
            case Do.CLEAR_UNDO:
                window.undo_bar.clear()
            case Do.END_UNDO:
                window.celebration.offer_undo(False)
            case Do.CLEAR_AMOUNT:
                window.card_panel.clear_purchase()
            case Do.DROP_AMOUNT:
                window.card_panel.clear_purchase()
                notices.tell(words.amount_cleared_title, words.amount_cleared)
            case Do.START_ENROLMENT:
                self._enrolment().start()
            case Do.NOT_A_BLANK:
                window.screens.enrol_dialog.refuse(words.not_a_blank)
            case Do.CLOSE_OVERRIDE:
                window.screens.override_overlay.close_overlay()
            case Do.TELL_WAIT:
                notices.refuse(words.wait_reading)
            case Do.CLEAR_NOTICE:
                notices.clear()
            case Do.CLEAR_TROUBLE:
                notices.trouble_over()
            case _:
                raise AssertionError(f"nobody performs {action}")

    def ask_amount(self, doubted: AskAmount) -> None:
        """Asks whether an unusual amount is correct."""
        say, currency = self._phrases, self._till.currency
        title, yes = say.card.unusual_title(doubted.minor, currency), say.card.unusual_yes(doubted.minor, currency)
        self._window.doubt.ask(title, doubted.text, yes, say.labels.type_again)
        self._window.announce(doubted.text)

    def clear(self) -> None:
        """Gives the room back to the camera."""
        window, words = self._window, self._phrases.labels
        window.close_overlays()
        window.card_panel.clear_purchase()
        window.undo_bar.clear()
        self._notices.clear()
        window.show_middle(Middle.AIM)
        window.scan_panel.show_wide(words.show_code, words.looking)

    def _show_side(self, middle: Middle, close: str) -> None:
        self._window.show_middle(middle)
        self._window.scan_panel.show_side(self._phrases.labels.next_card, close)

    def _tell_written(self, written: TellWritten) -> None:
        """Announces a write; for a card put away meanwhile only to screen readers."""
        window, entry = self._window, written.entry
        if isinstance(written.ask, CardWork):
            title, second = card_work.done(self._phrases, written.ask), ""
        else:
            title, second = self._phrases.card.done(written.ask, entry, written.card, self._till.currency)
        if written.card is not None:
            window.undo_bar.offer(title, second, written.undo_s)
            window.card_panel.face.celebrate(entry.stamps, entry.points)
        window.announce(f"{title} {second}")

    def _celebrate(self, reached: Celebrate) -> None:
        window, name = self._window, reached.reward.name
        window.celebration.show_view(reached.card, reached.reward, reached.stamps)
        window.celebration.offer_undo(reached.can_undo)
        window.show_middle(Middle.CELEBRATION)
        window.announce(self._phrases.formats.titled(self._phrases.labels.reward_reached, name))
