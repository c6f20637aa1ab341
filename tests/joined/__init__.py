"""A till and a server together."""
