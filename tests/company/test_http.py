"""The server over HTTP: every refusal has its status, and no answer tells what it should not."""

import pytest
from starlette.testclient import TestClient

from server import bootstrap
from sync.messages import PAIR_PATH, REQUEST_BYTES_MAX, PairResponse, Refused, decode, encode
from tests.support.companies import Office, a_new_till


@pytest.fixture
def client(office: Office) -> TestClient:
    office.done("migrate")
    return TestClient(bootstrap.build_app(office.server()), raise_server_exceptions=False)


def kind(answer: object) -> str:
    return decode(Refused, answer.content).kind  # type: ignore[attr-defined]


def test_health_says_that_the_program_runs(client: TestClient) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})


def test_a_till_is_paired_over_http(client: TestClient, office: Office) -> None:
    code = office.a_code(office.a_company())
    answer = client.post(PAIR_PATH, content=encode(a_new_till().request(code)))
    assert answer.status_code == 200
    assert decode(PairResponse, answer.content).store == "Main Street"


def test_a_wrong_code_is_403(client: TestClient) -> None:
    answer = client.post(PAIR_PATH, content=encode(a_new_till().request("ABCD-EFGH")))
    assert (answer.status_code, kind(answer)) == (403, "code_refused")


def test_what_is_no_request_is_400(client: TestClient) -> None:
    answer = client.post(PAIR_PATH, content=b"<html>")
    assert (answer.status_code, kind(answer)) == (400, "garbled")


def test_too_large_a_body_is_413(client: TestClient) -> None:
    answer = client.post(PAIR_PATH, content=b" " * (REQUEST_BYTES_MAX + 1))
    assert (answer.status_code, kind(answer)) == (413, "too_large")


def test_the_servers_own_fault_is_500_with_a_log_id_and_no_traceback(
    client: TestClient, office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    code = office.a_code(office.a_company())
    office.keys.write_bytes(b"torn")  # the company's keys are read again for its first till
    answer = client.post(PAIR_PATH, content=encode(a_new_till().request(code)))
    assert (answer.status_code, kind(answer)) == (500, "failed")
    logged = capsys.readouterr()
    assert "KeysUnreadable" not in answer.text
    assert answer.text.split("under ")[1].split(".")[0] in logged.out + logged.err
