"""How the manager's panel reacts to a refused write."""

from enum import Enum, auto

from loyalty.refusals import Reason


class ManagerPanel(Enum):
    """Reactions of the panel to a refusal."""

    OPENS = auto()  # approval is needed
    STAYS = auto()  # name or PIN was wrong; try again
    CLOSES = auto()  # approval does not help


_PANELS = {
    Reason.MANAGER_NEEDED: ManagerPanel.OPENS,
    Reason.PIN_WRONG: ManagerPanel.STAYS,
    Reason.PIN_LOCKED: ManagerPanel.STAYS,
    Reason.STAFF_UNKNOWN: ManagerPanel.STAYS,
    Reason.NOT_A_MANAGER: ManagerPanel.STAYS,
}


def manager_panel(reason: Reason) -> ManagerPanel:
    """The reaction to a refusal for this reason."""
    return _PANELS.get(reason, ManagerPanel.CLOSES)
