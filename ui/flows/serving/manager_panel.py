"""What a refused write does to the panel where a manager answers for it: one table for all who show or hear of it."""

from enum import Enum, auto

from loyalty.refusals import Reason


class ManagerPanel(Enum):
    """The panel after a refusal."""

    OPENS = auto()  # nobody has answered for it yet
    STAYS = auto()  # the name or the PIN was not right: another try
    CLOSES = auto()  # a manager changes nothing about it


_PANELS = {
    Reason.MANAGER_NEEDED: ManagerPanel.OPENS,
    Reason.PIN_WRONG: ManagerPanel.STAYS,
    Reason.PIN_LOCKED: ManagerPanel.STAYS,
    Reason.STAFF_UNKNOWN: ManagerPanel.STAYS,
    Reason.NOT_A_MANAGER: ManagerPanel.STAYS,
}


def manager_panel(reason: Reason) -> ManagerPanel:
    """What the panel does after a refusal for this reason."""
    return _PANELS.get(reason, ManagerPanel.CLOSES)
