"""What roles are called on pages."""

from server.accounts.rights import Role


def _(message: str) -> str:
    """Marks a word for the catalogues; it is translated when used."""
    return message


ROLES = {
    Role.OWNER: _("Owner"),
    Role.MANAGER: _("Manager"),
    Role.CASHIER: _("Cashier"),
    Role.ADMIN: _("Admin"),
    Role.SUPPORT: _("Support view"),
}
