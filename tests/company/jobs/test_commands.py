"""The commands `jobs list` and `jobs run`, and the loop of a process that serves."""

import asyncio
import gettext
import threading

import pytest
import structlog

from server import cli
from server.bootstrap import Server, build_app
from server.mail import letters, outbox
from tests.support.companies import Office
from tests.support.mail_server import Postman, running
from tests.support.paper_shop import PaperShop


class English(gettext.NullTranslations):
    language = "en"


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_job_is_run_by_hand_and_shown(office: Office) -> None:
    office.done("company", "create", "--name", "Aurora")
    assert office.run("jobs", "list").objects == []
    ran = office.run("jobs", "run", "clean", "--now", "2030-01-01T00:00:00+01:00").objects
    assert [(one["job"], one["company"], one["failed"]) for one in ran] == [("clean", None, 0), ("clean", "aurora", 0)]
    listed = office.run("jobs", "list").objects
    assert {(one["job"], one["company"]) for one in listed} >= {("clean", "aurora"), ("mail", "aurora"), ("mail", None)}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_unknown_job_is_refused(office: Office) -> None:
    assert office.refused("jobs", "run", "cleann") == "job_unknown"


def test_what_a_command_logs_tells_no_local_variable(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*, prog_name: str) -> None:
        somebody = "+352621123456"
        try:
            raise RuntimeError(prog_name)
        except RuntimeError:
            structlog.get_logger().exception("a job failed", length=len(somebody))

    structlog.reset_defaults()
    monkeypatch.setattr(cli, "app", failing)
    cli.main()
    said = capsys.readouterr()
    assert said.out == "" and "RuntimeError: orion-server" in said.err
    assert "+352621123456" not in said.err


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_server_sends_at_once_what_one_of_its_requests_has_queued(shop: PaperShop) -> None:
    postman = Postman()
    letter = letters.password_reset(English(), link="https://loyalty.example/x")
    with running(postman) as smtp:
        server = Server(shop.units, shop.keys, lambda: shop.now, smtp=smtp)
        app = build_app(server)

        def queue_and_wait() -> bool:
            with server.units.write(shop.company_id) as conn:
                outbox.queue(conn, shop.keys, letter, "a@example.org", company_id=shop.company_id, now=shop.now)
            return postman.came.wait(20)

        async def serve() -> bool:
            async with app.router.lifespan_context(app):
                return await asyncio.to_thread(queue_and_wait)

        assert asyncio.run(serve())
        assert "jobs" not in {thread.name for thread in threading.enumerate()}, "the loop ends with the server"
