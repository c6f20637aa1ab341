"""An exchange: what a till hands in is in the company's books once, and it hears what became of it."""

from tests.support.paper_shop import PaperShop


def test_a_stamp_is_in_the_books_and_its_till_hears_so(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    stamp = till.stamp(card)
    till.sync()
    verdict = till.verdict(stamp)
    assert (verdict.word, verdict.stamps, verdict.card) == ("accepted", 1, card)
    assert shop.kinds(card) == ["card_created", "stamp_earned"]
    assert till.card(card).stamp_count == 1
    assert verdict.card_version == till.versions["card", card]
