"""The counter in JSON lines: one reply for each request, in order, for any input."""

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import pytest

from terminal.interface import json_lines
from terminal.interface.asks import ask_decoder
from terminal.interface.json_lines import LINE_BYTES_MAX
from tests.support.paper_company import PaperTill, a_company

CARD = {"id", "number_end", "name", "active", "stamps", "points", "confirmed_at", "rewards", "next_stamp", "expires_on"}
STATUS = {
    "online",
    "confirmed_at",
    "waiting",
    "held",
    "last_seq",
    "acked_seq",
    "cursor",
    "store",
    "terminal",
    "staff",
    "readiness",
    "problem",
}
ANNA = {"staff": "Anna", "pin": "2580"}


def lines(till: PaperTill, *asked: bytes) -> list[Any]:
    """The replies to these lines."""
    answered = io.BytesIO()
    json_lines.serve(till.counter, io.BytesIO(b"\n".join(asked)), answered)
    return [json.loads(line) for line in answered.getvalue().splitlines()]


def ask(till: PaperTill, do: str, **fields: Any) -> dict[str, Any]:
    """The reply to one request."""
    [reply] = lines(till, json.dumps({"id": 1, "do": do} | fields).encode())
    assert reply.pop("id") == 1
    assert isinstance(reply, dict)
    return reply


def not_understood(reply: Mapping[str, Any]) -> bool:
    return reply["ok"] is False and reply["problem"]["kind"] == "request" and reply["problem"]["text"] != ""


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperTill]:
    """A till for requests that change nothing."""
    opened = PaperTill(tmp_path_factory.mktemp("idle"), a_company())
    opened.serves(opened.company.issues_card())
    yield opened
    opened.stop()


@pytest.fixture
def card_id(till: PaperTill) -> UUID:
    """Zoé's card, with Lena on shift."""
    card_id = till.company.issues_card("Zoé", stamp_count=12, points_balance=100)
    till.hears()
    till.serves(card_id)
    return card_id


def test_who_is_on_shift(till: PaperTill) -> None:
    reply = ask(till, "pin", staff="Lena", pin="4711")
    lena = reply["staff"].pop("id")
    assert reply == {"ok": True, "staff": {"name": "Lena", "role": "cashier", "locked_minutes": 0}}
    assert ask(till, "pin", staff=lena, pin="4711")["ok"], "an id names the person too"
    assert ask(till, "lock") == {"ok": True, "staff": None}
    assert [one["name"] for one in ask(till, "staff")["colleagues"]] == ["Anna", "Lena"]
    for _ in range(5):
        no = ask(till, "pin", staff="Lena", pin="0000")["refusal"]
    assert no == {
        "reason": "pin_locked",
        "minutes": 15,
        "text": "Too many wrong PINs. Please wait 15 minutes, or ask a manager.",
    }
    assert ask(till, "unlock", staff="Lena", override=ANNA)["ok"]


def test_a_card_has_the_documented_fields(till: PaperTill, card_id: UUID) -> None:
    card = ask(till, "scan", code=till.company.tokens[card_id])["card"]
    assert card.keys() >= CARD
    assert card["stamps"].keys() >= {"count", "target", "confirmed", "waiting", "until_reward"}
    assert card["points"].keys() >= {"balance", "confirmed", "waiting"}
    assert [(one["id"], one["cost"], one["refusal"]) for one in card["rewards"]] == [
        ("stamps", None, None),
        ("croissant", 60, None),
    ]
    assert (card["id"], card["next_stamp"]) == (str(card_id), None)
    assert card["confirmed_at"].endswith("Z")


def test_what_is_given_replies_with_entry_and_card(till: PaperTill, card_id: UUID) -> None:
    for do, fields in (
        ("stamp", {"count": 2}),
        ("earn", {"amount_minor": 500, "receipt": "R-1"}),
        ("redeem", {"reward": "croissant"}),
    ):
        reply = ask(till, do, **fields)
        assert reply.keys() == {"ok", "entry", "card", "rows"}
        assert [row["entry"] for row in reply["rows"]] == [reply["entry"]["id"]]
        assert reply["entry"]["seq"] == till.journal.head().seq
        assert UUID(reply["entry"]["id"]).version == 7
    assert ask(till, "stamp")["refusal"] == {
        "reason": "cooldown",
        "minutes": 30,
        "text": "Please wait 30 minutes before the next stamp.",
    }
    assert ask(till, "void", entry=reply["entry"]["id"])["entry"]["points"] == 60


