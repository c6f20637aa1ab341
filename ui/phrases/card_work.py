"""Sentences about what managers do to a card."""

from terminal.interface.asks import Adjust, Deactivate, EditCustomer, Reactivate, Replace
from terminal.interface.views import CardView
from ui.phrases.phrases import Phrases

CardWork = Adjust | Deactivate | Reactivate | Replace | EditCustomer


def done(say: Phrases, ask: CardWork) -> str:
    """What was done, for the Undo bar."""
    words = say.labels
    match ask:
        case Adjust(stamps=stamps, points=points):
            return say.formats.gained(stamps, points)
        case Deactivate():
            return words.switched_off
        case Reactivate():
            return words.switched_on
        case Replace():
            return words.replaced
        case EditCustomer():
            return words.edited


def override_for(say: Phrases, ask: CardWork, card: CardView | None) -> tuple[str, str]:
    """What a manager is asked for, and the button that allows it."""
    words = say.labels
    match ask:
        case Adjust(stamps=stamps, points=points):
            what = say.formats.gained(stamps, points)
        case Deactivate():
            what = words.switch_off
        case Reactivate():
            what = words.switch_on
        case Replace():
            what = words.replace_card
        case EditCustomer():
            what = words.edit_customer
    who = say.card.name(card) if card is not None else ""
    return say.formats.titled(what, who) if who else what, words.allow


def undo_stamps(say: Phrases, count: int) -> str:
    """On the button that takes back the step that reached a reward."""
    if count <= 1:
        return say.gettext("Undo last stamp")
    return say.ngettext("Undo {count} stamp", "Undo {count} stamps", count).format(count=say.formats.number(count))
