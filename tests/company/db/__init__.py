"""Databases, migrations and units of work."""
