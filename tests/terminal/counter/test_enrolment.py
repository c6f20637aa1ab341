"""Enrolment, and encryption of personal data in the till's files."""

import msgspec
import pytest

from loyalty.codes import make_token
from sync.protocol.entries import Contact
from sync.protocol.sealing import Purpose, Unopenable, new_sealing_key, token_hash, unseal
from terminal.interface.ask import Override
from terminal.interface.asks import Earn, Enrol, Find, Redeem, Replace, Scan, Stamp, Status
from tests.support.paper_company import PaperTill
from tests.support.replies import card, points, refused, status, written

ANNA = Override("Anna", "2580")


def blank(till: PaperTill) -> str:
    """The code of a blank, with Lena on shift."""
    card_id = till.company.issues_card(blank=True)
    till.hears()
    till.serves(card_id)
    return till.company.tokens[card_id]


def test_a_blank_in_front_says_what_to_do(till: PaperTill) -> None:
    code = blank(till)
    assert card(till.asks(Scan(code))).blank
    assert refused(till.asks(Stamp())).text == "This card is new. Hand it out with New card first."
    assert refused(till.asks(Earn(500))).reason == "card_blank"


def test_a_blank_becomes_a_card_and_collects_at_once(till: PaperTill) -> None:
    code = blank(till)
    reply = till.asks(Enrol(code, name="  Zoé   Weber "))
    assert written(reply).kind == "card_created"
    assert (card(reply).blank, card(reply).name) == (False, "Zoé Weber")
    written(till.asks(Stamp()))
    assert status(till.asks(Status())).waiting == 2


def test_the_welcome_is_shown_as_waiting_until_it_is_confirmed(till: PaperTill) -> None:
    reply = till.asks(Enrol(blank(till)))
    assert (points(reply).balance, points(reply).confirmed, points(reply).waiting) == (20, 0, 20)


def test_a_customer_needs_neither_name_nor_contact(till: PaperTill) -> None:
    reply = till.asks(Enrol(blank(till)))
    assert card(reply).name == ""
    assert card(reply).number_end


def test_a_blank_is_handed_out_once(till: PaperTill) -> None:
    code = blank(till)
    written(till.asks(Enrol(code)))
    assert refused(till.asks(Enrol(code))).text == "This card has been handed out already."


def test_a_card_enrolled_by_its_printed_number_redeems_with_a_manager_only(till: PaperTill) -> None:
    blank(till)
    number = next(iter(till.company.numbers.values()))
    assert not card(till.asks(Enrol(number))).by_code
    written(till.asks(Earn(10_000)))
    assert refused(till.asks(Redeem("croissant"))).why == "without_code"


def test_a_contact_has_one_card(till: PaperTill) -> None:
    written(till.asks(Enrol(blank(till), email="zoe@example.lu", phone="621 123 456")))
    another = blank(till)
    assert refused(till.asks(Enrol(another, email="ZOE@example.lu"))).reason == "contact_has_card"
    assert refused(till.asks(Enrol(another, phone="+352 621 123 456"))).reason == "contact_has_card"
    written(till.asks(Enrol(another, email="max@example.lu")))


def test_a_customer_enrolled_here_is_found_before_the_company_has_answered(till: PaperTill) -> None:
    reply = till.asks(Enrol(blank(till), email="zoe@example.lu"))
    found = till.asks(Find(email="zoe@example.lu"))
    assert (card(found).id, card(found).by_code) == (card(reply).id, False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"email": "zoe"}, "contact_invalid"),
        ({"phone": "12"}, "contact_invalid"),
        ({"phone": "no phone"}, "contact_invalid"),
        ({"name": "Z" * 10_000_000}, "text_too_long"),
        ({"email": "z" * 10_000_000 + "@example.lu"}, "text_too_long"),
        ({"code": None}, "pool_empty"),
        ({"code": "https://example.org/"}, "foreign_code"),
        ({"code": make_token(bytes(24))}, "not_a_blank"),
        ({"code": "123456789012"}, "not_a_blank"),
    ],
)
def test_what_cannot_be_right_is_refused_and_the_blank_stays_blank(
    till: PaperTill, fields: dict[str, str | None], reason: str
) -> None:
    code = blank(till)
    before = till.journal.head()
    assert refused(till.asks(msgspec.convert({"do": "enrol", "code": code} | fields, Enrol))).reason == reason
    assert till.journal.head() == before
    written(till.asks(Enrol(code)))


def test_a_contact_opens_only_with_the_servers_key(till: PaperTill) -> None:
    seq = written(till.asks(Enrol(blank(till), email="Zoe@Example.lu", phone="621 123 456", consent=True))).seq
    side = till.journal.side_of(seq)
    assert side is not None
    assert side.contact is not None
    opened = msgspec.json.decode(unseal(till.company.sealing, side.contact, Purpose.CONTACT), type=Contact)
    assert (opened.email, opened.phone, side.consent) == ("zoe@example.lu", "+352621123456", True)
    with pytest.raises(Unopenable):
        unseal(new_sealing_key(), side.contact, Purpose.CONTACT)
    with pytest.raises(Unopenable):
        unseal(till.company.keys.sealing, side.contact, Purpose.CONTACT)


def test_nothing_in_the_tills_files_names_a_customer_a_code_or_a_pin(till: PaperTill) -> None:
    code = blank(till)
    written(till.asks(Enrol(code, name="Zoé Weberlein", email="zoe.weber@example.lu", phone="+352 621 123 456")))
    written(till.asks(Earn(500)))
    unknown = make_token(b"somebody else's 24 bytes")
    till.asks(Scan(unknown))
    written(till.asks(Earn(500)))
    assert refused(till.asks(Redeem("stamps"))).reason == "card_waiting"
    files = [path for path in till.folder.iterdir() if path.is_file()]
    assert {"journal.db", "journal.db-wal", "replica.db", "replica.db-wal"} <= {path.name for path in files}
    secrets = [code, unknown, *till.company.numbers.values()]
    secrets += ["Weberlein", "zoe.weber", "example.lu", "621123456", "621 123 456", '"4711"', '"2580"']
    content = b"\n".join(path.read_bytes() for path in files)
    assert b"points_earned" in content
    assert [word for word in secrets if word.encode() in content] == []


