"""What mails say, in text and HTML."""

import gettext
import re
from html import unescape
from typing import Any

import pytest

from server.mail import letters
from server.mail.letters import Letter

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
