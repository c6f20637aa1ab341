"""Messages and byte formats of both ends."""
