"""The driver where the till itself fails: exchanges go on, as soon and as often as they can help."""

from sync.exchange.backoff import TILL_TROUBLE_MAX_S
from sync.exchange.ports import ReplicaBegunAnew
from tests.sync.exchange.test_driver import a_till


class DiskFull(Exception):
    kind = "replica"


def test_a_replica_that_cannot_be_written_is_told_and_tried_again() -> None:
    till = a_till(rows=3)
    till.replica.problem = DiskFull()
    till.run_for(5)
    assert till.driver.status.problem_kind == "replica" and not till.driver.status.online
    till.replica.problem = None
    till.run_for(10)
    assert till.driver.status.online and len(till.replica.rows) == 3


def test_a_replica_begun_anew_is_filled_at_once() -> None:
    till = a_till(rows=3)
    till.replica.problem = ReplicaBegunAnew()
    till.run_for(0)
    till.replica.problem = None
    till.run_for(0)
    assert till.driver.status.online and len(till.replica.rows) == 3


def test_a_replica_begun_anew_time_and_again_is_filled_less_and_less_often() -> None:
    till = a_till(rows=3)
    till.replica.problem = ReplicaBegunAnew()
    till.run_for(60)
    assert len(till.server.requests) < 30
    assert till.driver.status.problem_kind == "replica"
    till.replica.problem = None
    till.run_for(TILL_TROUBLE_MAX_S)
    assert till.driver.status.online and len(till.replica.rows) == 3


def test_a_bug_in_one_exchange_does_not_end_the_next() -> None:
    till = a_till(rows=3)
    till.replica.problem = ZeroDivisionError()
    till.run_for(5)
    assert till.driver.status.problem_kind == "bug"
    till.replica.problem = None
    till.run_for(10)
    assert len(till.replica.rows) == 3
