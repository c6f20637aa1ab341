"""The server's database: tables, migrations, statements and units of work."""
