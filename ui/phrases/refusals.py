"""Why not, as short as a button has room for. A tap on the button says the whole sentence."""

from terminal.interface.views import RefusalView
from ui.phrases.phrases import Phrases


def short(say: Phrases, refusal: RefusalView) -> str:
    """On the button of a stamp or a reward; the sentence itself where there is nothing shorter."""
    _ = say.gettext
    match refusal.reason:
        case "cooldown":
            return _("Next stamp in {minutes} min").format(minutes=refusal.minutes)
        case "card_inactive":
            return _("Card not in use")
        case "stamps_per_day":
            return _("No more stamps today")
        case "offline_too_long":
            return _("once online again")
        case "other_store":
            return _("in its own shop only")
        case "reward_inactive":
            return _("not given at the moment")
        case "card_waiting":
            return _("once the card is known")
        case "stamps_missing":
            words = say.ngettext("{count} stamp to go", "{count} stamps to go", refusal.missing or 0)
            return words.format(count=refusal.missing)
        case "points_missing":
            words = say.ngettext("{count} point to go", "{count} points to go", refusal.missing or 0)
            return words.format(count=say.number(refusal.missing or 0))
        case "below_minimum_redemption":
            words = say.ngettext("from {count} point", "from {count} points", refusal.minimum or 0)
            return words.format(count=say.number(refusal.minimum or 0))
        case "manager_needed":
            return _manager(say, refusal)
    return refusal.text


def _manager(say: Phrases, refusal: RefusalView) -> str:
    _ = say.gettext
    if refusal.why == "data_stale" and refusal.hours is not None:
        return _("manager: data {hours} h old").format(hours=refusal.hours)
    if refusal.why == "without_code":
        return _("manager's PIN: no code")
    return _("with a manager's PIN")