def test_what_a_manager_does(till: PaperTill, card_id: UUID) -> None:
    assert ask(till, "adjust", points=5, reason="x")["refusal"]["reason"] == "manager_needed"
    assert ask(till, "adjust", points=5, reason="x", override=ANNA)["card"]["points"]["balance"] == 105
    assert ask(till, "deactivate", reason="lost", override=ANNA)["card"]["active"] is False
    assert ask(till, "reactivate", reason="found", override=ANNA)["card"]["active"] is True
    blank = till.company.issues_card(blank=True)
    till.hears()
    assert ask(till, "replace", code=till.company.tokens[blank], reason="lost", override=ANNA)["card"]["id"] == str(
        card_id
    )


def test_a_new_customer(till: PaperTill, card_id: UUID) -> None:
    blank = till.company.issues_card(blank=True)
    till.hears()
    code = till.company.tokens[blank]
    reply = ask(till, "enrol", code=code, name="Max", email="max@example.lu", language="de", consent=True)
    assert (reply["card"]["id"], reply["card"]["name"]) == (str(blank), "Max")
    assert ask(till, "find", email="max@example.lu")["card"]["id"] == str(blank)
    assert ask(till, "enrol")["refusal"]["reason"] == "pool_empty"


def test_a_code_not_known_yet(till: PaperTill, card_id: UUID) -> None:
    card = ask(till, "scan", code="A" * 32)["card"]
    assert (card["id"], card["known"]) == (None, False)


def test_what_happened(till: PaperTill, card_id: UUID) -> None:
    earned = ask(till, "earn", amount_minor=500, receipt="R-1")["entry"]["id"]
    ask(till, "stamp")
    listed = ask(till, "history", limit=5)["history"]
    assert [(row["kind"], row["state"]) for row in listed] == [
        ("stamp_earned", "waiting"),
        ("points_earned", "waiting"),
    ]
    assert [row["entry"] for row in ask(till, "history", before=listed[0]["entry"])["history"]] == [earned]
    assert [row["entry"] for row in ask(till, "find", receipt="R-1")["history"]] == [earned]
    assert len(ask(till, "recent", limit=1)["history"]) == 1
    refreshed = ask(till, "refresh", limit=1)
    assert refreshed.keys() == {"ok", "status", "card", "history", "today"}
    assert (len(refreshed["history"]), refreshed["today"]) == (1, 2)
    assert ask(till, "quote", amount_minor=4250)["quote"] == {
        "amount_minor": 4250,
        "points": 42,
        "refusal": None,
        "unusual": None,
        "stamps": 0,
    }
    assert ask(till, "put_away") == {"ok": True, "card": None}
    assert ask(till, "refresh")["card"] is None
    assert ask(till, "stamp")["refusal"]["reason"] == "no_card"


def test_how_the_till_stands(till: PaperTill) -> None:
    for do in ("status", "sync"):
        status = ask(till, do)["status"]
        assert status.keys() >= STATUS
        assert status["cursor"].keys() == {"essentials", "bulk"}
        assert status["readiness"].keys() == {"serve_days", "blanks", "data_age_s"}
    assert (status["store"], status["terminal"], status["staff"]) == ("Old town", "Till 1", None)


@pytest.mark.parametrize("timeout_s", [0, -5, 1e308])
def test_no_time_limit_is_too_strange(idle: PaperTill, timeout_s: float) -> None:
    assert ask(idle, "sync", timeout_s=timeout_s)["ok"]


@pytest.mark.parametrize(
    "number", ["7", "-1.50", '"a\\u00e9\\n"', "null", '{"a": [1, {}]}', "[]", "true", "123456789012345678901234567890"]
)
def test_the_id_comes_back_as_it_was_sent(idle: PaperTill, number: str) -> None:
    answered = io.BytesIO()
    json_lines.serve(idle.counter, io.BytesIO(f'{{"do": "status", "id": {number}}}\n'.encode()), answered)
    assert answered.getvalue().startswith(f'{{"id":{number},"ok":true'.encode())


def test_a_request_without_an_id_is_answered_with_null(idle: PaperTill) -> None:
    [reply] = lines(idle, b'{"do": "status"}')
    assert reply["id"] is None
    assert reply["ok"]


