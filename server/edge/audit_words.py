"""What each action of the audit log is in words. An action without words is shown as it is spelled."""

from loyalty import phrases as rules
from loyalty.phrases import Words
from loyalty.transactions import Kind


def _(message: str) -> str:
    """Marks a sentence for the catalogues; it is translated when used."""
    return message


ACTIONS: dict[str, str] = {
    "admin_created": _("Made an admin on the command line"),
    "admin_invited": _("Invited an admin"),
    "admin_joined": _("Accepted the invitation as an admin"),
    "admin_removed": _("Took the administration from an admin"),
    "card_reactivated": _("Switched a card on again"),
    "card_code_shown": _("Looked at a card's code"),
    "card_deactivated": _("Switched a card off"),
    "card_replaced": _("Replaced a card"),
    "case_decided": _("Decided a case"),
    "case_entry_taken": _("Took what a till had sent"),
    "case_group_decided": _("Decided a group of cases"),
    "cards_exported": _("Exported cards as CSV"),
    "cards_merged": _("Merged two cards"),
    "company_created": _("Created the company"),
    "company_handed_over": _("Handed the company over"),
    "company_resumed": _("Resumed the company"),
    "company_suspended": _("Suspended the company"),
    "customer_erased": _("Erased a customer"),
    "customer_edited": _("Changed a customer's contact or consent"),
    "export_asked": _("Had everything of the company exported"),
    "export_taken": _("Downloaded an export of everything"),
    "import_discarded": _("Discarded an import"),
    "import_planned": _("Tried an import out"),
    "import_refused_taken": _("Downloaded the refused rows of an import"),
    "import_sent": _("Sent a file to import"),
    "import_started": _("Had an import carried out"),
    "invitation_withdrawn": _("Withdrew an invitation"),
    "job_asked": _("Had a job run"),
    "limits_changed": _("Changed the platform's limits"),
    "logo_removed": _("Took the logo away"),
    "logo_set": _("Set the logo"),
    "look_changed": _("Changed the look of cards"),
    "member_invited": _("Invited somebody to work here"),
    "member_joined": _("Accepted the invitation"),
    "page_opened": _("Opened a page as support"),
    "pairing_offered": _("Offered a till for pairing"),
    "password_changed": _("Changed their password"),
    "password_reset": _("Set a new password by a link"),
    "pin_set": _("Set a PIN"),
    "program_published": _("Published a version of the program"),
    "program_withdrawn": _("Withdrew a scheduled version of the program"),
    "server_restored": _("Restored the server from a backup"),
    "settings_changed": _("Changed settings"),
    "sheet_made": _("Made a sheet of blank cards"),
    "sheet_printed": _("Downloaded a sheet of blank cards"),
    "sheet_withdrawn": _("Withdrew the unused cards of a sheet"),
    "signed_in": _("Signed in"),
    "staff_changed": _("Changed a member of staff"),
    "staff_hired": _("Hired somebody"),
    "staff_unlocked": _("Unlocked somebody's PIN at a till"),
    "staff_dismissed": _("Ended somebody's work here"),
    "store_closed": _("Closed a store"),
    "store_created": _("Created a store"),
    "store_renamed": _("Renamed a store"),
    "store_reopened": _("Reopened a store"),
    "support_view_began": _("Began to look as support"),
    "support_view_ended": _("Ended looking as support"),
    "terminal_renamed": _("Renamed a till"),
    "terminal_retired": _("Signed a till off"),
    "terminal_revoked": _("Revoked a till"),
}


def action(name: str, words: Words) -> str:
    """The sentence of an action; what was booked on a card has the words of its transaction."""
    if name not in ACTIONS and name in set(Kind):
        return rules.kind(Kind(name), words)
    return words.gettext(ACTIONS[name]) if name in ACTIONS else name