def test_a_lost_card_goes_on_under_a_blanks_codes(till: PaperTill) -> None:
    lost = till.company.issues_card("Zoé", points_balance=40)
    new = blank(till)
    number = till.company.numbers[lost]
    till.asks(Scan(number))
    assert refused(till.asks(Replace(new, "lost"))).reason == "manager_needed"
    assert written(till.asks(Replace(new, "lost", ANNA))).kind == "card_replaced"
    reply = till.asks(Scan(new))
    assert (card(reply).id, points(reply).balance, card(reply).by_code) == (lost, 40, True)
    for old in (number, till.company.tokens[lost]):
        assert refused(till.asks(Scan(old))).text == "This card was replaced. Please use the new one."
    assert refused(till.asks(Enrol(new))).reason == "not_a_blank"


def test_a_replacement_the_company_rejected_leaves_everything_as_it_was(till: PaperTill) -> None:
    lost = till.company.issues_card("Zoé", points_balance=40)
    new = blank(till)
    till.asks(Scan(till.company.tokens[lost]))
    entry = written(till.asks(Replace(new, "lost", ANNA)))
    till.company.acked_seq = entry.seq
    till.company.judges(entry.id, entry.seq, "rejected", reason="not_a_blank")
    till.hears()
    assert card(till.asks(Scan(till.company.tokens[lost]))).id == lost
    assert card(till.asks(Scan(new))).blank


def test_a_card_is_not_replaced_by_one_in_use(till: PaperTill) -> None:
    used = till.company.issues_card("Max")
    lost = till.company.issues_card("Zoé")
    till.hears()
    till.serves(lost)
    assert refused(till.asks(Replace(till.company.tokens[used], "lost", ANNA))).reason == "already_enrolled"
    assert refused(till.asks(Replace(till.company.tokens[lost], "lost", ANNA))).reason == "already_enrolled"
    assert refused(till.asks(Replace(till.company.tokens[used], "x" * 201, ANNA))).reason == "text_too_long"


@pytest.mark.parametrize("name", ["Le\u0301a", " L\u202ee\u0301a\x1b ", "Léa\u200b", "\ufeffLéa\0"])
def test_a_name_is_kept_in_one_normal_form_and_nothing_hides_in_it(till: PaperTill, name: str) -> None:
    assert card(till.asks(Enrol(blank(till), name=name))).name == "Léa"


@pytest.mark.parametrize("name", ["\0", "\x1b", "\u202e", "\u200b", "\u3164", " \n "])
def test_a_name_that_nobody_sees_is_no_name(till: PaperTill, name: str) -> None:
    assert card(till.asks(Enrol(blank(till), name=name))).name == ""


@pytest.mark.parametrize("typed", ["ana@example.org,", "mailto:ANA@example.org", "<ana@example.org>."])
def test_a_customer_is_found_by_an_address_with_what_was_copied_along(till: PaperTill, typed: str) -> None:
    enrolled = card(till.asks(Enrol(blank(till), email="ana@example.org", phone="+352 (0)621 123 456")))
    assert card(till.asks(Find(email=typed))).id == enrolled.id
    assert card(till.asks(Find(phone="621 123 456"))).id == enrolled.id


def test_a_receipt_is_found_as_it_was_meant(till: PaperTill) -> None:
    blank(till)
    till.serves(till.company.issues_card())
    written(till.asks(Earn(500, receipt=" Re\u0301\u200b-1 ")))
    assert [row.receipt for row in till.asks(Find(receipt="Ré-1")).history or ()] == ["Ré-1"]
    assert refused(till.asks(Earn(500, receipt="R\u00e9-1\x07"))).reason == "receipt_used"


def withdrawn(till: PaperTill, code: str, *, rows_left: int | None = None) -> str:
    """The code of a blank, once the till has heard that its sheet was withdrawn."""
    (card_id,) = [one for one, token in till.company.tokens.items() if token == code]
    till.company.issues_card(blank=True, card_id=card_id, retired=True)
    till.hears(more=rows_left is not None, rows_left=rows_left)
    return code


def test_a_withdrawn_blank_is_refused_by_code_by_number_and_as_a_new_card(till: PaperTill) -> None:
    code = withdrawn(till, blank(till))
    (number,) = till.company.numbers.values()
    for ask in (Scan(code), Scan(number), Enrol(code)):
        no = refused(till.asks(ask))
        assert (no.reason, no.text) == (
            "card_withdrawn",
            "This card has been withdrawn. Please hand out another one.",
        )


def test_a_blank_given_away_before_the_till_heard_of_the_withdrawal_is_a_card(till: PaperTill) -> None:
    code = blank(till)
    written(till.asks(Enrol(code, name="Zoé")))
    withdrawn(till, code)
    assert card(till.asks(Scan(code))).name == "Zoé"
    written(till.asks(Stamp()))


def test_a_blank_that_gave_its_code_to_a_card_is_not_taken_for_withdrawn(till: PaperTill) -> None:
    """Neither before the card's row arrives nor after it."""
    code = withdrawn(till, blank(till), rows_left=1)
    assert not card(till.asks(Scan(code))).known
    till.company.issues_card("Zoé", token=token_hash(code))
    till.hears()
    assert card(till.asks(Scan(code))).name == "Zoé"