@pytest.mark.parametrize(
    "line",
    [
        b'{"id": 7, "do": "dance"}',
        b'{"id": 7}',
        b'{"id": 7, "do": null}',
        b'{"id": 7, "do": ["stamp"]}',
        b'{"id": 7, "do": "stamp", "count": "one"}',
        b'{"id": 7, "do": "stamp", "count": 1.5}',
        b'{"id": 7, "do": "scan"}',
        b'{"id": 7, "do": "scan", "code": null}',
        b'{"id": 7, "do": "void", "entry": "no id"}',
        b'{"id": 7, "do": "redeem", "reward": "stamps", "override": "Anna"}',
        b'{"id": 7, "do": "adjust", "points": 1, "stamps": 1, "reason": "x"}',
        b'{"id": 7, "do": "find"}',
    ],
)
def test_a_request_that_is_none_is_told_so_under_its_id(idle: PaperTill, line: bytes) -> None:
    before = idle.journal.head()
    [reply] = lines(idle, line)
    assert reply["id"] == 7
    assert not_understood(reply)
    assert idle.journal.head() == before


@pytest.mark.parametrize(
    "line",
    [
        b"hello",
        b"",
        b"[]",
        b"7",
        b'{"id": 7, "do": "status"',
        b'{"id": "\xff", "do": "status"}',
        b'{"id": 7, "do": "scan", "code": "\xff\xfe"}',
        b'{"id": 7, "do": "status", "more": "\xff"}',
        b'{"id": 7, "do": "scan", "code": "\\ud800"}',
        b'{"id": ' + b"[" * 100_000 + b"]" * 100_000 + b', "do": "status"}',
        b'{"do": "status", "more": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"do": "scan", "code": "' + b"x" * 10_000_000 + b'"}',
        b"\x00\x01\x02",
    ],
    ids=lambda line: line[:30].decode("latin-1"),
)
def test_a_line_that_is_no_json_changes_nothing_and_the_next_one_is_answered(idle: PaperTill, line: bytes) -> None:
    before = idle.journal.head()
    first, second = lines(idle, line, b'{"id": 8, "do": "status"}')
    assert not_understood(first)
    assert (second["id"], second["ok"]) == (8, True)
    assert idle.journal.head() == before


def test_the_longest_line_is_still_a_request(idle: PaperTill) -> None:
    head, tail = b'{"do": "scan", "code": "', b'"}'
    line = head + b"x" * (LINE_BYTES_MAX - len(head) - len(tail) - 1) + tail
    [reply, _] = lines(idle, line, b'{"do": "status"}')
    assert reply["refusal"]["reason"] == "foreign_code"


@pytest.mark.parametrize("count", [0, -1, 4, 2**31, 2**63, 10**30])
def test_no_number_is_too_strange(till: PaperTill, card_id: UUID, count: int) -> None:
    for do, fields in (("stamp", {"count": count}), ("earn", {"amount_minor": count * 10**10})):
        reply = ask(till, do, **fields)
        assert "refusal" in reply or not_understood(reply), reply
    assert ask(till, "history", limit=count)["ok"] or count > 2**63


@pytest.mark.slow
def test_a_hundred_requests_are_answered_in_order(till: PaperTill, card_id: UUID) -> None:
    asked = [json.dumps({"id": n, "do": "earn", "amount_minor": 500}).encode() for n in range(100)]
    replies = lines(till, *asked)
    assert [reply["id"] for reply in replies] == list(range(100))
    seqs = [reply["entry"]["seq"] for reply in replies]
    assert seqs == list(range(seqs[0], seqs[0] + 100))


def test_the_end_of_the_input_ends_it_also_in_the_middle_of_a_line(idle: PaperTill) -> None:
    assert lines(idle) == []
    assert [reply["ok"] for reply in lines(idle, b'{"do": "status"}', b'{"do": "sta')] == [True, False]


def test_what_a_log_may_see_of_a_request_says_nothing_of_people_and_codes() -> None:
    secrets = {"code": "A" * 32, "name": "Zoé", "email": "zoe@example.lu", "phone": "621123456"}
    for asked in (
        {"do": "enrol"} | secrets,
        {"do": "find", "email": secrets["email"]},
        {"do": "scan", "code": secrets["code"]},
        {"do": "pin", "staff": "Lena", "pin": "4711"},
        {"do": "redeem", "reward": "stamps", "override": ANNA},
    ):
        shown = repr(ask_decoder.decode(json.dumps(asked)))
        assert [word for word in (*secrets.values(), "4711", "2580") if word in shown] == []


def test_a_line_may_begin_with_a_byte_order_mark(idle: PaperTill) -> None:
    mark = b"\xef\xbb\xbf"
    replies = lines(idle, mark + b'{"id":1,"do":"status"}', b'{"id":2,"do":"status"}', mark + b'{"id":3,"do":"status"}')
    assert [(reply["id"], reply["ok"]) for reply in replies] == [(1, True), (2, True), (3, True)]
