"""Everything of a company as a file: complete, readable, without secrets, and gone after a day."""

import hashlib
import json
from io import BytesIO
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest
from sqlalchemy import LargeBinary

from server.db.job_queue import DueJob, LeaseLost
from server.db.tables import metadata
from server.db.transfer_tables import export_parts
from server.jobs.exports import due_again, make
from server.jobs.runner import Job
from server.refusals import No, Refused
from server.transfer import exporting, exports, file_parts
from server.transfer.exports import State
from server.transfer.file_parts import FileParts
from tests.company.jobs.workers import Hands, PaperClock, a_worker
from tests.company.transfer.files import csv_of, imported
from tests.support.databases import ON_SQLITE
from tests.support.paper_shop import PaperShop

pytestmark = pytest.mark.slow

JOB = Job(exports.JOB, make, due_again)


def asked(shop: PaperShop) -> UUID:
    with shop.units.write(shop.company_id) as conn:
        return exports.ask(conn, shop.company_id, by=shop.manager, now=shop.now).id


def work(shop: PaperShop, hands: Hands | None = None) -> None:
    shop.passes(minutes=2)
    a_worker(shop, PaperClock(shop.now), JOB, hands=hands).run(DueJob(shop.company_id, exports.JOB), shop.now)


def opened(shop: PaperShop, export_id: UUID) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """The manifest, and the rows of each table; hashes and counts are as the manifest says."""
    own = shop.keys.company(shop.company_id)
    content = b"".join(exports.content(shop.units, shop.company_id, export_id, own))
    rows = {}
    with ZipFile(BytesIO(content)) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read(exporting.MANIFEST))
        for one in manifest["tables"]:
            lines = archive.read(one["file"])
            assert hashlib.sha256(lines).hexdigest() == one["sha256"]
            rows[one["name"]] = [json.loads(line) for line in lines.splitlines()]
            assert len(rows[one["name"]]) == one["rows"]
        assert len(archive.namelist()) == len(manifest["tables"]) + 1
    return manifest, rows


def test_an_export_has_all_of_one_company_in_clear(shop: PaperShop) -> None:
    till = shop.till()
    (blank,) = shop.blanks()
    imported(
        shop,
        csv_of("code;name;points;email;card_number", f";Zoé;;zoe@example.com;{blank.number}", "K-1;Paul;7;;"),
    )
    till.sync()
    till.stamp(blank.id)
    till.sync()
    export_id = asked(shop)
    work(shop)

    manifest, rows = opened(shop, export_id)

    assert manifest["company"] == str(shop.company_id) and manifest["format"] == 1
    (card,) = [one for one in rows["cards"] if one["card_id"] == str(blank.id)]
    assert (card["number"], card["token"], card["name"], card["stamp_count"]) == (blank.number, blank.token, "Zoé", 1)
    assert {(one["name"], one["email"]) for one in rows["customers"]} == {("Zoé", "zoe@example.com"), ("Paul", None)}
    assert len(rows["transactions"]) == 4
    assert {one["name"] for one in rows["stores"]} == {"Gare"}
    assert {one["company_id"] for of_table in rows.values() for one in of_table} == {str(shop.company_id)}


def test_no_secret_is_exported() -> None:
    """Each column with bytes is left out or named, so that a new one is thought about."""
    names = {table.name for table in exporting.tables()}
    for table in metadata.sorted_tables:
        for column in table.c:
            said = any(word in column.name for word in ("secret", "hash", "verifier", "key", "token", "pepper"))
            is_bytes = isinstance(column.type, LargeBinary)
            if table.name in names and column in exporting.columns(table):
                assert not is_bytes or (table.name, column.name) in exporting.BYTES_KEPT
                assert not said or column.name in {"receipt_key", "row_hash", "key"}, f"{table.name}.{column.name}"
    assert {table.name for table in metadata.sorted_tables} >= exporting.LEFT_OUT


@ON_SQLITE
def test_an_export_that_was_interrupted_is_made_anew(shop: PaperShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_parts, "PART_BYTES", 500)
    shop.blanks(20)
    export_id = asked(shop)
    real, calls = FileParts.add, []

    def dies(*given: Any, **named: Any) -> None:
        real(*given, **named)
        calls.append(given)
        if len(calls) == 5:
            raise LeaseLost("killed")

    monkeypatch.setattr(FileParts, "add", dies)
    work(shop)
    assert shop.rows(export_parts)
    work(shop)

    _, rows = opened(shop, export_id)
    assert len(rows["cards"]) == 20


@ON_SQLITE
def test_an_export_is_encrypted_and_kept_for_a_day(shop: PaperShop) -> None:
    export_id = asked(shop)
    assert asked(shop) == export_id
    work(shop)
    assert not any(b"manifest" in row.sealed for row in shop.rows(export_parts))
    with shop.units.read() as conn:
        found = exports.taken(conn, shop.company_id, export_id)
    assert (found.state, found.size > 0, found.rows > 0) == (State.DONE, True, True)

    shop.passes(hours=24)
    work(shop)

    assert shop.rows(export_parts) == []
    with pytest.raises(Refused) as gone, shop.units.read() as conn:
        exports.taken(conn, shop.company_id, export_id)
    assert gone.value.reason is No.EXPORT_GONE
