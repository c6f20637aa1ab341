"""Recording of the statements a database driver executes."""

from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, event


def statements(engine: Engine) -> list[str]:
    """A list to which every statement on *engine*'s connections is appended."""
    said: list[str] = []

    class Cursor(psycopg.Cursor[Any]):
        def execute(self, query: Any, *args: Any, **more: Any) -> "Cursor":
            said.append(str(query))
            super().execute(query, *args, **more)
            return self

        def executemany(self, query: Any, *args: Any, **more: Any) -> None:
            said.append(str(query))
            super().executemany(query, *args, **more)

    def hear(connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        if isinstance(driver, psycopg.Connection):
            driver.cursor_factory = Cursor
        else:
            driver.set_trace_callback(said.append)

    event.listen(engine, "engine_connect", hear)
    return said


def of_kind(statements: list[str], *verbs: str) -> list[str]:
    """The statements that start with one of these words."""
    return [one for one in statements if one.startswith(verbs)]
