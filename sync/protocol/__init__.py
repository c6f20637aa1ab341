"""Both ends: bytes and messages."""
