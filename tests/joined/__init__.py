"""A real till and a real server together."""
