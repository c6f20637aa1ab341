"""What mails say, in text and HTML."""

import gettext
import re
from datetime import UTC, datetime
from email import message_from_bytes
from html import unescape
from typing import Any
from uuid import UUID

import pytest

from server.mail import letters, smtp
from server.mail.letters import Letter
from server.mail.outbox import Body, Mail, MailState

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
LINK = "https://loyalty.example/account/links/abc?x=1&y=2"


class English(gettext.NullTranslations):
    """The sentences as written in the code."""

    language = "en"


def all_letters(words: Any) -> list[Letter]:
    return [
        letters.invitation(words, link=LINK, by="Ana <b>", company="Café & Co"),
        letters.invitation(words, link=LINK, by="Ana <b>"),
        letters.password_reset(words, link=LINK),
        letters.support_view(words, company="Café & Co", by="root@example.org", reason="<script>", minutes=60),
        letters.case_digest(words, company="Café & Co", cases=3, stake="12.50 €", link=LINK),
        letters.retention_notice(words, company="Café & Co", day="1 April 2029", unsubscribe=LINK),
        letters.erased(words, company="Café & Co"),
        letters.contact_changed(words, company="Café & Co", contact="z…@example.org"),
        letters.expiry_notice(words, company="Café & Co", points=40, day="1 April 2026", unsubscribe=LINK),
    ]


@pytest.mark.parametrize("letter", all_letters(English()), ids=lambda letter: letter.kind)
def test_text_and_html_say_the_same_and_nothing_is_fetched_from_elsewhere(letter: Letter) -> None:
    shown = [unescape(re.sub("<[^>]+>", "", part)) for part in re.findall("<p>.*?</p>", letter.html)]
    said = [part.split(":\n")[0] for part in letter.text.rstrip("\n").split("\n\n")]
    assert shown == said
    assert not re.search(r"<(?!/?(?:!doctype|html|head|meta|body|p|a)\b)", letter.html), "only plain elements"
    assert [unescape(one) for one in re.findall('href="([^"]+)"', letter.html)] == re.findall("https.*", letter.text)


def test_a_subject_is_one_line_whatever_a_company_is_called() -> None:
    letter = letters.invitation(English(), link=LINK, by="Ana", company="Café\r\nBcc: all@example.org")
    assert letter.subject == "Invitation to Café Bcc: all@example.org"


def a_mail(letter: Letter, address: str = "lea@example.org") -> Mail:
    body = Body(letter.subject, letter.text, letter.html, letter.unsubscribe)
    return Mail(UUID(int=7), None, letter.kind, "en", MailState.QUEUED, address, body, 0, AT, None, AT, AT)


@pytest.mark.parametrize(
    "name",
    [
        "Café\r\nBcc: all@example.org",
        "=?utf-8?q?a=0D=0ABcc=3A_all=40example=2Eorg?=",
        "x=?us-ascii?b?DQpCY2M6IGFsbEBleGFtcGxlLm9yZw==?=",
        "=?utf-8?q?=0D=0A=0D=0Aa_body?= =?utf-8?q?=0D=0AX=3Ay?=",
        "Café\u2028Bcc: all@example.org",
    ],
)
def test_a_name_is_no_header_however_it_is_written(name: str) -> None:
    usual = smtp.message_of(a_mail(letters.invitation(English(), link=LINK, by="Ana", company="Café")), "o@x.de", AT)

    letter = letters.invitation(English(), link=LINK, by=name, company=name)
    sent = message_from_bytes(smtp.message_of(a_mail(letter), "o@x.de", AT).as_bytes())

    assert sent.keys() == usual.keys()
    assert [part.get_content_type() for part in sent.walk()] == [part.get_content_type() for part in usual.walk()]


@pytest.mark.parametrize(
    "typed", ["thief@evil.example, <ann@example.org>", "thief@evil.example <ann@example.org>", "Ann <ANN@example.org>,"]
)
def test_a_mail_goes_to_the_one_address_that_is_looked_up(typed: str) -> None:
    letter = letters.password_reset(English(), link=LINK)
    sent = smtp.message_of(a_mail(letter, typed), "o@x.de", AT)
    assert [one.addr_spec for one in sent["To"].addresses] == ["ann@example.org"]


@pytest.mark.parametrize("typed", ["thief@evil.example, ann@example.org", "ann", "@example.org"])
def test_a_mail_to_no_or_to_several_addresses_is_not_sent(typed: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        smtp.message_of(a_mail(letters.password_reset(English(), link=LINK), typed), "o@x.de", AT)


def test_an_encoded_word_is_no_address() -> None:
    letter = letters.password_reset(English(), link=LINK)
    with pytest.raises(ValueError, match="encoded word"):
        smtp.message_of(a_mail(letter, "=?utf-8?q?all=40example=2Eorg=2C?=@example.org"), "o@x.de", AT)
