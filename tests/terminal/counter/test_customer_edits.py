"""A manager's edits of a customer: name, note and contact apply here at once, and are stored encrypted."""

import pytest

from loyalty.codes import make_token
from sync.protocol.sealing import email_hmac
from terminal.interface.ask import Override
from terminal.interface.asks import AnyAsk, EditCustomer, Enrol, Find, PutAway, Scan, Stamp
from tests.support.paper_company import PaperTill
from tests.support.replies import card, refused, stamps, written

ANNA = Override("Anna", "2580")


def customer(till: PaperTill, name: str | None = None, email: str | None = None) -> str:
    """The code of a waiting customer's card, which is in front, with Lena on shift."""
    card_id = till.company.issues_card(blank=True)
    till.hears()
    till.serves(card_id)
    code = till.company.tokens[card_id]
    written(till.asks(Enrol(code, name=name, email=email)))
    return code


@pytest.mark.slow
def test_name_and_note_are_shown_at_once_and_each_leaves_the_other(till: PaperTill) -> None:
    customer(till, name="Zoe")
    assert written(till.asks(EditCustomer(note="likes oat milk", override=ANNA))).kind == "customer_edited"
    reply = till.asks(EditCustomer(name="Zoé  Weber", override=ANNA))
    assert (card(reply).name, card(reply).note) == ("Zoé Weber", "likes oat milk")
    assert card(till.asks(EditCustomer(note="", override=ANNA))).note == ""


def test_a_cashier_alone_edits_nobody(till: PaperTill) -> None:
    customer(till)
    assert refused(till.asks(EditCustomer(name="Zoé"))).reason == "manager_needed"
    assert refused(till.asks(EditCustomer(name="Zoé", override=Override("Lena", "4711")))).reason == "not_a_manager"


def test_a_new_contact_finds_the_card_and_the_old_one_does_not(till: PaperTill) -> None:
    customer(till, email="zoe@example.lu")
    written(till.asks(EditCustomer(email="weber@example.lu", override=ANNA)))
    till.asks(PutAway())
    assert card(till.asks(Find(email="weber@example.lu"))).known
    assert refused(till.asks(Find(email="zoe@example.lu"))).reason == "unknown_card"


def test_a_contact_that_was_taken_away_finds_nobody_and_is_free(till: PaperTill) -> None:
    customer(till, email="zoe@example.lu")
    written(till.asks(EditCustomer(email="", override=ANNA)))
    assert refused(till.asks(Find(email="zoe@example.lu"))).reason == "unknown_card"
    customer(till, email="zoe@example.lu")


def test_another_customers_contact_is_refused(till: PaperTill) -> None:
    customer(till, email="zoe@example.lu")
    customer(till)
    assert refused(till.asks(EditCustomer(email="ZOE@example.lu", override=ANNA))).reason == "contact_has_card"


@pytest.mark.slow
def test_ones_own_contact_may_be_said_again(till: PaperTill) -> None:
    customer(till, email="zoe@example.lu")
    written(till.asks(EditCustomer(email="zoe@example.lu", phone="621 123 456", override=ANNA)))


@pytest.mark.parametrize(
    "ask",
    [
        EditCustomer(name="x" * 81, override=ANNA),
        EditCustomer(note="x" * 121, override=ANNA),
        EditCustomer(email="x" * 255, override=ANNA),
    ],
)
def test_texts_have_their_limits(till: PaperTill, ask: AnyAsk) -> None:
    customer(till)
    assert refused(till.asks(ask)).reason == "text_too_long"


def test_a_contact_that_cannot_be_right_is_refused_before_a_manager_is_asked(till: PaperTill) -> None:
    customer(till)
    assert refused(till.asks(EditCustomer(email="nobody"))).reason == "contact_invalid"


def test_an_edit_that_names_nothing_is_no_request(till: PaperTill) -> None:
    customer(till)
    reply = till.asks(EditCustomer(override=ANNA))
    assert reply.problem is not None and reply.problem.kind == "request"


def test_a_card_that_is_not_known_here_yet_cannot_be_edited(till: PaperTill) -> None:
    customer(till)
    assert not card(till.asks(Scan(make_token(b"somebody else's 24 bytes")))).known
    assert refused(till.asks(EditCustomer(name="Zoé", override=ANNA))).reason == "card_waiting"


def test_an_edit_is_no_visit_and_leaves_the_balance(till: PaperTill) -> None:
    customer(till)
    written(till.asks(Stamp()))
    reply = till.asks(EditCustomer(name="Zoé", override=ANNA))
    assert stamps(reply).count == 1


def test_nothing_personal_is_readable_in_the_tills_files(till: PaperTill) -> None:
    customer(till)
    written(till.asks(EditCustomer(name="Zoé Weber", note="oat milk", email="zoe@example.lu", override=ANNA)))
    kept = b"".join(file.read_bytes() for file in till.folder.glob("journal.db*"))
    for text in ("Weber", "oat milk", "zoe@example"):
        assert text.encode() not in kept
    found_by = email_hmac(till.company.keys.lookup, "zoe@example.lu")
    assert found_by is not None and found_by in kept
