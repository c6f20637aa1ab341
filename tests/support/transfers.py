"""Imports and exports of a filled company, made through the functions that pages and jobs call."""

from io import BytesIO
from uuid import UUID

from server import bootstrap
from server.bootstrap import Server
from server.companies import stores
from server.db.job_queue import DueJob
from server.transfer import exports, imports, row_values
from server.transfer.row_values import Choice, DateOrder

FILE = "code;full name;solde\r\nK-1;Zoé Weber;120\r\nK-1;Twice;1\r\n4.8E+11;Rounded;0\r\n".encode()


def a_planned_import(server: Server, company_id: UUID) -> UUID:
    """A file after its dry run; some of its rows are not taken."""
    import_id = a_begun_import(server, company_id)
    bootstrap.runner(server).run(DueJob(company_id, imports.JOB))
    return import_id


def a_begun_import(server: Server, company_id: UUID) -> UUID:
    """A file whose dry run is still to be made."""
    now, own, file = server.now(), server.keys.company(company_id), BytesIO(FILE)
    sent = imports.looked_through("customers.csv", file)
    import_id = imports.store(server.units, company_id, own, sent, file, by=None, is_again=True, now=now)
    with server.units.write(company_id) as conn:
        columns = row_values.guessed(imports.arrived(conn, company_id, import_id, now).shape.columns)
        store = stores.listed(conn, company_id)[0]
        imports.plan(conn, company_id, import_id, Choice(columns=columns, dates=DateOrder.ISO, store=store.id), now)
    return import_id


def an_export(server: Server, company_id: UUID) -> UUID:
    """An export whose file can be had."""
    with server.units.write(company_id) as conn:
        export_id = exports.ask(conn, company_id, by=None, now=server.now()).id
    bootstrap.runner(server).run(DueJob(company_id, exports.JOB))
    return export_id
