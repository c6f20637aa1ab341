"""Pairing and revoking tills."""
