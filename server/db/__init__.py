"""The server's databases: tables, migrations, units of work."""
