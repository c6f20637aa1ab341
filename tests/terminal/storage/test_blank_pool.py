"""A till's own blanks: each is given once, and its codes are kept no longer than until they were shown."""

from sync.protocol.messages import PoolBlank
from terminal.interface.asks import Enrol, Pin
from tests.support.paper_company import PaperTill
from tests.support.replies import written


def test_a_blank_that_was_given_is_not_kept_again_though_the_company_has_not_heard_of_it(till: PaperTill) -> None:
    card = till.company.issues_card(blank=True)
    till.hears()
    blank = PoolBlank(card=card, token=till.company.tokens[card], number=till.company.numbers[card])
    till.pool.put([blank])
    assert list(till.pool.unused) == [card]
    assert till.asks(Pin("Lena", "4711")).ok
    written(till.asks(Enrol()))
    assert not till.pool.unused and till.pool.last_given == card
    till.pool.put([blank])
    assert not till.pool.unused and till.pool.codes_of(card) is not None, "they may be shown still"
    till.pool.handed_over()
    till.pool.put([blank])
    assert not till.pool.unused and till.pool.codes_of(card) is None
    till.stop()
    till.start()
    assert not till.pool.unused and till.pool.codes_of(card) is None
