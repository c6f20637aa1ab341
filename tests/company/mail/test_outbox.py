"""The outbox: what is written, and who can read it."""

import gettext

import pytest
from sqlalchemy import select

from server.db.work_tables import mails, platform_mails
from server.mail import letters, outbox
from tests.support.paper_shop import PaperShop


class English(gettext.NullTranslations):
    language = "en"


LETTER = letters.password_reset(English(), link="https://loyalty.example/account/links/secret")
TO = "ana@example.org"


@pytest.mark.parametrize("of_company", [True, False])
def test_a_mail_waits_unreadable_without_the_keys(shop: PaperShop, of_company: bool) -> None:
    company_id = shop.company_id if of_company else None
    table = mails if of_company else platform_mails
    with shop.units.platform_write() as conn:
        mail_id = outbox.queue(conn, shop.keys, LETTER, TO, company_id=company_id, now=shop.now)
    with shop.units.read() as conn:
        (row,) = conn.execute(select(table))
        (mail,) = outbox.listed(conn, shop.keys, company_id)
        assert outbox.listed(conn, shop.keys, None if of_company else shop.company_id) == []
    assert b"ana@" not in row.address and b"secret" not in row.body
    assert (mail.id, mail.address, mail.state, mail.next_at) == (mail_id, TO, outbox.MailState.QUEUED, shop.now)
    assert mail.body == outbox.Body(LETTER.subject, LETTER.text, LETTER.html)


def test_a_unit_of_work_that_fails_leaves_no_mail(shop: PaperShop) -> None:
    with pytest.raises(ZeroDivisionError), shop.units.write(shop.company_id) as conn:
        outbox.queue(conn, shop.keys, LETTER, TO, company_id=shop.company_id, now=shop.now)
        raise ZeroDivisionError
    assert shop.rows(mails) == []
