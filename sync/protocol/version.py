"""The version of the program, which a till tells the server; a test compares it with pyproject.toml."""

VERSION = "0.1.0"
