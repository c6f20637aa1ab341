"""Debian packages of till and server, and what a container of the server needs."""
