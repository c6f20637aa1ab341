"""Pairing a till, pairing it again, and revocation."""
