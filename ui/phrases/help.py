"""The help texts of each screen, with its keys."""

from collections.abc import Callable
from enum import Enum

from msgspec import Struct

from ui.phrases.labels import Labels


class Topic(Enum):
    """The screens with help."""

    AIM = "aim"
    CARD = "card"
    REWARD = "reward"
    CODE = "code"
    ENROL = "enrol"
    SHIFT = "shift"
    PAIR = "pair"
    LOAD = "load"
    TROUBLE = "trouble"
    PAST = "past"
    LISTED = "listed"
    REPORT = "report"
    CASE = "case"
    SETTINGS = "settings"


class Key(Struct, frozen=True):
    """A key as labelled on the keyboard, and its function."""

    cap: str
    does: str


class Explained(Struct, frozen=True):
    """The help for one screen."""

    title: str
    lines: tuple[str, ...]
    keys: tuple[Key, ...]


def explain(topic: Topic, _: Callable[[str], str], labels: Labels) -> Explained:
    """The help on *topic*, translated by *_*; buttons are named by their labels."""
    return Explained(*_explanation(topic, _), keys=_keys(topic, _, labels))


def _explanation(topic: Topic, _: Callable[[str], str]) -> tuple[str, tuple[str, ...]]:
    match topic:
        case Topic.AIM:
            return _("Ready for the next customer"), (
                _("Hold the customer's code before the camera, or scan it by hand. The card appears by itself."),
                _("No card at hand? Type its number, or find the customer by e-mail or phone."),
                _("Offline nothing changes here: every tap is saved at this till and sent later."),
            )
        case Topic.CARD:
            return _("A card in front"), (
                _("One tap gives a stamp. For points, type the amount and tap the button that shows them."),
                _("With an amount typed, the stamp button gives both in one step."),
                _("A grey button says why it cannot be used. Undo takes the last tap back for ten seconds."),
                _("The next customer's card takes this one's place. After a minute it is put away by itself."),
            )
        case Topic.REWARD:
            return _("A reward is reached"), (
                _("Take it now with one tap, or keep it: it stays on the card."),
                _("The camera goes on: the next card may be shown at any time."),
            )
        case Topic.CODE:
            return _("A code that needs a decision"), (
                _("A card that is not known here yet can be stamped as waiting. It counts once the card is known."),
                _("A foreign code, such as a web address or a payment, changes nothing."),
            )
        case Topic.ENROL:
            return _("A new card"), (
                _("Hold a blank card before the camera, or type its number."),
                _("Without a card at hand it goes on the customer's phone: they take a picture of the code you show."),
                _("Name and contact are optional."),
            )
        case Topic.SHIFT:
            return _("Coming on shift"), (
                _("Tap your name and enter your PIN. The camera stays ready meanwhile."),
                _("Too many wrong PINs lock a name for a while. A manager can end the wait: tap the locked name."),
                _("With no manager here, head office lets somebody in over the telephone, also without internet."),
            )
        case Topic.PAIR:
            return _("Pairing this till"), (
                _("A manager finds the server's address and a code for one use on the company's page Terminals."),
                _("Show the pairing code to the camera, or type both. Each till needs a code of its own."),
            )
        case Topic.LOAD:
            return _("The first load"), (
                _("Rules and staff come first, then the cards. You can serve as soon as the rules are in."),
                _("Closing the program or losing the line is safe: loading goes on where it stopped."),
            )
        case Topic.TROUBLE:
            return _("This till cannot start"), (
                _("The sentence says what is wrong and what to do. Nothing that was saved is lost."),
                _("Once it is mended, try again. No restart is needed."),
            )
        case Topic.PAST:
            return _("A card's history and returns"), (
                _("The newest is on top. What still waits for the company says so."),
                _("Tap a purchase to take it back, whole or in part. A manager's PIN is asked for."),
            )
        case Topic.LISTED:
            return _("A list"), (_("Tap a line to see all of it. With several pages, turn them below."),)
        case Topic.REPORT:
            return _("Today and statistics"), (
                _("What this till did today, in 7 or in 30 days. What was taken back is counted apart."),
            )
        case Topic.CASE:
            return _("A case"), (
                _("Choose what is to happen, then decide. Without contact the decision waits here and is sent later."),
                _("If somebody decides it elsewhere first, theirs holds, and this page says so."),
            )
        case Topic.SETTINGS:
            return _("Settings"), (
                _("What you tap holds at once and stays with this till."),
                _("The file for support holds no names, numbers or codes; save it wherever you like."),
            )


def _keys(topic: Topic, _: Callable[[str], str], labels: Labels) -> tuple[Key, ...]:
    ways = (
        Key("F1", labels.card_number),
        Key("F2", labels.look_up),
        Key("F3", labels.new_card),
        Key("F4", labels.give_back),
        Key("F10", labels.menu),
        Key("F11", labels.full_screen),
    )
    turned = (
        Key("↑ ↓", _("Line by line")),
        Key("PgUp", labels.newer),
        Key("PgDn", labels.older),
        Key("Esc", labels.back),
    )
    match topic:
        case Topic.AIM:
            return ways
        case Topic.CARD:
            return (
                Key("Ctrl S", _("Stamp")),
                Key("Ctrl X", labels.how_many_stamps),
                Key("0-9", labels.amount),
                Key("F5", labels.receipt_number),
                Key("Ctrl Enter", _("Points for the amount")),
                Key("Ctrl R", labels.rewards),
                Key("Ctrl U", labels.undo),
                Key("Ctrl H", labels.menu_history),
                Key("Ctrl P", labels.print_last),
                Key("Esc", labels.close_card),
                *ways,
            )
        case Topic.REWARD:
            return (
                Key("Ctrl R", _("Take the reward")),
                Key("Esc", labels.keep_for_later),
                Key("Ctrl U", labels.undo),
                *ways,
            )
        case Topic.CODE:
            return Key("Ctrl 1-5", _("The choices in their order")), Key("Esc", labels.back), *ways
        case Topic.ENROL:
            return (
                Key("Enter", labels.go_on),
                Key("F6", labels.on_their_phone),
                Key("F7", labels.show_code_again),
                Key("Ctrl Enter", labels.make_card),
                Key("F3", labels.without_name),
                Key("Esc", labels.cancel),
            )
        case Topic.SHIFT:
            return Key("← →", labels.choose_name), Key("0-9", labels.pin)
        case Topic.PAIR:
            return (Key("Enter", labels.pair),)
        case Topic.LOAD | Topic.TROUBLE:
            return (Key("Enter", labels.start_serving if topic is Topic.LOAD else labels.try_again),)
        case Topic.REPORT:
            return Key("1", labels.today), Key("2", labels.this_week), Key("3", labels.month), Key("Esc", labels.back)
        case Topic.CASE:
            return Key("1-4", _("The choices in their order")), Key("Ctrl Enter", _("Decide")), Key("Esc", labels.back)
        case Topic.SETTINGS:
            return (
                Key("1-9", _("The sections in their order")),
                Key("↑ ↓", _("Choose within a group")),
                Key("Esc", labels.back),
            )
        case Topic.PAST:
            return (
                Key("Ctrl Enter", labels.take_back),
                Key("Enter", labels.find),
                Key("Ctrl P", labels.print_this),
                *turned,
            )
        case Topic.LISTED:
            return Key("Enter", _("Open it")), *turned
